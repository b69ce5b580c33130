package dev.mcpsession.server.protocol;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The content of the body of a POST.
 *
 * @param messages the messages in their order; exactly one unless it is a batch
 * @param batch whether the body is an array
 */
public record Payload(List<Message> messages, boolean batch) {

    /** The most messages that a batch may hold. */
    static final int MAX_BATCH = 100;

    /**
     * Reads a body.
     *
     * @throws RpcException if it is not JSON in UTF-8, or not a JSON-RPC message or a batch of them; knows the request
     *         that is refused, if there is one and its id can be read
     */
    public static Payload parse(byte[] body) throws RpcException {
        if (isInOtherEncoding(body)) {
            throw new RpcException(RpcException.PARSE_ERROR, "Parse error: the body is not UTF-8");
        }
        JsonNode root;
        try {
            root = Json.read(body);
        } catch (JacksonException | NumberFormatException e) {
            // The latter for a number whose exponent is beyond what a number can have here.
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
            try {
                messages.add(message(element));
            } catch (RpcException e) {
                // It refuses the batch, and not that one message.
                throw e.to(null);
            }
        }
        return new Payload(List.copyOf(messages), true);
    }

    /** The JSON library would read UTF-16 and UTF-32 too. In both, the first character shows in the first bytes. */
    private static boolean isInOtherEncoding(byte[] body) {
        for (int i = 0; i < Math.min(body.length, 4); i++) {
            if (body[i] == 0) {
                return true;
            }
        }
        return body.length > 1 && (body[0] & 0xFF) >= 0xFE && (body[1] & 0xFF) >= 0xFE;
    }

    /** Returns the id of the request that the body holds; null if it holds another message, or is a batch. */
    public @Nullable JsonNode requestId() {
        return !batch && messages.get(0) instanceof Message.Request request ? request.id() : null;
    }

    private static Message message(JsonNode node) throws RpcException {
        if (!(node instanceof ObjectNode object)) {
            throw invalid("a message is an object");
        }
        try {
            return message(object);
        } catch (RpcException e) {
            var id = object.get("id");
            throw id != null && object.has("method") && Ids.hasForm(id) && !Ids.isTooLong(id) ? e.to(id) : e;
        }
    }

    private static Message message(ObjectNode object) throws RpcException {
        var version = object.get("jsonrpc");
        if (version == null || !version.isString() || !"2.0".equals(version.stringValue())) {
            throw invalid("jsonrpc must be \"2.0\"");
        }
        var method = object.get("method");
        var id = object.get("id");
        if (id != null && !Ids.hasForm(id)) {
            throw invalid("id must be a string or an integer");
        }
        if (id != null && Ids.isTooLong(id)) {
            throw invalid("id is longer than " + Ids.MAX_LENGTH + " characters");
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
