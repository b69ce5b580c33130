package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.RpcException;
import tools.jackson.databind.JsonNode;

/** An exchange was refused: the HTTP status, and the JSON-RPC error that goes with it. */
final class Refused extends Exception {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient RpcException error;
    private final transient JsonNode id;
    private final String allowed;

    private Refused(int status, RpcException error, JsonNode id, String allowed) {
        // An answer to bad input, not a defect: no stack trace.
        super(error.getMessage(), null, false, false);
        this.status = status;
        this.error = error;
        this.id = id;
        this.allowed = allowed;
    }

    /** @param id that of the request which is refused; null if it has none, or is not known */
    Refused(int status, RpcException error, JsonNode id) {
        this(status, error, id, null);
    }

    Refused(int status, int code, String message) {
        this(status, new RpcException(code, message), null);
    }

    Refused(int status, String message) {
        this(status, status < 500 ? RpcException.INVALID_REQUEST : RpcException.INTERNAL_ERROR, message);
    }

    static Refused methodNotAllowed(String allowed) {
        return new Refused(405, new RpcException(RpcException.INVALID_REQUEST, "Method not allowed; use " + allowed),
                null, allowed);
    }

    static Refused sessionNotFound() {
        return new Refused(404, RpcException.SESSION_NOT_FOUND,
                "Session not found: it never existed or has ended; start a new one with initialize");
    }

    int status() {
        return status;
    }

    RpcException error() {
        return error;
    }

    /** The id of the request that was refused; null for none. */
    JsonNode id() {
        return id;
    }

    /** The methods that are allowed, if it was for the method that the exchange was refused; else null. */
    String allowed() {
        return allowed;
    }
}
