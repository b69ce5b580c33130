package dev.mcpsession.conformance.clients.stage;

import dev.mcpsession.conformance.clients.server.Incoming;
import dev.mcpsession.conformance.clients.server.Reply;
import dev.mcpsession.conformance.protocol.Header;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Lets pages of this machine use a server of the kit (CORS, as the Fetch standard has it): without that, a client that
 * runs in a browser can neither send nor read the header fields of the protocol. Other pages are told nothing.
 */
final class CrossOrigin {
    private static final String LOOPBACK =
            "https?://(localhost|[a-z0-9-]+\\.localhost|127(\\.[0-9]{1,3}){3}|\\[::1])(:[0-9]{1,5})?";
    private static final List<String> SENT_BY_CLIENTS = List.of(
            "Accept",
            "Authorization",
            "Content-Type",
            "Last-Event-ID",
            "MCP-Protocol-Version",
            "Mcp-Method",
            "Mcp-Name",
            "Mcp-Session-Id");
    private static final String REQUEST_METHOD = "Access-Control-Request-Method";

    private CrossOrigin() {}

    private static Optional<String> origin(Incoming request) {
        return request.header("Origin").filter(o -> o.toLowerCase(Locale.ROOT).matches(LOOPBACK));
    }

    /** Whether the request is the question that a browser asks before it lets a page send another. */
    static boolean isPreflight(Incoming request) {
        return request.method().equals("OPTIONS")
                && request.header("Origin").isPresent()
                && request.header(REQUEST_METHOD).isPresent();
    }

    /** The headers of every reply that a page may read; none for pages that are not of this machine. */
    static List<Header> headers(Incoming request) {
        return origin(request)
                .map(origin -> List.of(
                        new Header("Access-Control-Allow-Origin", origin),
                        new Header("Vary", "Origin"),
                        new Header("Access-Control-Expose-Headers", "Mcp-Session-Id, WWW-Authenticate")))
                .orElse(List.of());
    }

    /** Answers a preflight. */
    static void answer(Incoming request, Reply reply) throws IOException {
        var origin = origin(request);
        if (origin.isEmpty()) {
            reply.send(403, List.of(), new byte[0]);
            return;
        }
        // The fields that mirror arguments of tools: their names depend on the tool.
        var parameters = request.header("Access-Control-Request-Headers").stream()
                .flatMap(names -> Arrays.stream(names.split(",")))
                .map(String::strip)
                .filter(name -> name.toLowerCase(Locale.ROOT).matches("mcp-param-[a-z0-9!#$%&'*+.^_`|~-]{1,100}"));
        reply.send(
                204,
                List.of(
                        new Header("Access-Control-Allow-Origin", origin.get()),
                        new Header("Vary", "Origin"),
                        new Header("Access-Control-Allow-Methods", "GET, POST, DELETE"),
                        new Header(
                                "Access-Control-Allow-Headers",
                                Stream.concat(SENT_BY_CLIENTS.stream(), parameters)
                                        .collect(Collectors.joining(", "))),
                        new Header("Access-Control-Max-Age", "600")),
                new byte[0]);
    }
}
