package dev.mcpsession.conformance.clients.trace;

import dev.mcpsession.conformance.protocol.Json;
import java.lang.ref.SoftReference;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** A text that is JSON most of the time, and is read as such by one rule after the other, but parsed once. */
public final class Body {
    static final Body EMPTY = new Body("");

    private final String text;

    /** The parsed value, for as long as there is memory for it. */
    private volatile SoftReference<Optional<JsonNode>> json = new SoftReference<>(null);

    private Body(String text) {
        this.text = text;
    }

    public static Body of(String text) {
        return text.isEmpty() ? EMPTY : new Body(text);
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
