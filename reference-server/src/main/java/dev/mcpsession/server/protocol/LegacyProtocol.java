package dev.mcpsession.server.protocol;

import static dev.mcpsession.server.protocol.RpcException.INTERNAL_ERROR;
import static dev.mcpsession.server.protocol.RpcException.INVALID_PARAMS;
import static dev.mcpsession.server.protocol.RpcException.METHOD_NOT_FOUND;
import static java.lang.System.Logger.Level.WARNING;

import dev.mcpsession.server.protocol.Message.Request;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the server answers in the revisions that begin with {@code initialize}. Knows neither HTTP nor sessions. */
public final class LegacyProtocol {

    /** The method that opens a session. */
    public static final String INITIALIZE = "initialize";

    /** The notification by which a client calls off a request of its own. */
    public static final String CANCELLED = "notifications/cancelled";

    private static final System.Logger LOG = System.getLogger(LegacyProtocol.class.getName());

    private LegacyProtocol() {
    }

    /**
     * An opening that was accepted.
     *
     * @param revision what was agreed on
     * @param response the answer to the client
     */
    public record Opening(Revision revision, ObjectNode response) {
    }

    /**
     * Answers an {@code initialize} request. A client that asks for a revision that is not supported is offered the
     * latest one that is.
     *
     * @throws RpcException if the request lacks something that the lifecycle section requires
     */
    public static Opening open(Request request) throws RpcException {
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
        var revision = Revision.of(asked.stringValue()).orElse(Revision.LATEST);
        var result = Json.object().put("protocolVersion", revision.label());
        result.putObject("capabilities").putObject("tools");
        result.set("serverInfo", ServerInfo.describe());
        return new Opening(revision, Responses.result(request.id(), result));
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
     * @return the complete response, be it a result or an error; fails only by being cancelled, which ends the work
     */
    public static CompletableFuture<ObjectNode> answer(Request request, Revision revision) {
        try {
            return switch (request.method()) {
                case "ping" -> done(request, Json.object());
                case "tools/list" -> done(request, listTools(request));
                case "tools/call" -> callTool(request, revision);
                default -> throw new RpcException(METHOD_NOT_FOUND, "Method not found: " + request.method());
            };
        } catch (RpcException e) {
            return CompletableFuture.completedFuture(Responses.error(request.id(), e.code(), e.getMessage()));
        }
    }

    private static CompletableFuture<ObjectNode> done(Request request, ObjectNode result) {
        return CompletableFuture.completedFuture(Responses.result(request.id(), result));
    }

    private static ObjectNode listTools(Request request) throws RpcException {
        if (request.params().has("cursor")) {
            throw new RpcException(INVALID_PARAMS, "tools/list: unknown cursor; the list has one page");
        }
        var result = Json.object();
        var tools = result.putArray("tools");
        for (var tool : Tools.ALL) {
            tools.add(tool.description());
        }
        return result;
    }

    private static CompletableFuture<ObjectNode> callTool(Request request, Revision revision) throws RpcException {
        var name = request.params().get("name");
        if (name == null || !name.isString()) {
            throw new RpcException(INVALID_PARAMS, "tools/call: name must be a string");
        }
        var tool = Tools.find(name.stringValue());
        if (tool == null) {
            throw new RpcException(INVALID_PARAMS, "Unknown tool: " + name.stringValue());
        }
        var arguments = request.params().get("arguments");
        if (arguments != null && !arguments.isObject()) {
            throw new RpcException(INVALID_PARAMS, "tools/call: arguments must be an object");
        }
        CompletableFuture<ObjectNode> work;
        try {
            work = tool.call(arguments == null ? Json.object() : (ObjectNode) arguments);
        } catch (Tool.BadArguments e) {
            if (!revision.reportsBadArgumentsInResult()) {
                throw new RpcException(INVALID_PARAMS, "Invalid arguments for " + tool.name() + ": " + e.getMessage());
            }
            return done(request, Tools.text(e.getMessage(), true));
        }
        var response = work.handle((result, failure) -> {
            if (failure == null) {
                return Responses.result(request.id(), result);
            }
            if (!work.isCancelled()) {
                LOG.log(WARNING, "The tool " + tool.name() + " failed", failure);
            }
            return Responses.error(request.id(), INTERNAL_ERROR, "Internal error");
        });
        // Cancelling a dependent stage does not reach the work by itself.
        response.whenComplete((done, failure) -> {
            if (response.isCancelled()) {
                work.cancel(false);
            }
        });
        return response;
    }
}
