package dev.mcpsession.server.session;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A session as it was at one moment.
 *
 * @param id its id
 * @param owner the principal that opened it; null if it was opened without credentials
 * @param attachment what it was opened with, or what has been saved since; null for nothing
 * @param openExchanges how many exchanges hold it; with a shared store, those of other nodes count as one for each node
 * @param idle for how long it has been idle; zero if it is not
 */
public record SessionInfo(
        String id, @Nullable String owner, @Nullable Object attachment, int openExchanges, Duration idle) {}
