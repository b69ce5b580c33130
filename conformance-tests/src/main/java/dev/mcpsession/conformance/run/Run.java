package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Departure;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Silence;
import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Prerequisites;
import dev.mcpsession.conformance.rule.RuleInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The order of a run: rules that wait begin first, quick rules run a few at a time beside them; then rules that could
 * not decide are tried again, suspicions are confirmed, and disruptive rules run, each alone.
 */
final class Run {
    /** Further attempts of a rule that could not decide. */
    private static final int RETRIES = 2;

    /** The most rules that are tried again one by one. */
    private static final int MAX_ALONE = 12;

    /** The time that trying again may always take. */
    private static final Duration MIN_RETRYING = Duration.ofSeconds(15);

    /** The rule that stands for a revision in which nothing could be judged. */
    private static final String SERVES_ON = "service/serves-on";

    private final RunContext run;
    private final List<RuleCase> cases;
    /** A case for each revision in which the server answered nothing. */
    private final List<RuleCase> unanswered;

    private final Semaphore sessions;
    private final Results results;
    private final Preconditions preconditions;
    private final RuleRunner runner;
    private final CleanUp cleanUp;
    private final ServingCheck serving;
    private final Confirmation confirmation;
    private final List<OpenCase> suspects = new ArrayList<>();
    private final List<OpenCase> undecided = new ArrayList<>();

    /** When nothing more is tried again, on the clock of {@link System#nanoTime()}. */
    private volatile long retriesUntil;

    Run(RunContext run, Collection<RuleInfo> rules, RuleBudget budget) {
        this.run = run;
        cases = rules.stream()
                .flatMap(rule -> RuleCase.of(rule, run.survey().spoken().keySet()).stream())
                .toList();
        unanswered = run.survey().unanswered().stream()
                .flatMap(revision -> rules.stream()
                        .filter(rule -> rule.holdsIn(revision))
                        .min(Comparator.comparing(rule -> !rule.id().equals(SERVES_ON)))
                        .map(rule -> new RuleCase(rule, revision))
                        .stream())
                .toList();
        sessions = new Semaphore(maxSessions(), true);
        results = new Results(new Prerequisites(rules), run.listener());
        preconditions = new Preconditions(run);
        cleanUp = new CleanUp(run);
        runner = new RuleRunner(run, cleanUp, budget);
        serving = new ServingCheck(run, runner, cleanUp);
        confirmation = new Confirmation(run, results, runner, new Control(run, cleanUp), serving);
    }

    /** Judges all cases, and returns their results in the order of the rules. */
    List<RuleResult> execute() {
        long started = System.nanoTime();
        run.listener().surveyed(run.survey(), cases.size() + unanswered.size());
        unanswered.forEach(judged -> {
            run.listener().started(judged.rule(), judged.revision());
            results.keep(RuleResult.undecided(
                    judged,
                    Verdict.INCONCLUSIVE,
                    "nothing was judged in " + judged.revision() + ": "
                            + run.survey().unspoken().get(judged.revision()),
                    started));
        });
        sideBySide();
        limitRetries(System.nanoTime() - started);
        run.transport().pollAnew();
        drain(undecided, this::retryHidden);
        drain(undecided, each -> atOnce(quickestFirst(each), run.fewAtOnce(), this::retry));
        drain(undecided, each -> retryAlone(quickestFirst(each)));
        drain(undecided, each -> each.forEach(this::leaveOpen));
        run.transport().pollAnew();
        drain(suspects, confirmation::confirm);
        conclude();
        drain(suspects, confirmation::confirm);
        alone(RuleInfo::waits);
        alone(rule -> !rule.waits());
        drain(suspects, confirmation::confirm);
        lookAtLast();
        tellDeparture();
        results.explain(cases);
        return Stream.concat(unanswered.stream(), cases.stream())
                .map(judged -> results.of(judged)
                        .orElseGet(() -> RuleResult.undecided(
                                judged, Verdict.ERROR, "the rule was selected, but not run", started)))
                .toList();
    }

    /** Where the last requests broke off, another one shows whether the server ended with them, and the run with it. */
    private void lookAtLast() {
        if (!run.transport().hasBrokenOff() || run.end().isOver()) {
            return;
        }
        var client = run.silentClient(Collections.max(run.survey().spoken().keySet()));
        try {
            var message = client.revision().isLegacy() ? client.initialize() : client.request("server/discover");
            var reply = client.post(message).send();
            reply.sessionId().ifPresent(id -> client.adopt(id, reply));
        } catch (RuleAbortedException e) {
            // The run has ended.
        } finally {
            cleanUp.after(client);
        }
        run.end().awaitDoor();
    }

    /** Where no rule of this run is about that, a server that ended is told by the rule that it ended at. */
    private void tellDeparture() {
        var departure = run.end().departure();
        if (departure.isEmpty() || cases.stream().anyMatch(c -> c.rule().concluding())) {
            return;
        }
        var maker = run.end().makerOf(departure.get().unanswered());
        for (var judged : cases) {
            results.of(judged)
                    .filter(r ->
                            maker.isEmpty() || maker.get().equals(judged.rule().id()))
                    .filter(r -> !r.verdict().isViolation())
                    .ifPresent(r -> results.keep(r.inconclusive(whatLeft(departure.get()))));
        }
    }

    private String whatLeft(Departure how) {
        return whatLeft(how, "");
    }

    /** @param more what else there is to say of the request */
    private String whatLeft(Departure how, String more) {
        return run.end().whenLeft(how) + ": it left " + run.end().named(how.unanswered()) + " without an answer" + more
                + "; from then on connections were refused";
    }

    /** The rules that wait hold places for sessions but no processor, so they go first, and all at once. */
    private void sideBySide() {
        var waiting = ordinary(c -> c.rule().beginsEarly());
        var quick = ordinary(c -> !c.rule().beginsEarly());
        var threads = threads(Math.max(1, waiting.size()));
        try {
            for (var judged : waiting) {
                // Taken here, in order, rather than by as many threads.
                int weight = acquireSessions(judged);
                threads.execute(() -> holding(weight, () -> judge(judged)));
            }
            atOnce(quick, run.fewAtOnce(), judged -> holding(acquireSessions(judged), () -> judge(judged)));
        } finally {
            finish(threads);
        }
    }

    private List<RuleCase> ordinary(Predicate<RuleCase> chosen) {
        return cases.stream()
                .filter(c -> !c.isDisruptive() && !c.rule().concluding())
                .filter(chosen)
                .toList();
    }

    /** Judges by the rules about the server after the ordinary requests of many clients. */
    private void conclude() {
        run.end().awaitDoor();
        cases.stream().filter(c -> c.rule().concluding()).forEach(judged -> {
            var silence = run.end().silence().isPresent() ? run.transport().silence() : Optional.<Silence>empty();
            var ofOne = run.end().isOver() ? run.transport().silenceOfOneMethod() : Optional.<Silence>empty();
            var departure = run.end().departure();
            if (departure.isPresent()) {
                results.keep(left(judged, departure.get()));
            } else if (silence.isPresent()) {
                results.keep(fellSilent(judged, silence.get(), ""));
            } else if (ofOne.isPresent() && isOf(judged, ofOne.get().firstUnanswered())) {
                results.keep(fellSilent(
                        judged, ofOne.get(), ofOne.get().firstUnanswered().describe() + ", though it answered others"));
            } else {
                judge(judged);
            }
        });
        limitRetries(0);
        drain(undecided, each -> each.forEach(this::retry));
        drain(undecided, each -> each.forEach(this::leaveOpen));
    }

    /** Whether an exchange was one of the era that is judged. */
    private static boolean isOf(RuleCase judged, Exchange exchange) {
        boolean modern = exchange.requestHeader(Client.VERSION_HEADER)
                .flatMap(Revision::find)
                .filter(revision -> !revision.isLegacy())
                .isPresent();
        return modern != judged.revision().isLegacy();
    }

    /** @param which the requests that it does not answer, where it answers others; else empty */
    private RuleResult fellSilent(RuleCase judged, Silence silence, String which) {
        var observation = "it answered none of the last " + silence.requests() + " requests"
                + (which.isEmpty() ? "" : " " + which) + ", for "
                + silence.lasts().toSeconds() + " s: the first without an answer was "
                + silence.firstUnanswered().describe()
                + silence.lastAnswered()
                        .map(e -> ", the last with one " + e.describe())
                        .orElse("");
        return servesNoMore(
                judged, observation, silence.firstUnanswered(), silence.lasts().toNanos());
    }

    private RuleResult left(RuleCase judged, Departure how) {
        var at = how.unanswered();
        return servesNoMore(
                judged,
                whatLeft(
                        how,
                        (how.isNew() ? ", a request of a kind that it had never answered" : "")
                                + (how.beside() == 0 ? "" : ", and " + how.beside() + " others broke off with it")),
                at,
                System.nanoTime() - at.sentAt());
    }

    private RuleResult servesNoMore(RuleCase judged, String observation, Exchange firstUnanswered, long took) {
        var expectation = "the server to serve on";
        return new RuleResult(
                judged.rule(),
                judged.revision(),
                judged.level().whenBroken(),
                run.target().mask("expected " + expectation + ", but " + observation),
                Optional.of(expectation),
                Optional.of(run.target().mask(observation)),
                Optional.of(firstUnanswered),
                List.of(),
                Optional.empty(),
                new Transcript(),
                firstUnanswered.sentAt(),
                took);
    }

    private void judge(RuleCase judged) {
        long started = System.nanoTime();
        if (run.end().isOver()) {
            results.keep(runner.notRun(judged, started));
            return;
        }
        var unmet = preconditions.unmet(judged);
        if (unmet.isPresent()) {
            results.keep(RuleResult.undecided(
                    judged, unmet.get().verdict(), unmet.get().getMessage(), started));
            return;
        }
        run.listener().started(judged.rule(), judged.revision());
        var attempt = runner.run(judged);
        // The server may have fallen silent, and other rules may wait for long still.
        run.end().why();
        settle(judged, attempt);
    }

    private void settle(RuleCase judged, Attempt attempt) {
        if (attempt.suspicion()) {
            add(suspects, new OpenCase(judged, attempt.result()));
        } else if (attempt.inconclusive() && !judged.isDisruptive()) {
            add(undecided, new OpenCase(judged, attempt.result()));
        } else {
            results.keep(attempt.result());
        }
    }

    /**
     * Trying again takes no longer than the rules did, side by side: where a server keeps calls open for as long as the
     * kit waits, each further attempt waits as long, and finds the same.
     */
    private void limitRetries(long tookUntilNow) {
        retriesUntil = System.nanoTime() + Math.max(MIN_RETRYING.toNanos(), tookUntilNow);
    }

    private static List<OpenCase> quickestFirst(List<OpenCase> open) {
        return open.stream()
                .sorted(Comparator.comparingLong(each -> each.first().took()))
                .toList();
    }

    /**
     * Tries those again, one by one, that see nothing as long as others run beside them; the rest stays undecided. The
     * quick ones come first, that one which waits for calls does not use up the time of all.
     */
    private void retryHidden(List<OpenCase> open) {
        for (var each : quickestFirst(open)) {
            if (each.judged().rule().retriedAlone()) {
                retry(each, this::leaveOpen);
            } else {
                add(undecided, each);
            }
        }
    }

    /** Tries again beside fewer rules: a machine that is less busy may show more. */
    private void retry(OpenCase open) {
        retry(open, still -> add(undecided, still));
    }

    private void retry(OpenCase open, Consumer<OpenCase> otherwise) {
        holding(acquireSessions(open.judged()), () -> {
            var result = open.first();
            for (int i = 0;
                    i < RETRIES
                            && result.verdict() == Verdict.INCONCLUSIVE
                            && System.nanoTime() - retriesUntil < 0
                            && !run.end().isOver();
                    i++) {
                var attempt = runner.run(open.judged());
                if (attempt.notRun()) {
                    break;
                }
                result = attempt.result();
                if (attempt.spent()) {
                    results.keep(result);
                    return;
                }
                if (attempt.suspicion()) {
                    add(suspects, new OpenCase(open.judged(), result));
                    return;
                }
            }
            if (result.verdict() == Verdict.INCONCLUSIVE) {
                otherwise.accept(new OpenCase(open.judged(), result));
            } else {
                results.keep(result);
            }
        });
    }

    /**
     * Tries again one by one what other rules may have disturbed, as on a server where the end of one session ends the
     * calls of all. Where much is open, something else is the matter, such as a limit to the rate of requests.
     */
    private void retryAlone(List<OpenCase> open) {
        if (open.size() <= MAX_ALONE) {
            open.forEach(this::retry);
        } else {
            open.forEach(this::leaveOpen);
        }
    }

    private void leaveOpen(OpenCase open) {
        results.keep(open.first());
    }

    /** Runs the disruptive rules that are chosen, one after the other. */
    private void alone(Predicate<RuleInfo> chosen) {
        cases.stream().filter(c -> c.isDisruptive() && chosen.test(c.rule())).forEach(judged -> {
            long started = System.nanoTime();
            var unmet = preconditions.unmet(judged);
            run.end().awaitDoor();
            if (run.end().isOver()) {
                results.keep(runner.notRun(judged, started));
            } else if (unmet.isPresent()) {
                results.keep(RuleResult.undecided(
                        judged, unmet.get().verdict(), unmet.get().getMessage(), started));
            } else {
                run.listener().started(judged.rule(), judged.revision());
                var attempt = serving.run(judged);
                for (int i = 0;
                        i < RETRIES && attempt.inconclusive() && !run.end().isOver();
                        i++) {
                    attempt = serving.run(judged);
                }
                settle(judged, attempt);
            }
        });
    }

    private int maxSessions() {
        return Math.max(1, run.target().maxSessions());
    }

    private int acquireSessions(RuleCase judged) {
        // A rule that is not going to run needs no place.
        int weight = run.end().isOver() || preconditions.unmet(judged).isPresent()
                ? 0
                : Math.min(judged.rule().sessions(), maxSessions());
        sessions.acquireUninterruptibly(weight);
        return weight;
    }

    private void holding(int weight, Runnable work) {
        try {
            work.run();
        } finally {
            sessions.release(weight);
        }
    }

    private static void add(List<OpenCase> list, OpenCase open) {
        synchronized (list) {
            list.add(open);
        }
    }

    private static void drain(List<OpenCase> list, Consumer<List<OpenCase>> work) {
        List<OpenCase> all;
        synchronized (list) {
            all = List.copyOf(list);
            list.clear();
        }
        if (!all.isEmpty()) {
            work.accept(all);
        }
    }

    private <T> void atOnce(List<T> all, int most, Consumer<T> work) {
        if (all.isEmpty()) {
            return;
        }
        var threads = threads(Math.min(most, all.size()));
        all.forEach(each -> threads.execute(() -> work.accept(each)));
        finish(threads);
    }

    private static ExecutorService threads(int most) {
        var loader = Thread.currentThread().getContextClassLoader();
        return Executors.newFixedThreadPool(most, task -> {
            var thread = new Thread(task, "conformance-rules");
            // Rules of others may be there.
            thread.setContextClassLoader(loader);
            thread.setDaemon(true);
            return thread;
        });
    }

    private void finish(ExecutorService threads) {
        threads.shutdown();
        boolean interrupted = false;
        for (boolean done = false; !done; ) {
            try {
                done = threads.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                // Now the rules are interrupted, and clean up within a bounded time.
                run.end().cancel("it was interrupted");
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
