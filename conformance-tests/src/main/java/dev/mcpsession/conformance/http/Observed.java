package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Text;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Exchanges between others, that were seen from outside, in the form in which the kit tells of its own. */
public final class Observed {
    /** A trace is bounded where it is recorded. */
    private final Memory memory = new Memory(Long.MAX_VALUE);

    private final Transcript transcript = new Transcript();

    /**
     * Adds an exchange. Moments are on the clock of {@link System#nanoTime()}, 0 for what did not happen.
     *
     * @param requestHeaders with credentials masked
     * @param requestBody null where there was none
     * @param status 0 where no reply was sent
     * @param headers of the reply, with credentials masked
     * @param byServer whether the server sent the whole reply
     * @param label the session that the exchange belongs to; null for none
     */
    public Exchange add(
            String method,
            URI uri,
            List<Header> requestHeaders,
            @Nullable String requestBody,
            long sentAt,
            int status,
            List<Header> headers,
            long headAt,
            String body,
            long endAt,
            boolean byServer,
            @Nullable String label) {
        var id = Json.read(requestBody).map(m -> m.get("id")).orElse(null);
        var exchange = new Exchange(method, uri, requestHeaders, requestBody, id, "", sentAt, memory, Text::cut);
        if (status != 0) {
            exchange.onHead(status, headers, null, headAt);
            exchange.onBytes(body.getBytes(StandardCharsets.UTF_8));
        }
        if (endAt != 0) {
            exchange.onEnd(null, byServer, endAt);
        }
        transcript.add(exchange, label);
        return exchange;
    }

    /**
     * Those around one of them; of few, all.
     *
     * @param exchange null for those at the beginning
     * @param most how many are many
     */
    public Transcript around(@Nullable Exchange exchange, int most) {
        var entries = transcript.entries();
        int place = 0;
        while (exchange != null && entries.get(place).exchange() != exchange) {
            place++;
        }
        int from = Math.max(0, Math.min(place - most / 2, entries.size() - most));
        var some = new Transcript();
        entries.stream().skip(from).limit(most).forEach(e -> some.add(e.exchange(), e.session()));
        return some;
    }

    /** How many exchanges were added. */
    public int size() {
        return transcript.entries().size();
    }
}
