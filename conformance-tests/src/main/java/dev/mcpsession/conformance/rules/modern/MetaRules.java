package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.protocol.Revision.V2025_11_25;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.modern.Samples.Sample;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The metadata of a request, the version that it names, and the method that it calls. */
public final class MetaRules {
    private static final String META = "basic/index, _meta, Per-request protocol fields";
    private static final String VERSION_HEADER = "basic/transports/streamable-http, Protocol Version Header";
    private static final int INVALID_PARAMS = -32602;
    private static final int METHOD_NOT_FOUND = -32601;
    private static final int HEADER_MISMATCH = -32020;
    private static final int UNSUPPORTED_VERSION = -32022;
    /** Methods that no server can have, in the form that each kind of method has. */
    private static final List<String> UNKNOWN = List.of(Calls.UNKNOWN_METHOD, "tools/mcp-session-conformance");
    /** A version that no server can support yet. */
    private static final String NO_VERSION = "2099-12-31";

    /** No version at all. */
    private static final String LATEST = "latest";

    @Rule(
            id = "modern/missing-meta-400",
            level = MUST,
            eras = MODERN,
            title = "A request without metadata that is required is answered 400, whatever came before it",
            source = META)
    void missingMeta400(Client client) {
        // An earlier request must not stand in for what this one lacks.
        for (var sample : Samples.of(client)) {
            Samples.mustBeRefused(client, sample, sample.request(client, MetaRules::removeMeta), 400, "without _meta");
            for (var key : List.of("protocolVersion", "clientCapabilities")) {
                Samples.mustBeRefused(
                        client,
                        sample,
                        sample.request(client, m -> remove(m, key)),
                        400,
                        "without " + key + " in _meta");
            }
        }
    }

    private static void removeMeta(ObjectNode message) {
        ((ObjectNode) message.get("params")).remove("_meta");
    }

    private static void remove(ObjectNode message, String key) {
        Calls.meta(message).remove(Client.META_PREFIX + key);
    }

    @Rule(
            id = "modern/missing-meta-error",
            dependsOn = "modern/missing-meta-400",
            level = MUST,
            eras = MODERN,
            title = "A request without metadata that is required is refused with the error -32602",
            source = META)
    void missingMetaError(Client client) {
        boolean judged = false;
        for (var sample : Samples.of(client)) {
            judged |= mustHaveCode(
                    sample.send(sample.request(client, m -> remove(m, "clientCapabilities"))),
                    Set.of(INVALID_PARAMS),
                    INVALID_PARAMS,
                    "for a call of " + sample + " without clientCapabilities in _meta");
            // The header names a version that the body does not: the server may name that fault first.
            judged |= mustHaveCode(
                    sample.send(sample.request(client, m -> remove(m, "protocolVersion"))),
                    Set.of(INVALID_PARAMS, HEADER_MISMATCH),
                    INVALID_PARAMS,
                    "for a call of " + sample + " without protocolVersion in _meta");
        }
        if (!judged) {
            throw RuleAbortedException.inconclusive(
                    "no request was refused for its metadata: see modern/missing-meta-400");
        }
    }

    /** Judges the code, where a request was refused at all: that it must be is another rule. */
    private static boolean mustHaveCode(Exchange reply, Set<Integer> codes, int expected, String because) {
        boolean refused = Calls.status(reply) == 400 || Calls.code(reply).isPresent();
        if (refused) {
            var error = reply.error().filter(JsonNode::isObject);
            reply.mustHave(
                    Calls.code(reply).filter(codes::contains).isPresent(),
                    "a JSON-RPC error with the code " + expected + " " + because,
                    "got "
                            + error.map(JsonNode::toString)
                                    .map(e -> "the error " + e)
                                    .orElseGet(() -> Calls.describe(reply)));
        }
        return refused;
    }

    @Rule(
            id = "modern/client-info-optional",
            level = ADVICE,
            eras = MODERN,
            title = "A request without clientInfo is served: clients may be told not to name themselves",
            source = META)
    void clientInfoOptional(Client client) {
        for (var sample : Samples.of(client)) {
            Samples.mustBeServed(
                    client,
                    sample,
                    sample.request(client, m -> remove(m, "clientInfo")),
                    "without clientInfo in _meta");
        }
    }

    // ---- versions ----

    @Rule(
            id = "modern/unsupported-version-400",
            level = MUST,
            eras = MODERN,
            title = "A request in a version that the server does not support is answered 400",
            source = VERSION_HEADER)
    void unsupportedVersion400(Client client) {
        for (var sample : Samples.of(client)) {
            for (var version : versions(client)) {
                Samples.mustBeRefused(client, sample, in(client, sample, version), 400, "in version " + version);
            }
        }
    }

    @Rule(
            id = "modern/unsupported-version-error",
            dependsOn = "modern/unsupported-version-400",
            level = MUST,
            eras = MODERN,
            title = "A request in a version that the server does not support is told which it does",
            source = "basic/versioning, Protocol Version Negotiation")
    void unsupportedVersionError(Client client) {
        boolean judged = false;
        for (var sample : Samples.of(client)) {
            for (var version : versions(client)) {
                var reply = sample.send(in(client, sample, version));
                if (mustHaveCode(
                        reply,
                        // No revision has a name like that, so that the header is malformed too.
                        version.equals(LATEST)
                                ? Set.of(UNSUPPORTED_VERSION, HEADER_MISMATCH)
                                : Set.of(UNSUPPORTED_VERSION),
                        UNSUPPORTED_VERSION,
                        "for a call of " + sample + " in version " + version)) {
                    judged = true;
                    if (Calls.code(reply).equals(Optional.of(HEADER_MISMATCH))) {
                        continue;
                    }
                    var data = reply.error().orElseThrow().path("data");
                    reply.mustHave(
                            data.path("supported")
                                    .valueStream()
                                    .map(v -> v.asString(""))
                                    .anyMatch(client.revision().wire()::equals),
                            "data.supported to list the versions that the server supports, " + client.revision()
                                    + " among them",
                            "it is " + data.path("supported"));
                    reply.mustHave(
                            version.equals(data.path("requested").asString("")),
                            "data.requested to be " + version,
                            "it is " + data.path("requested"));
                }
            }
        }
        if (!judged) {
            throw RuleAbortedException.inconclusive("no version was refused: see modern/unsupported-version-400");
        }
    }

    /** Versions that the server does not support; a legacy one only where it speaks no such version. */
    private static List<String> versions(Client client) {
        return client.capabilities().oneEra()
                ? List.of(NO_VERSION, LATEST, V2025_11_25.wire())
                : List.of(NO_VERSION, LATEST);
    }

    private static Request in(Client client, Sample sample, String version) {
        return sample.request(client, m -> Calls.meta(m).put(Client.META_PREFIX + "protocolVersion", version))
                .header(Client.VERSION_HEADER, version);
    }

    // ---- methods ----

    @Rule(
            id = "modern/unknown-method-404",
            level = MUST,
            eras = MODERN,
            title = "A request for a method that the server does not have is answered 404",
            source = VERSION_HEADER)
    void unknownMethod404(Client client) {
        Samples.of(client);
        for (var method : UNKNOWN) {
            Calls.mustBeRefused(
                    client.post(client.request(method)).send(),
                    404,
                    "for the method " + method + ", which the server cannot have");
        }
    }

    @Rule(
            id = "modern/unknown-method-error",
            dependsOn = "modern/unknown-method-404",
            level = MUST,
            eras = MODERN,
            title = "A request for a method that the server does not have is answered with the error -32601",
            source = VERSION_HEADER)
    void unknownMethodError(Client client) {
        Samples.of(client);
        for (var method : UNKNOWN) {
            var reply = client.post(client.request(method)).send();
            Calls.whole(reply);
            reply.mustHave(
                    Calls.code(reply).equals(Optional.of(METHOD_NOT_FOUND)),
                    "a JSON-RPC error with the code " + METHOD_NOT_FOUND + " for the method " + method
                            + ", which the server cannot have",
                    "got " + reply.error().map(e -> "the error " + e).orElseGet(() -> Calls.describe(reply)));
        }
    }
}
