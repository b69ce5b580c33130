package dev.mcpsession.runner.report.model;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/** Rule × server: several runs side by side. */
public record Matrix(List<RunReport> runs, List<Row> rows) {
    /** The first is what a maintainer should hear of before all others. */
    private static final List<Verdict> WORST_FIRST = List.of(
            Verdict.FAIL,
            Verdict.ERROR,
            Verdict.WARN,
            Verdict.INCONCLUSIVE,
            Verdict.NOT_RUN,
            Verdict.PASS,
            Verdict.NOT_TESTABLE,
            Verdict.NOT_APPLICABLE);

    /** A rule, with a cell for each run. */
    public record Row(String rule, String area, String title, List<Cell> cells) {
        /** Whether any server breaks the rule, or could not be judged by it. */
        public boolean isOfInterest() {
            return cells.stream().flatMap(c -> c.verdict().stream()).anyMatch(v -> WORST_FIRST.indexOf(v) < 5);
        }

        /** Whether the servers differ. */
        boolean differs() {
            return cells.stream().map(Cell::verdict).distinct().count() > 1;
        }
    }

    /**
     * The worst verdict on a rule over the revisions.
     *
     * @param verdict empty where the rule was not judged on this server
     * @param results those with that verdict
     * @param everywhere whether all revisions have it
     */
    public record Cell(Optional<Verdict> verdict, List<ResultReport> results, boolean everywhere) {
        public boolean known() {
            return !results.isEmpty() && results.stream().allMatch(r -> r.known() != null);
        }
    }

    public static Matrix of(List<RunReport> runs) {
        var rules = new LinkedHashMap<String, ResultReport>();
        runs.forEach(run -> run.results().forEach(r -> rules.putIfAbsent(r.rule(), r)));
        // The rules that only a later run was judged by come last; their area is put together again.
        var areas = rules.values().stream().map(ResultReport::area).distinct().toList();
        var rows = new ArrayList<Row>();
        rules.values().stream()
                .sorted(Comparator.comparingInt(r -> areas.indexOf(r.area())))
                .forEach(r -> rows.add(new Row(
                        r.rule(),
                        r.area(),
                        r.title(),
                        runs.stream().map(run -> cell(run, r.rule())).toList())));
        return new Matrix(List.copyOf(runs), List.copyOf(rows));
    }

    private static Cell cell(RunReport run, String rule) {
        var results = run.results().stream().filter(r -> r.rule().equals(rule)).toList();
        var worst = worst(results);
        var alike = results.stream()
                .filter(r -> r.verdict().equals(worst.map(Verdict::name).orElse("")))
                .toList();
        return new Cell(worst, alike, alike.size() == results.size());
    }

    /** The verdict that stands for all of these. */
    static Optional<Verdict> worst(List<ResultReport> results) {
        return WORST_FIRST.stream()
                .filter(v -> results.stream().anyMatch(r -> r.verdict().equals(v.name())))
                .findFirst();
    }
}
