package dev.mcpsession.conformance.rules.assignment;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.INFO;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.INITIALIZED_NOT_202;
import static dev.mcpsession.conformance.judgement.Unless.NOTHING_REFUSED;
import static dev.mcpsession.conformance.judgement.Unless.NO_REVISION_OFFERED;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.IDLE_TIMEOUT;
import static dev.mcpsession.conformance.rule.Requires.LAUNCH;
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
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.LaunchSettings.IdleTimeoutSetting;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** How a session begins: which id a server assigns and when, and what the opening settles. */
public final class AssignmentRules {
    private static final String ITEM_1 = "basic/transports, Session Management, item 1";
    private static final String NEGOTIATION = "basic/lifecycle, Version Negotiation";
    private static final String HIJACKING = "security best practices, Session Hijacking";

    /** How many sessions a rule about ids in general opens. */
    private static final int COHORT = 16;

    private static final int SECOND_COHORT = 8;

    /** So many new sessions hardly end of themselves before their first request, one after the other. */
    private static final int SEVERAL = 4;

    /** So many do not, with a pause between them, even where other clients open many sessions at the same time. */
    private static final int MANY = 16;

    private static final Duration AGAIN = Duration.ofMillis(150);

    // ---- the id ----

    @Rule(
            id = "assignment/id-on-initialize",
            level = ADVICE,
            title = "The session id comes once, on the response to initialize, and no later reply carries another",
            source = ITEM_1)
    void idOnInitialize(Client client) {
        var opening = initialized(client.post(client.initialize()).send());
        var values = opening.headerValues(Client.SESSION_HEADER);
        opening.mustHave(
                values.stream().distinct().count() <= 1,
                "one session id on the response to initialize",
                "it carries " + values);
        var session = adopted(client, opening);
        var messages = List.of(
                Json.notification("notifications/initialized"), client.request("ping"), client.request("tools/list"));
        for (var message : messages) {
            var reply = in(session, client.post(message)).send();
            mustNotBeGone(session, reply);
            reply.sessionId()
                    .filter(id -> !id.equals(opening.sessionId().orElse(null)))
                    .ifPresent(id -> {
                        client.adopt(id, reply);
                        throw new Violation(
                                opening.sessionId()
                                        .map(first ->
                                                "no session id but " + first + ", which initialize was answered with")
                                        .orElse("no session id, since initialize was answered without one"),
                                "the reply to " + reply.describe() + " carries " + id,
                                reply);
                    });
        }
    }

    @Rule(
            id = "assignment/id-served",
            isolation = true,
            level = MUST,
            requires = SESSIONS,
            title = "A session id that initialize was answered with is served from then on",
            source = "basic/transports, Session Management, items 2 and 3")
    void idServed(Client client) {
        Exchange last = null;
        for (int i = 0; i < MANY; i++) {
            if (i >= SEVERAL) {
                // Beside other clients, a server with few places may end a session at once to make room.
                client.pause(AGAIN);
            }
            var session = client.openWithoutInitialized();
            for (var request : List.of(session.post(Json.notification("notifications/initialized")), session.ping())) {
                last = request.send();
                // A server may end a session at any time, but not each before it was of any use.
                if (last.status() != 404) {
                    return;
                }
                if (session.mayHaveExpiredBefore(last)) {
                    throw RuleAbortedException.inconclusive(
                            "the machine was too slow: a session may have expired before its first use");
                }
            }
        }
        throw new Violation(
                "a session id that initialize was answered with to be served",
                "the first requests with each of " + MANY + " new ids were answered "
                        + Objects.requireNonNull(last).describeReply(),
                last);
    }

    @Rule(
            id = "assignment/id-where-needed",
            isolation = true,
            level = MUST,
            title = "A server that wants a session id with requests assigns one on initialize",
            source = ITEM_1 + " and item 2")
    void idWhereNeeded(Client client) {
        var opening = client.post(client.initialize()).send();
        if (opening.status() != 200 || opening.result().isEmpty()) {
            throw RuleAbortedException.inconclusive("initialize was answered " + opening.describeReply());
        }
        if (opening.sessionId().isPresent()) {
            client.adopt(opening.sessionId().get(), opening);
            return;
        }
        Exchange last = null;
        for (var message : List.of(
                Json.notification("notifications/initialized"), client.request("ping"), client.request("tools/list"))) {
            last = client.post(message).send();
            if (last.status() != 400 && last.status() != 404) {
                return;
            }
        }
        throw new Violation(
                "initialize to be answered with the session id that the server wants with requests",
                "it brought none, and every request after it was answered "
                        + Objects.requireNonNull(last).describeReply(),
                last);
    }

    @Rule(
            id = "assignment/ended-id-on-initialize",
            level = MUST,
            sessions = 2,
            requires = {SESSIONS, DELETE},
            title = "An initialize with the id of a session that has ended does not bring it back to life",
            source = "basic/transports, Session Management, items 3 and 4")
    void endedIdOnInitialize(Client client) {
        var session = client.open();
        session.ping().send();
        session.terminate();
        mustStayDead(session, "after it was ended");
    }

    @Rule(
            id = "assignment/expired-id-on-initialize",
            level = MUST,
            sessions = 2,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "An initialize with the id of a session that has expired does not bring it back to life",
            source = "basic/transports, Session Management, items 3 and 4")
    void expiredIdOnInitialize(Client client) {
        var session = client.open();
        session.ping().send();
        session.idleFor(client.reapedAfter());
        mustStayDead(session, "after it expired");
    }

    /** What a session that was pinged before answers to an initialize with its id, and after that. */
    private static void mustStayDead(ClientSession session, String because) {
        var client = session.client();
        var ping = session.ping().send();
        if (!session.isGone(ping)) {
            var why = "there was no session that is gone to try this with: " + because + ", ping was answered "
                    + ping.describeReply();
            throw ping.isOverload() ? RuleAbortedException.inconclusive(why) : RuleAbortedException.notTestable(why);
        }
        session.markEnded();
        var reply = session.post(client.initialize()).send();
        reply.status();
        adoptOther(client, session, reply);
        var probe = session.ping().send();
        if (probe.status() / 100 != 2
                && reply.result().isPresent()
                && client.target()
                        .idleTimeout()
                        .filter(t -> probe.headAt() - reply.sentAt()
                                >= t.minus(client.clockSlack()).toNanos())
                        .isPresent()) {
            throw RuleAbortedException.inconclusive(
                    "the machine was too slow: a session that came back to life may have expired again");
        }
        if (probe.status() / 100 == 2) {
            client.adopt(session.id(), reply);
            throw new Violation(
                    "status 404 for the id of session " + session.label() + " " + because + ", whatever comes with it",
                    "an initialize with it was answered " + reply.describeReply() + ", and the id is served again",
                    probe);
        }
    }

    @Rule(
            id = "assignment/id-visible-ascii",
            level = MUST,
            sessions = 4,
            requires = SESSIONS,
            title = "A session id consists of visible ASCII characters",
            source = ITEM_1)
    void idVisibleAscii(Client client) {
        for (var session : client.openAtOnce(4)) {
            session.id().chars().filter(c -> c < 0x21 || c > 0x7E).findFirst().ifPresent(c -> {
                throw new Violation(
                        "a session id of the characters 0x21 to 0x7E",
                        String.format("the id %s contains 0x%02X", SessionIds.visible(session.id()), c),
                        session.opening());
            });
        }
    }

    @Rule(
            id = "assignment/id-unique",
            isolation = true,
            level = SHOULD,
            sessions = COHORT + SECOND_COHORT,
            once = true,
            requires = SESSIONS,
            title = "Sessions that are opened at the same time have different ids",
            source = ITEM_1)
    void idUnique(Client client) {
        var seen = new HashSet<String>();
        var sessions = new ArrayList<>(atLeast(2, client.openAtOnce(COHORT)));
        // On a busy machine, openings that are sent together may be served one after the other.
        sessions.addAll(client.openAtOnce(SECOND_COHORT));
        for (var session : sessions) {
            if (!seen.add(session.id())) {
                throw new Violation(
                        "an id of its own for each of the sessions opened at the same time",
                        "the id " + session.id() + " was assigned twice",
                        session.opening());
            }
        }
    }

    @Rule(
            id = "assignment/id-unpredictable",
            level = MUST,
            sessions = COHORT,
            once = true,
            requires = SESSIONS,
            title = "A session id cannot be guessed from others",
            source = HIJACKING + "; " + ITEM_1)
    void idUnpredictable(Client client) {
        var sessions = atLeast(IdSample.LEAST, client.openAtOnce(COHORT));
        new IdSample(sessions.stream().map(ClientSession::id).toList())
                .weakness()
                .ifPresent(weakness -> {
                    throw new Violation(
                            "session ids of a secure random source",
                            weakness,
                            sessions.get(0).opening());
                });
    }

    @Rule(
            id = "assignment/id-not-repeated-after-restart",
            level = ADVICE,
            once = true,
            requires = {SESSIONS, LAUNCH},
            title = "Two servers that are started alike assign different session ids",
            source = HIJACKING)
    void idNotRepeatedAfterRestart(Client client) {
        var first = idsOfFreshServer(client);
        var second = idsOfFreshServer(client);
        for (var session : second) {
            if (first.stream().anyMatch(s -> s.id().equals(session.id()))) {
                throw new Violation(
                        "other session ids from another server",
                        "the id " + session.id() + " was assigned by two servers, each of them just started",
                        session.opening());
            }
        }
    }

    private static List<ClientSession> idsOfFreshServer(Client client) {
        var launch = client.launch(client.target()
                .idleTimeout()
                .map(timeout -> LaunchSettings.withIdleTimeout(IdleTimeoutSetting.ofMillis(timeout.toMillis())))
                .orElseGet(LaunchSettings::withoutIdleTimeout));
        if (launch instanceof ServerLauncher.Refused refused) {
            throw RuleAbortedException.inconclusive("a second server could not be started: it " + refused.how());
        }
        var sessions = client.at(((ServerLauncher.Serving) launch).uri()).openAtOnce(4);
        // They end with their server.
        sessions.forEach(ClientSession::markEnded);
        return sessions;
    }

    @Rule(
            id = "assignment/id-not-chosen-by-client",
            level = ADVICE,
            requires = SESSIONS,
            title = "A session id that a client offers on initialize is not adopted",
            source = HIJACKING)
    void idNotChosenByClient(Client client) {
        var offered = SessionIds.similarTo(client.openWithoutInitialized().id());
        var reply = client.post(client.initialize()).withSessionId(offered).send();
        reply.status();
        if (reply.result().isEmpty()) {
            return;
        }
        if (reply.sessionId().isPresent()) {
            client.adopt(reply.sessionId().get(), reply);
            reply.mustHave(
                    !reply.sessionId().get().equals(offered),
                    "a session id of the server's own making",
                    "initialize with the id " + offered + " opened a session of that id");
            return;
        }
        var probe = client.post(client.request("ping")).withSessionId(offered).send();
        probe.status();
        if (probe.result().isPresent()) {
            client.adopt(offered, reply);
            throw new Violation(
                    "a session id of the server's own making",
                    "initialize with the id " + offered
                            + " was answered without an id, and that id is served from then on",
                    probe);
        }
    }

    // ---- openings that meet a session ----

    @Rule(
            id = "assignment/live-id-on-initialize",
            level = ADVICE,
            sessions = 2,
            requires = SESSIONS,
            title = "An initialize that carries the id of a live session does not disturb that session",
            source = HIJACKING)
    void liveIdOnInitialize(Client client) {
        var because = "after an initialize that carried its id";
        var session = client.open();
        boolean served =
                session.post(client.request("tools/list")).send().result().isPresent();
        adoptOther(client, session, session.post(client.initialize()).send());
        session.mustBeAlive(because);
        var after = session.post(client.request("tools/list")).send();
        session.mustBeAlive(after, because);
        after.mustHave(
                !served || after.result().isPresent(),
                "session " + session.label() + " to work as before " + because,
                "its tools/list, served before, was answered " + after.describeReply());
    }

    @Rule(
            id = "assignment/second-initialize",
            level = INFO,
            sessions = 2,
            requires = SESSIONS,
            title = "What a second initialize in a session does",
            source = "basic/lifecycle, Initialization")
    void secondInitialize(Client client) {
        var session = client.open();
        var again = session.post(client.initialize()).send();
        int status = again.status();
        if (again.result().isEmpty()) {
            client.note("a second initialize in a session is refused, with status " + status);
        } else if (adoptOther(client, session, again)) {
            client.note("a second initialize in a session opens another session");
        } else {
            client.note("a second initialize in a session begins the same session anew");
        }
    }

    /** Adopts the session that an exchange opened beside another; false if it opened none. */
    private static boolean adoptOther(Client client, ClientSession session, Exchange exchange) {
        var other = exchange.sessionId().filter(id -> !id.equals(session.id()));
        other.ifPresent(id -> client.adopt(id, exchange));
        return other.isPresent();
    }

    @Rule(
            id = "assignment/sessions-independent",
            isolation = true,
            level = CONTRACT,
            sessions = 3,
            requires = {SESSIONS, DELETE},
            title = "When one session ends, the sessions opened before and after it live on",
            source = "session contract, point 4")
    void sessionsIndependent(Client client) {
        var sessions = client.open(3);
        sessions.get(1).terminate();
        var because = "after session " + sessions.get(1).label() + " was ended";
        sessions.get(0).mustBeAlive(because);
        sessions.get(2).mustBeAlive(because);
    }

    // ---- openings that fail ----

    @Rule(
            id = "assignment/refused-initialize-leaves-nothing",
            level = CONTRACT,
            sessions = 5,
            requires = SESSIONS,
            unless = NOTHING_REFUSED,
            title = "An opening that is refused leaves no session behind",
            source = "session contract, point 7")
    void refusedInitializeLeavesNothing(Client client) {
        forEachRefusal(
                client,
                refusal -> refusal.sessionId().ifPresent(id -> {
                    var probe = client.post(client.request("ping"))
                            .withSessionId(id)
                            .send();
                    probe.status();
                    if (probe.result().isPresent()) {
                        client.adopt(id, refusal);
                        throw new Violation(
                                "no session after " + refusal.describe() + " was refused with " + how(refusal),
                                "the refusal carries the id " + id + ", and a ping with that id was served",
                                probe);
                    }
                }));
    }

    @Rule(
            id = "assignment/refused-initialize-carries-no-id",
            level = CONTRACT,
            sessions = 5,
            requires = SESSIONS,
            unless = NOTHING_REFUSED,
            title = "The reply to an opening that is refused carries no session id",
            source = "session contract, point 7")
    void refusedInitializeCarriesNoId(Client client) {
        forEachRefusal(
                client,
                refusal -> refusal.sessionId().ifPresent(id -> {
                    client.adopt(id, refusal);
                    throw new Violation(
                            "no session id on the refusal of " + refusal.describe(),
                            "the reply with " + how(refusal) + " carries the id " + id,
                            refusal);
                }));
    }

    @Rule(
            id = "assignment/refused-initialize-ends-no-session",
            level = CONTRACT,
            sessions = 6,
            requires = SESSIONS,
            unless = NOTHING_REFUSED,
            title = "An opening that is refused ends no session of others",
            source = "session contract, points 4 and 7")
    void refusedInitializeEndsNoSession(Client client) {
        var other = client.open();
        other.mustBeAlive("when it was just opened");
        forEachRefusal(
                client,
                refusal -> other.mustBeAlive(
                        "after " + refusal.describe() + " of another client was refused with " + how(refusal)));
    }

    private static String how(Exchange refusal) {
        return "status " + refusal.status()
                + refusal.error().map(e -> " and error " + e.path("code")).orElse("");
    }

    /** Sends what cannot open a session, and looks at what the server refuses of it, before a session could expire. */
    private static void forEachRefusal(Client client, Consumer<Exchange> look) {
        // A refusal tells nothing where the server refuses everything.
        client.openWithoutInitialized();
        var incomplete = Json.request(client.nextId(), "initialize");
        incomplete.putObject("params");
        var attempts = List.of(
                client.post(incomplete),
                client.post(client.request("ping")),
                client.post(client.request("tools/list")),
                client.post(Json.notification("notifications/initialized")),
                client.post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"),
                client.post(client.initialize()).header("Content-Type", "text/plain"),
                client.post(client.initialize()).header("Accept", "text/html"),
                client.get());
        boolean refused = false;
        for (var attempt : attempts) {
            var reply = attempt.body() == null ? attempt.peek() : attempt.send();
            if (reply.answered() && (reply.status() >= 400 || reply.error().isPresent())) {
                refused = true;
                look.accept(reply);
            } else if (reply.answered()) {
                adopted(client, reply);
            }
        }
        if (!refused) {
            throw RuleAbortedException.notApplicable(NOTHING_REFUSED);
        }
    }

    // ---- what the opening settles ----

    @Rule(
            id = "assignment/initialized-202",
            level = MUST,
            title = "The initialized notification is answered 202",
            source = "basic/transports, Sending Messages to the Server, item 4")
    void initialized202(Client client) {
        var reply = replyToInitialized(client);
        int status = reply.status();
        if (status >= 400) {
            throw RuleAbortedException.inconclusive(
                    "the server did not accept the initialized notification: it was answered " + reply.describeReply());
        }
        reply.mustHaveStatus(202, "to the initialized notification");
    }

    @Rule(
            id = "assignment/initialized-without-body",
            level = MUST,
            unless = INITIALIZED_NOT_202,
            title = "The 202 that answers the initialized notification has no body",
            source = "basic/transports, Sending Messages to the Server, item 4")
    void initializedWithoutBody(Client client) {
        var reply = replyToInitialized(client);
        if (reply.status() != 202) {
            throw RuleAbortedException.notApplicable(INITIALIZED_NOT_202, "it was answered " + reply.status());
        }
        reply.mustHave(reply.body().isEmpty(), "no body with status 202", "the body is " + reply.excerpt(reply.body()));
    }

    private static Exchange replyToInitialized(Client client) {
        var opening = initialized(client.post(client.initialize()).send());
        var session = adopted(client, opening);
        var reply = in(session, client.post(Json.notification("notifications/initialized")))
                .send();
        mustNotBeGone(session, reply);
        return reply;
    }

    @Rule(
            id = "assignment/version-negotiated",
            level = MUST,
            once = true,
            sessions = 3,
            title = "Asked for a revision that it does not speak, a server offers one that it does",
            source = NEGOTIATION)
    void versionNegotiated(Client client) {
        needInitialize(client);
        for (var unknown : List.of("1999-12-31", "2999-12-31")) {
            var offer = offer(client, unknown);
            if (offer.isEmpty()) {
                continue;
            }
            var version =
                    offer.get().result().orElseThrow().path("protocolVersion").asString("");
            offer.get()
                    .mustHave(
                            !version.isEmpty() && !version.equals(unknown),
                            "a revision other than " + unknown + ", which no server speaks",
                            "the server offers " + (version.isEmpty() ? "none" : version));
            var check = client.post(client.initialize(version)).send();
            if (!check.answered() || check.result().isEmpty()) {
                // The server may have room for no more sessions.
                needInitialize(client);
            }
            check.mustNotBeOverload(version + ", which the server offered when it was asked for " + unknown)
                    .status();
            endedAtOnce(client, check);
            var agreed = check.result().map(r -> r.path("protocolVersion").asString(""));
            check.mustHave(
                    agreed.isPresent() && agreed.get().equals(version),
                    version + ", which the server offered when it was asked for " + unknown,
                    agreed.map(v -> "asked for it, the server offers " + v)
                            .orElse("asked for it, the server answers " + check.describeReply()));
        }
    }

    @Rule(
            id = "assignment/latest-version-offered",
            level = SHOULD,
            once = true,
            unless = NO_REVISION_OFFERED,
            title = "Asked for a revision that it does not speak, a server offers the latest that it does",
            source = NEGOTIATION)
    void latestVersionOffered(Client client) {
        needInitialize(client);
        var offer = offer(client, "2999-12-31");
        if (offer.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_REVISION_OFFERED);
        }
        var version = offer.get().result().orElseThrow().path("protocolVersion").asString("");
        // Revisions are named by their dates, so that they sort as text.
        offer.get()
                .mustHave(
                        version.compareTo(client.revision().wire()) >= 0,
                        client.revision() + ", which the server speaks",
                        "the server offers " + version);
    }

    /**
     * The reply to an initialize that asks for an unknown revision; empty where it is an error, as the spec's example
     * is.
     */
    private static Optional<Exchange> offer(Client client, String unknown) {
        var reply = client.post(client.initialize(unknown)).send();
        int status = reply.status();
        var expectation = "an offer of another revision to a client that asks for " + unknown;
        if (status >= 500 || reply.isOverload()) {
            // The server may have room for no more sessions.
            needInitialize(client);
        }
        reply.mustNotBeOverload(expectation).mustHave(status < 500, expectation, "got " + reply.describeReply());
        endedAtOnce(client, reply);
        if (status / 100 == 2 && reply.response().isEmpty()) {
            throw RuleAbortedException.inconclusive(
                    "initialize was answered " + reply.describeReply() + ", without a response");
        }
        if (reply.result().isEmpty()) {
            client.note("asked for the unknown revision " + unknown + ", the server answers with an error (status "
                    + status + ") and offers no other");
            return Optional.empty();
        }
        return Optional.of(reply);
    }

    // ---- helpers ----

    /** A client that asks for a revision which the server speaks must be served, or else the rule cannot go on. */
    private static void needInitialize(Client client) {
        endedAtOnce(client, initialized(client.post(client.initialize()).send()));
    }

    /** Ends the session that a reply opened, since some servers have room for few. */
    private static void endedAtOnce(Client client, Exchange reply) {
        var session = adopted(client, reply);
        if (client.capabilities().deleteOffered()) {
            session.ifPresent(s -> {
                if (s.delete().send().status() / 100 == 2) {
                    s.markEnded();
                }
            });
        }
    }

    /** Checks that an initialize succeeded, or else the rule cannot go on. */
    private static Exchange initialized(Exchange initialize) {
        if (initialize.status() != 200 || initialize.result().isEmpty()) {
            throw RuleAbortedException.inconclusive("initialize was answered " + initialize.describeReply());
        }
        return initialize;
    }

    /** The session of a reply that carries an id, so that it is ended when the rule is over. */
    private static Optional<ClientSession> adopted(Client client, Exchange reply) {
        return reply.sessionId().map(id -> client.adopt(id, reply));
    }

    /** A session that is gone already tells nothing of how the server answers in a session. */
    private static void mustNotBeGone(Optional<ClientSession> session, Exchange reply) {
        if (reply.status() == 404) {
            session.ifPresent(s -> s.mustBeAlive(reply, "when it was just opened"));
        }
    }

    private static Request in(Optional<ClientSession> session, Request request) {
        session.ifPresent(request::in);
        return request;
    }

    private static List<ClientSession> atLeast(int count, List<ClientSession> sessions) {
        if (sessions.size() < count) {
            throw RuleAbortedException.inconclusive(
                    "only " + sessions.size() + " sessions could be opened at the same time");
        }
        return sessions;
    }
}
