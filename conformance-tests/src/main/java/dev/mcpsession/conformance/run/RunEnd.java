package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Departure;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Transport;
import dev.mcpsession.conformance.target.Target;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whether a run is over before its last rule: because it was cancelled, or because the server has stopped answering, or
 * takes no connections any more.
 * Knows the threads that run rules, and interrupts them then.
 */
final class RunEnd {
    /** The shortest and the longest time for which a server that refuses connections is given to come back. */
    private static final long MIN_AWAY = Duration.ofSeconds(3).toNanos();

    private static final long MAX_AWAY = Duration.ofSeconds(10).toNanos();

    /** Between two looks at a server that refuses connections. */
    private static final long AGAIN = Duration.ofMillis(100).toNanos();

    private final Set<Thread> threads = new HashSet<>();
    private final Transport transport;
    private final Duration patience;
    private final Optional<Duration> maxSilence;
    private final Optional<Duration> budget;
    private final long started;
    private @Nullable String cancelled;
    private volatile @Nullable String silent;
    /** The rule that made each request, for as long as something else keeps the exchange. */
    private final Map<Exchange, String> makers = Collections.synchronizedMap(new WeakHashMap<>());

    private final boolean manyNodes;
    /** Being looked at: whether a server that refuses connections comes back. */
    private @Nullable CompletableFuture<Void> door;

    private volatile @Nullable Departure departure;
    /** A disruptive rule, which may be what silenced the server, is not interrupted by the silence. */
    private volatile boolean disruptiveRunning;

    /** @param started the moment at which the run began, on the clock of {@link System#nanoTime()} */
    RunEnd(Transport transport, Target target, long started) {
        this.transport = transport;
        this.started = started;
        maxSilence = target.maxSilence();
        budget = target.runBudget();
        patience = target.patience();
        manyNodes = target.hasNodes();
        transport.vain().onMore(this::endOfPatience);
        transport.onRefused(this::lookAtDoor);
    }

    /** Ends the run: rules in progress are interrupted, and no other begins. The first reason stays. */
    synchronized void cancel(String why) {
        if (cancelled == null) {
            cancelled = why;
            threads.forEach(Thread::interrupt);
        }
    }

    /** Registers the current thread; false if the run is over, and no rule may begin. */
    boolean enter() {
        if (!disruptiveRunning) {
            awaitDoor();
        }
        return register();
    }

    private synchronized boolean register() {
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

    // ---- a server that is gone ----

    /** Remembers which rule made a request. */
    void isOf(RuleCase judged, Exchange exchange) {
        makers.put(exchange, judged.rule().id());
    }

    /** A connection was refused: looks for as long as one is patient whether the server comes back. */
    private void lookAtDoor() {
        var looking = new CompletableFuture<Void>();
        synchronized (this) {
            // Of several nodes, one may be away because a rule stopped it.
            if (manyNodes || door != null || departure != null || cancelled != null) {
                return;
            }
            door = looking;
        }
        var thread = new Thread(() -> lookAtDoor(looking), "conformance-door");
        thread.setDaemon(true);
        thread.start();
    }

    private void lookAtDoor(CompletableFuture<Void> looking) {
        try {
            long until = System.nanoTime() + Math.max(MIN_AWAY, Math.min(patience.toNanos(), MAX_AWAY));
            while (!transport.takesConnections() && cancelled().isEmpty()) {
                if (System.nanoTime() - until > 0) {
                    transport.departure().ifPresent(this::left);
                    return;
                }
                TimeUnit.NANOSECONDS.sleep(AGAIN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            synchronized (this) {
                door = null;
            }
            looking.complete(null);
        }
    }

    private void left(Departure how) {
        departure = how;
        if (!disruptiveRunning) {
            cancel(whenLeft(how));
        }
    }

    /** Waits until it is known whether a server that refuses connections comes back, where one does. */
    void awaitDoor() {
        CompletableFuture<Void> looking;
        synchronized (this) {
            looking = door;
        }
        if (looking != null) {
            looking.join();
        }
    }

    /** How the server went away for good, if it did. */
    Optional<Departure> departure() {
        return Optional.ofNullable(departure);
    }

    /** In a few words, when the server went away. */
    String whenLeft(Departure how) {
        return "the server stopped answering after "
                + how.lastAnswered().map(this::named).orElse("the survey");
    }

    /** The id of the rule that made a request; empty where the kit made it for itself. */
    Optional<String> makerOf(Exchange exchange) {
        return Optional.ofNullable(makers.get(exchange));
    }

    /** A request, and the rule that made it. */
    String named(Exchange exchange) {
        var rule = makers.get(exchange);
        var body = exchange.requestBody();
        var words = exchange.describe();
        if (body != null && !words.contains(" ")) {
            words += " with the body " + exchange.excerpt(body);
        }
        return rule == null ? words : words + " of " + rule;
    }

    // ---- a server that is silent ----

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
        return cancelled().or(() -> departure().map(this::whenLeft)).or(() -> Optional.ofNullable(silent));
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
