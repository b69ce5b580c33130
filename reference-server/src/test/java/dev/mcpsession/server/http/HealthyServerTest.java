package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.PING;
import static dev.mcpsession.server.http.Client.call;
import static dev.mcpsession.server.http.Client.initialize;
import static dev.mcpsession.server.http.Client.message;
import static dev.mcpsession.server.http.Client.messages;
import static dev.mcpsession.server.http.Client.sleep;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.protocol.Era;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Faults that other servers have been seen with: this one has none of them, in any era and form of answer. */
@Timeout(120)
class HealthyServerTest {

    private static final int LONG = 600_000;

    private static ReferenceServer events;
    private static ReferenceServer json;

    @BeforeAll
    static void start() {
        events = ReferenceServer.builder().start();
        json = ReferenceServer.builder().jsonAnswers(true).start();
    }

    @AfterAll
    static void stop() {
        events.close();
        json.close();
    }

    static List<ReferenceServer> servers() {
        return List.of(events, json);
    }

    private static void assertAnswered(HttpResponse<String> response, String id) {
        assertEquals(200, response.statusCode(), response.body());
        var answers = messages(response);
        assertEquals(1, answers.size(), response.body());
        assertEquals(id, answers.get(0).path("id").toString());
        assertTrue(answers.get(0).has("result"), response.body());
    }

    private static void assertAlive(Client client, String id) throws Exception {
        assertAnswered(client.post(id, PING), "7");
    }

    private static String text(HttpResponse<String> response) {
        return message(response).at("/result/content/0/text").asString();
    }

    // Company: other sessions, other requests of the session

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void newSessionSilencesNoOther(ReferenceServer server) throws Exception {
        var client = new Client(server.uri());
        var ids = new ArrayList<String>();
        for (int i = 0; i < 5; i++) {
            ids.add(client.open());
            for (var id : ids) {
                assertAlive(client, id);
            }
        }
        assertEquals(5, new HashSet<>(ids).size());
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void answersToTheSameIdInSessionsDoNotCross(ReferenceServer server) throws Exception {
        var client = new Client(server.uri());
        var calls = new ArrayList<CompletableFuture<HttpResponse<String>>>();
        for (int i = 0; i < 40; i++) {
            // The later, the shorter: the last is answered first.
            calls.add(client.postLater(client.open(), sleep(1, 400 - 10 * i)));
        }
        for (int i = 0; i < 40; i++) {
            var response = calls.get(i).get(60, TimeUnit.SECONDS);
            assertAnswered(response, "1");
            assertEquals("slept " + (400 - 10 * i) + " ms", text(response));
        }
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void thirtyRequestsAtOnceInOneSessionAreAllAnswered(ReferenceServer server) throws Exception {
        var client = new Client(server.uri());
        var id = client.open();
        for (int round = 0; round < 5; round++) {
            var calls = IntStream.range(0, 30)
                    .mapToObj(i -> client.postLater(
                            id,
                            i % 3 == 0
                                    ? PING.replace("7", "" + i)
                                    : i % 3 == 1 ? sleep(i, i) : call(i, "echo", "{\"message\":\"" + i + "\"}")))
                    .toList();
            for (int i = 0; i < 30; i++) {
                var response = calls.get(i).get(60, TimeUnit.SECONDS);
                assertAnswered(response, "" + i);
                assertEquals(i % 3 == 0 ? "" : i % 3 == 1 ? "slept " + i + " ms" : "" + i, text(response));
            }
        }
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void sessionIsServedOverEveryConnection(ReferenceServer server) throws Exception {
        var id = new Client(server.uri()).open();
        for (int i = 0; i < 9; i++) {
            // A client has connections of its own.
            assertAlive(new Client(server.uri()), id);
        }
    }

    // Ids

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void idThatDiffersInOneCharacterIsUnknown(ReferenceServer server) throws Exception {
        var client = new Client(server.uri());
        var id = client.open();
        for (int i = 0; i < id.length(); i++) {
            var similar = id.substring(0, i) + (id.charAt(i) == 'A' ? 'B' : 'A') + id.substring(i + 1);
            assertNotEquals(id, similar);
            assertEquals(404, client.post(similar, PING).statusCode(), similar);
        }
        for (var similar :
                List.of(id + "A", "A" + id, id.substring(1), id.substring(0, id.length() - 1), id + "," + id)) {
            assertEquals(404, client.post(similar, PING).statusCode(), similar);
        }
        assertAlive(client, id);
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void idsHaveNoPartInCommon(ReferenceServer server) throws Exception {
        var client = new Client(server.uri());
        var places = new ArrayList<Set<Character>>();
        for (int n = 0; n < 40; n++) {
            var id = client.open();
            for (int i = 0; i < id.length(); i++) {
                if (places.size() == i) {
                    places.add(new HashSet<>());
                }
                places.get(i).add(id.charAt(i));
            }
        }
        assertTrue(places.stream().allMatch(characters -> characters.size() > 1), places.toString());
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void initializeBringsNoSessionBackToLife(ReferenceServer server) throws Exception {
        var client = new Client(server.uri());
        var id = client.open();
        client.delete(id);
        for (var revision : List.of("2025-11-25", "2025-03-26")) {
            var response = client.post(id, initialize(revision));
            assertEquals(404, response.statusCode());
            assertEquals("1", message(response).path("id").asString("1"));
            assertFalse(response.headers().firstValue("Mcp-Session-Id").isPresent());
        }
        assertEquals(404, client.post(id, PING).statusCode());
    }

    // Moment: streams to listen

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void streamThatWasClosedIsOpenedAgainAtOnce(ReferenceServer server) throws Exception {
        var client = new Client(server.uri());
        var id = client.open();
        for (int i = 0; i < 20; i++) {
            var stream = client.stream(id);
            assertEquals(200, stream.statusCode());
            if (i % 2 == 0) {
                // Else the next comes while this one is open.
                stream.body().close();
            }
            assertAlive(client, id);
        }
        assertEquals(204, client.delete(id).statusCode());
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void openStreamsBlockNoRequest(ReferenceServer server) throws Exception {
        var client = new Client(server.uri());
        var id = client.open();
        var running = client.postLater(id, sleep("\"long\"", LONG));
        await().until(() -> server.sessions().find(id).openExchanges() == 2);
        try (var first = new Events(client.stream(id));
                var second = new Events(client.stream(id))) {
            first.next();
            second.next();
            assertAlive(client, id);
            assertEquals("slept 3 ms", text(client.post(id, sleep(1, 3))));
            assertEquals(202, client.post(id, Client.INITIALIZED).statusCode());
            var many = IntStream.range(0, 30)
                    .mapToObj(i -> client.postLater(id, sleep(i, 5)))
                    .toList();
            for (int i = 0; i < 30; i++) {
                assertAnswered(many.get(i).get(60, TimeUnit.SECONDS), "" + i);
            }
            assertFalse(running.isDone());
        }
        assertEquals(204, client.delete(id).statusCode());
        running.get(60, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}",
                "{\"jsonrpc\":\"2.0\",\"id\":\"server-1\",\"result\":{\"roots\":[]}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1.0,\"error\":{\"code\":-32601,\"message\":\"Method not found\"}}"
            })
    void answersOfAClientAreTaken(String answer) throws Exception {
        var client = new Client(events.uri());
        var id = client.open();
        try (var listening = new Events(client.stream(id))) {
            listening.next();
            assertEquals(202, client.post(id, answer).statusCode());
            assertAlive(client, id);
        }
    }

    // Form of the request

    private static String raw(String id, String body, String... headers) {
        var raw = new StringBuilder("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Accept: " + Client.BOTH + "\r\nMcp-Session-Id: " + id + "\r\n");
        for (int i = 0; i < headers.length; i += 2) {
            raw.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
        }
        return raw + "\r\n" + body;
    }

    private static String chunked(String body, int length) {
        var chunks = new StringBuilder();
        for (int begin = 0; begin < body.length(); begin += length) {
            var chunk = body.substring(begin, Math.min(body.length(), begin + length));
            chunks.append(Integer.toHexString(chunk.length()))
                    .append("\r\n")
                    .append(chunk)
                    .append("\r\n");
        }
        return chunks + "0\r\n\r\n";
    }

    @ParameterizedTest
    @CsvSource({"10,1", "10,7", "4095,4096", "4097,4096", "5000,5000", "20000,16383", "20000,20000", "100000,65536"})
    void bodyIsReadToItsEndHoweverItComes(int length, int piece) throws Exception {
        for (var server : servers()) {
            var client = new Client(server.uri());
            var id = client.open();
            var text = "x".repeat(length - 1) + "y";
            var body = call(1, "echo", "{\"message\":\"" + text + "\"}");
            assertEquals(text, text(client.post(id, body)));
            try (var socket = client.connect()) {
                socket.setTcpNoDelay(true);
                for (var request : List.of(
                        raw(id, chunked(body, piece), "Transfer-Encoding", "chunked"),
                        raw(id, body, "Content-Length", "" + body.length()))) {
                    for (int begin = 0; begin < request.length(); begin += Math.max(piece, 500)) {
                        Client.write(
                                socket,
                                request.substring(begin, Math.min(request.length(), begin + Math.max(piece, 500))));
                    }
                    assertTrue(Client.readUntil(socket, "xy\"").contains("HTTP/1.1 200 "));
                    Client.readUntil(socket, server == json ? "}}" : "\n\n");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Era.class)
    void modernBodyMayComeInPieces(Era era) throws Exception {
        if (!era.hasModern()) {
            return;
        }
        try (var server = ReferenceServer.builder().era(era).start();
                var socket = new Client(server.uri()).connect()) {
            var request = Modern.call("echo", "{\"message\":\"" + "x".repeat(9_999) + "y\"}");
            var head = request.raw()
                    .substring(0, request.raw().indexOf("\r\n\r\n") + 4)
                    .replaceAll("Content-Length: \\d+", "Transfer-Encoding: chunked");
            Client.write(socket, head);
            Client.write(socket, chunked(request.body(), 100));
            assertTrue(Client.readUntil(socket, "xy\"").startsWith("HTTP/1.1 200 "));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HEAD", "PUT", "PATCH", "PROPFIND"})
    void otherMethodsEndAtOnceWithALiveIdToo(String method) throws Exception {
        var client = new Client(events.uri());
        var id = client.open();
        try (var socket = client.connect()) {
            for (int i = 0; i < 3; i++) {
                Client.write(
                        socket,
                        method + " /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: " + Client.BOTH + "\r\nMcp-Session-Id: "
                                + id + "\r\n\r\n");
                var head = Client.readUntil(socket, "\r\n\r\n");
                assertTrue(head.startsWith("HTTP/1.1 405 ") && head.contains("\r\nAllow: GET, POST, DELETE\r\n"), head);
                if (!method.equals("HEAD")) {
                    Client.readUntil(socket, "}}");
                }
            }
            // The connection still serves: nothing was left on it.
            Client.write(socket, raw(id, PING, "Content-Length", "" + PING.length()));
            assertTrue(Client.readUntil(socket, "\"result\":{}").startsWith("HTTP/1.1 200 "));
        }
        await().until(() -> events.sessions().find(id).openExchanges() == 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"notifications/initialized\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":{}}"
            })
    void nullIsNoIdAndMakesNoNotification(String body) throws Exception {
        for (var server : servers()) {
            var client = new Client(server.uri());
            var response = client.post(client.open(), body);
            assertEquals(400, response.statusCode());
            assertEquals(-32600, message(response).at("/error/code").asInt());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "ISO-8859-1"})
    void bodyInAnotherEncodingIsRefused(String encoding) throws Exception {
        var client = new Client(events.uri());
        var id = client.open();
        var body = call(1, "echo", "{\"message\":\"\u00fc\"}").getBytes(Charset.forName(encoding));
        try (var socket = client.connect()) {
            Client.write(socket, raw(id, "", "Content-Length", "" + body.length));
            socket.getOutputStream().write(body);
            var answer = Client.readUntil(socket, "}}");
            assertTrue(answer.startsWith("HTTP/1.1 400 ") && answer.contains("-32700"), answer);
        }
    }

    @Test
    void answersAreUtf8() throws Exception {
        for (var server : servers()) {
            var client = new Client(server.uri());
            var sent = "\u00fc\u4e16\ud83d\ude00\\ud83d\\ude00\\u0000";
            var response = client.post(client.open(), call(1, "echo", "{\"message\":\"" + sent + "\"}"));
            assertEquals("\u00fc\u4e16\ud83d\ude00\ud83d\ude00\0", text(response));
            assertEquals(
                    response.body(),
                    new String(response.body().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
        }
    }

    // Form of the answer

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void everyAnswerIsAJsonRpcResponse(ReferenceServer server) throws Exception {
        var client = new Client(server.uri());
        var id = client.open();
        var requests = new ArrayList<>(List.of(
                PING.replace("7", "1"),
                sleep(1, 1),
                call(1, "none", "{}"),
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"none\"}",
                initialize("2025-11-25")));
        for (var request : requests) {
            var response = message(client.post(id, request));
            assertEquals("2.0", response.path("jsonrpc").asString(""), response.toString());
            assertEquals("1", response.path("id").toString(), response.toString());
            assertTrue(response.has("result") ^ response.has("error"), response.toString());
        }
        assertEquals(
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}",
                message(client.post(id, PING)).toString());
    }

    /** Requests that are wrong although their id can be read. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"1.0\",\"id\":7,\"method\":\"ping\"}",
                "{\"id\":7,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":null}",
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\",\"params\":[]}",
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\",\"result\":{}}"
            })
    void errorOfAMalformedRequestCarriesItsId(String body) throws Exception {
        var client = new Client(events.uri());
        for (var session : new String[] {client.open(), null}) {
            var response = client.post(session, body);
            assertEquals(400, response.statusCode());
            assertEquals("7", message(response).path("id").toString(), response.body());
        }
        var modern = Modern.request("tools/list");
        var response = client.send("POST", body, modern.headers());
        assertEquals(400, response.statusCode());
        assertEquals("7", message(response).path("id").toString(), response.body());
    }

    @Test
    void errorOfARequestThatIsNotServedCarriesItsId() throws Exception {
        var client = new Client(events.uri());
        var id = client.open();
        assertId("7", 400, client.post(null, PING));
        assertId("7", 400, client.post(id, PING, "MCP-Protocol-Version", "1999-01-01"));
        assertId("1", 400, client.post(id, initialize("2025-11-25")));
        assertId("1", 400, client.post(null, initialize("2025-11-25"), "MCP-Protocol-Version", "nonsense"));
        try (var full = ReferenceServer.builder().start()) {
            full.drain();
            assertId("1", 503, new Client(full.uri()).post(null, initialize("2025-11-25")));
        }
        // A session that ends while the body is on its way.
        try (var socket = client.connect()) {
            Client.write(socket, raw(id, PING.substring(0, 5), "Content-Length", "" + PING.length()));
            await().until(() -> events.sessions().find(id).openExchanges() == 1);
            client.delete(id);
            Client.write(socket, PING.substring(5));
            var answer = Client.readUntil(socket, "}}");
            assertTrue(answer.startsWith("HTTP/1.1 404 ") && answer.contains("\"id\":7"), answer);
        }
        // Nobody can tell whose error it is.
        for (var body : List.of("nonsense", "[]", "[" + PING + "]", Client.INITIALIZED)) {
            assertId("", 400, client.post(null, body, "MCP-Protocol-Version", "2025-11-25"));
        }
    }

    private static void assertId(String id, int status, HttpResponse<String> response) {
        assertEquals(status, response.statusCode(), response.body());
        assertEquals(id, message(response).path("id").toString(), response.body());
    }

    // The protocol version in the head of initialize

    @ParameterizedTest
    @CsvSource({
        "2025-11-25,200",
        "2025-03-26,200",
        "2024-11-05,200",
        "2024-10-07,200",
        "2026-07-28,200",
        "2031-01-01,200",
        "1999-01-01,400",
        "nonsense,400",
        "'',400",
        "2025,400",
        "DRAFT-2026-v1,400",
        "v2025-11-25,400"
    })
    void initializeIsRefusedForTheNameOfNoRevisionAlone(String label, int status) throws Exception {
        for (var era : List.of(Era.LEGACY, Era.DUAL)) {
            try (var server = ReferenceServer.builder().era(era).start()) {
                var client = new Client(server.uri());
                var response = client.post(null, initialize("2025-06-18"), "MCP-Protocol-Version", label);
                assertEquals(status, response.statusCode(), response.body());
                assertEquals(
                        status == 200,
                        response.headers().firstValue("Mcp-Session-Id").isPresent());
                if (status == 200) {
                    assertEquals(
                            "2025-06-18",
                            message(response).at("/result/protocolVersion").asString());
                }
                assertEquals(status == 200 ? 1 : 0, server.sessions().counts().opened());
            }
        }
    }

    // The modern era

    static List<Modern> modernRequests() {
        return List.of(
                Modern.request("server/discover"),
                Modern.request("tools/list"),
                Modern.call("echo", "{\"message\":\"x\"}"),
                Modern.call("sleep", "{\"milliseconds\":1}"),
                Modern.request("resources/read", "\"uri\":\"file:///x\"").header("Mcp-Name", "file:///x"),
                Modern.request("prompts/get", "\"name\":\"x\"").header("Mcp-Name", "x"),
                Modern.listen("{\"toolsListChanged\":true}"),
                Modern.request("none"));
    }

    private static JsonNode assertRefused(int status, int code, Modern request) throws Exception {
        for (var server : servers()) {
            var response = new Client(server.uri()).send("POST", request.body(), request.headers());
            assertEquals(status, response.statusCode(), request.body() + response.body());
            assertEquals(code, message(response).at("/error/code").asInt(), request.body() + response.body());
        }
        return null;
    }

    @Test
    void everyModernRequestIsChecked() throws Exception {
        for (int i = 0; i < modernRequests().size(); i++) {
            assertRefused(400, -32020, modernRequests().get(i).header("MCP-Protocol-Version", null));
            assertRefused(400, -32020, modernRequests().get(i).header("MCP-Protocol-Version", "2025-11-25"));
            assertRefused(400, -32020, modernRequests().get(i).header("MCP-Protocol-Version", "2027-01-01"));
            assertRefused(
                    400,
                    -32022,
                    modernRequests()
                            .get(i)
                            .header("MCP-Protocol-Version", "2027-01-01")
                            .replace(Modern.VERSION, "2027-01-01"));
            assertRefused(400, -32020, modernRequests().get(i).header("Mcp-Method", null));
            assertRefused(400, -32020, modernRequests().get(i).header("Mcp-Method", "other"));
            assertRefused(400, -32602, modernRequests().get(i).replace(Modern.META, "\"_meta\":{}"));
            assertRefused(
                    400,
                    -32602,
                    modernRequests().get(i).replace(",\"io.modelcontextprotocol/clientCapabilities\":{}", ""));
            assertRefused(403, -32600, modernRequests().get(i).header("Origin", "http://evil.example"));
            assertRefused(415, -32600, modernRequests().get(i).header("Content-Type", "text/plain"));
            assertRefused(406, -32600, modernRequests().get(i).header("Accept", "text/html"));
        }
        for (int i = 2; i < 6; i++) {
            assertRefused(400, -32020, modernRequests().get(i).header("Mcp-Name", null));
            assertRefused(400, -32020, modernRequests().get(i).header("Mcp-Name", "other"));
        }
    }

    @Test
    void everyModernRequestNeedsAToken() throws Exception {
        try (var server = ReferenceServer.builder().token("ann", "secret").start()) {
            var client = new Client(server.uri());
            for (int i = 0; i < modernRequests().size(); i++) {
                for (var token : new String[] {null, "Bearer other", "Basic secret", "Bearer "}) {
                    var request = modernRequests().get(i).header("Authorization", token);
                    var response = client.send("POST", request.body(), request.headers());
                    assertEquals(401, response.statusCode(), request.body());
                    assertTrue(response.headers().firstValue("WWW-Authenticate").isPresent());
                }
            }
            var notification = Modern.request("x").body("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\"}");
            assertEquals(
                    401,
                    client.send("POST", notification.body(), notification.headers())
                            .statusCode());
        }
    }

    @Test
    void everyModernResultIsComplete() throws Exception {
        for (var server : servers()) {
            for (var request : modernRequests().subList(0, 4)) {
                var response = new Client(server.uri()).send("POST", request.body(), request.headers());
                assertEquals(
                        "complete", message(response).at("/result/resultType").asString(""), response.body());
                assertEquals("2.0", message(response).path("jsonrpc").asString(""));
            }
            var listen = Modern.listen("{}");
            try (var stream = new Events(new Client(server.uri()).sendForStream(listen.body(), listen.headers()))) {
                assertTrue(stream.next().data().contains("acknowledged"));
            }
        }
    }

    @Test
    void modernListsComeInTheSameOrderWhateverHasHappened() throws Exception {
        var client = new Client(events.uri());
        var request = Modern.request("tools/list");
        var before = client.send("POST", request.body(), request.headers()).body();
        client.post(client.open(), call(1, "announce", "{}"));
        for (int i = 0; i < 10; i++) {
            assertEquals(
                    before,
                    client.send("POST", request.body(), request.headers()).body());
        }
    }
}
