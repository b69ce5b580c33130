package dev.mcpsession.server.protocol;

import static dev.mcpsession.server.protocol.RpcException.INVALID_PARAMS;
import static dev.mcpsession.server.protocol.RpcException.METHOD_NOT_FOUND;

import dev.mcpsession.server.protocol.Message.Request;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers requests of the revisions that begin with {@code initialize}. Knows neither HTTP nor sessions. */
public final class LegacyProtocol {

    /** The method that opens a session. */
    public static final String INITIALIZE = "initialize";

    /** The method by which a client says which log messages it wants. */
    public static final String SET_LEVEL = "logging/setLevel";

    /** The notification by which a client calls off a request of its own. */
    public static final String CANCELLED = "notifications/cancelled";

    /** The state that a client and the server have agreed on. */
    public interface Client {

        /** Returns the revision. */
        Revision revision();

        /** Returns the least of the log messages that the client wants. */
        LogLevel level();

        /** Remembers the least of the log messages that the client wants. */
        void level(LogLevel least);
    }

    private final Toolbox tools;

    public LegacyProtocol(Toolbox tools) {
        this.tools = tools;
    }

    /**
     * An opening that was accepted.
     *
     * @param revision what was agreed on
     * @param response the answer to the client
     */
    public record Opening(Revision revision, ObjectNode response) {}

    /**
     * Answers an {@code initialize} request. A client that asks for a revision that is not supported is offered the
     * latest one that is.
     *
     * @throws RpcException if the request lacks something that the lifecycle section requires
     */
    public Opening open(Request request) throws RpcException {
        var asked = request.params().get("protocolVersion");
        if (asked == null || !asked.isString()) {
            throw new RpcException(INVALID_PARAMS, "initialize: protocolVersion must be a string");
        }
        requireObject(request, "capabilities");
        var client = requireObject(request, "clientInfo");
        for (var field : new String[] {"name", "version"}) {
            if (!client.path(field).isString()) {
                throw new RpcException(INVALID_PARAMS, "initialize: clientInfo." + field + " must be a string");
            }
        }
        var revision = Era.LEGACY.legacy(asked.stringValue()).orElse(Revision.LATEST_LEGACY);
        return new Opening(revision, opened(request.id(), revision));
    }

    /** Returns the answer to the {@code initialize} request with this id, when that revision is agreed on. */
    public ObjectNode opened(JsonNode id, Revision revision) {
        var result = Json.object().put("protocolVersion", revision.label());
        result.set("capabilities", ServerInfo.capabilities());
        result.set("serverInfo", ServerInfo.describe());
        return Responses.result(id, result);
    }

    private static JsonNode requireObject(Request request, String field) throws RpcException {
        var value = request.params().get(field);
        if (value == null || !value.isObject()) {
            throw new RpcException(INVALID_PARAMS, "initialize: " + field + " must be an object");
        }
        return value;
    }

    /**
     * Starts to answer a request other than {@code initialize}.
     *
     * @param client what is known of the client since it opened
     * @param outlet the way to the client until the response
     * @return the complete response, be it a result or an error; fails only by being cancelled, which ends the work
     */
    public CompletableFuture<ObjectNode> answer(Request request, Client client, Outlet outlet) {
        try {
            return Responses.when(
                    request,
                    switch (request.method()) {
                        case "ping" -> CompletableFuture.completedFuture(Json.object());
                        case SET_LEVEL -> CompletableFuture.completedFuture(setLevel(request, client));
                        case "tools/list" -> CompletableFuture.completedFuture(tools.list(request.params()));
                        case "tools/call" -> tools.call(request.params(), client.revision(), outlet, client.level());
                        default -> throw new RpcException(METHOD_NOT_FOUND, "Method not found: " + request.method());
                    },
                    UnaryOperator.identity());
        } catch (RpcException e) {
            return CompletableFuture.completedFuture(Responses.error(request.id(), e));
        }
    }

    /** Returns the notification that the list of tools may be another one. */
    public static ObjectNode toolsChanged() {
        return Json.object().put("jsonrpc", "2.0").put("method", "notifications/tools/list_changed");
    }

    private static ObjectNode setLevel(Request request, Client client) throws RpcException {
        var level = LogLevel.of(request.params().path("level").asString(""));
        if (level == null) {
            throw new RpcException(INVALID_PARAMS, "logging/setLevel: level must be one of the eight levels");
        }
        client.level(level);
        return Json.object();
    }
}
