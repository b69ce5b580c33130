package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.PING;
import static dev.mcpsession.server.http.Client.call;
import static dev.mcpsession.server.http.Client.initialize;
import static dev.mcpsession.server.http.Client.message;
import static dev.mcpsession.server.http.Client.sleep;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.protocol.Changes;
import dev.mcpsession.server.protocol.Json;
import dev.mcpsession.server.session.EndReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams that outlive their connections. */
@Timeout(120)
class ResumptionTest {

    private static final int LONG = 600_000;

    private ReferenceServer server = ReferenceServer.builder().start();
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

    /** A call whose answer never comes without a stream, however late the server looks: something precedes it. */
    private static String count(int id) {
        return call(id, "count", "{\"to\":1,\"milliseconds\":0}");
    }

    private static String method(Events.Event event) {
        return event.message().path("method").asString(null);
    }

    // Priming

    @Test
    void streamsBeginWithAnEventToResumeFrom() throws Exception {
        restart(ReferenceServer.builder().retry(Duration.ofMillis(1234)));
        var id = client.open();
        try (var listening = new Events(client.stream(id));
                var call = new Events(client.postStream(id, count(1)))) {
            for (var first : List.of(listening.next(), call.next())) {
                assertEquals("", first.data());
                assertEquals("1234", first.retry());
                assertTrue(first.id().matches("\\d+-\\d+"), first.id());
            }
            assertEquals("notifications/message", method(call.next()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2025-03-26", "2025-06-18"})
    void earlierRevisionsHaveNoEventsWithoutMessages(String revision) throws Exception {
        try (var call = new Events(client.postStream(client.open(revision), count(1)))) {
            var first = call.next();
            assertEquals("notifications/message", method(first));
            assertTrue(first.id().matches("\\d+-\\d+"), first.id());
        }
    }

    @Test
    void noEventIsSentWithoutAStoreThatHasAnId() throws Exception {
        restart(ReferenceServer.builder().eventStore(0));
        var id = client.open();
        try (var listening = new Events(client.stream(id));
                var call = new Events(client.postStream(id, count(1)))) {
            server.announceToolsChanged();
            assertNull(listening.next().id());
            var first = call.next();
            assertNull(first.id());
            assertEquals("notifications/message", method(first));
        }
    }

    // Resuming

    @Test
    void answerThatWasMissedIsReplayed() throws Exception {
        var id = client.open();
        awaitOpen(id, 0);
        String primed;
        try (var call = new Events(client.postStream(id, call(1, "count", "{\"to\":1,\"milliseconds\":50}")))) {
            primed = call.next().id();
        }
        // The call goes on without its client.
        awaitOpen(id, 0);
        try (var resumed = new Events(client.resume(id, primed))) {
            assertEquals("notifications/message", method(resumed.next()));
            assertEquals(
                    "counted to 1",
                    resumed.next().message().at("/result/content/0/text").asString());
            assertNull(resumed.next(), "the stream ends with the answer");
        }
        // And again, from a later event on: what is replayed is still kept.
        try (var resumed = new Events(client.resume(id, primed.replaceAll("-.*", "-2")))) {
            assertTrue(resumed.next().message().has("result"));
            assertNull(resumed.next());
        }
        awaitOpen(id, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2025-03-26", "2025-06-18", "2025-11-25"})
    void answersGivenAtOnceCanBeResumedIfToldTo(String revision) throws Exception {
        boolean primes = revision.equals("2025-11-25");
        restart(ReferenceServer.builder().storeEveryAnswer(!primes));
        var id = client.open(revision);
        String last;
        try (var ping = new Events(client.postStream(id, PING))) {
            if (primes) {
                var first = ping.next();
                assertEquals("", first.data());
                assertEquals("500", first.retry());
                assertEquals("1-1", first.id());
            }
            var answer = ping.next();
            last = answer.id();
            assertEquals(primes ? "1-2" : "1-1", last);
            assertEquals(7, answer.message().get("id").asInt());
            assertNull(ping.next());
        }
        try (var resumed = new Events(client.resume(id, last.replaceAll("-.*", primes ? "-1" : "-0")))) {
            var answer = resumed.next();
            assertEquals(last, answer.id());
            assertEquals(7, answer.message().get("id").asInt());
            assertNull(resumed.next());
        }
        try (var resumed = new Events(client.resume(id, last))) {
            assertNull(resumed.next());
        }
        server.settle();
        assertEquals(0, server.sessions().find(id).openExchanges());
    }

    @ParameterizedTest
    @ValueSource(strings = {"2025-03-26", "2025-06-18"})
    void answersGivenAtOnceAreNotKeptInEarlierRevisions(String revision) throws Exception {
        try (var ping = new Events(client.postStream(client.open(revision), PING))) {
            var only = ping.next();
            assertNull(only.id());
            assertEquals(7, only.message().get("id").asInt());
        }
    }

    @Test
    void answerToInitializeCanBeResumed() throws Exception {
        var opened = client.post(null, initialize("2025-11-25"));
        var id = opened.headers().firstValue("Mcp-Session-Id").orElseThrow();
        assertTrue(opened.body().startsWith("id: 0-1\nretry: 500\ndata: \n\nid: 0-2\n"), opened.body());
        try (var resumed = new Events(client.resume(id, "0-1"))) {
            var answer = resumed.next();
            assertEquals("0-2", answer.id());
            assertEquals(message(opened), answer.message());
            assertNull(resumed.next());
        }
        try (var resumed = new Events(client.resume(id, "0-2"))) {
            assertNull(resumed.next());
        }
        assertEquals(400, client.resume(id, "0-3").statusCode());
        server.settle();
        assertEquals(0, server.sessions().find(id).openExchanges());
        for (var earlier : List.of("2025-03-26", "2025-06-18")) {
            var response = client.post(null, initialize(earlier));
            assertTrue(response.body().startsWith("event: message\n"), response.body());
            assertEquals(
                    400,
                    client.resume(
                                    response.headers()
                                            .firstValue("Mcp-Session-Id")
                                            .orElseThrow(),
                                    "0-1")
                            .statusCode());
        }
    }

    @Test
    void everyStreamOfTheRevisionBeginsWithThePrimingEvent() throws Exception {
        var id = client.open();
        for (var body : List.of(
                PING,
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}",
                sleep(1, 1),
                call(1, "echo", "{\"message\":\"x\"}"),
                call(1, "none", "{}"),
                count(1))) {
            try (var answer = new Events(client.postStream(id, body))) {
                var first = answer.next();
                assertEquals("", first.data(), body);
                assertNotEquals(null, first.id(), body);
                var last = answer.next();
                while (last.message().has("method")) {
                    last = answer.next();
                }
                assertTrue(last.id().startsWith(first.id().replaceAll("-.*", "-")), body);
                assertNull(answer.next());
            }
        }
    }

    @Test
    void eventsOfAllSessionsTogetherAreBounded() throws Exception {
        var all = new KeptEvents(10_000);
        var changes = new Changes();
        var response = Json.object().put("jsonrpc", "2.0").put("result", "x".repeat(900));
        var sessions = new ArrayList<SessionStreams>();
        for (int n = 0; n < 30; n++) {
            var streams = new SessionStreams(100, changes, all);
            sessions.add(streams);
            for (int i = 0; i < 5; i++) {
                streams.answerAtOnce(List.of(response), 500L);
                assertTrue(all.bytes() <= 10_000, "" + all.bytes());
            }
        }
        // Room is made by another thread; then the latest session can be resumed, and the first one cannot.
        await().until(() -> {
            sessions.get(29).answerAtOnce(List.of(response), 500L);
            return all.bytes() < 9_000 && sessions.get(29).lastKept() != 0;
        });
        sessions.forEach(streams -> streams.sessionEnded(null, EndReason.TERMINATED));
        assertEquals(0, all.bytes());
        sessions.get(0).answerAtOnce(List.of(response), 500L);
        assertEquals(0, all.bytes(), "a session that has ended keeps nothing");
    }

    @Test
    void resumedCallContinuesLive() throws Exception {
        var id = client.open();
        awaitOpen(id, 0);
        String primed;
        try (var call = new Events(client.postStream(id, sleep(1, LONG)))) {
            primed = call.next().id();
            awaitOpen(id, 2);
            // The client comes back before the server has noticed that it was gone.
            try (var resumed = new Events(client.resume(id, primed))) {
                assertNull(call.next(), "the first connection gives way");
                client.delete(id);
                assertEquals(-32001, resumed.next().message().at("/error/code").asInt());
                assertNull(resumed.next());
            }
        }
    }

    @Test
    void listeningIsResumed() throws Exception {
        var id = client.open();
        awaitOpen(id, 0);
        String last;
        try (var listening = new Events(client.stream(id))) {
            listening.next();
            server.announceToolsChanged();
            var event = listening.next();
            assertEquals("notifications/tools/list_changed", method(event));
            last = event.id();
        }
        awaitOpen(id, 0);
        server.announceToolsChanged();
        server.announceToolsChanged();
        try (var resumed = new Events(client.resume(id, last))) {
            var first = resumed.next();
            var second = resumed.next();
            assertEquals("notifications/tools/list_changed", method(first));
            assertEquals("notifications/tools/list_changed", method(second));
            assertNotEquals(first.id(), second.id());
            client.post(id, call(1, "announce", "{}"));
            assertEquals("notifications/tools/list_changed", method(resumed.next()));
            awaitOpen(id, 1);
        }
    }

    @Test
    void onlyTheStreamThatIsResumedIsReplayed() throws Exception {
        var id = client.open();
        awaitOpen(id, 0);
        var ids = new ArrayList<String>();
        for (int n = 1; n <= 3; n++) {
            try (var call = new Events(client.postStream(id, count(n)))) {
                ids.add(call.next().id());
                call.next();
                var answer = call.next();
                assertEquals(n, answer.message().get("id").asInt());
                ids.add(answer.id());
            }
        }
        assertEquals(6, ids.stream().distinct().count());
        for (int n = 1; n <= 3; n++) {
            try (var resumed = new Events(client.resume(id, ids.get(2 * n - 2)))) {
                assertEquals("notifications/message", method(resumed.next()));
                assertEquals(n, resumed.next().message().get("id").asInt());
                assertNull(resumed.next());
            }
            try (var resumed = new Events(client.resume(id, ids.get(2 * n - 1)))) {
                assertNull(resumed.next());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"9-1", "x", "", "1", "1-", "-1-1", "999999999999-1", "1-9999999999999999999"})
    void unknownEventIsRefused(String event) throws Exception {
        var id = client.open();
        try (var listening = new Events(client.stream(id))) {
            listening.next();
            assertEquals(400, client.resume(id, event).statusCode());
        }
    }

    @Test
    void eventsOfAnotherSessionAreUnknown() throws Exception {
        try (var listening = new Events(client.stream(client.open()))) {
            assertEquals(
                    400, client.resume(client.open(), listening.next().id()).statusCode());
        }
    }

    @Test
    void deadSessionIsNotFound() throws Exception {
        var id = client.open();
        String event;
        try (var listening = new Events(client.stream(id))) {
            event = listening.next().id();
            client.delete(id);
        }
        assertEquals(404, client.resume(id, event).statusCode());
    }

    @Test
    void lastEventIsIgnoredWithoutAStore() throws Exception {
        restart(ReferenceServer.builder().eventStore(0));
        var id = client.open();
        try (var listening = new Events(client.resume(id, "1-1"))) {
            server.announceToolsChanged();
            assertEquals("notifications/tools/list_changed", method(listening.next()));
        }
    }

    // Bounds

    @Test
    void oldestEventsAreForgotten() throws Exception {
        restart(ReferenceServer.builder().eventStore(5));
        var id = client.open();
        awaitOpen(id, 0);
        String primed;
        try (var call = new Events(client.postStream(id, call(1, "count", "{\"to\":20,\"milliseconds\":0}")))) {
            primed = call.next().id();
            while (call.next() != null) {
                continue;
            }
        }
        try (var resumed = new Events(client.resume(id, primed))) {
            for (int n = 17; n <= 20; n++) {
                assertEquals(
                        "counted " + n,
                        resumed.next().message().at("/params/data").asString());
            }
            assertTrue(resumed.next().message().has("result"));
            assertNull(resumed.next());
        }
    }

    @Test
    void streamOfWhichNothingIsKeptIsForgotten() throws Exception {
        restart(ReferenceServer.builder().eventStore(3));
        var id = client.open();
        String first = null;
        for (int n = 1; n <= 3; n++) {
            try (var call = new Events(client.postStream(id, count(n)))) {
                var primed = call.next().id();
                first = first == null ? primed : first;
                while (call.next() != null) {
                    continue;
                }
            }
        }
        assertEquals(400, client.resume(id, first).statusCode());
        assertEquals(200, client.post(id, PING).statusCode());
    }

    // Listening

    @Test
    void eachSessionIsToldOnceOnOneOfItsStreams() throws Exception {
        var id = client.open();
        awaitOpen(id, 0);
        try (var first = new Events(client.stream(id));
                var second = new Events(client.stream(id));
                var other = new Events(client.stream(client.open()))) {
            for (var stream : List.of(first, second, other)) {
                stream.next();
            }
            server.announceToolsChanged();
            assertEquals("notifications/tools/list_changed", method(second.next()));
            assertEquals("notifications/tools/list_changed", method(other.next()));
            second.close();
            awaitOpen(id, 1);
            server.announceToolsChanged();
            assertEquals("notifications/tools/list_changed", method(first.next()));
            server.close();
            assertNull(first.next(), "nothing came twice");
        }
    }

    // Polling

    @Test
    void clientComesBackForTheAnswer() throws Exception {
        var id = client.open();
        awaitOpen(id, 0);
        String primed;
        try (var call = new Events(client.postStream(id, call(1, "poll", "{\"milliseconds\":300}")))) {
            primed = call.next().id();
            assertNull(call.next(), "the server closes the connection, and not the stream");
        }
        try (var resumed = new Events(client.resume(id, primed))) {
            assertEquals(
                    "polled for 300 ms",
                    resumed.next().message().at("/result/content/0/text").asString());
            assertNull(resumed.next());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoCannotComeBackIsNotSentAway(boolean withStore) throws Exception {
        restart(ReferenceServer.builder().eventStore(withStore ? 10 : 0));
        var id = client.open(withStore ? "2025-06-18" : "2025-11-25");
        try (var call = new Events(client.postStream(id, call(1, "poll", "{\"milliseconds\":1}")))) {
            var only = call.next();
            while (!only.message().has("result")) {
                only = call.next();
            }
            assertTrue(only.data().contains("polled"));
        }
    }

    @Test
    void connectionsAreKeptAfterPolling() throws Exception {
        var id = client.open();
        try (var socket = client.connect()) {
            for (var body : List.of(call(1, "poll", "{\"milliseconds\":1}"), PING)) {
                Client.write(
                        socket,
                        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + "Accept: */*\r\nMcp-Session-Id: " + id + "\r\nContent-Length: " + body.length()
                                + "\r\n\r\n" + body);
                var answer = Client.readUntil(socket, body.equals(PING) ? "}\n\n" : "0\r\n\r\n");
                assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
                assertFalse(answer.contains("polled"), answer);
            }
        }
    }
}
