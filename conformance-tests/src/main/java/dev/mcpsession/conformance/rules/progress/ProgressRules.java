package dev.mcpsession.conformance.rules.progress;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.NO_PROGRESS;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Overlap;
import dev.mcpsession.conformance.http.SseEvent;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Rules on progress notifications, of calls that ask for them and of calls that do not. */
public final class ProgressRules {
    private static final String PAGE = "basic/utilities/progress, ";
    /** How long to watch for what must not come after the response. */
    private static final Duration WATCH = Duration.ofMillis(400);

    /** A progress notification, and where it came. */
    private record Told(JsonNode params, Exchange stream, long at) {
        String token() {
            return params.has("progressToken") ? Json.idKey(params.get("progressToken")) : "none";
        }
    }

    /** Three calls, two of which ask for progress, and everything that was told of it. */
    private static final class Watched {
        private final Conversation talk;
        private final List<Exchange> streams = new ArrayList<>();
        private final Map<String, Exchange> calls = new HashMap<>();

        Watched(Client client) {
            talk = Conversation.open(client);
            if (client.capabilities().getStream()) {
                var stream = talk.get().start();
                stream.awaitHead(WATCH);
                streams.add(stream);
            }
            for (int i = 0; i < 2; i++) {
                var call = client.slowCall();
                var token = Json.object()
                        .put("token", "conformance-" + client.nextId())
                        .get("token");
                call.withObject("params").putObject("_meta").set("progressToken", token);
                var exchange = talk.post(call).start();
                calls.put(Json.idKey(token), exchange);
                streams.add(exchange);
            }
            var unasked = talk.post(client.slowCall()).start();
            streams.add(unasked);
            for (var call : streams.subList(streams.size() - 3, streams.size())) {
                if (talk.responseTo(call, client.patience().multipliedBy(3)).isEmpty()) {
                    throw RuleAbortedException.inconclusive(
                            "the slow tool was not answered: " + call.describeReply() + Overlap.advice(call));
                }
            }
            streams.get(0).awaitEnd(WATCH);
        }

        /** Without sessions, the server may take this client for another that runs beside it. */
        void mustBe(boolean holds, String expected, String got, Exchange stream) {
            if (!holds && talk.session().isEmpty()) {
                throw new Suspicion(expected, got, stream);
            }
            stream.mustHave(holds, expected, got);
        }

        /** The notifications, in the order in which they came. */
        List<Told> told() {
            var told = new ArrayList<Told>();
            for (var stream : streams) {
                for (var event : stream.events()) {
                    messages(event)
                            .filter(m -> m.path("method").asString("").equals("notifications/progress"))
                            .forEach(m -> told.add(new Told(m.path("params"), stream, event.at())));
                }
            }
            told.sort((a, b) -> Long.signum(a.at() - b.at()));
            if (told.isEmpty()) {
                throw RuleAbortedException.notApplicable(NO_PROGRESS);
            }
            return told;
        }
    }

    private static java.util.stream.Stream<JsonNode> messages(SseEvent event) {
        return event.hasData()
                ? Json.read(event.data()).map(List::of).map(Json::singly).stream()
                        .flatMap(List::stream)
                : java.util.stream.Stream.empty();
    }

    @Rule(
            id = "progress/token-of-a-call",
            level = MUST,
            waits = true,
            once = true,
            requires = SLOW_TOOL,
            unless = NO_PROGRESS,
            title = "A progress notification names the token of a call that asked for progress and is in flight",
            source = PAGE + "Behavior Requirements, item 1")
    void tokenOfACall(Client client) {
        var watched = new Watched(client);
        for (var told : watched.told()) {
            watched.mustBe(
                    watched.calls.containsKey(told.token()),
                    "the token of a call that asked for progress, in each progress notification",
                    "got " + told.params(),
                    told.stream());
        }
    }

    @Rule(
            id = "progress/increases",
            level = MUST,
            waits = true,
            once = true,
            requires = SLOW_TOOL,
            unless = NO_PROGRESS,
            title = "The progress of a call increases with each notification",
            source = PAGE + "Progress Flow")
    void increases(Client client) {
        Map<String, BigDecimal> last = new HashMap<>();
        for (var told : new Watched(client).told()) {
            var progress = told.params().path("progress");
            var number = Json.decimal(progress);
            told.stream().mustHave(number.isPresent(), "a number as the progress", "got " + told.params());
            var before = last.put(told.token(), number.orElseThrow());
            told.stream()
                    .mustHave(
                            before == null || before.compareTo(number.get()) < 0,
                            "the progress of a call to increase with each notification",
                            "got " + told.params() + " after " + before);
        }
    }

    @Rule(
            id = "progress/stops-with-the-response",
            level = MUST,
            waits = true,
            once = true,
            requires = SLOW_TOOL,
            unless = NO_PROGRESS,
            title = "No progress of a call is told after its response",
            source = PAGE + "Implementation Notes")
    void stopsWithTheResponse(Client client) {
        var watched = new Watched(client);
        for (var told : watched.told()) {
            var call = watched.calls.get(told.token());
            // On one stream the order is the server's; on two the network may change it.
            if (call != null && told.stream() == call && told.at() > responseAt(call)) {
                throw new Violation(
                        "no progress of a call after its response", "got " + told.params() + " after it", call);
            }
            if (call != null
                    && told.stream() != call
                    && told.at() - responseAt(call) > WATCH.dividedBy(2).toNanos()) {
                throw new Suspicion(
                        "no progress of a call after its response",
                        "got " + told.params() + " on " + told.stream().describe() + " long after it",
                        told.stream());
            }
        }
    }

    private static long responseAt(Exchange call) {
        return call.events().stream()
                .filter(e -> messages(e).anyMatch(Json::isResponse))
                .mapToLong(SseEvent::at)
                .findFirst()
                // Without its response on it, the stream was only closed, and the client polls for the rest.
                .orElse(call.ended() && call.response().isPresent() ? call.endAt() : Long.MAX_VALUE);
    }

    @Rule(
            id = "progress/on-the-stream-of-its-call",
            level = SHOULD,
            waits = true,
            once = true,
            requires = {SLOW_TOOL, GET_STREAM},
            unless = NO_PROGRESS,
            title = "The progress of a call is told on the stream of that call, and not on a GET stream or that of "
                    + "another call",
            source = "basic/transports, Sending Messages to the Server, item 6; Listening for Messages from the "
                    + "Server, item 4")
    void onTheStreamOfItsCall(Client client) {
        var watched = new Watched(client);
        for (var told : watched.told()) {
            var call = watched.calls.get(told.token());
            watched.mustBe(
                    call == null
                            || told.stream() == call
                            || call.ended() && !call.response().isPresent(),
                    "the progress of a call on the stream of that call",
                    "got " + told.params() + " on " + told.stream().describe(),
                    told.stream());
        }
    }
}
