package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A right server that answers requests in a session with event streams, gives each event an id, and takes up broken
 * streams where they broke. It sends log messages of its own on one of the streams that were opened with GET.
 */
public class ResumableToyServer extends ToyServer {
    /** The messages of a stream, kept so that they can be sent again. At most one connection carries them at a time. */
    protected static final class Log {
        public final int number;
        /** Whether it was opened with GET. */
        public final boolean listening;

        private final List<String> events = new ArrayList<>();
        private boolean over;
        private Object connection;

        Log(int number, boolean listening) {
            this.number = number;
            this.listening = listening;
        }

        /** Adds an event, unless the stream is over. */
        public synchronized void append(String data) {
            if (!over) {
                events.add(data);
                notifyAll();
            }
        }

        public synchronized void end() {
            over = true;
            notifyAll();
        }

        public synchronized boolean isConnected() {
            return connection != null;
        }

        /** The newest connection takes over from the one before. */
        synchronized void connect(Object newest) {
            connection = newest;
            notifyAll();
        }

        synchronized void disconnect(Object old) {
            if (connection == old) {
                connection = null;
            }
        }

        synchronized boolean isCarriedBy(Object some) {
            return connection == some;
        }

        /** The event after so many; null if there is none in time, or there will be none. */
        synchronized String await(int after, long millis) throws InterruptedException {
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            for (long left; events.size() <= after && !over && (left = deadline - System.nanoTime()) > 0; ) {
                wait(left / 1_000_000 + 1);
            }
            return events.size() > after ? events.get(after) : null;
        }

        public synchronized boolean isOver() {
            return over;
        }

        synchronized boolean isOverAfter(int count) {
            return over && events.size() <= count;
        }

        synchronized String get(int n) {
            return events.get(n);
        }

        /** How many events there are. */
        public synchronized int size() {
            return events.size();
        }
    }

    private static final ExecutorService CALLS = Executors.newCachedThreadPool(task -> {
        var thread = new Thread(task, "toy-call");
        thread.setDaemon(true);
        return thread;
    });

    private final Map<ToySession, List<Log>> logs = new ConcurrentHashMap<>();

    /** The streams of a session, in the order in which they were opened. */
    protected List<Log> logs(ToySession session) {
        return logs.computeIfAbsent(session, s -> new CopyOnWriteArrayList<>());
    }

    private Log open(ToySession session, boolean listening) {
        var all = logs(session);
        synchronized (all) {
            var log = new Log(all.size(), listening);
            all.add(log);
            return log;
        }
    }

    @Override
    protected void forget(ToySession session) {
        super.forget(session);
        var ended = logs.remove(session);
        if (ended != null) {
            ended.forEach(Log::end);
        }
    }

    // ---- requests ----

    @Override
    protected Answer initialize(Call call) throws Exception {
        var answer = super.initialize(call);
        var message = Json.parse(answer.body());
        if (message.path("result").path("capabilities") instanceof ObjectNode capabilities) {
            capabilities.putObject("logging");
        }
        return new Answer(answer.status(), answer.headers(), message.toString());
    }

    @Override
    protected Answer serve(Call call, ToySession session) throws Exception {
        if (session == null || !call.isRequest() || inBatch(call)) {
            return super.serve(call, session);
        }
        var log = open(session, false);
        if (primes(session)) {
            log.append("");
        }
        // The call holds the session's clock, whether or not a connection is open.
        boolean entered = enter(session);
        CALLS.execute(() -> {
            try {
                log.append(response(call, session).toString());
                say(session, "answered " + call.called() + " " + call.message().get("id"));
            } catch (Exception e) {
                log.append(error(call, -32603, "Internal error").toString());
            } finally {
                log.end();
                if (entered) {
                    leave(session);
                }
            }
        });
        return connect(call.exchange(), session, log, 0, log.size() > 0 && polls(call));
    }

    /** Whether streams begin with an event that has nothing but an id, which older clients do not expect. */
    protected boolean primes(ToySession session) {
        return session.version.equals(Revision.V2025_11_25.wire());
    }

    protected JsonNode response(Call call, ToySession session) throws Exception {
        return call.called().equals("logging/setLevel")
                ? result(call, Json.object())
                : Json.parse(super.serve(call, session).body());
    }

    /** After so many milliseconds a client is to resume a stream that was closed for it to poll. */
    protected int retryMillis() {
        return 50;
    }

    /** Whether the connection of a call is closed after the first event, for the client to poll. */
    protected boolean polls(Call call) {
        return false;
    }

    // ---- messages of the server ----

    /** Sends a log message on one of the streams that were opened with GET, if there is one. */
    private void say(ToySession session, String text) {
        var message = Json.notification("notifications/message");
        message.putObject("params").put("level", "info").put("data", text);
        deliver(message, listening(session));
    }

    /** The streams that were opened with GET and are connected. */
    protected List<Log> listening(ToySession session) {
        return logs(session).stream()
                .filter(log -> log.listening && log.isConnected())
                .toList();
    }

    /** Sends a message to one of the open streams. */
    protected void deliver(ObjectNode message, List<Log> open) {
        if (!open.isEmpty()) {
            open.get(0).append(message.toString());
        }
    }

    // ---- streams ----

    @Override
    protected Answer get(Call call, ToySession session) throws Exception {
        var cursor = call.header("Last-Event-ID");
        return cursor.isEmpty()
                ? connect(call.exchange(), session, open(session, true), 0, false)
                : resume(call, session, cursor.get());
    }

    /** Takes up the stream that an event id names. */
    protected Answer resume(Call call, ToySession session, String lastEventId) throws Exception {
        for (var log : logs(session)) {
            int next = after(session, log, lastEventId);
            if (next > 0) {
                return connect(call.exchange(), session, log, next, false);
            }
        }
        return unknownEventId(call, session);
    }

    /** How many events of a stream a client has that knows its event of an id; 0 if there is none of that id. */
    protected final int after(ToySession session, Log log, String lastEventId) {
        for (int n = 0; n < log.size(); n++) {
            if (eventId(session, log, n).equals(lastEventId)) {
                return n + 1;
            }
        }
        return 0;
    }

    protected Answer unknownEventId(Call call, ToySession session) throws Exception {
        return Answer.error(400, -32000, "Unknown event id");
    }

    protected String eventId(ToySession session, Log log, int n) {
        return session.id + "/" + log.number + "/" + n;
    }

    /** Sends the events of a stream from one on, until it is over, the client is gone, or another takes over. */
    protected Answer connect(HttpServerExchange exchange, ToySession session, Log log, int from, boolean closeEarly)
            throws Exception {
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
        var connection = new Object();
        log.connect(connection);
        try (var out = exchange.getOutputStream()) {
            out.flush();
            for (int n = from; log.isCarriedBy(connection) && !log.isOverAfter(n); ) {
                var data = log.await(n, 50);
                out.write((data == null ? ": keep-alive\n\n" : event(session, log, n, data, closeEarly))
                        .getBytes(StandardCharsets.UTF_8));
                out.flush();
                n += data == null ? 0 : 1;
                if (closeEarly && data != null || session.awaitEnd(0)) {
                    break;
                }
            }
        } catch (IOException e) {
            lost(log);
        } finally {
            log.disconnect(connection);
        }
        return null;
    }

    /** The client went away: the stream waits for it. */
    protected void lost(Log log) {}

    /** The events of a stream from one on, as they are on the wire. */
    public final String events(ToySession session, Log log, int from) {
        var all = new StringBuilder();
        for (int n = from; n < log.size(); n++) {
            all.append(event(session, log, n, log.get(n), false));
        }
        return all.toString();
    }

    /** An event on the wire; the last before the connection is closed early tells the client when to come back. */
    protected String event(ToySession session, Log log, int n, String data, boolean last) {
        return "id: " + eventId(session, log, n) + "\n" + (last ? "retry: " + retryMillis() + "\n" : "") + "data: "
                + data + "\n\n";
    }
}
