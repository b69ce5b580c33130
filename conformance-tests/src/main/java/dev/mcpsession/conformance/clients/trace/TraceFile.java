package dev.mcpsession.conformance.clients.trace;

import dev.mcpsession.conformance.http.SseReader;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Traces in files: those that the kit writes, and HAR files, as browsers and proxies export them. */
public final class TraceFile {
    /** The creator of the archives that the kit writes as reports. */
    private static final String KIT = "mcp-session-conformance";

    private static final String FORMAT = "mcp-session-trace/1";
    private static final long LONGEST = 512L << 20;

    private TraceFile() {}

    /** The trace as JSON, without the credentials in it. */
    public static String write(Trace trace) {
        var masked = new Masking().mask(trace);
        var root = Json.object().put("format", FORMAT).put("whole", masked.whole());
        masked.outcome().ifPresent(o -> {
            var outcome = root.putObject("outcome")
                    .put("status", o.status())
                    .put("timedOut", o.timedOut())
                    .put("output", o.output())
                    .put("endedAt", o.endedAt());
            o.failure().ifPresent(f -> outcome.put("failure", f));
        });
        var oddities = root.putArray("oddities");
        masked.oddities().forEach(oddities::add);
        var calls = root.putArray("calls");
        masked.calls().forEach(c -> call(calls.addObject(), c));
        return root.toPrettyString() + "\n";
    }

    private static void call(ObjectNode to, Call c) {
        to.put("number", c.number())
                .put("connection", c.connection())
                .put("endpoint", c.endpoint())
                .put("method", c.method())
                .put("target", c.target());
        headers(to.putArray("headers"), c.headers());
        to.put("body", c.body().text());
        c.body().utf8().filter(utf8 -> !c.body().isEmpty()).ifPresent(utf8 -> to.put("utf8", utf8));
        if (c.body().isCut()) {
            to.put("cut", true);
        }
        to.put("beganAt", c.beganAt()).put("arrivedAt", c.arrivedAt()).put("status", c.status());
        headers(to.putArray("replyHeaders"), c.replyHeaders());
        to.put("reply", c.reply().text());
        var events = to.putArray("events");
        c.events().forEach(e -> {
            var event =
                    events.addObject().put("at", e.at()).put("data", e.data().text());
            e.id().ifPresent(id -> event.put("id", id));
            e.retryMillis().ifPresent(r -> event.put("retryMillis", r));
        });
        to.put("answeredAt", c.answeredAt())
                .put("endedAt", c.endedAt())
                .put("ending", c.ending().name());
    }

    private static void headers(ArrayNode to, List<Header> headers) {
        headers.forEach(h -> to.addArray().add(h.name()).add(h.value()));
    }

    /**
     * Reads a trace of the kit, or a HAR file.
     *
     * @throws IOException naming what is wrong, if it is neither, or cut
     */
    public static Trace read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a folder, and no trace");
        }
        if (!Files.isRegularFile(file)) {
            throw new IOException("there is no file " + file);
        }
        if (Files.size(file) == 0) {
            throw new IOException(file + " is empty");
        }
        if (Files.size(file) > LONGEST) {
            throw new IOException(file + " has more than " + (LONGEST >> 20) + " MiB");
        }
        var text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        var root = Json.read(text.startsWith("\uFEFF") ? text.substring(1) : text)
                .filter(JsonNode::isObject)
                .orElse(null);
        if (root == null) {
            throw new IOException(file
                    + (text.stripLeading().startsWith("{")
                            ? " is cut, or no JSON: it does not end as it should"
                            : " is no trace: it is no JSON object"));
        }
        try {
            if (root.path("format").asString("").equals(FORMAT)) {
                return trace(root);
            }
            if (root.at("/log/creator/name").asString("").equals(KIT)) {
                throw new IOException(file + " is a report of this kit, which shows the requests of one rule after the"
                        + " other, some of them several times. Judge the trace that record --save writes, or an archive"
                        + " from a browser or a proxy");
            }
            if (root.path("log").path("entries").isArray()) {
                return har(root.path("log").path("entries"));
            }
        } catch (RuntimeException e) {
            throw new IOException(file + " is no trace that can be read: " + e.getMessage(), e);
        }
        throw new IOException(
                file + " is no trace: it has neither the format " + FORMAT + ", nor the log of a HAR file");
    }

    private static Trace trace(JsonNode root) {
        var calls = new ArrayList<Call>();
        for (var c : root.path("calls")) {
            var events = new ArrayList<Sent>();
            c.path("events")
                    .forEach(e -> events.add(new Sent(
                            e.path("at").asLong(),
                            text(e.get("id")),
                            Optional.ofNullable(e.get("retryMillis")).map(JsonNode::asLong),
                            Body.of(e.path("data").asString("")))));
            calls.add(new Call(
                    calls.size(),
                    c.path("connection").asInt(),
                    c.path("endpoint").asBoolean(),
                    c.path("method").asString(),
                    c.path("target").asString(),
                    headers(c.path("headers")),
                    Body.of(
                            c.path("body").asString(""),
                            Optional.ofNullable(c.get("utf8"))
                                    .filter(JsonNode::isBoolean)
                                    .map(JsonNode::asBoolean),
                            c.path("cut").asBoolean(false)),
                    c.path("beganAt").asLong(),
                    c.path("arrivedAt").asLong(),
                    c.path("status").asInt(),
                    headers(c.path("replyHeaders")),
                    Body.of(c.path("reply").asString("")),
                    events,
                    c.path("answeredAt").asLong(),
                    c.path("endedAt").asLong(),
                    Ending.valueOf(c.path("ending").asString())));
        }
        var outcome = Optional.ofNullable(root.get("outcome"))
                .map(o -> new Outcome(
                        o.path("status").asInt(),
                        o.path("timedOut").asBoolean(),
                        o.path("output").asString(""),
                        o.path("endedAt").asLong(),
                        text(o.get("failure"))));
        return new Trace(
                calls,
                outcome,
                root.path("oddities").valueStream().map(JsonNode::asString).toList(),
                root.path("whole").asBoolean());
    }

    private static Optional<String> text(JsonNode node) {
        return Optional.ofNullable(node).filter(JsonNode::isString).map(JsonNode::asString);
    }

    private static List<Header> headers(JsonNode pairs) {
        return pairs.valueStream()
                .map(p -> new Header(p.path(0).asString(""), p.path(1).asString("")))
                .toList();
    }

    // ---- HAR ----

    /** Archives of browsers tell moments in milliseconds, rounded. */
    private static final long ROUNDING = Duration.ofMillis(5).toNanos();

    private static final int NOT_MODIFIED = 304;
    private static final Set<Integer> WITHOUT_A_BODY = Set.of(0, 202, 204, NOT_MODIFIED);

    /** An HTTP archive tells when an exchange began and how long it took, and events without their moments. */
    private static Trace har(JsonNode entries) {
        var sorted = entries.valueStream()
                .filter(TraceFile::tells)
                .sorted(Comparator.comparing(TraceFile::began))
                .toList();
        var counts = sorted.stream()
                .filter(e -> Json.read(body(e.path("request").path("postData"))).isPresent())
                .collect(Collectors.groupingBy(TraceFile::url, Collectors.counting()));
        var endpoint = counts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse("");
        var origin = sorted.isEmpty() ? Instant.EPOCH : began(sorted.get(0));
        var connections = new HashMap<String, Integer>();
        var calls = new ArrayList<Call>();
        for (var entry : sorted) {
            var request = entry.path("request");
            var response = entry.path("response");
            long beganAt = Math.max(1, Duration.between(origin, began(entry)).toNanos());
            long answered = beganAt + nanos(entry.path("timings"), "blocked", "dns", "connect", "send", "wait");
            long ended = beganAt + (long) (Math.max(0, entry.path("time").asDouble(0)) * 1e6);
            // Without the number of a connection, and where a connection carries several exchanges at once, each
            // counts as one of its own: nothing is known of their order.
            var name = isOneByOne(request)
                    ? entry.path("connection").asString("call " + calls.size())
                    : "call " + calls.size();
            int connection = connections.computeIfAbsent(name, n -> connections.size());
            var replyHeaders = named(response.path("headers"));
            var content = response.path("content");
            var reply = body(content);
            int status = Math.max(0, response.path("status").asInt(0));
            boolean stream = replyHeaders.stream()
                    .anyMatch(h -> h.name().equalsIgnoreCase("Content-Type")
                            && h.value().toLowerCase(Locale.ROOT).startsWith("text/event-stream"));
            var events = new ArrayList<Sent>();
            if (stream) {
                new SseReader(e -> events.add(new Sent(
                                ended,
                                e.id(),
                                e.retry().filter(r -> r.matches("[0-9]{1,9}")).map(Long::valueOf),
                                Body.of(e.data() == null ? "" : e.data()))))
                        .read(reply.getBytes(StandardCharsets.UTF_8));
            }
            var url = url(entry);
            calls.add(new Call(
                    calls.size(),
                    connection,
                    url.equals(endpoint),
                    request.path("method").asString("GET"),
                    url.replaceFirst("^[a-z]+://[^/]*", ""),
                    named(request.path("headers")),
                    Body.of(body(request.path("postData"))),
                    beganAt,
                    beganAt,
                    status,
                    replyHeaders,
                    Body.of(reply),
                    events,
                    status == 0 ? 0 : answered,
                    ended,
                    status == 0 ? Ending.ABANDONED : isMissing(content, status) ? Ending.CUT : Ending.COMPLETE));
        }
        return new Trace(calls, Optional.empty(), List.of(), false, ROUNDING);
    }

    /**
     * Whether an entry tells what was sent: not if a cache answered, if the text of a message was not kept, or if the
     * request never came to have headers.
     */
    private static boolean tells(JsonNode entry) {
        var request = entry.path("request");
        int status = entry.path("response").path("status").asInt(0);
        boolean cached = entry.has("_fromCache") || status == NOT_MODIFIED;
        boolean lost = request.path("method").asString("").equals("POST")
                && !request.path("postData").path("text").isString();
        boolean unsent = status == 0 && request.path("headers").isEmpty();
        boolean page = url(entry).startsWith("http");
        return began(entry) != null && page && !cached && !lost && !unsent;
    }

    /** Whether exchanges on one connection follow each other, as in HTTP/1.1. */
    private static boolean isOneByOne(JsonNode request) {
        var version = request.path("httpVersion").asString("").toLowerCase(Locale.ROOT);
        return version.isEmpty() || version.startsWith("http/1");
    }

    /** Whether a body came that was not kept: browsers leave out those of streams, and large ones. */
    private static boolean isMissing(JsonNode content, int status) {
        return !content.path("text").isString()
                && !WITHOUT_A_BODY.contains(status)
                && content.path("size").asLong(-1) != 0;
    }

    /** The text of a body, which may be written in Base64. */
    private static String body(JsonNode content) {
        var text = content.path("text").asString("");
        if (!content.path("encoding").asString("").equals("base64")) {
            return text;
        }
        try {
            return new String(Base64.getMimeDecoder().decode(text), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }

    private static String url(JsonNode entry) {
        return entry.path("request").path("url").asString("");
    }

    private static Instant began(JsonNode entry) {
        try {
            return OffsetDateTime.parse(entry.path("startedDateTime").asString(""))
                    .toInstant();
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("an entry has no startedDateTime", e);
        }
    }

    private static long nanos(JsonNode timings, String... parts) {
        double millis = 0;
        for (var part : parts) {
            millis += Math.max(0, timings.path(part).asDouble(0));
        }
        return (long) (millis * 1e6);
    }

    private static List<Header> named(JsonNode headers) {
        return headers.valueStream()
                .map(h ->
                        new Header(h.path("name").asString(""), h.path("value").asString("")))
                .filter(h -> !h.name().startsWith(":"))
                .toList();
    }
}
