package dev.mcpsession.conformance.clients.driver;

import dev.mcpsession.conformance.clients.trace.Outcome;
import java.net.URI;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Lets the client under test loose on a server, once, and waits for its end. */
public interface Driver {
    /** The scenario of the official suite that the client is to go through. */
    String SCENARIO = "MCP_CONFORMANCE_SCENARIO";
    /** The revision that the server speaks. */
    String REVISION = "MCP_CONFORMANCE_PROTOCOL_VERSION";
    /** Data of the scenario, as a JSON object; set where there are any. */
    String CONTEXT = "MCP_CONFORMANCE_CONTEXT";
    /** Steps in place of the scenario, for clients that take them. */
    String STEPS = "MCP_SESSION_STEPS";
    /**
     * The step {@code server URL REVISION [TOKEN]}: from the next {@code connect} on the client talks to that server,
     * as if it had been started with that URL, revision and token.
     */
    String SERVER_STEP = "server";
    /** A bearer token, for clients that take one. */
    String TOKEN = "MCP_SESSION_TOKEN";

    /**
     * Runs the client until it ends, or its time is over; then it is ended.
     *
     * @param settings what the client is told, by the names of environment variables
     * @param timeOver whether the client's time is over
     * @param clock gives the moment for {@link Outcome#endedAt()}
     */
    Outcome drive(URI server, Map<String, String> settings, BooleanSupplier timeOver, LongSupplier clock)
            throws InterruptedException;

    /**
     * The same, telling each line that the client prints when its end has come, on any thread.
     *
     * @param onLine told nothing by a client whose output comes at its end only
     */
    default Outcome drive(
            URI server,
            Map<String, String> settings,
            BooleanSupplier timeOver,
            LongSupplier clock,
            Consumer<String> onLine)
            throws InterruptedException {
        return drive(server, settings, timeOver, clock);
    }

    /** Whether a start is much work, so that one start should do for several servers where the client can do that. */
    default boolean startsSlowly() {
        return false;
    }

    /** The command or name that people are shown. */
    String describe();
}
