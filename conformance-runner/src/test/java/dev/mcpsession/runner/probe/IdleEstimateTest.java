package dev.mcpsession.runner.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IdleEstimateTest {
    private final IdleEstimate estimate = new IdleEstimate();

    private void lived(long... millis) {
        for (long each : millis) {
            estimate.lived(each * 1_000_000);
        }
    }

    private void gone(long... millis) {
        for (long each : millis) {
            estimate.gone(each * 1_000_000);
        }
    }

    private static Optional<Duration> millis(long millis) {
        return Optional.of(Duration.ofMillis(millis));
    }

    @Test
    void withoutAnEndThereIsNoTimeout() {
        lived(100, 5000);
        assertFalse(estimate.expired());
        assertEquals(Duration.ofSeconds(5), estimate.longestLife());
        assertEquals(Optional.empty(), estimate.until());
        assertEquals(Optional.empty(), estimate.usual());
        assertEquals(Optional.empty(), estimate.idleTimeout());
        assertEquals(Optional.empty(), estimate.reapLag());
    }

    @Test
    void betweenTheLongestLifeAndTheEarliestEnd() {
        lived(100, 987, 400);
        gone(5000, 1020, 1030);
        assertFalse(estimate.varies());
        assertEquals(Duration.ofMillis(987), estimate.from());
        assertEquals(millis(1020), estimate.until());
        assertEquals(millis(1000), estimate.usual());
        assertEquals(millis(980), estimate.idleTimeout());
        assertEquals(millis(260), estimate.reapLag());
        assertEquals(6, estimate.looks());
    }

    @Test
    void whatVariesIsGivenRoom() {
        lived(1000, 1800);
        gone(1500, 2000);
        assertTrue(estimate.varies());
        assertEquals(Duration.ofMillis(1000), estimate.from());
        assertEquals(millis(2000), estimate.until());
        assertEquals(Optional.empty(), estimate.usual());
        // A sweep at intervals no longer than its timeout had one of 900 ms to 1.5 s.
        assertEquals(millis(900), estimate.idleTimeout());
        assertTrue(estimate.idleTimeout().get().plus(estimate.reapLag().get()).compareTo(Duration.ofMillis(3000)) >= 0);
    }

    @Test
    void theLongestIdleOneMayHaveLived() {
        lived(900, 3000);
        gone(1000);
        assertEquals(Optional.empty(), estimate.until());
        assertEquals(millis(900), estimate.idleTimeout());
        assertEquals(Duration.ofMillis(900), estimate.from());
        assertTrue(estimate.idleTimeout().get().plus(estimate.reapLag().get()).compareTo(Duration.ofMillis(3000)) > 0);
    }

    @Test
    void whatWasGoneAtOnceTellsNoTimeout() {
        gone(20);
        assertEquals(Duration.ZERO, estimate.from());
        assertEquals(Optional.empty(), estimate.idleTimeout());
    }

    @Test
    void severalUsualSettingsAreNone() {
        lived(900);
        gone(2100);
        assertEquals(Optional.empty(), estimate.usual());
    }
}
