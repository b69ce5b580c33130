package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.CHANGES_NOT_TOLD;
import static dev.mcpsession.conformance.judgement.Unless.NO_SUBSCRIPTIONS;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.rule.Requires.LAUNCH;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.modern.Samples.Sample;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.LaunchSettings.IdleTimeoutSetting;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The streams of changes that clients subscribe to. */
public final class SubscriptionRules {
    private static final String UPDATED = "notifications/resources/updated";
    private static final String ACKNOWLEDGMENT = "basic/patterns/subscriptions, Acknowledgment";
    /** How long a stream is watched for what must not come. */
    private static final Duration WATCH = Duration.ofMillis(300);
    /** A server notices a closed connection when it next writes to it, and a busy machine is late to do so. */
    private static final Duration NOTICED = Duration.ofSeconds(1);

    @Rule(
            id = "modern/listen-offered",
            level = ADVICE,
            eras = MODERN,
            unless = CHANGES_NOT_TOLD,
            title = "A server that declares that it tells of changes can be asked to",
            source = "basic/patterns/subscriptions, Opening a Stream; server/tools, Capabilities")
    void listenOffered(Client client) {
        var capabilities = Calls.capabilities(client);
        boolean declared = List.of("tools", "prompts", "resources").stream()
                        .anyMatch(k -> capabilities.path(k).path("listChanged").asBoolean(false))
                || capabilities.path("resources").path("subscribe").asBoolean(false);
        if (!declared) {
            throw RuleAbortedException.notApplicable(CHANGES_NOT_TOLD);
        }
        var stream =
                client.post(Subscriptions.listen(client, Subscriptions.all())).start();
        stream.awaitHead(client.patience());
        stream.await(() -> !stream.messages().isEmpty(), client.patience());
        boolean unknown = Calls.status(stream) == 404
                || Calls.code(stream).filter(c -> c == -32601).isPresent();
        stream.mustHave(
                !unknown,
                "subscriptions/listen to be offered, since the server declares that it tells of changes",
                "got " + Calls.describe(stream));
    }

    @Rule(
            id = "modern/subscription-acknowledged-first",
            level = MUST,
            eras = MODERN,
            unless = NO_SUBSCRIPTIONS,
            title = "The first message on the stream of a subscription is its acknowledgement",
            source = ACKNOWLEDGMENT)
    void subscriptionAcknowledgedFirst(Client client) {
        var stream = Subscriptions.open(client, Subscriptions.listen(client, Subscriptions.all()));
        if (stream.messages().isEmpty()) {
            throw new Suspicion("the subscription to be acknowledged", "no message came on its stream", stream);
        }
        var first = stream.messages().get(0);
        stream.mustHave(
                Subscriptions.ACKNOWLEDGED.equals(first.path("method").asString("")),
                "the acknowledgement as the first message of a subscription",
                "it was " + first);
    }

    @Rule(
            id = "modern/subscription-acknowledged-subset",
            level = ADVICE,
            eras = MODERN,
            unless = NO_SUBSCRIPTIONS,
            title = "The acknowledgement names nothing that was not asked for",
            source = ACKNOWLEDGMENT)
    void subscriptionAcknowledgedSubset(Client client) {
        var asked = Json.object().put("toolsListChanged", true);
        var stream = Subscriptions.open(client, Subscriptions.listen(client, asked));
        var honoured = Subscriptions.acknowledgement(stream).path("params").path("notifications");
        stream.mustHave(honoured.isObject(), "the acknowledgement to have notifications", "it has " + honoured);
        for (var field : honoured.properties()) {
            boolean empty = field.getValue().isArray() && field.getValue().isEmpty()
                    || field.getValue().isBoolean() && !field.getValue().asBoolean();
            stream.mustHave(
                    empty || field.getKey().equals("toolsListChanged"),
                    "the acknowledgement to name nothing but toolsListChanged, which alone was asked for",
                    "it names " + honoured);
        }
    }

    @Rule(
            id = "modern/subscription-id",
            level = MUST,
            waits = true,
            eras = MODERN,
            unless = NO_SUBSCRIPTIONS,
            title = "Everything on the stream of a subscription carries the id of the request that opened it",
            source = ACKNOWLEDGMENT + "; Receiving Notifications; basic/index, _meta")
    void subscriptionId(Client client) {
        var number = Subscriptions.listen(client, Subscriptions.all());
        var text = Subscriptions.listen(client, Subscriptions.all()).put("id", "kit-" + client.nextId());
        var byNumber = Subscriptions.open(client, number);
        var byText = Subscriptions.open(client, text);
        client.pause(WATCH);
        mustCarry(byNumber, number.get("id"));
        mustCarry(byText, text.get("id"));
    }

    private static void mustCarry(Exchange stream, JsonNode id) {
        Subscriptions.acknowledgement(stream);
        for (var message : stream.messages()) {
            if (message.has("error")) {
                continue;
            }
            var carried = message.path(message.has("result") ? "result" : "params")
                    .path("_meta")
                    .path(Client.META_PREFIX + "subscriptionId");
            stream.mustHave(
                    Calls.same(carried, id),
                    "everything on the stream to carry the subscriptionId " + id,
                    (carried.isMissingNode() ? "none is" : "it is " + carried) + " in " + message);
        }
    }

    @Rule(
            id = "modern/subscription-only-requested",
            level = MUST,
            waits = true,
            eras = MODERN,
            unless = NO_SUBSCRIPTIONS,
            title = "The stream of a subscription carries no notifications but those that were asked for",
            source = "basic/patterns/subscriptions, Opening a Stream; "
                    + "basic/transports/streamable-http, Receiving Messages")
    void subscriptionOnlyRequested(Client client) {
        var nothing = Subscriptions.open(client, Subscriptions.listen(client, Json.object()));
        var prompts = Subscriptions.open(
                client, Subscriptions.listen(client, Json.object().put("promptsListChanged", true)));
        var lists = Subscriptions.tryOpen(client, Subscriptions.all());
        var resources = resources(client);
        var one = resources.stream().findFirst().flatMap(uri -> Subscriptions.tryOpen(client, of(uri)));
        Subscriptions.acknowledgement(nothing);
        Subscriptions.acknowledgement(prompts);
        // Something to tell of, for a server that would tell it on the wrong stream.
        if (client.target().slowTool().isPresent()) {
            var call = client.slowCall();
            Calls.meta(call).put("progressToken", "kit-progress").put(Client.META_PREFIX + "logLevel", "debug");
            client.post(call).send(Calls.slowPatience(client));
        }
        client.pause(WATCH);
        mustCarryOnly(nothing, Set.of());
        mustCarryOnly(prompts, Set.of("notifications/prompts/list_changed"));
        lists.ifPresent(stream -> mustCarryOnly(
                stream,
                Set.of(
                        "notifications/tools/list_changed",
                        "notifications/prompts/list_changed",
                        "notifications/resources/list_changed")));
        one.ifPresent(stream -> {
            mustCarryOnly(stream, Set.of(UPDATED));
            mustTellOf(stream, resources.get(0), resources);
        });
    }

    /** The URIs of the resources on the first page of their list; none where the server does not tell of updates. */
    private static List<String> resources(Client client) {
        if (!Calls.capabilities(client).path("resources").path("subscribe").asBoolean(false)) {
            return List.of();
        }
        var list = client.post(client.request("resources/list")).send();
        return list.result().stream()
                .flatMap(r -> r.path("resources").valueStream())
                .map(r -> r.path("uri").asString(""))
                .filter(uri -> !uri.isEmpty())
                .toList();
    }

    private static ObjectNode of(String uri) {
        var filter = Json.object();
        filter.putArray("resourceSubscriptions").add(uri);
        return filter;
    }

    /** Checks that updates are those of a resource, or of something below it, which may have any URI of its own. */
    private static void mustTellOf(Exchange stream, String asked, List<String> listed) {
        for (var message : stream.messages()) {
            var uri = message.path("params").path("uri").asString("");
            boolean other = message.path("method").asString("").equals(UPDATED)
                    && listed.contains(uri)
                    && !uri.startsWith(asked);
            stream.mustHave(
                    !other,
                    "only what was asked for on the stream of a subscription, updates of " + asked,
                    "it carried " + message);
        }
    }

    private static void mustCarryOnly(Exchange stream, Set<String> asked) {
        for (var message : stream.messages()) {
            var method = message.path("method").asString("");
            // Two pages of the specification disagree on whether a server may end a subscription with a notification.
            boolean fine = method.isEmpty()
                    || method.equals(Subscriptions.ACKNOWLEDGED)
                    || method.equals("notifications/cancelled")
                    || asked.contains(method);
            stream.mustHave(fine, "only what was asked for on the stream of a subscription", "it carried " + message);
        }
    }

    // ---- beside one another ----

    @Rule(
            id = "modern/subscriptions-apart",
            level = MUST,
            waits = true,
            eras = MODERN,
            unless = NO_SUBSCRIPTIONS,
            title = "Closing a subscription ends no other, not one with its id either, and open ones hold up no "
                    + "request",
            source = "basic/transports/streamable-http, Cancellation; basic/patterns/subscriptions, Cancellation; "
                    + "basic/patterns, "
                    + "Subscribe and Notify")
    void subscriptionsApart(Client client) {
        var samples = Samples.answered(Samples.of(client));
        if (lives(client, samples, false).awaitEnd(NOTICED)) {
            throw RuleAbortedException.inconclusive("the server ends subscriptions of its own accord");
        }
        var other = lives(client, samples, true);
        if (other.awaitEnd(NOTICED)) {
            throw new Suspicion(
                    "another client's subscription with the same id to stay open when one is closed",
                    "it ended, which one that was as old did not when none was closed",
                    other);
        }
        Subscriptions.acknowledgement(other);
    }

    /** Opens two subscriptions with the same id, makes requests beside, and closes one or not; tells of the other. */
    private static Exchange lives(Client client, List<Sample> samples, boolean close) {
        // An id of this time alone: a server may close what an earlier time left open only now.
        var id = "same-" + UUID.randomUUID();
        var one = subscribe(client.overNewConnections(), id);
        var other = subscribe(client.overNewConnections(), id);
        for (var sample : samples) {
            var reply = sample.send(sample.request(client, m -> m.put("id", id)));
            if (!sample.isServed(reply)) {
                Calls.status(reply);
                throw new Suspicion(
                        sample + " to be served while subscriptions are open", "got " + Calls.describe(reply), reply);
            }
        }
        if (one.ended() || other.ended()) {
            throw RuleAbortedException.inconclusive("the server ends subscriptions of its own accord");
        }
        if (close) {
            one.close();
        }
        return other;
    }

    private static Exchange subscribe(Client client, String id) {
        var stream = Subscriptions.open(
                client, Subscriptions.listen(client, Subscriptions.all()).put("id", id));
        Subscriptions.acknowledgement(stream);
        return stream;
    }

    @Rule(
            id = "modern/subscription-graceful-end",
            level = SHOULD,
            eras = MODERN,
            requires = LAUNCH,
            unless = NO_SUBSCRIPTIONS,
            title = "A server that is told to end answers its subscriptions before it goes",
            source = "basic/patterns/subscriptions, Graceful Closure")
    void subscriptionGracefulEnd(Client client) {
        Samples.of(client);
        var launch = client.launch(client.target()
                .idleTimeout()
                .map(t -> LaunchSettings.withIdleTimeout(IdleTimeoutSetting.ofMillis(t.toMillis())))
                .orElseGet(LaunchSettings::withoutIdleTimeout));
        if (!(launch instanceof ServerLauncher.Serving server)) {
            throw RuleAbortedException.inconclusive("another server of this kind could not be started: " + launch);
        }
        var own = client.at(server.uri());
        var stream = Subscriptions.open(own, Subscriptions.listen(own, Subscriptions.all()));
        Subscriptions.acknowledgement(stream);
        if (stream.ended()) {
            throw RuleAbortedException.inconclusive("the server ended the subscription before it was told to end");
        }
        server.close();
        stream.awaitEnd(client.patience());
        // The page on cancellation has a notification in place of the response, so that either is right.
        boolean told = stream.response().isPresent()
                || stream.messages().stream()
                        .anyMatch(m -> m.path("method").asString("").equals("notifications/cancelled"));
        if (!told) {
            throw new Suspicion(
                    "a response on the stream of a subscription before the server ends",
                    "the stream ended without one",
                    stream);
        }
        stream.result()
                .ifPresent(r -> stream.mustHave(
                        Calls.same(
                                r.path("_meta").path(Client.META_PREFIX + "subscriptionId"),
                                stream.requestId().orElseThrow()),
                        "the last response to carry the subscriptionId",
                        "it is " + r));
    }
}
