package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.RpcException;

/** An exchange was refused: the HTTP status, and the JSON-RPC error that goes with it. */
final class Refused extends Exception {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final int code;
    private final String allowed;

    private Refused(int status, int code, String message, String allowed) {
        // An answer to bad input, not a defect: no stack trace.
        super(message, null, false, false);
        this.status = status;
        this.code = code;
        this.allowed = allowed;
    }

    Refused(int status, int code, String message) {
        this(status, code, message, null);
    }

    Refused(int status, String message) {
        this(status, RpcException.REFUSED, message);
    }

    Refused(RpcException cause) {
        this(400, cause.code(), cause.getMessage());
    }

    static Refused methodNotAllowed(String allowed) {
        return new Refused(405, RpcException.REFUSED, "Method not allowed; use " + allowed, allowed);
    }

    static Refused sessionNotFound() {
        return new Refused(404, RpcException.SESSION_NOT_FOUND,
                "Session not found: it never existed or has ended; start a new one with initialize");
    }

    int status() {
        return status;
    }

    int code() {
        return code;
    }

    /** The methods that are allowed, if it was for the method that the exchange was refused; else null. */
    String allowed() {
        return allowed;
    }
}
