package dev.mcpsession.conformance.clients.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class StageTest {

    /** The second origin has none to redirect to: it once named "null" as the place. */
    @Test
    void aRedirectLeadsToTheSecondOriginAndNoFurther() throws Exception {
        try (var stage = new Stage(Scripts.REDIRECT, Revision.V2025_11_25)) {
            var first = call(stage.uri());
            assertEquals(307, first.statusCode());
            var there = URI.create(first.headers().firstValue("Location").orElseThrow());
            assertNotEquals(stage.uri().getPort(), there.getPort());
            assertEquals(Optional.empty(), call(there).headers().firstValue("Location"));
        }
    }

    /** A program that has ended has closed its connection, so that the next one is shown the next scene at once. */
    @Test
    @Timeout(60)
    void aProgramThatFollowsAnotherIsShownTheNextScene() throws Exception {
        try (var stage = new OpenStage(0, EnumSet.of(Revision.V2025_11_25), visit -> {})) {
            List.of(Scripts.PLAIN, Scripts.EVENTS, Scripts.NO_DELETE)
                    .forEach(script -> stage.trace(script, Revision.V2025_11_25));
            for (int i = 1; i <= 3; i++) {
                try (var program = new Socket("127.0.0.1", stage.walk().getPort())) {
                    initialize(program);
                    initialize(program);
                    assertEquals(i, stage.visits().size());
                }
                awaitEnd(stage);
            }
        }
    }

    /** One that opens a connection for each request is still there when it has closed one. */
    @Test
    @Timeout(60)
    void aConnectionForEachRequest() throws Exception {
        try (var stage = new OpenStage(0, EnumSet.of(Revision.V2025_11_25), visit -> {})) {
            for (int i = 1; i <= 3; i++) {
                try (var program = new Socket("127.0.0.1", stage.walk().getPort())) {
                    initialize(program);
                }
                awaitEnd(stage);
            }
            assertEquals(1, stage.visits().size());
        }
    }

    private static void awaitEnd(OpenStage stage) {
        while (stage.visits().stream().anyMatch(OpenStage.Visit::isConnected)) {
            Thread.onSpinWait();
        }
    }

    private static void initialize(Socket program) throws Exception {
        var body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
                + "\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}}}";
        program.getOutputStream()
                .write(("POST /all/mcp HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: "
                                + body.length() + "\r\n\r\n" + body)
                        .getBytes(StandardCharsets.US_ASCII));
        var reply = new StringBuilder();
        while (!reply.toString().contains("}}}")) {
            int next = program.getInputStream().read();
            assertTrue(next >= 0, reply::toString);
            reply.append((char) next);
        }
    }

    private static HttpResponse<Void> call(URI uri) throws Exception {
        var message = Json.object().put("jsonrpc", "2.0").put("id", 1).put("method", "tools/call");
        var request = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .POST(BodyPublishers.ofString(message.toString()))
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.discarding());
    }
}
