package dev.mcpsession.conformance.rules.idle;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Lets sessions expire, and judges whether they did. */
final class Expiry {
    private Expiry() {}

    /**
     * Lets a session be idle for longer than any right server keeps it, and checks that it is gone.
     *
     * @param probe what to find that out with
     * @throws Violation if the probe is answered otherwise, or the session lives on even at a second look
     * @throws Suspicion if the machine may have held up the server: the session is gone at the second look, or the
     *     exchanges were slow
     */
    static void mustBeReaped(ClientSession session, Function<ClientSession, Request> probe) {
        mustAllBeReaped(List.of(session), probe);
    }

    /** As {@link #mustBeReaped}, for sessions that are idle together. */
    static void mustAllBeReaped(List<ClientSession> sessions, Function<ClientSession, Request> probe) {
        var client = sessions.get(0).client();
        var survivors = survivors(sessions, probe, client.reapedAfter());
        if (survivors.isEmpty()) {
            return;
        }
        var survivor = survivors.entrySet().iterator().next();
        var session = survivor.getKey();
        var first = survivor.getValue();
        var expectation = "status 404 after the session was idle " + session.idleBefore(first);
        var observation = "got " + first.describeReply()
                + (sessions.size() == 1 ? "" : ", as for " + survivors.size() + " of " + sessions.size() + " sessions");
        if (survivors.values().stream().allMatch(Expiry::canBeIdleAgain)) {
            // A server whose reaper was held up once is told from one that does not reap by a second, later look.
            var lag = client.target().reapLag();
            var longer =
                    client.reapedAfter().plus(longest(lag, client.idleTimeout().dividedBy(2)));
            var still = survivors(List.copyOf(survivors.keySet()), probe, longer);
            if (!still.isEmpty()) {
                observation += ", and it lived on when it was left idle for longer";
                if (isCalm(survivors) && isCalm(still)) {
                    throw new Violation(expectation, observation, first);
                }
            }
        }
        throw new Suspicion(expectation, observation, first);
    }

    /** The sessions that a probe after an idle span finds alive, each with that probe. */
    private static Map<ClientSession, Exchange> survivors(
            List<ClientSession> sessions, Function<ClientSession, Request> probe, Duration idle) {
        sessions.forEach(s -> s.idleFor(idle));
        var probes = sessions.get(0).client().sendAll(sessions.size(), i -> probe.apply(sessions.get(i)));
        var survivors = new LinkedHashMap<ClientSession, Exchange>();
        for (int i = 0; i < probes.size(); i++) {
            var reply = probes.get(i);
            if (reply.answered() && reply.status() / 100 == 2) {
                mustHaveBeenIdle(sessions.get(i), reply, idle);
                survivors.put(sessions.get(i), reply);
            } else {
                sessions.get(i)
                        .mustBeGone(reply, "after the session was idle " + idleTimeIfKnown(sessions.get(i), reply));
            }
        }
        return survivors;
    }

    /**
     * Checks that a session had been idle for a span before a probe.
     *
     * @throws RuleAbortedException if it had not: the server turned an earlier probe away, which may count as activity
     */
    static void mustHaveBeenIdle(ClientSession session, Exchange probe, Duration span) {
        if (session.idleBefore(probe).atLeast() < span.toNanos()) {
            throw RuleAbortedException.inconclusive(
                    "the server was too busy for " + session + " to be probed once only");
        }
    }

    /**
     * Whether the exchanges were quick enough that a machine as quick can hardly have held up the server for the lag.
     */
    private static boolean isCalm(Map<ClientSession, Exchange> probes) {
        return probes.entrySet().stream().allMatch(e -> {
            var idle = e.getKey().idleBefore(e.getValue());
            return idle.atMost() - idle.atLeast()
                    < e.getKey().client().target().reapLag().toNanos() / 2;
        });
    }

    private static String idleTimeIfKnown(ClientSession session, Exchange probe) {
        return probe.answered() ? session.idleBefore(probe).toString() : "for longer than the timeout and the lag";
    }

    /** Whether the session is as before after this probe: it was not ended by it, and no stream is left half open. */
    private static boolean canBeIdleAgain(Exchange probe) {
        return !probe.method().equals("DELETE") && probe.endedByServer();
    }

    /**
     * Opens a session and lets it expire.
     *
     * @throws RuleAbortedException if it does not: other rules judge that
     */
    static ClientSession expired(Client client) {
        var session = client.open();
        // A server may refuse it with another status than 404 later: then it shows that this is not always so.
        session.ping().send();
        session.idleFor(client.reapedAfter());
        var probe = session.ping().send();
        if (!session.isGone(probe)) {
            throw RuleAbortedException.inconclusive("there was no expired session to try this with: after an idle time "
                    + session.idleBefore(probe) + ", ping was answered " + probe.describeReply());
        }
        session.markEnded();
        return session;
    }

    /**
     * Sends activity at intervals shorter than the timeout, and checks each time that the session lives.
     *
     * @param span until when, counted from the opening of the session
     * @param what the activity in words
     */
    static void mustSurviveBy(Client client, Function<ClientSession, Request> activity, Duration span, String what) {
        var interval = new Duration[] {client.idleTimeout()};
        client.tries(3, () -> {
            interval[0] = interval[0].dividedBy(2);
            var session = client.open();
            long until = System.nanoTime() + span.toNanos();
            Exchange last;
            do {
                client.pauseUntil(Math.min(until, System.nanoTime() + interval[0].toNanos()));
                last = activity.apply(session).send();
                if (last.status() == 404 && last.sentAt() - until > 0) {
                    throw RuleAbortedException.inconclusive("the machine was too slow: " + session
                            + " was gone when it was older than a server must let it grow that is in use");
                }
                if (last.isOverload()) {
                    // Turned away again and again, it may not have counted as activity, in an outage that comes often.
                    throw RuleAbortedException.inconclusive(
                            "the server had no time for " + last.describe() + ": " + last.describeReply(), last);
                }
                if (last.status() == 404 && last.headAt() - session.opening().sentAt() < earliest(client)) {
                    throw RuleAbortedException.inconclusive(session + " was gone when it was younger than the idle"
                            + " timeout, so that it was not that which ended it");
                }
                session.mustBeAlive(last, "while it had " + what + " all along");
            } while (last.sentAt() - until < 0);
            // Some servers accept a notification with any id.
            session.mustBeAlive("while it had " + what + " all along");
            return session;
        });
    }

    /** The age, in nanoseconds, before which no session ends for lack of activity. */
    private static long earliest(Client client) {
        return client.idleTimeout().minus(client.clockSlack()).toNanos();
    }

    static Duration longest(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    /** A share of a span. */
    static Duration part(Duration span, double share) {
        return Duration.ofNanos(Math.round(span.toNanos() * share));
    }
}
