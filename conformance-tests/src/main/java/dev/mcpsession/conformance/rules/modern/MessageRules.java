package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.INFO;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Discovery, and what every response, error and answer to a notification must be. */
public final class MessageRules {
    private static final String CACHING = "server/utilities/caching, Cacheable Results";
    private static final String CODES = "basic/index, Error Codes";

    // ---- discovery ----

    @Rule(id = "modern/discover", level = MUST, eras = MODERN,
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
        reply.mustHave(strings, "supportedVersions to be an array of the versions that the server supports",
                "it is " + versions);
        reply.mustHave(result.path("capabilities").isObject(), "capabilities to be an object",
                "it is " + result.path("capabilities"));
    }

    @Rule(id = "modern/discover-lists-revision", level = MUST, eras = MODERN,
            title = "server/discover lists the version that it was served in among the supported ones",
            source = "basic/versioning, Protocol Version Negotiation; server/discover, DiscoverResult")
    void discoverListsRevision(Client client) {
        var reply = Calls.discover(client);
        var versions = Calls.result(reply).path("supportedVersions");
        reply.mustHave(contains(versions, client.revision().wire()),
                "supportedVersions to contain " + client.revision() + ", in which the request was served",
                "it is " + versions);
    }

    @Rule(id = "modern/server-info", level = SHOULD, eras = MODERN,
            title = "The server names itself in the metadata of its results, unless it was told not to",
            source = "basic/index, _meta, Per-response protocol fields")
    void serverInfo(Client client) {
        for (var reply : results(client)) {
            var info = Calls.result(reply).path("_meta").path(Client.META_PREFIX + "serverInfo");
            reply.mustHave(info.path("name").isString() && info.path("version").isString(),
                    "the result of " + reply.describe() + " to carry " + Client.META_PREFIX
                            + "serverInfo with name and version in _meta",
                    info.isMissingNode() ? "it has none" : "it is " + info);
        }
    }

    // ---- results ----

    @Rule(id = "modern/result-type", level = MUST, eras = MODERN,
            title = "Every result says of which type it is",
            source = "basic/index, Result Responses")
    void resultType(Client client) {
        for (var reply : results(client)) {
            var type = Calls.result(reply).path("resultType");
            reply.mustHave(type.isString() && !type.asString().isEmpty(),
                    "the result of " + reply.describe() + " to have a resultType",
                    type.isMissingNode() ? "it has none" : "it is " + type);
        }
    }

    @Rule(id = "modern/cacheable-discovery", level = MUST, eras = MODERN,
            title = "The result of server/discover says for how long and by whom it may be cached",
            source = CACHING)
    void cacheableDiscovery(Client client) {
        mustBeCacheable(Calls.discover(client));
    }

    @Rule(id = "modern/cacheable-lists", level = MUST, eras = MODERN,
            title = "The result of every list says for how long and by whom it may be cached",
            source = CACHING)
    void cacheableLists(Client client) {
        var lists = results(client).stream().filter(e -> !e.describe().contains(Calls.DISCOVER)).toList();
        if (lists.isEmpty()) {
            throw RuleAbortedException.notApplicable("the server declares no capability that has a list, or serves none");
        }
        lists.forEach(MessageRules::mustBeCacheable);
    }

    private static void mustBeCacheable(Exchange reply) {
        var result = Calls.result(reply);
        if (!result.path("resultType").asString("complete").equals("complete")) {
            throw RuleAbortedException.inconclusive("the result of " + reply.describe() + " is not complete, so that it need not say");
        }
        var ttl = result.path("ttlMs");
        reply.mustHave(ttl.isNumber() && ttl.asDouble() >= 0, "the result of " + reply.describe()
                + " to have a ttlMs of 0 or more", ttl.isMissingNode() ? "it has none" : "it is " + ttl);
        var scope = result.path("cacheScope").asString("");
        reply.mustHave(scope.equals("public") || scope.equals("private"),
                "the result of " + reply.describe() + " to have the cacheScope public or private",
                result.has("cacheScope") ? "it is " + result.get("cacheScope") : "it has none");
    }

    // ---- responses ----

    @Rule(id = "modern/response-id", level = MUST, eras = MODERN,
            title = "A response has the id of its request: a number as that number, a string as that string",
            source = "basic/index, Result Responses")
    void responseId(Client client) {
        var number = client.request(Calls.DISCOVER);
        var text = client.request(Calls.DISCOVER).put("id", "kit-" + client.nextId());
        var digits = client.request(Calls.DISCOVER).put("id", String.valueOf(client.nextId()));
        for (var message : List.of(number, text, digits)) {
            mustHaveId(client.post(message).send(), message.get("id"));
        }
    }

    private static void mustHaveId(Exchange reply, JsonNode id) {
        var response = response(Calls.whole(reply));
        reply.mustHave(id.equals(response.get("id")), "the response to have the id " + id + " of the request",
                response.has("id") ? "its id is " + response.get("id") : "it has no id");
    }

    private static JsonNode response(Exchange reply) {
        return reply.messages().stream().filter(m -> m.isObject() && (m.has("result") || m.has("error"))).findFirst()
                .orElseThrow(() -> RuleAbortedException.inconclusive(reply.describe() + " was answered without a response: "
                        + reply.describeReply()));
    }

    @Rule(id = "modern/json-rpc", level = MUST, eras = MODERN,
            title = "A response is JSON-RPC 2.0, and has either a result or an error",
            source = "basic/index, Messages; Result Responses; Error Responses")
    void jsonRpc(Client client) {
        Calls.needDiscovery(client);
        for (var method : List.of(Calls.DISCOVER, Calls.UNKNOWN_METHOD)) {
            var reply = client.post(client.request(method)).send();
            var response = response(Calls.whole(reply));
            reply.mustHave("2.0".equals(response.path("jsonrpc").asString("")), "jsonrpc to be \"2.0\" in the response to "
                    + method, response.has("jsonrpc") ? "it is " + response.get("jsonrpc") : "there is none");
            reply.mustHave(response.has("result") != response.has("error"),
                    "either a result or an error in the response to " + method, "it has both");
        }
    }

    @Rule(id = "modern/error-response", level = MUST, eras = MODERN,
            title = "An error has the id of its request, an integer code and a message",
            source = "basic/index, Error Responses")
    void errorResponse(Client client) {
        var message = client.request(Calls.UNKNOWN_METHOD);
        var reply = client.post(message).send();
        mustHaveId(reply, message.get("id"));
        var error = response(reply).path("error");
        reply.mustHave(error.path("code").isIntegralNumber() && error.path("message").isString(),
                "the error to have an integer code and a message", "it is " + error);
    }

    @Rule(id = "modern/post-json-or-sse", level = MUST, eras = MODERN,
            title = "A request is answered with JSON or an event stream",
            source = "basic/transports/streamable-http, Sending Messages, item 6")
    void postJsonOrSse(Client client) {
        var reply = Calls.whole(Calls.discover(client));
        if (reply.status() != 200) {
            throw RuleAbortedException.inconclusive("server/discover was answered " + reply.describeReply());
        }
        response(reply);
        var type = reply.header("Content-Type").orElse("none").split(";", 2)[0].strip();
        reply.mustHave(reply.isEventStream() || type.equalsIgnoreCase("application/json"),
                "the Content-Type application/json or text/event-stream", "it is " + type);
        if (!reply.isEventStream()) {
            reply.mustHave(reply.messages().stream().anyMatch(JsonNode::isObject), "a single JSON object",
                    "got " + reply.describeReply());
        }
    }

    @Rule(id = "modern/notification-202", level = MUST, eras = MODERN,
            title = "A notification is accepted with 202 and no body, or else refused with an error status",
            source = "basic/transports/streamable-http, Sending Messages, item 5")
    void notification202(Client client) {
        Calls.needDiscovery(client);
        var message = Json.notification("notifications/cancelled");
        message.putObject("params").put("requestId", client.nextId()).put("reason", "never made");
        var reply = client.post(message).send();
        int status = Calls.whole(reply).status();
        reply.mustHave(status == 202 || status >= 400, "202 or an error status for a notification",
                "got " + reply.describeReply());
        reply.mustHave(status != 202 || reply.body().isEmpty(), "no body with the 202 for a notification",
                "got " + reply.describeReply());
    }

    @Rule(id = "modern/batch-rejected", level = ADVICE, eras = MODERN,
            title = "An array of requests is not served: the headers can describe one request only",
            source = "basic/transports/streamable-http, Sending Messages, item 4")
    void batchRejected(Client client) {
        Calls.needDiscovery(client);
        var one = client.request(Calls.DISCOVER);
        var two = client.request(Calls.DISCOVER);
        var reply = client.post("[" + one + "," + two + "]")
                .header(Client.METHOD_HEADER, Calls.DISCOVER).send();
        Calls.status(reply);
        var served = reply.messages().stream().flatMap(m -> m.isArray() ? m.valueStream() : Stream.of(m))
                .anyMatch(m -> m.has("result"));
        reply.mustHave(!served, "an array of two requests to be refused", "got " + reply.describeReply());
    }

    // ---- error codes ----

    @Rule(id = "modern/reserved-codes", level = MUST, eras = MODERN,
            title = "Errors use no reserved code that is undefined, retired, or means something else",
            source = CODES)
    void reservedCodes(Client client) {
        errors(client).forEach((what, reply) -> Calls.code(reply).ifPresent(code -> {
            boolean reserved = code <= -32020 && code >= -32099;
            // A server may want a capability of the client before it looks any further.
            boolean capability = code == -32021
                    && reply.error().map(e -> e.path("data").path("requiredCapabilities")).filter(JsonNode::isObject)
                            .isPresent();
            reply.mustHave(!reserved || capability, "no code of the reserved range -32099 to -32020 for " + what,
                    "got " + code);
            reply.mustHave(code != -32002 && code != -32042, "no code that earlier revisions used, for " + what,
                    "got " + code);
        }));
    }

    @Rule(id = "modern/legacy-codes", level = INFO, eras = MODERN,
            title = "Which codes of the range that was free in earlier revisions the server uses",
            source = CODES)
    void legacyCodes(Client client) {
        var seen = new TreeSet<Integer>();
        errors(client).values().forEach(reply -> Calls.code(reply).filter(c -> c <= -32000 && c >= -32019)
                .ifPresent(seen::add));
        client.note(seen.isEmpty() ? "no code between -32019 and -32000 was seen"
                : "the server uses " + seen + ", which new implementations should not, and which mean nothing to clients");
    }

    /** Errors that the headers and the version are not to blame for, by what was asked. */
    private static Map<String, Exchange> errors(Client client) {
        var replies = new LinkedHashMap<String, Exchange>();
        replies.put("an unknown method", client.post(client.request(Calls.UNKNOWN_METHOD)).send());
        var incomplete = client.request(Calls.DISCOVER);
        Calls.meta(incomplete).remove(Client.META_PREFIX + "clientCapabilities");
        replies.put("a request without clientCapabilities", client.post(incomplete).send());
        var capabilities = Calls.capabilities(client);
        if (capabilities.has("tools")) {
            replies.put("an unknown tool", client.post(client.call(Calls.UNKNOWN_TOOL, Json.object())).send());
        }
        if (capabilities.has("prompts")) {
            replies.put("an unknown prompt", named(client, "prompts/get", "name", "mcp-session-conformance-no-such-prompt"));
        }
        if (capabilities.has("resources")) {
            replies.put("an unknown resource",
                    named(client, "resources/read", "uri", "mcp-session-conformance://no/such/resource"));
        }
        replies.values().forEach(Calls::whole);
        return replies;
    }

    private static Exchange named(Client client, String method, String field, String value) {
        var message = client.request(method);
        ((ObjectNode) message.get("params")).put(field, value);
        return client.post(message).send();
    }

    // ---- requests without side effects ----

    /** The replies to what the server offers according to its capabilities and only reads, where there is a result. */
    private static List<Exchange> results(Client client) {
        var discovery = Calls.discover(client);
        var capabilities = Calls.result(discovery).path("capabilities");
        var replies = new ArrayList<Exchange>();
        replies.add(discovery);
        for (var kind : List.of("tools", "prompts", "resources", "resources/templates")) {
            if (capabilities.has(kind.split("/")[0])) {
                var reply = client.post(client.request(kind + "/list")).send();
                // A server with resources need not have templates.
                if (reply.answered() && reply.result().isPresent()) {
                    replies.add(reply);
                }
            }
        }
        return replies;
    }

    private static boolean contains(JsonNode array, String text) {
        return array.valueStream().anyMatch(v -> text.equals(v.asString("")));
    }
}
