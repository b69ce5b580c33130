package dev.mcpsession.conformance.clients.server;

import dev.mcpsession.conformance.clients.trace.Ending;
import dev.mcpsession.conformance.clients.trace.Recording;
import dev.mcpsession.conformance.protocol.Header;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The reply to one request, written step by step. Belongs to the thread that handles the request; others may only ask
 * {@link #isOver()}.
 */
public final class Reply {
    /** How often a client that is waited for is looked at. */
    private static final int LOOK_EVERY_MILLIS = 10;

    private final Incoming request;
    private final Socket socket;
    private final RequestReader reader;
    private final OutputStream out;
    private final Recording.OpenCall call;

    private List<Header> always = List.of();
    private boolean begun;
    private boolean chunked;
    private boolean keepAlive;
    private boolean inputEnded;
    private volatile boolean over;

    Reply(Incoming request, Socket socket, RequestReader reader, OutputStream out, Recording.OpenCall call) {
        this.request = request;
        this.socket = socket;
        this.reader = reader;
        this.out = out;
        this.call = call;
        keepAlive = request.keepsAlive();
    }

    /** The record of the exchange. */
    public Recording.OpenCall call() {
        return call;
    }

    /** Whether the exchange has ended, on whichever side. */
    public boolean isOver() {
        return over;
    }

    /** Whether a head has been sent. */
    public boolean hasBegun() {
        return begun;
    }

    /** Adds headers to the reply, whatever it will be. */
    public void add(List<Header> headers) {
        always = List.copyOf(headers);
    }

    /** Sends a whole reply. */
    public void send(int status, List<Header> headers, byte[] body) throws IOException {
        head(status, headers, body.length);
        if (body.length > 0) {
            call.bytes(body);
            out(body);
        }
        finish();
    }

    /** Sends the head of a reply whose body follows bit by bit. */
    public void begin(int status, List<Header> headers) throws IOException {
        head(status, headers, -1);
        flush();
    }

    private void head(int status, List<Header> headers, int length) throws IOException {
        if (begun) {
            throw new IllegalStateException("the head was sent already");
        }
        begun = true;
        var all = new ArrayList<>(headers);
        all.addAll(always);
        boolean bodiless = status == 204 || status == 304 || status / 100 == 1;
        if (length >= 0 && !bodiless) {
            all.add(new Header("Content-Length", String.valueOf(length)));
        } else if (!bodiless && request.version().equals("HTTP/1.1")) {
            chunked = true;
            all.add(new Header("Transfer-Encoding", "chunked"));
        } else if (!bodiless) {
            keepAlive = false;
        }
        if (!keepAlive) {
            all.add(new Header("Connection", "close"));
        }
        // A client may send its next request before it has read this reply.
        reader.takeWhatCame();
        call.head(status, all);
        var head = new StringBuilder("HTTP/1.1 ")
                .append(status)
                .append(' ')
                .append(reason(status))
                .append("\r\n");
        all.forEach(h -> head.append(h.name()).append(": ").append(h.value()).append("\r\n"));
        out(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String reason(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 202 -> "Accepted";
            case 204 -> "No Content";
            case 307 -> "Temporary Redirect";
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 429 -> "Too Many Requests";
            case 500 -> "Internal Server Error";
            case 502 -> "Bad Gateway";
            case 503 -> "Service Unavailable";
            default -> "Status";
        };
    }

    /** Sends some of the body at once. */
    public void write(byte[] bytes) throws IOException {
        if (bytes.length == 0) {
            return;
        }
        call.bytes(bytes);
        if (chunked) {
            var chunk = new ByteArrayOutputStream(bytes.length + 12);
            chunk.writeBytes((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            chunk.writeBytes(bytes);
            chunk.writeBytes(new byte[] {'\r', '\n'});
            out(chunk.toByteArray());
        } else {
            out(bytes);
        }
        flush();
    }

    /** Sends some text of the body at once. */
    public void write(String text) throws IOException {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Ends the body as it should end. */
    public void end() throws IOException {
        if (over) {
            return;
        }
        if (chunked) {
            // The end counts from before it is sent: who comes back is never taken for earlier than it was.
            call.end(Ending.COMPLETE);
            out("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        }
        finish();
    }

    private void finish() throws IOException {
        call.end(Ending.COMPLETE);
        over = true;
        flush();
    }

    /** Breaks the connection, in the middle of the body or before any of it. */
    public void cut() {
        if (!over) {
            call.end(Ending.CUT);
            over = true;
        }
        keepAlive = false;
        close();
    }

    /** Will not use the connection for another request. */
    void lastOfConnection() {
        keepAlive = false;
    }

    boolean keepsAlive() {
        return keepAlive && !inputEnded;
    }

    /** Whether the client has closed the connection, as far as can be seen. */
    public boolean clientLeft() {
        return inputEnded || socket.isClosed();
    }

    /**
     * Waits until the condition holds, the client closes the connection, or the time is over.
     *
     * @return whether the condition holds
     */
    public boolean await(BooleanSupplier condition, Duration atMost) throws IOException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (over
                    || inputEnded
                    || System.nanoTime() - deadline >= 0
                    || Thread.currentThread().isInterrupted()) {
                return condition.getAsBoolean();
            }
            look();
        }
        return true;
    }

    /** Lets time pass, for as long as the client is there. */
    public void pause(Duration span) throws IOException {
        await(() -> false, span);
    }

    private void look() throws IOException {
        int patience = socket.getSoTimeout();
        try {
            socket.setSoTimeout(LOOK_EVERY_MILLIS);
            if (reader.peek()) {
                // The next request is here already; it has to wait for its turn.
                Thread.sleep(LOOK_EVERY_MILLIS);
            } else {
                left();
            }
        } catch (SocketTimeoutException e) {
            // The client waits.
        } catch (SocketException e) {
            left();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (!socket.isClosed()) {
                socket.setSoTimeout(patience);
            }
        }
    }

    private void left() {
        inputEnded = true;
        call.end(Ending.ABANDONED);
        over = true;
    }

    private void out(byte[] bytes) throws IOException {
        try {
            out.write(bytes);
        } catch (IOException e) {
            left();
            throw e;
        }
    }

    private void flush() throws IOException {
        try {
            out.flush();
        } catch (IOException e) {
            left();
            throw e;
        }
    }

    private void close() {
        try {
            // Without this, what the client sent and nobody read would turn the end into a reset that overtakes the
            // reply.
            socket.shutdownOutput();
            socket.close();
        } catch (IOException e) {
            // It is closed, then.
        }
    }

    /** Whatever was left undone counts as cut. */
    void settle() {
        if (!over) {
            cut();
        }
    }
}
