package dev.mcpsession.server.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSinkChannel;

/**
 * A response that is sent as a stream of events, bit by bit, from any thread and without blocking. All that touches
 * the channel happens on the exchange's IO thread.
 */
final class EventStream {

    private final HttpServerExchange exchange;

    /** Guarded by this, as are the two flags. */
    private final Queue<ByteBuffer> queue = new ArrayDeque<>();
    private boolean ending;
    private boolean dead;

    /** On the IO thread only. */
    private StreamSinkChannel channel;
    private boolean shutDown;

    EventStream(HttpServerExchange exchange) {
        this.exchange = exchange;
    }

    /** Sends the response's head, and from then on what is put into the stream. On the exchange's IO thread. */
    void open() {
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, Replies.EVENT_STREAM);
        Replies.describeStream(exchange);
        if (exchange.isHttp11()) {
            // Also on a connection that is closed afterwards: the client can then tell the end from a loss.
            exchange.getResponseHeaders().put(Headers.TRANSFER_ENCODING, Headers.CHUNKED.toString());
        }
        exchange.addExchangeCompleteListener((completed, next) -> {
            die();
            next.proceed();
        });
        channel = exchange.getResponseChannel();
        channel.getWriteSetter().set(writable -> pump());
        pump();
    }

    /** Sends an event; does nothing once the stream has ended or the client is gone. */
    void send(byte[] event) {
        synchronized (this) {
            if (ending || dead) {
                return;
            }
            queue.add(ByteBuffer.wrap(event));
        }
        pumpSoon();
    }

    /** Ends the response after what was sent before. */
    void end() {
        synchronized (this) {
            ending = true;
        }
        pumpSoon();
    }

    private void pumpSoon() {
        try {
            exchange.getIoThread().execute(this::pump);
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
                channel.write(next);
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
            die();
            // Ends the exchange as well.
            IoUtils.safeClose(exchange.getConnection());
        }
    }

    private synchronized ByteBuffer peek() {
        return queue.peek();
    }

    private synchronized void poll() {
        queue.poll();
    }

    private synchronized boolean isOver() {
        return dead || ending && queue.isEmpty();
    }

    private synchronized void die() {
        dead = true;
        queue.clear();
    }
}
