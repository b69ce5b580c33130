package dev.mcpsession.server.session;

/**
 * The counters of a {@link SessionManager}. They are read one after the other, not in one instant.
 *
 * @param live sessions that exist now
 * @param opened sessions ever opened
 * @param reaped sessions ended because they were idle for the whole idle timeout
 * @param terminated sessions ended by a client or by the program
 * @param evicted sessions ended to make room
 * @param shutDown sessions ended by closing the manager
 * @param refused openings refused because there was no room
 */
public record SessionCounts(
        long live, long opened, long reaped, long terminated, long evicted, long shutDown, long refused) {}
