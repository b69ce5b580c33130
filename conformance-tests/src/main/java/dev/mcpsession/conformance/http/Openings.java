package dev.mcpsession.conformance.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Counts the {@code initialize} requests of a run, those of all its rules. Safe for use by several threads. */
final class Openings {
    private static final String INITIALIZE = "\"initialize\"";

    private final AtomicLong begun = new AtomicLong();

    /** Those that the server may not have come to yet. */
    private final Set<Exchange> open = ConcurrentHashMap.newKeySet();

    void add(Exchange exchange, @Nullable String body) {
        if (body != null && body.contains(INITIALIZE)) {
            begun.incrementAndGet();
            open.removeIf(Openings::isOver);
            open.add(exchange);
        }
    }

    private static boolean isOver(Exchange exchange) {
        return exchange.answered() || exchange.ended();
    }

    /** A moment, and whether an opening was without an answer then. */
    record Mark(long begun, boolean underWay) {}

    Mark mark() {
        // In this order: what is answered in between has begun before, too.
        boolean underWay = !open.stream().allMatch(Openings::isOver);
        return new Mark(begun.get(), underWay);
    }

    /** Whether the server had more openings to handle since a moment than so many. */
    boolean areMoreSince(Mark mark, int own) {
        return mark.underWay() || begun.get() - mark.begun() > own;
    }
}
