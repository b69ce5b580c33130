package dev.mcpsession.conformance.clients;

import dev.mcpsession.conformance.clients.driver.Driver;
import dev.mcpsession.conformance.clients.stage.Script;
import dev.mcpsession.conformance.clients.stage.Stage;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.run.UnjudgeableException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Plays scripts in front of a client, side by side, each on a server of its own, and each once however many rules
 * look at it. Programs are started a few at a time: that is work for the machine, what follows is mostly waiting.
 */
final class Plays implements ClientUnderTest.Source, AutoCloseable {
    private static final int AT_ONCE = 48;

    /** How long a start holds up others. */
    private static final Duration LONGEST_START = Duration.ofSeconds(10);

    private final Driver driver;
    private final Duration startWithin;
    private final Duration patience;
    private final Executor threads;
    private final Semaphore starting = new Semaphore(Runtime.getRuntime().availableProcessors() + 1, true);
    private final Semaphore playing = new Semaphore(AT_ONCE, true);
    private final Map<Key, CompletableFuture<Trace>> traces = new ConcurrentHashMap<>();

    private record Key(Script script, Revision revision) {}

    Plays(Driver driver, Duration startWithin, Duration patience, Executor threads) {
        this.startWithin = startWithin;
        this.driver = driver;
        this.patience = patience;
        this.threads = threads;
    }

    String describe() {
        return driver.describe();
    }

    /** Begins to play a script, unless that was done before. */
    CompletableFuture<Trace> begin(Script script, Revision revision) {
        return traces.computeIfAbsent(
                new Key(script, revision), key -> CompletableFuture.supplyAsync(() -> play(script, revision), threads));
    }

    static Trace join(CompletableFuture<Trace> trace) {
        try {
            return trace.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private Trace play(Script script, Revision revision) {
        try {
            playing.acquire();
            starting.acquire();
            var started = new AtomicBoolean();
            Runnable onStart = () -> {
                if (started.compareAndSet(false, true)) {
                    starting.release();
                }
            };
            try (var stage = new Stage(script, revision)) {
                stage.recording()
                        .first()
                        .orTimeout(LONGEST_START.toMillis(), TimeUnit.MILLISECONDS)
                        .whenComplete((nothing, late) -> onStart.run());
                return stage.play(driver, startWithin, longer(patience, script.atMost()));
            } finally {
                onStart.run();
                playing.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnjudgeableException("the run was interrupted.");
        }
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    @Override
    public Trace trace(Script script, Revision revision) {
        return join(begin(script, revision));
    }

    @Override
    public boolean playsScripts() {
        return true;
    }

    @Override
    public boolean runsClient() {
        return true;
    }

    /** The same client, with scripts that are played again. */
    @Override
    public ClientUnderTest.Source anew() {
        return new ClientUnderTest.Source() {
            private final Map<Key, Trace> again = new ConcurrentHashMap<>();

            @Override
            public Trace trace(Script script, Revision revision) {
                return again.computeIfAbsent(new Key(script, revision), key -> play(script, revision));
            }

            @Override
            public boolean playsScripts() {
                return true;
            }

            @Override
            public boolean runsClient() {
                return true;
            }

            @Override
            public ClientUnderTest.Source anew() {
                return Plays.this.anew();
            }
        };
    }

    @Override
    public void close() {
        traces.values().forEach(t -> t.cancel(true));
    }
}
