package dev.mcpsession.conformance.clients.server;

import dev.mcpsession.conformance.protocol.Header;
import java.util.List;
import java.util.Optional;

/**
 * An HTTP request, as it came.
 *
 * @param connection the number of the connection, from 0
 * @param version the version of HTTP in the request line, such as {@code HTTP/1.1}
 * @param headers in the order and the case in which they were sent
 * @param beganAt when its first byte had come, on the clock of {@link System#nanoTime()}
 */
public record Incoming(
        int connection, String method, String target, String version, List<Header> headers, byte[] body, long beganAt) {

    /** The first value of a header, its name in any case. */
    public Optional<String> header(String name) {
        return headers.stream()
                .filter(h -> h.name().equalsIgnoreCase(name))
                .map(Header::value)
                .findFirst();
    }

    /** The target without its query. */
    public String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    /** Whether the client wants to use the connection again. */
    boolean keepsAlive() {
        var wish = header("Connection").orElse("");
        return version.equals("HTTP/1.1") ? !wish.equalsIgnoreCase("close") : wish.equalsIgnoreCase("keep-alive");
    }
}
