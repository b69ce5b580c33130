package dev.mcpsession.conformance.rules.transport;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.LATE_HEAD;
import static dev.mcpsession.conformance.judgement.Unless.NO_STREAM;
import static dev.mcpsession.conformance.judgement.Unless.NO_STREAM_FOR_GET;
import static dev.mcpsession.conformance.protocol.Revision.V2025_03_26;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.LevelIn;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Rules on the lifecycle, as far as it shows in the transport. */
public final class LifecycleRules {
    private static final Duration WATCH = Duration.ofMillis(300);
    private static final int ATTEMPTS = 3;
    private static final Predicate<String> NO_PING = method -> !method.equals("ping");
    private static final Predicate<String> NEEDS_CAPABILITY = method ->
            method.startsWith("roots/") || method.startsWith("sampling/") || method.startsWith("elicitation/");

    @Rule(
            id = "transport/initialize-result",
            level = MUST,
            title = "The answer to initialize names the server's revision, capabilities, name and version",
            source = "basic/lifecycle, Initialization")
    void initializeResult(Client client) {
        var opening = Conversation.open(client).opening();
        var result = opening.result().orElseThrow();
        var missing = new ArrayList<String>();
        check(missing, "protocolVersion", result.path("protocolVersion").isString());
        check(missing, "capabilities", result.path("capabilities").isObject());
        check(missing, "serverInfo.name", result.path("serverInfo").path("name").isString());
        check(
                missing,
                "serverInfo.version",
                result.path("serverInfo").path("version").isString());
        opening.mustHave(
                missing.isEmpty(),
                "protocolVersion, capabilities and serverInfo with name and version",
                "missing or of another type: " + String.join(", ", missing));
    }

    private static void check(List<String> missing, String field, boolean there) {
        if (!there) {
            missing.add(field);
        }
    }

    @Rule(
            id = "transport/no-requests-before-initialized",
            level = SHOULD,
            waits = true,
            sessions = 3,
            unless = {NO_STREAM_FOR_GET, LATE_HEAD, NO_STREAM},
            title = "Before the initialized notification the server sends no requests but pings",
            source = "basic/lifecycle, Initialization")
    void noRequestsBeforeInitialized(Client client) {
        // A request that the server makes at its own time may come before the notification only now and then.
        several(client, LifecycleRules::mustNotAskBeforeInitialized);
    }

    private static void mustNotAskBeforeInitialized(Client client) {
        var initialize = client.initialize();
        var capabilities = initialize.withObject("params").withObject("capabilities");
        capabilities.putObject("roots").put("listChanged", true);
        capabilities.putObject("sampling");
        var talk = Conversation.begin(client, initialize);
        var stream = listen(talk);
        stream.ifPresent(s -> s.await(() -> !requests(s, NO_PING).isEmpty(), WATCH));
        mustNotAsk(
                Stream.concat(Stream.of(talk.opening()), stream.stream()),
                NO_PING,
                "no request but ping before the initialized notification",
                talk.session().isPresent());
    }

    @Rule(
            id = "transport/undeclared-capability-unused",
            level = MUST,
            waits = true,
            sessions = 3,
            levels = @LevelIn(revision = V2025_03_26, level = SHOULD),
            unless = {NO_STREAM_FOR_GET, LATE_HEAD, NO_STREAM},
            title = "The server makes no requests that need a capability which the client did not declare",
            source = "basic/lifecycle, Operation")
    void undeclaredCapabilityUnused(Client client) {
        several(client, LifecycleRules::mustNotUseUndeclaredCapability);
    }

    private static void several(Client client, Consumer<Client> attempt) {
        for (int i = 0; i < ATTEMPTS; i++) {
            attempt.accept(client);
        }
    }

    private static void mustNotUseUndeclaredCapability(Client client) {
        var talk = Conversation.open(client);
        var stream = listen(talk);
        var list = talk.request("tools/list").send();
        talk.notification().send();
        stream.ifPresent(s -> s.await(() -> !requests(s, NEEDS_CAPABILITY).isEmpty(), WATCH));
        mustNotAsk(
                Stream.concat(Stream.of(talk.opening(), list), stream.stream()),
                NEEDS_CAPABILITY,
                "no request that needs a capability of the client's",
                talk.session().isPresent());
    }

    /** Without sessions, the server may take this client for another, with other capabilities, that runs beside it. */
    private static void mustNotAsk(
            Stream<Exchange> exchanges, Predicate<String> methods, String expected, boolean sessions) {
        var streams = exchanges.filter(Exchange::isEventStream).toList();
        if (streams.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_STREAM);
        }
        for (var stream : streams) {
            for (var request : requests(stream, methods)) {
                var got = request.path("method") + " came on " + stream.describe();
                throw sessions ? new Violation(expected, got, stream) : new Suspicion(expected, got, stream);
            }
        }
    }

    /** A GET stream, where the server opens one. */
    private static Optional<Exchange> listen(Conversation talk) {
        try {
            return Optional.of(talk.listen());
        } catch (RuleAbortedException e) {
            if (e.verdict() == Verdict.NOT_APPLICABLE) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static List<JsonNode> requests(Exchange stream, Predicate<String> methods) {
        return Json.singly(stream.messages()).stream()
                .filter(Json::isRequest)
                .filter(request -> methods.test(request.path("method").asString("")))
                .toList();
    }
}
