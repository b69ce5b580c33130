package dev.mcpsession.server.protocol;

import static dev.mcpsession.server.protocol.RpcException.INTERNAL_ERROR;
import static java.lang.System.Logger.Level.WARNING;

import dev.mcpsession.server.protocol.Message.Request;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes JSON-RPC responses. */
public final class Responses {

    private static final System.Logger LOG = System.getLogger(Responses.class.getName());

    private Responses() {}

    /** Returns the answer to a request that succeeded. */
    public static ObjectNode result(JsonNode id, ObjectNode result) {
        var response = Json.object().put("jsonrpc", "2.0");
        response.set("id", id);
        response.set("result", result);
        return response;
    }

    /** Returns the answer to a request that its client has cancelled, where there has to be one. */
    public static ObjectNode cancelled(JsonNode id) {
        return error(id, new RpcException(RpcException.REQUEST_CANCELLED, "Request cancelled"));
    }

    /**
     * Returns the answer to a request that failed.
     *
     * @param id null if it is not known which request that was; the response then has no id
     */
    public static ObjectNode error(@Nullable JsonNode id, RpcException failure) {
        var response = Json.object().put("jsonrpc", "2.0");
        if (id != null) {
            response.set("id", id);
        }
        var error = response.putObject("error").put("code", failure.code()).put("message", failure.message());
        if (failure.data() != null) {
            error.set("data", failure.data());
        }
        return response;
    }

    /**
     * Returns the answer to a request that is at work; cancelling it ends the work.
     *
     * @param finish what the revision adds to every result
     */
    static CompletableFuture<ObjectNode> when(
            Request request, CompletableFuture<ObjectNode> work, UnaryOperator<ObjectNode> finish) {
        // Not the request itself, whose parameters would be held in memory for as long as the work takes.
        var id = request.id();
        var method = request.method();
        if (work.isDone() && !work.isCompletedExceptionally()) {
            return CompletableFuture.completedFuture(result(id, finish.apply(work.join())));
        }
        var response = work.handle((result, failure) -> {
            if (failure == null) {
                return result(id, finish.apply(result));
            }
            if (!work.isCancelled()) {
                LOG.log(WARNING, "A call of " + method + " failed", failure);
            }
            return error(id, new RpcException(INTERNAL_ERROR, "Internal error"));
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
