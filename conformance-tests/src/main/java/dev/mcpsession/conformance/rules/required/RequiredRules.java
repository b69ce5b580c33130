package dev.mcpsession.conformance.rules.required;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.ID_NOT_REQUIRED;
import static dev.mcpsession.conformance.judgement.Unless.NO_ID_NOT_REFUSED;
import static dev.mcpsession.conformance.judgement.Unless.OLD_TRANSPORT;
import static dev.mcpsession.conformance.judgement.Unless.SIGNED_IDS;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.http.SessionIds;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/** Rules on requests whose session id is missing, unknown or malformed. */
public final class RequiredRules {
    private static final String ITEM_2 = "basic/transports, Session Management, item 2";
    private static final String UNKNOWN = "session contract, point 3";
    private static final String ROBUST = "security best practices, Session Hijacking";

    // ---- no id ----

    /** How long to wait for the first event of a stream, by which the old transport shows. */
    private static final Duration FIRST_EVENT = Duration.ofSeconds(2);

    @Rule(
            id = "required/missing-id-post",
            level = SHOULD,
            requires = SESSIONS,
            unless = ID_NOT_REQUIRED,
            title = "A request without a session id is answered 400, where the server requires one",
            source = ITEM_2)
    void missingIdPost(Client client) {
        refusedForLackOfId(client).mustHaveStatus(400, "to a request without a session id");
    }

    @Rule(
            id = "required/missing-id-notification",
            dependsOn = "required/missing-id-post",
            level = SHOULD,
            requires = SESSIONS,
            unless = ID_NOT_REQUIRED,
            title = "A notification without a session id is answered 400, where the server requires one",
            source = ITEM_2)
    void missingIdNotification(Client client) {
        refusedForLackOfId(client);
        client.post(Json.notification("notifications/initialized"))
                .send()
                .mustHaveStatus(400, "to a notification without a session id");
    }

    @Rule(
            id = "required/missing-id-get",
            dependsOn = "required/missing-id-post",
            level = SHOULD,
            requires = {SESSIONS, GET_STREAM},
            unless = {ID_NOT_REQUIRED, OLD_TRANSPORT},
            title = "A GET without a session id is answered 400, where the server requires one",
            source = ITEM_2)
    void missingIdGet(Client client) {
        refusedForLackOfId(client);
        var get = client.get().open(client.patienceUpTo(FIRST_EVENT));
        if (get.answered() && get.isEventStream()) {
            get.await(() -> !get.events().isEmpty(), FIRST_EVENT);
            if (get.events().stream().anyMatch(e -> e.event().equals("endpoint"))) {
                get.close();
                throw RuleAbortedException.notApplicable(OLD_TRANSPORT);
            }
        } else if (get.answered()) {
            get.awaitEnd(client.patience());
        }
        get.close();
        get.mustBeAnswered("status 400 to a GET without a session id")
                .mustHaveStatus(400, "to a GET without a session id");
    }

    @Rule(
            id = "required/missing-id-delete",
            dependsOn = "required/missing-id-post",
            level = SHOULD,
            requires = {SESSIONS, DELETE},
            unless = ID_NOT_REQUIRED,
            title = "A DELETE without a session id is answered 400, where the server requires one",
            source = ITEM_2)
    void missingIdDelete(Client client) {
        refusedForLackOfId(client);
        client.delete().send().mustHaveStatus(400, "to a DELETE without a session id");
    }

    /** The refusal of a request without an id; ends the rule where it is served, since then no id is required. */
    private static Exchange refusedForLackOfId(Client client) {
        var session = client.open();
        var served =
                session.mustBeAlive(session.post(client.request(sample(client))).send(), "when it was just opened");
        if (served.result().isEmpty()) {
            throw RuleAbortedException.inconclusive(
                    sample(client) + " brings no result with a session id either: " + served.describeReply());
        }
        var reply = client.post(client.request(sample(client))).send();
        reply.status();
        if (reply.result().isPresent()) {
            throw RuleAbortedException.notApplicable(ID_NOT_REQUIRED, "it serves " + sample(client) + " without one");
        }
        return reply;
    }

    /** A request that is served in a session: some servers answer ping to anybody. */
    private static String sample(Client client) {
        return client.capabilities().tools().isEmpty() ? "ping" : "tools/list";
    }

    // ---- an id that was never assigned ----

    @Rule(
            id = "required/unknown-id-post",
            dependsOn = "termination/post-404",
            level = CONTRACT,
            sessions = 3,
            requires = SESSIONS,
            unless = SIGNED_IDS,
            title = "A request with a session id that was never assigned is answered 404",
            source = UNKNOWN)
    void unknownIdPost(Client client) {
        mustBeUnknown(client, client.request("ping"));
        // Some look for the session in the handlers of some methods only.
        for (var message : List.<Supplier<JsonNode>>of(() -> client.request("tools/list"), client::callOfNoTool)) {
            var session = client.open();
            if (session.post(message.get()).send().status() / 100 == 2) {
                mustBeUnknown(client, client.post(message.get()), session);
            }
        }
    }

    @Rule(
            id = "required/unknown-id-notification",
            dependsOn = "required/unknown-id-post",
            level = CONTRACT,
            requires = SESSIONS,
            unless = SIGNED_IDS,
            title = "A notification with a session id that was never assigned is answered 404",
            source = UNKNOWN)
    void unknownIdNotification(Client client) {
        mustBeUnknown(client, Json.notification("notifications/initialized"));
    }

    @Rule(
            id = "required/unknown-id-get",
            dependsOn = "required/unknown-id-post",
            level = CONTRACT,
            requires = {SESSIONS, GET_STREAM},
            unless = SIGNED_IDS,
            title = "A GET with a session id that was never assigned is answered 404",
            source = UNKNOWN)
    void unknownIdGet(Client client) {
        mustBeUnknown(client, client.get(), client.openWithoutInitialized());
    }

    @Rule(
            id = "required/unknown-id-delete",
            dependsOn = "required/unknown-id-post",
            level = CONTRACT,
            requires = {SESSIONS, DELETE},
            unless = SIGNED_IDS,
            title = "A DELETE with a session id that was never assigned is answered 404",
            source = UNKNOWN)
    void unknownIdDelete(Client client) {
        mustBeUnknown(client, client.delete(), client.openWithoutInitialized());
    }

    private static final String FOR_UNKNOWN = "for an id that was never assigned";

    private static void mustBeUnknown(Client client, JsonNode message) {
        var session = client.open();
        // A request that is refused with an assigned id says nothing about ids.
        session.need(session.post(Json.isRequest(message) ? client.request("ping") : message));
        mustBeUnknown(client, client.post(message), session);
    }

    private static void mustBeUnknown(Client client, Request request, ClientSession session) {
        var known = session.id();
        var reply = request.withSessionId(SessionIds.similarTo(known));
        var exchange = reply.method().equals("GET") ? reply.peek() : reply.send();
        exchange.mustBeAnswered("status 404 " + FOR_UNKNOWN);
        if (exchange.status() == 400 && SessionIds.looksSigned(known)) {
            throw RuleAbortedException.notApplicable(SIGNED_IDS);
        }
        exchange.mustHaveStatus(404, FOR_UNKNOWN);
    }

    // ---- the id as it is ----

    @Rule(
            id = "required/id-opaque",
            level = ADVICE,
            requires = SESSIONS,
            title = "Only the exact id names a session: in another case, cut or lengthened, it is an unknown one",
            source = ROBUST)
    void idOpaque(Client client) {
        var session = client.open();
        var id = session.id();
        var variants = new LinkedHashMap<String, String>();
        variants.put("without its last character", id.substring(0, id.length() - 1));
        variants.put("with a character added", id + "0");
        variants.put("in capitals", id.toUpperCase(Locale.ROOT));
        variants.put("in small letters", id.toLowerCase(Locale.ROOT));
        variants.values().removeIf(variant -> variant.equals(id) || variant.isEmpty());
        for (var variant : variants.entrySet()) {
            var reply = ping(client, variant.getValue());
            if (reply.result().isPresent()) {
                mustNotBeAnother(session, variant.getValue());
                throw new Violation(
                        "the session id " + variant.getKey() + " to name no session",
                        "a ping with " + variant.getValue() + " in place of " + id + " was served",
                        reply);
            }
        }
        session.mustBeAlive("after pings with variants of its id");
    }

    /** Where ids are short or count up, the variant of one may be another: then that lives on when ours has ended. */
    private static void mustNotBeAnother(ClientSession session, String variant) {
        var client = session.client();
        if (client.capabilities().deleteOffered()) {
            session.terminate();
            if (ping(client, variant).result().isPresent()) {
                throw RuleAbortedException.inconclusive("the id " + variant + " seems to be that of another session");
            }
        } else if (variant.length() < 16) {
            throw RuleAbortedException.inconclusive("the id " + variant + " may be that of another session");
        }
    }

    private static Exchange ping(Client client, String id) {
        var reply = client.post(client.request("ping")).withSessionId(id).send();
        reply.status();
        return reply;
    }

    @Rule(
            id = "required/header-name-any-case",
            level = MUST,
            requires = SESSIONS,
            title = "The name of the session id header may be written in any case",
            source = "RFC 9110, section 5.1, and " + ITEM_2)
    void headerNameAnyCase(Client client) {
        var session = client.open();
        if (session.mustBeAlive("when it was just opened").result().isEmpty()) {
            throw RuleAbortedException.inconclusive("ping brings no result: see transport/ping-answered");
        }
        for (var name : List.of("mcp-session-id", "MCP-Session-Id", "MCP-SESSION-ID", "Mcp-Session-Id")) {
            var reply = session.ping().header(name, session.id()).send();
            reply.status();
            if (reply.result().isEmpty()) {
                session.mustBeAlive("as it was");
                throw new Violation(
                        "a request with the header " + name + " to be served",
                        "it was answered " + reply.describeReply() + ", while one with " + Client.SESSION_HEADER
                                + " is served",
                        reply);
            }
        }
    }

    // ---- ids that no server assigns ----

    @Rule(
            id = "required/empty-id",
            level = ADVICE,
            once = true,
            disruptive = true,
            requires = SESSIONS,
            unless = {ID_NOT_REQUIRED, NO_ID_NOT_REFUSED},
            title = "An empty session id is refused",
            source = ROBUST)
    void emptyId(Client client) {
        var without = refusedForLackOfId(client);
        if (without.status() / 100 != 4) {
            throw RuleAbortedException.notApplicable(NO_ID_NOT_REFUSED, "it was answered " + without.describeReply());
        }
        mustBeRefused(
                client.post(client.request(sample(client)))
                        .withSessionId("")
                        .raw()
                        .send(),
                "a request with an empty id");
    }

    @Rule(
            id = "required/long-id",
            level = ADVICE,
            once = true,
            disruptive = true,
            requires = SESSIONS,
            title = "A session id of several kilobytes is refused",
            source = ROBUST)
    void longId(Client client) {
        var ids = new LinkedHashMap<String, String>();
        for (int kibibytes : new int[] {4, 8, 60}) {
            ids.put("an id of " + kibibytes + " KiB", "a".repeat(kibibytes * 1024));
        }
        mustBeRefused(client, ids);
    }

    @Rule(
            id = "required/control-byte-id",
            level = ADVICE,
            once = true,
            disruptive = true,
            requires = SESSIONS,
            title = "A session id with a control byte is refused",
            source = ROBUST)
    void controlByteId(Client client) {
        var session = client.open();
        var id = session.id();
        var ids = new LinkedHashMap<String, String>();
        // Within a live id: a server that drops or cuts at the byte would serve the session.
        for (char c : new char[] {0x00, 0x01, 0x1B, 0x7F}) {
            ids.put(
                    String.format("the byte 0x%02X in the id of a live session", (int) c),
                    inserted(id, String.valueOf(c)));
        }
        mustBeRefused(client, ids);
        session.mustBeAlive("after pings with variants of its id");
    }

    @Rule(
            id = "required/non-ascii-id",
            level = ADVICE,
            once = true,
            disruptive = true,
            requires = SESSIONS,
            title = "A session id with bytes beyond ASCII is refused",
            source = ROBUST)
    void nonAsciiId(Client client) {
        var session = client.open();
        var id = session.id();
        var ids = new LinkedHashMap<String, String>();
        ids.put("UTF-8 in the id of a live session", inserted(id, "\u00C3\u00A9\u00E4\u00B8\u0096"));
        ids.put("the byte 0xFF in the id of a live session", inserted(id, "\u00FF"));
        ids.put("a cut-off UTF-8 sequence in the id of a live session", inserted(id, "\u00E4\u00B8"));
        mustBeRefused(client, ids);
        session.mustBeAlive("after pings with variants of its id");
    }

    private static String inserted(String id, String what) {
        return id.substring(0, id.length() / 2) + what + id.substring(id.length() / 2);
    }

    @Rule(
            id = "required/two-ids",
            level = ADVICE,
            once = true,
            disruptive = true,
            requires = SESSIONS,
            title = "A request with two different session ids is answered, and is no failure",
            source = ROBUST)
    void twoIds(Client client) {
        var session = client.open();
        var unknown = SessionIds.similarTo(session.id());
        boolean first = servesBoth(client, session.id(), unknown);
        boolean last = servesBoth(client, unknown, session.id());
        client.note("of two session ids in one request, the server takes "
                + (first && last ? "the one that it knows" : first ? "the first" : last ? "the last" : "neither"));
        session.mustBeAlive("after requests with two ids");
    }

    private static boolean servesBoth(Client client, String one, String two) {
        var reply = client.post(client.request("ping"))
                .addHeader(Client.SESSION_HEADER, one)
                .addHeader(Client.SESSION_HEADER, two)
                .send();
        var expectation = "a request with two session ids to be served or refused";
        reply.mustBeAnswered(expectation).mustNotBeOverload(expectation);
        reply.mustHave(reply.status() < 500, expectation, "got " + reply.describeReply());
        return reply.result().isPresent();
    }

    private static void mustBeRefused(Client client, Map<String, String> ids) {
        ids.forEach((what, id) -> mustBeRefused(
                client.post(client.request("ping")).withSessionId(id).raw().send(), "a request with " + what));
    }

    /** Refused means a 4xx; or no reply but a connection that is closed, since HTTP itself forbids some of these. */
    private static void mustBeRefused(Exchange reply, String what) {
        var expectation = what + " to be refused with a 4xx";
        if (!reply.mustBeAnswered(expectation).answered()) {
            return;
        }
        if (reply.status() != 429) {
            reply.mustNotBeOverload(expectation);
        }
        reply.mustHave(reply.status() / 100 == 4, expectation, "got " + reply.describeReply());
    }
}
