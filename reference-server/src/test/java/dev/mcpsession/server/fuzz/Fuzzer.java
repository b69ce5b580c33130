package dev.mcpsession.server.fuzz;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Sends inputs to a server, one after the other, over connections that are kept as long as they can be, and judges what
 * comes of each: an answer must come, it must be HTTP, it must not blame the server, and it must not show its inside.
 * To be used by one thread.
 */
final class Fuzzer implements AutoCloseable {

    /** How long a call or a stream is listened to that may rightly go on. */
    private static final Duration GLANCE = Duration.ofMillis(20);

    private static final int MAX_SESSIONS = 16;

    private final int port;
    private final Duration patience;
    private final List<String> sessions = new ArrayList<>();
    private final Map<Integer, Long> statuses = new TreeMap<>();
    private Wire wire;

    /** @param patience whoever is silent for so long is taken to stay silent */
    Fuzzer(int port, Duration patience) {
        this.port = port;
        this.patience = patience;
    }

    /** Returns the sessions that were opened and not ended, by their ids. */
    List<String> sessions() {
        return sessions;
    }

    /** Returns how often which status was answered. */
    Map<Integer, Long> statuses() {
        return statuses;
    }

    /**
     * Sends the input that belongs to the number, and judges what comes of it.
     *
     * @throws AssertionError if that is wrong; the message shows the input
     */
    void run(long number) throws IOException {
        run("input " + number, new Inputs(new SplittableRandom(number * 0x9E3779B97F4A7C15L), sessions).next());
    }

    /** As {@link #run(long)}, for an input that somebody else has made. */
    void run(String name, Input input) throws IOException {
        try {
            if (input.framed()) {
                exchange(input);
            } else {
                shout(input);
            }
        } catch (IOException | RuntimeException e) {
            throw new AssertionError(name + ": " + e + "\n  " + input, e);
        }
        if (sessions.size() > MAX_SESSIONS) {
            endSession(sessions.remove(0));
        }
    }

    private void exchange(Input input) throws IOException {
        boolean fresh = wire == null;
        if (fresh) {
            wire = new Wire(port);
        }
        Reply reply;
        try {
            boolean refusedEarly = send(input);
            reply = read(input, refusedEarly);
        } catch (EOFException e) {
            if (fresh) {
                throw e;
            }
            // A server may close a connection that it has kept, and that can cross with a request: then it is repeated.
            close();
            exchange(input);
            return;
        }
        if (reply == null || !reply.reusable()) {
            close();
        }
    }

    private Duration patienceFor(Input input) {
        return input.lingers() ? GLANCE : patience;
    }

    /** Returns whether the server has closed the connection while it was sent to. */
    private boolean send(Input input) {
        try {
            wire.send(input.bytes());
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** Returns null if none came, and none need come. */
    private Reply read(Input input, boolean refusedEarly) throws IOException {
        try {
            var reply = wire.read(input.head(), patienceFor(input), patienceFor(input));
            judge(reply, input.lingers());
            return reply;
        } catch (SocketTimeoutException e) {
            if (input.lingers()) {
                return null;
            }
            throw e;
        } catch (EOFException e) {
            throw e;
        } catch (IOException e) {
            if (refusedEarly) {
                // The answer may have been lost with what the server did not want to read.
                return null;
            }
            throw e;
        }
    }

    /** On a connection of its own: the server must come to an end with it. */
    private void shout(Input input) throws IOException {
        try (var own = new Wire(port)) {
            own.dropWhenClosed();
            try {
                own.send(input.bytes());
                own.endOutput();
            } catch (IOException e) {
                // It has closed the connection already: all the better.
                return;
            }
            // The input may look like several requests, and each may be answered.
            while (true) {
                var reply = own.read(input.head(), patienceFor(input), patienceFor(input));
                judge(reply, input.lingers());
                if (!reply.reusable()) {
                    return;
                }
            }
        } catch (SocketTimeoutException | Wire.CutOffException e) {
            // No more will come from us, so a stream need not go on either.
            if (!input.lingers()) {
                throw e;
            }
        } catch (EOFException e) {
            // Closed in good order.
            return;
        } catch (IOException e) {
            if (!"Connection reset".equals(e.getMessage())) {
                throw e;
            }
        }
    }

    private void judge(Reply reply, boolean lingers) {
        statuses.merge(reply.status(), 1L, Long::sum);
        require(reply.status() < 500, "the server blames itself", reply);
        require(reply.ended() || lingers, "the answer stopped halfway", reply);
        require(!reply.body().contains("Exception") && !reply.body().contains("\tat "), "shows its inside", reply);
        var id = reply.headers().get("mcp-session-id");
        if (id != null && !sessions.contains(id)) {
            sessions.add(id);
        }
    }

    private static void require(boolean right, String what, Reply reply) {
        if (!right) {
            throw new IllegalStateException(what + ": " + reply);
        }
    }

    private void endSession(String id) throws IOException {
        var request =
                "DELETE /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nMcp-Session-Id: " + id + "\r\nConnection: close\r\n\r\n";
        try (var own = new Wire(port)) {
            own.send(request.getBytes(StandardCharsets.US_ASCII));
            var reply = own.read(false, patience, patience);
            require(reply.status() == 204 || reply.status() == 404, "the session cannot be ended", reply);
        }
    }

    /** Ends all sessions that were opened, and closes the connection. */
    void cleanUp() throws IOException {
        close();
        for (var id : List.copyOf(sessions)) {
            endSession(id);
        }
        sessions.clear();
    }

    @Override
    public void close() throws IOException {
        if (wire != null) {
            wire.close();
            wire = null;
        }
    }
}
