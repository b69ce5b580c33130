package dev.mcpsession.conformance.http;

import java.time.Duration;

/**
 * The time that a run has waited for replies that did not come, or not in full. Waits side by side count once. Safe for
 * use by several threads.
 */
public final class Vain {
    private static final Duration SOON = Duration.ofSeconds(1);

    /** The waits for what any server has to send. */
    private final Spans due = new Spans();

    /** Those too for what a right server may leave out, such as the head of a stream without events. */
    private final Spans all = new Spans();

    private Runnable onMore = () -> {};
    private int requests;

    /**
     * Adds a wait. Moments are on the clock of {@link System#nanoTime()}.
     *
     * @param wasDue whether any server has to send what was waited for
     */
    void add(long from, long until, boolean wasDue) {
        Runnable tell;
        synchronized (this) {
            all.add(from, until);
            if (wasDue) {
                requests++;
                due.add(from, until);
            }
            tell = onMore;
        }
        tell.run();
    }

    /** Calls the listener, from any thread, each time that a wait was added. */
    public synchronized void onMore(Runnable listener) {
        onMore = listener;
    }

    /** The time for replies that were due. */
    public synchronized Duration total() {
        return Duration.ofNanos(due.total);
    }

    /** The time in all, for what a right server may leave out too. */
    public synchronized Duration totalOfAll() {
        return Duration.ofNanos(all.total);
    }

    /** A patience, where less than that was waited in vain so far; else a second of it. */
    static Duration shorten(Duration patience, Duration waited) {
        return waited.compareTo(patience) < 0 || patience.compareTo(SOON) < 0 ? patience : SOON;
    }

    /** The number of requests whose replies were due. */
    public synchronized int requests() {
        return requests;
    }

    /** A sum of spans, without what they have in common. */
    private static final class Spans {
        private long total;
        private boolean covered;
        private long coveredUntil;

        private void add(long from, long until) {
            total += Math.max(0, until - (covered ? Math.max(from, coveredUntil) : from));
            coveredUntil = covered ? Math.max(coveredUntil, until) : until;
            covered = true;
        }
    }
}
