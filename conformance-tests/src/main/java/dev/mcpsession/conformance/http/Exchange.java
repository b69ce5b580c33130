package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.judgement.Evidence;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Text;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/**
 * One request and what came in answer, as far as it has come. Safe for use by several threads.
 *
 * <p>Its moments bound what the server saw, on the clock of {@link System#nanoTime()}: the request cannot have arrived
 * before {@link #sentAt()}, and the server cannot have answered after {@link #headAt()}.
 */
public final class Exchange implements Evidence {
    /** Replies longer than this are cut off in memory; none of the rules needs more. */
    private static final int MAX_BYTES = 1 << 20;

    private final String method;
    private final URI uri;
    private final List<Header> requestHeaders;
    private final String requestBody;
    private final JsonNode requestId;
    private final long sentAt;
    private final String purpose;

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final List<SseEvent> events = new ArrayList<>();
    private final SseReader reader = new SseReader(events::add);
    private final List<JsonNode> messages = new ArrayList<>();
    private int parsedEvents;

    private int status;
    private List<Header> headers = List.of();
    private String sessionId;
    private boolean eventStream;
    private long headAt;
    private long endAt;
    private Throwable failure;
    private boolean ended;
    private boolean endedByServer;
    private Runnable canceller = () -> {};
    private Supplier<Exchange> repeat = () -> this;
    private Consumer<JsonNode> onRequest;
    private int scannedEvents;
    private boolean madeGood;
    private boolean insisted;

    Exchange(
            String method,
            URI uri,
            List<Header> requestHeaders,
            String requestBody,
            JsonNode requestId,
            String purpose,
            long sentAt) {
        this.method = method;
        this.uri = uri;
        this.requestHeaders = List.copyOf(requestHeaders);
        this.requestBody = requestBody;
        this.requestId = requestId;
        this.purpose = purpose;
        this.sentAt = sentAt;
    }

    // ---- what the transport reports ----

    synchronized void onStart(Runnable canceller) {
        this.canceller = canceller;
    }

    /**
     * @param headers with secrets masked
     * @param sessionId the session id as it came, which may contain what is masked in the headers; null where none came
     */
    synchronized void onHead(int status, List<Header> headers, String sessionId, long at) {
        if (headAt == 0) {
            this.status = status;
            this.headers = List.copyOf(headers);
            this.sessionId = sessionId;
            this.headAt = at;
            this.eventStream = header("Content-Type").map(SseEventType::matches).orElse(false);
            notifyAll();
        }
    }

    void onBytes(byte[] bytes) {
        synchronized (this) {
            if (ended) {
                return;
            }
            if (body.size() < MAX_BYTES) {
                body.writeBytes(bytes);
            }
            if (eventStream) {
                reader.read(bytes);
            }
            notifyAll();
        }
        tellOfRequests();
    }

    synchronized void repeatedBy(Supplier<Exchange> repeat) {
        this.repeat = repeat;
    }

    /** The same request once more, with a JSON-RPC id of its own, and what came in answer. */
    Exchange again() {
        Supplier<Exchange> how;
        synchronized (this) {
            how = repeat;
        }
        return how.get();
    }

    /**
     * Hands every request that the server makes on this stream to whoever answers it, those that have come already
     * too.
     */
    void onRequest(Consumer<JsonNode> answerer) {
        synchronized (this) {
            onRequest = answerer;
        }
        tellOfRequests();
    }

    private void tellOfRequests() {
        List<JsonNode> asked = new ArrayList<>();
        Consumer<JsonNode> answerer;
        synchronized (this) {
            answerer = onRequest;
            if (answerer == null) {
                return;
            }
            for (; scannedEvents < events.size(); scannedEvents++) {
                var event = events.get(scannedEvents);
                if (event.hasData()) {
                    Json.read(event.data())
                            .map(List::of)
                            .map(Json::singly)
                            .ifPresent(some ->
                                    some.stream().filter(Json::isRequest).forEach(asked::add));
                }
            }
        }
        asked.forEach(answerer);
    }

    synchronized void onEnd(Throwable failure, boolean byServer, long at) {
        if (!ended) {
            ended = true;
            endedByServer = byServer;
            this.failure = failure;
            endAt = at;
            notifyAll();
        }
    }

    /** The same request was sent again, and then answered otherwise. */
    synchronized void onMadeGood() {
        madeGood = true;
    }

    /** The same request was sent again and again, and this is what it always got. */
    synchronized void onInsisted() {
        insisted = true;
    }

    // ---- the request ----

    public String method() {
        return method;
    }

    public URI uri() {
        return uri;
    }

    /** The header fields that were sent; credentials are masked. */
    public List<Header> requestHeaders() {
        return requestHeaders;
    }

    public Optional<String> requestHeader(String name) {
        return first(requestHeaders, name);
    }

    /** The body that was sent, or null where there was none. */
    public String requestBody() {
        return requestBody;
    }

    /** What the request was for, in a few words; empty for most. */
    public String purpose() {
        return purpose;
    }

    /** Just before the request was handed to the network. */
    public long sentAt() {
        return sentAt;
    }

    // ---- the reply ----

    /** Whether the head of a reply has come. */
    public synchronized boolean answered() {
        return headAt != 0;
    }

    /**
     * The status of the reply.
     *
     * @throws RuleAbortedException if no reply came: a rule that saw none cannot judge
     */
    public synchronized int status() {
        if (headAt == 0) {
            throw RuleAbortedException.inconclusive(
                    "no reply came to " + describe() + (failure == null ? " in time" : ": " + reason(failure)));
        }
        return status;
    }

    /** Just after the head of the reply came; 0 until then. */
    public synchronized long headAt() {
        return headAt;
    }

    /** When the exchange ended, by either side or by a fault; 0 until then. */
    public synchronized long endAt() {
        return endAt;
    }

    public synchronized boolean ended() {
        return ended;
    }

    /** Whether the server brought the whole reply and ended it itself. */
    public synchronized boolean endedByServer() {
        return ended && endedByServer;
    }

    /** Why no reply, or no whole reply, came, if that was a fault of the connection. */
    public synchronized Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    public synchronized List<Header> headers() {
        return headers;
    }

    /** The first value of a header field of the reply, its name in any case. */
    public synchronized Optional<String> header(String name) {
        return first(headers, name);
    }

    /** Every value of a header field of the reply. */
    public synchronized List<String> headerValues(String name) {
        return headers.stream()
                .filter(h -> h.name().equalsIgnoreCase(name))
                .map(Header::value)
                .toList();
    }

    /** The session id that the reply carries, if any; an empty one is none. */
    public synchronized Optional<String> sessionId() {
        return Optional.ofNullable(sessionId).filter(id -> !id.isEmpty());
    }

    public synchronized boolean isEventStream() {
        return eventStream;
    }

    /** The body that has come so far, as text. */
    public synchronized String body() {
        return body.toString(StandardCharsets.UTF_8);
    }

    /** The events that have come so far, if the reply is an event stream. */
    public synchronized List<SseEvent> events() {
        return List.copyOf(events);
    }

    /** The last event id that has come so far, from which the stream may be resumed. */
    public synchronized Optional<String> lastEventId() {
        return events.stream()
                .flatMap(e -> e.id().stream())
                .filter(id -> !id.isEmpty())
                .reduce((first, next) -> next);
    }

    /** How long the server last asked to wait before the stream is resumed, if it did. */
    public synchronized Optional<Duration> retry() {
        return events.stream()
                .flatMap(e -> e.retry().stream())
                .filter(r -> r.matches("[0-9]{1,9}"))
                .reduce((first, next) -> next)
                .map(r -> Duration.ofMillis(Long.parseLong(r)));
    }

    /**
     * The JSON values that have come so far: the body, or the data of each event; those that are no JSON are left
     * out.
     */
    public synchronized List<JsonNode> messages() {
        if (eventStream) {
            for (; parsedEvents < events.size(); parsedEvents++) {
                var event = events.get(parsedEvents);
                if (event.hasData()) {
                    Json.read(event.data()).ifPresent(messages::add);
                }
            }
            return List.copyOf(messages);
        }
        return ended ? Json.read(body()).map(List::of).orElse(List.of()) : List.of();
    }

    /** The JSON-RPC response to the request of this exchange, if it has come. */
    public Optional<JsonNode> response() {
        if (requestId == null) {
            return Optional.empty();
        }
        return messages().stream()
                .filter(m -> m.isObject() && Json.sameId(requestId, m.get("id")) && (m.has("result") || m.has("error")))
                .findFirst();
    }

    /** The {@code result} of the response, if it has come and is no error. */
    public Optional<JsonNode> result() {
        return response().map(r -> r.get("result"));
    }

    /** The {@code error} object of the reply, whether or not it carries the id of the request. */
    public Optional<JsonNode> error() {
        return messages().stream()
                .filter(JsonNode::isObject)
                .map(m -> m.get("error"))
                .filter(e -> e != null)
                .findFirst();
    }

    // ---- waiting ----

    /** Waits until the condition holds, the exchange ends, or the time is over; tells whether the condition holds. */
    public synchronized boolean await(BooleanSupplier condition, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        try {
            while (!condition.getAsBoolean()) {
                long left = deadline - System.nanoTime();
                if (ended || left <= 0) {
                    return condition.getAsBoolean();
                }
                wait(left / 1_000_000, (int) (left % 1_000_000));
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RuleAbortedException.inconclusive("the run was interrupted");
        }
    }

    public boolean awaitHead(Duration atMost) {
        return await(this::answered, atMost);
    }

    public boolean awaitEnd(Duration atMost) {
        return await(this::ended, atMost);
    }

    /** Waits for the JSON-RPC response to the request of this exchange. */
    public boolean awaitResponse(Duration atMost) {
        return await(() -> response().isPresent(), atMost);
    }

    /** Ends the exchange from our side, if it has not ended. */
    public void close() {
        Runnable cancel;
        synchronized (this) {
            if (ended) {
                return;
            }
            cancel = canceller;
        }
        onEnd(null, false, System.nanoTime());
        cancel.run();
    }

    // ---- judging ----

    /**
     * Checks the status.
     *
     * @param because when the status must come, such as "after the session was terminated"
     * @return this
     * @throws Violation if another status came
     * @throws Suspicion if another came that overload explains
     * @throws RuleAbortedException if none came
     */
    public Exchange mustHaveStatus(int expected, String because) {
        var expectation = "status " + expected + " " + because;
        if (status() != expected) {
            mustNotBeOverload(expectation);
        }
        return mustHave(status() == expected, expectation, "got " + describeReply());
    }

    /**
     * Whether the status may be about the load on a server, or on a gateway before it, rather than about the request.
     */
    public synchronized boolean isOverload() {
        return status == 429 || status == 502 || status == 503 || status == 504;
    }

    /** Whether the server says that it did not look at the request, for lack of time. */
    public synchronized boolean isBusy() {
        return status == 429 || status == 503;
    }

    /** Whether the request was never served because the server had no time for it. */
    public synchronized boolean wasTurnedAway() {
        return isBusy() && !madeGood;
    }

    /** As {@link #wasTurnedAway()}, where the request was sent once only, so that the next may be served. */
    public synchronized boolean wasTurnedAwayOnce() {
        return wasTurnedAway() && !insisted;
    }

    /** How long the server asks to wait before the request is sent again, if it says so in seconds. */
    public synchronized Optional<Duration> retryAfter() {
        return header("Retry-After")
                .map(String::strip)
                .filter(s -> s.matches("[0-9]{1,9}"))
                .map(s -> Duration.ofSeconds(Long.parseLong(s)));
    }

    /**
     * Checks that the status is about the request, as far as that can be told.
     *
     * @param expectation what should have come
     * @throws Suspicion if overload explains the status
     */
    public Exchange mustNotBeOverload(String expectation) {
        if (isOverload()) {
            throw new Suspicion(expectation, "got " + describeReply(), this);
        }
        return this;
    }

    /**
     * Checks that a reply came.
     *
     * @param expectation what reply should have come
     * @throws Suspicion if none came in time, or the connection failed, either of which may be the machine's fault
     */
    public Exchange mustReply(String expectation) {
        if (!answered()) {
            throw new Suspicion(
                    expectation,
                    describeReply() + " came to " + describe() + (failure().isEmpty() ? " in time" : ""),
                    this);
        }
        return this;
    }

    /**
     * Checks that a reply came, or that the connection failed.
     *
     * @param expectation what reply should have come
     * @throws Suspicion if nothing came in time, which may be the machine's fault
     */
    public Exchange mustBeAnswered(String expectation) {
        if (!answered() && failure().isEmpty()) {
            throw new Suspicion(expectation, "no reply came to " + describe() + " in time", this);
        }
        return this;
    }

    /**
     * Checks any condition of this exchange.
     *
     * @param expectation what should be, to follow "expected"
     * @param observation what is instead, to follow "but"
     * @throws Violation if the condition does not hold
     */
    public Exchange mustHave(boolean condition, String expectation, String observation) {
        if (!condition) {
            throw new Violation(expectation, observation, this);
        }
        return this;
    }

    /** Status and, for errors, the first words of the body. */
    public synchronized String describeReply() {
        if (headAt == 0) {
            return failure == null ? "no reply" : "no reply (" + reason(failure) + ")";
        }
        var text = body().strip();
        if (eventStream) {
            return status + " with an event stream";
        }
        if (text.isEmpty()) {
            return String.valueOf(status);
        }
        return status + " with body " + Text.cut(text, 120);
    }

    /** Method and, for JSON-RPC, the method called. */
    @Override
    public String describe() {
        var called = Json.read(requestBody)
                .filter(JsonNode::isObject)
                .map(m -> m.get("method"))
                .filter(m -> m != null && m.isString())
                .map(JsonNode::asString);
        return called.map(name -> method + " " + name).orElse(method);
    }

    static String reason(Throwable failure) {
        var cause = failure;
        while (cause.getCause() != null
                && (cause.getMessage() == null || cause instanceof java.util.concurrent.CompletionException)) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    static Optional<String> first(List<Header> headers, String name) {
        return headers.stream()
                .filter(h -> h.name().equalsIgnoreCase(name))
                .map(Header::value)
                .findFirst();
    }

    @Override
    public String toString() {
        return describe() + " → " + describeReply();
    }

    private static final class SseEventType {
        static boolean matches(String contentType) {
            return contentType.split(";", 2)[0].strip().equalsIgnoreCase("text/event-stream");
        }
    }
}
