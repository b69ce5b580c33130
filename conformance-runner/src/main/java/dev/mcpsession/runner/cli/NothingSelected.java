package dev.mcpsession.runner.cli;

/** There is no rule to judge by; exit status 4. */
final class NothingSelected extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NothingSelected(String message) {
        super(message);
    }
}
