package dev.mcpsession.server.session;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sessions by the time at which they should next be looked at. Adding, removing and taking one are O(1). The wheel is
 * told nothing when a session is touched: a session that is due but was touched since is put back for its new deadline,
 * so each costs one look per idle timeout, and the others none.
 *
 * <p>Times are in microseconds. Slot {@code n} of the endless row of slots holds what is due in
 * {@code ((n - 1) * width, n * width]} and is looked at from {@code n * width} on, thus never early; the row is wound
 * around an array that is long enough for two timeouts: one by which the reaper may have slept, and one ahead of now.
 */
final class TimingWheel {

    static final int NO_SLOT = -1;

    private static final long MIN_WIDTH = 1_000;
    /** Half of it is how late a session is taken out on average. */
    private static final long MAX_WIDTH = 4_000;
    /** With the longest timeouts the array takes 2 MiB. */
    private static final long MAX_SLOTS_AHEAD = 1 << 18;

    private final long width;
    private final Session[] slots;

    /** The first slot of the row that may hold something. */
    private long cursor;

    TimingWheel(long timeout) {
        long fine = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, timeout / 256));
        width = Math.max(fine, timeout / MAX_SLOTS_AHEAD);
        slots = new Session[(int) (2 * timeout / width) + 3];
    }

    synchronized void add(Session session, long due) {
        long wanted = (due + width - 1) / width;
        // Further than the array reaches it can be only when the reaper was held up: then look too early, and again.
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
    synchronized @Nullable Session poll(long now) {
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

    /**
     * Takes out what becomes due in the course of the slot that {@code now} lies in: some of it may be due already. To
     * be called when {@link #poll} has found nothing more.
     */
    synchronized List<Session> takeNearlyDue(long now) {
        var head = slots[(int) ((now / width + 1) % slots.length)];
        if (head == null) {
            return List.of();
        }
        var taken = new ArrayList<Session>();
        for (var next = head; next != null; next = head) {
            head = next.next;
            remove(next);
            taken.add(next);
        }
        return taken;
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
