package dev.mcpsession.conformance.rules.cluster;

import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Unless.NOT_ON_ALL_NODES;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.NODES;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;
import static dev.mcpsession.conformance.rule.Requires.STRESS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.cluster.Nodes.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The bound of sessions is one for all nodes. */
public final class BoundRules {
    /** How long sessions may be opened to find the bound. */
    private static final Duration FILLING = Duration.ofSeconds(20);

    private static final Duration AGAIN = Duration.ofMillis(100);

    private static final int AGAINS = 2;

    // The rule holds many sessions open, but a control that did would meet the same bound: one session is enough there.
    @Rule(
            id = "cluster/cap-shared",
            level = CONTRACT,
            disruptive = true,
            once = true,
            requires = {STRESS, SESSIONS, NODES, DELETE},
            unless = NOT_ON_ALL_NODES,
            title = "No node opens more sessions than the bound that another node keeps to",
            source = "session contract, point 10; Several nodes")
    void capShared(Client client) {
        if (client.target().replicasBehind()) {
            throw RuleAbortedException.notTestable(
                    "which node opens a session cannot be chosen where replicas are behind one URL; see --node");
        }
        var nodes = Nodes.of(client);
        new Crowd(client).end(nodes.shared());
        for (var full : nodes.all()) {
            var crowd = new Crowd(client);
            try {
                mustKeepTheBoundOf(full, nodes, crowd);
            } finally {
                crowd.endAll();
            }
        }
    }

    private static void mustKeepTheBoundOf(Node full, Nodes nodes, Crowd crowd) {
        int bound = fill(crowd, full);
        for (var node : nodes.others(full)) {
            mustNotGrow(full, bound, crowd.openAndCount(full, bound));
            // Nodes may learn of each other's sessions a moment later.
            crowd.settle(0);
            var opening = crowd.open(node);
            int once = Math.max(crowd.settle(bound), crowd.openAndCount(full, bound));
            if (once > bound) {
                // A session of another client may have ended just then.
                int twice = Math.max(crowd.openAndCount(node, once), crowd.openAndCount(full, once));
                boolean grows = twice > once;
                if (!grows) {
                    // A node that keeps to a bound of one grows no further.
                    twice = mustGrowAgain(crowd, full, node, bound);
                }
                mustStillCount(crowd, full, twice - bound, twice);
                throw new Suspicion(
                        node + " and " + full + " to keep together to the " + sessions(bound) + " that " + full
                                + " keeps to alone",
                        twice + " lived "
                                + (grows
                                        ? "when " + node + " had been asked for 2 more"
                                        : "each of " + (AGAINS + 1) + " times that " + node
                                                + " was asked for one more"),
                        opening);
            }
            if (opening.status() != 200) {
                mustOpenWhereThereIsRoom(crowd, node, bound);
            }
        }
    }

    /**
     * Ends the sessions of a node, so that no more live than the bound, and asks it for one more, several times.
     *
     * @return how many live then
     * @throws RuleAbortedException if there are no more than the bound, or the full node opens more meanwhile
     */
    private static int mustGrowAgain(Crowd crowd, Node full, Node node, int bound) {
        int live = 0;
        for (int i = 0; i < AGAINS; i++) {
            crowd.of(node).forEach(crowd::end);
            mustNotGrow(full, bound, crowd.openAndCount(full, bound));
            live = crowd.openAndCount(node, bound);
            if (live <= bound) {
                throw RuleAbortedException.inconclusive("more than " + sessions(bound)
                        + " lived, where as many were expected at most, but not each" + " time");
            }
        }
        return live;
    }

    /**
     * Opens sessions on a node until it makes room for new ones, or refuses them.
     *
     * @return how many live then
     */
    private static int fill(Crowd crowd, Node node) {
        int most = crowd.client.target().maxSessions() - crowd.client.nodes().size();
        long until = System.nanoTime() + FILLING.toNanos();
        int next = 2;
        boolean met = false;
        while (!met && crowd.size() < most && System.nanoTime() < until) {
            met = crowd.open(node).status() != 200;
            int opened = crowd.size();
            if (!met && (opened >= next || opened >= most)) {
                met = crowd.count() < opened;
                next *= 2;
            }
        }
        int opened = crowd.size();
        int bound = crowd.settle(0);
        if (!met && bound == opened) {
            throw RuleAbortedException.notTestable("no bound was met with " + sessions(opened) + " on " + node
                    + ": where the server has one, set it lower, or let the kit open more with --max-sessions");
        }
        if (bound == 0) {
            throw RuleAbortedException.inconclusive("none of " + sessions(opened) + " of " + node + " lives");
        }
        mustNotGrow(node, bound, crowd.openAndCount(node, bound));
        return bound;
    }

    private static void mustNotGrow(Node node, int bound, int live) {
        if (live > bound) {
            throw RuleAbortedException.inconclusive(node + " keeps to no bound: it seemed full with " + sessions(bound)
                    + ", and then " + live + " lived");
        }
    }

    /**
     * Sees to it that a node which opened no more sessions did so for their number: when some have ended it opens
     * others, and again no more than before. A limit to the rate of requests is none to the number of sessions.
     */
    private static void mustStillCount(Crowd crowd, Node full, int over, int live) {
        mustNotGrow(full, live, crowd.openAndCount(full, live));
        var own = crowd.of(full);
        int ends = Math.min(own.size(), over + 1);
        own.subList(0, ends).forEach(crowd::end);
        int before = crowd.count();
        crowd.open(full);
        if (crowd.count() <= before) {
            throw RuleAbortedException.inconclusive(full + " opens no session when others have ended, so that it may"
                    + " refuse them for something else than their number");
        }
        for (int i = 0; i < ends; i++) {
            crowd.open(full);
        }
        mustNotGrow(full, live, crowd.openAndCount(full, live));
    }

    /** Sees to it that a node which refused to open a session did not do so for any other reason than the bound. */
    private static void mustOpenWhereThereIsRoom(Crowd crowd, Node node, int bound) {
        while (crowd.count() >= bound) {
            crowd.end(crowd.any());
        }
        var opening = crowd.open(node);
        if (opening.status() != 200) {
            throw RuleAbortedException.inconclusive(
                    node + " opens no session, though there is room: it answered " + opening.describeReply());
        }
    }

    private static String sessions(int count) {
        return count == 1 ? "1 session" : count + " sessions";
    }

    /** The sessions that live, as far as is known, and are kept alive. */
    private static final class Crowd {
        final Client client;
        private final List<ClientSession> live = new ArrayList<>();
        private final long oftenEnough;
        private long countedAt = System.nanoTime();

        Crowd(Client client) {
            this.client = client;
            oftenEnough = client.target()
                    .idleTimeout()
                    .map(t -> t.dividedBy(4))
                    .orElse(Nodes.LAG)
                    .toNanos();
        }

        int size() {
            return live.size();
        }

        ClientSession any() {
            return live.get(0);
        }

        List<ClientSession> of(Node node) {
            return live.stream()
                    .filter(s -> s.client().uri().equals(node.client().uri()))
                    .toList();
        }

        /** Asks for a session once, and gives the answer. */
        Exchange open(Node node) {
            if (System.nanoTime() - countedAt > oftenEnough) {
                count();
            }
            var opening = sentOnce(node.client().post(node.client().initialize()));
            if (!opening.answered()) {
                throw RuleAbortedException.inconclusive(node + " did not answer: " + opening.describeReply());
            }
            if (opening.status() == 200 && opening.sessionId().isPresent()) {
                var session = node.client().adopt(opening.sessionId().get(), opening);
                live.add(session);
                sentOnce(session.post(Json.notification("notifications/initialized")));
            }
            return opening;
        }

        /** What has no room is refused with a status that says to try again: not here. */
        private Exchange sentOnce(Request request) {
            return Request.complete(request.start(), client.patience());
        }

        /** Asks for all sessions, and tells how many live. */
        int count() {
            countedAt = System.nanoTime();
            var asked = List.copyOf(live);
            var probes = client.sendAll(asked.size(), i -> asked.get(i).ping());
            for (int i = 0; i < asked.size(); i++) {
                var session = asked.get(i);
                var probe = probes.get(i);
                if (probe.status() == 404) {
                    if (session.mayHaveExpiredBefore(probe)) {
                        throw RuleAbortedException.inconclusive(
                                session + " may rightly have expired before it was asked for: is the machine busy?");
                    }
                    session.markEnded();
                    live.remove(session);
                } else if (probe.status() / 100 != 2) {
                    throw RuleAbortedException.inconclusive(
                            "whether " + session + " lives cannot be told: ping was answered " + probe.describeReply());
                }
            }
            return live.size();
        }

        /** As {@link #count()}, once so few live at most, or it is clear that more do. */
        int settle(int atMost) {
            long until = System.nanoTime() + Nodes.LAG.toNanos();
            int count = count();
            while (count > atMost && System.nanoTime() < until) {
                client.pause(Duration.ofNanos(Math.min(AGAIN.toNanos(), oftenEnough)));
                count = count();
            }
            return count;
        }

        /** Asks for a session, and counts as {@link #settle} does. */
        int openAndCount(Node node, int atMost) {
            open(node);
            return settle(atMost);
        }

        void end(ClientSession session) {
            var reply = session.delete().send();
            if (reply.status() / 100 != 2 && reply.status() != 404) {
                throw RuleAbortedException.inconclusive(
                        session + " could not be ended: DELETE was answered " + reply.describeReply());
            }
            session.markEnded();
            live.remove(session);
        }

        /** Leaves nothing for the next; what cannot be ended is ended with the rule. */
        void endAll() {
            var replies = client.sendAll(live.size(), i -> live.get(i).delete());
            for (int i = 0; i < replies.size(); i++) {
                if (replies.get(i).answered() && replies.get(i).status() / 100 == 2) {
                    live.get(i).markEnded();
                }
            }
            live.clear();
        }
    }
}
