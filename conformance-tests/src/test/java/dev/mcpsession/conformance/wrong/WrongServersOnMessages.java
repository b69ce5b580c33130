package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.servers.ToyServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Servers that are right for ping, and wrong for another message or at another moment. */
final class WrongServersOnMessages {
    private WrongServersOnMessages() {}

    static List<WrongServer> all() {
        return Stream.of(dead(), revived(), ended(), pages(), ids(), cancelled(), held())
                .flatMap(List::stream)
                .toList();
    }

    // ---- sessions that were terminated ----

    private static List<WrongServer> dead() {
        var row = "after the session was terminated, in a row of requests";
        return List.of(
                serving(
                        "calls tools in terminated sessions",
                        row,
                        call -> call.called().equals("tools/call")),
                serving(
                        "takes initialized notifications of terminated sessions",
                        row,
                        call -> call.called().equals("notifications/initialized")),
                serving(
                        "takes responses in terminated sessions",
                        row,
                        call -> call.message() != null && call.message().has("result")),
                serving(
                        "looks for the method before the session",
                        row,
                        call -> call.isRequest() && call.called().startsWith("no/")),
                serving(
                                "serves batches in terminated sessions",
                                row,
                                call -> call.message() != null && call.message().isArray())
                        .in(Revision.V2025_03_26));
    }

    /** A server that serves some messages in sessions that were terminated. */
    private static WrongServer serving(String name, String says, Predicate<ToyServer.Call> served) {
        return WrongServer.toy(name, "termination/stays-dead", says, () -> new ToyServer() {
            @Override
            protected Answer unknownId(Call call) {
                if (!served.test(call)) {
                    return super.unknownId(call);
                }
                return call.isRequest()
                        ? Answer.json(200, error(call, -32601, "Not found"))
                        : call.message().isArray() ? Answer.json(200, Json.batch()) : Answer.of(202);
            }
        });
    }

    /** Servers that take something with the id of a session that is gone for its beginning. */
    private static List<WrongServer> revived() {
        return Stream.of("GET", "DELETE")
                .flatMap(method -> Stream.of(
                        WrongServer.toy(
                                "brings a terminated session back at " + method,
                                "termination/stays-dead",
                                "after the session was terminated, and after a " + method + " with its id, but got 200",
                                () -> new Reviving(method, true)),
                        WrongServer.toy(
                                "brings an expired session back at " + method,
                                "idle/probe-does-not-revive",
                                "again, after " + method + " with its id, but got 200",
                                () -> new Reviving(method, false))))
                .toList();
    }

    /** Answers 404 for a session that is gone, and brings it back where some method came. */
    private static final class Reviving extends ToyServer {
        private final Map<String, ToySession> gone = new ConcurrentHashMap<>();
        private final String method;
        private final boolean terminated;

        Reviving(String method, boolean terminated) {
            this.method = method;
            this.terminated = terminated;
        }

        @Override
        protected void reapIfIdle(ToySession session) {
            super.reapIfIdle(session);
            if (!terminated && !sessions.containsKey(session.id)) {
                gone.put(session.id, session);
            }
        }

        @Override
        protected Answer delete(Call call) throws Exception {
            var session = call.sessionId().map(sessions::get);
            var answer = super.delete(call);
            session.filter(s -> terminated && answer.status() == 204).ifPresent(s -> gone.put(s.id, s));
            return answer;
        }

        @Override
        protected Answer unknownId(Call call) {
            if (call.method().equals(method)) {
                call.sessionId().map(gone::get).ifPresent(s -> sessions.put(s.id, new ToySession(s.id, s.version)));
            }
            return super.unknownId(call);
        }
    }

    /** A DELETE ends the calls of its session, and not the session. */
    private static class EndsCallsOnly extends CallsInFlight {
        @Override
        protected Answer delete(Call call) throws Exception {
            var session = find(call);
            var own = flights.stream().filter(f -> f.session() == session).toList();
            own.forEach(f -> f.fate().complete(Answer.json(200, cancelledError(f.id()))));
            return own.isEmpty() ? super.delete(call) : Answer.of(204);
        }
    }

    private static List<WrongServer> ended() {
        return List.of(
                WrongServer.toy(
                        "keeps a session that is terminated during a call",
                        "termination/in-flight-ends",
                        "after the session was terminated during a call",
                        EndsCallsOnly::new),
                WrongServer.toy(
                        "keeps a session that is terminated during a call, and answers 400 for those that are gone",
                        "termination/in-flight-ends",
                        "expected status 404 after the session was terminated during a call, but got 200",
                        () -> new EndsCallsOnly() {
                            @Override
                            protected Answer unknownId(Call call) {
                                return Answer.error(400, -32000, "No valid session id");
                            }
                        }),
                WrongServer.toy(
                                "ends but one call of a session that is terminated",
                                "termination/in-flight-ends",
                                "after the DELETE, while another had ended",
                                () -> new CallsInFlight() {
                                    private final Set<String> ended = ConcurrentHashMap.newKeySet();

                                    @Override
                                    protected Answer fly(Call call, Flight flight, long millis) throws Exception {
                                        var answer = super.fly(call, flight, millis);
                                        boolean first = !flight.session().awaitEnd(0) || ended.add(flight.session().id);
                                        return first ? answer : hang();
                                    }
                                })
                        .told(target -> target.patience(Duration.ofSeconds(2))),
                WrongServer.toy(
                        "stores a session again when a call of it is over",
                        "termination/in-flight-ends",
                        "after the session was terminated during a call, and the call is over",
                        () -> new CallsInFlight() {
                            @Override
                            protected Answer fly(Call call, Flight flight, long millis) throws Exception {
                                long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
                                var answer = super.fly(call, flight, millis);
                                var session = flight.session();
                                if (!sessions.containsKey(session.id)) {
                                    CompletableFuture.delayedExecutor(until - System.nanoTime(), TimeUnit.NANOSECONDS)
                                            .execute(() -> sessions.put(
                                                    session.id, new ToySession(session.id, session.version)));
                                }
                                return answer;
                            }
                        }),
                WrongServer.toy(
                        "keeps a session that is terminated while its stream is open",
                        "termination/stays-dead",
                        "after the session was terminated beside a GET stream of it",
                        () -> new ToyServer() {
                            private final Set<String> streaming = ConcurrentHashMap.newKeySet();

                            @Override
                            protected Answer get(Call call, ToySession session) throws Exception {
                                streaming.add(session.id);
                                return super.get(call, session);
                            }

                            @Override
                            protected Answer delete(Call call) throws Exception {
                                return call.sessionId()
                                                .filter(streaming::contains)
                                                .isPresent()
                                        ? Answer.of(204)
                                        : super.delete(call);
                            }
                        }));
    }

    // ---- headers ----

    private static List<WrongServer> pages() {
        return List.of(
                WrongServer.toy(
                        "lets every web page call tools in its sessions",
                        "transport/origin-403",
                        "for a request with the Origin",
                        () -> new Lax(call -> call.called().equals("tools/call"), call -> false)),
                WrongServer.toy(
                        "lets every web page send notifications in its sessions",
                        "transport/origin-403",
                        "for a request with the Origin",
                        () -> new Lax(call -> call.called().startsWith("notifications/"), call -> false)),
                WrongServer.toy(
                        "calls tools in every version",
                        "transport/unsupported-version-400",
                        "status 400",
                        () -> new Lax(call -> false, call -> call.called().equals("tools/call"))));
    }

    /** Looks at the headers of some messages only. */
    private static final class Lax extends ToyServer {
        private final Predicate<Call> anyOrigin;
        private final Predicate<Call> anyVersion;

        Lax(Predicate<Call> anyOrigin, Predicate<Call> anyVersion) {
            this.anyOrigin = anyOrigin;
            this.anyVersion = anyVersion;
        }

        @Override
        protected boolean allowed(Call call) {
            return anyOrigin.test(call) || super.allowed(call);
        }

        @Override
        protected boolean supports(Call call) {
            return anyVersion.test(call) || super.supports(call);
        }
    }

    // ---- ids of requests ----

    private static List<WrongServer> ids() {
        return List.of(
                WrongServer.toy(
                        "answers calls with a number where the id is one in quotes",
                        "transport/response-carries-id",
                        "the response to a call of a tool to have the id",
                        () -> new ToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                var id = message.path("id").asString("");
                                return super.reply(
                                        call,
                                        call.called().equals("tools/call")
                                                        && message.path("id").isString()
                                                        && id.matches("[0-9]+")
                                                ? message.put("id", Long.parseLong(id))
                                                : message);
                            }
                        }),
                WrongServer.toy(
                        "takes a request with an empty id for a notification",
                        "transport/response-carries-id",
                        "one response with the id \"\"",
                        () -> new ToyServer() {
                            @Override
                            protected Answer serve(Call call, ToySession session) throws Exception {
                                var id = call.message().path("id");
                                return call.isRequest()
                                                && id.isString()
                                                && id.asString().isEmpty()
                                        ? accepted(call, session)
                                        : super.serve(call, session);
                            }
                        }));
    }

    // ---- calls that are cancelled ----

    private static List<WrongServer> cancelled() {
        return List.of(
                WrongServer.toy(
                        "answers the cancellation of a call in flight with a body",
                        "cancellation/cancelled-call-ends",
                        "status 202 to the cancellation of a call in flight",
                        () -> new CallsInFlight() {
                            @Override
                            protected Answer accepted(Call call, ToySession session) {
                                var id = call.message().path("params").get("requestId");
                                boolean known = id != null
                                        && flights.stream().anyMatch(f -> f.session() == session && f.has(id));
                                if (known) {
                                    flights.stream()
                                            .filter(f -> f.session() == session && f.has(id))
                                            .forEach(f -> f.fate().complete(Answer.json(200, cancelledError(f.id()))));
                                }
                                return known ? Answer.json(200, Json.object()) : super.accepted(call, session);
                            }
                        }),
                WrongServer.toy(
                        "forgets the id of a call that is cancelled",
                        "cancellation/cancelled-call-ends",
                        "the response to a call that was cancelled to have its id",
                        () -> new CallsInFlight() {
                            @Override
                            protected void cancelled(Call call, ToySession session, JsonNode id) {
                                flights.stream()
                                        .filter(f -> f.session() == session && f.has(id))
                                        .forEach(
                                                f -> f.fate().complete(Answer.error(200, -32000, "Request cancelled")));
                            }
                        }));
    }

    // ---- sessions that never expire ----

    private static List<WrongServer> held() {
        return List.of(
                holding(
                        "holds a session in which a tool was called",
                        call -> call.called().equals("tools/call")),
                holding(
                        "holds a session that listed its tools",
                        call -> call.called().equals("tools/list")),
                holding(
                        "holds a session that answered what nobody asked",
                        call -> call.message() != null && call.message().has("result")),
                holding(
                        "holds a session that asked for a method that there is not",
                        call -> call.called().startsWith("no/")),
                holding(
                        "holds a session that sent what is no JSON",
                        call -> call.method().equals("POST") && call.message() == null));
    }

    /** A server that never reaps a session once it has seen some message of it. */
    private static WrongServer holding(String name, Predicate<ToyServer.Call> holds) {
        return WrongServer.toy(
                name, "idle/reaped-post-404", "status 404 after the session was idle", () -> new ToyServer() {
                    private final Set<String> held = ConcurrentHashMap.newKeySet();

                    @Override
                    protected Answer answer(Call call) throws Exception {
                        if (holds.test(call)) {
                            call.sessionId().ifPresent(held::add);
                        }
                        return super.answer(call);
                    }

                    @Override
                    protected void reapIfIdle(ToySession session) {
                        if (!held.contains(session.id)) {
                            super.reapIfIdle(session);
                        }
                    }
                });
    }
}
