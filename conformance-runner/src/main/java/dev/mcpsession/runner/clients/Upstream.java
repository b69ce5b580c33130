package dev.mcpsession.runner.clients;

import dev.mcpsession.conformance.clients.server.Incoming;
import dev.mcpsession.conformance.clients.server.Reply;
import dev.mcpsession.conformance.protocol.Header;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the server that is recorded, which serves one connection of a client: what comes is passed on as it
 * comes. Not safe for use by several threads.
 */
final class Upstream implements Closeable {
    private static final int CONNECT_MILLIS = 10_000;

    /** How often a client is looked at while the server is silent. */
    private static final int LOOK_EVERY_MILLIS = 50;

    private static final int MAX_LINE = 1 << 20;

    /** Fields that speak of one connection, and so are not passed on. */
    private static final Set<String> OF_THE_CONNECTION = Set.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings",
            "expect",
            "content-length",
            "host");

    private final URI server;
    private @Nullable Socket socket;
    private @Nullable InputStream in;
    private boolean used;

    Upstream(URI server) {
        this.server = server;
    }

    /** Connects, unless that was done. */
    void connect() throws IOException {
        if (socket != null) {
            return;
        }
        boolean tls = "https".equalsIgnoreCase(server.getScheme());
        if (server.getHost() == null) {
            throw new IOException("its URL names no host: " + server.getRawAuthority());
        }
        int port = server.getPort() >= 0 ? server.getPort() : tls ? 443 : 80;
        var host = server.getHost().replaceAll("[\\[\\]]", "");
        var tcp = new Socket();
        try {
            tcp.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
            tcp.setTcpNoDelay(true);
            socket = tcp;
            if (tls) {
                var secured = (javax.net.ssl.SSLSocket)
                        ((SSLSocketFactory) SSLSocketFactory.getDefault()).createSocket(tcp, host, port, true);
                var parameters = secured.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                secured.setSSLParameters(parameters);
                secured.startHandshake();
                socket = secured;
            }
            var open = socket;
            open.setSoTimeout(LOOK_EVERY_MILLIS);
            in = new BufferedInputStream(open.getInputStream(), 16 << 10);
            used = false;
        } catch (IOException e) {
            tcp.close();
            socket = null;
            throw e;
        }
    }

    /** The fault to inject into a reply. */
    interface Tap {
        /** @return whether to break the connection to the client now */
        boolean cutsAfterHead(int status, List<Header> headers);
    }

    /** Passes a request on, and the reply back. */
    void relay(Incoming request, Reply reply, Tap tap) throws IOException {
        var bytes = encode(request);
        boolean again = used && socket != null;
        try {
            connect();
            send(bytes);
            head(request, reply, tap);
        } catch (EOFException e) {
            // A connection that was kept may have been closed meanwhile; then the server has seen nothing.
            if (!again || reply.hasBegun() || reply.isOver()) {
                throw e;
            }
            close();
            connect();
            send(bytes);
            head(request, reply, tap);
        }
    }

    private void send(byte[] bytes) throws IOException {
        try {
            var out = Objects.requireNonNull(socket, "not connected").getOutputStream();
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            var closed = new EOFException("the server closed the connection");
            closed.initCause(e);
            throw closed;
        }
        used = true;
    }

    private byte[] encode(Incoming request) {
        var path = server.getRawPath() == null || server.getRawPath().isEmpty() ? "/" : server.getRawPath();
        var query = request.target().indexOf('?');
        var target = request.path().equals(Recorder.PATH)
                ? path
                        + (query < 0
                                ? server.getRawQuery() == null ? "" : "?" + server.getRawQuery()
                                : request.target().substring(query))
                : request.target();
        var head = new StringBuilder(512)
                .append(request.method())
                .append(' ')
                .append(target)
                .append(" HTTP/1.1\r\nHost: ")
                .append(server.getRawAuthority())
                .append("\r\n");
        for (var header : request.headers()) {
            if (!OF_THE_CONNECTION.contains(header.name().toLowerCase(Locale.ROOT))) {
                head.append(header.name()).append(": ").append(header.value()).append("\r\n");
            }
        }
        if (request.body().length > 0 || request.method().equals("POST")) {
            head.append("Content-Length: ").append(request.body().length).append("\r\n");
        }
        var all = new ByteArrayOutputStream(head.length() + request.body().length + 2);
        all.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        all.writeBytes(request.body());
        return all.toByteArray();
    }

    private void head(Incoming request, Reply reply, Tap tap) throws IOException {
        int status;
        List<Header> headers;
        do {
            var line = line(reply).split(" ", 3);
            if (line.length < 2 || !line[0].startsWith("HTTP/1.") || !line[1].matches("[1-5][0-9][0-9]")) {
                throw new IOException("the server's reply is no HTTP/1.1");
            }
            status = Integer.parseInt(line[1]);
            headers = headers(reply);
        } while (status / 100 == 1);
        var chunked = value(headers, "Transfer-Encoding")
                .filter(v -> v.toLowerCase(Locale.ROOT).endsWith("chunked"))
                .isPresent();
        var length = value(headers, "Content-Length")
                .filter(v -> v.matches("[0-9]{1,15}"))
                .map(Long::valueOf);
        boolean closes = value(headers, "Connection")
                .filter(v -> v.equalsIgnoreCase("close"))
                .isPresent();
        var passed = headers.stream()
                .filter(h -> !OF_THE_CONNECTION.contains(h.name().toLowerCase(Locale.ROOT)))
                .toList();
        boolean bodiless = request.method().equals("HEAD") || status == 204 || status == 304;
        if (tap.cutsAfterHead(status, headers)) {
            reply.begin(status, passed);
            reply.cut();
            close();
            return;
        }
        if (bodiless) {
            reply.send(status, passed, new byte[0]);
        } else if (!chunked && length.isPresent() && length.get() <= 1 << 16) {
            reply.send(status, passed, exactly(reply, length.get().intValue()));
        } else {
            reply.begin(status, passed);
            stream(reply, chunked, length);
        }
        if (closes || !chunked && length.isEmpty() && !bodiless || reply.isOver() && reply.clientLeft()) {
            close();
        }
    }

    private void stream(Reply reply, boolean chunked, Optional<Long> length) throws IOException {
        if (chunked) {
            for (long size; (size = Long.parseLong(line(reply).split(";", 2)[0].strip(), 16)) > 0; ) {
                copy(reply, size);
                line(reply);
            }
            headers(reply);
        } else if (length.isPresent()) {
            copy(reply, length.get());
        } else {
            for (byte[] some; (some = some(reply, Integer.MAX_VALUE)).length > 0; ) {
                reply.write(some);
            }
        }
        reply.end();
    }

    private void copy(Reply reply, long length) throws IOException {
        for (long left = length; left > 0; ) {
            var some = some(reply, left);
            if (some.length == 0) {
                throw new EOFException("the server closed the connection in the middle of a reply");
            }
            reply.write(some);
            left -= some.length;
        }
    }

    private byte[] exactly(Reply reply, int length) throws IOException {
        var all = new byte[length];
        for (int filled = 0; filled < length; ) {
            var some = some(reply, length - filled);
            if (some.length == 0) {
                throw new EOFException("the server closed the connection in the middle of a reply");
            }
            System.arraycopy(some, 0, all, filled, some.length);
            filled += some.length;
        }
        return all;
    }

    /** Reads the bytes that are there, at least one unless the stream has ended; waits as long as the client does. */
    private byte[] some(Reply reply, long most) throws IOException {
        var buffer = new byte[(int) Math.min(16 << 10, most)];
        while (true) {
            try {
                int count = in().read(buffer);
                return count <= 0 ? new byte[0] : count == buffer.length ? buffer : Arrays.copyOf(buffer, count);
            } catch (SocketTimeoutException e) {
                look(reply);
            }
        }
    }

    private InputStream in() {
        return Objects.requireNonNull(in, "not connected");
    }

    private int one(Reply reply) throws IOException {
        while (true) {
            try {
                return in().read();
            } catch (SocketTimeoutException e) {
                look(reply);
            }
        }
    }

    private void look(Reply reply) throws IOException {
        reply.pause(Duration.ofMillis(1));
        if (reply.clientLeft()) {
            close();
            throw new IOException("the client left");
        }
    }

    private String line(Reply reply) throws IOException {
        var line = new StringBuilder();
        for (int b; (b = one(reply)) != '\n'; ) {
            if (b < 0) {
                throw new EOFException("the server closed the connection before its reply was complete");
            }
            if (line.length() > MAX_LINE) {
                throw new IOException("a line of the server's reply does not end");
            }
            line.append((char) b);
        }
        return line.length() > 0 && line.charAt(line.length() - 1) == '\r'
                ? line.substring(0, line.length() - 1)
                : line.toString();
    }

    private List<Header> headers(Reply reply) throws IOException {
        var headers = new ArrayList<Header>();
        for (String line; !(line = line(reply)).isEmpty(); ) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.add(new Header(
                        line.substring(0, colon), line.substring(colon + 1).strip()));
            }
        }
        return headers;
    }

    private static Optional<String> value(List<Header> headers, String name) {
        return headers.stream()
                .filter(h -> h.name().equalsIgnoreCase(name))
                .map(Header::value)
                .findFirst();
    }

    @Override
    public void close() throws IOException {
        var open = socket;
        socket = null;
        if (open != null) {
            open.close();
        }
    }
}
