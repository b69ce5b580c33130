package dev.mcpsession.runner.cli.console;

/** There is no rule to judge by; exit status 4. */
public final class NothingSelectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NothingSelectedException(String message) {
        super(message);
    }
}
