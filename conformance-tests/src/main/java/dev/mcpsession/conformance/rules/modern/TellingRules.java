package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.LOGGING_NOT_DECLARED;
import static dev.mcpsession.conformance.judgement.Unless.NO_LOG_MESSAGES;
import static dev.mcpsession.conformance.judgement.Unless.NO_PROGRESS;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Rules on the messages about a call while the server works at it: progress and logging. */
public final class TellingRules {
    private static final String PROGRESS = "notifications/progress";
    private static final String LOG = "notifications/message";
    private static final String FLOW = "basic/patterns/progress, Progress Flow";
    private static final String LOGGING = "server/utilities/logging, ";
    private static final String LOG_LEVEL = Client.META_PREFIX + "logLevel";
    private static final int INVALID_PARAMS = -32602;
    /** How long a stream is watched for what must not come after the response. */
    private static final Duration WATCH = Duration.ofMillis(500);
    /** The levels, from the least severe to the most. */
    private static final List<String> LEVELS =
            List.of("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency");

    // ---- progress ----

    @Rule(
            id = "modern/progress-increases",
            level = MUST,
            eras = MODERN,
            requires = SLOW_TOOL,
            unless = NO_PROGRESS,
            title = "Progress is a number that grows with each notification",
            source = FLOW)
    void progressIncreases(Client client) {
        var call = call(client, "kit-progress");
        await(client, call);
        JsonNode before = null;
        for (var message : told(call)) {
            var progress = message.path("params").path("progress");
            call.mustHave(progress.isNumber(), "the progress to be a number", "it is " + message);
            call.mustHave(
                    before == null || progress.asDouble() > before.asDouble(),
                    "progress to grow with each notification",
                    "it was " + before + " and then " + progress);
            before = progress;
        }
        needProgress(before != null);
    }

    @Rule(
            id = "modern/progress-own-token",
            level = MUST,
            eras = MODERN,
            requires = SLOW_TOOL,
            unless = NO_PROGRESS,
            title = "Of calls at the same time each is told of its own progress, by the token that it gave, or not "
                    + "at all",
            source = "basic/patterns/progress, Behavior Requirements; " + FLOW)
    void progressOwnToken(Client client) {
        Samples.of(client);
        var factory = JsonNodeFactory.instance;
        var tokens = List.<Optional<JsonNode>>of(
                Optional.of(factory.stringNode("kit-text")),
                Optional.of(factory.numberNode(4711)),
                Optional.of(factory.stringNode("4711")),
                Optional.empty());
        // Each as a client of its own, which all count from the same number.
        var calls = tokens.stream()
                .map(token -> {
                    var own = client.overNewConnections();
                    var message = own.slowCall().put("id", "same");
                    token.ifPresent(t -> Calls.meta(message).set("progressToken", t));
                    return own.post(message).start();
                })
                .toList();
        calls.forEach(call -> await(client, call));
        boolean any = false;
        for (int i = 0; i < calls.size(); i++) {
            var call = calls.get(i);
            for (var message : told(call)) {
                any = true;
                var token = message.path("params").path("progressToken");
                var own = tokens.get(i);
                call.mustHave(
                        own.isPresent() && Calls.same(own.get(), token),
                        own.map(t -> "progress of the call that gave the token " + t)
                                .orElse("no progress for a call that gave no token"),
                        "its stream carried " + message);
            }
        }
        needProgress(any);
    }

    @Rule(
            id = "modern/progress-stops",
            level = MUST,
            eras = MODERN,
            requires = SLOW_TOOL,
            unless = NO_PROGRESS,
            title = "Nothing is told of a call after its response",
            source = "basic/patterns/progress, Implementation Notes")
    void progressStops(Client client) {
        var call = call(client, "kit-progress");
        await(client, call);
        call.awaitEnd(WATCH);
        boolean answered = false;
        for (var message : call.messages()) {
            call.mustHave(!answered, "nothing more of a call after its response", "its stream carried " + message);
            answered |= message.has("result") || message.has("error");
        }
        needProgress(!told(call).isEmpty());
    }

    /** Starts a call of the slow tool that wants to be told of its progress. */
    private static Exchange call(Client client, String token) {
        Samples.of(client);
        var message = client.slowCall();
        Calls.meta(message).put("progressToken", token);
        return client.post(message).start();
    }

    private static void await(Client client, Exchange call) {
        call.awaitHead(Calls.slowPatience(client));
        Calls.status(call);
        if (call.isEventStream()) {
            call.awaitResponse(Calls.slowPatience(client));
        }
        if (call.isEventStream() && call.response().isEmpty()) {
            throw RuleAbortedException.inconclusive(
                    "the call of the slow tool was not answered: " + Calls.describe(call));
        }
    }

    private static List<JsonNode> told(Exchange call) {
        return messages(call, PROGRESS);
    }

    private static List<JsonNode> messages(Exchange call, String method) {
        return call.messages().stream()
                .filter(m -> method.equals(m.path("method").asString("")))
                .toList();
    }

    private static void needProgress(boolean any) {
        if (!any) {
            throw RuleAbortedException.notApplicable(NO_PROGRESS);
        }
    }

    // ---- log messages ----

    @Rule(
            id = "modern/logging-declared",
            level = MUST,
            eras = MODERN,
            requires = SLOW_TOOL,
            unless = NO_LOG_MESSAGES,
            title = "A server that sends log messages declares the capability",
            source = LOGGING + "Capabilities")
    void loggingDeclared(Client client) {
        var logged = logged(client, "debug");
        if (messages(logged, LOG).isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_LOG_MESSAGES);
        }
        var capabilities = Calls.capabilities(client);
        logged.mustHave(
                capabilities.has("logging"),
                "a server that sends log messages to declare the capability logging",
                "it declares " + capabilities);
    }

    @Rule(
            id = "modern/log-level-kept",
            level = ADVICE,
            eras = MODERN,
            requires = SLOW_TOOL,
            unless = NO_LOG_MESSAGES,
            title = "No log messages are sent below the level that a request asks for",
            source = LOGGING + "Per-request log level")
    void logLevelKept(Client client) {
        if (messages(logged(client, "debug"), LOG).isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_LOG_MESSAGES);
        }
        var least = "error";
        var logged = logged(client, least);
        for (var message : messages(logged, LOG)) {
            int level = LEVELS.indexOf(message.path("params").path("level").asString(""));
            logged.mustHave(
                    level >= LEVELS.indexOf(least),
                    "log messages of the level " + least + " and above",
                    "its stream carried " + message);
        }
    }

    private static Exchange logged(Client client, String level) {
        Samples.of(client);
        var message = client.slowCall();
        Calls.meta(message).put(LOG_LEVEL, level);
        var call = client.post(message).start();
        await(client, call);
        return call;
    }

    @Rule(
            id = "modern/invalid-log-level",
            level = SHOULD,
            eras = MODERN,
            unless = LOGGING_NOT_DECLARED,
            title = "A server with log messages refuses a level that there is not with the error -32602",
            source = LOGGING + "Error Handling")
    void invalidLogLevel(Client client) {
        if (!Calls.capabilities(client).has("logging")) {
            throw RuleAbortedException.notApplicable(LOGGING_NOT_DECLARED);
        }
        for (var sample : Samples.answered(Samples.of(client))) {
            var reply =
                    sample.send(sample.request(client, m -> Calls.meta(m).put(LOG_LEVEL, "mcp-session-conformance")));
            Calls.whole(reply);
            reply.mustHave(
                    Calls.code(reply).equals(Optional.of(INVALID_PARAMS)),
                    "the error " + INVALID_PARAMS + " for a call of " + sample + " with a log level that there is not",
                    "got " + Calls.describe(reply));
        }
    }
}
