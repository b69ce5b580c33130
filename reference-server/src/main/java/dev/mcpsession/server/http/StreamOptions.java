package dev.mcpsession.server.http;

import java.time.Duration;

/**
 * How streams are kept alive and can be resumed.
 *
 * @param keepAlive how often a quiet stream gets a sign of life; null for never
 * @param eventStore how many events are kept of each session, for streams to be resumed; 0 for none
 * @param everyAnswer whether also the answers to requests that are answered at once can be resumed
 * @param maxQueued how many bytes may wait for a client that does not read, besides one event of any size
 * @param retry after what time a client should come back to a stream whose connection has ended
 */
public record StreamOptions(Duration keepAlive, int eventStore, boolean everyAnswer, int maxQueued,
        Duration retry) {
}
