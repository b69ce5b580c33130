package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Text;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * For a fuzzer: whatever bytes come as an event stream, the reader finds the events that a plain reading of the
 * standard finds, wherever the bytes are cut; and an exchange that reads them gives its memory back.
 */
public final class EventStreamFuzz {
    private EventStreamFuzz() {}

    /** Called by the fuzzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        var whole = read(List.of(data));
        int at = data.length == 0 ? 0 : (data[0] & 0xFF) % (data.length + 1);
        var cut = read(List.of(Arrays.copyOf(data, at), Arrays.copyOfRange(data, at, data.length)));
        must(whole.equals(cut), "cut at " + at + ": " + cut + " instead of " + whole);
        var plain = plainly(new String(data, StandardCharsets.UTF_8));
        must(whole.equals(plain), "read " + whole + " instead of " + plain);
        exchange(data, at);
    }

    private static List<SseEvent> read(List<byte[]> pieces) {
        var events = new ArrayList<SseEvent>();
        var reader = new SseReader(e -> events.add(new SseEvent(0, e.id(), e.event(), e.data(), e.retry())));
        pieces.forEach(reader::read);
        int most = pieces.stream().mapToInt(p -> p.length).sum();
        must(reader.pending() >= 0 && reader.pending() <= most, "holds " + reader.pending() + " bytes of " + most);
        return events;
    }

    /** The events of a whole text, line by line. */
    private static List<SseEvent> plainly(String text) {
        var lines = (text.startsWith("\uFEFF") ? text.substring(1) : text).split("\r\n|\r|\n", -1);
        var events = new ArrayList<SseEvent>();
        Optional<String> id = Optional.empty();
        Optional<String> retry = Optional.empty();
        var event = "message";
        List<String> data = new ArrayList<>();
        // What follows the last end of a line is no line yet.
        for (var line : Arrays.copyOf(lines, lines.length - 1)) {
            int colon = line.indexOf(':');
            var field = colon < 0 ? line : line.substring(0, colon);
            var value = colon < 0 ? "" : line.substring(colon + 1).replaceFirst("^ ", "");
            if (line.isEmpty()) {
                if (!data.isEmpty() || id.isPresent() || retry.isPresent()) {
                    events.add(new SseEvent(0, id, event, data.isEmpty() ? null : String.join("\n", data), retry));
                }
                id = Optional.empty();
                retry = Optional.empty();
                event = "message";
                data = new ArrayList<>();
            } else if (field.equals("id")) {
                id = Optional.of(value);
            } else if (field.equals("retry")) {
                retry = Optional.of(value);
            } else if (field.equals("event")) {
                event = value;
            } else if (field.equals("data")) {
                data.add(value);
            }
        }
        return events;
    }

    /** The same bytes as the reply to a request. */
    private static void exchange(byte[] data, int at) {
        var memory = new Memory(1 << 20);
        var exchange = new Exchange(
                "POST",
                URI.create("http://127.0.0.1:1/mcp"),
                List.of(),
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}",
                Json.object().numberNode(1),
                "",
                0,
                memory,
                Text::cut);
        exchange.onHead(200, List.of(new Header("Content-Type", "text/event-stream")), null, 1);
        exchange.onRequest(Objects::requireNonNull);
        exchange.onBytes(Arrays.copyOf(data, at));
        exchange.onBytes(Arrays.copyOfRange(data, at, data.length));
        exchange.response();
        exchange.error();
        exchange.retry();
        exchange.onEnd(null, true, 2);
        must(exchange.describeReply().length() < 2000, "a long description: " + exchange.describeReply());
        exchange.compact(100);
        exchange.messages();
        must(exchange.body().length() <= Math.max(data.length, 101), "more is left than came");
        must(memory.held() == 0, "holds " + memory.held() + " bytes when it is over");
    }

    private static void must(boolean right, String otherwise) {
        if (!right) {
            throw new IllegalStateException(otherwise);
        }
    }
}
