package dev.mcpsession.conformance.clients.trace;

/** How an exchange between a client and a server came to its end. */
public enum Ending {
    /** It had not ended when the trace did. */
    OPEN,
    /** The server sent the whole reply. */
    COMPLETE,
    /** The server broke the connection before the reply was whole. */
    CUT,
    /** The client closed the connection before the reply was whole. */
    ABANDONED
}
