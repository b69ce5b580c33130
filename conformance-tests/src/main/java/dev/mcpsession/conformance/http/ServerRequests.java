package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.protocol.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers to the server's requests. A client gives one to each: a server may end the session of a client that does not
 * answer its pings (2025-11-25, utilities/ping, "Behavior Requirements").
 */
final class ServerRequests {
    private static final int METHOD_NOT_FOUND = -32601;

    private ServerRequests() {}

    /** The answer of a client that knows nothing but {@code ping} and has no roots. */
    static ObjectNode answer(JsonNode request) {
        var answer = Json.object().put("jsonrpc", "2.0");
        answer.set("id", request.get("id"));
        switch (request.path("method").asString("")) {
            case "ping" -> answer.putObject("result");
            case "roots/list" -> answer.putObject("result").putArray("roots");
            default -> answer.putObject("error").put("code", METHOD_NOT_FOUND).put("message", "Method not found");
        }
        return answer;
    }
}
