package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.PING;
import static dev.mcpsession.server.http.Client.message;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.protocol.Revision;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are too long, too many, too slow or no HTTP at all. */
@Timeout(120)
class LimitsTest {

    private static final String HEAD =
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + "Accept: */*\r\n";

    private static ReferenceServer server;
    private static Client client;

    @BeforeAll
    static void start() {
        server = ReferenceServer.builder().start();
        client = new Client(server.uri());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** Everything that comes until the server closes the connection. */
    private static String all(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    private static void assertSaysNothingOfTheInside(String answer) {
        var words = answer.toLowerCase(Locale.ROOT);
        for (var inside : List.of("exception", "undertow", "jackson", "java", "xnio", "\tat ", "stack", "dev.mcp")) {
            assertFalse(words.contains(inside), answer);
        }
    }

    // Too slow

    @Test
    void bodyThatDoesNotComeIsGivenUp() throws Exception {
        try (var impatient = ReferenceServer.builder()
                .slowSenderTimeout(Duration.ofMillis(100))
                .start()) {
            var session = impatient.sessions().register(null, new LegacySession(Revision.V2025_11_25, null));
            try (var socket = new Client(impatient.uri()).connect()) {
                Client.write(socket, HEAD + "Mcp-Session-Id: " + session.id() + "\r\nContent-Length: 100\r\n\r\n{");
                var answer = all(socket);
                assertTrue(answer.startsWith("HTTP/1.1 408 "), answer);
                assertTrue(answer.contains("\"error\""), answer);
                assertSaysNothingOfTheInside(answer);
            }
            await().until(() -> session.openExchanges() == 1);
        }
    }

    @Test
    void headThatDoesNotComeIsGivenUp() throws Exception {
        try (var impatient = ReferenceServer.builder()
                        .slowSenderTimeout(Duration.ofMillis(100))
                        .start();
                var socket = new Client(impatient.uri()).connect()) {
            Client.write(socket, HEAD);
            assertEquals("", all(socket));
        }
    }

    @Test
    void bodyThatComesInTimeIsServedHoweverItComes() throws Exception {
        var id = client.open();
        try (var socket = client.connect()) {
            for (int i = 0; i < 3; i++) {
                Client.write(
                        socket,
                        HEAD + "Mcp-Session-Id: " + id + "\r\nContent-Length: " + PING.length() + "\r\n\r\n"
                                + PING.substring(0, 5));
                await().until(() -> server.sessions().find(id).openExchanges() == 1);
                Client.write(socket, PING.substring(5));
                assertTrue(Client.readUntil(socket, "\"result\":{}}\n\n").startsWith("HTTP/1.1 200 "));
            }
        }
    }

    // Too much

    @Test
    void chunkedBodyBeyondTheLimitIsRefused() throws Exception {
        var chunk = "10000\r\n" + " ".repeat(0x10000) + "\r\n";
        var id = client.open();
        try (var socket = client.connect()) {
            Client.write(
                    socket,
                    HEAD + "Mcp-Session-Id: " + id + "\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk.repeat(16));
            Client.write(socket, "1\r\n \r\n");
            assertTrue(Client.readUntil(socket, "\r\n\r\n").startsWith("HTTP/1.1 413 "));
        }
        await().until(() -> server.sessions().find(id).openExchanges() == 0);
    }

    @Test
    void bodyUpToTheLimitIsServed() throws Exception {
        var message = "x".repeat((1 << 20) - 200);
        var answer = message(client.post(client.open(), Client.call(1, "echo", "{\"message\":\"" + message + "\"}")));
        assertEquals(message, answer.at("/result/content/0/text").asString());
    }

    @ParameterizedTest
    @ValueSource(ints = {20_000, 200_000})
    void headBeyondTheLimitIsRefused(int length) throws Exception {
        try (var socket = client.connect()) {
            try {
                Client.write(socket, HEAD + "X: " + "x".repeat(length) + "\r\n\r\n");
                assertRefused(all(socket));
            } catch (IOException e) {
                // Cut off before it had sent everything.
                assertTrue(e.getMessage().matches("(?i).*(reset|pipe|abort).*"), e.toString());
            }
        }
        assertEquals(200, client.post(client.open(), PING).statusCode());
    }

    private static void assertRefused(String answer) {
        assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 4"), answer);
        assertSaysNothingOfTheInside(answer);
    }

    @Test
    void tooManyHeadersAreRefused() throws Exception {
        try (var socket = client.connect()) {
            Client.write(socket, HEAD + "X: 1\r\n".repeat(300) + "\r\n");
            assertRefused(all(socket));
        }
    }

    @Test
    void longIdsAreRefused() throws Exception {
        var id = client.open();
        var longest = client.post(id, PING.replace("7", "\"" + "x".repeat(1_000) + "\""));
        assertEquals(1_000, message(longest).get("id").asString().length());
        assertEquals(
                400,
                client.post(id, PING.replace("7", "\"" + "x".repeat(1_001) + "\""))
                        .statusCode());
        assertEquals(400, client.post(id, PING.replace("7", "9".repeat(1_001))).statusCode());
        assertEquals(200, client.post(id, PING.replace("7", "9".repeat(100))).statusCode());
    }

    @Test
    void longSessionIdsAreLikeOthersThatAreUnknown() throws Exception {
        for (int length : new int[] {100, 1_000, 10_000}) {
            assertEquals(404, client.post("x".repeat(length), PING).statusCode());
        }
    }

    // No HTTP, or not what anybody would send

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense\r\n\r\n",
                "GET\r\n\r\n",
                "GET /mcp\r\n\r\n",
                "GET /mcp HTTP/9.9\r\nHost: localhost\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /mcp HTTP/1.1\r\nHost localhost\r\n\r\n",
                "GET /mcp HTTP/1.1\r\n: x\r\n\r\n",
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
                HEAD + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
                HEAD + "Transfer-Encoding: gzip\r\n\r\nabc",
                HEAD + "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "\u0000\u0001\u0002\u0003\r\n\r\n",
                "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET http://evil.example/mcp HTTP/1.1\r\nHost: localhost\r\n\r\n"
            })
    void nonsenseIsRefused(String request) throws Exception {
        try (var socket = client.connect()) {
            Client.write(socket, request);
            socket.shutdownOutput();
            var answer = all(socket);
            assertRefused(answer);
        }
        assertEquals(200, client.post(client.open(), PING).statusCode());
    }

    @Test
    void repliesSayNothingOfTheInside() throws Exception {
        var id = client.open();
        for (var body : new String[] {
            "{",
            "nonsense",
            "[[[[",
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\\u0000\"}",
            "\"\ud800\"",
            "{\"jsonrpc\":\"2.0\",\"id\":1e999999999,\"method\":\"ping\"}"
        }) {
            var response = client.post(id, body);
            assertTrue(response.statusCode() < 500, response.body());
            assertSaysNothingOfTheInside(response.body() + response.headers().map());
        }
    }
}
