package dev.mcpsession.server.session;

/**
 * Sessions by the time at which they should next be looked at. Adding, removing and taking one are O(1). The wheel is
 * told nothing when a session is touched: a session that is due but was touched since is put back for its new deadline,
 * so each costs one look per idle timeout, and the others none.
 *
 * <p>Times are in microseconds. Slot {@code n} of the endless row of slots holds what is due in
 * {@code ((n - 1) * width, n * width]} and is looked at from {@code n * width} on, thus never early; the row is wound
 * around an array that is long enough for one timeout.
 */
final class TimingWheel {

    static final int NO_SLOT = -1;

    private static final long MIN_WIDTH = 1_000;
    private static final long MAX_WIDTH = 250_000;
    private static final long MAX_SLOTS = 1 << 16;

    private final long width;
    private final Session[] slots;

    /** The first slot of the row that may hold something. */
    private long cursor;

    TimingWheel(long timeout) {
        long fine = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, timeout / 256));
        width = Math.max(fine, timeout / MAX_SLOTS);
        slots = new Session[(int) (timeout / width) + 3];
    }

    /** How late a session may be looked at, at most, by a reaper that is never kept waiting. */
    long width() {
        return width;
    }

    synchronized void add(Session session, long due) {
        long wanted = (due + width - 1) / width;
        // Further than the array reaches happens only while the reaper lags behind: then look too early, and again.
        int slot = (int) (Math.min(Math.max(wanted, cursor), cursor + slots.length - 1) % slots.length);
        var head = slots[slot];
        session.slot = slot;
        session.previous = null;
        session.next = head;
        if (head != null) {
            head.previous = session;
        }
        slots[slot] = session;
    }

    /** Removes a session; does nothing if it is not in the wheel. */
    synchronized void remove(Session session) {
        if (session.slot == NO_SLOT) {
            return;
        }
        if (session.previous == null) {
            slots[session.slot] = session.next;
        } else {
            session.previous.next = session.next;
        }
        if (session.next != null) {
            session.next.previous = session.previous;
        }
        session.next = null;
        session.previous = null;
        session.slot = NO_SLOT;
    }

    /** Takes out a session that should be looked at, or returns null if there is none. */
    synchronized Session poll(long now) {
        // After a gap of a whole turn everything is due, and looking at each slot once finds it.
        cursor = Math.max(cursor, now / width - slots.length + 1);
        while (cursor <= now / width) {
            var head = slots[(int) (cursor % slots.length)];
            if (head != null) {
                remove(head);
                return head;
            }
            cursor++;
        }
        return null;
    }

    /** The time of the first slot that holds something, or {@code otherwise} if the wheel is empty. */
    synchronized long nextDue(long otherwise) {
        for (long n = cursor; n < cursor + slots.length; n++) {
            if (slots[(int) (n % slots.length)] != null) {
                return n * width;
            }
        }
        return otherwise;
    }
}
