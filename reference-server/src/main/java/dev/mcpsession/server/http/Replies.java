package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.Json;
import dev.mcpsession.server.protocol.Responses;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
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

    private static final byte[] BEFORE_DATA = "event: message\ndata: ".getBytes(StandardCharsets.US_ASCII);

    private Replies() {
    }

    /** Refuses the exchange. The error has no id, since none of the client's messages was taken up. */
    static void refuse(HttpServerExchange exchange, Refused refused) {
        if (refused.allowed() != null) {
            exchange.getResponseHeaders().put(Headers.ALLOW, refused.allowed());
        }
        exchange.setStatusCode(refused.status());
        if (refused.status() == 421) {
            // Undertow does not know its name.
            exchange.setReasonPhrase("Misdirected Request");
        }
        json(exchange, Responses.error(null, refused.code(), refused.getMessage()));
    }

    static void accepted(HttpServerExchange exchange) {
        exchange.setStatusCode(202).endExchange();
    }

    static void json(HttpServerExchange exchange, JsonNode body) {
        send(exchange, JSON, Json.write(body));
    }

    /** Sends an event stream that is complete already. */
    static void events(HttpServerExchange exchange, List<ObjectNode> messages) {
        exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-cache");
        if (messages.size() == 1) {
            send(exchange, EVENT_STREAM, event(messages.get(0)));
            return;
        }
        var all = new ByteArrayOutputStream();
        messages.forEach(message -> all.writeBytes(event(message)));
        send(exchange, EVENT_STREAM, all.toByteArray());
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
