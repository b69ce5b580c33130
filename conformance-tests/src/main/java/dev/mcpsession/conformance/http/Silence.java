package dev.mcpsession.conformance.http;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

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

    /** Takes down what a server answers. Safe for use by several threads. */
    static final class Watch {
        private final URI uri;
        private long answeredAt = System.nanoTime();
        private Exchange lastAnswered;
        private int requests;
        private Exchange firstUnanswered;
        private long lastEndAt;

        /** Requests to other URLs say nothing of the server. */
        Watch(URI uri) {
            this.uri = uri;
        }

        synchronized void onAnswer(Exchange exchange) {
            if (exchange.uri().equals(uri)) {
                answeredAt = System.nanoTime();
                lastAnswered = exchange;
                requests = 0;
            }
        }

        synchronized void onEnd(Exchange exchange) {
            // A request that the kit itself breaks off before its answer is late does not count.
            boolean hadTime = exchange.failure().isPresent() || exchange.endAt() - exchange.sentAt() > LATE.toNanos();
            if (exchange.answered() || !hadTime || !exchange.uri().equals(uri) || exchange.sentAt() - answeredAt < 0) {
                return;
            }
            if (requests++ == 0 || exchange.sentAt() - firstUnanswered.sentAt() < 0) {
                firstUnanswered = exchange;
            }
            lastEndAt = exchange.endAt();
        }

        synchronized Optional<Silence> silence() {
            return requests < MANY
                    ? Optional.empty()
                    : Optional.of(new Silence(
                            answeredAt,
                            requests,
                            Duration.ofNanos(lastEndAt - firstUnanswered.sentAt()),
                            Optional.ofNullable(lastAnswered),
                            firstUnanswered));
        }
    }
}
