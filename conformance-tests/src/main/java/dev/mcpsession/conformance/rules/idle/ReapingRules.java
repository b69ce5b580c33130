package dev.mcpsession.conformance.rules.idle;

import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.INFO;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
import static dev.mcpsession.conformance.rule.Requires.IDLE_TIMEOUT;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.rule.Rule;
import java.util.List;

/** An idle session ends after its timeout, and says so. */
public final class ReapingRules {
    @Rule(
            id = "idle/reaped-post-404",
            dependsOn = "required/unknown-id-post",
            level = CONTRACT,
            sessions = 4,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "A request in a session that was idle for longer than the timeout and the lag is answered 404",
            source = "session contract, point 3")
    void reapedPost404(Client client) {
        var session = client.open();
        session.need(session.ping());
        // A server may hold a session for a message of some kind, or for one that it refuses, and forget to let go of
        // it.
        var kinds = ClientSession.servedKinds(client);
        var called = client.open();
        kinds.forEach(kind -> kind.apply(called).send());
        var refused = client.open();
        client.post("{").in(refused).send();
        Expiry.mustAllBeReaped(List.of(session, called, refused), ClientSession::ping);
    }

    @Rule(
            id = "idle/reaped-notification-404",
            dependsOn = "idle/reaped-post-404",
            level = CONTRACT,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "A notification in a session that was idle for longer than the timeout and the lag is answered 404",
            source = "session contract, point 3")
    void reapedNotification404(Client client) {
        var session = client.open();
        session.need(session.notification());
        Expiry.mustBeReaped(session, ClientSession::notification);
    }

    @Rule(
            id = "idle/reaped-get-404",
            dependsOn = "idle/reaped-post-404",
            level = CONTRACT,
            requires = {SESSIONS, IDLE_TIMEOUT, GET_STREAM},
            title = "A GET in a session that was idle for longer than the timeout and the lag is answered 404",
            source = "session contract, point 3")
    void reapedGet404(Client client) {
        var session = client.open();
        session.idleFor(client.reapedAfter());
        var get = session.get().open();
        if (!get.answered()) {
            throw RuleAbortedException.inconclusive(
                    "no head came to a GET with the id of an expired session, as it may not on a "
                            + "stream without events");
        }
        if (get.status() / 100 == 2) {
            Expiry.mustHaveBeenIdle(session, get, client.reapedAfter());
            // The machine may have held up the server's reaper, and a session with a stream cannot be left idle again.
            throw new Suspicion(
                    "status 404 after the session was idle " + session.idleBefore(get),
                    "got " + get.describeReply(),
                    get);
        }
        session.mustBeGone(get, "after the session was idle " + session.idleBefore(get));
    }

    @Rule(
            id = "idle/reaped-delete-404",
            dependsOn = "idle/reaped-post-404",
            level = CONTRACT,
            requires = {SESSIONS, IDLE_TIMEOUT, DELETE},
            title = "A DELETE of a session that was idle for longer than the timeout and the lag is answered 404",
            source = "session contract, point 3")
    void reapedDelete404(Client client) {
        Expiry.mustBeReaped(client.open(), ClientSession::delete);
    }

    @Rule(
            id = "idle/opened-only-is-reaped",
            dependsOn = "idle/reaped-post-404",
            level = CONTRACT,
            once = true,
            sessions = 2,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "A session that was opened and never used, not even by the initialized notification, expires too",
            source = "session contract, point 3")
    void openedOnlyIsReaped(Client client) {
        var used = client.open();
        used.need(used.ping());
        Expiry.mustBeReaped(client.openWithoutInitialized(), ClientSession::ping);
    }

    @Rule(
            id = "idle/cohort-reaped",
            dependsOn = "termination/post-404",
            level = CONTRACT,
            once = true,
            sessions = 8,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "Sessions that are idle together are all gone after the timeout and the lag",
            source = "session contract, points 3 and 11")
    void cohortReaped(Client client) {
        var cohort = client.openTogether(Math.min(8, client.target().maxSessions()));
        cohort.get(0).need(cohort.get(0).ping());
        Expiry.mustAllBeReaped(cohort, ClientSession::ping);
    }

    @Rule(
            id = "idle/reaped-error-body",
            level = INFO,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "What the body of the 404 for an expired session tells the client",
            source = "session contract, point 3")
    void reapedErrorBody(Client client) {
        var session = client.open();
        session.ping().send();
        session.idleFor(client.reapedAfter());
        var probe = session.ping().send();
        if (!session.isGone(probe)) {
            throw RuleAbortedException.inconclusive("the session was not answered 404: see idle/reaped-post-404");
        }
        session.markEnded();
        var refusal = "the " + probe.status();
        var message = probe.error().map(e -> e.path("message").asString(""));
        probe.mustHave(
                message.isPresent() && !message.get().isBlank(),
                "a JSON-RPC error that says that the session was not found",
                probe.body().isBlank()
                        ? refusal + " has no body"
                        : "the body of " + refusal + " is no JSON-RPC error: " + probe.describeReply());
        client.note(refusal + " carries the JSON-RPC error '" + message.get() + "'");
    }
}
