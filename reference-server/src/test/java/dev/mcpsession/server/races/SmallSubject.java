package dev.mcpsession.server.races;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A session manager in miniature that is right, or wrong in one way: to show what the checks notice. */
final class SmallSubject implements Subject {

    /** The mistakes that session managers make. */
    enum Flaw {

        NONE,

        /** Expiry compares the count of exchanges but not the time: it overlooks a touch that came in between. */
        STAMP_BESIDE_THE_WORD,

        /** Expiry looks first, and then ends whatever it finds. */
        CHECK_THEN_END,

        /** Whoever saw the session alive believes to be the one who has ended it. */
        ENDED_BY_BOTH,

        /** Acquiring looks first, and then counts itself in, dead or alive. */
        CHECK_THEN_ACQUIRE,

        /** Eviction looks for an idle session first, and then ends it, idle or not. */
        CHECK_THEN_EVICT,

        /** Whether there is room is looked at first, and the room taken later. */
        CHECK_THEN_OPEN
    }

    private record State(int open, int lastActive, boolean ended) {

        boolean idle() {
            return !ended && open == 0;
        }

        State end() {
            return new State(open, lastActive, true);
        }
    }

    private record Small(int number, AtomicReference<State> state) {

        Small(int number, int now) {
            this(number, new AtomicReference<>(new State(1, now, false)));
        }

        /** Ends it, whatever is open; returns whether it had not ended before. */
        boolean end() {
            // The checker knows this loop as one of steps, and AtomicReference's own as a single one.
            while (true) {
                var seen = state.get();
                if (state.compareAndSet(seen, seen.end())) {
                    return !seen.ended;
                }
            }
        }
    }

    private final Flaw flaw;
    private final int room;
    private final AtomicInteger now = new AtomicInteger();
    private final AtomicInteger registered = new AtomicInteger();
    private final Small[] sessions = new Small[MAX_SESSIONS];
    private final AtomicInteger ends = new AtomicInteger();
    private final Accounts accounts = new Accounts();
    private boolean closed;

    SmallSubject(Flaw flaw, int room) {
        this.flaw = flaw;
        this.room = room;
    }

    @Override
    public boolean holding() {
        return true;
    }

    @Override
    public int register() {
        if (flaw == Flaw.CHECK_THEN_OPEN) {
            return hasRoom() ? open() : REFUSED;
        }
        synchronized (this) {
            return hasRoom() ? open() : REFUSED;
        }
    }

    private boolean hasRoom() {
        // Once more at the end: what was no longer idle may have ended meanwhile.
        return !closed && (room == 0 || living() < room || evict() || living() < room);
    }

    private boolean evict() {
        for (int number = 0; number < registered.get(); number++) {
            var session = sessions[number];
            var seen = session.state.get();
            if (seen.idle()) {
                boolean ended = flaw == Flaw.CHECK_THEN_EVICT
                        ? session.end()
                        : session.state.compareAndSet(seen, seen.end());
                if (ended) {
                    tellEnded(session);
                    return true;
                }
            }
        }
        return false;
    }

    private synchronized int open() {
        int number = registered.get();
        sessions[number] = new Small(number, now.get());
        accounts.opened(number);
        registered.set(number + 1);
        return number;
    }

    @Override
    public boolean acquire(int number) {
        var session = sessions[number];
        while (true) {
            var seen = session.state.get();
            if (seen.ended()) {
                return false;
            }
            if (flaw == Flaw.CHECK_THEN_ACQUIRE) {
                seen = session.state.get();
            }
            if (session.state.compareAndSet(seen, new State(seen.open + 1, seen.lastActive, seen.ended))) {
                return true;
            }
        }
    }

    @Override
    public void release(int number) {
        sessions[number].state.updateAndGet(state -> new State(state.open - 1, now.get(), state.ended));
    }

    @Override
    public boolean expire(int number) {
        return expire(sessions[number], 0);
    }

    private boolean expire(Small session, int timeout) {
        while (true) {
            var seen = session.state.get();
            if (!seen.idle() || now.get() - seen.lastActive < timeout) {
                return false;
            }
            if (flaw == Flaw.STAMP_BESIDE_THE_WORD) {
                seen = session.state.get();
                if (!seen.idle()) {
                    return false;
                }
            }
            boolean ended = flaw == Flaw.CHECK_THEN_END
                    ? session.end()
                    : session.state.compareAndSet(seen, seen.end());
            if (ended) {
                tellEnded(session);
                return true;
            }
        }
    }

    @Override
    public boolean terminate(int number) {
        var session = sessions[number];
        var seen = session.state.get();
        if (seen.ended()) {
            return false;
        }
        boolean ended = session.end();
        if (!ended && flaw != Flaw.ENDED_BY_BOTH) {
            return false;
        }
        tellEnded(session);
        return true;
    }

    private void tellEnded(Small session) {
        ends.incrementAndGet();
        accounts.ended(session.number);
    }

    @Override
    public void advance() {
        now.incrementAndGet();
        for (int number = 0; number < registered.get(); number++) {
            expire(sessions[number], TIMEOUT);
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        for (int number = 0; number < registered.get(); number++) {
            terminate(number);
        }
    }

    @Override
    public boolean isEnded(int number) {
        return sessions[number].state.get().ended();
    }

    private int living() {
        int living = 0;
        for (int number = 0; number < registered.get(); number++) {
            living += isEnded(number) ? 0 : 1;
        }
        return living;
    }

    @Override
    public long live() {
        return living();
    }

    @Override
    public int listed() {
        return living();
    }

    @Override
    public void checkAccounts() {
        accounts.check(this, registered.get(), registered.get(), ends.get());
    }
}
