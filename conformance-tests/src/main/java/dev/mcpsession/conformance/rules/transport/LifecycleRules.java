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
import dev.mcpsession.conformance.run.Verdict;
import dev.mcpsession.conformance.run.Violation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** What the lifecycle asks of a server, as far as it shows in the transport. */
public final class LifecycleRules {
    private static final Duration WATCH = Duration.ofMillis(300);

    @Rule(id = "transport/undeclared-capability-unused", level = MUST,
            levels = @LevelIn(revision = V2025_03_26, level = SHOULD),
            title = "The server makes no requests that need a capability which the client did not declare",
            source = "basic/lifecycle, Operation")
    void undeclaredCapabilityUnused(Client client) {
        var talk = Conversation.open(client);
        var stream = listen(talk);
        var list = talk.request("tools/list").send();
        talk.notification().send();
        stream.ifPresent(s -> s.await(() -> !requests(s).isEmpty(), WATCH));
        var seen = Stream.concat(Stream.of(talk.opening(), list).filter(Exchange::isEventStream), stream.stream())
                .toList();
        if (seen.isEmpty()) {
            throw Undecided.notApplicable("the server opened no stream that it could have sent a request on");
        }
        for (var each : seen) {
            for (var request : requests(each)) {
                throw new Violation("no request that needs a capability of the client's",
                        request.path("method") + " came on " + each.describe(), each);
            }
        }
    }

    /** A GET stream, where the server opens one. */
    private static Optional<Exchange> listen(Conversation talk) {
        try {
            return Optional.of(talk.listen());
        } catch (Undecided e) {
            if (e.verdict() == Verdict.NOT_APPLICABLE) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static List<JsonNode> requests(Exchange stream) {
        return Json.singly(stream.messages()).stream().filter(Json::isRequest).filter(request -> {
            var method = request.path("method").asString("");
            return method.startsWith("roots/") || method.startsWith("sampling/") || method.startsWith("elicitation/");
        }).toList();
    }
}
