package dev.mcpsession.conformance.rules.idle;

import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.IDLE_TIMEOUT;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.List;

/** What can be done after a session has expired, and what cannot. */
public final class AfterExpiryRules {
    /** How soon a client initializes that has been told that its session is gone. */
    private static final Duration AT_ONCE = Duration.ofMillis(50);

    @Rule(
            id = "idle/probe-does-not-revive",
            level = CONTRACT,
            once = true,
            sessions = 2,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "Requests with the id of an expired session do not bring it back",
            source = "session contract, point 3")
    void probeDoesNotRevive(Client client) {
        var others = ClientSession.servedKinds(client);
        var session = Expiry.expired(client);
        int found = session.lastActivity().status();
        session.mustStayGone(found, session.ping().send(), "again");
        for (var other : others) {
            session.mustStayGone(found, other.apply(session).send(), "again, for a message of another kind");
        }
        // What is answered to these is judged elsewhere.
        for (var request : List.of(session.get(), session.delete())) {
            request.peek();
            session.mustStayGone(found, session.ping().send(), "again, after " + request.method() + " with its id");
        }
        client.pause(client.idleTimeout().dividedBy(4));
        session.mustStayGone(found, session.ping().send(), "again, a while later");
    }

    @Rule(
            id = "idle/expired-terminate",
            level = CONTRACT,
            once = true,
            sessions = 2,
            requires = {SESSIONS, IDLE_TIMEOUT, DELETE},
            title = "A DELETE of an expired session ends no other session",
            source = "session contract, point 4")
    void expiredTerminate(Client client) {
        var expired = Expiry.expired(client);
        var other = client.open();
        for (int i = 0; i < 2; i++) {
            expired.delete().send().status();
            other.mustBeAlive("after a DELETE of an expired session");
        }
    }

    @Rule(
            id = "idle/reinitialize-after-expiry",
            level = CONTRACT,
            retriedAlone = true,
            once = true,
            sessions = 2,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "After a session has expired, initialize without an id opens a new one, with another id",
            source = "session contract, point 3; basic/transports, Session Management, item 4")
    void reinitializeAfterExpiry(Client client) {
        client.tries(3, () -> reinitialized(client));
    }

    private static ClientSession reinitialized(Client client) {
        var expired = Expiry.expired(client);
        // Asked for once more, since another rule may have opened a session after the first time.
        return client.undisturbed(1, () -> reinitialized(client, expired));
    }

    private static ClientSession reinitialized(Client client, ClientSession expired) {
        var session = client.mustOpenAfter(
                () -> {
                    expired.mustStayGone(
                            expired.lastActivity().status(), expired.ping().send(), "that had expired before");
                    return expired;
                },
                "after the last session expired");
        session.mustBeAlive("when it was just opened after another had expired");
        long since = session.opening().sentAt() - expired.lastActivity().headAt();
        if (since > AT_ONCE.toNanos()) {
            throw RuleAbortedException.inconclusive("the machine was too slow: initialize came " + Moment.words(since)
                    + " after the request that found the session expired");
        }
        return session;
    }
}
