package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.INFO;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.NAMELESS;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Discovery, and what every response, error and answer to a notification must be. */
public final class MessageRules {
    /** An id as clients make them that name their tasks. */
    private static final String LONG_ID = "kit/0f8fad5b-d9cb-469f-a165-70867728950e/" + "0123456789".repeat(6);
    /** The largest number that every client can count to. */
    private static final long LARGE_ID = 9_007_199_254_740_991L;

    private static final String LABEL = "[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
    private static final Pattern META_KEY =
            Pattern.compile("(?:" + LABEL + "(?:\\." + LABEL + ")*/)?(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?");
    private static final Pattern TRACE = Pattern.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}.*");
    private static final List<String> TYPES = List.of("complete", "input_required");
    private static final String CODES = "basic/index, Error Codes";

    // ---- discovery ----

    @Rule(
            id = "modern/discover",
            level = MUST,
            eras = MODERN,
            title = "server/discover is served, and names the supported versions and the capabilities",
            source = "basic/versioning, Protocol Version Negotiation; server/discover, DiscoverResult")
    void discover(Client client) {
        var reply = Calls.mustBeServed(Calls.discover(client), "by every server");
        var result = reply.result().orElseThrow();
        var versions = result.path("supportedVersions");
        boolean strings = versions.isArray() && !versions.isEmpty();
        for (var version : versions) {
            strings &= version.isString();
        }
        reply.mustHave(
                strings,
                "supportedVersions to be an array of the versions that the server supports",
                "it is " + versions);
        reply.mustHave(
                result.path("capabilities").isObject(),
                "capabilities to be an object",
                "it is " + result.path("capabilities"));
    }

    @Rule(
            id = "modern/discover-lists-revision",
            level = MUST,
            eras = MODERN,
            title = "server/discover lists the version that it was served in among the supported ones",
            source = "basic/versioning, Protocol Version Negotiation; server/discover, DiscoverResult")
    void discoverListsRevision(Client client) {
        var reply = Calls.discover(client);
        var versions = Calls.result(reply).path("supportedVersions");
        reply.mustHave(
                contains(versions, client.revision().wire()),
                "supportedVersions to contain " + client.revision() + ", in which the request was served",
                "it is " + versions);
    }

    @Rule(
            id = "modern/server-info",
            level = SHOULD,
            eras = MODERN,
            uses = Requires.SLOW_TOOL,
            unless = NAMELESS,
            title = "The server names itself in the metadata of its results, unless it was told not to",
            source = "basic/index, _meta, Per-response protocol fields")
    void serverInfo(Client client) {
        var replies = results(client);
        if (replies.stream().allMatch(r -> info(r).isMissingNode())) {
            throw RuleAbortedException.notApplicable(NAMELESS);
        }
        for (var reply : replies) {
            var info = info(reply);
            reply.mustHave(
                    info.path("name").isString() && info.path("version").isString(),
                    "the result of " + reply.describe() + " to carry " + Client.META_PREFIX
                            + "serverInfo with name and version in _meta",
                    info.isMissingNode() ? "it has none" : "it is " + info);
        }
    }

    private static JsonNode info(Exchange reply) {
        return Calls.result(reply).path("_meta").path(Client.META_PREFIX + "serverInfo");
    }

    // ---- results ----

    @Rule(
            id = "modern/result-type",
            level = MUST,
            eras = MODERN,
            uses = Requires.SLOW_TOOL,
            title = "Every result says of which type it is, and is of one that the client knows",
            source = "basic/index, Result Responses; ResultType")
    void resultType(Client client) {
        for (var reply : results(client)) {
            var type = Calls.result(reply).path("resultType");
            reply.mustHave(
                    type.isString() && !type.asString().isEmpty(),
                    "the result of " + reply.describe() + " to have a resultType",
                    type.isMissingNode() ? "it has none" : "it is " + type);
            // The kit declares no extension, so that the types of the core are the only ones.
            reply.mustHave(
                    TYPES.contains(type.asString()),
                    "the resultType of " + reply.describe() + " to be one of " + TYPES,
                    "it is " + type);
        }
    }

    @Rule(
            id = "modern/meta-keys",
            level = MUST,
            eras = MODERN,
            uses = Requires.SLOW_TOOL,
            title = "Keys of metadata and names of extensions have the form that the specification gives them",
            source = "basic/index, _meta; basic/versioning, Extension Negotiation")
    void metaKeys(Client client) {
        for (var reply : results(client)) {
            var result = Calls.result(reply);
            result.path("_meta").properties().forEach(field -> {
                reply.mustHave(
                        META_KEY.matcher(field.getKey()).matches(),
                        "keys of _meta of an optional prefix and a name",
                        "one is \"" + field.getKey() + "\"");
                reply.mustHave(
                        !field.getKey().equals("traceparent")
                                || TRACE.matcher(field.getValue().asString("")).matches(),
                        "a traceparent as W3C Trace Context has it",
                        "it is " + field.getValue());
            });
            result.path("capabilities")
                    .path("extensions")
                    .properties()
                    .forEach(extension -> reply.mustHave(
                            extension.getKey().contains("/")
                                    && META_KEY.matcher(extension.getKey()).matches(),
                            "names of extensions of a prefix and a name",
                            "one is \"" + extension.getKey() + "\""));
        }
    }

    /** Results of all methods: of what only reads, and of the slow tool, where there is one. */
    private static List<Exchange> results(Client client) {
        var results = new ArrayList<>(Samples.answered(Samples.of(client)).stream()
                .map(Samples.Sample::served)
                .toList());
        if (Calls.callable(client).isPresent()) {
            var call = client.post(client.slowCall()).send(Calls.slowPatience(client));
            if (call.answered() && call.result().isPresent()) {
                results.add(call);
            }
        }
        return results;
    }

    // ---- responses ----

    @Rule(
            id = "modern/response-id",
            level = MUST,
            eras = MODERN,
            title = "A response has the id of its request: a number as that number, a string as that string",
            source = "basic/index, Result Responses")
    void responseId(Client client) {
        for (var sample : Samples.answered(Samples.of(client))) {
            mustHaveId(sample.served(), sample.served().requestId().orElseThrow());
            for (var id : List.of("kit-" + client.nextId(), String.valueOf(client.nextId()), LONG_ID)) {
                var message = sample.message().apply(client).put("id", id);
                mustHaveId(sample.send(client.post(message)), message.get("id"));
            }
            for (long id : new long[] {LARGE_ID, 0, -client.nextId(), -LARGE_ID}) {
                var message = sample.message().apply(client).put("id", id);
                mustHaveId(sample.send(client.post(message)), message.get("id"));
            }
        }
    }

    private static void mustHaveId(Exchange reply, JsonNode id) {
        var whole = Calls.whole(reply);
        if (whole.status() / 100 == 2 && Calls.responses(whole).isEmpty()) {
            var expectation = "a response with the id " + id + " of the request";
            // Somebody on the way may have ended a stream.
            throw whole.isEventStream()
                    ? new Suspicion(expectation, "got " + whole.describeReply(), whole)
                    : new Violation(expectation, "got " + whole.describeReply(), whole);
        }
        var response = response(whole);
        reply.mustHave(
                Calls.same(id, response.get("id")),
                "the response to have the id " + id + " of the request",
                response.has("id") ? "its id is " + response.get("id") : "it has no id");
    }

    private static JsonNode response(Exchange reply) {
        return reply.messages().stream()
                .filter(m -> m.isObject() && (m.has("result") || m.has("error")))
                .findFirst()
                .orElseThrow(() -> RuleAbortedException.inconclusive(
                        reply.describe() + " was answered without a response: " + reply.describeReply()));
    }

    @Rule(
            id = "modern/json-rpc",
            level = MUST,
            eras = MODERN,
            uses = Requires.SLOW_TOOL,
            title = "A response is JSON-RPC 2.0, and has either a result or an error",
            source = "basic/index, Messages; Result Responses; Error Responses")
    void jsonRpc(Client client) {
        var replies = new ArrayList<>(results(client));
        replies.addAll(refusals(client).values());
        replies.forEach(MessageRules::mustBeJsonRpc);
    }

    private static void mustBeJsonRpc(Exchange reply) {
        var method = Json.parse(reply.requestBody()).path("method").asString("");
        for (var response : Calls.responses(reply)) {
            reply.mustHave(
                    Json.isVersion2(response),
                    "jsonrpc to be \"2.0\" in the response to " + method,
                    response.has("jsonrpc") ? "it is " + response.get("jsonrpc") : "there is none");
            reply.mustHave(
                    response.has("result") != response.has("error"),
                    "either a result or an error in the response to " + method,
                    "it has both");
        }
    }

    @Rule(
            id = "modern/error-response",
            level = MUST,
            eras = MODERN,
            title = "An error has the id of its request, an integer code and a message",
            source = "basic/index, Error Responses")
    void errorResponse(Client client) {
        boolean any = false;
        for (var reply : refusals(client).values()) {
            // Whether a refusal has a JSON-RPC error at all is a matter of the rules about it.
            if (Calls.responses(reply).isEmpty()) {
                continue;
            }
            any = true;
            mustHaveId(reply, reply.requestId().orElseThrow());
            var error = response(reply).path("error");
            reply.mustHave(
                    Json.isInteger(error.path("code")) && error.path("message").isString(),
                    "the error to have an integer code and a message",
                    "it is " + error);
        }
        if (!any) {
            throw RuleAbortedException.inconclusive("no request was refused with a JSON-RPC error");
        }
    }

    /** Refusals of every sort, by what is wrong with the request. */
    private static Map<String, Exchange> refusals(Client client) {
        var replies = errors(client);
        replies.put(
                "another Mcp-Method",
                client.post(client.request(Calls.DISCOVER))
                        .header(Client.METHOD_HEADER, "tools/call")
                        .send());
        var version = client.request(Calls.DISCOVER);
        Calls.meta(version).put(Client.META_PREFIX + "protocolVersion", "2099-12-31");
        replies.put(
                "an unsupported version",
                client.post(version).header(Client.VERSION_HEADER, "2099-12-31").send());
        replies.values().removeIf(reply -> Calls.whole(reply).error().isEmpty());
        return replies;
    }

    @Rule(
            id = "modern/post-json-or-sse",
            level = MUST,
            eras = MODERN,
            uses = Requires.SLOW_TOOL,
            title = "A request is answered with JSON or an event stream",
            source = "basic/transports/streamable-http, Sending Messages, item 6")
    void postJsonOrSse(Client client) {
        for (var reply : results(client)) {
            var type =
                    reply.header("Content-Type").orElse("none").split(";", 2)[0].strip();
            reply.mustHave(
                    reply.isEventStream() || type.equalsIgnoreCase("application/json"),
                    "the Content-Type application/json or text/event-stream for " + reply.describe(),
                    "it is " + type);
            if (!reply.isEventStream()) {
                reply.mustHave(
                        reply.messages().stream().anyMatch(JsonNode::isObject),
                        "a single JSON object",
                        "got " + reply.describeReply());
            }
        }
    }

    @Rule(
            id = "modern/notification-202",
            level = MUST,
            eras = MODERN,
            title = "A notification is accepted with 202 and no body, or else refused with an error status",
            source = "basic/transports/streamable-http, Sending Messages, item 5")
    void notification202(Client client) {
        Calls.needDiscovery(client);
        for (var message : notifications(client)) {
            var reply = client.post(message).send();
            int status = Calls.whole(reply).status();
            reply.mustHave(
                    status == 202 || status >= 400,
                    "202 or an error status for a notification",
                    "got " + reply.describeReply());
            reply.mustHave(
                    status != 202 || reply.body().isEmpty(),
                    "no body with the 202 for a notification",
                    "got " + reply.describeReply());
            reply.mustHave(
                    Calls.responses(reply).stream().noneMatch(r -> r.has("result")),
                    "no response to a notification",
                    "got " + reply.describeReply());
        }
        Calls.mustBeServed(Calls.discover(client), "after notifications that name no request of this moment");
    }

    /**
     * Notifications that change nothing: cancellations of requests that were never made, are over, or are not named;
     * and unknown ones.
     */
    private static List<ObjectNode> notifications(Client client) {
        var never = client.idleNotification();
        var over = Json.notification("notifications/cancelled");
        over.putObject("params").put("requestId", client.nextId() - 2).put("reason", "over");
        var malformed = Json.notification("notifications/cancelled");
        malformed.putObject("params").putObject("requestId");
        return List.of(
                never,
                over,
                malformed,
                Json.notification("notifications/cancelled"),
                Json.notification("notifications/mcp-session-conformance"));
    }

    @Rule(
            id = "modern/batch-rejected",
            level = ADVICE,
            eras = MODERN,
            title = "An array of requests is not served: the headers can describe one request only",
            source = "basic/transports/streamable-http, Sending Messages, item 4")
    void batchRejected(Client client) {
        Calls.needDiscovery(client);
        var one = client.request(Calls.DISCOVER);
        var two = client.request(Calls.DISCOVER);
        var reply = client.post("[" + one + "," + two + "]")
                .header(Client.METHOD_HEADER, Calls.DISCOVER)
                .send();
        Calls.status(reply);
        var served = reply.messages().stream()
                .flatMap(m -> m.isArray() ? m.valueStream() : Stream.of(m))
                .anyMatch(m -> m.has("result"));
        reply.mustHave(!served, "an array of two requests to be refused", "got " + reply.describeReply());
    }

    // ---- error codes ----

    @Rule(
            id = "modern/reserved-codes",
            level = MUST,
            eras = MODERN,
            title = "Errors use no reserved code that is undefined, retired, or means something else",
            source = CODES)
    void reservedCodes(Client client) {
        errors(client)
                .forEach((what, reply) -> Calls.code(reply).ifPresent(code -> {
                    boolean reserved = code <= -32020 && code >= -32099;
                    // A server may want a capability of the client before it looks any further.
                    boolean capability = code == -32021
                            && reply.error()
                                    .map(e -> e.path("data").path("requiredCapabilities"))
                                    .filter(JsonNode::isObject)
                                    .isPresent();
                    reply.mustHave(
                            !reserved || capability,
                            "no code of the reserved range -32099 to -32020 for " + what,
                            "got " + code);
                    reply.mustHave(
                            code != -32002 && code != -32042,
                            "no code that earlier revisions used, for " + what,
                            "got " + code);
                }));
    }

    @Rule(
            id = "modern/legacy-codes",
            level = INFO,
            eras = MODERN,
            title = "Which codes of the range that was free in earlier revisions the server uses",
            source = CODES)
    void legacyCodes(Client client) {
        var seen = new TreeSet<Integer>();
        errors(client)
                .values()
                .forEach(reply -> Calls.code(reply)
                        .filter(c -> c <= -32000 && c >= -32019)
                        .ifPresent(seen::add));
        client.note(
                seen.isEmpty()
                        ? "no code between -32019 and -32000 was seen"
                        : "the server uses " + seen
                                + ", which new implementations should not, and which mean nothing to clients");
    }

    /** Errors that the headers and the version are not to blame for, by what was asked. */
    private static Map<String, Exchange> errors(Client client) {
        var replies = new LinkedHashMap<String, Exchange>();
        replies.put(
                "an unknown method",
                client.post(client.request(Calls.UNKNOWN_METHOD)).send());
        var incomplete = client.request(Calls.DISCOVER);
        Calls.meta(incomplete).remove(Client.META_PREFIX + "clientCapabilities");
        replies.put(
                "a request without clientCapabilities", client.post(incomplete).send());
        var capabilities = Calls.capabilities(client);
        if (capabilities.has("tools")) {
            replies.put("an unknown tool", client.post(client.callOfNoTool()).send());
        }
        if (capabilities.has("prompts")) {
            replies.put(
                    "an unknown prompt",
                    client.post(Samples.named(client, Samples.GET, "name", "mcp-session-conformance-no-such-prompt"))
                            .send());
        }
        if (capabilities.has("resources")) {
            replies.put(
                    "an unknown resource",
                    client.post(Samples.named(
                                    client, Samples.READ, "uri", "mcp-session-conformance://no/such/resource"))
                            .send());
        }
        replies.values().forEach(Calls::whole);
        return replies;
    }

    private static boolean contains(JsonNode array, String text) {
        return array.valueStream().anyMatch(v -> text.equals(v.asString("")));
    }
}
