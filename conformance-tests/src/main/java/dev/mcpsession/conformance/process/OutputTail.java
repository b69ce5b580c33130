package dev.mcpsession.conformance.process;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.util.function.Consumer;

/** Reads what a process prints, so that it never blocks on it, and keeps the last part. */
public final class OutputTail {
    private static final int KEPT = 16 << 10;

    private final byte[] ring = new byte[KEPT];
    private long written;
    private final Thread reader;
    private final Consumer<String> onLine;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean cut;

    /** Begins to read; {@code name} is whose output it is. */
    public OutputTail(InputStream stream, String name) {
        this(stream, name, line -> {});
    }

    /**
     * Begins to read.
     *
     * @param name whose output it is
     * @param onLine told each line when its end has come, on the thread that reads; a line is cut to a bound
     */
    public OutputTail(InputStream stream, String name, Consumer<String> onLine) {
        this.onLine = onLine;
        reader = new Thread(() -> read(stream), "output of " + name);
        reader.setDaemon(true);
        reader.start();
    }

    private void read(InputStream stream) {
        var buffer = new byte[4096];
        try (stream) {
            for (int n; (n = stream.read(buffer)) >= 0; ) {
                append(buffer, n);
                lines(buffer, n);
            }
        } catch (IOException e) {
            // The process is gone.
        }
    }

    private void lines(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            if (bytes[i] == '\n') {
                onLine.accept(whole(line.toString(Charset.defaultCharset()).stripTrailing()));
                line.reset();
                cut = false;
            } else if (line.size() < KEPT) {
                line.write(bytes[i]);
            } else {
                cut = true;
            }
        }
    }

    /** Of a line that was cut, the words that are there completely: part of a secret would not be known for one. */
    private String whole(String text) {
        if (!cut) {
            return text;
        }
        int end = text.length();
        while (end > 0 && !Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end) + "…";
    }

    private synchronized void append(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            ring[(int) (written++ % KEPT)] = bytes[i];
        }
    }

    /** Waits a moment for what a process printed before it ended. */
    public void awaitEnd() throws InterruptedException {
        reader.join(500);
    }

    /**
     * The output that was kept. Where something was dropped it begins at the start of a line, or of a word of a line
     * that is longer than what is kept: the rest of a secret would not be known for one.
     */
    public synchronized String text() {
        int length = (int) Math.min(written, KEPT);
        var bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = ring[(int) ((written - length + i) % KEPT)];
        }
        var text = new String(bytes, Charset.defaultCharset());
        if (written <= KEPT) {
            return text;
        }
        int begin = text.indexOf('\n');
        if (begin < 0) {
            begin = 0;
            while (begin < text.length() && !Character.isWhitespace(text.charAt(begin))) {
                begin++;
            }
        }
        return "…\n" + text.substring(Math.min(text.length(), begin + 1));
    }
}
