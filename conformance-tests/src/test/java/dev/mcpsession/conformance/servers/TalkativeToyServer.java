package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.protocol.Json;
import io.undertow.util.Headers;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A right server that has much to say: it pings on the GET stream of a session, and tells of the progress of a call
 * on the event stream of that call. The newest GET takes over from the one before.
 */
public class TalkativeToyServer extends ToyServer {
    private static final int STEPS = 4;

    /** The messages that wait for the GET stream of a session. */
    private final Map<ToySession, BlockingDeque<JsonNode>> queues = new ConcurrentHashMap<>();

    private final Map<ToySession, Object> newest = new ConcurrentHashMap<>();

    /** Says something on the GET stream of a session, if there is one, or when there is. */
    protected void say(ToySession session, JsonNode message) {
        queues.computeIfAbsent(session, s -> new LinkedBlockingDeque<>()).add(message);
    }

    /** The first messages of a GET stream. */
    protected List<JsonNode> greetings(ToySession session) {
        return List.of(ping("ping-" + System.nanoTime()));
    }

    protected static ObjectNode ping(String id) {
        return Json.request(id, "ping");
    }

    @Override
    protected Answer get(Call call, ToySession session) throws Exception {
        var here = new Object();
        newest.put(session, here);
        var queue = queues.computeIfAbsent(session, s -> new LinkedBlockingDeque<>());
        queue.addAll(greetings(session));
        call.exchange().getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
        var out = call.exchange().getOutputStream();
        try {
            send(out, ": here it begins");
            while (!closed && newest.get(session) == here && !session.awaitEnd(0)) {
                var message = queue.poll(25, TimeUnit.MILLISECONDS);
                if (message != null && newest.get(session) != here) {
                    // What was asked for the newer stream meanwhile is said there.
                    queue.addFirst(message);
                    break;
                }
                send(out, message == null ? ": keep-alive" : "data: " + message);
            }
            out.close();
        } catch (IOException e) {
            // The client went away.
        } finally {
            newest.remove(session, here);
        }
        return null;
    }

    protected static void send(OutputStream out, String line) throws IOException {
        out.write((line + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    // ---- progress ----

    @Override
    protected Answer callTool(Call call, ToySession session) throws Exception {
        var params = call.message().path("params");
        var token = params.path("_meta").get("progressToken");
        if (session == null
                || inBatch(call)
                || !params.path("name").asString("").equals("sleep")
                || !tells(token)) {
            return super.callTool(call, session);
        }
        call.exchange().getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
        var out = call.exchange().getOutputStream();
        try {
            long millis = params.path("arguments").path("milliseconds").asLong(0);
            boolean slept = true;
            for (int i = 1; i <= STEPS && slept; i++) {
                slept = sleep(call, session, millis / STEPS);
                for (var message : progress(session, token, i)) {
                    send(out, "data: " + message);
                }
            }
            send(out, "data: " + (slept ? result(call, text("slept")) : error(call, -32000, "Session terminated")));
            for (var message : afterwards(session, token)) {
                send(out, "data: " + message);
            }
            out.close();
        } catch (IOException e) {
            // The client went away.
        }
        return null;
    }

    /** Whether progress is told to who sent a token; null where none was sent. */
    protected boolean tells(JsonNode token) {
        return token != null;
    }

    /** The messages on the stream of a call after so many steps. */
    protected List<JsonNode> progress(ToySession session, JsonNode token, int step) {
        return List.of(notification(token, step));
    }

    /** The messages on the stream of a call after its response. */
    protected List<JsonNode> afterwards(ToySession session, JsonNode token) {
        return new ArrayList<>();
    }

    protected static ObjectNode notification(JsonNode token, double progress) {
        var message = Json.notification("notifications/progress");
        message.putObject("params")
                .put("progress", progress)
                .put("total", STEPS)
                .set("progressToken", token);
        return message;
    }
}
