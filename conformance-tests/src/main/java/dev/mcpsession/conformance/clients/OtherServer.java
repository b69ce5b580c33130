package dev.mcpsession.conformance.clients;

import java.net.URI;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds out from what a client prints that it talks to another server than the kit's. */
final class OtherServer {
    /** As programs print them: {@code http://host:8000/mcp}, {@code 127.0.0.1:8000}, {@code localhost port 8000}. */
    private static final Pattern ADDRESS =
            Pattern.compile("(?i)(?:https?://([a-z0-9.-]{1,253}|\\[[0-9a-f:.]{2,45}\\])(?::([0-9]{1,5}))?"
                    + "|(?<![a-z0-9.])(localhost|127\\.0\\.0\\.1|\\[?::1\\]?)(?::| port )([0-9]{1,5}))(?![0-9])");

    private OtherServer() {}

    /** The first address in the output that is not the given server's; empty if there is none. */
    static Optional<String> namedIn(String output, URI server) {
        return ADDRESS.matcher(output)
                .results()
                .filter(found -> {
                    var host = Optional.ofNullable(found.group(1))
                            .or(() -> Optional.ofNullable(found.group(3)))
                            .orElse("");
                    var port = Optional.ofNullable(found.group(2)).or(() -> Optional.ofNullable(found.group(4)));
                    boolean here = host.matches("(?i)localhost|127\\.0\\.0\\.1|\\[?::1\\]?");
                    // Other hosts stand in texts of all kinds, such as links to an explanation.
                    return here && !port.equals(Optional.of(String.valueOf(server.getPort())));
                })
                .map(found -> found.group())
                .findFirst();
    }
}
