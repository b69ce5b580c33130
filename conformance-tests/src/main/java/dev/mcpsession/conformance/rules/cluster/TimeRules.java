package dev.mcpsession.conformance.rules.cluster;

import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.CALL_HOLDS_NOT;
import static dev.mcpsession.conformance.judgement.Unless.GET_STREAM_ENDS;
import static dev.mcpsession.conformance.judgement.Unless.NOT_EXPIRED;
import static dev.mcpsession.conformance.judgement.Unless.NOT_ON_ALL_NODES;
import static dev.mcpsession.conformance.judgement.Unless.STREAM_HOLDS_NOT;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
import static dev.mcpsession.conformance.rule.Requires.IDLE_TIMEOUT;
import static dev.mcpsession.conformance.rule.Requires.NODES;
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
import java.util.List;

/** The idle timeout of a session is one for all nodes. */
public final class TimeRules {
    private static final String SEVERAL = "; Several nodes";
    private static final String ITEM_3 = "basic/transports, Session Management, item 3";

    /** How often a rule is tried where it may have come too late to see its fault. */
    private static final int MAX_TRIES = 3;

    /** Sessions that are asked for around their deadline, and how far apart. */
    private static final int AROUND = 6;

    @Rule(
            id = "cluster/activity-on-another-node",
            level = CONTRACT,
            dependsOn = "idle/activity-extends",
            requires = {SESSIONS, NODES, IDLE_TIMEOUT},
            unless = NOT_ON_ALL_NODES,
            title = "Requests to one node keep a session alive on all",
            source = "session contract, point 2" + SEVERAL)
    void activityOnAnotherNode(Client client) {
        var nodes = Nodes.of(client);
        var interval = new Duration[] {client.idleTimeout()};
        client.tries(MAX_TRIES, () -> {
            interval[0] = interval[0].dividedBy(2);
            var session = nodes.shared();
            long opened = System.nanoTime();
            Exchange ping;
            do {
                client.pause(interval[0]);
                ping = nodes.second().ping(session).send();
                Nodes.mustBeAlive(session, nodes.second(), ping, "while it had requests there all along");
            } while (ping.sentAt() - opened < client.idleTimeout().toNanos() * 3);
            for (var node : nodes.all()) {
                Nodes.mustBeAlive(
                        session,
                        node,
                        node.ping(session).send(),
                        "while " + nodes.second() + " had requests of it all along");
            }
            return session;
        });
    }

    @Rule(
            id = "cluster/in-flight-on-another-node",
            level = CONTRACT,
            dependsOn = "idle/in-flight-outlives-timeout",
            sessions = 2,
            requires = {SESSIONS, NODES, IDLE_TIMEOUT, SLOW_TOOL},
            unless = {CALL_HOLDS_NOT, NOT_ON_ALL_NODES},
            title = "A call in flight on one node keeps its session alive on all, as it does on that one",
            source = "session contract, points 2 and 5" + SEVERAL)
    void inFlightOnAnotherNode(Client client) {
        client.tries(MAX_TRIES, () -> inFlightOnAnotherNodeOnce(client));
    }

    private static ClientSession inFlightOnAnotherNodeOnce(Client client) {
        var nodes = Nodes.of(client);
        var control = nodes.shared();
        var session = nodes.shared();
        var usual = nodes.first().slowCall(control);
        var call = nodes.first().slowCall(session);
        call.await(
                () -> !call.isInFlight(),
                Nodes.left(call.sentAt() + client.reapedAfter().toNanos()));
        long waited = System.nanoTime() - call.sentAt();
        boolean lasts = call.isInFlight();
        boolean over = !usual.isInFlight();
        var here = nodes.first().ping(control).send();
        var there = nodes.second().ping(session).send();
        if (waited < client.idleTimeout().toNanos() && !isCut(call)) {
            throw RuleAbortedException.notTestable("the slow tool is not slow enough: it took " + Moment.words(waited)
                    + ", and must take longer than the idle timeout; see --slow-tool");
        }
        if (here.status() / 100 != 2) {
            var gone = "ping on its own node was answered " + here.describeReply();
            // A call that came too late has held nothing, nor does one that is over.
            usual.await(() -> !usual.isInFlight(), client.patience());
            boolean tells = usual.answered()
                    && usual.status() / 100 == 2
                    && (usual.result().isEmpty() || Overlap.responseAt(usual) > here.headAt());
            throw tells
                    ? Nodes.unseen(CALL_HOLDS_NOT, gone, control, List.of(usual))
                    : RuleAbortedException.inconclusive(
                            CALL_HOLDS_NOT.words() + ": " + gone + ", and the call " + usual.describeReply());
        }
        var expected = "a session to live on " + nodes.second() + " while " + nodes.first() + " works for it";
        there.mustNotBeOverload(expected);
        if (there.status() == 404 || there.status() >= 500) {
            throw new Suspicion(
                    expected,
                    "ping was answered " + there.describeReply() + " after a call of " + Moment.words(waited)
                            + ", while a session that only " + nodes.first() + " was asked for lived",
                    there);
        }
        if (lasts && Overlap.responseAt(call) <= there.sentAt()) {
            throw RuleAbortedException.inconclusive(
                    nodes.second() + " was asked when the call was over: is the machine busy?");
        }
        var answered = over || session.awaitAlive(call, client.patience().multipliedBy(3), "during a call");
        var same = control.awaitAlive(usual, client.patience().multipliedBy(3), "during a call");
        if (answered && same && usual.result().isPresent() && call.result().isEmpty() && call.ended()) {
            throw new Suspicion(
                    "a call on " + nodes.first() + " to be answered though it took longer than the idle timeout",
                    "its reply ended without a result: " + call.describeReply(),
                    call);
        }
        return session;
    }

    private static boolean isCut(Exchange call) {
        return call.ended() && call.response().isEmpty();
    }

    @Rule(
            id = "cluster/stream-on-another-node",
            level = CONTRACT,
            waits = true,
            sessions = 2,
            requires = {SESSIONS, NODES, IDLE_TIMEOUT, GET_STREAM},
            unless = {GET_STREAM_ENDS, STREAM_HOLDS_NOT, NOT_ON_ALL_NODES},
            title = "A GET stream on one node keeps its session alive on all, if it does on that one",
            source = "session contract, point 2" + SEVERAL)
    void streamOnAnotherNode(Client client) {
        var nodes = Nodes.of(client);
        var control = nodes.shared();
        var session = nodes.shared();
        var usual = nodes.first().get(control).start();
        var stream = nodes.first().get(session).start();
        stream.awaitHead(client.patience());
        usual.awaitHead(client.patience());
        stream.awaitEnd(client.reapedAfter());
        if (stream.ended() || usual.ended()) {
            var ended = stream.ended() ? stream : usual;
            throw Nodes.unseen(
                    GET_STREAM_ENDS,
                    "it was answered " + ended.describeReply(),
                    stream.ended() ? session : control,
                    List.of(ended));
        }
        var here = nodes.first().ping(control).send();
        var there = nodes.second().ping(session).send();
        if (here.status() / 100 != 2) {
            throw Nodes.unseen(STREAM_HOLDS_NOT, "ping was answered " + here.describeReply(), control, List.of(usual));
        }
        var expected = "a session to live on " + nodes.second() + " while it has a stream on " + nodes.first();
        there.mustNotBeOverload(expected);
        if (there.status() == 404 || there.status() >= 500) {
            throw new Suspicion(
                    expected,
                    "ping was answered " + there.describeReply() + ", while a session that only " + nodes.first()
                            + " was asked for lived",
                    there);
        }
    }

    @Rule(
            id = "cluster/expired-on-all-nodes",
            level = MUST,
            sessions = 2,
            requires = {SESSIONS, NODES, IDLE_TIMEOUT},
            unless = {NOT_EXPIRED, NOT_ON_ALL_NODES},
            title = "A session that has expired on one node is answered 404 by all",
            source = ITEM_3 + "; session contract, point 3" + SEVERAL)
    void expiredOnAllNodes(Client client) {
        var nodes = Nodes.of(client);
        var one = nodes.shared();
        var other = nodes.shared();
        one.idleFor(client.reapedAfter());
        other.idleFor(client.reapedAfter());
        var here = nodes.first().ping(one).send();
        var there = nodes.second().ping(other).send();
        here.mustNotBeOverload("status 404 from " + nodes.first() + " for a session that has expired");
        if (here.status() != 404) {
            throw RuleAbortedException.notApplicable(NOT_EXPIRED, "ping was answered " + here.describeReply());
        }
        one.markEnded();
        var expected = "status 404 from " + nodes.second() + " for a session that has been idle "
                + other.idleBefore(there) + ", as from " + nodes.first();
        there.mustNotBeOverload(expected);
        if (there.status() / 100 == 2) {
            throw new Suspicion(expected, "got " + there.describeReply(), there);
        }
        other.markEnded();
        nodes.mustBeGoneEverywhere(one, "for a session that " + nodes.first() + " has answered 404");
        nodes.mustBeGoneEverywhere(other, "for a session that " + nodes.second() + " has answered 404");
    }

    @Rule(
            id = "cluster/no-resurrection",
            level = MUST,
            sessions = AROUND,
            requires = {SESSIONS, NODES, IDLE_TIMEOUT},
            unless = NOT_ON_ALL_NODES,
            title = "A session that a node has answered 404 about its deadline is served by none after that",
            source = ITEM_3 + "; session contract, point 5" + SEVERAL)
    void noResurrection(Client client) {
        var nodes = Nodes.of(client);
        var sessions = nodes.shared(AROUND);
        long step = client.idleTimeout().dividedBy(20).toNanos();
        int met = 0;
        for (int i = 0; i < AROUND; i++) {
            var session = sessions.get(i);
            session.idleFor(client.idleTimeout().plusNanos(step * (i - 1)));
            var replies = client.sendAll(nodes.all().size(), n -> nodes.get(n).ping(session));
            for (int n = 0; n < replies.size(); n++) {
                var expected = "an answer 2xx or 404 of " + nodes.get(n) + " about the deadline of a session";
                replies.get(n).mustReply(expected).mustNotBeOverload(expected);
                replies.get(n)
                        .mustHave(
                                replies.get(n).status() < 500,
                                expected,
                                "got " + replies.get(n).describeReply());
            }
            if (replies.stream().anyMatch(r -> r.status() == 404)) {
                met++;
                nodes.mustBeGoneEverywhere(session, "for a session that a node has answered 404 before");
            }
        }
        if (met == 0) {
            client.note("no session had expired when it was asked for");
        }
    }
}
