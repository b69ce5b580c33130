package dev.mcpsession.server.fuzz;

import dev.mcpsession.server.ReferenceServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/**
 * For a fuzzer that sees which code its inputs reach: whatever bytes come to the server as a body, as header fields or
 * as anything at all, it answers as {@link Fuzzer} wants.
 */
public final class ServerFuzz {
    private static final ReferenceServer STREAMS = ReferenceServer.builder().start();
    private static final ReferenceServer JSON = ReferenceServer.builder()
            .jsonAnswers(true)
            .idleTimeout(Duration.ofSeconds(5))
            .start();
    private static final Fuzzer TO_STREAMS = new Fuzzer(STREAMS.port(), Duration.ofSeconds(20));
    private static final Fuzzer TO_JSON = new Fuzzer(JSON.port(), Duration.ofSeconds(20));

    private ServerFuzz() {}

    /** Called by the fuzzer: the first byte chooses the server and what the rest is. */
    public static void fuzzerTestOneInput(byte[] data) throws IOException {
        if (data.length == 0) {
            return;
        }
        var fuzzer = (data[0] & 1) == 0 ? TO_STREAMS : TO_JSON;
        if (fuzzer.sessions().isEmpty()) {
            fuzzer.run("opening", post("", Inputs.INITIALIZE.getBytes(StandardCharsets.UTF_8)));
        }
        var session = fuzzer.sessions().isEmpty()
                ? ""
                : "Mcp-Session-Id: " + fuzzer.sessions().get(0) + "\r\n";
        var rest = Arrays.copyOfRange(data, 1, data.length);
        if (new String(rest, StandardCharsets.ISO_8859_1).contains("HEAD")) {
            // Of several requests, some of which ask for a head alone, it is not plain which reply has a body.
            return;
        }
        fuzzer.run(
                "an input",
                switch (data[0] >> 1 & 3) {
                    case 0 -> post("", rest);
                    case 1 -> post(session + "MCP-Protocol-Version: 2025-11-25\r\n", rest);
                    case 2 -> fields(session, rest);
                    default -> bytes(rest);
                });
    }

    private static Input post(String fields, byte[] body) throws IOException {
        var bytes = new ByteArrayOutputStream();
        bytes.write(("POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                        + "Accept: application/json, text/event-stream\r\n" + fields + "Content-Length: " + body.length
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
        bytes.write(body);
        return new Input("a body", bytes.toByteArray(), true, false, lingers(body));
    }

    /** A request whose head goes on with these bytes; they may end it too, and be its body. */
    private static Input fields(String session, byte[] some) throws IOException {
        var bytes = new ByteArrayOutputStream();
        bytes.write(("POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n" + session).getBytes(StandardCharsets.ISO_8859_1));
        bytes.write(some);
        bytes.write("\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        return new Input("header fields", bytes.toByteArray(), false, false, true);
    }

    /** Anything at all. */
    private static Input bytes(byte[] some) {
        return new Input("bytes", some, false, false, lingers(some));
    }

    /** Whether a tool or a stream may be meant, which may take its time. */
    private static boolean lingers(byte[] bytes) {
        var text = new String(bytes, StandardCharsets.ISO_8859_1);
        return text.contains("tools/call") || text.contains("subscriptions") || text.contains("GET");
    }
}
