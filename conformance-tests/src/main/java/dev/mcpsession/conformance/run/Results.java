package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Misanswer;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Prerequisites;
import dev.mcpsession.conformance.rule.RuleInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The verdicts of a run, and which of them another one explains. Safe for use by several threads. */
final class Results {
    private final Prerequisites prerequisites;
    private final RunListener listener;
    private final Map<RuleCase, RuleResult> results = new ConcurrentHashMap<>();

    Results(Prerequisites prerequisites, RunListener listener) {
        this.prerequisites = prerequisites;
        this.listener = listener;
    }

    void keep(RuleResult result) {
        results.put(result.judged(), result);
        if (!isOpen(result)) {
            listener.finished(result);
        }
    }

    /** Whether a prerequisite that is judged later may explain this violation. */
    private boolean isOpen(RuleResult result) {
        return result.verdict().isViolation()
                && (!prerequisites.of(result.rule().id()).isEmpty()
                        || misanswerOf(result).isPresent());
    }

    Optional<RuleResult> of(RuleCase judged) {
        return Optional.ofNullable(results.get(judged));
    }

    int depth(RuleInfo rule) {
        return prerequisites.depth(rule.id());
    }

    /**
     * Settles the violations that a broken prerequisite may explain: those that one does explain get a verdict that
     * names it. A rule may be judged before its prerequisites, so this comes last.
     */
    void explain(List<RuleCase> cases) {
        var settled = cases.stream()
                .flatMap(
                        judged -> of(judged)
                                .filter(this::isOpen)
                                .map(r -> brokenPrerequisite(r).map(r::causedBy).orElse(r))
                                .stream())
                .toList();
        // After all were looked at: a result that is explained may itself explain others.
        settled.forEach(result -> {
            results.put(result.judged(), result);
            listener.finished(result);
        });
    }

    /** The broken rule that explains why this one seems broken, if there is one. */
    Optional<String> causeOfSuspicion(RuleResult suspected) {
        var judged = suspected.judged();
        return brokenPrerequisite(suspected)
                .or(() -> judged.rule().isolation()
                        ? Optional.empty()
                        : prerequisites.isolation().stream()
                                .filter(id -> isBroken(id, judged.revision()))
                                .findFirst());
    }

    /** The farthest broken prerequisite in whose place the same came, or the rule about such answers: the cause. */
    private Optional<String> brokenPrerequisite(RuleResult result) {
        return prerequisites.of(result.rule().id()).stream()
                .filter(id -> isBroken(id, result.revision()) && bindsLike(result, id) && sameCame(result, id))
                .findFirst()
                .or(() -> explanation(result));
    }

    /** The broken rule about answers like the one that shows this violation. */
    private Optional<String> explanation(RuleResult result) {
        return misanswerOf(result)
                .flatMap(misanswer -> prerequisites.explaining(misanswer).stream()
                        .filter(id -> !id.equals(result.rule().id())
                                && isBroken(id, result.revision())
                                && bindsLike(result, id)
                                && of(id, result.revision())
                                        .flatMap(Results::misanswerOf)
                                        .equals(Optional.of(misanswer)))
                        .findFirst());
    }

    private static Optional<Misanswer> misanswerOf(RuleResult result) {
        return result.evidence().flatMap(Exchange::misanswer);
    }

    /** The result of a rule in a revision, if there is one; a rule that is judged once speaks for all its revisions. */
    private Optional<RuleResult> of(String rule, Revision revision) {
        var info = prerequisites.rule(rule);
        if (!info.holdsIn(revision)) {
            return Optional.empty();
        }
        var own = of(new RuleCase(info, revision));
        return own.isPresent() || !info.once()
                ? own
                : info.levels().keySet().stream()
                        .filter(other -> other.era() == revision.era())
                        .flatMap(other -> of(new RuleCase(info, other)).stream())
                        .findFirst();
    }

    /** Whether a prerequisite binds at least as much, so that nothing is hidden behind what may count less. */
    private boolean bindsLike(RuleResult result, String prerequisite) {
        return prerequisites.rule(prerequisite).level(result.revision()).bindsLike(result.level());
    }

    /** Whether the replies that show the two breaches are alike; another reply would be another fault. */
    private boolean sameCame(RuleResult result, String prerequisite) {
        return statusOf(result)
                .equals(statusOf(of(prerequisite, result.revision()).orElse(null)));
    }

    private static Optional<Integer> statusOf(@Nullable RuleResult result) {
        return Optional.ofNullable(result)
                .flatMap(RuleResult::evidence)
                .filter(Exchange::answered)
                .map(Exchange::status);
    }

    private boolean isBroken(String rule, Revision revision) {
        return of(rule, revision)
                .filter(result -> result.verdict().isViolation())
                .isPresent();
    }
}
