package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.judgement.Evidence;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Text;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.ClosedChannelException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One request and what came in answer, as far as it has come. Safe for use by several threads.
 *
 * <p>Its moments bound what the server saw, on the clock of {@link System#nanoTime()}: the request cannot have arrived
 * before {@link #sentAt()}, and the server cannot have answered after {@link #headAt()}.
 */
public final class Exchange implements Evidence {
    /** So many characters of a text from the server stand in a sentence. */
    static final int SHOWN = 120;

    /** How HTTP clients say that a connection was closed before the reply, or within it. */
    private static final Pattern CLOSED =
            Pattern.compile("header parser received no bytes|EOF reached while reading|^closed$|Broken pipe");

    /** A wait that is shorter is a glance, which is expected to be in vain. */
    private static final Duration LONG_WAIT = Duration.ofSeconds(1);

    private final String method;
    private final URI uri;
    private final List<Header> requestHeaders;
    private final @Nullable String requestBody;
    private final @Nullable JsonNode requestId;
    private final long sentAt;
    private final String purpose;
    private final Excerpts excerpts;
    private final ReplyContent content;
    private @Nullable Vain vain;

    private int status;
    private List<Header> headers = List.of();
    private @Nullable String sessionId;
    private long headAt;
    private long endAt;
    private @Nullable Throwable failure;
    private boolean endedByServer;
    private Runnable canceller = () -> {};
    private Supplier<Exchange> repeat = () -> this;
    private @Nullable Consumer<JsonNode> onRequest;
    private boolean madeGood;
    private boolean insisted;
    private boolean refusalDue;

    Exchange(
            String method,
            URI uri,
            List<Header> requestHeaders,
            @Nullable String requestBody,
            @Nullable JsonNode requestId,
            String purpose,
            long sentAt,
            Memory memory,
            Excerpts excerpts) {
        this.method = method;
        this.uri = uri;
        this.requestHeaders = List.copyOf(requestHeaders);
        this.requestBody = requestBody;
        this.requestId = requestId;
        this.purpose = purpose;
        this.sentAt = sentAt;
        this.excerpts = excerpts;
        this.content = new ReplyContent(requestId, memory, excerpts);
    }

    /** Cuts text for a report, with secrets masked before. */
    @FunctionalInterface
    interface Excerpts {
        String of(String text, int most);
    }

    // ---- what the transport reports ----

    synchronized void onStart(Runnable canceller) {
        // Through it hangs all that the HTTP client keeps of a request; reports keep exchanges to the end of the run.
        if (!content.hasEnded()) {
            this.canceller = canceller;
        }
    }

    /**
     * @param headers with secrets masked
     * @param sessionId the session id as it came, which may contain what is masked in the headers; null where none came
     */
    synchronized void onHead(int status, List<Header> headers, @Nullable String sessionId, long at) {
        if (headAt == 0) {
            this.status = status;
            this.headers = List.copyOf(headers);
            this.sessionId = sessionId;
            this.headAt = at;
            if (header("Content-Type").filter(SseEventType::matches).isPresent()) {
                content.readAsEventStream();
            }
            notifyAll();
        }
    }

    void onBytes(byte[] bytes) {
        String excess;
        synchronized (this) {
            if (content.hasEnded() || content.isCompact()) {
                return;
            }
            excess = content.keep(bytes);
            notifyAll();
        }
        if (excess == null) {
            excess = tellOfRequests();
        }
        if (excess != null) {
            abort(new ReplyBoundException(excess));
        }
    }

    /**
     * Gives most of the memory back that the reply takes. To be called when its rule is over: of a long reply, what a
     * report shows is left, with secrets masked.
     *
     * @param most the number of characters of the body to keep
     */
    synchronized void compact(int most) {
        if (content.hasEnded()) {
            content.compact(most);
        }
    }

    private String shown(String text) {
        var excerpt = excerpts.of(text, SHOWN);
        return text.length() <= SHOWN ? excerpt : Text.toWord(excerpt);
    }

    /** The beginning of a text from the server, for a person to read: secrets are masked before it is cut. */
    public String excerpt(String text) {
        return shown(text);
    }

    /** Ends the exchange from our side with a failure. */
    void abort(IOException why) {
        Runnable cancel;
        synchronized (this) {
            cancel = canceller;
        }
        onEnd(why, false, System.nanoTime());
        cancel.run();
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
        var excess = tellOfRequests();
        if (excess != null) {
            abort(new ReplyBoundException(excess));
        }
    }

    /** Hands on what the server asks; where that is too much, tells what the reply did. */
    private @Nullable String tellOfRequests() {
        List<JsonNode> asked;
        Consumer<JsonNode> answerer;
        synchronized (this) {
            answerer = onRequest;
            if (answerer == null) {
                return null;
            }
            asked = content.newRequests();
            if (content.hasTooManyRequests()) {
                return "it made more than " + ReplyContent.MAX_REQUESTS + " requests";
            }
        }
        asked.forEach(answerer);
        return null;
    }

    synchronized void onEnd(@Nullable Throwable failure, boolean byServer, long at) {
        if (!content.hasEnded()) {
            endedByServer = byServer;
            this.failure = failure;
            endAt = at;
            canceller = () -> {};
            content.end();
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
    public @Nullable String requestBody() {
        return requestBody;
    }

    /** The JSON-RPC id of the request that was sent; empty where it has none. */
    public Optional<JsonNode> requestId() {
        return Optional.ofNullable(requestId);
    }

    /**
     * The notification that cancels the request that was sent.
     *
     * @throws java.util.NoSuchElementException if that has no JSON-RPC id
     */
    public ObjectNode cancellation() {
        return Json.cancellation(requestId().orElseThrow());
    }

    /** The purpose of the request, in a few words; empty for most. */
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
                    "no reply came to " + describe() + (failure == null ? " in time" : ": " + reason(failure)), this);
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
        return content.hasEnded();
    }

    /** Whether the server brought the whole reply and ended it itself. */
    public synchronized boolean endedByServer() {
        return endedByServer;
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
        return content.isEventStream();
    }

    /**
     * The body that has come so far, as text; of a long event stream, the beginning. Once the rule is over, only the
     * beginning of any long body is left, with secrets masked.
     */
    public synchronized String body() {
        return content.text();
    }

    /**
     * Whether the bytes that came are UTF-8: all of a body, and of an event stream the lines that have come whole. Not
     * to be asked once the rule is over.
     */
    public synchronized boolean isUtf8() {
        return content.isUtf8();
    }

    /** The length of the body in characters, as far as it was kept until the rule was over. */
    public synchronized int bodyLength() {
        return content.length();
    }

    /** The number of events that have come so far. */
    public synchronized int eventCount() {
        return content.eventCount();
    }

    /** The events that have come so far, if the reply is an event stream. */
    public synchronized List<SseEvent> events() {
        return List.copyOf(content.events());
    }

    /** The last event id that has come so far, from which the stream may be resumed. */
    public synchronized Optional<String> lastEventId() {
        return content.events().stream()
                .flatMap(e -> e.id().stream())
                .filter(id -> !id.isEmpty())
                .reduce((first, next) -> next);
    }

    /** How long the server last asked to wait before the stream is resumed, if it did. */
    public synchronized Optional<Duration> retry() {
        return content.events().stream()
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
        return content.messages();
    }

    /** The JSON-RPC response to the request of this exchange, if it has come. */
    public synchronized Optional<JsonNode> response() {
        return content.response();
    }

    /**
     * Whether the server has closed the connection before the response, and lets the client poll for that: the events
     * of the stream have ids, from which a client resumes it.
     */
    public boolean letsPoll() {
        return requestId != null
                && isEventStream()
                && endedByServer()
                && failure().isEmpty()
                && response().isEmpty()
                && lastEventId().isPresent();
    }

    /** On an event stream, the response may come in a list, as 2025-03-26 allows. */
    synchronized void allowBatches() {
        content.allowBatches();
    }

    /** The response has come on a stream that resumed this one. */
    synchronized void resumedWith(JsonNode response) {
        content.resumedWith(response);
    }

    /**
     * How the reply fails to answer the request, where it holds responses and not the one that is due. Empty where a
     * rule demanded a refusal: then the fault is that the request was served, in whatever form.
     */
    public synchronized Optional<Misanswer> misanswer() {
        if (requestId == null || refusalDue || response().isPresent()) {
            return Optional.empty();
        }
        var messages = messages();
        if (messages.stream().anyMatch(m -> m.isArray() && hasOwn(Json.singly(List.of(m))))) {
            return Optional.of(Misanswer.LIST);
        }
        return messages.stream().anyMatch(this::isOfAnother) ? Optional.of(Misanswer.OF_ANOTHER) : Optional.empty();
    }

    private boolean hasOwn(List<JsonNode> messages) {
        return messages.stream().anyMatch(m -> Json.isResponse(m) && Json.sameId(requestId, m.get("id")));
    }

    private boolean isOfAnother(JsonNode message) {
        return Json.isResponse(message)
                && message.path("id").isValueNode()
                && !message.path("id").isNull();
    }

    /** Whether a request is still without its response, and may yet get it. */
    public boolean isInFlight() {
        return !ended() && response().isEmpty();
    }

    /** The {@code result} of the response, if it has come and is no error. */
    public Optional<JsonNode> result() {
        return response().map(r -> r.get("result"));
    }

    /** The {@code error} object of the reply, whether or not it carries the id of the request. */
    public synchronized Optional<JsonNode> error() {
        return content.error();
    }

    // ---- waiting ----

    /** Waits until the condition holds, the exchange ends, or the time is over; tells whether the condition holds. */
    public synchronized boolean await(BooleanSupplier condition, Duration atMost) {
        long began = System.nanoTime();
        long deadline = began + atMost.toNanos();
        try {
            while (!condition.getAsBoolean()) {
                long left = deadline - System.nanoTime();
                if (ended() || left <= 0) {
                    boolean holds = condition.getAsBoolean();
                    if (!ended() && !holds && vain != null && atMost.compareTo(LONG_WAIT) >= 0) {
                        vain.add(began, System.nanoTime(), false);
                    }
                    return holds;
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
            if (ended()) {
                return;
            }
            cancel = canceller;
        }
        onEnd(null, false, System.nanoTime());
        cancel.run();
    }

    /** The waits of the run for replies that do not come; null where nobody counts. */
    void countedBy(Vain waits) {
        vain = waits;
    }

    /**
     * How long to wait for what comes on a stream. Where no response is due, as in answer to a notification, and such
     * streams have stayed open for as long as the patience lasts, not much longer.
     */
    Duration patienceForResponse(Duration patience) {
        return requestId != null || vain == null ? patience : Vain.shorten(patience, vain.totalOfAll());
    }

    /** Says that a request was waited for since a moment, and that its reply is not whole all the same. */
    void waitedInVain(long since) {
        boolean open;
        boolean due;
        synchronized (this) {
            open = !ended();
            // The head of a GET stream may rightly be late, and a stream without a response may rightly stay open.
            due = !method.equals("GET") && !(headAt != 0 && content.isEventStream() && requestId == null);
        }
        if (open && vain != null && response().isEmpty()) {
            vain.add(since, System.nanoTime(), due);
        }
    }

    // ---- judging ----

    /**
     * Checks that each response in the reply, a result or an error, has the id of the request.
     *
     * @param expectation to be followed by that id
     * @throws Violation if one has another
     */
    public void mustKeepItsId(String expectation) {
        messages().stream()
                .filter(Json::isResponse)
                .forEach(response -> mustHave(
                        Json.sameId(requestId, response.get("id")),
                        expectation + " " + requestId,
                        "its id is " + response.get("id")));
    }

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
        demandRefusal(expected >= 400);
        return mustHave(status() == expected, expectation, "got " + describeReply());
    }

    private synchronized void demandRefusal(boolean due) {
        refusalDue |= due;
    }

    /**
     * Checks that the request was not served: any status will do but one of success.
     *
     * @throws Violation if it was served
     */
    public Exchange mustNotBeServed(String expectation) {
        demandRefusal(true);
        return mustHave(status() / 100 != 2, expectation, "got " + describeReply());
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

    /** How long the server asks to wait before the request is sent again, if it says so. */
    public synchronized Optional<Duration> retryAfter() {
        return header("Retry-After").map(String::strip).flatMap(Exchange::span);
    }

    /** The span that {@code Retry-After} asks for, be it by seconds or by a date. */
    private static Optional<Duration> span(String after) {
        if (after.matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(after)));
        }
        try {
            var until = ZonedDateTime.parse(after, DateTimeFormatter.RFC_1123_DATE_TIME);
            var span = Duration.between(Instant.now(), until.toInstant());
            return Optional.of(span.isNegative() ? Duration.ZERO : span);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
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
     * Tells one that may not be listening from one that is only slow: returns where a reply came, or the connection
     * failed.
     *
     * @throws RuleAbortedException if the connection stood, and nothing came in time
     */
    public Exchange mustNotKeepSilent() {
        if (!answered() && failure().isEmpty()) {
            throw RuleAbortedException.inconclusive("no reply came to " + describe() + " in time", this);
        }
        return this;
    }

    /**
     * Checks any condition of this exchange.
     *
     * @param expectation what should be, to follow "expected"
     * @param observation what is instead, to follow "but"
     * @throws Violation if the condition does not hold
     * @throws Suspicion if it does not, and the server closed the stream for the client to poll: on a busy machine the
     *     response may have come too late
     */
    public Exchange mustHave(boolean condition, String expectation, String observation) {
        if (!condition) {
            throw letsPoll()
                    ? new Suspicion(expectation, observation, this)
                    : new Violation(expectation, observation, this);
        }
        return this;
    }

    /**
     * Status and, for errors, the first words of the body, with secrets masked; and why it ended, if the kit did
     * that.
     */
    public synchronized String describeReply() {
        if (headAt == 0) {
            return failure == null ? "no reply" : "no reply (" + shown(reason(failure)) + ")";
        }
        if (content.isEventStream()) {
            return status + " with an event stream" + broken();
        }
        var text = body().strip();
        if (text.isEmpty()) {
            return status + broken();
        }
        return status + " with body " + shown(text) + unreadable() + broken();
    }

    /** Why a reply ended before its time, where it did. */
    private String broken() {
        var why = failure;
        if (why == null) {
            return "";
        }
        if (why instanceof ReplyBoundException) {
            return "; the kit closed it, since " + why.getMessage();
        }
        var length = header("Content-Length").filter(value -> !value.strip().matches("[0-9]{1,18}"));
        return length.map(value -> "; its Content-Length is no number of bytes: " + shown(value))
                .orElseGet(() -> "; it broke off (" + shown(reason(why)) + ")");
    }

    /** The reason for which the kit closed the reply, if it did, such as "it sent more than 10000 events". */
    public synchronized Optional<String> excess() {
        return failure instanceof ReplyBoundException ? Optional.of(reason(failure)) : Optional.empty();
    }

    /** Why a body cannot be read, where its text does not show it. */
    private String unreadable() {
        var encoding = header("Content-Encoding").filter(e -> !e.strip().equalsIgnoreCase("identity"));
        if (encoding.isPresent()) {
            return " (Content-Encoding: " + shown(encoding.get()) + ", for which the kit did not ask)";
        }
        return !content.isCompact() && ended()
                ? Json.excess(body()).map(why -> " (" + why + ")").orElse("")
                : "";
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
        for (var next = cause.getCause();
                next != null
                        && (cause.getMessage() == null || cause instanceof java.util.concurrent.CompletionException);
                next = cause.getCause()) {
            cause = next;
        }
        var message = cause.getMessage();
        if (cause instanceof ClosedChannelException
                || cause instanceof EOFException
                || message != null && CLOSED.matcher(message).find()) {
            return "the connection was closed";
        }
        return message == null ? cause.getClass().getSimpleName() : message;
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
