package dev.mcpsession.server.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpServerConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.IoUtils;
import org.xnio.conduits.ReadReadyHandler;
import org.xnio.conduits.StreamSourceConduit;

/**
 * Finds out that the client of a long response has gone, although the server has nothing to send at the moment. By
 * itself Undertow does not read from a connection while it responds, and so does not see the end of it.
 */
final class PeerWatch implements ReadReadyHandler {

    /** Some clients send an empty line too many. */
    private static final int MAX_IGNORED_BYTES = 1 << 10;

    private final HttpServerConnection connection;
    private final StreamSourceConduit source;
    private final ByteBuffer ignored = ByteBuffer.allocate(64);
    private int ignoredBytes;

    private PeerWatch(HttpServerConnection connection) {
        this.connection = connection;
        this.source = connection.getOriginalSourceConduit();
    }

    /**
     * Closes the connection, and with it the exchange, as soon as the client has closed its side, or sends on although
     * it must wait. The connection cannot be used for another request afterwards. On the exchange's IO thread, when
     * the request has been read.
     */
    static void start(HttpServerExchange exchange) {
        if (exchange.getConnection() instanceof HttpServerConnection connection) {
            exchange.setPersistent(false);
            var watch = new PeerWatch(connection);
            watch.source.setReadReadyHandler(watch);
            watch.source.resumeReads();
        }
    }

    @Override
    public void readReady() {
        try {
            int count = source.read(ignored.clear());
            while (count > 0 && ignoredBytes <= MAX_IGNORED_BYTES) {
                // Whatever comes is not for us: this connection takes no further request.
                ignoredBytes += count;
                count = source.read(ignored.clear());
            }
            if (count != 0) {
                IoUtils.safeClose(connection);
            }
        } catch (IOException e) {
            IoUtils.safeClose(connection);
        }
    }

    @Override
    public void forceTermination() {
        IoUtils.safeClose(connection);
    }

    @Override
    public void terminated() {
        IoUtils.safeClose(connection);
    }
}
