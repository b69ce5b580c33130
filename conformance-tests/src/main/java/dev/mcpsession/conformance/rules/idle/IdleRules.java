package dev.mcpsession.conformance.rules.idle;

import static dev.mcpsession.conformance.rule.Level.CONTRACT;
import static dev.mcpsession.conformance.rule.Requires.IDLE_TIMEOUT;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.rule.Rule;

/** When idle sessions end, and when they do not. */
public final class IdleRules {
    @Rule(id = "idle/reaped-post-404", level = CONTRACT, requires = {SESSIONS, IDLE_TIMEOUT},
            title = "A request in a session that was idle for longer than the timeout and the lag is answered 404",
            source = "session contract, point 3")
    void reapedPost404(Client client) {
        var session = client.open();
        session.idleFor(client.reapedAfter());
        mustBeReaped(session, session.ping().send());
    }

    private static void mustBeReaped(ClientSession session, Exchange probe) {
        session.mustBeGone(probe, "after the session was idle " + session.idleBefore(probe));
    }
}
