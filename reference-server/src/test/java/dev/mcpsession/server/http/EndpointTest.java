package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.BOTH;
import static dev.mcpsession.server.http.Client.INITIALIZED;
import static dev.mcpsession.server.http.Client.PING;
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
import java.net.http.HttpResponse;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The wire, on a server with the default options. */
class EndpointTest {

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

    private static void assertError(int status, int code, HttpResponse<String> response) {
        assertEquals(status, response.statusCode(), response.body());
        assertEquals(
                "application/json",
                response.headers().firstValue("Content-Type").orElse(null));
        assertEquals(code, message(response).at("/error/code").asInt(), response.body());
        assertFalse(response.headers().firstValue("Mcp-Session-Id").isPresent());
    }

    // Opening

    @ParameterizedTest
    @ValueSource(strings = {"2025-03-26", "2025-06-18", "2025-11-25"})
    void opensSessionInTheRevisionAskedFor(String revision) throws Exception {
        var response = client.post(null, initialize(revision));
        assertEquals(200, response.statusCode());
        assertEquals(
                "text/event-stream",
                response.headers().firstValue("Content-Type").orElse(null));
        assertEquals(revision, message(response).at("/result/protocolVersion").asString());
        assertTrue(message(response).at("/result/capabilities/tools").isObject());
        assertTrue(message(response).at("/result/serverInfo/name").isString());
        var id = response.headers().firstValue("Mcp-Session-Id").orElseThrow();
        assertTrue(id.matches("[\\x21-\\x7e]{22,}"), id);
        var initialized = client.post(id, INITIALIZED);
        assertEquals(202, initialized.statusCode());
        assertEquals("", initialized.body());
        assertEquals("{}", message(client.post(id, PING)).get("result").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"2024-11-05", "2026-07-28", "1.0", ""})
    void offersTheLatestRevisionForOneThatIsNotSupported(String revision) throws Exception {
        var response = client.post(null, initialize(revision));
        assertEquals(
                "2025-11-25", message(response).at("/result/protocolVersion").asString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{}}",
                "{\"protocolVersion\":20251125,\"capabilities\":{},\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}}",
                "{\"protocolVersion\":\"2025-11-25\",\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}}",
                "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"c\"}}"
            })
    void refusedOpeningLeavesNothing(String params) throws Exception {
        long opened = server.sessions().counts().opened();
        var response =
                client.post(null, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":" + params + "}");
        assertEquals(-32602, message(response).at("/error/code").asInt());
        assertEquals(1, message(response).get("id").asInt());
        assertFalse(response.headers().firstValue("Mcp-Session-Id").isPresent());
        assertEquals(opened, server.sessions().counts().opened());
    }

    @Test
    void idChosenByTheClientIsNotAdopted() throws Exception {
        assertError(404, -32001, client.post("mine", initialize("2025-11-25")));
        assertError(404, -32001, client.post("mine", PING));
    }

    @Test
    void secondInitializeInASessionIsRefusedAndDisturbsNothing() throws Exception {
        var id = client.open();
        assertError(400, -32600, client.post(id, initialize("2025-03-26")));
        assertEquals(200, client.post(id, PING).statusCode());
    }

    // Session ids

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "__proto__", "constructor", "0", "%00", "a b"})
    void unknownIdIsNotFound(String id) throws Exception {
        assertError(404, -32001, client.post(id, PING));
        assertError(404, -32001, client.post(id, INITIALIZED));
        assertError(404, -32001, client.delete(id));
        assertError(404, -32001, client.send("GET", null, "Accept", "text/event-stream", "Mcp-Session-Id", id));
        assertTrue(client.post(id, PING).body().contains("Session not found"));
    }

    @Test
    void anotherCaseOfAnIdIsAnotherId() throws Exception {
        var id = client.open();
        var flipped = id.chars()
                .map(c -> Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c))
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
        assertNotEquals(id, flipped);
        assertEquals(404, client.post(flipped, PING).statusCode());
        assertEquals(200, client.post(id, PING).statusCode());
    }

    @Test
    void nameOfTheHeaderIsCaseInsensitive() throws Exception {
        var id = client.open();
        var response =
                client.send("POST", PING, "content-TYPE", "application/json", "aCCEPT", BOTH, "mCP-sESSION-iD", id);
        assertEquals(200, response.statusCode());
    }

    @Test
    void missingIdIsABadRequest() throws Exception {
        assertError(400, -32600, client.post(null, PING));
        assertError(400, -32600, client.post(null, INITIALIZED));
        assertError(400, -32600, client.delete(null));
        assertError(400, -32600, client.send("GET", null, "Accept", "text/event-stream"));
    }

    @Test
    void twoIdsAreABadRequest() throws Exception {
        var id = client.open();
        assertError(400, -32600, client.post(id, PING, "Mcp-Session-Id", client.open()));
        assertEquals(200, client.post(id, PING).statusCode());
    }

    @Test
    void hugeIdIsNotFound() throws Exception {
        assertError(404, -32001, client.post("a".repeat(8_000), PING));
    }

    // Termination

    @Test
    void deletedSessionIsNotFound() throws Exception {
        var id = client.open();
        var other = client.open();
        var deleted = client.delete(id);
        assertEquals(204, deleted.statusCode());
        assertEquals("", deleted.body());
        assertError(404, -32001, client.delete(id));
        assertError(404, -32001, client.post(id, PING));
        assertError(404, -32001, client.post(id, INITIALIZED));
        assertError(404, -32001, client.post(id, initialize("2025-11-25")));
        assertError(404, -32001, client.send("GET", null, "Accept", "text/event-stream", "Mcp-Session-Id", id));
        assertEquals(200, client.post(other, PING).statusCode());
    }

    // Messages

    @Test
    void listsAndCallsTools() throws Exception {
        var id = client.open();
        var list = message(client.post(id, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"tools/list\"}"));
        assertEquals("a", list.get("id").asString());
        assertEquals(
                List.of("echo", "sleep", "count", "poll", "announce"),
                list.at("/result/tools")
                        .valueStream()
                        .map(tool -> tool.get("name").asString())
                        .toList());
        assertTrue(list.at("/result/tools")
                .valueStream()
                .allMatch(tool -> tool.path("inputSchema").isObject()));
        var echo = message(client.post(id, Client.call(2, "echo", "{\"message\":\"grüß dich\\n\"}")));
        assertEquals("grüß dich\n", echo.at("/result/content/0/text").asString());
        assertFalse(echo.at("/result/isError").asBoolean());
    }

    @Test
    void sleepAnswersAfterTheTimeAskedForAndKeepsNobodyElseWaiting() throws Exception {
        var id = client.open();
        long begin = System.nanoTime();
        var sleeping = client.postLater(id, sleep(3, 400));
        // More sleepers than the server has threads.
        var others = IntStream.range(0, 50)
                .mapToObj(i -> client.postLater(id, sleep(i, 400)))
                .toList();
        assertEquals(200, client.post(id, PING).statusCode());
        assertFalse(sleeping.isDone() && System.nanoTime() - begin < 400_000_000L);
        assertEquals(3, message(sleeping.get()).get("id").asInt());
        assertTrue(System.nanoTime() - begin >= 400_000_000L);
        for (var other : others) {
            assertTrue(message(other.get()).has("result"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2025-06-18 | echo  | {}                     | -32602",
                "2025-06-18 | echo  | {\"message\":1}          | -32602",
                "2025-03-26 | sleep | {\"milliseconds\":-1}    | -32602",
                "2025-11-25 | none  | {}                     | -32602",
                "2025-11-25 | echo  | []                     | -32602",
                "2025-11-25 | sleep | {\"milliseconds\":1.5}   | 0",
                "2025-11-25 | sleep | {\"milliseconds\":1e99}  | 0",
                "2025-11-25 | sleep | {\"milliseconds\":\"1\"} | 0",
                "2025-11-25 | echo  | {}                     | 0"
            })
    void badCallsAreReportedAsTheRevisionSays(String revision, String tool, String arguments, int code)
            throws Exception {
        var answer = message(client.post(client.open(revision), Client.call(1, tool, arguments)));
        if (code == 0) {
            assertTrue(answer.at("/result/isError").asBoolean(), answer.toString());
        } else {
            assertEquals(code, answer.at("/error/code").asInt(), answer.toString());
        }
    }

    @Test
    void unknownMethodIsAnError() throws Exception {
        var answer = client.post(client.open(), "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"tools/none\"}");
        assertEquals(200, answer.statusCode());
        assertEquals(-32601, message(answer).at("/error/code").asInt());
        assertEquals(9, message(answer).get("id").asInt());
    }

    @Test
    void unknownCursorIsAnError() throws Exception {
        var answer = client.post(
                client.open(),
                "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"tools/list\",\"params\":{\"cursor\":\"x\"}}");
        assertEquals(-32602, message(answer).at("/error/code").asInt());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/none\"}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":99}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1,\"message\":\"m\"}}"
            })
    void notificationsAndResponsesAreAccepted(String body) throws Exception {
        var response = client.post(client.open(), body);
        assertEquals(202, response.statusCode());
        assertEquals("", response.body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "nonsense", "{} {}", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]"})
    void whatIsNotJsonIsAParseError(String body) throws Exception {
        assertError(400, -32700, client.post(client.open(), body));
        assertError(400, -32700, client.post(null, body));
    }

    @Test
    void deepNestingIsAParseError() throws Exception {
        assertError(400, -32700, client.post(client.open(), "[".repeat(100_000)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "null",
                "\"ping\"",
                "{}",
                "[]",
                "[1]",
                "{\"id\":1,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}",
                "{\"jsonrpc\":\"2.0\",\"id\":1}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":{}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[]}"
            })
    void whatIsNoMessageIsAnInvalidRequest(String body) throws Exception {
        assertError(400, -32600, client.post(client.open("2025-03-26"), body));
    }

    // Batches

    @Test
    void servesBatchInTheFirstRevision() throws Exception {
        var id = client.open("2025-03-26");
        var answers = messages(client.post(id, "[" + sleep(1, 50) + "," + INITIALIZED + "," + PING + "]"));
        assertEquals(
                List.of(7, 1),
                answers.stream().map(answer -> answer.get("id").asInt()).toList());
        var atOnce = messages(client.post(id, "[" + PING + "," + PING + "]"));
        assertEquals(2, atOnce.size());
        assertEquals(202, client.post(id, "[" + INITIALIZED + "]").statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"2025-06-18", "2025-11-25"})
    void refusesBatchInLaterRevisions(String revision) throws Exception {
        assertError(400, -32600, client.post(client.open(revision), "[" + PING + "]"));
        assertError(400, -32600, client.post(client.open(revision), "[" + INITIALIZED + "]"));
    }

    @Test
    void initializeInABatchIsRefused() throws Exception {
        assertError(400, -32600, client.post(null, "[" + initialize("2025-03-26") + "]"));
    }

    @Test
    void hugeBatchIsRefused() throws Exception {
        var many = String.join(",", Collections.nCopies(101, PING));
        assertError(400, -32600, client.post(client.open("2025-03-26"), "[" + many + "]"));
    }

    // The protocol version in the head

    @ParameterizedTest
    @CsvSource({
        "2025-03-26,,200", "2025-06-18,,200", "2025-11-25,,200",
        "2025-06-18,2025-06-18,200", "2025-11-25,2025-11-25,200", "2025-11-25,2025-06-18,200",
        "2025-06-18,1999-01-01,400", "2025-11-25,1999-01-01,400", "2025-11-25,nonsense,400",
        "2025-03-26,1999-01-01,200"
    })
    void checksTheProtocolVersion(String revision, String header, int status) throws Exception {
        var id = client.open(revision);
        assertEquals(
                status, client.post(id, PING, "MCP-Protocol-Version", header).statusCode());
        int accepted = status == 200 ? 202 : status;
        assertEquals(
                accepted,
                client.post(id, INITIALIZED, "MCP-Protocol-Version", header).statusCode());
        if (status != 200) {
            assertError(
                    400,
                    -32600,
                    client.send(
                            "GET",
                            null,
                            "Accept",
                            "text/event-stream",
                            "Mcp-Session-Id",
                            id,
                            "MCP-Protocol-Version",
                            header));
            assertError(400, -32600, client.send("DELETE", null, "Mcp-Session-Id", id, "MCP-Protocol-Version", header));
            assertEquals(200, client.post(id, PING).statusCode(), "the session lives on");
        }
    }

    // Content negotiation

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/json, text/event-stream        | 200",
                "text/event-stream,application/json;q=0.5   | 200",
                "APPLICATION/JSON, Text/Event-Stream        | 200",
                "*/*                                        | 200",
                "application/*, text/*                      | 200",
                "application/json                           | 406",
                "text/event-stream                          | 406",
                "application/json, text/event-stream;q=0    | 406",
                "text/html                                  | 406"
            })
    void clientMustAcceptBothKindsOfAnswer(String accept, int status) throws Exception {
        var id = client.open();
        var response =
                client.send("POST", PING, "Content-Type", "application/json", "Accept", accept, "Mcp-Session-Id", id);
        assertEquals(status, response.statusCode());
    }

    @Test
    void clientMustSayWhatItAccepts() throws Exception {
        var id = client.open();
        assertError(406, -32600, client.send("POST", PING, "Content-Type", "application/json", "Mcp-Session-Id", id));
        assertError(406, -32600, client.send("GET", null, "Accept", "application/json", "Mcp-Session-Id", id));
    }

    @ParameterizedTest
    @CsvSource({
        "application/json,200",
        "application/json; charset=utf-8,200",
        "Application/JSON,200",
        "text/plain,415",
        "application/json-patch+json,415",
        ",415"
    })
    void bodyMustBeJson(String contentType, int status) throws Exception {
        var id = client.open();
        var response = client.send("POST", PING, "Content-Type", contentType, "Accept", BOTH, "Mcp-Session-Id", id);
        assertEquals(status, response.statusCode());
    }

    // The door

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "PATCH", "OPTIONS", "TRACE"})
    void otherMethodsAreNotAllowed(String method) throws Exception {
        try (var socket = client.connect()) {
            Client.write(socket, method + " /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            var head = Client.readUntil(socket, "\r\n\r\n");
            assertTrue(head.startsWith("HTTP/1.1 405 "), head);
            assertTrue(head.contains("\r\nAllow: GET, POST, DELETE\r\n"), head);
        }
    }

    @Test
    void otherPathsDoNotExist() throws Exception {
        var other = new Client(server.uri().resolve("/other"));
        assertEquals(404, other.post(null, initialize("2025-11-25")).statusCode());
        assertEquals(
                404, new Client(server.uri().resolve("/mcp/")).post(null, PING).statusCode());
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost,200",
        "http://localhost:3000,200",
        "https://127.0.0.1,200",
        "http://[::1]:80,200",
        "http://evil.example,403",
        "http://localhost.evil.example,403",
        "http://127.0.0.1.evil.example,403",
        "http://127.0.0.1@evil.example,403",
        "http://evil.example@127.0.0.1,403",
        "null,403",
        "file://localhost,403",
        "::,403"
    })
    void foreignOriginIsForbidden(String origin, int status) throws Exception {
        var id = client.open();
        var response = client.post(id, PING, "Origin", origin);
        if (status == 403) {
            assertError(403, -32600, response);
        } else {
            assertEquals(status, response.statusCode());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost,405",
        "localhost:1234,405",
        "127.0.0.1,405",
        "[::1]:80,405",
        "LOCALHOST,405",
        "evil.example,421",
        "127.0.0.1.evil.example,421",
        "localhost.evil.example:80,421",
        "10.0.0.1,421"
    })
    void foreignHostIsMisdirected(String host, int status) throws Exception {
        try (var socket = client.connect()) {
            Client.write(socket, "PUT /mcp HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
            assertTrue(Client.readUntil(socket, "\r\n\r\n").startsWith("HTTP/1.1 " + status + " "));
        }
    }

    @Test
    void bodyBeyondTheLimitIsRefused() throws Exception {
        var id = client.open();
        var big = "\"" + "x".repeat((1 << 20) + 10) + "\"";
        assertError(413, -32600, client.post(id, big));
        try (var socket = client.connect()) {
            Client.write(
                    socket,
                    "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Accept: */*\r\nContent-Length: 99999999999\r\n\r\n");
            assertTrue(Client.readUntil(socket, "\r\n\r\n").startsWith("HTTP/1.1 413 "));
        }
        assertEquals(200, client.post(id, PING).statusCode());
        awaitIdle(id);
    }

    @Test
    void bodyMayComeInPieces() throws Exception {
        var id = client.open();
        try (var socket = client.connect()) {
            Client.write(
                    socket,
                    "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Accept: */*\r\nMcp-Session-Id: " + id + "\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var piece : PING.split("(?<=,)")) {
                Client.write(socket, Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n");
                // Held from the head on, though the body is not there yet.
                await().until(() -> server.sessions().find(id).openExchanges() == 1);
            }
            Client.write(socket, "0\r\n\r\n");
            assertTrue(Client.readUntil(socket, "\"result\":{}").startsWith("HTTP/1.1 200 "));
        }
        awaitIdle(id);
    }

    @Test
    void clientMayWaitToBeToldToContinue() throws Exception {
        var id = client.open();
        try (var socket = client.connect()) {
            Client.write(
                    socket,
                    "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Accept: */*\r\nMcp-Session-Id: " + id + "\r\nExpect: 100-continue\r\nContent-Length: "
                            + PING.length() + "\r\n\r\n");
            assertEquals("HTTP/1.1 100 Continue\r\n\r\n", Client.readUntil(socket, "\r\n\r\n"));
            Client.write(socket, PING);
            assertTrue(Client.readUntil(socket, "\"result\":{}").startsWith("HTTP/1.1 200 "));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "]", "[]", "[::1", "a:b:c", ":80", "\u00e9", "%", " "})
    void malformedHostIsRefused(String host) throws Exception {
        try (var socket = client.connect()) {
            Client.write(socket, "PUT /mcp HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
            var head = Client.readUntil(socket, "\r\n\r\n");
            assertTrue(head.matches("(?s)HTTP/1.1 4\\d\\d .*"), head);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\u0001b", "a\u007fb", "\u00ff", "\t", ""})
    void idWithOtherThanVisibleAsciiIsRefused(String id) throws Exception {
        try (var socket = client.connect()) {
            Client.write(
                    socket,
                    "DELETE /mcp HTTP/1.1\r\nHost: localhost\r\nMcp-Session-Id: " + id
                            + "\r\nConnection: close\r\n\r\n");
            var head = Client.readUntil(socket, "\r\n\r\n");
            assertTrue(head.matches("(?s)HTTP/1.1 40[04] .*"), head);
        }
    }

    @Test
    void clientThatLeavesInTheMiddleOfABodyLetsGoOfTheSession() throws Exception {
        var id = client.open();
        try (var socket = client.connect()) {
            Client.write(
                    socket,
                    "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Accept: */*\r\nMcp-Session-Id: " + id + "\r\nContent-Length: 100\r\n\r\n{");
            await().until(() -> server.sessions().find(id).openExchanges() == 1);
        }
        awaitIdle(id);
        assertEquals(200, client.post(id, PING).statusCode());
    }

    private static void awaitIdle(String id) {
        await().until(() -> server.sessions().find(id).openExchanges() == 0);
    }
}
