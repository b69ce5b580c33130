package dev.mcpsession.runner.probe;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mcpsession.conformance.protocol.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server whose sessions end in ways that are to be found out. */
class IdleToy implements AutoCloseable {
    protected record Session(long openedAt, long usedAt) {}

    protected final Map<String, Session> sessions = new LinkedHashMap<>();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    IdleToy() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/mcp");
    }

    synchronized int open() {
        return sessions.size();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    // ---- what differs ----

    /** Ends what is to end by now. */
    protected void reap(long now) {}

    protected void opened() {}

    protected int unknown() {
        return 404;
    }

    /** Ends sessions that are idle for so long, to the moment. */
    static IdleToy expiring(Duration idle) {
        return new IdleToy() {
            @Override
            protected void reap(long now) {
                sessions.values().removeIf(s -> now - s.usedAt() >= idle.toNanos());
            }
        };
    }

    // ---- the protocol ----

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = Json.read(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8))
                    .orElseGet(Json::object);
            var id = exchange.getRequestHeaders().getFirst("Mcp-Session-Id");
            synchronized (this) {
                long now = System.nanoTime();
                reap(now);
                var method = body.path("method").asString("");
                if (exchange.getRequestMethod().equals("GET") || method.equals("server/discover")) {
                    reply(exchange, 405, "");
                } else if (method.equals("initialize")) {
                    var fresh = UUID.randomUUID().toString();
                    sessions.put(fresh, new Session(now, now));
                    opened();
                    exchange.getResponseHeaders().add("Mcp-Session-Id", fresh);
                    var result = Json.object();
                    result.put(
                            "protocolVersion",
                            body.path("params").path("protocolVersion").asString(""));
                    result.putObject("capabilities");
                    result.putObject("serverInfo").put("name", "toy").put("version", "1");
                    result(exchange, body, result);
                } else if (id == null) {
                    reply(exchange, 400, "");
                } else if (!sessions.containsKey(id)) {
                    if (unknown() == 200) {
                        result(exchange, body, Json.object());
                    } else {
                        reply(exchange, unknown(), "");
                    }
                } else if (exchange.getRequestMethod().equals("DELETE")) {
                    sessions.remove(id);
                    reply(exchange, 204, "");
                } else {
                    sessions.computeIfPresent(id, (i, session) -> new Session(session.openedAt(), now));
                    if (!body.has("id")) {
                        reply(exchange, 202, "");
                    } else if (method.equals("tools/list")) {
                        result(exchange, body, Json.parse("""
                                {"tools": [{"name": "slow_wait", "inputSchema": {"type": "object",
                                     "required": ["delay_ms"],
                                 "properties": {"delay_ms": {"type": "integer"}}}}]}"""));
                    } else {
                        result(exchange, body, Json.object());
                    }
                }
            }
        }
    }

    private static void result(
            HttpExchange exchange, tools.jackson.databind.JsonNode request, tools.jackson.databind.JsonNode result)
            throws IOException {
        var message = Json.object().put("jsonrpc", "2.0");
        message.set("id", request.get("id"));
        message.set("result", result);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        reply(exchange, 200, message.toString());
    }

    private static void reply(HttpExchange exchange, int status, String body) throws IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
