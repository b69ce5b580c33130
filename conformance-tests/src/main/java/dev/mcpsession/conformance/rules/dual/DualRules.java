package dev.mcpsession.conformance.rules.dual;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.INFO;
import static dev.mcpsession.conformance.judgement.Unless.OPEN_TO_ALL;
import static dev.mcpsession.conformance.protocol.Revision.V2026_07_28;
import static dev.mcpsession.conformance.rule.Requires.CREDENTIALS;
import static dev.mcpsession.conformance.rule.Requires.DUAL_ERA;
import static dev.mcpsession.conformance.rule.Requires.IDLE_TIMEOUT;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Overlap;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Servers of both eras at one address. The rules run in a legacy revision, and make modern requests beside it. */
public final class DualRules {
    private static final String SELECTION = "basic/versioning, Compatibility Matrix, how a dual-era server selects";
    private static final String DISCOVER = "server/discover";
    /** How much longer than other requests a call of the slow tool may take. */
    private static final Duration SLOW = Duration.ofSeconds(20);

    private static final String NO_SUCH_SESSION = "0f8fad5b-d9cb-469f-a165-70867728950e";

    @Rule(
            id = "dual/legacy-id-on-modern-request",
            level = ADVICE,
            requires = {DUAL_ERA, SESSIONS},
            title = "A modern request that carries a session id is served without a session",
            source = SELECTION)
    void legacyIdOnModernRequest(Client client) {
        var modern = modern(client);
        var session = client.open();
        mustBeServed(discover(modern).withSessionId(session.id()).send(), "with the id of a session that lives");
        mustBeServed(discover(modern).withSessionId(NO_SUCH_SESSION).send(), "with an id that names no session");
        for (var method : lists(modern)) {
            if (modern.post(modern.request(method)).send().result().isEmpty()) {
                // A request that is refused without a session id too says nothing of the id.
                continue;
            }
            for (var id : List.of(session.id(), NO_SUCH_SESSION)) {
                var reply =
                        modern.post(modern.request(method)).withSessionId(id).send();
                mustHaveCome(reply);
                reply.mustHave(
                        reply.status() == 200 && reply.result().isPresent(),
                        method + " to be served with a session id, be" + " it of a session that lives or not",
                        "got " + reply.describeReply());
            }
        }
    }

    @Rule(
            id = "dual/modern-mints-no-id",
            level = ADVICE,
            requires = DUAL_ERA,
            title = "No reply to a modern request carries a session id",
            source = SELECTION + "; basic/transports/streamable-http, Earlier Streamable HTTP Revisions")
    void modernMintsNoId(Client client) {
        var modern = modern(client);
        var requests = new ArrayList<>(List.of(
                discover(modern),
                discover(modern).withSessionId(NO_SUCH_SESSION),
                modern.post(modern.request("mcp-session-conformance/no-such-method"))));
        lists(modern).forEach(method -> requests.add(modern.post(modern.request(method))));
        for (var request : requests) {
            var reply = request.send();
            reply.status();
            reply.mustHave(
                    reply.sessionId().isEmpty(),
                    "no session id in the reply to a modern request",
                    "it carries " + reply.sessionId().orElse(""));
        }
    }

    @Rule(
            id = "dual/modern-does-not-extend",
            level = CONTRACT,
            sessions = 2,
            requires = {DUAL_ERA, SESSIONS, IDLE_TIMEOUT},
            title = "Modern requests that carry the id of a session do not keep it alive",
            source = "session contract, point 2; " + SELECTION)
    void modernDoesNotExtend(Client client) {
        client.tries(3, () -> letExpire(client));
    }

    /** Lets a session expire while modern requests carry its id, and another without any. */
    private static ClientSession letExpire(Client client) {
        var modern = modern(client);
        var session = client.open();
        var untouched = client.open();
        session.ping().send();
        untouched.ping().send();
        long end = session.quietSince() + client.reapedAfter().toNanos();
        var gap = client.idleTimeout().dividedBy(4);
        long longestGap = 0;
        long lastSent = session.lastActivity().sentAt();
        while (System.nanoTime() + gap.toNanos() < end) {
            var request = discover(modern).withSessionId(session.id()).send();
            if (request.status() / 100 != 2) {
                throw RuleAbortedException.inconclusive(
                        request.describe() + " with the id of a session was answered " + request.describeReply());
            }
            longestGap = Math.max(longestGap, request.headAt() - lastSent);
            lastSent = request.sentAt();
            client.pause(gap);
        }
        session.idleFor(client.reapedAfter());
        var probe = session.ping().send();
        int status = probe.status();
        untouched.idleFor(client.reapedAfter());
        if (!untouched.isGone(untouched.ping().send())) {
            throw RuleAbortedException.inconclusive(
                    "a session that was idle for as long, without modern requests, lives too");
        }
        untouched.markEnded();
        if (status / 100 == 2
                && session.idleBefore(probe).atLeast() < client.reapedAfter().toNanos()) {
            throw RuleAbortedException.inconclusive("the server was too busy for the session to be probed once only");
        }
        if (!session.isGone(probe)) {
            throw new Violation(
                    "status 404 after the session was idle " + session.idleBefore(probe)
                            + " but for modern requests with its id",
                    "got " + probe.describeReply(),
                    probe);
        }
        session.markEnded();
        longestGap = Math.max(longestGap, probe.headAt() - lastSent);
        if (longestGap >= client.idleTimeout().minus(client.clockSlack()).toNanos()) {
            throw RuleAbortedException.inconclusive(
                    "the machine was too slow: a session that modern requests keep alive"
                            + " may have expired between two of them");
        }
        return session;
    }

    @Rule(
            id = "dual/modern-leaves-sessions-alone",
            level = CONTRACT,
            sessions = 2,
            requires = {DUAL_ERA, SESSIONS},
            title = "No modern request ends a session, be it served or refused, with the session's id or without",
            source = "session contract, points 3 and 4; " + SELECTION)
    void modernLeavesSessionsAlone(Client client) {
        var modern = modern(client);
        var named = client.open();
        var other = client.open();
        // At once, since the sessions are idle meanwhile.
        var exchanges = Stream.concat(
                        requests(modern).stream().map(r -> r.withSessionId(named.id())), requests(modern).stream())
                .map(Request::start)
                .toList();
        exchanges.forEach(e -> e.awaitHead(client.patience()));
        exchanges.forEach(Exchange::status);
        named.mustBeAlive("after modern requests that carried its id");
        other.mustBeAlive("after modern requests");
    }

    /** Modern requests of every sort that does nothing: served, refused for what they lack, and unknown. */
    private static List<Request> requests(Client modern) {
        var noCapabilities = modern.request(DISCOVER);
        ((ObjectNode) noCapabilities.get("params").get("_meta")).remove(Client.META_PREFIX + "clientCapabilities");
        var noVersion = modern.request(DISCOVER);
        ((ObjectNode) noVersion.get("params").get("_meta")).put(Client.META_PREFIX + "protocolVersion", "2099-12-31");
        var notification = Json.notification("notifications/cancelled");
        notification.putObject("params").put("requestId", "never-made");
        return List.of(
                discover(modern),
                modern.post(modern.request("tools/list")),
                modern.post(modern.request("mcp-session-conformance/no-such-method")),
                modern.post(noCapabilities),
                modern.post(noVersion).header(Client.VERSION_HEADER, "2099-12-31"),
                discover(modern).header(Client.METHOD_HEADER, "tools/list"),
                modern.post(notification));
    }

    @Rule(
            id = "dual/eras-side-by-side",
            level = ADVICE,
            requires = DUAL_ERA,
            title = "Requests of both eras are served over one connection, each as its era has it",
            source = SELECTION)
    void erasSideBySide(Client client) {
        // One connection, since nothing else uses these and the requests are made one after the other.
        var legacy = client.overNewConnections();
        var modern = modern(legacy);
        var opening = legacy.post(legacy.initialize()).send();
        if (opening.status() != 200 || opening.result().isEmpty()) {
            throw RuleAbortedException.inconclusive("initialize was answered " + opening.describeReply());
        }
        var session = opening.sessionId().map(id -> legacy.adopt(id, opening));
        in(session, legacy.post(Json.notification("notifications/initialized")))
                .send()
                .status();
        var alone = in(session, legacy.post(legacy.request("ping"))).send();
        if (alone.status() != 200 || alone.result().isEmpty()) {
            throw RuleAbortedException.inconclusive("a legacy ping was answered " + alone.describeReply()
                    + " before there was a modern request: see transport/ping-answered");
        }
        for (int i = 0; i < 3; i++) {
            mustBeServed(discover(modern).send(), "between legacy requests");
            var ping = in(session, legacy.post(legacy.request("ping"))).send();
            if (session.isPresent() && session.get().isGone(ping)) {
                session.get().mustBeAlive(ping, "between modern requests");
            }
            mustHaveCome(ping);
            ping.mustHave(
                    ping.status() == 200 && ping.result().isPresent(),
                    "a legacy ping to be served between modern" + " requests",
                    "got " + ping.describeReply());
        }
    }

    private static Request in(Optional<ClientSession> session, Request request) {
        return session.map(request::in).orElse(request);
    }

    @Rule(
            id = "dual/credentials-in-both-eras",
            level = ADVICE,
            requires = {DUAL_ERA, CREDENTIALS},
            unless = OPEN_TO_ALL,
            title = "A server that asks for credentials in one era asks for them in the other",
            source = "security best practices: all inbound requests are verified; " + SELECTION)
    void credentialsInBothEras(Client client) {
        var anonymous = client.anonymous();
        var opening = anonymous.post(anonymous.initialize()).send();
        boolean legacy = isRefused(opening);
        opening.sessionId().ifPresent(id -> anonymous.adopt(id, opening));
        var modern = modern(client);
        boolean judged = false;
        for (var method : lists(modern)) {
            var reply = modern(anonymous).post(modern.request(method)).send();
            // Some show everybody who they are: what they have is another matter.
            reply.mustHave(
                    !legacy || !(reply.status() == 200 && reply.result().isPresent()),
                    method + " of the modern era to be refused without credentials, as initialize is",
                    "got " + reply.describeReply());
            judged |= legacy || isRefused(reply);
            if (!legacy && isRefused(reply)) {
                mustRefuseLegacyToo(anonymous, opening, method);
            }
        }
        if (!judged) {
            throw RuleAbortedException.notApplicable(
                    OPEN_TO_ALL, "neither initialize nor any list of the modern era is refused without");
        }
    }

    private static void mustRefuseLegacyToo(Client anonymous, Exchange opening, String method) {
        var request = anonymous.post(anonymous.request(method));
        opening.sessionId().ifPresent(request::withSessionId);
        var reply = request.send();
        reply.mustHave(
                !(reply.status() == 200 && reply.result().isPresent()),
                method + " of the legacy era to be refused without credentials, as it is in the modern one",
                "got " + reply.describeReply());
    }

    private static boolean isRefused(Exchange reply) {
        return reply.status() == 401 || reply.status() == 403;
    }

    @Rule(
            id = "dual/same-ids-do-not-cross",
            level = ADVICE,
            requires = {DUAL_ERA, SLOW_TOOL},
            title = "Calls of both eras with the same id each get their own response, and the end of one leaves the "
                    + "other alone",
            source = SELECTION + "; basic/index, Statelessness")
    void sameIdsDoNotCross(Client client) {
        client.tries(3, () -> closedBeside(client));
    }

    /** Closes a modern call beside two others with the same id. */
    private static Exchange closedBeside(Client client) {
        var modern = modern(client.overNewConnections());
        var conversation = Conversation.open(client);
        var legacyCall = conversation.post(client.slowCall().put("id", "same")).start();
        var modernCall = modern.post(modern.slowCall().put("id", "same")).start();
        var alone = Conversation.open(client);
        var undisturbed = alone.post(client.slowCall()).start();
        var closed = modern(client.overNewConnections())
                .post(modern.slowCall().put("id", "same"))
                .start();
        client.pause(client.underWay());
        // Whatever slows the calls down slows this down too: then there is still time for another look.
        var atLeast = client.target().slowTool().orElseThrow().atLeast();
        long latest = closed.sentAt() + atLeast.toNanos() * 2 / 3;
        var discovery = discover(modern).send();
        while (!Overlap.hadBegun(closed, discovery.sentAt(), System.nanoTime()) && System.nanoTime() < latest) {
            client.pause(atLeast.dividedBy(10));
            discovery = discover(modern).send();
        }
        mustBeServed(discovery, "while calls are under way");
        long from = discovery.sentAt();
        long until = System.nanoTime();
        boolean begun = Overlap.hadBegun(closed, from, until)
                && !closed.ended()
                && closed.response().isEmpty();
        closed.close();
        undisturbed.awaitHead(client.patience().plus(SLOW));
        undisturbed.awaitResponse(client.patience().plus(SLOW));
        if (undisturbed.result().isEmpty()) {
            throw RuleAbortedException.inconclusive(
                    "the slow tool brings no result: " + undisturbed.describeReply() + "; see --slow-tool");
        }
        mustComplete(client, legacyCall, "the legacy call");
        mustComplete(client, modernCall, "the modern call");
        modernCall.mustHave(
                modernCall.result().orElseThrow().has("resultType"),
                "a modern result for the modern call",
                "got " + modernCall.result().orElseThrow());
        if (!begun
                || !Overlap.during(legacyCall, client, from, until)
                || !Overlap.during(modernCall, client, from, until)) {
            throw RuleAbortedException.inconclusive("that all calls were in flight when the stream of one was closed is"
                    + " not certain: the machine was slow, or the tool is quick; see --slow-tool-takes");
        }
        return closed;
    }

    private static void mustComplete(Client client, Exchange call, String which) {
        var patience = client.patience().plus(SLOW);
        call.awaitHead(patience);
        call.awaitResponse(patience);
        if (call.status() == 429 || call.status() == 503) {
            throw RuleAbortedException.inconclusive("the server is too busy: it answered " + call.describeReply());
        }
        if (call.failure().isPresent()) {
            throw RuleAbortedException.inconclusive(
                    "the connection of a call broke, as where a node is killed: " + call.describeReply(), call);
        }
        if (call.result().isEmpty()) {
            throw new Suspicion(
                    which + " to be answered, although another client closed the stream of a call with its id",
                    "got " + call.describeReply(),
                    call);
        }
    }

    // ---- reports ----

    @Rule(
            id = "dual/initialize-for-modern",
            level = INFO,
            once = true,
            requires = DUAL_ERA,
            title = "What initialize offers to a client that asks it for a modern version",
            source = "basic/lifecycle, Version Negotiation; basic/versioning, Backward Compatibility")
    void initializeForModern(Client client) {
        var reply = client.post(client.initialize(V2026_07_28.wire())).send();
        reply.status();
        if (reply.result().isPresent()) {
            reply.sessionId().ifPresent(id -> client.adopt(id, reply));
            client.note("initialize, asked for " + V2026_07_28 + ", offers "
                    + reply.result().get().path("protocolVersion").asString("no version"));
        } else {
            client.note("initialize, asked for " + V2026_07_28 + ", is refused with " + reply.describeReply());
        }
    }

    @Rule(
            id = "dual/versions-listed",
            level = INFO,
            once = true,
            requires = DUAL_ERA,
            title = "Whether discovery lists the legacy versions too",
            source = "server/discover, DiscoverResult; basic/versioning, Protocol Version Negotiation")
    void versionsListed(Client client) {
        var versions = result(discover(modern(client)).send()).path("supportedVersions");
        boolean both = versions.valueStream()
                .anyMatch(v -> v.asString("").equals(client.revision().wire()));
        client.note("discovery lists " + versions
                + (both
                        ? ", legacy versions among them"
                        : " and leaves out " + client.revision() + ", which the server speaks after initialize"));
    }

    // ---- modern requests ----

    /** The lists that the server says to have. */
    private static List<String> lists(Client modern) {
        var capabilities = result(discover(modern).send()).path("capabilities");
        return Stream.of("tools", "prompts", "resources")
                .filter(capabilities::has)
                .map(kind -> kind + "/list")
                .toList();
    }

    private static Client modern(Client client) {
        return client.speaking(V2026_07_28);
    }

    private static Request discover(Client modern) {
        return modern.post(modern.request(DISCOVER));
    }

    private static JsonNode result(Exchange reply) {
        if (reply.status() != 200 || reply.result().isEmpty()) {
            throw RuleAbortedException.inconclusive(reply.describe() + " was answered " + reply.describeReply());
        }
        return reply.result().get();
    }

    private static void mustHaveCome(Exchange reply) {
        if (reply.status() == 200
                && reply.response().isEmpty()
                && !(reply.endedByServer() && reply.failure().isEmpty())) {
            throw RuleAbortedException.inconclusive("the reply to " + reply.describe() + " did not come completely");
        }
    }

    private static void mustBeServed(Exchange reply, String although) {
        int status = reply.status();
        if (status == 429 || status == 503) {
            throw RuleAbortedException.inconclusive("the server is too busy: it answered " + reply.describeReply());
        }
        mustHaveCome(reply);
        reply.mustHave(
                status == 200
                        && reply.result().map(r -> r.has("supportedVersions")).orElse(false),
                "a modern request to be served " + although,
                "got " + reply.describeReply());
    }
}
