package dev.mcpsession.runner.cli;

/** The kit was called in a way that cannot work; exit status 2. */
final class Misuse extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Misuse(String message) {
        super(message);
    }

    Misuse(String message, Throwable cause) {
        super(message, cause);
    }
}
