package dev.mcpsession.conformance.rules.transport;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.protocol.Revision.V2025_03_26;
import static dev.mcpsession.conformance.protocol.Revision.V2025_06_18;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
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
        talk.mustHaveStatus(
                talk.ping().header(Client.VERSION_HEADER, UNSUPPORTED).send(), 400, because(UNSUPPORTED));
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
        talk.mustHaveStatus(talk.ping().header(Client.VERSION_HEADER, INVALID).send(), 400, because(INVALID));
    }

    @Rule(
            id = "transport/unsupported-version-on-get",
            dependsOn = "transport/unsupported-version-400",
            level = MUST,
            since = V2025_06_18,
            requires = GET_STREAM,
            title = "A GET whose MCP-Protocol-Version names a revision that nobody supports is answered 400, or 405",
            source = SOURCE + "; Listening for Messages from the Server, item 3")
    void unsupportedVersionOnGet(Client client) {
        var talk = Conversation.open(client);
        var get = talk.awaitHead(talk.get().header(Client.VERSION_HEADER, UNSUPPORTED));
        talk.status(get);
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
        }
        talk.status(delete);
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
            title = "A request without MCP-Protocol-Version is served, as one of the negotiated revision or the first",
            source = SOURCE)
    void missingVersionServed(Client client) {
        var talk = Conversation.open(client);
        var ping = talk.ping().without(Client.VERSION_HEADER).send();
        int status = talk.status(ping);
        if (status / 100 == 4 && !speaks20250326(client)) {
            throw RuleAbortedException.notApplicable("the server, which does not speak 2025-03-26, answered "
                    + ping.describeReply() + ": it may have no other way to know the revision");
        }
        ping.mustHave(
                status / 100 == 2,
                "a request without MCP-Protocol-Version to be served",
                "got " + ping.describeReply());
    }

    private static boolean speaks20250326(Client client) {
        var opening = client.speaking(V2025_03_26)
                .post(client.initialize(V2025_03_26.wire()))
                .send();
        if (opening.status() != 200) {
            return false;
        }
        opening.sessionId().ifPresent(id -> client.adopt(id, opening));
        return opening.result()
                .map(r -> r.path("protocolVersion").asString(""))
                .orElse("")
                .equals(V2025_03_26.wire());
    }
}
