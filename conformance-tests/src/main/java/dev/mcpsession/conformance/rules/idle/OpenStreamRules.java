package dev.mcpsession.conformance.rules.idle;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.INFO;
import static dev.mcpsession.conformance.judgement.Unless.GET_STREAM_ENDS;
import static dev.mcpsession.conformance.judgement.Unless.LATE_HEAD;
import static dev.mcpsession.conformance.judgement.Unless.STREAM_HOLDS;
import static dev.mcpsession.conformance.judgement.Unless.STREAM_HOLDS_NOT;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
import static dev.mcpsession.conformance.rule.Requires.IDLE_TIMEOUT;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;

/** What an open GET stream does to the expiry of its session, and the expiry to the stream. */
public final class OpenStreamRules {
    /** How long to wait for the head of a GET stream: some servers send none until there is an event. */
    private static final Duration STREAM_HEAD = Duration.ofSeconds(1);

    @Rule(
            id = "idle/open-stream",
            level = INFO,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT, GET_STREAM},
            title = "Whether an open GET stream keeps its session alive",
            source = "session contract, point 2")
    void openStream(Client client) {
        var session = client.open();
        session.ping().send();
        var stream = openStream(session);
        boolean ended = stream.awaitEnd(client.reapedAfter());
        long lasted = (ended ? stream.endAt() : System.nanoTime()) - stream.sentAt();
        var probe = session.ping().send();
        if (session.isGone(probe)) {
            session.markEnded();
            client.note("an open GET stream does not keep its session alive");
        } else if (ended) {
            client.note("the server ended the GET stream by itself after " + Moment.words(lasted)
                    + ", so whether a stream keeps its session alive cannot be told");
        } else if (probe.status() / 100 == 2) {
            client.note("an open GET stream keeps its session alive");
        }
    }

    @Rule(
            id = "idle/stream-ends-with-session",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT, GET_STREAM},
            unless = {GET_STREAM_ENDS, STREAM_HOLDS},
            title = "Where a session expires in spite of an open GET stream, that stream ends",
            source = "session contract, point 8")
    void streamEndsWithSession(Client client) {
        var session = client.open();
        session.mustBeAlive("when it was just opened");
        var stream = openStream(session);
        boolean ended = stream.awaitEnd(client.reapedAfter());
        var probe = session.ping().send();
        if (ended && !session.isGone(probe)) {
            // It may have met the end of the session.
            probe = session.ping().send();
        }
        if (!session.isGone(probe)) {
            throw RuleAbortedException.notApplicable(ended ? GET_STREAM_ENDS : STREAM_HOLDS);
        }
        session.markEnded();
        if (!stream.awaitEnd(client.patience())) {
            throw new Suspicion(
                    "the GET stream to end with its session",
                    "it was still open " + Moment.words(System.nanoTime() - probe.headAt())
                            + " after the session was found gone",
                    stream);
        }
    }

    @Rule(
            id = "idle/clock-restarts-after-stream",
            dependsOn = "idle/not-reaped-early",
            level = ADVICE,
            once = true,
            sessions = 2,
            requires = {SESSIONS, IDLE_TIMEOUT, GET_STREAM},
            unless = {LATE_HEAD, STREAM_HOLDS_NOT},
            title = "Where an open GET stream keeps its session alive, the session lives for a full timeout more "
                    + "after it",
            source = "session contract, point 2")
    void clockRestartsAfterStream(Client client) {
        var session = client.open();
        var control = client.open();
        session.mustBeAlive("when it was just opened");
        var stream = openStream(session);
        var held = openStream(control);
        if (!stream.answered() || !held.answered()) {
            var reason = "no head of the GET stream came, so when it was open is not known";
            throw client.capabilities().getStatus() == 200
                    ? RuleAbortedException.inconclusive(reason)
                    : RuleAbortedException.notApplicable(LATE_HEAD, reason);
        }
        client.pause(client.reapedAfter());
        if (control.ping().send().status() / 100 != 2 || stream.ended() || held.ended()) {
            throw RuleAbortedException.notApplicable(STREAM_HOLDS_NOT);
        }
        long closing = System.nanoTime();
        stream.close();
        client.pauseUntil(closing + Expiry.part(client.idleTimeout(), 0.8).toNanos());
        var probe = session.ping().send();
        if (!session.isGone(probe)) {
            session.mustBeAlive(probe, "after its stream was closed");
            return;
        }
        session.markEnded();
        long idleAtMost = probe.headAt() - closing;
        if (idleAtMost >= client.idleTimeout().minus(client.clockSlack()).toNanos()) {
            throw RuleAbortedException.inconclusive(
                    "the session was gone after its stream was closed, but may have been idle for up to "
                            + Moment.words(idleAtMost));
        }
        throw new Suspicion(
                "session " + session.label() + " to live for " + Moment.words(client.idleTimeout())
                        + " after its stream was closed",
                "its " + probe.describe() + " was answered " + probe.status() + " after at most "
                        + Moment.words(idleAtMost),
                probe);
    }

    @Rule(
            id = "idle/abandoned-stream",
            level = INFO,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT, GET_STREAM},
            title = "Whether a session expires whose GET stream the client has closed",
            source = "session contract, points 2 and 3")
    void abandonedStream(Client client) {
        var session = client.open();
        session.ping().send();
        var stream = openStream(session);
        stream.close();
        client.pauseUntil(stream.endAt() + client.reapedAfter().toNanos());
        var probe = session.ping().send();
        if (session.isGone(probe)) {
            session.markEnded();
            client.note("a session whose GET stream the client closed is reaped like any other");
        } else if (probe.status() / 100 == 2) {
            client.note("a session whose GET stream the client closed was still held after "
                    + Moment.words(probe.sentAt() - stream.endAt())
                    + ": where clients vanish, it leaks until the server finds out");
        }
    }

    /** Opens a GET stream; its head may still be missing. */
    private static Exchange openStream(ClientSession session) {
        var stream = session.get().start();
        stream.awaitHead(session.client().patienceUpTo(STREAM_HEAD));
        if (stream.answered() && (stream.status() != 200 || !stream.isEventStream())) {
            throw RuleAbortedException.inconclusive("no stream opened: GET was answered " + stream.describeReply());
        }
        return stream;
    }
}
