package dev.mcpsession.runner.launch;

import java.time.Duration;

/** A server could not be started. */
public final class LaunchException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String output;
    private final boolean started;
    private final Duration waited;

    LaunchException(String how, String output, boolean started) {
        this(how, output, started, Duration.ZERO);
    }

    LaunchException(String how, String output, boolean started, Duration waited) {
        super(how);
        this.output = output;
        this.started = started;
        this.waited = waited;
    }

    /** The last part of what it printed. */
    public String output() {
        return output;
    }

    /** Whether there was a program to start at all. */
    public boolean started() {
        return started;
    }

    /** How long it was given to start, if it did not end by itself; else zero. */
    public Duration waited() {
        return waited;
    }
}
