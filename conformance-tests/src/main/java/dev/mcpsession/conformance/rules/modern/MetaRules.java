package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.rule.Rule;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The metadata of a request, the version that it names, and the method that it calls. */
public final class MetaRules {
    private static final String META = "basic/index, _meta, Per-request protocol fields";
    private static final String VERSION_HEADER = "basic/transports/streamable-http, Protocol Version Header";
    /** A version that no server can support yet. */
    private static final String NO_VERSION = "2099-12-31";

    @Rule(id = "modern/missing-meta-400", level = MUST, eras = MODERN,
            title = "A request without metadata that is required is answered 400, whatever came before it",
            source = META)
    void missingMeta400(Client client) {
        // What an earlier request said must not stand in for what this one lacks.
        Calls.needDiscovery(client);
        var none = client.request(Calls.DISCOVER);
        ((ObjectNode) none.get("params")).remove("_meta");
        Calls.mustBeRefused(client.post(none).send(), 400, "for a request without _meta");
        Calls.mustBeRefused(client.post(without(client, "protocolVersion")).send(), 400,
                "for a request without protocolVersion in _meta");
        Calls.mustBeRefused(client.post(without(client, "clientCapabilities")).send(), 400,
                "for a request without clientCapabilities in _meta");
    }

    @Rule(id = "modern/missing-meta-error", level = MUST, eras = MODERN,
            title = "A request without clientCapabilities is refused with the error -32602",
            source = META)
    void missingMetaError(Client client) {
        Calls.needDiscovery(client);
        var reply = client.post(without(client, "clientCapabilities")).send();
        if (Calls.whole(reply).status() == 200 && reply.result().isPresent()) {
            throw RuleAbortedException.inconclusive("the request was served");
        }
        mustHaveCode(reply, -32602, "for a request without clientCapabilities in _meta");
    }

    @Rule(id = "modern/client-info-optional", level = ADVICE, eras = MODERN,
            title = "A request without clientInfo is served: clients may be told not to name themselves",
            source = META)
    void clientInfoOptional(Client client) {
        Calls.needDiscovery(client);
        Calls.mustBeServed(client.post(without(client, "clientInfo")).send(), "without clientInfo in _meta");
    }

    private static ObjectNode without(Client client, String key) {
        var message = client.request(Calls.DISCOVER);
        Calls.meta(message).remove(Client.META_PREFIX + key);
        return message;
    }

    // ---- versions ----

    @Rule(id = "modern/unsupported-version-400", level = MUST, eras = MODERN,
            title = "A request in a version that the server does not support is answered 400",
            source = VERSION_HEADER)
    void unsupportedVersion400(Client client) {
        Calls.needDiscovery(client);
        Calls.mustBeRefused(unsupported(client), 400, "for a request in version " + NO_VERSION);
    }

    @Rule(id = "modern/unsupported-version-error", level = MUST, eras = MODERN,
            title = "A request in a version that the server does not support is told which it does",
            source = "basic/versioning, Protocol Version Negotiation")
    void unsupportedVersionError(Client client) {
        Calls.needDiscovery(client);
        var reply = unsupported(client);
        if (Calls.whole(reply).status() == 200 && reply.result().isPresent()) {
            throw RuleAbortedException.inconclusive("the request in version " + NO_VERSION + " was served");
        }
        mustHaveCode(reply, -32022, "for a request in version " + NO_VERSION);
        var data = reply.error().orElseThrow().path("data");
        reply.mustHave(data.path("supported").valueStream().map(v -> v.asString(""))
                        .anyMatch(client.revision().wire()::equals),
                "data.supported to list the versions that the server supports, " + client.revision() + " among them",
                "it is " + data.path("supported"));
        reply.mustHave(NO_VERSION.equals(data.path("requested").asString("")),
                "data.requested to be " + NO_VERSION, "it is " + data.path("requested"));
    }

    private static Exchange unsupported(Client client) {
        var message = client.request(Calls.DISCOVER);
        Calls.meta(message).put(Client.META_PREFIX + "protocolVersion", NO_VERSION);
        return client.post(message).header(Client.VERSION_HEADER, NO_VERSION).send();
    }

    // ---- methods ----

    @Rule(id = "modern/unknown-method-404", level = MUST, eras = MODERN,
            title = "A request for a method that the server does not have is answered 404",
            source = VERSION_HEADER)
    void unknownMethod404(Client client) {
        Calls.needDiscovery(client);
        Calls.mustBeRefused(client.post(client.request(Calls.UNKNOWN_METHOD)).send(), 404,
                "for a method that the server cannot have");
    }

    @Rule(id = "modern/unknown-method-error", level = MUST, eras = MODERN,
            title = "A request for a method that the server does not have is answered with the error -32601",
            source = VERSION_HEADER)
    void unknownMethodError(Client client) {
        Calls.needDiscovery(client);
        var reply = client.post(client.request(Calls.UNKNOWN_METHOD)).send();
        mustHaveCode(Calls.whole(reply), -32601, "for a method that the server cannot have");
    }

    private static void mustHaveCode(Exchange reply, int code, String because) {
        var error = reply.error().filter(JsonNode::isObject);
        reply.mustHave(Calls.code(reply).equals(Optional.of(code)), "a JSON-RPC error with the code " + code + " " + because,
                "got " + error.map(JsonNode::toString).map(e -> "the error " + e).orElseGet(() -> Calls.describe(reply)));
    }
}
