package dev.mcpsession.conformance.rules.transport;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.NO_SERVER_REQUESTS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.SseEvent;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Requests that the server makes of the client, such as pings, and what it does with the answers. */
public final class ServerRequestRules {
    /** How long to listen for a request of the server's. */
    private static final Duration WATCH = Duration.ofMillis(1200);

    @Rule(
            id = "transport/answer-accepted",
            level = MUST,
            waits = true,
            unless = NO_SERVER_REQUESTS,
            title = "The client's answer to a request of the server's is accepted, and answered 202",
            source = "basic/transports, Sending Messages to the Server, item 4; basic/utilities/ping, Behavior "
                    + "Requirements")
    void answerAccepted(Client client) {
        var talk = listening(client);
        var answers = answers(client);
        if (answers.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_SERVER_REQUESTS);
        }
        for (var answer : answers) {
            answer.awaitEnd(client.patience());
            var what = "the client's answer to the server's own request to be accepted";
            answer.mustReply(what).mustNotBeOverload(what);
            if (answer.status() == 404) {
                talk.session().ifPresent(s -> s.mustBeAlive("while the server's requests are answered"));
            }
            if (answer.status() != 202) {
                // A stream may have ended meanwhile, and what waited on it with that.
                throw new Suspicion(what + " with 202", "got " + answer.describeReply(), answer);
            }
        }
        talk.session().ifPresent(s -> s.mustBeAlive("after the server's requests were answered"));
    }

    @Rule(
            id = "transport/server-request-ids",
            level = MUST,
            waits = true,
            unless = NO_SERVER_REQUESTS,
            title = "A request of the server's has a string or an integer as its id, and each has another",
            source = "basic, Requests")
    void serverRequestIds(Client client) {
        listening(client);
        Map<String, JsonNode> seen = new HashMap<>();
        int requests = 0;
        for (var entry : client.transcript().entries()) {
            var here = new ArrayList<String>();
            for (var message : requests(entry.exchange().events())) {
                requests++;
                var id = message.get("id");
                boolean right = Json.isStringOrInteger(id);
                entry.exchange()
                        .mustHave(
                                right,
                                "a string or an integer as the id of a request of the server's",
                                "got " + message);
                var key = Json.idKey(id);
                var before = seen.putIfAbsent(key, message);
                // The same message on another stream is the business of transport/no-broadcast.
                entry.exchange()
                        .mustHave(
                                before == null || before.equals(message) && !here.contains(key),
                                "an id of its own for each request of the server's",
                                "got " + message + " after " + before);
                here.add(key);
            }
        }
        if (requests == 0) {
            throw RuleAbortedException.notApplicable(NO_SERVER_REQUESTS);
        }
    }

    private static List<JsonNode> requests(List<SseEvent> events) {
        return events.stream()
                .filter(SseEvent::hasData)
                .flatMap(e -> Json.read(e.data()).stream())
                .flatMap(data -> Json.singly(List.of(data)).stream())
                .filter(Json::isRequest)
                .toList();
    }

    /** Gives the server reason to ask something, and listens for it for a while. */
    private static Conversation listening(Client client) {
        var initialize = client.initialize();
        initialize
                .withObject("params")
                .withObject("capabilities")
                .putObject("roots")
                .put("listChanged", true);
        var talk = Conversation.begin(client, initialize);
        talk.served(talk.post(Json.notification("notifications/initialized")).send());
        Exchange stream = null;
        if (client.capabilities().getStream()) {
            stream = talk.get().start();
            stream.awaitHead(WATCH);
        }
        var asked = client.capabilities().tools().isEmpty() ? "ping" : "tools/list";
        talk.need(talk.request(asked));
        talk.post(Json.notification("notifications/roots/list_changed")).send();
        var list = talk.request(asked).send();
        if (talk.status(list) / 100 != 2) {
            throw new Suspicion(asked + " to be served as before", "got " + list.describeReply(), list);
        }
        long until = System.nanoTime() + WATCH.toNanos();
        var call = client.target()
                .slowTool()
                .map(tool -> talk.post(client.slowCall()).start())
                .orElse(stream);
        if (stream != null && call != stream) {
            // Some ask when a stream opens: then one answer comes beside the call.
            client.pause(client.underWay());
            // What is asked on a stream may end with it.
            answers(client).forEach(answer -> answer.awaitEnd(client.patience()));
            stream.close();
            stream = talk.get().start();
        }
        if (call != null) {
            long since = call.sentAt();
            call.await(
                    () -> answers(client).stream()
                                    .filter(a -> a.sentAt() > since)
                                    .count()
                            > 1,
                    WATCH);
        }
        if (stream != null) {
            stream.await(() -> answers(client).size() > 1, Duration.ofNanos(Math.max(1, until - System.nanoTime())));
        }
        return talk;
    }

    private static List<Exchange> answers(Client client) {
        return client.transcript().entries().stream()
                .map(e -> e.exchange())
                .filter(e -> e.purpose().equals(Client.ANSWER))
                .toList();
    }
}
