package dev.mcpsession.server.session;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** {@link System#nanoTime()}, with one daemon thread for each driven sweep. */
final class SystemClock implements Clock {

    static final SystemClock INSTANCE = new SystemClock();

    private SystemClock() {}

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public Registration drive(LongSupplier sweep) {
        var sweeper = new Sweeper(sweep);
        sweeper.start();
        return sweeper;
    }

    private static final class Sweeper extends Thread implements Registration {

        private final LongSupplier sweep;
        private volatile boolean closed;

        Sweeper(LongSupplier sweep) {
            super("mcp-session-clock");
            this.sweep = sweep;
            setDaemon(true);
        }

        @Override
        public void run() {
            while (!closed) {
                long due = sweep.getAsLong();
                long wait = due - System.nanoTime();
                // An interrupt that nobody meant for us would turn the park below into a busy loop.
                Thread.interrupted();
                if (wait > 0 && !closed) {
                    LockSupport.parkNanos(this, wait);
                }
            }
        }

        @Override
        public void close() {
            closed = true;
            LockSupport.unpark(this);
        }
    }
}
