package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.PING;
import static dev.mcpsession.server.http.Client.message;
import static dev.mcpsession.server.http.Client.rest;
import static dev.mcpsession.server.http.Client.sleep;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.session.IdlePolicy;
import dev.mcpsession.server.session.ManualClock;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams that are open while a session lives, expires or is ended; by a manual clock. */
@Timeout(120)
class StreamsTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int LONG = 600_000;

    private final ManualClock clock = new ManualClock();
    private ReferenceServer server = serve(false, IdlePolicy.OPEN_EXCHANGES);
    private Client client = new Client(server.uri());

    private ReferenceServer serve(boolean json, IdlePolicy policy) {
        return ReferenceServer.builder()
                .idleTimeout(TIMEOUT)
                .idlePolicy(policy)
                .clock(clock)
                .jsonAnswers(json)
                .start();
    }

    private void restart(boolean json, IdlePolicy policy) {
        server.close();
        server = serve(json, policy);
        client = new Client(server.uri());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void awaitOpen(String id, int exchanges) {
        await().until(() -> server.sessions().find(id).openExchanges() == exchanges);
    }

    /** Makes tests with a manual clock reliable. */
    @Test
    void settledServerHasLetGoOfWhatItHasAnswered() throws Exception {
        for (int i = 0; i < 300; i++) {
            var id = client.open();
            if (i % 2 == 0) {
                client.post(id, Client.call(1, "count", "{\"to\":1,\"milliseconds\":0}"));
            }
            server.settle();
            assertEquals(0, server.sessions().find(id).openExchanges(), "round " + i);
        }
    }

    @Test
    void headOfAStreamComesAtOnce() throws Exception {
        var id = client.open();
        var stream = client.stream(id);
        assertEquals(200, stream.statusCode());
        assertEquals(
                "text/event-stream", stream.headers().firstValue("Content-Type").orElse(null));
        stream.body().close();
    }

    @Test
    void openStreamHoldsTheSessionAndTheFullTimeoutFollows() throws Exception {
        var id = client.open();
        awaitOpen(id, 0);
        var stream = client.stream(id);
        clock.advance(TIMEOUT.multipliedBy(3));
        assertEquals(200, client.post(id, PING).statusCode());
        // The server notices by itself that the client has gone.
        stream.body().close();
        awaitOpen(id, 0);
        clock.advance(TIMEOUT.minusMillis(1));
        assertFalse(server.sessions().find(id).isEnded());
        clock.advance(Duration.ofMillis(1));
        assertEquals(404, client.post(id, PING).statusCode());
    }

    @Test
    void clientThatSendsOnWhileItListensIsCutOff() throws Exception {
        var id = client.open();
        awaitOpen(id, 0);
        try (var socket = client.connect()) {
            Client.write(
                    socket,
                    "GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nMcp-Session-Id: " + id
                            + "\r\n\r\n\r\n");
            Client.readUntil(socket, "data: \n\n");
            // An empty line too many is forgiven.
            awaitOpen(id, 1);
            Client.write(socket, "x".repeat(2_000));
            awaitOpen(id, 0);
        }
    }

    @Test
    void severalStreamsMayBeOpen() throws Exception {
        var id = client.open();
        awaitOpen(id, 0);
        var first = client.stream(id);
        var second = client.stream(id);
        awaitOpen(id, 2);
        first.body().close();
        awaitOpen(id, 1);
        second.body().close();
        awaitOpen(id, 0);
    }

    @Test
    void deleteEndsTheStream() throws Exception {
        var id = client.open();
        var stream = client.stream(id);
        assertEquals(204, client.delete(id).statusCode());
        assertEquals(List.of(), rest(stream));
    }

    @Test
    void expiryEndsTheStreamWhereStreamsDoNotHold() throws Exception {
        restart(false, IdlePolicy.REQUESTS);
        var id = client.open();
        awaitOpen(id, 0);
        var stream = client.stream(id);
        clock.advance(TIMEOUT);
        assertEquals(List.of(), rest(stream));
        assertEquals(404, client.post(id, PING).statusCode());
    }

    @Test
    void callHoldsTheSession() throws Exception {
        var id = client.open();
        var call = client.postStream(id, sleep(5, LONG));
        assertEquals(200, call.statusCode());
        clock.advance(TIMEOUT.multipliedBy(3));
        assertEquals(200, client.post(id, PING).statusCode());
        client.delete(id);
        call.body().readAllBytes();
    }

    @Test
    void deleteAnswersPendingCallsOnTheirStreams() throws Exception {
        var id = client.open();
        var call = client.postStream(id, sleep(5, LONG));
        assertEquals(204, client.delete(id).statusCode());
        var body = new String(call.body().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(body.contains("\"id\":5") && body.contains("\"code\":-32001"), body);
    }

    @Test
    void deleteAnswersPendingCallsInJson() throws Exception {
        restart(true, IdlePolicy.OPEN_EXCHANGES);
        var id = client.open();
        awaitOpen(id, 0);
        var call = client.postLater(id, sleep(5, LONG));
        // The exchange and the work each hold it.
        awaitOpen(id, 2);
        assertEquals(204, client.delete(id).statusCode());
        var response = call.get(30, TimeUnit.SECONDS);
        assertEquals(404, response.statusCode());
        assertEquals(-32001, message(response).at("/error/code").asInt());
    }

    @Test
    void expiryAnswersPendingCallsWhereTheyDoNotHold() throws Exception {
        restart(false, IdlePolicy.ARRIVAL);
        var id = client.open();
        var call = client.postStream(id, sleep(5, LONG));
        clock.advance(TIMEOUT);
        var body = new String(call.body().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(body.contains("\"code\":-32001"), body);
        assertNull(server.sessions().find(id));
    }

    @Test
    void disconnectingDoesNotCancelTheCall() throws Exception {
        var id = client.open();
        awaitOpen(id, 0);
        try (var socket = client.connect()) {
            var body = sleep(5, LONG);
            Client.write(
                    socket,
                    "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Accept: */*\r\nMcp-Session-Id: " + id + "\r\nContent-Length: " + body.length()
                            + "\r\n\r\n"
                            + body);
            Client.readUntil(socket, "\r\n\r\n");
            awaitOpen(id, 2);
        }
        clock.advance(TIMEOUT);
        var session = server.sessions().find(id);
        assertFalse(session == null || session.isEnded(), "the work goes on and holds the session");
        client.post(id, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":5}}");
        awaitOpen(id, 0);
    }

    @Test
    void clientMayCancelItsCall() throws Exception {
        var id = client.open();
        awaitOpen(id, 0);
        var call = client.postStream(id, sleep("\"five\"", LONG));
        client.post(id, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":5}}");
        awaitOpen(id, 2);
        client.post(
                id, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":\"five\"}}");
        assertEquals(List.of(), rest(call));
        awaitOpen(id, 0);
    }

    @Test
    void cancellingReachesOnlyTheOwnSession() throws Exception {
        var id = client.open();
        var other = client.open();
        awaitOpen(id, 0);
        var call = client.postStream(id, sleep(5, LONG));
        client.post(other, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":5}}");
        awaitOpen(id, 2);
        client.delete(id);
        call.body().readAllBytes();
    }

    @Test
    void responseIsDeliveredAfterMoreThanTheTimeout() throws Exception {
        String id;
        CompletableFuture<HttpResponse<String>> call;
        boolean inTime;
        do {
            id = client.open();
            awaitOpen(id, 0);
            var session = server.sessions().find(id);
            var sleeping = client.postLater(id, sleep(5, 300));
            await().until(() -> session.openExchanges() == 2 || sleeping.isDone());
            clock.advance(TIMEOUT.multipliedBy(5));
            // Else this machine was too slow to let the time pass during the call.
            inTime = session.openExchanges() == 2;
            call = sleeping;
        } while (!inTime);
        assertEquals(
                "slept 300 ms",
                message(call.get(30, TimeUnit.SECONDS))
                        .at("/result/content/0/text")
                        .asString());
        awaitOpen(id, 0);
        clock.advance(TIMEOUT.minusMillis(1));
        assertEquals(200, client.post(id, PING).statusCode());
    }

    @Test
    void connectionIsKeptAfterACall() throws Exception {
        var id = client.open();
        try (var socket = client.connect()) {
            for (var body : new String[] {sleep(5, 1), PING, sleep(6, 1)}) {
                Client.write(
                        socket,
                        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + "Accept: */*\r\nMcp-Session-Id: " + id + "\r\nContent-Length: " + body.length()
                                + "\r\n\r\n" + body);
                var answer = Client.readUntil(socket, "}\n\n");
                // The rest of the response before, if that was chunked, may precede it.
                assertTrue(answer.contains("HTTP/1.1 200 "), answer);
            }
        }
    }

    @Test
    void closingTheServerEndsEverything() throws Exception {
        var id = client.open();
        var stream = client.stream(id);
        var call = client.postStream(id, sleep(5, LONG));
        server.close();
        assertEquals(List.of(), rest(stream));
        assertTrue(new String(call.body().readAllBytes(), StandardCharsets.UTF_8).contains("-32001"));
        assertEquals(1, server.sessions().counts().shutDown());
    }
}
