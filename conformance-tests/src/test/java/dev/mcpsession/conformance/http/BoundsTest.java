package dev.mcpsession.conformance.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Text;
import java.io.IOException;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The bounds of a reply, and what is kept of it. */
class BoundsTest {
    private static final String RESPONSE = "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"text\":\"%s\"}}";

    private final Memory memory = new Memory(64 << 20);
    private final AtomicInteger cancelled = new AtomicInteger();

    private Exchange exchange(String contentType, Header... more) {
        var exchange = new Exchange(
                "POST",
                URI.create("http://127.0.0.1/mcp"),
                List.of(),
                "{}",
                Json.parse("7"),
                "",
                System.nanoTime(),
                memory,
                Text::cut);
        exchange.onStart(cancelled::incrementAndGet);
        var headers = new ArrayList<Header>(List.of(more));
        headers.add(new Header("Content-Type", contentType));
        exchange.onHead(200, headers, null, System.nanoTime());
        return exchange;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Sends until the exchange ends; fails if it takes more. */
    private static void flood(Exchange exchange, String text, long most) {
        var bytes = bytes(text.repeat(Math.max(1, 8192 / text.length())));
        for (long sent = 0; !exchange.ended(); sent += bytes.length) {
            assertTrue(sent < most, "it takes more than " + most);
            exchange.onBytes(bytes);
        }
    }

    private void mustBeClosed(Exchange exchange, String why) {
        assertTrue(exchange.describeReply().contains("; the kit closed it, since " + why), exchange::describeReply);
        assertEquals(1, cancelled.get());
        assertFalse(exchange.endedByServer());
    }

    @Test
    void anEventLineWithoutAnEnd() {
        var exchange = exchange("text/event-stream");
        exchange.onBytes(bytes("data: "));
        flood(exchange, "x", 16 << 20);
        mustBeClosed(exchange, "it sent more than the kit can hold");
    }

    @Test
    void eventsWithoutAnEnd() {
        var exchange = exchange("text/event-stream");
        flood(exchange, "data: {}\n\n", 1 << 20);
        mustBeClosed(exchange, "it sent more than 10000 events");
    }

    @Test
    void commentsWithoutAnEnd() {
        for (var comment : List.of(":", ": x\n", ":\n\n")) {
            cancelled.set(0);
            var exchange = exchange("text/event-stream");
            flood(exchange, comment, 2 << 20);
            mustBeClosed(exchange, "it sent more than 1 MiB of comments and nothing else");
        }
    }

    @Test
    void commentsBetweenEventsAreNoFlood() {
        var exchange = exchange("text/event-stream");
        for (int i = 0; i < 5; i++) {
            exchange.onBytes(bytes(": x\n".repeat(200_000)));
            exchange.onBytes(bytes("data: {}\n\n"));
        }
        assertFalse(exchange.ended());
        assertEquals(5, exchange.eventCount());
    }

    @Test
    void requestsWithoutAnEnd() {
        var exchange = exchange("text/event-stream");
        var answered = new AtomicInteger();
        exchange.onRequest(request -> answered.incrementAndGet());
        flood(exchange, "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n\n", 1 << 20);
        mustBeClosed(exchange, "it made more than 1000 requests");
        assertTrue(answered.get() <= 1000);
    }

    @Test
    void aBodyWithoutAnEnd() {
        var exchange = exchange("application/json");
        flood(exchange, "x", 16 << 20);
        mustBeClosed(exchange, "it sent more than the kit can hold");
    }

    @Test
    void aBodyThatTakesMoreAsJsonThanAsText() {
        var exchange = exchange("application/json");
        flood(exchange, "[", 1 << 20);
        mustBeClosed(exchange, "it sent more than the kit can hold");
    }

    @Test
    void manyRepliesAtOnce() {
        for (int i = 0; i < 200; i++) {
            var exchange = exchange("application/json");
            exchange.onBytes(bytes("x".repeat(1 << 20)));
        }
        assertTrue(memory.held() <= 64 << 20);
        assertTrue(cancelled.get() > 100);
    }

    @Test
    void aLargeReplyOfARightServerIsRead() {
        var exchange = exchange("application/json");
        exchange.onBytes(bytes(RESPONSE.formatted("x".repeat(2 << 20))));
        exchange.onEnd(null, true, System.nanoTime());
        assertEquals(
                2 << 20, exchange.result().orElseThrow().get("text").asString().length());
    }

    @Test
    void whatIsLeftTellsWhatCame() {
        for (var stream : List.of(true, false)) {
            var exchange = exchange(stream ? "text/event-stream" : "application/json");
            var response = RESPONSE.formatted("x".repeat(100_000));
            exchange.onBytes(bytes(stream ? "id: 1\ndata: " + response + "\n\n" : response));
            exchange.onEnd(null, true, System.nanoTime());
            var before = exchange.describeReply();
            exchange.compact(4000);
            assertEquals(0, memory.held());
            assertEquals(before, exchange.describeReply());
            assertTrue(exchange.result().isPresent());
            assertTrue(exchange.body().length() < 5000);
            assertTrue(exchange.bodyLength() > 60_000, () -> "" + exchange.bodyLength());
            assertEquals(stream ? 1 : 0, exchange.eventCount());
        }
    }

    @Test
    void whatIsLeftTellsOfAnError() {
        var exchange = exchange("application/json");
        exchange.onBytes(bytes("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32001,\"message\":\"%s\"}}"
                .formatted("gone ".repeat(10_000))));
        exchange.onEnd(null, true, System.nanoTime());
        exchange.compact(4000);
        assertEquals(-32001, exchange.error().orElseThrow().get("code").asInt());
        assertTrue(exchange.error().orElseThrow().get("message").asString().length() < 200);
    }

    @Test
    void aShortReplyIsLeftAsItIs() {
        var exchange = exchange("application/json");
        exchange.onBytes(bytes(RESPONSE.formatted("all of it")));
        exchange.onEnd(null, true, System.nanoTime());
        exchange.compact(4000);
        assertEquals("all of it", exchange.result().orElseThrow().get("text").asString());
        assertEquals(0, memory.held());
    }

    @Test
    void whyABodyCannotBeRead() {
        var deep = exchange("application/json");
        deep.onBytes(bytes("[".repeat(2000) + "]".repeat(2000)));
        deep.onEnd(null, true, System.nanoTime());
        var said = deep.describeReply();
        assertTrue(said.contains("beyond what the kit reads: Document nesting depth (501) exceeds"), said);
        assertTrue(said.endsWith("the maximum allowed (500))"), said);
    }

    @Test
    void whyAReplyBrokeOff() {
        var cut = exchange("application/json");
        cut.onEnd(new IOException("fixed content-length: 12, bytes received: 3"), false, System.nanoTime());
        assertEquals("200; it broke off (fixed content-length: 12, bytes received: 3)", cut.describeReply());
        var odd = exchange("application/json", new Header("Content-Length", "12abc"));
        odd.onEnd(new IOException("For input string"), false, System.nanoTime());
        assertEquals("200; its Content-Length is no number of bytes: 12abc", odd.describeReply());
    }

    @Test
    void anEndedExchangeKeepsNothingOfTheHttpClient() throws InterruptedException {
        for (boolean before : List.of(true, false)) {
            var exchange = exchange("application/json");
            var queue = new ReferenceQueue<Object>();
            var kept = holding(exchange, before, queue);
            Reference<?> given = null;
            for (int i = 0; i < 50 && given == null; i++) {
                System.gc();
                given = queue.remove(200);
            }
            assertSame(kept, given);
            // It is still there itself, as in a report.
            assertTrue(exchange.ended());
        }
    }

    /** Gives an exchange something to hold, before or after its end. */
    private static Reference<Object> holding(Exchange exchange, boolean before, ReferenceQueue<Object> queue) {
        var state = new byte[1 << 20];
        if (before) {
            exchange.onStart(() -> state[0]++);
        }
        exchange.onEnd(new IOException("Header size too big"), false, System.nanoTime());
        if (!before) {
            exchange.onStart(() -> state[0]++);
        }
        return new WeakReference<>(state, queue);
    }
}
