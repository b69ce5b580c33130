package dev.mcpsession.server.races;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/** The events of each session, and whether they add up. */
public final class Accounts {

    private static final AtomicLong KEPT = new AtomicLong();

    private final AtomicInteger registered = new AtomicInteger();
    private final Map<String, Integer> numbers = new ConcurrentHashMap<>();
    private final AtomicIntegerArray openings = new AtomicIntegerArray(Subject.MAX_SESSIONS);
    private final AtomicIntegerArray ends = new AtomicIntegerArray(Subject.MAX_SESSIONS);

    /** Makes accounts without sessions. */
    public Accounts() {
        KEPT.incrementAndGet();
    }

    /** Returns how many accounts were kept so far: one in each run of a program. */
    static long kept() {
        return KEPT.get();
    }

    /** A session was told to have opened; returns the number that it gets. */
    public int opened(String id) {
        int number = numbers.computeIfAbsent(id, first -> registered.getAndIncrement());
        openings.incrementAndGet(number);
        return number;
    }

    /** A session was told to have ended. */
    public void ended(String id) {
        ends.incrementAndGet(number(id));
    }

    /** Returns the number of a session. */
    public int number(String id) {
        return numbers.get(id);
    }

    /**
     * Checks that each session's life was told as it was, and counted.
     *
     * @param countedOpenings how many openings the subject has counted
     * @param countedEnds how many ends the subject has counted
     * @throws IllegalStateException if something is wrong
     */
    public void check(Subject subject, long countedOpenings, long countedEnds) {
        int gone = 0;
        for (int number = 0; number < registered.get(); number++) {
            same("openings told of session " + number, 1, openings.get(number));
            same("ends told of session " + number, subject.isEnded(number) ? 1 : 0, ends.get(number));
            gone += subject.isEnded(number) ? 1 : 0;
        }
        same("openings counted", registered.get(), countedOpenings);
        same("ends counted", gone, countedEnds);
        same("sessions counted as living", registered.get() - gone, subject.live());
        same("sessions that can be found", registered.get() - gone, subject.listed());
    }

    private static void same(String what, long expected, long actual) {
        if (expected != actual) {
            throw new IllegalStateException(what + ": " + actual + " instead of " + expected);
        }
    }
}
