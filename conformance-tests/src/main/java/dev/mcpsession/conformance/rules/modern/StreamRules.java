package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.INFO;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.JSON_ANSWERS;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** The event streams on which requests are answered, and what closing one means. */
public final class StreamRules {
    private static final String RECEIVING = "basic/transports/streamable-http, Receiving Messages";
    private static final String CANCELLATION = "basic/transports/streamable-http, Cancellation";
    private static final String TOKEN = "kit-progress";
    private static final String LOG_LEVEL = Client.META_PREFIX + "logLevel";
    /** How long a server may take to end a stream after the last message. */
    private static final Duration END = Duration.ofSeconds(2);
    /** How long a call is given to arrive before something is done to it, where no sign of it comes. */
    private static final Duration ARRIVAL = Duration.ofMillis(500);

    /** Notifications that belong to no request, and so on no stream but that of a subscription. */
    private static final Set<String> NOT_OF_A_REQUEST = Set.of(
            "notifications/tools/list_changed",
            "notifications/prompts/list_changed",
            "notifications/resources/list_changed",
            "notifications/resources/updated",
            "notifications/subscriptions/acknowledged",
            "notifications/cancelled");

    /** What proxies call themselves that act on X-Accel-Buffering, or stand before those that do. */
    private static final Set<String> PROXIES =
            Set.of("nginx", "openresty", "apisix", "tengine", "angie", "kong", "envoy", "istio", "cloudflare");

    // ---- what is sent on a stream ----

    @Rule(
            id = "modern/no-requests-on-stream",
            level = MUST,
            waits = true,
            eras = MODERN,
            unless = JSON_ANSWERS,
            title = "The server sends no requests of its own on a stream",
            source = RECEIVING)
    void noRequestsOnStream(Client client) {
        var streams = new ArrayList<Exchange>();
        Subscriptions.tryOpen(client, Subscriptions.all()).ifPresent(streams::add);
        streams.addAll(streams(client));
        for (var stream : needed(streams)) {
            for (var message : stream.messages()) {
                stream.mustHave(
                        !(message.has("method") && message.has("id")),
                        "no request from the server on the stream of " + stream.describe(),
                        "it sent " + message);
            }
        }
    }

    @Rule(
            id = "modern/only-related-notifications",
            level = MUST,
            waits = true,
            eras = MODERN,
            unless = JSON_ANSWERS,
            title = "What the server sends before a response is about the request that it answers",
            source = RECEIVING + "; basic/patterns/cancellation")
    void onlyRelatedNotifications(Client client) {
        for (var stream : needed(streams(client))) {
            for (var message : stream.messages()) {
                var method = message.path("method").asString("");
                var token = message.path("params").path("progressToken");
                boolean foreign = NOT_OF_A_REQUEST.contains(method)
                        || method.equals("notifications/progress") && !TOKEN.equals(token.asString(""));
                stream.mustHave(
                        !foreign,
                        "only what is about the request, on the stream of " + stream.describe(),
                        "it carried " + message);
            }
        }
    }

    @Rule(
            id = "modern/no-unasked-logs",
            level = MUST,
            waits = true,
            eras = MODERN,
            unless = JSON_ANSWERS,
            title = "The server sends no log messages for a request that did not ask for them",
            source = "basic/index, _meta, Per-request protocol fields; server/utilities/logging; schema, "
                    + "RequestMetaObject")
    void noUnaskedLogs(Client client) {
        // Beside it, another client asks for all of them.
        if (Calls.callable(client).isPresent()) {
            var other = client.overNewConnections();
            var logged = other.slowCall();
            Calls.meta(logged).put(LOG_LEVEL, "debug");
            other.post(logged).start();
        }
        for (var stream : needed(streams(client))) {
            for (var message : stream.messages()) {
                stream.mustHave(
                        !message.path("method").asString("").equals("notifications/message"),
                        "no log messages on the stream of " + stream.describe() + ", which named no logLevel",
                        "it carried " + message);
            }
        }
    }

    @Rule(
            id = "modern/response-ends-stream",
            level = SHOULD,
            waits = true,
            eras = MODERN,
            unless = JSON_ANSWERS,
            title = "The stream of a request ends with the response",
            source = RECEIVING)
    void responseEndsStream(Client client) {
        for (var stream : needed(streams(client))) {
            if (stream.response().isPresent() && !stream.awaitEnd(END)) {
                throw new Suspicion(
                        "the stream of " + stream.describe() + " to end with the response",
                        "it was open " + END.toSeconds() + " s later",
                        stream);
            }
        }
    }

    @Rule(
            id = "modern/unbuffered-sse",
            level = SHOULD,
            eras = MODERN,
            unless = JSON_ANSWERS,
            title = "An event stream says that proxies must not buffer it",
            source = RECEIVING)
    void unbufferedSse(Client client) {
        var streams = new ArrayList<Exchange>();
        Subscriptions.tryOpen(client, Subscriptions.all())
                .filter(Exchange::isEventStream)
                .ifPresent(streams::add);
        if (streams.isEmpty()) {
            streams.addAll(streams(client));
        }
        for (var stream : needed(streams)) {
            var said = stream.header("X-Accel-Buffering").orElse("");
            var proxy = stream.header("Via").or(() -> stream.header("Server").filter(StreamRules::isOfProxy));
            if (said.isEmpty() && proxy.isPresent()) {
                throw RuleAbortedException.inconclusive("the reply came through a proxy (" + proxy.get()
                        + "), which may act on the header and not pass it on");
            }
            stream.mustHave(
                    said.equalsIgnoreCase("no"),
                    "the header X-Accel-Buffering: no with an event stream",
                    said.isEmpty() ? "there is none" : "it says " + said);
        }
    }

    private static boolean isOfProxy(String server) {
        var lower = server.toLowerCase(Locale.ROOT);
        return PROXIES.stream().anyMatch(lower::startsWith);
    }

    /**
     * The replies that are event streams, after their responses have come, to requests that may well be answered so.
     */
    private static List<Exchange> streams(Client client) {
        var exchanges = new ArrayList<Exchange>();
        if (client.target().slowTool().isPresent()) {
            var call = client.slowCall();
            Calls.meta(call).put("progressToken", TOKEN);
            // A server is the likelier to ask something of a client that can do everything.
            var capabilities = (ObjectNode) Calls.meta(call).get(Client.META_PREFIX + "clientCapabilities");
            List.of("roots", "sampling", "elicitation").forEach(capabilities::putObject);
            exchanges.add(client.post(call).start());
        }
        exchanges.add(client.post(client.request(Calls.DISCOVER)).start());
        exchanges.add(client.post(client.request(Calls.LIST)).start());
        for (var exchange : exchanges) {
            exchange.awaitHead(Calls.slowPatience(client));
            if (exchange.isEventStream()) {
                exchange.awaitResponse(Calls.slowPatience(client));
            } else {
                exchange.awaitEnd(client.patience());
            }
        }
        exchanges.forEach(Exchange::status);
        return exchanges.stream().filter(Exchange::isEventStream).toList();
    }

    private static List<Exchange> needed(List<Exchange> exchanges) {
        var streams = exchanges.stream().filter(Exchange::isEventStream).toList();
        if (streams.isEmpty()) {
            throw RuleAbortedException.notApplicable(JSON_ANSWERS);
        }
        if (streams.stream().allMatch(stream -> stream.messages().isEmpty())) {
            throw RuleAbortedException.inconclusive("no message came on any of " + streams.size() + " streams");
        }
        return streams;
    }

    // ---- cancelling ----

    @Rule(
            id = "modern/closing-stream-cancels",
            level = MUST,
            eras = MODERN,
            requires = SLOW_TOOL,
            title = "Closing the stream of a request cancels that request, and no other",
            source = CANCELLATION)
    void closingStreamCancels(Client client) {
        Samples.of(client);
        var one = client.overNewConnections();
        var closed = one.post(one.slowCall().put("id", "same")).start();
        var other = client.overNewConnections();
        var sameId = other.post(other.slowCall().put("id", "same")).start();
        var otherId = other.post(other.slowCall()).start();
        awaitUnderWay(client, List.of(closed, sameId, otherId));
        closed.close();
        var although = "although a client closed the stream of its own";
        mustComplete(client, sameId, "another client's call with the same id", although);
        mustComplete(client, otherId, "another client's call", although);
        Calls.mustBeServed(Calls.discover(client), "after the stream of a call was closed");
        client.note("whether the server stops the work of a call whose stream was closed cannot be seen from outside");
    }

    /** Waits until the server works at the calls: until their streams are open, or for a while if it opens none. */
    static void awaitUnderWay(Client client, List<Exchange> calls) {
        // Whatever slows the calls down slows this down too.
        Calls.discover(client.overNewConnections());
        var half = client.target().idleTimeout().map(t -> t.dividedBy(2)).filter(t -> t.compareTo(ARRIVAL) < 0);
        long deadline = System.nanoTime() + half.orElse(ARRIVAL).toNanos();
        for (var call : calls) {
            call.awaitHead(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
            if (call.ended()) {
                throw RuleAbortedException.inconclusive(
                        "the call ended before it could be cancelled: " + Calls.describe(call));
            }
        }
    }

    static void mustComplete(Client client, Exchange call, String which, String although) {
        call.awaitHead(Calls.slowPatience(client));
        call.awaitResponse(Calls.slowPatience(client));
        if (call.result().isPresent()) {
            return;
        }
        var alone = client.post(client.slowCall()).send(Calls.slowPatience(client));
        if (alone.result().isEmpty()) {
            throw RuleAbortedException.inconclusive(
                    "the slow tool does not work in this revision: its call was answered " + Calls.describe(alone));
        }
        throw new Suspicion(
                which + " to be answered, although a client closed the stream of its own",
                "got " + Calls.describe(call),
                call);
    }

    @Rule(
            id = "modern/cancelled-notification",
            level = INFO,
            eras = MODERN,
            requires = SLOW_TOOL,
            title = "What a notifications/cancelled does to a call with that id",
            source = CANCELLATION + "; basic/patterns/cancellation, Behavior Requirements")
    void cancelledNotification(Client client) {
        var call = client.post(client.slowCall().put("id", "kit-cancelled")).start();
        awaitUnderWay(client, List.of(call));
        var message = Json.notification("notifications/cancelled");
        message.putObject("params").put("requestId", "kit-cancelled").put("reason", "the kit wants to know");
        // Over another connection, as anybody could send it.
        var other = client.overNewConnections();
        int status = Calls.status(other.post(message).send());
        call.awaitHead(Calls.slowPatience(client));
        call.awaitResponse(Calls.slowPatience(client));
        client.note("notifications/cancelled, sent over another connection, is answered " + status + " and "
                + (call.result().isPresent()
                        ? "leaves the call with that id alone"
                        : "ends the call with that id: anybody who guesses an id can"));
    }
}
