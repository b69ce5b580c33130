package dev.mcpsession.runner.probe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An estimate, from probes of idle sessions, of when a server ends them. Each session is probed once, since a probe is
 * itself activity. Safe for use by several threads.
 */
final class IdleEstimate {
    /** Spans that people set timeouts to, in milliseconds. */
    private static final long[] USUAL = {
        100, 200, 250, 500, 750, 1000, 1500, 2000, 2500, 3000, 5000, 10_000, 15_000, 20_000, 30_000, 45_000, 60_000,
        90_000, 120_000, 180_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000
    };

    private final List<Long> lived = new ArrayList<>();
    private final List<Long> gone = new ArrayList<>();

    /**
     * A session was looked at, and lived.
     *
     * @param atLeast nanoseconds that the server certainly saw it idle for
     */
    synchronized void lived(long atLeast) {
        lived.add(Math.max(0, atLeast));
    }

    /**
     * A session was looked at, and was gone.
     *
     * @param atMost nanoseconds that the server can have seen it idle for at most
     */
    synchronized void gone(long atMost) {
        gone.add(atMost);
    }

    /** How many sessions were looked at. */
    synchronized int looks() {
        return lived.size() + gone.size();
    }

    /** Whether any session was gone. */
    synchronized boolean expired() {
        return !gone.isEmpty();
    }

    /** The longest that a session was certainly idle for and lived; zero where none was seen to live. */
    synchronized Duration longestLife() {
        return Duration.ofNanos(max(lived));
    }

    /** The shortest after which a session certainly was gone. */
    synchronized Optional<Duration> earliestEnd() {
        return gone.stream().min(Long::compare).map(Duration::ofNanos);
    }

    /** Whether a session lived on for longer than another did: the server does not end them all after the same span. */
    synchronized boolean varies() {
        return expired() && max(lived) >= gone.stream().min(Long::compare).orElseThrow();
    }

    /** The idle span up to which every session that was looked at lived. */
    synchronized Duration from() {
        long earliest = gone.stream().min(Long::compare).orElse(Long.MAX_VALUE);
        return Duration.ofNanos(max(lived.stream().filter(l -> l < earliest).toList()));
    }

    /** The idle span from which every session that was looked at was gone; empty where the longest idle one lived. */
    synchronized Optional<Duration> until() {
        long longest = max(lived);
        return gone.stream().filter(g -> g > longest).min(Long::compare).map(Duration::ofNanos);
    }

    private static long max(List<Long> spans) {
        return spans.stream().max(Long::compare).orElse(0L);
    }

    // ---- what to tell a run ----

    /** A usual setting within the proven interval, if there is just one. */
    Optional<Duration> usual() {
        if (!expired() || varies()) {
            return Optional.empty();
        }
        long from = from().toNanos();
        long until = until().orElseThrow().toNanos();
        var within = java.util.Arrays.stream(USUAL)
                .map(millis -> millis * 1_000_000)
                .filter(span -> span > from && span <= until)
                .boxed()
                .toList();
        return within.size() == 1 ? Optional.of(Duration.ofNanos(within.get(0))) : Optional.empty();
    }

    /**
     * An idle timeout that accuses a server of nothing that was seen: no session was gone before it. Where the times
     * vary, earlier and later ones may be to come: a server that looks for idle sessions at intervals no longer than
     * its timeout ends them after up to twice the timeout, so that the timeout is at least half of the longest life.
     */
    Optional<Duration> idleTimeout() {
        if (!expired() || from().toMillis() < 2) {
            return Optional.empty();
        }
        return Optional.of(roundedDown(varies() ? shorter(from(), longestLife().dividedBy(2)) : from()));
    }

    /** The lag that goes with {@link #idleTimeout()}: with some room for machines that are slower at another time. */
    Optional<Duration> reapLag() {
        return idleTimeout().map(timeout -> {
            var seen = until().orElseGet(this::longestLife).minus(timeout);
            var lag = varies()
                    ? longer(seen, earliestEnd().orElseThrow().multipliedBy(2).minus(timeout))
                    : seen.multipliedBy(2);
            return roundedUp(longer(lag, Duration.ofMillis(250)));
        });
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    /** To about two digits. */
    private static Duration roundedDown(Duration span) {
        long step = step(span);
        return Duration.ofMillis(span.toMillis() / step * step);
    }

    private static Duration roundedUp(Duration span) {
        long step = step(span);
        return Duration.ofMillis((span.toMillis() + step) / step * step);
    }

    private static long step(Duration span) {
        return span.toMillis() < 100 ? 1 : span.toMillis() < 1000 ? 10 : span.toMillis() < 10_000 ? 50 : 500;
    }
}
