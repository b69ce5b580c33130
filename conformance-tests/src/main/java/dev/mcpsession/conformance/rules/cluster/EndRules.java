package dev.mcpsession.conformance.rules.cluster;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.LATE_HEAD;
import static dev.mcpsession.conformance.judgement.Unless.NOT_ON_ALL_NODES;
import static dev.mcpsession.conformance.judgement.Unless.NO_DELETE_ELSEWHERE;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
import static dev.mcpsession.conformance.rule.Requires.NODES;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.List;

/** A session that ends, ends on all nodes, and once. */
public final class EndRules {
    private static final String SEVERAL = "; Several nodes";
    private static final String ITEM_3 = "basic/transports, Session Management, item 3";
    private static final String OTHER = "cluster/delete-on-another-node";
    private static final int ROUNDS = 8;
    private static final int DELETES = 6;
    private static final Duration SOON = Duration.ofSeconds(5);

    @Rule(
            id = OTHER,
            level = CONTRACT,
            requires = {SESSIONS, NODES, DELETE},
            unless = NOT_ON_ALL_NODES,
            title = "A session can be ended on a node that did not open it",
            source = "session contract, point 4" + SEVERAL)
    void deleteOnAnotherNode(Client client) {
        var nodes = Nodes.of(client);
        var session = nodes.shared();
        var reply = nodes.second().delete(session).send();
        var expected = "DELETE of a session of " + nodes.first() + " to succeed on " + nodes.second();
        reply.mustReply(expected).mustNotBeOverload(expected);
        if (reply.status() / 100 == 2) {
            session.markEnded();
            return;
        }
        if (!Nodes.isServed(nodes.first().ping(session).send())) {
            throw RuleAbortedException.inconclusive("the session had ended before");
        }
        throw new Violation(
                expected, "got " + reply.describeReply() + ", and " + nodes.first() + " serves it on", reply);
    }

    /** Ends a session on the second node, where that is possible. */
    private static Exchange terminate(Nodes nodes, ClientSession session) {
        var reply = nodes.second().delete(session).send();
        if (reply.status() / 100 != 2) {
            throw Nodes.unseen(
                    NO_DELETE_ELSEWHERE,
                    nodes.second() + " answered " + reply.describeReply() + "; see " + OTHER,
                    session,
                    List.of(reply));
        }
        session.markEnded();
        return reply;
    }

    @Rule(
            id = "cluster/deleted-on-all-nodes",
            level = MUST,
            requires = {SESSIONS, NODES, DELETE},
            unless = {NOT_ON_ALL_NODES, NO_DELETE_ELSEWHERE},
            title = "A session that was ended on one node is answered 404 by all",
            source = ITEM_3 + "; session contract, point 4" + SEVERAL)
    void deletedOnAllNodes(Client client) {
        var nodes = Nodes.of(client);
        for (int i = 0; i < 2; i++) {
            var session = nodes.shared();
            terminate(nodes, session);
            nodes.mustBeGoneEverywhere(session, "after the session was ended on " + nodes.second());
        }
    }

    @Rule(
            id = "cluster/delete-once",
            level = CONTRACT,
            requires = {SESSIONS, NODES, DELETE},
            unless = NOT_ON_ALL_NODES,
            title = "Of DELETEs of one session to several nodes at once, one succeeds, and none fails",
            source = "session contract, point 4" + SEVERAL)
    void deleteOnce(Client client) {
        var nodes = Nodes.of(client);
        for (int round = 0; round < ROUNDS; round++) {
            var session = nodes.shared();
            var replies = client.sendAll(DELETES, i -> nodes.get(i).delete(session));
            session.markEnded();
            int succeeded = 0;
            Exchange last = replies.get(0);
            for (int i = 0; i < replies.size(); i++) {
                var reply = replies.get(i);
                var expected = "a DELETE beside others to be answered 2xx or 404 by " + nodes.get(i);
                reply.mustReply(expected).mustNotBeOverload(expected);
                reply.mustHave(reply.status() < 500, expected, "got " + reply.describeReply());
                if (reply.status() / 100 == 2) {
                    succeeded++;
                    last = reply;
                }
            }
            if (succeeded == 0 && session.mayHaveExpiredBefore(last)) {
                throw RuleAbortedException.inconclusive(
                        "the session may rightly have expired before it could be ended: " + last.describeReply());
            }
            if (succeeded == 0) {
                throw new Suspicion(
                        "one of " + DELETES + " DELETEs at once to succeed", "none did: " + last.describeReply(), last);
            }
            last.mustHave(
                    succeeded == 1,
                    "one of " + DELETES + " DELETEs of a session at once to succeed",
                    succeeded + " did");
        }
    }

    @Rule(
            id = "cluster/delete-ends-streams",
            level = ADVICE,
            waits = true,
            dependsOn = "termination/closes-stream",
            requires = {SESSIONS, NODES, DELETE, GET_STREAM},
            unless = {LATE_HEAD, NOT_ON_ALL_NODES, NO_DELETE_ELSEWHERE},
            title = "A GET stream ends when its session is ended on another node",
            source = "session contract, point 8" + SEVERAL)
    void deleteEndsStreams(Client client) {
        var nodes = Nodes.of(client);
        var session = nodes.shared();
        var stream = nodes.first().get(session).open(Duration.ofSeconds(2));
        if (!stream.answered()) {
            throw Nodes.unseen(LATE_HEAD, session, stream);
        }
        if (!stream.isEventStream() || stream.ended()) {
            throw RuleAbortedException.inconclusive("GET was answered " + stream.describeReply());
        }
        terminate(nodes, session);
        long ended = System.nanoTime();
        if (!stream.awaitEnd(SOON)) {
            throw new Suspicion(
                    "the GET stream on " + nodes.first() + " to end when its session is ended on " + nodes.second(),
                    "it was still open " + Moment.words(System.nanoTime() - ended) + " later",
                    stream);
        }
    }

    @Rule(
            id = "cluster/delete-ends-calls",
            level = CONTRACT,
            dependsOn = "termination/in-flight-ends",
            waits = true,
            once = true,
            sessions = 2,
            requires = {SESSIONS, NODES, DELETE, SLOW_TOOL},
            unless = {NOT_ON_ALL_NODES, NO_DELETE_ELSEWHERE},
            title = "A call in flight never hangs when its session is ended on another node",
            source = "session contract, point 8" + SEVERAL)
    void deleteEndsCalls(Client client) {
        var nodes = Nodes.of(client);
        var beside = nodes.shared();
        var session = nodes.shared();
        var undisturbed = nodes.first().slowCall(beside);
        var call = nodes.first().slowCall(session);
        client.pause(client.underWay());
        boolean inFlight = call.isInFlight();
        terminate(nodes, session);
        long ended = System.nanoTime();
        beside.awaitAlive(undisturbed, client.patience().multipliedBy(3), "during a call");
        // A tool may take its time to the end: a call that nothing disturbs tells how long that is.
        if (!call.await(() -> !call.isInFlight(), SOON)) {
            throw new Suspicion(
                    "a call on " + nodes.first() + " to end when its session is ended on " + nodes.second(),
                    "it was still open " + Moment.words(System.nanoTime() - ended)
                            + " later, while a call of another session was answered",
                    call);
        }
        if (!inFlight) {
            throw RuleAbortedException.inconclusive("the call was over before its session was; see --slow-tool");
        }
    }
}
