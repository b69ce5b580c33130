package dev.mcpsession.server;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.GracefulShutdownHandler;
import io.undertow.server.handlers.HttpContinueReadHandler;
import io.undertow.util.Headers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Undertow, as far as the server needs it: listens, and stops without cutting anybody short. */
final class HttpService {

    private static final int MAX_HEAD_BYTES = 16 << 10;
    private static final int MAX_SETTLE_SECONDS = 10;
    /** For how long stopping waits for threads that are at work still. */
    private static final int MAX_STOP_MILLIS = 3_000;

    private final Undertow undertow;
    private final GracefulShutdownHandler shutdown;
    private final AtomicBoolean refuses;

    private HttpService(Undertow undertow, GracefulShutdownHandler shutdown, AtomicBoolean refuses) {
        this.undertow = undertow;
        this.shutdown = shutdown;
        this.refuses = refuses;
    }

    /**
     * Starts to listen.
     *
     * @param slowSender within what time the head of a request must come, once it has begun; null for any
     * @throws UncheckedIOException if that is not possible, for instance because the port is in use
     */
    static HttpService start(String host, int port, HttpHandler handler, @Nullable Duration slowSender) {
        var shutdown = new GracefulShutdownHandler(new HttpContinueReadHandler(handler));
        var refuses = new AtomicBoolean();
        var undertow = Undertow.builder()
                .addHttpListener(port, host)
                .setHandler(exchange -> {
                    if (refuses.get()) {
                        // Another node may serve it, or this one when it is back; either on another connection.
                        exchange.setPersistent(false);
                        exchange.getResponseHeaders().put(Headers.RETRY_AFTER, "1");
                    }
                    shutdown.handleRequest(exchange);
                })
                // Nothing here blocks, so the worker pool has next to nothing to do.
                .setWorkerThreads(2)
                .setServerOption(UndertowOptions.MAX_HEADER_SIZE, MAX_HEAD_BYTES)
                // Else a response is held back as long as it takes if the client has sent anything after its request.
                .setServerOption(UndertowOptions.BUFFER_PIPELINED_DATA, false)
                // Else stopping waits for ever for a thread that does not come to its end.
                .setServerOption(UndertowOptions.SHUTDOWN_TIMEOUT, MAX_STOP_MILLIS)
                .setServerOption(
                        UndertowOptions.REQUEST_PARSE_TIMEOUT,
                        slowSender == null ? -1 : (int) Math.min(slowSender.toMillis(), Integer.MAX_VALUE))
                .build();
        try {
            undertow.start();
        } catch (RuntimeException e) {
            undertow.stop();
            throw cannotListen(host, port, e);
        }
        return new HttpService(undertow, shutdown, refuses);
    }

    private static RuntimeException cannotListen(String host, int port, RuntimeException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException bind) {
                var why = String.valueOf(bind.getMessage());
                var message = why.contains("in use")
                        ? "port " + port + " on " + host + " is in use already"
                        : "cannot listen on port " + port + " of " + host + ": " + why;
                return new UncheckedIOException(message, bind);
            }
            if (cause instanceof IOException io) {
                return new UncheckedIOException(
                        "cannot listen on port " + port + " of " + host + ": " + io.getMessage(), io);
            }
        }
        return failure;
    }

    /** Returns the port that it listens on. */
    int port() {
        return ((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort();
    }

    /**
     * Waits until all that has happened on the connections so far has had its effect. The first round ends what is
     * being done at the moment, and the second comes after what had arrived by then.
     */
    void settle() {
        try {
            for (int round = 0; round < 2; round++) {
                var worker = undertow.getWorker();
                var reached = new CountDownLatch(worker.getIoThreadCount());
                for (int i = 0; i < worker.getIoThreadCount(); i++) {
                    worker.getIoThread(i).execute(reached::countDown);
                }
                reached.await(MAX_SETTLE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RejectedExecutionException e) {
            // It has been stopped, and that settles everything.
            return;
        }
    }

    /** Answers every request that comes from now on with 503, and closes its connection. */
    void refuseRequests() {
        refuses.set(true);
        shutdown.shutdown();
    }

    /** Waits until all requests are answered, after {@link #refuseRequests}; for so long at most. */
    void awaitAnswers(Duration longest) {
        try {
            shutdown.awaitShutdown(Math.max(1, longest.toMillis()));
        } catch (InterruptedException e) {
            // Whoever interrupts us wants it quickly.
            Thread.currentThread().interrupt();
        }
    }

    /** Closes all connections. */
    void stop() {
        undertow.stop();
    }
}
