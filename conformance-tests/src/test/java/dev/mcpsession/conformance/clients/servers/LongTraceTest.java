package dev.mcpsession.conformance.clients.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.clients.ClientSuite;
import dev.mcpsession.conformance.clients.rules.ClientRules;
import dev.mcpsession.conformance.clients.trace.Body;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Ending;
import dev.mcpsession.conformance.clients.trace.Sent;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.clients.trace.TraceFile;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.run.RuleResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/**
 * Traces as long as the recorder keeps are judged in seconds, whatever clients and servers did. Where each call is
 * compared with each, a trace takes minutes: the bound is far from both.
 */
@Timeout(120)
class LongTraceTest {
    private static final int LONG = 20_000;
    private static final Catalogue CATALOGUE =
            Catalogue.of(new ClientRules()).and(TraceRules.of(Catalogue.load(LongTraceTest.class.getClassLoader())));

    private static final class Tape {
        final List<Call> calls = new ArrayList<>();
        final boolean modern;

        Tape(boolean modern) {
            this.modern = modern;
        }

        boolean isLong() {
            return calls.size() >= LONG;
        }

        void add(
                String method, String id, String body, int status, List<Header> more, String reply, List<Sent> events) {
            int number = calls.size();
            long at = (number + 1) * 1_000_000L;
            var headers = new ArrayList<Header>(List.of(
                    new Header("Host", "127.0.0.1:9000"),
                    new Header("Content-Type", "application/json"),
                    new Header("Accept", "application/json, text/event-stream"),
                    new Header("User-Agent", "test"),
                    new Header("MCP-Protocol-Version", modern ? "2026-07-28" : "2025-11-25")));
            if (id != null) {
                headers.add(new Header("Mcp-Session-Id", id));
            }
            var replied = new ArrayList<>(more);
            replied.add(new Header("Content-Type", events.isEmpty() ? "application/json" : "text/event-stream"));
            calls.add(new Call(
                    number,
                    number % 8,
                    true,
                    method,
                    "/mcp",
                    headers,
                    Body.of(body),
                    at,
                    at,
                    status,
                    replied,
                    Body.of(reply),
                    events,
                    at + 300_000,
                    at + 500_000,
                    Ending.COMPLETE));
        }

        void open(String id) {
            add(
                    "POST",
                    null,
                    message(
                            0,
                            "initialize",
                            "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},"
                                    + "\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}}"),
                    200,
                    List.of(new Header("Mcp-Session-Id", id), new Header("Set-Cookie", "route=node-" + calls.size())),
                    "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},"
                            + "\"serverInfo\":{\"name\":\"s\",\"version\":\"1\"}}}",
                    List.of());
            post(id, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}", 202, "");
        }

        void post(String id, String body, int status, String reply) {
            add("POST", id, body, status, List.of(), reply, List.of());
        }

        void request(String id, String method, String params, int status) {
            int number = calls.size();
            post(
                    id,
                    message(number, method, params),
                    status,
                    status == 200 ? "{\"jsonrpc\":\"2.0\",\"id\":" + number + ",\"result\":{}}" : "");
        }

        static String message(int id, String method, String params) {
            return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + params + "}";
        }

        Trace trace() {
            return new Trace(calls, Optional.empty(), List.of(), true);
        }
    }

    private static final Map<String, Consumer<Tape>> SHAPES = Map.of(
            "one session",
                    tape -> {
                        tape.open("a");
                        while (!tape.isLong()) {
                            tape.request("a", "ping", "{}", 200);
                        }
                    },
            "a session for each call",
                    tape -> {
                        while (!tape.isLong()) {
                            var id = "session-" + tape.calls.size();
                            tape.open(id);
                            tape.request(id, "tools/list", "{}", 200);
                            tape.add("DELETE", id, "", 200, List.of(), "", List.of());
                        }
                    },
            "one id for all",
                    tape -> {
                        while (!tape.isLong()) {
                            tape.open("same");
                        }
                    },
            "nothing but refusals after the end",
                    tape -> {
                        tape.open("a");
                        tape.add("DELETE", "a", "", 200, List.of(), "", List.of());
                        while (!tape.isLong()) {
                            tape.request("a", "tools/list", "{}", 400);
                        }
                    },
            "always cancelled",
                    tape -> {
                        tape.open("a");
                        while (!tape.isLong()) {
                            int id = tape.calls.size();
                            tape.request("a", "tools/call", "{\"name\":\"slow\"}", 200);
                            tape.post(
                                    "a",
                                    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                                            + "\"params\":{\"requestId\":" + id + "}}",
                                    202,
                                    "");
                        }
                    },
            "always busy",
                    tape -> {
                        tape.open("a");
                        while (!tape.isLong()) {
                            tape.add(
                                    "POST",
                                    "a",
                                    Tape.message(tape.calls.size(), "ping", "{}"),
                                    503,
                                    List.of(new Header("Retry-After", "1")),
                                    "",
                                    List.of());
                        }
                    },
            "initialize is never served",
                    tape -> {
                        while (!tape.isLong()) {
                            tape.request(null, "initialize", "{}", tape.calls.size() % 2 == 0 ? 401 : 404);
                        }
                        tape.open("a");
                    },
            "progress and streams",
                    tape -> {
                        tape.open("a");
                        while (!tape.isLong()) {
                            int id = tape.calls.size();
                            tape.add(
                                    "POST",
                                    "a",
                                    Tape.message(
                                            id,
                                            "tools/call",
                                            "{\"name\":\"t\",\"_meta\":{\"progressToken\":" + id + "}}"),
                                    200,
                                    List.of(),
                                    "",
                                    List.of(
                                            sent(
                                                    "e-" + id,
                                                    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\","
                                                            + "\"params\":{\"progressToken\":" + id
                                                            + ",\"progress\":1}}"),
                                            sent("f-" + id, "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{}}")));
                        }
                    },
            "without sessions",
                    tape -> {
                        while (!tape.isLong()) {
                            tape.request(null, "tools/list", meta(""), 200);
                            tape.request(
                                    null, "tools/call", meta("\"name\":\"t\",\"arguments\":{\"region\":\"x\"},"), 200);
                        }
                    });

    private static Sent sent(String id, String data) {
        return new Sent(1, Optional.of(id), Optional.of(1000L), Body.of(data));
    }

    private static String meta(String more) {
        return "{" + more + "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                + "\"io.modelcontextprotocol/clientCapabilities\":{}}}";
    }

    @TestFactory
    Stream<DynamicTest> anyShapeIsJudgedSoon() {
        return SHAPES.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(shape -> DynamicTest.dynamicTest(shape.getKey(), () -> {
                    var tape = new Tape(shape.getKey().equals("without sessions"));
                    shape.getValue().accept(tape);
                    long started = System.nanoTime();
                    var results = ClientSuite.of(tape.trace())
                            .catalogue(CATALOGUE)
                            .run()
                            .results();
                    System.out.printf(
                            "%s: %d verdicts in %d ms; longest %s%n",
                            shape.getKey(),
                            results.size(),
                            (System.nanoTime() - started) / 1_000_000,
                            results.stream()
                                    .max(Comparator.comparingLong(RuleResult::took))
                                    .map(r -> r.rule().id() + " " + r.took() / 1_000_000 + " ms")
                                    .orElse(""));
                    assertTrue(results.stream().anyMatch(r -> r.verdict() == Verdict.PASS));
                    assertEquals(
                            List.of(),
                            results.stream()
                                    .filter(r -> r.verdict() == Verdict.ERROR)
                                    .map(r -> r.rule().id() + ": " + r.summary())
                                    .toList());
                    assertTrue(results.stream()
                            .allMatch(r -> r.transcript().entries().size() <= 200));
                }));
    }

    /** A report has the exchanges around the one that shows the violation. */
    @Test
    void theViolationIsAmongWhatIsShown() {
        var tape = new Tape(false);
        SHAPES.get("one id for all").accept(tape);
        var violation = ClientSuite.of(tape.trace()).catalogue(CATALOGUE).run().results().stream()
                .filter(r -> r.rule().id().equals("assignment/id-unique"))
                .findFirst()
                .orElseThrow();
        assertTrue(violation.verdict().isViolation(), violation::summary);
        assertTrue(violation.transcript().entries().stream()
                .anyMatch(e -> e.exchange() == violation.evidence().orElseThrow()));
        assertTrue(violation.notes().toString().contains("of " + tape.calls.size() + " exchanges"));
    }

    /** Each reply sets another cookie. */
    @Test
    void manySecretsAreMasked() {
        var tape = new Tape(false);
        SHAPES.get("a session for each call").accept(tape);
        var written = TraceFile.write(tape.trace());
        assertFalse(written.contains("node-0"));
        assertTrue(written.contains("masked-"));
    }

    /** A query that is as short as a digit is no reason to replace that digit everywhere. */
    @Test
    void whatIsShortIsMaskedWhereItStandsOnly() {
        var call = new Tape(false);
        call.open("a");
        var c = call.calls.get(0);
        var first = new Call(
                0,
                0,
                true,
                "GET",
                "/mcp?code=1",
                c.headers(),
                Body.of(""),
                1,
                1,
                200,
                c.replyHeaders(),
                Body.of(""),
                List.of(),
                2,
                3,
                Ending.COMPLETE);
        var written = TraceFile.write(new Trace(List.of(first, c), Optional.empty(), List.of(), true));
        assertTrue(written.contains("/mcp?code=masked-"));
        assertTrue(written.contains("2025-11-25"));
    }
}
