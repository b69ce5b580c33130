package dev.mcpsession.conformance.clients.trace;

import dev.mcpsession.conformance.http.SseEvent;
import dev.mcpsession.conformance.http.SseReader;
import dev.mcpsession.conformance.protocol.Header;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Takes down what clients and a server say to each other. Safe for use by several threads; bounded in memory. */
public final class Recording {
    /** Bodies are cut to this many bytes. */
    private static final int MAX_BODY = 1 << 20;

    private static final int MAX_ODDITIES = 20;

    private final long origin = System.nanoTime();
    private final int maxCalls;
    private final long maxBytes;
    private final List<OpenCall> calls = new ArrayList<>();
    private final List<String> oddities = new ArrayList<>();
    private int begun;
    private int active;
    private long bytes;
    private boolean full;
    private long firstAt;
    private final CompletableFuture<Void> first = new CompletableFuture<>();
    private long lastActivity = System.nanoTime();

    /** The trace without an outcome, until something more is taken down. */
    private @Nullable Trace latest;

    /** A recording with the usual bounds. */
    public Recording() {
        this(50_000, 64L << 20);
    }

    /**
     * @param maxCalls so many requests are kept; later ones are not
     * @param maxBytes so many bytes of headers and bodies are kept
     */
    public Recording(int maxCalls, long maxBytes) {
        this.maxCalls = maxCalls;
        this.maxBytes = maxBytes;
    }

    /** Nanoseconds since the recording began. Never 0. */
    public long now() {
        return Math.max(1, System.nanoTime() - origin);
    }

    /** The moment at which the recording began, on the clock of {@link System#nanoTime()}. */
    public long origin() {
        return origin;
    }

    /** Takes down a request that has arrived whole. */
    public synchronized OpenCall begin(
            int connection,
            boolean endpoint,
            String method,
            String target,
            List<Header> headers,
            byte[] body,
            long beganAt) {
        var call = new OpenCall(
                begun++,
                connection,
                endpoint,
                method,
                target,
                List.copyOf(headers),
                Body.of(body, MAX_BODY),
                beganAt,
                now());
        active++;
        changed();
        if (firstAt == 0) {
            firstAt = call.arrivedAt;
            first.complete(null);
        }
        bytes += 512
                + body.length
                + headers.stream()
                        .mapToLong(h -> h.name().length() + h.value().length())
                        .sum();
        if (full || calls.size() >= maxCalls || bytes > maxBytes) {
            full = true;
        } else {
            calls.add(call);
        }
        notifyAll();
        return call;
    }

    /** Takes down a connection that brought something else than HTTP/1.1. */
    public synchronized void oddity(@Nullable String words) {
        if (oddities.size() < MAX_ODDITIES && !oddities.contains(words)) {
            oddities.add(words);
            latest = null;
        }
        notifyAll();
    }

    /** The oddities so far. */
    public synchronized List<String> oddities() {
        return List.copyOf(oddities);
    }

    /** Done once a request has arrived. */
    public CompletableFuture<Void> first() {
        return first.copy();
    }

    /** When the first request had arrived, in nanoseconds since the recording began; 0 until then. */
    public synchronized long firstAt() {
        return firstAt;
    }

    /** How many requests have been taken down, or would have been but for the bound. */
    public synchronized int begun() {
        return begun;
    }

    /** How many exchanges are under way. */
    public synchronized int active() {
        return active;
    }

    /** When something was last taken down, on the clock of {@link System#nanoTime()}. */
    public synchronized long lastActivity() {
        return lastActivity;
    }

    /** The exchanges recorded so far. */
    public synchronized Trace trace(Optional<Outcome> outcome) {
        if (outcome.isEmpty() && latest != null) {
            return latest;
        }
        var trace = new Trace(calls.stream().map(OpenCall::snapshot).toList(), outcome, oddities, !full);
        if (outcome.isEmpty()) {
            latest = trace;
        }
        return trace;
    }

    private void changed() {
        lastActivity = System.nanoTime();
        latest = null;
    }

    /** Waits until the condition holds, looking again after each thing that is taken down; tells whether it does. */
    public synchronized boolean await(BooleanSupplier condition, long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        while (!condition.getAsBoolean()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            wait(Math.min(50, left / 1_000_000 + 1));
        }
        return true;
    }

    /** A call under way. */
    public final class OpenCall {
        private final int number;
        private final int connection;
        private final boolean endpoint;
        private final String method;
        private final String target;
        private final List<Header> headers;
        private final Body body;
        private final long beganAt;
        private final long arrivedAt;
        private int status;
        private List<Header> replyHeaders = List.of();
        private final ByteArrayOutputStream reply = new ByteArrayOutputStream(0);
        private final List<Sent> events = new ArrayList<>();
        private @Nullable SseReader reader;
        private long answeredAt;
        private long endedAt;
        private Ending ending = Ending.OPEN;

        private OpenCall(
                int number,
                int connection,
                boolean endpoint,
                String method,
                String target,
                List<Header> headers,
                Body body,
                long beganAt,
                long arrivedAt) {
            this.number = number;
            this.connection = connection;
            this.endpoint = endpoint;
            this.method = method;
            this.target = target;
            this.headers = headers;
            this.body = body;
            this.beganAt = beganAt;
            this.arrivedAt = arrivedAt;
        }

        /** The head of the reply is about to be sent. */
        public void head(int status, List<Header> headers) {
            synchronized (Recording.this) {
                this.status = status;
                replyHeaders = List.copyOf(headers);
                answeredAt = now();
                if (snapshot().isStream()) {
                    reader = new SseReader(this::event);
                }
                changed();
                Recording.this.notifyAll();
            }
        }

        private void event(SseEvent event) {
            events.add(new Sent(
                    now(),
                    event.id(),
                    event.retry().filter(r -> r.matches("[0-9]{1,9}")).map(Long::valueOf),
                    Body.of(event.data() == null ? "" : event.data())));
        }

        /** Bytes of the reply's body are about to be sent. */
        public void bytes(byte[] some) {
            synchronized (Recording.this) {
                if (full) {
                    return;
                }
                if (reply.size() < MAX_BODY) {
                    reply.write(some, 0, Math.min(some.length, MAX_BODY - reply.size()));
                    bytes += some.length;
                }
                if (reader != null && events.size() < maxCalls) {
                    reader.read(some);
                }
                changed();
            }
        }

        /** The exchange has ended; only the first end counts. */
        public void end(Ending how) {
            synchronized (Recording.this) {
                if (ending == Ending.OPEN) {
                    ending = how;
                    endedAt = now();
                    active--;
                    changed();
                    Recording.this.notifyAll();
                }
            }
        }

        /** The part recorded so far. */
        public Call snapshot() {
            synchronized (Recording.this) {
                return new Call(
                        number,
                        connection,
                        endpoint,
                        method,
                        target,
                        headers,
                        body,
                        beganAt,
                        arrivedAt,
                        status,
                        replyHeaders,
                        Body.of(reply.toString(StandardCharsets.UTF_8)),
                        List.copyOf(events),
                        answeredAt,
                        endedAt,
                        ending);
            }
        }
    }
}
