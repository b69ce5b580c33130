package dev.mcpsession.server.session;

import org.jspecify.annotations.Nullable;

/** The store that the sessions are kept in does not answer: nothing is known of them, and nobody may be let in. */
public final class StoreUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param cause what the store's client said; null for nothing */
    public StoreUnavailableException(String message, @Nullable Throwable cause) {
        // Refusing must stay cheap under load: no stack trace.
        super(message, cause, false, false);
    }
}
