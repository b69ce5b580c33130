package dev.mcpsession.conformance.rules.transport;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.INFO;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.JSON_ANSWERS;
import static dev.mcpsession.conformance.judgement.Unless.MESSAGE_REFUSED;
import static dev.mcpsession.conformance.judgement.Unless.NOTHING_202;
import static dev.mcpsession.conformance.judgement.Unless.NO_METHOD_ERROR;
import static dev.mcpsession.conformance.protocol.Revision.V2025_03_26;
import static dev.mcpsession.conformance.protocol.Revision.V2025_06_18;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Misanswer;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Rules on messages that are sent with POST, and on their answers. */
public final class SendingRules {
    /** The largest integer that every JSON parser can hold. */
    private static final long MAX_INTEGER = (1L << 53) - 1;

    // ---- requests ----

    @Rule(
            id = "transport/post-json-or-sse",
            dependsOn = "assignment/id-where-needed",
            level = MUST,
            title = "A request is answered with the Content-Type application/json or text/event-stream",
            source = "basic/transports, Sending Messages to the Server, item 5")
    void postJsonOrSse(Client client) {
        var talk = Conversation.open(client);
        mustBeJsonOrSse(talk.opening());
        mustBeJsonOrSse(talk.served(talk.ping().send()));
        mustBeJsonOrSse(talk.served(talk.request("tools/list").send()));
    }

    private static void mustBeJsonOrSse(Exchange exchange) {
        var type = exchange.header("Content-Type").orElse("");
        var name = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        exchange.mustHave(
                name.equals("application/json") || name.equals("text/event-stream"),
                "the Content-Type application/json or text/event-stream in answer to " + exchange.describe(),
                "got " + exchange.status() + (type.isEmpty() ? " without a Content-Type" : " with " + type));
    }

    @Rule(
            id = "transport/response-carries-id",
            dependsOn = "assignment/id-where-needed",
            explains = Misanswer.LIST,
            level = MUST,
            sessions = 3,
            title = "A request is answered with one JSON-RPC response, which has the id of the request, whatever it is",
            source = "basic, Responses; basic/transports, Sending Messages to the Server, item 5")
    void responseCarriesId(Client client) {
        var talk = Conversation.open(client);
        int n = client.nextId();
        // Beyond 32 bits, and within what every JSON parser can hold.
        for (long number : new long[] {0, n, -n, (1L << 40) + n, -(1L << 40) - n, MAX_INTEGER - n}) {
            mustAnswer(talk, Json.object().put("id", number));
        }
        // A number in quotes is another id than the number, and one may be used after the other.
        for (var text : List.of("text-" + n, "0" + n, String.valueOf(n), String.valueOf(-n), longId(n))) {
            mustAnswer(talk, Json.object().put("id", text));
        }
        mustAnswerUnlessRefused(talk, Json.object().put("id", ""));
        mustAnswerUnlessRefused(talk, Json.object().put("id", longId(n).repeat(3)));
        mustHaveItsId(talk, talk.request("tools/list").send(), "the response to tools/list");
        // Last, since a server may end its session at what it does not have, which is another matter.
        for (var id : List.of(Json.object().put("id", "7" + n), Json.object().put("id", -client.nextId()))) {
            var call = client.callOfNoTool();
            call.set("id", id.get("id"));
            mustHaveItsId(talk, talk.post(call).send(), "the response to a call of a tool");
        }
        for (var request :
                List.of(client.request("no/such/method"), Json.request(longId(client.nextId()), "no/such/method"))) {
            mustHaveItsId(talk, talk.post(request).send(), "the error for a method that does not exist");
        }
        for (var id : List.of(Json.object().put("id", longId(n)), Json.object().put("id", -n))) {
            mustOpen(client, id.get("id"));
        }
    }

    /** An id as clients make them that name what they do: longer than a UUID. */
    private static String longId(int n) {
        return "kit/0f8fad5b-d9cb-469f-a165-70867728950e/" + "0123456789".repeat(3) + "/" + n;
    }

    private static void mustHaveItsId(Conversation talk, Exchange exchange, String what) {
        if (exchange.status() / 100 == 2) {
            exchange.mustKeepItsId(what + " to have the id of the request,");
            mustHaveOneResponse(talk, exchange, exchange.requestId().orElseThrow());
        }
    }

    /** Checks that an initialize is answered with its id, as one with a plain id is. */
    private static void mustOpen(Client client, JsonNode id) {
        var initialize = client.initialize();
        initialize.set("id", id);
        var opening = client.post(initialize).send();
        opening.sessionId().ifPresent(session -> client.adopt(session, opening));
        if (opening.status() == 200) {
            mustHaveOneResponse(opening, id);
        } else if (!opening.isOverload()) {
            // Some servers have room for one client.
            Conversation.begin(client, client.initialize());
            throw new Suspicion(
                    "initialize with the id " + id + " to be served as with another",
                    "got " + opening.describeReply(),
                    opening);
        }
    }

    @Rule(
            id = "transport/ping-answered",
            dependsOn = "assignment/id-where-needed",
            level = MUST,
            title = "A ping is answered with a result",
            source = "basic/utilities/ping, Behavior Requirements")
    void pingAnswered(Client client) {
        var talk = Conversation.open(client);
        var ping = talk.ping().send();
        ping.mustReply("a result in answer to ping");
        talk.status(ping);
        var response = ping.response().or(() -> talk.responseTo(ping, client.patience()));
        if (response.isEmpty() && ping.status() / 100 == 2) {
            throw new Suspicion("a result in answer to ping", "no response came: " + ping.describeReply(), ping);
        }
        ping.mustHave(
                response.map(r -> r.path("result")).filter(JsonNode::isObject).isPresent(),
                "a result in answer to ping",
                "got " + response.map(JsonNode::toString).orElseGet(ping::describeReply));
    }

    @Rule(
            id = "transport/utf8",
            dependsOn = "assignment/id-where-needed",
            level = MUST,
            once = true,
            title = "Messages are read and written as UTF-8",
            source = "basic/transports, first paragraph")
    void utf8(Client client) {
        var talk = Conversation.open(client);
        mustAnswer(talk, Json.object().put("id", "é-日本-😀-" + client.nextId()));
    }

    private static void mustAnswer(Conversation talk, JsonNode withId) {
        var exchange = pingWith(talk, withId.get("id"));
        exchange.mustHave(
                talk.status(exchange) / 100 == 2,
                "one response with the id " + withId.get("id"),
                "got " + exchange.describeReply());
        mustHaveOneResponse(talk, exchange, withId.get("id"));
    }

    /** The same for an id that a server may find odd: one that it takes, it has to answer. */
    private static void mustAnswerUnlessRefused(Conversation talk, JsonNode withId) {
        var exchange = pingWith(talk, withId.get("id"));
        if (talk.status(exchange) / 100 == 2) {
            mustHaveOneResponse(talk, exchange, withId.get("id"));
        }
    }

    private static Exchange pingWith(Conversation talk, JsonNode id) {
        var ping = Json.notification("ping");
        ping.set("id", id);
        return talk.post(ping).send();
    }

    private static void mustHaveOneResponse(Conversation talk, Exchange exchange, JsonNode id) {
        if (mustHaveOneResponse(exchange, id)
                || talk.responseTo(exchange, talk.client().patience()).isPresent()) {
            return;
        }
        if (exchange.endedByServer()) {
            throw new Suspicion(
                    "one response with the id " + id,
                    "the stream ended without it: " + exchange.describeReply(),
                    exchange);
        }
        throw RuleAbortedException.inconclusive("no response came to " + exchange.describe());
    }

    /** Checks that no other response came; tells whether this one did. */
    private static boolean mustHaveOneResponse(Exchange exchange, JsonNode id) {
        var expected = "one response with the id " + id;
        var messages = exchange.messages();
        if (!exchange.isEventStream() && exchange.endedByServer()) {
            exchange.mustHave(
                    messages.size() == 1 && messages.get(0).isObject(), expected, "got " + exchange.describeReply());
        }
        var responses = messages.stream().filter(Json::isResponse).toList();
        for (var response : responses) {
            exchange.mustHave(
                    Json.sameId(id, response.get("id")), expected, "got one with the id " + response.get("id"));
            exchange.mustHave(
                    response.has("result") != response.has("error"),
                    expected + " and either a result or an error",
                    "got " + response);
        }
        exchange.mustHave(responses.size() <= 1, expected, responses.size() + " came");
        return !responses.isEmpty();
    }

    @Rule(
            id = "transport/error-response",
            level = MUST,
            once = true,
            unless = NO_METHOD_ERROR,
            title = "An error response has an integer as its code, and a message",
            source = "basic, Responses")
    void errorResponse(Client client) {
        var talk = Conversation.open(client);
        var exchange = talk.request("no/such/method").send();
        talk.status(exchange);
        var error = exchange.error()
                .orElseThrow(() -> RuleAbortedException.notApplicable(
                        NO_METHOD_ERROR, "it was answered " + exchange.describeReply()));
        var code = error.path("code");
        exchange.mustHave(
                Json.isInteger(code) && error.path("message").isString(),
                "an error with an integer as code, and a message",
                "got " + error);
    }

    @Rule(
            id = "transport/unknown-method",
            level = ADVICE,
            once = true,
            title = "A request for a method that does not exist is answered with a JSON-RPC error that has its id",
            source = "basic, Messages: JSON-RPC 2.0")
    void unknownMethod(Client client) {
        var talk = Conversation.open(client);
        var exchange = talk.request("no/such/method").send();
        talk.status(exchange);
        var id = exchange.requestId().orElseThrow();
        var error = Stream.concat(exchange.response().stream(), exchange.messages().stream())
                .filter(m -> m.isObject() && m.has("error"))
                .findFirst();
        exchange.mustHave(
                error.map(m -> Json.sameId(id, m.get("id"))).orElse(false),
                "a JSON-RPC error with the id of the request in answer to a method that does not exist",
                "got " + (error.isEmpty() ? exchange.describeReply() : error.get()));
        client.note("answered " + exchange.status() + ", error "
                + error.get().path("error").path("code"));
    }

    // ---- event streams ----

    @Rule(
            id = "transport/sse-carries-response",
            level = SHOULD,
            unless = JSON_ANSWERS,
            title = "An event stream in answer to a request carries the response",
            source = "basic/transports, Sending Messages to the Server, item 6")
    void sseCarriesResponse(Client client) {
        var talk = Conversation.open(client);
        var exchange = stream(talk);
        if (exchange.awaitResponse(client.patience())) {
            return;
        }
        if (talk.responseTo(exchange, client.patience()).isPresent()) {
            client.note("the server closed the connection before the response, which came when the stream was resumed");
            return;
        }
        throw new Suspicion(
                "the response to " + exchange.describe() + " on the event stream that it was answered with",
                exchange.endedByServer()
                        ? "the server ended the stream without it"
                        : "it did not come within " + Moment.words(client.patience()),
                exchange);
    }

    @Rule(
            id = "transport/sse-ends-after-response",
            level = SHOULD,
            unless = JSON_ANSWERS,
            title = "The server ends an event stream after the response that it was opened for",
            source = "basic/transports, Sending Messages to the Server, item 6")
    void sseEndsAfterResponse(Client client) {
        var exchange = stream(Conversation.open(client));
        if (!exchange.awaitResponse(client.patience())) {
            throw RuleAbortedException.inconclusive("no response came to " + exchange.describe());
        }
        // No time is named; a stream that outlives its response by this much is not ended because of it.
        var soon = Duration.ofNanos(Math.max(1_000_000_000L, 10 * (System.nanoTime() - exchange.sentAt())));
        if (!exchange.awaitEnd(soon)) {
            throw new Suspicion(
                    "the event stream to end after the response",
                    "it was still open " + Moment.words(soon) + " later",
                    exchange);
        }
    }

    /** A request that is answered with an event stream, which is still open if the server leaves it so. */
    private static Exchange stream(Conversation talk) {
        var exchange = talk.served(talk.request("tools/list").open());
        if (!exchange.isEventStream()) {
            throw RuleAbortedException.notApplicable(JSON_ANSWERS);
        }
        return exchange;
    }

    // ---- notifications and responses ----

    @Rule(
            id = "transport/notification-202",
            dependsOn = "assignment/id-where-needed",
            level = MUST,
            unless = MESSAGE_REFUSED,
            title = "A notification that the server accepts is answered 202",
            source = "basic/transports, Sending Messages to the Server, item 4")
    void notification202(Client client) {
        var talk = Conversation.open(client);
        mustBeAccepted(talk, talk.notification().send(), "a notification");
    }

    @Rule(
            id = "transport/unknown-notification-202",
            dependsOn = "assignment/id-where-needed",
            level = MUST,
            unless = MESSAGE_REFUSED,
            title = "A notification that the server does not know is not answered as a request would be",
            source = "basic/transports, Sending Messages to the Server, item 4")
    void unknownNotification202(Client client) {
        var talk = Conversation.open(client);
        mustBeAccepted(
                talk,
                talk.post(Json.notification("notifications/conformance/unheard-of"))
                        .send(),
                "a notification that the server does not know");
    }

    @Rule(
            id = "transport/response-202",
            dependsOn = "assignment/id-where-needed",
            level = MUST,
            unless = MESSAGE_REFUSED,
            title = "A response that the server accepts is answered 202",
            source = "basic/transports, Sending Messages to the Server, item 4")
    void response202(Client client) {
        var talk = Conversation.open(client);
        mustBeAccepted(
                talk,
                talk.post(Json.response("never-asked-" + client.nextId())).send(),
                "a response, even to a request that the server never made");
    }

    @Rule(
            id = "transport/stray-response-harmless",
            level = ADVICE,
            once = true,
            title = "A response to no request of the server's is no fault of the server: no 5xx, and it serves on",
            source = "experience: an answer that comes after the server gave up waiting is nothing unusual")
    void strayResponseHarmless(Client client) {
        var talk = Conversation.open(client);
        var stray = talk.post(Json.response("never-asked-" + client.nextId())).send();
        stray.mustHave(
                talk.status(stray) < 500,
                "a status under 500 in answer to a response that nobody waits for",
                "got " + stray.describeReply());
        mustBeServed(talk, talk.ping(), "after a response that nobody waits for");
    }

    /** Either 202, or an error status for what the server does not accept. */
    private static void mustBeAccepted(Conversation talk, Exchange exchange, String what) {
        int status = talk.status(exchange);
        if (status >= 400) {
            throw RuleAbortedException.notApplicable(
                    MESSAGE_REFUSED, what + " was answered " + exchange.describeReply());
        }
        exchange.mustHaveStatus(202, "in answer to " + what);
    }

    @Rule(
            id = "transport/accepted-no-body",
            level = MUST,
            unless = NOTHING_202,
            title = "A reply with status 202 has no body",
            source = "basic/transports, Sending Messages to the Server, item 4")
    void acceptedNoBody(Client client) {
        var talk = Conversation.open(client);
        boolean notification = mustBeEmptyIf202(talk, talk.notification().send());
        boolean response = mustBeEmptyIf202(
                talk, talk.post(Json.response("never-asked-" + client.nextId())).send());
        if (!notification && !response) {
            throw RuleAbortedException.notApplicable(NOTHING_202);
        }
    }

    private static boolean mustBeEmptyIf202(Conversation talk, Exchange exchange) {
        if (talk.status(exchange) != 202) {
            return false;
        }
        exchange.mustHave(exchange.body().isEmpty(), "no body with status 202", "got " + exchange.describeReply());
        return true;
    }

    // ---- headers of a POST ----

    @Rule(
            id = "transport/content-type-charset-served",
            level = ADVICE,
            once = true,
            title = "A Content-Type with a charset parameter is served as one without",
            source = "RFC 9110, section 8.3.1: media types have parameters")
    void contentTypeCharsetServed(Client client) {
        var talk = Conversation.open(client);
        mustBeServed(
                talk,
                talk.ping().header("Content-Type", "application/json; charset=utf-8"),
                "with Content-Type: application/json; charset=utf-8");
    }

    @Rule(
            id = "transport/accept-quality-served",
            level = ADVICE,
            once = true,
            title = "An Accept header with weights is served as one without",
            source = "RFC 9110, section 12.5.1: media ranges have weights")
    void acceptQualityServed(Client client) {
        var talk = Conversation.open(client);
        mustBeServed(
                talk,
                talk.ping().header("Accept", "text/event-stream;q=0.5, application/json;q=0.9"),
                "with Accept: text/event-stream;q=0.5, application/json;q=0.9");
    }

    private static void mustBeServed(Conversation talk, Request request, String how) {
        var exchange = request.send();
        if (talk.status(exchange) / 100 == 4) {
            talk.need(talk.ping());
        }
        exchange.mustHave(
                talk.status(exchange) / 100 == 2,
                "a request " + how + " to be served",
                "got " + exchange.describeReply());
    }

    @Rule(
            id = "transport/accept-header",
            level = INFO,
            once = true,
            title = "What the server does with a POST whose Accept header does not list both media types",
            source = "basic/transports, Sending Messages to the Server, item 2: a duty of the client")
    void acceptHeader(Client client) {
        var talk = Conversation.open(client);
        noteReply(client, "without Accept", talk.ping().without("Accept").send());
        for (var accept : new String[] {"*/*", "application/json", "text/event-stream"}) {
            noteReply(
                    client,
                    "with Accept: " + accept,
                    talk.ping().header("Accept", accept).send());
        }
    }

    @Rule(
            id = "transport/content-type",
            level = INFO,
            once = true,
            title = "What the server does with a POST whose Content-Type is not application/json",
            source = "basic/transports, Sending Messages to the Server, which names no type")
    void contentType(Client client) {
        var talk = Conversation.open(client);
        noteReply(
                client,
                "without Content-Type",
                talk.ping().without("Content-Type").send());
        noteReply(
                client,
                "with Content-Type: text/plain",
                talk.ping().header("Content-Type", "text/plain").send());
    }

    private static void noteReply(Client client, String request, Exchange exchange) {
        var type = exchange.header("Content-Type")
                .map(t -> " with " + exchange.excerpt(t))
                .orElse("");
        client.note(request + ": " + exchange.status() + type);
    }

    // ---- batches ----

    /** The answers to a batch of two requests. */
    private record Batch(Exchange exchange, int status, int responses) {
        static final int REQUESTS = 2;

        boolean complete() {
            return status / 100 == 2 && responses == REQUESTS;
        }

        static Batch send(Client client, Conversation talk) {
            var first = client.request("ping");
            var second = client.request("ping");
            var exchange = talk.post(
                            Json.batch(first, talk.idleNotification(), second).toString())
                    .open();
            int status = talk.status(exchange);
            exchange.await(() -> responses(exchange, first, second) == REQUESTS, client.patience());
            return new Batch(exchange, status, responses(exchange, first, second));
        }

        private static int responses(Exchange exchange, JsonNode... requests) {
            int found = 0;
            for (var request : requests) {
                var id = request.get("id");
                if (Json.singly(exchange.messages()).stream()
                        .anyMatch(m -> Json.isResponse(m) && Json.sameId(id, m.get("id")))) {
                    found++;
                }
            }
            return found;
        }

        String describe() {
            return status / 100 == 2 ? responses + " responses with status " + status : exchange.describeReply();
        }
    }

    @Rule(
            id = "transport/batch-served",
            level = MUST,
            until = V2025_03_26,
            title = "Every request of a batch is answered",
            source = "basic, Batching; basic/transports, Sending Messages to the Server, items 3 and 5")
    void batchServed(Client client) {
        var talk = Conversation.open(client);
        var batch = Batch.send(client, talk);
        if (batch.complete()) {
            return;
        }
        var expected = "a batch of two requests and a notification to be answered with two responses";
        if (batch.status() / 100 == 2) {
            throw new Suspicion(
                    expected,
                    batch.exchange().endedByServer()
                            ? "got " + batch.describe()
                            : "only " + batch.describe() + " came in time",
                    batch.exchange());
        }
        throw new Violation(expected, "got " + batch.describe(), batch.exchange());
    }

    @Rule(
            id = "transport/batch-of-notifications-202",
            level = MUST,
            until = V2025_03_26,
            unless = MESSAGE_REFUSED,
            title = "A batch of notifications or responses that the server accepts is answered 202",
            source = "basic/transports, Sending Messages to the Server, item 4")
    void batchOfNotifications202(Client client) {
        var talk = Conversation.open(client);
        var batch = Json.batch(talk.idleNotification(), talk.idleNotification());
        mustBeAccepted(talk, talk.post(batch.toString()).send(), "a batch of notifications");
        var one = Json.response("never-asked-" + client.nextId());
        var other = Json.response("never-asked-" + client.nextId());
        mustBe202UnlessRefused(talk, Json.batch(one, other), "a batch of responses");
        mustBe202UnlessRefused(
                talk, Json.batch(talk.idleNotification(), one), "a batch of a notification and a response");
    }

    /** A server may refuse responses to what it never asked. */
    private static void mustBe202UnlessRefused(Conversation talk, JsonNode batch, String what) {
        var reply = talk.post(batch.toString()).send();
        if (talk.status(reply) < 400) {
            reply.mustHaveStatus(202, "in answer to " + what);
        }
    }

    @Rule(
            id = "transport/batch-not-dropped",
            level = ADVICE,
            since = V2025_06_18,
            title = "A batch is refused or answered completely, but not dropped",
            source = "basic/transports, Sending Messages to the Server, item 3: clients send single messages only")
    void batchNotDropped(Client client) {
        var talk = Conversation.open(client);
        var batch = Batch.send(client, talk);
        if (batch.complete()) {
            client.note("the server serves batches in this revision too");
            return;
        }
        if (batch.status() / 100 == 4 || batch.exchange().error().isPresent()) {
            return;
        }
        throw new Suspicion(
                "a batch to be refused with an error, or answered completely",
                "got " + batch.describe(),
                batch.exchange());
    }
}
