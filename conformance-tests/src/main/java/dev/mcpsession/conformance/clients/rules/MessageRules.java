package dev.mcpsession.conformance.clients.rules;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.NO_PROGRESS_TOKEN;
import static dev.mcpsession.conformance.protocol.Revision.Era.LEGACY;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.stage.Scripts;
import dev.mcpsession.conformance.clients.stage.Stage;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Ending;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Text;
import dev.mcpsession.conformance.rule.Rule;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** The fields that messages of a client share. */
final class MessageRules {
    /** No client gives a request up that soon. */
    private static final long SHORT = Duration.ofSeconds(1).toNanos();

    @Rule(
            id = "client/json-rpc",
            level = MUST,
            eras = {LEGACY, MODERN},
            title = "Each message of the client is a JSON-RPC 2.0 message",
            source = "basic, Messages and Responses")
    void jsonRpc(ClientUnderTest client) {
        for (var call : Messages.usualPosts(client)) {
            for (var message : call.messages()) {
                if (!Json.isVersion2(message)) {
                    throw client.violation(
                            "\"jsonrpc\":\"2.0\" in " + call.describe(),
                            message.has("jsonrpc") ? "it is " + message.get("jsonrpc") : "there is no jsonrpc",
                            call);
                }
                if (!Json.isResponse(message) && !message.path("method").isString()) {
                    throw client.violation(
                            "a method, or a result or an error, in " + call.describe(),
                            message.has("method") ? "the method is " + message.get("method") : "there is none",
                            call);
                }
                if (Json.isResponse(message)) {
                    mustBeResponse(client, call, message);
                }
            }
        }
        if (client.isOnStage()) {
            Sessions.usual(client, trace -> mustAnswerWhatWasAsked(client, trace));
        }
    }

    /** A field that is null counts as one that is not there. */
    private static void mustBeResponse(ClientUnderTest client, Call call, JsonNode response) {
        var error = response.path("error");
        boolean failed = !error.isMissingNode() && !error.isNull();
        if (failed
                && !response.path("result").isMissingNode()
                && !response.path("result").isNull()) {
            throw client.violation("a result or an error in a response", "it holds both: " + cut(response), call);
        }
        if (!failed && !response.path("result").isObject()) {
            throw client.violation("an object as the result of a response", "it is " + cut(response), call);
        }
        if (failed
                && !(error.path("code").isNumber()
                        && Json.isStringOrInteger(error.path("code"))
                        && error.path("message").isString())) {
            throw client.violation(
                    "an integer as the code of an error, and a text as its message", "it is " + cut(response), call);
        }
    }

    /** @return how many answers there were */
    private static int mustAnswerWhatWasAsked(ClientUnderTest client, Trace trace) {
        var asked = trace.endpoint()
                .flatMap(c -> c.events().stream())
                .flatMap(e -> e.message().stream())
                .filter(Json::isRequest)
                .map(m -> Json.idKey(m.get("id")))
                .collect(Collectors.toSet());
        var answers = trace.legacy().filter(Call::isResponse).toList();
        answers.forEach(call -> {
            var id = call.message().get().get("id");
            // An error may be about what could not be read, and then has no id.
            boolean unread = (id == null || id.isNull()) && call.message().get().has("error");
            if (!unread && (id == null || !asked.contains(Json.idKey(id)))) {
                throw client.violation(
                        "the id of a request of the server in the response to it",
                        "the client answered " + (id == null ? "without an id" : "to " + id)
                                + ", and was never asked that",
                        call);
            }
        });
        return answers.size();
    }

    private static String cut(JsonNode message) {
        return Text.cut(message.toString(), 200);
    }

    @Rule(
            id = "client/progress-token",
            level = MUST,
            eras = {LEGACY, MODERN},
            unless = NO_PROGRESS_TOKEN,
            title = "A progress token is a string or an integer",
            source = "basic/utilities/progress, Progress Flow; basic/patterns/progress, Progress Flow")
    void progressToken(ClientUnderTest client) {
        boolean looked = false;
        for (var call : Messages.usualPosts(client)) {
            for (var message : call.messages()) {
                var token = message.path("params").path("_meta").path("progressToken");
                if (token.isMissingNode()) {
                    continue;
                }
                looked = true;
                if (!Json.isStringOrInteger(token)) {
                    throw client.violation("a string or an integer as the progress token", "it is " + token, call);
                }
            }
        }
        if (!looked) {
            throw RuleAbortedException.notApplicable(NO_PROGRESS_TOKEN);
        }
    }

    @Rule(
            id = "client/progress-token-unique",
            level = MUST,
            eras = {LEGACY, MODERN},
            once = true,
            unless = NO_PROGRESS_TOKEN,
            title = "A progress token belongs to one open request",
            source = "basic/utilities/progress, Progress Flow; basic/patterns/progress, Progress Flow")
    void progressTokenUnique(ClientUnderTest client) {
        var trace = client.play(client.isLive() ? Scripts.PARALLEL : Scripts.PLAIN);
        var open = new ArrayList<Call>();
        boolean asked = false;
        boolean together = false;
        for (var call : Messages.of(client, trace)) {
            var token = token(call);
            if (!Json.isStringOrInteger(token)) {
                continue;
            }
            asked = true;
            open.removeIf(other -> !isOpen(trace, other, call));
            together |= !open.isEmpty();
            for (var other : open) {
                if (Json.sameId(token, token(other))
                        && Messages.sameClient(client, trace, call, other)
                        && !other.body().equals(call.body())) {
                    // Somebody else's client may have given the first one up, and told nobody.
                    Sessions.found(
                            client,
                            client.isLive() || trace.rounding() == 0 && call.arrivedAt() - other.arrivedAt() < SHORT,
                            "a progress token that no open request has",
                            call.describe() + " has the token " + token + ", as " + other.describe()
                                    + " which was not answered yet",
                            call);
                }
            }
            open.add(call);
        }
        if (!asked) {
            throw RuleAbortedException.notApplicable(NO_PROGRESS_TOKEN);
        }
        if (!together) {
            throw RuleAbortedException.notTestable("no two requests with a progress token were open at once");
        }
    }

    private static JsonNode token(Call call) {
        return call.isRequest()
                ? call.params().path("_meta").path("progressToken")
                : Json.object().path("progressToken");
    }

    /** Whether a request was open for certain when another arrived: neither answered, nor given up by the client. */
    private static boolean isOpen(Trace trace, Call request, Call when) {
        long until = request.isStream()
                ? request.responseAt().orElse(request.ending() == Ending.OPEN ? Long.MAX_VALUE : request.endedAt())
                : request.answeredAt() == 0 ? Long.MAX_VALUE : request.answeredAt();
        // Archives do not tell when the events of a stream came.
        return request.ending() != Ending.ABANDONED
                && !(request.isStream() && trace.rounding() > 0)
                && until - trace.rounding() > when.arrivedAt()
                && trace.after(request)
                        .takeWhile(c -> c.number() < when.number())
                        .flatMap(c -> c.messages().stream())
                        .noneMatch(m -> m.path("method").asString("").equals("notifications/cancelled")
                                && Json.sameId(
                                        m.path("params").get("requestId"),
                                        request.id().orElse(null)));
    }

    @Rule(
            id = "client/utf-8",
            level = MUST,
            eras = {LEGACY, MODERN},
            once = true,
            title = "The messages of the client are in UTF-8",
            source = "basic/transports, first paragraph; in 2026-07-28 basic/transports, Messages")
    void utf8(ClientUnderTest client) {
        var trace = client.play(client.isLive() ? Scripts.FOREIGN_TEXT : Scripts.PLAIN);
        // What cannot be read does not say of which revision it is.
        var posts = client.isLive() ? trace.endpoint().filter(Call::isPost).toList() : Messages.posts(client, trace);
        boolean known = false;
        boolean foreign = false;
        for (var call : posts) {
            var utf8 = call.body().utf8();
            if (call.header("Content-Encoding").isPresent()) {
                // Its bytes are not those of the message.
                continue;
            }
            if (utf8.isPresent() && !utf8.get()) {
                throw client.violation(
                        "a message in UTF-8",
                        "the body is none: " + Text.cut(call.body().text(), 200),
                        call);
            }
            known |= utf8.isPresent();
            foreign |= utf8.isPresent() && call.body().text().chars().anyMatch(c -> c > 0x7e);
        }
        if (!known) {
            throw RuleAbortedException.notTestable("the trace keeps the text of messages, and not their bytes");
        }
        if (!foreign) {
            throw RuleAbortedException.notTestable(
                    "all that the client sent is ASCII, which is the same in most encodings");
        }
    }

    @Rule(
            id = "client/token-not-in-query",
            level = MUST,
            eras = {LEGACY, MODERN},
            once = true,
            title = "An access token is no part of the URL",
            source = "basic/authorization, Access Token Usage, Token Requirements")
    void tokenNotInQuery(ClientUnderTest client) {
        var trace = client.play(Scripts.TOKEN);
        var tokens = Stream.concat(
                        trace.calls().stream()
                                .flatMap(c -> c.headerValues("Authorization").stream())
                                .map(v -> v.substring(v.lastIndexOf(' ') + 1)),
                        client.isLive() ? Stream.of(Stage.TOKEN) : Stream.of())
                .filter(t -> !t.isEmpty())
                .collect(Collectors.toSet());
        boolean shown = false;
        for (var call : trace.calls()) {
            var in = parameters(call)
                    .filter(p -> p.name().equalsIgnoreCase("access_token") || tokens.contains(p.value()))
                    .findFirst();
            if (in.isPresent()) {
                var observation = call.describe() + " has one in the parameter "
                        + in.get().name();
                if (!client.isLive()) {
                    throw client.suspicion(
                            "the access token in the header Authorization alone",
                            observation + ", unless that was part of the URL that the client was given",
                            call);
                }
                throw client.violation("the access token in the header Authorization alone", observation, call);
            }
            shown |= call.header("Authorization").isPresent();
        }
        if (!shown) {
            throw RuleAbortedException.notTestable(
                    "no request carries a token; a client that takes steps gets one in MCP_SESSION_TOKEN");
        }
    }

    private record Parameter(String name, String value) {}

    private static Stream<Parameter> parameters(Call call) {
        int query = call.target().indexOf('?');
        return query < 0
                ? Stream.of()
                : Arrays.stream(call.target().substring(query + 1).split("&")).map(pair -> {
                    var parts = pair.split("=", 2);
                    return new Parameter(decoded(parts[0]), parts.length < 2 ? "" : decoded(parts[1]));
                });
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }
}
