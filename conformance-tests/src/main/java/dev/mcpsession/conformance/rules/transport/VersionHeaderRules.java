package dev.mcpsession.conformance.rules.transport;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.LATE_HEAD;
import static dev.mcpsession.conformance.judgement.Unless.REVISION_BY_HEADER;
import static dev.mcpsession.conformance.judgement.Unless.REVISION_BY_SESSION;
import static dev.mcpsession.conformance.protocol.Revision.V2025_03_26;
import static dev.mcpsession.conformance.protocol.Revision.V2025_06_18;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;

/** The header MCP-Protocol-Version, which came with revision 2025-06-18. */
public final class VersionHeaderRules {
    private static final String SOURCE = "basic/transports, Protocol Version Header";
    private static final String UNSUPPORTED = "1999-01-01";
    private static final String INVALID = "not-a-version";

    @Rule(
            id = "transport/unsupported-version-400",
            level = MUST,
            since = V2025_06_18,
            title = "A POST whose MCP-Protocol-Version names a revision that nobody supports is answered 400",
            source = SOURCE)
    void unsupportedVersion400(Client client) {
        var talk = Conversation.open(client);
        mustBeRefused(talk, UNSUPPORTED);
        var call = talk.post(client.callOfNoTool())
                .header(Client.VERSION_HEADER, UNSUPPORTED)
                .send();
        if (talk.status(call) / 100 == 2) {
            call.mustHaveStatus(400, because(UNSUPPORTED));
        }
        // A server of both eras may take it for one of the other, in which headers of notifications are not defined.
        if (!client.capabilities().dualEra()) {
            var notification = talk.notification()
                    .header(Client.VERSION_HEADER, UNSUPPORTED)
                    .send();
            if (talk.status(notification) / 100 == 2) {
                notification.mustHaveStatus(400, because(UNSUPPORTED));
            }
        }
    }

    @Rule(
            id = "transport/invalid-version-400",
            dependsOn = "transport/unsupported-version-400",
            level = MUST,
            since = V2025_06_18,
            title = "A POST whose MCP-Protocol-Version is no revision at all is answered 400",
            source = SOURCE)
    void invalidVersion400(Client client) {
        var talk = Conversation.open(client);
        mustBeRefused(talk, INVALID);
    }

    private static void mustBeRefused(Conversation talk, String version) {
        talk.need(talk.ping());
        var ping = talk.ping().header(Client.VERSION_HEADER, version).send();
        talk.status(ping);
        talk.need(talk.ping());
        ping.mustHaveStatus(400, because(version));
    }

    @Rule(
            id = "transport/unsupported-version-on-get",
            dependsOn = "transport/unsupported-version-400",
            level = MUST,
            since = V2025_06_18,
            requires = GET_STREAM,
            unless = LATE_HEAD,
            title = "A GET whose MCP-Protocol-Version names a revision that nobody supports is answered 400, or 405",
            source = SOURCE + "; Listening for Messages from the Server, item 3")
    void unsupportedVersionOnGet(Client client) {
        var talk = Conversation.open(client);
        var get = talk.awaitHead(talk.get().header(Client.VERSION_HEADER, UNSUPPORTED));
        talk.status(get);
        if (get.status() / 100 != 2) {
            talk.needStream();
        }
        mustBe400Or405(get);
    }

    @Rule(
            id = "transport/unsupported-version-on-delete",
            dependsOn = "transport/unsupported-version-400",
            level = MUST,
            since = V2025_06_18,
            requires = {SESSIONS, DELETE},
            title = "A DELETE whose MCP-Protocol-Version names a revision that nobody supports is answered 400, or 405",
            source = SOURCE + "; Session Management, item 5")
    void unsupportedVersionOnDelete(Client client) {
        var talk = Conversation.open(client);
        var delete = talk.in(client.delete())
                .header(Client.VERSION_HEADER, UNSUPPORTED)
                .send();
        if (delete.status() / 100 == 2) {
            talk.session().orElseThrow().markEnded();
        } else {
            talk.status(delete);
            // A server that refuses every DELETE, or this session, tells nothing.
            talk.session().orElseThrow().terminate();
        }
        mustBe400Or405(delete);
    }

    /** GET and DELETE may be methods that the server does not offer in an unknown revision. */
    private static void mustBe400Or405(Exchange exchange) {
        int status = exchange.status();
        exchange.mustHave(
                status == 400 || status == 405,
                "status 400 or 405 " + because(UNSUPPORTED),
                "got " + exchange.describeReply());
    }

    private static String because(String version) {
        return "for MCP-Protocol-Version: " + version;
    }

    @Rule(
            id = "transport/missing-version-served",
            level = SHOULD,
            since = V2025_06_18,
            sessions = 2,
            unless = {REVISION_BY_HEADER, REVISION_BY_SESSION},
            title = "A request without MCP-Protocol-Version is served, as one of the negotiated revision or the first",
            source = SOURCE)
    void missingVersionServed(Client client) {
        var talk = Conversation.open(client);
        var ping = talk.ping().without(Client.VERSION_HEADER).send();
        int status = talk.status(ping);
        if (status / 100 == 4) {
            mustBeLackOfTheHeader(talk, ping);
        }
        ping.mustHave(
                status / 100 == 2,
                "a request without MCP-Protocol-Version to be served",
                "got " + ping.describeReply());
    }

    /**
     * A refusal is right where the server cannot serve what it must assume, and where it knows from the session that
     * the revision is one which demands the header.
     */
    private static void mustBeLackOfTheHeader(Conversation talk, Exchange refused) {
        talk.need(talk.ping());
        var client = talk.client().speaking(V2025_03_26);
        var opening = client.post(client.initialize()).send();
        if (opening.status() != 200
                || opening.result()
                        .map(r -> r.path("protocolVersion").asString(""))
                        .filter(V2025_03_26.wire()::equals)
                        .isEmpty()) {
            opening.sessionId().ifPresent(id -> client.adopt(id, opening));
            throw RuleAbortedException.notApplicable(REVISION_BY_HEADER, "it answered " + refused.describeReply());
        }
        if (opening.sessionId().isEmpty() || talk.session().isEmpty()) {
            return;
        }
        var first = client.adopt(opening.sessionId().get(), opening);
        first.post(Json.notification("notifications/initialized")).send();
        if (first.ping().send().status() / 100 == 2) {
            throw RuleAbortedException.notApplicable(REVISION_BY_SESSION, refused.describeReply());
        }
    }
}
