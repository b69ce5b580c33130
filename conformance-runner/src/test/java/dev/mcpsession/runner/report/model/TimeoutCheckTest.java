package dev.mcpsession.runner.report.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.report.model.Report.ExchangeReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The fabricated server was told to have an idle timeout of 1 s and a lag of 250 ms. */
class TimeoutCheckTest {
    private static ExchangeReport ping(double sentAtMs, int status) {
        return new ExchangeReport(
                "A",
                "",
                sentAtMs,
                sentAtMs + 2,
                sentAtMs + 3,
                "server",
                "POST",
                "http://127.0.0.1:1/mcp",
                "ping",
                List.of(),
                null,
                status,
                List.of(),
                null,
                null,
                String.valueOf(status),
                null);
    }

    private static ResultReport idle(String rule, String verdict, ExchangeReport... exchanges) {
        return idle(rule, verdict, List.of(exchanges), "x", "x");
    }

    private static ResultReport idle(
            String rule, String verdict, List<ExchangeReport> exchanges, String expected, String came) {
        return new ResultReport(
                rule,
                "idle",
                "x",
                "CONTRACT",
                "session contract",
                "2025-11-25",
                verdict,
                "x",
                expected,
                came,
                null,
                List.of(),
                0,
                0,
                null,
                null,
                exchanges,
                List.of());
    }

    private static Optional<String> told(ResultReport... results) {
        return TimeoutCheck.of(Fabricated.run(results));
    }

    @Test
    void sessionsThatAllEndEarly() {
        var text = told(
                        idle("idle/not-reaped-early", "FAIL", ping(0, 200), ping(400, 200), ping(1100, 404)),
                        idle("idle/ping-extends", "NOT_TESTABLE", ping(0, 200), ping(600, 404)))
                .orElseThrow();
        assertEquals(
                "The idle timeout that was told, 1 s, seems not to be that of the server: sessions seem to end after"
                        + " 397 ms to 602 ms of idleness. Find it out with: probe http://127.0.0.1:1/mcp (or --launch)",
                text);
    }

    @Test
    void deadIdsMayBeAnswered400() {
        var text = told(idle("idle/not-reaped-early", "INCONCLUSIVE", ping(0, 200), ping(400, 200), ping(1100, 400)))
                .orElseThrow();
        assertTrue(text.contains("sessions seem to end after 397 ms to 702 ms of idleness"), text);
    }

    @Test
    void aBaselineThatTheRunHasWrittenHidesNothing() {
        var broken = idle("idle/not-reaped-early", "FAIL", ping(0, 200), ping(400, 200), ping(1100, 404))
                .knownFor("seen today");
        var run = Fabricated.run(broken);
        var known = new Report.BaselineReport("b.json", 1, List.of());
        assertEquals(Optional.empty(), TimeoutCheck.of(run.compared(run.results(), known)));
        assertTrue(
                TimeoutCheck.of(run.compared(run.results(), known.asWritten())).isPresent());
    }

    @Test
    void isTheFirstHeadlineAndStandsForWhatItMayExplain() {
        var early = List.of(ping(0, 200), ping(400, 200), ping(1100, 404));
        var run = Fabricated.run(
                CauseTest.broken("transport/a", "FAIL", "a header", "it is missing"),
                idle(
                        "idle/not-reaped-early",
                        "FAIL",
                        early,
                        "session A to live after a short while",
                        "it was answered"),
                idle("idle/ping-extends", "FAIL", early, "session B to live while it is in use", "it was answered"),
                idle("idle/other", "FAIL", early, "status 404 for an unknown id", "got 400"));
        var causes = Cause.of(run);
        assertEquals(
                List.of(
                        List.of("idle/not-reaped-early", "idle/ping-extends"),
                        List.of("transport/a"),
                        List.of("idle/other")),
                causes.stream().map(Cause::rules).toList());
        assertTrue(causes.get(0).headline().startsWith("The idle timeout that was told, 1 s, seems not"));
        assertEquals(List.of(), run.notingFirst(causes.get(0).headline()).otherNotes());
    }

    @Test
    void anotherRuleMayShowItFirst() {
        var text = told(
                idle("idle/activity-extends", "FAIL", ping(0, 200), ping(500, 404)),
                idle("idle/not-reaped-early", "NOT_TESTABLE", ping(0, 200), ping(600, 404)));
        assertTrue(text.isPresent() && text.get().contains("sessions seem to end after"), text::toString);
    }

    @Test
    void aSessionThatIsGoneSoonerThanAnotherLivedIsNoMatterOfTheOption() {
        assertEquals(
                Optional.empty(),
                told(
                        idle("idle/activity-extends", "FAIL", ping(0, 200), ping(500, 404)),
                        idle("idle/not-reaped-early", "PASS", ping(0, 200), ping(900, 200))));
    }

    @Test
    void aSessionThatLivesAsLongAsToldSpeaksForTheOption() {
        assertEquals(
                Optional.empty(),
                told(
                        idle("idle/not-reaped-early", "FAIL", ping(0, 200), ping(600, 404)),
                        idle("idle/open-stream", "PASS", ping(0, 200), ping(1100, 200))));
    }

    @Test
    void sessionsThatOutliveTheLag() {
        var text = told(idle("idle/reaped-post-404", "FAIL", ping(0, 200), ping(1700, 200), ping(5000, 404)))
                .orElseThrow();
        assertTrue(text.contains("1 s and 250 ms, seem not to be those of the server"), text);
        assertTrue(text.contains("a session was still there after 1.70 s of idleness, though sessions do end."), text);
    }

    @Test
    void nothingIsBroken() {
        assertEquals(Optional.empty(), told(idle("idle/reaped-post-404", "PASS", ping(0, 200), ping(1300, 404))));
    }
}
