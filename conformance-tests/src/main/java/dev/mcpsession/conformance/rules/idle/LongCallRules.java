package dev.mcpsession.conformance.rules.idle;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Unless.CALL_ENDS_EARLY;
import static dev.mcpsession.conformance.judgement.Unless.CALL_HOLDS;
import static dev.mcpsession.conformance.judgement.Unless.CALL_HOLDS_NOT;
import static dev.mcpsession.conformance.judgement.Unless.CUT_CALL_LEAVES_SESSION;
import static dev.mcpsession.conformance.rule.Requires.IDLE_TIMEOUT;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Overlap;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;

/** Calls that last longer than the idle timeout. */
public final class LongCallRules {
    @Rule(
            id = "idle/in-flight-outlives-timeout",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT, SLOW_TOOL},
            title = "The response of a call that takes longer than the timeout is delivered",
            source = "session contract, points 2 and 5")
    void inFlightOutlivesTimeout(Client client) {
        var call = SlowCall.start(client.open()).await();
        call.mustBeDelivered("the response of a call that takes longer than the idle timeout");
        call.mustHaveOutlasted(call.exchange().sentAt(), client.idleTimeout(), "the idle timeout");
    }

    @Rule(
            id = "idle/overlapping-calls",
            dependsOn = {"transport/stream-opens-again", "cancellation/other-calls-go-on"},
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT, SLOW_TOOL},
            title = "A long call is not cut off because a request, a cancelled call or a stream beside it is over",
            source = "session contract, points 2 and 5")
    void overlappingCalls(Client client) {
        client.tries(3, () -> pingedBesideCall(client));
        client.tries(3, () -> endedBesideCall(client));
    }

    /** A GET stream that is closed, and a call that is cancelled, beside a long call. */
    private static Exchange endedBesideCall(Client client) {
        var session = client.open();
        var call = SlowCall.start(session);
        var step = client.idleTimeout().dividedBy(10);
        client.pause(step);
        if (client.capabilities().getStatus() == 200) {
            session.get().open(client.patienceUpTo(step.multipliedBy(2))).close();
        }
        var other = session.slowCall().start();
        client.pause(step);
        var cancellation = session.post(other.cancellation()).send();
        if (cancellation.status() == 404) {
            session.mustBeAlive(cancellation, "while a call is in flight");
        }
        call.await()
                .mustBeDelivered(
                        "the response of a long call, beside which another was cancelled and a GET stream was closed");
        other.close();
        call.mustHaveOutlasted(
                cancellation.headAt(), client.idleTimeout(), "the idle timeout after a cancellation beside it");
        if (!call.hadBegunBefore(cancellation)) {
            throw RuleAbortedException.inconclusive("that the call was in flight when another was cancelled beside it"
                    + " is not certain: the machine was slow; see --slow-tool-takes");
        }
        return cancellation;
    }

    private static Exchange pingedBesideCall(Client client) {
        var session = client.open();
        var call = SlowCall.start(session);
        var pings = new ArrayList<Exchange>();
        // On a busy machine, the first may come to the server before the call does.
        for (int i = 0; i < 3; i++) {
            client.pause(client.idleTimeout().dividedBy(10));
            pings.add(session.mustBeAlive("while a call is in flight"));
        }
        call.await().mustBeDelivered("the response of a long call, beside which a short one had ended");
        var first = pings.get(0);
        call.mustHaveOutlasted(
                first.headAt(), client.idleTimeout(), "the idle timeout after a request that ran beside it");
        return pings.stream()
                .filter(ping -> call.hadBegunBefore(ping) && call.outlasts(ping.headAt(), client.idleTimeout()))
                .findFirst()
                .orElseThrow(
                        () -> RuleAbortedException.inconclusive("that the call was in flight when a short one came,"
                                + " and for the idle timeout after it, is not certain: the machine was slow; see"
                                + " --slow-tool-takes"));
    }

    @Rule(
            id = "idle/in-flight-ends-with-session",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT, SLOW_TOOL},
            unless = {CALL_ENDS_EARLY, CALL_HOLDS},
            title = "Where a session expires in spite of a call in flight, that call is answered or its reply ends",
            source = "session contract, point 8")
    void inFlightEndsWithSession(Client client) {
        var overdue = overdue(client);
        var call = overdue.call();
        if (call.ended()) {
            return;
        }
        if (!overdue.gone()) {
            throw RuleAbortedException.inconclusive("the session was not found gone: ping was answered "
                    + overdue.probe().describeReply());
        }
        // The call may be let run to its end.
        var rest = client.target().slowTool().orElseThrow().atLeast().multipliedBy(2);
        if (!call.awaitEnd(client.patience().plus(rest))) {
            throw new Suspicion(
                    "a call in flight to be answered, or its reply to end, when its session expires",
                    "it was still open "
                            + Moment.words(System.nanoTime() - overdue.probe().headAt())
                            + " after the session was found gone",
                    call);
        }
    }

    /** A call that has been in flight for longer than its session lives without it, and what a ping got then. */
    private record Overdue(Exchange call, Exchange probe, boolean gone) {}

    /**
     * Calls the slow tool, lets the timeout and the lag pass, and pings.
     *
     * @throws RuleAbortedException if the call has brought its result before, or the session lives on
     */
    private static Overdue overdue(Client client) {
        // A ping may be served because the call came to the server late: so that has to happen twice.
        for (int i = 0; i < 2; i++) {
            var session = client.open();
            session.mustBeAlive("when it was just opened");
            var call = session.slowCall().start();
            client.pauseUntil(call.sentAt() + client.reapedAfter().toNanos());
            mustNotHaveEndedBefore(client.idleTimeout(), call, session);
            if (call.result().isPresent()) {
                throw RuleAbortedException.notApplicable(CALL_ENDS_EARLY);
            }
            var probe = session.ping().send();
            boolean gone = session.isGone(probe);
            if (gone) {
                session.markEnded();
            }
            if (call.ended() && call.result().isEmpty() || probe.status() / 100 != 2) {
                return new Overdue(call, probe, gone);
            }
        }
        throw RuleAbortedException.notApplicable(CALL_HOLDS);
    }

    /** Checks that a call of the slow tool, if it is over, took so long at least. */
    private static void mustNotHaveEndedBefore(Duration span, Exchange call, ClientSession session) {
        if (call.ended() && call.endAt() - call.sentAt() < span.toNanos()) {
            if (call.answered() && call.status() == 404) {
                session.mustBeAlive(call, "when the slow tool was called");
            }
            throw RuleAbortedException.notTestable(
                    "the slow tool is not slow enough, or brings no result: it was answered "
                            + call.describeReply() + " after " + Moment.words(call.endAt() - call.sentAt())
                            + Overlap.advice(call));
        }
    }

    @Rule(
            id = "idle/expired-during-call-404",
            dependsOn = "termination/post-404",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT, SLOW_TOOL},
            unless = {CALL_ENDS_EARLY, CALL_HOLDS, CUT_CALL_LEAVES_SESSION},
            title = "Where a session expires in spite of a call in flight, its id is answered 404 from then on",
            source = "session contract, points 3 and 5")
    void expiredDuringCall404(Client client) {
        client.tries(3, () -> {
            var overdue = overdue(client);
            var call = overdue.call();
            var probe = overdue.probe();
            int status = probe.status();
            if (status / 100 == 2) {
                throw RuleAbortedException.notApplicable(CUT_CALL_LEAVES_SESSION);
            }
            if (probe.isOverload()) {
                throw RuleAbortedException.inconclusive(
                        "the server is too busy: ping was answered " + probe.describeReply());
            }
            if (call.answered() && call.status() == 404) {
                throw RuleAbortedException.inconclusive("the session had expired before the call came");
            }
            if (status != 404) {
                throw new Suspicion(
                        "a ping to be answered, be it 404, while a call has been in flight for longer than the"
                                + " idle timeout",
                        "got " + probe.describeReply(),
                        probe);
            }
            if (call.result().isPresent()) {
                throw RuleAbortedException.inconclusive(
                        "the call was answered before the ping was, so the session may have ended" + " after it");
            }
            var atLeast = client.target().slowTool().orElseThrow().atLeast();
            if (call.ended() && !atLeast.isZero() && call.endAt() - call.sentAt() >= atLeast.toNanos()) {
                // A call that was cut off when its session expired was over sooner.
                throw RuleAbortedException.inconclusive("the call was over before the ping was answered");
            }
            return probe;
        });
    }

    @Rule(
            id = "idle/clock-restarts-after-response",
            dependsOn = "idle/not-reaped-early",
            level = ADVICE,
            once = true,
            sessions = 3,
            requires = {SESSIONS, IDLE_TIMEOUT, SLOW_TOOL},
            unless = CALL_HOLDS_NOT,
            title = "After the response of a long call, a session lives for a full timeout more",
            source = "session contract, point 2")
    void clockRestartsAfterResponse(Client client) {
        client.tries(3, () -> {
            var sessions = client.openTogether(Math.min(3, client.target().maxSessions()));
            var calls = new ArrayList<>(
                    sessions.stream().limit(2).map(SlowCall::start).toList());
            // A sweeper comes once in a timeout: what it just missed in the others it finds in one that begins later.
            if (sessions.size() > 2) {
                client.pause(client.idleTimeout().dividedBy(2));
                calls.add(SlowCall.start(sessions.get(2)));
            }
            calls.stream().limit(2).forEach(call -> mustHaveResult(client, call));
            double[] shares = {0.6, 0.95, 0.95};
            for (int i = 0; i < calls.size(); i++) {
                var call = calls.get(i);
                var most = client.idleTimeout().minus(client.clockSlack()).minusNanos(call.uncertainty());
                client.pauseUntil(call.endedAt() + Expiry.part(most, shares[i]).toNanos());
                mustHaveRestarted(sessions.get(i), call, sessions.get(i).ping().send());
                if (i == 0 && calls.size() > 2) {
                    mustHaveResult(client, calls.get(2));
                }
            }
            return sessions;
        });
    }

    /** Waits for the result of a call that takes longer than the timeout, and checks that it is known when it ended. */
    private static void mustHaveResult(Client client, SlowCall call) {
        call.await();
        if (!call.delivered()) {
            var reason = "the call brought no result, so there is nothing to count from: " + call.describe();
            throw call.isCutOff()
                    ? RuleAbortedException.notApplicable(CALL_HOLDS_NOT, reason + "; its session expired meanwhile")
                    : RuleAbortedException.inconclusive(reason);
        }
        call.mustHaveOutlasted(call.exchange().sentAt(), client.idleTimeout(), "the idle timeout");
        if (call.uncertainty() > client.idleTimeout().dividedBy(2).toNanos()) {
            throw RuleAbortedException.inconclusive("the call may have ended up to " + Moment.words(call.uncertainty())
                    + " before its response was here: the machine was slow, or the tool takes longer than was told; see"
                    + " --slow-tool-takes");
        }
    }

    private static void mustHaveRestarted(ClientSession session, SlowCall call, Exchange probe) {
        if (!session.isGone(probe)) {
            session.mustBeAlive(probe, "after a long call");
            return;
        }
        session.markEnded();
        var client = session.client();
        var seen = "its " + probe.describe() + " was answered " + probe.status() + ", "
                + Moment.words(probe.headAt() - call.endedAt()) + " after the response came";
        long provable = client.idleTimeout().minus(client.clockSlack()).toNanos();
        long idleAtMost = probe.headAt() - call.endedNotBefore().orElse(call.endedAt());
        if (idleAtMost >= provable) {
            throw RuleAbortedException.inconclusive(
                    "after a long call, " + seen + "; but it may have been idle for up to " + Moment.words(idleAtMost));
        }
        if (call.endedNotBefore().isEmpty()) {
            throw RuleAbortedException.notTestable(
                    "after a long call, " + seen + "; whether that is too early can be told only if it"
                            + " is known how long the slow tool takes at least: see --slow-tool-takes");
        }
        throw new Suspicion(
                "session " + session.label() + " to live for " + Moment.words(client.idleTimeout())
                        + " after the end of a long call",
                seen + ", after an idle time of at most " + Moment.words(idleAtMost),
                probe);
    }
}
