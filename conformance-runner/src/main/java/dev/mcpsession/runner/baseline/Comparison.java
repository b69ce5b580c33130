package dev.mcpsession.runner.baseline;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Report.BaselineReport;
import dev.mcpsession.runner.report.model.Report.DifferenceReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A run beside its baseline. */
public final class Comparison {
    private final Baseline baseline;
    private final RunReport run;
    private final List<DifferenceReport> differences = new ArrayList<>();

    private Comparison(Baseline baseline, RunReport run) {
        this.baseline = baseline;
        this.run = run;
    }

    /** The rules and revisions that a run was asked to judge; the comparison ignores entries about any other. */
    public interface Asked {
        /** Whether there is such a rule at all. */
        boolean exists(String rule);

        boolean rule(String rule);

        boolean revision(String revision);

        /** Whether nothing was left out. */
        boolean everything();
    }

    /**
     * Compares.
     *
     * @param file what to call the baseline
     * @return the run, with each accepted verdict marked, and the differences
     */
    public static RunReport compare(Baseline baseline, String file, RunReport run, Asked asked) {
        var comparison = new Comparison(baseline, run);
        comparison.results();
        comparison.entries(asked);
        comparison.revisionsAndPasses(asked);
        var results = run.results().stream().map(comparison::marked).toList();
        int known = (int) run.results().stream()
                .filter(r -> comparison.entry(r).isPresent())
                .count();
        return run.compared(results, new BaselineReport(file, known, List.copyOf(comparison.differences)));
    }

    /** The same with the baseline that the run itself has given. */
    public static RunReport written(Baseline baseline, String file, RunReport run, Asked asked) {
        var compared = compare(baseline, file, run, asked);
        var found = Objects.requireNonNull(compared.baseline(), "It was compared");
        return compared.compared(compared.results(), found.asWritten());
    }

    private ResultReport marked(ResultReport result) {
        return entry(result).map(e -> result.knownFor(e.reason())).orElse(result);
    }

    /** The entry that accepts a verdict. */
    private Optional<Baseline.Entry> entry(ResultReport result) {
        return baseline.find(result.rule(), result.revision())
                .filter(e -> e.verdict().equals(result.verdict()));
    }

    private void results() {
        for (var result : run.results()) {
            var verdict = Verdict.valueOf(result.verdict());
            if (isOpen(verdict)) {
                continue;
            }
            var entry = baseline.find(result.rule(), result.revision());
            if (entry.isPresent()) {
                if (!entry.get().verdict().equals(result.verdict())) {
                    differ(
                            verdict.isViolation() ? "changed" : "stale",
                            result,
                            entry.get().verdict(),
                            "is listed as " + entry.get().verdict() + ", but is " + result.verdict()
                                    + (verdict == Verdict.PASS ? " now: take it out of the baseline" : ""));
                }
            } else if (result.known() == null && verdict.isViolation() || baseline.all() && verdict != Verdict.PASS) {
                differ(
                        "unlisted",
                        result,
                        null,
                        "is " + result.verdict() + ", and the baseline does not list it"
                                + (result.summary().isBlank() ? "" : ": " + result.summary()));
            }
        }
    }

    /** Whether nothing was found out, so that nothing can be compared. */
    private static boolean isOpen(Verdict verdict) {
        return verdict == Verdict.INCONCLUSIVE || verdict == Verdict.ERROR || verdict == Verdict.NOT_RUN;
    }

    private void entries(Asked asked) {
        Set<List<String>> judged =
                run.results().stream().map(r -> List.of(r.rule(), r.revision())).collect(Collectors.toSet());
        for (var entry : baseline.entries()) {
            for (var revision : entry.revisions()) {
                if (!asked.exists(entry.rule())) {
                    differ("stale", entry, revision, "is listed, but there is no such rule");
                } else if (asked.rule(entry.rule())
                        && asked.revision(revision)
                        && !judged.contains(List.of(entry.rule(), revision))) {
                    differ(
                            "stale",
                            entry,
                            revision,
                            "is listed as " + entry.verdict() + ", but was not judged in this revision");
                }
            }
        }
    }

    private void revisionsAndPasses(Asked asked) {
        if (!baseline.all()) {
            return;
        }
        var spoken = run.spoken().stream().map(s -> s.revision()).toList();
        report(
                baseline.revisions().stream()
                        .filter(r -> asked.revision(r) && !spoken.contains(r))
                        .toList(),
                "stale",
                "was spoken when the baseline was recorded, and is not now");
        report(
                spoken.stream().filter(r -> !baseline.revisions().contains(r)).toList(),
                "unlisted",
                "is spoken, and was not when the baseline was recorded");
        int passed = run.counts().getOrDefault(Verdict.PASS.name(), 0);
        boolean open = run.results().stream().anyMatch(r -> isOpen(Verdict.valueOf(r.verdict())));
        if (differences.isEmpty() && !open && asked.everything() && passed < baseline.passed()) {
            differences.add(new DifferenceReport(
                    "stale",
                    null,
                    null,
                    String.valueOf(baseline.passed()),
                    String.valueOf(passed),
                    "fewer verdicts are PASS: " + passed + ", where " + baseline.passed() + " are recorded"));
        }
    }

    private void report(List<String> revisions, String kind, String what) {
        revisions.forEach(
                r -> differences.add(new DifferenceReport(kind, null, r, null, null, "revision " + r + " " + what)));
    }

    private void differ(String kind, ResultReport result, @Nullable String listed, String what) {
        differences.add(new DifferenceReport(
                kind,
                result.rule(),
                result.revision(),
                listed,
                result.verdict(),
                result.rule() + " [" + result.revision() + "] " + what));
    }

    private void differ(String kind, Baseline.Entry entry, String revision, String what) {
        differences.add(new DifferenceReport(
                kind, entry.rule(), revision, entry.verdict(), null, entry.rule() + " [" + revision + "] " + what));
    }

    // ---- exit status ----

    /** From the worst on; that there was nothing to judge says nothing beside servers that were judged. */
    private static final List<Integer> WORST_FIRST = List.of(1, 3, 2, 0, 4);

    /** The exit status for several servers: the worst of theirs. */
    public static int exitStatus(List<RunReport> runs) {
        return WORST_FIRST.stream()
                .filter(status -> runs.stream().anyMatch(r -> status.equals(r.exitStatus())))
                .findFirst()
                .orElse(4);
    }

    /** The exit status of a run: with a baseline, by its differences; else by its verdicts. */
    public static int exitStatus(RunReport run) {
        return exitStatus(run, false);
    }

    /** @param warnings whether a WARN that no baseline knows is a violation too */
    public static int exitStatus(RunReport run, boolean warnings) {
        if (run.results().isEmpty()) {
            return 4;
        }
        Predicate<ResultReport> unknown = r -> r.known() == null;
        boolean violated = run.baseline() == null
                ? run.results().stream()
                        .filter(unknown)
                        .map(ResultReport::verdict)
                        .anyMatch(v -> v.equals(Verdict.FAIL.name()) || warnings && v.equals(Verdict.WARN.name()))
                : !run.baseline().differences().isEmpty();
        if (violated) {
            return 1;
        }
        return run.results().stream().filter(unknown).anyMatch(r -> isOpen(Verdict.valueOf(r.verdict())))
                        || run.ended() != null
                        || !anythingJudged(run)
                ? 3
                : 0;
    }

    /** Whether the run says anything of the server; what a baseline accepts is as it was said to be. */
    private static boolean anythingJudged(RunReport run) {
        return run.judged().findAny().isPresent() || run.results().stream().anyMatch(r -> r.known() != null);
    }
}
