package dev.mcpsession.server.protocol;

import static dev.mcpsession.server.protocol.RpcException.METHOD_NOT_FOUND;

import dev.mcpsession.server.protocol.Message.Request;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers requests of the revisions without sessions. Knows nothing of HTTP. */
public final class ModernProtocol {

    /** The request whose answer is a stream of notifications. */
    public static final String LISTEN = "subscriptions/listen";

    /** The time for which a client may keep a list that never changes. */
    private static final int TTL_MILLIS = 300_000;

    private final Era era;
    private final Toolbox tools;

    public ModernProtocol(Era era, Toolbox tools) {
        this.era = era;
        this.tools = tools;
    }

    /**
     * Returns the arguments of a call that its client repeats in headers, by the names of those; a missing node for one
     * that was left out.
     */
    public Map<String, JsonNode> mirroredArguments(Request request) {
        return request.method().equals("tools/call") ? tools.mirrored(request.params()) : Map.of();
    }

    /**
     * Starts to answer a request whose {@code _meta} has been checked, other than {@link #LISTEN}.
     *
     * @param outlet the way to the client until the response
     * @return the complete response, be it a result or an error; fails only by being cancelled, which ends the work
     */
    public CompletableFuture<ObjectNode> answer(Request request, Outlet outlet) {
        try {
            return Responses.when(
                    request,
                    switch (request.method()) {
                        case "server/discover" -> CompletableFuture.completedFuture(cacheable(discover()));
                        case "tools/list" -> CompletableFuture.completedFuture(cacheable(tools.list(request.params())));
                        case "tools/call" ->
                            tools.call(
                                    request.params(),
                                    Revision.V2026_07_28,
                                    outlet,
                                    RequestMeta.logLevel(request.params()));
                        default ->
                            throw new RpcException(
                                    METHOD_NOT_FOUND,
                                    "Method not found in " + Revision.V2026_07_28 + ": " + request.method());
                    },
                    ModernProtocol::complete);
        } catch (RpcException e) {
            return CompletableFuture.completedFuture(Responses.error(request.id(), e));
        }
    }

    private ObjectNode discover() {
        var result = Json.object();
        var versions = result.putArray("supportedVersions");
        era.revisions().forEach(revision -> versions.add(revision.label()));
        result.set("capabilities", ServerInfo.capabilities());
        return result;
    }

    /** The same for everybody, so that caches may share it. */
    private static ObjectNode cacheable(ObjectNode result) {
        return result.put("ttlMs", TTL_MILLIS).put("cacheScope", "public");
    }

    /** Adds what every result has. */
    static ObjectNode complete(ObjectNode result) {
        result.put("resultType", "complete");
        result.putObject("_meta").set(RequestMeta.SERVER_INFO, ServerInfo.describe());
        return result;
    }
}
