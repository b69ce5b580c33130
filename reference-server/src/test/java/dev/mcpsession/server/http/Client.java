package dev.mcpsession.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client that sends what it is told to, and leaves all judgement to the test. */
final class Client {

    static final String BOTH = "application/json, text/event-stream";
    static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}";
    static final String INITIALIZED = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    static {
        // For machines that are busy with something else.
        Awaitility.setDefaultTimeout(PATIENCE);
    }

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI uri;

    private final String authorization;

    Client(URI uri) {
        this(uri, null);
    }

    /** @param authorization the header of this name, to be sent with each request; null for none */
    Client(URI uri, String authorization) {
        this.uri = uri;
        this.authorization = authorization;
    }

    static String initialize(String revision) {
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"" + revision
                + "\",\"capabilities\":{},\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}";
    }

    static String call(Object id, String tool, String arguments) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                + "\",\"arguments\":" + arguments + "}}";
    }

    static String sleep(Object id, int millis) {
        return call(id, "sleep", "{\"milliseconds\":" + millis + "}");
    }

    /** @param headers names and values by turns; a null value leaves the header out */
    private HttpRequest.Builder request(String... headers) {
        var request = HttpRequest.newBuilder(uri).timeout(PATIENCE);
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        for (int i = 0; i < headers.length; i += 2) {
            if (headers[i + 1] != null) {
                request.header(headers[i], headers[i + 1]);
            }
        }
        return request;
    }

    HttpResponse<String> send(String method, String body, String... headers) throws Exception {
        var publisher = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
        return http.send(request(headers).method(method, publisher).build(), BodyHandlers.ofString());
    }

    private static String[] postHeaders(String id, String... more) {
        String[] usual = {"Content-Type", "application/json", "Accept", BOTH, "Mcp-Session-Id", id};
        var all = Arrays.copyOf(usual, usual.length + more.length);
        System.arraycopy(more, 0, all, usual.length, more.length);
        return all;
    }

    HttpResponse<String> post(String id, String body, String... more) throws Exception {
        return send("POST", body, postHeaders(id, more));
    }

    CompletableFuture<HttpResponse<String>> postLater(String id, String body) {
        return http.sendAsync(
                request(postHeaders(id)).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    HttpResponse<String> delete(String id) throws Exception {
        return send("DELETE", null, "Mcp-Session-Id", id);
    }

    HttpResponse<InputStream> sendForStream(String body, String... headers) throws Exception {
        return http.send(request(headers).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofInputStream());
    }

    /** Opens a stream; returns as soon as its head has come. */
    HttpResponse<InputStream> stream(String id) throws Exception {
        return resume(id, null);
    }

    /** Opens a stream from after the given event on; returns as soon as its head has come. */
    HttpResponse<InputStream> resume(String id, String lastEvent) throws Exception {
        return http.send(
                request("Accept", "text/event-stream", "Mcp-Session-Id", id, "Last-Event-ID", lastEvent)
                        .build(),
                BodyHandlers.ofInputStream());
    }

    HttpResponse<InputStream> postStream(String id, String body) throws Exception {
        return http.send(
                request(postHeaders(id)).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofInputStream());
    }

    /** Opens a session, as far as the answer to initialize, and returns its id. */
    String open(String revision) throws Exception {
        return post(null, initialize(revision))
                .headers()
                .firstValue("Mcp-Session-Id")
                .orElseThrow();
    }

    String open() throws Exception {
        return open("2025-11-25");
    }

    /** Reads the messages of a response, whether they came as JSON or as events. */
    static List<JsonNode> messages(HttpResponse<String> response) {
        if (response.headers().firstValue("Content-Type").orElse("").equals("application/json")) {
            return List.of(JsonMapper.shared().readTree(response.body()));
        }
        return messagesIn(response.body());
    }

    /** Reads the messages of an event stream; an event without data has none. */
    static List<JsonNode> messagesIn(String events) {
        return events.lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> JsonMapper.shared().readTree(line.substring(6)))
                .toList();
    }

    /** Reads an event stream to its end. */
    static List<JsonNode> rest(HttpResponse<InputStream> stream) throws IOException {
        return messagesIn(new String(stream.body().readAllBytes(), StandardCharsets.UTF_8));
    }

    static JsonNode message(HttpResponse<String> response) {
        return messages(response).get(0);
    }

    /** A connection of its own, for what an HTTP client refuses to send. */
    Socket connect() throws IOException {
        var socket = new Socket(uri.getHost(), uri.getPort());
        socket.setSoTimeout((int) PATIENCE.toMillis());
        return socket;
    }

    static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    /** Reads from a socket up to and including the given text. */
    static String readUntil(Socket socket, String end) throws IOException {
        var read = new StringBuilder();
        while (read.indexOf(end, read.length() - end.length()) < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("the connection ended after: " + read);
            }
            read.append((char) next);
        }
        return read.toString();
    }
}
