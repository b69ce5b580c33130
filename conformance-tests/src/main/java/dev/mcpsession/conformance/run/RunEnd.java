package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Transport;
import dev.mcpsession.conformance.target.Target;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether a run is over before its last rule: because it was cancelled, or because the server has stopped answering.
 * Knows the threads that run rules, and interrupts them then.
 */
final class RunEnd {
    private final Set<Thread> threads = new HashSet<>();
    private final Transport transport;
    private final Duration patience;
    private final Optional<Duration> maxSilence;
    private final Optional<Duration> budget;
    private final long started;
    private @Nullable String cancelled;
    private volatile @Nullable String silent;
    /** A disruptive rule, which may be what silenced the server, is not interrupted by the silence. */
    private volatile boolean disruptiveRunning;

    /** @param started the moment at which the run began, on the clock of {@link System#nanoTime()} */
    RunEnd(Transport transport, Target target, long started) {
        this.transport = transport;
        this.started = started;
        maxSilence = target.maxSilence();
        budget = target.runBudget();
        patience = target.patience();
        transport.vain().onMore(this::endOfPatience);
    }

    /** Ends the run: rules in progress are interrupted, and no other begins. The first reason stays. */
    synchronized void cancel(String why) {
        if (cancelled == null) {
            cancelled = why;
            threads.forEach(Thread::interrupt);
        }
    }

    /** Registers the current thread; false if the run is over, and no rule may begin. */
    synchronized boolean enter() {
        return cancelled == null && threads.add(Thread.currentThread());
    }

    /**
     * Lets the current thread go, and clears its interruption, so that it can clean up.
     *
     * @return false if the run was cancelled meanwhile, so that nothing can be concluded from what the rule did
     */
    synchronized boolean leave() {
        threads.remove(Thread.currentThread());
        if (cancelled != null) {
            Thread.interrupted();
        }
        return cancelled == null;
    }

    /** Runs a disruptive rule, which sees a silent server through. */
    <T> T disruptively(java.util.function.Supplier<T> work) {
        disruptiveRunning = true;
        try {
            return work.get();
        } finally {
            disruptiveRunning = false;
        }
    }

    /** The reason why the server counts as silent, if it does. */
    Optional<String> silence() {
        why();
        return Optional.ofNullable(silent);
    }

    /** Why the run was cancelled, if it was. */
    synchronized Optional<String> cancelled() {
        return Optional.ofNullable(cancelled);
    }

    /** Why no rule may begin any more; empty while the run goes on. */
    Optional<String> why() {
        if (silent == null) {
            transport.silence().filter(s -> s.isLasting(patience)).ifPresent(s -> {
                silent = "the server answered none of the last " + s.requests() + " requests, for "
                        + s.lasts().toSeconds() + " s; where it only takes long, give --patience more time";
                if (!disruptiveRunning) {
                    cancel(silent);
                }
            });
        }
        endOfPatience();
        return cancelled().or(() -> Optional.ofNullable(silent));
    }

    /** Ends the run where the server has kept it waiting for longer than it may, in the middle of rules too. */
    private void endOfPatience() {
        var vain = transport.vain();
        maxSilence
                .filter(most -> vain.total().compareTo(most) > 0)
                .ifPresent(most -> cancel("the server kept the kit waiting for "
                        + vain.total().toSeconds() + " s in all, for replies to " + vain.requests()
                        + " requests that did not come, or not completely; see --max-silence"));
        budget.filter(most -> System.nanoTime() - started > most.toNanos()
                        && vain.totalOfAll().compareTo(patience) >= 0)
                .ifPresent(most -> cancel("it had taken " + Moment.words(most)
                        + ", since the server had kept the kit waiting for "
                        + vain.totalOfAll().toSeconds() + " s in all; see --run-budget"));
    }

    /** Ends the run where its time is over, also if no reply comes that would be the occasion to look. */
    void look() {
        endOfPatience();
    }

    boolean isOver() {
        return why().isPresent();
    }
}
