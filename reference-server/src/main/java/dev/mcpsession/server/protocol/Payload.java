package dev.mcpsession.server.protocol;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the body of a POST holds.
 *
 * @param messages the messages in their order; exactly one unless it is a batch
 * @param batch whether the body is an array
 */
public record Payload(List<Message> messages, boolean batch) {

    /** The most messages that a batch may hold. */
    static final int MAX_BATCH = 100;

    /** The longest id that a client may choose; it comes back in every message that is about the request. */
    static final int MAX_ID = 1_000;

    /**
     * Reads a body.
     *
     * @throws RpcException if it is not JSON, or not a JSON-RPC message or a batch of them
     */
    public static Payload parse(byte[] body) throws RpcException {
        JsonNode root;
        try {
            root = Json.read(body);
        } catch (JacksonException e) {
            throw new RpcException(RpcException.PARSE_ERROR, "Parse error: the body is not JSON");
        }
        if (root.isMissingNode()) {
            throw new RpcException(RpcException.PARSE_ERROR, "Parse error: the body is empty");
        }
        if (!root.isArray()) {
            return new Payload(List.of(message(root)), false);
        }
        if (root.isEmpty() || root.size() > MAX_BATCH) {
            throw invalid("a batch holds 1 to " + MAX_BATCH + " messages");
        }
        var messages = new ArrayList<Message>(root.size());
        for (var element : root) {
            messages.add(message(element));
        }
        return new Payload(List.copyOf(messages), true);
    }

    private static Message message(JsonNode node) throws RpcException {
        if (!(node instanceof ObjectNode object)) {
            throw invalid("a message is an object");
        }
        var version = object.get("jsonrpc");
        if (version == null || !version.isString() || !"2.0".equals(version.stringValue())) {
            throw invalid("jsonrpc must be \"2.0\"");
        }
        var method = object.get("method");
        var id = object.get("id");
        if (id != null && !id.isString() && !id.isIntegralNumber()) {
            throw invalid("id must be a string or an integer");
        }
        if (id != null && id.isString() && id.stringValue().length() > MAX_ID) {
            throw invalid("id is longer than " + MAX_ID + " characters");
        }
        if (method == null) {
            if (id == null || object.has("result") == object.has("error")) {
                throw invalid("neither a request, nor a notification, nor a response");
            }
            return new Message.Response(id);
        }
        if (!method.isString()) {
            throw invalid("method must be a string");
        }
        if (object.has("result") || object.has("error")) {
            throw invalid("a request has neither result nor error");
        }
        var params = object.get("params");
        if (params != null && !params.isObject()) {
            throw invalid("params must be an object");
        }
        var named = params == null ? Json.object() : (ObjectNode) params;
        return id == null
                ? new Message.Notification(method.stringValue(), named)
                : new Message.Request(id, method.stringValue(), named);
    }

    private static RpcException invalid(String why) {
        return new RpcException(RpcException.INVALID_REQUEST, "Invalid request: " + why);
    }
}
