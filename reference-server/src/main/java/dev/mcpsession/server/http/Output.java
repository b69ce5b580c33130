package dev.mcpsession.server.http;

import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.XnioExecutor;
import org.xnio.channels.StreamSinkChannel;

/**
 * Sends the body of a response, from any thread and without blocking. All that touches the channel happens on the
 * exchange's IO thread. A client that takes nothing for too long is cut off, and so is the slowest of all when too much
 * waits for clients (see {@link Backlog}).
 */
final class Output {

    /**
     * The most bytes of the body that are sent together with the head. The HTTP server's connection holds on to them
     * until its next response.
     */
    private static final int MAX_WITH_HEAD = 16 << 10;

    private final HttpServerExchange exchange;
    private final Backlog backlog;

    /**
     * Guarded by this, as are the next four. Null once the client is to be cut off, which any thread may do without the
     * lock: a busy IO thread may take much more before it comes to close the connection.
     */
    private volatile @Nullable Queue<ByteBuffer> queue = new ArrayDeque<>(2);

    private int queuedBytes;
    private boolean ending;
    private boolean dead;
    /** Null until the client has kept something waiting. */
    private Backlog.@Nullable Share share;

    /** On the IO thread only, as are the next four. */
    private @Nullable StreamSinkChannel channel;

    private boolean shutDown;
    private boolean headSent;
    /** Null if nothing waits for the client, or it may keep things waiting for ever. */
    private XnioExecutor.@Nullable Key stallTimer;

    private long moved;

    Output(HttpServerExchange exchange, Backlog backlog) {
        this.exchange = exchange;
        this.backlog = backlog;
    }

    /**
     * Sends a response that is complete. Nearly always the client takes it at once, and then nothing has to be
     * remembered of it. On the exchange's IO thread.
     */
    static void send(HttpServerExchange exchange, Backlog backlog, byte[] body) {
        var channel = exchange.getResponseChannel();
        var rest = ByteBuffer.wrap(body);
        boolean shutDown = false;
        try {
            if (body.length <= MAX_WITH_HEAD) {
                if (rest.hasRemaining()) {
                    channel.write(rest);
                }
                if (!rest.hasRemaining()) {
                    channel.shutdownWrites();
                    shutDown = true;
                    if (channel.flush()) {
                        exchange.endExchange();
                        return;
                    }
                }
            }
        } catch (IOException e) {
            IoUtils.safeClose(exchange.getConnection());
            return;
        }
        var output = new Output(exchange, backlog);
        var waiting = output.queue;
        if (rest.hasRemaining() && waiting != null) {
            waiting.add(rest);
            output.queuedBytes = rest.capacity();
        }
        output.ending = true;
        output.shutDown = shutDown;
        output.start(channel);
    }

    /** Sends the head of the response and what has been added. On the exchange's IO thread. */
    void start() {
        start(exchange.getResponseChannel());
    }

    private void start(StreamSinkChannel responseChannel) {
        channel = responseChannel;
        channel.getWriteSetter().set(writable -> pump());
        pump();
    }

    /**
     * Adds to the response; does nothing once it has ended or the client is gone.
     *
     * @param most how many bytes may wait besides what is added to an empty queue
     * @return false if that would be too much: then nothing was added
     */
    synchronized boolean add(byte[] bytes, int most) {
        var waiting = queue;
        if (ending || dead || waiting == null) {
            return true;
        }
        if (!waiting.isEmpty() && bytes.length > most - queuedBytes) {
            return false;
        }
        waiting.add(ByteBuffer.wrap(bytes));
        queuedBytes += bytes.length;
        account();
        return true;
    }

    /** Adds to the response if nothing waits for the client; returns whether it did. */
    synchronized boolean addIfIdle(byte[] bytes) {
        var waiting = queue;
        return waiting != null && waiting.isEmpty() && !ending && !dead && add(bytes, 0);
    }

    /** Ends the response after what was added before. */
    synchronized void end() {
        ending = true;
    }

    /** Sends soon what has been added, and the end. */
    void send() {
        onIoThread(this::pump);
    }

    /** Lets go of what has not been sent, at once, and closes the connection soon. */
    void cutOff() {
        queue = null;
        onIoThread(this::cut);
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
        var channel = this.channel;
        if (channel == null || shutDown && exchange.isComplete()) {
            return;
        }
        try {
            for (var next = peek(); next != null; next = peek()) {
                if (!headSent && next.capacity() > MAX_WITH_HEAD) {
                    if (!channel.flush()) {
                        await(channel);
                        return;
                    }
                    headSent = true;
                }
                if (channel.write(next) > 0) {
                    moved();
                }
                if (next.hasRemaining()) {
                    await(channel);
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
                stopTimer();
                if (shutDown) {
                    exchange.endExchange();
                }
            } else {
                await(channel);
            }
        } catch (IOException e) {
            cut();
        }
    }

    private void await(StreamSinkChannel channel) {
        channel.resumeWrites();
        synchronized (this) {
            if (share == null) {
                share = backlog.share(this::cutOff);
                exchange.addExchangeCompleteListener((completed, next) -> {
                    stopTimer();
                    die();
                    next.proceed();
                });
            }
            account();
        }
        var longest = backlog.longestStall();
        if (stallTimer == null && longest != null) {
            moved = System.nanoTime();
            startTimer(longest, longest.toNanos());
        }
    }

    private void moved() {
        moved = System.nanoTime();
        synchronized (this) {
            if (share != null) {
                share.moved();
            }
        }
    }

    private void startTimer(Duration longest, long nanos) {
        // A round millisecond more, so that it is not run a moment too early.
        stallTimer = exchange.getIoThread()
                .executeAfter(() -> checkStall(longest), nanos / 1_000_000 + 1, TimeUnit.MILLISECONDS);
    }

    private void stopTimer() {
        if (stallTimer != null) {
            stallTimer.remove();
            stallTimer = null;
        }
    }

    private void checkStall(Duration longest) {
        stallTimer = null;
        long left = longest.toNanos() - (System.nanoTime() - moved);
        if (left <= 0) {
            cut();
        } else {
            startTimer(longest, left);
        }
    }

    private void cut() {
        stopTimer();
        die();
        // When the exchange is over, its connection may serve another.
        if (!exchange.isComplete()) {
            IoUtils.safeClose(exchange.getConnection());
        }
    }

    private synchronized @Nullable ByteBuffer peek() {
        var waiting = queue;
        return waiting == null ? null : waiting.peek();
    }

    private synchronized void poll() {
        // Empty if the response has died meanwhile.
        var waiting = queue;
        var sent = waiting == null ? null : waiting.poll();
        queuedBytes -= sent == null ? 0 : sent.capacity();
        account();
    }

    /** Holding this. A client that keeps nothing waiting costs nothing to account for. */
    private void account() {
        if (share != null) {
            share.set(queuedBytes);
        }
    }

    private synchronized boolean isOver() {
        var waiting = queue;
        return dead || waiting != null && ending && waiting.isEmpty();
    }

    /** Lets go of what has not been sent, and of what comes from now on. */
    synchronized void die() {
        dead = true;
        queue = null;
        queuedBytes = 0;
        if (share != null) {
            share.close();
        }
    }
}
