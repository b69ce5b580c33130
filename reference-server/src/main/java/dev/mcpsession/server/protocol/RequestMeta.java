package dev.mcpsession.server.protocol;

import static dev.mcpsession.server.protocol.RpcException.INVALID_PARAMS;

import dev.mcpsession.server.protocol.Message.Request;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The {@code _meta} by which a modern request says how it is to be served. */
public final class RequestMeta {

    private static final String PREFIX = "io.modelcontextprotocol/";
    private static final String PROTOCOL_VERSION = PREFIX + "protocolVersion";
    private static final String LOG_LEVEL = PREFIX + "logLevel";
    private static final String CLIENT_INFO = PREFIX + "clientInfo";
    private static final String CLIENT_CAPABILITIES = PREFIX + "clientCapabilities";

    static final String SERVER_INFO = PREFIX + "serverInfo";
    static final String SUBSCRIPTION_ID = PREFIX + "subscriptionId";

    private RequestMeta() {}

    /** Returns the revision that a message names, whatever form it has; null if it names none. */
    public static @Nullable JsonNode version(ObjectNode params) {
        return params.path("_meta").get(PROTOCOL_VERSION);
    }

    /**
     * Checks the form of the fields.
     *
     * @throws RpcException if one that is required is missing, or one that is there is not what it should be
     */
    public static void check(Request request) throws RpcException {
        var meta = request.params().path("_meta");
        if (!meta.path(PROTOCOL_VERSION).isString()) {
            throw malformed(PROTOCOL_VERSION, "must be a string");
        }
        if (!meta.path(CLIENT_CAPABILITIES).isObject()) {
            throw malformed(CLIENT_CAPABILITIES, "must be an object");
        }
        var client = meta.get(CLIENT_INFO);
        if (client != null
                && !(client.path("name").isString() && client.path("version").isString())) {
            throw malformed(CLIENT_INFO, "must have a name and a version");
        }
        if (meta.has(LOG_LEVEL) && logLevel(request.params()) == null) {
            throw malformed(LOG_LEVEL, "must be one of the eight levels");
        }
    }

    /** Returns the least of the log messages that the client wants for a request; null if it wants none. */
    static @Nullable LogLevel logLevel(ObjectNode params) {
        return LogLevel.of(params.path("_meta").path(LOG_LEVEL).asString(""));
    }

    private static RpcException malformed(String field, String requirement) {
        return new RpcException(INVALID_PARAMS, "Invalid params: _meta[\"" + field + "\"] " + requirement);
    }
}
