package dev.mcpsession.conformance.target;

/** Disturbs the store in which the nodes of a server keep their sessions, and mends it. */
public interface StoreControl {
    /** What can be done with the store. */
    enum Action {
        /** It ends; what it keeps in memory alone is lost. */
        STOP,
        /** It runs again. */
        START,
        /** It hangs, and keeps its connections. */
        PAUSE,
        /** It goes on where it was paused. */
        RESUME
    }

    /**
     * Does it, and returns when it is done.
     *
     * @return whether it was done; if not, the store is as it was
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    boolean apply(Action action) throws InterruptedException;
}
