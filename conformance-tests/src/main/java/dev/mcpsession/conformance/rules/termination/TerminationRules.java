package dev.mcpsession.conformance.rules.termination;

import static dev.mcpsession.conformance.rule.Level.CONTRACT;
import static dev.mcpsession.conformance.rule.Level.MUST;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.rule.Rule;

/** What DELETE does, and what holds after it. */
public final class TerminationRules {
    private static final String AFTER = "after the session was terminated";

    @Rule(id = "termination/post-404", level = MUST, requires = {SESSIONS, DELETE},
            title = "A request in a session that was terminated is answered 404",
            source = "basic/transports, Session Management, item 3")
    void post404(Client client) {
        var session = client.open();
        session.terminate();
        session.mustBeGone(session.ping().send(), AFTER);
    }

    @Rule(id = "termination/unknown-id-harmless", level = CONTRACT, sessions = 2, requires = {SESSIONS, DELETE},
            title = "A DELETE with an id that names no session ends no other session",
            source = "session contract, point 4")
    void unknownIdHarmless(Client client) {
        var session = client.open();
        client.delete().withSessionId("no-such-session-" + client.nextId()).send().status();
        session.mustBeAlive("after a DELETE with an id that names no session");
    }
}
