package dev.mcpsession.runner.report.model;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Report.DifferenceReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.text.Symbols;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeSet;

/**
 * Differences from a baseline that are told together: those of one rule, or of all rules that one cause breaks.
 *
 * @param text what is different, with the rule where it is one
 * @param rules the rules where they are several, each with its revisions where these are not those of the others
 */
public record Differing(String text, List<String> rules) {

    /** The differences of a run, in their order; none where it was compared with nothing. */
    public static List<Differing> of(RunReport run) {
        if (run.baseline() == null) {
            return List.of();
        }
        var causes = Cause.of(run);
        var together = new LinkedHashMap<String, List<DifferenceReport>>();
        for (var difference : run.baseline().differences()) {
            together.computeIfAbsent(key(difference, causes), k -> new ArrayList<>())
                    .add(difference);
        }
        return together.values().stream().map(d -> told(d, causes)).toList();
    }

    private static String key(DifferenceReport difference, List<Cause> causes) {
        for (int i = 0; i < causes.size() && isNews(difference); i++) {
            if (causes.get(i).breaks(difference.rule())) {
                return "cause " + i + " " + difference.found();
            }
        }
        return difference.rule() == null ? difference.text() : difference.kind() + " " + Gist.of(what(difference));
    }

    /** Whether a violation came that is not listed: its cause says all. */
    private static boolean isNews(DifferenceReport difference) {
        return difference.kind().equals("unlisted")
                && difference.rule() != null
                && Verdict.valueOf(String.valueOf(difference.found())).isViolation();
    }

    /** The text without the rule and the revision that it begins with. */
    private static String what(DifferenceReport difference) {
        var begin = difference.rule() + " [" + difference.revision() + "] ";
        return difference.text().startsWith(begin) ? difference.text().substring(begin.length()) : difference.text();
    }

    private static Differing told(List<DifferenceReport> differences, List<Cause> causes) {
        var first = differences.get(0);
        if (first.rule() == null || differences.size() == 1) {
            return new Differing(first.text(), List.of());
        }
        var revisions = new LinkedHashMap<String, TreeSet<String>>();
        differences.forEach(d -> revisions
                .computeIfAbsent(String.valueOf(d.rule()), r -> new TreeSet<>())
                .add(String.valueOf(d.revision())));
        // The newest revision stands for all, as everywhere.
        var what = what(differences.get(differences.size() - 1));
        boolean alike = revisions.values().stream().distinct().count() == 1;
        var in = " [" + String.join(", ", revisions.get(String.valueOf(first.rule()))) + "] ";
        if (revisions.size() == 1) {
            return new Differing(first.rule() + in + what, List.of());
        }
        var headline = causes.stream()
                .filter(c -> isNews(first) && c.breaks(first.rule()))
                .map(c -> "is " + first.found() + ", and the baseline does not list it: " + c.headline())
                .findFirst()
                .orElse(what);
        return new Differing(
                Symbols.count(revisions.size(), "rule") + (alike ? in.stripTrailing() : "") + ", each of which "
                        + headline,
                revisions.entrySet().stream()
                        .map(e -> e.getKey() + (alike ? "" : " [" + String.join(", ", e.getValue()) + "]"))
                        .toList());
    }
}
