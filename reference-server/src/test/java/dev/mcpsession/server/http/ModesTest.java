package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.INITIALIZED;
import static dev.mcpsession.server.http.Client.PING;
import static dev.mcpsession.server.http.Client.initialize;
import static dev.mcpsession.server.http.Client.message;
import static dev.mcpsession.server.http.Client.sleep;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The server without sessions, with JSON answers, and at its limit. */
class ModesTest {

    @Test
    void statelessServerMintsNoIdAndServesWithout() throws Exception {
        try (var server = ReferenceServer.builder().stateless(true).start()) {
            var client = new Client(server.uri());
            var opening = client.post(null, initialize("2025-11-25"));
            assertEquals(
                    "2025-11-25", message(opening).at("/result/protocolVersion").asString());
            assertFalse(opening.headers().firstValue("Mcp-Session-Id").isPresent());
            assertEquals(202, client.post(null, INITIALIZED).statusCode());
            assertEquals("{}", message(client.post(null, PING)).get("result").toString());
            assertEquals(
                    "{}", message(client.post("whatever", PING)).get("result").toString());
            assertEquals(200, client.post("whatever", initialize("2025-11-25")).statusCode());
            assertEquals(
                    "slept 5 ms",
                    message(client.post(null, sleep(1, 5)))
                            .at("/result/content/0/text")
                            .asString());
            assertEquals(0, server.sessions().counts().opened());
        }
    }

    @Test
    void statelessServerOffersNeitherStreamNorDelete() throws Exception {
        try (var server = ReferenceServer.builder().stateless(true).start()) {
            var client = new Client(server.uri());
            var get = client.send("GET", null, "Accept", "text/event-stream");
            assertEquals(405, get.statusCode());
            assertEquals(List.of("POST"), get.headers().allValues("Allow"));
            assertEquals(405, client.delete("whatever").statusCode());
        }
    }

    @Test
    void statelessServerGoesByTheVersionInTheHead() throws Exception {
        try (var server = ReferenceServer.builder().stateless(true).start()) {
            var client = new Client(server.uri());
            var batch = "[" + PING + "]";
            assertEquals(200, client.post(null, batch).statusCode());
            assertEquals(
                    200,
                    client.post(null, batch, "MCP-Protocol-Version", "2025-03-26")
                            .statusCode());
            assertEquals(
                    400,
                    client.post(null, batch, "MCP-Protocol-Version", "2025-06-18")
                            .statusCode());
            assertEquals(
                    400,
                    client.post(null, PING, "MCP-Protocol-Version", "1999-01-01")
                            .statusCode());
        }
    }

    @Test
    void answersInJsonIfToldTo() throws Exception {
        try (var server = ReferenceServer.builder().jsonAnswers(true).start()) {
            var client = new Client(server.uri());
            var opening = client.post(null, initialize("2025-03-26"));
            assertEquals(
                    "application/json",
                    opening.headers().firstValue("Content-Type").orElse(null));
            var id = opening.headers().firstValue("Mcp-Session-Id").orElseThrow();
            assertEquals(
                    "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}",
                    client.post(id, PING).body());
            assertEquals(
                    "slept 5 ms",
                    message(client.post(id, sleep(1, 5)))
                            .at("/result/content/0/text")
                            .asString());
            var batch = message(client.post(id, "[" + sleep(1, 5) + "," + PING + "," + INITIALIZED + "]"));
            assertEquals(
                    List.of(1, 7),
                    batch.valueStream().map(answer -> answer.get("id").asInt()).toList());
            assertTrue(message(client.post(id, "[" + PING + "]")).isArray());
        }
    }

    @Test
    void fullServerEvictsTheLongestIdleAndRefusesWhenNoneIs() throws Exception {
        try (var server = ReferenceServer.builder().maxSessions(1).start()) {
            var client = new Client(server.uri());
            var first = client.open();
            await().until(() -> server.sessions().find(first).openExchanges() == 0);
            var second = client.open();
            assertEquals(404, client.post(first, PING).statusCode());
            try (var stream = client.stream(second).body()) {
                var refused = client.post(null, initialize("2025-11-25"));
                assertEquals(503, refused.statusCode());
                assertFalse(refused.headers().firstValue("Mcp-Session-Id").isPresent());
                assertEquals(200, client.post(second, PING).statusCode());
            }
        }
    }
}
