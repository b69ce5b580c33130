package dev.mcpsession.conformance.rules.resumption;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.INFO;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.CONNECTION_KEPT;
import static dev.mcpsession.conformance.judgement.Unless.FEW_STREAMS_WITH_IDS;
import static dev.mcpsession.conformance.judgement.Unless.JSON_ANSWERS;
import static dev.mcpsession.conformance.judgement.Unless.LATE_HEAD;
import static dev.mcpsession.conformance.judgement.Unless.NOTHING_RESUMED;
import static dev.mcpsession.conformance.judgement.Unless.NO_IDS_ON_ANSWERS;
import static dev.mcpsession.conformance.judgement.Unless.NO_ID_BEFORE_RESPONSE;
import static dev.mcpsession.conformance.judgement.Unless.NO_REPLAY;
import static dev.mcpsession.conformance.protocol.Revision.V2025_11_25;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.EVENT_IDS;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.http.SseEvent;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/** Event ids, and streams that are taken up again. */
public final class ResumptionRules {
    private static final String SOURCE = "basic/transports, Resumability and Redelivery";
    private static final String LAST_EVENT_ID = "Last-Event-ID";
    private static final String UNKNOWN = "no-such-event";
    /** How long to wait before a stream is resumed again, where the server does not say. */
    private static final Duration POLL = Duration.ofMillis(100);
    /** So many requests at once make ids of a clock, or of a clock and a counter, meet. */
    private static final int TOGETHER = 8;
    /** How long to watch for what must not come. */
    private static final Duration WATCH = Duration.ofMillis(300);

    // ---- event ids ----

    @Rule(
            id = "resumption/event-ids-unique",
            level = MUST,
            waits = true,
            requires = EVENT_IDS,
            source = SOURCE + ", item 1",
            unless = FEW_STREAMS_WITH_IDS,
            title = "No event id is used twice in a session, on whichever streams")
    void eventIdsUnique(Client client) {
        var talk = Conversation.open(client);
        var streams = new ArrayList<Exchange>();
        if (client.capabilities().getStream()) {
            streams.add(talk.get().start());
        }
        streams.add(talk.opening());
        for (int round = 0; round < 3; round++) {
            // Some at the same time, some one after the other.
            var together = IntStream.range(0, TOGETHER)
                    .mapToObj(i -> i == 0 ? talk.request("tools/list") : talk.ping())
                    .map(Request::start)
                    .toList();
            together.forEach(exchange -> exchange.awaitHead(client.patience()));
            together.forEach(exchange -> exchange.awaitResponse(client.patience()));
            together.forEach(talk::status);
            streams.addAll(together);
        }
        streams.get(0).awaitEnd(WATCH);
        if (client.capabilities().getStream()) {
            streams.get(0).close();
            var another = talk.get().open(client.patienceUpTo(WATCH));
            // Some tell of each request on it, once they have noticed that the one before is closed.
            another.awaitEnd(WATCH);
            talk.ping().send();
            another.awaitEnd(WATCH);
            streams.add(another);
        }
        // In the order in which they began, so that the later one is told of.
        streams.sort(Comparator.comparingLong(Exchange::sentAt));

        Map<String, Exchange> seen = new HashMap<>();
        for (var stream : streams) {
            for (var id : ids(stream.events())) {
                var earlier = seen.putIfAbsent(id, stream);
                if (earlier != null) {
                    throw new Violation(
                            "every event of the session to have an id of its own",
                            "the id '" + id
                                    + "' came twice: "
                                    + (earlier == stream
                                            ? "on one stream, " + stream.describe()
                                            : "on " + earlier.describe() + " and on " + stream.describe()),
                            stream);
                }
            }
        }
        if (seen.values().stream().distinct().count() < 2) {
            throw RuleAbortedException.notApplicable(FEW_STREAMS_WITH_IDS);
        }
    }

    private static List<String> ids(List<SseEvent> events) {
        return events.stream()
                .flatMap(e -> e.id().stream())
                .filter(id -> !id.isEmpty())
                .toList();
    }

    @Rule(
            id = "resumption/priming-event",
            level = SHOULD,
            since = V2025_11_25,
            uses = SLOW_TOOL,
            unless = JSON_ANSWERS,
            title = "An event stream in answer to a request begins with an event that has an id and no data",
            source = "basic/transports, Sending Messages to the Server, item 6")
    void primingEvent(Client client) {
        var talk = Conversation.open(client);
        var exchange = answerOnStream(client, talk);
        exchange.awaitResponse(client.patience());
        // An event with nothing but a retry field is no message and no cursor.
        var first = exchange.events().stream()
                .filter(e -> e.id().isPresent() || e.data() != null)
                .findFirst()
                .orElseThrow(() -> RuleAbortedException.inconclusive("no event came on the stream"));
        exchange.mustHave(
                first.id().isPresent() && !first.hasData(),
                "an event with an id and empty data at the head of the stream",
                "the first event had "
                        + first.id()
                                .map(id -> "the id '" + id + "', and data that is not empty")
                                .orElse(
                                        first.hasData()
                                                ? "no id, and data that is not empty"
                                                : "neither an id nor data"));
    }

    /** The answer to a list; or to a call of the slow tool, where the server opens streams only for what takes long. */
    private static Exchange answerOnStream(Client client, Conversation talk) {
        var list = talk.served(talk.request("tools/list").open());
        if (!list.isEventStream() && client.target().slowTool().isPresent()) {
            var call = talk.post(client.slowCall()).open();
            if (call.answered() && call.status() == 200 && call.isEventStream()) {
                return call;
            }
            call.close();
        } else if (list.isEventStream()) {
            return list;
        }
        throw RuleAbortedException.notApplicable(JSON_ANSWERS);
    }

    @Rule(
            id = "resumption/retry-before-close",
            level = SHOULD,
            since = V2025_11_25,
            requires = {EVENT_IDS, SLOW_TOOL},
            unless = {JSON_ANSWERS, CONNECTION_KEPT},
            title = "Before the server closes the connection of a stream that is not over, it sends a retry field",
            source = "basic/transports, Sending Messages to the Server, item 6")
    void retryBeforeClose(Client client) {
        var talk = Conversation.open(client);
        var call = talk.served(talk.post(client.slowCall()).open());
        if (!call.isEventStream()) {
            throw RuleAbortedException.notApplicable(JSON_ANSWERS);
        }
        if (awaitSlowCall(client, talk, call)
                || !call.endedByServer()
                || call.failure().isPresent()) {
            throw RuleAbortedException.notApplicable(CONNECTION_KEPT);
        }
        call.mustHave(
                call.retry().isPresent(),
                "an event with a retry field before the connection is closed",
                "the server closed it before the response, and sent none");
    }

    // ---- streams that are taken up again ----

    /** A request that was answered on an event stream, and the first id that came there. */
    private record Streamed(Exchange exchange, JsonNode requestId, String firstId) {}

    private static Streamed streamed(Conversation talk) {
        var exchange = talk.served(talk.request("tools/list").open());
        if (!exchange.isEventStream()) {
            throw RuleAbortedException.notApplicable(JSON_ANSWERS);
        }
        exchange.awaitResponse(talk.client().patience());
        var ids = ids(exchange.events());
        if (ids.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_IDS_ON_ANSWERS);
        }
        exchange.awaitEnd(WATCH);
        exchange.close();
        return new Streamed(exchange, exchange.requestId().orElseThrow(), ids.get(0));
    }

    /** Asks for what came after an event, and waits for the head. */
    private static Exchange resume(Conversation talk, String lastEventId) {
        return talk.awaitHead(talk.get().header(LAST_EVENT_ID, lastEventId));
    }

    private static Set<String> responseIds(Exchange stream) {
        return Json.singly(stream.messages()).stream()
                .filter(Json::isResponse)
                .map(m -> Json.idKey(m.path("id")))
                .collect(Collectors.toSet());
    }

    private static void mustNotReplay(Exchange stream, List<Streamed> others, String because) {
        stream.await(
                () -> others.stream().anyMatch(other -> responseIds(stream).contains(Json.idKey(other.requestId()))),
                WATCH);
        for (var other : others) {
            stream.mustHave(
                    !responseIds(stream).contains(Json.idKey(other.requestId())),
                    "no message of another stream " + because,
                    "the response with the id " + other.requestId() + " came, which belongs to another stream");
        }
    }

    @Rule(
            id = "resumption/replays-missed",
            level = INFO,
            once = true,
            requires = EVENT_IDS,
            source = SOURCE + ", item 2",
            unless = {JSON_ANSWERS, NO_IDS_ON_ANSWERS, LATE_HEAD},
            title = "What comes when a stream is resumed from its first event")
    void replaysMissed(Client client) {
        var talk = Conversation.open(client);
        var first = streamed(talk);
        int after = ids(first.exchange().events()).size() - 1;
        var resumed = resume(talk, first.firstId());
        if (talk.status(resumed) != 200 || !resumed.isEventStream()) {
            client.note("resuming is refused: " + resumed.describeReply());
            return;
        }
        resumed.await(() -> responseIds(resumed).contains(Json.idKey(first.requestId())), WATCH);
        client.note("events after the one resumed from: " + after + "; the response is "
                + (responseIds(resumed).contains(Json.idKey(first.requestId())) ? "replayed" : "not replayed"));
    }

    @Rule(
            id = "resumption/response-kept",
            level = ADVICE,
            once = true,
            requires = EVENT_IDS,
            source = "experience: an event id before the response tells the client to come back for it",
            unless = {JSON_ANSWERS, NO_IDS_ON_ANSWERS, NO_ID_BEFORE_RESPONSE, LATE_HEAD},
            title = "A response is kept for a client that has seen only an earlier event of its stream")
    void responseKept(Client client) {
        var talk = Conversation.open(client);
        var stream = streamed(talk);
        var first = stream.exchange().events().stream()
                .filter(e -> e.id().equals(Optional.of(stream.firstId())))
                .findFirst()
                .orElseThrow();
        if (first.hasData() && Json.read(first.data()).filter(Json::isResponse).isPresent()) {
            throw RuleAbortedException.notApplicable(NO_ID_BEFORE_RESPONSE);
        }
        var resumed = resume(talk, stream.firstId());
        boolean streams = talk.status(resumed) == 200 && resumed.isEventStream();
        if (streams) {
            resumed.await(() -> responseIds(resumed).contains(Json.idKey(stream.requestId())), client.patience());
        }
        if (!responseIds(resumed).contains(Json.idKey(stream.requestId()))) {
            throw new Suspicion(
                    "the response when its stream is resumed from an event before it",
                    !streams
                            ? "got " + resumed.describeReply()
                            : resumed.ended()
                                    ? "the stream ended without it"
                                    : "it did not come within " + Moment.words(client.patience()),
                    resumed);
        }
    }

    @Rule(
            id = "resumption/replays-only-that-stream",
            level = MUST,
            requires = EVENT_IDS,
            uses = {GET_STREAM, SLOW_TOOL},
            source = SOURCE + ", item 2",
            unless = {JSON_ANSWERS, NO_IDS_ON_ANSWERS, NOTHING_RESUMED, LATE_HEAD},
            title = "A stream that is resumed carries no messages of other streams of its session")
    void replaysOnlyThatStream(Client client) {
        var talk = Conversation.open(client);
        var first = streamed(talk);
        var others = List.of(streamed(talk), streamed(talk));
        mustNotReplay(resumed(talk, first.firstId()), others, "when the first is resumed");
        replaysNoNotifications(client);
    }

    /** Servers may keep elsewhere than responses what they tell on a GET stream, and of the progress of a call. */
    private static void replaysNoNotifications(Client client) {
        var talk = Conversation.open(client);
        var first = streamed(talk);
        var others = told(talk);
        var stream = resume(talk, first.firstId());
        if (talk.status(stream) / 100 == 2) {
            mustNotTell(stream, others, "when the first is resumed");
        }
    }

    /**
     * Streams of a session that carried something beside responses, as far as the server has something to tell: one of
     * GET, and that of a call of the slow tool. Both are closed.
     */
    private static List<Exchange> told(Conversation talk) {
        var client = talk.client();
        var streams = new ArrayList<Exchange>();
        if (client.capabilities().getStatus() == 200) {
            var listening = talk.get().start();
            listening.awaitHead(WATCH);
            streams.add(listening);
            // Some tell of each request on it.
            talk.ping().send();
        }
        if (client.target().slowTool().isPresent()) {
            var call = client.slowCall();
            call.withObject("params").putObject("_meta").put("progressToken", "kit-replay-" + client.nextId());
            streams.add(talk.post(call).start());
        }
        streams.forEach(stream -> stream.await(() -> !notifications(stream).isEmpty(), WATCH));
        streams.forEach(Exchange::close);
        return streams.stream()
                .filter(stream -> !notifications(stream).isEmpty())
                .toList();
    }

    /** The notifications and requests of the server on a stream, each with the id of its event. */
    private static Map<String, String> notifications(Exchange stream) {
        var told = new LinkedHashMap<String, String>();
        for (var event : stream.events()) {
            event.id()
                    .filter(id -> !id.isEmpty() && event.hasData())
                    .filter(id ->
                            Json.read(event.data()).filter(m -> m.has("method")).isPresent())
                    .ifPresent(id -> told.put(id, event.data()));
        }
        return told;
    }

    /** Checks that a stream that is resumed carries nothing that other streams have told. */
    private static void mustNotTell(Exchange stream, List<Exchange> others, String because) {
        var told = new HashMap<String, String>();
        others.forEach(other -> told.putAll(notifications(other)));
        if (told.isEmpty()) {
            return;
        }
        BooleanSupplier comes = () -> notifications(stream).keySet().stream().anyMatch(told::containsKey);
        stream.await(comes, WATCH);
        notifications(stream)
                .forEach((id, data) -> stream.mustHave(
                        // The same id on two streams is another fault where something else comes with it.
                        !data.equals(told.get(id)),
                        "no message of another stream " + because,
                        "the event " + id + " came, which another stream had carried: " + stream.excerpt(data)));
    }

    private static Exchange resumed(Conversation talk, String lastEventId) {
        var stream = resume(talk, lastEventId);
        if (talk.status(stream) != 200 || !stream.isEventStream()) {
            throw RuleAbortedException.notApplicable(
                    NOTHING_RESUMED, "GET with Last-Event-ID was answered " + stream.describeReply());
        }
        return stream;
    }

    @Rule(
            id = "resumption/replays-only-that-session",
            level = MUST,
            requires = {SESSIONS, EVENT_IDS},
            uses = {GET_STREAM, SLOW_TOOL},
            sessions = 2,
            source = SOURCE + ", item 2",
            unless = {JSON_ANSWERS, NO_IDS_ON_ANSWERS, LATE_HEAD},
            title = "An event id of one session brings nothing of it into another session")
    void replaysOnlyThatSession(Client client) {
        var talk = Conversation.open(client);
        var streams = List.of(streamed(talk), streamed(talk));
        var other = Conversation.open(client);
        var stream = resume(other, streams.get(0).firstId());
        if (other.status(stream) / 100 == 2) {
            mustNotReplay(stream, streams, "when an event id of session A is sent in session B");
        }
        stream.close();
        for (var told : told(talk)) {
            var id = notifications(told).keySet().iterator().next();
            for (var cursor : List.of(streams.get(0).firstId(), id)) {
                var resumed = resume(other, cursor);
                if (other.status(resumed) / 100 == 2) {
                    mustNotTell(resumed, List.of(told), "when an event id of session A is sent in session B");
                }
                resumed.close();
            }
        }
        if (talk.ping().send().status() / 100 != 2) {
            throw RuleAbortedException.inconclusive(
                    "session A had ended, so that nothing of it could have been replayed");
        }
    }

    @Rule(
            id = "resumption/unknown-event-id",
            level = ADVICE,
            once = true,
            requires = EVENT_IDS,
            source = SOURCE + ", item 2",
            unless = LATE_HEAD,
            title = "A Last-Event-ID that the server never issued is answered with a stream or a 4xx")
    void unknownEventId(Client client) {
        var talk = Conversation.open(client);
        var stream = resume(talk, UNKNOWN);
        int status = talk.status(stream);
        stream.mustHave(
                status / 100 == 4 || status == 200 && stream.isEventStream(),
                "an event stream or 4xx in answer to an unknown Last-Event-ID",
                "got " + stream.describeReply());
    }

    @Rule(
            id = "resumption/unknown-event-id-replays-nothing",
            level = MUST,
            requires = EVENT_IDS,
            source = SOURCE + ", item 2",
            unless = {JSON_ANSWERS, NO_IDS_ON_ANSWERS, LATE_HEAD},
            title = "A Last-Event-ID that the server never issued brings no messages of past streams")
    void unknownEventIdReplaysNothing(Client client) {
        var talk = Conversation.open(client);
        var past = List.of(streamed(talk), streamed(talk));
        var stream = resume(talk, UNKNOWN);
        if (talk.status(stream) / 100 == 2) {
            mustNotReplay(stream, past, "for an event id that names no stream");
        }
    }

    @Rule(
            id = "resumption/resume-on-dead-session-404",
            level = MUST,
            requires = {SESSIONS, DELETE, EVENT_IDS},
            unless = NO_IDS_ON_ANSWERS,
            title = "A stream of a session that was terminated cannot be resumed: the answer is 404",
            source = "basic/transports, Session Management, item 3")
    void resumeOnDeadSession404(Client client) {
        var session = client.open();
        var call = session.post(client.request("tools/list")).open();
        call.awaitResponse(client.patience());
        var ids = ids(call.events());
        call.close();
        if (ids.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_IDS_ON_ANSWERS);
        }
        session.terminate();
        var resumed = session.get().header(LAST_EVENT_ID, ids.get(0)).open();
        session.mustBeGone(resumed, "for a stream of a session that was terminated");
    }

    // ---- calls that outlive a connection ----

    @Rule(
            id = "resumption/call-survives-disconnect",
            level = SHOULD,
            once = true,
            requires = {EVENT_IDS, SLOW_TOOL},
            unless = {NO_ID_BEFORE_RESPONSE, NOTHING_RESUMED, NO_REPLAY, LATE_HEAD},
            title = "A call goes on when its connection is lost, and the response comes when the stream is resumed",
            source = "basic/transports, Sending Messages to the Server, item 6: a lost connection is no cancellation")
    void callSurvivesDisconnect(Client client) {
        var talk = Conversation.open(client);
        // Two calls side by side: the one that is kept shows how long they take, and what the server replays.
        var kept = talk.served(talk.post(client.slowCall()).open());
        var lost = talk.served(talk.post(client.slowCall()).open());
        boolean early = lost.await(() -> !ids(lost.events()).isEmpty(), WATCH)
                && lost.response().isEmpty();
        lost.close();
        if (!early) {
            throw RuleAbortedException.notApplicable(NO_ID_BEFORE_RESPONSE);
        }
        var soon = awaitSlowCall(client, talk, kept) ? Duration.ofSeconds(1) : client.patience();
        if (ids(kept.events()).isEmpty() || !comesWhenResumed(client, talk, kept, soon)) {
            throw RuleAbortedException.notApplicable(NO_REPLAY);
        }
        var atMost = client.patience().plusNanos(System.nanoTime() - kept.sentAt());
        if (!comesWhenResumed(client, talk, lost, atMost)) {
            throw new Suspicion(
                    "the response of a call whose connection was lost, once its stream is resumed",
                    "it did not come within " + Moment.words(atMost) + ", although that of a call whose connection was"
                            + " kept is replayed",
                    lost);
        }
    }

    /**
     * Waits until the connection of a slow call brings the response, or ends. Meanwhile there are other requests in the
     * session, so that one that must not expire during a call does not: that is another rule.
     *
     * @return whether the response came
     */
    private static boolean awaitSlowCall(Client client, Conversation talk, Exchange call) {
        long deadline = System.nanoTime() + 2 * client.patience().toNanos();
        while (System.nanoTime() < deadline && !call.awaitResponse(often(client)) && !call.ended()) {
            mustBeLive(talk);
        }
        mustBeLive(talk);
        return call.response().isPresent();
    }

    private static Duration often(Client client) {
        return client.target()
                .idleTimeout()
                .map(timeout -> timeout.dividedBy(4))
                .orElse(Duration.ofSeconds(1));
    }

    private static void mustBeLive(Conversation talk) {
        var ping = talk.ping().send();
        if (ping.status() / 100 != 2) {
            throw RuleAbortedException.inconclusive(
                    "the session ended during a call: ping was answered " + ping.describeReply());
        }
    }

    /** Resumes a stream after its first event, again and again as a polling client does, until the response comes. */
    private static boolean comesWhenResumed(Client client, Conversation talk, Exchange call, Duration atMost) {
        var id = call.requestId().orElseThrow();
        var cursor = ids(call.events()).get(0);
        long deadline = System.nanoTime() + atMost.toNanos();
        while (System.nanoTime() < deadline) {
            var resumed = resumed(talk, cursor);
            while (!resumed.await(() -> responseIds(resumed).contains(Json.idKey(id)), often(client))
                    && !resumed.ended()
                    && System.nanoTime() < deadline) {
                mustBeLive(talk);
            }
            if (responseIds(resumed).contains(Json.idKey(id))) {
                resumed.close();
                return true;
            }
            cursor = resumed.lastEventId().orElse(cursor);
            client.pause(resumed.retry().orElse(POLL));
        }
        return false;
    }
}
