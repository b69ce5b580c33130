package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.judgement.RuleAbortedException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Moments on the clock of {@link System#nanoTime()}. */
public final class Moment {
    private Moment() {}

    /** Lets time pass until a moment: for spans that are themselves what is measured. */
    public static void sleepUntil(long moment) {
        for (long left; (left = moment - System.nanoTime()) > 0; ) {
            if (Thread.interrupted()) {
                Thread.currentThread().interrupt();
                throw RuleAbortedException.inconclusive("the run was interrupted");
            }
            LockSupport.parkNanos(left);
        }
    }

    /** Lets a span pass, from now on. */
    public static void sleep(Duration span) {
        sleepUntil(System.nanoTime() + span.toNanos());
    }

    /** A span in words: {@code 0.75 s}, or {@code 12 ms}. */
    public static String words(long nanos) {
        return Math.abs(nanos) < 1_000_000_000L
                ? Math.round(nanos / 1e6) + " ms"
                : String.format(java.util.Locale.ROOT, "%.2f s", nanos / 1e9);
    }

    public static String words(Duration span) {
        return words(span.toNanos());
    }
}
