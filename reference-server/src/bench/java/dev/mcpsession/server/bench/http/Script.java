package dev.mcpsession.server.bench.http;

import java.nio.ByteBuffer;

/** The requests on one connection, one after the other. */
interface Script {

    /** Returns the first request; null if there is nothing to say. */
    ByteBuffer begin();

    /**
     * Returns the next request.
     *
     * @param response the answer to the one before
     * @return null if there is nothing more to say
     * @throws IllegalStateException if that is not the answer that must come
     */
    ByteBuffer next(Response response);

    /** Returns how often what is measured has been done. */
    long done();
}
