package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.NO_AUTHORIZATION;
import static dev.mcpsession.conformance.judgement.Unless.OPEN_TO_ALL;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.rule.Requires.BEARER_TOKEN;
import static dev.mcpsession.conformance.rule.Requires.CREDENTIALS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.SessionIds;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.modern.Samples.Sample;
import dev.mcpsession.conformance.rules.ownership.ResourceMetadataRules;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Credentials, which every request brings by itself. */
public final class AuthorizationRules {
    private static final String HANDLING = "basic/authorization, Token Handling";
    private static final String ERRORS = "basic/authorization, Error Handling";
    private static final String LOCATION =
            "basic/authorization/authorization-server-discovery, Authorization Server Location; "
                    + "Protected Resource Metadata Discovery Requirements";
    private static final String WELL_KNOWN = "/.well-known/oauth-protected-resource";
    private static final Pattern METADATA =
            Pattern.compile("resource_metadata\\s*=\\s*\"?([^\",\\s]+)", Pattern.CASE_INSENSITIVE);

    /** The requests that are served without credentials though a lesser one is not: the list comes before its items. */
    private static final Map<String, String> LISTED_IN = Map.of(
            Samples.READ,
            "resources/list",
            "resources/templates/list",
            "resources/list",
            Samples.GET,
            "prompts/list",
            Samples.COMPLETE,
            "prompts/list",
            "tools/call",
            "tools/list");

    /** The codes for params and methods that there are not. */
    private static final Set<Integer> NOT_THERE = Set.of(-32602, -32601);

    // ---- without credentials ----

    @Rule(
            id = "modern/credentials-everywhere",
            level = MUST,
            eras = MODERN,
            requires = CREDENTIALS,
            unless = OPEN_TO_ALL,
            title = "A server that asks for credentials does so on every method",
            source = "security best practices, State Handle Hijacking: all inbound requests are verified; " + ERRORS)
    void credentialsEverywhere(Client client) {
        var anonymous = client.anonymous();
        var replies = new LinkedHashMap<String, Exchange>();
        var samples = withTool(client);
        for (var sample : samples) {
            replies.put(sample.method(), send(sample, anonymous));
        }
        boolean discovery = isRefused(replies.get(Calls.DISCOVER));
        boolean any = false;
        for (var sample : samples) {
            var reply = Objects.requireNonNull(replies.get(sample.method()), sample::toString);
            any |= isRefused(reply);
            // Some let everybody discover them, or see their lists: what is behind what they refuse must be refused.
            if (discovery || isRefused(replies.get(LISTED_IN.get(sample.method())))) {
                reply.mustHave(
                        !sample.isServed(reply) && !reply.isEventStream(),
                        sample + " to be refused without credentials, as "
                                + (discovery ? Calls.DISCOVER : LISTED_IN.get(sample.method())) + " is",
                        "got " + Calls.describe(reply));
            }
        }
        if (!any) {
            throw RuleAbortedException.notApplicable(OPEN_TO_ALL, "it serves all methods without any");
        }
        if (discovery) {
            mustRefuseNotifications(client, anonymous);
        }
    }

    private static void mustRefuseNotifications(Client client, Client anonymous) {
        var message = client.idleNotification();
        if (client.post(message).send().status() != 202) {
            return;
        }
        var reply = anonymous.post(message).send();
        reply.mustNotBeServed("a notification to be refused without credentials, as " + Calls.DISCOVER + " is");
    }

    private static boolean isRefused(@Nullable Exchange reply) {
        return reply != null && (reply.status() == 401 || reply.status() == 403);
    }

    /** The samples, and a call of the slow tool where there is one. */
    private static List<Sample> withTool(Client client) {
        var samples = new ArrayList<>(Samples.of(client));
        Calls.callable(client)
                .ifPresent(tool ->
                        samples.add(new Sample("tools/call", c -> c.call(tool.name(), tool.arguments()), null)));
        return samples;
    }

    /** Sends a sample with other credentials, or none; of a call of a tool, only how it begins is waited for. */
    private static Exchange send(Sample sample, Client other) {
        var reply = Calls.opened(sample.request(other));
        if (reply.isEventStream() && !sample.method().equals("tools/call")) {
            reply.await(() -> !reply.messages().isEmpty(), other.patience());
        }
        reply.close();
        if (reply.isOverload()) {
            throw RuleAbortedException.inconclusive("the server is too busy: it answered " + reply.describeReply());
        }
        reply.status();
        return reply;
    }

    // ---- the specification's authorization ----

    @Rule(
            id = "modern/no-token-401",
            level = MUST,
            eras = MODERN,
            requires = BEARER_TOKEN,
            unless = NO_AUTHORIZATION,
            title = "A server with the specification's authorization refuses requests without a token with 401",
            source = ERRORS)
    void noToken401(Client client) {
        needAuthorization(client);
        for (var sample : withTool(client)) {
            var reply = send(sample, client.anonymous());
            if (!sample.isServed(reply) && !isNotThere(reply)) {
                reply.mustHaveStatus(401, "for a call of " + sample + " without a token");
                reply.mustHave(
                        reply.header("WWW-Authenticate").isPresent(),
                        "the header WWW-Authenticate with the 401",
                        "there is none");
            }
        }
    }

    @Rule(
            id = "modern/invalid-token-401",
            level = MUST,
            eras = MODERN,
            requires = BEARER_TOKEN,
            unless = NO_AUTHORIZATION,
            title = "A server with the specification's authorization refuses an invalid token with 401, on every "
                    + "method",
            source = HANDLING)
    void invalidToken401(Client client) {
        needAuthorization(client);
        var stranger = client.as(invalid(client.target().headers()));
        for (var sample : withTool(client)) {
            // A request that is served to everybody, with a token or without, says nothing about tokens.
            var anonymous = send(sample, client.anonymous());
            if (!sample.isServed(anonymous) && !isNotThere(anonymous)) {
                send(sample, stranger).mustHaveStatus(401, "for a call of " + sample + " with an invalid token");
            }
        }
    }

    /** Whether the server says that it has no such thing: what there is may depend on who asks. */
    private static boolean isNotThere(Exchange reply) {
        return !isRefused(reply)
                && Calls.code(reply).filter(NOT_THERE::contains).isPresent();
    }

    /** Credentials with a token of the same form that nobody has. */
    private static List<Header> invalid(List<Header> credentials) {
        return credentials.stream()
                .map(h -> h.isBearerToken()
                        ? new Header(
                                h.name(),
                                "Bearer "
                                        + SessionIds.similarTo(h.value()
                                                .substring("Bearer ".length())
                                                .strip()))
                        : h)
                .toList();
    }

    /** Servers may have means of their own, which the specification leaves to them. */
    private static void needAuthorization(Client client) {
        if (challenges(client).findAny().isEmpty()) {
            throw RuleAbortedException.notApplicable(
                    NO_AUTHORIZATION, "no request without a token is answered 401 with a challenge for a bearer token");
        }
    }

    /** The challenges for bearer tokens that requests without one get. */
    private static Stream<String> challenges(Client client) {
        return withTool(client).stream()
                .map(s -> send(s, client.anonymous()))
                .filter(r -> r.status() == 401)
                .flatMap(r -> r.headerValues("WWW-Authenticate").stream())
                .filter(c -> c.regionMatches(true, 0, "Bearer", 0, 6));
    }

    // ---- the metadata of the resource ----

    @Rule(
            id = "modern/resource-metadata",
            level = MUST,
            eras = MODERN,
            requires = CREDENTIALS,
            unless = NO_AUTHORIZATION,
            title = "The metadata that a server names, or has at the well-known place, name an authorization server",
            source = LOCATION)
    void resourceMetadata(Client client) {
        var metadata = metadata(client);
        Calls.status(metadata);
        metadata.mustHaveStatus(200, "for the metadata of the resource");
        ResourceMetadataRules.mustNameAuthorizationServers(metadata);
    }

    @Rule(
            id = "modern/no-offline-access",
            level = SHOULD,
            eras = MODERN,
            requires = CREDENTIALS,
            unless = NO_AUTHORIZATION,
            title = "A server asks for no scope that is about refresh tokens",
            source = "basic/authorization, Refresh Tokens")
    void noOfflineAccess(Client client) {
        Samples.of(client);
        var metadata = metadata(client);
        var challenges = challenges(client).toList();
        for (var challenge : challenges) {
            metadata.mustHave(
                    !challenge.contains("offline_access"),
                    "no scope offline_access in WWW-Authenticate",
                    "it is " + challenge);
        }
        var scopes = metadata.messages().stream()
                .filter(JsonNode::isObject)
                .findFirst()
                .orElseGet(Json::object)
                .path("scopes_supported");
        metadata.mustHave(
                scopes.valueStream().noneMatch(s -> s.asString("").equals("offline_access")),
                "no scope offline_access in scopes_supported",
                "it is " + scopes);
    }

    /**
     * The document that a challenge names, or else the one at the well-known place.
     *
     * @throws RuleAbortedException if there is none, or it is on another host, which the kit was not told to ask
     */
    private static Exchange metadata(Client client) {
        Samples.of(client);
        var named = challenges(client)
                .map(METADATA::matcher)
                .filter(m -> m.find())
                .map(m -> m.group(1))
                .findFirst();
        if (named.isPresent()) {
            return get(client, own(client, named.get()));
        }
        for (var place : List.of(WELL_KNOWN + client.uri().getRawPath(), WELL_KNOWN)) {
            var reply = get(client, client.uri().resolve(place));
            if (reply.status() == 200 && reply.messages().stream().anyMatch(m -> m.has("resource"))) {
                return reply;
            }
        }
        throw RuleAbortedException.notApplicable(
                NO_AUTHORIZATION, "it names no metadata of the resource, and has none at the well-known places");
    }

    private static URI own(Client client, String named) {
        var uri = Optional.of(named)
                .filter(n -> n.matches("https?://[^\\s]+"))
                .map(URI::create)
                .orElseThrow(() -> RuleAbortedException.notTestable("the metadata of the resource are at " + named));
        if (!String.valueOf(uri.getAuthority()).equalsIgnoreCase(client.uri().getAuthority())) {
            throw RuleAbortedException.notTestable(
                    "the metadata of the resource are on another host, which the kit does not ask: " + named);
        }
        return uri;
    }

    private static Exchange get(Client client, URI uri) {
        return client.anonymous()
                .at(uri)
                .plain("GET")
                .header("Accept", "application/json")
                .send();
    }
}
