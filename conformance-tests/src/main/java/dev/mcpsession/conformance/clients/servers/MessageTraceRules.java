package dev.mcpsession.conformance.clients.servers;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Rules on the messages that a server sends, as a trace shows them. */
final class MessageTraceRules {
    private static final Set<String> TYPES = Set.of("application/json", "text/event-stream");

    static boolean isNotification(Call call) {
        return call.message().filter(m -> m.has("method") && !m.has("id")).isPresent();
    }

    // ---- what is answered without a message ----

    @ByTrace("transport/notification-202")
    void notification202(ClientUnderTest client) {
        mustBe202(client, notifications(client));
    }

    @ByTrace("modern/notification-202")
    void modernNotification202(ClientUnderTest client) {
        var all = notifications(client);
        mustBe202(client, all);
        withoutBody(client, all);
    }

    private static List<Call> notifications(ClientUnderTest client) {
        return Seen.some(
                Seen.calls(client),
                c -> isNotification(c) && !c.calls("notifications/initialized") && c.status() / 100 == 2,
                "notification other than notifications/initialized that the server accepted");
    }

    @ByTrace("transport/response-202")
    void response202(ClientUnderTest client) {
        mustBe202(client, responses(client));
    }

    private static List<Call> responses(ClientUnderTest client) {
        return Seen.some(
                Seen.calls(client),
                c -> c.isResponse() && c.status() / 100 == 2,
                "response of the client that the server accepted");
    }

    private static void mustBe202(ClientUnderTest client, List<Call> calls) {
        for (var call : calls) {
            if (call.status() != 202) {
                throw client.violation("status 202", call.describe() + " got " + call.status(), call);
            }
        }
    }

    @ByTrace("transport/accepted-no-body")
    void acceptedNoBody(ClientUnderTest client) {
        withoutBody(
                client,
                Seen.some(
                        Seen.calls(client),
                        c -> c.status() == 202
                                && !c.calls("notifications/initialized")
                                && (isNotification(c) || c.isResponse()),
                        "notification other than notifications/initialized, and no response, that got 202"));
    }

    static void withoutBody(ClientUnderTest client, List<Call> calls) {
        for (var call : calls) {
            if (!call.reply().isEmpty()) {
                throw client.violation(
                        "no body",
                        "the answer to " + call.describe() + " has one of "
                                + call.reply().text().length() + " characters",
                        call);
            }
        }
    }

    // ---- responses ----

    @ByTrace("transport/response-carries-id")
    void responseCarriesId(ClientUnderTest client) {
        ids(client);
    }

    @ByTrace("modern/response-id")
    void modernResponseId(ClientUnderTest client) {
        ids(client);
    }

    private static void ids(ClientUnderTest client) {
        int looked = 0;
        for (var call : Seen.calls(client)) {
            if (!call.isRequest() || call.status() / 100 != 2) {
                continue;
            }
            var responses = Seen.messages(call).stream()
                    .filter(m -> Json.isResponse(m) && !m.path("id").isNull())
                    .toList();
            if (responses.isEmpty()) {
                continue;
            }
            looked++;
            if (responses.stream()
                    .noneMatch(m -> Json.sameId(m.get("id"), call.id().get()))) {
                throw client.violation(
                        "a response with the id " + call.id().get(),
                        "the response to " + call.describe() + " has the id "
                                + responses.get(0).get("id"),
                        call);
            }
        }
        if (looked == 0) {
            throw RuleAbortedException.notTestable("the trace holds no response of the server");
        }
    }

    private static List<Call> answered(ClientUnderTest client) {
        return Seen.some(
                Seen.calls(client),
                c -> c.isRequest() && Seen.messages(c).stream().anyMatch(Json::isResponse),
                "response of the server");
    }

    @ByTrace("transport/jsonrpc-version")
    void jsonrpcVersion(ClientUnderTest client) {
        version(client);
    }

    @ByTrace("modern/json-rpc")
    void modernJsonRpc(ClientUnderTest client) {
        version(client);
        for (var call : answered(client)) {
            for (var message : Seen.messages(call)) {
                if (Json.isResponse(message) && message.has("result") == message.has("error")) {
                    throw client.violation(
                            "either a result or an error", "the response to " + call.describe() + " has both", call);
                }
            }
        }
    }

    private static void version(ClientUnderTest client) {
        for (var call : answered(client)) {
            for (var message : Seen.messages(call)) {
                if (Json.isResponse(message) && !Json.isVersion2(message)) {
                    throw client.violation(
                            "\"jsonrpc\":\"2.0\" in the response",
                            "the response to " + call.describe() + " has "
                                    + (message.has("jsonrpc") ? message.get("jsonrpc") : "none"),
                            call);
                }
            }
        }
    }

    @ByTrace("transport/post-json-or-sse")
    void postJsonOrSse(ClientUnderTest client) {
        types(client);
    }

    @ByTrace("modern/post-json-or-sse")
    void modernPostJsonOrSse(ClientUnderTest client) {
        types(client);
    }

    private static void types(ClientUnderTest client) {
        var requests = Seen.some(
                Seen.calls(client),
                c -> c.isRequest() && c.status() == 200 && !c.replyHeaders().isEmpty(),
                "request that got 200 with headers");
        for (var call : requests) {
            var type = call.replyHeader("Content-Type").orElse("");
            if (!TYPES.contains(type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))) {
                throw client.violation(
                        "Content-Type application/json or text/event-stream",
                        "the reply to " + call.describe() + " has " + (type.isEmpty() ? "none" : type),
                        call);
            }
        }
    }

    @ByTrace("transport/ping-result-empty")
    void pingResultEmpty(ClientUnderTest client) {
        var pings = Seen.some(
                Seen.calls(client),
                c -> c.calls("ping") && c.result().isPresent(),
                "ping of the client that was answered");
        for (var call : pings) {
            var result = call.result().get();
            if (!result.isObject() || !result.isEmpty()) {
                throw client.violation("an empty result", "the result of ping is " + result, call);
            }
        }
    }

    @ByTrace("modern/result-type")
    void resultType(ClientUnderTest client) {
        for (var call : Seen.some(Seen.calls(client), c -> c.result().isPresent(), "result of the server")) {
            var type = call.result().get().path("resultType");
            if (!type.isString()) {
                throw client.violation(
                        "a resultType",
                        "the result of " + call.describe() + " has " + (type.isMissingNode() ? "none" : type),
                        call);
            }
        }
    }

    @ByTrace("modern/mints-no-id")
    void mintsNoId(ClientUnderTest client) {
        for (var call : Seen.some(Seen.calls(client), c -> true, "request of the revision that was answered")) {
            if (call.assignedId().isPresent()) {
                throw client.violation("no session id", "the reply to " + call.describe() + " carries one", call);
            }
        }
    }

    // ---- streams ----

    @ByTrace("transport/no-response-on-get-stream")
    void noResponseOnGetStream(ClientUnderTest client) {
        var gets = Seen.some(
                Seen.calls(client),
                c -> c.isGet() && c.isStream() && c.header(Call.LAST_EVENT_ID).isEmpty(),
                "stream that was opened with GET, other than to resume one");
        for (var call : gets) {
            if (Seen.messages(call).stream().anyMatch(Json::isResponse)) {
                throw client.violation("no response on the stream of GET", "one came", call);
            }
        }
    }

    @ByTrace("transport/server-request-ids")
    void serverRequestIds(ClientUnderTest client) {
        boolean looked = false;
        for (var call : streams(client)) {
            for (var message : Seen.messages(call)) {
                if (message.has("method") && message.has("id")) {
                    looked = true;
                    var id = message.get("id");
                    if (!Json.isStringOrInteger(id)) {
                        throw client.violation(
                                "a string or an integer as the id of a request of the server", "it is " + id, call);
                    }
                }
            }
        }
        if (!looked) {
            throw RuleAbortedException.notTestable("the trace holds no request of the server");
        }
    }

    @ByTrace("modern/no-requests-on-stream")
    void noRequestsOnStream(ClientUnderTest client) {
        for (var call : streams(client)) {
            for (var message : Seen.messages(call)) {
                if (message.has("method") && message.has("id")) {
                    throw client.violation(
                            "no request of the server on a stream",
                            "the stream of " + call.describe() + " holds one for " + message.get("method"),
                            call);
                }
            }
        }
    }

    private static List<Call> streams(ClientUnderTest client) {
        return Seen.some(Seen.calls(client), Call::isStream, "event stream");
    }

    @ByTrace("progress/increases")
    void progressIncreases(ClientUnderTest client) {
        increases(client);
    }

    @ByTrace("modern/progress-increases")
    void modernProgressIncreases(ClientUnderTest client) {
        increases(client);
    }

    private static void increases(ClientUnderTest client) {
        boolean looked = false;
        for (var call : streams(client)) {
            var last = new HashMap<JsonNode, Double>();
            for (var message : Seen.messages(call)) {
                if (isProgress(message)) {
                    looked = true;
                    var progress = message.path("params").path("progress");
                    var before = last.put(message.path("params").path("progressToken"), progress.asDouble(0));
                    if (!progress.isNumber() || before != null && progress.asDouble() <= before) {
                        throw client.violation(
                                "progress that is a number, and increases",
                                "it is " + (progress.isMissingNode() ? "missing" : progress)
                                        + (before == null ? "" : " after " + before),
                                call);
                    }
                }
            }
        }
        if (!looked) {
            throw RuleAbortedException.notTestable("the trace holds no progress notification of the server");
        }
    }

    private static boolean isProgress(JsonNode message) {
        return message.path("method").asString("").equals("notifications/progress");
    }

    @ByTrace("progress/token-of-a-call")
    void tokenOfACall(ClientUnderTest client) {
        boolean looked = false;
        var tokens = new HashSet<String>();
        // A token may have been sent in a call that nobody answered.
        Seen.trace(client).calls().stream()
                .flatMap(c -> c.messages().stream())
                .forEach(m ->
                        tokens.add(Json.idKey(m.path("params").path("_meta").path("progressToken"))));
        for (var session : Seen.sessions(client)) {
            for (var call : session.calls()) {
                for (var message : call.isStream() ? Seen.messages(call) : List.<JsonNode>of()) {
                    var token = message.path("params").path("progressToken");
                    looked |= isProgress(message);
                    if (isProgress(message) && !tokens.contains(Json.idKey(token))) {
                        throw client.violation(
                                "a token that the client has sent", "progress names the token " + token, call);
                    }
                }
            }
        }
        if (!looked) {
            throw RuleAbortedException.notTestable("the trace holds no progress notification of the server");
        }
    }
}
