package dev.mcpsession.conformance.clients;

import dev.mcpsession.conformance.clients.driver.Driver;
import dev.mcpsession.conformance.clients.driver.LambdaDriver;
import dev.mcpsession.conformance.http.SseEvent;
import dev.mcpsession.conformance.http.SseReader;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.MirroredParameter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A right client of both eras, small enough to be made wrong in one place: what it does at each turn stands in a
 * method that a wrong client overrides.
 */
class ToyClient implements LambdaDriver.Client {
    static final String META = "io.modelcontextprotocol/";
    private static final Duration LONG = Duration.ofSeconds(25);

    /** One use of the client, from its beginning to its end. */
    class Use {
        URI server;
        final Map<String, String> settings;
        final Consumer<String> say;
        final HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        final AtomicInteger ids = new AtomicInteger();
        volatile String sessionId;
        volatile String version;
        volatile boolean modern;
        volatile boolean open;
        volatile boolean closing;
        volatile Thread listener;
        Duration timeout = LONG;
        JsonNode tools = Json.object();
        final List<String> failures = new ArrayList<>();

        Use(URI server, Map<String, String> settings, Consumer<String> say) {
            this.server = server;
            this.settings = new java.util.HashMap<>(settings);
            this.say = say;
        }
    }

    /** The server's answer to a message. */
    record Reply(int status, Response response, Optional<JsonNode> message) {}

    static final class FailedException extends Exception {
        private static final long serialVersionUID = 1L;
        final int status;

        FailedException(int status, String words) {
            super(words);
            this.status = status;
        }
    }

    @Override
    public void use(URI server, Map<String, String> settings, Consumer<String> say) throws Exception {
        var use = new Use(server, settings, say);
        try {
            for (var step : steps(use)) {
                try {
                    step(use, step);
                } catch (FailedException | IOException | TimeoutException | RuntimeException e) {
                    say.accept("failed " + step + ": " + e.getMessage());
                    use.failures.add(step + ": " + e);
                }
            }
        } finally {
            use.closing = true;
            if (use.open) {
                close(use);
            }
            var listener = use.listener;
            if (listener != null) {
                listener.interrupt();
            }
        }
        if (!use.failures.isEmpty()) {
            throw new IllegalStateException(use.failures.toString());
        }
    }

    List<String> steps(Use use) {
        var given = use.settings.get(Driver.STEPS);
        return Arrays.stream((given != null ? given : scenario(use)).split(";"))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .toList();
    }

    private static String scenario(Use use) {
        return switch (use.settings.get(Driver.SCENARIO)) {
            case "initialize" -> "connect;list;close";
            case "tools_call", "request-metadata" -> "connect;list;call add_numbers {\"a\":5,\"b\":3};close";
            case "sse-retry" -> "connect;list;call test_reconnection {};close";
            case "http-standard-headers" -> "connect;list;call * {};resources;prompts;close";
            case "http-invalid-tool-headers" -> "connect;list;call * {\"region\":\"us-west1\"};close";
            case "http-custom-headers" -> "connect;list;context;close";
            case "sep-2322-client-request-state" ->
                "connect;list;call test_mrtr_echo_state {};call test_mrtr_no_state {};"
                        + "call test_mrtr_unrelated {};close";
            default -> throw new IllegalArgumentException("no such scenario");
        };
    }

    void step(Use use, String step) throws Exception {
        var words = step.split(" ", 3);
        switch (words[0]) {
            case "connect" -> connect(use);
            case "list" -> list(use);
            case "call" -> {
                for (var name : words[1].equals("*")
                        ? use.tools
                                .valueStream()
                                .map(t -> t.path("name").asString(""))
                                .toList()
                        : List.of(words[1])) {
                    call(use, name, (ObjectNode) Json.parse(words[2]));
                }
            }
            case "context" -> {
                for (var call : Json.parse(use.settings.get(Driver.CONTEXT)).path("toolCalls")) {
                    call(use, call.path("name").asString(""), (ObjectNode) call.get("arguments"));
                }
            }
            case "resources" ->
                request(
                        use,
                        "resources/read",
                        Json.object()
                                .put(
                                        "uri",
                                        request(use, "resources/list", Json.object())
                                                .path("resources")
                                                .path(0)
                                                .path("uri")
                                                .asString("")));
            case "prompts" ->
                request(
                        use,
                        "prompts/get",
                        Json.object()
                                .put(
                                        "name",
                                        request(use, "prompts/list", Json.object())
                                                .path("prompts")
                                                .path(0)
                                                .path("name")
                                                .asString("")));
            case "parallel" -> parallel(use, Integer.parseInt(words[1]), words[2]);
            case "sleep" -> Thread.sleep(Long.parseLong(words[1]));
            case "timeout" -> use.timeout = Duration.ofMillis(Long.parseLong(words[1]));
            case "ping" -> request(use, "ping", Json.object());
            case "close" -> close(use);
            default -> throw new IllegalArgumentException(step);
        }
    }

    void parallel(Use use, int count, String step) throws Exception {
        var all = new ArrayList<CompletableFuture<Void>>();
        for (int i = 0; i < count; i++) {
            all.add(async(() -> {
                step(use, step);
                return null;
            }));
        }
        for (var one : all) {
            try {
                one.get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }
    }

    interface Work<T> {
        T run() throws Exception;
    }

    static <T> CompletableFuture<T> async(Work<T> work) {
        var future = new CompletableFuture<T>();
        var thread = new Thread(
                () -> {
                    try {
                        future.complete(work.run());
                    } catch (Throwable e) {
                        future.completeExceptionally(e);
                    }
                },
                "toy client");
        thread.setDaemon(true);
        thread.start();
        return future;
    }

    /** The same, which speaks revisions with sessions alone. */
    final ToyClient legacyOnly() {
        legacyOnly = true;
        return this;
    }

    private boolean legacyOnly;

    // ---- the steps ----

    void connect(Use use) throws Exception {
        use.modern = !legacyOnly && "2026-07-28".equals(use.settings.get(Driver.REVISION));
        if (use.modern) {
            use.version = "2026-07-28";
            discover(use);
        }
        if (!use.modern) {
            initialize(use);
            afterInitialize(use);
        }
        use.open = true;
    }

    /** Looks which era the server is of. */
    void discover(Use use) throws Exception {
        for (int i = 0; i < 2; i++) {
            var message = Json.request(use.ids.incrementAndGet(), "server/discover");
            message.set("params", params(use, "server/discover", Json.object()));
            var reply = post(use, message);
            if (reply.status() / 100 == 2) {
                return;
            }
            int code = reply.message()
                    .map(m -> m.path("error").path("code").asInt(0))
                    .orElse(0);
            if (code > -32020 || code < -32099) {
                use.modern = !fallsBack(reply.status());
                if (use.modern) {
                    throw new FailedException(reply.status(), "status " + reply.status());
                }
                return;
            }
            var supported = reply.message()
                    .get()
                    .path("error")
                    .path("data")
                    .path("supported")
                    .toString();
            if (!supported.contains("2026-07-28")) {
                use.modern = false;
                return;
            }
        }
        throw new FailedException(400, "the server refuses its own revision");
    }

    boolean fallsBack(int status) {
        return status / 100 == 4;
    }

    String asksFor(Use use) {
        return "2025-11-25";
    }

    void initialize(Use use) throws Exception {
        use.sessionId = null;
        use.version = null;
        var message = Json.request(use.ids.incrementAndGet(), "initialize");
        var params = message.putObject("params").put("protocolVersion", asksFor(use));
        params.putObject("capabilities");
        params.putObject("clientInfo").put("name", "toy").put("version", "1");
        var reply = post(use, message);
        if (reply.status() != 200 || reply.message().isEmpty()) {
            throw new FailedException(reply.status(), "initialize: status " + reply.status());
        }
        use.version =
                reply.message().get().path("result").path("protocolVersion").asString("");
        use.sessionId = reply.response().headers().firstValue("mcp-session-id").orElse(null);
        if (!use.version.matches("2025-.*")) {
            refused(use);
            throw new FailedException(200, "the server speaks " + use.version);
        }
    }

    /** The server speaks a revision that this client does not. */
    void refused(Use use) throws Exception {
        delete(use);
    }

    void afterInitialize(Use use) throws Exception {
        initialized(use);
        listen(use);
    }

    void initialized(Use use) throws Exception {
        notify(use, Json.notification("notifications/initialized"));
    }

    void notify(Use use, ObjectNode message) throws Exception {
        var reply = post(use, message);
        if (reply.status() / 100 != 2) {
            throw new FailedException(reply.status(), "status " + reply.status());
        }
    }

    void list(Use use) throws Exception {
        use.tools = request(use, "tools/list", Json.object()).path("tools");
        if (use.modern) {
            var good = Json.batch();
            use.tools.valueStream().filter(this::isOffered).forEach(good::add);
            use.tools = good;
        }
    }

    boolean isOffered(JsonNode tool) {
        var names = new ArrayList<String>();
        for (var property : tool.path("inputSchema").path("properties")) {
            if (property.has(MirroredParameter.KEYWORD)) {
                var name = property.path(MirroredParameter.KEYWORD).asString("").toLowerCase(java.util.Locale.ROOT);
                var type = property.path("type").toString();
                if (!MirroredParameter.isToken(name)
                        || type.contains("object")
                        || type.contains("array")
                        || names.contains(name)) {
                    return false;
                }
                names.add(name);
            }
        }
        return true;
    }

    void call(Use use, String name, ObjectNode arguments) throws Exception {
        var params = Json.object().put("name", name);
        params.set("arguments", arguments);
        var result = request(use, "tools/call", params);
        for (int i = 0; i < 3 && result.path("resultType").asString("").equals("input_required"); i++) {
            result = answer(use, params, result);
        }
        if (use.modern && !isKnown(result.path("resultType").asString("complete"))) {
            throw new FailedException(200, "an unknown type of result");
        }
        use.say.accept("ok call " + name + ": "
                + result.path("content").path(0).path("text").asString(""));
    }

    boolean isKnown(String resultType) {
        return resultType.equals("complete");
    }

    JsonNode answer(Use use, ObjectNode params, JsonNode question) throws Exception {
        var again = params.deepCopy();
        again.putObject("inputResponses")
                .putObject("confirm")
                .put("action", "accept")
                .putObject("content")
                .put("confirmed", true);
        if (question.has("requestState")) {
            again.set("requestState", question.get("requestState"));
        }
        return request(use, "tools/call", again);
    }

    void close(Use use) throws Exception {
        use.closing = true;
        use.open = false;
        var listener = use.listener;
        if (listener != null) {
            listener.interrupt();
        }
        if (!use.modern && use.sessionId != null) {
            delete(use);
        }
    }

    void delete(Use use) throws Exception {
        try {
            use.http.send(
                    http(use, "DELETE", null, null)
                            .timeout(Duration.ofSeconds(2))
                            .DELETE()
                            .build(),
                    HttpResponse.BodyHandlers.discarding());
        } catch (IOException e) {
            // The session may stay, then.
        }
        use.sessionId = null;
    }

    // ---- requests ----

    JsonNode request(Use use, String method, ObjectNode params) throws Exception {
        var session = use.sessionId;
        var message = Json.request(id(use), method);
        message.set("params", params(use, method, params));
        var work = async(() -> post(use, message));
        Reply reply;
        try {
            reply = work.get(use.timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            givenUp(use, message, work);
            throw e;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
        if (reply.status() == 404 && session != null && !use.modern) {
            return gone(use, method, params, session);
        }
        if (reply.status() / 100 != 2 || reply.message().isEmpty()) {
            return failed(use, method, params, reply);
        }
        if (!reply.message().get().has("result")) {
            throw new FailedException(200, String.valueOf(reply.message().get()));
        }
        return reply.message().get().get("result");
    }

    JsonNode failed(Use use, String method, ObjectNode params, Reply reply) throws Exception {
        throw new FailedException(reply.status(), "status " + reply.status() + " to " + method);
    }

    Object id(Use use) {
        return use.ids.incrementAndGet();
    }

    /** The session has ended: one thread opens another, and who finds that done uses it. */
    JsonNode gone(Use use, String method, ObjectNode params, String dead) throws Exception {
        synchronized (use) {
            if (dead.equals(use.sessionId)) {
                initialize(use);
                initialized(use);
            }
        }
        var message = Json.request(id(use), method);
        message.set("params", params(use, method, params));
        var reply = post(use, message);
        if (reply.status() / 100 != 2 || reply.message().isEmpty()) {
            throw new FailedException(
                    reply.status(), "status " + reply.status() + " to " + method + " in a new session");
        }
        return reply.message().get().path("result");
    }

    void givenUp(Use use, ObjectNode message, CompletableFuture<Reply> work) throws Exception {
        work.cancel(true);
        if (!use.modern && !message.path("method").asString("").equals("initialize")) {
            var cancel = Json.notification("notifications/cancelled");
            cancel.putObject("params").set("requestId", message.get("id"));
            notify(use, cancel);
        }
        closeStream(use, message);
    }

    private final Map<String, Response> streams = new java.util.concurrent.ConcurrentHashMap<>();

    void closeStream(Use use, ObjectNode message) throws IOException {
        var stream = streams.remove(use.hashCode() + message.get("id").toString());
        if (stream != null) {
            stream.close();
        }
    }

    ObjectNode params(Use use, String method, ObjectNode params) {
        if (!use.modern) {
            return params;
        }
        var all = params.deepCopy();
        all.set("_meta", meta(use, method));
        return all;
    }

    ObjectNode meta(Use use, String method) {
        var meta = Json.object().put(META + "protocolVersion", use.version);
        meta.putObject(META + "clientInfo").put("name", "toy").put("version", "1");
        meta.putObject(META + "clientCapabilities").putObject("elicitation");
        return meta;
    }

    // ---- HTTP ----

    /** The headers of a message, or of a GET or DELETE where it is null. */
    Map<String, String> headers(Use use, String method, JsonNode message) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Accept", accept(method));
        if (message != null) {
            headers.put("Content-Type", "application/json");
        }
        if (use.settings.containsKey(Driver.TOKEN)) {
            headers.put("Authorization", "Bearer " + use.settings.get(Driver.TOKEN));
        }
        if (use.modern) {
            modernHeaders(use, message, headers);
            return headers;
        }
        if (use.sessionId != null) {
            headers.put("Mcp-Session-Id", use.sessionId);
        }
        if (use.version != null) {
            headers.put("MCP-Protocol-Version", use.version);
        }
        return headers;
    }

    String accept(String method) {
        return method.equals("GET") ? "text/event-stream" : "application/json, text/event-stream";
    }

    void modernHeaders(Use use, JsonNode message, Map<String, String> headers) {
        headers.put("MCP-Protocol-Version", use.version);
        if (message == null || !message.isObject() || !message.has("method")) {
            return;
        }
        var method = message.path("method").asString("");
        headers.put("Mcp-Method", method);
        var params = message.path("params");
        if (List.of("tools/call", "prompts/get", "resources/read").contains(method)) {
            headers.put(
                    "Mcp-Name",
                    encode(params.path(method.equals("resources/read") ? "uri" : "name")
                            .asString("")));
        }
        if (method.equals("tools/call")) {
            use.tools
                    .valueStream()
                    .filter(t -> t.path("name").equals(params.path("name")))
                    .findFirst()
                    .ifPresent(tool -> mirror(tool, params.path("arguments"), headers));
        }
    }

    void mirror(JsonNode tool, JsonNode arguments, Map<String, String> headers) {
        for (var parameter : MirroredParameter.of(tool.path("inputSchema"))) {
            parameter.value(arguments).ifPresent(value -> headers.put(parameter.header(), encode(value)));
        }
    }

    String encode(String value) {
        boolean plain =
                value.matches("[\\x21-\\x7E]([\\x20-\\x7E]*[\\x21-\\x7E])?") && !value.matches("=\\?base64\\?.*\\?=");
        return plain
                ? value
                : "=?base64?" + Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)) + "?=";
    }

    URI uri(Use use) {
        return use.server;
    }

    HttpRequest.Builder http(Use use, String method, JsonNode message, String lastEventId) {
        var builder = HttpRequest.newBuilder(uri(use));
        headers(use, method, message).forEach(builder::header);
        if (lastEventId != null) {
            builder.header("Last-Event-ID", lastEventId);
        }
        return builder;
    }

    String body(JsonNode message) {
        return message.toString();
    }

    byte[] bytes(JsonNode message) {
        return body(message).getBytes(StandardCharsets.UTF_8);
    }

    Response send(Use use, JsonNode message) throws Exception {
        return Response.of(
                use.http,
                http(use, "POST", message, null)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(bytes(message)))
                        .build());
    }

    /** Writes requests one behind the other, before any is answered, and returns all that comes. */
    String pipeline(Use use, JsonNode... messages) throws IOException {
        var all = new ByteArrayOutputStream();
        for (int i = 0; i < messages.length; i++) {
            var body = bytes(messages[i]);
            var head = new StringBuilder("POST " + use.server.getPath() + " HTTP/1.1\r\nHost: "
                    + use.server.getAuthority() + "\r\nContent-Length: " + body.length + "\r\n");
            headers(use, "POST", messages[i])
                    .forEach((name, value) ->
                            head.append(name).append(": ").append(value).append("\r\n"));
            head.append(i == messages.length - 1 ? "Connection: close\r\n\r\n" : "\r\n");
            all.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
            all.writeBytes(body);
        }
        try (var socket = new Socket(use.server.getHost(), use.server.getPort())) {
            socket.getOutputStream().write(all.toByteArray());
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Posts a message, and reads what comes until the response to it. */
    Reply post(Use use, ObjectNode message) throws Exception {
        var response = send(use, message);
        var type = response.headers().firstValue("Content-Type").orElse("");
        if (!type.startsWith("text/event-stream")) {
            return new Reply(
                    response.statusCode(), response, Json.read(json(response)).filter(JsonNode::isObject));
        }
        streams.put(use.hashCode() + message.path("id").toString(), response);
        var found = events(use, response, message);
        return new Reply(response.statusCode(), response, Optional.of(found));
    }

    String json(Response response) throws IOException {
        return new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Reads a stream, resumed where it ends after an id, until the response to a message. */
    JsonNode events(Use use, Response response, ObjectNode message) throws Exception {
        String id = null;
        long retry = 1000;
        var stream = response;
        for (int i = 0; i < 5; i++) {
            var events = new ArrayList<SseEvent>();
            var reader = reader(events);
            var buffer = new byte[4096];
            try (var in = stream.body()) {
                for (int n; (n = in.read(buffer)) >= 0; ) {
                    reader.read(Arrays.copyOf(buffer, n));
                    for (var event : List.copyOf(events)) {
                        id = event.id().orElse(id);
                        retry = event.retry().map(Long::parseLong).orElse(retry);
                        var found = event(use, event, message);
                        if (found.isPresent()) {
                            return found.get();
                        }
                    }
                    events.clear();
                }
            }
            if (id == null || use.modern) {
                return lost(use, message);
            }
            stream = resume(use, id, retry);
        }
        throw new FailedException(200, "the stream ends again and again");
    }

    SseReader reader(List<SseEvent> events) {
        return new SseReader(events::add);
    }

    JsonNode lost(Use use, ObjectNode message) throws Exception {
        throw new FailedException(200, "the stream ended without a response");
    }

    Response resume(Use use, String id, long retry) throws Exception {
        Thread.sleep(retry);
        return Response.of(use.http, http(use, "GET", null, id).GET().build());
    }

    /** Takes one event; the response to the message, if it is that. */
    Optional<JsonNode> event(Use use, SseEvent event, ObjectNode message) throws Exception {
        var received = Json.read(event.data()).filter(JsonNode::isObject);
        if (received.isEmpty()) {
            return Optional.empty();
        }
        if (Json.isResponse(received.get())) {
            return received.filter(r -> isFor(r, message));
        }
        if (Json.isRequest(received.get())) {
            asked(use, received.get());
        } else {
            told(use, received.get());
        }
        return Optional.empty();
    }

    boolean isFor(JsonNode response, JsonNode message) {
        return response.get("id").equals(message.get("id"));
    }

    /** The server makes a request. */
    void asked(Use use, JsonNode request) throws Exception {
        if (use.modern) {
            return;
        }
        var response = Json.object().put("jsonrpc", "2.0");
        response.set("id", request.get("id"));
        if (request.path("method").asString("").equals("ping")) {
            response.putObject("result");
        } else {
            response.putObject("error").put("code", -32601).put("message", "Method not found");
        }
        post(use, response);
    }

    /** The server sends a notification. */
    void told(Use use, JsonNode notification) throws Exception {
        // Nobody listens.
    }

    // ---- the stream of the session ----

    void listen(Use use) {
        var session = use.sessionId;
        var thread = new Thread(
                () -> {
                    try {
                        while (!use.closing && session != null && session.equals(use.sessionId)) {
                            if (!listenOnce(use)) {
                                return;
                            }
                            Thread.sleep(pause());
                        }
                    } catch (IOException | InterruptedException e) {
                        // The client closes, or the server is gone.
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                },
                "toy stream");
        thread.setDaemon(true);
        use.listener = thread;
        thread.start();
    }

    long pause() {
        return 1000;
    }

    /** @return whether to come back */
    boolean listenOnce(Use use) throws Exception {
        var response = Response.of(use.http, http(use, "GET", null, null).GET().build());
        if (response.statusCode() != 200) {
            return listeningFailed(use, response.statusCode());
        }
        var reader = new SseReader(event -> Json.read(event.data())
                .filter(Json::isRequest)
                .ifPresent(r -> async(() -> {
                    asked(use, r);
                    return null;
                })));
        var buffer = new byte[4096];
        try (var in = response.body()) {
            for (int n; (n = in.read(buffer)) >= 0; ) {
                reader.read(Arrays.copyOf(buffer, n));
            }
        }
        return true;
    }

    boolean listeningFailed(Use use, int status) throws Exception {
        return false;
    }
}
