package dev.mcpsession.conformance.rules.ownership;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.NOT_401;
import static dev.mcpsession.conformance.judgement.Unless.NO_AUTHORIZATION;
import static dev.mcpsession.conformance.protocol.Revision.V2025_06_18;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.rule.Rule;
import java.net.URI;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Where clients learn which authorization server gives them a token. */
public final class ResourceMetadataRules {
    private static final String WELL_KNOWN = "/.well-known/oauth-protected-resource";
    private static final Pattern NAMED =
            Pattern.compile("resource_metadata\\s*=\\s*\"?([^\",\\s]+)", Pattern.CASE_INSENSITIVE);

    @Rule(
            id = "ownership/resource-metadata",
            level = MUST,
            since = V2025_06_18,
            once = true,
            unless = {NOT_401, NO_AUTHORIZATION},
            title = "The metadata that a 401 names, or that are at the well-known place, name an authorization server",
            source = "basic/authorization, Authorization Server Location")
    void resourceMetadata(Client client) {
        var anonymous = client.anonymous();
        var refused = anonymous.post(anonymous.initialize()).send();
        refused.sessionId().ifPresent(id -> anonymous.adopt(id, refused));
        if (refused.status() != 401) {
            throw RuleAbortedException.notApplicable(NOT_401, "initialize was answered " + refused.describeReply());
        }
        var metadata = metadata(anonymous, refused);
        metadata.mustNotBeOverload("the metadata of the resource")
                .mustHaveStatus(200, "for the metadata of the resource");
        mustNameAuthorizationServers(metadata);
    }

    /**
     * Checks the metadata of a resource: a JSON object that names authorization servers.
     *
     * @throws Violation if it is none, or names none
     */
    public static void mustNameAuthorizationServers(Exchange metadata) {
        var document = metadata.messages().stream().filter(JsonNode::isObject).findFirst();
        metadata.mustHave(
                document.isPresent(),
                "the metadata of the resource to be a JSON object",
                "got " + metadata.describeReply());
        var servers = document.orElseThrow().path("authorization_servers");
        metadata.mustHave(
                servers.isArray() && !servers.isEmpty() && servers.valueStream().allMatch(JsonNode::isString),
                "authorization_servers to name at least one",
                "it is " + servers);
    }

    /** The document that the challenge names, or else the one at the well-known place. */
    private static Exchange metadata(Client anonymous, Exchange refused) {
        for (var challenge : refused.headerValues("WWW-Authenticate")) {
            var named = NAMED.matcher(challenge);
            if (named.find()) {
                return get(anonymous, own(anonymous, named.group(1)));
            }
        }
        for (var place : List.of(WELL_KNOWN + anonymous.uri().getRawPath(), WELL_KNOWN)) {
            var reply = get(anonymous, anonymous.uri().resolve(place));
            if (reply.status() == 200 && reply.messages().stream().anyMatch(m -> m.has("resource"))) {
                return reply;
            }
        }
        throw RuleAbortedException.notApplicable(
                NO_AUTHORIZATION, "it names no metadata of the resource, and has none at the well-known places");
    }

    private static URI own(Client client, String named) {
        URI uri;
        try {
            uri = client.uri().resolve(named);
        } catch (IllegalArgumentException e) {
            throw RuleAbortedException.notTestable("the metadata of the resource are at " + named);
        }
        if (!String.valueOf(uri.getAuthority())
                .equalsIgnoreCase(String.valueOf(client.uri().getAuthority()))) {
            throw RuleAbortedException.notTestable(
                    "the metadata of the resource are on another host, which the kit does not ask: " + named);
        }
        return uri;
    }

    private static Exchange get(Client anonymous, URI uri) {
        return anonymous
                .at(uri)
                .plain("GET")
                .header("Accept", "application/json")
                .send();
    }
}
