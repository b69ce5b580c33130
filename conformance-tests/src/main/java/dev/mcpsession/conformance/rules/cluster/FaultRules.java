package dev.mcpsession.conformance.rules.cluster;

import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Unless.NOT_ON_ALL_NODES;
import static dev.mcpsession.conformance.rule.Requires.IDLE_TIMEOUT;
import static dev.mcpsession.conformance.rule.Requires.LAUNCH;
import static dev.mcpsession.conformance.rule.Requires.NODES;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;
import static dev.mcpsession.conformance.rule.Requires.STORE;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.cluster.Nodes.Node;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.LaunchSettings.IdleTimeoutSetting;
import dev.mcpsession.conformance.target.ServerLauncher;
import dev.mcpsession.conformance.target.StoreControl;
import dev.mcpsession.conformance.target.StoreControl.Action;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A node that dies, and a store that does not answer. */
public final class FaultRules {
    private static final String SEVERAL = "; Several nodes";
    private static final Duration PROMPTLY = Duration.ofSeconds(2);
    /** A request that a store holds up for longer has hung. */
    private static final Duration HANGS = Duration.ofSeconds(5);
    /** Within which a store that is back must serve again, counting the time in which clients of it try again. */
    private static final Duration BACK_WITHIN = Duration.ofSeconds(10);
    /** The longest time for which a dead node may hold a session. */
    private static final Duration LONGEST_LEASE = Duration.ofSeconds(10);

    private static final Duration AGAIN = Duration.ofMillis(100);

    // ---- nodes that die ----

    @Rule(
            id = "cluster/node-loss",
            level = CONTRACT,
            sessions = 2,
            requires = {SESSIONS, NODES, LAUNCH},
            unless = NOT_ON_ALL_NODES,
            title = "When the node that opened a session dies, every other answers for the session at once",
            source = "session contract, point 3" + SEVERAL)
    void nodeLoss(Client client) {
        var nodes = Nodes.of(client);
        var dying = launch(client);
        var session = opened(nodes, dying);
        kill(dying);
        for (var node : nodes.all()) {
            var probe = node.ping(session).start();
            mustAnswerFor(node, complete(probe, PROMPTLY), "after the node that opened it was killed");
        }
        session.markEnded();
    }

    /** A further node, which the kit may kill. */
    private record Dying(ServerLauncher.Serving server, Node node) {}

    private static Dying launch(Client client) {
        var settings = client.target()
                .idleTimeout()
                .map(t -> LaunchSettings.withIdleTimeout(IdleTimeoutSetting.ofMillis(t.toMillis())))
                .orElseGet(LaunchSettings::withoutIdleTimeout);
        if (client.launch(settings) instanceof ServerLauncher.Serving server) {
            return new Dying(server, new Node(client.nodes().size() + 1, client.at(server.uri()), true));
        }
        throw RuleAbortedException.inconclusive("a further node could not be started");
    }

    private static ClientSession opened(Nodes nodes, Dying dying) {
        var session = dying.node().client().open();
        for (var node : nodes.all()) {
            nodes.mustKnow(node, session);
        }
        return session;
    }

    /** A session whose node was killed while it worked at a call of it. */
    private static ClientSession ofNodeThatDiedDuringCall(Client client, Nodes nodes) {
        var dying = launch(client);
        var session = opened(nodes, dying);
        var call = dying.node().slowCall(session);
        client.pause(client.underWay());
        kill(dying);
        call.awaitEnd(PROMPTLY);
        return session;
    }

    private static void kill(Dying dying) {
        dying.server().kill();
    }

    private static Exchange complete(Exchange exchange, Duration atMost) {
        exchange.awaitHead(atMost);
        if (exchange.answered()) {
            exchange.awaitEnd(Duration.ofMillis(200));
        }
        return exchange;
    }

    private static void mustAnswerFor(Node node, Exchange probe, String because) {
        var expected = node + " to serve the session, or to answer 404 at once, " + because;
        if (!probe.answered()) {
            throw new Suspicion(expected, "no reply came within " + Moment.words(PROMPTLY), probe);
        }
        if (probe.status() / 100 != 2 && probe.status() != 404) {
            throw new Suspicion(expected, "got " + probe.describeReply(), probe);
        }
    }

    @Rule(
            id = "cluster/node-loss-during-call",
            level = CONTRACT,
            sessions = 2,
            waits = true,
            requires = {SESSIONS, NODES, LAUNCH, SLOW_TOOL},
            unless = NOT_ON_ALL_NODES,
            title = "A node that dies during a call locks its session on no other node",
            source = "session contract, points 2 and 8" + SEVERAL)
    void nodeLossDuringCall(Client client) {
        var nodes = Nodes.of(client);
        var session = ofNodeThatDiedDuringCall(client, nodes);
        for (var node : nodes.all()) {
            mustAnswerFor(
                    node,
                    complete(node.ping(session).start(), PROMPTLY),
                    "after a node was killed during a call of it");
        }
        if (client.capabilities().deleteOffered()) {
            var delete = complete(nodes.second().delete(session).start(), PROMPTLY);
            mustAnswerFor(nodes.second(), delete, "after a node was killed during a call of it, and it is ended");
        }
        session.markEnded();
    }

    @Rule(
            id = "cluster/node-loss-expiry",
            level = CONTRACT,
            once = true,
            sessions = 1,
            requires = {SESSIONS, NODES, LAUNCH, SLOW_TOOL, IDLE_TIMEOUT},
            unless = NOT_ON_ALL_NODES,
            title = "A session of which a call dies with its node expires all the same",
            source = "session contract, points 2 and 3" + SEVERAL)
    void nodeLossExpiry(Client client) {
        var nodes = Nodes.of(client);
        var session = ofNodeThatDiedDuringCall(client, nodes);
        client.pause(client.reapedAfter().plus(LONGEST_LEASE));
        var probe = nodes.first().ping(session).send();
        var expected = "status 404 for a session whose last call died with its node, "
                + Moment.words(client.reapedAfter().plus(LONGEST_LEASE)) + " later";
        probe.mustNotBeOverload(expected);
        if (probe.status() / 100 == 2) {
            throw new Suspicion(expected, "got " + probe.describeReply(), probe);
        }
        session.markEnded();
    }

    // ---- a store that does not answer ----

    @Rule(
            id = "cluster/store-paused",
            level = CONTRACT,
            disruptive = true,
            once = true,
            sessions = 2,
            requires = {SESSIONS, NODES, STORE},
            unless = NOT_ON_ALL_NODES,
            title = "While the store hangs, no session is answered 404, and no client waits for long; then all lives"
                    + " on",
            source = "session contract, point 3" + SEVERAL)
    void storePaused(Client client) {
        var nodes = Nodes.of(client);
        var session = nodes.shared();
        var opened = outage(client, nodes, session, Action.PAUSE, Action.RESUME);
        mustBeBack(nodes, session, true);
        for (var opening : opened) {
            mustLive(nodes, opening);
        }
    }

    @Rule(
            id = "cluster/store-stopped",
            level = CONTRACT,
            disruptive = true,
            once = true,
            sessions = 2,
            requires = {SESSIONS, NODES, STORE},
            unless = NOT_ON_ALL_NODES,
            title = "While the store is down, no session is answered 404, and no client waits for long",
            source = "session contract, point 3" + SEVERAL)
    void storeStopped(Client client) {
        var nodes = Nodes.of(client);
        var session = nodes.shared();
        outage(client, nodes, session, Action.STOP, Action.START);
        // Whether a store keeps anything when it stops is not the server's business.
        mustBeBack(nodes, session, false);
    }

    /** Disturbs the store, asks every node, and mends the store; gives the openings that succeeded meanwhile. */
    private static List<Exchange> outage(
            Client client, Nodes nodes, ClientSession session, Action disturb, Action mend) {
        var store = client.target().store().orElseThrow();
        if (!apply(store, disturb)) {
            throw RuleAbortedException.notTestable(
                    "--store-command does not know how to " + word(disturb) + " the store");
        }
        try {
            var openings = new ArrayList<Exchange>();
            for (var node : nodes.all()) {
                mustNotBeLost(node, node.ping(session), "ping");
                mustNotBeLost(node, node.get(session), "GET");
                if (client.capabilities().deleteOffered()) {
                    mustNotBeLost(node, node.delete(session), "DELETE");
                }
                var opening =
                        mustBeAnswered(node, node.client().post(node.client().initialize()), "initialize");
                if (opening.status() == 200 && opening.sessionId().isPresent()) {
                    openings.add(opening);
                }
            }
            return openings;
        } finally {
            if (!apply(store, mend)) {
                client.note("--store-command could not " + word(mend) + " the store");
            }
        }
    }

    private static String word(Action action) {
        return action.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static boolean apply(StoreControl store, Action action) {
        try {
            return store.apply(action);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RuleAbortedException.inconclusive("the run was interrupted");
        }
    }

    private static Exchange mustBeAnswered(Node node, Request request, String what) {
        var reply = request.start();
        reply.awaitHead(HANGS);
        if (reply.answered()) {
            reply.awaitEnd(Duration.ofMillis(100));
        }
        reply.close();
        if (!reply.answered()) {
            throw new Violation(
                    node + " to answer " + what + " soon while the store does not answer",
                    reply.failure().isPresent()
                            ? "the connection broke: " + reply.describeReply()
                            : "no reply came within " + Moment.words(HANGS),
                    reply);
        }
        return reply;
    }

    private static void mustNotBeLost(Node node, Request request, String what) {
        var reply = mustBeAnswered(node, request, what);
        int status = reply.status();
        if (request.method().equals("GET") && status == 405) {
            return;
        }
        reply.mustHave(
                status / 100 != 4 || status == 429,
                node + " to answer " + what + " of a session with 503 while the store does not answer",
                "got " + reply.describeReply() + (status == 404 ? ", at which a client gives its session up" : ""));
        reply.mustHave(
                !request.method().equals("DELETE") || status / 100 != 2,
                node + " not to confirm a DELETE that the store has not seen",
                "got " + reply.describeReply());
        if (status / 100 == 5 && status != 503) {
            node.client().note(node + " answered " + what + " with " + status + ", where 503 would say what it is");
        } else if (status == 503 && reply.header("Retry-After").isEmpty()) {
            node.client().note(node + " answered " + what + " with 503 without Retry-After");
        }
    }

    /** Waits until the nodes serve again. */
    private static void mustBeBack(Nodes nodes, ClientSession session, boolean kept) {
        long until = System.nanoTime() + BACK_WITHIN.toNanos();
        for (var node : nodes.all()) {
            Exchange probe;
            do {
                probe = node.ping(session).start();
                probe.awaitHead(Nodes.left(until));
                if (probe.answered()) {
                    probe.awaitEnd(AGAIN);
                }
                probe.close();
                if (probe.answered() && (probe.status() / 100 == 2 || probe.status() == 404)) {
                    break;
                }
                node.client().pause(AGAIN);
            } while (System.nanoTime() < until);
            var expected = session + " to be served by " + node + " when the store is back";
            if (!probe.answered()) {
                throw new Suspicion(expected, "no reply came within " + Moment.words(BACK_WITHIN), probe);
            }
            boolean expired = session.mayHaveExpiredBefore(probe);
            if (probe.status() == 404 && (!kept || expired)) {
                session.markEnded();
                node.client().note("the session was gone when the store was back");
                return;
            }
            if (probe.status() / 100 != 2) {
                // It may have ended for a reason of the server's own, such as a timeout that the kit was not told.
                throw new Suspicion(expected, "got " + probe.describeReply(), probe);
            }
        }
    }

    private static void mustLive(Nodes nodes, Exchange opening) {
        var session = nodes.first().client().adopt(opening.sessionId().orElseThrow(), opening);
        session.post(Json.notification("notifications/initialized")).send();
        var probe = session.ping().send();
        if (probe.status() == 404 && !session.mayHaveExpiredBefore(probe)) {
            throw new Suspicion(
                    "a session that was opened while the store did not answer to live when it is back",
                    "initialize had been answered 200, and then ping " + probe.describeReply(),
                    probe);
        }
    }
}
