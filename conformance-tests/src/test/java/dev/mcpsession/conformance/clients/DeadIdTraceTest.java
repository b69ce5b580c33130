package dev.mcpsession.conformance.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mcpsession.conformance.clients.rules.ClientRules;
import dev.mcpsession.conformance.clients.trace.Body;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Ending;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.rule.Catalogue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a trace proves of a client that goes on with an id that has got 404, and what it does not. */
class DeadIdTraceTest {
    private static final String CALL = "{'jsonrpc':'2.0','id':7,'method':'tools/list'}";

    private final List<Call> calls = new ArrayList<>();

    /** @param at in milliseconds; the exchange takes one, or more */
    private void send(long at, long millis, int connection, String method, String id, String body, int status) {
        var headers = new ArrayList<Header>();
        headers.add(new Header("Accept", "application/json, text/event-stream"));
        if (id != null) {
            headers.add(new Header("Mcp-Session-Id", id));
            headers.add(new Header("MCP-Protocol-Version", "2025-11-25"));
        }
        boolean opens = body.contains("initialize'");
        var reply = opens
                ? "{'jsonrpc':'2.0','id':1,'result':{'protocolVersion':'2025-11-25','capabilities':{}}}"
                : "{'jsonrpc':'2.0','id':7,'result':{}}";
        var replyHeaders = new ArrayList<Header>();
        replyHeaders.add(new Header("Content-Type", "application/json"));
        if (opens) {
            replyHeaders.add(new Header("Mcp-Session-Id", "session-" + calls.size()));
        }
        long began = 1 + at * 1_000_000;
        long ended = began + millis * 1_000_000;
        calls.add(new Call(
                calls.size(),
                connection,
                true,
                method,
                "/mcp",
                headers,
                Body.of(body.replace('\'', '"')),
                began,
                began,
                status,
                replyHeaders,
                Body.of(status == 200 ? reply.replace('\'', '"') : ""),
                List.of(),
                ended,
                ended,
                Ending.COMPLETE));
    }

    private void open(long at, int connection) {
        send(
                at,
                1,
                connection,
                "POST",
                null,
                "{'jsonrpc':'2.0','id':1,'method':'initialize','params':{'protocolVersion':'2025-11-25',"
                        + "'capabilities':{},'clientInfo':{'name':'c','version':'1'}}}",
                200);
        var id = "session-" + (calls.size() - 1);
        send(at + 2, 1, connection, "POST", id, "{'jsonrpc':'2.0','method':'notifications/initialized'}", 202);
    }

    private void dead(long at, int connection) {
        send(at, 1, connection, "POST", "session-0", CALL, 404);
    }

    private String verdict() {
        var trace = new Trace(calls, Optional.empty(), List.of(), true);
        return ClientSuite.of(trace).catalogue(Catalogue.of(new ClientRules())).run().results().stream()
                .filter(r -> r.rule().id().equals("client/new-session-after-404"))
                .map(r -> r.verdict() + " " + r.summary())
                .findFirst()
                .orElseThrow();
    }

    private void mustBe(String beginning, String part) {
        var verdict = verdict();
        assertEquals(true, verdict.startsWith(beginning) && verdict.contains(part), verdict);
    }

    @Test
    void onceASecondOnOneConnection() {
        open(0, 0);
        dead(1000, 0);
        dead(1990, 0);
        dead(2980, 0);
        mustBe("FAIL", "2 requests in 1979 ms");
    }

    @Test
    void onceASecondOnANewConnectionEachTime() {
        open(0, 0);
        for (int i = 1; i < 5; i++) {
            dead(i * 1000L, i);
        }
        mustBe("FAIL", "3 requests in 2999 ms");
    }

    @Test
    void oftenWithoutALongPause() {
        open(0, 0);
        for (int i = 0; i < 40; i++) {
            dead(1000 + i * 100, 0);
        }
        mustBe("FAIL", "was sent with the dead id");
    }

    @Test
    void inASessionThatWasOpenedAnew() {
        open(0, 0);
        dead(1000, 0);
        open(1100, 0);
        for (int i = 2; i < 5; i++) {
            send(i * 1000L, 1, 0, "POST", "session-3", CALL, 404);
        }
        mustBe("FAIL", "2 requests in 1999 ms");
    }

    @Test
    void byItsStreamAlone() {
        open(0, 0);
        for (int i = 1; i < 6; i++) {
            send(i * 1000L, 1, 0, "GET", "session-0", "", 404);
        }
        mustBe("FAIL", "GET was sent with the dead id, and got 404, 4 times");
    }

    @Test
    void inASessionThatItHasDeleted() {
        open(0, 0);
        send(500, 1, 0, "DELETE", "session-0", "", 204);
        dead(1000, 0);
        dead(2000, 0);
        dead(3000, 0);
        mustBe("FAIL", "2 requests in 1999 ms");
    }

    @Test
    void underWayWhenTheSessionWasDeleted() {
        open(0, 0);
        send(500, 1, 0, "DELETE", "session-0", "", 204);
        dead(505, 1);
        dead(506, 2);
        mustBe("NOT_APPLICABLE", "no request with a session id got 404");
    }

    @Test
    void onceOnly() {
        open(0, 0);
        dead(1000, 0);
        dead(2000, 0);
        mustBe("INCONCLUSIVE", "POST tools/list was sent with the dead id, 999 ms after that, once");
    }

    @Test
    void manyThatWaitedForTheOneConnectionOfASlowServer() {
        open(0, 0);
        for (int i = 0; i < 5; i++) {
            send(1000 + i * 900, 895, 0, "POST", "session-0", CALL, 404);
        }
        open(6000, 0);
        mustBe("INCONCLUSIVE", "may have been on its way");
    }

    @Test
    void manyThatWereUnderWay() {
        open(0, 0);
        for (int i = 0; i < 5; i++) {
            dead(1000 + i * 3, i);
        }
        mustBe(
                "NOT_TESTABLE",
                "all that came with the dead id after the 404 may have been on its way: the last was POST tools/list,"
                        + " 11 ms later");
    }

    @Test
    void othersGoOnUntilTheNewSessionIsThere() {
        open(0, 0);
        dead(1000, 0);
        send(1100, 5000, 1, "POST", null, "{'jsonrpc':'2.0','id':1,'method':'initialize'}", 200);
        for (int i = 2; i < 5; i++) {
            dead(i * 1000L, 2);
        }
        mustBe("INCONCLUSIVE", "may have been on its way");
    }

    @Test
    void aNewSessionOnAnotherConnection() {
        open(0, 0);
        dead(1000, 0);
        open(1100, 1);
        mustBe("NOT_TESTABLE", "an initialize came after the 404, but on a connection");
    }

    /** As {@link #open}, with a connection for each request. */
    private void openOnNewConnections(long at) {
        open(at, calls.size());
        var initialized = calls.remove(calls.size() - 1);
        send(
                at + 2,
                1,
                calls.size(),
                "POST",
                initialized.sessionId().get(),
                initialized.body().text(),
                202);
    }

    @Test
    void aConnectionForEachRequest() {
        openOnNewConnections(0);
        dead(1000, calls.size());
        openOnNewConnections(1100);
        mustBe("PASS", "");
    }

    @Test
    void aConnectionForEachRequestAndTwoClients() {
        openOnNewConnections(0);
        openOnNewConnections(500);
        dead(1000, calls.size());
        openOnNewConnections(1100);
        mustBe("NOT_TESTABLE", "an initialize came after the 404, but on a connection");
    }

    @Test
    void aConnectionForEachRequestAndAClientThatIsStartedAgain() {
        openOnNewConnections(0);
        dead(1000, calls.size());
        openOnNewConnections(4000);
        mustBe("NOT_TESTABLE", "an initialize came after the 404, but on a connection");
    }

    @Test
    void aConnectionForEachRequestAndTheDeadIdAgain() {
        openOnNewConnections(0);
        for (int i = 1; i < 4; i++) {
            dead(i * 1000L, calls.size());
        }
        openOnNewConnections(3100);
        mustBe("FAIL", "2 requests in 1999 ms");
    }

    @Test
    void aStreamThatIsTriedAgainAndGivenUp() {
        open(0, 0);
        dead(1000, 0);
        for (int i = 2; i < 4; i++) {
            send(i * 1000L, 1, 1, "GET", "session-0", "", 404);
        }
        mustBe("NOT_TESTABLE", "the client did not go on after the 404");
    }
}
