package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.protocol.Json;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Waits for responses, also those of a server that closes the connection first and lets the client poll for the rest.
 */
final class Polling {
    /** How long to wait before a stream is resumed, where the server does not say. */
    private static final Duration POLL = Duration.ofMillis(100);

    private Polling() {}

    /**
     * The response to a request: on the stream that it was answered with, or where that was cut short and its events
     * have ids, on a stream that resumes it.
     *
     * @param in makes a request one of the same session
     */
    static Optional<JsonNode> response(Client client, UnaryOperator<Request> in, Exchange exchange, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        exchange.awaitResponse(atMost);
        if (exchange.response().isPresent() || !exchange.endedByServer()) {
            return exchange.response();
        }
        var id = exchange.requestId().orElse(null);
        for (var last = exchange; System.nanoTime() < deadline; ) {
            var cursor = last.lastEventId();
            if (cursor.isEmpty()) {
                break;
            }
            client.pause(last.retry().orElse(POLL));
            var resumed =
                    in.apply(client.get().header("Last-Event-ID", cursor.get())).open();
            if (!resumed.answered() || !resumed.isEventStream()) {
                break;
            }
            resumed.await(
                    () -> find(resumed, id).isPresent(), Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
            if (find(resumed, id).isPresent()) {
                resumed.close();
                return find(resumed, id);
            }
            last = resumed.lastEventId().isPresent() ? resumed : last;
        }
        return Optional.empty();
    }

    private static Optional<JsonNode> find(Exchange stream, @Nullable JsonNode id) {
        return Json.singly(stream.messages()).stream()
                .filter(m -> Json.isResponse(m) && Json.sameId(id, m.get("id")))
                .findFirst();
    }
}
