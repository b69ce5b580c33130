package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.OLD_TRANSPORT;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.protocol.Revision.V2025_11_25;
import static dev.mcpsession.conformance.rule.Requires.ONE_ERA;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;

/** A revision without sessions: what becomes of what is left of them. */
public final class ModernRules {
    private static final String EARLIER = "basic/transports/streamable-http, Earlier Streamable HTTP Revisions";
    private static final String SOME_ID = "0f8fad5b-d9cb-469f-a165-70867728950e";
    private static final Duration HEAD = Duration.ofSeconds(2);

    // ---- what is left of sessions ----

    @Rule(
            id = "modern/mints-no-id",
            level = SHOULD,
            eras = MODERN,
            requires = ONE_ERA,
            title = "No reply carries a session id",
            source = EARLIER)
    void mintsNoId(Client client) {
        for (var sample : Samples.of(client)) {
            mustCarryNoId(sample.served());
        }
        mustCarryNoId(client.post(client.request(Calls.UNKNOWN_METHOD)).send());
    }

    private static void mustCarryNoId(Exchange reply) {
        Calls.status(reply);
        reply.mustHave(
                reply.header(Client.SESSION_HEADER).isEmpty(),
                "no session id in the reply to " + reply.describe(),
                "it carries " + reply.header(Client.SESSION_HEADER).orElse(""));
    }

    @Rule(
            id = "modern/ignores-id",
            level = SHOULD,
            eras = MODERN,
            requires = ONE_ERA,
            title = "A request that carries a session id is served as if it carried none",
            source = EARLIER)
    void ignoresId(Client client) {
        for (var sample : Samples.of(client)) {
            Samples.mustBeServed(
                    client, sample, sample.request(client).withSessionId(SOME_ID), "although it carries a session id");
        }
    }

    @Rule(
            id = "modern/echoes-no-id",
            level = SHOULD,
            eras = MODERN,
            requires = ONE_ERA,
            title = "A session id that a request carries does not come back with the reply",
            source = EARLIER)
    void echoesNoId(Client client) {
        for (var sample : Samples.of(client)) {
            var reply = sample.send(sample.request(client).withSessionId(SOME_ID));
            Calls.status(reply);
            reply.mustHave(
                    reply.headerValues(Client.SESSION_HEADER).stream().noneMatch(SOME_ID::equals),
                    "the session id of the request not to come back",
                    "the reply to " + sample + " carries it");
        }
    }

    @Rule(
            id = "modern/get-405",
            level = SHOULD,
            eras = MODERN,
            requires = ONE_ERA,
            unless = OLD_TRANSPORT,
            title = "GET is answered 405",
            source = EARLIER)
    void get405(Client client) {
        Samples.of(client);
        var reply = client.get().start();
        reply.awaitHead(shorter(client.patience(), HEAD));
        if (reply.isEventStream()) {
            reply.await(() -> !reply.events().isEmpty(), client.patience());
            if (reply.events().stream().anyMatch(e -> e.event().equals("endpoint"))) {
                throw RuleAbortedException.notApplicable(OLD_TRANSPORT);
            }
            if (reply.events().isEmpty()) {
                // The first event of that revision may be late.
                throw new Suspicion(
                        "status 405 for GET, which has no use in this revision", "got " + reply.describeReply(), reply);
            }
        }
        Calls.mustBeRefused(reply, 405, "for GET, which has no use in this revision");
    }

    @Rule(
            id = "modern/delete-405",
            level = SHOULD,
            eras = MODERN,
            requires = ONE_ERA,
            title = "DELETE is answered " + "405",
            source = EARLIER)
    void delete405(Client client) {
        Samples.of(client);
        Calls.mustBeRefused(
                client.delete().withSessionId(SOME_ID).send(), 405, "for DELETE, which has no use in this revision");
    }

    @Rule(
            id = "modern/ignores-last-event-id",
            level = SHOULD,
            eras = MODERN,
            requires = ONE_ERA,
            title = "A request that carries Last-Event-ID is served as if it carried none",
            source = EARLIER)
    void ignoresLastEventId(Client client) {
        for (var sample : Samples.of(client)) {
            Samples.mustBeServed(
                    client,
                    sample,
                    sample.request(client).header("Last-Event-ID", "7"),
                    "although it carries Last-Event-ID");
        }
    }

    @Rule(
            id = "modern/initialize-names-versions",
            level = SHOULD,
            eras = MODERN,
            requires = ONE_ERA,
            title = "The error that initialize gets names the versions that the server supports",
            source = "basic/versioning, Backward Compatibility with Initialization-Based Versions")
    void initializeNamesVersions(Client client) {
        Samples.of(client);
        var legacy = client.speaking(V2025_11_25);
        var reply = legacy.post(legacy.initialize()).send();
        int status = Calls.whole(reply).status();
        if (reply.result().isPresent()) {
            throw RuleAbortedException.inconclusive("initialize was served, with status " + status);
        }
        var text = reply.isEventStream() ? reply.messages().toString() : reply.body();
        reply.mustHave(
                text.contains(client.revision().wire()),
                "the answer to initialize to name the version " + client.revision() + ", which the server supports",
                "got " + Calls.describe(reply));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
