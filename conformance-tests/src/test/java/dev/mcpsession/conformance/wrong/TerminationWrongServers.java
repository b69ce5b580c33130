package dev.mcpsession.conformance.wrong;

import com.github.tomakehurst.wiremock.http.Response;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.servers.HangingToyServer;
import dev.mcpsession.conformance.servers.ToyServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Servers that break the rules of the area termination, one each. */
final class TerminationWrongServers {
    private TerminationWrongServers() {}

    static List<WrongServer> all() {
        return List.of(
                WrongServer.toy(
                        "answers 400 to DELETE", "termination/delete-accepted", "but got 400", () -> new ToyServer() {
                            @Override
                            protected Answer delete(Call call) {
                                return Answer.error(400, -32600, "No body");
                            }
                        }),
                WrongServer.toy(
                                "never answers DELETE",
                                "termination/delete-accepted",
                                "no reply came to DELETE in time",
                                () -> new HangingToyServer() {
                                    @Override
                                    protected Answer delete(Call call) throws Exception {
                                        return hang();
                                    }
                                })
                        .told(target -> target.patience(Duration.ofSeconds(4))),
                WrongServer.toy(
                                "drops the connection for a terminated session",
                                "termination/post-404",
                                "expected status 404 after the session was terminated, but no reply (",
                                () -> new RemembersTerminated() {
                                    @Override
                                    protected Answer terminatedId(Call call) {
                                        try {
                                            call.exchange().getConnection().close();
                                            return null;
                                        } catch (IOException e) {
                                            throw new UncheckedIOException(e);
                                        }
                                    }
                                })
                        .because("every rule on terminated sessions meets that"),
                WrongServer.toy(
                                "answers 400 for a terminated session",
                                "termination/post-404",
                                "expected status 404 after the session was terminated, but got 400",
                                () -> new RemembersTerminated() {
                                    @Override
                                    protected Answer terminatedId(Call call) {
                                        return Answer.error(400, -32000, "Bad Request: no valid session id");
                                    }
                                })
                        .because("every rule on terminated sessions meets that"),
                atAnEnd(502),
                atAnEnd(503),
                WrongServer.toy(
                                "serves a terminated id in another session",
                                "termination/post-404",
                                "expected status 404 after the session was terminated, but got 200",
                                ServesInAnother::new)
                        .because("a dead id is served for whatever is asked with it"),
                WrongServer.toy(
                                "never forgets an id in the store that its nodes share",
                                "termination/post-404",
                                "expected status 404 after the session was terminated, but got 200",
                                SharedStore::new)
                        .because("every rule on terminated sessions but those on DELETE itself finds them alive"),
                WrongServer.toy(
                        "accepts notifications for a terminated session",
                        "termination/notification-404",
                        "but got 202",
                        () -> new RemembersTerminated() {
                            @Override
                            protected Answer terminatedId(Call call) {
                                return call.method().equals("POST") && !call.isRequest()
                                        ? Answer.of(202)
                                        : super.terminatedId(call);
                            }
                        }),
                WrongServer.toy(
                        "opens a stream for a terminated session",
                        "termination/get-404",
                        "but got 200 with an event stream",
                        () -> new RemembersTerminated() {
                            @Override
                            protected Answer terminatedId(Call call) {
                                return call.method().equals("GET")
                                        ? new Answer(200, Map.of("Content-Type", "text/event-stream"), ": welcome\n\n")
                                        : super.terminatedId(call);
                            }
                        }),
                new WrongServer(
                                "stands behind a gateway that makes every DELETE a success",
                                "termination/delete-404",
                                "but got 200",
                                Proxied.changing(
                                        ToyServer::new,
                                        (request, response) ->
                                                request.getMethod().getName().equals("DELETE")
                                                        ? Response.Builder.like(response)
                                                                .but()
                                                                .status(200)
                                                                .build()
                                                        : response),
                                Revision.V2025_11_25,
                                UnaryOperator.identity())
                        .because("no rule on DELETE sees another status than 200"),
                WrongServer.toy(
                        "knows a terminated session again at the second request",
                        "termination/stays-dead",
                        "in a row of requests",
                        Revives::new),
                WrongServer.toy(
                        "fails at the third DELETE", "termination/idempotent", "but got 500", FailsAtThirdDelete::new),
                WrongServer.toy(
                        "fails when DELETEs race", "termination/concurrent-deletes", "but got 500", FailsInRace::new),
                WrongServer.toy(
                        "a DELETE with an unknown id ends the newest session",
                        "termination/unknown-id-harmless",
                        "after a DELETE with an id that names no session",
                        () -> new EndsNewest(call -> call.method().equals("DELETE"))),
                WrongServer.toy(
                        "a ping with an unknown id ends the newest session",
                        "termination/unknown-id-harmless",
                        "after a POST with an id that names no session",
                        () -> new EndsNewest(call -> call.isRequest())),
                WrongServer.toy(
                        "a notification with an unknown id ends the newest session",
                        "termination/unknown-id-harmless",
                        "after a POST with an id that names no session",
                        () -> new EndsNewest(call -> call.called().startsWith("notifications/"))),
                WrongServer.toy(
                        "a DELETE without an id ends every session",
                        "termination/missing-id-harmless",
                        "after a DELETE without a session id",
                        EndsAll::new),
                WrongServer.toy(
                                "leaves the stream of a terminated session open",
                                "termination/closes-stream",
                                "it was still open",
                                LeavesStreamOpen::new)
                        .told(target -> target.patience(Duration.ofSeconds(2))),
                WrongServer.toy(
                                "lets a call hang when its session is terminated",
                                "termination/in-flight-ends",
                                "it was still open",
                                Hangs::new)
                        .told(target -> target.patience(Duration.ofSeconds(2))),
                WrongServer.toy(
                                "comes to calls late, and lets them hang when their session is terminated",
                                "termination/in-flight-ends",
                                "it was still open",
                                HangsButIsLate::new)
                        .told(target -> target.patience(Duration.ofSeconds(2))),
                WrongServer.toy(
                        "lets calls finish before it answers DELETE",
                        "termination/delete-answers-promptly",
                        "expected DELETE to be answered at once while a call is in flight, but it was not within",
                        WaitsForCalls::new),
                WrongServer.toy(
                                "takes ids from a pool",
                                "termination/id-not-reissued",
                                "got one of them again",
                                PoolOfIds::new)
                        .because("what another rule opens meanwhile may take the id of a session that has just ended"),
                WrongServer.toy(
                        "refuses the next initialize after a DELETE",
                        "termination/reinitialize",
                        "but got 400",
                        RefusesNext::new),
                WrongServer.toy(
                                "never answers the next initialize after a DELETE",
                                "termination/reinitialize",
                                "no reply came to POST initialize in time",
                                HangsNext::new)
                        .told(target -> target.patience(Duration.ofSeconds(4))));
    }

    /** A server that has the words of a busy one for a terminated session, and is never busy otherwise. */
    private static WrongServer atAnEnd(int status) {
        return WrongServer.toy(
                        "answers " + status + " for a terminated session",
                        "termination/post-404",
                        "expected status 404 after the session was terminated, but got " + status,
                        () -> new RemembersTerminated() {
                            @Override
                            protected Answer terminatedId(Call call) {
                                return Answer.error(status, -32000, "Session is closing");
                            }
                        })
                .because("every rule on terminated sessions meets that");
    }

    /** Knows which ids are those of terminated sessions. */
    private static class RemembersTerminated extends ToyServer {
        final Set<String> terminated = ConcurrentHashMap.newKeySet();

        @Override
        protected Answer delete(Call call) throws Exception {
            var answer = super.delete(call);
            if (answer.status() == 204) {
                terminated.add(call.sessionId().orElseThrow());
            }
            return answer;
        }

        @Override
        protected Answer unknownId(Call call) {
            return call.sessionId().filter(terminated::contains).isPresent()
                    ? terminatedId(call)
                    : super.unknownId(call);
        }

        protected Answer terminatedId(Call call) {
            return super.unknownId(call);
        }
    }

    private static final class Revives extends RemembersTerminated {
        @Override
        protected Answer terminatedId(Call call) {
            var id = call.sessionId().orElseThrow();
            terminated.remove(id);
            sessions.put(id, new ToySession(id, Revision.V2025_11_25.wire()));
            return super.terminatedId(call);
        }
    }

    private static final class FailsAtThirdDelete extends RemembersTerminated {
        private final Set<String> twice = ConcurrentHashMap.newKeySet();

        @Override
        protected Answer terminatedId(Call call) {
            return call.method().equals("DELETE") && !twice.add(call.sessionId().orElseThrow())
                    ? Answer.error(500, -32603, "Internal error")
                    : super.terminatedId(call);
        }
    }

    /** Looks the session up, and finds it gone when it comes to end it. */
    private static final class FailsInRace extends ToyServer {
        @Override
        protected Answer delete(Call call) throws Exception {
            if (call.sessionId().isEmpty()) {
                return missingId(call);
            }
            var session = find(call);
            if (session == null) {
                return unknownId(call);
            }
            session.awaitEnd(20);
            if (!session.end(false, 0)) {
                return Answer.error(500, -32603, "Internal error");
            }
            forget(session);
            return Answer.of(204);
        }
    }

    private static final class EndsAll extends ToyServer {
        @Override
        protected Answer delete(Call call) throws Exception {
            if (call.sessionId().isEmpty()) {
                List.copyOf(sessions.values()).forEach(session -> {
                    session.end(false, 0);
                    forget(session);
                });
            }
            return super.delete(call);
        }
    }

    /** Ends the newest session where it finds none by the id. */
    private static final class EndsNewest extends ToyServer {
        private final Predicate<Call> at;
        private final Set<String> opened = ConcurrentHashMap.newKeySet();

        private EndsNewest(Predicate<Call> at) {
            this.at = at;
        }

        @Override
        protected Answer unknownId(Call call) {
            // An id that was ended was known once; a made-up one names this fault alone.
            boolean madeUp = call.sessionId().filter(id -> !opened.contains(id)).isPresent();
            if (madeUp && at.test(call)) {
                sessions.values().stream()
                        .max(Comparator.comparingLong(session -> session.openedAt))
                        .ifPresent(session -> {
                            session.end(false, 0);
                            forget(session);
                        });
            }
            return super.unknownId(call);
        }

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            if (session != null) {
                opened.add(session.id);
            }
            return super.serve(call, session);
        }
    }

    private static final class LeavesStreamOpen extends ToyServer {
        @Override
        protected Answer get(Call call, ToySession session) throws Exception {
            return super.get(call, new ToySession(session.id, session.version));
        }
    }

    private static class Hangs extends HangingToyServer {
        @Override
        protected boolean sleep(Call call, ToySession session, long millis) throws InterruptedException {
            boolean slept = super.sleep(call, session, millis);
            if (!slept) {
                hang();
            }
            return slept;
        }
    }

    /** Comes to its first calls so late that their sessions may have ended by then: those do not hang. */
    private static final class HangsButIsLate extends Hangs {
        private static final int LATE = 2;
        private static final long MILLIS = 600;

        private final AtomicInteger calls = new AtomicInteger();

        @Override
        protected Answer post(Call call) throws Exception {
            if (call.body().contains("\"tools/call\"") && calls.getAndIncrement() < LATE) {
                Thread.sleep(MILLIS);
            }
            return super.post(call);
        }
    }

    /** Serves in a session of its own, which none can end, whatever is asked with the id of a terminated one. */
    private static final class ServesInAnother extends RemembersTerminated {
        private final ToySession operators = new ToySession("operator", Revision.V2025_11_25.wire());

        @Override
        protected ToySession find(Call call) {
            return call.sessionId().filter(terminated::contains).isPresent() ? operators : super.find(call);
        }

        @Override
        protected Answer delete(Call call) throws Exception {
            return find(call) == operators ? Answer.of(204) : super.delete(call);
        }
    }

    /** Each request may come to another node, which takes what it does not know from the store that all share. */
    private static final class SharedStore extends ToyServer {
        private final Map<String, String> store = new ConcurrentHashMap<>();

        @Override
        protected ToySession openSession(String version) {
            var session = super.openSession(version);
            store.put(session.id, version);
            return session;
        }

        @Override
        protected ToySession find(Call call) {
            var session = super.find(call);
            var version = call.sessionId().map(store::get);
            if (session != null || version.isEmpty()) {
                return session;
            }
            return sessions.computeIfAbsent(call.sessionId().get(), id -> new ToySession(id, version.get()));
        }
    }

    private static final class WaitsForCalls extends ToyServer {
        private final Map<ToySession, Queue<CountDownLatch>> calls = new ConcurrentHashMap<>();

        @Override
        protected Answer callTool(Call call, ToySession session) throws Exception {
            if (session == null) {
                return super.callTool(call, null);
            }
            var over = new CountDownLatch(1);
            calls.computeIfAbsent(session, s -> new ConcurrentLinkedQueue<>()).add(over);
            try {
                return super.callTool(call, session);
            } finally {
                over.countDown();
            }
        }

        @Override
        protected Answer delete(Call call) throws Exception {
            var session = call.sessionId().isEmpty() ? null : find(call);
            if (session != null && calls.containsKey(session)) {
                for (var over : calls.get(session)) {
                    over.await();
                }
            }
            return super.delete(call);
        }
    }

    private static final class PoolOfIds extends ToyServer {
        private final ConcurrentLinkedDeque<String> pool = new ConcurrentLinkedDeque<>();

        @Override
        protected Answer delete(Call call) throws Exception {
            var answer = super.delete(call);
            if (answer.status() == 204) {
                pool.push(call.sessionId().orElseThrow());
            }
            return answer;
        }

        @Override
        protected String newId() {
            var id = pool.poll();
            return id == null ? super.newId() : id;
        }
    }

    /** Knows that a session was ended which was never used, as one is by the rule on what comes after. */
    private abstract static class Stale extends HangingToyServer {
        private final Set<String> used = ConcurrentHashMap.newKeySet();
        final AtomicBoolean stale = new AtomicBoolean();

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            if (session != null && call.isRequest()) {
                used.add(session.id);
            }
            return super.serve(call, session);
        }

        @Override
        protected Answer delete(Call call) throws Exception {
            var answer = super.delete(call);
            if (answer.status() == 204 && !used.contains(call.sessionId().orElseThrow())) {
                stale.set(true);
            }
            return answer;
        }
    }

    private static final class HangsNext extends Stale {
        @Override
        protected Answer initialize(Call call) throws Exception {
            return stale.getAndSet(false) ? hang() : super.initialize(call);
        }
    }

    /** One transport that is reused: if it has served nothing, it must be reset, which takes a failed attempt. */
    private static final class RefusesNext extends Stale {
        @Override
        protected Answer initialize(Call call) throws Exception {
            return stale.getAndSet(false)
                    ? Answer.error(400, -32600, "Server already initialized")
                    : super.initialize(call);
        }
    }
}
