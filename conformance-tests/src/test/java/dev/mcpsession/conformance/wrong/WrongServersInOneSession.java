package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.servers.TalkativeToyServer;
import dev.mcpsession.conformance.servers.ToyServer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Exchanger;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Servers that are right at the first requests of a session, and wrong at later ones or beside others of it. */
final class WrongServersInOneSession {
    private static final int MANY = 60;

    private WrongServersInOneSession() {}

    static List<WrongServer> all() {
        return Stream.of(quotas(), answers(), streams(), ends(), crossed(), methods())
                .flatMap(List::stream)
                .toList();
    }

    // ---- so many requests, and no more ----

    private static List<WrongServer> quotas() {
        return List.of(
                WrongServer.toy(
                        "refuses whatever comes after sixty requests of a session",
                        "service/long-session-served",
                        "of a session to be served as those before it, or 404 where the session has ended, but",
                        () -> new Quota(call -> true, ToyServer.Answer.error(400, -32600, "Too many requests"))),
                WrongServer.toy(
                        "has no time for a session after sixty requests of it",
                        "service/long-session-served",
                        "while another session is served",
                        () -> new Quota(call -> true, ToyServer.Answer.error(429, -32000, "Too many requests"))),
                WrongServer.toy(
                        "fails after sixty requests of a session",
                        "service/long-session-served",
                        "was answered 500",
                        () -> new Quota(call -> true, ToyServer.Answer.error(500, -32603, "out of ids"))),
                WrongServer.toy(
                        "takes the calls of a session for notifications after the sixtieth",
                        "service/long-session-served",
                        "POST tools/call was answered 202",
                        () -> new Quota(call -> call.called().equals("tools/call"), ToyServer.Answer.of(202))),
                WrongServer.toy(
                        "refuses notifications after the sixtieth of a session",
                        "service/long-session-served",
                        "POST notifications/cancelled was answered 403",
                        () -> new Quota(call -> !call.isRequest(), ToyServer.Answer.of(403))));
    }

    /** Serves so many messages of a kind in each session. */
    private static final class Quota extends ToyServer {
        private final Map<ToySession, AtomicInteger> counts = new ConcurrentHashMap<>();
        private final Predicate<Call> counted;
        private final Answer after;

        Quota(Predicate<Call> counted, Answer after) {
            this.counted = counted;
            this.after = after;
        }

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            if (session == null || inBatch(call) || !counted.test(call)) {
                return super.serve(call, session);
            }
            int count =
                    counts.computeIfAbsent(session, s -> new AtomicInteger()).incrementAndGet();
            return count > MANY ? after : super.serve(call, session);
        }

        /** A busy session stays, so that what becomes of it does not hang on how fast the machine is. */
        @Override
        protected void reapIfIdle(ToySession session) {
            if (!counts.containsKey(session) || counts.get(session).get() < MANY / 4) {
                super.reapIfIdle(session);
            }
        }
    }

    // ---- the client's answers beside a call ----

    private static List<WrongServer> answers() {
        return List.of(
                WrongServer.toy(
                        "refuses responses while a call of the session is in flight",
                        "concurrency/served-beside-call",
                        "to be served while a call of its session is in flight, as before that, but got 400",
                        () -> new CallsInFlight() {
                            @Override
                            protected Answer accepted(Call call, ToySession session) {
                                return Json.isResponse(call.message())
                                                && flights.stream().anyMatch(f -> f.session() == session)
                                        ? Answer.error(400, -32600, "A call is in progress")
                                        : super.accepted(call, session);
                            }
                        }),
                WrongServer.toy(
                        "pings when a stream opens, and refuses the answer while a call is in flight",
                        "transport/answer-accepted",
                        "to be accepted with 202, but got 400",
                        () -> new AskingBesideCalls(true)),
                WrongServer.toy(
                        "pings during a call, and refuses the answer until that is over",
                        "transport/answer-accepted",
                        "to be accepted with 202, but got 400",
                        () -> new AskingBesideCalls(false)));
    }

    /** Knows what it has asked, refuses answers to anything else, and while a call is in flight all. */
    private static final class AskingBesideCalls extends TalkativeToyServer {
        private final boolean greets;
        private final Set<String> asked = ConcurrentHashMap.newKeySet();
        private final Map<ToySession, AtomicInteger> calls = new ConcurrentHashMap<>();
        private final AtomicInteger ids = new AtomicInteger();

        AskingBesideCalls(boolean greets) {
            this.greets = greets;
        }

        private ObjectNode question() {
            var id = "asked-" + ids.incrementAndGet();
            asked.add(id);
            return ping(id);
        }

        private AtomicInteger calls(ToySession session) {
            return calls.computeIfAbsent(session, s -> new AtomicInteger());
        }

        @Override
        protected List<JsonNode> greetings(ToySession session) {
            return greets ? List.of(question()) : List.of();
        }

        @Override
        protected Answer accepted(Call call, ToySession session) {
            if (!Json.isResponse(call.message())) {
                return super.accepted(call, session);
            }
            boolean known = asked.contains(call.message().path("id").asString(""));
            return known && calls(session).get() == 0 ? Answer.of(202) : Answer.error(400, -32600, "Unknown response");
        }

        @Override
        protected Answer callTool(Call call, ToySession session) throws Exception {
            if (session == null
                    || !call.message().path("params").path("name").asString("").equals("sleep")) {
                return super.callTool(call, session);
            }
            calls(session).incrementAndGet();
            try {
                if (!greets) {
                    say(session, question());
                }
                return super.callTool(call, session);
            } finally {
                calls(session).decrementAndGet();
            }
        }
    }

    // ---- GET beside a call ----

    private static List<WrongServer> streams() {
        var beside = "expected a GET stream to open while a call of its session is in flight, and to stay open, as that"
                + " of another session did, but ";
        return List.of(
                WrongServer.toy(
                        "refuses GET while a call is in flight",
                        "concurrency/served-beside-call",
                        beside + "got 409",
                        () -> new StreamsBesideCalls() {
                            @Override
                            Answer beside(Call call, ToySession session) {
                                return Answer.error(409, -32000, "Busy");
                            }
                        }),
                WrongServer.toy(
                        "says that it has no streams while a call is in flight",
                        "concurrency/served-beside-call",
                        beside + "got 405",
                        () -> new StreamsBesideCalls() {
                            @Override
                            Answer beside(Call call, ToySession session) {
                                return Answer.of(405);
                            }
                        }),
                WrongServer.toy(
                        "opens no stream before the call is over",
                        "concurrency/served-beside-call",
                        beside + "no head came until the call was over",
                        () -> new StreamsBesideCalls() {
                            @Override
                            Answer beside(Call call, ToySession session) throws Exception {
                                while (isBusy(session)) {
                                    Thread.sleep(5);
                                }
                                return super.get(call, session);
                            }
                        }),
                WrongServer.toy(
                        "ends streams at once while a call is in flight",
                        "concurrency/served-beside-call",
                        beside + "the server ended it at once, each of 3 times",
                        () -> new StreamsBesideCalls() {
                            @Override
                            Answer beside(Call call, ToySession session) {
                                return Answer.stream(": no time\n\n");
                            }
                        }));
    }

    /** Opens streams with GET in another way while a call of the session is in flight. */
    private abstract static class StreamsBesideCalls extends CallsInFlight {
        abstract Answer beside(Call call, ToySession session) throws Exception;

        final boolean isBusy(ToySession session) {
            return flights.stream().anyMatch(f -> f.session() == session);
        }

        @Override
        protected Answer get(Call call, ToySession session) throws Exception {
            return isBusy(session) ? beside(call, session) : super.get(call, session);
        }
    }

    // ---- DELETE in company ----

    private static List<WrongServer> ends() {
        return List.of(
                WrongServer.toy(
                        "refuses DELETE while a stream is open",
                        "termination/delete-in-company",
                        "while a GET stream of it is open, as it does else, but got 409",
                        () -> new ToyServer() {
                            private final Map<String, AtomicInteger> streams = new ConcurrentHashMap<>();

                            @Override
                            protected Answer get(Call call, ToySession session) throws Exception {
                                var open = streams.computeIfAbsent(session.id, id -> new AtomicInteger());
                                open.incrementAndGet();
                                try {
                                    return super.get(call, session);
                                } finally {
                                    open.decrementAndGet();
                                }
                            }

                            @Override
                            protected Answer delete(Call call) throws Exception {
                                return call.sessionId()
                                                .map(streams::get)
                                                .filter(open -> open.get() > 0)
                                                .isPresent()
                                        ? Answer.error(409, -32000, "Conflict: a stream is open")
                                        : super.delete(call);
                            }
                        }),
                WrongServer.toy(
                        "takes no DELETE while a call is in flight",
                        "termination/delete-in-company",
                        "while a call of it is in flight, as it does else, but got 405",
                        () -> new CallsInFlight() {
                            @Override
                            protected Answer delete(Call call) throws Exception {
                                return flights.stream()
                                                .anyMatch(f -> f.session()
                                                        .id
                                                        .equals(call.sessionId().orElse("")))
                                        ? Answer.of(405)
                                        : super.delete(call);
                            }
                        }),
                WrongServer.toy(
                        "fails over a DELETE that meets a call",
                        "termination/delete-in-company",
                        "while a call of it is in flight, as it does else, but got 500",
                        () -> new CallsInFlight() {
                            @Override
                            protected Answer delete(Call call) throws Exception {
                                return flights.stream()
                                                .anyMatch(f -> f.session()
                                                        .id
                                                        .equals(call.sessionId().orElse("")))
                                        ? Answer.error(500, -32603, "busy")
                                        : super.delete(call);
                            }
                        }));
    }

    // ---- answers that cross ----

    private static List<WrongServer> crossed() {
        return List.of(
                WrongServer.toy(
                        "swaps answers that are ready at the same time",
                        "concurrency/burst-answered",
                        "to get its own response, but answers cross: the request with the id",
                        () -> new Swapping(call -> true)),
                WrongServer.toy(
                        "swaps lists of tools that are ready at the same time",
                        "concurrency/burst-answered",
                        "to get its own response, but answers cross: the request with the id",
                        () -> new Swapping(call -> call.called().equals("tools/list"))));
    }

    /** Swaps the responses of two requests that are ready at the same time. */
    private static final class Swapping extends ToyServer {
        private final Exchanger<ObjectNode> met = new Exchanger<>();
        private final Predicate<Call> which;

        Swapping(Predicate<Call> which) {
            this.which = which;
        }

        @Override
        protected Answer reply(Call call, ObjectNode message) throws Exception {
            var sent = message;
            try {
                if (which.test(call) && !call.called().equals("initialize") && !inBatch(call)) {
                    sent = met.exchange(message, 20, TimeUnit.MILLISECONDS);
                }
            } catch (TimeoutException e) {
                // Nobody to be mixed up with.
            }
            return super.reply(call, sent);
        }
    }

    // ---- methods of HTTP ----

    private static List<WrongServer> methods() {
        return Stream.of("HEAD", "OPTIONS", "PUT", "PATCH")
                .map(method -> WrongServer.toy(
                        "ends its session at " + method,
                        "transport/other-methods-harmless",
                        "to live after " + method + " with its id",
                        () -> new ToyServer() {
                            @Override
                            protected Answer answer(Call call) throws Exception {
                                if (call.method().equals(method)
                                        && call.sessionId().isPresent()) {
                                    var session = find(call);
                                    if (session != null && session.end(false, 0)) {
                                        forget(session);
                                    }
                                }
                                return super.answer(call);
                            }
                        }))
                .toList();
    }
}
