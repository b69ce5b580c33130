package dev.mcpsession.runner.probe;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds out how long a server keeps an idle session: opens many, leaves each idle for another span, looks at each once,
 * and narrows the interval from round to round. Beside them one session is kept busy: if that ends too, idleness is
 * not why.
 */
final class IdleSearch {
    private static final Duration FIRST_LOOK = Duration.ofMillis(250);
    private static final int COHORT = 12;
    private static final int MAX_ROUNDS = 5;
    /** Fewer do not show whether the server ends sessions at varying times. */
    private static final int MIN_ROUNDS = 2;

    private static final Duration FINE = Duration.ofMillis(40);
    private static final Duration BUSY_AT_LEAST_EVERY = Duration.ofSeconds(5);
    private static final Duration BUSY_AT_MOST_EVERY = Duration.ofMillis(50);
    private static final double GOLDEN = 0.6180339887;

    private final Supplier<Client> clients;
    private final IntPredicate isGone;
    private final boolean deleteOffered;
    private final Progress progress;
    private final IdleEstimate estimate = new IdleEstimate();
    private volatile @Nullable Duration endedBusyAfter;
    private @Nullable String trouble;
    private int cohort;
    private int round;
    private boolean over;

    /**
     * @param clients makes a client for each session
     * @param isGone whether a request with this status shows that its session is gone
     * @param mostSessions how many sessions to hold at once
     */
    IdleSearch(
            Supplier<Client> clients, IntPredicate isGone, boolean deleteOffered, int mostSessions, Progress progress) {
        this.clients = clients;
        this.isGone = isGone;
        this.deleteOffered = deleteOffered;
        this.progress = progress;
        cohort = Math.max(1, Math.min(COHORT, mostSessions - 1));
    }

    IdleEstimate estimate() {
        return estimate;
    }

    /** The age at which a session was gone that had been in use all along, if that happened. */
    Optional<Duration> endedBusyAfter() {
        return Optional.ofNullable(endedBusyAfter);
    }

    /** Why some sessions told nothing, if that happened. */
    Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    /**
     * Searches.
     *
     * @param upTo the longest idle span to try
     * @throws InterruptedException if it is ended meanwhile; what was found so far stays, and the sessions are ended
     */
    void run(Duration upTo) throws InterruptedException {
        // Requests are not interrupted: a session that was being opened could not be ended.
        var search = CompletableFuture.runAsync(() -> search(upTo), IdleSearch::start);
        try {
            search.get();
        } catch (InterruptedException e) {
            end();
            search.join();
            throw e;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private static void start(Runnable task) {
        var thread = new Thread(task, "probe");
        thread.setDaemon(true);
        thread.start();
    }

    private void search(Duration upTo) {
        fitCohort();
        var busy = CompletableFuture.runAsync(this::keepBusy, IdleSearch::start);
        try {
            explore(upTo);
            for (int i = 1; i <= MAX_ROUNDS && estimate.expired() && endedBusyAfter == null && !isOver(); i++) {
                var before = List.of(estimate.from(), estimate.until().orElse(Duration.ZERO));
                narrow(i);
                if (i >= MIN_ROUNDS && isFine(before)) {
                    break;
                }
            }
        } finally {
            end();
            busy.join();
        }
    }

    // ---- waiting ----

    private synchronized void end() {
        over = true;
        notifyAll();
    }

    private synchronized boolean isOver() {
        return over;
    }

    private synchronized void endRound() {
        round++;
        notifyAll();
    }

    private synchronized int round() {
        return round;
    }

    /** Lets time pass; false if the search, or the round, is over before. */
    private synchronized boolean sleepUntil(long moment, int ofRound) {
        for (long left; (left = moment - System.nanoTime()) > 0; ) {
            if (over || round > ofRound) {
                return false;
            }
            try {
                wait(left / 1_000_000, (int) (left % 1_000_000));
            } catch (InterruptedException e) {
                over = true;
            }
        }
        return true;
    }

    /** Whether another round would tell little more. */
    private boolean isFine(List<Duration> before) {
        var until = estimate.until().orElse(null);
        if (until == null) {
            return false;
        }
        if (estimate.varies()) {
            return isNear(before.get(0), estimate.from()) && isNear(before.get(1), until);
        }
        var width = until.minus(estimate.from());
        return width.compareTo(FINE) <= 0 || width.compareTo(until.dividedBy(20)) <= 0;
    }

    private static boolean isNear(Duration one, Duration other) {
        return one.minus(other).abs().compareTo(other.dividedBy(10)) <= 0;
    }

    /** A server may end sessions to make room for others: so many must be able to live side by side. */
    private void fitCohort() {
        while (cohort > 1 && !isOver()) {
            var client = clients.get();
            try {
                int count = cohort;
                var sessions = client.openTogether(count);
                var looks = client.sendAll(count, i -> sessions.get(i).ping());
                if (looks.stream().noneMatch(l -> l.answered() && isGone.test(l.status()))) {
                    return;
                }
                tell("of " + count + " sessions some were gone at once, so that fewer were used");
            } catch (RuleAbortedException | Violation e) {
                tell(cohort + " sessions could not be held together, so that fewer were used: " + e.getMessage());
            } finally {
                end(client);
            }
            cohort /= 2;
        }
    }

    // ---- rounds ----

    /** Idle spans that grow by the same factor, until a session is gone. */
    private void explore(Duration upTo) {
        var first = FIRST_LOOK.compareTo(upTo.dividedBy(4)) < 0 ? FIRST_LOOK : upTo.dividedBy(4);
        int count = Math.max(2, cohort);
        var spans = new ArrayList<Duration>();
        for (int i = 0; i < count; i++) {
            spans.add(nanos(first.toNanos() * Math.pow(upTo.toNanos() / (double) first.toNanos(), i / (count - 1.0))));
        }
        round(
                "looking for a session that has expired, up to " + Moment.words(upTo),
                spans,
                span -> Duration.ZERO,
                true);
    }

    /**
     * Idle spans that are spread evenly over the interval that is left, and a little beyond. The sessions are opened at
     * different moments, since a server that looks for idle sessions at intervals treats those alike that were left
     * together.
     */
    private void narrow(int number) {
        long from = estimate.from().toNanos();
        long until = estimate.until()
                .orElseGet(() -> estimate.longestLife().multipliedBy(2))
                .toNanos();
        long margin = estimate.varies() ? (until - from) / 2 : (until - from) / 20;
        long low = Math.max(from - margin, from / 2);
        long high = until + margin;
        var spans = new ArrayList<Duration>();
        for (int i = 0; i < cohort; i++) {
            spans.add(nanos(low + (high - low) * ((i + 0.5) / cohort)));
        }
        round(
                "round " + number + ": between " + Moment.words(low) + " and " + Moment.words(high),
                spans,
                i -> nanos(until / 2.0 * (i * GOLDEN % 1)),
                false);
    }

    private static Duration nanos(double span) {
        return Duration.ofNanos(Math.round(span));
    }

    private interface Delays {
        Duration of(int number);
    }

    private void round(String what, List<Duration> spans, Delays delays, boolean untilOneIsGone) {
        long begin = System.nanoTime();
        long end = begin;
        for (int i = 0; i < spans.size(); i++) {
            end = Math.max(end, begin + delays.of(i).plus(spans.get(i)).toNanos());
        }
        progress.waiting(what, end);
        int number = round();
        var looks = new ArrayList<CompletableFuture<Void>>();
        for (int i = 0; i < spans.size(); i++) {
            var span = spans.get(i);
            long openAt = begin + delays.of(i).toNanos();
            looks.add(CompletableFuture.runAsync(
                    () -> {
                        if (look(openAt, span, number) && untilOneIsGone || endedBusyAfter != null) {
                            endRound();
                        }
                    },
                    IdleSearch::start));
        }
        CompletableFuture.allOf(looks.toArray(CompletableFuture<?>[]::new)).join();
        endRound();
    }

    // ---- sessions ----

    /** Opens a session, leaves it idle, and looks at it; tells whether it was gone. */
    private boolean look(long openAt, Duration span, int ofRound) {
        return withClient(client -> {
            if (!sleepUntil(openAt, ofRound)) {
                return false;
            }
            var session = client.open();
            if (!sleepUntil(session.quietSince() + span.toNanos(), ofRound)) {
                return false;
            }
            var look = session.ping().send();
            if (!look.answered()) {
                tell("no reply came to " + look.describe());
                return false;
            }
            boolean gone = isGone.test(look.status());
            if (gone) {
                session.markEnded();
                estimate.gone(session.idleAtMostBefore(look));
            } else if (look.status() / 100 == 2) {
                estimate.lived(session.idleBefore(look).atLeast());
            } else {
                tell("a session was answered " + look.describeReply());
            }
            return gone;
        });
    }

    private boolean withClient(Predicate<Client> task) {
        var client = clients.get();
        try {
            return task.test(client);
        } catch (RuleAbortedException | Violation e) {
            tell(e.getMessage());
            return false;
        } finally {
            end(client);
        }
    }

    /** Keeps a session in use, at shorter intervals than any session was seen to survive. */
    private void keepBusy() {
        withClient(client -> {
            var session = client.open();
            while (sleepUntil(System.nanoTime() + interval().toNanos(), Integer.MAX_VALUE)) {
                var survived = estimate.longestLife();
                var use = session.ping().send();
                if (use.answered() && isGone.test(use.status())) {
                    session.markEnded();
                    if (session.idleAtMostBefore(use) < survived.toNanos()) {
                        endedBusyAfter = Duration.ofNanos(
                                use.headAt() - session.opening().sentAt());
                        return true;
                    }
                    session = client.open();
                }
            }
            return false;
        });
    }

    private Duration interval() {
        var half = estimate.longestLife().dividedBy(2);
        return half.compareTo(BUSY_AT_MOST_EVERY) < 0
                ? BUSY_AT_MOST_EVERY
                : half.compareTo(BUSY_AT_LEAST_EVERY) > 0 ? BUSY_AT_LEAST_EVERY : half;
    }

    /** Leaves nothing of ours on the server. */
    private void end(Client client) {
        var transcript = client.transcript();
        transcript.entries().forEach(e -> e.exchange().close());
        if (deleteOffered) {
            Request.completeAll(
                    transcript.sessions().stream()
                            .filter(s -> !s.isEnded())
                            .map(ClientSession::delete)
                            .map(Request::start)
                            .toList(),
                    client.patience());
        }
    }

    private synchronized void tell(@Nullable String what) {
        trouble = what;
    }
}
