package dev.mcpsession.conformance.target;

import java.time.Duration;
import tools.jackson.databind.JsonNode;

/**
 * A tool of the server under test that takes longer than the idle timeout, and the arguments that make it so.
 *
 * @param atLeast the shortest time that such a call takes on the server, as a promise of whoever names the tool; zero
 *     where nothing is promised. How long a call seems to take from here is no such bound: the machine may be slow.
 */
public record SlowTool(String name, JsonNode arguments, Duration atLeast) {

    /** A tool of which it is not known how long it takes at least. */
    public SlowTool(String name, JsonNode arguments) {
        this(name, arguments, Duration.ZERO);
    }
}
