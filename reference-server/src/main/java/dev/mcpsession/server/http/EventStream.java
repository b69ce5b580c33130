package dev.mcpsession.server.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSinkChannel;

/**
 * A response that is sent as a stream of events, bit by bit, from any thread and without blocking. All that touches
 * the channel happens on the exchange's IO thread. A client that does not read what it is sent is cut off.
 */
final class EventStream {

    private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.US_ASCII);

    private final HttpServerExchange exchange;
    private final OpenStreams open;

    /** Guarded by this, as are the next four. */
    private final Queue<ByteBuffer> queue = new ArrayDeque<>();
    private int queuedBytes;
    private boolean quiet = true;
    private boolean ending;
    private boolean dead;

    /** On the IO thread only, as are the next three. */
    private StreamSinkChannel channel;
    private boolean shutDown;
    private boolean moved;
    /** Whether something waited for the client when it was last checked. */
    private boolean waited;

    EventStream(HttpServerExchange exchange, OpenStreams open) {
        this.exchange = exchange;
        this.open = open;
    }

    /** Sends the response's head, and from then on what is put into the stream. On the exchange's IO thread. */
    void open() {
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, Replies.EVENT_STREAM);
        Replies.describeStream(exchange);
        if (exchange.isHttp11()) {
            // Also on a connection that is closed afterwards: the client can then tell the end from a loss.
            exchange.getResponseHeaders().put(Headers.TRANSFER_ENCODING, Headers.CHUNKED.toString());
        }
        open.add(this);
        exchange.addExchangeCompleteListener((completed, next) -> {
            open.remove(this);
            die();
            next.proceed();
        });
        channel = exchange.getResponseChannel();
        channel.getWriteSetter().set(writable -> pump());
        pump();
    }

    /** Sends an event; does nothing once the stream has ended or the client is gone. */
    void send(byte[] event) {
        boolean tooMuch;
        synchronized (this) {
            if (ending || dead) {
                return;
            }
            tooMuch = !queue.isEmpty() && event.length > open.maxQueued() - queuedBytes;
            if (!tooMuch) {
                add(event);
                quiet = false;
            }
        }
        onIoThread(tooMuch ? this::cut : this::pump);
    }

    private void add(byte[] bytes) {
        queue.add(ByteBuffer.wrap(bytes));
        queuedBytes += bytes.length;
    }

    /** Ends the response after what was sent before. */
    void end() {
        synchronized (this) {
            ending = true;
        }
        onIoThread(this::pump);
    }

    /** Cuts the client off if something has waited for it since the last time, and else sends a comment if it is quiet. */
    void checkSoon() {
        boolean wasQuiet;
        synchronized (this) {
            wasQuiet = quiet;
            quiet = true;
        }
        onIoThread(() -> check(wasQuiet));
    }

    private void check(boolean wasQuiet) {
        boolean waits;
        synchronized (this) {
            waits = !queue.isEmpty();
            if (!waits && wasQuiet && !ending && !dead) {
                add(COMMENT);
            }
        }
        // What has only just been put into the queue may not have been tried to be sent.
        boolean stuck = waits && waited && !moved;
        moved = false;
        waited = waits;
        if (stuck) {
            cut();
        } else {
            pump();
        }
    }

    private void onIoThread(Runnable task) {
        try {
            exchange.getIoThread().execute(task);
        } catch (RejectedExecutionException e) {
            // The server has stopped, and all connections are closed.
            die();
        }
    }

    private void pump() {
        if (channel == null || shutDown && exchange.isComplete()) {
            return;
        }
        try {
            for (var next = peek(); next != null; next = peek()) {
                moved |= channel.write(next) > 0;
                if (next.hasRemaining()) {
                    channel.resumeWrites();
                    return;
                }
                poll();
            }
            if (isOver() && !shutDown) {
                shutDown = true;
                channel.shutdownWrites();
            }
            if (channel.flush()) {
                channel.suspendWrites();
                if (shutDown) {
                    exchange.endExchange();
                }
            } else {
                channel.resumeWrites();
            }
        } catch (IOException e) {
            cut();
        }
    }

    private void cut() {
        die();
        // When the exchange is over, its connection may serve another.
        if (!exchange.isComplete()) {
            IoUtils.safeClose(exchange.getConnection());
        }
    }

    private synchronized ByteBuffer peek() {
        return queue.peek();
    }

    private synchronized void poll() {
        // Empty if the stream has died meanwhile.
        var sent = queue.poll();
        queuedBytes -= sent == null ? 0 : sent.capacity();
    }

    private synchronized boolean isOver() {
        return dead || ending && queue.isEmpty();
    }

    private synchronized void die() {
        dead = true;
        queue.clear();
        queuedBytes = 0;
    }
}
