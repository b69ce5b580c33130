package dev.mcpsession.conformance.rules.cluster;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.ANSWER_REFUSED;
import static dev.mcpsession.conformance.judgement.Unless.CANCELLATION_IGNORED;
import static dev.mcpsession.conformance.judgement.Unless.FEW_STREAMS_WITH_IDS;
import static dev.mcpsession.conformance.judgement.Unless.NOT_ON_ALL_NODES;
import static dev.mcpsession.conformance.judgement.Unless.NO_CONSEQUENCE;
import static dev.mcpsession.conformance.judgement.Unless.NO_MESSAGES;
import static dev.mcpsession.conformance.judgement.Unless.NO_REPLAY;
import static dev.mcpsession.conformance.judgement.Unless.NO_SERVER_REQUESTS;
import static dev.mcpsession.conformance.rule.Requires.EVENT_IDS;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
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
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.cluster.Nodes.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Streams, and messages that belong to something on another node. */
public final class NodeStreamRules {
    private static final String SEVERAL = "; Several nodes";
    private static final Duration HEAD = Duration.ofSeconds(2);
    /** How long to watch for messages that may come. */
    private static final Duration WATCH = Duration.ofMillis(300);
    /** Between what may make the server send the same message again and what came before. */
    private static final Duration APART = Duration.ofMillis(120);
    /** The same message comes on two streams within this, or it is another one. */
    private static final long TOGETHER = Duration.ofMillis(50).toNanos();

    /** A cancellation has so long to get from node to node, or nothing can be told. */
    private static final Duration TELLING = Duration.ofMillis(500);

    /** By which a call that is cancelled ends before one that is not, or it is not ended by that. */
    private static final Duration CLEARLY = Duration.ofMillis(300);

    private static final int AT_ONCE = 6;

    // ---- event ids ----

    @Rule(
            id = "cluster/event-ids-unique",
            level = MUST,
            dependsOn = "resumption/event-ids-unique",
            requires = {SESSIONS, NODES, EVENT_IDS},
            unless = {FEW_STREAMS_WITH_IDS, NOT_ON_ALL_NODES},
            title = "No event id is used on two nodes for one session",
            source = "basic/transports, Resumability and Redelivery, item 1")
    void eventIdsUnique(Client client) {
        var nodes = Nodes.of(client);
        var session = nodes.shared();
        Map<String, Exchange> seen = new HashMap<>();
        var asked = new ArrayList<Exchange>();
        for (int round = 0; round < 2; round++) {
            var replies = client.sendAll(
                    AT_ONCE,
                    i -> nodes.get(i).post(nodes.get(i).client().request(i % 2 == 0 ? "tools/list" : "ping"), session));
            asked.addAll(replies);
            for (var reply : replies) {
                reply.status();
                for (var event : reply.events()) {
                    var id = event.id().filter(some -> !some.isEmpty());
                    if (id.isEmpty()) {
                        continue;
                    }
                    var earlier = seen.putIfAbsent(id.get(), reply);
                    if (earlier != null && earlier != reply) {
                        throw new Violation(
                                "every event of a session to have an id of its own, on whichever node",
                                "the id '" + id.get() + "' came from "
                                        + earlier.uri().getAuthority() + " and from "
                                        + reply.uri().getAuthority(),
                                reply);
                    }
                }
            }
        }
        if (seen.values().stream().distinct().count() < 2) {
            throw Nodes.unseen(FEW_STREAMS_WITH_IDS, session, asked);
        }
    }

    @Rule(
            id = "cluster/resumed-on-another-node",
            level = ADVICE,
            sessions = 2,
            requires = {SESSIONS, NODES, EVENT_IDS},
            unless = {NO_REPLAY, NOT_ON_ALL_NODES},
            title = "A stream can be resumed on another node, if it can on its own",
            source = "experience: a client that was cut off reconnects to whichever node it is given; basic/transports,"
                    + " Resumability and Redelivery, item 2")
    void resumedOnAnotherNode(Client client) {
        var nodes = Nodes.of(client);
        var control = nodes.shared();
        var evidence = new Exchange[1];
        if (resumed(nodes.first(), nodes.first(), control, evidence).isEmpty()) {
            throw Nodes.unseen(NO_REPLAY, control, evidence[0]);
        }
        var session = nodes.shared();
        if (resumed(nodes.first(), nodes.second(), session, evidence).isEmpty()) {
            if (evidence[0].answered() && evidence[0].status() == 404) {
                Nodes.mustBeAlive(session, nodes.second(), evidence[0], "when a stream of it is resumed there");
            }
            throw new Suspicion(
                    "a stream of " + nodes.first() + " to be resumed on " + nodes.second() + ", as on its own node",
                    evidence[0].isEventStream()
                            ? "the response that was missed did not come"
                            : "GET with Last-Event-ID was answered " + evidence[0].describeReply(),
                    evidence[0]);
        }
    }

    /** The response that a client misses on one node and asks for on another; empty where it does not come. */
    private static Optional<JsonNode> resumed(Node from, Node to, ClientSession session, Exchange[] evidence) {
        var request = from.client().request("tools/list");
        var stream = from.post(request, session).open();
        stream.awaitResponse(from.client().patience());
        stream.close();
        evidence[0] = stream;
        var first = stream.events().stream()
                .filter(e -> e.id().filter(id -> !id.isEmpty()).isPresent())
                .findFirst();
        if (first.isEmpty() || first.get().hasData() && isResponse(first.get().data())) {
            return Optional.empty();
        }
        var again = to.get(session)
                .header("Last-Event-ID", first.get().id().orElseThrow())
                .open(HEAD);
        evidence[0] = again;
        if (again.answered() && !again.isEventStream()) {
            again.awaitEnd(HEAD);
        }
        var id = request.get("id");
        again.await(() -> find(again, id).isPresent(), HEAD);
        again.close();
        return find(again, id);
    }

    private static boolean isResponse(@Nullable String data) {
        return Json.read(data).filter(Json::isResponse).isPresent();
    }

    private static Optional<JsonNode> find(Exchange stream, JsonNode id) {
        return Json.singly(stream.messages()).stream()
                .filter(m -> Json.isResponse(m) && Json.sameId(id, m.get("id")))
                .findFirst();
    }

    // ---- messages of the server ----

    /** A message of the server's own, and the stream that it came on. */
    private record Sight(Exchange stream, JsonNode message, long at) {
        boolean isAgain(Sight other) {
            return stream != other.stream
                    && message.equals(other.message)
                    && (Json.isRequest(message) || Math.abs(at - other.at) < TOGETHER);
        }
    }

    @Rule(
            id = "cluster/no-broadcast",
            level = MUST,
            waits = true,
            once = true,
            dependsOn = "transport/no-broadcast",
            requires = {SESSIONS, NODES, GET_STREAM},
            unless = {NO_MESSAGES, NOT_ON_ALL_NODES},
            title = "A message of the server comes on one stream only, though the session has streams on several nodes",
            source = "basic/transports, Multiple Connections, item 2")
    void noBroadcast(Client client) {
        var nodes = Nodes.of(client);
        var session = nodes.shared();
        var streams = new ArrayList<Exchange>();
        streams.add(nodes.first().get(session).open(HEAD));
        client.pause(APART);
        streams.add(nodes.second().get(session).open(HEAD));
        for (var node : List.of(nodes.first(), nodes.second())) {
            streams.addAll(setOff(node, session));
        }
        streams.get(0).awaitEnd(WATCH);
        var sights = sights(streams);
        for (var sight : sights) {
            var again = sights.stream().filter(sight::isAgain).findFirst();
            if (again.isPresent()) {
                var expected = "each message of the server on one stream only";
                var got = sight.message() + " came on " + sight.stream().describe() + " from "
                        + sight.stream().uri().getAuthority() + " and on "
                        + again.get().stream().describe() + " from "
                        + again.get().stream().uri().getAuthority();
                throw Json.isRequest(sight.message())
                        ? new Violation(expected, got, again.get().stream())
                        : new Suspicion(expected, got, again.get().stream());
            }
        }
        if (sights.isEmpty() || streams.stream().filter(Exchange::isEventStream).count() < 2) {
            throw Nodes.unseen(NO_MESSAGES, session, streams);
        }
    }

    /** Does what may make the server send messages, and collects the streams that this opens. */
    private static List<Exchange> setOff(Node node, ClientSession session) {
        var client = node.client();
        var streams = new ArrayList<Exchange>();
        for (var message : client.talkRequests(session.opening())) {
            client.pause(APART);
            var exchange = node.post(message, session).open();
            exchange.awaitResponse(client.patience());
            streams.add(exchange);
        }
        return streams;
    }

    private static List<Sight> sights(List<Exchange> streams) {
        var sights = new ArrayList<Sight>();
        streams.forEach(stream -> stream.events()
                .forEach(event -> Json.read(event.data())
                        .ifPresent(data -> Json.singly(List.of(data)).stream()
                                .filter(m -> !Json.isResponse(m))
                                .forEach(m -> sights.add(new Sight(stream, m, event.at()))))));
        return sights;
    }

    @Rule(
            id = "cluster/told-on-another-node",
            level = ADVICE,
            waits = true,
            once = true,
            sessions = 2,
            requires = {SESSIONS, NODES, GET_STREAM},
            unless = {NO_CONSEQUENCE, NOT_ON_ALL_NODES},
            title = "What the server has to say about a request to one node comes on the stream on another, as it does"
                    + " where both are on one",
            source = "experience: a client listens on whichever node it is given")
    void toldOnAnotherNode(Client client) {
        var nodes = Nodes.of(client);
        var usual = told(nodes, nodes.first(), true);
        var told = told(nodes, nodes.second(), false);
        for (var method : usual.keySet()) {
            if (!told.containsKey(method)) {
                throw new Suspicion(
                        method + " on the GET stream on " + nodes.first() + " in consequence of requests to "
                                + nodes.second(),
                        "it did not come, as it does where both are on one node",
                        usual.get(method));
            }
        }
    }

    /**
     * The messages on a GET stream on the first node while requests are made on a node, by method.
     *
     * @throws RuleAbortedException if there must be some, and are none
     */
    private static Map<String, Exchange> told(Nodes nodes, Node asked, boolean some) {
        var session = nodes.shared();
        var stream = nodes.first().get(session).open(HEAD);
        stream.awaitEnd(WATCH);
        int before = sights(List.of(stream)).size();
        var requests = setOff(asked, session);
        stream.awaitEnd(WATCH.multipliedBy(2));
        var told = new HashMap<String, Exchange>();
        var sights = sights(List.of(stream));
        for (var sight : sights.subList(before, sights.size())) {
            told.put(sight.message().path("method").asString(""), stream);
        }
        if (some && told.isEmpty()) {
            requests.add(stream);
            throw Nodes.unseen(NO_CONSEQUENCE, session, requests);
        }
        stream.close();
        return told;
    }

    @Rule(
            id = "cluster/answer-to-another-node",
            level = CONTRACT,
            waits = true,
            once = true,
            sessions = 2,
            requires = {SESSIONS, NODES, GET_STREAM},
            unless = {NO_SERVER_REQUESTS, ANSWER_REFUSED, NOT_ON_ALL_NODES},
            title = "The client's answer to a request of the server's is accepted by every node",
            source = "session contract, point 3" + SEVERAL
                    + "; basic/transports, Sending Messages to the Server, item 4")
    void answerToAnotherNode(Client client) {
        var nodes = Nodes.of(client);
        var usual = answers(nodes, nodes.first(), true);
        var refused = usual.stream()
                .filter(a -> !a.answered() || a.status() / 100 != 2)
                .findFirst();
        if (refused.isPresent()) {
            var why = refused.get().describeReply();
            // An answer that comes late may find its session gone, or no reply before the stream was closed.
            throw !refused.get().answered() || refused.get().status() == 404
                    ? RuleAbortedException.inconclusive(ANSWER_REFUSED.words() + ": " + why)
                    : RuleAbortedException.notApplicable(ANSWER_REFUSED, why);
        }
        for (var answer : answers(nodes, nodes.second(), false)) {
            var expected =
                    "the client's answer to a request of " + nodes.first() + " to be accepted by " + nodes.second();
            answer.mustReply(expected).mustNotBeOverload(expected);
            if (answer.status() / 100 != 2) {
                throw new Suspicion(expected, "got " + answer.describeReply(), answer);
            }
        }
    }

    /**
     * The exchanges by which requests on a stream of the first node were answered, to a node.
     *
     * @throws RuleAbortedException if there must be some, and are none
     */
    private static List<Exchange> answers(Nodes nodes, Node to, boolean some) {
        var session = nodes.shared();
        var listening = nodes.first().client().answeringBy(to.client());
        int before = answers(listening).size();
        var stream = listening.get().in(session).start();
        stream.await(() -> answers(listening).size() > before, HEAD);
        var requests = setOff(nodes.first(), session);
        stream.awaitEnd(WATCH);
        var answers = answers(listening).subList(before, answers(listening).size()).stream()
                .filter(a -> a.uri().equals(to.client().uri()))
                .toList();
        answers.forEach(a -> a.awaitEnd(nodes.first().client().patience()));
        if (some && answers.isEmpty()) {
            requests.add(stream);
            throw Nodes.unseen(NO_SERVER_REQUESTS, session, requests);
        }
        stream.close();
        return answers;
    }

    private static List<Exchange> answers(Client client) {
        return client.transcript().entries().stream()
                .map(e -> e.exchange())
                .filter(e -> e.purpose().equals(Client.ANSWER))
                .toList();
    }

    // ---- cancellation ----

    @Rule(
            id = "cluster/cancel-on-another-node",
            level = CONTRACT,
            waits = true,
            once = true,
            sessions = 2,
            dependsOn = "cancellation/cancelled-call-ends",
            requires = {SESSIONS, NODES, SLOW_TOOL},
            unless = {CANCELLATION_IGNORED, NOT_ON_ALL_NODES},
            title = "A call that is cancelled by a notification to another node ends as soon as by one to its own",
            source = "session contract, point 12" + SEVERAL)
    void cancelOnAnotherNode(Client client) {
        var nodes = Nodes.of(client);
        var beside = nodes.shared();
        var control = nodes.shared();
        var session = nodes.shared();
        var undisturbed = nodes.first().slowCall(beside);
        var usual = nodes.first().slowCall(control);
        var call = nodes.first().slowCall(session);
        client.pause(client.underWay());
        boolean inFlight = usual.isInFlight() && call.isInFlight();
        var told = cancel(nodes.first(), control, usual);
        var accepted = cancel(nodes.second(), session, call);
        var expected = "a cancellation of a call on " + nodes.first() + " to be accepted by " + nodes.second();
        accepted.mustNotBeOverload(expected);
        if (accepted.status() == 404) {
            if (!inFlight) {
                throw RuleAbortedException.inconclusive(
                        "a call was over before it was cancelled: it was answered " + call.describeReply());
            }
            Nodes.mustBeAlive(session, nodes.second(), accepted, "while a call of it was open");
        }
        accepted.mustHave(accepted.status() / 100 == 2, expected, "got " + accepted.describeReply());
        long cancelled = System.nanoTime();
        boolean ended = usual.await(() -> !usual.isInFlight(), Nodes.LAG);
        long usualSeen = System.nanoTime();
        call.await(() -> !call.isInFlight(), Nodes.LAG);
        boolean over = !call.isInFlight();
        long seen = System.nanoTime();
        nodes.awaitAll(List.of(undisturbed), beside, session, control);
        long end = System.nanoTime();
        if (!inFlight) {
            throw RuleAbortedException.inconclusive("the calls were over before one was cancelled; see --slow-tool");
        }
        if (!ended || end - usualSeen < CLEARLY.toNanos()) {
            // Whoever ignores cancellations answers in the end; that another call ended late says nothing of that.
            boolean ignored = told.status() / 100 == 2
                    && (usual.isInFlight() || usual.result().isPresent() && Overlap.responseAt(usual) > told.headAt());
            throw ignored
                    ? RuleAbortedException.notApplicable(CANCELLATION_IGNORED)
                    : RuleAbortedException.inconclusive(
                            "whether a call ends when it is cancelled on its own node cannot be told: the cancellation"
                                    + " was answered " + told.describeReply() + ", and the call "
                                    + usual.describeReply());
        }
        // A call that goes on to its end ends with the one that nobody cancelled, or a little before.
        if (over && end - seen >= APART.toNanos()) {
            return;
        }
        if (end - cancelled < TELLING.toNanos()) {
            throw RuleAbortedException.notTestable(
                    "the slow tool is too quick to tell a call that was cancelled from one that was not; see"
                            + " --slow-tool");
        }
        throw new Suspicion(
                "a call on " + nodes.first() + " to end when it is cancelled on " + nodes.second()
                        + ", as it does when it is cancelled on its own node",
                over
                        ? "it went on to its end, as a call that nobody had cancelled"
                        : "it was still open " + Moment.words(Nodes.LAG) + " later",
                call);
    }

    private static Exchange cancel(Node node, ClientSession session, Exchange call) {
        return node.post(call.cancellation(), session).send();
    }

    @Rule(
            id = "cluster/foreign-cancel-harmless",
            level = CONTRACT,
            waits = true,
            once = true,
            sessions = 3,
            dependsOn = "concurrency/foreign-cancel-harmless",
            requires = {SESSIONS, NODES, SLOW_TOOL},
            unless = NOT_ON_ALL_NODES,
            title = "A cancellation to one node ends no call of another session on another node",
            source = "session contract, point 12" + SEVERAL)
    void foreignCancelHarmless(Client client) {
        var nodes = Nodes.of(client);
        var beside = nodes.shared();
        var session = nodes.shared();
        var foreign = nodes.shared();
        var undisturbed = nodes.first().slowCall(beside);
        var call = nodes.first().slowCall(session);
        client.pause(client.underWay());
        boolean inFlight = call.isInFlight();
        cancel(nodes.second(), foreign, call);
        nodes.awaitAll(List.of(undisturbed, call), beside, session);
        var usual = beside.responseTo(undisturbed, client.patience());
        var response = session.responseTo(call, client.patience());
        if (usual.filter(r -> r.has("result")).isEmpty()) {
            throw RuleAbortedException.inconclusive(
                    "the slow tool brings no result: " + undisturbed.describeReply() + "; see --slow-tool");
        }
        if (response.filter(r -> r.has("result")).isEmpty()) {
            throw new Suspicion(
                    "a call on " + nodes.first() + " to be answered though its id was cancelled in another session on "
                            + nodes.second(),
                    response.map(r -> "got " + r).orElseGet(() -> "no response came: " + call.describeReply()),
                    call);
        }
        if (!inFlight) {
            throw RuleAbortedException.inconclusive("the call was over before it was cancelled; see --slow-tool");
        }
    }
}
