package dev.mcpsession.server.protocol;

import static dev.mcpsession.server.protocol.RpcException.INVALID_PARAMS;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The tools of a server, which exist to observe sessions with, and the two methods that are about them. */
public final class Toolbox {

    /** In the order in which they are listed, which never changes. */
    private final List<Tool> tools;

    private final LongAdder running = new LongAdder();
    private final LongAdder finished = new LongAdder();
    private final LongAdder cancelled = new LongAdder();

    public Toolbox(Changes changes) {
        tools = List.of(new EchoTool(), new SleepTool(), new CountTool(), new PollTool(), new AnnounceTool(changes));
    }

    /** Returns what has become of the calls so far. */
    public CallCounts counts() {
        return new CallCounts(running.sum(), finished.sum(), cancelled.sum());
    }

    /** Answers {@code tools/list}. */
    ObjectNode list(ObjectNode params) throws RpcException {
        if (params.has("cursor")) {
            throw new RpcException(INVALID_PARAMS, "tools/list: unknown cursor; the list has one page");
        }
        var result = Json.object();
        var list = result.putArray("tools");
        tools.forEach(tool -> list.add(tool.schema().entry()));
        return result;
    }

    /**
     * Starts what {@code tools/call} asks for.
     *
     * @param threshold the least of the log messages that the client wants; null if it wants none
     * @return the result of the call; cancelling it ends the work
     */
    CompletableFuture<ObjectNode> call(
            ObjectNode params, Revision revision, Outlet outlet, @Nullable LogLevel threshold) throws RpcException {
        var name = params.get("name");
        if (name == null || !name.isString()) {
            throw new RpcException(INVALID_PARAMS, "tools/call: name must be a string");
        }
        var tool = find(name.stringValue());
        var arguments = params.get("arguments");
        if (arguments != null && !arguments.isObject()) {
            throw new RpcException(INVALID_PARAMS, "tools/call: arguments must be an object");
        }
        try {
            return counted(tool.call(
                    arguments == null ? Json.object() : (ObjectNode) arguments,
                    new Reporter(outlet, params, threshold)));
        } catch (Tool.BadArguments e) {
            if (!revision.reportsBadArgumentsInResult()) {
                throw new RpcException(
                        INVALID_PARAMS, "Invalid arguments for " + tool.schema().name() + ": " + e.getMessage());
            }
            return CompletableFuture.completedFuture(Tool.text(String.valueOf(e.getMessage()), true));
        }
    }

    /**
     * Returns the arguments of a call that a modern client repeats in headers, by the names of those; a missing node
     * for one that was left out.
     */
    Map<String, JsonNode> mirrored(ObjectNode params) {
        var values = new LinkedHashMap<String, JsonNode>();
        for (var tool : tools) {
            if (tool.schema().name().equals(params.path("name").asString(""))) {
                tool.schema()
                        .mirrored()
                        .forEach((header, argument) ->
                                values.put(header, params.path("arguments").path(argument)));
            }
        }
        return values;
    }

    private Tool find(String name) throws RpcException {
        for (var tool : tools) {
            if (tool.schema().name().equals(name)) {
                return tool;
            }
        }
        throw new RpcException(INVALID_PARAMS, "Unknown tool: " + name);
    }

    /** Returns the same call, which counts as over before anybody hears of its result. */
    private CompletableFuture<ObjectNode> counted(CompletableFuture<ObjectNode> call) {
        running.increment();
        var result = new CompletableFuture<ObjectNode>();
        call.whenComplete((value, failure) -> {
            (failure instanceof CancellationException ? cancelled : finished).increment();
            running.decrement();
            if (failure == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(failure);
            }
        });
        result.whenComplete((value, failure) -> {
            if (result.isCancelled()) {
                call.cancel(false);
            }
        });
        return result;
    }
}
