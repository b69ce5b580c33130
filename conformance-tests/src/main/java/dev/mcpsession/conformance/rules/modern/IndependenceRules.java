package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.NO_LISTS;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.modern.Samples.Sample;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** That each request stands by itself, whatever else is asked before it, beside it and over the same connection. */
public final class IndependenceRules {
    private static final String STATELESS = "basic/index, Statelessness";
    private static final int AT_ONCE = 8;
    /** As many requests at once as a client with many tasks may well have. */
    private static final int MANY = 30;

    private static final int ROUNDS = 3;
    private static final int METHOD_NOT_FOUND = -32601;
    private static final int INTERNAL_ERROR = -32603;
    /** How long a call is given to arrive, where no sign of it comes. */
    private static final Duration ARRIVAL = Duration.ofMillis(300);

    private static final Map<String, String> KEYS =
            Map.of("tools", "name", "prompts", "name", "resources", "uri", "resourceTemplates", "uriTemplate");

    // ---- connections ----

    @Rule(
            id = "modern/lists-independent",
            level = MUST,
            eras = MODERN,
            unless = NO_LISTS,
            title = "No list depends on the connection, nor on what was asked before",
            source = "server/tools, Capabilities; server/prompts, Capabilities; server/resources, Capabilities; "
                    + STATELESS)
    void listsIndependent(Client client) {
        var samples = Samples.of(client);
        var lists = samples.stream()
                .filter(s -> Samples.LISTS.containsKey(s.method()))
                .toList();
        if (lists.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_LISTS);
        }
        // Over a connection of which nothing can be remembered yet.
        var own = client.overNewConnections();
        var first = lists.stream().map(s -> names(s, s.send(s.request(own)))).toList();
        disturb(own, samples);
        mustBe(own, lists, first, "after other requests");
        var fresh = client.overNewConnections();
        mustBe(fresh, lists, first, "as the first request of a connection");
        mustBe(fresh, lists, first, "as the second request of a connection");
    }

    /** Makes requests that a server could wrongly take for a reason to list something else. */
    private static void disturb(Client client, List<Sample> samples) {
        // A stream that is closed takes its connection with it.
        Samples.answered(samples).forEach(s -> s.send(s.request(client)));
        client.post(client.callOfNoTool()).send();
        client.post(Samples.named(client, Samples.GET, "name", "mcp-session-conformance-no-such-prompt"))
                .send();
        var capable = client.request(Calls.LIST);
        var capabilities = Calls.meta(capable).putObject(Client.META_PREFIX + "clientCapabilities");
        List.of("roots", "sampling", "elicitation").forEach(capabilities::putObject);
        client.post(capable).send();
    }

    /** The names, URIs or templates of what a reply lists, sorted. */
    static List<String> names(Sample sample, Exchange reply) {
        var field = Samples.LISTS.get(sample.method());
        var names = new ArrayList<String>();
        Calls.result(reply)
                .path(field)
                .forEach(item -> names.add(item.path(KEYS.get(field)).asString("")));
        names.sort(null);
        return names;
    }

    private static void mustBe(Client client, List<Sample> lists, List<List<String>> first, String when) {
        for (int i = 0; i < lists.size(); i++) {
            var sample = lists.get(i);
            var reply = sample.send(sample.request(client));
            var names = names(sample, reply);
            if (!names.equals(first.get(i)) && isOfTheConnection(client, sample, first.get(i), names)) {
                throw new Suspicion(
                        "the list of " + sample.method().split("/", 2)[0] + " to be the same " + when,
                        "it was " + first.get(i) + " before and is " + names,
                        reply);
            }
        }
    }

    /**
     * Whether a list is as it was, over a connection that nothing was asked over, and stays otherwise over this one.
     * Else it has changed for a reason of the server's own, as it may at any time.
     */
    private static boolean isOfTheConnection(Client client, Sample sample, List<String> before, List<String> now) {
        var fresh = client.overNewConnections();
        var control = names(sample, sample.send(sample.request(fresh)));
        var again = names(sample, sample.send(sample.request(client)));
        if (!control.equals(before) || !again.equals(now)) {
            throw RuleAbortedException.inconclusive("the list of "
                    + sample.method().split("/", 2)[0] + " changed while it was compared, over every connection");
        }
        return true;
    }

    @Rule(
            id = "modern/any-connection",
            level = MUST,
            eras = MODERN,
            title = "Requests are served over any connection, whatever was or was not asked before",
            source = STATELESS)
    void anyConnection(Client client) {
        var usual = client.overNewConnections();
        for (var sample : Samples.answered(Samples.of(usual))) {
            // Of several requests at once, the last may get the connection of the first.
            var fresh = client.overNewConnections();
            mustBeServed(
                    usual, sample, sample.send(sample.request(fresh)), "over a connection that nothing else has used");
        }
    }

    @Rule(
            id = "modern/many-at-once",
            level = SHOULD,
            eras = MODERN,
            title = "Many requests at once are all served",
            source = STATELESS)
    void manyAtOnce(Client client) {
        var samples = Samples.answered(Samples.of(client));
        // On a busy machine, those that are sent together may be served one after the other.
        for (int round = 0; round < ROUNDS; round++) {
            var replies =
                    client.sendAll(MANY, i -> samples.get(i % samples.size()).request(client));
            for (int i = 0; i < MANY; i++) {
                mustBeServed(
                        client, samples.get(i % samples.size()), replies.get(i), "beside " + (MANY - 1) + " others");
            }
        }
    }

    private static void mustBeServed(Client usual, Sample sample, Exchange reply, String how) {
        mustBeAnswered(reply, "a response to " + sample + ", sent " + how);
        if (!sample.isServed(Calls.whole(reply))) {
            var expectation = sample + " to be served " + how;
            // What the server works with may fail. Any other refusal is looked at again, but not over a connection that
            // may happen to be a new one.
            if (Calls.code(reply).filter(c -> c != INTERNAL_ERROR).isPresent()) {
                throw new Suspicion(expectation, "got " + Calls.describe(reply), reply);
            }
            throw Samples.notServed(usual, sample, reply, expectation);
        }
    }

    /** A reply that the server ended, without a response in it, is none; a proxy that gave up looks alike. */
    private static void mustBeAnswered(Exchange reply, String expectation) {
        Calls.status(reply);
        boolean ended = reply.endedByServer() && reply.failure().isEmpty();
        if (reply.status() == 200 && ended && Calls.responses(reply).isEmpty()) {
            throw new Suspicion(expectation, "the reply ended without one: " + Calls.describe(reply), reply);
        }
    }

    // ---- ids ----

    @Rule(
            id = "modern/same-ids-do-not-cross",
            level = MUST,
            eras = MODERN,
            title = "Requests of different clients that happen to have the same id each get their own response",
            source = "basic/index, Result Responses; " + STATELESS)
    void sameIdsDoNotCross(Client client) {
        var samples = Samples.answered(Samples.of(client));
        var exchanges = new ArrayList<Exchange>();
        var others = new ArrayList<Exchange>();
        for (int i = 0; i < AT_ONCE / 2; i++) {
            // Over HTTP/2, requests of one client share a connection, and a client has each id once.
            samples.forEach(s -> exchanges.add(s.request(client.overNewConnections(), m -> m.put("id", "same"))
                    .start()));
            var another = client.overNewConnections();
            others.add(another.post(another.request(Calls.UNKNOWN_METHOD).put("id", "same"))
                    .start());
        }
        Request.completeAll(Stream.concat(exchanges.stream(), others.stream()).toList(), client.patience());
        for (int i = 0; i < exchanges.size(); i++) {
            mustBeItsOwn(client, samples.get(i % samples.size()), exchanges.get(i));
        }
        for (var reply : others) {
            Calls.whole(reply);
            mustBeSingle(reply);
            reply.mustHave(
                    reply.result().isEmpty(),
                    "an error for an unknown method, although other requests with the" + " same id were under way",
                    "got " + Calls.describe(reply));
        }
    }

    private static void mustBeItsOwn(Client client, Sample sample, Exchange reply) {
        var expectation = "a response to " + sample + ", although other requests with the same id were under way";
        mustBeAnswered(reply, expectation);
        Calls.whole(reply);
        mustBeSingle(reply);
        // An error may be of what the server works with. That the method is unknown is the answer to another request.
        if (reply.result().isEmpty()
                && Calls.code(reply).filter(c -> c != METHOD_NOT_FOUND).isPresent()) {
            throw Samples.notServed(client, sample, reply, expectation);
        }
        reply.mustHave(
                reply.result().map(r -> looksLike(sample, r)).orElse(false),
                expectation,
                "got " + Calls.describe(reply));
    }

    /** Whether a result is one of the sample's method. */
    private static boolean looksLike(Sample sample, JsonNode result) {
        if (!result.path("resultType").asString("complete").equals("complete")) {
            return sample.isNamed();
        }
        Function<String, Boolean> has = result::has;
        return switch (sample.method()) {
            case Calls.DISCOVER -> has.apply("supportedVersions");
            case Samples.READ -> has.apply("contents");
            case Samples.GET -> has.apply("messages");
            case Samples.COMPLETE -> has.apply("completion");
            default -> has.apply(Samples.LISTS.get(sample.method()));
        };
    }

    private static void mustBeSingle(Exchange reply) {
        int responses = Calls.responses(reply).size();
        reply.mustHave(responses <= 1, "one response to one request", "there were " + responses);
    }

    @Rule(
            id = "modern/same-id-while-open",
            level = MUST,
            eras = MODERN,
            requires = SLOW_TOOL,
            title = "While a call is open, a request with its id gets its own response, and the call does too",
            source = "basic/index, Result Responses; " + STATELESS)
    void sameIdWhileOpen(Client client) {
        var samples = Samples.answered(Samples.of(client));
        var other = client.overNewConnections();
        Calls.discover(other);
        var open = client.post(client.slowCall().put("id", "open")).start();
        open.awaitHead(ARRIVAL);
        int beside = 0;
        for (var sample : samples) {
            var reply = sample.send(sample.request(other, m -> m.put("id", "open")));
            if (open.isInFlight()) {
                beside++;
            }
            mustBeItsOwn(other, sample, reply);
        }
        if (beside == 0) {
            throw RuleAbortedException.inconclusive("the call was over before any other request was answered");
        }
        open.awaitHead(Calls.slowPatience(client));
        open.awaitResponse(Calls.slowPatience(client));
        mustBeSingle(open);
        open.result()
                .ifPresent(r -> open.mustHave(
                        !samples.stream().anyMatch(s -> looksLike(s, r)),
                        "the result of the call",
                        "got that of another request with its id: " + Calls.describe(open)));
        StreamRules.mustComplete(client, open, "a call", "although other requests with its id were made meanwhile");
    }
}
