package dev.mcpsession.conformance.http;

import java.net.URI;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * That a server has answered nothing for a while.
 *
 * @param since when its last answer came, or the run began, on the clock of {@link System#nanoTime()}
 * @param requests how many requests that were sent later got none, although it had the time for one
 * @param lasts from the first of these requests to the end of the latest
 * @param lastAnswered the exchange that brought the last answer, where there was one
 * @param firstUnanswered the first request after it that got none
 */
public record Silence(
        long since, int requests, Duration lasts, Optional<Exchange> lastAnswered, Exchange firstUnanswered) {
    /** So many requests without an answer are no accident. */
    private static final int MANY = 10;

    /** An answer that has not come within this is late. */
    private static final Duration LATE = Duration.ofSeconds(1);

    /** How often the client's patience must have been tried until nothing more is expected. */
    private static final int TIMES = 3;

    /** Whether it has lasted for so long that a server which is merely slow, or restarts, would have answered. */
    public boolean isLasting(Duration patience) {
        return requests >= 2 * MANY && lasts.compareTo(patience.multipliedBy(TIMES)) >= 0;
    }

    /** The requests of one method that got no answer since one of them did. */
    private static final class Unanswered {
        private int requests;
        private Exchange first;
        private long lastEndAt;

        private Unanswered(Exchange first) {
            this.first = first;
        }

        private void add(Exchange exchange) {
            requests++;
            if (exchange.sentAt() - first.sentAt() < 0) {
                first = exchange;
            }
            lastEndAt = exchange.endAt();
        }

        private Silence since(long answeredAt, @Nullable Exchange lastAnswered) {
            return new Silence(
                    answeredAt,
                    requests,
                    Duration.ofNanos(lastEndAt - first.sentAt()),
                    Optional.ofNullable(lastAnswered),
                    first);
        }
    }

    /** Takes down what a server answers. Safe for use by several threads. */
    static final class Watch {
        private final URI uri;
        private long answeredAt = System.nanoTime();
        private @Nullable Exchange lastAnswered;
        private @Nullable Unanswered all;
        /** By the method that was called, such as "POST ping". */
        private final Map<String, Unanswered> byMethod = new HashMap<>();

        /** Requests to other URLs say nothing of the server. */
        Watch(URI uri) {
            this.uri = uri;
        }

        synchronized void onAnswer(Exchange exchange) {
            if (exchange.uri().equals(uri)) {
                answeredAt = System.nanoTime();
                lastAnswered = exchange;
                all = null;
                if (!byMethod.isEmpty()) {
                    byMethod.remove(exchange.describe());
                }
            }
        }

        synchronized void onEnd(Exchange exchange) {
            // A request that the kit itself breaks off before its answer is late does not count.
            boolean hadTime = exchange.failure().isPresent() || exchange.endAt() - exchange.sentAt() > LATE.toNanos();
            if (exchange.answered() || !hadTime || !exchange.uri().equals(uri)) {
                return;
            }
            var called = exchange.describe();
            if (isDue(called)) {
                byMethod.computeIfAbsent(called, name -> new Unanswered(exchange))
                        .add(exchange);
            }
            if (exchange.sentAt() - answeredAt >= 0) {
                if (all == null) {
                    all = new Unanswered(exchange);
                }
                all.add(exchange);
            }
        }

        /** The head of a GET stream may come with the first event, and a call of a tool may take its time. */
        private static boolean isDue(String called) {
            return called.startsWith("POST ") && !called.equals("POST tools/call");
        }

        /**
         * That a server, which has answered other requests meanwhile, has left the latest ones of some method without
         * an answer.
         */
        synchronized Optional<Silence> ofOneMethod() {
            return byMethod.values().stream()
                    .filter(some -> some.requests >= MANY && answeredAt - some.first.sentAt() > LATE.toNanos())
                    .max(Comparator.comparingInt(some -> some.requests))
                    .map(some -> some.since(answeredAt, lastAnswered));
        }

        synchronized Optional<Silence> silence() {
            return all == null || all.requests < MANY
                    ? Optional.empty()
                    : Optional.of(all.since(answeredAt, lastAnswered));
        }
    }
}
