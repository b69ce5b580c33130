package dev.mcpsession.conformance.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the {@code initialize} requests of a run, those of all its rules. Safe for use by several threads. */
final class Openings {
    private static final String INITIALIZE = "\"initialize\"";

    private final AtomicLong begun = new AtomicLong();

    /** Those that the server may not have come to yet. */
    private final Set<Exchange> open = ConcurrentHashMap.newKeySet();

    void add(Exchange exchange, String body) {
        if (body != null && body.contains(INITIALIZE)) {
            begun.incrementAndGet();
            open.removeIf(Openings::isOver);
            open.add(exchange);
        }
    }

    private static boolean isOver(Exchange exchange) {
        return exchange.answered() || exchange.ended();
    }

    /** The number of those begun until now. */
    long begun() {
        return begun.get();
    }

    /** Whether any is still without an answer. */
    boolean areUnderWay() {
        return !open.stream().allMatch(Openings::isOver);
    }
}
