package dev.mcpsession.conformance.protocol;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A revision of the Model Context Protocol that has a Streamable HTTP transport.
 *
 * <p>To teach the kit a new revision, add a value here; rules name the revisions that they hold in.
 */
public enum Revision {
    V2025_03_26("2025-03-26", Era.LEGACY),
    V2025_06_18("2025-06-18", Era.LEGACY),
    V2025_11_25("2025-11-25", Era.LEGACY),
    V2026_07_28("2026-07-28", Era.MODERN);

    /** How a client opens: legacy revisions with {@code initialize}, modern ones with metadata on every request. */
    public enum Era {
        LEGACY,
        MODERN
    }

    private final String wire;
    private final Era era;

    Revision(String wire, Era era) {
        this.wire = wire;
        this.era = era;
    }

    /** The name as it stands on the wire, such as {@code 2025-11-25}. */
    public String wire() {
        return wire;
    }

    public Era era() {
        return era;
    }

    public boolean isLegacy() {
        return era == Era.LEGACY;
    }

    /** Whether this revision is {@code other} or a later one. */
    public boolean since(Revision other) {
        return compareTo(other) >= 0;
    }

    /**
     * The revision of that wire name.
     *
     * @throws IllegalArgumentException naming the known ones, if there is none
     */
    public static Revision of(String wire) {
        return find(wire)
                .orElseThrow(() -> new IllegalArgumentException("unknown revision '" + wire + "': known are "
                        + Arrays.stream(values()).map(Revision::wire).collect(Collectors.joining(", "))));
    }

    /** The revision of that wire name, or empty where the kit knows none. */
    public static java.util.Optional<Revision> find(String wire) {
        return Arrays.stream(values()).filter(r -> r.wire.equals(wire)).findFirst();
    }

    /** The legacy revisions, oldest first. */
    public static List<Revision> legacy() {
        return Arrays.stream(values()).filter(Revision::isLegacy).toList();
    }

    @Override
    public String toString() {
        return wire;
    }
}
