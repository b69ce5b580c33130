package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Text;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** One HTTP/1.1 exchange over a socket of its own, with no check of what is sent. */
final class RawConnection implements Closeable {
    /** More than any server's head; what is longer is no HTTP. As many bytes of trailers are read. */
    private static final int MAX_HEAD_BYTES = 384 << 10;

    /** More heads that announce another are not read. */
    private static final int MAX_INTERIM = 20;

    /** The line that says how long a chunk is. */
    private static final int MAX_CHUNK_LINE = 8 << 10;

    private static final String CLOSED = "the server closed the connection before the reply was complete";

    /** Told what comes back. */
    interface Sink {
        void head(int status, List<Header> headers);

        void bytes(byte[] bytes);
    }

    /** A proxy that is asked to connect us to the server. */
    record Tunnel(String host, int port, List<Header> headers) {}

    private final URI uri;
    private final @Nullable SSLContext sslContext;
    private final Optional<Tunnel> tunnel;
    private final Socket tcp = new Socket();

    RawConnection(URI uri, @Nullable SSLContext sslContext, Optional<Tunnel> tunnel) {
        this.uri = uri;
        this.sslContext = sslContext;
        this.tunnel = tunnel;
    }

    /** Sends a request and reads the reply to its end. */
    void run(String method, List<Header> headers, @Nullable String body, Framing framing, int connectMillis, Sink sink)
            throws IOException {
        try (var socket = connect(connectMillis)) {
            IOException unwritten = null;
            try {
                framing.write(
                        socket.getOutputStream(),
                        head(method, headers, body, framing),
                        body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // A server may answer before it has read all, and close the connection: that answer counts.
                unwritten = e;
            }
            try {
                read(new BufferedInputStream(socket.getInputStream()), method, sink);
            } catch (IOException e) {
                throw unwritten == null ? e : unwritten;
            }
        }
    }

    private Socket connect(int millis) throws IOException {
        boolean tls = "https".equalsIgnoreCase(uri.getScheme());
        int port = uri.getPort() >= 0 ? uri.getPort() : tls ? 443 : 80;
        // The brackets of an IPv6 address are the URI's, not the address's.
        var host = uri.getHost().replaceAll("[\\[\\]]", "");
        tcp.setTcpNoDelay(true);
        var to = tunnel.map(t -> new InetSocketAddress(t.host(), t.port()))
                .orElseGet(() -> new InetSocketAddress(host, port));
        tcp.connect(to, millis);
        if (tunnel.isPresent()) {
            openTunnel(uri.getHost() + ":" + port, tunnel.get());
        }
        if (!tls) {
            return tcp;
        }
        var factory =
                sslContext == null ? (SSLSocketFactory) SSLSocketFactory.getDefault() : sslContext.getSocketFactory();
        var socket = (SSLSocket) factory.createSocket(tcp, host, port, true);
        var parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private void openTunnel(String authority, Tunnel through) throws IOException {
        var head = new StringBuilder("CONNECT ")
                .append(authority)
                .append(" HTTP/1.1\r\nHost: ")
                .append(authority)
                .append("\r\n");
        through.headers()
                .forEach(h ->
                        head.append(h.name()).append(": ").append(h.value()).append("\r\n"));
        tcp.getOutputStream().write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        // The bytes after the head are the server's: nothing may be read ahead.
        var in = tcp.getInputStream();
        int status = status(line(in, MAX_HEAD_BYTES));
        headers(in, "head");
        if (status / 100 != 2) {
            throw new IOException("the proxy " + through.host() + ":" + through.port()
                    + " does not connect to the server: status " + status);
        }
    }

    private byte[] head(String method, List<Header> headers, @Nullable String body, Framing framing) {
        var path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        var head = new StringBuilder(method).append(' ').append(path);
        if (uri.getRawQuery() != null) {
            head.append('?').append(uri.getRawQuery());
        }
        head.append(" HTTP/1.1\r\n");
        if (Exchange.first(headers, "Host").isEmpty()) {
            head.append("Host: ").append(uri.getRawAuthority()).append("\r\n");
        }
        headers.forEach(
                h -> head.append(h.name()).append(": ").append(h.value()).append("\r\n"));
        if (framing.chunked()) {
            head.append("Transfer-Encoding: chunked\r\n");
        } else if (body != null
                && Exchange.first(headers, "Content-Length").isEmpty()
                && Exchange.first(headers, "Transfer-Encoding").isEmpty()) {
            head.append("Content-Length: ")
                    .append(body.getBytes(StandardCharsets.UTF_8).length)
                    .append("\r\n");
        }
        if (Exchange.first(headers, "Connection").isEmpty()) {
            head.append("Connection: close\r\n");
        }
        return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Reads a whole reply. */
    static void read(InputStream in, String method, Sink sink) throws IOException {
        int status;
        List<Header> headers;
        int heads = 0;
        do {
            if (heads++ > MAX_INTERIM) {
                throw new ReplyBoundException("it sent more than " + MAX_INTERIM + " heads before that of the reply");
            }
            status = status(line(in, MAX_HEAD_BYTES));
            headers = headers(in, "head");
        } while (status / 100 == 1 && status != 101);
        sink.head(status, headers);
        if (method.equals("HEAD") || status == 204 || status == 304) {
            return;
        }
        var encoding = Exchange.first(headers, "Transfer-Encoding").orElse("").toLowerCase(Locale.ROOT);
        var length = Exchange.first(headers, "Content-Length");
        if (encoding.endsWith("chunked")) {
            for (long size; (size = chunkSize(line(in, MAX_CHUNK_LINE))) > 0; ) {
                copy(in, size, sink);
                line(in, MAX_CHUNK_LINE);
            }
            headers(in, "trailer");
        } else if (length.isPresent()) {
            copy(in, number(length.get(), 10), sink);
        } else {
            for (byte[] some; (some = some(in, Long.MAX_VALUE)).length > 0; ) {
                sink.bytes(some);
            }
        }
    }

    private static int status(String line) throws IOException {
        var parts = line.split(" ", 3);
        if (parts.length < 2 || !parts[0].startsWith("HTTP/1.") || !parts[1].matches("[1-5][0-9][0-9]")) {
            throw new IOException("the reply is no HTTP: it begins with " + Text.cut(line, 60));
        }
        return Integer.parseInt(parts[1]);
    }

    /** @param part what they are in, the head or the trailer */
    private static List<Header> headers(InputStream in, String part) throws IOException {
        var headers = new ArrayList<Header>();
        int left = MAX_HEAD_BYTES;
        for (String line; !(line = line(in, left)).isEmpty(); ) {
            left -= line.length();
            if (headers.size() >= Transport.MAX_FIELDS) {
                throw new ReplyBoundException(
                        "the " + part + " of the reply has more than " + Transport.MAX_FIELDS + " fields");
            }
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.add(new Header(
                        line.substring(0, colon).strip(),
                        line.substring(colon + 1).strip()));
            }
        }
        return headers;
    }

    private static long chunkSize(String line) throws IOException {
        return number(line.split(";", 2)[0].strip(), 16);
    }

    private static long number(String text, int radix) throws IOException {
        var digits = text.strip();
        try {
            // A sign is none of HTTP's.
            if (!digits.isEmpty() && Character.digit(digits.charAt(0), radix) >= 0) {
                return Long.parseLong(digits, radix);
            }
        } catch (NumberFormatException e) {
            // Then it is no length.
        }
        throw new IOException("the reply is no HTTP: '" + Text.cut(text, 60) + "' is no length");
    }

    private static String line(InputStream in, int most) throws IOException {
        var bytes = new ByteArrayOutputStream();
        for (int b; (b = in.read()) != '\n'; ) {
            if (b < 0) {
                throw new EOFException(CLOSED);
            }
            if (bytes.size() >= most) {
                throw new ReplyBoundException("its head, its trailer or a line of it does not end");
            }
            bytes.write(b);
        }
        var line = bytes.toString(StandardCharsets.ISO_8859_1);
        return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    }

    private static void copy(InputStream in, long length, Sink sink) throws IOException {
        for (long left = length; left > 0; ) {
            var some = some(in, left);
            if (some.length == 0) {
                throw new EOFException(CLOSED);
            }
            sink.bytes(some);
            left -= some.length;
        }
    }

    /** Reads the bytes that are there, at least one unless the stream has ended. */
    private static byte[] some(InputStream in, long most) throws IOException {
        var buffer = new byte[(int) Math.min(8192, most)];
        int count = in.read(buffer);
        return count <= 0 ? new byte[0] : java.util.Arrays.copyOf(buffer, count);
    }

    /** Cuts the connection, from any thread. */
    @Override
    public void close() throws IOException {
        tcp.close();
    }
}
