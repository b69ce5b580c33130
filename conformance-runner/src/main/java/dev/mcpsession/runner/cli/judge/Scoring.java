package dev.mcpsession.runner.cli.judge;

import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.FrozenCatalogue;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.rules.CoreRules;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rules that count: by default all; with a frozen catalogue, the rules that it has, at the level that they had.
 * Newer ones are shown all the same. Rules of others always count.
 */
public final class Scoring implements UnaryOperator<ResultReport> {
    private final @Nullable FrozenCatalogue frozen;
    private final Set<String> own;

    /**
     * @param version the version of the catalogue; null for every rule
     * @throws UsageException if there is no such catalogue
     */
    public Scoring(@Nullable String version) {
        this(
                version == null
                        ? null
                        : FrozenCatalogue.find(version)
                                .orElseThrow(() -> new UsageException("--catalogue: there is no" + " catalogue '"
                                        + version + "'; there is " + String.join(", ", FrozenCatalogue.versions()))));
    }

    public Scoring(@Nullable FrozenCatalogue frozen) {
        this.frozen = frozen;
        own = frozen == null
                ? Set.of()
                : Catalogue.of(new CoreRules()).rules().stream()
                        .map(RuleInfo::id)
                        .collect(Collectors.toSet());
    }

    /** The level that counts for a rule in a revision; empty where the rule does not count. */
    public Optional<Level> level(RuleInfo rule, Revision revision) {
        return frozen == null || !own.contains(rule.id())
                ? Optional.of(rule.level(revision))
                : frozen.level(rule.id(), revision);
    }

    @Override
    public ResultReport apply(ResultReport result) {
        if (frozen == null || !own.contains(result.rule())) {
            return result;
        }
        var verdict = Verdict.valueOf(result.verdict());
        var level = frozen.level(result.rule(), Revision.of(result.revision()));
        if (level.isEmpty()) {
            return verdict.isViolation()
                            || verdict == Verdict.INCONCLUSIVE
                            || verdict == Verdict.ERROR
                            || verdict == Verdict.NOT_RUN
                    ? result.knownFor(ResultReport.NEWER + frozen.version() + ", so it does not count")
                    : result;
        }
        return level.get().name().equals(result.level())
                ? result
                : result.at(
                        level.get().name(),
                        verdict.isViolation() ? level.get().whenBroken().name() : result.verdict());
    }

    /** A sentence for the reader of the report; empty where every rule counts. */
    public Optional<String> note(Collection<RuleInfo> selected) {
        if (frozen == null) {
            return Optional.empty();
        }
        long newer = selected.stream()
                .map(RuleInfo::id)
                .filter(id -> own.contains(id) && !frozen.rules().contains(id))
                .count();
        long retired = frozen.rules().stream().filter(id -> !own.contains(id)).count();
        return Optional.of("Judged by catalogue " + frozen.version()
                + (newer == 0 ? "" : "; newer than that, and not counted: " + newer + (newer == 1 ? " rule" : " rules"))
                + (retired == 0 ? "" : "; retired since then: " + retired) + ".");
    }
}
