package dev.mcpsession.server.protocol;

/**
 * Counts of the calls of tools so far. The figures are read one after the other, not in one instant.
 *
 * @param running calls at work now
 * @param finished calls that came to their end, be it a result or an error
 * @param cancelled calls that were called off before that
 */
public record CallCounts(long running, long finished, long cancelled) {}
