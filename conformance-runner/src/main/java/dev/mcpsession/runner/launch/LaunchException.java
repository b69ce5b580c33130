package dev.mcpsession.runner.launch;

/** A server could not be started. */
public final class LaunchException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String output;
    private final boolean started;
    private final boolean ended;

    LaunchException(String how, String output, boolean started) {
        this(how, output, started, true);
    }

    LaunchException(String how, String output, boolean started, boolean ended) {
        super(how);
        this.output = output;
        this.started = started;
        this.ended = ended;
    }

    /** The last part of what it printed. */
    public String output() {
        return output;
    }

    /** Whether it ended by itself; if not, it still ran when it was given up. */
    boolean ended() {
        return ended;
    }

    /** Whether there was a program to start at all. */
    public boolean started() {
        return started;
    }
}
