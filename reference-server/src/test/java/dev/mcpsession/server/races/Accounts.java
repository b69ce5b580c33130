package dev.mcpsession.server.races;

import java.util.concurrent.atomic.AtomicIntegerArray;

/** What was told of each session, and whether it adds up. */
final class Accounts {

    private final AtomicIntegerArray openings = new AtomicIntegerArray(Subject.MAX_SESSIONS);
    private final AtomicIntegerArray ends = new AtomicIntegerArray(Subject.MAX_SESSIONS);

    void opened(int number) {
        openings.incrementAndGet(number);
    }

    void ended(int number) {
        ends.incrementAndGet(number);
    }

    /**
     * @param registered how many sessions there have been
     * @param counted how many openings, and how many ends, the subject has counted
     */
    void check(Subject subject, int registered, long countedOpenings, long countedEnds) {
        int gone = 0;
        for (int number = 0; number < registered; number++) {
            same("openings told of session " + number, 1, openings.get(number));
            same("ends told of session " + number, subject.isEnded(number) ? 1 : 0, ends.get(number));
            gone += subject.isEnded(number) ? 1 : 0;
        }
        same("openings counted", registered, countedOpenings);
        same("ends counted", gone, countedEnds);
        same("sessions counted as living", registered - gone, subject.live());
        same("sessions that can be found", registered - gone, subject.listed());
    }

    private static void same(String what, long expected, long actual) {
        if (expected != actual) {
            throw new IllegalStateException(what + ": " + actual + " instead of " + expected);
        }
    }
}
