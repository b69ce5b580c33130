package dev.mcpsession.conformance.clients.trace;

import dev.mcpsession.conformance.protocol.Json;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** A text that is JSON most of the time, and is read as such by one rule after the other, but parsed once. */
public final class Body {
    private static final char REPLACEMENT = '\uFFFD';
    static final Body EMPTY = new Body("", Optional.empty(), false);

    private final String text;
    private final Optional<Boolean> utf8;
    private final boolean cut;

    /** The parsed value, for as long as there is memory for it. */
    private volatile SoftReference<Optional<JsonNode>> json = new SoftReference<>(null);

    private Body(String text, Optional<Boolean> utf8, boolean cut) {
        this.text = text;
        this.utf8 = utf8;
        this.cut = cut;
    }

    public static Body of(String text) {
        return of(text, Optional.empty(), false);
    }

    static Body of(String text, Optional<Boolean> utf8, boolean cut) {
        return text.isEmpty() && !cut ? EMPTY : new Body(text, utf8, cut);
    }

    /** The text of bytes that should be UTF-8, cut to a bound: what is not is replaced. */
    static Body of(byte[] bytes, int most) {
        var text = new String(bytes, 0, Math.min(bytes.length, most), StandardCharsets.UTF_8);
        boolean cut = bytes.length > most;
        return of(text, Optional.of(isUtf8(bytes, cut || text.indexOf(REPLACEMENT) >= 0)), cut);
    }

    /**
     * Whether bytes are JSON in UTF-8. Text in UTF-16 or UTF-32 may be UTF-8 by its bytes, but has a zero among the
     * first four, which JSON has not (RFC 4627, section 3).
     */
    private static boolean isUtf8(byte[] bytes, boolean doubtful) {
        for (int i = 0; i < Math.min(4, bytes.length); i++) {
            if (bytes[i] == 0) {
                return false;
            }
        }
        if (!doubtful) {
            return true;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** Whether its bytes were UTF-8; empty where they are not known. */
    public Optional<Boolean> utf8() {
        return utf8;
    }

    /** The same with another text. */
    Body withText(String other) {
        return of(other, utf8, cut);
    }

    /** Whether it was longer than what is kept of it. */
    public boolean isCut() {
        return cut;
    }

    public String text() {
        return text;
    }

    public boolean isEmpty() {
        return text.isEmpty();
    }

    /** The JSON value, which must not be changed; empty where the text is none. */
    public Optional<JsonNode> json() {
        var known = json.get();
        if (known == null) {
            known = Json.read(text);
            json = new SoftReference<>(known);
        }
        return known;
    }

    /** Two are equal whose texts are. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Body body && body.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
