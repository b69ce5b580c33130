package dev.mcpsession.server.protocol;

import tools.jackson.databind.node.ObjectNode;

/** The way to the client of a request that is at work. Must not block. */
public interface Outlet {

    /** Sends a message ahead of the response, if the response is a stream; else drops it. */
    void send(ObjectNode message);

    /** Closes the connection, if the client can come back for the rest; else does nothing. */
    void disconnect();
}
