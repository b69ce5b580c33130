package dev.mcpsession.conformance.rules.transport;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.INFO;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.GET_STREAM_ENDS;
import static dev.mcpsession.conformance.judgement.Unless.LATE_HEAD;
import static dev.mcpsession.conformance.judgement.Unless.NO_MESSAGES;
import static dev.mcpsession.conformance.judgement.Unless.NO_STREAM_FOR_GET;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Rules on streams that are opened with GET, and on messages over several streams. */
public final class ListeningRules {
    /** How long to watch for what must not come, after the last thing that might set it off. */
    private static final Duration WATCH = Duration.ofMillis(300);
    /** Between two things that may make the server send a message, so that their messages can be told apart. */
    private static final Duration APART = Duration.ofMillis(120);
    /** Equal notifications that come on two streams within this time are taken for one message. */
    private static final long TOGETHER = 60_000_000L;

    @Rule(
            id = "transport/get-stream-or-405",
            level = MUST,
            unless = LATE_HEAD,
            title = "GET is answered with an event stream, or with 405",
            source = "basic/transports, Listening for Messages from the Server, item 3")
    void getStreamOr405(Client client) {
        var talk = Conversation.open(client);
        var get = talk.awaitHead(talk.get());
        int status = talk.status(get);
        get.mustHave(
                status == 405 || status == 200 && get.isEventStream(),
                "status 200 with the Content-Type text/event-stream, or status 405, in answer to GET",
                "got " + get.describeReply()
                        + get.header("Content-Type")
                                .map(t -> " of type " + get.excerpt(t))
                                .orElse(""));
    }

    @Rule(
            id = "transport/get-answers-promptly",
            level = ADVICE,
            once = true,
            requires = GET_STREAM,
            title = "The head of a GET stream comes at once, not with the first event",
            source = "experience: a client cannot tell such a stream from a server that hangs")
    void getAnswersPromptly(Client client) {
        var talk = Conversation.open(client);
        var get = talk.get().start();
        var ping = talk.served(talk.ping().send());
        long took = ping.headAt() - ping.sentAt();
        var soon = Duration.ofNanos(Math.max(1_000_000_000L, 10 * took));
        if (!get.awaitHead(soon) && get.failure().isEmpty()) {
            throw new Suspicion(
                    "the head of a GET stream to come at once",
                    "it did not come within " + Moment.words(soon) + ", while a ping was answered after "
                            + Moment.words(took),
                    get);
        }
        talk.status(get);
    }

    @Rule(
            id = "transport/second-get-stream",
            level = INFO,
            waits = true,
            once = true,
            requires = GET_STREAM,
            unless = {NO_STREAM_FOR_GET, LATE_HEAD},
            title = "What becomes of a second GET stream beside the first",
            source = "basic/transports, Multiple Connections, item 1")
    void secondGetStream(Client client) {
        var talk = Conversation.open(client);
        var first = talk.listen();
        var second = talk.awaitHead(talk.get());
        int status = talk.status(second);
        first.awaitEnd(WATCH);
        client.note("a second GET stream is " + (status == 200 ? "opened" : "refused with " + status) + "; the first "
                + (first.ended() ? "ends" : "stays open"));
    }

    @Rule(
            id = "transport/no-response-on-get-stream",
            level = MUST,
            sessions = 2,
            waits = true,
            requires = GET_STREAM,
            unless = {NO_STREAM_FOR_GET, LATE_HEAD, GET_STREAM_ENDS},
            title = "A GET stream carries no response to a request that was made beside it",
            source = "basic/transports, Listening for Messages from the Server, item 4")
    void noResponseOnGetStream(Client client) {
        var foreign = streamOfAnother(client);
        var talk = Conversation.open(client);
        var stream = talk.listen();
        int watched = 0;
        for (var request : List.of(talk.ping(), talk.request("tools/list"), talk.ping())) {
            boolean open = !stream.ended();
            request.open().awaitResponse(Duration.ofSeconds(1));
            watched += open ? 1 : 0;
        }
        stream.await(() -> !responses(stream).isEmpty(), WATCH);
        mustCarryNoResponse(stream, "");
        foreign.ifPresent(other -> mustCarryNoResponse(other, ", in another session than its request"));
        if (watched == 0) {
            throw RuleAbortedException.notApplicable(GET_STREAM_ENDS);
        }
    }

    /** The GET stream of a session in which nothing is asked, where the server lets another client have one. */
    private static Optional<Exchange> streamOfAnother(Client client) {
        if (!client.capabilities().sessions() || client.target().maxSessions() < 2) {
            return Optional.empty();
        }
        try {
            return Optional.of(Conversation.open(client).listen());
        } catch (RuleAbortedException e) {
            return Optional.empty();
        }
    }

    private static void mustCarryNoResponse(Exchange stream, String where) {
        for (var response : responses(stream)) {
            throw new Violation(
                    "no response on a GET stream that resumes nothing",
                    "the one with the id " + response.get("id") + " came there" + where,
                    stream);
        }
    }

    private static List<JsonNode> responses(Exchange stream) {
        return Json.singly(stream.messages()).stream().filter(Json::isResponse).toList();
    }

    // ---- several streams ----

    /** A message of the server's own, and the stream that it came on. */
    private record Sight(Exchange stream, JsonNode message, long at) {
        /** Whether the other is the same message on another stream: sure for requests, likely for notifications. */
        boolean isAgain(Sight other) {
            return stream != other.stream
                    && message.equals(other.message)
                    && (Json.isRequest(message) || Math.abs(at - other.at) < TOGETHER);
        }
    }

    @Rule(
            id = "transport/no-broadcast",
            level = MUST,
            waits = true,
            once = true,
            requires = GET_STREAM,
            unless = {NO_STREAM_FOR_GET, LATE_HEAD, NO_MESSAGES},
            title = "A message of the server comes on one stream only",
            source = "basic/transports, Multiple Connections, item 2")
    void noBroadcast(Client client) {
        var initialize = client.initialize();
        var capabilities = initialize.withObject("params").withObject("capabilities");
        capabilities.putObject("roots").put("listChanged", true);
        var talk = Conversation.begin(client, initialize);
        talk.served(talk.post(Json.notification("notifications/initialized")).send());
        var streams = new ArrayList<Exchange>();
        streams.add(talk.listen());
        // A message that greets every new stream should not come on both at the same time.
        client.pause(APART);
        streams.add(talk.get().open());
        setOff(client, talk, streams);

        var sights = new ArrayList<Sight>();
        streams.forEach(stream -> stream.events()
                .forEach(event -> Json.read(event.data())
                        .ifPresent(data -> Json.singly(List.of(data)).stream()
                                .filter(m -> !Json.isResponse(m))
                                .forEach(m -> sights.add(new Sight(stream, m, event.at()))))));
        for (var sight : sights) {
            var again = sights.stream().filter(sight::isAgain).findFirst();
            if (again.isPresent()) {
                var expected = "each message of the server on one stream only";
                var got = sight.message() + " came on " + sight.stream().describe() + " and on "
                        + again.get().stream().describe();
                throw Json.isRequest(sight.message())
                        ? new Violation(expected, got, again.get().stream())
                        : new Suspicion(expected, got, again.get().stream());
            }
        }
        if (sights.isEmpty() || streams.stream().filter(Exchange::isEventStream).count() < 2) {
            throw RuleAbortedException.notApplicable(NO_MESSAGES);
        }
        client.note("messages of the server seen, each on one stream: " + sights.size());
    }

    /** Does what may make the server send messages, and collects the streams that this opens. */
    private static void setOff(Client client, Conversation talk, List<Exchange> streams) {
        var messages = new ArrayList<JsonNode>();
        messages.add(Json.notification("notifications/roots/list_changed"));
        messages.addAll(client.talkRequests(talk.opening()));
        for (var message : messages) {
            if (message != messages.get(0)) {
                client.pause(APART);
            }
            var exchange = talk.post(message).open();
            if (Json.isRequest(message)) {
                exchange.awaitResponse(client.patience());
            }
            streams.add(exchange);
        }
        streams.get(0).awaitEnd(WATCH);
    }
}
