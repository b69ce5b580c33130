package dev.mcpsession.server.bench;

import dev.mcpsession.server.session.EndReason;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionListener;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/**
 * Watches sessions expire, and compares with when they had to. Sessions are numbered; the number is a session's
 * attachment, and those without one are let alone.
 */
final class Expiries implements SessionListener {

    private final long timeout;
    /** When each session may end at the earliest, by the machine's clock. */
    private final long[] deadlines;

    private final long[] ends;
    private final CountDownLatch left;

    Expiries(int sessions, Duration timeout) {
        this.timeout = timeout.toNanos();
        deadlines = new long[sessions];
        ends = new long[sessions];
        left = new CountDownLatch(sessions);
    }

    /** To be called right before a session is released. */
    void releasing(int number) {
        deadlines[number] = System.nanoTime() + timeout;
    }

    @Override
    public void ended(Session session, EndReason reason) {
        if (session.attachment() instanceof Integer number && reason == EndReason.REAPED) {
            ends[number] = System.nanoTime();
            left.countDown();
        }
    }

    void await() throws InterruptedException {
        left.await();
    }

    long firstDeadline() {
        return Arrays.stream(deadlines).min().orElseThrow();
    }

    long lastDeadline() {
        return Arrays.stream(deadlines).max().orElseThrow();
    }

    long lastEnd() {
        return Arrays.stream(ends).max().orElseThrow();
    }

    /** Returns by how much each session was late, in milliseconds, the earliest first; less than zero is too early. */
    double[] lateness(int from) {
        var late = new double[ends.length - from];
        for (int i = 0; i < late.length; i++) {
            late[i] = (ends[from + i] - deadlines[from + i]) / 1e6;
        }
        Arrays.sort(late);
        return late;
    }
}
