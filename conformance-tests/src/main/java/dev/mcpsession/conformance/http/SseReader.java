package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.protocol.Text;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Cuts the bytes of an event stream into events, as the WHATWG standard on server-sent events says. */
public final class SseReader {
    private static final int LONG_LINE = 64 << 10;
    /** What stands in a text for bytes that are no UTF-8, or because somebody wrote it. */
    private static final char REPLACEMENT = '\ufffd';

    private final Consumer<SseEvent> sink;
    private ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean afterReturn;
    private boolean first = true;
    private boolean comment;
    private boolean utf8 = true;

    private Optional<String> id = Optional.empty();
    private String event = "message";
    private @Nullable StringBuilder data;
    private Optional<String> retry = Optional.empty();

    /** @param sink told each event once its last line has come */
    public SseReader(Consumer<SseEvent> sink) {
        this.sink = sink;
    }

    /** Takes the next bytes, of which an event may be cut anywhere. */
    public void read(byte[] bytes) {
        for (byte b : bytes) {
            if (b == '\n' && afterReturn) {
                afterReturn = false;
                continue;
            }
            afterReturn = b == '\r';
            if (b == '\n' || b == '\r') {
                if (!comment) {
                    line(decoded());
                }
                comment = false;
                restart();
            } else if (b == ':' && line.size() == 0 || comment) {
                // Nobody is told of it, however long it is.
                comment = true;
                first = false;
            } else {
                line.write(b);
            }
        }
    }

    private String decoded() {
        var text = line.toString(StandardCharsets.UTF_8);
        utf8 &= text.indexOf(REPLACEMENT) < 0 || Text.isUtf8(line.toByteArray());
        return text;
    }

    /** Whether all lines that have come whole are UTF-8, apart from comments, which are not kept. */
    public boolean isUtf8() {
        return utf8;
    }

    /** Begins another line, without the memory of a long one. */
    private void restart() {
        if (line.size() > LONG_LINE) {
            line = new ByteArrayOutputStream();
        } else {
            line.reset();
        }
    }

    /** Drops what has come of an event that is not whole. */
    void drop() {
        line = new ByteArrayOutputStream();
        data = null;
    }

    /** The number of bytes that are kept of an event which has not come whole. */
    public int pending() {
        return line.size() + (data == null ? 0 : data.length());
    }

    private void line(String raw) {
        var text = first && raw.startsWith("\uFEFF") ? raw.substring(1) : raw;
        first = false;
        if (text.isEmpty()) {
            dispatch();
            return;
        }
        int colon = text.indexOf(':');
        if (colon == 0) {
            // A comment behind a byte order mark.
            return;
        }
        var field = colon < 0 ? text : text.substring(0, colon);
        var value = colon < 0 ? "" : text.substring(colon + 1);
        if (value.startsWith(" ")) {
            value = value.substring(1);
        }
        switch (field) {
            case "id" -> id = Optional.of(value);
            case "event" -> event = value;
            case "retry" -> retry = Optional.of(value);
            case "data" -> {
                if (data == null) {
                    data = new StringBuilder(value);
                } else {
                    data.append('\n').append(value);
                }
            }
            default -> {
                // The standard says to ignore fields that it does not name.
            }
        }
    }

    private void dispatch() {
        if (data != null || id.isPresent() || retry.isPresent()) {
            sink.accept(new SseEvent(System.nanoTime(), id, event, data == null ? null : data.toString(), retry));
        }
        id = Optional.empty();
        event = "message";
        data = null;
        retry = Optional.empty();
    }
}
