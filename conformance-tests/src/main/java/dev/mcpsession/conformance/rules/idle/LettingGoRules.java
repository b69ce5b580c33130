package dev.mcpsession.conformance.rules.idle;

import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Unless.NO_CALL_IN_BATCH;
import static dev.mcpsession.conformance.rule.Requires.IDLE_TIMEOUT;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Overlap;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Rule;

/** What holds a session, beside the plain call, and what must let go of it. */
public final class LettingGoRules {
    /** How often a rule is tried that did not see what it must. */
    private static final int TRIES = 2;

    @Rule(
            id = "idle/batch-outlives-timeout",
            dependsOn = {"transport/batch-served", "idle/in-flight-outlives-timeout"},
            level = CONTRACT,
            once = true,
            until = Revision.V2025_03_26,
            requires = {SESSIONS, IDLE_TIMEOUT, SLOW_TOOL},
            unless = NO_CALL_IN_BATCH,
            title = "The response of a call in a batch that takes longer than the timeout is delivered",
            source = "session contract, points 2 and 5")
    void batchOutlivesTimeout(Client client) {
        var call = SlowCall.start(
                client.open(),
                request -> request.body(Json.batch(client.request("ping"), Json.parse(request.body()))
                        .toString()));
        var exchange = call.await().exchange();
        boolean atOnce = call.took() < client.idleTimeout().toNanos();
        if (atOnce && exchange.answered() && exchange.status() / 100 == 4 && exchange.status() != 404) {
            throw RuleAbortedException.notApplicable(NO_CALL_IN_BATCH, exchange.describeReply());
        }
        call.mustBeDelivered("the response of a call in a batch that takes longer than the idle timeout");
        call.mustHaveOutlasted(exchange.sentAt(), client.idleTimeout(), "the idle timeout");
    }

    @Rule(
            id = "idle/cancelled-call-lets-go",
            dependsOn = {"idle/reaped-post-404", "termination/post-404"},
            level = CONTRACT,
            once = true,
            sessions = 2,
            requires = {SESSIONS, IDLE_TIMEOUT, SLOW_TOOL},
            title = "A session in which a call was cancelled expires like any other once the time of the call is over",
            source = "session contract, points 3 and 12")
    void cancelledCallLetsGo(Client client) {
        Expiry.mustBeReaped(client.tries(TRIES, () -> afterCancellation(client)), ClientSession::ping);
    }

    @Rule(
            id = "idle/abandoned-call-lets-go",
            dependsOn = {"idle/reaped-post-404", "concurrency/abandoned-call-harmless"},
            level = CONTRACT,
            once = true,
            sessions = 2,
            requires = {SESSIONS, IDLE_TIMEOUT, SLOW_TOOL},
            title = "A session whose client went away in the midst of a call expires once the time of the call is over",
            source = "session contract, points 2, 3 and 6")
    void abandonedCallLetsGo(Client client) {
        Expiry.mustBeReaped(client.tries(TRIES, () -> afterGoingAway(client)), ClientSession::ping);
    }

    /** A session with a call whose connection was closed, and whose time is over. */
    private static ClientSession afterGoingAway(Client client) {
        var because = "after its client closed the connection of a call";
        var session = client.open();
        var beside = client.open();
        // Not as one of the session: its end on the server cannot be seen from here, but is known from its twin.
        var call = client.post(client.slowCall()).likeThoseOf(session).start();
        var undisturbed = beside.slowCall().start();
        client.pause(client.underWay());
        boolean inFlight = call.isInFlight();
        call.close();
        var ping = session.mustNotBeGone(session.ping().send(), because);
        var atMost = client.patience().multipliedBy(6);
        if (!beside.awaitAlive(undisturbed, atMost, "while a call of it is in flight")
                || beside.responseTo(undisturbed, atMost).isEmpty()) {
            throw RuleAbortedException.inconclusive(
                    "calls of the slow tool take too long to be waited for; see --slow-tool");
        }
        if (!inFlight) {
            throw RuleAbortedException.inconclusive("the call was over before its connection could be closed: it was"
                    + " answered " + call.describeReply() + "; see --slow-tool");
        }
        Overlap.mustHaveMet(client, undisturbed, call.endAt(), ping.headAt(), "the connection of its twin was closed");
        // From here on the session is idle, whenever the server let go of it.
        session.ping().send();
        return session;
    }

    /** A session whose only call was cancelled, has ended, and would have ended by now. */
    private static ClientSession afterCancellation(Client client) {
        var session = client.open();
        var beside = client.open();
        var call = session.slowCall().start();
        // A server may let the tool run to its end: how long it takes at most, a call that nothing disturbs tells.
        var undisturbed = beside.slowCall().start();
        client.pause(client.underWay());
        var cancellation = session.post(call.cancellation()).send();
        session.mustNotBeGone(cancellation, "when a call of it was cancelled");
        var atMost = client.patience().multipliedBy(6);
        // Where clients poll, the reply ends before the call does.
        if (!beside.awaitAlive(undisturbed, atMost, "while a call of it is in flight")
                || beside.responseTo(undisturbed, atMost).isEmpty()) {
            throw RuleAbortedException.inconclusive(
                    "calls of the slow tool take too long to be waited for; see --slow-tool");
        }
        if (!call.awaitEnd(client.patience())) {
            throw RuleAbortedException.inconclusive(
                    "the reply to the call that was cancelled is still open: see cancellation/cancelled-call-ends");
        }
        if (call.answered() && call.status() == 404) {
            session.mustBeAlive(call, "when the slow tool was called");
        }
        // The cancellation may end the call, so that only its twin tells how long it would have been in flight.
        Overlap.mustHaveMet(client, undisturbed, cancellation.sentAt(), cancellation.headAt(), "it was cancelled");
        if (call.endAt() - cancellation.sentAt() < 0) {
            throw RuleAbortedException.inconclusive("the call had ended when it was to be cancelled");
        }
        // From here on the session is idle, whenever the server let go of it.
        session.ping().send();
        return session;
    }
}
