package dev.mcpsession.conformance.servers;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.servers.ToyServer.Answer;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Other ways to write what a server says, all of them right. */
final class Oddly {
    /** So many bytes are written one by one; the rest at once, to keep the tests short. */
    private static final int DRIBBLED = 40;

    private Oddly() {}

    /** The message as an event stream that uses what the format allows: lines in every form, a BOM, empty fields. */
    static Answer stream(Map<String, String> headers, JsonNode message) {
        var text =
                new StringBuilder("\uFEFF: a comment\r\n\r\nretry:700\r\n\r\nunknown: field\r\n\r\nevent: message\r\n");
        shuffled(message)
                .toPrettyString()
                .lines()
                .forEach(line -> text.append("data:").append(line).append("\r"));
        text.append("\r: and another comment\n\n");
        return new Answer(200, headers, text.toString());
    }

    /** The same answer with its JSON in another order, spread over lines, and its type written in another way. */
    static Answer json(Answer answer) {
        if (!"application/json".equals(answer.headers().get("Content-Type"))) {
            return answer;
        }
        var body = Json.read(answer.body())
                .filter(JsonNode::isObject)
                .map(json -> "\r\n\t " + shuffled(json).toPrettyString() + " \n")
                .orElse(answer.body());
        return new Answer(answer.status(), answer.headers(), body)
                .with("Content-Type", "Application/JSON ; Charset=\"UTF-8\"");
    }

    /** Members in the opposite order, and one more in every result. */
    private static JsonNode shuffled(JsonNode node) {
        if (!(node instanceof ObjectNode object)) {
            return node;
        }
        var members = new LinkedHashMap<String, JsonNode>();
        object.properties().forEach(e -> members.put(e.getKey(), e.getValue()));
        // The result of a ping is empty.
        if (object.path("result").isObject() && !object.path("result").isEmpty()) {
            members.put("result", ((ObjectNode) object.get("result").deepCopy()).put("x-more", "not in the schema"));
        }
        var names = new java.util.ArrayList<>(members.keySet());
        java.util.Collections.reverse(names);
        var shuffled = Json.object();
        names.forEach(name -> shuffled.set(name, shuffled(members.get(name))));
        return shuffled;
    }

    /** Writes a reply in small pieces, without a length, with header names in small letters. */
    static void dribble(HttpServerExchange exchange, Answer answer) throws IOException {
        exchange.setStatusCode(answer.status());
        answer.headers()
                .forEach((name, value) ->
                        exchange.getResponseHeaders().put(new HttpString(name.toLowerCase(Locale.ROOT)), value));
        var bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0) {
            var out = exchange.getOutputStream();
            for (int i = 0; i < Math.min(DRIBBLED, bytes.length); i++) {
                out.write(bytes, i, 1);
                out.flush();
            }
            if (bytes.length > DRIBBLED) {
                out.write(bytes, DRIBBLED, bytes.length - DRIBBLED);
            }
            out.close();
        }
        exchange.endExchange();
    }

    /** Turns every seventh request away, in turn with one of the two statuses that mean so. */
    static final class Door {
        private final AtomicInteger requests = new AtomicInteger();

        boolean turnsAway() {
            return requests.incrementAndGet() % 7 == 0;
        }

        Answer answer() {
            return Answer.of(requests.get() / 7 % 2 == 0 ? 503 : 429).with("Retry-After", "1");
        }
    }

    /**
     * Is out of service for some 300 ms, every 1.5 s, as what stands before a server may be while that is restarted.
     */
    static final class Outages {
        private static final long EVERY = 1_500_000_000L;
        private static final long LAST = 300_000_000L;

        private final int status;
        private final long started = System.nanoTime();

        Outages(int status) {
            this.status = status;
        }

        boolean now() {
            return (System.nanoTime() - started) % EVERY > EVERY - LAST;
        }

        Answer answer() {
            return Answer.of(status);
        }
    }

    /** Offers HTTP/2 over TLS, and keeps what the requests came by. */
    static final class Protocols {
        private final Set<String> seen = ConcurrentHashMap.newKeySet();

        void listen(Undertow.Builder builder) {
            builder.setServerOption(UndertowOptions.ENABLE_HTTP2, true)
                    .addHttpsListener(0, "127.0.0.1", Tls.ofServer());
        }

        void see(HttpServerExchange exchange) {
            seen.add(exchange.getProtocol().toString());
        }

        void mustHaveBeenHttp2() {
            assertTrue(seen.contains("HTTP/2.0"), seen::toString);
        }
    }
}
