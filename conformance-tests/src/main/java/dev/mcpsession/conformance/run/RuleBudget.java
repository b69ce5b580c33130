package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.target.SlowTool;
import dev.mcpsession.conformance.target.Target;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Bounds the time of a rule, so that a server which answers in drops does not hold up the others: a rule that takes
 * longer is interrupted. Spans that the rule lets pass on purpose do not count.
 */
final class RuleBudget implements AutoCloseable {
    /** The most calls of the slow tool, and idle timeouts, that a rule waits for one after the other. */
    private static final int LONG_STEPS = 8;

    /** Rules that put load on the server send hundreds of requests, one after the other. */
    private static final int LOAD = 10;

    private final Target target;
    private final ScheduledExecutorService clock;

    /** @param look called every now and then */
    RuleBudget(Target target, Runnable look) {
        this.target = target;
        var threads = new ScheduledThreadPoolExecutor(1, task -> {
            var thread = new Thread(task, "conformance-budget");
            thread.setDaemon(true);
            return thread;
        });
        threads.setRemoveOnCancelPolicy(true);
        clock = threads;
        clock.scheduleWithFixedDelay(look, 1, 1, TimeUnit.SECONDS);
    }

    /** Watches the current thread, on which a rule begins. */
    Watch watch(RuleCase judged, Transcript transcript) {
        return new Watch(
                Thread.currentThread(),
                transcript,
                target.ruleBudget().map(most -> nanos(judged, most)).orElse(Long.MAX_VALUE));
    }

    private long nanos(RuleCase judged, Duration most) {
        var budget = judged.rule().requires().contains(Requires.STRESS) ? most.multipliedBy(LOAD) : most;
        if (judged.rule().beginsEarly()) {
            var step = target.idleTimeout()
                    .orElse(Duration.ZERO)
                    .plus(target.reapLag())
                    .plus(target.slowTool()
                            .map(SlowTool::atLeast)
                            .orElse(Duration.ZERO)
                            .multipliedBy(2));
            budget = budget.plus(step.multipliedBy(LONG_STEPS));
        }
        return budget.toNanos();
    }

    /** The watch over one attempt of a rule. */
    final class Watch {
        private final Thread thread;
        private final Transcript transcript;
        private final long budget;
        private final long started = System.nanoTime();
        private boolean over;
        private boolean exceeded;

        private Watch(Thread thread, Transcript transcript, long budget) {
            this.thread = thread;
            this.transcript = transcript;
            this.budget = budget;
            if (budget < Long.MAX_VALUE) {
                again(budget);
            }
        }

        private void again(long nanos) {
            clock.schedule(this::look, nanos, TimeUnit.NANOSECONDS);
        }

        private synchronized void look() {
            long left = budget - (System.nanoTime() - started - onPurpose());
            if (over) {
                return;
            }
            if (left > 0) {
                again(left);
            } else {
                exceeded = true;
                thread.interrupt();
            }
        }

        /** The time that was let pass until now; spans side by side count once. */
        private long onPurpose() {
            long now = System.nanoTime();
            long sum = 0;
            long counted = started;
            for (var wait : transcript.waits().stream()
                    .sorted(Comparator.comparingLong(w -> w.from() - started))
                    .toList()) {
                long until = Math.min(wait.until() - started, now - started) + started;
                long from = Math.max(wait.from() - started, counted - started) + started;
                if (until - from > 0) {
                    sum += until - from;
                    counted = until;
                }
            }
            return sum;
        }

        /** Ends the watch, on the thread of the rule; tells whether the rule took too long. */
        synchronized boolean end() {
            over = true;
            if (exceeded) {
                Thread.interrupted();
            }
            return exceeded;
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
