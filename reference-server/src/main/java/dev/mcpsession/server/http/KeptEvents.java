package dev.mcpsession.server.http;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the memory of the events that are kept for clients that resume, over all sessions. Where the bound is reached,
 * a session forgets its own oldest events for new ones. Soon after, the sessions that have kept nothing new for longest
 * forget all of theirs.
 */
final class KeptEvents {

    private final long limit;
    private final AtomicLong bytes = new AtomicLong();
    private final Set<SessionStreams> keepers = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean makingRoom = new AtomicBoolean();

    /** @param limit the most bytes that all sessions keep together */
    KeptEvents(long limit) {
        this.limit = limit;
    }

    long bytes() {
        return bytes.get();
    }

    void add(SessionStreams keeper) {
        keepers.add(keeper);
    }

    void add(int more) {
        if (more == 0) {
            return;
        }
        if (bytes.addAndGet(more) > limit && makingRoom.compareAndSet(false, true)) {
            // Not by this thread: it holds the lock of a session, and must not take another's.
            CompletableFuture.runAsync(this::makeRoom);
        }
    }

    void remove(SessionStreams keeper) {
        keepers.remove(keeper);
    }

    boolean isFull() {
        return bytes.get() > limit;
    }

    private void makeRoom() {
        try {
            while (bytes.get() > limit / 4 * 3) {
                SessionStreams stalest = null;
                for (var keeper : keepers) {
                    if (stalest == null || keeper.lastKept() - stalest.lastKept() < 0) {
                        stalest = keeper;
                    }
                }
                if (stalest == null) {
                    return;
                }
                stalest.forgetEvents();
            }
        } finally {
            makingRoom.set(false);
        }
    }
}
