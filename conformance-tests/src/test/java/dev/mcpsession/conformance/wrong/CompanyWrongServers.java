package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.servers.ToyServer;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Servers whose sessions disturb one another's calls and streams, or that mind a client which goes away. */
final class CompanyWrongServers {
    private static final String EVERY_CALL = "the calls of all rules end at what any rule does";

    private CompanyWrongServers() {}

    static List<WrongServer> all() {
        return Stream.of(requests(), own(), expiry(), abandoned(), streams())
                .flatMap(List::stream)
                .toList();
    }

    // ---- what others ask for ----

    private static List<WrongServer> requests() {
        return List.of(
                WrongServer.toy(
                                "ends the calls of all sessions when a client initializes",
                                "concurrency/foreign-requests-harmless",
                                "a call in flight, after another client initialized, to bring the result of the call,"
                                        + " but got",
                                () -> new EndsAllCalls(false) {
                                    @Override
                                    protected Answer initialize(Call call) throws Exception {
                                        var answer = super.initialize(call);
                                        if (answer.headers().containsKey(SESSION_HEADER)) {
                                            endAll();
                                        }
                                        return answer;
                                    }
                                })
                        .because(EVERY_CALL),
                WrongServer.toy(
                                "ends the calls of all sessions over an initialize that it refuses",
                                "concurrency/foreign-requests-harmless",
                                "a call in flight, after an initialize of another client was refused, to be answered,"
                                        + " but the reply ended without a response",
                                () -> new EndsAllCalls(true) {
                                    @Override
                                    protected Answer initialize(Call call) throws Exception {
                                        var answer = super.initialize(call);
                                        if (!answer.headers().containsKey(SESSION_HEADER)) {
                                            endAll();
                                        }
                                        return answer;
                                    }
                                })
                        .because(EVERY_CALL),
                WrongServer.toy(
                                "ends the calls of all sessions over what is no JSON",
                                "concurrency/foreign-requests-harmless",
                                "a call in flight, after a body that is no JSON came in another session, to be"
                                        + " answered, but the reply ended without a response",
                                () -> new EndsAllCalls(true) {
                                    @Override
                                    protected Answer post(Call call) throws Exception {
                                        if (call.message() == null) {
                                            endAll();
                                        }
                                        return super.post(call);
                                    }
                                })
                        .because(EVERY_CALL),
                WrongServer.toy(
                                "ends the calls of all sessions when a client goes away",
                                "concurrency/foreign-requests-harmless",
                                "a call in flight, after another client closed the connection of a call, to be"
                                        + " answered",
                                () -> new StreamsCalls() {
                                    @Override
                                    void gone(Flight flight) {
                                        flights.forEach(f -> f.fate().complete(WITHOUT_RESPONSE));
                                    }
                                })
                        .because(EVERY_CALL));
    }

    // ---- what its own session asks for ----

    private static List<WrongServer> own() {
        return List.of(
                endsOwnCalls(
                        "ends the calls of a session that lists the tools",
                        "after its session listed the tools",
                        (call, flight) -> call.called().equals("tools/list")),
                endsOwnCalls(
                        "ends a call of the slow tool for one of another",
                        "after a call of a tool that there is not",
                        (call, flight) -> call.called().equals("tools/call") && !isSlow(call)),
                endsOwnCalls(
                        "ends the calls of a session over a notification",
                        "after a notification that no server knows",
                        (call, flight) -> call.called().startsWith("no/")
                                && !call.message().has("id")),
                endsOwnCalls(
                        "takes a cancellation that names no request for one of all",
                        "after a cancellation that names no request",
                        (call, flight) -> call.called().equals("notifications/cancelled")
                                && !call.message().path("params").has("requestId")),
                endsOwnCalls(
                        "cancels all calls of a session where it does not find the one",
                        "after a cancellation of a request that was never made",
                        (call, flight) -> call.called().equals("notifications/cancelled")
                                && call.message()
                                        .path("params")
                                        .path("requestId")
                                        .isValueNode()
                                && !flight.has(call.message().path("params").get("requestId"))),
                endsOwnCalls(
                        "serves one call of the slow tool, the newest",
                        "after another call of its session began",
                        (call, flight) -> isSlow(call)),
                endsOwnCalls(
                        "ends the calls of a session that opens a stream",
                        "after a GET stream of its session was closed",
                        (call, flight) -> call.method().equals("GET")),
                endsOwnCalls(
                        "takes a response of the client for that to a request of the client",
                        "after a response of the client's with the same id",
                        (call, flight) -> call.message() != null
                                && call.message().has("result")
                                && flight.has(call.message().get("id"))));
    }

    private static boolean isSlow(ToyServer.Call call) {
        return call.called().equals("tools/call")
                && call.message().path("params").path("name").asString("").equals("sleep");
    }

    private static WrongServer endsOwnCalls(
            String name, String says, BiPredicate<ToyServer.Call, CallsInFlight.Flight> at) {
        return WrongServer.toy(name, "concurrency/own-requests-harmless", says, () -> new CallsInFlight() {
                    @Override
                    protected Answer answer(Call call) throws Exception {
                        var id = call.sessionId().orElse("");
                        flights.stream()
                                .filter(f -> f.session().id.equals(id) && at.test(call, f))
                                .forEach(f -> f.fate().complete(WITHOUT_RESPONSE));
                        return super.answer(call);
                    }
                })
                .sparing("concurrency/foreign-requests-harmless");
    }

    // ---- expiry ----

    private static List<WrongServer> expiry() {
        return List.of(
                endsCallsAtExpiry(
                        "ends the calls of all sessions with an error when one expires",
                        false,
                        "to bring the" + " result of the call, but got"),
                endsCallsAtExpiry(
                        "cuts off the calls of all sessions when one expires",
                        true,
                        "to be answered, but the" + " reply ended without a response"));
    }

    private static WrongServer endsCallsAtExpiry(String name, boolean silently, String says) {
        return WrongServer.toy(
                        name,
                        "concurrency/foreign-expiry-harmless",
                        "a call in flight, while another session was idle and expired, " + says,
                        () -> new EndsAllCalls(silently) {
                            @Override
                            protected void reapIfIdle(ToySession session) {
                                super.reapIfIdle(session);
                                if (!sessions.containsKey(session.id)) {
                                    endAll();
                                }
                            }
                        })
                .because(EVERY_CALL);
    }

    private abstract static class EndsAllCalls extends CallsInFlight {
        private final boolean silently;

        EndsAllCalls(boolean silently) {
            this.silently = silently;
        }

        final void endAll() {
            flights.forEach(f ->
                    f.fate().complete(silently ? WITHOUT_RESPONSE : Answer.json(200, cancelledError(f.id()))));
        }
    }

    // ---- clients that go away ----

    private static List<WrongServer> abandoned() {
        return List.of(
                WrongServer.toy(
                        "ends the session of a client that goes away in a call",
                        "concurrency/abandoned-call-harmless",
                        "to live after its client closed the connection of a call",
                        () -> new StreamsCalls() {
                            @Override
                            void gone(Flight flight) {
                                if (flight.session().end(false, 0)) {
                                    forget(flight.session());
                                }
                            }
                        }),
                WrongServer.toy(
                        "ends all calls of a session when the connection of one is closed",
                        "concurrency/abandoned-call-harmless",
                        "a call in flight, after the connection of another call of its session was closed, to be"
                                + " answered, but the reply ended without a response",
                        () -> new StreamsCalls() {
                            @Override
                            void gone(Flight flight) {
                                flights.stream()
                                        .filter(f -> f.session() == flight.session())
                                        .forEach(f -> f.fate().complete(WITHOUT_RESPONSE));
                            }
                        }),
                WrongServer.toy(
                        "keeps a session for a call whose client has gone away",
                        "idle/abandoned-call-lets-go",
                        "expected status 404 after the session was idle",
                        () -> new StreamsCalls() {
                            @Override
                            void gone(Flight flight) {
                                flight.session().enter();
                            }
                        }),
                WrongServer.toy(
                        "waits for a client that has gone away to come back for the result of its call",
                        "idle/abandoned-call-lets-go",
                        "expected status 404 after the session was idle",
                        () -> new StreamsCalls() {
                            private final Set<ToySession> owed = ConcurrentHashMap.newKeySet();

                            @Override
                            void gone(Flight flight) {
                                owed.add(flight.session());
                            }

                            @Override
                            protected void reapIfIdle(ToySession session) {
                                if (!owed.contains(session)) {
                                    super.reapIfIdle(session);
                                }
                            }
                        }));
    }

    /** Answers calls with streams, and notices there when a client has gone away. */
    private abstract static class StreamsCalls extends CallsInFlight {
        abstract void gone(Flight flight);

        @Override
        protected Answer fly(Call call, Flight flight, long millis) throws Exception {
            var exchange = call.exchange();
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
            var out = exchange.getOutputStream();
            long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            try {
                while (System.nanoTime() < until
                        && !flight.fate().isDone()
                        && !flight.session().awaitEnd(10)) {
                    out.write(": at work\n\n".getBytes(StandardCharsets.UTF_8));
                    out.flush();
                }
                if (System.nanoTime() >= until) {
                    out.write(("data: " + result(call, text("slept")) + "\n\n").getBytes(StandardCharsets.UTF_8));
                }
                out.close();
            } catch (IOException e) {
                gone(flight);
            }
            return null;
        }
    }

    // ---- streams ----

    private static List<WrongServer> streams() {
        return List.of(
                closesStreams(
                        "closes the streams of all sessions when a client initializes",
                        "when another client initialized, but the server ended it just then",
                        call -> call.called().equals("initialize")),
                closesStreams(
                        "closes the streams of all sessions with the DELETE of one",
                        "when another session was ended by DELETE, but the server ended it just then",
                        call -> call.method().equals("DELETE")),
                closesStreams(
                        "closes its streams when a call begins",
                        "when a call of its session began, but the server ended it just then",
                        CompanyWrongServers::isSlow),
                WrongServer.toy(
                        "has one stream for all sessions",
                        "concurrency/streams-apart",
                        "when another session opened a stream, but the server ended it just then",
                        () -> new ClosableStreams() {
                            @Override
                            protected Answer get(Call call, ToySession session) throws Exception {
                                closeStreams();
                                return super.get(call, session);
                            }
                        }),
                WrongServer.toy(
                        "closes the streams of all sessions when one expires",
                        "concurrency/streams-apart",
                        "when another session expired, but the server ended it just then",
                        () -> new ClosableStreams() {
                            @Override
                            protected void reapIfIdle(ToySession session) {
                                super.reapIfIdle(session);
                                if (!sessions.containsKey(session.id)) {
                                    closeStreams();
                                }
                            }
                        }));
    }

    private static WrongServer closesStreams(String name, String says, Predicate<ToyServer.Call> at) {
        return WrongServer.toy(name, "concurrency/streams-apart", says, () -> new ClosableStreams() {
            @Override
            protected Answer answer(Call call) throws Exception {
                if (isSlow(call) && at.test(call)) {
                    closeStreams();
                    return super.answer(call);
                }
                var answer = super.answer(call);
                if (at.test(call)) {
                    closeStreams();
                }
                return answer;
            }
        });
    }

    /** A server that can close all its GET streams. */
    private static class ClosableStreams extends ToyServer {
        private final AtomicInteger generation = new AtomicInteger();

        final void closeStreams() {
            generation.incrementAndGet();
        }

        @Override
        protected Answer get(Call call, ToySession session) throws Exception {
            int own = generation.get();
            var exchange = call.exchange();
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
            var out = exchange.getOutputStream();
            try {
                do {
                    out.write(": keep-alive\n\n".getBytes(StandardCharsets.UTF_8));
                    out.flush();
                } while (!closed && own == generation.get() && !session.awaitEnd(10));
                out.close();
            } catch (IOException e) {
                // The client went away.
            }
            return null;
        }
    }
}
