package dev.mcpsession.server.session;

/** A session or an exchange was refused because a limit is reached, or because the manager is closed. */
public final class NoRoomException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param message what there is no room for */
    public NoRoomException(String message) {
        // Refusing must stay cheap under load: no stack trace.
        super(message, null, false, false);
    }
}
