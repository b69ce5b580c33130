package dev.mcpsession.runner.cli.judge;

import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.runner.baseline.Comparison;
import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.cli.console.NothingSelectedException;
import dev.mcpsession.runner.cli.option.FailOn;
import dev.mcpsession.runner.cli.option.RunOptions;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The conditions for the exit status 0 beyond the verdicts: see --fail-on and --require-judged. */
final class Demands {
    /** Verdicts that leave open whether the server keeps the rule. */
    private static final Set<String> OPEN = Set.of("NOT_TESTABLE", "INCONCLUSIVE", "ERROR", "NOT_RUN");

    private static final int MAX_NAMED = 3;

    private final boolean warnings;
    private final List<String> patterns;
    private final List<List<String>> required = new ArrayList<>();

    /** @throws NothingSelectedException if a pattern matches no rule */
    Demands(RunOptions.Reporting options, Catalogue catalogue) {
        warnings = options.failOn == FailOn.WARN;
        patterns = options.requireJudged;
        for (var pattern : patterns) {
            required.add(Selection.matching(List.of(pattern), catalogue).stream()
                    .map(RuleInfo::id)
                    .toList());
        }
    }

    /** The run with its exit status, and a note on each demand that is not met. */
    RunReport close(RunReport run) {
        var closed = run;
        int status = Comparison.exitStatus(run, warnings);
        for (int i = 0; i < patterns.size(); i++) {
            var missing = missing(required.get(i), run);
            if (!missing.isEmpty()) {
                closed = closed.noting(RunReport.UNMET + "--require-judged " + patterns.get(i) + " asks for it: "
                        + String.join("; ", missing) + ".");
                status = status == ExitStatus.CONFORMS ? ExitStatus.NOT_JUDGED : status;
            }
        }
        return closed.closed(status);
    }

    /**
     * The rules that are missing: one that applies must be judged in each revision, and one rule must be judged at
     * all, since nothing else shows that the server offers what the rules are about.
     */
    private static List<String> missing(List<String> rules, RunReport run) {
        var results =
                run.results().stream().filter(r -> rules.contains(r.rule())).toList();
        if (results.isEmpty()) {
            return List.of("no rule was selected that matches");
        }
        var open = results.stream()
                .filter(r -> OPEN.contains(r.verdict()))
                .collect(Collectors.groupingBy(
                        r -> r.verdict() + ", " + r.summary(),
                        TreeMap::new,
                        Collectors.mapping(ResultReport::rule, Collectors.toCollection(TreeSet::new))));
        if (open.isEmpty() && results.stream().noneMatch(ResultReport::wasJudged)) {
            return List.of("none applies: " + results.get(0).summary());
        }
        return open.entrySet().stream()
                .map(e -> named(List.copyOf(e.getValue())) + " (" + e.getKey() + ")")
                .toList();
    }

    private static String named(List<String> rules) {
        return String.join(", ", rules.subList(0, Math.min(MAX_NAMED, rules.size())))
                + (rules.size() > MAX_NAMED ? " and " + (rules.size() - MAX_NAMED) + " more" : "");
    }
}
