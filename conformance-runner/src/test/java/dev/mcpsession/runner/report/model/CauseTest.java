package dev.mcpsession.runner.report.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class CauseTest {
    private static final String NEW = "2025-11-25";

    static Report.ResultReport broken(String rule, String verdict, String expected, String came) {
        var r = Fabricated.violation(rule, NEW, "MUST", verdict);
        return new Report.ResultReport(
                rule,
                r.area(),
                r.title(),
                r.level(),
                r.source(),
                NEW,
                verdict,
                "expected " + expected + ", but " + came,
                expected,
                came,
                null,
                r.notes(),
                0,
                0,
                r.evidence(),
                r.curl(),
                r.exchanges(),
                r.waits());
    }

    @Test
    void theSameRefusalInPlaceOfTheSameStatusIsOneCause() {
        var body = " with body {\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32000,\"message\":\"no session\"}}";
        var causes = Cause.of(List.of(
                broken("a/warned", "WARN", "a header", "it is missing"),
                broken("a/one", "FAIL", "status 404 for an unknown id", "got 400" + body.formatted("1")),
                broken("a/two", "FAIL", "status 404 after the end", "got 400" + body.formatted("null")),
                broken("a/other", "FAIL", "status 404 after the end", "got 500" + body.formatted("3")),
                Fabricated.result("a/three", NEW, "MUST", "NOT_TESTABLE", "not counted")
                        .explainedBy("a/two"),
                Fabricated.result("a/four", NEW, "MUST", "NOT_TESTABLE", "not told")));
        assertEquals(
                List.of(List.of("a/one", "a/two", "a/three"), List.of("a/other"), List.of("a/warned")),
                causes.stream().map(Cause::rules).toList());
        assertEquals(
                "3 rules (2 broken, 1 explained by them): 404 is due, but got 400" + body.formatted("1"),
                causes.get(0).told());
        assertEquals(
                "a/warned: expected a header, but it is missing", causes.get(2).told());
    }

    @Test
    void thatSessionsAreNeverReapedIsOneCauseWhateverTheyAreAsked() {
        var due = "status 404 after the session was idle between 2.3 s and 2.4 s";
        var causes = Cause.of(List.of(
                broken("idle/post", "FAIL", due, "got 200 with body {}, as for 3 of 3 sessions"),
                broken("idle/notification", "FAIL", due, "got 202"),
                broken("idle/refused", "FAIL", due, "got 400")));
        assertEquals(
                List.of(List.of("idle/post", "idle/notification"), List.of("idle/refused")),
                causes.stream().map(Cause::rules).toList());
        assertEquals(
                "expected " + due + ", but got 200 with body {}, as for 3 of 3 sessions",
                causes.get(0).headline());
    }

    @Test
    void oneIdForAllSessionsIsOneCauseOfWhateverIsSeenOfSessions() {
        var causes = Cause.of(List.of(
                broken("required/a", "FAIL", "a request to be served", "it was answered 404"),
                broken("termination/b", "FAIL", "status 404", "got 202"),
                broken("transport/c", "FAIL", "a header", "it is missing"),
                broken("assignment/id-unique", "WARN", "ids of their own", "x was assigned twice")));
        assertEquals(
                List.of(List.of("assignment/id-unique", "required/a", "termination/b"), List.of("transport/c")),
                causes.stream().map(Cause::rules).toList());
        assertEquals(
                "3 rules (2 broken, 1 with a warning): expected ids of their own, but x was assigned twice",
                causes.get(0).told());
        assertEquals("FAIL", causes.get(0).verdict().name());
    }

    @Test
    void theSameReplyThatServesWhatItOughtNotMayHideSeveralFaults() {
        var causes = Cause.of(List.of(
                broken("a/one", "FAIL", "status 400 without an id", "got 200 with body {}"),
                broken("a/two", "FAIL", "status 400 for a wrong revision", "got 200 with body {}"),
                broken("a/three", "FAIL", "status 400 without an id", "got 200 with body {}")));
        assertEquals(
                List.of(List.of("a/one", "a/three"), List.of("a/two")),
                causes.stream().map(Cause::rules).toList());
    }

    @Test
    void whatABaselineKnowsIsNoNews() {
        assertEquals(
                List.of(),
                Cause.of(
                        List.of(Fabricated.violation("a/b", NEW, "MUST", "FAIL").knownFor("so be it"))));
    }
}
