package dev.mcpsession.server.http;

import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.xnio.channels.StreamSourceChannel;

/** Reads a request's body without blocking, and holds no more memory for it than has really come. */
final class BodyReader {

    /** What to do with the body. Called as a handler is: on the IO thread, within Undertow's care. */
    interface Receiver {

        void received(byte[] body) throws Refused;

        void refused(Refused refused);
    }

    private final HttpServerExchange exchange;
    private final int limit;
    private final Receiver receiver;
    private final StreamSourceChannel channel;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(512);

    private BodyReader(HttpServerExchange exchange, int limit, Receiver receiver) {
        this.exchange = exchange;
        this.limit = limit;
        this.receiver = receiver;
        this.channel = exchange.getRequestChannel();
    }

    /** Reads the body and hands it over, at once if all of it has come. A body beyond the limit is refused. */
    static void read(HttpServerExchange exchange, int limit, Receiver receiver) {
        var reader = new BodyReader(exchange, limit, receiver);
        if (reader.isOver()) {
            reader.deliver();
            return;
        }
        reader.channel.getReadSetter().set(channel -> reader.proceed());
        reader.channel.resumeReads();
    }

    private void proceed() {
        if (isOver()) {
            channel.suspendReads();
            Connectors.executeRootHandler(sameExchange -> deliver(), exchange);
        }
    }

    private Refused failure;

    /** Reads what there is; returns whether nothing more is to come. */
    private boolean isOver() {
        if (exchange.isRequestComplete()) {
            return true;
        }
        if (exchange.getRequestContentLength() > limit) {
            failure = tooLarge();
            return true;
        }
        try (var pooled = exchange.getConnection().getByteBufferPool().allocate()) {
            var buffer = pooled.getBuffer();
            while (true) {
                buffer.clear();
                int count = channel.read(buffer);
                if (count <= 0) {
                    return count < 0;
                }
                if (body.size() + count > limit) {
                    failure = tooLarge();
                    return true;
                }
                buffer.flip();
                if (buffer.hasArray()) {
                    body.write(buffer.array(), buffer.arrayOffset(), count);
                } else {
                    var copy = new byte[count];
                    buffer.get(copy);
                    body.write(copy, 0, count);
                }
            }
        } catch (IOException e) {
            failure = new Refused(400, "The body could not be read");
            return true;
        }
    }

    private Refused tooLarge() {
        return new Refused(413, "The body is larger than " + limit + " bytes");
    }

    private void deliver() {
        if (failure == null) {
            try {
                receiver.received(body.toByteArray());
                return;
            } catch (Refused e) {
                receiver.refused(e);
                return;
            }
        }
        // The rest of the body is not worth reading.
        exchange.setPersistent(false);
        receiver.refused(failure);
    }
}
