package dev.mcpsession.server.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** A modern request, right in all parts until one is changed. */
final class Modern {

    static final String VERSION = "2026-07-28";
    static final String META = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" + VERSION
            + "\",\"io.modelcontextprotocol/clientInfo\":{\"name\":\"test\",\"version\":\"1\"},"
            + "\"io.modelcontextprotocol/clientCapabilities\":{}}";

    private final Map<String, String> headers = new LinkedHashMap<>();
    private String body;

    private Modern(String method, String params) {
        headers.put("Content-Type", "application/json");
        headers.put("Accept", Client.BOTH);
        headers.put("MCP-Protocol-Version", VERSION);
        headers.put("Mcp-Method", method);
        body = "{\"jsonrpc\":\"2.0\",\"id\":\"m1\",\"method\":\"" + method + "\",\"params\":{" + META
                + (params.isEmpty() ? "" : "," + params) + "}}";
    }

    static Modern request(String method) {
        return new Modern(method, "");
    }

    static Modern request(String method, String params) {
        return new Modern(method, params);
    }

    static Modern call(String tool, String arguments) {
        return new Modern("tools/call", "\"name\":\"" + tool + "\",\"arguments\":" + arguments)
                .header("Mcp-Name", tool);
    }

    static Modern listen(String notifications) {
        return new Modern("subscriptions/listen", "\"notifications\":" + notifications);
    }

    /** @param value null to leave the header out */
    Modern header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    Modern replace(String part, String by) {
        if (!body.contains(part)) {
            throw new IllegalArgumentException(part + " is not in " + body);
        }
        body = body.replace(part, by);
        return this;
    }

    Modern body(String whole) {
        body = whole;
        return this;
    }

    String body() {
        return body;
    }

    String[] headers() {
        return headers.entrySet().stream()
                .flatMap(header -> Stream.of(header.getKey(), header.getValue()))
                .toArray(String[]::new);
    }

    /** The request as it goes over the wire. */
    String raw() {
        var raw =
                new StringBuilder("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n");
        headers.forEach(
                (name, value) -> raw.append(name).append(": ").append(value).append("\r\n"));
        return raw + "\r\n" + body;
    }
}
