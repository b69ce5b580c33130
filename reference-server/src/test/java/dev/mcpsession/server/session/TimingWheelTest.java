package dev.mcpsession.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimingWheelTest {

    private static Session session() {
        return new Session("id", null, null, 0, false);
    }

    @Test
    void yieldsNothingBeforeItIsDue() {
        var wheel = new TimingWheel(500_000);
        var session = session();
        wheel.add(session, 500_000);
        assertNull(wheel.poll(499_999));
        assertEquals(500_000, (double) wheel.nextDue(-1), 2_000);
        assertSame(session, wheel.poll(502_000));
        assertNull(wheel.poll(600_000));
        assertEquals(-1, wheel.nextDue(-1));
    }

    @Test
    void removesFromAnyPlaceInASlot() {
        for (int removed = 0; removed < 3; removed++) {
            var wheel = new TimingWheel(500_000);
            var sessions = new Session[] {session(), session(), session()};
            for (var session : sessions) {
                wheel.add(session, 400_000);
            }
            wheel.remove(sessions[removed]);
            wheel.remove(sessions[removed]);
            int left = 0;
            while (wheel.poll(500_000) != null) {
                left++;
            }
            assertEquals(2, left);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 1_000, 500_000, 10_000_000, 3_600_000_000L, 31_536_000_000_000L})
    void yieldsEachOnceNeverEarlyAndSoon(long timeout) {
        var random = new Random(timeout);
        var wheel = new TimingWheel(timeout);
        Map<Session, Long> due = new HashMap<>();
        // As late as a slot is wide: the 256th part of the timeout, within bounds.
        long lag = Math.max(1_000, Math.max(timeout / (1 << 18), Math.min(4_000, timeout / 256)));
        long now = 0;
        for (int step = 0; step < 20_000; step++) {
            now += (long) (random.nextDouble() * timeout / 50);
            if (random.nextInt(3) > 0) {
                var session = session();
                wheel.add(session, now + timeout);
                due.put(session, now + timeout);
            }
            if (random.nextInt(4) == 0 && !due.isEmpty()) {
                var some = due.keySet().iterator().next();
                wheel.remove(some);
                due.remove(some);
            }
            for (var next = wheel.poll(now); next != null; next = wheel.poll(now)) {
                assertTrue(due.remove(next) <= now, "early, or twice");
            }
            long late = now - lag;
            if (step % 100 == 0) {
                assertTrue(due.values().stream().noneMatch(time -> time < late), "forgotten");
            }
        }
    }
}
