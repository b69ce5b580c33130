package dev.mcpsession.server.protocol;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A message was refused; becomes a JSON-RPC error. The message is for the client to read. */
public final class RpcException extends Exception {

    /** The bytes are not JSON. */
    public static final int PARSE_ERROR = -32700;
    /** The JSON is not a message, or not one that is allowed here; also what HTTP itself refuses. */
    public static final int INVALID_REQUEST = -32600;
    /** There is no such method. */
    public static final int METHOD_NOT_FOUND = -32601;
    /** The method's parameters are wrong. */
    public static final int INVALID_PARAMS = -32602;
    /** The server has failed, or cannot serve now. */
    public static final int INTERNAL_ERROR = -32603;
    /** There is no session with the id that was sent; no revision assigns a code, and this is the usual one. */
    public static final int SESSION_NOT_FOUND = -32001;
    /** The client has cancelled the request; no revision assigns a code, and this is that of another protocol (LSP). */
    public static final int REQUEST_CANCELLED = -32800;
    /** The header fields that mirror the body are missing, malformed, or say something else than the body. */
    public static final int HEADER_MISMATCH = -32020;
    /** The revision that the request names is not spoken here. */
    public static final int UNSUPPORTED_VERSION = -32022;

    private static final long serialVersionUID = 1L;

    private final int code;
    private final transient @Nullable ObjectNode data;
    private final transient @Nullable JsonNode request;

    public RpcException(int code, String message) {
        this(code, message, null, null);
    }

    private RpcException(int code, String message, @Nullable ObjectNode data, @Nullable JsonNode request) {
        // An answer to bad input, not a defect: no stack trace.
        super(message, null, false, false);
        this.code = code;
        this.data = data;
        this.request = request;
    }

    /** Returns the same error, of the request with this id; null for none. */
    RpcException to(@Nullable JsonNode id) {
        return new RpcException(code, message(), data, id);
    }

    /** The request names a revision that is not spoken here, which the error must answer with those that are. */
    public static RpcException unsupportedVersion(Era era, String requested) {
        var data = Json.object();
        var supported = data.putArray("supported");
        era.revisions().forEach(revision -> supported.add(revision.label()));
        data.put("requested", requested);
        return new RpcException(
                UNSUPPORTED_VERSION, "Unsupported protocol version; supported are " + era.revisions(), data, null);
    }

    /** Returns the JSON-RPC error code. */
    public int code() {
        return code;
    }

    /** Returns what the error says; never null, as every error has a message. */
    public String message() {
        return Objects.requireNonNull(getMessage(), "message");
    }

    /** Returns the id of the request that was refused; null if it is not known. */
    public @Nullable JsonNode request() {
        return request;
    }

    /** Returns what else the error says; null for nothing. */
    @Nullable
    ObjectNode data() {
        return data;
    }
}
