package dev.mcpsession.conformance.rules.cancellation;

import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.NO_CANCELLATION;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Overlap;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Rules on a call that its client cancels, and on everything beside it. */
public final class CancellationRules {
    private static final String PAGE = "basic/utilities/cancellation, ";
    private static final String POINT_12 = "session contract, point 12";
    /** How often a rule is tried that did not see what it must. */
    private static final int TRIES = 2;

    /** Between two calls, so that the server has them in that order. */
    private static final Duration APART = Duration.ofMillis(40);

    @Rule(
            id = "cancellation/cancelled-call-ends",
            level = CONTRACT,
            sessions = 2,
            requires = SLOW_TOOL,
            unless = NO_CANCELLATION,
            title = "The reply to a call that is cancelled ends: with a response, an error, or the end of the stream",
            source = POINT_12 + "; " + PAGE + "Behavior Requirements")
    void cancelledCallEnds(Client client) {
        client.tries(TRIES, () -> cancelled(client));
    }

    private static Exchange cancelled(Client client) {
        var talk = Conversation.open(client);
        var beside = Conversation.open(client);
        var undisturbed = beside.post(client.slowCall()).start();
        var call = talk.post(client.slowCall()).start();
        client.pause(client.underWay());
        boolean inFlight = call.isInFlight();
        var cancellation = cancel(talk, call);
        long cancelled = System.nanoTime();
        // How long the tool takes at most is not known: a call that nothing disturbs tells.
        mustEnd(talk, undisturbed);
        if (!call.await(() -> !call.isInFlight(), client.patience())) {
            talk.served(talk.ping().send());
            throw new Suspicion(
                    "the reply to a call that was cancelled to end",
                    "it was still open " + Moment.words(System.nanoTime() - cancelled)
                            + " later, while a call of another client was answered",
                    call);
        }
        // A call that brings its result may have been over before, or have begun after that.
        if (!inFlight
                || call.result().isPresent()
                        && !(Overlap.during(call, client, cancellation.sentAt(), cancellation.headAt())
                                && Overlap.begunBy(call, cancellation.sentAt(), undisturbed))) {
            throw RuleAbortedException.inconclusive("that the call was in flight when it was cancelled is not certain:"
                    + " the machine was slow, or the tool is quick; see --slow-tool-takes");
        }
        mustHaveItsForm(talk, call, cancellation);
        client.note("a call that is cancelled "
                + (call.response().isPresent()
                        ? call.result().isPresent() ? "is answered with its result" : "is answered with an error"
                        : call.answered() && call.status() / 100 != 2
                                ? "is answered " + call.status()
                                : "ends without a response"));
        return call;
    }

    @Rule(
            id = "cancellation/other-calls-go-on",
            level = CONTRACT,
            sessions = 2,
            once = true,
            requires = SLOW_TOOL,
            unless = NO_CANCELLATION,
            title = "A cancellation ends neither the session nor another call of it",
            source = POINT_12 + "; " + PAGE + "Behavior Requirements")
    void otherCallsGoOn(Client client) {
        client.tries(TRIES, () -> cancelledBeside(client));
    }

    private static Exchange cancelledBeside(Client client) {
        var talk = Conversation.open(client);
        var beside = Conversation.open(client);
        var undisturbed = beside.post(client.slowCall()).start();
        var before = talk.post(client.slowCall()).start();
        client.pause(APART);
        var cancelled = talk.post(client.slowCall()).start();
        client.pause(APART);
        var after = talk.post(client.slowCall()).start();
        client.pause(client.underWay());
        if (!before.isInFlight() || !cancelled.isInFlight() || !after.isInFlight()) {
            throw RuleAbortedException.inconclusive("not all of three calls in a session were in flight when one was to"
                    + " be cancelled: the tool is quick, or the server takes fewer at once; see --slow-tool-takes");
        }
        var cancellation = cancel(talk, cancelled);
        mustLive(talk, "after a call of it was cancelled");
        mustEnd(talk, undisturbed);
        if (beside.responseTo(undisturbed, client.patience())
                .filter(Overlap::isOfCall)
                .isEmpty()) {
            throw RuleAbortedException.inconclusive(
                    "the slow tool brings no result: " + undisturbed.describeReply() + "; see --slow-tool");
        }
        for (var other : List.of(before, after)) {
            talk.session().ifPresent(s -> s.awaitAlive(other, client.patience(), "after a call of it was cancelled"));
            var response = talk.responseTo(other, client.patience());
            if (response.filter(Overlap::isOfCall).isEmpty()) {
                mustLive(talk, "after a call of it was cancelled");
                throw new Suspicion(
                        "a call to be answered when another call of its session is cancelled",
                        response.map(r -> "got " + r).orElseGet(() -> "no response came: " + other.describeReply()),
                        other);
            }
        }
        mustLive(talk, "after a call of it was cancelled");
        // They may cross on the way: a client cannot know that its cancellation is too late.
        for (var over : List.of(cancelled, after)) {
            mustBeHarmless(
                    talk,
                    over.cancellation(),
                    over == cancelled ? "of a call that was cancelled before" : "of a call that has been answered");
        }
        if (!Overlap.during(before, client, cancellation.sentAt(), cancellation.headAt())
                || !Overlap.during(after, client, cancellation.sentAt(), cancellation.headAt())) {
            throw RuleAbortedException.inconclusive("that all calls were in flight when one was cancelled is not"
                    + " certain: the machine was slow, or the tool is quick; see --slow-tool-takes");
        }
        return cancelled;
    }

    @Rule(
            id = "cancellation/late-cancel-harmless",
            level = MUST,
            sessions = 2,
            title = "A cancellation that comes too late, or of no request, does no harm",
            source = PAGE + "Timing Considerations")
    void lateCancelHarmless(Client client) {
        var talk = Conversation.open(client);
        var done = talk.served(talk.request("tools/list").send());
        mustBeHarmless(talk, done.cancellation(), "of a request that has been answered");
        if (talk.session().isPresent()) {
            Conversation.open(client).post(done.cancellation()).send();
            mustLive(talk, "after another session sent the cancellation of a request that this one had been answered");
        }
        var failed = talk.post(client.callOfNoTool()).send();
        if (talk.status(failed) / 100 == 2) {
            mustBeHarmless(talk, failed.cancellation(), "of a call that has been answered");
        }
        mustBeHarmless(
                talk,
                Json.cancellation(Json.object().put("id", client.nextId()).get("id")),
                "of a request that was never made");
        mustBeHarmless(
                talk,
                Json.cancellation(
                        Json.object().put("id", "no-such-" + client.nextId()).get("id")),
                "of a request that was never made");
    }

    @Rule(
            id = "cancellation/malformed-harmless",
            level = SHOULD,
            once = true,
            title = "A cancellation that names no request does no harm",
            source = PAGE + "Error Handling")
    void malformedHarmless(Client client) {
        var talk = Conversation.open(client);
        mustBeHarmless(talk, Json.notification("notifications/cancelled"), "without params");
        var empty = Json.notification("notifications/cancelled");
        empty.putObject("params");
        mustBeHarmless(talk, empty, "without a request id");
        var odd = Json.notification("notifications/cancelled");
        odd.putObject("params").putObject("requestId");
        mustBeHarmless(talk, odd, "whose request id is an object");
    }

    private static void mustBeHarmless(Conversation talk, JsonNode cancellation, String which) {
        var reply = talk.post(cancellation).send();
        reply.mustHave(
                talk.status(reply) < 500,
                "no failure of the server for a cancellation " + which,
                "got " + reply.describeReply());
        mustLive(talk, "after a cancellation " + which);
        boolean readable = cancellation.path("params").path("requestId").isValueNode();
        if (readable && reply.status() / 100 == 4 && !reply.isOverload()) {
            // Of one that it cannot read a server may say so; and some take no notifications at all.
            var other = talk.notification().send();
            other.mustHave(
                    talk.status(other) / 100 != 2,
                    "a cancellation " + which + " to be accepted, as one of a request that was never made is",
                    "got " + reply.describeReply());
        }
    }

    private static void mustLive(Conversation talk, String because) {
        if (talk.session().isPresent()) {
            talk.session().get().mustBeAlive(because);
        } else {
            talk.served(talk.ping().send());
        }
    }

    /** A cancellation is answered as any notification is, and what comes for its call has the id of that. */
    private static void mustHaveItsForm(Conversation talk, Exchange call, Exchange cancellation) {
        var other = talk.notification().send();
        if (other.answered() && other.status() == 202) {
            cancellation.mustHaveStatus(202, "to the cancellation of a call in flight");
        }
        call.mustKeepItsId("the response to a call that was cancelled to have its id");
    }

    private static Exchange cancel(Conversation talk, Exchange call) {
        var reply = talk.post(call.cancellation()).send();
        if (talk.status(reply) / 100 != 2) {
            throw RuleAbortedException.notApplicable(NO_CANCELLATION, reply.describeReply());
        }
        return reply;
    }

    /** Waits for the end of a call elsewhere, and keeps the session alive meanwhile. */
    private static void mustEnd(Conversation talk, Exchange call) {
        var atMost = talk.client().patience().multipliedBy(6);
        if (!talk.session()
                .map(s -> s.awaitAlive(call, atMost, "after a call of it was cancelled"))
                .orElseGet(() -> call.await(() -> !call.isInFlight(), atMost))) {
            throw RuleAbortedException.inconclusive(
                    "calls of the slow tool take too long to be waited for; see --slow-tool");
        }
    }
}
