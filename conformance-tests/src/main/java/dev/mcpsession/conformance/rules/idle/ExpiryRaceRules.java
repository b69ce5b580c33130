package dev.mcpsession.conformance.rules.idle;

import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.rule.Requires.IDLE_TIMEOUT;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.rule.Rule;
import java.util.ArrayList;
import java.util.List;

/** What a request gets that meets the expiry of its session. */
public final class ExpiryRaceRules {
    @Rule(
            id = "idle/expiry-race",
            level = CONTRACT,
            once = true,
            sessions = 8,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "A request that meets the expiry of its session is served or answered 404, and a session that "
                    + "served"
                    + " one lives on",
            source = "session contract, point 5")
    void expiryRace(Client client) {
        client.tries(3, () -> raced(client));
    }

    /** Requests around the expiry of their sessions: some before it, and some after it. */
    private static List<ClientSession> raced(Client client) {
        var sessions = client.openTogether(Math.min(8, client.target().maxSessions()));
        var before = client.sendAll(sessions.size(), i -> sessions.get(i).ping());
        if (before.get(0).error().isPresent()) {
            throw RuleAbortedException.inconclusive("ping brings no result: see transport/ping-answered");
        }
        var probes = new ArrayList<Exchange>();
        for (int i = 0; i < sessions.size(); i++) {
            client.pauseUntil(sessions.get(i).lastActivity().headAt() + nearExpiry(client, i, sessions.size()));
            probes.add(sessions.get(i).ping().start());
        }
        long longestAlive = 0;
        long shortestGone = Long.MAX_VALUE;
        var alive = new ArrayList<ClientSession>();
        Request.completeAll(probes, client.patience());
        for (int i = 0; i < probes.size(); i++) {
            var session = sessions.get(i);
            var probe = probes.get(i);
            mustBeWholeOrGone(probe);
            if (session.isGone(probe)) {
                session.markEnded();
                shortestGone = Math.min(shortestGone, session.idleAtMostBefore(probe));
            } else if (probe.status() / 100 == 2) {
                alive.add(session);
                longestAlive = Math.max(
                        longestAlive,
                        probe.sentAt() - session.lastActivityBefore(probe).headAt());
            }
        }
        if (alive.isEmpty()) {
            throw RuleAbortedException.inconclusive("none of " + sessions.size()
                    + " sessions was still there near its expiry, so that none could meet it");
        }
        // An expiry that was decided before the request, and is carried out after it, shows only now.
        client.pause(client.idleTimeout().dividedBy(2));
        var again = client.sendAll(alive.size(), i -> alive.get(i).ping());
        int judged = 0;
        String unproven = null;
        for (int i = 0; i < again.size(); i++) {
            try {
                alive.get(i).mustBeAlive(again.get(i), "after it served a request near its expiry");
                judged++;
            } catch (RuleAbortedException e) {
                unproven = e.getMessage();
                client.note(
                        "session " + alive.get(i).label() + " could not be judged after the race: " + e.getMessage());
            }
        }
        // A session that was gone already shows nothing of what comes after a request is served.
        if (unproven != null && 2 * judged <= alive.size()) {
            throw RuleAbortedException.inconclusive(
                    "of " + alive.size() + " sessions that served a request near their expiry, only " + judged
                            + " could be judged after it: " + unproven);
        }
        var seen = (longestAlive > 0 ? "a session was alive after an idle time of " + Moment.words(longestAlive) : "")
                + (longestAlive > 0 && shortestGone < Long.MAX_VALUE ? "; " : "")
                + (shortestGone < Long.MAX_VALUE
                        ? "one was gone after an idle time of at most " + Moment.words(shortestGone)
                        : "");
        client.note(seen);
        // Requests that meet the expiry come before it and after it, and not long before or after.
        long near = Expiry.part(client.idleTimeout(), 0.05)
                .plus(client.target().reapLag().dividedBy(3))
                .toNanos();
        if (judged == 0 || shortestGone == Long.MAX_VALUE || shortestGone - longestAlive > near) {
            throw RuleAbortedException.inconclusive("no requests came both shortly before and shortly after the expiry"
                    + " of their sessions, as far as is known: " + seen);
        }
        return sessions;
    }

    /** When to probe: half of the sessions within a few hundredths of the timeout, the others until the lag is over. */
    private static long nearExpiry(Client client, int index, int count) {
        long timeout = client.idleTimeout().toNanos();
        int near = (count + 1) / 2;
        return index < near
                ? Math.round(timeout * (0.97 + 0.06 * index / near))
                : Math.round(timeout * 1.03) + client.target().reapLag().toNanos() * (index - near) / (count - near);
    }

    private static void mustBeWholeOrGone(Exchange probe) {
        var expectation = "the request to be served, or answered 404, when its session is about to expire";
        if (!probe.answered()) {
            throw new Suspicion(expectation, "got " + probe.describeReply(), probe);
        }
        if (probe.status() >= 500) {
            throw new Suspicion(expectation, "got " + probe.describeReply(), probe);
        }
        if (probe.status() / 100 == 2) {
            if (probe.letsPoll()) {
                return;
            }
            if (probe.response().isEmpty()) {
                throw new Suspicion(expectation, "the reply ended without a response: " + probe.describeReply(), probe);
            }
            probe.mustHave(
                    probe.result().isPresent(),
                    expectation,
                    "got an error: " + probe.response().get());
        }
    }
}
