package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.PING;
import static dev.mcpsession.server.http.Client.call;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionListener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that keep the server waiting, and what that may cost it. */
@Timeout(120)
class BacklogTest {

    @Test
    void slowestIsCutOffWhenTooMuchIsHeld() {
        var backlog = new Backlog(100, null);
        var cut = new ArrayList<String>();
        var first = backlog.share(() -> cut.add("first"));
        var second = backlog.share(() -> cut.add("second"));
        var third = backlog.share(() -> cut.add("third"));
        first.set(40);
        second.set(40);
        third.set(20);
        assertEquals(List.of(), cut);
        first.moved();
        third.set(21);
        assertEquals(List.of("second"), cut);
        assertEquals(61, backlog.held());
        // A request that was cut off counts no more.
        second.set(1_000);
        assertEquals(61, backlog.held());
        third.set(0);
        first.close();
        first.close();
        assertEquals(0, backlog.held());
        third.set(101);
        assertEquals(List.of("second", "third"), cut);
        assertEquals(0, backlog.held());
    }

    private static Socket deaf(ReferenceServer server) throws Exception {
        var socket = new Socket();
        socket.setReceiveBufferSize(1_024);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        return socket;
    }

    private static String post(String id, String body) {
        return "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: */*\r\n"
                + "Mcp-Session-Id: " + id + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void clientThatTakesNothingOfACompleteAnswerIsCutOff(boolean json) throws Exception {
        try (var server = ReferenceServer.builder()
                .jsonAnswers(json)
                .slowReaderTimeout(Duration.ofMillis(200))
                .start()) {
            var client = new Client(server.uri());
            var id = client.open();
            try (var socket = deaf(server)) {
                // Large enough not to fit in between.
                Client.write(socket, post(id, call(1, "echo", "{\"message\":\"" + "x".repeat(1_000_000) + "\"}")));
                Client.readUntil(socket, "\r\n\r\n");
                await().until(() -> server.sessions().find(id).openExchanges() == 0);
            }
            assertEquals(200, client.post(id, PING).statusCode());
        }
    }

    @Test
    void clientThatTakesItSlowlyIsServed() throws Exception {
        try (var server = ReferenceServer.builder()
                .slowReaderTimeout(Duration.ofSeconds(20))
                .start()) {
            var client = new Client(server.uri());
            var id = client.open();
            try (var socket = deaf(server)) {
                Client.write(socket, post(id, call(1, "echo", "{\"message\":\"" + "x".repeat(100_000) + "y\"}")));
                assertTrue(Client.readUntil(socket, "xy\"").startsWith("HTTP/1.1 200 "));
            }
        }
    }

    @Test
    void stoppingWaitsForNobodyWithoutLimit() throws Exception {
        var release = new CountDownLatch(1);
        var reached = new CountDownLatch(1);
        var server = ReferenceServer.builder()
                .stopTimeout(Duration.ZERO)
                .listener(new SessionListener() {
                    @Override
                    public void opened(Session session) {
                        reached.countDown();
                        try {
                            release.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }
                })
                .start();
        try (var socket = deaf(server)) {
            Client.write(socket, post("", Client.initialize("2025-11-25")).replace("Mcp-Session-Id: \r\n", ""));
            reached.await();
            assertTimeoutPreemptively(Duration.ofSeconds(60), server::close);
        } finally {
            release.countDown();
        }
    }

    private static final class Log extends Handler {

        private final List<LogRecord> records = new CopyOnWriteArrayList<>();

        @Override
        public void publish(LogRecord record) {
            if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
                records.add(record);
            }
        }

        @Override
        public void flush() {
            // Nothing is held back.
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"X: %s\r\n", "%s: x\r\n", "X: \r\n%s\r\n"})
    void trailersThatAreTooLongFillNoLog(String trailer) throws Exception {
        var root = Logger.getLogger("");
        var log = new Log();
        root.addHandler(log);
        try (var server = ReferenceServer.builder().start()) {
            var client = new Client(server.uri());
            var id = client.open();
            for (var length : new int[] {100, 20_000, 200_000}) {
                for (int i = 0; i < 3; i++) {
                    try (var socket = client.connect()) {
                        var head = post(id, "").replace("Content-Length: 0", "Transfer-Encoding: chunked");
                        Client.write(socket, head + Integer.toHexString(PING.length()) + "\r\n" + PING + "\r\n0\r\n");
                        // Each in a packet of its own, and so read after the body.
                        Client.write(socket, trailer.formatted("x".repeat(length)));
                        Client.write(socket, "Y: y\r\n".repeat(length / 10) + "\r\n");
                        socket.shutdownOutput();
                        socket.getInputStream().readAllBytes();
                    } catch (java.io.IOException e) {
                        // Cut off before it had sent everything.
                        continue;
                    }
                }
            }
            await().until(() -> server.sessions().find(id).openExchanges() == 0);
            assertEquals(200, client.post(id, PING).statusCode());
        } finally {
            root.removeHandler(log);
        }
        assertEquals(
                List.of(),
                log.records.stream()
                        .map(record -> record.getLoggerName() + ": " + record.getMessage() + record.getThrown())
                        .toList());
    }
}
