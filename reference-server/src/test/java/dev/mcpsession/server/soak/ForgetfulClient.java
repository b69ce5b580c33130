package dev.mcpsession.server.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.fuzz.Reply;
import dev.mcpsession.server.fuzz.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Opens sessions, works in some of them, and ends none. Remembers when each was last active, as far as it can know. */
final class ForgetfulClient {

    private static final String INITIALIZE = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{"
            + "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},"
            + "\"clientInfo\":{\"name\":\"soak\",\"version\":\"1\"}}}";
    private static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /**
     * The time of a session's last activity lies between these two, in nanoseconds.
     *
     * @param sent when the request was sent
     * @param answered when its answer had come
     */
    record Activity(long sent, long answered) {}

    private final int port;
    private final Duration timeout;
    private final Map<String, Activity> activities = new HashMap<>();
    private final SplittableRandom random = new SplittableRandom(1);

    ForgetfulClient(int port, Duration timeout) {
        this.port = port;
        this.timeout = timeout;
    }

    Map<String, Activity> activities() {
        return activities;
    }

    void open(int sessions) throws IOException {
        List<String> ids = new ArrayList<>();
        try (var wire = new Wire(port)) {
            for (int i = 0; i < sessions; i++) {
                long sent = System.nanoTime();
                var reply = post(wire, INITIALIZE, "");
                assertEquals(200, reply.status());
                var id = reply.headers().get("mcp-session-id");
                activities.put(id, new Activity(sent, System.nanoTime()));
                ids.add(id);
                if (i % 10 == 0) {
                    work(wire, ids.get(random.nextInt(ids.size())));
                }
            }
        }
    }

    /** Pings in a session; if it is gone, it must have been idle for long enough. */
    private void work(Wire wire, String id) throws IOException {
        long sent = System.nanoTime();
        var reply = post(wire, PING, "Mcp-Session-Id: " + id + "\r\nMCP-Protocol-Version: 2025-11-25\r\n");
        long answered = System.nanoTime();
        if (reply.status() == 404) {
            assertTrue(answered - activities.get(id).sent() >= timeout.toNanos(), "a session was ended early");
        } else {
            assertEquals(200, reply.status());
            activities.put(id, new Activity(sent, answered));
        }
    }

    private static Reply post(Wire wire, String body, String headers) throws IOException {
        var request = "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                + "Accept: application/json, text/event-stream\r\n" + headers
                + "Content-Length: " + body.length() + "\r\n\r\n" + body;
        wire.send(request.getBytes(StandardCharsets.US_ASCII));
        return wire.read(false, PATIENCE, PATIENCE);
    }
}
