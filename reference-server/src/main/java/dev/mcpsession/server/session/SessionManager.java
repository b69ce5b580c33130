package dev.mcpsession.server.session;

import static java.lang.System.Logger.Level.WARNING;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Sessions in memory. Opens them, finds them, and ends them: when their client says so, when they have been idle for
 * too long, when room is needed, or when the manager is closed. Knows nothing of HTTP. Safe for use by many threads.
 *
 * <p>Whoever works for a session {@linkplain #acquire acquires} it first and {@linkplain #release releases} it when
 * all is over; a session that is held does not expire (see {@link IdlePolicy}).
 */
public final class SessionManager implements Sessions {

    private static final System.Logger LOG = System.getLogger(SessionManager.class.getName());
    private static final long NEVER = Long.MAX_VALUE;

    private final SessionOptions options;
    private final IdlePolicy policy;
    private final Clock clock;
    private final long origin;
    /** In microseconds, rounded up; {@link #NEVER} if there is none. */
    private final long timeout;

    private final SessionIds ids = new SessionIds();
    private final ConcurrentHashMap<String, Session> sessions = new ConcurrentHashMap<>();
    private final AtomicInteger places = new AtomicInteger();
    private final EvictionQueue evictions = new EvictionQueue();

    /** Null if sessions do not expire. */
    private final @Nullable TimingWheel wheel;

    private final Clock.Registration reaper;

    private final LongAdder opened = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final Map<EndReason, LongAdder> ended = new EnumMap<>(EndReason.class);

    private volatile boolean draining;
    private volatile boolean closed;

    /** Makes a manager without sessions. If there is an idle timeout, its clock begins to drive the reaper. */
    public SessionManager(SessionOptions options) {
        this.options = options;
        policy = options.idlePolicy();
        clock = options.clock();
        origin = clock.nanos();
        for (var reason : EndReason.values()) {
            ended.put(reason, new LongAdder());
        }
        if (options.idleTimeout() == null) {
            timeout = NEVER;
            wheel = null;
            reaper = () -> {};
        } else {
            timeout = Math.max(1, ceilMicros(options.idleTimeout().toNanos()));
            var made = new TimingWheel(timeout);
            wheel = made;
            reaper = clock.drive(() -> sweep(made));
        }
    }

    /** Returns the options that the manager was made with. */
    @Override
    public SessionOptions options() {
        return options;
    }

    /**
     * Opens a session. It is acquired for {@link Use#REQUEST} by the exchange that opens it, which must
     * {@linkplain #release release} it.
     *
     * @param owner the principal to whom the session belongs; null if it was opened without credentials
     * @param attachment whatever the caller needs to remember; null for nothing
     * @throws NoRoomException if the limit is reached and no session is idle, or the manager is closed
     */
    public Session register(@Nullable String owner, @Nullable Object attachment) {
        takePlace();
        var session = new Session(ids.next(), owner, attachment, ceilNow(), policy.holds(Use.REQUEST));
        opened.increment();
        tell(() -> options.listener().opened(session));
        // Into the wheel first: once the session can be found it can be ended, and its end takes it out of both.
        if (wheel != null) {
            wheel.add(session, floorNow() + timeout);
        }
        sessions.put(session.id(), session);
        if (session.isEnded()) {
            // A timeout that nothing holds may pass before it can be found; its end has not found it then.
            sessions.remove(session.id(), session);
        }
        // Closing ends every session that it finds. What it may have missed is ended here.
        if (closed) {
            if (session.end()) {
                bury(session, EndReason.SHUT_DOWN);
            }
            throw new NoRoomException("The server opens no more sessions");
        }
        return session;
    }

    private void takePlace() {
        if (draining || closed) {
            refused.increment();
            throw new NoRoomException("The server opens no more sessions");
        }
        int limit = options.maxSessions() == 0 ? Integer.MAX_VALUE : options.maxSessions();
        while (true) {
            int taken = places.get();
            if (taken < limit) {
                if (places.compareAndSet(taken, taken + 1)) {
                    return;
                }
                continue;
            }
            var evicted = evictions.endLongestIdle(sessions.values());
            if (evicted != null) {
                // Its place goes to the new session at once: an eviction is never in vain.
                clearAway(evicted, EndReason.EVICTED);
                return;
            }
            // A session that has ended but can still be found is about to make room.
            if (isAnyEnded()) {
                Thread.onSpinWait();
            } else if (places.get() >= limit) {
                refused.increment();
                throw new NoRoomException("Too many sessions, and none of them is idle");
            }
        }
    }

    private boolean isAnyEnded() {
        for (var session : sessions.values()) {
            if (session.isEnded()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Finds a session and starts an exchange in it. A session that belongs to somebody else is not found, and is not
     * touched. Each success must be followed by one {@link #release} with the same use.
     *
     * @return the session, or null if there is none with this id for this owner
     * @throws NoRoomException if too many exchanges are open in the session
     */
    public @Nullable Session acquire(String id, @Nullable String owner, Use use) {
        var session = sessions.get(id);
        if (session == null || !Objects.equals(session.owner(), owner)) {
            return null;
        }
        return acquire(session, use) ? session : null;
    }

    /**
     * Starts one more exchange in a session that was found earlier; for work that may outlast the exchange that
     * caused it. Each success must be followed by one {@link #release} with the same use.
     *
     * @return false if the session has ended
     * @throws NoRoomException if too many exchanges are open in the session
     */
    @Override
    public boolean acquire(Session session, Use use) {
        long now = now();
        boolean holds = policy.holds(use);
        return switch (session.acquire(now / 1_000, ceilMicros(now), timeout, holds)) {
            case YES -> {
                if (!holds) {
                    tellExtended(session);
                }
                yield true;
            }
            case NO_ENDED -> false;
            case NO_EXPIRED_NOW -> {
                // The deadline counts, not the moment at which the reaper gets round to it.
                bury(session, EndReason.REAPED);
                yield false;
            }
        };
    }

    /** Ends an exchange that was acquired with the same use. The last one to end starts the full idle timeout anew. */
    @Override
    public void release(Session session, Use use) {
        if (policy.holds(use) && session.release(ceilNow())) {
            tellExtended(session);
        }
    }

    /**
     * Ends a session, whatever is in progress in it.
     *
     * @return whether this call ended it; false if it had ended already
     */
    public boolean terminate(Session session) {
        if (!session.end()) {
            return false;
        }
        bury(session, EndReason.TERMINATED);
        return true;
    }

    /**
     * Ends the session with this id, if there is one, whatever is in progress in it.
     *
     * @return whether this call ended it
     */
    public boolean terminate(String id) {
        var session = sessions.get(id);
        return session != null && terminate(session);
    }

    /**
     * Ends the session with this id as if its deadline had passed. Like the reaper, it leaves a session alone that is
     * held.
     *
     * @return whether this call ended it; false if there is none or it is held
     */
    public boolean expire(String id) {
        var session = sessions.get(id);
        if (session == null) {
            return false;
        }
        for (long seen = session.word(); Session.isIdle(seen); seen = session.word()) {
            if (session.endIfStill(seen)) {
                bury(session, EndReason.REAPED);
                return true;
            }
        }
        return false;
    }

    /** Finds a session without touching it; null if there is none with this id. */
    public @Nullable Session find(String id) {
        return sessions.get(id);
    }

    /** Returns the sessions that exist, as a view that changes with them. */
    public Collection<Session> sessions() {
        return Collections.unmodifiableCollection(sessions.values());
    }

    /** Returns for how long a session has been idle; zero if it is not, or has ended. */
    public Duration idleTime(Session session) {
        long word = session.word();
        long idle = Session.isIdle(word) ? floorNow() - Session.lastActive(word) : 0;
        // It was last active at a time that is rounded up.
        return Duration.ofNanos(1_000 * Math.max(0, idle));
    }

    // Questions to a store elsewhere are answered here at once.

    @Override
    public CompletableFuture<Session> open(@Nullable String owner, @Nullable Object attachment) {
        return CompletableFuture.completedFuture(register(owner, attachment));
    }

    @Override
    public CompletableFuture<@Nullable Session> enter(String id, @Nullable String owner, Use use) {
        return CompletableFuture.completedFuture(acquire(id, owner, use));
    }

    @Override
    public CompletableFuture<Boolean> end(Session session) {
        return CompletableFuture.completedFuture(terminate(session));
    }

    @Override
    public CompletableFuture<Void> save(Session session) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public Peers peers() {
        return Peers.NONE;
    }

    @Override
    public CompletableFuture<List<SessionInfo>> list(int limit) {
        return CompletableFuture.completedFuture(
                sessions.values().stream().limit(limit).map(this::info).toList());
    }

    @Override
    public CompletableFuture<@Nullable SessionInfo> describe(String id) {
        var session = find(id);
        return CompletableFuture.completedFuture(session == null ? null : info(session));
    }

    private SessionInfo info(Session session) {
        return new SessionInfo(
                session.id(), session.owner(), session.attachment(), session.openExchanges(), idleTime(session));
    }

    @Override
    public CompletableFuture<Boolean> end(String id) {
        return CompletableFuture.completedFuture(terminate(id));
    }

    @Override
    public CompletableFuture<Boolean> reap(String id) {
        return CompletableFuture.completedFuture(expire(id));
    }

    /** Returns what the manager has done so far. */
    @Override
    public SessionCounts counts() {
        return new SessionCounts(
                places.get(),
                opened.sum(),
                sumOf(EndReason.REAPED),
                sumOf(EndReason.TERMINATED),
                sumOf(EndReason.EVICTED),
                sumOf(EndReason.SHUT_DOWN),
                refused.sum());
    }

    private LongAdder counter(EndReason reason) {
        return Objects.requireNonNull(ended.get(reason), "Each reason has a counter");
    }

    private long sumOf(EndReason reason) {
        return counter(reason).sum();
    }

    /** Opens no more sessions; those that exist go on. A second call does nothing. */
    @Override
    public void drain() {
        draining = true;
    }

    /** Returns whether no more sessions are opened. */
    @Override
    public boolean isDraining() {
        return draining || closed;
    }

    /** Ends all sessions and opens no more. A second call does nothing. */
    @Override
    public void close() {
        closed = true;
        reaper.close();
        for (var session : List.copyOf(sessions.values())) {
            if (session.end()) {
                bury(session, EndReason.SHUT_DOWN);
            }
        }
    }

    /**
     * Ends all sessions whose deadline has passed. The clock sees to it that this is called when it should be.
     *
     * @return the earliest time, in nanoseconds of the clock, at which there may be something to do again
     */
    private long sweep(TimingWheel wheel) {
        for (var due = wheel.poll(floorNow()); due != null; due = wheel.poll(floorNow())) {
            look(due, wheel);
        }
        // The wheel is coarser than the clock: a clock that moves in steps may stop in the middle of a slot.
        wheel.takeNearlyDue(floorNow()).forEach(due -> look(due, wheel));
        // A session that is opened from now on cannot be due earlier than a full timeout from now.
        return origin + 1_000 * wheel.nextDue(floorNow() + timeout);
    }

    /** Ends a session that was taken out of the wheel, if its deadline has passed; else puts it back. */
    private void look(Session session, TimingWheel wheel) {
        long next = session.expire(floorNow(), timeout);
        if (next == Session.EXPIRED_NOW) {
            bury(session, EndReason.REAPED);
        } else if (next != Session.ENDED_EARLIER) {
            wheel.add(session, next);
            if (session.isEnded()) {
                // It ended while it was out of the wheel, so its end did not take it out.
                wheel.remove(session);
            }
        }
    }

    /**
     * Completes an end, for the thread that has set the session's ended bit. Removal comes first: listeners may look.
     */
    private void bury(Session session, EndReason reason) {
        // Before it is removed: whoever looks for room and finds no dying session finds its place.
        places.decrementAndGet();
        clearAway(session, reason);
    }

    private void clearAway(Session session, EndReason reason) {
        sessions.remove(session.id(), session);
        if (wheel != null) {
            wheel.remove(session);
        }
        counter(reason).increment();
        for (var resource : session.takeResources()) {
            tell(() -> resource.sessionEnded(session, reason));
        }
        tell(() -> options.listener().ended(session, reason));
    }

    /** Not by way of {@link #tell}: this is part of every touch, which must not allocate. */
    private void tellExtended(Session session) {
        try {
            options.listener().extended(session);
        } catch (RuntimeException | Error e) {
            LOG.log(WARNING, "A session listener failed", e);
        }
    }

    private static void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | Error e) {
            // An error may be a failed assertion of a test that listens. It must not stop the reaper.
            LOG.log(WARNING, "A session listener or resource failed", e);
        }
    }

    private long now() {
        return clock.nanos() - origin;
    }

    private long floorNow() {
        return now() / 1_000;
    }

    private long ceilNow() {
        return ceilMicros(now());
    }

    private static long ceilMicros(long nanos) {
        return (nanos + 999) / 1_000;
    }
}
