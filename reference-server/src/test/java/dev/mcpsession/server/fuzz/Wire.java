package dev.mcpsession.server.fuzz;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** A connection on which anything can be sent. It reads replies strictly: what it cannot read is the server's fault. */
public final class Wire implements AutoCloseable {

    /** The server has closed the connection within a reply. */
    public static final class CutOffException extends IOException {

        private static final long serialVersionUID = 1L;

        CutOffException(String message) {
            super(message);
        }
    }

    private static final int MAX_LINE = 1 << 16;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;

    /** Connects to a port of this machine. */
    public Wire(int port) throws IOException {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /** Sends these bytes. */
    public void send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** Frees the port at once when the connection is closed, so that another can have it. */
    void dropWhenClosed() throws IOException {
        socket.setSoLinger(true, 0);
    }

    /** Tells the server that no more will come. */
    public void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    /**
     * Reads the next reply, with its body.
     *
     * @param head whether it answers a HEAD request, and so has no body
     * @param forHead how long to wait for its head
     * @param forBody how long to wait for each bit of its body
     * @return the reply; its body is incomplete if that took too long
     * @throws EOFException if the server has closed the connection in good order before the reply
     * @throws SocketTimeoutException if no head came in time
     * @throws CutOffException if it has done so within the reply
     * @throws IOException if the connection was lost, or what came is no HTTP
     */
    public Reply read(boolean head, Duration forHead, Duration forBody) throws IOException {
        socket.setSoTimeout(Math.toIntExact(forHead.toMillis()));
        while (true) {
            int status = readStatus();
            var headers = readHeaders();
            if (status >= 200) {
                socket.setSoTimeout(Math.toIntExact(forBody.toMillis()));
                return readBody(status, headers, head);
            }
        }
    }

    private int readStatus() throws IOException {
        in.mark(1);
        if (in.read() < 0) {
            throw new EOFException("closed before the reply");
        }
        in.reset();
        var line = readLine();
        // Undertow answers in the version in which it was asked, be it one of old.
        if (!line.matches("HTTP/(0\\.9|1\\.[01]) [1-5][0-9][0-9]( .*)?")) {
            throw new IOException("no status line: " + line);
        }
        return Integer.parseInt(line.substring(9, 12));
    }

    private Map<String, String> readHeaders() throws IOException {
        var headers = new HashMap<String, String>();
        for (var line = readLine(); !line.isEmpty(); line = readLine()) {
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new IOException("no header field: " + line);
            }
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return headers;
    }

    private Reply readBody(int status, Map<String, String> headers, boolean head) throws IOException {
        boolean keptOpen = !"close".equalsIgnoreCase(headers.get("connection"));
        var body = new ByteArrayOutputStream();
        boolean ended = true;
        boolean delimited = true;
        try {
            if (!head && status != 204 && status != 304) {
                if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
                    readChunks(body);
                } else if (headers.containsKey("content-length")) {
                    readFully(body, Integer.parseInt(headers.get("content-length")));
                } else {
                    delimited = false;
                    in.transferTo(body);
                }
            }
        } catch (SocketTimeoutException e) {
            ended = false;
        }
        return new Reply(status, headers, body.toString(StandardCharsets.UTF_8), ended, keptOpen && delimited && ended);
    }

    private void readChunks(ByteArrayOutputStream body) throws IOException {
        while (true) {
            int size = Integer.parseInt(readLine(), 16);
            if (size == 0) {
                readHeaders();
                return;
            }
            readFully(body, size);
            if (!readLine().isEmpty()) {
                throw new IOException("a chunk longer than its size");
            }
        }
    }

    private void readFully(ByteArrayOutputStream body, int length) throws IOException {
        var bytes = in.readNBytes(length);
        body.write(bytes);
        if (bytes.length < length) {
            throw new CutOffException("closed within the body");
        }
    }

    private String readLine() throws IOException {
        var line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new CutOffException("closed within a line: " + line);
            }
            if (line.length() == MAX_LINE) {
                throw new IOException("a line without an end: " + line.substring(0, 100));
            }
            line.append((char) c);
        }
        if (line.isEmpty() || line.charAt(line.length() - 1) != '\r') {
            throw new IOException("a line that ends without CR: " + line);
        }
        line.setLength(line.length() - 1);
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
