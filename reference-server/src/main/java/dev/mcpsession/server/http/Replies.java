package dev.mcpsession.server.http;

import static java.lang.System.Logger.Level.ERROR;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mcpsession.server.protocol.Json;
import dev.mcpsession.server.protocol.Responses;
import dev.mcpsession.server.session.NoRoomException;
import dev.mcpsession.server.session.StoreUnavailableException;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Sends answers that are complete when they begin. To be used on the exchange's IO thread only. */
final class Replies {

    private static final System.Logger LOG = System.getLogger(Replies.class.getName());

    static final String JSON = "application/json";
    static final String EVENT_STREAM = "text/event-stream";

    private static final HttpString ACCEL_BUFFERING = new HttpString("X-Accel-Buffering");
    private static final byte[] BEFORE_DATA = "event: message\ndata: ".getBytes(US_ASCII);

    private final Backlog backlog;

    Replies(Backlog backlog) {
        this.backlog = backlog;
    }

    /** A step in serving an exchange. */
    interface Step {

        void run() throws Refused;
    }

    /**
     * Runs a step; an exception becomes the reply, and nothing of the inside shows in it.
     *
     * @param request the id of the request that an error is the answer to; null if it is not known
     */
    void answering(HttpServerExchange exchange, @Nullable JsonNode request, Step step) {
        try {
            step.run();
        } catch (Refused e) {
            refuse(exchange, e.id() == null ? e.to(request) : e);
        } catch (NoRoomException e) {
            refuse(exchange, new Refused(503, String.valueOf(e.getMessage())).to(request));
        } catch (StoreUnavailableException e) {
            refuse(exchange, Refused.storeUnavailable().to(request));
        } catch (RuntimeException e) {
            LOG.log(ERROR, "A request failed", e);
            if (!exchange.isResponseStarted()) {
                refuse(exchange, new Refused(500, "Internal error").to(request));
            }
        }
    }

    /** Refuses the exchange. */
    void refuse(HttpServerExchange exchange, Refused refused) {
        refused.describe(exchange);
        json(exchange, Responses.error(refused.id(), refused.error()));
    }

    void accepted(HttpServerExchange exchange) {
        exchange.setStatusCode(202).setResponseContentLength(0);
        Output.send(exchange, backlog, new byte[0]);
    }

    void json(HttpServerExchange exchange, JsonNode body) {
        send(exchange, JSON, Json.write(body));
    }

    /** Answers a request with a response that is complete already, as JSON or as an event stream. */
    void complete(HttpServerExchange exchange, ObjectNode response, boolean asJson) {
        if (asJson) {
            json(exchange, response);
        } else {
            stream(exchange, event(response));
        }
    }

    /** Answers a batch with responses that are complete already, as JSON or as an event stream. */
    void complete(HttpServerExchange exchange, List<ObjectNode> responses, boolean asJson) {
        if (asJson) {
            json(exchange, Json.array().addAll(responses));
            return;
        }
        var all = new ByteArrayOutputStream();
        responses.forEach(response -> all.writeBytes(event(response)));
        stream(exchange, all.toByteArray());
    }

    /** Answers with an event stream that is complete already. */
    void stream(HttpServerExchange exchange, byte[] events) {
        describeStream(exchange);
        send(exchange, EVENT_STREAM, events);
    }

    /** Keeps what is between us and the client from holding events back. */
    static void describeStream(HttpServerExchange exchange) {
        exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-cache").put(ACCEL_BUFFERING, "no");
    }

    /** Returns a message as a server-sent event. JSON is written on one line, so one data field holds it. */
    static byte[] event(JsonNode message) {
        return event(null, message);
    }

    /** @param id the id of the event; null for none */
    static byte[] event(@Nullable String id, JsonNode message) {
        return framed(
                id == null ? BEFORE_DATA : ("id: " + id + "\nevent: message\ndata: ").getBytes(US_ASCII), message);
    }

    /** @param before what is sent before the event, in ASCII */
    static byte[] event(String before, String id, JsonNode message) {
        return framed((before + "id: " + id + "\nevent: message\ndata: ").getBytes(US_ASCII), message);
    }

    private static byte[] framed(byte[] head, JsonNode message) {
        var json = Json.write(message);
        var event = Arrays.copyOf(head, head.length + json.length + 2);
        System.arraycopy(json, 0, event, head.length, json.length);
        event[event.length - 2] = '\n';
        event[event.length - 1] = '\n';
        return event;
    }

    /** Returns an event as text. */
    static String text(String id, JsonNode message) {
        return new String(event(id, message), java.nio.charset.StandardCharsets.UTF_8);
    }

    /** Returns an event without a message, that tells the client from where to resume, and how soon. */
    static byte[] primingEvent(String id, long retryMillis) {
        return primingText(id, retryMillis).getBytes(US_ASCII);
    }

    /** The same as text. */
    static String primingText(String id, long retryMillis) {
        return "id: " + id + "\nretry: " + retryMillis + "\ndata: \n\n";
    }

    private void send(HttpServerExchange exchange, String type, byte[] body) {
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, type);
        exchange.setResponseContentLength(body.length);
        Output.send(exchange, backlog, body);
    }
}
