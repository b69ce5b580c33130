package dev.mcpsession.server.http;

import dev.mcpsession.server.session.Clock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * All responses that are streams and have not ended. Looks at each now and then: what is quiet gets a comment, so that
 * nothing on the way takes the connection for idle, and so that a client that is gone without a word is found out.
 */
final class OpenStreams implements AutoCloseable {

    private final Clock clock;
    private final StreamOptions options;
    private final Set<EventStream> streams = ConcurrentHashMap.newKeySet();
    private final Clock.Registration sweeps;

    OpenStreams(Clock clock, StreamOptions options) {
        this.clock = clock;
        this.options = options;
        sweeps = options.keepAlive() == null ? () -> { } : clock.drive(this::sweep);
    }

    /** Returns how many bytes may wait for a client, besides one event of any size. */
    int maxQueued() {
        return options.maxQueued();
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
        streams.forEach(EventStream::checkSoon);
        return clock.nanos() + options.keepAlive().toNanos();
    }

    @Override
    public void close() {
        sweeps.close();
    }
}
