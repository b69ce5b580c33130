package dev.mcpsession.server.http;

import dev.mcpsession.server.session.Clock;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * All responses that are streams and have not ended. Looks at them four times in each keep-alive interval, and sends a
 * comment on those that have been quiet for half of it, so that no stream is quiet for longer than one interval. That
 * keeps proxies from taking a connection for idle, and finds out about clients that have gone without a word.
 */
final class OpenStreams implements AutoCloseable {

    private final Clock clock;
    private final StreamOptions options;
    private final Backlog backlog;
    private final Set<EventStream> streams = ConcurrentHashMap.newKeySet();
    private final Clock.Registration sweeps;

    OpenStreams(Clock clock, StreamOptions options, Backlog backlog) {
        this.clock = clock;
        this.options = options;
        this.backlog = backlog;
        sweeps = options.keepAlive() == null ? () -> {} : clock.drive(this::sweep);
    }

    /** Returns how many bytes may wait for a client, besides one event of any size. */
    int maxQueued() {
        return options.maxQueued();
    }

    Backlog backlog() {
        return backlog;
    }

    long now() {
        return clock.nanos();
    }

    int count() {
        return streams.size();
    }

    void add(EventStream stream) {
        streams.add(stream);
    }

    void remove(EventStream stream) {
        streams.remove(stream);
    }

    private long sweep() {
        long now = clock.nanos();
        long interval = Objects.requireNonNull(options.keepAlive(), "Nothing else sweeps")
                .toNanos();
        streams.forEach(stream -> stream.keepAlive(now - interval / 2));
        return now + Math.max(1, interval / 4);
    }

    @Override
    public void close() {
        sweeps.close();
    }
}
