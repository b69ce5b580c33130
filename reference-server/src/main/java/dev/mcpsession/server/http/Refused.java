package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.RpcException;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An exchange was refused: the HTTP status, and the JSON-RPC error that goes with it. */
final class Refused extends Exception {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient RpcException error;
    private final transient @Nullable JsonNode id;
    /** A header field of the reply; null for none. */
    private final transient @Nullable HttpString header;

    private final @Nullable String headerValue;

    private Refused(
            int status,
            RpcException error,
            @Nullable JsonNode id,
            @Nullable HttpString header,
            @Nullable String headerValue) {
        // An answer to bad input, not a defect: no stack trace.
        super(error.getMessage(), null, false, false);
        this.status = status;
        this.error = error;
        this.id = id;
        this.header = header;
        this.headerValue = headerValue;
    }

    /** @param id that of the request which is refused; null if it has none, or is not known */
    Refused(int status, RpcException error, @Nullable JsonNode id) {
        this(status, error, id, null, null);
    }

    Refused(int status, int code, String message) {
        this(status, new RpcException(code, message), null);
    }

    Refused(int status, String message) {
        this(status, status < 500 ? RpcException.INVALID_REQUEST : RpcException.INTERNAL_ERROR, message);
    }

    private static Refused saying(int status, String message, HttpString header, String value) {
        return new Refused(status, new RpcException(RpcException.INVALID_REQUEST, message), null, header, value);
    }

    static Refused methodNotAllowed(String allowed) {
        return saying(405, "Method not allowed; use " + allowed, Headers.ALLOW, allowed);
    }

    static Refused unauthorized(String challenge) {
        return saying(401, "Unauthorized: a valid bearer token is required", Headers.WWW_AUTHENTICATE, challenge);
    }

    static Refused sessionNotFound() {
        return new Refused(
                404,
                RpcException.SESSION_NOT_FOUND,
                "Session not found: it never existed or has ended; start a new one with initialize");
    }

    static Refused stopped() {
        return new Refused(503, "The server has stopped");
    }

    /** The answer of the other nodes in place of one that died. */
    static Refused nodeLost() {
        return new Refused(503, "The node that worked on the request was lost; the session lives on");
    }

    /** Not 404: the session may well live, and its client must not throw it away. */
    static Refused storeUnavailable() {
        return new Refused(
                503,
                new RpcException(
                        RpcException.INTERNAL_ERROR,
                        "The store of the sessions does not answer at the moment; try again"),
                null,
                Headers.RETRY_AFTER,
                "1");
    }

    /** Returns the same, as the answer to the request with this id; null if it is not known. */
    Refused to(@Nullable JsonNode request) {
        return new Refused(status, error, request, header, headerValue);
    }

    RpcException error() {
        return error;
    }

    /** The id of the request that was refused; null for none. */
    @Nullable
    JsonNode id() {
        return id;
    }

    /** Writes what the head of the reply says. */
    void describe(HttpServerExchange exchange) {
        exchange.setStatusCode(status);
        if (status == 421) {
            // Undertow does not know its name.
            exchange.setReasonPhrase("Misdirected Request");
        }
        if (header != null) {
            exchange.getResponseHeaders().put(header, headerValue);
        }
    }
}
