package dev.mcpsession.conformance.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mcpsession.conformance.clients.rules.ClientRules;
import dev.mcpsession.conformance.clients.trace.Body;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Ending;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.rule.Catalogue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Traces that begin in the middle of sessions: a client whose opening they do not hold is not judged by the revision
 * that another has opened there.
 */
class MiddleOfSessionsTest {
    private static final String BATCH =
            "[{'jsonrpc':'2.0','id':7,'method':'tools/list'},{'jsonrpc':'2.0','id':8,'method':'ping'}]";
    private static final String LIST = "{'jsonrpc':'2.0','id':2,'method':'tools/list'}";

    private final List<Call> calls = new ArrayList<>();

    /** A call every two seconds. */
    private void post(int connection, String session, String version, String body, String assigned, String reply) {
        long at = 1 + calls.size() * 2_000_000_000L;
        var headers = new ArrayList<Header>();
        headers.add(new Header("Accept", "application/json, text/event-stream"));
        headers.add(new Header("Content-Type", "application/json"));
        if (session != null) {
            headers.add(new Header("Mcp-Session-Id", session));
        }
        if (version != null) {
            headers.add(new Header("MCP-Protocol-Version", version));
        }
        var replyHeaders = new ArrayList<Header>();
        replyHeaders.add(new Header("Content-Type", "application/json"));
        if (assigned != null) {
            replyHeaders.add(new Header("Mcp-Session-Id", assigned));
        }
        calls.add(new Call(
                calls.size(),
                connection,
                true,
                "POST",
                "/mcp",
                headers,
                json(body),
                at,
                at,
                200,
                replyHeaders,
                json(reply),
                List.of(),
                at + 1,
                at + 2,
                Ending.COMPLETE));
    }

    private static Body json(String text) {
        return Body.of(text.replace('\'', '"'));
    }

    private void open(int connection, String session, String version) {
        post(
                connection,
                null,
                null,
                "{'jsonrpc':'2.0','id':1,'method':'initialize','params':{'protocolVersion':'" + version
                        + "','capabilities':{},'clientInfo':{'name':'c','version':'1'}}}",
                session,
                "{'jsonrpc':'2.0','id':1,'result':{'protocolVersion':'" + version + "','capabilities':{}}}");
        var header = version.equals("2025-03-26") ? null : version;
        post(connection, session, header, "{'jsonrpc':'2.0','method':'notifications/initialized'}", null, "");
        post(connection, session, header, LIST, null, "{'jsonrpc':'2.0','id':2,'result':{'tools':[]}}");
    }

    /** The rules that do not pass, of those that come to a verdict. */
    private String broken() {
        var trace = new Trace(calls, Optional.empty(), List.of(), true);
        return ClientSuite.of(trace).catalogue(Catalogue.of(new ClientRules())).run().results().stream()
                .filter(r -> r.verdict().isViolation() || r.verdict() == Verdict.ERROR)
                .collect(Collectors.toMap(r -> r.rule().id(), r -> r.verdict(), (a, b) -> a, TreeMap::new))
                .toString();
    }

    @Test
    void anEarlierSession() {
        post(0, "earlier", null, BATCH, null, "[]");
        open(1, "later", "2025-11-25");
        post(0, "earlier", null, BATCH, null, "[]");
        assertEquals("{}", broken());
    }

    @Test
    void anEarlierClientOfAServerWithoutSessionIds() {
        post(0, null, null, BATCH, null, "[]");
        open(1, null, "2025-11-25");
        post(0, null, null, BATCH, null, "[]");
        assertEquals("{}", broken());
    }

    @Test
    void anEarlierSessionThatSaysItsRevision() {
        post(0, "earlier", "2025-11-25", BATCH, null, "[]");
        open(1, "later", "2025-11-25");
        assertEquals("{client/one-message-per-post=FAIL}", broken());
    }

    @Test
    void aSessionOfTheTrace() {
        open(1, "later", "2025-11-25");
        post(1, "later", "2025-11-25", BATCH, null, "[]");
        assertEquals("{client/one-message-per-post=FAIL}", broken());
    }

    @Test
    void aServerWithoutSessionIds() {
        open(1, null, "2025-11-25");
        post(1, null, null, BATCH, null, "[]");
        assertEquals("{client/one-message-per-post=FAIL, client/version-header-sent=FAIL}", broken());
    }

    @Test
    void anEarlierSessionWhileAnotherHasBatches() {
        post(0, "earlier", "2025-11-25", LIST, null, "{'jsonrpc':'2.0','id':2,'result':{'tools':[]}}");
        open(1, "later", "2025-03-26");
        post(1, "later", null, BATCH, null, "[]");
        assertEquals("{}", broken());
    }
}
