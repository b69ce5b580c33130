package dev.mcpsession.server.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mcpsession.server.protocol.Json;
import dev.mcpsession.server.protocol.Responses;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers that are complete when they begin. To be used on the exchange's IO thread only. */
final class Replies {

    static final String JSON = "application/json";
    static final String EVENT_STREAM = "text/event-stream";

    private static final HttpString ACCEL_BUFFERING = new HttpString("X-Accel-Buffering");
    private static final byte[] BEFORE_DATA = "event: message\ndata: ".getBytes(US_ASCII);

    private Replies() {
    }

    /** Refuses the exchange. */
    static void refuse(HttpServerExchange exchange, Refused refused) {
        refused.describe(exchange);
        json(exchange, Responses.error(refused.id(), refused.error()));
    }

    static void accepted(HttpServerExchange exchange) {
        exchange.setStatusCode(202).endExchange();
    }

    static void json(HttpServerExchange exchange, JsonNode body) {
        send(exchange, JSON, Json.write(body));
    }

    /** Answers a request with a response that is complete already, as JSON or as an event stream. */
    static void whole(HttpServerExchange exchange, ObjectNode response, boolean asJson) {
        if (asJson) {
            json(exchange, response);
        } else {
            describeStream(exchange);
            send(exchange, EVENT_STREAM, event(response));
        }
    }

    /** Answers a batch with responses that are complete already, as JSON or as an event stream. */
    static void whole(HttpServerExchange exchange, List<ObjectNode> responses, boolean asJson) {
        if (asJson) {
            json(exchange, Json.array().addAll(responses));
            return;
        }
        describeStream(exchange);
        var all = new ByteArrayOutputStream();
        responses.forEach(response -> all.writeBytes(event(response)));
        send(exchange, EVENT_STREAM, all.toByteArray());
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
    static byte[] event(String id, JsonNode message) {
        var json = Json.write(message);
        var head = id == null ? BEFORE_DATA : ("id: " + id + "\nevent: message\ndata: ").getBytes(US_ASCII);
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
        return ("id: " + id + "\nretry: " + retryMillis + "\ndata: \n\n").getBytes(US_ASCII);
    }

    private static void send(HttpServerExchange exchange, String type, byte[] body) {
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, type);
        exchange.getResponseSender().send(ByteBuffer.wrap(body));
    }
}
