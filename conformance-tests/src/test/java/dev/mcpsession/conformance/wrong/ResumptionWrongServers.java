package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.servers.PollingToyServer;
import dev.mcpsession.conformance.servers.ResumableToyServer;
import dev.mcpsession.conformance.servers.ToyServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.ObjectNode;

/** Servers that break the rules of the area resumption, one each. */
final class ResumptionWrongServers {
    private ResumptionWrongServers() {}

    static List<WrongServer> all() {
        return List.of(
                WrongServer.toy(
                                "counts the events of each stream from 0",
                                "resumption/event-ids-unique",
                                "but the id '0' came twice",
                                () -> new ResumableToyServer() {
                                    @Override
                                    protected String eventId(ToySession session, Log log, int n) {
                                        return String.valueOf(n);
                                    }
                                })
                        .told(target -> target.patience(Duration.ofSeconds(2))),
                WrongServer.toy(
                        "counts the events of GET from 0 again for each stream",
                        "resumption/event-ids-unique",
                        "came twice: on GET",
                        () -> new ResumableToyServer() {
                            @Override
                            protected String eventId(ToySession session, Log log, int n) {
                                return log.listening ? session.id + "/get/" + n : super.eventId(session, log, n);
                            }
                        }),
                WrongServer.toy(
                        "numbers the events from 0 again once the session is open",
                        "resumption/event-ids-unique",
                        "/0/0' came twice: on POST initialize and on ",
                        () -> new ResumableToyServer() {
                            @Override
                            protected Answer initialize(Call call) throws Exception {
                                var answer = super.initialize(call);
                                var id = answer.headers().get(SESSION_HEADER);
                                return id == null
                                        ? answer
                                        : stream("id: " + id + "/0/0\ndata: " + answer.body() + "\n\n")
                                                .with(SESSION_HEADER, id);
                            }
                        }),
                WrongServer.toy(
                                "takes the time in milliseconds and a counter of each stream as event id",
                                "resumption/event-ids-unique",
                                "came twice",
                                () -> new ResumableToyServer() {
                                    @Override
                                    protected String eventId(ToySession session, Log log, int n) {
                                        // Coarse, as the clocks of some systems are.
                                        return times.computeIfAbsent(log, l -> System.currentTimeMillis() / 16) + "-"
                                                + n;
                                    }

                                    private final Map<Log, Long> times = new ConcurrentHashMap<>();
                                })
                        .because("streams that begin together have the same event ids"),
                WrongServer.toy(
                        "puts no ids on its events, and primes nothing",
                        "resumption/priming-event",
                        "the first event had no id, and data that is not empty",
                        () -> new ToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                return inBatch(call)
                                        ? super.reply(call, message)
                                        : Answer.stream("data: " + message + "\n\n");
                            }
                        }),
                WrongServer.toy(
                        "answers lists with JSON, and primes no stream of a call",
                        "resumption/priming-event",
                        "the first event had no id, and data that is not empty",
                        () -> new ToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                return call.called().equals("tools/call") && !inBatch(call)
                                        ? Answer.stream("data: " + message + "\n\n")
                                        : super.reply(call, message);
                            }
                        }),
                WrongServer.toy(
                        "does not prime its streams",
                        "resumption/priming-event",
                        "expected an event with an id and empty data at the head of the stream",
                        () -> new ResumableToyServer() {
                            @Override
                            protected boolean primes(ToySession session) {
                                return false;
                            }
                        }),
                WrongServer.toy(
                        "lets clients poll, but does not tell them when",
                        "resumption/retry-before-close",
                        "but the server closed it before the response, and sent none",
                        () -> new PollingToyServer() {
                            @Override
                            protected String event(ToySession session, Log log, int n, String data, boolean last) {
                                return super.event(session, log, n, data, false);
                            }
                        }),
                WrongServer.toy(
                        "keeps no events",
                        "resumption/replays-missed",
                        "resuming is refused: 400",
                        () -> new ResumableToyServer() {
                            @Override
                            protected Answer resume(Call call, ToySession session, String lastEventId) {
                                return Answer.error(400, -32000, "Nothing is kept");
                            }
                        }),
                WrongServer.toy(
                        "forgets a stream as soon as it is over",
                        "resumption/response-kept",
                        "when its stream is resumed from an event before it, but the stream ended without it",
                        () -> new ResumableToyServer() {
                            @Override
                            protected Answer resume(Call call, ToySession session, String lastEventId)
                                    throws Exception {
                                for (var log : logs(session)) {
                                    if (after(session, log, lastEventId) > 0 && log.isOver()) {
                                        return stream("");
                                    }
                                }
                                return super.resume(call, session, lastEventId);
                            }
                        }),
                WrongServer.toy(
                        "keeps one list of events for the whole session",
                        "resumption/replays-only-that-stream",
                        "expected no message of another stream when the first is resumed",
                        () -> new ResumableToyServer() {
                            @Override
                            protected Answer resume(Call call, ToySession session, String lastEventId) {
                                boolean found = false;
                                var events = new StringBuilder();
                                for (var log : logs(session)) {
                                    int from = found ? 0 : after(session, log, lastEventId);
                                    if (found || from > 0) {
                                        found = true;
                                        events.append(events(session, log, from));
                                    }
                                }
                                return stream(events);
                            }
                        }),
                WrongServer.toy(
                        "brings what it told on GET with whatever is resumed",
                        "resumption/replays-only-that-stream",
                        "expected no message of another stream when the first is resumed, but the event",
                        () -> new ResumableToyServer() {
                            @Override
                            protected Answer resume(Call call, ToySession session, String lastEventId)
                                    throws Exception {
                                for (var log : logs(session)) {
                                    if (!log.listening && after(session, log, lastEventId) > 0) {
                                        var events = new StringBuilder();
                                        logs(session).stream()
                                                .filter(other -> other.listening)
                                                .forEach(other -> events.append(events(session, other, 0)));
                                        return stream(events + events(session, log, after(session, log, lastEventId)));
                                    }
                                }
                                return super.resume(call, session, lastEventId);
                            }
                        }),
                WrongServer.toy(
                        "finds what it told on GET from every session",
                        "resumption/replays-only-that-session",
                        "expected no message of another stream when an event id of session A is sent in session B, but"
                                + " the event",
                        () -> new ResumableToyServer() {
                            @Override
                            protected Answer unknownEventId(Call call, ToySession session) throws Exception {
                                var cursor = call.header("Last-Event-ID").orElse("");
                                for (var other : sessions.values()) {
                                    for (var log : logs(other)) {
                                        if (log.listening && after(other, log, cursor) > 0) {
                                            return stream(events(other, log, 0));
                                        }
                                    }
                                }
                                return super.unknownEventId(call, session);
                            }
                        }),
                WrongServer.toy(
                        "finds the events of every session",
                        "resumption/replays-only-that-session",
                        "expected no message of another stream when an event id of session A is sent in session B",
                        () -> new ResumableToyServer() {
                            @Override
                            protected Answer unknownEventId(Call call, ToySession session) throws Exception {
                                for (var other : sessions.values()) {
                                    for (var log : logs(other)) {
                                        int from = after(
                                                other,
                                                log,
                                                call.header("Last-Event-ID").orElse(""));
                                        if (from > 0) {
                                            return stream(events(other, log, from));
                                        }
                                    }
                                }
                                return super.unknownEventId(call, session);
                            }
                        }),
                WrongServer.toy(
                        "fails over an unknown event id",
                        "resumption/unknown-event-id",
                        "expected an event stream or 4xx in answer to an unknown Last-Event-ID, but got 500",
                        () -> new ResumableToyServer() {
                            @Override
                            protected Answer unknownEventId(Call call, ToySession session) {
                                return Answer.error(500, -32603, "Internal error");
                            }
                        }),
                WrongServer.toy(
                        "begins at the beginning for an unknown event id",
                        "resumption/unknown-event-id-replays-nothing",
                        "expected no message of another stream for an event id that names no stream",
                        () -> new ResumableToyServer() {
                            @Override
                            protected Answer unknownEventId(Call call, ToySession session) {
                                var events = new StringBuilder();
                                logs(session).forEach(log -> events.append(events(session, log, 0)));
                                return stream(events);
                            }
                        }),
                WrongServer.toy(
                        "looks at the event id before the session",
                        "resumption/resume-on-dead-session-404",
                        "expected status 404 for a stream of a session that was terminated, but got 400",
                        () -> new ResumableToyServer() {
                            @Override
                            protected Answer unknownId(Call call) {
                                return call.header("Last-Event-ID").isPresent()
                                        ? Answer.error(400, -32000, "Unknown event id")
                                        : super.unknownId(call);
                            }
                        }),
                WrongServer.toy(
                                "takes a lost connection for a cancellation",
                                "resumption/call-survives-disconnect",
                                "expected the response of a call whose connection was lost, once its stream is resumed",
                                () -> new ResumableToyServer() {
                                    @Override
                                    protected void lost(Log log) {
                                        log.end();
                                    }
                                })
                        .told(target -> target.patience(Duration.ofSeconds(2))));
    }

    private static ToyServer.Answer stream(CharSequence events) {
        return new ToyServer.Answer(200, Map.of("Content-Type", "text/event-stream"), events.toString());
    }
}
