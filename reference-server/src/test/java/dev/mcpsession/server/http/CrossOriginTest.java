package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.PING;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.protocol.Era;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client in a web page: the browser asks first, and shows the page only what the server says that it may see. */
class CrossOriginTest {

    private static final String PAGE = "http://localhost:3000";
    private static final String TOKEN = "Bearer secret";

    private static HttpResponse<String> preflight(Client client, String origin, String method, String headers)
            throws Exception {
        return client.send(
                "OPTIONS",
                null,
                "Origin",
                origin,
                "Access-Control-Request-Method",
                method,
                "Access-Control-Request-Headers",
                headers);
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse(null);
    }

    private static Set<String> list(HttpResponse<?> response, String name) {
        return Arrays.stream(header(response, name).split(","))
                .map(word -> word.strip().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    @Test
    void pageMaySendAndReadAllThatTheProtocolNeeds() throws Exception {
        try (var server = ReferenceServer.builder().start()) {
            var client = new Client(server.uri());
            for (var method : List.of("POST", "GET", "DELETE")) {
                var asked = "content-type,mcp-session-id,mcp-param-region,x-other,mcp-param-";
                var allowed = preflight(client, PAGE, method, asked);
                assertEquals(204, allowed.statusCode());
                assertEquals("", allowed.body());
                assertEquals(PAGE, header(allowed, "Access-Control-Allow-Origin"));
                assertTrue(list(allowed, "Access-Control-Allow-Methods").contains(method.toLowerCase(Locale.ROOT)));
                assertEquals(
                        Set.of(
                                "accept",
                                "authorization",
                                "content-type",
                                "last-event-id",
                                "mcp-protocol-version",
                                "mcp-method",
                                "mcp-name",
                                "mcp-session-id",
                                "mcp-param-region"),
                        list(allowed, "Access-Control-Allow-Headers"));
                assertEquals("Origin", header(allowed, "Vary"));
            }
            var opened = client.post(null, Client.initialize("2025-11-25"), "Origin", PAGE);
            assertReadable(opened);
            var id = header(opened, "Mcp-Session-Id");
            assertReadable(client.post(id, PING, "Origin", PAGE));
            assertReadable(client.post(id, Client.INITIALIZED, "Origin", PAGE));
            assertReadable(client.post(id, Client.sleep(1, 1), "Origin", PAGE));
            // A page that cannot read an error does not know that it must begin again.
            assertReadable(client.post("unknown", PING, "Origin", PAGE));
            assertReadable(client.post(id, "nonsense", "Origin", PAGE));
            assertReadable(client.send("PUT", null, "Origin", PAGE));
            var modern = Modern.request("tools/list").header("Origin", PAGE);
            assertReadable(client.send("POST", modern.body(), modern.headers()));
            assertReadable(client.send("DELETE", null, "Origin", PAGE, "Mcp-Session-Id", id));
        }
    }

    private static void assertReadable(HttpResponse<String> response) {
        assertEquals(PAGE, header(response, "Access-Control-Allow-Origin"));
        assertTrue(list(response, "Access-Control-Expose-Headers").contains("mcp-session-id"));
        assertEquals("Origin", header(response, "Vary"));
    }

    @Test
    void preflightNeedsNoTokenAndGrantsNothing() throws Exception {
        try (var server = ReferenceServer.builder().token("ann", "secret").start()) {
            var client = new Client(server.uri());
            assertEquals(204, preflight(client, PAGE, "POST", "authorization").statusCode());
            var refused = client.post(null, PING, "Origin", PAGE);
            assertEquals(401, refused.statusCode());
            assertReadable(refused);
            assertTrue(list(refused, "Access-Control-Expose-Headers").contains("www-authenticate"));
            assertEquals(
                    200,
                    client.post(null, Client.initialize("2025-11-25"), "Origin", PAGE, "Authorization", TOKEN)
                            .statusCode());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://evil.example", "http://localhost.evil.example", "null", "file://localhost"})
    void otherOriginsAreRefusedWithoutAWord(String origin) throws Exception {
        try (var server = ReferenceServer.builder().start()) {
            var client = new Client(server.uri());
            var id = client.open();
            for (var response : List.of(
                    preflight(client, origin, "POST", "content-type"),
                    client.post(id, PING, "Origin", origin),
                    client.send("GET", null, "Accept", "text/event-stream", "Mcp-Session-Id", id, "Origin", origin),
                    client.send("DELETE", null, "Mcp-Session-Id", id, "Origin", origin),
                    client.send("HEAD", null, "Origin", origin))) {
                assertEquals(403, response.statusCode());
                assertFalse(response.headers().map().keySet().stream()
                        .anyMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("access-control")));
            }
            assertEquals(200, client.post(id, PING).statusCode());
        }
    }

    @Test
    void serverWithoutSessionsOffersPostOnly() throws Exception {
        for (var builder : List.of(
                ReferenceServer.builder().era(Era.MODERN),
                ReferenceServer.builder().stateless(true))) {
            try (var server = builder.start()) {
                var allowed = preflight(new Client(server.uri()), PAGE, "POST", "mcp-method");
                assertEquals(Set.of("post"), list(allowed, "Access-Control-Allow-Methods"));
            }
        }
    }

    @Test
    void otherClientsHearNothingOfIt() throws Exception {
        try (var server = ReferenceServer.builder().start()) {
            var client = new Client(server.uri());
            var response = client.post(client.open(), PING);
            assertFalse(response.headers().map().keySet().stream()
                    .anyMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("access-control")));
            assertEquals(405, client.send("OPTIONS", null, "Origin", PAGE).statusCode());
            assertEquals(405, client.send("OPTIONS", null).statusCode());
        }
    }
}
