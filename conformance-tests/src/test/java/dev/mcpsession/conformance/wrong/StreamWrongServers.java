package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.servers.TalkativeToyServer;
import dev.mcpsession.conformance.servers.ToyServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Servers whose streams disturb one another, what is asked beside them, or what comes after them. */
final class StreamWrongServers {
    private static final Duration PATIENCE = Duration.ofMillis(1500);
    private static final String AGAIN =
            "expected a GET stream to open again after the client closed the one before, " + "but GET was answered ";

    private StreamWrongServers() {}

    static List<WrongServer> all() {
        return Stream.of(streams(), requests(), progress())
                .flatMap(List::stream)
                .toList();
    }

    // ---- GET streams ----

    private static List<WrongServer> streams() {
        return List.of(
                WrongServer.toy(
                                "holds back every POST of a session while its stream is open",
                                "transport/served-beside-stream",
                                "to be answered while a GET stream is open",
                                () -> new BesideStream() {
                                    @Override
                                    Answer beside(Call call, ToySession session) throws Exception {
                                        while (!closed && streams(session) > 0) {
                                            Thread.sleep(10);
                                        }
                                        return serveAnyway(call, session);
                                    }
                                })
                        .told(t -> t.patience(PATIENCE))
                        .because("rules that ask beside a stream get no answer"),
                WrongServer.toy(
                                "drops the responses of a session while its stream is open",
                                "transport/served-beside-stream",
                                "to be answered while a GET stream is open, but no response came: 200 with an event "
                                        + "stream",
                                () -> new BesideStream() {
                                    @Override
                                    Answer beside(Call call, ToySession session) {
                                        return Answer.stream(": elsewhere\n\n");
                                    }
                                })
                        .because("rules that ask beside a stream get no answer"),
                WrongServer.toy(
                                "takes requests for notifications while a stream is open",
                                "transport/served-beside-stream",
                                "to be answered while a GET stream is open, but no response came: 202",
                                () -> new BesideStream() {
                                    @Override
                                    Answer beside(Call call, ToySession session) {
                                        return Answer.of(202);
                                    }
                                })
                        .because("rules that ask beside a stream get no answer"),
                WrongServer.toy(
                                "opens one stream in the life of a session",
                                "transport/stream-opens-again",
                                AGAIN + "409",
                                () -> new OneStream(409))
                        .told(t -> t.patience(PATIENCE)),
                WrongServer.toy(
                                "refuses a second stream for long after the first was closed",
                                "transport/stream-opens-again",
                                AGAIN + "400",
                                () -> new OneStream(400))
                        .told(t -> t.patience(PATIENCE)),
                WrongServer.toy(
                                "says that it offers no stream once one was closed",
                                "transport/stream-opens-again",
                                AGAIN + "405",
                                () -> new OneStream(405))
                        .told(t -> t.patience(PATIENCE)),
                WrongServer.toy(
                        "ends a session that opens a second stream",
                        "transport/second-stream-harmless",
                        "to live when a second GET was made beside the first",
                        () -> new BesideStream() {
                            @Override
                            void second(ToySession session) {
                                if (session.end(false, 0)) {
                                    forget(session);
                                }
                            }
                        }),
                WrongServer.toy(
                        "ends a session that opens two streams at the same moment",
                        "transport/second-stream-harmless",
                        "to live when two GETs came at once",
                        () -> new ToyServer() {
                            private final Map<ToySession, Long> last = new ConcurrentHashMap<>();

                            @Override
                            protected Answer get(Call call, ToySession session) throws Exception {
                                long now = System.nanoTime();
                                var before = last.put(session, now);
                                if (before != null && now - before < 20_000_000 && session.end(false, 0)) {
                                    forget(session);
                                }
                                return super.get(call, session);
                            }
                        }),
                WrongServer.toy(
                        "ends a session when one of two streams is closed",
                        "transport/second-stream-harmless",
                        "to live after a second GET beside the first was closed",
                        () -> new BesideStream() {
                            @Override
                            void oneLeft(ToySession session) {
                                if (session.end(false, 0)) {
                                    forget(session);
                                }
                            }
                        }),
                WrongServer.toy(
                        "ends the calls of a session that opens a second stream",
                        "transport/second-stream-harmless",
                        "expected a call in flight to be answered though a second GET was made beside it, but no "
                                + "response came",
                        () -> new BesideStream() {
                            @Override
                            void second(ToySession session) {
                                flights.stream()
                                        .filter(f -> f.session() == session)
                                        .forEach(f -> f.fate().complete(WITHOUT_RESPONSE));
                            }
                        }));
    }

    /** Counts the streams that each session has open. */
    private abstract static class BesideStream extends CallsInFlight {
        private final Map<ToySession, AtomicInteger> open = new ConcurrentHashMap<>();

        int streams(ToySession session) {
            return open.computeIfAbsent(session, s -> new AtomicInteger()).get();
        }

        Answer beside(Call call, ToySession session) throws Exception {
            return serveAnyway(call, session);
        }

        void second(ToySession session) {
            // The plain one serves it.
        }

        void oneLeft(ToySession session) {
            // The plain one lets it be.
        }

        Answer serveAnyway(Call call, ToySession session) throws Exception {
            return super.serve(call, session);
        }

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            return session != null && call.isRequest() && streams(session) > 0
                    ? beside(call, session)
                    : super.serve(call, session);
        }

        @Override
        protected Answer get(Call call, ToySession session) throws Exception {
            streams(session);
            if (open.get(session).incrementAndGet() == 2) {
                second(session);
            }
            try {
                return super.get(call, session);
            } finally {
                if (open.get(session).decrementAndGet() == 1) {
                    oneLeft(session);
                }
            }
        }
    }

    /** Opens one stream for a session, and refuses the next. */
    private static final class OneStream extends ToyServer {
        private final int status;
        private final Set<ToySession> served = ConcurrentHashMap.newKeySet();

        OneStream(int status) {
            this.status = status;
        }

        @Override
        protected Answer get(Call call, ToySession session) throws Exception {
            return served.add(session)
                    ? super.get(call, session)
                    : Answer.error(status, -32000, "Only one stream is allowed per session");
        }
    }

    // ---- requests of the server ----

    private static List<WrongServer> requests() {
        return List.of(
                WrongServer.toy(
                        "refuses the answer to its own ping",
                        "transport/answer-accepted",
                        "to be accepted with 202, but got 400",
                        () -> new OnAnswer(400)),
                WrongServer.toy(
                        "looks for a session of another kind when its ping is answered",
                        "transport/answer-accepted",
                        "to be accepted with 202, but got 404",
                        () -> new OnAnswer(404)),
                WrongServer.toy(
                        "answers the answer to its own ping",
                        "transport/answer-accepted",
                        "to be accepted with 202, but got 200",
                        () -> new OnAnswer(200)),
                WrongServer.toy(
                        "pings without an id",
                        "transport/server-request-ids",
                        "a string or an integer as the id",
                        () -> new Asking(List.of(ping().putNull("id")))),
                WrongServer.toy(
                        "pings with a fraction as the id",
                        "transport/server-request-ids",
                        "a string or an integer as the id",
                        () -> new Asking(List.of(ping().put("id", 1.5)))),
                WrongServer.toy(
                        "pings with an object as the id",
                        "transport/server-request-ids",
                        "a string or an integer as the id",
                        () -> new Asking(List.of(objectAsId()))),
                WrongServer.toy(
                        "pings with the same id each time",
                        "transport/server-request-ids",
                        "an id of its own for each request",
                        () -> new Asking(List.of(ping().put("id", "ping"), ping().put("id", "ping")))));
    }

    private static ObjectNode objectAsId() {
        var ping = ping();
        ping.putObject("id").put("n", 1);
        return ping;
    }

    private static ObjectNode ping() {
        return Json.notification("ping");
    }

    private static final class OnAnswer extends TalkativeToyServer {
        private final int status;

        OnAnswer(int status) {
            this.status = status;
        }

        @Override
        protected Answer accepted(Call call, ToySession session) {
            return call.message().path("id").asString("").startsWith("ping-")
                            && !call.message().has("method")
                    ? Answer.error(status, -32600, "Invalid request")
                    : super.accepted(call, session);
        }
    }

    private static final class Asking extends TalkativeToyServer {
        private final List<JsonNode> greetings;

        Asking(List<? extends JsonNode> greetings) {
            this.greetings = List.copyOf(greetings);
        }

        @Override
        protected List<JsonNode> greetings(ToySession session) {
            return greetings;
        }
    }

    // ---- progress ----

    private static List<WrongServer> progress() {
        return List.of(
                WrongServer.toy(
                        "tells of progress that nobody asked for",
                        "progress/token-of-a-call",
                        "expected the token of a call that asked for progress",
                        () -> new TalkativeToyServer() {
                            @Override
                            protected boolean tells(JsonNode token) {
                                return true;
                            }

                            @Override
                            protected List<JsonNode> progress(ToySession session, JsonNode token, int step) {
                                return List.of(notification(
                                        token == null
                                                ? Json.object().put("t", 0).get("t")
                                                : token,
                                        step));
                            }
                        }),
                WrongServer.toy(
                        "turns progress tokens into its own",
                        "progress/token-of-a-call",
                        "expected the token of a call that asked for progress",
                        () -> new TalkativeToyServer() {
                            @Override
                            protected List<JsonNode> progress(ToySession session, JsonNode token, int step) {
                                return List.of(notification(
                                        Json.object().put("t", "call-" + token).get("t"), step));
                            }
                        }),
                WrongServer.toy(
                        "tells of progress without its token",
                        "progress/token-of-a-call",
                        "expected the token of a call that asked for progress",
                        () -> new TalkativeToyServer() {
                            @Override
                            protected List<JsonNode> progress(ToySession session, JsonNode token, int step) {
                                var message = notification(token, step);
                                ((ObjectNode) message.get("params")).remove("progressToken");
                                return List.of(message);
                            }
                        }),
                WrongServer.toy(
                        "tells the same progress twice",
                        "progress/increases",
                        "to increase with each notification",
                        () -> new TalkativeToyServer() {
                            @Override
                            protected List<JsonNode> progress(ToySession session, JsonNode token, int step) {
                                return List.of(notification(token, step), notification(token, step));
                            }
                        }),
                WrongServer.toy(
                        "counts progress down",
                        "progress/increases",
                        "to increase with each notification",
                        () -> new TalkativeToyServer() {
                            @Override
                            protected List<JsonNode> progress(ToySession session, JsonNode token, int step) {
                                return List.of(notification(token, 10 - step));
                            }
                        }),
                WrongServer.toy(
                        "has words for progress",
                        "progress/increases",
                        "expected a number as the progress",
                        () -> new TalkativeToyServer() {
                            @Override
                            protected List<JsonNode> progress(ToySession session, JsonNode token, int step) {
                                var message = notification(token, step);
                                ((ObjectNode) message.get("params")).put("progress", step + " of 4");
                                return List.of(message);
                            }
                        }),
                WrongServer.toy(
                        "says that it is done after the response",
                        "progress/stops-with-the-response",
                        "expected no progress of a call after its response",
                        () -> new TalkativeToyServer() {
                            @Override
                            protected List<JsonNode> afterwards(ToySession session, JsonNode token) {
                                return List.of(notification(token, 99));
                            }
                        }),
                WrongServer.toy(
                        "tells the rest of the progress on the GET stream, after the response",
                        "progress/stops-with-the-response",
                        "long after it",
                        () -> new TalkativeToyServer() {
                            @Override
                            protected List<JsonNode> afterwards(ToySession session, JsonNode token) {
                                java.util.concurrent.CompletableFuture.delayedExecutor(
                                                300, java.util.concurrent.TimeUnit.MILLISECONDS)
                                        .execute(() -> say(session, notification(token, 99)));
                                return List.of();
                            }
                        }),
                WrongServer.toy(
                        "tells of progress on the GET stream",
                        "progress/on-the-stream-of-its-call",
                        "expected the progress of a call on the stream of that call, but got",
                        () -> new TalkativeToyServer() {
                            @Override
                            protected List<JsonNode> progress(ToySession session, JsonNode token, int step) {
                                say(session, notification(token, step));
                                return List.of();
                            }
                        }),
                WrongServer.toy(
                        "tells of progress on the GET stream too",
                        "progress/on-the-stream-of-its-call",
                        "expected the progress of a call on the stream of that call, but got",
                        () -> new TalkativeToyServer() {
                            @Override
                            protected List<JsonNode> progress(ToySession session, JsonNode token, int step) {
                                say(session, notification(token, step + 0.5));
                                return List.of(notification(token, step));
                            }
                        }));
    }
}
