package dev.mcpsession.runner.launch;

/** A server could not be started. */
public final class LaunchException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String output;
    private final boolean started;

    LaunchException(String how, String output, boolean started) {
        super(how);
        this.output = output;
        this.started = started;
    }

    /** The last part of what it printed. */
    public String output() {
        return output;
    }

    /** Whether there was a program to start at all. */
    public boolean started() {
        return started;
    }
}
