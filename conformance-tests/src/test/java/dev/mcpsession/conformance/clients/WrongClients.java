package dev.mcpsession.conformance.clients;

import dev.mcpsession.conformance.clients.driver.Driver;
import dev.mcpsession.conformance.http.SseEvent;
import dev.mcpsession.conformance.http.SseReader;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.MirroredParameter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A wrong client for each rule, or several. */
final class WrongClients {
    /**
     * @param rule the rule that it breaks
     * @param message a part of what the rule says of it
     */
    record WrongClient(String rule, String message, ToyClient client) {
        @Override
        public String toString() {
            return rule + ": " + message;
        }
    }

    private WrongClients() {}

    private static WrongClient wrong(String rule, String message, ToyClient client) {
        return new WrongClient("client/" + rule, message, client);
    }

    /** Leaves a header out of some messages. */
    private abstract static class Without extends ToyClient {
        private final String header;

        Without(String header) {
            this.header = header;
        }

        abstract boolean leavesOut(Use use, String method, JsonNode message);

        @Override
        Map<String, String> headers(Use use, String method, JsonNode message) {
            var headers = super.headers(use, method, message);
            if (!use.modern && leavesOut(use, method, message)) {
                headers.remove(header);
            }
            return headers;
        }
    }

    /** Leaves a header out of the answers to the server. */
    private static ToyClient answersWithout(String header, String part) {
        return new Without(header) {
            @Override
            boolean leavesOut(Use use, String method, JsonNode message) {
                return message != null && message.has(part);
            }
        };
    }

    /** Changes the errors with which it answers. */
    private static ToyClient answers(Consumer<ObjectNode> change) {
        return new ToyClient() {
            @Override
            String body(JsonNode message) {
                if (!message.has("error")) {
                    return super.body(message);
                }
                var changed = (ObjectNode) message.deepCopy();
                change.accept(changed);
                return changed.toString();
            }
        };
    }

    /** Leaves a header out of some messages in each session that it opens after the first. */
    private static ToyClient anewWithout(String header, String... methods) {
        return new Without(header) {
            @Override
            JsonNode gone(Use use, String method, ObjectNode params, String dead) throws Exception {
                use.settings.put("toy.anew", "yes");
                return super.gone(use, method, params, dead);
            }

            @Override
            boolean leavesOut(Use use, String method, JsonNode message) {
                var name = message == null
                        ? method
                        : message.path("method").asString(message.has("result") ? "result" : "error");
                return use.settings.containsKey("toy.anew") && List.of(methods).contains(name);
            }
        };
    }

    static List<WrongClient> all() {
        var all = new ArrayList<WrongClient>();
        all.addAll(sessions());
        all.addAll(inLaterSessions());
        all.addAll(inAnswers());
        all.addAll(lifecycle());
        all.addAll(sending());
        all.addAll(streams());
        all.addAll(failures());
        all.addAll(modern());
        return all;
    }

    private static List<WrongClient> sessions() {
        return List.of(
                wrong("session-id-sent", "POST tools/call carries none", new ToyClient() {
                    @Override
                    Map<String, String> headers(Use use, String method, JsonNode message) {
                        var headers = super.headers(use, method, message);
                        if (message != null
                                && message.path("method").asString("").equals("tools/call")) {
                            headers.remove("Mcp-Session-Id");
                        }
                        return headers;
                    }
                }),
                wrong("session-id-sent", "which was never assigned", new ToyClient() {
                    @Override
                    Map<String, String> headers(Use use, String method, JsonNode message) {
                        var headers = super.headers(use, method, message);
                        headers.computeIfPresent(
                                "Mcp-Session-Id",
                                (n, id) -> method.equals("DELETE") ? id.toUpperCase(Locale.ROOT) + "0" : id);
                        return headers;
                    }
                }),
                wrong("session-id-exact", "carries ", new ToyClient() {
                    @Override
                    Map<String, String> headers(Use use, String method, JsonNode message) {
                        var headers = super.headers(use, method, message);
                        headers.computeIfPresent("Mcp-Session-Id", (n, id) -> id.replace("%", "%25"));
                        return headers;
                    }
                }),
                wrong("session-id-header-any-case", "whose header came as 'mcp-session-id'", new ToyClient() {
                    @Override
                    void initialize(Use use) throws Exception {
                        super.initialize(use);
                        // java.net.http hides the case of the name: the script tells it.
                        if (use.settings.get("MCP_CONFORMANCE_SCENARIO").equals("initialize")) {
                            use.sessionId = null;
                        }
                    }
                }),
                wrong("new-session-after-404", "was sent with the dead id", new ToyClient() {
                    @Override
                    JsonNode gone(Use use, String method, ObjectNode params, String dead) throws Exception {
                        throw new FailedException(404, "status 404");
                    }
                }),
                wrong("new-session-after-404", "was sent without any session", new ToyClient() {
                    @Override
                    JsonNode gone(Use use, String method, ObjectNode params, String dead) throws Exception {
                        use.sessionId = null;
                        throw new FailedException(404, "status 404");
                    }
                }),
                wrong("initialize-without-id", "the id that had got 404", new ToyClient() {
                    @Override
                    JsonNode gone(Use use, String method, ObjectNode params, String dead) throws Exception {
                        clinging = dead;
                        return super.gone(use, method, params, dead);
                    }

                    private String clinging;

                    @Override
                    Map<String, String> headers(Use use, String method, JsonNode message) {
                        var headers = super.headers(use, method, message);
                        if (clinging != null
                                && message != null
                                && message.path("method").asString("").equals("initialize")) {
                            headers.put("Mcp-Session-Id", clinging);
                        }
                        return headers;
                    }
                }),
                wrong("delete-at-end", "left it behind", new ToyClient() {
                    @Override
                    void delete(Use use) {
                        use.sessionId = null;
                    }
                }),
                wrong("delete-refused", "it failed", new ToyClient() {
                    @Override
                    void delete(Use use) throws Exception {
                        int status = use.http
                                .send(
                                        http(use, "DELETE", null, null).DELETE().build(),
                                        HttpResponse.BodyHandlers.discarding())
                                .statusCode();
                        use.sessionId = null;
                        if (status / 100 != 2) {
                            throw new FailedException(status, "DELETE: status " + status);
                        }
                    }
                }),
                wrong("delete-refused", "it was sent", new ToyClient() {
                    @Override
                    void delete(Use use) throws Exception {
                        for (int i = 0; i < 6; i++) {
                            var request =
                                    http(use, "DELETE", null, null).DELETE().build();
                            if (use.http
                                                    .send(request, HttpResponse.BodyHandlers.discarding())
                                                    .statusCode()
                                            / 100
                                    == 2) {
                                break;
                            }
                        }
                        use.sessionId = null;
                    }
                }),
                wrong("session-id-stays-home", "with the session id", new ToyClient() {
                    @Override
                    Response send(Use use, JsonNode message) throws Exception {
                        var response = super.send(use, message);
                        if (response.statusCode() != 307) {
                            return response;
                        }
                        var builder = HttpRequest.newBuilder(java.net.URI.create(
                                response.headers().firstValue("Location").orElseThrow()));
                        headers(use, "POST", message).forEach(builder::header);
                        return Response.of(
                                use.http,
                                builder.POST(HttpRequest.BodyPublishers.ofString(body(message)))
                                        .build());
                    }
                }),
                wrong(
                        "session-id-assigned-once",
                        "carries the one that came with the reply to tools/list",
                        new ToyClient() {
                            @Override
                            Response send(Use use, JsonNode message) throws Exception {
                                var response = super.send(use, message);
                                response.headers().firstValue("Mcp-Session-Id").ifPresent(id -> use.sessionId = id);
                                return response;
                            }
                        }));
    }

    /** What they do in their first session they forget in those that they open when that has ended. */
    private static List<WrongClient> inLaterSessions() {
        return List.of(
                wrong("initialized-sent", "none came in the session", new ToyClient() {
                    @Override
                    void initialized(Use use) throws Exception {
                        if (use.settings.put("toy.initialized", "yes") == null) {
                            super.initialized(use);
                        }
                    }
                }),
                wrong(
                        "session-id-sent",
                        "POST notifications/initialized carries none",
                        anewWithout("Mcp-Session-Id", "notifications/initialized")),
                wrong("session-id-sent", "POST tools/call carries none", anewWithout("Mcp-Session-Id", "tools/call")),
                wrong("session-id-sent", "DELETE carries none", anewWithout("Mcp-Session-Id", "DELETE")),
                wrong(
                        "version-header-sent",
                        "POST notifications/initialized has no such header",
                        anewWithout("MCP-Protocol-Version", "notifications/initialized")),
                wrong(
                        "version-header-sent",
                        "DELETE has no such header",
                        anewWithout("MCP-Protocol-Version", "DELETE")),
                wrong("version-header-negotiated", "says 2025-11-25", new ToyClient() {
                    @Override
                    JsonNode gone(Use use, String method, ObjectNode params, String dead) throws Exception {
                        use.settings.put("toy.anew", "yes");
                        return super.gone(use, method, params, dead);
                    }

                    @Override
                    Map<String, String> headers(Use use, String method, JsonNode message) {
                        var headers = super.headers(use, method, message);
                        if (use.settings.containsKey("toy.anew")) {
                            headers.computeIfPresent("MCP-Protocol-Version", (n, v) -> "2025-11-25");
                        }
                        return headers;
                    }
                }),
                wrong("delete-at-end", "left it behind", new ToyClient() {
                    @Override
                    void delete(Use use) throws Exception {
                        if (!use.settings.containsKey("toy.anew")) {
                            super.delete(use);
                        }
                        use.sessionId = null;
                    }

                    @Override
                    JsonNode gone(Use use, String method, ObjectNode params, String dead) throws Exception {
                        use.settings.put("toy.anew", "yes");
                        return super.gone(use, method, params, dead);
                    }
                }),
                wrong(
                        "authorization-everywhere",
                        "POST initialize has none, although earlier ones have",
                        anewWithout("Authorization", "initialize")),
                wrong("initialize-params", "a version in clientInfo", new ToyClient() {
                    private int openings;

                    @Override
                    String body(JsonNode message) {
                        boolean again = message.path("method").asString("").equals("initialize") && openings++ > 0;
                        return again
                                ? message.toString()
                                        .replace("{\"name\":\"toy\",\"version\":\"1\"}", "{\"name\":\"toy\"}")
                                : super.body(message);
                    }

                    @Override
                    void connect(Use use) throws Exception {
                        openings = 0;
                        super.connect(use);
                    }
                }));
    }

    /** What they do in requests they forget in what they answer, or send when the server is slow. */
    private static List<WrongClient> inAnswers() {
        return List.of(
                wrong("session-id-sent", "POST of a response carries none", answersWithout("Mcp-Session-Id", "result")),
                wrong("session-id-sent", "POST of a response carries none", answersWithout("Mcp-Session-Id", "error")),
                wrong(
                        "version-header-sent",
                        "POST of a response has no such header",
                        answersWithout("MCP-Protocol-Version", "result")),
                wrong(
                        "version-header-sent",
                        "POST of a response has no such header",
                        answersWithout("MCP-Protocol-Version", "error")),
                wrong(
                        "authorization-everywhere",
                        "POST of a response has none",
                        answersWithout("Authorization", "result")),
                wrong("session-id-sent", "carries 2: ", new ToyClient() {
                    @Override
                    HttpRequest.Builder http(Use use, String method, JsonNode message, String lastEventId) {
                        var builder = super.http(use, method, message, lastEventId);
                        var dead = use.settings.get("toy.dead");
                        return dead == null || use.sessionId == null ? builder : builder.header("Mcp-Session-Id", dead);
                    }

                    @Override
                    JsonNode gone(Use use, String method, ObjectNode params, String dead) throws Exception {
                        use.settings.put("toy.dead", dead);
                        return super.gone(use, method, params, dead);
                    }
                }),
                wrong(
                        "session-id-sent",
                        "POST of a response carries that of one that was opened before",
                        new ToyClient() {
                            @Override
                            Map<String, String> headers(Use use, String method, JsonNode message) {
                                var headers = super.headers(use, method, message);
                                if (message != null && !message.has("method") && use.settings.containsKey("toy.dead")) {
                                    headers.put("Mcp-Session-Id", use.settings.get("toy.dead"));
                                }
                                return headers;
                            }

                            @Override
                            JsonNode gone(Use use, String method, ObjectNode params, String dead) throws Exception {
                                use.settings.put("toy.dead", dead);
                                return super.gone(use, method, params, dead);
                            }
                        }),
                wrong("json-rpc", "it holds both", answers(m -> m.putObject("result"))),
                wrong(
                        "json-rpc",
                        "an integer as the code of an error",
                        answers(m -> m.putObject("error").put("code", "-32601").put("message", "no"))),
                wrong("json-rpc", "an object as the result", answers(m -> {
                    m.remove("error");
                    m.put("result", "no such method");
                })),
                wrong("json-rpc", "and was never asked that", answers(m -> m.put("id", 1))),
                wrong("accept-post", "POST of a response has no Accept", answersWithout("Accept", "result")),
                wrong("json-rpc", "there is no jsonrpc", new ToyClient() {
                    @Override
                    String body(JsonNode message) {
                        return message.has("error")
                                ? ((ObjectNode) message.deepCopy())
                                        .without("jsonrpc")
                                        .toString()
                                : super.body(message);
                    }
                }),
                wrong("later-messages-in-session", "GET with Last-Event-ID has no such header", new ToyClient() {
                    @Override
                    HttpRequest.Builder http(Use use, String method, JsonNode message, String lastEventId) {
                        var session = use.sessionId;
                        if (lastEventId != null) {
                            use.sessionId = null;
                        }
                        var builder = super.http(use, method, message, lastEventId);
                        use.sessionId = session;
                        return builder;
                    }
                }),
                wrong(
                        "later-messages-in-session",
                        "Mcp-Session-Id on every request of the session",
                        new Without("Mcp-Session-Id") {
                            @Override
                            boolean leavesOut(Use use, String method, JsonNode message) {
                                return message != null
                                        && message.path("method").asString("").equals("notifications/cancelled");
                            }
                        }),
                wrong(
                        "later-messages-in-session",
                        "MCP-Protocol-Version on every request of the session",
                        new Without("MCP-Protocol-Version") {
                            @Override
                            boolean leavesOut(Use use, String method, JsonNode message) {
                                return message != null
                                        && message.path("method").asString("").equals("notifications/cancelled");
                            }
                        }));
    }

    private static List<WrongClient> lifecycle() {
        return List.of(
                wrong("initialize-first", "POST tools/list came before it", new ToyClient() {
                    @Override
                    void connect(Use use) throws Exception {
                        if (!"2026-07-28".equals(use.settings.get("MCP_CONFORMANCE_PROTOCOL_VERSION"))) {
                            request(use, "tools/list", Json.object());
                        }
                        super.connect(use);
                    }
                }),
                wrong("initialize-first", "came without it", new ToyClient() {
                    @Override
                    void initialize(Use use) {
                        use.version = "2025-11-25";
                    }

                    @Override
                    void afterInitialize(Use use) {
                        // There is nothing to say.
                    }
                }),
                wrong("initialize-params", "a version in clientInfo", new ToyClient() {
                    @Override
                    String body(JsonNode message) {
                        return message.toString().replace("{\"name\":\"toy\",\"version\":\"1\"}", "{\"name\":\"toy\"}");
                    }
                }),
                wrong("initialize-params", "capabilities as an object", new ToyClient() {
                    @Override
                    String body(JsonNode message) {
                        return message.toString().replace("\"capabilities\":{}", "\"capabilities\":[]");
                    }
                }),
                wrong("initialized-sent", "none came in the session", new ToyClient() {
                    @Override
                    void initialized(Use use) {
                        // It goes without saying.
                    }
                }),
                wrong("waits-for-initialize", "POST tools/list came", new ToyClient() {
                    @Override
                    void initialize(Use use) throws Exception {
                        var early = async(() -> {
                            // On a busy machine, one alone may come too late to be early.
                            for (int id = 99; use.version == null && id < 199; id++) {
                                Thread.sleep(50);
                                post(use, Json.request(id, "tools/list"));
                            }
                            return null;
                        });
                        super.initialize(use);
                        early.join();
                    }
                }),
                wrong("waits-for-initialize", "POST tools/list came", new ToyClient() {
                    @Override
                    void initialize(Use use) throws Exception {
                        if (!"initialize".equals(use.settings.get(Driver.SCENARIO))) {
                            super.initialize(use);
                            return;
                        }
                        var message = Json.request(use.ids.incrementAndGet(), "initialize");
                        var params = message.putObject("params").put("protocolVersion", asksFor(use));
                        params.putObject("capabilities");
                        params.putObject("clientInfo").put("name", "toy").put("version", "1");
                        var answers = pipeline(use, message, Json.request(id(use), "tools/list"));
                        use.version = Pattern.compile("\"protocolVersion\":\"([^\"]*)")
                                .matcher(answers)
                                .results()
                                .map(m -> m.group(1))
                                .findFirst()
                                .orElse("");
                        use.sessionId = Pattern.compile("(?i)mcp-session-id: (\\S+)")
                                .matcher(answers)
                                .results()
                                .map(m -> m.group(1))
                                .findFirst()
                                .orElse(null);
                    }
                }),
                wrong("requests-legacy-revision", "initialize asks for 2026-07-28", new ToyClient() {
                    @Override
                    String asksFor(Use use) {
                        return "2026-07-28";
                    }
                }),
                wrong("unsupported-revision-ends", "goes on with POST notifications/initialized", new ToyClient() {
                    @Override
                    void refused(Use use) {
                        use.version = "2025-11-25";
                    }

                    @Override
                    void initialize(Use use) throws Exception {
                        try {
                            super.initialize(use);
                        } catch (FailedException e) {
                            if (use.sessionId == null) {
                                throw e;
                            }
                        }
                    }
                }),
                wrong("version-header-sent", "has no such header", new ToyClient() {
                    @Override
                    Map<String, String> headers(Use use, String method, JsonNode message) {
                        var headers = super.headers(use, method, message);
                        if (!use.modern && !method.equals("POST")) {
                            headers.remove("MCP-Protocol-Version");
                        }
                        return headers;
                    }
                }),
                wrong("version-header-negotiated", "says 2025-11-25", new ToyClient() {
                    @Override
                    Map<String, String> headers(Use use, String method, JsonNode message) {
                        var headers = super.headers(use, method, message);
                        if (!use.modern) {
                            headers.computeIfPresent("MCP-Protocol-Version", (n, v) -> "2025-11-25");
                        }
                        return headers;
                    }
                }));
    }

    /** Posts a batch after each call, in the revision that has them. */
    private abstract static class Batches extends ToyClient {
        abstract String batch();

        @Override
        String body(JsonNode message) {
            return message.has("method") && message.path("method").asString("").equals("kit/batch")
                    ? batch()
                    : super.body(message);
        }

        @Override
        void call(Use use, String name, ObjectNode arguments) throws Exception {
            super.call(use, name, arguments);
            if ("2025-03-26".equals(use.version)) {
                post(use, Json.notification("kit/batch"));
            }
        }
    }

    private static List<WrongClient> sending() {
        return List.of(
                wrong("one-message-per-post", "an array of 1", new ToyClient() {
                    @Override
                    String body(JsonNode message) {
                        return message.has("id") || !message.has("method") ? super.body(message) : "[" + message + "]";
                    }

                    @Override
                    void initialized(Use use) throws Exception {
                        post(use, Json.notification("notifications/initialized"));
                    }

                    @Override
                    void call(Use use, String name, ObjectNode arguments) throws Exception {
                        super.call(use, name, arguments);
                        post(use, Json.notification("notifications/roots/list_changed"));
                    }
                }),
                wrong("batch-of-one-kind", "it is in a batch of 1", new ToyClient() {
                    @Override
                    String body(JsonNode message) {
                        return message.path("method").asString("").equals("initialize")
                                ? "[" + message + "]"
                                : super.body(message);
                    }
                }),
                wrong("batch-of-one-kind", "they are 1 of 2 messages", new Batches() {
                    @Override
                    String batch() {
                        return "[" + Json.notification("notifications/roots/list_changed") + "," + Json.response("x")
                                + "]";
                    }
                }),
                wrong("batch-of-one-kind", "it is empty", new Batches() {
                    @Override
                    String batch() {
                        return "[]";
                    }
                }),
                wrong("batch-of-one-kind", "one is 7", new Batches() {
                    @Override
                    String batch() {
                        return "[" + Json.notification("notifications/roots/list_changed") + ",7]";
                    }
                }),
                wrong("accept-post", "Accept with text/event-stream", new ToyClient() {
                    @Override
                    String accept(String method) {
                        return method.equals("GET") ? super.accept(method) : "application/json";
                    }
                }),
                wrong("content-type", "Content-Type: text/plain", new ToyClient() {
                    @Override
                    Map<String, String> headers(Use use, String method, JsonNode message) {
                        var headers = super.headers(use, method, message);
                        headers.computeIfPresent("Content-Type", (name, type) -> "text/plain");
                        return headers;
                    }
                }),
                wrong("content-type", "has none", new ToyClient() {
                    @Override
                    Map<String, String> headers(Use use, String method, JsonNode message) {
                        var headers = super.headers(use, method, message);
                        headers.remove("Content-Type");
                        return headers;
                    }
                }),
                wrong("notifications-before-response", "to get as far with notifications", new ToyClient() {
                    @Override
                    Optional<JsonNode> event(Use use, SseEvent event, ObjectNode message) throws Exception {
                        var received = Json.read(event.data()).filter(JsonNode::isObject);
                        return received.filter(m -> m.has("method") && !m.has("id"))
                                        .isPresent()
                                ? received
                                : super.event(use, event, message);
                    }
                }),
                wrong("version-header-negotiated", "says 2025-06-18 and 2025-11-25", new ToyClient() {
                    @Override
                    HttpRequest.Builder http(Use use, String method, JsonNode message, String lastEventId) {
                        var builder = super.http(use, method, message, lastEventId);
                        return "2025-06-18".equals(use.version)
                                ? builder.header("MCP-Protocol-Version", "2025-11-25")
                                : builder;
                    }
                }),
                wrong("session-id-sent", "GET carries none", new Without("Mcp-Session-Id") {
                    @Override
                    boolean leavesOut(Use use, String method, JsonNode message) {
                        return method.equals("GET");
                    }

                    @Override
                    void afterInitialize(Use use) throws Exception {
                        listen(use);
                        // Before the server has seen the id come back.
                        Thread.sleep(300);
                        initialized(use);
                    }
                }),
                wrong("accept-get", "Accept with text/event-stream", new ToyClient() {
                    @Override
                    String accept(String method) {
                        return method.equals("GET") ? "application/json" : super.accept(method);
                    }
                }),
                wrong("reads-json", "to get as far with JSON objects", new ToyClient() {
                    @Override
                    String json(Response response) throws IOException {
                        super.json(response);
                        return "";
                    }
                }),
                wrong("reads-event-stream", "to get as far with event streams", new ToyClient() {
                    @Override
                    JsonNode events(Use use, Response response, ObjectNode message) throws Exception {
                        throw new FailedException(200, "an event stream");
                    }
                }),
                wrong("reads-event-forms", "event streams of unusual form", new ToyClient() {
                    @Override
                    SseReader reader(List<SseEvent> events) {
                        // Takes each line of data for an event.
                        return new SseReader(e -> {
                            for (var line : (e.data() == null ? "" : e.data()).split("\n")) {
                                events.add(new SseEvent(e.at(), e.id(), e.event(), line, e.retry()));
                            }
                        });
                    }
                }),
                wrong("reads-cr-lines", "event streams with CR alone", new ToyClient() {
                    @Override
                    SseReader reader(List<SseEvent> events) {
                        var inner = new SseReader[1];
                        inner[0] = new SseReader(e -> {
                            if (e.data() != null && !carriage[0]) {
                                events.add(e);
                            }
                        });
                        return inner[0];
                    }

                    private final boolean[] carriage = new boolean[1];

                    @Override
                    JsonNode events(Use use, Response response, ObjectNode message) throws Exception {
                        var bytes = response.body().readAllBytes();
                        if (!new String(bytes, java.nio.charset.StandardCharsets.UTF_8).contains("\n")) {
                            throw new FailedException(200, "no line ends");
                        }
                        var found = new ArrayList<SseEvent>();
                        new SseReader(found::add).read(bytes);
                        for (var event : found) {
                            var mine = event(use, event, message);
                            if (mine.isPresent()) {
                                return mine.get();
                            }
                        }
                        return lost(use, message);
                    }
                }),
                wrong("json-rpc", "it is \"1.0\"", new ToyClient() {
                    @Override
                    String body(JsonNode message) {
                        return message.path("method").asString("").equals("tools/call")
                                ? message.toString().replace("\"jsonrpc\":\"2.0\"", "\"jsonrpc\":\"1.0\"")
                                : super.body(message);
                    }
                }),
                wrong("json-rpc", "it is 2.0", new ToyClient() {
                    @Override
                    String body(JsonNode message) {
                        return message.path("method").asString("").equals("tools/list")
                                ? message.toString().replace("\"jsonrpc\":\"2.0\"", "\"jsonrpc\":2.0")
                                : super.body(message);
                    }
                }),
                wrong("json-rpc", "there is no jsonrpc", new ToyClient() {
                    @Override
                    String body(JsonNode message) {
                        return message.path("method").asString("").startsWith("notifications/")
                                ? ((ObjectNode) message.deepCopy())
                                        .without("jsonrpc")
                                        .toString()
                                : super.body(message);
                    }
                }),
                wrong("progress-token", "it is 1.5", new ToyClient() {
                    @Override
                    ObjectNode params(Use use, String method, ObjectNode params) {
                        var all = super.params(use, method, params).deepCopy();
                        all.withObject("/_meta").put("progressToken", 1.5);
                        return all;
                    }
                }),
                wrong("progress-token", "it is null", new ToyClient() {
                    @Override
                    ObjectNode params(Use use, String method, ObjectNode params) {
                        var all = super.params(use, method, params).deepCopy();
                        all.withObject("/_meta").putNull("progressToken");
                        return all;
                    }
                }),
                wrong("progress-token-unique", "has the token \"p\", as", new ToyClient() {
                    @Override
                    ObjectNode params(Use use, String method, ObjectNode params) {
                        var all = super.params(use, method, params).deepCopy();
                        all.withObject("/_meta").put("progressToken", "p");
                        return all;
                    }
                }),
                wrong(
                        "progress-token-unique",
                        "has the token 1, as",
                        new ToyClient() {
                            @Override
                            ObjectNode params(Use use, String method, ObjectNode params) {
                                var all = super.params(use, method, params).deepCopy();
                                if (method.equals("tools/call")) {
                                    all.withObject("/_meta").put("progressToken", 1);
                                }
                                return all;
                            }
                        }.legacyOnly()),
                wrong("utf-8", "the body is none: ", new ToyClient() {
                    @Override
                    byte[] bytes(JsonNode message) {
                        return body(message).getBytes(StandardCharsets.ISO_8859_1);
                    }
                }),
                wrong("utf-8", "the body is none: ", new ToyClient() {
                    @Override
                    byte[] bytes(JsonNode message) {
                        return body(message)
                                .getBytes(
                                        message.path("method").asString("").equals("tools/call")
                                                ? StandardCharsets.UTF_16LE
                                                : StandardCharsets.UTF_8);
                    }
                }),
                wrong(
                        "utf-8",
                        "the body is none: ",
                        new ToyClient() {
                            @Override
                            byte[] bytes(JsonNode message) {
                                return Json.isResponse(message)
                                        ? body(message).getBytes(Charset.forName("GBK"))
                                        : super.bytes(message);
                            }
                        }.legacyOnly()),
                wrong("token-not-in-query", "in the parameter access_token", new ToyClient() {
                    @Override
                    URI uri(Use use) {
                        return withToken(use, "access_token");
                    }
                }),
                wrong("token-not-in-query", "in the parameter key", new ToyClient() {
                    @Override
                    URI uri(Use use) {
                        return use.modern || use.sessionId != null ? withToken(use, "key") : use.server;
                    }

                    @Override
                    Map<String, String> headers(Use use, String method, JsonNode message) {
                        var headers = super.headers(use, method, message);
                        headers.remove("Authorization");
                        return headers;
                    }
                }),
                wrong("request-ids", "it is 2.5", new ToyClient() {
                    @Override
                    String body(JsonNode message) {
                        return message.toString().replace("\"id\":2,", "\"id\":2.5,");
                    }

                    @Override
                    boolean isFor(JsonNode response, JsonNode message) {
                        return true;
                    }
                }),
                wrong("request-ids", "it is null", new ToyClient() {
                    @Override
                    String body(JsonNode message) {
                        return message.toString().replace("\"id\":2,", "\"id\":null,");
                    }
                }),
                wrong("request-ids-unique", "has the id 1, as", new ToyClient() {
                    @Override
                    Object id(Use use) {
                        return 1;
                    }
                }),
                wrong("notifications-without-id", "it has 77", new ToyClient() {
                    @Override
                    void initialized(Use use) throws Exception {
                        post(use, Json.request(77, "notifications/initialized"));
                    }
                }),
                wrong("notifications-unanswered", "the client posted", new ToyClient() {
                    @Override
                    void told(Use use, JsonNode notification) throws Exception {
                        if (notification.path("method").asString("").contains("unknown")) {
                            var error = Json.object().put("jsonrpc", "2.0").putNull("id");
                            error.putObject("error").put("code", -32601).put("message", "Method not found");
                            post(use, error);
                        }
                    }
                }),
                wrong(
                        "authorization-everywhere",
                        "GET has none",
                        new ToyClient() {
                            @Override
                            Map<String, String> headers(Use use, String method, JsonNode message) {
                                var headers = super.headers(use, method, message);
                                if (method.equals("GET")
                                        || use.modern
                                                && message != null
                                                && message.path("method")
                                                        .asString("")
                                                        .equals("tools/call")) {
                                    headers.remove("Authorization");
                                }
                                return headers;
                            }
                        }.legacyOnly()));
    }

    private static URI withToken(ToyClient.Use use, String name) {
        var token = use.settings.get(Driver.TOKEN);
        return token == null ? use.server : URI.create(use.server + "?" + name + "=" + token);
    }

    private static List<WrongClient> streams() {
        return List.of(
                wrong("ping-answered", "none ever came", new ToyClient() {
                    @Override
                    void asked(Use use, JsonNode request) {
                        // Not now.
                    }
                }),
                wrong("ping-answered-empty", "the client answered", new ToyClient() {
                    @Override
                    void asked(Use use, JsonNode request) throws Exception {
                        var response = Json.object().put("jsonrpc", "2.0");
                        response.set("id", request.get("id"));
                        response.putObject("error").put("code", -32601).put("message", "Method not found");
                        post(use, response);
                    }
                }),
                wrong("resumes-stream", "none came in", new ToyClient() {
                    @Override
                    Response resume(Use use, String id, long retry) throws Exception {
                        Thread.sleep(Duration.ofMinutes(1).toMillis());
                        throw new FailedException(200, "too late");
                    }
                }),
                wrong("last-event-id", "it is kit-1", new ToyClient() {
                    @Override
                    Response resume(Use use, String id, long retry) throws Exception {
                        return super.resume(use, "kit-1", retry);
                    }
                }),
                wrong("retry-respected", "it came after", new ToyClient() {
                    @Override
                    Response resume(Use use, String id, long retry) throws Exception {
                        return super.resume(use, id, 100);
                    }
                }),
                wrong("get-refused", "although GET got 405", new ToyClient() {
                    @Override
                    void afterInitialize(Use use) throws Exception {
                        initialized(use);
                        var refused = Response.of(
                                use.http, http(use, "GET", null, null).GET().build());
                        if (refused.statusCode() == 405) {
                            throw new FailedException(405, "GET: status 405");
                        }
                    }
                }),
                wrong("get-failed", "although GET got 500", new ToyClient() {
                    @Override
                    void afterInitialize(Use use) throws Exception {
                        initialized(use);
                        var refused = Response.of(
                                use.http, http(use, "GET", null, null).GET().build());
                        if (refused.statusCode() == 500) {
                            throw new FailedException(500, "GET: status 500");
                        }
                    }
                }),
                wrong("get-failed", "although GET got 400", new ToyClient() {
                    @Override
                    boolean listeningFailed(Use use, int status) {
                        if (status == 400) {
                            use.failures.add("GET: status 400");
                        }
                        return false;
                    }
                }),
                wrong("get-not-repeated", "eleven came", new ToyClient() {
                    @Override
                    long pause() {
                        return 1;
                    }
                }),
                wrong("get-not-repeated", "eleven came", new ToyClient() {
                    @Override
                    long pause() {
                        return 320;
                    }
                }),
                wrong("timeout-cancels", "never sent one", new ToyClient() {
                    @Override
                    void givenUp(Use use, ObjectNode message, CompletableFuture<Reply> work) throws Exception {
                        work.cancel(true);
                        closeStream(use, message);
                    }
                }),
                wrong(
                        "cancels-own-request",
                        "it cancels",
                        new ToyClient() {
                            @Override
                            void givenUp(Use use, ObjectNode message, CompletableFuture<Reply> work) throws Exception {
                                super.givenUp(
                                        use,
                                        message.deepCopy()
                                                .put("id", message.get("id").toString()),
                                        work);
                            }
                        }.legacyOnly()),
                wrong(
                        "initialize-not-cancelled",
                        "the client cancelled it",
                        new ToyClient() {
                            @Override
                            void initialize(Use use) throws Exception {
                                var work = async(() -> {
                                    super.initialize(use);
                                    return null;
                                });
                                try {
                                    work.get(use.timeout.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
                                } catch (java.util.concurrent.TimeoutException e) {
                                    var cancel = Json.notification("notifications/cancelled");
                                    cancel.putObject("params").put("requestId", 1);
                                    notify(use, cancel);
                                    throw e;
                                } catch (java.util.concurrent.ExecutionException e) {
                                    throw (Exception) e.getCause();
                                }
                            }
                        }.legacyOnly()));
    }

    private static List<WrongClient> failures() {
        return List.of(
                wrong("one-new-session", "one initialize for", new ToyClient() {
                    @Override
                    JsonNode gone(Use use, String method, ObjectNode params, String dead) throws Exception {
                        initialize(use);
                        initialized(use);
                        return request(use, method, params);
                    }
                }),
                wrong("no-initialize-storm", "when each is gone at the next call", new ToyClient() {
                    @Override
                    JsonNode gone(Use use, String method, ObjectNode params, String dead) throws Exception {
                        initialize(use);
                        initialized(use);
                        if (use.ids.get() > 60) {
                            throw new FailedException(404, "at last");
                        }
                        return request(use, method, params);
                    }
                }),
                wrong("lost-call-fails", "it did nothing for", new ToyClient() {
                    @Override
                    JsonNode lost(Use use, ObjectNode message) throws Exception {
                        Thread.sleep(Duration.ofSeconds(9).toMillis());
                        throw new FailedException(200, "timeout");
                    }
                }),
                wrong("accepted-call-fails", "it did nothing for", new ToyClient() {
                    @Override
                    JsonNode failed(Use use, String method, ObjectNode params, Reply reply) throws Exception {
                        if (reply.status() == 202) {
                            Thread.sleep(Duration.ofSeconds(14).toMillis());
                        }
                        return super.failed(use, method, params, reply);
                    }
                }),
                wrong("foreign-response-ignored", "the one with the id kit-nobody-asked", new ToyClient() {
                    @Override
                    boolean isFor(JsonNode response, JsonNode message) {
                        return true;
                    }
                }),
                wrong("close-does-not-hang", "it was still there after", new ToyClient() {
                    @Override
                    void delete(Use use) throws Exception {
                        use.http.send(
                                http(use, "DELETE", null, null)
                                        .timeout(Duration.ofMinutes(10))
                                        .DELETE()
                                        .build(),
                                HttpResponse.BodyHandlers.discarding());
                        use.sessionId = null;
                    }
                }),
                wrong("failed-opening-deleted", "left it behind", new ToyClient() {
                    @Override
                    void refused(Use use) {
                        use.sessionId = null;
                    }
                }),
                wrong("failed-opening-deleted", "left it behind once initialized was refused", new ToyClient() {
                    @Override
                    void initialized(Use use) throws Exception {
                        try {
                            super.initialized(use);
                        } catch (FailedException e) {
                            use.sessionId = null;
                            throw e;
                        }
                    }
                }),
                wrong("error-keeps-session", "the client opened a new one", new ToyClient() {
                    @Override
                    JsonNode failed(Use use, String method, ObjectNode params, Reply reply) throws Exception {
                        return use.modern
                                ? super.failed(use, method, params, reply)
                                : gone(use, method, params, use.sessionId);
                    }
                }),
                wrong("busy-keeps-session", "the client opened a new one", new ToyClient() {
                    @Override
                    JsonNode failed(Use use, String method, ObjectNode params, Reply reply) throws Exception {
                        return use.modern || reply.status() != 503
                                ? super.failed(use, method, params, reply)
                                : gone(use, method, params, use.sessionId);
                    }
                }),
                wrong("busy-keeps-session", "to be used further after status 429", new ToyClient() {
                    @Override
                    JsonNode failed(Use use, String method, ObjectNode params, Reply reply) throws Exception {
                        return use.modern || reply.status() != 429
                                ? super.failed(use, method, params, reply)
                                : gone(use, method, params, use.sessionId);
                    }
                }),
                wrong("retry-after-respected", "it came after", new ToyClient() {
                    @Override
                    Response send(Use use, JsonNode message) throws Exception {
                        var response = super.send(use, message);
                        return response.statusCode() == 429 ? super.send(use, message) : response;
                    }
                }),
                wrong("retry-after-respected", "it came after", new ToyClient() {
                    @Override
                    Response send(Use use, JsonNode message) throws Exception {
                        var response = super.send(use, message);
                        return response.statusCode() == 503 ? super.send(use, message) : response;
                    }
                }),
                wrong("unauthorized-not-repeated", "times in 10 s", new ToyClient() {
                    @Override
                    Response send(Use use, JsonNode message) throws Exception {
                        var response = super.send(use, message);
                        for (int i = 0; i < 12 && response.statusCode() == 401; i++) {
                            response = super.send(use, message);
                        }
                        return response;
                    }
                }),
                wrong("old-transport-after-4xx-only", "turned to the transport of 2024-11-05", new ToyClient() {
                    @Override
                    void connect(Use use) throws Exception {
                        try {
                            super.connect(use);
                        } catch (FailedException e) {
                            if (e.status >= 400) {
                                oldTransport(use);
                            }
                            throw e;
                        }
                    }

                    private void oldTransport(Use use) throws Exception {
                        use.modern = false;
                        use.version = null;
                        try (var stream = Response.of(
                                use.http, http(use, "GET", null, null).GET().build())) {
                            if (stream.statusCode() != 200) {
                                return;
                            }
                            var events = new ArrayList<SseEvent>();
                            var reader = new SseReader(events::add);
                            for (int b; events.isEmpty() && (b = stream.body().read()) >= 0; ) {
                                reader.read(new byte[] {(byte) b});
                            }
                            if (events.isEmpty() || !events.get(0).event().equals("endpoint")) {
                                return;
                            }
                            use.server = use.server.resolve(events.get(0).data());
                            initialize(use);
                        }
                    }
                }));
    }

    /** Changes the headers of modern requests. */
    private abstract static class Headers extends ToyClient {
        @Override
        void modernHeaders(Use use, JsonNode message, Map<String, String> headers) {
            super.modernHeaders(use, message, headers);
            change(message == null ? "" : message.path("method").asString(""), headers);
        }

        abstract void change(String method, Map<String, String> headers);
    }

    private static List<WrongClient> modern() {
        return List.of(
                wrong("modern-version-header", "has no such header", new Headers() {
                    @Override
                    void change(String method, Map<String, String> headers) {
                        if (method.equals("tools/call")) {
                            headers.remove("MCP-Protocol-Version");
                        }
                    }
                }),
                wrong("modern-version-header-matches", "says 2025-11-25", new Headers() {
                    @Override
                    void change(String method, Map<String, String> headers) {
                        headers.put("MCP-Protocol-Version", "2025-11-25");
                    }
                }),
                wrong("modern-method-header", "it is TOOLS/CALL", new Headers() {
                    @Override
                    void change(String method, Map<String, String> headers) {
                        if (method.equals("tools/call")) {
                            headers.put("Mcp-Method", "TOOLS/CALL");
                        }
                    }
                }),
                wrong("modern-name-header", "has no such header", new Headers() {
                    @Override
                    void change(String method, Map<String, String> headers) {
                        headers.remove("Mcp-Name");
                    }
                }),
                wrong("modern-name-encoded", "it is ", new Headers() {
                    @Override
                    void change(String method, Map<String, String> headers) {
                        headers.computeIfPresent("Mcp-Name", (n, v) -> v.startsWith("=?base64?") ? "w%C3%B6rld" : v);
                    }
                }),
                wrong("modern-parameters-mirrored", "has no such header", new Headers() {
                    @Override
                    void change(String method, Map<String, String> headers) {
                        headers.remove("Mcp-Param-Priority");
                    }
                }),
                wrong("modern-parameters-encoded", "it is ", new ToyClient() {
                    @Override
                    String encode(String value) {
                        // java.net.http would refuse what stands for the others.
                        return value.matches("[\\x20-\\x7E]+") ? value : super.encode(value);
                    }
                }),
                wrong("modern-absent-parameters-omitted", "no header Mcp-Param-Optional", new ToyClient() {
                    @Override
                    void mirror(JsonNode tool, JsonNode arguments, Map<String, String> headers) {
                        super.mirror(tool, arguments, headers);
                        MirroredParameter.of(tool.path("inputSchema"))
                                .forEach(p -> headers.putIfAbsent(p.header(), "null"));
                    }
                }),
                wrong("modern-invalid-tools-excluded", "the client called invalid_", new ToyClient() {
                    @Override
                    boolean isOffered(JsonNode tool) {
                        return !tool.path("name").asString("").contains("non");
                    }
                }),
                wrong("modern-meta", "clientCapabilities in _meta", new ToyClient() {
                    @Override
                    ObjectNode meta(Use use, String method) {
                        var meta = super.meta(use, method);
                        meta.remove(META + "clientCapabilities");
                        return meta;
                    }
                }),
                wrong("modern-client-info", "clientInfo in _meta", new ToyClient() {
                    @Override
                    ObjectNode meta(Use use, String method) {
                        var meta = super.meta(use, method);
                        if (!method.equals("server/discover")) {
                            meta.remove(META + "clientInfo");
                        }
                        return meta;
                    }
                }),
                wrong("modern-no-responses", "the client posted", new ToyClient() {
                    @Override
                    JsonNode answer(Use use, ObjectNode params, JsonNode question) throws Exception {
                        post(use, Json.response("confirm"));
                        return super.answer(use, params, question);
                    }
                }),
                wrong("modern-request-unanswered", "the client posted", new ToyClient() {
                    @Override
                    void asked(Use use, JsonNode request) throws Exception {
                        post(use, Json.response(request.path("id").asString("")));
                    }
                }),
                wrong("modern-unknown-result-type", "the client reported success", new ToyClient() {
                    @Override
                    boolean isKnown(String resultType) {
                        return true;
                    }
                }),
                wrong("modern-timeout-closes", "it was still open", new ToyClient() {
                    @Override
                    void closeStream(Use use, ObjectNode message) {
                        // It may be good for something yet.
                    }
                }),
                wrong("modern-error-stays-modern", "takes the server for one with sessions", new ToyClient() {
                    @Override
                    void discover(Use use) throws Exception {
                        var message = Json.request(use.ids.incrementAndGet(), "server/discover");
                        message.set("params", params(use, "server/discover", Json.object()));
                        use.modern = post(use, message).status() / 100 == 2;
                    }
                }),
                wrong("modern-refused-version-dropped", "of the same revision", new ToyClient() {
                    @Override
                    void discover(Use use) throws Exception {
                        var message = Json.request(use.ids.incrementAndGet(), "server/discover");
                        message.set("params", params(use, "server/discover", Json.object()));
                        for (int i = 0; i < 8; i++) {
                            if (post(use, message).status() / 100 == 2) {
                                return;
                            }
                        }
                        throw new FailedException(400, "no luck");
                    }
                }),
                wrong("modern-falls-back", "had answered 404", new ToyClient() {
                    @Override
                    boolean fallsBack(int status) {
                        return status == 400;
                    }
                }),
                wrong("modern-era-remembered", "once initialize was answered", new ToyClient() {
                    @Override
                    void list(Use use) throws Exception {
                        if (!use.modern
                                && use.settings
                                        .get("MCP_CONFORMANCE_PROTOCOL_VERSION")
                                        .equals("2026-07-28")) {
                            var version = use.version;
                            use.modern = true;
                            use.version = "2026-07-28";
                            discover(use);
                            use.version = version;
                            use.modern = false;
                        }
                        super.list(use);
                    }
                }),
                wrong("modern-mismatch-relists", "it was made at once", new ToyClient() {
                    @Override
                    JsonNode failed(Use use, String method, ObjectNode params, Reply reply) throws Exception {
                        int code = reply.message()
                                .map(m -> m.path("error").path("code").asInt(0))
                                .orElse(0);
                        return code == -32020 ? request(use, method, params) : super.failed(use, method, params, reply);
                    }
                }),
                wrong("modern-no-session-id", "has kit-relic", new ToyClient() {
                    @Override
                    Response send(Use use, JsonNode message) throws Exception {
                        var response = super.send(use, message);
                        if (use.modern) {
                            use.sessionId = response.headers()
                                    .firstValue("Mcp-Session-Id")
                                    .orElse(use.sessionId);
                        }
                        return response;
                    }

                    @Override
                    void modernHeaders(Use use, JsonNode message, Map<String, String> headers) {
                        super.modernHeaders(use, message, headers);
                        if (use.sessionId != null) {
                            headers.put("Mcp-Session-Id", use.sessionId);
                        }
                    }
                }),
                wrong("modern-no-get-or-delete", "the client sent DELETE", new ToyClient() {
                    @Override
                    void close(Use use) throws Exception {
                        super.close(use);
                        if (use.modern) {
                            delete(use);
                        }
                    }
                }),
                wrong("modern-no-resumption", "has kit-1", new ToyClient() {
                    @Override
                    JsonNode lost(Use use, ObjectNode message) throws Exception {
                        if (use.modern) {
                            resume(use, "kit-1", 50);
                        }
                        return super.lost(use, message);
                    }
                }),
                wrong("modern-state-echoed", "it is ", new ToyClient() {
                    @Override
                    JsonNode answer(Use use, ObjectNode params, JsonNode question) throws Exception {
                        var again = params.deepCopy();
                        again.putObject("inputResponses");
                        // Understands what is not to be understood.
                        Optional.ofNullable(question.get("requestState"))
                                .ifPresent(s -> again.put(
                                        "requestState",
                                        Json.parse(s.asString("")).toString()));
                        return request(use, "tools/call", again);
                    }
                }),
                wrong("modern-state-not-invented", "it is ", new ToyClient() {
                    @Override
                    JsonNode answer(Use use, ObjectNode params, JsonNode question) throws Exception {
                        var copy = ((ObjectNode) question).deepCopy();
                        if (!copy.has("requestState")) {
                            copy.put("requestState", "");
                        }
                        return super.answer(use, params, copy);
                    }
                }),
                wrong("modern-state-stays", "has it too", new ToyClient() {
                    private String state;

                    @Override
                    JsonNode answer(Use use, ObjectNode params, JsonNode question) throws Exception {
                        state = question.path("requestState").asString(state);
                        return super.answer(use, params, question);
                    }

                    @Override
                    ObjectNode params(Use use, String method, ObjectNode params) {
                        var all = super.params(use, method, params);
                        if (state != null && params.path("name").asString("").equals("test_mrtr_unrelated")) {
                            all.put("requestState", state);
                        }
                        return all;
                    }
                }),
                wrong("modern-retry-new-id", "it is the same", new ToyClient() {
                    @Override
                    JsonNode answer(Use use, ObjectNode params, JsonNode question) throws Exception {
                        use.ids.decrementAndGet();
                        return super.answer(use, params, question);
                    }
                }));
    }
}
