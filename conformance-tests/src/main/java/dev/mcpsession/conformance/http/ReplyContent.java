package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Text;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The content of a reply as far as it has come: its bytes, its events, and the JSON in them, within bounds. Not safe
 * for several threads: its exchange holds its own lock around every use.
 */
final class ReplyContent {
    /** A reply that goes on for longer is closed, even where little of it takes memory, such as comments. */
    private static final long MAX_READ = 32L << 20;

    /** Comments keep a stream alive; so many of them between two events do not. */
    private static final long MAX_COMMENTS = 1L << 20;

    private static final int MAX_EVENTS = 10_000;

    /** So much of an event stream is kept as it came, for reports; its events are kept besides. */
    private static final int MAX_RAW_STREAM = 64 << 10;

    /** The memory that an event takes beside its text. */
    private static final int EVENT_WEIGHT = 200;

    /** The memory that a byte takes: buffers grow by doubling, and its text is another copy. */
    private static final int BYTE_WEIGHT = 4;

    /** The memory that a value takes when JSON is read; a value begins after one of these characters. */
    private static final int VALUE_WEIGHT = 64;

    /** So many requests may the server make on one stream. */
    static final int MAX_REQUESTS = 1000;

    /** So much of a reply, and so many of its events, are kept once the rule is over. */
    private static final int KEPT_TEXT = 4000;

    private static final int KEPT_EVENTS = 20;

    /** A reply that takes less is kept completely. */
    private static final int LIGHT = 32 << 10;

    private final @Nullable JsonNode requestId;
    private final Memory memory;
    private final Exchange.Excerpts excerpts;

    private ByteArrayOutputStream body = new ByteArrayOutputStream();
    private List<SseEvent> events = new ArrayList<>();
    private final SseReader reader = new SseReader(event -> events.add(event));
    private List<JsonNode> messages = new ArrayList<>();
    private int parsedEvents;
    private int searched;
    private @Nullable JsonNode response;
    private int eventCount;
    private int requestCount;
    private long read;
    private long commented;
    private long weight;
    private long held;
    private @Nullable String kept;
    private int keptFrom;
    private int scannedEvents;
    private boolean eventStream;
    private boolean batches;
    private boolean ended;

    /** @param requestId the JSON-RPC id of the request; null where it has none */
    ReplyContent(@Nullable JsonNode requestId, Memory memory, Exchange.Excerpts excerpts) {
        this.requestId = requestId;
        this.memory = memory;
        this.excerpts = excerpts;
    }

    /** Reads what comes from now on as an event stream. */
    void readAsEventStream() {
        eventStream = true;
    }

    boolean isEventStream() {
        return eventStream;
    }

    /** Nothing more will come. */
    void end() {
        ended = true;
        reader.drop();
    }

    /** Whether nothing more will come. */
    boolean hasEnded() {
        return ended;
    }

    /** Whether only what reports show is left. */
    boolean isCompact() {
        return kept != null;
    }

    /** Keeps what came; where that is too much, tells what the reply did. */
    @Nullable
    String keep(byte[] bytes) {
        read += bytes.length;
        weight += weight(bytes);
        if (!eventStream || body.size() < MAX_RAW_STREAM) {
            body.writeBytes(bytes);
        }
        if (eventStream) {
            int before = events.size();
            reader.read(bytes);
            eventCount = events.size();
            weight += (long) (eventCount - before) * EVENT_WEIGHT;
            if (eventCount > MAX_EVENTS) {
                return "it sent more than " + MAX_EVENTS + " events";
            }
            commented = eventCount == before && reader.pending() == 0 ? commented + bytes.length : 0;
            if (commented > 0) {
                // Nothing of it is kept.
                weight -= weight(bytes);
            }
            if (commented > MAX_COMMENTS) {
                return "it sent more than " + (MAX_COMMENTS >> 20) + " MiB of comments and nothing else";
            }
        }
        if (read > MAX_READ) {
            return "it sent more than " + (MAX_READ >> 20) + " MiB";
        }
        if (weight > memory.each()) {
            return "it sent more than the kit can hold: " + (read >> 10) + " KiB so far";
        }
        if (!memory.take(weight - held)) {
            return "it and other replies sent more than the kit can hold: " + (read >> 10) + " KiB of it so far";
        }
        held = weight;
        return null;
    }

    /** The memory that bytes take at most: as text, and as the values that they may be read as. */
    private static long weight(byte[] bytes) {
        long weight = (long) BYTE_WEIGHT * bytes.length;
        for (byte b : bytes) {
            if (b == ',' || b == ':' || b == '[' || b == '{') {
                weight += VALUE_WEIGHT;
            }
        }
        return weight;
    }

    /** As {@link Exchange#compact}, once the reply has ended. */
    void compact(int most) {
        if (kept != null) {
            return;
        }
        if (weight > LIGHT || body.size() > most) {
            var text = text();
            var result = response().map(ReplyContent::shell);
            response = result.orElse(null);
            var error = error().map(this::briefly);
            keptFrom = text.length();
            kept = excerpts.of(text, Math.min(most, KEPT_TEXT));
            body = new ByteArrayOutputStream(0);
            events = new ArrayList<>(events.subList(0, Math.min(events.size(), KEPT_EVENTS)).stream()
                    .map(e -> new SseEvent(e.at(), e.id().map(this::shown), shown(e.event()), null, e.retry()))
                    .toList());
            messages = new ArrayList<>();
            result.or(() -> error).ifPresent(messages::add);
            parsedEvents = events.size();
        }
        memory.give(held);
        held = 0;
    }

    /** A response without its content. */
    private static JsonNode shell(JsonNode response) {
        var shell = Json.object().put("jsonrpc", "2.0");
        shell.set("id", response.get("id"));
        if (response.has("result")) {
            shell.putObject("result");
        }
        if (response.has("error")) {
            shell.set("error", response.get("error"));
        }
        return shell;
    }

    private JsonNode briefly(JsonNode error) {
        var shell = Json.object().put("jsonrpc", "2.0");
        var brief = shell.putObject("error");
        if (error.path("code").isNumber()) {
            brief.set("code", error.get("code"));
        }
        brief.put("message", shown(error.path("message").asString("")));
        return shell;
    }

    private String shown(String text) {
        return excerpts.of(text, Exchange.SHOWN);
    }

    /** The requests that the server has made since this was last asked. */
    List<JsonNode> newRequests() {
        List<JsonNode> asked = new ArrayList<>();
        for (; scannedEvents < events.size(); scannedEvents++) {
            var event = events.get(scannedEvents);
            if (event.hasData()) {
                Json.read(event.data())
                        .map(List::of)
                        .map(Json::singly)
                        .ifPresent(some -> some.stream().filter(Json::isRequest).forEach(asked::add));
            }
        }
        requestCount += asked.size();
        return asked;
    }

    boolean hasTooManyRequests() {
        return requestCount > MAX_REQUESTS;
    }

    /** The text as it came; of a long event stream, the beginning. */
    String text() {
        return kept != null ? kept : body.toString(StandardCharsets.UTF_8);
    }

    /** Whether the bytes that came are UTF-8: all of a body, and the whole lines of an event stream. */
    boolean isUtf8() {
        return eventStream ? reader.isUtf8() : Text.isUtf8(body.toByteArray());
    }

    /** The length of the text in characters, before it was compacted. */
    int length() {
        return kept != null ? keptFrom : text().length();
    }

    int eventCount() {
        return eventCount;
    }

    List<SseEvent> events() {
        return events;
    }

    /** The JSON values that have come so far, as {@link Exchange#messages()} tells. */
    List<JsonNode> messages() {
        if (eventStream) {
            return List.copyOf(parsed());
        }
        if (kept != null) {
            return List.copyOf(messages);
        }
        return ended ? Json.read(text()).map(List::of).orElse(List.of()) : List.of();
    }

    private List<JsonNode> parsed() {
        for (; parsedEvents < events.size(); parsedEvents++) {
            var event = events.get(parsedEvents);
            if (event.hasData()) {
                Json.read(event.data()).ifPresent(messages::add);
            }
        }
        return messages;
    }

    /** The JSON-RPC response to the request, if it has come. */
    Optional<JsonNode> response() {
        if (requestId == null || !eventStream && !ended) {
            return Optional.empty();
        }
        if (response == null) {
            // Asked after each event, so what was looked at before is not looked at again.
            var all = eventStream ? parsed() : messages();
            for (; response == null && searched < all.size(); searched++) {
                var m = all.get(searched);
                var listed = eventStream && batches ? Json.singly(List.of(m)) : List.of(m);
                response =
                        listed.stream().filter(this::isTheResponse).findFirst().orElse(null);
            }
            searched = eventStream ? searched : 0;
        }
        return Optional.ofNullable(response);
    }

    private boolean isTheResponse(JsonNode message) {
        return message.isObject()
                && Json.sameId(requestId, message.get("id"))
                && (message.has("result") || message.has("error"));
    }

    /** On an event stream, the response may come in a list, as 2025-03-26 allows. */
    void allowBatches() {
        batches = true;
    }

    /** The response has come on a stream that resumed this one. */
    void resumedWith(JsonNode itsResponse) {
        response = itsResponse;
    }

    /** The {@code error} object of the reply, whether or not it carries the id of the request. */
    Optional<JsonNode> error() {
        return messages().stream()
                .filter(Json::isResponse)
                .map(m -> m.get("error"))
                .filter(e -> e != null)
                .findFirst();
    }
}
