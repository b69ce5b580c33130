package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.judgement.RuleAbortedException;

/**
 * Spaces requests evenly, so that no second sees more of them than it should. Whoever comes first goes first. The
 * wait is over before the moment is taken down at which a request is sent, so that it is part of no measured span.
 */
final class Pace {
    private final long interval;
    private long next = System.nanoTime();

    /** @param mostPerSecond infinite for no bound */
    Pace(double mostPerSecond) {
        interval = Double.isInfinite(mostPerSecond) ? 0 : (long) Math.ceil(1e9 / mostPerSecond);
    }

    /**
     * Waits for the turn of one request.
     *
     * @throws RuleAbortedException if the thread is interrupted meanwhile
     */
    void await() {
        if (interval > 0) {
            Moment.sleepUntil(turn());
        }
    }

    private synchronized long turn() {
        long turn = Math.max(next, System.nanoTime());
        next = turn + interval;
        return turn;
    }
}
