package dev.mcpsession.conformance.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SseReaderTest {
    private static final String STREAM =
            "\uFEFF: a comment\n\nid: 1\ndata: one\ndata:two\n\nevent: ping\ndata\n\nretry: 500\n\ndata: "
                    + "ü\nunknown: x\n\ndata: cut off";

    /** Lines end in three ways, and bytes may come one by one. */
    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n"})
    void readsEventsWhateverTheLineEndAndTheCut(String end) {
        var bytes = STREAM.replace("\n", end).getBytes(StandardCharsets.UTF_8);
        for (int step : new int[] {1, 3, bytes.length}) {
            var events = new ArrayList<SseEvent>();
            var reader = new SseReader(events::add);
            for (int i = 0; i < bytes.length; i += step) {
                reader.read(java.util.Arrays.copyOfRange(bytes, i, Math.min(bytes.length, i + step)));
            }
            assertEquals(
                    List.of("message|1|one\ntwo|", "ping||empty|", "message||none|500", "message||ü|"),
                    events.stream().map(SseReaderTest::words).toList());
        }
    }

    private static String words(SseEvent e) {
        var data = e.data() == null ? "none" : e.data().isEmpty() ? "empty" : e.data();
        return e.event() + "|" + e.id().orElse("") + "|" + data + "|"
                + Optional.ofNullable(e.retry()).get().orElse("");
    }
}
