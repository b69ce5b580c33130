package dev.mcpsession.runner.report.model;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Report.BaselineReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.text.Symbols;
import dev.mcpsession.runner.report.text.Wrap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The outcome of a run, in a sentence.
 *
 * @param word how it begins, which says it all
 * @param rest how it goes on, with the numbers
 */
public record Outcome(String word, String rest) {
    private static final int LONGEST_REASON = 200;

    public static Outcome of(RunReport run, int exitStatus) {
        if (run.problem() != null) {
            return new Outcome("Could not be judged", ": " + run.problem());
        }
        long rules = run.results().stream().map(ResultReport::rule).distinct().count();
        var basis = " (" + Symbols.count(rules, "rule") + ", "
                + Symbols.count(run.results().size(), "verdict") + ", " + Symbols.span(run.tookMs()) + ").";
        return switch (exitStatus) {
            case 0 ->
                run.baseline() == null
                        ? new Outcome("Conforms", warnings(run) + basis)
                        : new Outcome(
                                "Conforms to the baseline",
                                (run.baseline().byRun() ? ", which this run has written" : warnings(run)) + basis);
            case 1 -> new Outcome("Does not conform", violations(run) + basis);
            default ->
                run.judged().findAny().isPresent()
                        ? new Outcome("Could not be judged completely", gap(run) + basis)
                        : new Outcome("Nothing was judged", mostly(run) + basis);
        };
    }

    /** How the run compares with its baseline, without the differences themselves. */
    public static String baseline(BaselineReport baseline) {
        var known = Symbols.count(baseline.known(), "known verdict");
        int differences = baseline.differences().size();
        if (baseline.byRun()) {
            return "Written to " + baseline.file() + " as accepted: " + Symbols.count(baseline.known(), "verdict");
        }
        return differences == 0
                ? "As recorded in " + baseline.file() + ": " + known
                : "Not as recorded in " + baseline.file() + ": " + Symbols.count(differences, "difference") + ", "
                        + known;
    }

    public String text() {
        return word + rest;
    }

    private static String violations(RunReport run) {
        if (run.baseline() != null) {
            return ": " + Symbols.count(run.baseline().differences().size(), "difference") + " from the baseline";
        }
        var broken = run.results().stream()
                .filter(r -> r.verdict().equals(Verdict.FAIL.name()) && r.known() == null)
                .map(ResultReport::rule)
                .collect(Collectors.toSet());
        return broken.isEmpty()
                ? warnings(run).replaceFirst(", with", ":") + ", which count (--fail-on)"
                : ": " + Symbols.count(broken.size(), "rule") + " broken" + explained(run, broken) + warnings(run);
    }

    /** That other rules seem broken too, and are not counted. */
    private static String explained(RunReport run, Set<String> broken) {
        long others = run.results().stream()
                .filter(r -> r.causedBy() != null && broken.contains(r.causedBy()) && !broken.contains(r.rule()))
                .map(ResultReport::rule)
                .distinct()
                .count();
        return others == 0
                ? ""
                : ", which " + (broken.size() == 1 ? "explains " : "explain ")
                        + (others == 1 ? "another" : others + " others");
    }

    /** Why a run that broke nothing does not say that the server conforms. */
    private static String gap(RunReport run) {
        if (run.ended() != null) {
            return ": the server " + run.ended();
        }
        var open = run.results().stream().filter(r -> r.known() == null).toList();
        for (var verdict : List.of(Verdict.NOT_RUN, Verdict.ERROR, Verdict.INCONCLUSIVE)) {
            var some = open.stream()
                    .filter(r -> r.verdict().equals(verdict.name()))
                    .toList();
            long rules = some.stream().map(ResultReport::rule).distinct().count();
            if (rules > 0) {
                return ": " + Symbols.count(rules, "rule")
                        + switch (verdict) {
                            case NOT_RUN -> " not run, " + some.get(0).summary();
                            case ERROR -> " could not be judged by a fault of the kit";
                            default -> " inconclusive";
                        };
            }
        }
        return run.notes().stream()
                .filter(note -> note.startsWith(RunReport.UNMET))
                .map(note -> note.substring(RunReport.UNMET.length())
                        .replaceFirst(" asks for it: ", " is not met: ")
                        .replaceFirst("\\.$", ""))
                .map(unmet -> ": " + Wrap.cut(unmet, LONGEST_REASON))
                .findFirst()
                .orElse("");
    }

    /** Why most of the rules were not judged. */
    private static String mostly(RunReport run) {
        var reasons = new LinkedHashMap<String, Integer>();
        run.results().stream()
                .filter(r -> !r.wasJudged() && !r.summary().isBlank())
                .forEach(r -> reasons.merge(r.summary(), 1, Integer::sum));
        return reasons.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(r -> ": " + Wrap.cut(r.getKey(), LONGEST_REASON))
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
