package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.LaunchSettings;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** Servers that break the rules of the area idle, one each. */
final class IdleWrongServers {
    private IdleWrongServers() {}

    static List<WrongServer> all() {
        return List.of(
                WrongServer.toy(
                                "never reaps",
                                "idle/reaped-post-404",
                                "expected status 404 after the session was idle",
                                NeverReaps::new)
                        .because("every rule that lets a session expire finds it alive"),
                WrongServer.toy(
                        "accepts notifications with an expired id",
                        "idle/reaped-notification-404",
                        "but got 202",
                        AcceptsExpiredNotifications::new),
                WrongServer.toy(
                        "opens a stream for an expired id",
                        "idle/reaped-get-404",
                        "but got 200 with an event stream",
                        StreamsForExpired::new),
                WrongServer.toy(
                        "says that it ended an expired session",
                        "idle/reaped-delete-404",
                        "but got 204",
                        EndsExpired::new),
                WrongServer.toy(
                        "starts the clock with the initialized notification",
                        "idle/opened-only-is-reaped",
                        "it lived on when it was left idle for longer",
                        ReapsOnlyInitialized::new),
                WrongServer.toy(
                        "reaps one session in a sweep", "idle/cohort-reaped", "of 8 sessions", OneInASweep::new),
                WrongServer.toy(
                                "answers 400 for whatever is gone",
                                "idle/reaped-error-body",
                                "the 400 carries the JSON-RPC error",
                                () -> new ToyServer() {
                                    @Override
                                    protected Answer unknownId(Call call) {
                                        return Answer.error(400, -32000, "No valid session id");
                                    }
                                })
                        .sparing("idle/probe-does-not-revive"),
                WrongServer.toy(
                                "fails over the first request of a session that was idle for a moment",
                                "idle/not-reaped-early",
                                "to be served after an idle time shorter than the timeout, but its POST ping was"
                                        + " answered 500",
                                () -> new ToyServer() {
                                    @Override
                                    protected Answer post(Call call) throws Exception {
                                        var session = call.sessionId().map(sessions::get);
                                        boolean asleep = session.filter(s ->
                                                        s.open() == 0 && System.nanoTime() - s.quietSince > 200_000_000)
                                                .isPresent();
                                        if (!asleep
                                                || !call.isRequest()
                                                || !session.get().enter()) {
                                            return super.post(call);
                                        }
                                        session.get().leave();
                                        return Answer.error(500, -32603, "The connection of the pool was closed");
                                    }
                                })
                        .because("every rule that leaves a session idle for a moment meets it"),
                WrongServer.toy(
                        "says nothing in its 404",
                        "idle/reaped-error-body",
                        "the 404 has no body",
                        () -> new RemembersExpired() {
                            @Override
                            protected Answer expiredId(Call call) {
                                return Answer.of(404);
                            }
                        }),
                WrongServer.toy(
                        "reaps after 0.7 of the timeout",
                        "idle/not-reaped-early",
                        "after an idle time shorter than the timeout",
                        ReapsEarly::new),
                WrongServer.toy(
                        "has an absolute lifetime",
                        "idle/activity-extends",
                        "while it had requests all along",
                        AbsoluteLifetime::new),
                WrongServer.toy(
                        "ends a session at twice its timeout, though it is used",
                        "idle/activity-extends",
                        "while it had requests all along",
                        () -> new ToyServer() {
                            @Override
                            protected void reap() {
                                super.reap();
                                sessions.values().stream()
                                        .filter(s -> System.nanoTime() - s.openedAt > 1_000_000_000L && s.end(false, 0))
                                        .forEach(this::forget);
                            }
                        }),
                WrongServer.toy(
                        "does not count pings",
                        "idle/ping-extends",
                        "while it had pings all along",
                        () -> new NotCounting() {
                            @Override
                            boolean counts(Call call) {
                                return !call.called().equals("ping");
                            }
                        }),
                WrongServer.toy(
                        "does not count notifications",
                        "idle/notification-extends",
                        "while it had notifications all along",
                        () -> new NotCounting() {
                            @Override
                            boolean counts(Call call) {
                                return call.isRequest() || !call.method().equals("POST");
                            }
                        }),
                WrongServer.toy(
                        "looks only once whether a session is idle",
                        "idle/expires-after-last-activity",
                        "it lived on when it was left idle for longer",
                        LooksOnce::new),
                WrongServer.toy(
                                "has one clock for all sessions",
                                "idle/other-sessions-do-not-extend",
                                "expected status 404 after the session was idle",
                                OneClock::new)
                        .because("no session expires while others are used"),
                WrongServer.toy(
                        "fails for a while when a session has expired",
                        "idle/expiry-race",
                        "but got 500",
                        FailsWhenClosing::new),
                WrongServer.toy(
                        "carries out an expiry that a request has overtaken",
                        "idle/expiry-race",
                        "after it served a request near its expiry",
                        ReapsLater::new),
                WrongServer.toy(
                        "kills a call in flight",
                        "idle/in-flight-outlives-timeout",
                        "and its session was gone",
                        CountsArrivals::new),
                WrongServer.toy(
                                "kills a call in flight, and answers 400 to ids that are gone",
                                "idle/in-flight-outlives-timeout",
                                "and its session was gone",
                                Forgetful::new)
                        .sparing("concurrency/foreign-cancel-harmless")
                        .because("400 is the wrong status, whatever ended the session"),
                WrongServer.toy(
                                "keeps a session for the calls alone, and answers 401 to ids that are gone",
                                "idle/clock-restarts-after-response",
                                "after the end of a long call, but its POST ping was answered 401",
                                () -> new CountsCallsFromArrival() {
                                    @Override
                                    protected Answer unknownId(Call call) {
                                        return Answer.error(401, -32000, "No valid session");
                                    }
                                })
                        .because("401 is the wrong status, whatever ended the session"),
                WrongServer.toy(
                        "takes the end of one request for the end of all",
                        "idle/overlapping-calls",
                        "and its session was gone",
                        BusyFlag::new),
                WrongServer.toy(
                                "lets a call hang when its session expires",
                                "idle/in-flight-ends-with-session",
                                "it was still open",
                                Hangs::new)
                        .told(target -> target.patience(Duration.ofSeconds(2))),
                WrongServer.toy(
                        "fails for as long as the call of an expired session runs",
                        "idle/expired-during-call-404",
                        "while a call has been in flight for longer than the idle timeout, but got 500",
                        FailsDuringCall::new),
                WrongServer.toy(
                        "counts from the arrival of a long call",
                        "idle/clock-restarts-after-response",
                        "after the end of a long call",
                        CountsCallsFromArrival::new),
                WrongServer.toy(
                        "does not hold a session for a stream",
                        "idle/open-stream",
                        "an open GET stream does not keep its session alive",
                        StreamsDoNotHold::new),
                WrongServer.toy(
                                "leaves a stream open when its session expires",
                                "idle/stream-ends-with-session",
                                "it was still open",
                                () -> new StreamsDoNotHold() {
                                    @Override
                                    protected Answer get(Call call, ToySession session) throws Exception {
                                        return stream(call, new ToySession(session.id, session.version));
                                    }
                                })
                        .told(target -> target.patience(Duration.ofSeconds(2))),
                WrongServer.toy(
                        "counts from the opening of a stream",
                        "idle/clock-restarts-after-stream",
                        "after its stream was closed",
                        CountsStreamsFromArrival::new),
                WrongServer.toy(
                        "never finds out that a client has closed its stream",
                        "idle/abandoned-stream",
                        "was still held",
                        NeverNoticesClosing::new),
                WrongServer.toy(
                        "404 only the first time",
                        "idle/probe-does-not-revive",
                        "expected status 404 again",
                        Revives::new),
                WrongServer.toy(
                        "a DELETE of an expired session ends every session",
                        "idle/expired-terminate",
                        "after a DELETE of an expired session",
                        ExpiredDeleteEndsAll::new),
                WrongServer.toy(
                                "opens no session for a while after it was asked for an expired one",
                                "idle/reinitialize-after-expiry",
                                "but got 409",
                                CoolsDown::new)
                        .because("any rule may meet the while in which it opens none"),
                WrongServer.toy(
                                "never answers the next initialize when it was asked for an expired one",
                                "idle/reinitialize-after-expiry",
                                "no reply came to POST initialize in time",
                                HangsNext::new)
                        .told(target -> target.patience(Duration.ofSeconds(4))),
                WrongServer.toy(
                        "keeps a session for requests that it rejects",
                        "idle/rejected-request",
                        "a request that is rejected (status 400) keeps its session alive",
                        TouchesFirst::new),
                WrongServer.toy(
                        "has an idle timeout of its own",
                        "idle/none-without-timeout",
                        "since the server was started without a timeout",
                        DefaultTimeout::new));
    }

    /** The leak that is seen most in the field. */
    private static final class NeverReaps extends ToyServer {
        @Override
        protected void reapIfIdle(ToySession session) {}
    }

    /** Knows which ids are those of expired sessions. */
    private static class RemembersExpired extends ToyServer {
        final Set<String> expired = ConcurrentHashMap.newKeySet();

        @Override
        protected void reapIfIdle(ToySession session) {
            super.reapIfIdle(session);
            if (!sessions.containsKey(session.id)) {
                expired.add(session.id);
            }
        }

        @Override
        protected Answer unknownId(Call call) {
            return call.sessionId().filter(expired::contains).isPresent() ? expiredId(call) : super.unknownId(call);
        }

        protected Answer expiredId(Call call) {
            return super.unknownId(call);
        }
    }

    private static final class AcceptsExpiredNotifications extends RemembersExpired {
        @Override
        protected Answer expiredId(Call call) {
            return call.method().equals("POST") && !call.isRequest() ? Answer.of(202) : super.expiredId(call);
        }
    }

    private static final class StreamsForExpired extends RemembersExpired {
        @Override
        protected Answer expiredId(Call call) {
            return call.method().equals("GET")
                    ? new Answer(200, Map.of("Content-Type", "text/event-stream"), ": welcome\n\n")
                    : super.expiredId(call);
        }
    }

    private static final class EndsExpired extends RemembersExpired {
        @Override
        protected Answer expiredId(Call call) {
            return call.method().equals("DELETE") ? Answer.of(204) : super.expiredId(call);
        }
    }

    private static final class ReapsOnlyInitialized extends ToyServer {
        private final Set<ToySession> initialized = ConcurrentHashMap.newKeySet();

        @Override
        protected Answer accepted(Call call, ToySession session) {
            if (session != null) {
                initialized.add(session);
            }
            return super.accepted(call, session);
        }

        @Override
        protected void reapIfIdle(ToySession session) {
            if (initialized.contains(session)) {
                super.reapIfIdle(session);
            }
        }
    }

    private static final class OneInASweep extends ToyServer {
        private long lastSweep = System.nanoTime();
        private boolean reaped;

        @Override
        protected void reap() {
            if (System.nanoTime() - lastSweep > Duration.ofMillis(100).toNanos()) {
                lastSweep = System.nanoTime();
                reaped = false;
                super.reap();
            }
        }

        @Override
        protected void reapIfIdle(ToySession session) {
            if (!reaped) {
                super.reapIfIdle(session);
                reaped = !sessions.containsKey(session.id);
            }
        }
    }

    private static final class ReapsEarly extends ToyServer {
        @Override
        protected void configure(LaunchSettings settings) {
            super.configure(settings);
            if (idleTimeout != null) {
                idleTimeout = idleTimeout.multipliedBy(7).dividedBy(10);
            }
        }
    }

    private static final class AbsoluteLifetime extends ToyServer {
        @Override
        protected void reapIfIdle(ToySession session) {
            if (System.nanoTime() - session.openedAt
                            > idleTimeout.multipliedBy(2).toNanos()
                    && session.end(false, 0)) {
                forget(session);
            }
            super.reapIfIdle(session);
        }
    }

    /** Serves some requests without counting them as activity. */
    private abstract static class NotCounting extends ToyServer {
        abstract boolean counts(Call call);

        @Override
        protected Answer in(Call call, InSession action) throws Exception {
            var session = call.sessionId().map(sessions::get).orElse(null);
            if (session == null || counts(call)) {
                return super.in(call, action);
            }
            long quietSince = session.quietSince;
            try {
                return super.in(call, action);
            } finally {
                session.quietSince = quietSince;
            }
        }
    }

    /** One timer per session, which is not started again when it finds the session active. */
    private static final class LooksOnce extends ToyServer {
        private final Set<ToySession> given = ConcurrentHashMap.newKeySet();

        @Override
        protected void reapIfIdle(ToySession session) {
            long now = System.nanoTime();
            long timeout = idleTimeout.toNanos();
            if (now - session.openedAt > timeout && now - session.quietSince < timeout / 2) {
                given.add(session);
            }
            if (!given.contains(session)) {
                super.reapIfIdle(session);
            }
        }
    }

    private static final class OneClock extends ToyServer {
        @Override
        protected void leave(ToySession session) {
            super.leave(session);
            sessions.values().forEach(s -> s.quietSince = System.nanoTime());
        }
    }

    /** Ends a session, but forgets it only later; whoever asks meanwhile runs into what is half gone. */
    private static final class FailsWhenClosing extends ToyServer {
        private final Map<ToySession, Long> closing = new ConcurrentHashMap<>();

        @Override
        protected void reapIfIdle(ToySession session) {
            long now = System.nanoTime();
            if (session.end(true, now - idleTimeout.toNanos())) {
                closing.put(session, now);
            }
            if (closing.containsKey(session)
                    && now - closing.get(session) > Duration.ofMillis(120).toNanos()) {
                closing.remove(session);
                forget(session);
            }
        }

        @Override
        protected Answer unknownId(Call call) {
            return sessions.containsKey(call.sessionId().orElseThrow())
                    ? Answer.error(500, -32603, "Internal error")
                    : super.unknownId(call);
        }
    }

    /** Picks the sessions to end, and ends them later without another look. */
    private static final class ReapsLater extends ToyServer {
        private final Map<ToySession, Long> chosen = new ConcurrentHashMap<>();

        @Override
        protected void reapIfIdle(ToySession session) {
            long now = System.nanoTime();
            if (session.open() == 0 && now - session.quietSince > idleTimeout.toNanos()) {
                chosen.putIfAbsent(session, now);
            }
            if (chosen.containsKey(session)
                    && now - chosen.get(session) > Duration.ofMillis(120).toNanos()) {
                session.end(false, 0);
                forget(session);
            }
        }
    }

    /** Counts arrivals alone, whatever is in progress. */
    private static class CountsArrivals extends ToyServer {
        final Map<ToySession, Long> arrivals = new ConcurrentHashMap<>();

        @Override
        protected boolean enter(ToySession session) {
            arrivals.put(session, System.nanoTime());
            return super.enter(session);
        }

        @Override
        protected void reapIfIdle(ToySession session) {
            if (System.nanoTime() - arrivals.getOrDefault(session, session.openedAt) > idleTimeout.toNanos()) {
                expire(session);
            }
        }

        void expire(ToySession session) {
            session.end(false, 0);
            forget(session);
        }
    }

    /** Has not a word of its own for what is gone. */
    private static final class Forgetful extends CountsArrivals {
        @Override
        protected Answer unknownId(Call call) {
            return Answer.error(400, -32000, "Bad Request: no valid session id");
        }
    }

    private static final class BusyFlag extends ToyServer {
        private final Map<ToySession, Boolean> busy = new ConcurrentHashMap<>();

        @Override
        protected boolean enter(ToySession session) {
            busy.put(session, true);
            return super.enter(session);
        }

        @Override
        protected void leave(ToySession session) {
            super.leave(session);
            busy.put(session, false);
        }

        @Override
        protected void reapIfIdle(ToySession session) {
            if (!busy.getOrDefault(session, false) && System.nanoTime() - session.quietSince > idleTimeout.toNanos()) {
                session.end(false, 0);
                forget(session);
            }
        }
    }

    private static final class Hangs extends CountsArrivals {
        private final Set<ToySession> expired = ConcurrentHashMap.newKeySet();
        private final CountDownLatch closing = new CountDownLatch(1);

        @Override
        void expire(ToySession session) {
            expired.add(session);
            super.expire(session);
        }

        @Override
        protected boolean sleep(Call call, ToySession session, long millis) throws InterruptedException {
            boolean slept = super.sleep(call, session, millis);
            if (expired.contains(session)) {
                closing.await();
            }
            return slept;
        }

        @Override
        public void close() {
            closing.countDown();
            super.close();
        }
    }

    /** Ends the worker of a session on time, and forgets the session when the last of its calls is over. */
    private static final class FailsDuringCall extends CountsArrivals {
        @Override
        void expire(ToySession session) {
            session.end(false, 0);
            if (session.open() == 0) {
                forget(session);
            }
        }

        @Override
        protected boolean sleep(Call call, ToySession session, long millis) throws InterruptedException {
            Thread.sleep(millis);
            return false;
        }

        @Override
        protected Answer unknownId(Call call) {
            return sessions.containsKey(call.sessionId().orElseThrow())
                    ? Answer.error(500, -32603, "Internal error")
                    : super.unknownId(call);
        }
    }

    /** Does not reap while a call is in progress, but as soon as it is over. */
    private static class CountsCallsFromArrival extends ToyServer {
        private final Map<ToySession, Long> arrivals = new ConcurrentHashMap<>();

        @Override
        protected Answer callTool(Call call, ToySession session) throws Exception {
            arrivals.put(session, System.nanoTime());
            return super.callTool(call, session);
        }

        @Override
        protected void leave(ToySession session) {
            super.leave(session);
            var arrival = arrivals.remove(session);
            if (arrival != null) {
                session.quietSince = arrival;
            }
        }
    }

    /** A policy that the contract allows: only requests hold a session. */
    private static class StreamsDoNotHold extends ToyServer {
        @Override
        protected Answer in(Call call, InSession action) throws Exception {
            if (!call.method().equals("GET")) {
                return super.in(call, action);
            }
            if (call.sessionId().isEmpty()) {
                return missingId(call);
            }
            var session = find(call);
            if (session == null || !enter(session)) {
                return unknownId(call);
            }
            leave(session);
            return action.apply(session);
        }

        /** The stream of a session, until that session ends. */
        final Answer stream(Call call, ToySession session) throws Exception {
            return super.get(call, session);
        }
    }

    private static final class CountsStreamsFromArrival extends ToyServer {
        @Override
        protected Answer in(Call call, InSession action) throws Exception {
            if (!call.method().equals("GET")) {
                return super.in(call, action);
            }
            var session = call.sessionId().map(sessions::get).orElse(null);
            long arrival = System.nanoTime();
            try {
                return super.in(call, action);
            } finally {
                if (session != null) {
                    session.quietSince = arrival;
                }
            }
        }
    }

    /** Writes nothing to an idle stream, so that nothing tells it that the other end is gone. */
    private static final class NeverNoticesClosing extends ToyServer {
        private final CountDownLatch closing = new CountDownLatch(1);

        @Override
        protected Answer get(Call call, ToySession session) throws Exception {
            var exchange = call.exchange();
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
            try {
                var out = exchange.getOutputStream();
                out.write(": welcome\n\n".getBytes(StandardCharsets.UTF_8));
                out.flush();
                while (closing.getCount() > 0 && !session.awaitEnd(50)) {
                    // Until the session ends, which this stream prevents.
                }
                out.close();
            } catch (IOException e) {
                // The client went away.
            }
            return null;
        }

        @Override
        public void close() {
            closing.countDown();
            super.close();
        }
    }

    private static final class Revives extends RemembersExpired {
        @Override
        protected Answer expiredId(Call call) {
            var id = call.sessionId().orElseThrow();
            sessions.put(id, new ToySession(id, "2025-11-25"));
            expired.remove(id);
            return super.expiredId(call);
        }
    }

    private static final class ExpiredDeleteEndsAll extends RemembersExpired {
        @Override
        protected Answer expiredId(Call call) {
            if (call.method().equals("DELETE")) {
                List.copyOf(sessions.values()).forEach(session -> {
                    session.end(false, 0);
                    forget(session);
                });
            }
            return super.expiredId(call);
        }
    }

    private static final class CoolsDown extends RemembersExpired {
        private volatile long until = System.nanoTime();

        @Override
        protected Answer expiredId(Call call) {
            until = System.nanoTime() + Duration.ofMillis(100).toNanos();
            return super.expiredId(call);
        }

        @Override
        protected Answer initialize(Call call) throws Exception {
            return System.nanoTime() - until < 0
                    ? Answer.error(409, -32000, "The last session is still being closed")
                    : super.initialize(call);
        }
    }

    private static final class HangsNext extends RemembersExpired {
        private final AtomicBoolean stale = new AtomicBoolean();
        private final CountDownLatch closing = new CountDownLatch(1);

        @Override
        protected Answer expiredId(Call call) {
            stale.set(true);
            return super.expiredId(call);
        }

        @Override
        protected Answer initialize(Call call) throws Exception {
            if (stale.getAndSet(false)) {
                closing.await();
            }
            return super.initialize(call);
        }

        @Override
        public void close() {
            closing.countDown();
            super.close();
        }
    }

    private static final class TouchesFirst extends ToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            var session = call.sessionId().map(sessions::get).orElse(null);
            if (session != null && session.enter()) {
                session.leave();
            }
            return super.answer(call);
        }
    }

    private static final class DefaultTimeout extends ToyServer {
        @Override
        protected void configure(LaunchSettings settings) {
            super.configure(settings);
            if (idleTimeout == null && !stateless) {
                idleTimeout = Duration.ofMillis(700);
            }
        }
    }
}
