package dev.mcpsession.conformance.clients.server;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Text;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads the requests of one connection. Not safe for use by several threads. */
final class RequestReader {
    private static final int MAX_HEAD = 128 << 10;
    private static final int MAX_BODY = 16 << 20;
    private static final int TLS_HANDSHAKE = 0x16;
    private static final String HTTP2_PREFACE = "PRI * HTTP/2";

    /** The bytes that came are no request that can be read. */
    static final class NoRequestException extends IOException {
        private static final long serialVersionUID = 1L;

        /** The status to refuse it with; 0 to say nothing. */
        final int status;

        NoRequestException(int status, String words) {
            super(words);
            this.status = status;
        }
    }

    private final int connection;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] buffer = new byte[16 << 10];
    private int next;
    private int end;
    /** When the bytes in the buffer came, as far as is known. */
    private long cameAt;

    private boolean first = true;
    private int headBytes;

    RequestReader(int connection, InputStream in, OutputStream out) {
        this.connection = connection;
        this.in = in;
        this.out = out;
    }

    /**
     * Looks whether more has come.
     *
     * @return false once the client has closed its side
     * @throws java.net.SocketTimeoutException if nothing came within the socket's timeout
     */
    boolean peek() throws IOException {
        if (next < end) {
            return true;
        }
        // A read that times out leaves nothing behind.
        next = 0;
        end = 0;
        end = Math.max(0, in.read(buffer));
        cameAt = System.nanoTime();
        return end > 0;
    }

    /** Takes what has come already, if nothing is held, so that it counts from now and not from when it is its turn. */
    void takeWhatCame() {
        try {
            if (next >= end && in.available() > 0) {
                peek();
            }
        } catch (IOException e) {
            // The connection is broken, as the next write to it will show.
        }
    }

    /** The next request; empty once the client has closed the connection between two. */
    Optional<Incoming> read() throws IOException {
        if (!peek()) {
            return Optional.empty();
        }
        long beganAt = cameAt;
        headBytes = 0;
        if (first && (buffer[next] & 0xff) == TLS_HANDSHAKE) {
            throw new NoRequestException(
                    0, "the client speaks TLS, and this is a server without: give it the URL as it is, with http://");
        }
        var line = line();
        while (line.isEmpty()) {
            // RFC 9112 asks servers to overlook an empty line before a request.
            line = line();
        }
        if (first && line.startsWith(HTTP2_PREFACE)) {
            throw new NoRequestException(
                    505,
                    "the client speaks HTTP/2 at once, and this server speaks HTTP/1.1 alone,"
                            + " as every server of Streamable HTTP may");
        }
        first = false;
        var parts = line.split(" ", -1);
        if (parts.length != 3
                || !parts[0].matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")
                || !parts[2].matches("HTTP/1\\.[01]")) {
            throw new NoRequestException(
                    400,
                    "the client sent what is no HTTP/1.1 request: it begins with " + printable(Text.cut(line, 60)));
        }
        var headers = headers();
        var body = body(parts[2], headers);
        return Optional.of(new Incoming(connection, parts[0], path(parts[1]), parts[2], headers, body, beganAt));
    }

    /** A client that takes us for a proxy sends the whole URL. */
    private static String path(String target) {
        return target.matches("(?i)https?://.*")
                ? target.replaceFirst("(?i)https?://[^/?#]*", "").replaceFirst("^(?!/)", "/")
                : target;
    }

    private static String printable(String text) {
        return text.replaceAll("[^\\x20-\\x7E…]", "?");
    }

    private List<Header> headers() throws IOException {
        var headers = new ArrayList<Header>();
        for (String line; !(line = line()).isEmpty(); ) {
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw new NoRequestException(400, "the client sent a header line without a name");
            }
            headers.add(new Header(
                    line.substring(0, colon), line.substring(colon + 1).strip()));
        }
        return List.copyOf(headers);
    }

    private byte[] body(String version, List<Header> headers) throws IOException {
        var encoding = value(headers, "Transfer-Encoding").map(v -> v.toLowerCase(Locale.ROOT));
        var length = value(headers, "Content-Length");
        boolean waits = value(headers, "Expect")
                .filter(v -> v.equalsIgnoreCase("100-continue"))
                .isPresent();
        if (encoding.isEmpty() && length.isEmpty()) {
            return new byte[0];
        }
        if (encoding.isPresent() && !encoding.get().equals("chunked")) {
            throw new NoRequestException(
                    501, "the client sent a body in the transfer encoding " + printable(encoding.get()));
        }
        if (encoding.isEmpty() && !length.get().matches("[0-9]{1,12}")) {
            throw new NoRequestException(400, "the client sent a body of the length " + printable(length.get()));
        }
        if (encoding.isEmpty() && Long.parseLong(length.get()) > MAX_BODY) {
            throw new NoRequestException(413, "the client sent a body of " + length.get() + " bytes");
        }
        if (waits && version.equals("HTTP/1.1")) {
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }
        return encoding.isPresent() ? chunks() : bytes(Integer.parseInt(length.get()));
    }

    private byte[] chunks() throws IOException {
        var body = new ByteArrayOutputStream();
        while (true) {
            var size = line().split(";", 2)[0].strip();
            if (!size.matches("[0-9A-Fa-f]{1,8}")) {
                throw new NoRequestException(400, "the client sent a chunk of the size " + printable(size));
            }
            long length = Long.parseLong(size, 16);
            if (body.size() + length > MAX_BODY) {
                throw new NoRequestException(413, "the client sent a body of more than " + MAX_BODY + " bytes");
            }
            if (length == 0) {
                headers();
                return body.toByteArray();
            }
            body.writeBytes(bytes((int) length));
            line();
        }
    }

    private byte[] bytes(int length) throws IOException {
        var bytes = new byte[length];
        int filled = Math.min(length, end - next);
        System.arraycopy(buffer, next, bytes, 0, filled);
        next += filled;
        if (filled < length && in.readNBytes(bytes, filled, length - filled) < length - filled) {
            throw new EOFException("the client closed the connection in the middle of a request");
        }
        return bytes;
    }

    private String line() throws IOException {
        StringBuilder line = null;
        while (true) {
            for (int i = next; i < end; i++) {
                if (buffer[i] == '\n') {
                    var last = new String(buffer, next, i - next, StandardCharsets.ISO_8859_1);
                    headBytes += i + 1 - next;
                    next = i + 1;
                    var text = line == null ? last : line.append(last).toString();
                    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
                }
            }
            line = line == null ? new StringBuilder() : line;
            line.append(new String(Arrays.copyOfRange(buffer, next, end), StandardCharsets.ISO_8859_1));
            headBytes += end - next;
            next = end;
            if (headBytes > MAX_HEAD) {
                throw new NoRequestException(
                        431, "the client sent a request whose head does not end within " + MAX_HEAD + " bytes");
            }
            if (!peek()) {
                throw new EOFException("the client closed the connection in the middle of a request");
            }
        }
    }

    private static Optional<String> value(List<Header> headers, String name) {
        return headers.stream()
                .filter(h -> h.name().equalsIgnoreCase(name))
                .map(Header::value)
                .findFirst();
    }
}
