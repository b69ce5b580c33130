package dev.mcpsession.runner.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.clients.server.Listener;
import dev.mcpsession.conformance.clients.trace.Recording;
import dev.mcpsession.conformance.protocol.Header;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class RecorderTest {
    /** A recording may last for days, and a client may open a connection for each of its requests. */
    @Test
    void keepsNoConnectionToTheServerForAClientThatHasClosedIts() throws Exception {
        var most = new AtomicInteger();
        var recording = new Recording();
        try (var server = new Listener(
                        0,
                        new Recording(),
                        request -> true,
                        new AtomicInteger(),
                        (request, reply) -> reply.send(
                                200,
                                List.of(new Header("Content-Type", "application/json")),
                                "{}".getBytes(StandardCharsets.UTF_8)));
                var recorder = new Recorder(
                        URI.create("http://127.0.0.1:" + server.port() + "/mcp"),
                        0,
                        recording,
                        List.of(),
                        fault -> {})) {
            for (int i = 0; i < 100; i++) {
                var connection = (HttpURLConnection) recorder.uri().toURL().openConnection();
                connection.setRequestProperty("Connection", "close");
                assertEquals(200, connection.getResponseCode());
                connection.getInputStream().readAllBytes();
                most.accumulateAndGet(server.connections(), Math::max);
            }
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> server.connections() == 0);
        }
        assertTrue(most.get() < 50, "at most " + most + " connections at once");
        assertEquals(100, recording.trace(Optional.empty()).calls().size());
    }
}
