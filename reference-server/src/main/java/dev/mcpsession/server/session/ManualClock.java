package dev.mcpsession.server.session;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * A clock that moves only when it is told to. Whoever advances it also runs what is due, so that when
 * {@link #advance} returns, every session whose deadline has passed is gone.
 */
public final class ManualClock implements Clock {

    private final AtomicLong now = new AtomicLong();
    private final List<LongSupplier> sweeps = new CopyOnWriteArrayList<>();

    @Override
    public long nanos() {
        return now.get();
    }

    /**
     * Moves the clock forward in one step, then runs what has become due, on the calling thread.
     *
     * @throws IllegalArgumentException if {@code step} is negative
     */
    public void advance(Duration step) {
        if (step.isNegative()) {
            throw new IllegalArgumentException("a monotonic clock cannot go back, but was told to by " + step);
        }
        now.addAndGet(step.toNanos());
        for (var sweep : sweeps) {
            run(sweep);
        }
    }

    @Override
    public Registration drive(LongSupplier sweep) {
        sweeps.add(sweep);
        run(sweep);
        return () -> sweeps.remove(sweep);
    }

    private static void run(LongSupplier sweep) {
        synchronized (sweep) {
            // When it wants to run next does not matter: each step of the clock runs it.
            var unused = sweep.getAsLong();
        }
    }
}
