package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Departure;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.judgement.Evidence;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.judgement.Violation;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/** Runs a rule once and turns what it throws, or does not, into a verdict. */
final class RuleRunner {
    /** A rule may quote what the server sent, however long that is. */
    private static final int MAX_WORDS = 4000;

    private static final int TOO_MANY_REQUESTS = 429;

    private final RunContext run;
    private final CleanUp cleanUp;
    private final RuleBudget budget;

    RuleRunner(RunContext run, CleanUp cleanUp, RuleBudget budget) {
        this.run = run;
        this.cleanUp = cleanUp;
        this.budget = budget;
    }

    Attempt run(RuleCase judged) {
        long started = System.nanoTime();
        if (!run.end().enter()) {
            return Attempt.undecided(notRun(judged, started));
        }
        var client = run.client(judged);
        Outcome outcome;
        boolean complete = false;
        boolean tookTooLong = false;
        var watch = budget.watch(judged, client.transcript());
        try {
            outcome = outcome(judged, client);
        } finally {
            tookTooLong = watch.end();
            complete = run.end().leave();
            cleanUp.after(client);
        }
        if (!complete) {
            outcome = new Outcome(
                    Verdict.NOT_RUN,
                    "the run ended while the rule was at work: "
                            + run.end().cancelled().orElseThrow(),
                    null);
        } else if (tookTooLong) {
            // Whatever it threw, it may have thrown because it was interrupted.
            outcome = new Outcome(
                    Verdict.INCONCLUSIVE,
                    "the rule was ended when it had taken longer than "
                            + Moment.words(run.target().ruleBudget().orElseThrow())
                            + ", besides the time that it lets pass on purpose; see --rule-budget",
                    null);
        } else if (!judged.isDisruptive()) {
            if (judged.level() != Level.INFO) {
                outcome = unlessTurnedAway(outcome, client.transcript());
            }
            outcome = unlessLeft(outcome, client.transcript());
        }
        return attempt(judged, client, outcome, started).spent(tookTooLong);
    }

    RuleResult notRun(RuleCase judged, long started) {
        return RuleResult.undecided(
                judged,
                Verdict.NOT_RUN,
                "the run ended before: " + run.end().why().orElseThrow(),
                started);
    }

    /**
     * @param violation the breach that was seen, or null
     * @param evidence the exchange that shows why, or null
     */
    private record Outcome(
            Verdict verdict,
            String summary,
            @Nullable Violation violation,
            @Nullable Evidence evidence) {
        Outcome(Verdict verdict, String summary, @Nullable Violation violation) {
            this(
                    verdict,
                    summary,
                    violation,
                    violation == null ? null : violation.evidence().orElse(null));
        }
    }

    private static Outcome outcome(RuleCase judged, Client client) {
        try {
            invoke(judged, client);
            boolean saw = client.transcript().launched()
                    || client.transcript().entries().stream()
                            .anyMatch(e -> e.exchange().answered());
            return saw
                    ? new Outcome(Verdict.PASS, "", null)
                    : new Outcome(Verdict.INCONCLUSIVE, "the rule saw no reply from the server", null);
        } catch (Violation e) {
            return new Outcome(judged.level().whenBroken(), e.getMessage(), e);
        } catch (RuleAbortedException e) {
            return new Outcome(e.verdict(), e.getMessage(), null, e.evidence().orElse(null));
        } catch (TestAbortedException e) {
            return new Outcome(Verdict.INCONCLUSIVE, String.valueOf(e.getMessage()), null);
        } catch (AssertionError e) {
            // A rule of others may use any assertion library.
            return new Outcome(
                    judged.level().whenBroken(),
                    String.valueOf(e.getMessage()),
                    new Violation("the rule's assertion to hold", String.valueOf(e.getMessage()), null));
        } catch (OutOfMemoryError e) {
            // Nothing that this process finds from now on can be relied on.
            throw e;
        } catch (Throwable e) {
            return new Outcome(
                    Verdict.ERROR,
                    "the rule itself failed: " + e
                            + (e.getStackTrace().length == 0 ? "" : " at " + e.getStackTrace()[0]),
                    null);
        }
    }

    private static void invoke(RuleCase judged, Client client) throws Throwable {
        var method = judged.rule().method();
        try {
            var constructor = method.getDeclaringClass().getDeclaredConstructor();
            constructor.setAccessible(true);
            method.setAccessible(true);
            method.invoke(constructor.newInstance(), client);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** Of a server that went away meanwhile, only what it answered says something. */
    private Outcome unlessLeft(Outcome outcome, Transcript transcript) {
        boolean seen = outcome.violation() != null
                && evidence(outcome).filter(Exchange::answered).isPresent();
        if (outcome.verdict() == Verdict.PASS
                || seen
                || transcript.entries().stream()
                        .map(Transcript.Entry::exchange)
                        .noneMatch(e -> isOfTheRule(e) && Departure.isRefused(e))) {
            return outcome;
        }
        run.end().awaitDoor();
        return run.end()
                .departure()
                .map(how -> new Outcome(
                        Verdict.INCONCLUSIVE, "not judged, since " + run.end().whenLeft(how), null))
                .orElse(outcome);
    }

    /** A server that had no time for a request cannot be judged by what it did not do. */
    private static Outcome unlessTurnedAway(Outcome outcome, Transcript transcript) {
        boolean violation = outcome.violation() != null;
        var turnedAway = tooMany(outcome).or(() -> turnedAway(transcript, violation));
        if (turnedAway.isEmpty() || outcome.verdict() != Verdict.PASS && !violation) {
            return outcome;
        }
        return new Outcome(
                Verdict.INCONCLUSIVE,
                "the server was too busy: it answered " + turnedAway.get().describe()
                        + " with " + turnedAway.get().describeReply() + "; see --max-requests-per-second"
                        + (outcome.summary().isEmpty() ? "" : "; " + outcome.summary()),
                null);
    }

    /** A reply 429 that a breach rests on: however often it comes, it is about the rate of the client's requests. */
    private static Optional<Exchange> tooMany(Outcome outcome) {
        return evidence(outcome).filter(e -> e.answered() && e.status() == TOO_MANY_REQUESTS);
    }

    private static Optional<Exchange> evidence(Outcome outcome) {
        return Optional.ofNullable(outcome.evidence())
                .filter(Exchange.class::isInstance)
                .map(Exchange.class::cast);
    }

    private Attempt attempt(RuleCase judged, Client client, Outcome outcome, long started) {
        var transcript = client.transcript();
        var target = run.target();
        var violation = Optional.ofNullable(outcome.violation());
        Function<String, String> words = text -> target.excerpt(text, MAX_WORDS);
        boolean info = judged.level() == Level.INFO;
        var notes = new ArrayList<>(transcript.notes());
        if (violation.isPresent() && info) {
            notes.add(outcome.summary());
        }
        var shown = evidence(outcome);
        var result = new RuleResult(
                judged.rule(),
                judged.revision(),
                outcome.verdict(),
                violation.isPresent() && info ? "" : target.excerpt(outcome.summary(), MAX_WORDS),
                violation.map(Violation::expectation).map(words),
                violation.map(Violation::observation).map(words),
                shown.or(() -> lastAnswered(transcript)),
                notes.stream().map(words).toList(),
                Optional.empty(),
                transcript,
                started,
                System.nanoTime() - started);
        boolean counts = violation.isPresent() && !info;
        // A request that was turned away however often it was sent may have met an outage, and so may one that a
        // gateway answered; a reply that a broken connection cut off says little of the server: such a breach has to be
        // seen again.
        boolean suspicion = counts
                && (outcome.violation() instanceof Suspicion
                        || shown.filter(e -> e.failure().isPresent() || e.answered() && e.isOverload())
                                .isPresent()
                        || turnedAway(transcript, false).isPresent());
        return new Attempt(result, counts, suspicion);
    }

    /** A request that the server had no time for; with {@code once}, only one that was not sent again. */
    private static Optional<Exchange> turnedAway(Transcript transcript, boolean once) {
        return transcript.entries().stream()
                .map(Transcript.Entry::exchange)
                .filter(RuleRunner::isOfTheRule)
                .filter(e -> once ? e.wasTurnedAwayOnce() : e.wasTurnedAway())
                .findFirst();
    }

    static Optional<Exchange> lastAnswered(Transcript transcript) {
        return transcript.entries().stream()
                .map(Transcript.Entry::exchange)
                .filter(e -> e.answered() && isOfTheRule(e))
                .reduce((first, next) -> next);
    }

    /**
     * Cleaning up, and the client's answers to requests of the server, say nothing of the rule, nor does what the rule
     * itself sends until there is time for it.
     */
    private static boolean isOfTheRule(Exchange exchange) {
        return !exchange.purpose().equals(CleanUp.PURPOSE)
                && !exchange.purpose().equals(Client.ANSWER)
                && !exchange.purpose().equals(Client.PATIENT);
    }
}
