package dev.mcpsession.conformance.rules.cluster;

import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.NOT_ON_ALL_NODES;
import static dev.mcpsession.conformance.judgement.Unless.OTHER_USER_SERVED;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
import static dev.mcpsession.conformance.rule.Requires.NODES;
import static dev.mcpsession.conformance.rule.Requires.SECOND_PRINCIPAL;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.http.SessionIds;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.cluster.Nodes.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.stream.IntStream;

/** A session is on all nodes, whichever opened it, and to nobody else on any of them. */
public final class SharedSessionRules {
    private static final String SEVERAL = "; Several nodes";

    /** Replicas behind one URL: so many sessions, and requests in each, every one over a connection of its own. */
    private static final int SESSIONS_BEHIND = 30;

    private static final int REQUESTS_BEHIND = 6;
    private static final int AT_ONCE = 12;
    private static final int OPENINGS = 24;
    private static final int ROUNDS = 4;
    private static final Duration HEAD = Duration.ofSeconds(2);
    private static final Duration AGAIN = Duration.ofMillis(100);

    @Rule(
            id = "cluster/session-on-all-nodes",
            level = CONTRACT,
            sessions = 3,
            requires = {SESSIONS, NODES},
            title = "A session that one node has opened is served by every other",
            source = "session contract, point 3" + SEVERAL)
    void sessionOnAllNodes(Client client) {
        var nodes = Nodes.of(client);
        if (client.target().replicasBehind()) {
            mustServeBehind(nodes);
            return;
        }
        for (var opener : nodes.all()) {
            var session = opener.client().open();
            for (var node : nodes.others(opener)) {
                mustServe(session, opener, node);
            }
        }
    }

    private static void mustServe(ClientSession session, Node opener, Node node) {
        long started = System.nanoTime();
        var first = node.ping(session).send();
        first.mustReply("an answer of " + node + " for a session of " + opener);
        first.mustNotBeOverload("a session of " + opener + " to be served by " + node);
        if (Nodes.isServed(first)) {
            return;
        }
        if (first.status() == 400
                && Nodes.isServed(
                        node.ping(session).without(Client.VERSION_HEADER).send())) {
            throw RuleAbortedException.inconclusive("with the header " + Client.VERSION_HEADER + ", " + node
                    + " refuses a session of " + opener + ": see cluster/version-on-all-nodes");
        }
        if (Nodes.knows(node, session)) {
            node.client()
                    .note(node + " served a session of " + opener + " only " + Moment.words(System.nanoTime() - started)
                            + " after it was opened");
            return;
        }
        var last = node.ping(session).send();
        var control = opener.ping(session).send();
        if (Nodes.isServed(last) || !Nodes.isServed(control)) {
            throw RuleAbortedException.inconclusive(
                    "whether the session lived all along cannot be told: " + opener + " answered ping with "
                            + control.describeReply() + ", and " + node + " with " + last.describeReply());
        }
        throw new Violation(
                "a session of " + opener + " to be served by " + node,
                "ping was answered " + last.describeReply() + ", while " + opener
                        + " served it before and after; a server like that needs a balancer that keeps each session on"
                        + " its node",
                last);
    }

    /** Whether replicas share their sessions shows in many requests, each of which chance sends to one of them. */
    private static void mustServeBehind(Nodes nodes) {
        var client = nodes.first().client();
        int asked = 0;
        int refused = 0;
        boolean late = false;
        boolean cookie = false;
        Exchange evidence = null;
        for (int i = 0; i < SESSIONS_BEHIND && evidence == null; i++) {
            var session = client.openWithoutInitialized();
            nodes.first().initialized(session).send();
            cookie |= session.opening().header("Set-Cookie").isPresent();
            long known = session.opening().headAt() + Nodes.LAG.toNanos();
            var pings = new ArrayList<>(pings(nodes, session));
            if (pings.stream().anyMatch(p -> isEarlyRefusal(p, known))) {
                // News of the session may be under way to the other replicas.
                late = true;
                while (pings.get(pings.size() - 1).sentAt() < known) {
                    client.pause(AGAIN);
                    pings.add(ping(nodes, session));
                }
                pings.addAll(pings(nodes, session));
                pings.removeIf(p -> isEarlyRefusal(p, known));
            }
            asked += pings.size();
            long served = pings.stream()
                    .filter(Nodes::isServed)
                    .mapToLong(Exchange::sentAt)
                    .max()
                    .orElse(0);
            for (var ping : pings) {
                if (!Nodes.isServed(ping)) {
                    refused++;
                    evidence = served > ping.headAt() ? ping : evidence;
                }
            }
            if (nodes.first().delete(session).send().status() / 100 == 2) {
                session.markEnded();
            }
        }
        var counted = refused + " of " + asked + " requests, each over a connection of its own";
        if (evidence != null) {
            throw new Violation(
                    "a session to be served over every connection, whichever node that leads to",
                    "it was refused with " + evidence.describeReply() + " and served after that; so were " + counted,
                    evidence);
        }
        if (refused > 0) {
            throw RuleAbortedException.inconclusive(
                    counted + " were refused, and none of those sessions was served after that");
        }
        if (late) {
            client.note("requests within " + Moment.words(Nodes.LAG) + " after their session was opened do not count:"
                    + " some were refused");
        }
        client.note("none of " + asked + " requests in " + SESSIONS_BEHIND
                + " sessions, each over a connection of its own, was refused: "
                + (cookie
                        ? "the replicas share sessions, or a cookie keeps a session on its node"
                        : "the replicas share sessions, or the balancer keeps a client on one node")
                + ". Nodes that share nothing, and are chosen by chance, would pass with a probability of less than"
                + " 2^-" + (asked - SESSIONS_BEHIND));
    }

    private static List<Exchange> pings(Nodes nodes, ClientSession session) {
        return IntStream.range(0, REQUESTS_BEHIND)
                .mapToObj(i -> ping(nodes, session))
                .toList();
    }

    private static Exchange ping(Nodes nodes, ClientSession session) {
        return nodes.first().ping(session).send().mustNotBeOverload("a session to be served over every connection");
    }

    private static boolean isEarlyRefusal(Exchange ping, long known) {
        return !Nodes.isServed(ping) && ping.sentAt() < known;
    }

    @Rule(
            id = "cluster/initialized-on-another-node",
            level = CONTRACT,
            sessions = 2,
            requires = {SESSIONS, NODES},
            unless = NOT_ON_ALL_NODES,
            title = "A session that was opened on one node can be initialized by a notification to another",
            source = "session contract, point 3" + SEVERAL)
    void initializedOnAnotherNode(Client client) {
        var nodes = Nodes.of(client);
        var control = nodes.shared();
        var usual = list(nodes.first(), control);
        var session = nodes.first().client().openWithoutInitialized();
        var accepted = nodes.second().initialized(session).send();
        for (int i = 0; i < 10 && accepted.status() == 404; i++) {
            client.pause(AGAIN);
            accepted = nodes.second().initialized(session).send();
        }
        var expected = "notifications/initialized to be accepted by " + nodes.second();
        accepted.mustNotBeOverload(expected);
        if (accepted.status() / 100 != 2) {
            if (!Nodes.isServed(nodes.first().ping(session).send())) {
                throw RuleAbortedException.inconclusive("the session had ended before it was initialized");
            }
            throw new Violation(expected, "got " + accepted.describeReply(), accepted);
        }
        if (!Nodes.isServed(usual)) {
            throw RuleAbortedException.inconclusive("tools/list brings no result: " + usual.describeReply());
        }
        var expectedToo = "tools/list to be served by " + nodes.first() + " after " + nodes.second()
                + " has accepted notifications/initialized";
        long until = System.nanoTime() + Nodes.LAG.toNanos();
        var list = list(nodes.first(), session);
        while (!Nodes.isServed(list) && list.sentAt() < until) {
            client.pause(AGAIN);
            list = list(nodes.first(), session);
        }
        list.mustNotBeOverload(expectedToo);
        if (!Nodes.isServed(list)) {
            throw new Suspicion(
                    expectedToo,
                    "got " + list.status() + " with "
                            + list.error().map(Object::toString).orElse("no result"),
                    list);
        }
    }

    private static Exchange list(Node node, ClientSession session) {
        return node.post(node.client().request("tools/list"), session).send();
    }

    @Rule(
            id = "cluster/get-on-all-nodes",
            level = CONTRACT,
            requires = {SESSIONS, NODES, GET_STREAM},
            unless = NOT_ON_ALL_NODES,
            title = "Every node offers a GET stream for a session, if one does",
            source = "session contract, point 14" + SEVERAL)
    void getOnAllNodes(Client client) {
        var nodes = Nodes.of(client);
        for (var node : nodes.all()) {
            var session = nodes.shared();
            var stream = node.get(session).open(HEAD);
            if (stream.answered()) {
                var expected = "a GET stream from " + node + ", as from the first";
                stream.mustNotBeOverload(expected);
                if (stream.status() != 200 || !stream.isEventStream()) {
                    stream.awaitEnd(HEAD);
                    if (stream.status() == 404) {
                        Nodes.mustBeAlive(session, node, stream, "when a GET stream is asked for");
                    }
                    throw new Suspicion(expected, "got " + stream.describeReply(), stream);
                }
            }
            stream.close();
        }
    }

    @Rule(
            id = "cluster/version-on-all-nodes",
            level = CONTRACT,
            requires = {SESSIONS, NODES},
            unless = NOT_ON_ALL_NODES,
            title = "The revision that a session has negotiated holds on every node",
            source = "session contract, point 3" + SEVERAL + "; basic/transports, Protocol Version Header")
    void versionOnAllNodes(Client client) {
        var nodes = Nodes.of(client);
        var session = nodes.first().client().open();
        for (var node : nodes.others(nodes.first())) {
            boolean first = client.revision() == Revision.V2025_03_26;
            var here = (first ? batch(nodes.first(), session) : nodes.first().ping(session)).send();
            var there = (first ? batch(node, session) : node.ping(session)).send();
            if (there.status() == 404) {
                nodes.mustKnow(node, session);
                there = (first ? batch(node, session) : node.ping(session)).send();
            }
            var expected =
                    (first ? "a batch, which revision " + client.revision() + " has," : "the revision of the session")
                            + " to be accepted by " + node + ", as by " + nodes.first();
            there.mustNotBeOverload(expected);
            if (there.status() == 404) {
                Nodes.mustBeAlive(session, node, there, "as it was a moment before");
            }
            if (here.status() / 100 == 2 && there.status() / 100 == 4) {
                throw new Violation(expected, "got " + there.describeReply(), there);
            }
        }
    }

    private static Request batch(Node node, ClientSession session) {
        var client = node.client();
        return client.post(
                        "[" + Json.request(client.nextId(), "ping") + "," + Json.request(client.nextId(), "ping") + "]")
                .in(session);
    }

    @Rule(
            id = "cluster/served-side-by-side",
            level = CONTRACT,
            requires = {SESSIONS, NODES},
            unless = NOT_ON_ALL_NODES,
            title = "Requests of one session to all nodes at once are all served",
            source = "session contract, points 5 and 13" + SEVERAL)
    void servedSideBySide(Client client) {
        var nodes = Nodes.of(client);
        var session = nodes.shared();
        for (int round = 0; round < ROUNDS; round++) {
            var replies = client.sendAll(AT_ONCE, i -> nodes.get(i).ping(session));
            for (int i = 0; i < replies.size(); i++) {
                var reply = replies.get(i);
                var expected = "ping to be served by " + nodes.get(i) + " beside those to other nodes";
                reply.mustReply(expected).mustNotBeOverload(expected);
                if (!Nodes.isServed(reply)) {
                    if (reply.status() == 404) {
                        Nodes.mustBeAlive(session, nodes.get(i), reply, "beside requests to other nodes");
                    }
                    throw new Suspicion(expected, "got " + reply.describeReply(), reply);
                }
            }
        }
    }

    @Rule(
            id = "cluster/same-ids-do-not-cross",
            level = MUST,
            sessions = 2,
            requires = {SESSIONS, NODES},
            unless = NOT_ON_ALL_NODES,
            title = "Requests with the same JSON-RPC id in two sessions on two nodes each get their own response",
            source = "basic, Responses")
    void sameIdsDoNotCross(Client client) {
        var nodes = Nodes.of(client);
        var one = nodes.shared();
        var other = nodes.shared();
        for (int round = 0; round < ROUNDS * 2; round++) {
            int id = client.nextId();
            var ping = nodes.get(round);
            var wrong = nodes.get(round + 1);
            var replies = client.sendAll(
                    2,
                    i -> i == 0
                            ? ping.post(Json.request(id, "ping"), one)
                            : wrong.post(Json.request(id, "no/such/method"), other));
            mustBe(replies.get(0), true);
            if (replies.get(1).status() / 100 == 2) {
                mustBe(replies.get(1), false);
            }
        }
    }

    private static void mustBe(Exchange reply, boolean result) {
        if (reply.status() / 100 != 2) {
            throw RuleAbortedException.inconclusive("ping was answered " + reply.describeReply());
        }
        reply.response()
                .ifPresent(r -> reply.mustHave(
                        r.has("result") == result,
                        (result ? "the result of ping" : "an error for an unknown method")
                                + " though another node was asked with the same id in another session",
                        "got " + r));
    }

    // ---- ids and owners ----

    @Rule(
            id = "cluster/unknown-id-on-all-nodes",
            level = CONTRACT,
            dependsOn = "required/unknown-id-post",
            requires = {SESSIONS, NODES},
            title = "No node serves a session id that none has issued",
            source = "session contract, point 3" + SEVERAL)
    void unknownIdOnAllNodes(Client client) {
        var nodes = Nodes.of(client);
        var session = nodes.first().client().open();
        for (var node : nodes.all()) {
            var probe = node.client()
                    .post(node.client().request("ping"))
                    .withSessionId(SessionIds.similarTo(session.id()))
                    .send();
            var expected = "an id that was never issued to be refused by " + node;
            probe.mustReply(expected).mustNotBeOverload(expected);
            if (Nodes.isServed(probe)) {
                throw new Violation(
                        expected,
                        "a ping with an id like those of the server was answered " + probe.describeReply(),
                        probe);
            }
        }
    }

    @Rule(
            id = "cluster/ids-unique",
            level = SHOULD,
            sessions = OPENINGS,
            requires = {SESSIONS, NODES},
            title = "Nodes that open sessions at the same time give each an id of its own",
            source = "basic/transports, Session Management, item 1")
    void idsUnique(Client client) {
        var nodes = Nodes.of(client);
        var seen = new HashMap<String, Integer>();
        var openings = client.sendAll(
                OPENINGS, i -> nodes.get(i).client().post(nodes.get(i).client().initialize()));
        for (int i = 0; i < openings.size(); i++) {
            var opening = openings.get(i);
            var id = opening.answered() ? opening.sessionId() : java.util.Optional.<String>empty();
            if (id.isEmpty()) {
                continue;
            }
            var earlier = seen.put(id.get(), i);
            if (earlier != null) {
                throw new Violation(
                        "an id of its own for each of " + OPENINGS + " sessions",
                        nodes.get(earlier) + " and " + nodes.get(i) + " gave the same",
                        opening);
            }
            nodes.get(i).client().adopt(id.get(), opening);
        }
        if (seen.size() < 2) {
            throw RuleAbortedException.inconclusive("fewer than two sessions could be opened");
        }
    }

    @Rule(
            id = "cluster/owner-on-all-nodes",
            level = CONTRACT,
            sessions = 2,
            requires = {SESSIONS, NODES, SECOND_PRINCIPAL},
            unless = {OTHER_USER_SERVED, NOT_ON_ALL_NODES},
            title = "A session that is refused to another user on one node is refused to him on all",
            source = "session contract, point 9" + SEVERAL)
    void ownerOnAllNodes(Client client) {
        var nodes = Nodes.of(client);
        var session = nodes.shared();
        var control = foreign(nodes.first(), session.id()).send();
        if (Nodes.isServed(control)) {
            throw RuleAbortedException.notApplicable(OTHER_USER_SERVED, nodes.first() + " does");
        }
        for (var node : nodes.others(nodes.first())) {
            var requests = List.of(
                    foreign(node, session.id()),
                    node.client().asOther().get().withSessionId(session.id()),
                    node.client().asOther().delete().withSessionId(session.id()));
            for (var request : requests) {
                var reply = request.method().equals("GET") ? request.open(HEAD) : request.send();
                if (!reply.answered() && request.method().equals("GET")) {
                    continue;
                }
                if (reply.status() / 100 == 2) {
                    throw new Violation(
                            "another user's " + reply.describe() + " to be refused by " + node + ", as by "
                                    + nodes.first(),
                            "got " + reply.describeReply(),
                            reply);
                }
            }
        }
        Nodes.mustBeAlive(
                session, nodes.first(), nodes.first().ping(session).send(), "after another user was refused elsewhere");
    }

    private static Request foreign(Node node, String id) {
        var other = node.client().asOther();
        return other.post(other.request("ping")).withSessionId(id);
    }
}
