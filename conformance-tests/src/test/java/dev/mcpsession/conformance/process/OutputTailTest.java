package dev.mcpsession.conformance.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Whatever is kept of what a process prints holds whole words alone, so that a secret in it is known for one. */
class OutputTailTest {
    private static final String SECRET = "secret-0123456789";
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private String tail(String printed) throws InterruptedException {
        var tail = new OutputTail(
                new ByteArrayInputStream(printed.getBytes(StandardCharsets.UTF_8)), "a test", lines::add);
        tail.awaitEnd();
        return tail.text();
    }

    @Test
    void shortOutputIsKeptAsItIs() throws InterruptedException {
        assertEquals("one\ntwo " + SECRET, tail("one\ntwo " + SECRET));
        assertEquals(List.of("one"), lines);
    }

    @Test
    void longOutputBeginsWithAWholeLine() throws InterruptedException {
        assertEquals("…\n" + "y".repeat(10_000), tail("x".repeat(10_000) + "\n" + "y".repeat(10_000)));
    }

    @Test
    void ofALongLineWholeWordsAreKept() throws InterruptedException {
        // The secret lies across the place where the first 16 KiB end, and then where the last 16 KiB begin.
        int kept = 16 << 10;
        var across = "a ".repeat(kept / 2 - 4) + SECRET + " " + "b ".repeat(kept / 2 - 4);
        assertEquals("…\n" + "b ".repeat(kept / 2 - 4).strip() + " ", tail(across));
        tail(across + "\n");
        assertEquals(List.of("a ".repeat(kept / 2 - 4) + "…"), lines);
        assertEquals("…\n", tail("c".repeat(2 * kept)));
    }
}
