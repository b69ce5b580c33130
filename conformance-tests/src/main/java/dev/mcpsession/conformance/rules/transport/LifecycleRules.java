package dev.mcpsession.conformance.rules.transport;

import static dev.mcpsession.conformance.rule.Level.MUST;
import static dev.mcpsession.conformance.rule.Level.SHOULD;
import static dev.mcpsession.conformance.rule.Revision.V2025_03_26;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Json;
import dev.mcpsession.conformance.rule.LevelIn;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.run.Undecided;
import dev.mcpsession.conformance.run.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** What the lifecycle asks of a server, as far as it shows in the transport. */
public final class LifecycleRules {
    private static final Duration WATCH = Duration.ofMillis(300);

    @Rule(id = "transport/initialize-result", level = MUST,
            title = "The answer to initialize names the server's revision, capabilities, name and version",
            source = "basic/lifecycle, Initialization")
    void initializeResult(Client client) {
        var opening = Conversation.open(client).opening();
        var result = opening.result().orElseThrow();
        var missing = new ArrayList<String>();
        check(missing, "protocolVersion", result.path("protocolVersion").isString());
        check(missing, "capabilities", result.path("capabilities").isObject());
        check(missing, "serverInfo.name", result.path("serverInfo").path("name").isString());
        check(missing, "serverInfo.version", result.path("serverInfo").path("version").isString());
        opening.mustHave(missing.isEmpty(), "protocolVersion, capabilities and serverInfo with name and version",
                "missing or of another type: " + String.join(", ", missing));
    }

    private static void check(List<String> missing, String field, boolean there) {
        if (!there) {
            missing.add(field);
        }
    }

    @Rule(id = "transport/no-requests-before-initialized", level = SHOULD,
            title = "Before the initialized notification the server sends no requests but pings",
            source = "basic/lifecycle, Initialization")
    void noRequestsBeforeInitialized(Client client) {
        var initialize = client.initialize();
        var capabilities = initialize.withObject("params").withObject("capabilities");
        capabilities.putObject("roots").put("listChanged", true);
        capabilities.putObject("sampling");
        var talk = Conversation.begin(client, initialize);
        var stream = listen(talk);
        stream.ifPresent(s -> s.await(() -> !requests(s, m -> true).isEmpty(), WATCH));
        mustNotAsk(streams(talk.opening(), stream), m -> true,
                "no request but ping before the initialized notification");
    }

    @Rule(id = "transport/undeclared-capability-unused", level = MUST,
            levels = @LevelIn(revision = V2025_03_26, level = SHOULD),
            title = "The server makes no requests that need a capability which the client did not declare",
            source = "basic/lifecycle, Operation")
    void undeclaredCapabilityUnused(Client client) {
        var talk = Conversation.open(client);
        var stream = listen(talk);
        var list = talk.request("tools/list").send();
        talk.notification().send();
        stream.ifPresent(s -> s.await(() -> !requests(s, LifecycleRules::needsCapability).isEmpty(), WATCH));
        var seen = streams(talk.opening(), stream);
        if (list.isEventStream()) {
            seen.add(list);
        }
        mustNotAsk(seen, LifecycleRules::needsCapability, "no request that needs a capability of the client's");
    }

    private static boolean needsCapability(JsonNode request) {
        var method = request.path("method").asString("");
        return method.startsWith("roots/") || method.startsWith("sampling/") || method.startsWith("elicitation/");
    }

    /** A GET stream, where the server opens one at once. */
    private static Optional<Exchange> listen(Conversation talk) {
        try {
            return Optional.of(talk.listen());
        } catch (Undecided e) {
            return Optional.empty();
        }
    }

    private static List<Exchange> streams(Exchange opening, Optional<Exchange> stream) {
        var streams = new ArrayList<Exchange>();
        if (opening.isEventStream()) {
            streams.add(opening);
        }
        stream.ifPresent(streams::add);
        return streams;
    }

    private static void mustNotAsk(List<Exchange> streams, Predicate<JsonNode> kind, String expected) {
        if (streams.isEmpty()) {
            throw Undecided.notApplicable("the server opened no stream that it could have sent a request on");
        }
        for (var stream : streams) {
            for (var request : requests(stream, kind)) {
                throw new Violation(expected, request.path("method") + " came on " + stream.describe(), stream);
            }
        }
    }

    private static List<JsonNode> requests(Exchange stream, Predicate<JsonNode> kind) {
        return Json.singly(stream.messages()).stream().filter(Json::isRequest)
                .filter(m -> !m.path("method").asString("").equals("ping")).filter(kind).toList();
    }
}
