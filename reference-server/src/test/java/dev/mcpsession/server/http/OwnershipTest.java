package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.INITIALIZED;
import static dev.mcpsession.server.http.Client.PING;
import static dev.mcpsession.server.http.Client.initialize;
import static dev.mcpsession.server.http.Client.message;
import static dev.mcpsession.server.http.Client.sleep;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.session.InvalidOptionException;
import dev.mcpsession.server.session.ManualClock;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Credentials, and whose a session is. */
@Timeout(120)
class OwnershipTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final ManualClock clock = new ManualClock();
    private final ReferenceServer server = ReferenceServer.builder()
            .idleTimeout(TIMEOUT)
            .clock(clock)
            .token("ann", "secret-of-ann")
            .token("ann", "another/of.ann==")
            .token("bob", "secret-of-bob")
            .start();
    private final Client ann = new Client(server.uri(), "Bearer secret-of-ann");
    private final Client bob = new Client(server.uri(), "Bearer secret-of-bob");

    @AfterEach
    void stop() {
        server.close();
    }

    private void awaitIdle(String id) {
        await().until(() -> server.sessions().find(id).openExchanges() == 0);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "Bearer",
                "Bearer ",
                "Bearer secret-of-eve",
                "Bearer secret-of-ann x",
                "Basic secret-of-ann",
                "secret-of-ann",
                "Bearer SECRET-OF-ANN",
                "Bearer ann"
            })
    void nobodyComesInWithoutAValidToken(String authorization) throws Exception {
        var eve = new Client(server.uri(), authorization);
        var id = ann.open();
        var discover = Modern.request("server/discover");
        for (var response : List.of(
                eve.post(null, initialize("2025-11-25")),
                eve.post(id, PING),
                eve.delete(id),
                eve.send("GET", null, "Accept", "text/event-stream", "Mcp-Session-Id", id),
                eve.send("PUT", ""),
                eve.send("POST", discover.body(), discover.headers()))) {
            assertEquals(401, response.statusCode());
            var challenge = response.headers().firstValue("WWW-Authenticate").orElseThrow();
            assertEquals(
                    "Bearer realm=\"mcp\"" + (authorization == null ? "" : ", error=\"invalid_token\""), challenge);
            assertEquals(-32600, message(response).at("/error/code").asInt());
        }
        assertEquals(200, ann.post(id, PING).statusCode());
    }

    @Test
    void twoTokensAtOnceAreNone() throws Exception {
        assertEquals(
                401,
                ann.post(null, initialize("2025-11-25"), "Authorization", "Bearer secret-of-bob")
                        .statusCode());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer secret-of-ann",
                "bearer secret-of-ann",
                "Bearer  secret-of-ann",
                "Bearer another/of.ann=="
            })
    void aPrincipalMayComeWithAnyOfItsTokens(String authorization) throws Exception {
        var id = ann.open();
        assertEquals("ann", server.sessions().find(id).owner());
        assertEquals(200, new Client(server.uri(), authorization).post(id, PING).statusCode());
    }

    private static String withoutDate(HttpResponse<String> response) {
        return response.statusCode() + " " + response.body()
                + response.headers().map().entrySet().stream()
                        .filter(header -> !header.getKey().equalsIgnoreCase("date"))
                        .toList();
    }

    @Test
    void foreignSessionLooksLikeNone() throws Exception {
        var id = ann.open();
        for (var body : List.of(PING, INITIALIZED, initialize("2025-11-25"), "nonsense", "[]")) {
            assertEquals(404, bob.post(id, body).statusCode());
            assertEquals(withoutDate(bob.post("unknown", body)), withoutDate(bob.post(id, body)));
        }
        assertEquals(withoutDate(bob.delete("unknown")), withoutDate(bob.delete(id)));
        String[] get = {"Accept", "text/event-stream", "Mcp-Session-Id"};
        assertEquals(
                withoutDate(bob.send("GET", null, get[0], get[1], get[2], "unknown")),
                withoutDate(bob.send("GET", null, get[0], get[1], get[2], id)));
        assertEquals(200, ann.post(id, PING).statusCode());
    }

    @Test
    void foreignRequestDoesNotTouchTheDeadline() throws Exception {
        var id = ann.open();
        awaitIdle(id);
        clock.advance(TIMEOUT.minusMillis(1));
        assertEquals(404, bob.post(id, PING).statusCode());
        assertEquals(401, new Client(server.uri()).post(id, PING).statusCode());
        clock.advance(Duration.ofMillis(1));
        assertNull(server.sessions().find(id));
    }

    @Test
    void foreignCancellationReachesNothing() throws Exception {
        var id = ann.open();
        awaitIdle(id);
        try (var call = ann.postStream(id, sleep(5, 600_000)).body()) {
            bob.post(id, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":5}}");
            assertEquals(1, server.calls().running());
            ann.delete(id);
            call.readAllBytes();
        }
    }

    @Test
    void idThatWasOpenedByOneCannotBeOpenedByAnother() throws Exception {
        var id = ann.open();
        var response = bob.post(id, initialize("2025-11-25"));
        assertEquals(404, response.statusCode());
        assertEquals("ann", server.sessions().find(id).owner());
    }

    @Test
    void everybodyIsServedInTheModernRevision() throws Exception {
        var request = Modern.call("echo", "{\"message\":\"x\"}");
        assertEquals(200, ann.send("POST", request.body(), request.headers()).statusCode());
        assertEquals(200, bob.send("POST", request.body(), request.headers()).statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " x", "x y", "x,y", "geheimniß", "=", "x=y"})
    void secretsThatCannotBeSentAreRefusedWithoutBeingTold(String secret) {
        var refused = assertThrows(
                InvalidOptionException.class, () -> ReferenceServer.builder().token("ann", secret));
        assertEquals("token", refused.option());
        assertTrue(refused.getMessage().contains("'ann'"), refused.getMessage());
        assertFalse(secret.length() > 2 && refused.getMessage().contains(secret), refused.getMessage());
    }

    @Test
    void namesAndSecretsMustBeClear() {
        assertThrows(
                InvalidOptionException.class, () -> ReferenceServer.builder().token(" ", "x"));
        var twice = assertThrows(
                InvalidOptionException.class,
                () -> ReferenceServer.builder().token("ann", "topsecret").token("bob", "topsecret"));
        assertFalse(twice.getMessage().contains("topsecret"));
    }
}
