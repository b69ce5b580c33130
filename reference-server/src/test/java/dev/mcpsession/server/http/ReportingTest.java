package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.message;
import static dev.mcpsession.server.http.Client.messages;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The reports of a tool while it works. */
@Timeout(120)
class ReportingTest {

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

    private static String count(String meta) {
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"count\","
                + "\"arguments\":{\"to\":3,\"milliseconds\":0}" + (meta.isEmpty() ? "" : ",\"_meta\":" + meta) + "}}";
    }

    private static List<String> methods(HttpResponse<String> response) {
        return messages(response).stream()
                .map(message -> message.path("method").asString("response"))
                .toList();
    }

    @Test
    void reportsProgressToWhomAsksForIt() throws Exception {
        var id = client.open();
        client.post(id, setLevel("emergency"));
        var said = messages(client.post(id, count("{\"progressToken\":\"p\"}")));
        assertEquals(4, said.size());
        for (int n = 1; n <= 3; n++) {
            var progress = said.get(n - 1);
            assertEquals("notifications/progress", progress.get("method").asString());
            assertEquals("p", progress.at("/params/progressToken").asString());
            assertEquals(n, progress.at("/params/progress").asInt());
            assertEquals(3, progress.at("/params/total").asInt());
        }
        assertEquals("counted to 3", said.get(3).at("/result/content/0/text").asString());
        assertEquals(List.of("response"), methods(client.post(id, count(""))));
        assertEquals(List.of("response"), methods(client.post(id, count("{\"progressToken\":{}}"))));
    }

    private static String setLevel(String level) {
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"logging/setLevel\",\"params\":{\"level\":\"" + level
                + "\"}}";
    }

    @ParameterizedTest
    @CsvSource({"debug,3", "info,3", "notice,0", "emergency,0", ",3"})
    void logsWhatMattersEnough(String level, int messages) throws Exception {
        var id = client.open();
        if (level != null) {
            assertEquals(
                    "{}",
                    message(client.post(id, setLevel(level))).get("result").toString());
        }
        var said = methods(client.post(id, count("")));
        assertEquals(
                messages, said.stream().filter("notifications/message"::equals).count());
        assertEquals("response", said.get(said.size() - 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"loud", "", "INFO"})
    void unknownLevelIsAnError(String level) throws Exception {
        assertEquals(
                -32602,
                message(client.post(client.open(), setLevel(level)))
                        .at("/error/code")
                        .asInt());
    }

    @Test
    void levelsAreThoseOfOneSession() throws Exception {
        var quiet = client.open();
        client.post(quiet, setLevel("error"));
        assertEquals(4, methods(client.post(client.open(), count(""))).size());
        assertEquals(1, methods(client.post(quiet, count(""))).size());
    }

    private static HttpResponse<String> modern(String meta) throws Exception {
        var request =
                Modern.call("count", "{\"to\":3,\"milliseconds\":0}").replace("\"_meta\":{", "\"_meta\":{" + meta);
        return client.send("POST", request.body(), request.headers());
    }

    @Test
    void modernRequestSaysItself() throws Exception {
        assertEquals(List.of("response"), methods(modern("")));
        assertEquals(4, methods(modern("\"progressToken\":7,")).size());
        assertEquals(
                4,
                methods(modern("\"io.modelcontextprotocol/logLevel\":\"info\","))
                        .size());
        assertEquals(
                1,
                methods(modern("\"io.modelcontextprotocol/logLevel\":\"error\","))
                        .size());
        var unknown = modern("\"io.modelcontextprotocol/logLevel\":\"loud\",");
        assertEquals(400, unknown.statusCode());
        assertEquals(-32602, message(unknown).at("/error/code").asInt());
    }

    @Test
    void nothingIsSaidInJson() throws Exception {
        try (var json = ReferenceServer.builder().jsonAnswers(true).start()) {
            var other = new Client(json.uri());
            var response = other.post(other.open(), count("{\"progressToken\":\"p\"}"));
            assertEquals(
                    "counted to 3",
                    message(response).at("/result/content/0/text").asString());
        }
    }

    @Test
    void countingCanBeCancelled() throws Exception {
        var id = client.open();
        var body = Client.call(8, "count", "{\"to\":10000,\"milliseconds\":1}");
        try (var call = new Events(client.postStream(id, body))) {
            long cancelled = server.calls().cancelled();
            call.next();
            call.next();
            client.post(
                    id, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":8}}");
            assertEquals(cancelled + 1, server.calls().cancelled());
            for (var event = call.next(); event != null; event = call.next()) {
                assertTrue(event.message().has("method"), "no response follows");
            }
        }
    }
}
