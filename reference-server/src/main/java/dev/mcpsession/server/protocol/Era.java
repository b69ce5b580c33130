package dev.mcpsession.server.protocol;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** A choice of the revisions that a server speaks. */
public enum Era {

    /** The revisions in which a client opens a session with {@code initialize}. */
    LEGACY(revision -> !revision.isModern()),

    /** The revisions without sessions, in which each request carries its own metadata. */
    MODERN(Revision::isModern),

    /** Both, side by side on one endpoint. */
    DUAL(revision -> true);

    private final List<Revision> revisions;

    Era(Predicate<Revision> spoken) {
        revisions = Arrays.stream(Revision.values())
                .filter(spoken)
                .sorted(Comparator.reverseOrder())
                .toList();
    }

    /** Returns the revisions that are spoken, the newest first. */
    public List<Revision> revisions() {
        return revisions;
    }

    /** Returns whether clients may open sessions. */
    public boolean hasLegacy() {
        return this != MODERN;
    }

    /** Returns whether requests are served that need no session. */
    public boolean hasModern() {
        return this != LEGACY;
    }

    /** Finds a legacy revision that is spoken, by its name on the wire. */
    public Optional<Revision> legacy(String label) {
        return Revision.of(label).filter(revision -> !revision.isModern() && revisions.contains(revision));
    }

    /** Finds a modern revision that is spoken, by its name on the wire. */
    public Optional<Revision> modern(String label) {
        return Revision.of(label).filter(revision -> revision.isModern() && revisions.contains(revision));
    }
}
