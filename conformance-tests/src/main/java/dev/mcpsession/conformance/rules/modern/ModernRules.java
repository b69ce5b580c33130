package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.protocol.Revision.V2025_11_25;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.transport.SecurityRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A revision without sessions: what is left of them, and that each request stands by itself. */
public final class ModernRules {
    private static final String EARLIER = "basic/transports/streamable-http, Earlier Streamable HTTP Revisions";
    private static final String STATELESS = "basic/index, Statelessness";
    /** A site that no server can have meant to allow. */
    private static final String ATTACKER = "http://attacker.example";
    private static final String SOME_ID = "0f8fad5b-d9cb-469f-a165-70867728950e";
    private static final Duration HEAD = Duration.ofSeconds(2);
    private static final int AT_ONCE = 8;

    // ---- what is left of sessions ----

    @Rule(id = "modern/mints-no-id", level = SHOULD, eras = MODERN,
            title = "No reply carries a session id",
            source = EARLIER)
    void mintsNoId(Client client) {
        Calls.needOneEra(client);
        Calls.needDiscovery(client);
        for (var method : List.of(Calls.DISCOVER, Calls.LIST)) {
            var reply = client.post(client.request(method)).send();
            Calls.status(reply);
            reply.mustHave(reply.header(Client.SESSION_HEADER).isEmpty(), "no session id in the reply to " + method,
                    "it carries " + reply.header(Client.SESSION_HEADER).orElse(""));
        }
    }

    @Rule(id = "modern/ignores-id", level = SHOULD, eras = MODERN,
            title = "A request that carries a session id is served as if it carried none",
            source = EARLIER)
    void ignoresId(Client client) {
        Calls.needOneEra(client);
        Calls.needDiscovery(client);
        Calls.mustBeServed(client.post(client.request(Calls.DISCOVER)).withSessionId(SOME_ID).send(),
                "although it carries a session id");
    }

    @Rule(id = "modern/echoes-no-id", level = SHOULD, eras = MODERN,
            title = "A session id that a request carries does not come back with the reply",
            source = EARLIER)
    void echoesNoId(Client client) {
        Calls.needOneEra(client);
        Calls.needDiscovery(client);
        var reply = client.post(client.request(Calls.DISCOVER)).withSessionId(SOME_ID).send();
        Calls.status(reply);
        reply.mustHave(reply.headerValues(Client.SESSION_HEADER).stream().noneMatch(SOME_ID::equals),
                "the session id of the request not to come back", "the reply carries it");
    }

    @Rule(id = "modern/get-405", level = SHOULD, eras = MODERN,
            title = "GET is answered 405",
            source = EARLIER)
    void get405(Client client) {
        Calls.needOneEra(client);
        Calls.needDiscovery(client);
        var reply = client.get().start();
        reply.awaitHead(shorter(client.patience(), HEAD));
        if (reply.isEventStream()
                && reply.await(() -> reply.events().stream().anyMatch(e -> e.event().equals("endpoint")), HEAD)) {
            throw RuleAbortedException.notApplicable("the server speaks 2024-11-05 too, at the same address: GET opens its stream");
        }
        Calls.mustBeRefused(reply, 405, "for GET, which has no use in this revision");
    }

    @Rule(id = "modern/delete-405", level = SHOULD, eras = MODERN,
            title = "DELETE is answered 405",
            source = EARLIER)
    void delete405(Client client) {
        Calls.needOneEra(client);
        Calls.needDiscovery(client);
        Calls.mustBeRefused(client.delete().withSessionId(SOME_ID).send(), 405,
                "for DELETE, which has no use in this revision");
    }

    @Rule(id = "modern/ignores-last-event-id", level = SHOULD, eras = MODERN,
            title = "A request that carries Last-Event-ID is served as if it carried none",
            source = EARLIER)
    void ignoresLastEventId(Client client) {
        Calls.needOneEra(client);
        Calls.needDiscovery(client);
        Calls.mustBeServed(client.post(client.request(Calls.DISCOVER)).header("Last-Event-ID", "7").send(),
                "although it carries Last-Event-ID");
    }

    @Rule(id = "modern/initialize-names-versions", level = SHOULD, eras = MODERN,
            title = "The error that initialize gets names the versions that the server supports",
            source = "basic/versioning, Backward Compatibility with Initialization-Based Versions")
    void initializeNamesVersions(Client client) {
        Calls.needOneEra(client);
        Calls.needDiscovery(client);
        var legacy = client.speaking(V2025_11_25);
        var reply = legacy.post(legacy.initialize()).send();
        int status = Calls.whole(reply).status();
        if (reply.result().isPresent()) {
            throw RuleAbortedException.inconclusive("initialize was served, with status " + status);
        }
        var text = reply.isEventStream() ? reply.messages().toString() : reply.body();
        reply.mustHave(text.contains(client.revision().wire()),
                "the answer to initialize to name the version " + client.revision() + ", which the server supports",
                "got " + Calls.describe(reply));
    }

    // ---- every request by itself ----

    @Rule(id = "modern/lists-independent", level = MUST, eras = MODERN,
            title = "The list of tools depends neither on the connection nor on what was asked before",
            source = "server/tools, Capabilities; " + STATELESS)
    void listsIndependent(Client client) {
        Calls.needTools(client);
        var first = Calls.names(list(client).send());
        Calls.discover(client);
        client.post(client.call(Calls.UNKNOWN_TOOL, Json.object())).send();
        mustBe(first, list(client).send(), "after other requests");
        var fresh = client.overNewConnections();
        mustBe(first, list(fresh).send(), "as the first request of a connection");
        mustBe(first, list(fresh).send(), "as the second request of a connection");
    }

    private static Request list(Client client) {
        return client.post(client.request(Calls.LIST));
    }

    private static void mustBe(List<String> first, Exchange list, String when) {
        var names = Calls.names(list);
        if (!names.equals(first)) {
            // It may have changed for a reason of the server's own, at any time.
            throw new Suspicion("the list of tools to be the same " + when,
                    "it was " + first + " before and is " + names, list);
        }
    }

    @Rule(id = "modern/any-connection", level = MUST, eras = MODERN,
            title = "Requests are served over any connection, whatever was or was not asked over it before",
            source = STATELESS)
    void anyConnection(Client client) {
        boolean tools = Calls.capabilities(client).has("tools");
        var fresh = client.overNewConnections();
        var replies = new ArrayList<Exchange>();
        for (int i = 0; i < AT_ONCE; i++) {
            replies.add(fresh.post(fresh.request(tools && i % 2 == 0 ? Calls.LIST : Calls.DISCOVER)).start());
        }
        Request.completeAll(replies, client.patience());
        for (var reply : replies) {
            Calls.mustBeServed(reply, "over a connection that nothing else has used");
        }
    }

    @Rule(id = "modern/same-ids-do-not-cross", level = MUST, eras = MODERN,
            title = "Requests of different clients that happen to have the same id each get their own response",
            source = "basic/index, Result Responses; " + STATELESS)
    void sameIdsDoNotCross(Client client) {
        Calls.needDiscovery(client);
        var fresh = client.overNewConnections();
        var discoveries = new ArrayList<Exchange>();
        var others = new ArrayList<Exchange>();
        for (int i = 0; i < AT_ONCE / 2; i++) {
            discoveries.add(fresh.post(fresh.request(Calls.DISCOVER).put("id", "same")).start());
            others.add(fresh.post(fresh.request(Calls.UNKNOWN_METHOD).put("id", "same")).start());
        }
        Request.completeAll(Stream.concat(discoveries.stream(), others.stream()).toList(), client.patience());
        var discovered = "a response to server/discover, although other requests with the same id were under way";
        for (var reply : discoveries) {
            Calls.whole(reply);
            mustBeSingle(reply);
            reply.mustHave(reply.result().map(r -> r.has("supportedVersions")).orElse(false), discovered,
                    "got " + Calls.describe(reply));
        }
        for (var reply : others) {
            Calls.whole(reply);
            mustBeSingle(reply);
            reply.mustHave(reply.result().isEmpty(), "an error for an unknown method, although other requests with the"
                    + " same id were under way", "got " + Calls.describe(reply));
        }
    }

    private static void mustBeSingle(Exchange reply) {
        long responses = reply.messages().stream().filter(m -> m.has("result") || m.has("error")).count();
        reply.mustHave(responses <= 1, "one response to one request", "got " + responses);
    }

    // ---- security ----

    @Rule(id = "modern/origin-403", level = MUST, eras = MODERN,
            title = "A request from a web page of another site is refused with 403",
            source = "basic/transports/streamable-http, Security & Endpoint, item 1")
    void origin403(Client client) {
        Calls.needDiscovery(client);
        Calls.mustBeRefused(client.post(client.request(Calls.DISCOVER)).header("Origin", ATTACKER).send(), 403,
                "for a request with the Origin " + ATTACKER);
    }

    @Rule(id = "modern/origin-lookalike-403", level = MUST, eras = MODERN,
            title = "A site whose name only begins like one that may come in is refused like any other",
            source = "basic/transports/streamable-http, Security & Endpoint, item 1")
    void originLookalike403(Client client) {
        Calls.needDiscovery(client);
        if (client.post(client.request(Calls.DISCOVER)).header("Origin", ATTACKER).send().status() / 100 == 2) {
            throw RuleAbortedException.notApplicable("the server lets pages of any site in: see modern/origin-403");
        }
        for (var origin : SecurityRules.lookalikes(client.uri())) {
            Calls.mustBeRefused(client.post(client.request(Calls.DISCOVER)).header("Origin", origin).send(), 403,
                    "for a request with the Origin " + origin);
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
