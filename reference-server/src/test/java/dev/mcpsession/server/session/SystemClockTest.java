package dev.mcpsession.server.session;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SystemClockTest {

    @Test
    void reapsOnTheMachinesClockAndNeverEarly() {
        var timeout = Duration.ofMillis(50);
        Map<Session, Long> endedAt = new ConcurrentHashMap<>();
        var options = SessionOptions.defaults().withIdleTimeout(timeout).withListener(new SessionListener() {
            @Override
            public void ended(Session session, EndReason reason) {
                endedAt.put(session, System.nanoTime());
            }
        });
        Map<Session, Long> lastActive = new ConcurrentHashMap<>();
        try (var manager = new SessionManager(options)) {
            for (int i = 0; i < 200; i++) {
                var session = manager.register(null, null);
                lastActive.put(session, System.nanoTime());
                manager.release(session, Use.REQUEST);
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> manager.counts().reaped() == 200);
        }
        lastActive.forEach((session, active) -> assertTrue(
                endedAt.get(session) - active >= timeout.toNanos(),
                "a session was reaped after " + (endedAt.get(session) - active) + " ns"));
    }

    @Test
    void closingTheManagerEndsItsThread() {
        var before = reapers();
        var manager = new SessionManager(SessionOptions.defaults().withIdleTimeout(Duration.ofHours(1)));
        var added = reapers();
        added.removeAll(before);
        assertEquals(1, added.size());
        manager.close();
        await().atMost(Duration.ofSeconds(30)).until(() -> added.stream().noneMatch(Thread::isAlive));
    }

    private static Set<Thread> reapers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("mcp-session-clock"))
                .collect(Collectors.toSet());
    }
}
