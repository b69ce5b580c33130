package dev.mcpsession.server.http;

import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.XnioExecutor;
import org.xnio.channels.StreamSourceChannel;

/**
 * Reads a request's body without blocking, and holds no more memory for it than has really come. A client that takes
 * too long, or sends too much, is told so and cut off.
 */
final class BodyReader {

    /** Takes the body. Called as a handler is: on the IO thread, within Undertow's care. */
    interface Receiver {

        void received(byte[] body) throws Refused;

        void refused(Refused refused);
    }

    /** The time that a client has to read why it was refused, before its connection is closed. */
    private static final int FAREWELL_MILLIS = 2_000;

    /** The size of the buffer before anything has come. */
    private static final int FIRST_BYTES = 512;

    private final HttpServerExchange exchange;
    private final int limit;
    private final Receiver receiver;
    private final StreamSourceChannel channel;
    /**
     * Null once it has been handed over, since the exchange, which may last, holds on to this; and once the client is
     * cut off, which any thread may do: a busy IO thread may read much more before it comes to say so.
     */
    private volatile @Nullable ByteArrayOutputStream body;

    private final Backlog backlog;
    private XnioExecutor.@Nullable Key timer;
    /** Null until the client has kept us waiting for the rest. */
    private Backlog.@Nullable Share share;

    private boolean over;
    private @Nullable Refused failure;

    private BodyReader(HttpServerExchange exchange, int limit, Backlog backlog, Receiver receiver) {
        this.exchange = exchange;
        this.backlog = backlog;
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
     * @param backlog the memory that is held for slow clients; one that it cuts off is refused
     */
    static void read(
            HttpServerExchange exchange, int limit, @Nullable Duration longest, Backlog backlog, Receiver receiver) {
        var reader = new BodyReader(exchange, limit, backlog, receiver);
        if (reader.isOver()) {
            reader.deliver();
            return;
        }
        if (longest != null) {
            reader.timer =
                    exchange.getIoThread().executeAfter(reader::tooSlow, longest.toMillis(), TimeUnit.MILLISECONDS);
        }
        reader.account();
        reader.channel.getReadSetter().set(channel -> reader.proceed());
        reader.channel.resumeReads();
    }

    private void proceed() {
        if (isOver()) {
            finish();
        } else {
            moved(share);
        }
    }

    private void moved(Backlog.@Nullable Share mine) {
        if (mine != null) {
            mine.moved();
            mine.set(heldBytes());
        }
    }

    private void account() {
        var mine = backlog.share(() -> {
            body = null;
            exchange.getIoThread().execute(() -> giveUp(tooMany()));
        });
        exchange.addExchangeCompleteListener((completed, next) -> {
            mine.close();
            next.proceed();
        });
        mine.set(heldBytes());
        share = mine;
    }

    /** Twice as many as have come: so large may the buffer be in which they are collected. */
    private long heldBytes() {
        var read = body;
        return read == null ? 0 : 2L * read.size();
    }

    private void tooSlow() {
        giveUp(new Refused(408, "The body did not come in time"));
    }

    private void giveUp(Refused refused) {
        if (!over && !exchange.isComplete()) {
            failure = refused;
            finish();
        }
    }

    private void finish() {
        over = true;
        if (timer != null) {
            timer.remove();
        }
        if (share != null) {
            share.close();
        }
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
                var read = body;
                if (read == null) {
                    failure = tooMany();
                    return true;
                }
                if (read.size() + count > limit) {
                    failure = tooLarge();
                    return true;
                }
                buffer.flip();
                if (buffer.hasArray()) {
                    read.write(buffer.array(), buffer.arrayOffset(), count);
                } else {
                    var copy = new byte[count];
                    buffer.get(copy);
                    read.write(copy, 0, count);
                }
            }
        } catch (IOException | RuntimeException e) {
            // Also what the HTTP server throws for chunks and trailers that it cannot read: it would log it.
            failure = new Refused(400, "The body could not be read");
            return true;
        }
    }

    private static Refused tooMany() {
        return new Refused(503, "Too many requests are under way");
    }

    private Refused tooLarge() {
        return new Refused(413, "The body is larger than " + limit + " bytes");
    }

    private void deliver() {
        var complete = body;
        var refused = failure;
        body = null;
        if (refused == null && complete != null) {
            try {
                receiver.received(complete.toByteArray());
                return;
            } catch (Refused e) {
                receiver.refused(e);
                return;
            }
        }
        // The rest of the body is not worth reading, and may never come.
        exchange.setPersistent(false);
        exchange.getIoThread()
                .executeAfter(
                        () -> {
                            if (!exchange.isComplete()) {
                                IoUtils.safeClose(exchange.getConnection());
                            }
                        },
                        FAREWELL_MILLIS,
                        TimeUnit.MILLISECONDS);
        receiver.refused(refused == null ? tooMany() : refused);
    }
}
