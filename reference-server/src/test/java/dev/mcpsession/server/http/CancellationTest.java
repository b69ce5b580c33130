package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.PING;
import static dev.mcpsession.server.http.Client.message;
import static dev.mcpsession.server.http.Client.rest;
import static dev.mcpsession.server.http.Client.sleep;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.protocol.Era;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a POST ends whose request is cancelled, and that nothing else ends with it: point 12 of the contract. */
@Timeout(120)
class CancellationTest {

    private static final int LONG = 3_600_000;
    private static final int CANCELLED = -32800;

    private ReferenceServer server = ReferenceServer.builder().era(Era.LEGACY).start();
    private Client client = new Client(server.uri());

    private void restart(ReferenceServer.Builder builder) {
        server.close();
        server = builder.start();
        client = new Client(server.uri());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void awaitOpen(String id, int exchanges) {
        await().until(() -> server.sessions().find(id).openExchanges() == exchanges);
    }

    private static String cancelling(String request) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":" + request
                + "}}";
    }

    private void cancel(String session, String request) throws Exception {
        assertEquals(202, client.post(session, cancelling(request)).statusCode());
    }

    @ParameterizedTest
    @CsvSource({
        "true,2025-03-26",
        "true,2025-06-18",
        "true,2025-11-25",
        "false,2025-03-26",
        "false,2025-06-18",
        "false,2025-11-25"
    })
    void postEndsAndTheSessionAndItsOtherCallsGoOn(boolean json, String revision) throws Exception {
        restart(ReferenceServer.builder().jsonAnswers(json));
        var id = client.open(revision);
        awaitOpen(id, 0);
        var other = client.postLater(id, sleep("\"5\"", LONG));
        awaitOpen(id, 2);
        var call = client.postLater(id, sleep(5, LONG));
        awaitOpen(id, 4);
        cancel(id, "5");
        var response = call.get(60, TimeUnit.SECONDS);
        assertEquals(200, response.statusCode());
        if (json) {
            assertEquals(5, message(response).get("id").asInt());
            assertEquals(CANCELLED, message(response).at("/error/code").asInt());
        } else {
            assertEquals(List.of(), Client.messages(response));
        }
        awaitOpen(id, 2);
        assertEquals(1, server.calls().cancelled());
        assertEquals(1, server.calls().running());
        assertEquals(200, client.post(id, PING).statusCode());
        cancel(id, "\"5\"");
        assertEquals(200, other.get(60, TimeUnit.SECONDS).statusCode());
        awaitOpen(id, 0);
    }

    @Test
    void callInAnotherSessionWithTheSameIdGoesOn() throws Exception {
        for (var json : new boolean[] {false, true}) {
            restart(ReferenceServer.builder().jsonAnswers(json));
            var mine = client.open();
            var theirs = client.open();
            awaitOpen(theirs, 0);
            var call = client.postLater(theirs, sleep(5, LONG));
            awaitOpen(theirs, 2);
            cancel(mine, "5");
            awaitOpen(mine, 0);
            assertEquals(1, server.calls().running());
            cancel(theirs, "5");
            call.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void requestOfABatchGetsNoAnswerOnAStream() throws Exception {
        var id = client.open("2025-03-26");
        awaitOpen(id, 0);
        var call = client.postLater(id, "[" + sleep(1, LONG) + "," + sleep(2, LONG) + "," + PING + "]");
        awaitOpen(id, 2);
        cancel(id, "1");
        await().until(() -> server.calls().cancelled() == 1);
        assertEquals(1, server.calls().running());
        cancel(id, "2");
        var response = call.get(60, TimeUnit.SECONDS);
        assertEquals(
                List.of(7),
                Client.messages(response).stream()
                        .map(answer -> answer.get("id").asInt())
                        .toList());
        awaitOpen(id, 0);
    }

    @Test
    void requestOfABatchIsAnErrorInJson() throws Exception {
        restart(ReferenceServer.builder().jsonAnswers(true));
        var id = client.open("2025-03-26");
        awaitOpen(id, 0);
        var call = client.postLater(id, "[" + sleep(1, LONG) + "," + PING + "," + sleep(2, LONG) + "]");
        awaitOpen(id, 2);
        cancel(id, "2");
        cancel(id, "1");
        var answers = message(call.get(60, TimeUnit.SECONDS)).valueStream().toList();
        assertEquals(
                List.of("1", "7", "2"),
                answers.stream().map(answer -> answer.get("id").asString()).toList());
        assertEquals(
                List.of(CANCELLED, 0, CANCELLED),
                answers.stream().map(answer -> answer.at("/error/code").asInt()).toList());
        awaitOpen(id, 0);
    }

    @Test
    void streamThatIsNotConnectedEndsToo() throws Exception {
        var id = client.open();
        awaitOpen(id, 0);
        String primed;
        try (var call = new Events(client.postStream(id, Client.call(1, "poll", "{\"milliseconds\":" + LONG + "}")))) {
            primed = call.next().id();
            assertNull(call.next());
        }
        awaitOpen(id, 1);
        try (var resumed = new Events(client.resume(id, primed))) {
            awaitOpen(id, 2);
            cancel(id, "1");
            assertNull(resumed.next());
        }
        awaitOpen(id, 0);
        assertEquals(List.of(), rest(client.resume(id, primed)));
    }

    @Test
    void cancellingAsSoonAsTheHeadHasComeIsNotMissed() throws Exception {
        var id = client.open();
        for (int n = 0; n < 200; n++) {
            var call = client.postStream(id, sleep(n, LONG));
            cancel(id, Integer.toString(n));
            assertEquals(List.of(), rest(call), "call " + n);
        }
        assertEquals(200, server.calls().cancelled());
    }

    @Test
    void cancellingOverAndOverOrTooLateChangesNothing() throws Exception {
        var id = client.open();
        assertEquals(
                "slept 0 ms",
                Client.messages(client.post(id, sleep(1, 0)))
                        .get(0)
                        .at("/result/content/0/text")
                        .asString());
        for (int n = 0; n < 3; n++) {
            cancel(id, "1");
        }
        assertNotNull(message(client.post(id, sleep(1, 1))).get("result"));
        assertEquals(0, server.calls().cancelled());
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "[1]", "true", "1.5", "1e999999999", "\"\""})
    void cancellingNothingIsIgnored(String requestId) throws Exception {
        var id = client.open();
        awaitOpen(id, 0);
        var call = client.postStream(id, sleep(1, LONG));
        cancel(id, requestId);
        client.post(id, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\"}");
        awaitOpen(id, 2);
        cancel(id, "1");
        assertEquals(List.of(), rest(call));
    }

    // JSON has one type of number

    @ParameterizedTest
    @CsvSource({
        "7.0,7,7.0",
        "7,7.0,7",
        "70e-1,7.00,7.0",
        "12345678901234567890.0,12345678901234567890,12345678901234567890.0"
    })
    void numberIsTheSameHoweverItIsWritten(String sent, String cancelled, String echoed) throws Exception {
        restart(ReferenceServer.builder().jsonAnswers(true));
        var id = client.open();
        awaitOpen(id, 0);
        var call = client.postLater(id, sleep(sent, LONG));
        awaitOpen(id, 2);
        cancel(id, cancelled);
        assertEquals(
                "{\"jsonrpc\":\"2.0\",\"id\":" + echoed + ",\"error\":{\"code\":-32800,"
                        + "\"message\":\"Request cancelled\"}}",
                call.get(60, TimeUnit.SECONDS).body());
    }

    @Test
    void idComesBackAsItWasSent() throws Exception {
        restart(ReferenceServer.builder().jsonAnswers(true));
        var id = client.open();
        for (var sent : List.of("7.0", "7.00", "1E+2", "9007199254740993", "9007199254740993.0", "\"7.0\"")) {
            var body = client.post(id, PING.replace("7", sent)).body();
            assertTrue(body.contains("\"id\":" + sent + ","), body);
        }
        assertEquals(200, client.post(id, PING.replace("7", "1e2")).statusCode());
        for (var refused : List.of("7.5", "1e-1", "1e999999999", "-1e999999999", "1e-999999999")) {
            assertEquals(400, client.post(id, PING.replace("7", refused)).statusCode(), refused);
        }
        assertEquals(
                202,
                client.post(id, "{\"jsonrpc\":\"2.0\",\"id\":7.0,\"result\":{}}")
                        .statusCode());
        assertEquals(
                "slept 20 ms",
                message(client.post(id, Client.call(1, "sleep", "{\"milliseconds\":20.0}")))
                        .at("/result/content/0/text")
                        .asString());
    }
}
