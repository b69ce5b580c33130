package dev.mcpsession.server.session;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One session. All that decides about its life is in one atomic word, so that acquiring it and ending it cannot both
 * succeed:
 *
 * <pre>
 *   bit 63        the session has ended
 *   bits 47..62   open exchanges
 *   bits 0..46    when it was last active, in microseconds of its manager
 * </pre>
 *
 * Since the time is part of the word, whoever finds the session expired and swaps the ended bit in on that same word
 * knows that nothing happened in between.
 */
public final class Session {

    /** The most exchanges that can be open in one session at once. */
    static final int MAX_OPEN = 0xFFFF;

    private static final int TIME_BITS = 47;
    private static final long ENDED = Long.MIN_VALUE;
    private static final long ONE_OPEN = 1L << TIME_BITS;
    private static final long TIME = ONE_OPEN - 1;

    private static final VarHandle WORD;

    static {
        try {
            WORD = MethodHandles.lookup().findVarHandle(Session.class, "word", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The place of a session in the timing wheel; guarded by the wheel. */
    @Nullable
    Session next;

    @Nullable
    Session previous;

    int slot = TimingWheel.NO_SLOT;

    private final String id;
    private final @Nullable String owner;
    private final @Nullable Object attachment;

    @SuppressWarnings("unused") // through WORD
    private volatile long word;

    /** Null when there are none, which is so for most sessions most of the time. Guarded by this. */
    private @Nullable List<SessionResource> resources;

    /** A session with one open exchange: the one that opens it. */
    Session(String id, @Nullable String owner, @Nullable Object attachment, long now, boolean held) {
        this.id = id;
        this.owner = owner;
        this.attachment = attachment;
        this.word = stamped(held ? ONE_OPEN : 0, now);
    }

    /** Returns the id, which is a secret between the server and the session's client. */
    public String id() {
        return id;
    }

    /** Returns the principal that opened the session, or null if it was opened without credentials. */
    public @Nullable String owner() {
        return owner;
    }

    /** Returns what the session was registered with; null for nothing. */
    public @Nullable Object attachment() {
        return attachment;
    }

    /** Returns how many exchanges hold the session now. */
    public int openExchanges() {
        return open(word);
    }

    /** Returns whether the session has ended. */
    public boolean isEnded() {
        return word < 0;
    }

    /**
     * Ties something to the session's life.
     *
     * @return false if the session has already ended: then the resource is not told, and the caller must act
     */
    public synchronized boolean attach(SessionResource resource) {
        if (isEnded()) {
            return false;
        }
        if (resources == null) {
            resources = new ArrayList<>(2);
        }
        resources.add(resource);
        return true;
    }

    /** Unties something from the session's life. Does nothing if it is not attached. */
    public synchronized void detach(SessionResource resource) {
        if (resources != null && resources.remove(resource) && resources.isEmpty()) {
            resources = null;
        }
    }

    /** Returns what is attached to the session now. */
    public synchronized List<SessionResource> resources() {
        return resources == null ? List.of() : List.copyOf(resources);
    }

    /** Takes all resources away. Attaching checks the ended bit under the same lock, so none can slip in afterwards. */
    synchronized List<SessionResource> takeResources() {
        var taken = resources == null ? List.<SessionResource>of() : resources;
        resources = null;
        return taken;
    }

    // The operations on the word. Times are in microseconds of the manager; `floor` is rounded down and `ceil` up, so
    // that rounding can only lengthen a session's life.

    enum Acquired {
        YES,
        /** It ended earlier. */
        NO_ENDED,
        /** Its deadline has passed, and this call ended it: the caller must see to the rest. */
        NO_EXPIRED_NOW
    }

    /**
     * Starts an exchange.
     *
     * @param holds whether the exchange counts as open until it is released, or is over for the clock as it arrives
     * @throws NoRoomException if too many exchanges are open
     */
    Acquired acquire(long floor, long ceil, long timeout, boolean holds) {
        while (true) {
            long seen = word;
            if (seen < 0) {
                return Acquired.NO_ENDED;
            }
            if (isExpired(seen, floor, timeout)) {
                if (WORD.compareAndSet(this, seen, seen | ENDED)) {
                    return Acquired.NO_EXPIRED_NOW;
                }
                continue;
            }
            if (holds && open(seen) == MAX_OPEN) {
                throw new NoRoomException("Too many open exchanges in this session");
            }
            if (WORD.compareAndSet(this, seen, holds ? seen + ONE_OPEN : stamped(seen, ceil))) {
                return Acquired.YES;
            }
        }
    }

    /**
     * Ends an exchange that holds the session.
     *
     * @return whether the session is idle from now on
     */
    boolean release(long ceil) {
        while (true) {
            long seen = word;
            if (open(seen) == 0) {
                throw new IllegalStateException("released more often than acquired");
            }
            long left = stamped(seen - ONE_OPEN, ceil);
            if (WORD.compareAndSet(this, seen, left)) {
                return left >= 0 && open(left) == 0;
            }
        }
    }

    /** Ends the session, whatever is open in it; returns whether this call did it. */
    boolean end() {
        while (true) {
            long seen = word;
            if (seen < 0) {
                return false;
            }
            if (WORD.compareAndSet(this, seen, seen | ENDED)) {
                return true;
            }
        }
    }

    /** Ends the session if it is still just as it was when {@code seen} was read; for idle words only. */
    boolean endIfStill(long seen) {
        return isIdle(seen) && WORD.compareAndSet(this, seen, seen | ENDED);
    }

    /** The results of {@link #expire} that are no times. */
    static final long EXPIRED_NOW = -1;

    static final long ENDED_EARLIER = -2;

    /** Ends the session if its deadline has passed. Else returns the earliest time at which that can be the case. */
    long expire(long floor, long timeout) {
        while (true) {
            long seen = word;
            if (seen < 0) {
                return ENDED_EARLIER;
            }
            if (!isIdle(seen)) {
                return floor + timeout;
            }
            long deadline = lastActive(seen) + timeout;
            if (deadline > floor) {
                return deadline;
            }
            if (endIfStill(seen)) {
                return EXPIRED_NOW;
            }
        }
    }

    long word() {
        return word;
    }

    static boolean isIdle(long word) {
        return word >= 0 && open(word) == 0;
    }

    static long lastActive(long word) {
        return word & TIME;
    }

    private static boolean isExpired(long word, long floor, long timeout) {
        return isIdle(word) && floor - lastActive(word) >= timeout;
    }

    private static int open(long word) {
        return (int) ((word & ~ENDED) >>> TIME_BITS);
    }

    /** The later of the two times: an exchange may be released after another that has read the clock later. */
    private static long stamped(long word, long now) {
        return (word & ~TIME) | Math.max(lastActive(word), Math.min(now, TIME));
    }

    @Override
    public String toString() {
        // Not the id: it is as good as a credential, and this ends up in logs.
        return "Session[open=" + openExchanges() + (isEnded() ? ", ended]" : "]");
    }
}
