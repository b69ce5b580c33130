package dev.mcpsession.conformance.clients.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.clients.ClientSuite;
import dev.mcpsession.conformance.clients.trace.Body;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Ending;
import dev.mcpsession.conformance.clients.trace.Sent;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.clients.trace.TraceFile;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rules.CoreRules;
import dev.mcpsession.conformance.run.RuleResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Servers are judged by traces: each rule catches a wrong one, and none accuses the right one. */
class TraceRulesTest {
    private static final Catalogue CATALOGUE = TraceRules.of(Catalogue.of(new CoreRules()));
    private static final String JSON = "application/json";
    private static final String EVENTS = "text/event-stream";

    /** A trace under construction: a call every 20 ms, each of which takes 5. */
    private static final class Tape {
        private final List<Call> calls = new ArrayList<>();

        Tape add(String method, String id, String body, int status, String type, String assigned, String... reply) {
            long at = 1 + calls.size() * 20_000_000L;
            var headers = new ArrayList<Header>();
            headers.add(new Header("Accept", JSON + ", " + EVENTS));
            if (id != null) {
                headers.add(new Header("Mcp-Session-Id", id));
            }
            if (body.contains("io.modelcontextprotocol")) {
                headers.add(new Header("MCP-Protocol-Version", "2026-07-28"));
            } else if (!body.contains("\"initialize\"")) {
                headers.add(new Header("MCP-Protocol-Version", "2025-11-25"));
            }
            var replied = new ArrayList<Header>();
            if (type != null) {
                replied.add(new Header("Content-Type", type));
            }
            if (assigned != null) {
                replied.add(new Header("Mcp-Session-Id", assigned));
            }
            boolean stream = EVENTS.equals(type);
            var events = new ArrayList<Sent>();
            for (var data : reply) {
                if (stream) {
                    var named = data.startsWith("#");
                    events.add(new Sent(
                            at + 4_000_000,
                            named ? Optional.of(data.substring(1, 2)) : Optional.empty(),
                            Optional.empty(),
                            Body.of(named ? data.substring(2) : data)));
                }
            }
            calls.add(new Call(
                    calls.size(),
                    0,
                    true,
                    method,
                    "/mcp",
                    headers,
                    Body.of(body),
                    at,
                    at,
                    status,
                    replied,
                    Body.of(stream ? "" : String.join("", reply)),
                    events,
                    at + 3_000_000,
                    at + 5_000_000,
                    Ending.COMPLETE));
            return this;
        }

        Tape open(String id) {
            return open(id, "{\"name\":\"s\",\"version\":\"1\"}");
        }

        Tape open(String id, String info) {
            return add(
                            "POST",
                            null,
                            request(0, "initialize", "{\"protocolVersion\":\"2025-11-25\"}"),
                            200,
                            JSON,
                            id,
                            response(
                                    0,
                                    "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"serverInfo\":" + info
                                            + "}"))
                    .add("POST", id, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}", 202, null, null);
        }

        Tape delete(String id, int status) {
            return add("DELETE", id, "", status, null, null);
        }

        Tape post(String id, String body, int status, String type, String... reply) {
            return add("POST", id, body, status, type, null, reply);
        }

        Tape get(String id, int status, String type, String... reply) {
            return add("GET", id, "", status, type, null, reply);
        }

        Trace trace() {
            return new Trace(List.copyOf(calls), Optional.empty(), List.of(), true);
        }
    }

    private static String request(int id, String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + params + "}";
    }

    private static String list(int id) {
        return request(id, "tools/list", "{\"_meta\":{\"progressToken\":\"p\"}}");
    }

    private static String modern(int id, String method) {
        return request(
                id,
                method,
                "{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"progressToken\":1}}");
    }

    private static String response(int id, String result) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":" + result + "}";
    }

    private static String note(String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"" + method + "\",\"params\":" + params + "}";
    }

    private static String progress(String token, String value) {
        return note("notifications/progress", "{\"progressToken\":" + token + ",\"progress\":" + value + "}");
    }

    private static final String CANCELLED = note("notifications/cancelled", "{\"requestId\":9}");
    private static final String PONG = "{\"jsonrpc\":\"2.0\",\"id\":\"s1\",\"result\":{}}";
    private static final String SERVER_PING = "{\"jsonrpc\":\"2.0\",\"id\":\"s1\",\"method\":\"ping\"}";
    private static final String GONE =
            "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32001,\"message\":\"gone\"}}";
    private static final String DONE = "{\"resultType\":\"complete\"}";

    /** A right server, at which every rule has something to look at. */
    private static Tape right() {
        return new Tape()
                .open("a")
                .post("a", list(1), 200, JSON, response(1, "{\"tools\":[]}"))
                .post("a", request(2, "ping", "{}"), 200, JSON, response(2, "{}"))
                .post("a", CANCELLED, 202, null)
                .get("a", 200, EVENTS, "#1" + SERVER_PING, "#2" + note("notifications/message", "{}"))
                .post("a", PONG, 202, null)
                .post("a", list(3), 200, EVENTS + "", progress("\"p\"", "1"), progress("\"p\"", "2"), response(3, "{}"))
                .delete("a", 200)
                .post("a", list(4), 404, JSON, GONE)
                .post("a", CANCELLED, 404, JSON, GONE)
                .get("a", 404, JSON, GONE)
                .delete("a", 404)
                .open("b")
                .post(null, modern(1, "tools/list"), 200, JSON, response(1, DONE))
                .post(
                        null,
                        modern(2, "tools/list"),
                        200,
                        EVENTS,
                        progress("1", "1"),
                        progress("1", "2"),
                        response(2, DONE))
                .post(
                        null,
                        note("notifications/cancelled", modern(2, "x").replaceAll(".*\"params\":(\\{.*\\})\\}$", "$1")),
                        202,
                        null);
    }

    /** For each rule a server that breaks it: what it said in place of the right thing. */
    private static Map<String, Consumer<Tape>> wrong() {
        var all = new LinkedHashMap<String, Consumer<Tape>>();
        all.put("termination/post-404", t -> ended(t).post("x", list(5), 400, JSON, GONE));
        all.put("termination/notification-404", t -> ended(t).post("x", CANCELLED, 202, null));
        all.put("termination/get-404", t -> ended(t).get("x", 200, EVENTS));
        all.put("termination/delete-404", t -> ended(t).delete("x", 200));
        all.put("termination/id-not-reissued", t -> ended(t).open("x"));
        all.put("assignment/id-unique", t -> t.open("x").open("x"));
        all.put("assignment/id-visible-ascii", t -> t.open("an id"));
        all.put(
                "assignment/id-on-initialize",
                t -> t.open("x").add("POST", "x", list(5), 200, JSON, "y", response(5, "{}")));
        all.put(
                "assignment/initialized-202",
                t -> t.open("x")
                        .post("x", "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}", 200, null));
        all.put(
                "assignment/initialized-without-body",
                t -> t.open("x")
                        .post("x", "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}", 202, JSON, "{}"));
        all.put("transport/initialize-result", t -> t.open("x", "{\"name\":\"s\"}"));
        all.put("transport/get-stream-or-405", t -> t.open("x").get("x", 200, JSON, "{}"));
        all.put("resumption/event-ids-unique", t -> t.open("x").get("x", 200, EVENTS, "#1{}", "#1[]"));
        all.put("transport/notification-202", t -> t.open("x").post("x", CANCELLED, 204, null));
        all.put("transport/response-202", t -> t.open("x").post("x", PONG, 200, null));
        all.put("transport/accepted-no-body", t -> t.open("x").post("x", PONG, 202, JSON, "null"));
        all.put("transport/response-carries-id", t -> t.open("x").post("x", list(5), 200, JSON, response(6, "{}")));
        all.put(
                "transport/jsonrpc-version",
                t -> t.open("x").post("x", list(5), 200, JSON, response(5, "{}").replace("2.0", "1.0")));
        all.put(
                "transport/post-json-or-sse",
                t -> t.open("x").post("x", list(5), 200, "text/plain", response(5, "{}")));
        all.put(
                "transport/ping-result-empty",
                t -> t.open("x").post("x", request(5, "ping", "{}"), 200, JSON, response(5, "{\"pong\":1}")));
        all.put("transport/no-response-on-get-stream", t -> t.open("x").get("x", 200, EVENTS, response(5, "{}")));
        all.put(
                "transport/server-request-ids",
                t -> t.open("x").get("x", 200, EVENTS, SERVER_PING.replace("\"s1\"", "null")));
        all.put(
                "progress/increases",
                t -> t.open("x")
                        .post(
                                "x",
                                list(5),
                                200,
                                EVENTS,
                                progress("\"p\"", "2"),
                                progress("\"p\"", "2"),
                                response(5, "{}")));
        all.put(
                "progress/token-of-a-call",
                t -> t.open("x").post("x", list(5), 200, EVENTS, progress("\"q\"", "1"), response(5, "{}")));
        all.put("modern/notification-202", t -> t.post(null, modern(1, "x").replace("\"id\":1,", ""), 202, JSON, "{}"));
        all.put("modern/response-id", t -> t.post(null, modern(5, "x"), 200, JSON, response(6, DONE)));
        all.put(
                "modern/json-rpc",
                t -> t.post(
                        null, modern(5, "x"), 200, JSON, response(5, DONE).replace("\"id\"", "\"error\":{},\"id\"")));
        all.put("modern/post-json-or-sse", t -> t.post(null, modern(5, "x"), 200, "text/html", "<p>"));
        all.put("modern/result-type", t -> t.post(null, modern(5, "x"), 200, JSON, response(5, "{}")));
        all.put("modern/mints-no-id", t -> t.add("POST", null, modern(5, "x"), 200, JSON, "m", response(5, DONE)));
        all.put(
                "modern/no-requests-on-stream",
                t -> t.post(null, modern(5, "x"), 200, EVENTS, SERVER_PING, response(5, DONE)));
        all.put(
                "modern/progress-increases",
                t -> t.post(
                        null, modern(5, "x"), 200, EVENTS, progress("1", "2"), progress("1", "1"), response(5, DONE)));
        return all;
    }

    private static Tape ended(Tape tape) {
        return ended(tape, "x");
    }

    private static Tape ended(Tape tape, String id) {
        return tape.open(id).post(id, list(1), 200, JSON, response(1, "{}")).delete(id, 200);
    }

    private static List<RuleResult> judge(Tape tape) {
        return ClientSuite.of(tape.trace()).catalogue(CATALOGUE).run().results();
    }

    @Test
    void thereIsAWrongServerForEachRule() {
        assertEquals(new TreeSet<>(TraceRules.ids()), new TreeSet<>(wrong().keySet()));
        assertEquals(TraceRules.ids().size(), CATALOGUE.rules().size());
    }

    @Test
    void theNotesSaySo() throws Exception {
        for (var id : TraceRules.ids()) {
            var note = Files.readString(Path.of("..", "spec-notes", "rules", id + ".md"));
            assertTrue(note.contains("`judge` decide"), id);
        }
    }

    @TestFactory
    Stream<DynamicTest> wrongServers() {
        return wrong().entrySet().stream()
                .map(wrong -> DynamicTest.dynamicTest(wrong.getKey(), () -> {
                    var tape = right();
                    wrong.getValue().accept(tape);
                    var broken = judge(tape).stream()
                            .filter(r -> r.verdict().isViolation() || r.verdict() == Verdict.ERROR)
                            .map(r -> r.rule().id())
                            .toList();
                    assertTrue(broken.contains(wrong.getKey()), () -> "broken: " + broken);
                }));
    }

    /** JSON-RPC names its version by a string: the number is another value, though it reads alike. */
    @Test
    void theNumberIsNoVersion() {
        var number = response(5, "{}").replace("\"2.0\"", "2.0");
        var tape =
                right().open("x").post("x", list(5), 200, JSON, number).post(null, modern(5, "x"), 200, JSON, number);
        assertEquals(
                List.of("modern/json-rpc", "transport/jsonrpc-version"),
                judge(tape).stream()
                        .filter(r -> r.verdict().isViolation() && r.summary().contains("has 2.0"))
                        .map(r -> r.rule().id())
                        .sorted()
                        .toList());
    }

    @Test
    void theRightServerPassesThemAll() {
        var results = judge(right());
        assertEquals(
                List.of(),
                results.stream()
                        .filter(r -> r.verdict() != Verdict.PASS)
                        .map(r -> r.rule().id() + " " + r.revision() + " " + r.verdict() + " " + r.summary())
                        .toList());
        assertEquals(TraceRules.ids().size(), results.size());
    }

    /** The recorder's own answers, and the client's mistakes, are no fault of the server. */
    @Test
    void theServerIsNotAccusedForOthers() {
        var tape = ended(new Tape()).post("x", list(5), 404, JSON, GONE);
        // The client left out the header that it had sent before.
        var call = ended(tape, "y").post("y", list(6), 400, JSON, GONE).calls;
        var last = call.remove(call.size() - 1);
        call.add(with(last, last.headers().subList(0, 2), last.replyHeaders()));
        call.add(with(last, last.headers(), List.of(new Header(Call.INJECTED, "recorder"))));
        assertEquals(
                List.of(),
                judge(tape).stream()
                        .filter(r ->
                                r.verdict().isViolation() && r.rule().area().equals("termination"))
                        .map(r -> r.rule().id() + ": " + r.summary())
                        .toList());
    }

    private static Call with(Call c, List<Header> headers, List<Header> reply) {
        return new Call(
                c.number(),
                c.connection(),
                c.endpoint(),
                c.method(),
                c.target(),
                headers,
                c.body(),
                c.beganAt(),
                c.arrivedAt(),
                c.status(),
                reply,
                c.reply(),
                c.events(),
                c.answeredAt(),
                c.endedAt(),
                c.ending());
    }

    /** A trace that was written and read again says the same. */
    @Test
    void aFileSaysTheSame(@TempDir Path folder) throws Exception {
        var tape = right();
        wrong().get("transport/response-carries-id").accept(tape);
        var file = Files.writeString(folder.resolve("trace.json"), TraceFile.write(tape.trace()));
        var again =
                ClientSuite.of(TraceFile.read(file)).catalogue(CATALOGUE).run().results();
        assertEquals(
                judge(tape).stream().map(r -> r.rule().id() + r.verdict()).toList(),
                again.stream().map(r -> r.rule().id() + r.verdict()).toList());
    }
}
