package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.PING;
import static dev.mcpsession.server.http.Client.initialize;
import static dev.mcpsession.server.http.Client.message;
import static dev.mcpsession.server.http.Client.rest;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.protocol.Revision;
import dev.mcpsession.server.session.EndReason;
import dev.mcpsession.server.session.InvalidOptionException;
import dev.mcpsession.server.session.ManualClock;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionListener;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Watching and steering the server, in process and over the admin path. */
@Timeout(120)
class AdminTest {

    private final ManualClock clock = new ManualClock();
    private final List<EndReason> ends = new CopyOnWriteArrayList<>();
    private final ReferenceServer server = ReferenceServer.builder()
            .admin("/admin")
            .clock(clock)
            .idleTimeout(Duration.ofSeconds(10))
            .listener(new SessionListener() {
                @Override
                public void ended(Session session, EndReason reason) {
                    ends.add(reason);
                }
            })
            .start();
    private final Client client = new Client(server.uri());

    @AfterEach
    void stop() {
        server.close();
    }

    private Client at(String path) {
        return new Client(server.uri().resolve(path));
    }

    private JsonNode get(String path) throws Exception {
        var response = at(path).send("GET", null);
        assertEquals(200, response.statusCode(), response.body());
        return message(response);
    }

    private int status(String method, String path, String... headers) throws Exception {
        return at(path).send(method, null, headers).statusCode();
    }

    private String openAndIdle() throws Exception {
        var id = client.open();
        await().until(() -> server.sessions().find(id).openExchanges() == 0);
        return id;
    }

    @Test
    void counts() throws Exception {
        var id = openAndIdle();
        client.delete(openAndIdle());
        client.post(id, Client.call(1, "echo", "{\"message\":\"x\"}"));
        try (var stream = client.stream(id).body()) {
            var counters = get("/admin");
            assertEquals(
                    "{\"live\":1,\"opened\":2,\"reaped\":0,\"terminated\":1,\"evicted\":0,\"shutDown\":0,"
                            + "\"refused\":0}",
                    counters.get("sessions").toString());
            assertEquals(
                    "{\"running\":0,\"finished\":1,\"cancelled\":0}",
                    counters.get("calls").toString());
            assertEquals(1, counters.get("openStreams").asInt());
            assertEquals(1, server.openStreams());
            assertFalse(counters.get("draining").asBoolean());
        }
    }

    @Test
    void listsSessions() throws Exception {
        assertEquals(
                "{\"sessions\":[],\"complete\":true}", get("/admin/sessions").toString());
        var id = openAndIdle();
        clock.advance(Duration.ofSeconds(3));
        var listed = get("/admin/sessions").at("/sessions/0");
        assertEquals(
                "{\"id\":\"" + id + "\",\"owner\":null,\"revision\":\"2025-11-25\",\"openExchanges\":0,"
                        + "\"idleMillis\":3000}",
                listed.toString());
        assertEquals(listed, get("/admin/sessions/" + id));
        try (var stream = client.stream(id).body()) {
            clock.advance(Duration.ofSeconds(30));
            assertEquals(0, get("/admin/sessions/" + id).get("idleMillis").asInt());
            assertEquals(1, get("/admin/sessions/" + id).get("openExchanges").asInt());
        }
    }

    @Test
    void listHasAnEnd() throws Exception {
        for (int i = 0; i < 1_001; i++) {
            server.sessions().register(null, new LegacySession(Revision.V2025_06_18, null));
        }
        var all = get("/admin/sessions");
        assertEquals(1_000, all.get("sessions").size());
        assertFalse(all.get("complete").asBoolean());
    }

    @Test
    void endsASessionWhateverIsInProgress() throws Exception {
        var id = openAndIdle();
        var stream = client.stream(id);
        assertEquals(204, status("DELETE", "/admin/sessions/" + id));
        assertEquals(List.of(), rest(stream));
        assertEquals(404, client.post(id, PING).statusCode());
        assertEquals(404, status("DELETE", "/admin/sessions/" + id));
        assertEquals(List.of(EndReason.TERMINATED), ends);
    }

    @Test
    void expiresASessionThatIsIdle() throws Exception {
        var id = openAndIdle();
        try (var stream = client.stream(id).body()) {
            assertEquals(409, status("POST", "/admin/sessions/" + id + "/expire"));
            assertEquals(200, client.post(id, PING).statusCode());
        }
        await().until(() -> server.sessions().find(id).openExchanges() == 0);
        assertEquals(204, status("POST", "/admin/sessions/" + id + "/expire"));
        assertEquals(404, client.post(id, PING).statusCode());
        assertEquals(404, status("POST", "/admin/sessions/" + id + "/expire"));
        assertEquals(List.of(EndReason.REAPED), ends);
    }

    @Test
    void drains() throws Exception {
        var id = openAndIdle();
        assertEquals(204, status("POST", "/admin/drain"));
        var refused = client.post(null, initialize("2025-11-25"));
        assertEquals(503, refused.statusCode());
        assertFalse(refused.headers().firstValue("Mcp-Session-Id").isPresent());
        assertEquals(200, client.post(id, PING).statusCode());
        assertTrue(get("/admin").get("draining").asBoolean());
        assertEquals(1, server.sessions().counts().refused());
    }

    @Test
    void announces() throws Exception {
        try (var listening = new Events(client.stream(client.open()))) {
            listening.next();
            assertEquals(204, status("POST", "/admin/announce"));
            assertTrue(listening.next().data().contains("list_changed"));
        }
    }

    @Test
    void answersTheNextRequestsAsPlanned() throws Exception {
        var id = openAndIdle();
        server.answerNext(404);
        server.answerNext("DELETE", 500);
        assertEquals(204, status("POST", "/admin/answer-next?status=503&method=POST"));
        assertEquals(204, status("POST", "/admin/answer-next?status=401"));
        var first = client.post(id, PING);
        assertEquals(404, first.statusCode());
        assertTrue(message(first).has("error"));
        assertEquals(503, client.post(id, PING).statusCode());
        var unauthorized = client.post(id, PING);
        assertEquals(401, unauthorized.statusCode());
        assertTrue(unauthorized.headers().firstValue("WWW-Authenticate").isPresent());
        assertEquals(200, client.post(id, PING).statusCode());
        assertEquals(500, client.delete(id).statusCode());
        assertEquals(204, client.delete(id).statusCode());
    }

    @Test
    void plannedAnswerDoesNotTouchTheSession() throws Exception {
        var id = openAndIdle();
        clock.advance(Duration.ofSeconds(9));
        server.answerNext(503);
        assertEquals(503, client.post(id, PING).statusCode());
        clock.advance(Duration.ofSeconds(1));
        assertEquals(List.of(EndReason.REAPED), ends);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?status=", "?status=200", "?status=399", "?status=600", "?status=x"})
    void onlyFailuresCanBePlanned(String query) throws Exception {
        assertEquals(400, status("POST", "/admin/answer-next" + query));
        assertThrows(InvalidOptionException.class, () -> server.answerNext(200));
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/admin/",
        "POST,/admin",
        "GET,/admin/none",
        "GET,/admin/drain",
        "DELETE,/admin/sessions",
        "GET,/admin/sessions/none",
        "POST,/admin/sessions/none/expire",
        "GET,/administrator",
        "PUT,/admin/sessions/x"
    })
    void nothingElseIsThere(String method, String path) throws Exception {
        openAndIdle();
        assertEquals(404, status(method, path));
    }

    @Test
    void onlyKnownVerbsAreHeeded() throws Exception {
        assertEquals(404, status("POST", "/admin/sessions/" + openAndIdle() + "/revive"));
        assertEquals(1, server.sessions().counts().live());
    }

    // Who may

    @ParameterizedTest
    @CsvSource({
        "Origin,http://localhost",
        "Origin,http://evil.example",
        "X-Forwarded-For,127.0.0.1",
        "Forwarded,for=127.0.0.1",
        "Via,1.1 proxy",
        "X-Real-IP,127.0.0.1"
    })
    void neitherPagesNorProxiesMayUseIt(String name, String value) throws Exception {
        assertEquals(403, status("GET", "/admin", name, value));
        assertEquals(403, status("POST", "/admin/drain", name, value));
        assertFalse(server.sessions().isDraining());
    }

    @Test
    void foreignNamesOfThisMachineAreRefused() throws Exception {
        try (var socket = client.connect()) {
            Client.write(socket, "GET /admin HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
            assertTrue(Client.readUntil(socket, "\r\n\r\n").startsWith("HTTP/1.1 421 "));
        }
    }

    @Test
    void otherInterfacesAreRefused() throws Exception {
        var address = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(candidate -> candidate instanceof Inet4Address && !candidate.isLoopbackAddress())
                .findFirst();
        assumeTrue(address.isPresent(), "this machine has only the loopback interface");
        try (var open =
                ReferenceServer.builder().host("0.0.0.0").admin("/admin").start()) {
            var outside = URI.create(
                    "http://" + address.map(InetAddress::getHostAddress).get() + ":" + open.port());
            assertEquals(
                    403, new Client(outside.resolve("/admin")).send("GET", null).statusCode());
            assertEquals(400, new Client(outside.resolve("/mcp")).delete(null).statusCode());
            assertEquals(
                    200,
                    new Client(open.uri().resolve("/admin")).send("GET", null).statusCode());
        }
    }

    @Test
    void whereThereAreTokensOnlyTheAdminMay() throws Exception {
        try (var own = ReferenceServer.builder()
                .admin("/admin")
                .token("ann", "a")
                .token("admin", "r")
                .start()) {
            var admin = own.uri().resolve("/admin");
            assertEquals(401, new Client(admin).send("GET", null).statusCode());
            assertEquals(403, new Client(admin, "Bearer a").send("GET", null).statusCode());
            assertEquals(200, new Client(admin, "Bearer r").send("GET", null).statusCode());
        }
    }

    @Test
    void isOffByDefault() throws Exception {
        try (var own = ReferenceServer.builder().start()) {
            assertEquals(
                    404,
                    new Client(own.uri().resolve("/admin")).send("GET", null).statusCode());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"admin", "/", "/admin/", "/mcp", "/a b"})
    void pathMustBeOneOfItsOwn(String path) {
        var refused = assertThrows(
                InvalidOptionException.class,
                () -> ReferenceServer.builder().admin(path).start());
        assertEquals("admin", refused.option());
    }
}
