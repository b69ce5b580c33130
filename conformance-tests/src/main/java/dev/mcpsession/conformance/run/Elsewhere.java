package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.http.Transport;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.target.Target;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Looks for an MCP endpoint beside a URL that is none: at the usual paths of the same host and port. */
final class Elsewhere {
    private static final List<String> PATHS = List.of("/mcp", "/", "/api/mcp");

    /** Where servers of the transport before Streamable HTTP have their stream. */
    private static final String OLD_PATH = "/sse";

    /** How long the first event of an old server's stream may take. */
    private static final Duration FIRST_EVENT = Duration.ofSeconds(1);

    /** How long an answer is waited for: this is a courtesy, and must not take long. */
    private static final Duration WITHIN = Duration.ofSeconds(2);

    private final Client client;
    private final URI uri;

    private Elsewhere(Target target, Transport transport) {
        uri = target.uri();
        client = new Client(target, transport, Revision.V2025_11_25, null, new Transcript(), (why, span) -> {});
    }

    /** The finding, as a sentence; empty where there is none. */
    static String hint(Target target, Transport transport) {
        var elsewhere = new Elsewhere(target, transport);
        try {
            if (elsewhere.isOld(elsewhere.uri)) {
                return old(elsewhere.uri);
            }
            for (var path : PATHS) {
                var other = elsewhere.uri.resolve(path);
                if (!path.equals(elsewhere.uri.getPath()) && elsewhere.answers(other)) {
                    return "An MCP server answers at " + other + ": is that meant?";
                }
            }
            var old = elsewhere.uri.resolve(OLD_PATH);
            return elsewhere.isOld(old) ? old(old) : "";
        } finally {
            elsewhere.client.transcript().entries().forEach(e -> e.exchange().close());
        }
    }

    private static String old(URI uri) {
        return "At " + uri + " is a server of the transport HTTP+SSE, of revision 2024-11-05, which has no sessions of "
                + "this kind; the kit judges Streamable HTTP, of 2025-03-26 and later.";
    }

    private boolean answers(URI other) {
        var there = client.at(other);
        var opening = there.post(there.initialize()).purpose(Survey.PURPOSE).open(WITHIN);
        opening.await(() -> opening.ended() || !opening.messages().isEmpty(), WITHIN);
        if (!opening.answered()) {
            return false;
        }
        opening.sessionId()
                .ifPresent(id ->
                        there.delete().withSessionId(id).purpose(Survey.PURPOSE).send());
        // One that wants credentials first is found too.
        return opening.status() == 401
                || opening.messages().stream().anyMatch(m -> m.path("result").has("protocolVersion"));
    }

    /** An old server sends the address for messages as the first event of its stream. */
    private boolean isOld(URI other) {
        var get = client.at(other).get().purpose(Survey.PURPOSE).open(FIRST_EVENT);
        if (!get.answered() || get.status() != 200 || !get.isEventStream()) {
            return false;
        }
        get.await(() -> !get.events().isEmpty(), FIRST_EVENT);
        return Optional.of(get.events())
                .filter(e -> !e.isEmpty())
                .map(e -> e.get(0).event())
                .filter("endpoint"::equals)
                .isPresent();
    }
}
