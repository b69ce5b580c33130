package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.servers.ToyServer;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Servers that break the rules of the area concurrency: right alone, wrong in company. */
final class ConcurrencyWrongServers {
    private static final String SILENCED =
            "only the session that was opened last is answered, as rules that open two find";
    private static final String CROSSED = "requests of two sessions have the same ids all the time";

    private ConcurrencyWrongServers() {}

    static List<WrongServer> all() {
        return Stream.of(sessions(), ids(), requests(), connections())
                .flatMap(List::stream)
                .toList();
    }

    // ---- other sessions ----

    private static List<WrongServer> sessions() {
        return List.of(
                WrongServer.toy(
                                "has one protocol object, which the newest session takes over",
                                "concurrency/sessions-side-by-side",
                                "no response came to its POST ping: it was answered 200 with an event stream",
                                () -> new NewestOnly(ToyServer.Answer.stream(": nobody\n\n")))
                        .because(SILENCED),
                WrongServer.toy(
                                "says 202 to the requests of every session but the newest",
                                "concurrency/sessions-side-by-side",
                                "no response came to its POST ping: it was answered 202",
                                () -> new NewestOnly(ToyServer.Answer.of(202)))
                        .because(SILENCED),
                WrongServer.toy(
                                "answers older sessions with the id of another request",
                                "concurrency/sessions-side-by-side",
                                "no response came to its POST ping: it was answered 200 with body",
                                () -> new NewestOnly(ToyServer.Answer.json(200, Json.response("of-another"))))
                        .because(SILENCED),
                WrongServer.toy(
                        "has one transport, which is initialized already",
                        "concurrency/second-session-opens",
                        "it was answered 400 with body",
                        () -> new OneTransport(400, true)),
                WrongServer.toy(
                        "has one transport, and does not let go of it",
                        "concurrency/second-session-opens",
                        "expected initialize of a new client to be served after one was served before",
                        () -> new OneTransport(400, false)),
                WrongServer.toy(
                        "fails over a second initialize",
                        "concurrency/second-session-opens",
                        "it was answered 500 with body",
                        () -> new OneTransport(500, true)));
    }

    /** Answers the session that was opened last, and drops the requests of the others. */
    private static final class NewestOnly extends ToyServer {
        private final Answer toOthers;
        private volatile String newest = "";

        NewestOnly(Answer toOthers) {
            this.toOthers = toOthers;
        }

        @Override
        protected ToySession openSession(String version) {
            var session = super.openSession(version);
            newest = session.id;
            return session;
        }

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            return call.isRequest() && session != null && !session.id.equals(newest) && !inBatch(call)
                    ? toOthers
                    : super.serve(call, session);
        }
    }

    /** Lets one client initialize, and no other: until its session has ended, or ever. */
    private static final class OneTransport extends ToyServer {
        private final int status;
        private final boolean untilTheEnd;
        private volatile boolean taken;

        OneTransport(int status, boolean untilTheEnd) {
            this.status = status;
            this.untilTheEnd = untilTheEnd;
        }

        @Override
        protected Answer initialize(Call call) throws Exception {
            if (untilTheEnd ? !sessions.isEmpty() : taken) {
                return Answer.error(status, -32600, "Server already initialized");
            }
            var answer = super.initialize(call);
            taken = true;
            return answer;
        }
    }

    // ---- the same ids ----

    private static List<WrongServer> ids() {
        return List.of(
                WrongServer.toy(
                                "keeps the answers of all sessions in one table",
                                "concurrency/same-ids-do-not-cross",
                                "beside a request with the same id in another session",
                                () -> new OneTable(true))
                        .because(CROSSED),
                WrongServer.toy(
                                "takes a request with an id in flight for the same one",
                                "concurrency/same-ids-do-not-cross",
                                "beside a request with the same id in another session",
                                () -> new OneTable(false))
                        .because(CROSSED),
                WrongServer.toy(
                        "answers whoever uses the id of a call with its result",
                        "concurrency/same-id-as-a-call",
                        "expected the response to ping, and not that to a call in another session",
                        () -> new MistakesForACall() {
                            @Override
                            Answer mistake(Call call, Flight other) throws Exception {
                                return reply(call, result(call, text("slept")));
                            }
                        }),
                WrongServer.toy(
                        "ends a call when its id is used again",
                        "concurrency/same-id-as-a-call",
                        "to be answered, but the reply ended without a response",
                        () -> new MistakesForACall() {
                            @Override
                            Answer mistake(Call call, Flight other) throws Exception {
                                other.fate().complete(WITHOUT_RESPONSE);
                                return reply(call, result(call, Json.object()));
                            }
                        }),
                WrongServer.toy(
                        "answers a call with what its id is used for next",
                        "concurrency/same-id-as-a-call",
                        "to bring the result of the call, but got",
                        () -> new MistakesForACall() {
                            @Override
                            Answer mistake(Call call, Flight other) throws Exception {
                                var answer = reply(call, result(call, Json.object()));
                                other.fate().complete(answer);
                                return answer;
                            }
                        }),
                WrongServer.toy(
                        "gives the call with a number for its id the answer to the string of that",
                        "concurrency/ids-of-two-types",
                        ", beside a call with the id ",
                        () -> new KeyedByText() {
                            @Override
                            Answer meets(Call call, ToySession session, Flight other) throws Exception {
                                other.fate().complete(alone(call, session));
                                return WITHOUT_RESPONSE;
                            }
                        }),
                WrongServer.toy(
                        "drops the call whose id comes again as a string",
                        "concurrency/ids-of-two-types",
                        "beside a ping with the digits of its id as a string, to be answered, but the"
                                + " reply ended without a response",
                        () -> new KeyedByText() {
                            @Override
                            Answer meets(Call call, ToySession session, Flight other) throws Exception {
                                other.fate().complete(WITHOUT_RESPONSE);
                                return alone(call, session);
                            }
                        }),
                WrongServer.toy(
                        "takes the string of an id in flight for that id, and refuses it",
                        "concurrency/ids-of-two-types",
                        "none came: 400",
                        () -> new KeyedByText() {
                            @Override
                            Answer meets(Call call, ToySession session, Flight other) {
                                return Answer.error(400, -32600, "The request id is in use");
                            }
                        }),
                WrongServer.toy(
                        "looks for the call to cancel in all sessions",
                        "concurrency/foreign-cancel-harmless",
                        "to bring the result of the call, but got",
                        () -> new CallsInFlight() {
                            @Override
                            protected void cancelled(Call call, ToySession session, JsonNode id) {
                                flights.stream()
                                        .filter(f -> f.has(id))
                                        .forEach(f -> f.fate().complete(Answer.json(200, cancelledError(id))));
                            }
                        }),
                WrongServer.toy(
                        "ends the calls of all sessions with the DELETE of one",
                        "concurrency/foreign-delete-harmless",
                        "expected a call in flight, after another session was ended by DELETE, to bring the result of"
                                + " the call, but got",
                        () -> new CallsInFlight() {
                            @Override
                            protected Answer delete(Call call) throws Exception {
                                var answer = super.delete(call);
                                if (answer.status() < 300) {
                                    flights.forEach(f -> f.fate().complete(Answer.json(200, cancelledError(f.id()))));
                                }
                                return answer;
                            }
                        }),
                WrongServer.toy(
                        "cuts off the calls of all sessions with the DELETE of one",
                        "concurrency/foreign-delete-harmless",
                        "to be answered, but the reply ended without a response",
                        () -> new CallsInFlight() {
                            @Override
                            protected Answer delete(Call call) throws Exception {
                                var answer = super.delete(call);
                                if (answer.status() < 300) {
                                    flights.forEach(f -> f.fate().complete(WITHOUT_RESPONSE));
                                }
                                return answer;
                            }
                        }),
                WrongServer.toy(
                        "closes whatever call has the id that is cancelled",
                        "concurrency/foreign-cancel-harmless",
                        "to be answered, but the reply ended without a response",
                        () -> new CallsInFlight() {
                            @Override
                            protected void cancelled(Call call, ToySession session, JsonNode id) {
                                flights.stream()
                                        .filter(f -> f.has(id))
                                        .forEach(f -> f.fate().complete(WITHOUT_RESPONSE));
                            }
                        }),
                WrongServer.toy(
                                "keeps what is cancelled for all sessions",
                                "concurrency/foreign-cancel-harmless",
                                "expected a call to bring its result, though another session had cancelled its id",
                                () -> new CallsInFlight() {
                                    private final Set<String> cancelled = ConcurrentHashMap.newKeySet();

                                    @Override
                                    protected void cancelled(Call call, ToySession session, JsonNode id) {
                                        if (id != null && flights.stream().noneMatch(f -> f.has(id))) {
                                            cancelled.add(Json.idKey(id));
                                        }
                                    }

                                    @Override
                                    protected Answer fly(Call call, Flight flight, long millis) throws Exception {
                                        return cancelled.remove(Json.idKey(flight.id()))
                                                ? Answer.json(200, cancelledError(flight.id()))
                                                : super.fly(call, flight, millis);
                                    }
                                })
                        .because("the calls of all rules have the same few ids"),
                WrongServer.toy(
                        "refuses a call whose id another session cancels",
                        "concurrency/foreign-cancel-harmless",
                        "to be answered, but the reply ended without a response: 499",
                        () -> new CallsInFlight() {
                            @Override
                            protected void cancelled(Call call, ToySession session, JsonNode id) {
                                flights.stream()
                                        .filter(f -> f.has(id))
                                        .forEach(f -> f.fate().complete(Answer.of(499)));
                            }
                        }));
    }

    /** Mistakes a request for a call that has the same id, is in flight, and belongs to another session. */
    private abstract static class MistakesForACall extends CallsInFlight {
        abstract Answer mistake(Call call, Flight other) throws Exception;

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            var other = flights.stream()
                    .filter(f -> call.isRequest()
                            && !call.called().equals("tools/call")
                            && f.session() != session
                            && f.has(call.message().get("id")))
                    .findFirst();
            return other.isPresent() ? mistake(call, other.get()) : super.serve(call, session);
        }
    }

    /** Keeps the calls in flight of a session by their ids, all as strings. */
    private abstract static class KeyedByText extends CallsInFlight {
        abstract Answer meets(Call call, ToySession session, Flight other) throws Exception;

        /** Serves a request as if it had met no other. */
        final Answer alone(Call call, ToySession session) throws Exception {
            return super.serve(call, session);
        }

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            var other = flights.stream()
                    .filter(f -> call.isRequest()
                            && f.session() == session
                            && f.id().asString().equals(call.message().get("id").asString()))
                    .findFirst();
            return other.isPresent() ? meets(call, session, other.get()) : alone(call, session);
        }
    }

    /** One table of requests in flight for all sessions: the last one's answer is everybody's, or the first one's. */
    private static final class OneTable extends ToyServer {
        private final boolean last;
        private final Map<String, CompletableFuture<Answer>> answers = new ConcurrentHashMap<>();

        OneTable(boolean last) {
            this.last = last;
        }

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            if (!call.isRequest()
                    || session == null
                    || inBatch(call)
                    || call.called().equals("tools/call")) {
                return super.serve(call, session);
            }
            var key = call.message().get("id").toString();
            var own = CompletableFuture.completedFuture(super.serve(call, session));
            if (last) {
                answers.put(key, own);
            } else {
                var first = answers.putIfAbsent(key, own);
                if (first != null) {
                    return first.get();
                }
            }
            // Long enough for a request that was sent at the same moment to find this one.
            Thread.sleep(80);
            var answer = answers.getOrDefault(key, own).get();
            answers.remove(key, own);
            return answer;
        }
    }

    // ---- several requests of one session ----

    private static List<WrongServer> requests() {
        return List.of(
                WrongServer.toy(
                                "drops the requests that come while one is served",
                                "concurrency/burst-answered",
                                "got no response: 200 with an event stream",
                                () -> new FewAtOnce(1, ToyServer.Answer.stream(": busy\n\n")))
                        .because("it drops what comes at the same time"),
                WrongServer.toy(
                        "takes the requests beyond its queue for notifications",
                        "concurrency/burst-answered",
                        "got no response: 202",
                        () -> new FewAtOnce(6, ToyServer.Answer.of(202))),
                WrongServer.toy(
                        "lets the requests beyond its pool fail",
                        "concurrency/burst-answered",
                        "but got 500",
                        () -> new FewAtOnce(6, ToyServer.Answer.error(500, -32603, "rejected"))),
                WrongServer.toy(
                        "fails to list its tools while a call of the session is in flight",
                        "concurrency/served-beside-call",
                        "tools/list to be served while a call of its session is in flight",
                        () -> new BusyDuringCall(ToyServer.Answer.error(500, -32603, "busy")) {
                            @Override
                            protected Answer listTools(Call call) throws Exception {
                                return busy(call) ? answer : super.listTools(call);
                            }
                        }),
                WrongServer.toy(
                        "refuses notifications while a call of the session is in flight",
                        "concurrency/served-beside-call",
                        "to be served while a call of its session is in flight",
                        () -> new BusyDuringCall(ToyServer.Answer.error(409, -32000, "busy")) {
                            @Override
                            protected Answer accepted(Call call, ToySession session) {
                                return busy(call) ? answer : super.accepted(call, session);
                            }
                        }),
                WrongServer.toy(
                                "refuses new clients while a call is in flight",
                                "concurrency/served-beside-call",
                                "initialize of a new client to be served while a call of another is in flight",
                                () -> new BusyDuringCall(ToyServer.Answer.error(400, -32600, "Server already in use")) {
                                    @Override
                                    protected Answer initialize(Call call) throws Exception {
                                        return calls.isEmpty() ? super.initialize(call) : answer;
                                    }
                                })
                        .because("any rule may open a session while the call of another is in flight"),
                WrongServer.toy(
                        "serves the requests of a session one after the other",
                        "concurrency/ping-beside-call",
                        "when the call was over",
                        InTurn::new),
                WrongServer.toy(
                        "begins to answer a ping at once, and ends that after the call",
                        "concurrency/ping-beside-call",
                        "when the call was over",
                        HeadsAtOnce::new));
    }

    /** Knows which sessions have a call in flight. */
    private abstract static class BusyDuringCall extends ToyServer {
        final Answer answer;
        final Queue<String> calls = new ConcurrentLinkedQueue<>();

        BusyDuringCall(Answer answer) {
            this.answer = answer;
        }

        final boolean busy(Call call) {
            return call.sessionId().filter(calls::contains).isPresent();
        }

        @Override
        protected Answer callTool(Call call, ToySession session) throws Exception {
            var id = call.sessionId().orElse("");
            calls.add(id);
            try {
                return super.callTool(call, session);
            } finally {
                calls.remove(id);
            }
        }
    }

    /** Answers so many requests of a session at once, and the others with something that is no answer. */
    private static final class FewAtOnce extends ToyServer {
        private final int most;
        private final Answer toOthers;
        private final Map<String, AtomicInteger> open = new ConcurrentHashMap<>();

        FewAtOnce(int most, Answer toOthers) {
            this.most = most;
            this.toOthers = toOthers;
        }

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            if (!call.isRequest()
                    || session == null
                    || inBatch(call)
                    || call.called().equals("tools/call")) {
                return super.serve(call, session);
            }
            var count = open.computeIfAbsent(session.id, id -> new AtomicInteger());
            try {
                if (count.incrementAndGet() > most) {
                    return toOthers;
                }
                Thread.sleep(30);
                return super.serve(call, session);
            } finally {
                count.decrementAndGet();
            }
        }
    }

    private static final class InTurn extends ToyServer {
        private final Map<ToySession, Object> locks = new ConcurrentHashMap<>();

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            if (session == null || !call.isRequest()) {
                return super.serve(call, session);
            }
            synchronized (locks.computeIfAbsent(session, s -> new Object())) {
                return super.serve(call, session);
            }
        }
    }

    /** Sends the head of a stream in answer to a ping, and the response when no call of the session is in progress. */
    private static final class HeadsAtOnce extends ToyServer {
        private final Map<ToySession, AtomicInteger> calls = new ConcurrentHashMap<>();

        @Override
        protected Answer callTool(Call call, ToySession session) throws Exception {
            if (session == null) {
                return super.callTool(call, null);
            }
            var open = calls.computeIfAbsent(session, s -> new AtomicInteger());
            open.incrementAndGet();
            try {
                return super.callTool(call, session);
            } finally {
                open.decrementAndGet();
            }
        }

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            if (session == null
                    || !call.called().equals("ping")
                    || inBatch(call)
                    || calls.getOrDefault(session, new AtomicInteger()).get() == 0) {
                return super.serve(call, session);
            }
            call.exchange().getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
            try (var out = call.exchange().getOutputStream()) {
                out.write(": at once\n\n".getBytes(StandardCharsets.UTF_8));
                out.flush();
                while (calls.get(session).get() > 0 && !session.awaitEnd(10)) {
                    // The call goes on.
                }
                out.write(("data: " + result(call, Json.object()) + "\n\n").getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // The client went away.
            }
            return null;
        }
    }

    // ---- several connections ----

    private static List<WrongServer> connections() {
        return List.of(
                WrongServer.toy(
                        "is three nodes that each know their own sessions, by turns",
                        "concurrency/any-connection",
                        "requests of one session over new connections were answered",
                        () -> new Nodes() {
                            private final AtomicInteger turn = new AtomicInteger();

                            @Override
                            boolean isElsewhere(Call call, ToySession session) {
                                return turn.incrementAndGet() % 3 != 0;
                            }
                        }),
                WrongServer.toy(
                                "is two nodes, and each connection leads to one",
                                "concurrency/any-connection",
                                "expected an id that was answered 404 to be served never again",
                                () -> new Nodes() {
                                    @Override
                                    boolean isElsewhere(Call call, ToySession session) {
                                        // Ports of clients may be even or odd for long.
                                        return Integer.bitCount(call.exchange()
                                                                .getSourceAddress()
                                                                .getPort())
                                                        % 2
                                                != Math.floorMod(session.id.hashCode(), 2);
                                    }
                                })
                        .because("half of all connections lead to a node that does not know the session"),
                WrongServer.toy(
                                "tells its other node of a session a while later",
                                "concurrency/any-connection",
                                "expected an id that was answered 404 to be served never again",
                                () -> new Nodes() {
                                    private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();

                                    @Override
                                    boolean isElsewhere(Call call, ToySession session) {
                                        // The second request comes too early.
                                        return requests.computeIfAbsent(session.id, id -> new AtomicInteger())
                                                        .incrementAndGet()
                                                == 2;
                                    }
                                })
                        .because("the second request of each session is answered 404"));
    }

    /** Several servers behind one address, each with sessions of its own. */
    private abstract static class Nodes extends ToyServer {
        /** Whether a request comes to a node that does not know the session. */
        abstract boolean isElsewhere(Call call, ToySession session);

        @Override
        protected ToySession find(Call call) {
            var session = super.find(call);
            return session == null || isElsewhere(call, session) ? null : session;
        }
    }
}
