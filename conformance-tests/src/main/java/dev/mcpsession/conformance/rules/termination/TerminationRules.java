package dev.mcpsession.conformance.rules.termination;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Rules on DELETE, and on the time after it. */
public final class TerminationRules {
    private static final String AFTER = "after the session was terminated";

    /** How long to wait for the head of a GET stream: some servers send none until there is an event. */
    private static final Duration STREAM_HEAD = Duration.ofSeconds(1);

    /** How long to let a call be under way before its session is ended. */
    private static final Duration UNDER_WAY = Duration.ofMillis(250);

    /** How often a rule is tried where it may have come too late to see its fault. */
    private static final int MAX_TRIES = 3;

    /**
     * How soon DELETE is to be answered, and how many pings must be served meanwhile to show that the machine is not
     * slow.
     */
    private static final Duration PROMPTLY = Duration.ofMillis(500);

    /** A call may come late to its tool. */
    private static final int TIMES_BESIDE_CALL = 2;

    private static final int MANY = 5;
    private static final Duration EVERY = Duration.ofMillis(50);

    @Rule(
            id = "termination/delete-accepted",
            level = ADVICE,
            requires = SESSIONS,
            title = "DELETE of a session succeeds, or is answered 405 where clients may not end sessions",
            source = "basic/transports, Session Management, item 5")
    void deleteAccepted(Client client) {
        var session = client.open();
        var reply = session.delete().send();
        int status = reply.mustReply("DELETE of a live session to be answered").status();
        if (status / 100 == 2) {
            session.markEnded();
        } else if (status == 404 && session.ping().send().status() / 100 != 2) {
            session.mustBeAlive(reply, "until it was ended");
        } else {
            mustNotFail(reply, "DELETE to succeed, or to be answered 405");
            reply.mustHave(
                    status == 405,
                    "DELETE of a live session to succeed, or to be answered 405",
                    "got " + reply.describeReply());
        }
    }

    @Rule(
            id = "termination/delete-in-company",
            level = CONTRACT,
            once = true,
            sessions = 4,
            requires = {SESSIONS, DELETE},
            uses = SLOW_TOOL,
            title = "DELETE ends a session also while a GET stream of it is open or a call is in flight",
            source = "session contract, point 8; basic/transports, Session Management, item 5")
    void deleteInCompany(Client client) {
        if (client.capabilities().getStream()) {
            mustEnd(
                    client,
                    "while a GET stream of it is open",
                    session -> session.get().start().awaitHead(client.patienceUpTo(STREAM_HEAD)));
        }
        if (client.target().slowTool().isPresent()) {
            var other = client.open();
            for (int i = 0; i < TIMES_BESIDE_CALL; i++) {
                mustEnd(
                        client,
                        "while a call of it is in flight",
                        session -> letBegin(session.slowCall().start(), other));
            }
        }
        mustEnd(client, "right after a request", session -> session.ping().send());
    }

    private static void mustEnd(Client client, String when, Consumer<ClientSession> company) {
        var session = client.open();
        company.accept(session);
        var expectation = "DELETE to end a session " + when + ", as it does else";
        var reply = session.delete().send();
        if (!reply.answered() && reply.failure().isEmpty()) {
            throw RuleAbortedException.inconclusive(
                    "DELETE was not answered in time: see termination/delete-answers-promptly");
        }
        mustNotFail(reply, expectation);
        if (reply.status() / 100 == 2) {
            session.markEnded();
        } else if (reply.status() == 404) {
            session.mustBeAlive(reply, "until it was ended");
        } else {
            // That is about the company only where a session without any is ended.
            terminated(client);
            throw new Suspicion(expectation, "got " + reply.describeReply(), reply);
        }
    }

    // ---- what a terminated session answers ----

    @Rule(
            id = "termination/post-404",
            level = MUST,
            requires = {SESSIONS, DELETE},
            title = "A request in a session that was terminated is answered 404",
            source = "basic/transports, Session Management, item 3")
    void post404(Client client) {
        var session = client.open();
        session.need(session.ping());
        session.terminate();
        session.mustBeGone(session.ping().send(), AFTER);
    }

    @Rule(
            id = "termination/notification-404",
            dependsOn = "termination/post-404",
            level = MUST,
            requires = {SESSIONS, DELETE},
            title = "A notification in a session that was terminated is answered 404",
            source = "basic/transports, Session Management, item 3")
    void notification404(Client client) {
        var session = client.open();
        session.need(session.notification());
        session.terminate();
        session.mustBeGone(session.notification().send(), AFTER);
    }

    @Rule(
            id = "termination/get-404",
            dependsOn = "termination/post-404",
            level = MUST,
            requires = {SESSIONS, DELETE, GET_STREAM},
            title = "A GET in a session that was terminated is answered 404",
            source = "basic/transports, Session Management, item 3")
    void get404(Client client) {
        var session = terminated(client);
        var get = session.get().open();
        if (!get.answered()) {
            throw RuleAbortedException.inconclusive(
                    "no head came to a GET with the id of a terminated session, as it may not on a "
                            + "stream without events");
        }
        session.mustBeGone(get, AFTER);
    }

    @Rule(
            id = "termination/delete-404",
            dependsOn = "termination/post-404",
            level = MUST,
            requires = {SESSIONS, DELETE},
            title = "Another DELETE of a session that was terminated is answered 404",
            source = "basic/transports, Session Management, item 3; session contract, point 4")
    void delete404(Client client) {
        var session = terminated(client);
        session.mustBeGone(session.delete().send(), AFTER);
    }

    @Rule(
            id = "termination/stays-dead",
            dependsOn = "termination/post-404",
            level = MUST,
            waits = true,
            sessions = 5,
            requires = {SESSIONS, DELETE},
            title = "A session that was terminated stays so: later, for other requests, and after other sessions "
                    + "have come",
            source = "basic/transports, Session Management, item 3")
    void staysDead(Client client) {
        client.tries(MAX_TRIES, () -> staysDeadOnce(client));
        // Whoever ends a stream may take that for the end of its session.
        client.tries(MAX_TRIES, () -> endedBesideStream(client));
    }

    private static ClientSession staysDeadOnce(Client client) {
        var others = ClientSession.servedKinds(client);
        var session = client.open();
        session.need(session.ping());
        session.terminate();
        var first = session.mustBeGone(session.ping().send(), AFTER);
        for (int i = 1; i <= 3; i++) {
            for (var other : others) {
                var again = session.mustBeGone(other.apply(session).send(), AFTER + ", in a row of requests");
                mustBeSoon(client, first, again);
                first = again;
            }
            // What is answered to these is judged elsewhere.
            for (var request : List.of(session.get(), session.delete())) {
                request.peek();
                var again = session.mustBeGone(
                        session.ping().send(), AFTER + ", and after a " + request.method() + " with its id");
                mustBeSoon(client, first, again);
                first = again;
            }
            client.open();
            session.mustBeGone(session.ping().send(), AFTER + " and another was opened");
            client.pause(Duration.ofMillis(100L * i));
            first = session.mustBeGone(session.ping().send(), AFTER + ", a while later");
        }
        return session;
    }

    private static ClientSession endedBesideStream(Client client) {
        var session = client.open();
        var stream = session.get().start();
        stream.awaitHead(client.patienceUpTo(STREAM_HEAD));
        session.terminate();
        session.mustBeGone(session.ping().send(), AFTER + " beside a GET stream of it");
        return session;
    }

    /** A session that a request brought back has expired again where the next one comes late, and nobody sees it. */
    private static void mustBeSoon(Client client, Exchange first, Exchange again) {
        client.target()
                .idleTimeout()
                .filter(timeout -> again.endAt() - first.sentAt() >= timeout.toNanos())
                .ifPresent(timeout -> {
                    throw RuleAbortedException.inconclusive(
                            "the requests after a DELETE took longer than the idle timeout: is the machine busy?");
                });
    }

    private static ClientSession terminated(Client client) {
        var session = client.open();
        session.terminate();
        return session;
    }

    // ---- terminating more than once ----

    @Rule(
            id = "termination/idempotent",
            level = CONTRACT,
            sessions = 2,
            requires = {SESSIONS, DELETE},
            title = "Further DELETEs of a terminated session do no harm",
            source = "session contract, point 4")
    void idempotent(Client client) {
        var other = client.open();
        var session = terminated(client);
        for (int i = 0; i < 5; i++) {
            mustNotFail(session.delete().send(), "no failure of the server for another DELETE of a terminated session");
        }
        other.mustBeAlive("after several DELETEs of another session");
    }

    @Rule(
            id = "termination/concurrent-deletes",
            dependsOn = "termination/post-404",
            level = CONTRACT,
            sessions = 2,
            requires = {SESSIONS, DELETE},
            title = "Of DELETEs that come at once, one ends the session, and all are answered with success or 404",
            source = "session contract, points 4 and 5")
    void concurrentDeletes(Client client) {
        var other = client.open();
        var session = client.open();
        var replies = client.sendAll(8, i -> session.delete());
        for (var reply : replies) {
            mustNotFail(reply, "success or 404 for each of several DELETEs at once");
            reply.mustHave(
                    reply.status() / 100 == 2 || reply.status() == 404,
                    "success or 404 for each of several DELETEs at once",
                    "got " + reply.describeReply());
        }
        if (replies.stream().noneMatch(r -> r.status() / 100 == 2)) {
            session.mustBeAlive(replies.get(0), "until several DELETEs came at once");
        }
        replies.forEach(session::awaitEndAfter);
        session.mustBeGone(session.ping().send(), "after several DELETEs at once");
        other.mustBeAlive("after several DELETEs of another session at once");
    }

    /** Checks that a reply came, and is no failure of the server. */
    private static void mustNotFail(Exchange reply, String expectation) {
        int status = reply.mustReply(expectation).mustNotBeOverload(expectation).status();
        reply.mustHave(status < 500, expectation, "got " + reply.describeReply());
    }

    // ---- what DELETE must not end ----

    @Rule(
            id = "termination/unknown-id-harmless",
            level = CONTRACT,
            retriedAlone = true,
            requires = {SESSIONS, DELETE},
            title = "A request with an id that names no session ends no other session",
            source = "session contract, point 4")
    void unknownIdHarmless(Client client) {
        List<Supplier<Request>> requests = List.of(
                client::delete,
                () -> client.post(client.request("ping")),
                () -> client.post(Json.notification("notifications/initialized")));
        for (var request : requests) {
            mustHarmNoSession(
                    client,
                    () -> request.get().withSessionId("no-such-session-" + client.nextId()),
                    "with an id that names no session");
        }
    }

    @Rule(
            id = "termination/missing-id-harmless",
            level = CONTRACT,
            retriedAlone = true,
            requires = {SESSIONS, DELETE},
            title = "A DELETE without a session id ends no session",
            source = "session contract, point 4")
    void missingIdHarmless(Client client) {
        mustHarmNoSession(client, client::delete, "without a session id");
    }

    /** The session that might be harmed is the newest, since a server that finds none by the id may take that. */
    private static void mustHarmNoSession(Client client, Supplier<Request> harm, String how) {
        client.undisturbed(1, () -> {
            var session = client.open();
            var request = harm.get();
            request.send().status();
            session.mustBeAlive("after a " + request.method() + " " + how);
            return session;
        });
    }

    // ---- what ends with the session ----

    @Rule(
            id = "termination/closes-stream",
            level = ADVICE,
            requires = {SESSIONS, DELETE, GET_STREAM},
            title = "The GET stream of a session ends when the session is terminated",
            source = "session contract, point 8")
    void closesStream(Client client) {
        var session = client.open();
        var stream = session.get().start();
        stream.awaitHead(client.patienceUpTo(STREAM_HEAD));
        if (stream.ended() || stream.answered() && stream.status() != 200) {
            throw RuleAbortedException.inconclusive(
                    "there was no stream to be closed: GET was answered " + stream.describeReply());
        }
        session.terminate();
        long terminated = System.nanoTime();
        if (!stream.awaitEnd(client.patience())) {
            throw new Suspicion(
                    "the GET stream to end with its session",
                    "it was still open " + Moment.words(System.nanoTime() - terminated) + " after the DELETE",
                    stream);
        }
    }

    @Rule(
            id = "termination/in-flight-ends",
            level = CONTRACT,
            once = true,
            sessions = 4,
            requires = {SESSIONS, DELETE, SLOW_TOOL},
            title = "Calls in flight are answered, or their replies end, when their session is terminated: none hangs",
            source = "session contract, point 8")
    void inFlightEnds(Client client) {
        for (int tries = 1; ; tries++) {
            var met = endsWithItsSession(client);
            if (met == Met.IN_FLIGHT || met == Met.PERHAPS_NOT_BEGUN && tries == MAX_TRIES) {
                return;
            }
            if (tries == MAX_TRIES) {
                throw RuleAbortedException.inconclusive(
                        "each time the call may have been over before its session was: it was answered"
                                + " soon after the DELETE was sent, and before that was answered; see --slow-tool");
            }
        }
    }

    /** When the end of a session met a call. */
    private enum Met {
        IN_FLIGHT,
        PERHAPS_NOT_BEGUN,
        PERHAPS_OVER
    }

    private static Met endsWithItsSession(Client client) {
        var session = client.open();
        var other = client.open();
        var first = session.slowCall().start();
        var second = session.slowCall().start();
        // How long the tool takes at most is not known: this call, which nothing disturbs, tells.
        var undisturbed = other.slowCall().start();
        letBegin(first, other);
        // A server may refuse a second call beside the first.
        var calls = second.ended() ? List.of(first) : List.of(first, second);
        var delete = session.terminate();
        long terminated = System.nanoTime();
        boolean waited = false;
        for (var call : calls) {
            if (waited || call.awaitEnd(client.patience())) {
                continue;
            }
            waited = true;
            if (!undisturbed.awaitEnd(client.patience().multipliedBy(6))) {
                throw RuleAbortedException.inconclusive(
                        "calls of the slow tool take too long to be waited for; see --slow-tool");
            }
        }
        // A server may let calls finish, and have begun the second when the first was over.
        var more = client.patience().plusNanos(waited ? undisturbed.endAt() - undisturbed.sentAt() : 0);
        for (var call : calls) {
            if (!call.awaitEnd(more)) {
                throw new Suspicion(
                        "a call in flight to be answered, or its reply to end, when its session is terminated",
                        "it was still open " + Moment.words(System.nanoTime() - terminated) + " after the DELETE"
                                + (calls.stream().anyMatch(Exchange::ended) ? ", while another had ended" : ""),
                        call);
            }
        }
        mustBeOver(session, undisturbed);
        return waited
                ? Met.IN_FLIGHT
                : calls.stream()
                        .map(call -> met(call, delete))
                        .max(Comparator.naturalOrder())
                        .orElseThrow();
    }

    private static Met met(Exchange call, Exchange delete) {
        if (isRefused(call)) {
            return Met.PERHAPS_NOT_BEGUN;
        }
        return call.result().isEmpty()
                        || call.endAt() > delete.headAt()
                        // A server that lets calls finish before it answers: most of the call came after the DELETE
                        // was sent.
                        || call.endAt() - delete.sentAt() > (call.endAt() - call.sentAt()) / 2
                ? Met.IN_FLIGHT
                : Met.PERHAPS_OVER;
    }

    /** Checks that a session that was terminated during a call is gone, also when the time of the call is over. */
    private static void mustBeOver(ClientSession session, Exchange undisturbed) {
        var client = session.client();
        var control = terminated(client).ping().send();
        if (control.status() / 100 != 4 || control.isOverload()) {
            // Another rule says so.
            return;
        }
        session.mustStayGone(control.status(), session.ping().send(), AFTER + " during a call");
        // A server that keeps its sessions in a store may write one back when its call is over.
        undisturbed.awaitEnd(client.patience().multipliedBy(6));
        client.pause(EVERY);
        session.mustStayGone(control.status(), session.ping().send(), AFTER + " during a call, and the call is over");
    }

    /**
     * Lets a call get as far as to its tool: what was sent later, in another session, has been answered. A busy server
     * may come to a DELETE first else.
     */
    private static void letBegin(Exchange call, ClientSession other) {
        other.client().pause(UNDER_WAY);
        other.ping().send();
        if (call.ended()) {
            throw RuleAbortedException.inconclusive(
                    "the call was over before its session could be ended: it was answered " + call.describeReply()
                            + "; see --slow-tool");
        }
    }

    /** Whether a call was answered like one that came too late for its session, as a call that is ended may be too. */
    private static boolean isRefused(Exchange call) {
        return call.answered() && call.status() == 404;
    }

    @Rule(
            id = "termination/delete-answers-promptly",
            level = ADVICE,
            once = true,
            sessions = 4,
            requires = {SESSIONS, DELETE, SLOW_TOOL},
            title = "DELETE is answered at once, and does not wait for a call in flight",
            source = "session contract, point 8")
    void deleteAnswersPromptly(Client client) {
        // The call may not have begun when the DELETE came: one look is too few.
        int looks = 0;
        for (int tries = 0; looks < 2 && tries < MAX_TRIES; tries++) {
            looks += isRefused(callMetByADelete(client)) ? 0 : 1;
        }
    }

    /** Returns the call, when the DELETE has been answered. */
    private static Exchange callMetByADelete(Client client) {
        var session = client.open();
        var beside = client.open();
        var call = session.slowCall().start();
        letBegin(call, beside);
        var delete = session.delete().start();
        for (int pings = 0; !delete.awaitHead(EVERY) && delete.failure().isEmpty(); pings++) {
            long waited = System.nanoTime() - delete.sentAt();
            if (pings >= MANY && waited > PROMPTLY.toNanos()) {
                throw new Suspicion(
                        "DELETE to be answered at once while a call is in flight",
                        "it was not within " + Moment.words(waited) + ", while " + pings
                                + " pings in another session were answered",
                        delete);
            }
            beside.mustBeAlive("while another session is being terminated");
        }
        if (delete.status() / 100 == 2) {
            session.markEnded();
        }
        // The server's answer to the call follows at once, or does not matter.
        call.awaitEnd(EVERY);
        return call;
    }

    // ---- what comes after ----

    @Rule(
            id = "termination/id-not-reissued",
            level = CONTRACT,
            sessions = 5,
            requires = {SESSIONS, DELETE},
            title = "The id of a terminated session is not given to another",
            source = "session contract, points 3 and 4")
    void idNotReissued(Client client) {
        int count = Math.min(5, client.target().maxSessions());
        var before = client.openTogether(count);
        before.forEach(ClientSession::terminate);
        var dead = before.stream().map(ClientSession::id).collect(Collectors.toSet());
        for (int i = 0; i < count; i++) {
            var session = client.openWithoutInitialized();
            session.opening()
                    .mustHave(
                            !dead.contains(session.id()),
                            "another id than those of terminated sessions",
                            "got one of them again: " + session.id());
        }
    }

    @Rule(
            id = "termination/reinitialize",
            level = CONTRACT,
            retriedAlone = true,
            requires = {SESSIONS, DELETE},
            title = "After a session was terminated, initialize without an id opens a new one, with another id",
            source = "session contract, point 3; basic/transports, Session Management, item 4")
    void reinitialize(Client client) {
        client.undisturbed(2, () -> reinitialized(client));
    }

    private static ClientSession reinitialized(Client client) {
        var session = client.mustOpenAfter(() -> terminated(client), AFTER);
        session.mustBeAlive("when it was just opened after another was terminated");
        return session;
    }
}
