package dev.mcpsession.server.protocol;

import java.util.List;
import java.util.Optional;

/** The revisions of the protocol that have sessions over Streamable HTTP, in their order. */
public enum Revision {

    V2025_03_26("2025-03-26"),
    V2025_06_18("2025-06-18"),
    V2025_11_25("2025-11-25");

    /** The newest of them, which is offered to a client that asks for one that is not supported. */
    public static final Revision LATEST = V2025_11_25;

    /** What a client means that names no revision, as the transport section of each later revision says. */
    public static final Revision ASSUMED = V2025_03_26;

    private static final List<Revision> ALL = List.of(values());

    private final String label;

    Revision(String label) {
        this.label = label;
    }

    /** Returns the name that the revision has on the wire, such as {@code 2025-11-25}. */
    public String label() {
        return label;
    }

    /** Returns whether a message may be an array of messages, which only the first of these revisions knows. */
    public boolean hasBatches() {
        return this == V2025_03_26;
    }

    /** Returns whether requests carry the revision in a header of their own. */
    public boolean hasVersionHeader() {
        return this != V2025_03_26;
    }

    /** Returns whether a tool reports bad arguments in its result, where earlier ones have a protocol error. */
    boolean reportsBadArgumentsInResult() {
        return this == V2025_11_25;
    }

    /** Finds a revision by its name on the wire. */
    public static Optional<Revision> of(String label) {
        for (var revision : ALL) {
            if (revision.label.equals(label)) {
                return Optional.of(revision);
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return label;
    }
}
