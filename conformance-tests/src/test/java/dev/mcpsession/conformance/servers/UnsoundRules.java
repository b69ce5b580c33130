package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;

/** Rules about time as one would write them without a second thought: on a slow machine they accuse right servers. */
public final class UnsoundRules {
    private static final int TRIES = 8;

    @Rule(
            id = "unsound/early-from-the-reply",
            level = Level.CONTRACT,
            requires = {Requires.SESSIONS, Requires.IDLE_TIMEOUT},
            title = "Measures an idle span from the reply, though the server was quiet long before that came",
            source = "none")
    void earlyFromTheReply(Client client) {
        for (int i = 0; i < TRIES; i++) {
            var session = client.openWithoutInitialized();
            long since = session.opening().headAt();
            client.pauseUntil(since + client.idleTimeout().dividedBy(2).toNanos());
            var probe = session.ping().send();
            var idle = Duration.ofNanos(probe.headAt() - since);
            if (probe.status() == 404 && idle.compareTo(client.idleTimeout()) < 0) {
                throw new Violation("a session to live", "it was gone after " + Moment.words(idle), probe);
            }
        }
    }

    @Rule(
            id = "unsound/late-from-the-request",
            level = Level.CONTRACT,
            requires = {Requires.SESSIONS, Requires.IDLE_TIMEOUT},
            title = "Measures an idle span from the request, though the server may have seen that much later",
            source = "none")
    void lateFromTheRequest(Client client) {
        for (int i = 0; i < TRIES; i++) {
            var session = client.openWithoutInitialized();
            long since = session.opening().sentAt();
            client.pauseUntil(since + client.reapedAfter().toNanos());
            var probe = session.ping().send();
            if (probe.status() == 200) {
                throw new Violation(
                        "a session to be gone", "it was alive after " + Moment.words(probe.sentAt() - since), probe);
            }
        }
    }
}
