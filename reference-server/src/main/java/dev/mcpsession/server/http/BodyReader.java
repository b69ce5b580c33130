package dev.mcpsession.server.http;

import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.xnio.IoUtils;
import org.xnio.XnioExecutor;
import org.xnio.channels.StreamSourceChannel;

/**
 * Reads a request's body without blocking, and holds no more memory for it than has really come. A client that takes
 * too long, or sends too much, is told so and cut off.
 */
final class BodyReader {

    /** What to do with the body. Called as a handler is: on the IO thread, within Undertow's care. */
    interface Receiver {

        void received(byte[] body) throws Refused;

        void refused(Refused refused);
    }

    /** How long a client that was refused gets to take note before its connection is closed. */
    private static final int FAREWELL_MILLIS = 2_000;

    /** What is set aside before anything has come. */
    private static final int FIRST_BYTES = 512;

    private final HttpServerExchange exchange;
    private final int limit;
    private final Receiver receiver;
    private final StreamSourceChannel channel;
    private final ByteArrayOutputStream body;
    private XnioExecutor.Key timer;
    private Refused failure;

    private BodyReader(HttpServerExchange exchange, int limit, Receiver receiver) {
        this.exchange = exchange;
        this.limit = limit;
        this.receiver = receiver;
        this.channel = exchange.getRequestChannel();
        long length = exchange.getRequestContentLength();
        body = new ByteArrayOutputStream(length < 0 ? FIRST_BYTES : (int) Math.min(length, FIRST_BYTES));
    }

    /**
     * Reads the body and hands it over, at once if all of it has come. A body beyond a limit is refused.
     *
     * @param limit how many bytes it may have
     * @param longest within what time it must come; null for any
     */
    static void read(HttpServerExchange exchange, int limit, Duration longest, Receiver receiver) {
        var reader = new BodyReader(exchange, limit, receiver);
        if (reader.isOver()) {
            reader.deliver();
            return;
        }
        if (longest != null) {
            reader.timer = exchange.getIoThread()
                    .executeAfter(reader::tooSlow, longest.toMillis(), TimeUnit.MILLISECONDS);
        }
        reader.channel.getReadSetter().set(channel -> reader.proceed());
        reader.channel.resumeReads();
    }

    private void proceed() {
        if (isOver()) {
            if (timer != null) {
                timer.remove();
            }
            finish();
        }
    }

    private void tooSlow() {
        if (!exchange.isComplete()) {
            failure = new Refused(408, "The body did not come in time");
            finish();
        }
    }

    private void finish() {
        channel.suspendReads();
        Connectors.executeRootHandler(sameExchange -> deliver(), exchange);
    }

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
        // The rest of the body is not worth reading, and may never come.
        exchange.setPersistent(false);
        exchange.getIoThread().executeAfter(() -> {
            if (!exchange.isComplete()) {
                IoUtils.safeClose(exchange.getConnection());
            }
        }, FAREWELL_MILLIS, TimeUnit.MILLISECONDS);
        receiver.refused(failure);
    }
}
