package dev.mcpsession.conformance.http;

import java.io.IOException;

/** A reply went beyond what the kit takes, so the kit closed the exchange. */
final class ReplyBoundException extends IOException {
    private static final long serialVersionUID = 1L;

    /** @param message what the reply did, to follow "the kit closed it, since" */
    ReplyBoundException(String message) {
        super(message);
    }
}
