package dev.mcpsession.server.protocol;

/** A message was refused; becomes a JSON-RPC error. The message is for the client to read. */
public final class RpcException extends Exception {

    /** The bytes are not JSON. */
    public static final int PARSE_ERROR = -32700;
    /** The JSON is not a message, or not one that is allowed here. */
    public static final int INVALID_REQUEST = -32600;
    /** There is no such method. */
    public static final int METHOD_NOT_FOUND = -32601;
    /** The method's parameters are wrong. */
    public static final int INVALID_PARAMS = -32602;
    /** The server has failed. */
    public static final int INTERNAL_ERROR = -32603;
    /** The transport refuses the request: an error of HTTP, not of the message. */
    public static final int REFUSED = -32000;
    /** There is no session with the id that was sent. */
    public static final int SESSION_NOT_FOUND = -32001;

    private static final long serialVersionUID = 1L;

    private final int code;

    public RpcException(int code, String message) {
        // An answer to bad input, not a defect: no stack trace.
        super(message, null, false, false);
        this.code = code;
    }

    /** Returns the JSON-RPC error code. */
    public int code() {
        return code;
    }
}
