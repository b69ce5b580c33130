package dev.mcpsession.conformance.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.target.Target;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The kit's parsers on replies that were changed at random: they may refuse, but not fail. The same ones each time;
 * {@code -Dmutations=60} goes on for so many seconds.
 */
class MutatedRepliesTest {
    private static final String TOKEN = "t0ken/With+signs=of-32-characters";

    private static final List<String> REPLIES = List.of(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 38\r\n\r\n"
                    + "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\n"
                    + "X-Trailer: a\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\nMcp-Session-Id: abc\r\n\r\nuntil the end",
            ": x\r\nid: 1\r\nretry: 10\r\nevent: message\r\ndata: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\r\n\r\n",
            "\uFEFFdata: a\ndata: b\r\rdata\n\nid: \uD83D\uDE00\n\n",
            "{\"jsonrpc\":\"2.0\",\"id\":1e400,\"error\":{\"code\":-32001,\"message\":\"\\ud83d " + TOKEN + "\"}}",
            "x".repeat(110) + TOKEN + "\uD83D\uDE00".repeat(60));

    private static final String[] PIECES = {
        "\r",
        "\n",
        "\r\n\r\n",
        ":",
        "data:",
        "[",
        "{",
        "\"",
        "\\",
        "%",
        "0",
        "-1",
        "ffffffffffffffff",
        "…",
        "\uD83D\uDE00",
        "\\ud83d",
        TOKEN,
        "\0",
        "HTTP/1.1 ",
        "Transfer-Encoding: chunked\r\n",
        "Content-Length: 9999999999999999999\r\n"
    };

    private final Target target = Target.at(URI.create("http://127.0.0.1/mcp"))
            .header("Authorization", "Bearer " + TOKEN)
            .build();

    private static byte[] mutated(Random random) {
        var bytes = REPLIES.get(random.nextInt(REPLIES.size())).getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(6); i > 0; i--) {
            int at = random.nextInt(bytes.length + 1);
            var piece = random.nextBoolean()
                    ? PIECES[random.nextInt(PIECES.length)].getBytes(StandardCharsets.UTF_8)
                    : new byte[] {(byte) random.nextInt(256)};
            int rest = Math.min(bytes.length, at + random.nextInt(4));
            var other = Arrays.copyOf(bytes, at + piece.length + bytes.length - rest);
            System.arraycopy(piece, 0, other, at, piece.length);
            System.arraycopy(bytes, rest, other, at + piece.length, bytes.length - rest);
            bytes = other;
        }
        return bytes;
    }

    @Test
    void areReadOrRefused() {
        var until = System.nanoTime()
                + Duration.ofSeconds(Integer.getInteger("mutations", 0)).toNanos();
        for (long seed = 0; seed < 5000 || System.nanoTime() < until; seed++) {
            var random = new Random(seed);
            var bytes = mutated(random);
            try {
                readAsHttp(bytes);
                readAsEvents(bytes, random);
                show(bytes, random);
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed + ": " + e, e);
            }
        }
    }

    private static void readAsHttp(byte[] bytes) {
        try {
            RawConnection.read(new ByteArrayInputStream(bytes), "POST", new RawConnection.Sink() {
                @Override
                public void head(int status, List<Header> headers) {
                    assertTrue(status >= 100 && status < 600);
                }

                @Override
                public void bytes(byte[] some) {
                    assertTrue(some.length > 0);
                }
            });
        } catch (IOException e) {
            assertFalse(e.getMessage().isBlank());
        }
    }

    /** However the bytes are cut, the events are the same. */
    private static void readAsEvents(byte[] bytes, Random random) {
        var whole = new ArrayList<String>();
        new SseReader(e -> whole.add(e.id() + e.event() + e.data() + e.retry())).read(bytes);
        var parts = new ArrayList<String>();
        var reader = new SseReader(e -> parts.add(e.id() + e.event() + e.data() + e.retry()));
        for (int from = 0; from < bytes.length; ) {
            int to = Math.min(bytes.length, from + 1 + random.nextInt(9));
            reader.read(Arrays.copyOfRange(bytes, from, to));
            from = to;
        }
        assertEquals(whole, parts);
    }

    private void show(byte[] bytes, Random random) {
        for (var type : List.of("text/event-stream", "application/json")) {
            var exchange = new Exchange(
                    "POST",
                    target.uri(),
                    List.of(),
                    "{}",
                    Json.parse("7"),
                    "",
                    1,
                    new Memory(16 << 20),
                    target::excerpt);
            exchange.onHead(200, List.of(new Header("Content-Type", type)), null, 2);
            exchange.onBytes(bytes);
            exchange.onEnd(null, true, 3);
            exchange.response();
            exchange.error();
            var before = exchange.describeReply();
            exchange.compact(random.nextInt(200));
            mustBeFit(before, 400);
            mustBeFit(exchange.describeReply(), 400);
            // A short body is left as it is, and masked where it is shown.
            mustBeFit(target.excerpt(exchange.body(), 2000), 2001);
        }
        var text = new String(bytes, StandardCharsets.UTF_8);
        int most = 4 + random.nextInt(200);
        mustBeFit(target.excerpt(text, most), most + 1);
        mustBeFit(target.mask(text), Integer.MAX_VALUE);
    }

    private static void mustBeFit(String shown, int most) {
        assertTrue(shown.length() <= most, shown);
        assertFalse(shown.contains(TOKEN), shown);
        for (int i = 0; i < shown.length(); i++) {
            boolean half = Character.isSurrogate(shown.charAt(i))
                    && !(i > 0 && Character.isSurrogatePair(shown.charAt(i - 1), shown.charAt(i)))
                    && !(i + 1 < shown.length() && Character.isSurrogatePair(shown.charAt(i), shown.charAt(i + 1)));
            assertFalse(half, shown);
        }
    }
}
