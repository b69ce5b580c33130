package dev.mcpsession.server.http;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The options of event streams, and the bounds on what is held for clients.
 *
 * @param keepAlive how often a quiet stream gets a sign of life; null for never
 * @param eventStore how many events are kept of each session, for streams to be resumed; 0 for none
 * @param everyAnswer whether answers that are given at once can be resumed in revisions without priming events, too
 * @param maxQueued how many bytes may wait for a client that does not read, besides one event of any size
 * @param longestStall for how long a client may take nothing of a response that waits for it; null for ever
 * @param maxHeld how many bytes may wait for all clients together; as many bytes of events are kept for all sessions
 * @param retry after what time a client should come back to a stream whose connection has ended
 */
public record StreamOptions(
        @Nullable Duration keepAlive,
        int eventStore,
        boolean everyAnswer,
        int maxQueued,
        @Nullable Duration longestStall,
        long maxHeld,
        Duration retry) {}
