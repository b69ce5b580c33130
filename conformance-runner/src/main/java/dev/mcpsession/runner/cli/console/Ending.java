package dev.mcpsession.runner.cli.console;

import dev.mcpsession.conformance.engine.Suite;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The events that end a run early: a signal, such as that of Ctrl-C, or its deadline. Then what is
 * under way is cancelled, so that it cleans up and tells what it has found so far. A second signal ends the process
 * at once.
 */
public final class Ending implements AutoCloseable {
    /** For ending what was launched, when a second signal has come. */
    private static final Duration LAST_MOMENT = Duration.ofSeconds(3);

    private final @Nullable Signals signals;
    private final AtomicInteger heard = new AtomicInteger();
    private final ScheduledExecutorService clock;
    private final Consumer<String> say;
    private final List<Suite> suites = new ArrayList<>();
    private @Nullable Thread interruptible;
    private @Nullable String why;
    private int signal;

    /**
     * @param deadline how long the call may take; null for as long as it takes
     * @param ofProcess whether the signals that the process gets are meant
     * @param say told once that the end has begun
     */
    public Ending(@Nullable Duration deadline, boolean ofProcess, Consumer<String> say) {
        this.say = say;
        clock = Executors.newSingleThreadScheduledExecutor(task -> {
            var thread = new Thread(task, "deadline");
            thread.setDaemon(true);
            return thread;
        });
        if (deadline != null) {
            clock.schedule(
                    () -> end("the deadline was over (--deadline)", 0), deadline.toNanos(), TimeUnit.NANOSECONDS);
        }
        signals = ofProcess ? new Signals(this::signalled) : null;
    }

    private void signalled(int number) {
        if (heard.getAndIncrement() > 0) {
            exit(128 + number, say);
        }
        end("it was interrupted", number);
        say.accept("Interrupted: cleaning up, then the reports of what was found so far. "
                + "Once more ends at once, without reports.");
    }

    /**
     * Ends what was launched, and nothing else; and where that takes long, not even that. It takes no lock: what holds
     * one may be what hangs.
     */
    private static void exit(int status, Consumer<String> say) {
        var watch = new Thread(
                () -> {
                    try {
                        Thread.sleep(LAST_MOMENT.toMillis());
                    } catch (InterruptedException e) {
                        // All the more reason.
                    }
                    Runtime.getRuntime().halt(status);
                },
                "end at once");
        watch.setDaemon(true);
        watch.start();
        say.accept(
                "Interrupted again: ended at once. Reports and baselines that were not written yet are not written.");
        System.exit(status);
    }

    /** Ends what is under way. */
    synchronized void end(String reason, int number) {
        if (why == null) {
            why = reason;
            suites.forEach(suite -> suite.cancel(why));
            if (interruptible != null) {
                interruptible.interrupt();
            }
        }
        signal = signal == 0 ? number : signal;
    }

    /** Makes a suite end with the call. */
    public synchronized Suite with(Suite suite) {
        suites.add(suite);
        if (why != null) {
            suite.cancel(why);
        }
        return suite;
    }

    /**
     * Runs something that can be interrupted.
     *
     * @throws InterruptedException if the call is ended meanwhile, or was before
     */
    public <T> T interruptibly(Callable<T> task) throws Exception {
        synchronized (this) {
            if (why != null) {
                throw new InterruptedException();
            }
            interruptible = Thread.currentThread();
        }
        try {
            return task.call();
        } catch (RuntimeException e) {
            if (why().isPresent()) {
                // It did not expect to be interrupted.
                throw new InterruptedException();
            }
            throw e;
        } finally {
            synchronized (this) {
                interruptible = null;
                if (why != null) {
                    Thread.interrupted();
                }
            }
        }
    }

    /** Why the call ends before its end, if it does. */
    public synchronized Optional<String> why() {
        return Optional.ofNullable(why);
    }

    /** The exit status: that of the signal, as a shell tells it, or else the one given. */
    public synchronized int status(int otherwise) {
        return signal == 0 ? otherwise : 128 + signal;
    }

    @Override
    public void close() {
        clock.shutdownNow();
        if (signals != null) {
            signals.close();
        }
    }
}
