package dev.mcpsession.server.protocol;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The revisions of the protocol that are spoken over Streamable HTTP, in their order. */
public enum Revision {
    V2025_03_26("2025-03-26"),
    V2025_06_18("2025-06-18"),
    V2025_11_25("2025-11-25"),
    V2026_07_28("2026-07-28");

    /** The newest that begins with {@code initialize}; offered to a client that asks for one that is not supported. */
    public static final Revision LATEST_LEGACY = V2025_11_25;

    /** The revision of a client that names none, as the transport section of each later revision says. */
    public static final Revision ASSUMED = V2025_03_26;

    private static final String FIRST = "2024-10-07";
    private static final Pattern DATE = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");
    private static final List<Revision> ALL = List.of(values());

    private final String label;

    Revision(String label) {
        this.label = label;
    }

    /** Returns the name that the revision has on the wire, such as {@code 2025-11-25}. */
    public String label() {
        return label;
    }

    /** Returns whether each request says by itself how it is to be served, so that there are no sessions. */
    public boolean isModern() {
        return compareTo(LATEST_LEGACY) > 0;
    }

    /** Returns whether a message may be an array of messages, which only the first of these revisions knows. */
    public boolean hasBatches() {
        return this == V2025_03_26;
    }

    /** Returns whether requests carry the revision in a header of their own. */
    public boolean hasVersionHeader() {
        return this != V2025_03_26;
    }

    /** Returns whether a stream that can be resumed begins with an event that says from where. */
    public boolean primesStreams() {
        return this == V2025_11_25;
    }

    /** Returns whether a tool reports bad arguments in its result, where earlier ones have a protocol error. */
    boolean reportsBadArgumentsInResult() {
        return compareTo(V2025_11_25) >= 0;
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

    /**
     * Returns whether a name on the wire is that of a modern revision, known or not: the legacy ones are a closed list,
     * and whatever is dated after the last of them is modern.
     */
    public static boolean namesModern(String label) {
        return label.compareTo(LATEST_LEGACY.label) > 0 && DATE.matcher(label).matches();
    }

    /**
     * Returns whether a name on the wire may be that of a revision, known or not: the day of one. No revision is older
     * than the first that implementations speak.
     */
    public static boolean mayName(String label) {
        return label.compareTo(FIRST) >= 0 && DATE.matcher(label).matches();
    }

    @Override
    public String toString() {
        return label;
    }
}
