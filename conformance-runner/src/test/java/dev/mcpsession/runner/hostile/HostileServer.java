package dev.mcpsession.runner.hostile;

import dev.mcpsession.conformance.protocol.Json;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A small server on a socket of its own, which answers as one behaviour says, byte by byte. Each connection serves one
 * request. It is no measure of anything: {@link Call#answer()} is right enough for the kit to go on.
 */
public final class HostileServer implements AutoCloseable {
    /** Answers a request. */
    @FunctionalInterface
    public interface Behaviour {
        void serve(Call call) throws IOException;
    }

    private final ServerSocket socket = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        var thread = new Thread(task, "hostile");
        thread.setDaemon(true);
        return thread;
    });
    private final AtomicInteger requests = new AtomicInteger();
    private final Behaviour behaviour;

    public HostileServer(Behaviour behaviour) throws IOException {
        this.behaviour = behaviour;
        threads.execute(this::accept);
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/mcp");
    }

    private void accept() {
        try {
            while (true) {
                var connection = socket.accept();
                threads.execute(() -> serve(connection));
            }
        } catch (IOException e) {
            // It is closed.
        }
    }

    private void serve(Socket connection) {
        try (connection;
                var in = new BufferedInputStream(connection.getInputStream());
                var out = new BufferedOutputStream(connection.getOutputStream())) {
            behaviour.serve(Call.read(requests.getAndIncrement(), in, out));
            out.flush();
        } catch (IOException | RuntimeException e) {
            // The kit has closed the connection, as it should, or sent what is no request, as it does.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        threads.shutdownNow();
    }

    /**
     * A request, and where its answer goes.
     *
     * @param number counts the requests of a server, from 0
     */
    public record Call(
            int number, String method, Map<String, String> headers, Optional<JsonNode> message, OutputStream out) {

        static Call read(int number, InputStream in, OutputStream out) throws IOException {
            var method = line(in).split(" ")[0];
            var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
            for (String line; !(line = line(in)).isEmpty(); ) {
                var parts = line.split(":", 2);
                headers.put(parts[0], parts[1].strip());
            }
            int length = Integer.parseInt(headers.getOrDefault("Content-Length", "0"));
            var body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
            return new Call(number, method, headers, Json.read(body).filter(JsonNode::isObject), out);
        }

        private static String line(InputStream in) throws IOException {
            var line = new StringBuilder();
            for (int b; (b = in.read()) != '\n'; ) {
                if (b < 0) {
                    throw new IOException("the end");
                }
                line.append((char) b);
            }
            return line.toString().strip();
        }

        String rpc() {
            return message.map(m -> m.path("method").asString("")).orElse("");
        }

        public boolean is(String rpc) {
            return rpc().equals(rpc);
        }

        boolean isNotification() {
            return message.isPresent() && !message.get().has("id");
        }

        /** Whether the request wants a response, and is none that opens a session. */
        boolean isQuestion() {
            return message.isPresent() && message.get().has("id") && !is("initialize");
        }

        /** A result to the request, to be filled. */
        ObjectNode response() {
            var response = Json.object().put("jsonrpc", "2.0");
            response.set("id", message.orElseThrow().get("id"));
            response.putObject("result");
            return response;
        }

        /** The answer of a right server, more or less. */
        public void answer() throws IOException {
            if (method.equals("GET")) {
                reply(405, "", "");
            } else if (!method.equals("POST")) {
                reply(200, "", "");
            } else if (message.isEmpty()) {
                reply(400, "", "");
            } else if (!message.get().has("id")) {
                reply(202, "", "");
            } else if (is("initialize")) {
                var response = response();
                var result = (ObjectNode) response.get("result");
                result.put("protocolVersion", "2025-11-25");
                result.putObject("capabilities").putObject("tools");
                result.putObject("serverInfo").put("name", "hostile").put("version", "1");
                reply(200, "Mcp-Session-Id: " + UUID.randomUUID() + "\r\n", response.toString());
            } else if (is("tools/list")) {
                var response = response();
                ((ObjectNode) response.get("result")).putArray("tools");
                reply(200, "", response.toString());
            } else {
                reply(200, "", response().toString());
            }
        }

        /** A whole reply in JSON. */
        void reply(int status, String headers, String body) throws IOException {
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            write(String.format(
                    Locale.ROOT,
                    "HTTP/1.1 %d Some\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%sConnection: close"
                            + "\r\n\r\n",
                    status,
                    bytes.length,
                    headers));
            out.write(bytes);
        }

        /** The head of an event stream. */
        void stream() throws IOException {
            write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
        }

        /** An event stream that repeats a text until nobody reads any more. */
        void endlessStream(String text) throws IOException {
            stream();
            endlessly(text);
        }

        void write(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }

        /** Writes a text again and again until nobody reads any more. */
        void endlessly(String text) throws IOException {
            var bytes = text.repeat(Math.max(1, 8192 / text.length())).getBytes(StandardCharsets.UTF_8);
            while (true) {
                out.write(bytes);
            }
        }
    }
}
