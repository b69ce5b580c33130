package dev.mcpsession.server.bench;

import dev.mcpsession.server.session.SessionManager;
import dev.mcpsession.server.session.SessionOptions;
import dev.mcpsession.server.session.Use;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/** The heap that a million idle sessions take, their ids and their places in all tables included. */
final class IdleMemory {

    private static final int SESSIONS = 1_000_000;

    private IdleMemory() {}

    public static void main(String[] args) {
        var memory = ManagementFactory.getMemoryMXBean();
        // Classes that are loaded and tables that are made once, however many sessions there are.
        fill(SESSIONS / 100).close();
        long before = Jvm.usedHeap(memory);
        try (var manager = fill(SESSIONS)) {
            long after = Jvm.usedHeap(memory);
            System.out.println(
                    "bytes=" + (double) (after - before) / manager.counts().live());
        }
    }

    private static SessionManager fill(int count) {
        var manager = new SessionManager(SessionOptions.defaults().withIdleTimeout(Duration.ofMinutes(30)));
        for (int i = 0; i < count; i++) {
            manager.release(manager.register(null, null), Use.REQUEST);
        }
        return manager;
    }
}
