package dev.mcpsession.conformance.clients.rules;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.NOTHING_CANCELLED;
import static dev.mcpsession.conformance.judgement.Unless.NOTHING_LATE;
import static dev.mcpsession.conformance.judgement.Unless.NO_GET;
import static dev.mcpsession.conformance.judgement.Unless.NO_INITIALIZE;
import static dev.mcpsession.conformance.judgement.Unless.NO_RETRY_FIELD;
import static dev.mcpsession.conformance.judgement.Unless.NO_STREAM_CUT;
import static dev.mcpsession.conformance.judgement.Unless.STREAM_NOT_RESUMED;
import static dev.mcpsession.conformance.protocol.Revision.Era.LEGACY;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.protocol.Revision.V2025_11_25;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.stage.Scripts;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Ending;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Event streams, requests of the server, and cancellation. */
public final class StreamRules {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    /** A clock of a client may be so much faster than ours, and its timers so coarse. */
    private static final double CLOCKS_DIFFER = 0.01;

    private static final long TIMERS_ARE_COARSE = Duration.ofMillis(20).toNanos();

    /** How long a client that resumes would hardly wait. */
    private static final long LONG_SILENCE = Duration.ofSeconds(10).toNanos();

    @Rule(
            id = "client/ping-answered",
            level = MUST,
            once = true,
            title = "A ping of the server is answered",
            source = "basic/utilities/ping, Behavior Requirements, item 1")
    void pingAnswered(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.PING);
        var call = pinged(trace);
        if (pong(trace).isEmpty()) {
            if (call.ending() != Ending.COMPLETE) {
                throw RuleAbortedException.notTestable("the client left before it could be seen whether it answers");
            }
            throw client.suspicion(
                    "an answer to the ping, whose id was " + Scripts.PING_ID,
                    "none ever came, although the client waited for " + "the result of " + call.describe()
                            + ", which came after the ping",
                    call);
        }
    }

    @Rule(
            id = "client/ping-answered-empty",
            level = MUST,
            once = true,
            title = "The answer to a ping is an empty result",
            source = "basic/utilities/ping, Behavior Requirements, item 1")
    void pingAnsweredEmpty(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.PING);
        pinged(trace);
        var pong = pong(trace).orElseThrow(() -> RuleAbortedException.notTestable("the ping was not answered"));
        var result = pong.messages().stream()
                .filter(StreamRules::isPong)
                .findFirst()
                .map(m -> m.get("result"))
                .orElse(null);
        boolean empty = result != null
                && result.isObject()
                && result.propertyNames().stream().allMatch("_meta"::equals);
        if (!empty) {
            throw client.violation("a result without content", "the client answered " + pong.body(), pong);
        }
    }

    private static Call pinged(Trace trace) {
        return trace.first(c -> c.events().stream()
                        .anyMatch(e -> e.message()
                                .filter(m -> m.path("id").asString("").equals(Scripts.PING_ID))
                                .isPresent()))
                .orElseThrow(() -> RuleAbortedException.notTestable(
                        "the client made no call, in whose answer the ping could come"));
    }

    private static Optional<Call> pong(Trace trace) {
        return trace.first(c -> c.messages().stream().anyMatch(StreamRules::isPong));
    }

    private static boolean isPong(JsonNode message) {
        return Json.isResponse(message) && message.path("id").asString("").equals(Scripts.PING_ID);
    }

    /** The call whose stream ended after an id, without its result; the rule does not apply where there is none. */
    private static Call cut(Trace trace) {
        return trace.first(c -> c.endpoint()
                        && c.isRequest()
                        && c.isStream()
                        && c.ending() == Ending.COMPLETE
                        && c.response().isEmpty()
                        && c.events().stream().anyMatch(e -> e.id().isPresent()))
                .orElseThrow(() -> RuleAbortedException.notApplicable(NO_STREAM_CUT));
    }

    private static String lastId(Call call) {
        return call.events().stream()
                .flatMap(e -> e.id().stream())
                .reduce((a, b) -> b)
                .orElse("");
    }

    @Rule(
            id = "client/resumes-stream",
            level = SHOULD,
            since = V2025_11_25,
            once = true,
            waits = true,
            unless = NO_STREAM_CUT,
            title = "A stream that ends after an event id, before its result, is resumed",
            source = "basic/transports, Sending Messages to the Server, item 6; Resumability and Redelivery, item 2")
    void resumesStream(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.CUT);
        var call = cut(trace);
        if (trace.after(call)
                .anyMatch(c -> c.isGet() && c.header(Call.LAST_EVENT_ID).isPresent())) {
            return;
        }
        var outcome = client.outcome(trace);
        var again = trace.after(call).filter(c -> c.calls("tools/call")).findFirst();
        if (again.isPresent()) {
            throw RuleAbortedException.notTestable("the client made the call again, instead of resuming it");
        }
        if (outcome.endedAt() - call.endedAt() < LONG_SILENCE) {
            throw RuleAbortedException.notTestable("the client gave the call up, as one may: it " + outcome.describe());
        }
        throw client.suspicion(
                "GET with Last-Event-ID: " + lastId(call) + " while the client waits for its call",
                "none came in "
                        + Duration.ofNanos(outcome.endedAt() - call.endedAt()).toSeconds() + " s, until the client "
                        + outcome.describe(),
                call);
    }

    @Rule(
            id = "client/last-event-id",
            level = SHOULD,
            once = true,
            waits = true,
            unless = {NO_STREAM_CUT, STREAM_NOT_RESUMED},
            title = "A stream is resumed from the last event id that came in it",
            source = "basic/transports, Resumability and Redelivery, item 2")
    void lastEventId(ClientUnderTest client) {
        var trace = client.play(Scripts.CUT);
        var call = cut(trace);
        var resumed = trace.after(call)
                .filter(c -> c.isGet() && c.header(Call.LAST_EVENT_ID).isPresent())
                .filter(c -> mayResume(client, call, c))
                .findFirst()
                .orElseThrow(() -> RuleAbortedException.notApplicable(STREAM_NOT_RESUMED));
        var sent = resumed.header(Call.LAST_EVENT_ID).get();
        if (client.isLive() && !sent.equals(lastId(call))) {
            throw client.violation("Last-Event-ID: " + lastId(call), "it is " + sent, resumed);
        }
        // In a trace, the id may be of another stream, or of one from before it; and what was sent last need not have
        // arrived.
        if (!client.isLive()
                && call.events().stream()
                        .anyMatch(e -> e.id().filter(sent::equals).isPresent())
                && !sent.equals(lastId(call))) {
            throw client.suspicion(
                    "Last-Event-ID: " + lastId(call), "it is " + sent + ", after which more was sent", resumed);
        }
    }

    /** Ids of events are unique in a session only, and a GET that was there already resumes nothing. */
    private static boolean mayResume(ClientUnderTest client, Call stream, Call get) {
        return client.isLive()
                || stream.sessionId().isPresent()
                        && stream.sessionId().equals(get.sessionId())
                        && get.beganAt() > stream.endedAt();
    }

    @Rule(
            id = "client/retry-respected",
            level = MUST,
            since = V2025_11_25,
            once = true,
            waits = true,
            unless = NO_RETRY_FIELD,
            title = "A stream is not resumed before the time that its retry field asks for",
            source = "basic/transports, Sending Messages to the Server, item 6")
    void retryRespected(ClientUnderTest client) {
        var trace = client.play(Scripts.CUT);
        int looked = 0;
        var resumptions = trace.calls().stream()
                .filter(c -> c.isGet() && c.header(Call.LAST_EVENT_ID).isPresent())
                .toList();
        for (var call : trace.legacy()
                .filter(c -> c.isStream() && c.ending() == Ending.COMPLETE)
                .toList()) {
            var retry = call.events().stream()
                    .flatMap(e -> e.retryMillis().stream())
                    .reduce((a, b) -> b);
            var id = lastId(call);
            if (retry.isEmpty() || id.isEmpty() || retry.get() == 0) {
                continue;
            }
            var resumed = resumptions.stream()
                    .filter(c -> c.number() > call.number()
                            && c.header(Call.LAST_EVENT_ID).filter(id::equals).isPresent()
                            && mayResume(client, call, c))
                    .findFirst();
            if (resumed.isEmpty()) {
                continue;
            }
            looked++;
            long waited = resumed.get().beganAt() - call.endedAt();
            long wanted = retry.get() * 1_000_000;
            if (waited < wanted * (1 - CLOCKS_DIFFER) - TIMERS_ARE_COARSE) {
                // Archives have rounded moments, and in some the time to connect counts twice.
                Sessions.found(
                        client,
                        trace.rounding() == 0,
                        "no GET with that id for " + retry.get() + " ms after the end of the stream",
                        "it came after " + waited / 1_000_000 + " ms",
                        resumed.get());
            }
        }
        if (looked == 0) {
            throw RuleAbortedException.notApplicable(NO_RETRY_FIELD);
        }
    }

    @Rule(
            id = "client/get-refused",
            level = ADVICE,
            once = true,
            unless = NO_GET,
            title = "A client copes with a server that has no stream for GET",
            source = "basic/transports, Listening for Messages from the Server, item 3: the server may answer 405")
    void getRefused(ClientUnderTest client) {
        copes(client, client.playOnStage(Scripts.NO_GET), 405);
    }

    @Rule(
            id = "client/get-failed",
            level = ADVICE,
            once = true,
            unless = NO_GET,
            title = "A GET that fails does not end the session",
            source = "experience: the stream is optional, and calls do not need it")
    void getFailed(ClientUnderTest client) {
        client.prepare(Scripts.GET_FAILS, Scripts.GET_IS_BAD);
        copes(client, client.playOnStage(Scripts.GET_FAILS), 500);
        copes(client, client.playOnStage(Scripts.GET_IS_BAD), 400);
    }

    private static void copes(ClientUnderTest client, Trace trace, int status) {
        Sessions.mustSucceed(client, client.playOnStage(Scripts.PLAIN));
        var gets = trace.legacy().filter(Call::isGet).toList();
        if (gets.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_GET);
        }
        var outcome = client.outcome(trace);
        if (!outcome.succeeded()) {
            throw client.suspicion(
                    "the client to end well although GET got " + status, "it " + outcome.describe(), gets.get(0));
        }
    }

    @Rule(
            id = "client/get-not-repeated",
            level = ADVICE,
            once = true,
            waits = true,
            unless = NO_GET,
            title = "A stream that ends at once is not opened again and again",
            source = "experience: a loop without a pause keeps both sides busy for nothing")
    void getNotRepeated(ClientUnderTest client) {
        client.prepare(Scripts.GET_ENDS, Scripts.NO_GET);
        for (var trace : List.of(client.play(Scripts.GET_ENDS), client.play(Scripts.NO_GET))) {
            var gets = trace.legacy().filter(c -> c.isGet() && c.endedAt() != 0).toList();
            // In a trace, those without an id may be of any number of clients.
            gets.stream()
                    .filter(c -> client.isLive() || c.sessionId().isPresent())
                    .collect(Collectors.groupingBy(Call::sessionId))
                    .values()
                    .forEach(session -> mustPause(client, session));
            if (gets.isEmpty()) {
                throw RuleAbortedException.notApplicable(NO_GET);
            }
        }
    }

    private static void mustPause(ClientUnderTest client, List<Call> session) {
        var gets = new ArrayList<Call>();
        for (int i = 0; i < session.size(); i++) {
            if (i == 0 || !isAskedFor(session.get(i - 1), session.get(i))) {
                gets.add(session.get(i));
            }
        }
        for (int i = 0; i + 10 < gets.size(); i++) {
            long span = gets.get(i + 10).beganAt() - gets.get(i).beganAt();
            if (span < 5 * SECOND) {
                throw client.violation(
                        "GET twice in a second at most",
                        "eleven came in " + span / 1_000_000 + " ms",
                        gets.get(i + 10));
            }
        }
    }

    /** Whether a stream is opened again when the server wanted it to be; "at once" is no time. */
    private static boolean isAskedFor(Call stream, Call again) {
        return stream.events().stream()
                .flatMap(e -> e.retryMillis().stream())
                .reduce((a, b) -> b)
                .filter(retry -> retry > 0
                        && again.beganAt() - stream.endedAt()
                                >= retry * 1_000_000 * (1 - CLOCKS_DIFFER) - TIMERS_ARE_COARSE)
                .isPresent();
    }

    @Rule(
            id = "client/timeout-cancels",
            level = SHOULD,
            once = true,
            waits = true,
            title = "A client that gives up a request cancels it",
            source = "basic/lifecycle, Timeouts; basic/transports, Sending Messages to the Server, item 6")
    void timeoutCancels(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.NEVER_ANSWERED);
        var call = trace.first(c -> c.calls("tools/call"))
                .orElseThrow(() -> RuleAbortedException.notTestable("the client made no call"));
        if (cancelled(trace, call)) {
            return;
        }
        Messages.mustNotBeSentAgain(trace, call);
        var next = trace.after(call)
                .filter(c -> c.isRequest() && c.sessionId().equals(call.sessionId()) && !c.calls("ping"))
                .filter(c -> c.beganAt() - call.arrivedAt() > SECOND)
                .findFirst()
                .orElseThrow(() -> RuleAbortedException.notTestable("the client was not seen to give the call up;"
                        + " one that takes steps (MCP_SESSION_STEPS) has a timeout for it"));
        throw client.suspicion(
                "notifications/cancelled for the id " + call.id().get(),
                "the client went on with " + next.describe() + ", and never sent one",
                next);
    }

    private static boolean cancelled(Trace trace, Call call) {
        return trace.after(call)
                .flatMap(c -> cancels(c).stream())
                .anyMatch(id -> Json.sameId(id, call.id().orElse(null)));
    }

    @Rule(
            id = "client/later-messages-in-session",
            level = MUST,
            once = true,
            waits = true,
            unless = NOTHING_LATE,
            title = "A cancellation, and a GET that resumes a stream, carry the session id and the revision",
            source = "basic/transports, Session Management, item 2; Protocol Version Header")
    void laterMessagesInSession(ClientUnderTest client) {
        client.prepare(Scripts.CUT, Scripts.NEVER_ANSWERED);
        int looked = 0;
        for (var trace : Stream.of(Scripts.CUT, Scripts.NEVER_ANSWERED)
                .flatMap(script -> (client.isOnStage()
                                ? client.tryPlay(script)
                                : Optional.of(client.playOnStage(script)))
                        .stream())
                .toList()) {
            var openings = trace.openings();
            if (openings.isEmpty() || openings.stream().anyMatch(o -> o.id().isEmpty())) {
                continue;
            }
            for (var call : trace.legacy().filter(StreamRules::comesLate).toList()) {
                looked++;
                mustCarry(client, call, Call.SESSION_ID);
                if (client.revision() != Revision.V2025_03_26) {
                    mustCarry(client, call, Call.VERSION);
                }
            }
        }
        if (looked == 0) {
            throw RuleAbortedException.notApplicable(NOTHING_LATE);
        }
    }

    private static boolean comesLate(Call call) {
        return call.calls("notifications/cancelled")
                || call.isGet()
                        && call.header(Call.LAST_EVENT_ID)
                                .filter(id -> id.startsWith("kit-"))
                                .isPresent();
    }

    private static void mustCarry(ClientUnderTest client, Call call, String header) {
        if (call.header(header).isEmpty()) {
            throw client.violation(
                    header + " on every request of the session",
                    (call.isGet() ? "GET with Last-Event-ID" : call.describe()) + " has no such header",
                    call);
        }
    }

    private record RequestKey(Optional<String> sessionId, String id) {}

    /** The requests of each session by their ids, also those in batches; where one id came twice, the last. */
    private static Map<RequestKey, Call> requests(Trace trace) {
        var requests = new HashMap<RequestKey, Call>();
        trace.endpoint()
                .forEach(c -> c.messages().stream()
                        .filter(Json::isRequest)
                        .forEach(m -> requests.put(
                                new RequestKey(
                                        c.calls("initialize") ? c.assignedId() : c.sessionId(),
                                        Json.idKey(m.get("id"))),
                                c)));
        return requests;
    }

    /** The ids that a call cancels, also in a batch; a missing node where a cancellation names none. */
    private static List<JsonNode> cancels(Call call) {
        return call.messages().stream()
                .filter(m -> m.path("method").asString("").equals("notifications/cancelled"))
                .map(m -> m.path("params").path("requestId"))
                .toList();
    }

    @Rule(
            id = "client/cancels-own-request",
            level = MUST,
            eras = {LEGACY, MODERN},
            once = true,
            waits = true,
            unless = NOTHING_CANCELLED,
            title = "A client cancels only what it has asked for and waits for",
            source = "basic/utilities/cancellation, Behavior Requirements, item 1")
    void cancelsOwnRequest(ClientUnderTest client) {
        int looked = 0;
        if (client.isLive()) {
            client.prepare(Scripts.NEVER_ANSWERED);
        }
        for (var trace : client.isLive()
                ? List.of(client.play(Scripts.PLAIN), client.play(Scripts.NEVER_ANSWERED))
                : List.of(client.play(Scripts.PLAIN))) {
            var requests = requests(trace);
            for (var call : Messages.of(client, trace)) {
                for (var id : cancels(call)) {
                    looked++;
                    mustBeOpen(client, trace, requests, call, id);
                }
            }
        }
        if (looked == 0) {
            throw RuleAbortedException.notApplicable(NOTHING_CANCELLED);
        }
    }

    private static void mustBeOpen(
            ClientUnderTest client, Trace trace, Map<RequestKey, Call> requests, Call cancel, JsonNode id) {
        var own = Optional.ofNullable(requests.get(new RequestKey(cancel.sessionId(), Json.idKey(id))));
        if (own.isEmpty()) {
            // A request that was given up may be overtaken by its cancellation, or never arrive.
            if (client.isLive() && trace.whole()) {
                throw client.suspicion(
                        "the id of a request that the client has made",
                        "it cancels " + (id.isMissingNode() ? "none" : id),
                        cancel);
            }
        } else if (own.get().response().isPresent()
                && own.get().endedAt() != 0
                && cancel.beganAt() - own.get().endedAt() >= SECOND) {
            throw client.suspicion(
                    "the id of a request that is not answered yet",
                    own.get().describe() + " was answered "
                            + (cancel.beganAt() - own.get().endedAt()) / 1_000_000 + " ms before",
                    cancel);
        }
    }

    @Rule(
            id = "client/initialize-not-cancelled",
            level = MUST,
            once = true,
            waits = true,
            unless = NO_INITIALIZE,
            title = "Initialize is not cancelled",
            source = "basic/utilities/cancellation, Behavior Requirements, item 2")
    void initializeNotCancelled(ClientUnderTest client) {
        var trace = client.play(Scripts.INITIALIZE_GIVEN_UP);
        var initializes = trace.initializes();
        if (initializes.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_INITIALIZE);
        }
        var ids = initializes.stream()
                .flatMap(c -> c.id().stream())
                .map(Json::idKey)
                .collect(Collectors.toSet());
        // An id that another request has as well may mean that one.
        trace.legacy()
                .filter(c -> !c.calls("initialize"))
                .flatMap(c -> c.messages().stream())
                .filter(Json::isRequest)
                .forEach(m -> ids.remove(Json.idKey(m.get("id"))));
        for (var call : trace.legacy().toList()) {
            if (cancels(call).stream().map(Json::idKey).anyMatch(ids::contains)) {
                throw client.violation("initialize to be given up without a word", "the client cancelled it", call);
            }
        }
        var outcome = trace.outcome();
        boolean gaveUp = initializes.stream().anyMatch(i -> i.ending() == Ending.ABANDONED)
                || outcome.filter(o -> !o.timedOut()
                                && o.endedAt() < initializes.get(0).answeredAt())
                        .isPresent();
        if (client.isLive() && !gaveUp && outcome.filter(o -> o.succeeded()).isPresent()) {
            throw RuleAbortedException.notTestable("the client waited for initialize until it was answered, after 8 s");
        }
    }
}
