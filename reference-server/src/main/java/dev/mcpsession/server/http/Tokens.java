package dev.mcpsession.server.http;

import dev.mcpsession.server.session.InvalidOptionException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The bearer tokens of the principals that are let in. Keeps only digests, and compares with all of them, so that the
 * time that it takes says nothing about them.
 */
public final class Tokens {

    /** Lets everybody in, as nobody in particular. */
    public static final Tokens NONE = new Tokens(List.of());

    /** The form of a token (RFC 6750, section 2.1). */
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    private record Entry(String principal, byte[] digest) {}

    private final List<Entry> entries;

    private Tokens(List<Entry> entries) {
        this.entries = entries;
    }

    /**
     * Returns these tokens and one more. A principal may have several.
     *
     * @throws InvalidOptionException if the name is empty, or the secret cannot be sent as a token or is known already;
     *         the message does not tell the secret
     */
    public Tokens with(String principal, String secret) {
        if (principal.isBlank()) {
            throw new InvalidOptionException("token", "must belong to somebody: its name is empty");
        }
        if (!FORM.matcher(secret).matches()) {
            throw new InvalidOptionException(
                    "token",
                    "must consist of letters, digits and ._~+/- (and = at its end), " + "but that of '" + principal
                            + "' does not");
        }
        if (principal(secret) != null) {
            throw new InvalidOptionException(
                    "token", "must be a secret of its own, but that of '" + principal + "' is there twice");
        }
        var more = new ArrayList<>(entries);
        more.add(new Entry(principal, digest(secret)));
        return new Tokens(List.copyOf(more));
    }

    boolean areRequired() {
        return !entries.isEmpty();
    }

    /** Returns whose token this is; null if it is nobody's. */
    @Nullable
    String principal(String secret) {
        var digest = digest(secret);
        String found = null;
        for (var entry : entries) {
            if (MessageDigest.isEqual(entry.digest, digest)) {
                found = entry.principal;
            }
        }
        return found;
    }

    private static byte[] digest(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
