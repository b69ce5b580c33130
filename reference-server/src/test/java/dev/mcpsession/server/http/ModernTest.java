package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.PING;
import static dev.mcpsession.server.http.Client.initialize;
import static dev.mcpsession.server.http.Client.message;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.protocol.Era;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
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
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The revision without sessions, side by side with those that have them. */
@Timeout(120)
class ModernTest {

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

    private static HttpResponse<String> send(Modern request) throws Exception {
        return client.send("POST", request.body(), request.headers());
    }

    private static JsonNode result(Modern request) throws Exception {
        var response = send(request);
        assertEquals(200, response.statusCode(), response.body());
        var message = message(response);
        assertEquals("m1", message.get("id").asString());
        assertEquals("complete", message.at("/result/resultType").asString(), response.body());
        assertTrue(message.get("result")
                .get("_meta")
                .get("io.modelcontextprotocol/serverInfo")
                .get("name")
                .isString());
        return message.get("result");
    }

    private static JsonNode assertError(int status, int code, Modern request) throws Exception {
        var response = send(request);
        assertEquals(status, response.statusCode(), response.body());
        assertEquals(code, message(response).at("/error/code").asInt(), response.body());
        assertEquals("m1", message(response).path("id").asString(null), response.body());
        return message(response).get("error");
    }

    // Requests that are served

    @Test
    void discovers() throws Exception {
        var result = result(Modern.request("server/discover"));
        assertEquals(
                "[\"2026-07-28\",\"2025-11-25\",\"2025-06-18\",\"2025-03-26\"]",
                result.get("supportedVersions").toString());
        assertEquals(
                "{\"logging\":{},\"tools\":{\"listChanged\":true}}",
                result.get("capabilities").toString());
        assertTrue(result.get("ttlMs").asInt(-1) >= 0);
        assertEquals("public", result.get("cacheScope").asString());
    }

    @Test
    void listsTools() throws Exception {
        var result = result(Modern.request("tools/list"));
        assertTrue(result.get("tools")
                .valueStream()
                .anyMatch(tool -> tool.get("name").asString().equals("echo")));
        assertTrue(result.get("ttlMs").asInt(-1) >= 0);
        assertEquals("public", result.get("cacheScope").asString());
        assertEquals(result, result(Modern.request("tools/list")));
    }

    @Test
    void callsTools() throws Exception {
        var echoed = result(Modern.call("echo", "{\"message\":\"grüß\"}"));
        assertEquals("grüß", echoed.at("/content/0/text").asString());
        var slept = result(Modern.call("sleep", "{\"milliseconds\":20}"));
        assertEquals("slept 20 ms", slept.at("/content/0/text").asString());
        assertFalse(slept.has("ttlMs"));
        assertTrue(result(Modern.call("echo", "{}")).get("isError").asBoolean());
    }

    @Test
    void errorsOfTheMethodItselfComeAsResponses() throws Exception {
        assertError(200, -32602, Modern.call("none", "{}"));
        assertError(200, -32602, Modern.call("echo", "[]"));
        assertError(200, -32602, Modern.request("tools/list", "\"cursor\":\"x\""));
        assertError(200, -32602, Modern.request("tools/call"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"initialize", "ping", "logging/setLevel", "resources/subscribe", "none"})
    void unknownMethodIsNotFound(String method) throws Exception {
        assertError(404, -32601, Modern.request(method));
    }

    @Test
    void streamsAreNotToBeBuffered() throws Exception {
        assertEquals(
                "no",
                send(Modern.request("tools/list"))
                        .headers()
                        .firstValue("X-Accel-Buffering")
                        .orElse(""));
        var call = send(Modern.call("sleep", "{\"milliseconds\":1}"));
        assertEquals("no", call.headers().firstValue("X-Accel-Buffering").orElse(""));
    }

    @Test
    void answersInJsonIfToldTo() throws Exception {
        try (var json = ReferenceServer.builder().jsonAnswers(true).start()) {
            var other = new Client(json.uri());
            for (var request :
                    List.of(Modern.request("server/discover"), Modern.call("sleep", "{\"milliseconds\":5}"))) {
                var response = other.send("POST", request.body(), request.headers());
                assertEquals(
                        "application/json",
                        response.headers().firstValue("Content-Type").orElse(""));
                assertEquals(
                        "complete", message(response).at("/result/resultType").asString());
            }
        }
    }

    @Test
    void theSameIdAtOnceOnManyConnectionsDoesNotCross() throws Exception {
        var calls = IntStream.range(0, 40)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> {
                    try {
                        return result(Modern.call("sleep", "{\"milliseconds\":" + (20 + i) + "}"))
                                .at("/content/0/text")
                                .asString();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }))
                .toList();
        for (int i = 0; i < calls.size(); i++) {
            assertEquals("slept " + (20 + i) + " ms", calls.get(i).get(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void notificationsAreAccepted() throws Exception {
        var response = send(Modern.request("x")
                .body("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}"));
        assertEquals(202, response.statusCode());
        assertEquals("", response.body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}",
                "[]",
                "{}",
                "nonsense",
                "",
                "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\"}]"
            })
    void otherThanOneRequestOrNotificationIsRefused(String body) throws Exception {
        assertEquals(400, send(Modern.request("server/discover").body(body)).statusCode());
    }

    // The metadata

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"_meta\":{}",
                "\"_meta\":1",
                "\"other\":{}",
                "\"_meta\":{\"io.modelcontextprotocol/clientCapabilities\":{}}",
                "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":1,"
                        + "\"io.modelcontextprotocol/clientCapabilities\":{}}",
                "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}",
                "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                        + "\"io.modelcontextprotocol/clientCapabilities\":[]}",
                "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                        + "\"io.modelcontextprotocol/clientCapabilities\":{},\"io.modelcontextprotocol/clientInfo\":{}}"
            })
    void malformedMetaIsRefused(String meta) throws Exception {
        assertError(400, -32602, Modern.request("server/discover").replace(Modern.META, meta));
    }

    @Test
    void paramsAreRequired() throws Exception {
        assertError(
                400,
                -32602,
                Modern.request("server/discover")
                        .body("{\"jsonrpc\":\"2.0\",\"id\":\"m1\",\"method\":\"server/discover\"}"));
    }

    @Test
    void clientNeedNotSayItsName() throws Exception {
        result(Modern.request("server/discover")
                .replace("\"io.modelcontextprotocol/clientInfo\":{\"name\":\"test\",\"version\":\"1\"},", ""));
    }

    // The revision

    @ParameterizedTest
    @ValueSource(strings = {"2027-01-01", "v999.0.0", "1999-01-01"})
    void unsupportedVersionIsAnsweredWithThoseThatAre(String version) throws Exception {
        var error = assertError(
                400,
                -32022,
                Modern.request("server/discover")
                        .header("MCP-Protocol-Version", version)
                        .replace(Modern.VERSION, version));
        assertEquals(version, error.at("/data/requested").asString());
        assertEquals("2026-07-28", error.at("/data/supported/0").asString());
        assertEquals(4, error.at("/data/supported").size());
    }

    @Test
    void unsupportedVersionIsMoreThanMissingMeta() throws Exception {
        assertError(
                400,
                -32022,
                Modern.request("server/discover")
                        .header("MCP-Protocol-Version", "2027-01-01")
                        .replace(Modern.META, "\"_meta\":{}"));
    }

    // The headers

    private static void assertMismatch(Modern request) throws Exception {
        assertError(400, -32020, request);
    }

    @Test
    void headersAreRequired() throws Exception {
        assertMismatch(Modern.request("server/discover").header("MCP-Protocol-Version", null));
        assertMismatch(Modern.request("server/discover").header("Mcp-Method", null));
        assertMismatch(Modern.call("echo", "{\"message\":\"x\"}").header("Mcp-Name", null));
        assertMismatch(Modern.request("resources/read", "\"uri\":\"file:///x\""));
        assertMismatch(Modern.request("prompts/get", "\"name\":\"x\""));
    }

    @Test
    void headersMustSayTheSameAsTheBody() throws Exception {
        assertMismatch(Modern.request("server/discover").header("MCP-Protocol-Version", "2027-01-01"));
        assertMismatch(Modern.request("server/discover").header("MCP-Protocol-Version", "2025-11-25"));
        assertMismatch(Modern.request("server/discover").header("MCP-Protocol-Version", "nonsense"));
        assertMismatch(Modern.request("server/discover").replace(Modern.VERSION, "2027-01-01"));
        assertMismatch(Modern.request("tools/list").header("Mcp-Method", "server/discover"));
        assertMismatch(Modern.request("tools/list").header("Mcp-Method", "TOOLS/LIST"));
        assertMismatch(Modern.call("echo", "{\"message\":\"x\"}").header("Mcp-Name", "sleep"));
        assertMismatch(Modern.call("echo", "{\"message\":\"x\"}").header("Mcp-Name", "ECHO"));
    }

    @Test
    void headersThatNobodyNeedsAreIgnored() throws Exception {
        result(Modern.request("server/discover").header("Mcp-Name", "whatever").header("Mcp-Param-X", "1"));
    }

    private static String base64(String name) {
        return "=?base64?" + Base64.getEncoder().encodeToString(name.getBytes(StandardCharsets.UTF_8)) + "?=";
    }

    @Test
    void encodedNameIsDecoded() throws Exception {
        result(Modern.call("echo", "{\"message\":\"x\"}").header("Mcp-Name", base64("echo")));
        assertMismatch(Modern.call("echo", "{\"message\":\"x\"}").header("Mcp-Name", base64("sleep")));
        // Found to say the same, and then to be unknown.
        assertError(200, -32602, Modern.call("Grüße, 世界", "{}").header("Mcp-Name", base64("Grüße, 世界")));
        assertError(200, -32602, Modern.call("=?base64?x?=", "{}").header("Mcp-Name", base64("=?base64?x?=")));
        assertError(200, -32602, Modern.call("=?base64?x", "{}").header("Mcp-Name", "=?base64?x"));
        assertError(200, -32602, Modern.call("=?BASE64?ZWNobw==?=", "{}").header("Mcp-Name", "=?BASE64?ZWNobw==?="));
        assertError(200, -32602, Modern.call("=?base64?=", "{}").header("Mcp-Name", "=?base64?="));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "=?base64?ZWNobw?=",
                "=?base64?ZWNobx==?=",
                "=?base64?ZWNo*w==?=",
                "=?base64?/w==?=",
                "=?base64??="
            })
    void badlyEncodedNameIsRefused(String value) throws Exception {
        assertMismatch(Modern.call("echo", "{\"message\":\"x\"}").header("Mcp-Name", value));
    }

    @Test
    void argumentsThatTheToolWantsMirroredAreCompared() throws Exception {
        var property = result(Modern.request("tools/list")).at("/tools/0/inputSchema/properties/region");
        assertEquals("Region", property.get("x-mcp-header").asString());
        for (var region : List.of("west", " west ", "Wüste", "=?base64?x?=")) {
            var echo = "{\"message\":\"x\",\"region\":\"" + region + "\"}";
            result(Modern.call("echo", echo).header("Mcp-Param-Region", base64(region)));
            assertMismatch(Modern.call("echo", echo));
            assertMismatch(Modern.call("echo", echo).header("Mcp-Param-Region", "east"));
            assertMismatch(Modern.call("echo", echo).header("Mcp-Param-Region", "=?base64?*?="));
            if (region.equals("west")) {
                result(Modern.call("echo", echo).header("mcp-param-region", " west "));
            }
        }
        assertMismatch(Modern.call("echo", "{\"message\":\"x\"}").header("Mcp-Param-Region", "west"));
        result(Modern.call("echo", "{\"message\":\"x\",\"region\":null}"));
    }

    @ParameterizedTest
    @CsvSource({
        "'mcp-method:server/discover', 200",
        "'MCP-METHOD: \t server/discover \t', 200",
        "'Mcp-Method: server/discover\r\nMcp-Method: server/discover', 400",
        "'Mcp-Method: server/disc\u00f6ver', 400",
        "'Mcp-Method:', 400"
    })
    void headersAreReadAsHttpSays(String header, int status) throws Exception {
        try (var socket = client.connect()) {
            Client.write(
                    socket, Modern.request("server/discover").raw().replace("Mcp-Method: server/discover", header));
            var answer = Client.readUntil(socket, "}");
            assertTrue(answer.startsWith("HTTP/1.1 " + status), answer);
        }
    }

    // No sessions

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "a,b", ""})
    void idsOfSessionsAndEventsAreIgnored(String id) throws Exception {
        var response = send(
                Modern.request("server/discover").header("Mcp-Session-Id", id).header("Last-Event-ID", "1-1"));
        assertEquals(200, response.statusCode());
        assertFalse(response.headers().firstValue("Mcp-Session-Id").isPresent());
        assertFalse(response.body().contains("id:"), response.body());
    }

    @Test
    void liveSessionIsNeitherUsedNorExtendedNorEnded() throws Exception {
        var id = client.open();
        await().until(() -> server.sessions().find(id).openExchanges() == 0);
        long opened = server.sessions().counts().opened();
        var request = Modern.call("sleep", "{\"milliseconds\":600000}").header("Mcp-Session-Id", id);
        try (var stream =
                client.sendForStream(request.body(), request.headers()).body()) {
            assertEquals(0, server.sessions().find(id).openExchanges());
            assertEquals(
                    405,
                    client.send("DELETE", null, "Mcp-Session-Id", id, "MCP-Protocol-Version", Modern.VERSION)
                            .statusCode());
        }
        assertEquals(200, client.post(id, PING).statusCode());
        assertEquals(opened, server.sessions().counts().opened());
    }

    @Test
    void thereIsNothingToGetOrDelete() throws Exception {
        for (var method : List.of("GET", "DELETE")) {
            var response = client.send(
                    method,
                    null,
                    "Accept",
                    "text/event-stream",
                    "Mcp-Session-Id",
                    "x",
                    "MCP-Protocol-Version",
                    Modern.VERSION);
            assertEquals(405, response.statusCode());
            assertEquals(List.of("POST"), response.headers().allValues("Allow"));
        }
    }

    // Cancelling

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void closingTheConnectionCancelsTheCall(boolean json) throws Exception {
        try (var own = ReferenceServer.builder().jsonAnswers(json).start()) {
            try (var socket = new Client(own.uri()).connect()) {
                Client.write(
                        socket,
                        Modern.call("sleep", "{\"milliseconds\":600000}").raw());
                await().until(() -> own.calls().running() == 1);
                assertEquals(0, own.calls().cancelled());
            }
            await().until(() -> own.calls().cancelled() == 1);
            assertEquals(0, own.calls().running());
        }
    }

    @Test
    void finishedCallsAreNotCancelled() throws Exception {
        try (var own = ReferenceServer.builder().start()) {
            var other = new Client(own.uri());
            var request = Modern.call("sleep", "{\"milliseconds\":5}");
            assertEquals(
                    200, other.send("POST", request.body(), request.headers()).statusCode());
            assertEquals(1, own.calls().finished());
            assertEquals(0, own.calls().cancelled());
        }
    }

    // Listening

    private static final class Listening implements AutoCloseable {

        private final BufferedReader lines;

        Listening(Client client, String notifications) throws Exception {
            var request = Modern.listen(notifications);
            var response = client.sendForStream(request.body(), request.headers());
            assertEquals(200, response.statusCode());
            assertEquals(
                    "text/event-stream",
                    response.headers().firstValue("Content-Type").orElse(""));
            assertEquals(
                    "no", response.headers().firstValue("X-Accel-Buffering").orElse(""));
            lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        }

        /** The next message, or null at the end of the stream. */
        JsonNode next() throws Exception {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("data: ")) {
                    return JsonMapper.shared().readTree(line.substring(6));
                }
            }
            return null;
        }

        @Override
        public void close() throws Exception {
            lines.close();
        }
    }

    private static String subscription(JsonNode message) {
        return message.path("params")
                .path("_meta")
                .path("io.modelcontextprotocol/subscriptionId")
                .asString();
    }

    @Test
    void acknowledgesWhatItHonoursAndThenTells() throws Exception {
        try (var listening = new Listening(
                client,
                "{\"toolsListChanged\":true,\"promptsListChanged\":true,"
                        + "\"resourceSubscriptions\":[\"file:///x\"]}")) {
            var first = listening.next();
            assertEquals(
                    "notifications/subscriptions/acknowledged",
                    first.get("method").asString());
            assertEquals(
                    "{\"toolsListChanged\":true}",
                    first.at("/params/notifications").toString());
            assertEquals("m1", subscription(first));
            result(Modern.call("announce", "{}"));
            var second = listening.next();
            assertEquals(
                    "notifications/tools/list_changed", second.get("method").asString());
            assertEquals("m1", subscription(second));
        }
    }

    @Test
    void tellsNothingThatWasNotAskedFor() throws Exception {
        try (var own = ReferenceServer.builder().start();
                var listening = new Listening(new Client(own.uri()), "{\"promptsListChanged\":true}")) {
            assertEquals("{}", listening.next().at("/params/notifications").toString());
            own.announceToolsChanged();
            own.close();
            assertTrue(listening.next().has("result"), "the end comes next");
        }
    }

    @Test
    void endsSubscriptionsWithAResponse() throws Exception {
        try (var own = ReferenceServer.builder().jsonAnswers(true).start();
                var listening = new Listening(new Client(own.uri()), "{\"toolsListChanged\":true}")) {
            listening.next();
            own.close();
            var last = listening.next();
            assertEquals("m1", last.get("id").asString());
            assertEquals("complete", last.at("/result/resultType").asString());
            assertEquals(
                    "m1",
                    last.at("/result/_meta")
                            .get("io.modelcontextprotocol/subscriptionId")
                            .asString());
            assertEquals(null, listening.next());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "[]", "{\"toolsListChanged\":1}"})
    void malformedSubscriptionIsAnError(String notifications) throws Exception {
        assertError(200, -32602, Modern.listen(notifications));
    }

    // The eras

    @Test
    void bodyDecidesWhereTheHeadSaysNothing() throws Exception {
        // Without the header a modern request is malformed, and not one of the first legacy revision.
        assertMismatch(Modern.request("ping").header("MCP-Protocol-Version", null));
        var id = client.open();
        assertMismatch(Modern.request("ping")
                .header("MCP-Protocol-Version", "2025-11-25")
                .header("Mcp-Session-Id", id));
        // That a legacy request names a legacy revision in its metadata is nothing to us.
        assertEquals(
                200,
                client.post(
                                id,
                                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"_meta\":"
                                        + "{\"io.modelcontextprotocol/protocolVersion\":\"2025-11-25\"}}}")
                        .statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {Modern.VERSION, "2027-01-01"})
    void initializeOpensASessionWhateverRevisionItsHeadNames(String version) throws Exception {
        for (var asked : List.of(version, "2025-11-25")) {
            var response = client.post(null, initialize(asked), "MCP-Protocol-Version", version);
            assertEquals(200, response.statusCode());
            assertEquals(
                    "2025-11-25",
                    message(response).at("/result/protocolVersion").asString());
            var id = response.headers().firstValue("Mcp-Session-Id").orElseThrow();
            assertEquals(200, client.post(id, PING).statusCode());
            assertEquals(
                    400,
                    client.post(id, initialize(asked), "MCP-Protocol-Version", version)
                            .statusCode());
            assertEquals(
                    404,
                    client.post("x", initialize(asked), "MCP-Protocol-Version", version)
                            .statusCode());
            assertEquals(204, client.delete(id).statusCode());
        }
        // With the metadata of the modern revision it is one of its requests, and that has no such method.
        assertError(404, -32601, Modern.request("initialize"));
    }

    @Test
    void modernServerRefusesInitializeAndNamesWhatItSpeaks() throws Exception {
        try (var own = ReferenceServer.builder().era(Era.MODERN).start()) {
            var other = new Client(own.uri());
            for (var version : new String[] {null, "2025-11-25", Modern.VERSION}) {
                var response = other.post(null, initialize("2025-11-25"), "MCP-Protocol-Version", version);
                assertEquals(400, response.statusCode());
                var error = message(response).get("error");
                assertEquals(-32022, error.get("code").asInt());
                assertEquals("2025-11-25", error.at("/data/requested").asString());
                assertEquals("[\"2026-07-28\"]", error.at("/data/supported").toString());
                assertTrue(error.get("message").asString().contains("2026-07-28"));
                assertFalse(response.headers().firstValue("Mcp-Session-Id").isPresent());
            }
        }
    }

    @Test
    void modernServerSpeaksNothingElse() throws Exception {
        try (var own = ReferenceServer.builder().era(Era.MODERN).start()) {
            var other = new Client(own.uri());
            assertEquals(
                    405, other.send("GET", null, "Accept", "text/event-stream").statusCode());
            assertEquals(405, other.delete("x").statusCode());
            assertEquals(
                    -32020, message(other.post("x", PING)).at("/error/code").asInt());
            assertEquals(400, other.post("x", Client.INITIALIZED).statusCode());
            assertEquals(
                    -32022,
                    message(other.post("x", PING, "MCP-Protocol-Version", "2025-11-25"))
                            .at("/error/code")
                            .asInt());
            var discover = Modern.request("server/discover");
            assertEquals(
                    "[\"2026-07-28\"]",
                    message(other.send("POST", discover.body(), discover.headers()))
                            .at("/result/supportedVersions")
                            .toString());
        }
    }

    @Test
    void legacyServerDoesNotKnowTheModernRevision() throws Exception {
        try (var own = ReferenceServer.builder().era(Era.LEGACY).start()) {
            var other = new Client(own.uri());
            var discover = Modern.request("server/discover");
            var response = other.send("POST", discover.body(), discover.headers());
            assertEquals(400, response.statusCode());
            int code = message(response).at("/error/code").asInt();
            assertTrue(code < -32099 || code > -32020, "a client would take it for a modern server: " + code);
            assertFalse(response.body().contains("2026-07-28"), response.body());
            var id = other.open();
            assertEquals(
                    400,
                    other.post(id, PING, "MCP-Protocol-Version", Modern.VERSION).statusCode());
            assertEquals(200, other.post(id, PING).statusCode());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LEGACY", "DUAL"})
    void legacyClientsOpenSessions(Era era) throws Exception {
        try (var own = ReferenceServer.builder().era(era).start()) {
            var other = new Client(own.uri());
            assertEquals(200, other.post(other.open(), PING).statusCode());
        }
    }
}
