package dev.mcpsession.conformance.rules.idle;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.INFO;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
import static dev.mcpsession.conformance.rule.Requires.IDLE_TIMEOUT;
import static dev.mcpsession.conformance.rule.Requires.LAUNCH;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

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
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** When idle sessions end, and when they do not. */
public final class IdleRules {
    /** How long to wait for the head of a GET stream: some servers send none until there is an event. */
    private static final Duration STREAM_HEAD = Duration.ofSeconds(1);

    /** How soon a client initializes that has been told that its session is gone. */
    private static final Duration AT_ONCE = Duration.ofMillis(50);

    // ---- an idle session ends ----

    @Rule(
            id = "idle/reaped-post-404",
            dependsOn = "required/unknown-id-post",
            level = CONTRACT,
            sessions = 3,
            requires = {SESSIONS, IDLE_TIMEOUT},
            title = "A request in a session that was idle for longer than the timeout and the lag is answered 404",
            source = "session contract, point 3")
    void reapedPost404(Client client) {
        var session = client.open();
        session.need(session.ping());
        // A server may hold a session for a call, or for a request that it refuses, and forget to let go of it.
        var called = client.open();
        called.need(called.post(client.callOfNoTool()));
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
        session.idleFor(client.reapedAfter());
        var probe = session.ping().send();
        if (probe.status() != 404) {
            throw RuleAbortedException.inconclusive("the session was not answered 404: see idle/reaped-post-404");
        }
        var message = probe.error().map(e -> e.path("message").asString(""));
        probe.mustHave(
                message.isPresent() && !message.get().isBlank(),
                "a JSON-RPC error that says that the session was not found",
                probe.body().isBlank()
                        ? "the 404 has no body"
                        : "the body of the 404 is no JSON-RPC error: " + probe.describeReply());
        client.note("the 404 carries the JSON-RPC error '" + message.get() + "'");
    }

    // ---- a session lives until then ----

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
        if (sessions.get(0).ping().send().error().isPresent()) {
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
            if (probe.status() == 404) {
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
            if (probe.response().isEmpty()) {
                throw new Suspicion(expectation, "the reply ended without a response: " + probe.describeReply(), probe);
            }
            probe.mustHave(
                    probe.result().isPresent(),
                    expectation,
                    "got an error: " + probe.response().get());
        }
    }

    // ---- what lasts longer than the timeout ----

    @Rule(
            id = "idle/in-flight-outlives-timeout",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT, SLOW_TOOL},
            title = "The response of a call that takes longer than the timeout is delivered",
            source = "session contract, points 2 and 5")
    void inFlightOutlivesTimeout(Client client) {
        var call = SlowCall.start(client.open()).await();
        call.mustBeDelivered("the response of a call that takes longer than the idle timeout");
        call.mustHaveOutlasted(call.exchange().sentAt(), client.idleTimeout(), "the idle timeout");
    }

    @Rule(
            id = "idle/overlapping-calls",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT, SLOW_TOOL},
            title = "A long call is not cut off because a short one that ran beside it is over",
            source = "session contract, points 2 and 5")
    void overlappingCalls(Client client) {
        client.tries(3, () -> pingedBesideCall(client));
    }

    private static Exchange pingedBesideCall(Client client) {
        var session = client.open();
        var call = SlowCall.start(session);
        var pings = new ArrayList<Exchange>();
        // On a busy machine, the first may come to the server before the call does.
        for (int i = 0; i < 3; i++) {
            client.pause(client.idleTimeout().dividedBy(10));
            pings.add(session.mustBeAlive("while a call is in flight"));
        }
        call.await().mustBeDelivered("the response of a long call, beside which a short one had ended");
        var first = pings.get(0);
        call.mustHaveOutlasted(
                first.headAt(), client.idleTimeout(), "the idle timeout after a request that ran beside it");
        return pings.stream()
                .filter(ping -> call.hadBegunBefore(ping) && call.outlasts(ping.headAt(), client.idleTimeout()))
                .findFirst()
                .orElseThrow(
                        () -> RuleAbortedException.inconclusive("that the call was in flight when a short one came,"
                                + " and for the idle timeout after it, is not certain: the machine was slow; see"
                                + " --slow-tool-takes"));
    }

    @Rule(
            id = "idle/in-flight-ends-with-session",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT, SLOW_TOOL},
            title = "Where a session expires in spite of a call in flight, that call is answered or its reply ends",
            source = "session contract, point 8")
    void inFlightEndsWithSession(Client client) {
        var overdue = overdue(client);
        var call = overdue.call();
        if (call.ended()) {
            return;
        }
        if (overdue.probe().status() != 404) {
            throw RuleAbortedException.inconclusive("the session was not found gone: ping was answered "
                    + overdue.probe().describeReply());
        }
        if (!call.awaitEnd(client.patience())) {
            throw new Suspicion(
                    "a call in flight to be answered, or its reply to end, when its session expires",
                    "it was still open "
                            + Moment.words(System.nanoTime() - overdue.probe().headAt())
                            + " after the session was found gone",
                    call);
        }
    }

    /** A call that has been in flight for longer than its session lives without it, and what a ping got then. */
    private record Overdue(Exchange call, Exchange probe) {}

    /**
     * Calls the slow tool, lets the timeout and the lag pass, and pings.
     *
     * @throws RuleAbortedException if the call has brought its result before, or the session lives on
     */
    private static Overdue overdue(Client client) {
        // A ping may be served because the call came to the server late: so that has to happen twice.
        for (int i = 0; i < 2; i++) {
            var session = client.open();
            var call = session.slowCall().start();
            client.pauseUntil(call.sentAt() + client.reapedAfter().toNanos());
            mustNotHaveEndedBefore(client.idleTimeout(), call, session);
            if (call.result().isPresent()) {
                throw RuleAbortedException.notApplicable("the call was answered before its session could expire");
            }
            var probe = session.ping().send();
            if (probe.status() == 404) {
                session.markEnded();
            }
            if (call.ended() && call.result().isEmpty() || probe.status() / 100 != 2) {
                return new Overdue(call, probe);
            }
        }
        throw RuleAbortedException.notApplicable("a call in flight holds its session on this server");
    }

    /** Checks that a call of the slow tool, if it is over, took so long at least. */
    private static void mustNotHaveEndedBefore(Duration span, Exchange call, ClientSession session) {
        if (call.ended() && call.endAt() - call.sentAt() < span.toNanos()) {
            if (call.answered() && call.status() == 404) {
                session.mustBeAlive(call, "when the slow tool was called");
            }
            throw RuleAbortedException.notTestable(
                    "the slow tool is not slow enough, or cannot be called: it was answered "
                            + call.describeReply() + " after " + Moment.words(call.endAt() - call.sentAt())
                            + "; see --slow-tool");
        }
    }

    @Rule(
            id = "idle/expired-during-call-404",
            dependsOn = "termination/post-404",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT, SLOW_TOOL},
            title = "Where a session expires in spite of a call in flight, its id is answered 404 from then on",
            source = "session contract, points 3 and 5")
    void expiredDuringCall404(Client client) {
        client.tries(3, () -> {
            var overdue = overdue(client);
            var call = overdue.call();
            var probe = overdue.probe();
            int status = probe.status();
            if (status / 100 == 2) {
                throw RuleAbortedException.notApplicable(
                        "a call that is cut off leaves its session alive on this server");
            }
            if (probe.isOverload()) {
                throw RuleAbortedException.inconclusive(
                        "the server is too busy: ping was answered " + probe.describeReply());
            }
            if (call.answered() && call.status() == 404) {
                throw RuleAbortedException.inconclusive("the session had expired before the call came");
            }
            if (status != 404) {
                throw new Suspicion(
                        "a ping to be answered, be it 404, while a call has been in flight for longer than the"
                                + " idle timeout",
                        "got " + probe.describeReply(),
                        probe);
            }
            if (call.result().isPresent()) {
                throw RuleAbortedException.inconclusive(
                        "the call was answered before the ping was, so the session may have ended" + " after it");
            }
            var atLeast = client.target().slowTool().orElseThrow().atLeast();
            if (call.ended() && !atLeast.isZero() && call.endAt() - call.sentAt() >= atLeast.toNanos()) {
                // A call that was cut off when its session expired was over sooner.
                throw RuleAbortedException.inconclusive("the call was over before the ping was answered");
            }
            return probe;
        });
    }

    @Rule(
            id = "idle/clock-restarts-after-response",
            dependsOn = "idle/not-reaped-early",
            level = ADVICE,
            once = true,
            sessions = 3,
            requires = {SESSIONS, IDLE_TIMEOUT, SLOW_TOOL},
            title = "After the response of a long call, a session lives for a full timeout more",
            source = "session contract, point 2")
    void clockRestartsAfterResponse(Client client) {
        client.tries(3, () -> {
            var sessions = client.openTogether(Math.min(3, client.target().maxSessions()));
            var calls = new ArrayList<>(
                    sessions.stream().limit(2).map(SlowCall::start).toList());
            // A sweeper comes once in a timeout: what it just missed in the others it finds in one that begins later.
            if (sessions.size() > 2) {
                client.pause(client.idleTimeout().dividedBy(2));
                calls.add(SlowCall.start(sessions.get(2)));
            }
            calls.stream().limit(2).forEach(call -> mustHaveResult(client, call));
            double[] shares = {0.6, 0.95, 0.95};
            for (int i = 0; i < calls.size(); i++) {
                var call = calls.get(i);
                var most = client.idleTimeout().minus(client.clockSlack()).minusNanos(call.uncertainty());
                client.pauseUntil(call.endedAt() + Expiry.part(most, shares[i]).toNanos());
                mustHaveRestarted(sessions.get(i), call, sessions.get(i).ping().send());
                if (i == 0 && calls.size() > 2) {
                    mustHaveResult(client, calls.get(2));
                }
            }
            return sessions;
        });
    }

    /** Waits for the result of a call that takes longer than the timeout, and checks that it is known when it ended. */
    private static void mustHaveResult(Client client, SlowCall call) {
        call.await();
        if (!call.delivered()) {
            var reason = "the call brought no result, so there is nothing to count from: " + call.describe();
            throw call.isCutOff()
                    ? RuleAbortedException.notApplicable(reason + "; its session expired meanwhile")
                    : RuleAbortedException.inconclusive(reason);
        }
        call.mustHaveOutlasted(call.exchange().sentAt(), client.idleTimeout(), "the idle timeout");
        if (call.uncertainty() > client.idleTimeout().dividedBy(2).toNanos()) {
            throw RuleAbortedException.inconclusive("the call may have ended up to " + Moment.words(call.uncertainty())
                    + " before its response was here: the machine was slow, or the tool takes longer than was told; see"
                    + " --slow-tool-takes");
        }
    }

    private static void mustHaveRestarted(ClientSession session, SlowCall call, Exchange probe) {
        if (probe.status() != 404) {
            session.mustBeAlive(probe, "after a long call");
            return;
        }
        session.markEnded();
        var client = session.client();
        var seen = "its " + probe.describe() + " was answered 404, " + Moment.words(probe.headAt() - call.endedAt())
                + " after the response came";
        long provable = client.idleTimeout().minus(client.clockSlack()).toNanos();
        long idleAtMost = probe.headAt() - call.endedNotBefore().orElse(call.endedAt());
        if (idleAtMost >= provable) {
            throw RuleAbortedException.inconclusive(
                    "after a long call, " + seen + "; but it may have been idle for up to " + Moment.words(idleAtMost));
        }
        if (call.endedNotBefore().isEmpty()) {
            throw RuleAbortedException.notTestable(
                    "after a long call, " + seen + "; whether that is too early can be told only if it"
                            + " is known how long the slow tool takes at least: see --slow-tool-takes");
        }
        throw new Suspicion(
                "session " + session.label() + " to live for " + Moment.words(client.idleTimeout())
                        + " after the end of a long call",
                seen + ", after an idle time of at most " + Moment.words(idleAtMost),
                probe);
    }

    // ---- streams ----

    @Rule(
            id = "idle/open-stream",
            level = INFO,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT, GET_STREAM},
            title = "Whether an open GET stream keeps its session alive",
            source = "session contract, point 2")
    void openStream(Client client) {
        var session = client.open();
        var stream = openStream(session);
        boolean ended = stream.awaitEnd(client.reapedAfter());
        long lasted = (ended ? stream.endAt() : System.nanoTime()) - stream.sentAt();
        int status = session.ping().send().status();
        if (status == 404) {
            session.markEnded();
            client.note("an open GET stream does not keep its session alive");
        } else if (ended) {
            client.note("the server ended the GET stream by itself after " + Moment.words(lasted)
                    + ", so whether a stream keeps its session alive cannot be told");
        } else if (status / 100 == 2) {
            client.note("an open GET stream keeps its session alive");
        }
    }

    @Rule(
            id = "idle/stream-ends-with-session",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT, GET_STREAM},
            title = "Where a session expires in spite of an open GET stream, that stream ends",
            source = "session contract, point 8")
    void streamEndsWithSession(Client client) {
        var session = client.open();
        var stream = openStream(session);
        boolean ended = stream.awaitEnd(client.reapedAfter());
        var probe = session.ping().send();
        if (ended && probe.status() != 404) {
            // It may have met the end of the session.
            probe = session.ping().send();
        }
        if (probe.status() != 404) {
            throw RuleAbortedException.notApplicable(
                    ended
                            ? "the server ended the stream while the session lived"
                            : "an open stream holds its session on this server");
        }
        session.markEnded();
        if (!stream.awaitEnd(client.patience())) {
            throw new Suspicion(
                    "the GET stream to end with its session",
                    "it was still open " + Moment.words(System.nanoTime() - probe.headAt())
                            + " after the session was found gone",
                    stream);
        }
    }

    @Rule(
            id = "idle/clock-restarts-after-stream",
            dependsOn = "idle/not-reaped-early",
            level = ADVICE,
            once = true,
            sessions = 2,
            requires = {SESSIONS, IDLE_TIMEOUT, GET_STREAM},
            title = "Where an open GET stream keeps its session alive, the session lives for a full timeout more "
                    + "after it",
            source = "session contract, point 2")
    void clockRestartsAfterStream(Client client) {
        var session = client.open();
        var control = client.open();
        var stream = openStream(session);
        var held = openStream(control);
        if (!stream.answered() || !held.answered()) {
            var reason = "no head of the GET stream came, so when it was open is not known";
            throw client.capabilities().getStatus() == 200
                    ? RuleAbortedException.inconclusive(reason)
                    : RuleAbortedException.notApplicable(reason);
        }
        client.pause(client.reapedAfter());
        if (control.ping().send().status() / 100 != 2 || stream.ended() || held.ended()) {
            throw RuleAbortedException.notApplicable("an open stream does not hold its session on this server");
        }
        long closing = System.nanoTime();
        stream.close();
        client.pauseUntil(closing + Expiry.part(client.idleTimeout(), 0.8).toNanos());
        var probe = session.ping().send();
        if (probe.status() != 404) {
            session.mustBeAlive(probe, "after its stream was closed");
            return;
        }
        session.markEnded();
        long idleAtMost = probe.headAt() - closing;
        if (idleAtMost >= client.idleTimeout().minus(client.clockSlack()).toNanos()) {
            throw RuleAbortedException.inconclusive(
                    "the session was gone after its stream was closed, but may have been idle for up to "
                            + Moment.words(idleAtMost));
        }
        throw new Suspicion(
                "session " + session.label() + " to live for " + Moment.words(client.idleTimeout())
                        + " after its stream was closed",
                "its " + probe.describe() + " was answered 404 after at most " + Moment.words(idleAtMost),
                probe);
    }

    @Rule(
            id = "idle/abandoned-stream",
            level = INFO,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT, GET_STREAM},
            title = "Whether a session expires whose GET stream the client has closed",
            source = "session contract, points 2 and 3")
    void abandonedStream(Client client) {
        var session = client.open();
        var stream = openStream(session);
        stream.close();
        client.pauseUntil(stream.endAt() + client.reapedAfter().toNanos());
        var probe = session.ping().send();
        if (probe.status() == 404) {
            session.markEnded();
            client.note("a session whose GET stream the client closed is reaped like any other");
        } else if (probe.status() / 100 == 2) {
            client.note("a session whose GET stream the client closed was still held after "
                    + Moment.words(probe.sentAt() - stream.endAt())
                    + ": where clients vanish, it leaks until the server finds out");
        }
    }

    /** Opens a GET stream; its head may still be missing. */
    private static Exchange openStream(ClientSession session) {
        var stream = session.get().start();
        stream.awaitHead(session.client().patienceUpTo(STREAM_HEAD));
        if (stream.answered() && (stream.status() != 200 || !stream.isEventStream())) {
            throw RuleAbortedException.inconclusive("no stream opened: GET was answered " + stream.describeReply());
        }
        return stream;
    }

    // ---- after the end ----

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
        session.mustBeGone(session.ping().send(), "again");
        for (var other : others) {
            session.mustBeGone(other.apply(session).send(), "again, for a message of another kind");
        }
        client.pause(client.idleTimeout().dividedBy(4));
        session.mustBeGone(session.ping().send(), "again, a while later");
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
                    expired.mustBeGone(expired.ping().send(), "that had expired before");
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

    // ---- other ----

    @Rule(
            id = "idle/rejected-request",
            level = INFO,
            once = true,
            requires = {SESSIONS, IDLE_TIMEOUT},
            since = Revision.V2025_06_18,
            title = "Whether a request that the server rejects keeps its session alive",
            source = "session contract, point 2")
    void rejectedRequest(Client client) {
        client.tries(3, () -> rejected(client));
    }

    private static Exchange rejected(Client client) {
        var session = client.open();
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
                throw RuleAbortedException.notApplicable("the server serves a request of an unsupported revision");
            }
        } while (rejected.sentAt() - quiet < client.reapedAfter().toNanos());
        var probe = session.ping().send();
        if (probe.status() / 100 == 2) {
            client.note("a request that is rejected (status " + rejected.status() + ") keeps its session alive");
        } else if (probe.status() == 404) {
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
            title = "On a server that was started without an idle timeout, a session outlives two",
            source = "session contract, point 1")
    void noneWithoutTimeout(Client client) {
        var launch = client.launch(LaunchSettings.withoutIdleTimeout());
        if (!(launch instanceof Serving server)) {
            if (launch instanceof Refused refused && !refused.ended()) {
                throw RuleAbortedException.inconclusive(
                        "without an idle timeout the server " + refused.how() + ": see --start-within");
            }
            throw RuleAbortedException.notApplicable(
                    "the server does not start without an idle timeout: " + "see configuration/absent-accepted");
        }
        var session = client.at(server.uri()).open();
        client.pauseUntil(session.quietSince()
                + Expiry.longest(client.idleTimeout().multipliedBy(2), client.reapedAfter())
                        .toNanos());
        var probe = session.ping().send();
        if (probe.status() == 404) {
            throw new Suspicion(
                    "session " + session.label() + " to live, since the server was started without a timeout",
                    "its " + probe.describe() + " was answered " + probe.describeReply() + " after an idle time "
                            + session.idleBefore(probe),
                    probe);
        }
        session.mustBeAlive(probe, "on a server that was started without a timeout");
    }
}
