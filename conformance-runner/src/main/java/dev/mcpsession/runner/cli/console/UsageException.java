package dev.mcpsession.runner.cli.console;

import org.jspecify.annotations.Nullable;

/** The kit was called in a way that cannot work; exit status 2. */
public final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UsageException(String message) {
        super(message);
    }

    public UsageException(@Nullable String message, Throwable cause) {
        super(message, cause);
    }
}
