package dev.mcpsession.conformance.rules.cluster;

import static dev.mcpsession.conformance.judgement.Unless.NOT_ON_ALL_NODES;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Unless;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** The nodes of a server, and what is asked of a session on each of them. */
final class Nodes {
    /** How long a change may take to be seen on every node. */
    static final Duration LAG = Duration.ofSeconds(1);

    /** How often a session is pinged that is to live. */
    private static final Duration OFTEN = Duration.ofMillis(250);

    private static final Duration AGAIN = Duration.ofMillis(100);

    private final Client client;
    private final List<Node> all = new ArrayList<>();

    /**
     * A node, or where replicas are behind one URL, a connection that may lead to any of them.
     *
     * @param client speaks with it
     */
    record Node(int number, Client client, boolean known) {
        Request post(JsonNode message, ClientSession session) {
            return client.post(message).in(session);
        }

        Request ping(ClientSession session) {
            return post(client.request("ping"), session);
        }

        Request initialized(ClientSession session) {
            return post(Json.notification("notifications/initialized"), session);
        }

        Request get(ClientSession session) {
            return client.get().in(session);
        }

        Request delete(ClientSession session) {
            return client.delete().in(session);
        }

        Exchange slowCall(ClientSession session) {
            return post(client.slowCall(), session).start();
        }

        @Override
        public String toString() {
            return known ? "node " + number : "another connection";
        }
    }

    private Nodes(Client client) {
        this.client = client;
        for (var node : client.nodes()) {
            all.add(new Node(all.size() + 1, node, !client.target().replicasBehind()));
        }
    }

    static Nodes of(Client client) {
        return new Nodes(client);
    }

    List<Node> all() {
        return List.copyOf(all);
    }

    Node first() {
        return all.get(0);
    }

    /** A node that sessions are not opened on. */
    Node second() {
        return all.get(1);
    }

    Node get(int i) {
        return all.get(i % all.size());
    }

    List<Node> others(Node but) {
        return all.stream().filter(n -> n.number() != but.number()).toList();
    }

    // ---- sessions ----

    /**
     * Opens a session on the first node, and sees to it that all others know it.
     *
     * @throws RuleAbortedException if they do not: that is another rule
     */
    ClientSession shared() {
        return shared(first());
    }

    /** As {@link #shared()}, on any node. */
    ClientSession shared(Node opener) {
        var session = open(opener);
        for (var node : others(opener)) {
            mustKnow(node, session);
        }
        return session;
    }

    /** As {@link #shared()}, several times, one after the other. */
    List<ClientSession> shared(int count) {
        var sessions = new ArrayList<ClientSession>();
        for (int i = 0; i < count; i++) {
            sessions.add(shared());
        }
        return sessions;
    }

    /**
     * Sees to it that a node knows a session.
     *
     * @throws RuleAbortedException if it does not
     */
    void mustKnow(Node node, ClientSession session) {
        if (!knows(node, session)) {
            if (!isServed(session.ping().send())) {
                throw RuleAbortedException.inconclusive(
                        "the session had ended where it was opened before " + node + " was seen to know it");
            }
            throw RuleAbortedException.notApplicable(NOT_ON_ALL_NODES, node.toString());
        }
    }

    private static ClientSession open(Node opener) {
        if (opener.known()) {
            return opener.client().open();
        }
        var session = opener.client().openWithoutInitialized();
        for (int i = 0; i < 5 && !isAccepted(opener.initialized(session).send()); i++) {
            opener.client().pause(AGAIN);
        }
        return session;
    }

    static boolean isAccepted(Exchange reply) {
        return reply.status() / 100 == 2;
    }

    /** Whether a node comes to serve a session soon; in the meantime it is kept alive where it was opened. */
    static boolean knows(Node node, ClientSession session) {
        long started = System.nanoTime();
        while (true) {
            var ping = node.ping(session).send();
            ping.mustNotBeOverload("ping to be served by " + node);
            if (isServed(ping)) {
                return true;
            }
            if (ping.sentAt() - started > LAG.toNanos()) {
                return false;
            }
            node.client().pause(AGAIN);
            session.ping().send();
        }
    }

    /**
     * Whether a request of a session was served: neither its status nor its answer says otherwise.
     *
     * @throws RuleAbortedException if no reply came
     */
    static boolean isServed(Exchange reply) {
        return reply.status() / 100 == 2
                && reply.response().map(r -> !r.has("error")).orElse(true);
    }

    /**
     * Checks that a session is alive, by a probe that went to whichever node.
     *
     * @throws Suspicion if it is gone
     * @throws RuleAbortedException if it is gone, but may rightly have expired, or it cannot be told
     */
    static void mustBeAlive(ClientSession session, Node node, Exchange probe, String because) {
        int status = probe.status();
        var expected = session + " to be served by " + node + " " + because;
        probe.mustNotBeOverload(expected);
        if (status / 100 == 2) {
            return;
        }
        var got = "its " + probe.describe() + " was answered " + probe.describeReply();
        if (session.mayHaveExpiredBefore(probe)) {
            throw RuleAbortedException.inconclusive(
                    session + " was gone " + because + ", but may rightly have expired: " + got);
        }
        if (status == 404 || status >= 500) {
            throw new Suspicion(expected, got, probe);
        }
        throw RuleAbortedException.inconclusive("whether " + session + " lives cannot be told: " + got);
    }

    /**
     * Checks that a session that has ended is served by no node any more, once the end had time to spread.
     *
     * @throws Violation if a node serves it still
     */
    void mustBeGoneEverywhere(ClientSession session, String because) {
        session.markEnded();
        long ended = System.nanoTime();
        for (var node : all) {
            var first = node.ping(session).send();
            var probe = first;
            // A reply that was long in coming says nothing of later.
            while (isStillServed(probe) && probe.sentAt() - ended < LAG.toNanos()) {
                client.pause(AGAIN);
                probe = node.ping(session).send();
            }
            if (isStillServed(probe)) {
                throw new Violation(
                        "status 404 from " + node + " " + because,
                        "got " + probe.describeReply() + ", " + Moment.words(probe.sentAt() - ended) + " later",
                        probe);
            }
            if (isStillServed(first)) {
                client.note(node + " served a session for a moment after it had ended");
            }
        }
    }

    /**
     * The exception for a rule that did not see what it is about. Either the server does not offer it, and is not to be
     * judged; or it cannot be told, since an answer did not come, or said that the server had no time, or was about a
     * session that may rightly have expired: a slow machine shows all three.
     *
     * @param shown why the rule does not apply, as it seems
     * @param by the reply that shows that
     * @param asked what was asked of the session to see it
     */
    static RuleAbortedException unseen(Unless shown, String by, ClientSession session, Collection<Exchange> asked) {
        return reasonToDoubt(session, asked)
                .map(doubt -> RuleAbortedException.inconclusive(shown.words() + ": " + by + "; but " + doubt))
                .orElseGet(() -> RuleAbortedException.notApplicable(shown, by));
    }

    static RuleAbortedException unseen(Unless shown, ClientSession session, Collection<Exchange> asked) {
        return reasonToDoubt(session, asked)
                .map(doubt -> RuleAbortedException.inconclusive(shown.words() + "; but " + doubt))
                .orElseGet(() -> RuleAbortedException.notApplicable(shown));
    }

    static RuleAbortedException unseen(Unless shown, ClientSession session, Exchange asked) {
        return unseen(shown, session, List.of(asked));
    }

    private static Optional<String> reasonToDoubt(ClientSession session, Collection<Exchange> asked) {
        // Some servers send no head before there is an event.
        boolean headless = session.client().capabilities().getStatus() == 0;
        return asked.stream()
                .filter(e -> e.answered()
                        ? e.isOverload() || e.status() == 404 && session.mayHaveExpiredBefore(e)
                        : e.failure().isPresent() || !headless || !e.method().equals("GET"))
                .findFirst()
                .map(e -> e.describe() + " was answered " + e.describeReply() + ": is the machine busy?");
    }

    /** Waits for the ends of calls, and keeps the sessions alive meanwhile. */
    void awaitAll(List<Exchange> calls, ClientSession... sessions) {
        long until = System.nanoTime() + client.patience().multipliedBy(3).toNanos();
        var step = client.target()
                .idleTimeout()
                .map(t -> t.dividedBy(4))
                .filter(t -> t.compareTo(OFTEN) < 0)
                .orElse(OFTEN);
        for (var call : calls) {
            while (!call.await(() -> !call.isInFlight(), step) && System.nanoTime() < until) {
                for (var session : sessions) {
                    session.ping().send();
                }
            }
        }
    }

    private static boolean isStillServed(Exchange probe) {
        return probe.status() / 100 == 2;
    }

    static Duration left(long until) {
        return Duration.ofNanos(Math.max(1, until - System.nanoTime()));
    }
}
