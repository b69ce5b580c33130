package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.NOTHING_ASKED;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.modern.Samples.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Requests that the server cannot answer without asking the client for something first. */
public final class InputRules {
    private static final String PAGE = "basic/patterns/mrtr, ";
    private static final String REQUIREMENTS = PAGE + "Server Requirements (Basic Workflow)";
    private static final String INPUT_REQUIRED = "input_required";
    private static final int MISSING_CAPABILITY = -32021;
    /** So many prompts and resources are tried. */
    private static final int TRIES = 5;

    /** The requests that a server may make, each with the capability that a client declares for it. */
    private static final Map<String, String> CAPABILITIES =
            Map.of("elicitation/create", "elicitation", "sampling/createMessage", "sampling", "roots/list", "roots");

    @Rule(
            id = "modern/input-required-placement",
            level = MUST,
            eras = MODERN,
            title = "Nothing but a call of a tool, a prompt or a resource is answered with a request for input",
            source = PAGE + "Supported Requests")
    void inputRequiredPlacement(Client client) {
        for (var sample : Samples.answered(Samples.of(client))) {
            if (sample.isNamed()) {
                continue;
            }
            mustBeFinal(sample, sample.served());
            var reply = sample.send(sample.request(client, m -> declare(m, everything())));
            Calls.status(reply);
            reply.result().ifPresent(r -> mustBeFinal(sample, reply));
        }
    }

    private static void mustBeFinal(Sample sample, Exchange reply) {
        var type = Calls.result(reply).path("resultType").asString("");
        reply.mustHave(
                !type.equals(INPUT_REQUIRED),
                sample + " to be answered without a request for input",
                "its resultType is " + type);
    }

    @Rule(
            id = "modern/undeclared-capability",
            level = MUST,
            eras = MODERN,
            uses = Requires.SLOW_TOOL,
            unless = NOTHING_ASKED,
            title = "A server asks for nothing that the client did not declare; what it then cannot do it refuses with"
                    + " -32021 and a list",
            source = REQUIREMENTS + ", item 7; basic/index, _meta, Per-request protocol fields")
    void undeclaredCapability(Client client) {
        boolean any = false;
        var some = Json.object();
        some.putObject("elicitation").putObject("form");
        some.putObject("sampling");
        var declared = List.of(Json.object(), some);
        var reads = reads(client);
        for (var capabilities : declared) {
            for (var message : reads) {
                any |= mustAskOnlyFor(call(client, message.get(), capabilities, Json.object()), capabilities);
            }
        }
        if (Calls.callable(client).isPresent()) {
            // Side by side, as each takes its time.
            var calls = client.sendAll(declared.size(), Calls.slowPatience(client), i -> {
                var message = client.slowCall();
                declare(message, declared.get(i));
                return client.post(message);
            });
            for (int i = 0; i < calls.size(); i++) {
                Calls.status(calls.get(i));
                any |= mustAskOnlyFor(calls.get(i), declared.get(i));
            }
        }
        if (!any) {
            throw RuleAbortedException.notApplicable(NOTHING_ASKED);
        }
    }

    private static boolean mustAskOnlyFor(Exchange reply, ObjectNode declared) {
        if (Calls.code(reply).filter(c -> c == MISSING_CAPABILITY).isPresent()) {
            reply.mustHaveStatus(400, "with the error " + MISSING_CAPABILITY);
            var required = reply.error().orElseThrow().path("data").path("requiredCapabilities");
            reply.mustHave(
                    required.isObject() && !required.isEmpty(),
                    "the error " + MISSING_CAPABILITY
                            + " to list the missing capabilities in data.requiredCapabilities",
                    "it is " + required);
            return true;
        }
        if (!asksForInput(reply)) {
            return false;
        }
        for (var request : reply.result().orElseThrow().path("inputRequests")) {
            var method = request.path("method").asString("");
            var params = request.path("params");
            boolean url = params.path("mode").asString("").equals("url");
            boolean tools =
                    method.equals("sampling/createMessage") && (params.has("tools") || params.has("toolChoice"));
            reply.mustHave(
                    declared.has(CAPABILITIES.getOrDefault(method, "")) && !url && !tools,
                    "no request for input but of what the client declared, " + declared,
                    "it is asked for " + request);
        }
        return true;
    }

    @Rule(
            id = "modern/input-required-form",
            level = MUST,
            eras = MODERN,
            uses = Requires.SLOW_TOOL,
            unless = NOTHING_ASKED,
            title = "A request for input has requests of the three kinds, a state that is a string, or both",
            source = REQUIREMENTS + "; client/elicitation, Elicitation Requests")
    void inputRequiredForm(Client client) {
        boolean any = false;
        for (var reply : calls(client, everything())) {
            if (asksForInput(reply)) {
                any = true;
                mustBeWellFormed(reply, reply.result().orElseThrow());
            }
        }
        if (!any) {
            throw nothingAsks();
        }
    }

    private static void mustBeWellFormed(Exchange reply, JsonNode result) {
        var requests = result.path("inputRequests");
        var state = result.path("requestState");
        reply.mustHave(
                !requests.isMissingNode() || !state.isMissingNode(),
                "a request for input to have inputRequests, a requestState or both",
                "it is " + result);
        reply.mustHave(state.isMissingNode() || state.isString(), "the requestState to be a string", "it is " + state);
        reply.mustHave(
                requests.isMissingNode() || requests.isObject(), "inputRequests to be an object", "it is " + requests);
        for (var request : requests) {
            var method = request.path("method").asString("");
            reply.mustHave(
                    CAPABILITIES.containsKey(method),
                    "requests for input of one of the kinds " + CAPABILITIES.keySet(),
                    "one is " + request);
            var params = request.path("params");
            boolean complete = switch (method) {
                case "elicitation/create" ->
                    params.path("message").isString()
                            && (params.path("mode").asString("form").equals("form")
                                    ? params.path("requestedSchema").isObject()
                                    : params.path("url").isString());
                case "sampling/createMessage" ->
                    params.path("messages").isArray()
                            && params.path("maxTokens").isNumber();
                default -> true;
            };
            reply.mustHave(complete, "a request for input to have the params of its kind", "it is " + request);
        }
    }

    @Rule(
            id = "modern/input-required-again",
            level = SHOULD,
            eras = MODERN,
            uses = Requires.SLOW_TOOL,
            unless = NOTHING_ASKED,
            title = "A client that comes back without the input, or with other input, is asked again",
            source = PAGE + "Error Handling")
    void inputRequiredAgain(Client client) {
        boolean any = false;
        for (var message : messages(client)) {
            var first = call(client, message.get(), everything(), Json.object());
            if (!asksForInput(first)
                    || first.result().orElseThrow().path("inputRequests").isEmpty()) {
                continue;
            }
            any = true;
            var nothing = Json.object();
            var other = Json.object();
            other.putObject("mcp-session-conformance").put("action", "decline");
            for (var responses : List.of(nothing, other)) {
                // A server may take each state once only.
                var asked = responses == nothing ? first : call(client, message.get(), everything(), Json.object());
                if (!asksForInput(asked)) {
                    throw RuleAbortedException.inconclusive(
                            asked.describe() + " asks for input no more: it was answered " + Calls.describe(asked));
                }
                var answer = back(asked);
                answer.set("inputResponses", responses);
                var again = call(client, message.get(), everything(), answer);
                Calls.whole(again);
                again.mustHave(
                        again.result().isPresent(),
                        "a client that comes back without what it was asked for to be asked again",
                        "got " + Calls.describe(again));
            }
        }
        if (!any) {
            throw nothingAsks();
        }
    }

    /** The answers that a client brings back with its next call. */
    private static ObjectNode back(Exchange asked) {
        var params = Json.object();
        var state = asked.result().orElseThrow().path("requestState");
        if (state.isString()) {
            params.set("requestState", state);
        }
        return params;
    }

    private static RuleAbortedException nothingAsks() {
        return RuleAbortedException.notApplicable(NOTHING_ASKED);
    }

    // ---- calls ----

    /** The reply to a call that asks for input and hands out a state; empty where it does not. */
    static java.util.Optional<Exchange> asked(Client client, ObjectNode message) {
        var reply = call(client, message, everything(), Json.object());
        return asksForInput(reply)
                        && reply.result().orElseThrow().path("requestState").isString()
                ? java.util.Optional.of(reply)
                : java.util.Optional.empty();
    }

    /** The reply to a call that brings a state back, and no input. */
    static Exchange back(Client client, ObjectNode message, Exchange asked) {
        var answer = back(asked);
        answer.putObject("inputResponses");
        return call(client, message, everything(), answer);
    }

    private static boolean asksForInput(Exchange reply) {
        return reply.result()
                .map(r -> r.path("resultType").asString("").equals(INPUT_REQUIRED))
                .orElse(false);
    }

    private static ObjectNode everything() {
        var all = Json.object();
        var elicitation = all.putObject("elicitation");
        elicitation.putObject("form");
        elicitation.putObject("url");
        all.putObject("sampling").putObject("tools");
        all.putObject("roots");
        return all;
    }

    private static void declare(ObjectNode message, ObjectNode capabilities) {
        Calls.meta(message).set(Client.META_PREFIX + "clientCapabilities", capabilities);
    }

    /** The replies to all that may ask for input, by a client with these capabilities. */
    private static List<Exchange> calls(Client client, ObjectNode capabilities) {
        var replies = new ArrayList<Exchange>();
        messages(client).forEach(m -> replies.add(call(client, m.get(), capabilities, Json.object())));
        return replies;
    }

    private static Exchange call(Client client, ObjectNode message, ObjectNode capabilities, ObjectNode more) {
        declare(message, capabilities);
        ((ObjectNode) message.get("params")).setAll(more);
        var reply = client.post(message).send(Calls.slowPatience(client));
        Calls.status(reply);
        return reply;
    }

    /** Prompts that require no arguments, resources, and the slow tool. */
    static List<Supplier<ObjectNode>> messages(Client client) {
        var messages = reads(client);
        Calls.callable(client).ifPresent(tool -> messages.add(client::slowCall));
        return messages;
    }

    /** Prompts that require no arguments, and resources. */
    private static List<Supplier<ObjectNode>> reads(Client client) {
        var samples = Samples.of(client);
        var messages = new ArrayList<Supplier<ObjectNode>>();
        items(client, samples, "prompts/list")
                .filter(p -> p.path("arguments")
                        .valueStream()
                        .noneMatch(a -> a.path("required").asBoolean(false)))
                .limit(TRIES)
                .map(p -> p.path("name").asString(""))
                .forEach(name -> messages.add(() -> Samples.named(client, Samples.GET, "name", name)));
        items(client, samples, "resources/list")
                .filter(r -> r.path("size").asLong(0) < Samples.LARGEST)
                .limit(TRIES)
                .map(r -> r.path("uri").asString(""))
                .forEach(uri -> messages.add(() -> Samples.named(client, Samples.READ, "uri", uri)));
        return messages;
    }

    private static Stream<JsonNode> items(Client client, List<Sample> samples, String list) {
        return Samples.find(samples, list).stream()
                .flatMap(s -> Pages.of(client, s).stream())
                .flatMap(
                        page -> Calls.result(page).path(Samples.LISTS.get(list)).valueStream());
    }
}
