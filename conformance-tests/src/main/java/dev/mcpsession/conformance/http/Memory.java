package dev.mcpsession.conformance.http;

import java.util.concurrent.atomic.AtomicLong;

/** How much of the heap replies may take, all together and each. Safe for use by several threads. */
final class Memory {
    /** The share of the heap that all replies together may take. */
    private static final int SHARE = 4;

    private static final long MIN_TOTAL = 16 << 20;
    private static final long MAX_EACH = 32 << 20;

    private final AtomicLong held = new AtomicLong();
    private final long total;
    private final long each;

    /** That of this virtual machine. */
    Memory() {
        this(Math.max(MIN_TOTAL, Runtime.getRuntime().maxMemory() / SHARE));
    }

    /** @param total in bytes */
    Memory(long total) {
        this.total = total;
        each = Math.min(MAX_EACH, total / SHARE);
    }

    /** The bytes that one reply may take. */
    long each() {
        return each;
    }

    long held() {
        return held.get();
    }

    /** Takes so many bytes; false where all replies together would take too many. */
    boolean take(long bytes) {
        if (held.addAndGet(bytes) <= total) {
            return true;
        }
        held.addAndGet(-bytes);
        return false;
    }

    void give(long bytes) {
        held.addAndGet(-bytes);
    }
}
