package dev.mcpsession.conformance.rules.idle;

import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.INFO;
import static dev.mcpsession.conformance.judgement.Unless.TIMEOUT_NEEDED;
import static dev.mcpsession.conformance.judgement.Unless.UNKNOWN_REVISION_SERVED;
import static dev.mcpsession.conformance.rule.Requires.IDLE_TIMEOUT;
import static dev.mcpsession.conformance.rule.Requires.LAUNCH;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.ServerLauncher.Refused;
import dev.mcpsession.conformance.target.ServerLauncher.Serving;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** A session lives until its timeout is over, and activity in it pushes the end back. */
public final class SurvivalRules {
    @Rule(
            id = "idle/not-reaped-early",
            level = CONTRACT,
            once = true,
            sessions = 3,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "A session that was idle for less than the timeout lives",
            source = "session contract, points 1 and 2")
    void notReapedEarly(Client client) {
        double[] shares = {0.5, 0.75, 0.95};
        var seen = new boolean[shares.length];
        var longest = new AtomicLong();
        client.tries(3, () -> {
            var sessions = client.openTogether(Math.min(3, client.target().maxSessions()));
            var probes = new ArrayList<Exchange>();
            for (int i = 0; i < sessions.size(); i++) {
                var used = sessions.get(i).lastActivity();
                // This is provable: both exchanges, as long as this one was, and the wait together stay under the
                // timeout.
                var most =
                        client.idleTimeout().minus(client.clockSlack()).minusNanos(2 * (used.headAt() - used.sentAt()));
                if (most.isNegative()) {
                    throw RuleAbortedException.inconclusive("the server's answers take too long for its idle timeout");
                }
                // Where fewer sessions may be opened, the long spans come first: they show the most.
                var share = shares[shares.length - sessions.size() + i];
                client.pauseUntil(used.headAt() + Expiry.part(most, share).toNanos());
                probes.add(sessions.get(i).ping().start());
            }
            RuleAbortedException unproven = null;
            Request.completeAll(probes, client.patience());
            for (int i = 0; i < probes.size(); i++) {
                try {
                    var probe = probes.get(i);
                    var atLeast = probe.sentAt()
                            - sessions.get(i).lastActivityBefore(probe).headAt();
                    sessions.get(i).mustBeAlive(probe, "after an idle time shorter than the timeout");
                    seen[shares.length - sessions.size() + i] = true;
                    longest.accumulateAndGet(atLeast, Math::max);
                } catch (RuleAbortedException e) {
                    unproven = e;
                }
            }
            // Each span need be seen once only, be it in another attempt.
            for (int i = shares.length - sessions.size(); i < shares.length; i++) {
                if (!seen[i] && unproven != null) {
                    throw unproven;
                }
            }
            client.note("a session was alive after an idle time of " + Moment.words(longest.get()));
            return sessions;
        });
    }

    @Rule(
            id = "idle/activity-extends",
            dependsOn = "idle/not-reaped-early",
            level = CONTRACT,
            activity = true,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "A session that is used at intervals shorter than the timeout lives for several timeouts",
            source = "session contract, point 2")
    void activityExtends(Client client) {
        boolean tools = !client.capabilities().tools().isEmpty();
        Expiry.mustSurviveBy(
                client,
                session -> tools ? session.post(client.request("tools/list")) : session.ping(),
                Expiry.longest(Expiry.part(client.idleTimeout(), 2.5), client.reapedAfter()),
                "requests");
    }

    @Rule(
            id = "idle/ping-extends",
            dependsOn = "idle/activity-extends",
            level = CONTRACT,
            activity = true,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "Pings alone keep a session alive",
            source = "session contract, point 2")
    void pingExtends(Client client) {
        Expiry.mustSurviveBy(client, ClientSession::ping, client.reapedAfter(), "pings");
    }

    @Rule(
            id = "idle/notification-extends",
            dependsOn = "idle/activity-extends",
            level = CONTRACT,
            activity = true,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "Notifications alone keep a session alive",
            source = "session contract, point 2")
    void notificationExtends(Client client) {
        Expiry.mustSurviveBy(client, ClientSession::notification, client.reapedAfter(), "notifications");
    }

    @Rule(
            id = "idle/expires-after-last-activity",
            dependsOn = {"idle/activity-extends", "termination/post-404"},
            level = CONTRACT,
            activity = true,
            once = true,
            sessions = 2,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "The timeout is counted from the last activity of a session, not from an earlier one",
            source = "session contract, points 2 and 3")
    void expiresAfterLastActivity(Client client) {
        var interval = new Duration[] {client.idleTimeout()};
        var idle = client.tries(3, () -> {
            interval[0] = interval[0].dividedBy(2);
            var sessions = client.openTogether(2);
            long opened = System.nanoTime();
            do {
                client.pause(interval[0]);
                var pings = client.sendAll(2, i -> sessions.get(i).ping());
                for (int i = 0; i < pings.size(); i++) {
                    sessions.get(i).mustBeAlive(pings.get(i), "while it was used");
                }
            } while (System.nanoTime() - opened < client.idleTimeout().toNanos());
            client.pause(interval[0]);
            sessions.get(0).mustBeAlive("after an idle time shorter than the timeout, long after it was opened");
            return sessions.get(1);
        });
        Expiry.mustBeReaped(idle, ClientSession::ping);
    }

    @Rule(
            id = "idle/other-sessions-do-not-extend",
            dependsOn = "termination/post-404",
            level = CONTRACT,
            once = true,
            sessions = 2,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "Activity in one session does not keep another alive",
            source = "session contract, point 2")
    void otherSessionsDoNotExtend(Client client) {
        client.tries(3, () -> idleBesideABusySession(client));
    }

    private static ClientSession idleBesideABusySession(Client client) {
        var idle = client.open();
        var busy = client.open();
        long longestGap = 0;
        long used = busy.opening().sentAt();
        long until = idle.quietSince() + client.reapedAfter().toNanos();
        while (System.nanoTime() < until) {
            client.pauseUntil(Math.min(
                    until, System.nanoTime() + client.idleTimeout().dividedBy(5).toNanos()));
            var ping = busy.ping().send();
            longestGap = Math.max(longestGap, ping.headAt() - used);
            used = ping.sentAt();
            if (ping.status() / 100 != 2) {
                // Whether activity extends its own session is judged elsewhere; here some other session must be active.
                busy.markEnded();
                busy = client.open();
                used = busy.opening().sentAt();
            }
        }
        Expiry.mustBeReaped(idle, ClientSession::ping);
        // One clock for all sessions may have run out in such a gap.
        if (longestGap >= client.idleTimeout().minus(client.clockSlack()).toNanos()) {
            throw RuleAbortedException.inconclusive("the machine was too slow: for up to " + Moment.words(longestGap)
                    + ", no other session was active");
        }
        return idle;
    }

    @Rule(
            id = "idle/rejected-request",
            level = INFO,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT},
            since = Revision.V2025_06_18,
            unless = UNKNOWN_REVISION_SERVED,
            title = "Whether a request that the server rejects keeps its session alive",
            source = "session contract, point 2")
    void rejectedRequest(Client client) {
        client.tries(3, () -> rejected(client));
    }

    private static Exchange rejected(Client client) {
        var session = client.open();
        session.ping().send();
        long quiet = session.quietSince();
        long longestGap = 0;
        Exchange rejected;
        do {
            var before = session.lastActivity();
            client.pause(client.idleTimeout().dividedBy(2));
            rejected =
                    session.ping().header(Client.VERSION_HEADER, "1999-01-01").send();
            longestGap = Math.max(longestGap, rejected.headAt() - before.sentAt());
            if (rejected.status() / 100 == 2) {
                throw RuleAbortedException.notApplicable(UNKNOWN_REVISION_SERVED);
            }
        } while (rejected.sentAt() - quiet < client.reapedAfter().toNanos());
        var probe = session.ping().send();
        if (probe.status() / 100 == 2) {
            client.note("a request that is rejected (status " + rejected.status() + ") keeps its session alive");
        } else if (session.isGone(probe)) {
            session.markEnded();
            longestGap = Math.max(longestGap, probe.headAt() - rejected.sentAt());
            if (longestGap >= client.idleTimeout().minus(client.clockSlack()).toNanos()) {
                throw RuleAbortedException.inconclusive(
                        "the machine was too slow: between two requests, the session may"
                                + " have been idle for its timeout");
            }
            client.note("a request that is rejected does not keep its session alive");
        }
        return probe;
    }

    @Rule(
            id = "idle/none-without-timeout",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT, LAUNCH},
            unless = TIMEOUT_NEEDED,
            title = "On a server that was started without an idle timeout, a session outlives two",
            source = "session contract, point 1")
    void noneWithoutTimeout(Client client) {
        var launch = client.launch(LaunchSettings.withoutIdleTimeout());
        if (!(launch instanceof Serving server)) {
            if (launch instanceof Refused refused && !refused.ended()) {
                throw RuleAbortedException.inconclusive(
                        "without an idle timeout the server " + refused.how() + ": see --start-within");
            }
            throw RuleAbortedException.notApplicable(TIMEOUT_NEEDED);
        }
        var session = client.at(server.uri()).open();
        session.mustBeAlive("when it was just opened");
        client.pauseUntil(session.quietSince()
                + Expiry.longest(client.idleTimeout().multipliedBy(2), client.reapedAfter())
                        .toNanos());
        var probe = session.ping().send();
        if (session.isGone(probe)) {
            throw new Suspicion(
                    "session " + session.label() + " to live, since the server was started without a timeout",
                    "its " + probe.describe() + " was answered " + probe.describeReply() + " after an idle time "
                            + session.idleBefore(probe),
                    probe);
        }
        session.mustBeAlive(probe, "on a server that was started without a timeout");
    }
}
