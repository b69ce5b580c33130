package dev.mcpsession.runner.report.model;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.text.Symbols;
import dev.mcpsession.runner.report.text.Wrap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The outcome of a run, in a sentence.
 *
 * @param word how it begins, which says it all
 * @param rest how it goes on, with the numbers
 */
public record Outcome(String word, String rest) {

    public static Outcome of(RunReport run, int exitStatus) {
        if (run.problem() != null) {
            return new Outcome("Could not be judged", ": " + run.problem());
        }
        long rules = run.results().stream().map(ResultReport::rule).distinct().count();
        var basis = " (" + Symbols.count(rules, "rule") + ", "
                + Symbols.count(run.results().size(), "verdict") + ", " + Symbols.span(run.tookMs()) + ").";
        return switch (exitStatus) {
            case 0 ->
                new Outcome(run.baseline() == null ? "Conforms" : "Conforms to the baseline", warnings(run) + basis);
            case 1 -> new Outcome("Does not conform", violations(run) + basis);
            default ->
                run.judged().findAny().isPresent()
                        ? new Outcome("Could not be judged completely", basis)
                        : new Outcome("Nothing was judged", mostly(run) + basis);
        };
    }

    public String text() {
        return word + rest;
    }

    private static String violations(RunReport run) {
        if (run.baseline() != null) {
            return ": " + Symbols.count(run.baseline().differences().size(), "difference") + " from the baseline";
        }
        long broken = run.results().stream()
                .filter(r -> r.verdict().equals(Verdict.FAIL.name()) && r.known() == null)
                .map(ResultReport::rule)
                .distinct()
                .count();
        return broken == 0
                ? warnings(run).replaceFirst(", with", ":") + ", which count (--fail-on)"
                : ": " + Symbols.count(broken, "rule") + " broken" + warnings(run);
    }

    /** Why most of the rules were not judged. */
    private static String mostly(RunReport run) {
        var reasons = new LinkedHashMap<String, Integer>();
        run.results().stream()
                .filter(r -> !r.wasJudged() && !r.summary().isBlank())
                .forEach(r -> reasons.merge(r.summary(), 1, Integer::sum));
        return reasons.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(r -> ": " + Wrap.cut(r.getKey(), 200))
                .orElse("");
    }

    private static String warnings(RunReport run) {
        long warned = run.results().stream()
                .filter(r -> r.verdict().equals(Verdict.WARN.name()) && r.known() == null)
                .map(ResultReport::rule)
                .distinct()
                .count();
        return warned == 0 ? "" : ", with warnings on " + Symbols.count(warned, "rule");
    }
}
