package dev.mcpsession.conformance.rules.ownership;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.NO_AUTHORIZATION;
import static dev.mcpsession.conformance.judgement.Unless.NO_USERS;
import static dev.mcpsession.conformance.judgement.Unless.OPEN_TO_ALL;
import static dev.mcpsession.conformance.judgement.Unless.OTHER_USER_SERVED;
import static dev.mcpsession.conformance.judgement.Unless.TOKENS_NOT_READ;
import static dev.mcpsession.conformance.rule.Requires.BEARER_TOKEN;
import static dev.mcpsession.conformance.rule.Requires.CREDENTIALS;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
import static dev.mcpsession.conformance.rule.Requires.IDLE_TIMEOUT;
import static dev.mcpsession.conformance.rule.Requires.SECOND_PRINCIPAL;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Overlap;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.http.SessionIds;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** That a session belongs to the user who opened it, and that its id is no password. */
public final class OwnershipRules {
    private static final String HIJACKING = "security best practices, Session Hijacking";
    private static final String POINT_9 = "session contract, point 9";

    // ---- another user ----

    @Rule(
            id = "ownership/foreign-post",
            level = ADVICE,
            once = true,
            sessions = 2,
            requires = {SESSIONS, SECOND_PRINCIPAL},
            unless = NO_USERS,
            title = "A request in another user's session is rejected",
            source = HIJACKING)
    void foreignPost(Client client) {
        var other = other(client);
        var session = client.open();
        mustBeRejected("another user's", other, session, OwnershipRules::ping);
        mustBeRejected("another user's", other, session, c -> c.post(c.callOfNoTool()));
    }

    @Rule(
            id = "ownership/foreign-notification",
            dependsOn = "ownership/foreign-post",
            level = ADVICE,
            once = true,
            sessions = 2,
            requires = {SESSIONS, SECOND_PRINCIPAL},
            unless = NO_USERS,
            title = "A notification in another user's session is rejected",
            source = HIJACKING)
    void foreignNotification(Client client) {
        mustBeRejected("another user's", other(client), client.open(), OwnershipRules::notification);
    }

    @Rule(
            id = "ownership/foreign-get",
            dependsOn = "ownership/foreign-post",
            level = ADVICE,
            once = true,
            sessions = 2,
            requires = {SESSIONS, SECOND_PRINCIPAL, GET_STREAM},
            unless = NO_USERS,
            title = "A GET stream of another user's session is not opened",
            source = HIJACKING)
    void foreignGet(Client client) {
        mustBeRejected("another user's", other(client), client.open(), Client::get);
    }

    @Rule(
            id = "ownership/foreign-delete",
            dependsOn = "ownership/foreign-post",
            level = ADVICE,
            once = true,
            sessions = 2,
            requires = {SESSIONS, SECOND_PRINCIPAL, DELETE},
            unless = NO_USERS,
            title = "A DELETE of another user's session is rejected, and that session lives on",
            source = HIJACKING)
    void foreignDelete(Client client) {
        mustBeRejected("another user's", other(client), client.open(), Client::delete);
    }

    @Rule(
            id = "ownership/foreign-initialize",
            level = ADVICE,
            once = true,
            sessions = 3,
            requires = {SESSIONS, SECOND_PRINCIPAL},
            unless = {NO_USERS, OTHER_USER_SERVED},
            title = "An initialize with the id of another user's session does not take that session over",
            source = HIJACKING)
    void foreignInitialize(Client client) {
        var other = other(client);
        var session = client.open();
        mustNotBeServed(ping(other).withSessionId(session.id()).send());
        var reply = other.post(other.initialize()).withSessionId(session.id()).send();
        reply.status();
        reply.sessionId().filter(id -> !id.equals(session.id())).ifPresent(id -> other.adopt(id, reply));
        reply.mustHave(
                reply.result().isEmpty() || !reply.sessionId().equals(Optional.of(session.id())),
                "initialize with the id of another user's session to open another session, or none",
                "it was answered with that id");
        var probe = ping(other).withSessionId(session.id()).send();
        probe.status();
        probe.mustHave(
                probe.result().isEmpty(),
                "another user's session to stay out of reach after an initialize with its id",
                "a ping with the id was served");
        session.mustBeAlive("after another user's initialize with its id");
    }

    @Rule(
            id = "ownership/foreign-like-unknown",
            level = CONTRACT,
            once = true,
            sessions = 2,
            requires = {SESSIONS, SECOND_PRINCIPAL},
            unless = {NO_USERS, OTHER_USER_SERVED},
            title = "A request in another user's session is answered as one with an unknown id",
            source = POINT_9)
    void foreignLikeUnknown(Client client) {
        var other = other(client);
        var session = client.open();
        mustLookUnknown(other, session, OwnershipRules::ping);
        mustLookUnknown(other, session, OwnershipRules::notification);
        mustLookUnknown(other, session, Client::get);
        if (client.capabilities().deleteOffered()) {
            mustLookUnknown(other, session, Client::delete);
        }
        session.mustBeAlive("after another user's requests with its id");
    }

    private static void mustLookUnknown(Client other, ClientSession session, Function<Client, Request> request) {
        var unknownId = SessionIds.similarTo(session.id());
        var unknown = sent(request.apply(other).withSessionId(unknownId));
        var foreign = sent(request.apply(other).withSessionId(session.id()));
        if (foreign.method().equals("GET") && !(unknown.answered() && foreign.answered())) {
            // Some servers send no head before there is an event; that other users get none is another rule.
            return;
        }
        mustNotBeServed(foreign);
        var because =
                "to another user's " + foreign.describe() + ", as for an unknown id, which the session contract of"
                        + " this kit wants and the specification leaves open";
        if (unknown.answered() && unknown.status() == 400 && SessionIds.looksSigned(session.id())) {
            // A server that signs its ids can tell one that it never assigned; this one it did.
            foreign.mustHave(
                    foreign.status() == 400 || foreign.status() == 404,
                    "status 404 or 400 to another user's " + foreign.describe(),
                    "got " + foreign.describeReply());
            return;
        }
        foreign.mustHaveStatus(unknown.status(), because);
        var expected = error(unknown, unknownId);
        var got = error(foreign, session.id());
        foreign.mustHave(got.equals(expected), "the error " + expected + " " + because, "got " + got);
    }

    private static Exchange sent(Request request) {
        return request.method().equals("GET") ? request.peek() : request.send();
    }

    /** The code and the message of a JSON-RPC error; other bodies may hold dates and the like. */
    private static String error(Exchange exchange, String id) {
        return exchange.error()
                .map(e -> e.path("code") + " " + e.path("message"))
                .orElse("without JSON-RPC")
                .replace(id, "…");
    }

    @Rule(
            id = "ownership/foreign-does-not-extend",
            level = CONTRACT,
            once = true,
            sessions = 2,
            requires = {SESSIONS, SECOND_PRINCIPAL, IDLE_TIMEOUT},
            unless = {NO_USERS, OTHER_USER_SERVED},
            title = "Requests of another user do not keep a session alive",
            source = POINT_9)
    void foreignDoesNotExtend(Client client) {
        client.tries(3, () -> idleBesideAnother(client, other(client)));
    }

    private static ClientSession idleBesideAnother(Client client, Client other) {
        var session = client.open();
        long quiet = session.quietSince();
        long until = quiet + client.reapedAfter().toNanos();
        long step = client.idleTimeout().toNanos() / 5;
        long longestGap = 0;
        long used = session.lastActivity().sentAt();
        for (long at = quiet + step; at < until; at = Math.max(at, System.nanoTime()) + step) {
            client.pauseUntil(at);
            var foreign = ping(other).withSessionId(session.id()).send();
            mustNotBeServed(foreign);
            longestGap = Math.max(longestGap, foreign.headAt() - used);
            used = foreign.sentAt();
        }
        session.idleFor(client.reapedAfter());
        var probe = session.ping().send();
        longestGap = Math.max(longestGap, probe.headAt() - used);
        var because = "after only another user had sent requests for " + session.idleBefore(probe);
        if (probe.status() / 100 == 2) {
            if (session.idleBefore(probe).atLeast() < client.reapedAfter().toNanos()) {
                throw RuleAbortedException.inconclusive(
                        "the server was too busy for the session to be probed once only");
            }
            // The machine may have held up the server's reaper.
            throw new Suspicion("status 404 " + because, "got " + probe.describeReply(), probe);
        }
        session.mustBeGone(probe, because);
        // A session that the other user did extend may have expired in such a gap.
        if (longestGap >= client.idleTimeout().minus(client.clockSlack()).toNanos()) {
            throw RuleAbortedException.inconclusive("the machine was too slow: for up to " + Moment.words(longestGap)
                    + ", no request of the other user came");
        }
        return session;
    }

    @Rule(
            id = "ownership/foreign-beside-call",
            level = CONTRACT,
            once = true,
            sessions = 3,
            requires = {SESSIONS, SECOND_PRINCIPAL, SLOW_TOOL},
            unless = {NO_USERS, OTHER_USER_SERVED},
            title = "Requests of another user end neither a call in flight nor the GET stream beside it",
            source = POINT_9)
    void foreignBesideCall(Client client) {
        client.tries(2, () -> disturbed(client, other(client)));
    }

    private static Exchange disturbed(Client client, Client other) {
        var session = client.open();
        var beside = client.open();
        var stream = streamOf(session);
        var control = streamOf(beside);
        var call = session.slowCall().start();
        var undisturbed = beside.slowCall().start();
        client.pause(client.underWay());
        var requests = new ArrayList<>(List.of(ping(other), other.post(call.cancellation())));
        if (stream.isPresent()) {
            requests.add(other.get());
        }
        if (client.capabilities().deleteOffered()) {
            requests.add(other.delete());
        }
        Exchange last = null;
        for (var request : requests) {
            var foreign = request.withSessionId(session.id());
            last = foreign.method().equals("GET") ? foreign.peek() : foreign.send();
            mustNotBeServed(last);
        }
        Overlap.mustEndLike(
                undisturbed,
                call,
                session,
                beside,
                "a call in flight, beside another user's requests with the id of its session");
        if (stream.filter(Exchange::ended).isPresent()
                && !control.map(Exchange::ended).orElse(true)) {
            session.mustBeAlive("beside another user's requests with its id");
            throw new Suspicion(
                    "the GET stream of a session to stay open beside another user's requests with its id",
                    "it ended, and that of another session did not",
                    stream.get());
        }
        Objects.requireNonNull(last, "At least a ping was sent");
        Overlap.mustHaveMet(client, call, last.sentAt(), last.headAt(), "another user's requests came");
        return last;
    }

    /** A GET stream of a session, where it opens and shows its head. */
    private static Optional<Exchange> streamOf(ClientSession session) {
        if (session.client().capabilities().getStatus() != 200) {
            return Optional.empty();
        }
        var stream = session.get().open();
        return Optional.of(stream).filter(s -> s.answered() && s.isEventStream());
    }

    /** The second user, once it is clear that the server knows users. */
    private static Client other(Client client) {
        var other = client.asOther();
        var opening = open(other);
        if (opening.result().isEmpty()) {
            throw RuleAbortedException.notTestable(
                    "the second user's credentials are not accepted: initialize was answered " + opening.describeReply()
                            + "; see --other-header");
        }
        if (serves(client.anonymous())
                && serves(client.as(invalid(client.target().headersOfOther())))) {
            throw RuleAbortedException.notApplicable(NO_USERS);
        }
        return other;
    }

    private static void mustNotBeServed(Exchange foreign) {
        if (foreign.status() / 100 == 2) {
            throw RuleAbortedException.notApplicable(OTHER_USER_SERVED, "it serves " + foreign.describe());
        }
    }

    // ---- nobody ----

    @Rule(
            id = "ownership/id-is-no-credential",
            level = MUST,
            once = true,
            requires = {SESSIONS, CREDENTIALS},
            unless = OPEN_TO_ALL,
            title = "A request with a session id, but without credentials, is rejected",
            source = HIJACKING)
    void idIsNoCredential(Client client) {
        mustBeRejected("an anonymous", nobody(client), client.open(), OwnershipRules::ping);
    }

    @Rule(
            id = "ownership/id-is-no-credential-get",
            dependsOn = "ownership/id-is-no-credential",
            level = MUST,
            once = true,
            requires = {SESSIONS, GET_STREAM, CREDENTIALS},
            unless = OPEN_TO_ALL,
            title = "A GET with a session id, but without credentials, opens no stream",
            source = HIJACKING)
    void idIsNoCredentialGet(Client client) {
        mustBeRejected("an anonymous", nobody(client), client.open(), Client::get);
    }

    @Rule(
            id = "ownership/id-is-no-credential-delete",
            dependsOn = "ownership/id-is-no-credential",
            level = MUST,
            once = true,
            requires = {SESSIONS, DELETE, CREDENTIALS},
            unless = OPEN_TO_ALL,
            title = "A DELETE with a session id, but without credentials, is rejected, and the session lives on",
            source = HIJACKING)
    void idIsNoCredentialDelete(Client client) {
        mustBeRejected("an anonymous", nobody(client), client.open(), Client::delete);
    }

    @Rule(
            id = "ownership/invalid-token-401",
            level = MUST,
            once = true,
            requires = {SESSIONS, BEARER_TOKEN},
            unless = {TOKENS_NOT_READ, NO_AUTHORIZATION},
            title = "A request with a session id and an invalid token is answered 401",
            source = "basic/authorization, Token Handling")
    void invalidToken401(Client client) {
        var stranger = client.as(invalid(client.target().headers()));
        var refused = open(stranger);
        if (refused.result().isPresent()) {
            throw RuleAbortedException.notApplicable(TOKENS_NOT_READ);
        }
        if (refused.header("WWW-Authenticate").isEmpty() && !hasMetadata(client)) {
            throw RuleAbortedException.notApplicable(
                    NO_AUTHORIZATION,
                    "it refuses without WWW-Authenticate and without metadata, with " + refused.status());
        }
        var session = client.open();
        ping(stranger)
                .withSessionId(session.id())
                .send()
                .mustHaveStatus(401, "to a request with the id of a live session and an invalid token");
        session.mustBeAlive("after a request with an invalid token");
    }

    /** Whether the server publishes what clients need in order to get a token. */
    private static boolean hasMetadata(Client client) {
        for (var path : List.of("/.well-known/oauth-protected-resource", "/.well-known/oauth-authorization-server")) {
            var reply = client.anonymous()
                    .at(client.uri().resolve(path))
                    .plain("GET")
                    .header("Accept", "application/json")
                    .send();
            if (reply.answered()
                    && reply.status() == 200
                    && reply.messages().stream().anyMatch(m -> m.has("resource") || m.has("issuer"))) {
                return true;
            }
        }
        return false;
    }

    /** A client without credentials, once it is clear that the server asks for them. */
    private static Client nobody(Client client) {
        if (serves(client.anonymous())) {
            throw RuleAbortedException.notApplicable(OPEN_TO_ALL, "it serves initialize without any");
        }
        return client.anonymous();
    }

    // ---- helpers ----

    /** Also checks that the session lived, since otherwise the rejection proves nothing, and that it lives on. */
    private static void mustBeRejected(
            String whose, Client stranger, ClientSession session, Function<Client, Request> request) {
        var foreign = request.apply(stranger).withSessionId(session.id());
        if (foreign.method().equals("POST")) {
            // A request that the session's own user is refused too says nothing.
            session.need(request.apply(session.client()).in(session));
        }
        var reply = foreign.method().equals("GET") ? foreign.peek() : foreign.send();
        var what = whose + " " + reply.describe();
        var expectation = what + " with the id of session " + session.label() + " to be rejected";
        reply.mustBeAnswered(expectation).mustNotBeOverload(expectation);
        // A redirection leads to a page at which users log in.
        reply.mustHave(
                reply.status() / 100 == 4 || reply.status() / 100 == 3, expectation, "got " + reply.describeReply());
        session.mustBeAlive("after " + what);
    }

    private static Request ping(Client client) {
        return client.post(client.request("ping"));
    }

    private static Request notification(Client client) {
        return client.post(Json.notification("notifications/initialized"));
    }

    private static boolean serves(Client client) {
        return open(client).result().isPresent();
    }

    /** Initializes; a session that is opened by it is ended when the rule is over. */
    private static Exchange open(Client client) {
        var opening = client.post(client.initialize()).send();
        opening.status();
        opening.sessionId().ifPresent(id -> client.adopt(id, opening));
        return opening;
    }

    /** Credentials of the same form that nobody has. */
    private static List<Header> invalid(List<Header> credentials) {
        return credentials.stream()
                .map(h -> new Header(h.name(), SessionIds.similarTo(h.value())))
                .toList();
    }
}
