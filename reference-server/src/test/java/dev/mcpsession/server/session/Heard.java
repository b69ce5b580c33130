package dev.mcpsession.server.session;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers what a listener hears. */
final class Heard implements SessionListener {

    final List<String> events = new CopyOnWriteArrayList<>();

    @Override
    public void opened(Session session) {
        events.add("opened");
    }

    @Override
    public void extended(Session session) {
        events.add("extended");
    }

    @Override
    public void ended(Session session, EndReason reason) {
        events.add(reason.toString());
    }
}
