package dev.mcpsession.server.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.session.EndReason;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Hears when sessions end, and judges whether that was right. */
final class Ends implements SessionListener {

    private final ConcurrentHashMap<String, Long> times = new ConcurrentHashMap<>();
    private final AtomicInteger toldAgain = new AtomicInteger();

    @Override
    public void ended(Session session, EndReason reason) {
        if (reason == EndReason.REAPED) {
            if (times.put(session.id(), System.nanoTime()) != null) {
                toldAgain.incrementAndGet();
            }
        }
    }

    int size() {
        return times.size();
    }

    void clear() {
        times.clear();
    }

    /**
     * Checks that every session of the clients was ended, and not before its deadline. The server saw the last activity
     * between the request and its answer, so only an end within the timeout after the request is certainly early.
     *
     * @return how late they were, at least: how long after the timeout that began with the answer
     */
    String judge(List<ForgetfulClient> clients, Duration timeout) {
        assertEquals(0, toldAgain.get(), "ends that were told twice");
        var lateness = new ArrayList<Long>();
        for (var client : clients) {
            client.activities().forEach((id, activity) -> {
                var ended = times.get(id);
                assertTrue(ended != null, "a session was never ended");
                assertTrue(ended - activity.sent() >= timeout.toNanos(), "a session was ended early");
                lateness.add((ended - activity.answered() - timeout.toNanos()) / 1_000_000);
            });
        }
        assertEquals(times.size(), lateness.size());
        Collections.sort(lateness);
        return lateness.size() + " sessions ended, late by " + lateness.get(lateness.size() / 2) + " ms (median), "
                + lateness.get(lateness.size() - 1) + " ms (worst)";
    }
}
