package dev.mcpsession.runner.report.model;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** A verdict on a rule, in all the revisions that it came in; told by the newest of them. */
public record Finding(Verdict verdict, List<ResultReport> results) {

    /** The results with one of these verdicts by rule, in the order of the verdicts. */
    public static List<Finding> of(List<ResultReport> results, List<Verdict> verdicts) {
        var rules = new LinkedHashMap<List<String>, List<ResultReport>>();
        for (var verdict : verdicts) {
            results.stream()
                    .filter(r -> r.verdict().equals(verdict.name()))
                    .forEach(r -> rules.computeIfAbsent(List.of(r.rule(), r.verdict()), k -> new ArrayList<>())
                            .add(r));
        }
        return rules.values().stream()
                .map(r -> new Finding(Verdict.valueOf(r.get(0).verdict()), List.copyOf(r)))
                .toList();
    }

    /** The result of the newest revision, which stands for all. */
    public ResultReport shown() {
        return results.get(results.size() - 1);
    }

    public List<String> revisions() {
        return results.stream().map(ResultReport::revision).toList();
    }

    /** The level, or that of each revision where they differ. */
    public String levels() {
        var levels = results.stream().map(ResultReport::level).distinct().toList();
        return levels.size() == 1
                ? levels.get(0)
                : String.join(
                        ", ",
                        results.stream()
                                .map(r -> r.level() + " in " + r.revision())
                                .toList());
    }

    /** The observations in revisions where they differ from the one shown. */
    public List<String> elsewhere() {
        var others = new LinkedHashMap<String, List<ResultReport>>();
        results.stream()
                .filter(r -> !Gist.of(r.summary()).equals(Gist.of(shown().summary())))
                .forEach(r -> others.computeIfAbsent(Gist.of(r.summary()), k -> new ArrayList<>())
                        .add(r));
        return others.values().stream()
                .map(alike -> alike.get(0).summary() + " ("
                        + String.join(
                                ", ", alike.stream().map(ResultReport::revision).toList()) + ")")
                .toList();
    }
}
