package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Requires;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Runs disruptive rules, each between two checks that the server serves a new client. */
final class ServingCheck {
    /** A server may end a session soon of its own accord, so one of a few must live. */
    private static final int RETRIES = 2;

    /** The waits for a server that no longer serves, one after the other. */
    private static final List<Duration> RECOVERY =
            List.of(Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(2));

    /** A disruptive rule that waits finds a server in which no session has been opened for so long. */
    private static final Duration REST = Duration.ofMillis(500);

    private final RunContext run;
    private final RuleRunner runner;
    private final CleanUp cleanUp;
    /** The revisions in which the server served a new client when last asked. */
    private final Set<Revision> serving = ConcurrentHashMap.newKeySet();

    ServingCheck(RunContext run, RuleRunner runner, CleanUp cleanUp) {
        this.run = run;
        this.runner = runner;
        this.cleanUp = cleanUp;
    }

    /** Runs a disruptive rule. It is not blamed for a server that did not serve before. */
    Attempt run(RuleCase judged) {
        return run.end().disruptively(() -> runBetweenChecks(judged));
    }

    private Attempt runBetweenChecks(RuleCase judged) {
        long started = System.nanoTime();
        if (judged.rule().waits()) {
            run.client(judged).pauseUntil(cleanUp.lastOpening() + REST.toNanos());
        }
        if (!serving.contains(judged.revision())) {
            var before = check(judged, "before anything was sent", false);
            if (before.complete() && before.trouble().isPresent()) {
                return Attempt.undecided(RuleResult.undecided(
                        judged,
                        Verdict.INCONCLUSIVE,
                        "the server does not serve: " + before.trouble().get(),
                        started));
            }
        }
        var attempt = runner.run(judged);
        return attempt.notRun() ? attempt : after(judged, attempt);
    }

    private Attempt after(RuleCase judged, Attempt attempt) {
        var state = check(judged, "after the rule's requests", true);
        var result = attempt.result();
        if (!state.complete()) {
            return Attempt.undecided(runner.notRun(judged, result.startedAt()));
        }
        if (state.trouble().isEmpty()) {
            return attempt;
        }
        if (judged.rule().requires().contains(Requires.STRESS) && asksForPatience(state)) {
            return Attempt.undecided(result.inconclusive(
                    "after the rule's many requests, the server turns clients away and asks them to come back later: "
                            + state.trouble().get()));
        }
        var whenBroken = judged.level().whenBroken();
        var broken = new RuleResult(
                judged.rule(),
                judged.revision(),
                whenBroken == Verdict.PASS ? Verdict.WARN : whenBroken,
                "after the rule's requests, the server no longer serves: "
                        + state.trouble().get() + (state.recovered() ? "; it came back later" : ""),
                Optional.of("the server to serve on"),
                state.trouble(),
                RuleRunner.lastAnswered(state.client().transcript()),
                result.notes(),
                Optional.empty(),
                result.transcript(),
                result.startedAt(),
                result.took());
        // A server that comes back may have been away for another reason.
        return new Attempt(broken, true, state.recovered());
    }

    /**
     * Whether the server serves a new client.
     *
     * @param trouble the reason why it does not
     * @param complete whether the run lasted long enough to tell
     * @param recovered whether it served again later
     */
    private record State(Client client, Optional<String> trouble, boolean complete, boolean recovered) {}

    /** Whoever is asked for very much may limit that, and say for how long. */
    private static boolean asksForPatience(State state) {
        return RuleRunner.lastAnswered(state.client().transcript())
                .filter(e -> e.isBusy() && e.retryAfter().isPresent())
                .isPresent();
    }

    private State check(RuleCase judged, String when, boolean awaitRecovery) {
        var client = run.client(judged);
        Optional<String> trouble = Optional.empty();
        boolean recovered = false;
        boolean complete = false;
        if (run.end().enter()) {
            try {
                for (int i = 0; i <= RETRIES && (i == 0 || trouble.isPresent()); i++) {
                    trouble = trouble(client, when);
                }
                recovered = trouble.isPresent() && awaitRecovery && recovers(client, when);
            } finally {
                complete = run.end().leave();
                cleanUp.after(client);
            }
        }
        if (trouble.isEmpty() || recovered) {
            serving.add(client.revision());
        } else {
            serving.clear();
        }
        return new State(client, trouble, complete, recovered);
    }

    private boolean recovers(Client client, String when) {
        try {
            for (var wait : RECOVERY) {
                client.pause(wait);
                if (trouble(client, when).isEmpty()) {
                    return true;
                }
            }
        } catch (RuleAbortedException e) {
            // The run has ended during a pause.
            return false;
        }
        return false;
    }

    /** The reason why a new client is not served, if it is not. */
    private Optional<String> trouble(Client client, String when) {
        try {
            if (!client.revision().isLegacy()) {
                client.post(client.request("server/discover")).send().status();
                return Optional.empty();
            }
            var opening = client.post(client.initialize()).send().mustHaveStatus(200, "to initialize");
            if (client.capabilities().sessions()) {
                var session = client.opened(opening);
                session.post(Json.notification("notifications/initialized")).send();
                var probe = session.ping().send();
                if (probe.status() != 404 || !session.mayHaveExpiredBefore(probe)) {
                    session.mustBeAlive(probe, when);
                }
            }
            return Optional.empty();
        } catch (Violation | RuleAbortedException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
