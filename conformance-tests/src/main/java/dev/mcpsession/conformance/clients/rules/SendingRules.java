package dev.mcpsession.conformance.clients.rules;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.NO_GET;
import static dev.mcpsession.conformance.judgement.Unless.NO_NOTIFICATION;
import static dev.mcpsession.conformance.protocol.Revision.Era.LEGACY;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.protocol.Revision.V2025_03_26;
import static dev.mcpsession.conformance.protocol.Revision.V2025_06_18;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.stage.Script;
import dev.mcpsession.conformance.clients.stage.Scripts;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Ending;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Text;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Messages, and how they are sent and read. */
final class SendingRules {
    /** The requests of clients, in all revisions. */
    private static final Set<String> REQUESTS = Set.of(
            "initialize",
            "ping",
            "server/discover",
            "subscriptions/listen",
            "tools/list",
            "tools/call",
            "prompts/list",
            "prompts/get",
            "resources/list",
            "resources/templates/list",
            "resources/read",
            "resources/subscribe",
            "resources/unsubscribe",
            "completion/complete",
            "logging/setLevel",
            "tasks/list",
            "tasks/get",
            "tasks/result",
            "tasks/cancel");

    /** Of what came, in a note. */
    private static final int LONGEST_ANSWER = 200;

    /** A client that has had its answer for so long, and does nothing, has not read it. */
    private static final long LONG_IDLE = Duration.ofSeconds(15).toNanos();

    @Rule(
            id = "client/one-message-per-post",
            level = MUST,
            eras = {LEGACY, MODERN},
            since = V2025_06_18,
            title = "The body of a POST is a single JSON-RPC message",
            source = "basic/transports, Sending Messages to the Server, item 3")
    void oneMessagePerPost(ClientUnderTest client) {
        for (var call : Messages.usualPosts(client)) {
            if (call.message().isEmpty() && isKnown(call)) {
                throw client.violation(
                        "a JSON object in the body",
                        call.json()
                                .filter(JsonNode::isArray)
                                .map(a -> "it holds an array of " + a.size())
                                .orElse("it is " + cut(call.body().text())),
                        call);
            }
        }
    }

    @Rule(
            id = "client/batch-of-one-kind",
            level = MUST,
            since = V2025_03_26,
            until = V2025_03_26,
            title = "A batch holds requests and notifications, or responses, and no initialize",
            source = "basic/transports, Sending Messages to the Server, item 3; basic/lifecycle, Initialization")
    void batchOfOneKind(ClientUnderTest client) {
        for (var call : Messages.usualPosts(client)) {
            if (call.message().isEmpty() && isKnown(call)) {
                var batch = call.json().filter(JsonNode::isArray);
                mustBe(
                        client,
                        batch.isPresent(),
                        "a message or a batch in the body",
                        "it is " + cut(call.body().text()),
                        call);
                batchOfOneKind(client, call, batch.get());
            }
        }
    }

    /** Whether what a body holds can be told: all of it was kept, as it is, and the kit's parser has no limit to it. */
    private static boolean isKnown(Call call) {
        return !call.body().isCut()
                && call.headerValues("Content-Encoding").stream().allMatch("identity"::equalsIgnoreCase)
                && (call.json().isPresent() || Json.excess(call.body().text()).isEmpty());
    }

    private static void batchOfOneKind(ClientUnderTest client, Call call, JsonNode batch) {
        int responses = 0;
        for (var message : batch) {
            boolean response = Json.isResponse(message);
            mustBe(
                    client,
                    response || message.path("method").isString(),
                    "messages in a batch",
                    "one is " + cut(message.toString()),
                    call);
            mustBe(
                    client,
                    !message.path("method").asString("").equals("initialize"),
                    "initialize on its own, since nothing may come with it",
                    "it is in a batch of " + batch.size(),
                    call);
            responses += response ? 1 : 0;
        }
        mustBe(client, !batch.isEmpty(), "a message or more in a batch", "it is empty", call);
        mustBe(
                client,
                responses == 0 || responses == batch.size(),
                "responses in a batch of their own",
                "they are " + responses + " of " + batch.size() + " messages",
                call);
    }

    private static void mustBe(
            ClientUnderTest client, boolean holds, String expectation, String observation, Call call) {
        if (!holds) {
            throw client.violation(expectation, observation, call);
        }
    }

    private static String cut(String text) {
        return text.isEmpty() ? "empty" : Text.cut(text, 100);
    }

    @Rule(
            id = "client/accept-post",
            level = MUST,
            eras = {LEGACY, MODERN},
            title = "Accept on a POST lists JSON and event streams",
            source = "basic/transports, Sending Messages to the Server, item 2")
    void acceptPost(ClientUnderTest client) {
        for (var call : Messages.usualPosts(client)) {
            mustAccept(client, call, "application/json");
            mustAccept(client, call, "text/event-stream");
        }
    }

    @Rule(
            id = "client/content-type",
            level = ADVICE,
            eras = {LEGACY, MODERN},
            title = "A POST says that its body is JSON",
            source = "RFC 9110, 8.3: a sender should name the type of what it sends; that of JSON is application/json")
    void contentType(ClientUnderTest client) {
        for (var call : Messages.usualPosts(client)) {
            var types = call.headerValues("Content-Type");
            if (types.stream().noneMatch(SendingRules::isJson)) {
                throw client.violation(
                        "Content-Type: application/json",
                        call.describe() + " has "
                                + (types.isEmpty() ? "none" : "Content-Type: " + cut(String.join(", ", types))),
                        call);
            }
        }
    }

    private static boolean isJson(String contentType) {
        return contentType.split(";", 2)[0].strip().equalsIgnoreCase("application/json");
    }

    @Rule(
            id = "client/accept-get",
            level = MUST,
            unless = NO_GET,
            title = "Accept on a GET lists event streams",
            source = "basic/transports, Listening for Messages from the Server, item 2")
    void acceptGet(ClientUnderTest client) {
        var gets = Messages.usual(client).stream().filter(Call::isGet).toList();
        if (gets.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_GET);
        }
        gets.forEach(call -> mustAccept(client, call, "text/event-stream"));
    }

    private static void mustAccept(ClientUnderTest client, Call call, String type) {
        var listed = call.headerValues("Accept").stream()
                .flatMap(v -> Arrays.stream(v.split(",")))
                .map(String::strip)
                .filter(v -> !v.replace(" ", "").matches("(?i).*;q=0(\\.0*)?"))
                .map(v -> v.split(";", 2)[0].strip())
                .toList();
        if (listed.stream().anyMatch(type::equalsIgnoreCase)) {
            return;
        }
        var range = type.substring(0, type.indexOf('/')) + "/*";
        if (listed.contains("*/*") || listed.contains(range)) {
            // By HTTP that accepts the type, and a server that looks for the word alone is the one to blame.
            client.note("Accept covers " + type + " by a range, and does not list it");
            return;
        }
        throw client.violation(
                "Accept with " + type,
                call.describe() + " has "
                        + (listed.isEmpty()
                                ? "no Accept"
                                : "Accept: " + String.join(", ", call.headerValues("Accept"))),
                call);
    }

    @Rule(
            id = "client/reads-json",
            level = MUST,
            eras = {LEGACY, MODERN},
            once = true,
            title = "A client reads results that come as one JSON object",
            source = "basic/transports, Sending Messages to the Server, item 5")
    void readsJson(ClientUnderTest client) {
        mustGetAsFar(client, Scripts.EVENTS, Scripts.PLAIN, "JSON objects", "event streams");
    }

    @Rule(
            id = "client/reads-event-stream",
            level = MUST,
            eras = {LEGACY, MODERN},
            once = true,
            title = "A client reads results that come in an event stream",
            source = "basic/transports, Sending Messages to the Server, item 5")
    void readsEventStream(ClientUnderTest client) {
        mustGetAsFar(client, Scripts.PLAIN, Scripts.EVENTS, "event streams", "JSON objects");
    }

    @Rule(
            id = "client/reads-event-forms",
            level = MUST,
            eras = {LEGACY, MODERN},
            once = true,
            title = "A client reads event streams with comments, CR LF, data in several lines, and cut anywhere",
            source = "basic/transports, Sending Messages to the Server, items 5 and 6; WHATWG, server-sent events, "
                    + "9.2.5 and 9.2.6")
    void readsEventForms(ClientUnderTest client) {
        mustGetAsFar(client, Scripts.EVENTS, Scripts.EVENT_FORMS, "event streams of unusual form", "plain ones");
    }

    @Rule(
            id = "client/reads-cr-lines",
            level = ADVICE,
            eras = {LEGACY, MODERN},
            once = true,
            title = "A client reads event streams whose lines end with CR",
            source = "WHATWG, server-sent events, 9.2.5")
    void readsCrLines(ClientUnderTest client) {
        mustGetAsFar(client, Scripts.EVENTS, Scripts.CR_LINES, "event streams with CR alone", "plain ones");
    }

    @Rule(
            id = "client/notifications-before-response",
            level = MUST,
            once = true,
            title = "A client reads on to the response when notifications come before it",
            source = "basic/transports, Sending Messages to the Server, items 5 and 6")
    void notificationsBeforeResponse(ClientUnderTest client) {
        mustGetAsFar(
                client, Scripts.EVENTS, Scripts.NOTIFICATIONS, "notifications before a result", "the result alone");
    }

    /** The client does as much in one form of reply as in another in which it did well. */
    private static void mustGetAsFar(ClientUnderTest client, Script good, Script other, String these, String those) {
        client.prepare(good, other);
        var well = client.playOnStage(good);
        var trace = client.playOnStage(other);
        Sessions.mustSucceed(client, well);
        var missing = new ArrayList<>(done(well));
        missing.removeAll(done(trace));
        var outcome = client.outcome(trace);
        if (!missing.isEmpty() || !outcome.succeeded()) {
            var last = trace.endpoint()
                    .filter(c -> c.isRequest())
                    .reduce((a, b) -> b)
                    .orElse(null);
            if (outcome.timedOut()
                    && last != null
                    && (last.endedAt() == 0 || outcome.endedAt() - last.endedAt() < LONG_IDLE)) {
                throw RuleAbortedException.inconclusive(
                        "the client was still at work when its time was over, and may have got further");
            }
            if (last != null && !last.reply().isEmpty()) {
                client.note("the answer that it got last, with its line ends: "
                        + Text.cut(last.reply().text().replace("\r", "\\r").replace("\n", "\\n"), LONGEST_ANSWER));
            }
            outcome.lastWords().ifPresent(words -> client.note("the client printed: " + words));
            throw client.suspicion(
                    "the client to get as far with " + these + " as it gets with " + those,
                    (missing.isEmpty() ? "" : "it never came to " + missing.get(0) + ": ") + "it " + outcome.describe(),
                    last);
        }
    }

    private static List<String> done(Trace trace) {
        return trace.endpoint()
                .filter(Call::isRequest)
                .flatMap(c -> c.rpc().stream())
                .distinct()
                .toList();
    }

    @Rule(
            id = "client/request-ids",
            level = MUST,
            eras = {LEGACY, MODERN},
            title = "The id of a request is a string or an integer",
            source = "basic, Requests")
    void requestIds(ClientUnderTest client) {
        for (var call : Messages.usualPosts(client)) {
            for (var message : call.messages()) {
                var method = message.path("method").asString("");
                if (method.isEmpty() || method.startsWith("notifications/")) {
                    continue;
                }
                var id = message.get("id");
                // Without an id it may be a notification, other than by a method that the protocol has for requests.
                if (id == null ? REQUESTS.contains(method) : !Json.isStringOrInteger(id)) {
                    throw client.violation(
                            "a string or an integer as the id of " + method,
                            id == null ? "it has none" : "it is " + id,
                            call);
                }
            }
        }
    }

    @Rule(
            id = "client/request-ids-unique",
            level = MUST,
            eras = {LEGACY, MODERN},
            once = true,
            title = "A request has an id of its own: within its session, or else among those that are open",
            source = "basic, Requests")
    void requestIdsUnique(ClientUnderTest client) {
        var trace = client.play(client.isLive() ? Scripts.PARALLEL : Scripts.PLAIN);
        var requests = Messages.posts(client, trace).stream()
                .filter(c -> c.messages().stream().anyMatch(Json::isRequest))
                .toList();
        if (requests.stream()
                        .flatMap(c -> c.messages().stream())
                        .filter(Json::isRequest)
                        .limit(2)
                        .count()
                < 2) {
            throw RuleAbortedException.notTestable("the client made no two requests");
        }
        if (client.revision().isLegacy()) {
            uniqueInSession(client, trace, requests);
        } else {
            uniqueWhileOpen(client, requests.stream().filter(Call::isRequest).toList());
        }
    }

    /** A request, which may stand in a batch. */
    private record Placed(Call call, int at) {
        JsonNode message() {
            return call.messages().get(at);
        }

        /** The same message sent again, after a redirect or an error, is no other request. */
        boolean isSentAgainAs(Placed later) {
            return call.number() != later.call.number() && message().equals(later.message());
        }
    }

    private static void uniqueInSession(ClientUnderTest client, Trace trace, List<Call> requests) {
        Map<String, Map<String, Placed>> sessions = new HashMap<>();
        boolean alone = trace.openings().size() == 1;
        Optional<Placed> suspected = Optional.empty();
        for (var call : requests) {
            var id = call.calls("initialize") ? call.assignedId() : call.sessionId();
            if (id.isEmpty() && !alone) {
                continue;
            }
            var known = sessions.computeIfAbsent(id.orElse(""), s -> new HashMap<>());
            var messages = call.messages();
            for (int i = 0; i < messages.size(); i++) {
                if (!Json.isRequest(messages.get(i))) {
                    continue;
                }
                var request = new Placed(call, i);
                var earlier = known.putIfAbsent(Json.idKey(messages.get(i).get("id")), request);
                if (earlier == null || earlier.isSentAgainAs(request)) {
                    continue;
                }
                if (client.isLive() || id.isPresent()) {
                    usedBefore(client, request, true);
                }
                suspected = suspected.or(() -> Optional.of(request));
            }
        }
        if (suspected.isPresent()) {
            // A server without session ids may have other clients, from before the trace.
            usedBefore(client, suspected.get(), false);
        }
    }

    private static void usedBefore(ClientUnderTest client, Placed request, boolean proven) {
        Sessions.found(
                client,
                proven,
                "an id that was not used before in the session",
                request.call().method() + " " + request.message().path("method").asString("of a request")
                        + " has the id " + request.message().get("id") + ", as an earlier one has",
                request.call());
    }

    /** Without sessions, requests of several clients cannot be told apart in a trace. */
    private static void uniqueWhileOpen(ClientUnderTest client, List<Call> requests) {
        if (!client.isLive()) {
            throw RuleAbortedException.notTestable("a trace does not tell one client from another");
        }
        var earlier = new HashMap<String, List<Call>>();
        for (var call : requests) {
            var alike = earlier.computeIfAbsent(Json.idKey(call.id().get()), id -> new ArrayList<>());
            for (var other : alike) {
                // One that the client gave up is open no more.
                boolean open = other.number() < call.number()
                        && other.ending() != Ending.ABANDONED
                        && (other.ending() == Ending.OPEN
                                || other.answeredAt() == 0
                                || other.answeredAt() > call.arrivedAt());
                if (open && !other.body().equals(call.body())) {
                    throw client.violation(
                            "an id that no open request has",
                            call.describe() + " has the id " + call.id().get() + ", as " + other.describe()
                                    + " which was not answered yet",
                            call);
                }
            }
            alike.add(call);
        }
    }

    @Rule(
            id = "client/notifications-without-id",
            level = MUST,
            eras = {LEGACY, MODERN},
            unless = NO_NOTIFICATION,
            title = "A notification has no id",
            source = "basic, Notifications")
    void notificationsWithoutId(ClientUnderTest client) {
        int looked = 0;
        for (var call : Messages.usual(client)) {
            for (var message : call.messages()) {
                if (message.path("method").asString("").startsWith("notifications/")) {
                    looked++;
                    if (message.has("id")) {
                        throw client.violation(
                                "no id in " + message.path("method").asString(""), "it has " + message.get("id"), call);
                    }
                }
            }
        }
        if (looked == 0) {
            throw RuleAbortedException.notApplicable(NO_NOTIFICATION);
        }
    }

    @Rule(
            id = "client/notifications-unanswered",
            level = MUST,
            eras = {LEGACY, MODERN},
            once = true,
            title = "A client sends no response to a notification, known or not",
            source = "basic, Notifications")
    void notificationsUnanswered(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.NOTIFICATIONS);
        if (trace.endpoint()
                .flatMap(c -> c.events().stream())
                .noneMatch(e -> e.data().text().contains("x-unknown-to-all"))) {
            throw RuleAbortedException.notTestable("the client made no call, in whose answer notifications could come");
        }
        trace.endpoint()
                .filter(Call::isPost)
                .filter(c -> c.messages().stream().anyMatch(Json::isResponse))
                .findFirst()
                .ifPresent(c -> {
                    throw client.violation(
                            "no response, since the server sent notifications only",
                            "the client posted " + cut(c.body().text()),
                            c);
                });
    }

    @Rule(
            id = "client/authorization-everywhere",
            level = MUST,
            eras = {LEGACY, MODERN},
            title = "A client that has authorization sends it with every request of a session",
            once = true,
            source = "basic/authorization, Access Token Usage, Token Requirements")
    void authorizationEverywhere(ClientUnderTest client) {
        boolean anew = client.isOnStage() && client.revision().isLegacy();
        if (anew) {
            client.prepare(Scripts.TOKEN, Scripts.ANEW);
        }
        var trace = client.play(Scripts.TOKEN);
        mustAuthorize(client, Messages.of(client, trace));
        if (anew) {
            client.tryPlay(Scripts.ANEW).ifPresent(t -> {
                var calls = Messages.of(client, t);
                if (calls.stream().anyMatch(c -> c.header("Authorization").isPresent())) {
                    mustAuthorize(client, calls);
                }
            });
        }
    }

    private static void mustAuthorize(ClientUnderTest client, List<Call> calls) {
        if (calls.stream().noneMatch(c -> c.header("Authorization").isPresent())) {
            throw RuleAbortedException.notTestable(
                    "no request carries authorization; a client that takes steps gets a token in MCP_SESSION_TOKEN");
        }
        if (!client.isLive() && !client.revision().isLegacy()) {
            throw RuleAbortedException.notTestable("a trace does not tell one client from another");
        }
        Set<String> authorized = new HashSet<>();
        for (var call : calls) {
            var id = call.calls("initialize") ? call.assignedId() : call.sessionId();
            // All requests on the kit's stage are of the one client, in whichever session.
            var session = client.isLive() ? "" : id.orElse("");
            if (id.isEmpty() && !client.isLive()) {
                continue;
            }
            if (call.header("Authorization").isPresent()) {
                authorized.add(session);
            } else if (authorized.contains(session)) {
                throw client.violation(
                        "Authorization on every request",
                        call.describe() + " has none, although "
                                + (client.isLive() ? "earlier ones" : "others of the session") + " have",
                        call);
            }
        }
    }
}
