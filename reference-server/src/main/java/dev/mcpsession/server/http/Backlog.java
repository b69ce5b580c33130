package dev.mcpsession.server.http;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the memory that is held for slow clients, over all connections: responses that they have yet to take, and
 * bodies that they have yet to finish. Beyond the bound, whoever has not moved for the longest time is cut off.
 */
final class Backlog {

    private final long limit;
    private final @Nullable Duration longestStall;
    private final AtomicLong held = new AtomicLong();
    private final Set<Share> shares = ConcurrentHashMap.newKeySet();

    /**
     * @param limit the most bytes that are held for all clients together
     * @param longestStall for how long a client may take nothing of a response that waits for it; null for ever
     */
    Backlog(long limit, @Nullable Duration longestStall) {
        this.limit = limit;
        this.longestStall = longestStall;
    }

    /** Returns for how long a client may take nothing of a response that waits for it; null for ever. */
    @Nullable
    Duration longestStall() {
        return longestStall;
    }

    /** Returns how many bytes are held. */
    long held() {
        return held.get();
    }

    /**
     * Makes a share, with nothing in it.
     *
     * @param cutOff cuts the client off; called once at most, by any thread, and must neither block nor take a lock
     */
    Share share(Runnable cutOff) {
        return new Share(cutOff);
    }

    /** The bytes that are held for one client. */
    final class Share {

        private final Runnable cutOff;
        private volatile long moved = System.nanoTime();
        /** Guarded by this. */
        private long bytes;

        private boolean closed;

        private Share(Runnable cutOff) {
            this.cutOff = cutOff;
        }

        /** Sets how many bytes are held now. */
        void set(long now) {
            long more;
            synchronized (this) {
                if (closed) {
                    return;
                }
                if (bytes == 0 && now > 0) {
                    moved();
                    shares.add(this);
                } else if (now == 0) {
                    shares.remove(this);
                }
                more = now - bytes;
                bytes = now;
            }
            if (held.addAndGet(more) > limit && more > 0) {
                makeRoom();
            }
        }

        /** Notes that the client has just taken or sent something. */
        void moved() {
            moved = System.nanoTime();
        }

        /** Lets go of everything, for good. */
        void close() {
            synchronized (this) {
                held.addAndGet(-bytes);
                bytes = 0;
                closed = true;
                shares.remove(this);
            }
        }
    }

    private void makeRoom() {
        while (held.get() > limit) {
            Share slowest = null;
            for (var share : shares) {
                if (slowest == null || share.moved - slowest.moved < 0) {
                    slowest = share;
                }
            }
            if (slowest == null) {
                return;
            }
            slowest.close();
            slowest.cutOff.run();
        }
    }
}
