package dev.mcpsession.runner.cli;

/** There is no rule to judge by; exit status 4. */
final class NothingSelectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NothingSelectedException(String message) {
        super(message);
    }
}
