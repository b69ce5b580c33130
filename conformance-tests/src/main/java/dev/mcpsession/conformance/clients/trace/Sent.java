package dev.mcpsession.conformance.clients.trace;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * One event that a server sent on a stream.
 *
 * @param at when its last byte was handed to the network, in nanoseconds since the trace began
 * @param id its {@code id} field, if it had one
 * @param retryMillis its {@code retry} field, if it had a valid one
 * @param data its data; empty where it had none
 */
public record Sent(long at, Optional<String> id, Optional<Long> retryMillis, Body data) {
    /** The JSON-RPC message in it, if any. */
    public Optional<JsonNode> message() {
        return data.json().filter(JsonNode::isObject);
    }
}
