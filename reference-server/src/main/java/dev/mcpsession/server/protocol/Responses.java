package dev.mcpsession.server.protocol;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes JSON-RPC responses. */
public final class Responses {

    private Responses() {
    }

    /** Returns the answer to a request that succeeded. */
    public static ObjectNode result(JsonNode id, ObjectNode result) {
        var response = Json.object().put("jsonrpc", "2.0");
        response.set("id", id);
        response.set("result", result);
        return response;
    }

    /**
     * Returns the answer to a request that failed.
     *
     * @param id null if it is not known which request that was; the response then has no id
     */
    public static ObjectNode error(JsonNode id, int code, String message) {
        var response = Json.object().put("jsonrpc", "2.0");
        if (id != null) {
            response.set("id", id);
        }
        response.putObject("error").put("code", code).put("message", message);
        return response;
    }
}
