package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.servers.ToyServer;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** Servers that break the rules of the area cancellation, one each. */
final class CancellationWrongServers {
    private static final Duration PATIENCE = Duration.ofMillis(1500);

    private CancellationWrongServers() {}

    static List<WrongServer> all() {
        return List.of(
                WrongServer.toy(
                                "never answers a call that was cancelled, and keeps its reply open",
                                "cancellation/cancelled-call-ends",
                                "expected the reply to a call that was cancelled to end, but it was still open",
                                () -> new NeverEnds(false))
                        .told(t -> t.patience(PATIENCE)),
                WrongServer.toy(
                                "keeps the event stream of a call that was cancelled open",
                                "cancellation/cancelled-call-ends",
                                "expected the reply to a call that was cancelled to end, but it was still open",
                                () -> new NeverEnds(true))
                        .told(t -> t.patience(PATIENCE)),
                WrongServer.toy(
                        "ends the session of a call that is cancelled",
                        "cancellation/other-calls-go-on",
                        "to live after a call of it was cancelled",
                        () -> new CallsInFlight() {
                            @Override
                            protected void cancelled(Call call, ToySession session, JsonNode id) {
                                if (session != null
                                        && flights.stream().anyMatch(f -> f.session() == session && f.has(id))
                                        && session.end(false, 0)) {
                                    forget(session);
                                }
                            }
                        }),
                WrongServer.toy(
                        "ends the session of a call that is cancelled, and others after two and a half seconds",
                        "cancellation/other-calls-go-on",
                        "to live after a call of it was cancelled",
                        () -> new CallsInFlight() {
                            @Override
                            protected void reap() {
                                super.reap();
                                sessions.values().stream()
                                        .filter(s -> System.nanoTime() - s.openedAt > 2_500_000_000L && s.end(false, 0))
                                        .forEach(this::forget);
                            }

                            @Override
                            protected void cancelled(Call call, ToySession session, JsonNode id) {
                                if (session != null
                                        && flights.stream().anyMatch(f -> f.session() == session && f.has(id))
                                        && session.end(false, 0)) {
                                    forget(session);
                                }
                            }
                        }),
                WrongServer.toy(
                        "cancels all calls of a session",
                        "cancellation/other-calls-go-on",
                        "expected a call to be answered when another call of its session is cancelled, but no "
                                + "response came",
                        () -> new CallsInFlight() {
                            @Override
                            protected void cancelled(Call call, ToySession session, JsonNode id) {
                                if (flights.stream().anyMatch(f -> f.session() == session && f.has(id))) {
                                    flights.stream()
                                            .filter(f -> f.session() == session)
                                            .forEach(f -> f.fate().complete(WITHOUT_RESPONSE));
                                }
                            }
                        }),
                WrongServer.toy(
                        "cancels the call that came last, whatever the id",
                        "cancellation/other-calls-go-on",
                        "expected a call to be answered when another call of its session is cancelled, but no "
                                + "response came",
                        () -> new CallsInFlight() {
                            @Override
                            protected void cancelled(Call call, ToySession session, JsonNode id) {
                                flights.stream()
                                        .filter(f -> f.session() == session)
                                        .reduce((first, next) -> next)
                                        .ifPresent(f -> f.fate().complete(WITHOUT_RESPONSE));
                            }
                        }),
                WrongServer.toy(
                        "cancels the call that came first, whatever the id",
                        "cancellation/other-calls-go-on",
                        "expected a call to be answered when another call of its session is cancelled, but no "
                                + "response came",
                        () -> new CallsInFlight() {
                            @Override
                            protected void cancelled(Call call, ToySession session, JsonNode id) {
                                flights.stream()
                                        .filter(f -> f.session() == session)
                                        .findFirst()
                                        .ifPresent(f -> f.fate().complete(WITHOUT_RESPONSE));
                            }
                        }),
                WrongServer.toy(
                        "fails over a cancellation that comes too late",
                        "cancellation/late-cancel-harmless",
                        "expected no failure of the server for a cancellation of a request that has been answered, "
                                + "but got 500",
                        () -> new OnCancellation(id -> id != null && id.isNumber(), Answered.WITH_500)),
                WrongServer.toy(
                        "ends the session over a cancellation of no request",
                        "cancellation/late-cancel-harmless",
                        "to live after a cancellation of a request that was never made",
                        () -> new OnCancellation(id -> id != null && id.isString(), Answered.WITH_THE_END)),
                remembering(
                        "refuses the cancellation of a request that it has answered",
                        "cancellation/late-cancel-harmless",
                        "expected a cancellation of a request that has been answered to be accepted, as one of a"
                                + " request that was never made is, but got 400",
                        call -> call.called().equals("tools/list"),
                        Answered.WITH_400),
                remembering(
                        "fails over the cancellation of a call that it has answered",
                        "cancellation/late-cancel-harmless",
                        "expected no failure of the server for a cancellation of a call that has been answered, but got"
                                + " 500",
                        call -> call.called().equals("tools/call"),
                        Answered.WITH_500),
                remembering(
                        "ends the session in which a request was answered that another cancels",
                        "cancellation/late-cancel-harmless",
                        "to live after another session sent the cancellation of a request that this one had been"
                                + " answered",
                        call -> call.called().equals("tools/list"),
                        Answered.WITH_THE_END_OF_ANOTHER),
                WrongServer.toy(
                        "ends the session that cancels a call twice",
                        "cancellation/other-calls-go-on",
                        "to live after a cancellation of a call that was cancelled before",
                        () -> new CallsInFlight() {
                            private final Set<String> cancelled = ConcurrentHashMap.newKeySet();

                            @Override
                            protected void cancelled(Call call, ToySession session, JsonNode id) {
                                var ended = flights.stream()
                                        .filter(f -> f.session() == session && f.has(id))
                                        .findFirst();
                                ended.ifPresent(f -> f.fate().complete(WITHOUT_RESPONSE));
                                if (ended.isPresent()) {
                                    cancelled.add(session.id + " " + id);
                                } else if (cancelled.contains(session.id + " " + id) && session.end(false, 0)) {
                                    forget(session);
                                }
                            }
                        }),
                WrongServer.toy(
                        "fails over a cancellation without params",
                        "cancellation/malformed-harmless",
                        "expected no failure of the server for a cancellation without params, but got 500",
                        () -> new OnCancellation(id -> id == null, Answered.WITH_500)),
                WrongServer.toy(
                        "fails over a request id that is an object",
                        "cancellation/malformed-harmless",
                        "expected no failure of the server for a cancellation whose request id is an object, but "
                                + "got 500",
                        () -> new OnCancellation(id -> id != null && id.isObject(), Answered.WITH_500)),
                WrongServer.toy(
                        "ends the session over a cancellation that it cannot read",
                        "cancellation/malformed-harmless",
                        "to live after a cancellation",
                        () -> new OnCancellation(id -> id == null, Answered.WITH_THE_END)));
    }

    /** Holds the reply of a cancelled call open, and the session with it, for as long as it runs. */
    private static final class NeverEnds extends CallsInFlight {
        private final boolean stream;

        NeverEnds(boolean stream) {
            this.stream = stream;
        }

        @Override
        protected void cancelled(Call call, ToySession session, JsonNode id) {
            flights.stream()
                    .filter(f -> f.session() == session && f.has(id))
                    .forEach(f -> f.fate().complete(WITHOUT_RESPONSE));
        }

        @Override
        protected Answer fly(Call call, Flight flight, long millis) throws Exception {
            if (!stream) {
                var answer = super.fly(call, flight, millis);
                return answer == WITHOUT_RESPONSE ? hang() : answer;
            }
            call.exchange().getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
            try (var out = call.exchange().getOutputStream()) {
                out.write(": under way\n\n".getBytes(StandardCharsets.UTF_8));
                out.flush();
                var answer = super.fly(call, flight, millis);
                if (answer == WITHOUT_RESPONSE) {
                    hang();
                }
                out.write(("data: " + answer.body() + "\n\n").getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // The client went away.
            }
            return null;
        }
    }

    private enum Answered {
        WITH_400,
        WITH_500,
        WITH_THE_END,
        WITH_THE_END_OF_ANOTHER
    }

    /** A server that knows which requests of some kind it has answered, and stumbles where one of them is cancelled. */
    private static WrongServer remembering(
            String name, String breaks, String says, Predicate<ToyServer.Call> known, Answered answered) {
        return WrongServer.toy(name, breaks, says, () -> new ToyServer() {
            /** By the id of the request, with its session. */
            private final Map<String, ToySession> done = new ConcurrentHashMap<>();

            @Override
            protected Answer serve(Call call, ToySession session) throws Exception {
                if (session == null || inBatch(call)) {
                    return super.serve(call, session);
                }
                var id = call.called().equals("notifications/cancelled")
                        ? call.message().path("params").get("requestId")
                        : null;
                var owner = id == null ? null : done.get(id.toString());
                if (owner != null && answered == Answered.WITH_THE_END_OF_ANOTHER) {
                    if (owner != session && owner.end(false, 0)) {
                        forget(owner);
                    }
                } else if (owner == session) {
                    return Answer.error(answered == Answered.WITH_400 ? 400 : 500, -32600, "No such request");
                }
                if (call.isRequest() && known.test(call)) {
                    done.put(call.message().get("id").toString(), session);
                }
                return super.serve(call, session);
            }
        });
    }

    /** Whether a request id is one that the server stumbles over; null where there is none. */
    private interface Which {
        boolean test(JsonNode id);
    }

    private static final class OnCancellation extends ToyServer {
        private final Which which;
        private final Answered answered;

        OnCancellation(Which which, Answered answered) {
            this.which = which;
            this.answered = answered;
        }

        @Override
        protected Answer accepted(Call call, ToySession session) {
            var params = call.message() == null ? null : call.message().path("params");
            boolean made = params != null && params.path("reason").asString("").equals("never made");
            if (inBatch(call)
                    || made
                    || !call.called().equals("notifications/cancelled")
                    || !which.test(params.get("requestId"))) {
                return super.accepted(call, session);
            }
            if (answered == Answered.WITH_500) {
                return new Answer(500, Map.of(), "TypeError");
            }
            if (session != null && session.end(false, 0)) {
                forget(session);
            }
            return super.accepted(call, session);
        }
    }
}
