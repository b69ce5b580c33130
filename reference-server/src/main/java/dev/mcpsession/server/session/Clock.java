package dev.mcpsession.server.session;

import java.util.function.LongSupplier;

/**
 * The one source of time of a {@link SessionManager}. It must be monotonic; its origin means nothing.
 */
public interface Clock {

    /** Returns the present time in nanoseconds. Only differences between two results have a meaning. */
    long nanos();

    /**
     * Runs {@code sweep} once, and then again whenever this clock reaches the time, in nanoseconds of
     * {@link #nanos()}, that the previous run returned. Runs may come late or too often, but never two at once.
     *
     * @return closing it stops the runs
     */
    Registration drive(LongSupplier sweep);

    /** The monotonic clock of the machine; each {@linkplain #drive driven} sweep has a daemon thread of its own. */
    static Clock system() {
        return SystemClock.INSTANCE;
    }

    /** Ends something that was registered. */
    interface Registration extends AutoCloseable {

        /** Ends it; a second call does nothing. */
        @Override
        void close();
    }
}
