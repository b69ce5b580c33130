package dev.mcpsession.runner.baseline;

import static dev.mcpsession.runner.report.model.Fabricated.result;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mcpsession.runner.report.model.Fabricated;
import dev.mcpsession.runner.report.model.Report.DifferenceReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static final String NEW = "2025-11-25";
    private static final String OLD = "2025-06-18";

    /** All that was asked for: rules of the area a, in the revisions that the made-up server speaks. */
    private static final Comparison.Asked ASKED = new Comparison.Asked() {
        @Override
        public boolean exists(String rule) {
            return !rule.endsWith("/gone");
        }

        @Override
        public boolean rule(String rule) {
            return rule.startsWith("a/");
        }

        @Override
        public boolean revision(String revision) {
            return !revision.equals("2025-03-26");
        }

        @Override
        public boolean everything() {
            return true;
        }
    };

    private static Baseline baseline(boolean all, int passed, Baseline.Entry... entries) {
        return new Baseline("tiny", all, List.of(OLD, NEW), passed, List.of(entries));
    }

    private static Baseline.Entry entry(String rule, String verdict, String... revisions) {
        return new Baseline.Entry(rule, List.of(revisions), verdict, "because");
    }

    private static RunReport compare(Baseline baseline, ResultReport... results) {
        return Comparison.compare(baseline, "b.json", Fabricated.run(results), ASKED);
    }

    private static List<String> texts(RunReport run) {
        return run.baseline().differences().stream().map(DifferenceReport::text).toList();
    }

    @Test
    void acceptsWhatIsListed() {
        var run = compare(
                baseline(false, 0, entry("a/one", "FAIL", OLD, NEW)),
                result("a/one", OLD, "MUST", "FAIL", "bad"),
                result("a/one", NEW, "MUST", "FAIL", "bad"),
                result("a/two", NEW, "MUST", "NOT_TESTABLE", "see"),
                result("a/three", NEW, "MUST", "PASS", ""));
        assertEquals(List.of(), texts(run));
        assertEquals(2, run.baseline().known());
        assertEquals("because", run.results().get(0).known());
        assertNull(run.results().get(3).known());
        assertEquals(0, Comparison.exitStatus(run));
    }

    @Test
    void namesViolationsThatAreNotListed() {
        var run = compare(
                baseline(false, 0, entry("a/one", "FAIL", OLD)),
                result("a/one", OLD, "MUST", "FAIL", "bad"),
                result("a/one", NEW, "MUST", "FAIL", "bad"),
                result("a/two", NEW, "SHOULD", "WARN", "meh"));
        assertEquals(
                List.of(
                        "a/one [2025-11-25] is FAIL, and the baseline does not list it: bad",
                        "a/two [2025-11-25] is WARN, and the baseline does not list it: meh"),
                texts(run));
        assertEquals(1, Comparison.exitStatus(run));
    }

    @Test
    void namesEntriesThatNoLongerHold() {
        var run = compare(
                baseline(
                        false,
                        0,
                        entry("a/one", "FAIL", NEW),
                        entry("a/two", "FAIL", NEW),
                        entry("a/gone", "FAIL", NEW),
                        entry("a/three", "FAIL", NEW)),
                result("a/one", NEW, "MUST", "PASS", ""),
                result("a/two", NEW, "SHOULD", "WARN", "meh"));
        assertEquals(
                List.of(
                        "a/one [2025-11-25] is listed as FAIL, but is PASS now: take it out of the baseline",
                        "a/two [2025-11-25] is listed as FAIL, but is WARN",
                        "a/gone [2025-11-25] is listed, but there is no such rule",
                        "a/three [2025-11-25] is listed as FAIL, but was not judged in this revision"),
                texts(run));
        assertEquals(
                List.of("stale", "changed", "stale", "stale"),
                run.baseline().differences().stream()
                        .map(DifferenceReport::kind)
                        .toList());
        assertEquals(1, Comparison.exitStatus(run));
    }

    @Test
    void leavesEntriesInPeaceThatWereNotAskedFor() {
        var run = compare(
                baseline(false, 0, entry("b/other", "FAIL", NEW), entry("a/one", "FAIL", "2025-03-26")),
                result("a/one", NEW, "MUST", "PASS", ""));
        assertEquals(List.of(), texts(run));
    }

    @Test
    void holdsNothingAgainstWhatCouldNotBeJudged() {
        var run = compare(
                baseline(true, 5, entry("a/one", "FAIL", NEW)), result("a/one", NEW, "MUST", "INCONCLUSIVE", "slow"));
        assertEquals(List.of(), texts(run));
        assertEquals(3, Comparison.exitStatus(run));
    }

    @Test
    void showsEveryChangeWhereAllIsListed() {
        var run = compare(
                baseline(true, 1, entry("a/one", "NOT_TESTABLE", NEW)),
                result("a/one", NEW, "MUST", "NOT_APPLICABLE", "x"),
                result("a/two", NEW, "MUST", "NOT_TESTABLE", "y"));
        assertEquals(
                List.of(
                        "a/one [2025-11-25] is listed as NOT_TESTABLE, but is NOT_APPLICABLE",
                        "a/two [2025-11-25] is NOT_TESTABLE, and the baseline does not list it: y"),
                texts(run));
    }

    @Test
    void seesThatVerdictsAreMissing() {
        assertEquals(
                List.of("fewer verdicts are PASS: 1, where 2 are recorded"),
                texts(compare(baseline(true, 2), result("a/one", NEW, "MUST", "PASS", ""))));
        assertEquals(List.of(), texts(compare(baseline(false, 2), result("a/one", NEW, "MUST", "PASS", ""))));
    }

    @Test
    void seesThatARevisionIsGoneOrNew() {
        var recorded = new Baseline("tiny", true, List.of(NEW, "2026-07-28"), 1, List.of());
        assertEquals(
                List.of(
                        "revision 2026-07-28 was spoken when the baseline was recorded, and is not now",
                        "revision 2025-06-18 is spoken, and was not when the baseline was recorded"),
                texts(compare(recorded, result("a/one", NEW, "MUST", "PASS", ""))));
    }

    @Test
    void hasTheExitStatusOfTheVerdictsWithoutABaseline() {
        assertEquals(4, Comparison.exitStatus(Fabricated.run()));
        assertEquals(0, Comparison.exitStatus(Fabricated.run(result("a/one", NEW, "SHOULD", "WARN", "x"))));
        assertEquals(
                1,
                Comparison.exitStatus(Fabricated.run(
                        result("a/one", NEW, "MUST", "FAIL", "x"), result("a/two", NEW, "MUST", "ERROR", "x"))));
        for (var open : List.of("INCONCLUSIVE", "ERROR", "NOT_RUN")) {
            assertEquals(3, Comparison.exitStatus(Fabricated.run(result("a/one", NEW, "MUST", open, "x"))));
        }
    }

    @Test
    void theWorstServerDecides() {
        var run = Fabricated.run(result("a/one", NEW, "MUST", "PASS", ""));
        assertEquals(1, Comparison.exitStatus(List.of(run.closed(0), run.closed(3), run.closed(1))));
        assertEquals(3, Comparison.exitStatus(List.of(run.closed(0), run.closed(2), run.closed(3))));
        assertEquals(2, Comparison.exitStatus(List.of(run.closed(0), run.closed(2))));
        assertEquals(0, Comparison.exitStatus(List.of(run.closed(4), run.closed(0))));
        assertEquals(4, Comparison.exitStatus(List.of(run.closed(4), run.closed(4))));
    }

    @Test
    void couldNotJudgeAServerThatDied() {
        var run = Fabricated.run(result("a/one", NEW, "MUST", "PASS", ""));
        assertEquals(
                3,
                Comparison.exitStatus(new RunReport(
                        run.target(),
                        run.spoken(),
                        run.unspoken(),
                        run.tookMs(),
                        run.counts(),
                        run.results(),
                        null,
                        "ended by itself with status 1",
                        List.of(),
                        null,
                        null)));
    }

    @Test
    void greenMeansJudged() {
        var untested = result("a/one", NEW, "MUST", "NOT_TESTABLE", "x");
        var absent = result("a/two", NEW, "MUST", "NOT_APPLICABLE", "x");
        var told = result("a/three", NEW, "INFO", "PASS", "");
        var kept = result("a/four", NEW, "MUST", "PASS", "");
        assertEquals(3, Comparison.exitStatus(Fabricated.run(untested, absent)));
        // A rule that only reports says nothing of the rules beside it.
        assertEquals(3, Comparison.exitStatus(Fabricated.run(untested, told)));
        assertEquals(0, Comparison.exitStatus(Fabricated.run(told)));
        assertEquals(0, Comparison.exitStatus(Fabricated.run(untested, kept)));
        assertEquals(0, Comparison.exitStatus(Fabricated.run(untested.knownFor("accepted"), absent)));
    }

    @Test
    void warningsCountWhereTheyAreToCount() {
        var warned = result("a/one", NEW, "SHOULD", "WARN", "x");
        assertEquals(0, Comparison.exitStatus(Fabricated.run(warned), false));
        assertEquals(1, Comparison.exitStatus(Fabricated.run(warned), true));
        assertEquals(0, Comparison.exitStatus(Fabricated.run(warned.knownFor("accepted")), true));
    }
}
