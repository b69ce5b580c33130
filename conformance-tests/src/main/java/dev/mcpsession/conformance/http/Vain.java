package dev.mcpsession.conformance.http;

import java.time.Duration;

/**
 * The time that a run has waited for replies that did not come, or not in full. Waits side by side count once. Safe for
 * use by several threads.
 */
public final class Vain {
    private long total;
    private boolean covered;
    private long coveredUntil;
    private Runnable onMore = () -> {};
    private int requests;

    /** Moments are on the clock of {@link System#nanoTime()}. */
    void add(long from, long until) {
        Runnable tell;
        synchronized (this) {
            requests++;
            total += Math.max(0, until - (covered ? Math.max(from, coveredUntil) : from));
            coveredUntil = covered ? Math.max(coveredUntil, until) : until;
            covered = true;
            tell = onMore;
        }
        tell.run();
    }

    /** Calls the listener, from any thread, each time that the total has grown. */
    public synchronized void onMore(Runnable listener) {
        onMore = listener;
    }

    /** The time in all. */
    public synchronized Duration total() {
        return Duration.ofNanos(total);
    }

    /** The number of requests that were waited for. */
    public synchronized int requests() {
        return requests;
    }
}
