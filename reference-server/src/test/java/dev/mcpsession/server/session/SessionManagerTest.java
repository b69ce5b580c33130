package dev.mcpsession.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The points of the session contract, on a clock that moves by hand. */
class SessionManagerTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration NANO = Duration.ofNanos(1);

    private final ManualClock clock = new ManualClock();
    private final Heard heard = new Heard();
    private final SessionOptions options =
            SessionOptions.defaults().withIdleTimeout(TIMEOUT).withClock(clock).withListener(heard);
    private final SessionManager manager = new SessionManager(options);

    /** A session that is idle from now on. */
    private static Session openIn(SessionManager manager) {
        var session = manager.register(null, null);
        manager.release(session, Use.REQUEST);
        return session;
    }

    private static boolean isServed(SessionManager manager, Session session) {
        if (manager.acquire(session.id(), session.owner(), Use.REQUEST) == null) {
            return false;
        }
        manager.release(session, Use.REQUEST);
        return true;
    }

    // 1. The idle timeout is optional and positive.

    @ParameterizedTest
    @ValueSource(longs = {0, -1, -10_000})
    void refusesTimeoutThatIsNotPositive(long millis) {
        var refused =
                assertThrows(InvalidOptionException.class, () -> options.withIdleTimeout(Duration.ofMillis(millis)));
        assertEquals("idleTimeout", refused.option());
        assertTrue(refused.getMessage().startsWith("idleTimeout must be positive"), refused.getMessage());
    }

    @Test
    void refusesTimeoutBeyondWhatTheWordCanHold() {
        assertThrows(
                InvalidOptionException.class,
                () -> options.withIdleTimeout(SessionOptions.MAX_IDLE_TIMEOUT.plus(NANO)));
        assertThrows(InvalidOptionException.class, () -> options.withIdleTimeout(Duration.ofSeconds(Long.MAX_VALUE)));
    }

    @Test
    void tellsTimeoutsOfAnyLengthInMilliseconds() {
        assertEquals("0 ms", InvalidOptionException.millis(Duration.ZERO));
        assertEquals("-0.000001 ms", InvalidOptionException.millis(Duration.ofNanos(-1)));
        assertEquals("1500 ms", InvalidOptionException.millis(Duration.ofMillis(1500)));
        assertEquals("9223372036854775807000 ms", InvalidOptionException.millis(Duration.ofSeconds(Long.MAX_VALUE)));
    }

    @Test
    void neverExpiresWithoutTimeout() {
        var forever = new SessionManager(options.withIdleTimeout(null));
        var session = openIn(forever);
        clock.advance(Duration.ofDays(1000));
        assertTrue(isServed(forever, session));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 999, 1_000, 1_001, 1_500_000, 7_777_777, 86_400_000_000_000L})
    void acceptsAnyPositiveTimeoutAndNeverRoundsItDown(long nanos) {
        var small = new SessionManager(options.withIdleTimeout(Duration.ofNanos(nanos)));
        var session = openIn(small);
        clock.advance(Duration.ofNanos(nanos - 1));
        assertFalse(session.isEnded());
        // A timeout is rounded up to microseconds, and so is the time of the last activity.
        clock.advance(Duration.ofNanos(2_000));
        assertFalse(isServed(small, session));
    }

    // 2. Activity pushes the deadline back; what is in progress holds it.

    @Test
    void expiresAtDeadlineAndNotBefore() {
        var session = openIn(manager);
        clock.advance(TIMEOUT.minus(NANO));
        assertFalse(session.isEnded());
        clock.advance(NANO);
        assertTrue(session.isEnded());
    }

    @Test
    void activityPushesDeadlineBack() {
        var session = openIn(manager);
        for (int i = 0; i < 10; i++) {
            clock.advance(TIMEOUT.minusMillis(1));
            assertTrue(isServed(manager, session), "round " + i);
        }
        clock.advance(TIMEOUT);
        assertTrue(session.isEnded());
    }

    @Test
    void openingHoldsTheSession() {
        var session = manager.register(null, null);
        clock.advance(TIMEOUT.multipliedBy(3));
        assertFalse(session.isEnded());
        manager.release(session, Use.REQUEST);
        clock.advance(TIMEOUT.minus(NANO));
        assertFalse(session.isEnded());
        clock.advance(NANO);
        assertTrue(session.isEnded());
    }

    @ParameterizedTest
    @EnumSource(Use.class)
    void openExchangeHoldsTheSession(Use use) {
        var session = openIn(manager);
        assertSame(session, manager.acquire(session.id(), null, use));
        clock.advance(TIMEOUT.multipliedBy(100));
        assertFalse(session.isEnded());
        manager.release(session, use);
        clock.advance(TIMEOUT.minus(NANO));
        assertFalse(session.isEnded());
        clock.advance(NANO);
        assertTrue(session.isEnded());
    }

    @Test
    void fullTimeoutStartsWhenTheLastOfSeveralExchangesEnds() {
        var session = openIn(manager);
        manager.acquire(session.id(), null, Use.REQUEST);
        manager.acquire(session.id(), null, Use.STREAM);
        assertEquals(2, session.openExchanges());
        clock.advance(TIMEOUT);
        manager.release(session, Use.REQUEST);
        clock.advance(TIMEOUT);
        manager.release(session, Use.STREAM);
        clock.advance(TIMEOUT.minus(NANO));
        assertFalse(session.isEnded());
        clock.advance(NANO);
        assertTrue(session.isEnded());
    }

    @Test
    void eachSessionHasItsOwnClock() {
        var quiet = openIn(manager);
        clock.advance(TIMEOUT.dividedBy(2));
        var lively = openIn(manager);
        clock.advance(TIMEOUT.dividedBy(2));
        assertTrue(quiet.isEnded());
        assertTrue(isServed(manager, lively));
        assertEquals(1, manager.sessions().size());
    }

    @Test
    void streamDoesNotHoldUnderRequestsPolicy() {
        var requests = new SessionManager(options.withIdlePolicy(IdlePolicy.REQUESTS));
        var session = openIn(requests);
        clock.advance(TIMEOUT.dividedBy(2));
        requests.acquire(session.id(), null, Use.STREAM);
        clock.advance(TIMEOUT.minus(NANO));
        assertFalse(session.isEnded(), "opening the stream was activity");
        clock.advance(NANO);
        assertTrue(session.isEnded(), "but it does not hold the clock");
        requests.release(session, Use.STREAM);
    }

    @Test
    void requestHoldsUnderRequestsPolicy() {
        var requests = new SessionManager(options.withIdlePolicy(IdlePolicy.REQUESTS));
        var session = openIn(requests);
        requests.acquire(session.id(), null, Use.REQUEST);
        clock.advance(TIMEOUT.multipliedBy(2));
        assertFalse(session.isEnded());
    }

    @ParameterizedTest
    @EnumSource(Use.class)
    void onlyArrivalsCountUnderArrivalPolicy(Use use) {
        var arrival = new SessionManager(options.withIdlePolicy(IdlePolicy.ARRIVAL));
        var session = openIn(arrival);
        clock.advance(TIMEOUT.dividedBy(2));
        arrival.acquire(session.id(), null, use);
        clock.advance(TIMEOUT.dividedBy(2));
        assertFalse(session.isEnded());
        clock.advance(TIMEOUT.dividedBy(2));
        assertTrue(session.isEnded());
        arrival.release(session, use);
    }

    // 3. At the deadline the session is gone for good.

    @Test
    void expiredSessionIsRemovedAndNotFound() {
        var session = openIn(manager);
        clock.advance(TIMEOUT);
        assertNull(manager.find(session.id()));
        assertNull(manager.acquire(session.id(), null, Use.REQUEST));
        assertFalse(manager.acquire(session, Use.REQUEST));
        assertEquals(0, manager.counts().live());
        assertEquals(1, manager.counts().reaped());
        assertEquals(List.of("opened", "extended", "REAPED"), heard.events);
    }

    @Test
    void requestsForAnExpiredSessionDoNotReviveIt() {
        var session = openIn(manager);
        clock.advance(TIMEOUT);
        for (int i = 0; i < 5; i++) {
            assertNull(manager.acquire(session.id(), null, Use.REQUEST));
            clock.advance(Duration.ofMillis(1));
        }
    }

    @Test
    void deadlineCountsEvenIfTheReaperIsLate() {
        // A clock that never drives the reaper.
        var stuck = new Clock() {
            private long now;

            @Override
            public long nanos() {
                return now;
            }

            @Override
            public Registration drive(LongSupplier sweep) {
                return () -> {};
            }
        };
        var late = new SessionManager(options.withClock(stuck));
        var session = openIn(late);
        stuck.now = TIMEOUT.toNanos();
        assertNull(late.acquire(session.id(), null, Use.REQUEST));
        assertEquals(1, late.counts().reaped());
        assertEquals(0, late.sessions().size());
    }

    // 4. Ending is idempotent and told once.

    @Test
    void terminatesOnce() {
        var session = openIn(manager);
        assertTrue(manager.terminate(session));
        assertFalse(manager.terminate(session));
        assertFalse(manager.terminate(session.id()));
        assertFalse(manager.expire(session.id()));
        clock.advance(TIMEOUT);
        manager.close();
        manager.close();
        assertEquals(List.of("opened", "extended", "TERMINATED"), heard.events);
        assertEquals(new SessionCounts(0, 1, 0, 1, 0, 0, 0), manager.counts());
    }

    @Test
    void releaseAfterTheEndIsHarmless() {
        var session = openIn(manager);
        manager.acquire(session.id(), null, Use.REQUEST);
        manager.terminate(session);
        manager.release(session, Use.REQUEST);
        assertTrue(session.isEnded());
        assertEquals(List.of("opened", "extended", "TERMINATED"), heard.events);
    }

    @Test
    void releasingTooOftenIsReported() {
        var session = openIn(manager);
        assertThrows(IllegalStateException.class, () -> manager.release(session, Use.REQUEST));
        assertFalse(session.isEnded());
    }

    @Test
    void endedSessionLeavesNothingInTheWheel() {
        var session = openIn(manager);
        assertNotEquals(TimingWheel.NO_SLOT, session.slot);
        manager.terminate(session);
        assertEquals(TimingWheel.NO_SLOT, session.slot);
    }

    // 5. Expiry succeeds only when nothing is open.

    @Test
    void expiryOnDemandLeavesHeldSessionAlone() {
        var session = openIn(manager);
        manager.acquire(session.id(), null, Use.REQUEST);
        assertFalse(manager.expire(session.id()));
        manager.release(session, Use.REQUEST);
        assertTrue(manager.expire(session.id()));
        assertFalse(manager.expire("unknown"));
        assertEquals(1, manager.counts().reaped());
    }

    @Test
    void anExchangeMayBeginInAHeldSessionOnly() {
        var session = openIn(manager);
        manager.acquire(session.id(), null, Use.REQUEST);
        assertTrue(manager.acquire(session, Use.REQUEST));
        manager.release(session, Use.REQUEST);
        manager.release(session, Use.REQUEST);
        assertEquals(0, session.openExchanges());
    }

    @Test
    void boundsOpenExchanges() {
        var session = openIn(manager);
        for (int i = 0; i < Session.MAX_OPEN; i++) {
            assertNotNull(manager.acquire(session.id(), null, Use.REQUEST));
        }
        assertThrows(NoRoomException.class, () -> manager.acquire(session.id(), null, Use.REQUEST));
        assertEquals(Session.MAX_OPEN, session.openExchanges());
        assertFalse(session.isEnded());
        manager.release(session, Use.REQUEST);
        assertNotNull(manager.acquire(session.id(), null, Use.REQUEST));
    }

    // 8. Removal comes first, then what is attached is told.

    @Test
    void tellsResourcesOnceAfterRemoval() {
        var session = openIn(manager);
        var told = new ArrayList<EndReason>();
        assertTrue(session.attach((ended, reason) -> {
            assertNull(manager.find(ended.id()));
            told.add(reason);
        }));
        clock.advance(TIMEOUT);
        manager.terminate(session);
        assertEquals(List.of(EndReason.REAPED), told);
    }

    @Test
    void oneFailingResourceDoesNotKeepTheOthersFromBeingTold() {
        var session = openIn(manager);
        var told = new ArrayList<EndReason>();
        session.attach((ended, reason) -> {
            throw new IllegalStateException("on purpose");
        });
        session.attach((ended, reason) -> told.add(reason));
        assertTrue(manager.terminate(session));
        assertEquals(List.of(EndReason.TERMINATED), told);
    }

    @Test
    void detachedResourceIsNotTold() {
        var session = openIn(manager);
        var told = new ArrayList<EndReason>();
        SessionResource resource = (ended, reason) -> told.add(reason);
        session.attach(resource);
        session.detach(resource);
        session.detach(resource);
        manager.terminate(session);
        assertTrue(told.isEmpty());
    }

    @Test
    void nothingCanBeAttachedToAnEndedSession() {
        var session = openIn(manager);
        manager.terminate(session);
        assertFalse(session.attach((ended, reason) -> {}));
    }

    // 9. A session belongs to whoever opened it.

    @Test
    void foreignerNeitherFindsNorTouchesTheSession() {
        var session = manager.register("alice", null);
        manager.release(session, Use.REQUEST);
        clock.advance(TIMEOUT.dividedBy(2));
        assertNull(manager.acquire(session.id(), "bob", Use.REQUEST));
        assertNull(manager.acquire(session.id(), null, Use.REQUEST));
        clock.advance(TIMEOUT.dividedBy(2));
        assertTrue(session.isEnded());
    }

    @Test
    void ownerFindsTheSession() {
        var session = manager.register("alice", null);
        assertSame(session, manager.acquire(session.id(), "alice", Use.REQUEST));
    }

    @Test
    void sessionOfNobodyIsNotForSomebody() {
        var session = openIn(manager);
        assertNull(manager.acquire(session.id(), "alice", Use.REQUEST));
    }

    // 10. The limit.

    @Test
    void evictsTheLongestIdle() {
        var bounded = new SessionManager(options.withIdleTimeout(null).withMaxSessions(3));
        var sessions = new ArrayList<Session>();
        for (int i = 0; i < 3; i++) {
            sessions.add(openIn(bounded));
            clock.advance(Duration.ofMillis(1));
        }
        assertTrue(isServed(bounded, sessions.get(0)));
        clock.advance(Duration.ofMillis(1));
        openIn(bounded);
        assertTrue(sessions.get(1).isEnded());
        clock.advance(Duration.ofMillis(1));
        openIn(bounded);
        assertTrue(sessions.get(2).isEnded());
        clock.advance(Duration.ofMillis(1));
        openIn(bounded);
        assertTrue(sessions.get(0).isEnded());
        assertEquals(3, bounded.counts().evicted());
        assertEquals(3, bounded.counts().live());
    }

    @Test
    void refusesWhenNoneIsIdle() {
        var bounded = new SessionManager(options.withMaxSessions(2));
        var first = bounded.register(null, null);
        bounded.register(null, null);
        assertThrows(NoRoomException.class, () -> bounded.register(null, null));
        assertEquals(1, bounded.counts().refused());
        bounded.release(first, Use.REQUEST);
        bounded.register(null, null);
        assertTrue(first.isEnded());
    }

    @Test
    void anEndedSessionMakesRoom() {
        var bounded = new SessionManager(options.withMaxSessions(1));
        bounded.terminate(bounded.register(null, null));
        bounded.register(null, null);
        assertEquals(0, bounded.counts().evicted());
    }

    @Test
    void evictsInOrderOfIdlenessBeyondOnePick() {
        int limit = 500;
        var bounded = new SessionManager(options.withIdleTimeout(null).withMaxSessions(limit));
        var order = new ArrayList<Session>();
        for (int i = 0; i < limit; i++) {
            order.add(openIn(bounded));
            clock.advance(Duration.ofMillis(1));
        }
        // Every third is touched, and so goes to the end of the line.
        var touched = new ArrayList<Session>();
        for (int i = 0; i < limit; i += 3) {
            isServed(bounded, order.get(i));
            touched.add(order.get(i));
            clock.advance(Duration.ofMillis(1));
        }
        order.removeAll(touched);
        order.addAll(touched);
        for (var next : order) {
            assertFalse(next.isEnded());
            openIn(bounded);
            clock.advance(Duration.ofMillis(1));
            assertTrue(next.isEnded());
        }
    }

    @Test
    void refusesNegativeLimit() {
        assertThrows(InvalidOptionException.class, () -> options.withMaxSessions(-1));
    }

    // 11. Reaping costs what expires.

    @Test
    void reapsAllThatExpireTogether() {
        var sessions = new ArrayList<Session>();
        for (int i = 0; i < 10_000; i++) {
            sessions.add(openIn(manager));
        }
        var kept = sessions.subList(0, 100);
        clock.advance(TIMEOUT.dividedBy(2));
        kept.forEach(session -> isServed(manager, session));
        clock.advance(TIMEOUT.dividedBy(2));
        assertEquals(100, manager.sessions().size());
        assertTrue(kept.stream().noneMatch(Session::isEnded));
        assertEquals(9_900, manager.counts().reaped());
        clock.advance(TIMEOUT.dividedBy(2));
        assertEquals(0, manager.sessions().size());
    }

    @Test
    void aLongGapOfTheClockNeitherHangsNorLosesAnything() {
        var held = manager.register(null, null);
        var idle = openIn(manager);
        clock.advance(Duration.ofDays(400));
        assertTrue(idle.isEnded());
        assertFalse(held.isEnded());
        manager.release(held, Use.REQUEST);
        clock.advance(TIMEOUT.minus(NANO));
        assertFalse(held.isEnded());
        clock.advance(NANO);
        assertTrue(held.isEnded());
    }

    // Opening and closing.

    @Test
    void idsAreDistinctVisibleAsciiWithEnoughRandomBits() {
        var ids = new HashSet<String>();
        for (int i = 0; i < 10_000; i++) {
            ids.add(manager.register(null, null).id());
        }
        assertEquals(10_000, ids.size());
        // 24 characters of 6 bits each.
        assertTrue(ids.stream().allMatch(id -> id.matches("[A-Za-z0-9_-]{24}")));
    }

    @Test
    void keepsWhatTheSessionWasRegisteredWith() {
        var attachment = new Object();
        var session = manager.register("alice", attachment);
        assertSame(attachment, session.attachment());
        assertEquals("alice", session.owner());
        assertFalse(session.toString().contains(session.id()), "an id is a secret");
    }

    @Test
    void closingEndsAllAndRefusesMore() {
        openIn(manager);
        manager.register(null, null);
        manager.close();
        assertEquals(2, manager.counts().shutDown());
        assertEquals(0, manager.sessions().size());
        assertThrows(NoRoomException.class, () -> manager.register(null, null));
        assertEquals(0, manager.counts().live());
    }

    @Test
    void aFailingListenerChangesNothing() {
        var failing = new SessionListener() {
            @Override
            public void opened(Session session) {
                throw new IllegalStateException("on purpose");
            }

            @Override
            public void extended(Session session) {
                throw new IllegalStateException("on purpose");
            }

            @Override
            public void ended(Session session, EndReason reason) {
                throw new IllegalStateException("on purpose");
            }
        };
        var told = new SessionManager(options.withListener(failing));
        var session = openIn(told);
        assertTrue(isServed(told, session));
        clock.advance(TIMEOUT);
        assertEquals(1, told.counts().reaped());
    }
}
