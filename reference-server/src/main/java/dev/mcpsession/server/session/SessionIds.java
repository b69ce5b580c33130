package dev.mcpsession.server.session;

import java.security.SecureRandom;
import java.util.Base64;

/**
 * Makes session ids, which no node makes twice: 144 random bits as 24 characters of the URL-safe Base64 alphabet, all
 * of them visible ASCII.
 */
public final class SessionIds {

    private static final int BYTES = 18;

    private static final SecureRandom RANDOM = new SecureRandom();

    /** Returns a fresh id. */
    public String next() {
        var bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
