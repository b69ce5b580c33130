package dev.mcpsession.server.protocol;

import static dev.mcpsession.server.protocol.RpcException.INVALID_PARAMS;

import dev.mcpsession.server.protocol.Message.Request;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A {@link ModernProtocol#LISTEN} request: the notifications that its client wants, and the messages of its stream. */
public final class Subscription {

    private static final String TOOLS_CHANGED = "toolsListChanged";

    private final JsonNode id;
    private final boolean tools;

    private Subscription(JsonNode id, boolean tools) {
        this.id = id;
        this.tools = tools;
    }

    /**
     * Reads what the client wants to hear of.
     *
     * @throws RpcException if the request does not say, or not in the right form
     */
    public static Subscription of(Request request) throws RpcException {
        var wanted = request.params().get("notifications");
        if (wanted == null || !wanted.isObject()) {
            throw new RpcException(INVALID_PARAMS, "Invalid params: notifications must be an object");
        }
        var tools = wanted.get(TOOLS_CHANGED);
        if (tools != null && !tools.isBoolean()) {
            throw new RpcException(INVALID_PARAMS, "Invalid params: " + TOOLS_CHANGED + " must be true or false");
        }
        return new Subscription(request.id(), tools != null && tools.booleanValue());
    }

    /** Returns the first message of the stream: what of the client's wishes is granted. */
    public ObjectNode acknowledged() {
        var message = notification("notifications/subscriptions/acknowledged");
        var granted = message.get("params").asObject().putObject("notifications");
        if (tools) {
            granted.put(TOOLS_CHANGED, true);
        }
        return message;
    }

    /** Returns the message that the list of tools may be another one; null if the client did not ask for it. */
    public @Nullable ObjectNode toolsChanged() {
        return tools ? notification("notifications/tools/list_changed") : null;
    }

    /** Returns the last message of a stream that the server ends: the response to the request. */
    public ObjectNode ended() {
        var result = ModernProtocol.complete(Json.object());
        result.get("_meta").asObject().set(RequestMeta.SUBSCRIPTION_ID, id);
        return Responses.result(id, result);
    }

    private ObjectNode notification(String method) {
        var message = Json.object().put("jsonrpc", "2.0").put("method", method);
        message.putObject("params").putObject("_meta").set(RequestMeta.SUBSCRIPTION_ID, id);
        return message;
    }
}
