package dev.mcpsession.conformance.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FramingTest {
    private static final String HEAD = "POST /mcp HTTP/1.1\r\n\r\n";

    /** The bytes between one flush and the next. */
    private static List<String> written(Framing framing, String body) throws IOException {
        var flushed = new ArrayList<String>();
        var out = new ByteArrayOutputStream() {
            @Override
            public void flush() {
                flushed.add(toString(StandardCharsets.ISO_8859_1));
                reset();
            }
        };
        framing.write(out, HEAD.getBytes(StandardCharsets.ISO_8859_1), body.getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(0, out.size(), "everything is flushed");
        return flushed;
    }

    @Test
    void wholeIsHeadAndBodyAtOnce() throws Exception {
        assertEquals(List.of(HEAD + "0123456789"), written(Framing.WHOLE, "0123456789"));
    }

    @Test
    void piecesComeAfterTheHeadAndMakeUpTheBody() throws Exception {
        assertEquals(List.of(HEAD, "012", "345", "6789"), written(new Framing(3, 0, false), "0123456789"));
        assertEquals(List.of(HEAD, "0123456789"), written(new Framing(1, 1, false), "0123456789"));
    }

    @Test
    void chunksNameTheirLengthInHexadecimalAndEndWithAnEmptyOne() throws Exception {
        var body = "x".repeat(26) + "y".repeat(26);
        assertEquals(
                List.of(HEAD, "1a\r\n" + "x".repeat(26) + "\r\n", "1a\r\n" + "y".repeat(26) + "\r\n", "0\r\n\r\n"),
                written(new Framing(2, 0, true), body));
    }

    @Test
    void noChunkIsEmptyButTheLast() throws Exception {
        assertEquals(List.of(HEAD, "", "1\r\na\r\n", "0\r\n\r\n"), written(new Framing(2, 0, true), "a"));
        assertEquals(List.of(HEAD, "", "0\r\n\r\n"), written(new Framing(1, 0, true), ""));
    }
}
