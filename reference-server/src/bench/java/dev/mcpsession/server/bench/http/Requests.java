package dev.mcpsession.server.bench.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/** The bytes of requests to one server. */
final class Requests {

    static final byte[] SESSION_ID = "mcp-session-id".getBytes(US_ASCII);
    private static final String REVISION = "2025-11-25";
    private static final byte[] RESULT = "\"result\"".getBytes(US_ASCII);

    private final String head;

    Requests(int port) {
        head = " /mcp HTTP/1.1\r\nHost: 127.0.0.1:" + port
                + "\r\nAccept: application/json, text/event-stream\r\nContent-Type: application/json\r\n";
    }

    ByteBuffer initialize() {
        return post(
                "",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"" + REVISION
                        + "\",\"capabilities\":{},\"clientInfo\":{\"name\":\"benchmark\",\"version\":\"1\"}}}");
    }

    ByteBuffer initialized(String session) {
        return post(in(session), "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    }

    ByteBuffer ping(String session) {
        return post(in(session), "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}");
    }

    ByteBuffer delete(String session) {
        return ByteBuffer.wrap(("DELETE" + head + in(session) + "\r\n").getBytes(US_ASCII));
    }

    private static String in(String session) {
        return "Mcp-Session-Id: " + session + "\r\nMCP-Protocol-Version: " + REVISION + "\r\n";
    }

    private ByteBuffer post(String fields, String body) {
        return ByteBuffer.wrap(
                ("POST" + head + fields + "Content-Length: " + body.length() + "\r\n\r\n" + body).getBytes(US_ASCII));
    }

    /** Checks that a request was answered with a result. */
    static void requireResult(Response response) {
        if (response.status() != 200 || !response.bodyContains(RESULT)) {
            throw new IllegalStateException("expected a result, but got:\n" + response);
        }
    }

    /** Checks that what needs no result was taken. */
    static void requireSuccess(Response response) {
        if (response.status() / 100 != 2) {
            throw new IllegalStateException("expected success, but got:\n" + response);
        }
    }

    static String sessionId(Response response) {
        requireResult(response);
        var id = response.header(SESSION_ID);
        if (id == null) {
            throw new IllegalStateException("expected a session id, but got:\n" + response);
        }
        return id;
    }
}
