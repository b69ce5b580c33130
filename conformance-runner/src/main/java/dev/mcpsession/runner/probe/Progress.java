package dev.mcpsession.runner.probe;

/** Told how a probe goes on, by several threads. */
public interface Progress {
    /**
     * Something begins that takes its time.
     *
     * @param what in a few words
     * @param until when it is over at the latest, on the clock of {@link System#nanoTime()}
     */
    void waiting(String what, long until);
}
