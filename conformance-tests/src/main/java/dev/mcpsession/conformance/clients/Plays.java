package dev.mcpsession.conformance.clients;

import dev.mcpsession.conformance.clients.driver.Driver;
import dev.mcpsession.conformance.clients.stage.Script;
import dev.mcpsession.conformance.clients.stage.Stage;
import dev.mcpsession.conformance.clients.trace.Outcome;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.run.UnjudgeableException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Plays scripts in front of a client, side by side, each on a server of its own, and each once however many rules
 * look at it. Programs are started a few at a time: that is work for the machine, what follows is mostly waiting. A
 * program that can turn to another server goes through many scripts with one start.
 */
final class Plays implements ClientUnderTest.Source, AutoCloseable {
    private static final int AT_ONCE = 48;

    /** How long scripts gather for a series: rules ask for theirs all at once. */
    private static final Duration GATHER = Duration.ofMillis(100);

    /** Two series of fewer scripts are more work than one. */
    private static final int LEAST = 4;

    /** How long a start holds up others. */
    private static final Duration LONGEST_START = Duration.ofSeconds(10);

    /** Null where nothing is played, as the client was not given or is not run by the kit. */
    private final @Nullable Driver driver;

    private final Duration startWithin;
    private final Duration patience;
    private final Executor threads;
    private final Semaphore starting = new Semaphore(Runtime.getRuntime().availableProcessors() + 1, true);
    private final Semaphore playing = new Semaphore(AT_ONCE, true);
    private final Map<Key, CompletableFuture<Trace>> traces = new ConcurrentHashMap<>();

    /** Those that have been played in a series, again with a start of their own. */
    private final Map<Key, CompletableFuture<Trace>> alone = new ConcurrentHashMap<>();

    private final Set<Key> inSeries = ConcurrentHashMap.newKeySet();

    /** The plays that wait for others to make a series with. */
    private final Map<Key, CompletableFuture<Trace>> queue = new LinkedHashMap<>();

    private volatile @Nullable String elsewhere;

    /** Whether the client can turn to another server, as far as that is known. */
    private volatile @Nullable Boolean turns;

    /** Whether a client that was to play a series made no request in the time that it has to start. */
    private volatile boolean late;

    private final AtomicInteger plays = new AtomicInteger();

    /** The scripts in which the kit ended a client that was at work. */
    private final Set<String> ended = new ConcurrentSkipListSet<>();

    private final AtomicInteger timesEnded = new AtomicInteger();

    record Key(Script script, Revision revision) {}

    Plays(@Nullable Driver driver, Duration startWithin, Duration patience, Executor threads) {
        this.startWithin = startWithin;
        this.driver = driver;
        this.patience = patience;
        this.threads = threads;
    }

    private Driver driver() {
        return Objects.requireNonNull(driver, "No client can be run");
    }

    String describe() {
        return driver().describe();
    }

    /** The address of another server that the output of a client names which made no request; empty if none does. */
    Optional<String> elsewhere() {
        return Optional.ofNullable(elsewhere);
    }

    /** Says that the kit has ended the client while it was at work; empty where it has not. */
    Optional<String> endings() {
        return ended.isEmpty()
                ? Optional.empty()
                : Optional.of("The kit ended the client in " + timesEnded.get() + " of its " + plays.get()
                        + " runs, since it was still at work when its time was over (scenarios "
                        + String.join(", ", ended)
                        + "): what it would have done later is not known; see --client-timeout.");
    }

    /** Begins to play a script, unless that was done before. */
    CompletableFuture<Trace> begin(Script script, Revision revision) {
        return traces.computeIfAbsent(
                new Key(script, revision), key -> mayTurn() && Series.mayHold(key) ? enqueue(key) : start(key));
    }

    /** Plays a script with a start of its own. */
    private CompletableFuture<Trace> start(Key key) {
        return CompletableFuture.supplyAsync(() -> play(key.script(), key.revision()), threads);
    }

    private boolean mayTurn() {
        return driver().startsSlowly() && !Boolean.FALSE.equals(turns);
    }

    private CompletableFuture<Trace> enqueue(Key key) {
        var trace = new CompletableFuture<Trace>();
        synchronized (queue) {
            queue.put(key, trace);
            if (queue.size() == 1) {
                CompletableFuture.delayedExecutor(GATHER.toMillis(), TimeUnit.MILLISECONDS, threads)
                        .execute(this::playQueue);
            }
        }
        return trace;
    }

    /** Plays what has gathered: in one series until it is known that the client can do that, then in several. */
    private void playQueue() {
        List<Map.Entry<Key, CompletableFuture<Trace>>> gathered;
        synchronized (queue) {
            gathered = queue.entrySet().stream()
                    .map(e -> Map.entry(e.getKey(), e.getValue()))
                    .toList();
            queue.clear();
        }
        int parts = turns == null
                ? 1
                : Math.max(1, Math.min(Runtime.getRuntime().availableProcessors(), gathered.size() / LEAST));
        for (int i = 0; i < parts; i++) {
            int part = i;
            var some = new LinkedHashMap<Key, CompletableFuture<Trace>>();
            IntStream.range(0, gathered.size())
                    .filter(n -> n % parts == part)
                    .mapToObj(gathered::get)
                    .forEach(e -> some.put(e.getKey(), e.getValue()));
            CompletableFuture.runAsync(() -> playSeries(some), threads);
        }
    }

    private void playSeries(Map<Key, CompletableFuture<Trace>> rest) {
        try {
            while (!rest.isEmpty() && mayTurn()) {
                var played = playSeries(List.copyOf(rest.keySet()));
                turns = played.isPresent();
                if (played.isEmpty() && neverCame(rest)) {
                    return;
                }
                for (var one : played.orElse(Map.of()).entrySet()) {
                    inSeries.add(one.getKey());
                    var wanted = rest.remove(one.getKey());
                    if (wanted != null) {
                        wanted.complete(one.getValue());
                    }
                }
                if (played.isPresent() && !rest.isEmpty()) {
                    // It stopped there, for a reason that shows when it is alone.
                    var entries = rest.entrySet().iterator();
                    var next = entries.next();
                    entries.remove();
                    playAlone(next.getKey(), next.getValue());
                }
            }
            rest.forEach(this::playAlone);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            rest.values().forEach(t -> t.completeExceptionally(new UnjudgeableException("the run was interrupted.")));
        } catch (RuntimeException e) {
            rest.values().forEach(t -> t.completeExceptionally(e));
        }
    }

    /**
     * Starts a client alone that may not have come because of the series. If it does not come then either, it is not
     * started again and again, each time to wait for nothing.
     */
    private boolean neverCame(Map<Key, CompletableFuture<Trace>> rest) {
        if (!late) {
            return false;
        }
        var first = rest.entrySet().iterator().next();
        var trace = play(first.getKey().script(), first.getKey().revision());
        if (!trace.calls().isEmpty() || !trace.oddities().isEmpty() || !wasEnded(trace)) {
            rest.remove(first.getKey());
            first.getValue().complete(trace);
            return false;
        }
        rest.values().forEach(wanted -> wanted.complete(trace));
        return true;
    }

    private static boolean wasEnded(Trace trace) {
        return trace.outcome().filter(Outcome::timedOut).isPresent();
    }

    private Optional<Map<Key, Trace>> playSeries(List<Key> keys) throws InterruptedException {
        starting.acquire();
        var onStart = once(starting::release);
        try {
            plays.incrementAndGet();
            return Series.play(keys, driver(), startWithin, patience, onStart, () -> late = true);
        } finally {
            onStart.run();
        }
    }

    private void playAlone(Key key, CompletableFuture<Trace> trace) {
        start(key).whenComplete((played, failure) -> {
            if (failure == null) {
                trace.complete(played);
            } else {
                trace.completeExceptionally(failure);
            }
        });
    }

    private static Runnable once(Runnable task) {
        var done = new AtomicBoolean();
        return () -> {
            if (done.compareAndSet(false, true)) {
                task.run();
            }
        };
    }

    @Override
    public ClientUnderTest.Source alone() {
        return new Alone(null);
    }

    @Override
    public ClientUnderTest.Source alone(Script script) {
        return new Alone(script);
    }

    /** The same client, whose traces are got in another way. */
    private abstract class View implements ClientUnderTest.Source {
        private final @Nullable Script only;

        /** @param only the script for which that is done; null for all */
        View(@Nullable Script only) {
            this.only = only;
        }

        /** Whether the script is got in that way. */
        final boolean isMeant(Script script) {
            return only == null || only.equals(script);
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
    }

    /** What was played in a series is played again, with a start of its own. */
    private final class Alone extends View {
        Alone(@Nullable Script only) {
            super(only);
        }

        @Override
        public void prepare(Script script, Revision revision) {
            var key = new Key(script, revision);
            if (isMeant(script) && inSeries.contains(key)) {
                alone.computeIfAbsent(key, Plays.this::start);
            }
        }

        @Override
        public Trace trace(Script script, Revision revision) {
            var key = new Key(script, revision);
            var trace = Plays.this.trace(script, revision);
            return isMeant(script) && inSeries.contains(key)
                    ? join(alone.computeIfAbsent(key, Plays.this::start))
                    : trace;
        }
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
            var onStart = once(starting::release);
            try (var stage = new Stage(script, revision)) {
                stage.recording()
                        .first()
                        .orTimeout(LONGEST_START.toMillis(), TimeUnit.MILLISECONDS)
                        .whenComplete((nothing, late) -> onStart.run());
                var trace = stage.play(driver(), startWithin, longer(patience, script.atMost()));
                plays.incrementAndGet();
                if (wasEnded(trace) && !trace.calls().isEmpty()) {
                    ended.add(script.name());
                    timesEnded.incrementAndGet();
                }
                if (trace.calls().isEmpty()) {
                    trace.outcome()
                            .flatMap(o -> OtherServer.namedIn(o.output(), stage.uri()))
                            .ifPresent(address -> elsewhere = address);
                }
                return trace;
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
    public void prepare(Script script, Revision revision) {
        begin(script, revision);
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
        return new Again(null);
    }

    @Override
    public ClientUnderTest.Source anew(Script script) {
        return new Again(script);
    }

    /** Scripts are played again, or one of them. */
    private final class Again extends View {
        private final Map<Key, CompletableFuture<Trace>> again = new ConcurrentHashMap<>();

        Again(@Nullable Script only) {
            super(only);
        }

        @Override
        public void prepare(Script script, Revision revision) {
            if (isMeant(script)) {
                again.computeIfAbsent(new Key(script, revision), Plays.this::start);
            }
        }

        @Override
        public Trace trace(Script script, Revision revision) {
            return isMeant(script)
                    ? join(again.computeIfAbsent(new Key(script, revision), Plays.this::start))
                    : Plays.this.trace(script, revision);
        }
    }

    @Override
    public void close() {
        traces.values().forEach(t -> t.cancel(true));
        alone.values().forEach(t -> t.cancel(true));
    }
}
