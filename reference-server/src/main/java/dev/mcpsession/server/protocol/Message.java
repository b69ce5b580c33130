package dev.mcpsession.server.protocol;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One JSON-RPC message from a client. */
public sealed interface Message {

    /**
     * Expects a response.
     *
     * @param id a string or a number without a fraction, to be sent back as it came
     * @param params empty if the message has none
     */
    record Request(JsonNode id, String method, ObjectNode params) implements Message {}

    /**
     * Expects nothing.
     *
     * @param params empty if the message has none
     */
    record Notification(String method, ObjectNode params) implements Message {}

    /** Answers a request of the server's. */
    record Response(JsonNode id) implements Message {}
}
