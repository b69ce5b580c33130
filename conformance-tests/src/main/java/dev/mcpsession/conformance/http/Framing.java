package dev.mcpsession.conformance.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * How the body of a request goes over the wire.
 *
 * @param pieces in how many pieces it is written, after the head
 * @param pauseMillis how long to wait before each piece, so that a server reads it apart from the others
 * @param chunked whether each piece is a chunk, and the head names no length
 */
record Framing(int pieces, int pauseMillis, boolean chunked) {
    /** Head and body at once. */
    static final Framing WHOLE = new Framing(1, 0, false);

    void write(OutputStream out, byte[] head, byte[] body) throws IOException {
        if (this.equals(WHOLE)) {
            var all = new byte[head.length + body.length];
            System.arraycopy(head, 0, all, 0, head.length);
            System.arraycopy(body, 0, all, head.length, body.length);
            out.write(all);
            out.flush();
            return;
        }
        out.write(head);
        out.flush();
        for (int i = 0; i < pieces; i++) {
            pause();
            int from = (int) ((long) body.length * i / pieces);
            int count = (int) ((long) body.length * (i + 1) / pieces) - from;
            if (chunked && count > 0) {
                out.write((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            }
            out.write(body, from, count);
            if (chunked && count > 0) {
                out.write("\r\n".getBytes(StandardCharsets.ISO_8859_1));
            }
            out.flush();
        }
        if (chunked) {
            out.write("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }
    }

    private void pause() throws IOException {
        try {
            Thread.sleep(pauseMillis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
