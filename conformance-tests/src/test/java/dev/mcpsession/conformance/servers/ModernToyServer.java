package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A right server of revision 2026-07-28 alone: no sessions, every request by itself. As with {@link ToyServer}, every
 * decision is a method.
 */
public class ModernToyServer extends ToyServer {
    protected static final String REVISION = Revision.V2026_07_28.wire();
    protected static final int HEADER_MISMATCH = -32020;
    protected static final int UNSUPPORTED_VERSION = -32022;

    /** The methods with a name to be mirrored in a header, and where in the params it is. */
    private static final Map<String, String> NAMED =
            Map.of("tools/call", "name", "prompts/get", "name", "resources/read", "uri");

    private final AtomicInteger subscriptions = new AtomicInteger();

    @Override
    protected Answer answer(Call call) throws Exception {
        if (!isModern(call)) {
            return super.answer(call);
        }
        if (!allowed(call)) {
            return Answer.error(403, -32600, "Forbidden origin");
        }
        return call.method().equals("POST") ? modernPost(call) : modernOther(call);
    }

    /** Whether a request is one of this era: for a server of this revision alone, every request is. */
    protected boolean isModern(Call call) {
        return true;
    }

    /** Answers GET, DELETE and whatever else is not POST. */
    protected Answer modernOther(Call call) throws Exception {
        return Answer.of(405).with("Allow", "POST");
    }

    protected Answer modernPost(Call call) throws Exception {
        var message = call.message();
        if (message == null) {
            return Answer.error(400, -32700, "Parse error");
        }
        if (!message.isObject() || !message.path("method").isString()) {
            return notOneMessage(call);
        }
        if (!message.has("id")) {
            return notified(call);
        }
        if (call.called().equals("initialize")) {
            return initializeRefused(call);
        }
        var refusal = Stream.<java.util.function.Function<Call, Answer>>of(
                        this::versionHeaderMissing,
                        this::metaMissing,
                        this::versionMismatch,
                        this::versionUnsupported,
                        this::methodHeaderWrong,
                        this::nameHeaderWrong)
                .map(check -> check.apply(call))
                .filter(java.util.Objects::nonNull)
                .findFirst();
        return refusal.isPresent() ? refusal.get() : handle(call);
    }

    /** Answers what is neither a request nor a notification, such as a batch. */
    protected Answer notOneMessage(Call call) throws Exception {
        return Answer.error(400, -32600, "The body must be one request or notification");
    }

    protected Answer notified(Call call) throws Exception {
        return Answer.of(202);
    }

    /** Answers the handshake of older revisions, so that an older client can show why it fails. */
    protected Answer initializeRefused(Call call) throws Exception {
        return refused(
                400,
                error(
                        call,
                        HEADER_MISMATCH,
                        "There is no initialize in the revisions that this server" + " supports ("
                                + String.join(", ", supportedVersions()) + "): send MCP-Protocol-Version"));
    }

    protected Answer refused(int status, ObjectNode error) {
        return Answer.json(status, error);
    }

    // ---- what a request must carry ----

    protected static JsonNode params(Call call) {
        return call.message().path("params");
    }

    protected static JsonNode meta(Call call, String key) {
        return params(call).path("_meta").path(Client.META_PREFIX + key);
    }

    protected Answer versionHeaderMissing(Call call) {
        return call.header(Client.VERSION_HEADER).isPresent()
                ? null
                : mismatch(call, "MCP-Protocol-Version is missing");
    }

    protected Answer metaMissing(Call call) {
        return meta(call, "protocolVersion").isString()
                        && meta(call, "clientCapabilities").isObject()
                ? null
                : refused(400, error(call, -32602, "_meta must have protocolVersion and clientCapabilities"));
    }

    protected Answer versionMismatch(Call call) {
        return call.header(Client.VERSION_HEADER)
                        .equals(Optional.of(meta(call, "protocolVersion").asString()))
                ? null
                : mismatch(call, "MCP-Protocol-Version is not the version in _meta");
    }

    protected Answer versionUnsupported(Call call) {
        var asked = meta(call, "protocolVersion").asString();
        if (asked.equals(REVISION) && supportedVersions().contains(REVISION)) {
            return null;
        }
        var error = error(call, UNSUPPORTED_VERSION, "Unsupported protocol version");
        var data = ((ObjectNode) error.get("error")).putObject("data").put("requested", asked);
        supportedVersions().forEach(data.putArray("supported")::add);
        return refused(400, error);
    }

    protected List<String> supportedVersions() {
        return List.of(REVISION);
    }

    protected Answer methodHeaderWrong(Call call) {
        return call.header(Client.METHOD_HEADER).equals(Optional.of(call.called()))
                ? null
                : mismatch(call, "Mcp-Method is not the method of the message");
    }

    protected Answer nameHeaderWrong(Call call) {
        var name = params(call).path(NAMED.getOrDefault(call.called(), ""));
        return !name.isString()
                        || call.header(Client.NAME_HEADER)
                                .map(ModernToyServer::decoded)
                                .equals(Optional.of(name.asString()))
                ? null
                : mismatch(call, "Mcp-Name is not the name in the params");
    }

    protected Answer mismatch(Call call, String text) {
        return refused(400, error(call, HEADER_MISMATCH, text));
    }

    /** The value of a header that may be encoded; null where the encoding is broken. */
    protected static String decoded(String value) {
        if (!value.startsWith("=?base64?") || !value.endsWith("?=") || value.length() < 11) {
            return value;
        }
        try {
            return new String(
                    Base64.getDecoder().decode(value.substring(9, value.length() - 2)), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    // ---- what is answered ----

    /** Answers a request that carries all that it must. */
    protected Answer handle(Call call) throws Exception {
        return switch (call.called()) {
            case "server/discover" -> complete(call, cacheable(discovery(call)));
            case "tools/list" -> complete(call, cacheable(tools(call)));
            case "tools/call" -> modernTool(call);
            case "subscriptions/listen" -> listen(call);
            default -> unknownMethod(call);
        };
    }

    protected Answer unknownMethod(Call call) throws Exception {
        return refused(404, error(call, -32601, "Method not found"));
    }

    protected ObjectNode discovery(Call call) {
        var result = Json.object();
        supportedVersions().forEach(result.putArray("supportedVersions")::add);
        result.putObject("capabilities").putObject("tools").put("listChanged", true);
        return result;
    }

    protected ObjectNode tools(Call call) {
        var result = Json.object();
        var list = result.putArray("tools");
        for (var name : List.of("echo", "sleep")) {
            list.addObject().put("name", name).putObject("inputSchema").put("type", "object");
        }
        return result;
    }

    protected Answer modernTool(Call call) throws Exception {
        var arguments = params(call).path("arguments");
        return switch (params(call).path("name").asString("")) {
            case "echo" -> complete(call, text(arguments.path("message").asString("")));
            case "sleep" -> sleepOnStream(call, arguments.path("milliseconds").asLong(0));
            default -> unknownTool(call);
        };
    }

    protected Answer unknownTool(Call call) throws Exception {
        return reply(call, error(call, -32602, "Unknown tool"));
    }

    protected ObjectNode cacheable(ObjectNode result) {
        return result.put("ttlMs", 0).put("cacheScope", "public");
    }

    /** Answers with a result that is complete. */
    protected Answer complete(Call call, ObjectNode result) throws Exception {
        return reply(call, result(call, finished(call, result)));
    }

    /** Adds to a result what every result has. */
    protected ObjectNode finished(Call call, ObjectNode result) {
        result.put("resultType", "complete");
        var meta = result.path("_meta") instanceof ObjectNode given ? given : result.putObject("_meta");
        meta.putObject(Client.META_PREFIX + "serverInfo").put("name", "toy").put("version", "1");
        return result;
    }

    // ---- streams ----

    /** The reply to a request as an event stream. A write fails when the client has gone. */
    protected static final class Events implements AutoCloseable {
        private final OutputStream out;

        Events(Call call, Map<String, String> headers) {
            var exchange = call.exchange();
            headers.forEach((name, value) -> exchange.getResponseHeaders().put(new HttpString(name), value));
            out = exchange.getOutputStream();
        }

        public void send(JsonNode message) throws IOException {
            write("data: " + message + "\n\n");
        }

        public void keepAlive() throws IOException {
            write(":\n\n");
        }

        private void write(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }

    protected Map<String, String> streamHeaders() {
        return Map.of(Headers.CONTENT_TYPE_STRING, "text/event-stream", "X-Accel-Buffering", "no");
    }

    /** Sleeps, with progress where that was asked for, until the time is over or the client has gone. */
    protected Answer sleepOnStream(Call call, long millis) throws Exception {
        try (var events = new Events(call, streamHeaders())) {
            events.keepAlive();
            beforeSleep(call, events);
            var token = params(call).path("_meta").path("progressToken");
            long start = System.nanoTime();
            for (long slept = 0;
                    slept < millis && !isCancelled(call);
                    slept = (System.nanoTime() - start) / 1_000_000) {
                Thread.sleep(Math.min(50, millis - slept));
                if (token.isMissingNode()) {
                    events.keepAlive();
                } else {
                    events.send(progress(token, slept));
                }
            }
            events.send(
                    isCancelled(call) ? error(call, -32603, "Cancelled") : result(call, finished(call, text("slept"))));
            afterSleep(call, events);
        } catch (IOException e) {
            cancelled(call);
        }
        return null;
    }

    /** Called when the stream of a call is open. */
    protected void beforeSleep(Call call, Events events) throws Exception {
        // A right server has nothing to say yet.
    }

    /** Called when the response is out. */
    protected void afterSleep(Call call, Events events) throws Exception {
        // A right server has nothing more to say.
    }

    /** Called when a client closed the stream of a call. */
    protected void cancelled(Call call) {
        // The call has ended with its stream.
    }

    /** Whether a call was ended by something else than its stream's end. */
    protected boolean isCancelled(Call call) {
        return false;
    }

    protected static ObjectNode progress(JsonNode token, long progress) {
        var message = Json.notification("notifications/progress");
        message.putObject("params").put("progress", progress).set("progressToken", token);
        return message;
    }

    // ---- subscriptions ----

    /** Answers with a stream of the changes that were asked for. */
    protected Answer listen(Call call) throws Exception {
        if (!params(call).path("notifications").isObject()) {
            return refused(400, error(call, -32602, "notifications is missing"));
        }
        subscriptions.incrementAndGet();
        try (var events = new Events(call, streamHeaders())) {
            beforeAcknowledgement(call, events);
            var acknowledged = Json.notification("notifications/subscriptions/acknowledged");
            acknowledged
                    .putObject("params")
                    .set("notifications", honoured(params(call).get("notifications")));
            events.send(tagged(call, acknowledged));
            for (int round = 0; !closed; round++) {
                Thread.sleep(50);
                events.keepAlive();
                if (round == 1) {
                    changes(call, events);
                }
            }
            beforeEnd(call, events);
        } catch (IOException e) {
            // The subscription ends with its stream.
        } finally {
            subscriptions.decrementAndGet();
        }
        return null;
    }

    /** Called before the server ends a subscription because it ends itself. */
    protected void beforeEnd(Call call, Events events) throws Exception {
        var end = finished(call, Json.object());
        ((ObjectNode) end.get("_meta"))
                .set(Client.META_PREFIX + "subscriptionId", call.message().get("id"));
        events.send(result(call, end));
    }

    /** Ends the subscriptions in good order first. */
    @Override
    public void close() {
        closed = true;
        for (int rounds = 0; subscriptions.get() > 0 && rounds < 100; rounds++) {
            LockSupport.parkNanos(10_000_000);
        }
        super.close();
    }

    protected void beforeAcknowledgement(Call call, Events events) throws Exception {
        // A right server has nothing to say yet.
    }

    /** The part of a filter that this server offers. */
    protected ObjectNode honoured(JsonNode asked) {
        var honoured = Json.object();
        if (asked.path("toolsListChanged").asBoolean(false)) {
            honoured.put("toolsListChanged", true);
        }
        return honoured;
    }

    /** Tells a subscriber of changes. */
    protected void changes(Call call, Events events) throws Exception {
        if (params(call).path("notifications").path("toolsListChanged").asBoolean(false)) {
            events.send(tagged(call, Json.notification("notifications/tools/list_changed")));
        }
    }

    /** Adds to a notification the id of the subscription that it belongs to. */
    protected ObjectNode tagged(Call call, ObjectNode notification) {
        var params = notification.path("params") instanceof ObjectNode given ? given : notification.putObject("params");
        params.putObject("_meta")
                .set(Client.META_PREFIX + "subscriptionId", call.message().get("id"));
        return notification;
    }
}
