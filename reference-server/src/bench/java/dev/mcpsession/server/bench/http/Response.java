package dev.mcpsession.server.bench.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * The response that comes on a connection. Just as much of HTTP as the contenders speak, so that reading it takes
 * little of the machine from them.
 */
final class Response {

    private static final byte[] CONTENT_LENGTH = "content-length".getBytes(US_ASCII);
    private static final byte[] TRANSFER_ENCODING = "transfer-encoding".getBytes(US_ASCII);
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(US_ASCII);
    /** The status follows "HTTP/1.1 ". */
    private static final int STATUS = 9;

    private final ByteBuffer buffer = ByteBuffer.allocate(16 << 10);
    private final byte[] bytes = buffer.array();
    private int bodyStart;

    void clear() {
        buffer.clear();
        bodyStart = 0;
    }

    /** Reads what there is; returns whether the response has come to its end. */
    boolean readFrom(ReadableByteChannel channel) throws IOException {
        if (channel.read(buffer) < 0) {
            throw new EOFException("the server has closed the connection after:\n" + this);
        }
        if (bodyStart == 0) {
            bodyStart = endOfHead();
        }
        return bodyStart > 0 && buffer.position() >= end();
    }

    private int endOfHead() {
        for (int i = 3; i < buffer.position(); i++) {
            if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n') {
                return i + 1;
            }
        }
        return 0;
    }

    private int end() {
        int length = valueOf(CONTENT_LENGTH);
        if (length > 0) {
            int size = 0;
            for (int i = length; bytes[i] != '\r'; i++) {
                size = 10 * size + bytes[i] - '0';
            }
            return bodyStart + size;
        }
        if (valueOf(TRANSFER_ENCODING) > 0) {
            int tail = buffer.position() - LAST_CHUNK.length;
            return tail >= bodyStart && matches(tail, LAST_CHUNK) ? buffer.position() : Integer.MAX_VALUE;
        }
        return bodyStart;
    }

    int status() {
        return 100 * (bytes[STATUS] - '0') + 10 * (bytes[STATUS + 1] - '0') + bytes[STATUS + 2] - '0';
    }

    /** Returns the value of a header field, or null. The name must be given in lower case. */
    String header(byte[] name) {
        int start = valueOf(name);
        int end = start;
        while (start > 0 && bytes[end] != '\r') {
            end++;
        }
        return start == 0 ? null : new String(bytes, start, end - start, US_ASCII);
    }

    private int valueOf(byte[] name) {
        for (int i = STATUS; i < bodyStart - name.length; i++) {
            if (bytes[i] == '\n'
                    && (bytes[i + 1] | 0x20) == name[0]
                    && bytes[i + 1 + name.length] == ':'
                    && matches(i + 1, name)) {
                int value = i + name.length + 2;
                return bytes[value] == ' ' ? value + 1 : value;
            }
        }
        return 0;
    }

    boolean bodyContains(byte[] text) {
        for (int i = bodyStart; i <= buffer.position() - text.length; i++) {
            if (matches(i, text)) {
                return true;
            }
        }
        return false;
    }

    /** Letters are compared without their case. */
    private boolean matches(int at, byte[] text) {
        for (int i = 0; i < text.length; i++) {
            if (bytes[at + i] != text[i] && (bytes[at + i] | 0x20) != text[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return new String(bytes, 0, buffer.position(), UTF_8);
    }
}
