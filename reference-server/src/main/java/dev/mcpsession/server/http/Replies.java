package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.Json;
import dev.mcpsession.server.protocol.Responses;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers that are complete when they begin. To be used on the exchange's IO thread only. */
final class Replies {

    static final String JSON = "application/json";
    static final String EVENT_STREAM = "text/event-stream";

    private static final HttpString ACCEL_BUFFERING = new HttpString("X-Accel-Buffering");
    private static final byte[] BEFORE_DATA = "event: message\ndata: ".getBytes(StandardCharsets.US_ASCII);

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
        var json = Json.write(message);
        var event = new byte[BEFORE_DATA.length + json.length + 2];
        System.arraycopy(BEFORE_DATA, 0, event, 0, BEFORE_DATA.length);
        System.arraycopy(json, 0, event, BEFORE_DATA.length, json.length);
        event[event.length - 2] = '\n';
        event[event.length - 1] = '\n';
        return event;
    }

    private static void send(HttpServerExchange exchange, String type, byte[] body) {
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, type);
        exchange.getResponseSender().send(ByteBuffer.wrap(body));
    }
}
