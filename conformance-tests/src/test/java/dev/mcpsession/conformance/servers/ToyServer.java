package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.ServerLauncher;
import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.AttachmentKey;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A right server, written apart from the reference server and as plainly as can be, so that the suite is checked
 * against two independent servers. Every decision is a method: a wrong server overrides one of them.
 */
public class ToyServer implements ServerLauncher.Serving {
    public static final String SESSION_HEADER = "Mcp-Session-Id";
    private static final AttachmentKey<Boolean> IN_BATCH = AttachmentKey.create(Boolean.class);

    /** A request, read whole. */
    public record Call(HttpServerExchange exchange, String method, JsonNode message, String body) {
        public Optional<String> header(String name) {
            return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
        }

        public Optional<String> sessionId() {
            return header(SESSION_HEADER);
        }

        public String called() {
            return message == null ? "" : message.path("method").asString("");
        }

        public boolean isRequest() {
            return message != null && message.isObject() && message.has("method") && message.has("id");
        }
    }

    /** A reply that is sent whole. */
    public record Answer(int status, Map<String, String> headers, String body) {
        public static Answer of(int status) {
            return new Answer(status, Map.of(), "");
        }

        public static Answer json(int status, JsonNode body) {
            return new Answer(status, Map.of("Content-Type", "application/json"), body.toString());
        }

        public static Answer error(int status, int code, String message) {
            var body = Json.object().put("jsonrpc", "2.0").putNull("id");
            body.putObject("error").put("code", code).put("message", message);
            return json(status, body);
        }

        /** An event stream that ends at once. */
        public static Answer stream(String text) {
            return new Answer(200, Map.of("Content-Type", "text/event-stream"), text);
        }

        public Answer with(String header, String value) {
            var all = new LinkedHashMap<>(headers);
            all.put(header, value);
            return new Answer(status, all, body);
        }
    }

    /** A session. */
    public static final class ToySession {
        public final String id;
        public final String version;
        public final long openedAt = System.nanoTime();
        public volatile long quietSince = System.nanoTime();
        private int open;
        private boolean ended;
        private final CountDownLatch end = new CountDownLatch(1);

        public ToySession(String id, String version) {
            this.id = id;
            this.version = version;
        }

        /** Counts an exchange in; false if the session has ended. */
        public synchronized boolean enter() {
            if (ended) {
                return false;
            }
            open++;
            return true;
        }

        public synchronized void leave() {
            open--;
            quietSince = System.nanoTime();
        }

        public synchronized boolean end(boolean onlyIfIdleSince, long moment) {
            if (ended || onlyIfIdleSince && (open > 0 || quietSince - moment > 0)) {
                return false;
            }
            ended = true;
            end.countDown();
            return true;
        }

        public synchronized int open() {
            return open;
        }

        /** Waits for the end of the session; true if it came. */
        public boolean awaitEnd(long millis) throws InterruptedException {
            return end.await(millis, TimeUnit.MILLISECONDS);
        }
    }

    /** Shared by all toys: hundreds are started in a build, and handlers block. */
    private static final ExecutorService THREADS = Executors.newCachedThreadPool(task -> {
        var thread = new Thread(task, "toy");
        thread.setDaemon(true);
        return thread;
    });

    protected final Map<String, ToySession> sessions;
    /** Null where sessions never expire. */
    protected Duration idleTimeout;

    protected boolean stateless;
    /** The number of nodes that the server plays: each listens by itself, and all share everything. */
    protected int nodes = 1;

    private Undertow undertow;
    private ScheduledExecutorService reaper;
    protected volatile boolean closed;

    public ToyServer() {
        this(new ConcurrentHashMap<>());
    }

    /** One of several nodes, which share their sessions. */
    protected ToyServer(Map<String, ToySession> sessions) {
        this.sessions = sessions;
    }

    // ---- life ----

    /**
     * Starts a server.
     *
     * @throws IllegalArgumentException if it refuses the settings
     */
    public static <S extends ToyServer> S start(Supplier<S> kind, LaunchSettings settings) {
        ToyServer server = kind.get();
        server.configure(settings);
        server.serve();
        @SuppressWarnings("unchecked")
        var started = (S) server;
        return started;
    }

    /** Starts servers of a kind. */
    public static ServerLauncher launcher(Supplier<? extends ToyServer> kind) {
        return settings -> {
            try {
                return start(kind, settings);
            } catch (IllegalArgumentException e) {
                return new ServerLauncher.Refused("refused its configuration", String.valueOf(e.getMessage()));
            }
        };
    }

    protected void configure(LaunchSettings settings) {
        stateless = settings.stateless();
        if (settings.idleTimeout().isPresent()) {
            var text = settings.idleTimeout().get().milliseconds();
            long millis;
            try {
                millis = Long.parseLong(text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("the idle timeout must be a number of milliseconds, not " + text, e);
            }
            if (millis <= 0) {
                throw new IllegalArgumentException("the idle timeout must be positive, not " + millis);
            }
            if (stateless) {
                throw new IllegalArgumentException("an idle timeout makes no sense in stateless mode");
            }
            idleTimeout = Duration.ofMillis(millis);
        }
    }

    private void serve() {
        var builder = Undertow.builder()
                .setIoThreads(2)
                .setWorkerThreads(1)
                .setHandler(exchange -> exchange.dispatch(THREADS, blocking -> {
                    blocking.startBlocking();
                    serve(blocking);
                }));
        listen(builder);
        undertow = builder.build();
        undertow.start();
        reaper = Executors.newSingleThreadScheduledExecutor(task -> {
            var thread = new Thread(task, "toy-reaper");
            thread.setDaemon(true);
            return thread;
        });
        reaper.scheduleWithFixedDelay(this::reap, 10, 10, TimeUnit.MILLISECONDS);
    }

    /** Says where and how to listen. */
    protected void listen(Undertow.Builder builder) {
        for (int i = 0; i < nodes; i++) {
            builder.addHttpListener(0, "127.0.0.1");
        }
    }

    /** The number of the node that a call has come to, from 0 on. */
    protected int nodeOf(Call call) {
        var local = (InetSocketAddress) call.exchange().getConnection().getLocalAddress();
        return nodeUris().stream().map(URI::getPort).toList().indexOf(local.getPort());
    }

    /** Where the nodes are. */
    public List<URI> nodeUris() {
        return undertow.getListenerInfo().stream()
                .map(i -> URI.create(
                        i.getProtcol() + "://127.0.0.1:" + ((InetSocketAddress) i.getAddress()).getPort() + "/mcp"))
                .toList();
    }

    /** A server that plays so many nodes. */
    public static <S extends ToyServer> S onNodes(int count, S server) {
        server.nodes = count;
        return server;
    }

    @Override
    public URI uri() {
        var listener = undertow.getListenerInfo().get(0);
        var address = (InetSocketAddress) listener.getAddress();
        return URI.create(listener.getProtcol() + "://127.0.0.1:" + address.getPort() + "/mcp");
    }

    @Override
    public String output() {
        return "";
    }

    @Override
    public void close() {
        closed = true;
        reaper.shutdownNow();
        sessions.values().forEach(s -> s.end(false, 0));
        undertow.stop();
    }

    /** Ends as a process does: connections are closed, and no other is taken. */
    protected void depart() {
        undertow.stop();
    }

    /** How many sessions there are. */
    public int openSessions() {
        return sessions.size();
    }

    // ---- time ----

    /** Ends what has expired; called every few milliseconds. */
    protected void reap() {
        if (idleTimeout != null) {
            sessions.values().forEach(this::reapIfIdle);
        }
    }

    protected void reapIfIdle(ToySession session) {
        if (session.end(true, System.nanoTime() - idleTimeout.toNanos())) {
            forget(session);
        }
    }

    /** A session has ended: its id must be forgotten. */
    protected void forget(ToySession session) {
        sessions.remove(session.id);
    }

    // ---- HTTP ----

    private void serve(HttpServerExchange exchange) throws Exception {
        var body = new String(read(exchange), StandardCharsets.UTF_8);
        var call = new Call(
                exchange,
                exchange.getRequestMethod().toString(),
                Json.read(body).orElse(null),
                body);
        var answer = answer(call);
        if (answer != null) {
            write(exchange, answer);
        }
    }

    /** Reads the body of a request. */
    protected byte[] read(HttpServerExchange exchange) throws IOException {
        return exchange.getInputStream().readAllBytes();
    }

    /** Answers a request; null if the answer has been streamed. */
    protected Answer answer(Call call) throws Exception {
        if (!allowed(call)) {
            return Answer.error(403, -32000, "Forbidden origin");
        }
        if (!serves(call.exchange().getHostName())) {
            return Answer.error(403, -32000, "Forbidden host");
        }
        if (!supports(call)) {
            return Answer.error(400, -32000, "Unsupported protocol version");
        }
        return switch (call.method()) {
            case "POST" -> post(call);
            case "GET" -> stateless ? notAllowed() : in(call, session -> get(call, session));
            case "DELETE" -> stateless ? notAllowed() : delete(call);
            default -> notAllowed();
        };
    }

    /** Whether a request may come in by its Origin, if it has one. */
    protected boolean allowed(Call call) {
        var origin = call.header("Origin");
        return origin.isEmpty() || allowed(origin.get());
    }

    protected boolean allowed(String origin) {
        return isLocal(URI.create(origin).getHost());
    }

    /** Whether requests for a host are served. */
    protected boolean serves(String host) {
        return isLocal(host);
    }

    private static boolean isLocal(String host) {
        return "127.0.0.1".equals(host) || "localhost".equals(host);
    }

    /** Whether a request is served by its version header, if it has one. */
    protected boolean supports(Call call) {
        var version = call.header("MCP-Protocol-Version");
        return version.isEmpty() || supports(version.get());
    }

    protected boolean supports(String version) {
        return Revision.find(version).map(Revision::isLegacy).orElse(false);
    }

    protected Answer notAllowed() {
        return Answer.of(405).with("Allow", stateless ? "POST" : "POST, GET, DELETE");
    }

    protected Answer post(Call call) throws Exception {
        if (call.message() == null) {
            return Answer.error(400, -32700, "Parse error");
        }
        if (call.message().isArray()) {
            return batch(call);
        }
        if (!call.message().isObject()
                || !"2.0".equals(call.message().path("jsonrpc").asString(""))) {
            return Answer.error(400, -32600, "Invalid request");
        }
        if (call.called().equals("initialize") && call.isRequest()) {
            return initialize(call);
        }
        return stateless ? serve(call, null) : in(call, session -> serve(call, session));
    }

    protected Answer batch(Call call) throws Exception {
        call.exchange().putAttachment(IN_BATCH, true);
        return stateless ? batch(call, null) : in(call, session -> batch(call, session));
    }

    /** Whether a message is one of a batch, so that its answer is not sent by itself. */
    protected static boolean inBatch(Call call) {
        return call.exchange().getAttachment(IN_BATCH) != null;
    }

    private Answer batch(Call call, ToySession session) throws Exception {
        var first = Revision.V2025_03_26.wire();
        var version = session == null ? call.header("MCP-Protocol-Version").orElse(first) : session.version;
        if (!version.equals(first) || call.message().isEmpty()) {
            return Answer.error(400, -32600, "No batches");
        }
        var responses = new ArrayList<JsonNode>();
        for (var message : call.message()) {
            var single = new Call(call.exchange(), call.method(), message, message.toString());
            var answer = serve(single, session);
            if (single.isRequest()) {
                responses.add(Json.parse(answer.body()));
            }
        }
        return responses.isEmpty()
                ? Answer.of(202)
                : new Answer(200, Map.of("Content-Type", "application/json"), responses.toString());
    }

    protected Answer initialize(Call call) throws Exception {
        var params = call.message().path("params");
        if (!params.path("protocolVersion").isString()) {
            return reply(call, error(call, -32602, "protocolVersion is missing"));
        }
        var version = negotiated(call);
        var result = initializeResult(version);
        describe(result);
        var answer = reply(call, result(call, result));
        return stateless ? answer : answer.with(SESSION_HEADER, openSession(version).id);
    }

    private String negotiated(Call call) {
        var asked = call.message().path("params").path("protocolVersion").asString("");
        return supports(asked) ? asked : Revision.V2025_11_25.wire();
    }

    private static ObjectNode initializeResult(String version) {
        var result = Json.object().put("protocolVersion", version);
        result.putObject("capabilities").putObject("tools");
        result.putObject("serverInfo").put("name", "toy").put("version", "1");
        return result;
    }

    /** Adds to what initialize tells of the server. */
    protected void describe(ObjectNode result) {
        // The plain server has no more to tell.
    }

    protected ToySession openSession(String version) {
        var session = new ToySession(newId(), version);
        sessions.put(session.id, session);
        return session;
    }

    /** For variants that take an initialize in a session for a beginning of that session. */
    protected Answer again(Call call, ToySession session) throws Exception {
        return reply(call, result(call, initializeResult(negotiated(call)))).with(SESSION_HEADER, session.id);
    }

    protected String newId() {
        return UUID.randomUUID().toString();
    }

    /** Handles a request in a session. */
    protected interface InSession {
        Answer apply(ToySession session) throws Exception;
    }

    /** Finds the session of a call and holds its clock while the action runs. */
    protected Answer in(Call call, InSession action) throws Exception {
        if (call.sessionId().isEmpty()) {
            return missingId(call);
        }
        var session = find(call);
        if (session == null || !enter(session)) {
            return unknownId(call);
        }
        try {
            return action.apply(session);
        } finally {
            leave(session);
        }
    }

    protected boolean enter(ToySession session) {
        return session.enter();
    }

    protected void leave(ToySession session) {
        session.leave();
    }

    protected ToySession find(Call call) {
        var ids = call.exchange().getRequestHeaders().get(SESSION_HEADER);
        return ids.size() == 1 ? sessions.get(ids.getFirst()) : null;
    }

    protected Answer missingId(Call call) {
        return Answer.error(400, -32000, "Bad Request: Mcp-Session-Id header is required");
    }

    protected Answer unknownId(Call call) {
        return Answer.error(404, -32001, "Session not found");
    }

    /** Answers DELETE: the first succeeds, the next find nothing. */
    protected Answer delete(Call call) throws Exception {
        if (call.sessionId().isEmpty()) {
            return missingId(call);
        }
        var session = find(call);
        if (session == null || !session.end(false, 0)) {
            return unknownId(call);
        }
        forget(session);
        return Answer.of(204);
    }

    /** Answers a message in a session, or without one in stateless mode. */
    protected Answer serve(Call call, ToySession session) throws Exception {
        if (!call.isRequest()) {
            return accepted(call, session);
        }
        return switch (call.called()) {
            case "ping" -> reply(call, result(call, Json.object()));
            case "tools/list" -> listTools(call);
            case "tools/call" -> callTool(call, session);
            case "initialize" -> reply(call, error(call, -32600, "The session is initialized already"));
            default -> reply(call, error(call, -32601, "Method not found"));
        };
    }

    /** Answers a notification or a response. */
    protected Answer accepted(Call call, ToySession session) {
        return Answer.of(202);
    }

    protected Answer listTools(Call call) throws Exception {
        return reply(call, result(call, tools()));
    }

    protected static ObjectNode tools() {
        var result = Json.object();
        var list = result.putArray("tools");
        for (var name : List.of("echo", "sleep")) {
            list.addObject().put("name", name).putObject("inputSchema").put("type", "object");
        }
        return result;
    }

    protected Answer callTool(Call call, ToySession session) throws Exception {
        var params = call.message().path("params");
        var arguments = params.path("arguments");
        return switch (params.path("name").asString("")) {
            case "echo" ->
                reply(call, result(call, text(arguments.path("message").asString(""))));
            case "sleep" ->
                sleep(call, session, arguments.path("milliseconds").asLong(0))
                        ? reply(call, result(call, text("slept")))
                        : reply(call, error(call, -32000, "Session terminated"));
            default -> reply(call, error(call, -32602, "Unknown tool"));
        };
    }

    /** Waits, but not beyond the end of the session; false if that came first. */
    protected boolean sleep(Call call, ToySession session, long millis) throws InterruptedException {
        if (session == null) {
            Thread.sleep(millis);
            return true;
        }
        return !session.awaitEnd(millis);
    }

    /** Answers GET with a stream that ends with the session. */
    protected Answer get(Call call, ToySession session) throws Exception {
        var exchange = call.exchange();
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
        OutputStream out = exchange.getOutputStream();
        try {
            do {
                out.write(": keep-alive\n\n".getBytes(StandardCharsets.UTF_8));
                out.flush();
            } while (!closed && !session.awaitEnd(50));
            out.close();
        } catch (IOException e) {
            // The client went away.
        }
        return null;
    }

    // ---- messages ----

    protected static ObjectNode text(String text) {
        var result = Json.object();
        result.putArray("content").addObject().put("type", "text").put("text", text);
        return result;
    }

    protected static ObjectNode result(Call call, JsonNode result) {
        var message = Json.object().put("jsonrpc", "2.0");
        message.set("id", call.message().get("id"));
        message.set("result", result);
        return message;
    }

    protected static ObjectNode error(Call call, int code, String text) {
        var message = Json.object().put("jsonrpc", "2.0");
        message.set("id", call.message().get("id"));
        message.putObject("error").put("code", code).put("message", text);
        return message;
    }

    /** Answers a request with a response message. */
    protected Answer reply(Call call, ObjectNode message) throws Exception {
        return Answer.json(200, message);
    }

    /** Sends a reply that is complete. */
    protected void write(HttpServerExchange exchange, Answer answer) throws IOException {
        exchange.setStatusCode(answer.status());
        answer.headers().forEach((name, value) -> exchange.getResponseHeaders().put(new HttpString(name), value));
        if (!answer.body().isEmpty()) {
            exchange.getOutputStream().write(answer.body().getBytes(StandardCharsets.UTF_8));
        }
        exchange.endExchange();
    }
}
