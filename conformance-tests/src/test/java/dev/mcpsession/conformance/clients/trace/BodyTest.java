package dev.mcpsession.conformance.clients.trace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mcpsession.conformance.protocol.Header;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of the bytes of a message beside its text. */
class BodyTest {
    private static Optional<Boolean> utf8(String text, Charset charset) {
        return Body.of(text.getBytes(charset), 1 << 20).utf8();
    }

    @Test
    void knowsWhetherBytesWereUtf8() {
        assertEquals(Optional.of(true), utf8("{\"a\":\"grüße, 世界 😀\"}", UTF_8));
        assertEquals(Optional.of(true), utf8("{\"a\":\"plain\"}", ISO_8859_1));
        // The character that stands for what cannot be read is one itself.
        assertEquals(Optional.of(true), utf8("{\"a\":\"\uFFFD\"}", UTF_8));
        assertEquals(Optional.of(false), utf8("{\"a\":\"grüße\"}", ISO_8859_1));
        assertEquals(Optional.of(false), utf8("{\"a\":\"世界\"}", Charset.forName("GBK")));
        assertEquals(Optional.of(false), utf8("{\"a\":1}", UTF_16));
        assertEquals(Optional.of(false), utf8("{\"a\":1}", UTF_16LE));
        assertEquals(Optional.empty(), Body.of("{}").utf8());
    }

    @Test
    void aCutThroughACharacterIsNoFault() {
        assertEquals(Optional.of(true), Body.of("\"世界\"".getBytes(UTF_8), 3).utf8());
    }

    @Test
    void filesSayIt(@TempDir Path folder) throws Exception {
        var recording = new Recording();
        var headers = List.of(new Header("Authorization", "Bearer grüße"));
        recording.begin(0, true, "POST", "/mcp", headers, "{\"a\":\"grüße\"}".getBytes(ISO_8859_1), 1);
        recording.begin(0, true, "POST", "/mcp", headers, "{\"a\":\"grüße\"}".getBytes(UTF_8), 1);
        recording.begin(0, true, "GET", "/mcp", headers, new byte[0], 1);
        var file = Files.writeString(folder.resolve("trace.json"), TraceFile.write(recording.trace(Optional.empty())));
        assertEquals(
                List.of(Optional.of(false), Optional.of(true), Optional.empty()),
                TraceFile.read(file).calls().stream().map(c -> c.body().utf8()).toList());
    }
}
