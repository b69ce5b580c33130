package dev.mcpsession.server.session;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One node, which is alone. */
final class NoPeers implements Peers {

    @Override
    public boolean any() {
        return false;
    }

    @Override
    public void hear(Hearer hearer) {
        // There is nothing to hear.
    }

    @Override
    public String nameStream() {
        throw alone();
    }

    @Override
    public void signal(Session session, String message) {
        throw alone();
    }

    @Override
    public void announce() {
        throw alone();
    }

    @Override
    public CompletableFuture<Boolean> claim(Session session, long change) {
        throw alone();
    }

    @Override
    public void begin(Session session, String stream, boolean listening, Map<String, String> lastWords) {
        throw alone();
    }

    @Override
    public void emit(Session session, String stream, Event event, @Nullable String answered) {
        throw alone();
    }

    @Override
    public void keep(Session session, String stream, List<Event> events) {
        throw alone();
    }

    @Override
    public void finish(Session session, String stream, long last) {
        throw alone();
    }

    @Override
    public void disconnected(Session session, String stream) {
        throw alone();
    }

    @Override
    public CompletableFuture<@Nullable Resumed> resume(Session session, String stream, long after) {
        throw alone();
    }

    private static IllegalStateException alone() {
        return new IllegalStateException("there are no other nodes");
    }
}
