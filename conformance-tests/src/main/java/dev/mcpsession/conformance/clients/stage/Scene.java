package dev.mcpsession.conformance.clients.stage;

import dev.mcpsession.conformance.clients.server.Incoming;
import dev.mcpsession.conformance.clients.server.Reply;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A server of the kit while a script is played: a right server of one revision, which overlooks what the rules judge,
 * so that one mistake of a client does not hide the next. Safe for use by the threads of several connections.
 */
public final class Scene {
    static final Header JSON_TYPE = new Header("Content-Type", "application/json");
    static final Header STREAM_TYPE = new Header("Content-Type", "text/event-stream");

    private static final Duration FOR_EVER = Duration.ofMinutes(10);
    private static final int INVALID_REQUEST = -32600;
    private static final int METHOD_NOT_FOUND = -32601;
    private static final int SERVER_ERROR = -32000;
    private static final int UNSUPPORTED_VERSION = -32022;

    private final Script script;
    private final Script.Act act;
    private final Revision revision;
    private final boolean modern;
    private final Map<String, Integer> counts = new HashMap<>();
    private final Set<String> live = new HashSet<>();
    private final Set<String> issued = new HashSet<>();
    private volatile boolean over;
    private volatile boolean deleted;

    Scene(Script script, Revision revision) {
        this.script = script;
        this.act = script.newAct();
        this.revision = revision;
        modern = !revision.isLegacy() && !script.isLegacyServer();
    }

    /** The client has ended: nothing is held back any longer. */
    void end() {
        over = true;
    }

    boolean isOver() {
        return over;
    }

    void handle(Incoming request, Reply reply, @Nullable String otherOrigin) throws IOException, InterruptedException {
        var turn = new Turn(request, reply, otherOrigin);
        if (!request.path().equals(Stage.PATH)) {
            if (!act.play(turn)) {
                turn.status(404);
            }
            return;
        }
        if (!act.play(turn)) {
            turn.asRightServer();
        }
    }

    private synchronized int count(String what) {
        return counts.merge(what, 1, Integer::sum) - 1;
    }

    synchronized boolean isLive(String id) {
        return live.contains(id);
    }

    /** Whether a session is live. */
    synchronized boolean holdsSession() {
        return !live.isEmpty();
    }

    /** Whether the id is of a session that was opened here. */
    synchronized boolean issued(String id) {
        return issued.contains(id);
    }

    /** Whether clients have deleted all sessions that were opened. */
    synchronized boolean isLeft() {
        return deleted && live.isEmpty();
    }

    /** Whether sessions have ended that no client deleted. */
    synchronized boolean hasEndedSessions() {
        return !deleted && live.size() < issued.size();
    }

    private synchronized boolean isDead(String id) {
        return !issued.isEmpty() && !live.contains(id);
    }

    /** Ends a session: from now on its id gets 404. */
    synchronized void endSession(String id) {
        live.remove(id);
    }

    synchronized void endAllSessions() {
        live.clear();
    }

    private synchronized void opened(String id) {
        live.add(id);
        issued.add(id);
    }

    /** One request that a script may answer. */
    public final class Turn {
        final Reply reply;
        private final Incoming request;
        private final Call call;
        private final @Nullable String otherOrigin;

        private Turn(Incoming request, Reply reply, @Nullable String otherOrigin) {
            this.request = request;
            this.reply = reply;
            this.otherOrigin = otherOrigin;
            call = reply.call().snapshot();
        }

        Call call() {
            return call;
        }

        String path() {
            return request.path();
        }

        /** The URL of the MCP endpoint at a second origin of the kit; empty at that origin, which knows of no third. */
        Optional<String> otherOrigin() {
            return Optional.ofNullable(otherOrigin);
        }

        Scene scene() {
            return Scene.this;
        }

        Revision revision() {
            return revision;
        }

        /** How many turns have asked this before, with the same words. */
        int before(String what) {
            return count(what);
        }

        boolean calls(String rpc) {
            return call.endpoint() && call.calls(rpc);
        }

        /** Waits as long as the client is there and waits too. */
        boolean hold(BooleanSupplier until, Duration atMost) throws IOException {
            return reply.await(() -> over || until.getAsBoolean(), atMost);
        }

        void hold(Duration span) throws IOException {
            hold(() -> false, span);
        }

        // ---- replies ----

        void status(int status, Header... headers) throws IOException {
            reply.send(status, List.of(headers), new byte[0]);
        }

        void json(int status, JsonNode body, Header... headers) throws IOException {
            var all = new ArrayList<Header>();
            all.add(JSON_TYPE);
            all.addAll(List.of(headers));
            reply.send(status, all, body.toString().getBytes(StandardCharsets.UTF_8));
        }

        void error(int status, int code, String message, Header... headers) throws IOException {
            json(status, errorMessage(code, message), headers);
        }

        ObjectNode errorMessage(int code, String message) {
            var error = Json.object().put("jsonrpc", "2.0");
            error.set("id", call.id().orElse(tools.jackson.databind.node.NullNode.getInstance()));
            error.putObject("error").put("code", code).put("message", message);
            return error;
        }

        /** The response to the request, with that result. */
        ObjectNode response(JsonNode result) {
            var message = Json.object().put("jsonrpc", "2.0");
            message.set("id", call.id().orElseThrow());
            message.set("result", result);
            return message;
        }

        /** Answers with a result, in the form that the script asks for. */
        void result(JsonNode result, Header... headers) throws IOException {
            if (script.answers() == Script.Answers.JSON) {
                json(200, response(result), headers);
                return;
            }
            stream(headers);
            Events.send(reply, form(), response(result));
            reply.end();
        }

        /** The form of the next answer, in turn where the script names several. */
        private String form() {
            var forms = script.eventForm().split(",");
            return forms[forms.length == 1 ? 0 : count("answers in events") % forms.length];
        }

        /** Begins an event stream. */
        void stream(Header... headers) throws IOException {
            var all = new ArrayList<Header>();
            all.add(STREAM_TYPE);
            all.add(new Header("Cache-Control", "no-cache"));
            all.addAll(List.of(headers));
            reply.begin(200, all);
        }

        void notFound() throws IOException {
            error(404, -32001, "Session not found");
        }

        // ---- the right server ----

        void asRightServer() throws IOException {
            if (modern) {
                modern();
            } else {
                legacy();
            }
        }

        private void legacy() throws IOException {
            var id = call.sessionId();
            if (id.isPresent() && isDead(id.get()) && !call.calls("initialize")) {
                notFound();
            } else if (call.isGet()) {
                stream();
                hold(() -> id.isPresent() && isDead(id.get()), FOR_EVER);
                if (!over) {
                    reply.end();
                }
            } else if (call.isDelete()) {
                id.ifPresent(Scene.this::endSession);
                deleted = true;
                status(id.isPresent() ? 204 : 400);
            } else if (!call.isPost()) {
                status(405, new Header("Allow", "GET, POST, DELETE"));
            } else if (call.isModern()) {
                error(400, SERVER_ERROR, "Bad Request: no valid session ID");
            } else {
                legacyPost();
            }
        }

        private void legacyPost() throws IOException {
            var json = call.json();
            if (json.isEmpty() || !json.get().isContainer()) {
                error(400, -32700, "Parse error");
            } else if (json.get().isArray()) {
                batch(json.get());
            } else if (call.calls("initialize")) {
                initialize();
            } else if (!Json.isRequest(json.get())) {
                status(202);
            } else {
                request();
            }
        }

        private void batch(JsonNode batch) throws IOException {
            if (revision != Revision.V2025_03_26) {
                error(400, INVALID_REQUEST, "Batches are not part of this revision");
                return;
            }
            var answers = Json.batch();
            var headers = new ArrayList<Header>();
            for (var message : batch) {
                if (Json.isRequest(message)) {
                    var answer = Json.object().put("jsonrpc", "2.0");
                    answer.set("id", message.get("id"));
                    var method = message.path("method").asString("");
                    if (method.equals("initialize")) {
                        headers.addAll(openSession());
                        answer.set("result", initializeResult());
                    } else {
                        answer.set(
                                "result",
                                resultOf(method, message.path("params"), false).orElseGet(Json::object));
                    }
                    answers.add(answer);
                }
            }
            if (answers.isEmpty()) {
                status(202);
            } else {
                json(200, answers, headers.toArray(Header[]::new));
            }
        }

        /** Opens a session, as the script wants its id and revision. */
        void initialize(Header... headers) throws IOException {
            var all = new ArrayList<>(List.of(headers));
            all.addAll(openSession());
            result(initializeResult(), all.toArray(Header[]::new));
        }

        /** The header with the id of a new session; none if the script has no sessions. */
        private List<Header> openSession() {
            if (script.ids() == null) {
                return List.of();
            }
            var id = script.ids().get();
            opened(id);
            return List.of(new Header(script.idHeader(), id));
        }

        ObjectNode initializeResult() {
            var spoken = revision.isLegacy() ? revision : Revision.V2025_11_25;
            var result = Json.object().put("protocolVersion", script.version().orElse(spoken.wire()));
            var capabilities = result.putObject("capabilities");
            capabilities.putObject("tools");
            script.capability().ifPresent(capabilities::putObject);
            if (script.carrier() == Carrier.STANDARD_HEADERS) {
                capabilities.putObject("resources");
                capabilities.putObject("prompts");
            }
            result.set("serverInfo", serverInfo());
            return result;
        }

        private ObjectNode serverInfo() {
            return Json.object().put("name", "mcp-session-conformance").put("version", "1");
        }

        private void request() throws IOException {
            var result = resultOf(call.rpc().orElse(""), call.params(), modern);
            if (result.isPresent()) {
                result(result.get());
            } else if (modern) {
                error(404, METHOD_NOT_FOUND, "Method not found");
            } else {
                json(200, errorMessage(METHOD_NOT_FOUND, "Method not found"));
            }
        }

        private void modern() throws IOException {
            if (!call.isPost()) {
                status(405, new Header("Allow", "POST"));
            } else if (call.message().isEmpty()) {
                error(400, call.json().isPresent() ? INVALID_REQUEST : -32700, "One message is wanted");
            } else if (call.calls("initialize")
                    || call.metaVersion().isPresent()
                            && !call.metaVersion().get().equals(revision.wire())) {
                unsupportedVersion(List.of(revision.wire()));
            } else if (!call.isRequest()) {
                status(202);
            } else {
                request();
            }
        }

        /** Refuses the revision of the request. */
        void unsupportedVersion(List<String> supported) throws IOException {
            var message = errorMessage(UNSUPPORTED_VERSION, "Unsupported protocol version");
            var data = ((ObjectNode) message.get("error")).putObject("data");
            var list = data.putArray("supported");
            supported.forEach(list::add);
            data.put(
                    "requested",
                    call.metaVersion()
                            .orElseGet(
                                    () -> call.params().path("protocolVersion").asString("")));
            json(400, message);
        }

        private java.util.Optional<ObjectNode> resultOf(String method, JsonNode params, boolean modern) {
            var result = Json.object();
            switch (method) {
                case "ping" -> {}
                case "server/discover" -> {
                    if (!modern) {
                        return java.util.Optional.empty();
                    }
                    result.putArray("supportedVersions").add(revision.wire());
                    result.set("capabilities", initializeResult().get("capabilities"));
                    result.set("serverInfo", serverInfo());
                    cacheable(result);
                }
                case "tools/list" -> {
                    var tools = result.putArray("tools");
                    script.carrier().tools().forEach(tools::add);
                    cacheable(result);
                }
                case "tools/call" -> text(result, params);
                case "resources/list" -> {
                    result.putArray("resources")
                            .addObject()
                            .put("uri", "file:///kit/a%20file.txt")
                            .put("name", "a file");
                    cacheable(result);
                }
                case "resources/templates/list" -> {
                    result.putArray("resourceTemplates");
                    cacheable(result);
                }
                case "resources/read" -> {
                    result.putArray("contents")
                            .addObject()
                            .put("uri", params.path("uri").asString(""))
                            .put("text", "some text");
                    cacheable(result);
                }
                case "prompts/list" -> {
                    result.putArray("prompts")
                            .addObject()
                            .put("name", "test_prompt")
                            .put("description", "A prompt");
                    cacheable(result);
                }
                case "prompts/get" ->
                    result.putArray("messages")
                            .addObject()
                            .put("role", "user")
                            .putObject("content")
                            .put("type", "text")
                            .put("text", "some text");
                default -> {
                    return java.util.Optional.empty();
                }
            }
            if (modern) {
                result.put("resultType", "complete");
            }
            return java.util.Optional.of(result);
        }

        private void cacheable(ObjectNode result) {
            if (modern) {
                result.put("ttlMs", 0).put("cacheScope", "private");
            }
        }

        private void text(ObjectNode result, JsonNode params) {
            var arguments = params.path("arguments");
            var text = params.path("name").asString("").equals("add_numbers")
                    ? "The sum is "
                            + (arguments.path("a").asDouble(0)
                                    + arguments.path("b").asDouble(0))
                    : "done";
            result.putArray("content").addObject().put("type", "text").put("text", text);
        }

        /** Opens a session beside that of the client. */
        String anotherSession() {
            var id = java.util.UUID.randomUUID().toString();
            opened(id);
            return id;
        }

        /** Answers {@code tools/list}, with headers of its own. */
        void listTools(Header... headers) throws IOException {
            result(toolList(), headers);
        }

        /** The answer of a right server to {@code tools/list}. */
        ObjectNode toolList() {
            return resultOf("tools/list", call.params(), modern).orElseThrow();
        }

        /** The answer of a right server to the call of a tool. */
        ObjectNode toolResult() {
            return resultOf("tools/call", call.params(), modern).orElseThrow();
        }
    }
}
