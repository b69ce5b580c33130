package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.PING;
import static dev.mcpsession.server.http.Client.sleep;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.session.ManualClock;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Signs of life, and what becomes of clients that give none; by a clock that moves by hand. */
@Timeout(120)
class KeepAliveTest {

    private static final Duration INTERVAL = Duration.ofSeconds(15);
    private static final int LONG = 600_000;

    private final ManualClock clock = new ManualClock();
    private ReferenceServer server = ReferenceServer.builder().clock(clock).start();
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

    private int open(String id) {
        return server.sessions().find(id).openExchanges();
    }

    @Test
    void onlyQuietStreamsGetComments() throws Exception {
        var id = client.open();
        try (var listening = new Events(client.stream(id))) {
            assertFalse(listening.next().isComment());
            server.settle();
            clock.advance(INTERVAL);
            assertTrue(listening.next().isComment());
            for (int i = 0; i < 3; i++) {
                server.announceToolsChanged();
                clock.advance(INTERVAL.dividedBy(4));
            }
            for (int i = 0; i < 3; i++) {
                assertTrue(listening.next().data().contains("list_changed"));
            }
            server.settle();
            clock.advance(INTERVAL.dividedBy(4));
            assertTrue(listening.next().isComment());
        }
    }

    /** Wherever a stream begins between two looks, and whether or not something was sent on it at its begin. */
    @Test
    void noStreamIsQuietForLongerThanAnInterval() throws Exception {
        var step = INTERVAL.dividedBy(16);
        for (int phase = 0; phase < 16; phase++) {
            try (var own = ReferenceServer.builder()
                    .clock(clock)
                    .eventStore(phase % 2 * 10)
                    .start()) {
                for (int i = 0; i < phase; i++) {
                    clock.advance(step);
                }
                var other = new Client(own.uri());
                try (var listening = new Events(other.stream(other.open()))) {
                    if (phase % 2 == 1) {
                        assertFalse(listening.next().isComment());
                    }
                    for (int comments = 0; comments < 3; comments++) {
                        // No comment is added to one that is still on its way.
                        own.settle();
                        for (int i = 0; i < 16; i++) {
                            clock.advance(step);
                        }
                        // Else this would wait for ever: the clock stands still.
                        assertTrue(listening.next().isComment());
                    }
                }
            }
        }
    }

    @Test
    void everyKindOfStreamIsKeptAlive() throws Exception {
        var id = client.open();
        var listen = Modern.listen("{}");
        try (var legacy = new Events(client.postStream(id, sleep(1, LONG)));
                var modern = new Events(client.sendForStream(listen.body(), listen.headers()))) {
            legacy.next();
            modern.next();
            server.settle();
            clock.advance(INTERVAL);
            assertTrue(legacy.next().isComment());
            assertTrue(modern.next().isComment());
            client.delete(id);
        }
    }

    @Test
    void canBeTurnedOff() throws Exception {
        try (var own = ReferenceServer.builder().clock(clock).keepAlive(null).start()) {
            var other = new Client(own.uri());
            try (var listening = new Events(other.stream(other.open()))) {
                listening.next();
                clock.advance(Duration.ofDays(1));
                own.announceToolsChanged();
                assertTrue(listening.next().data().contains("list_changed"));
            }
        }
    }

    @Test
    void clientThatIsGoneIsFoundOutWhileItsCallGoesOn() throws Exception {
        var id = client.open();
        await().until(() -> open(id) == 0);
        try (var socket = client.connect()) {
            socket.setSoLinger(true, 0);
            var body = sleep(5, LONG);
            Client.write(
                    socket,
                    "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Accept: */*\r\nMcp-Session-Id: " + id + "\r\nContent-Length: " + body.length()
                            + "\r\n\r\n"
                            + body);
            Client.readUntil(socket, "\r\n\r\n");
            await().until(() -> open(id) == 2);
        }
        await().until(() -> {
            clock.advance(INTERVAL);
            return open(id) == 1;
        });
        assertEquals(1, server.calls().running());
    }

    /** A client that asks for a stream, takes the head of the response, and then reads no more. */
    private Socket deafListener(String id) throws Exception {
        var socket = new Socket();
        socket.setReceiveBufferSize(1024);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        Client.write(
                socket,
                "GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nMcp-Session-Id: " + id
                        + "\r\n\r\n");
        Client.readUntil(socket, "\r\n\r\n");
        await().until(() -> open(id) == 1);
        return socket;
    }

    @Test
    void clientThatTakesNothingIsCutOff() throws Exception {
        restart(ReferenceServer.builder()
                .keepAlive(null)
                .streamBuffer(Integer.MAX_VALUE)
                .slowReaderTimeout(Duration.ofMillis(200)));
        var id = client.open();
        await().until(() -> open(id) == 0);
        try (var socket = deafListener(id)) {
            // Until nothing more fits in between, and then for as long as it may wait.
            await().until(() -> {
                for (int i = 0; i < 500; i++) {
                    server.announceToolsChanged();
                }
                return open(id) == 0;
            });
        }
        assertEquals(200, client.post(id, PING).statusCode());
    }

    @Test
    void clientThatTakesWhatItIsSentIsNotCutOff() throws Exception {
        restart(ReferenceServer.builder().keepAlive(null).slowReaderTimeout(Duration.ofMillis(50)));
        var id = client.open();
        try (var listening = new Events(client.stream(id))) {
            listening.next();
            // Many times longer than it may stall: nothing waits for it.
            for (int i = 0; i < 10; i++) {
                client.post(id, sleep(1, 50));
                server.announceToolsChanged();
                assertTrue(listening.next().data().contains("list_changed"));
            }
        }
    }

    @Test
    void queueOfAStreamIsBounded() throws Exception {
        restart(ReferenceServer.builder().keepAlive(null).streamBuffer(10_000));
        var id = client.open();
        await().until(() -> open(id) == 0);
        try (var socket = deafListener(id)) {
            while (open(id) == 1) {
                server.announceToolsChanged();
            }
        }
        assertEquals(200, client.post(id, PING).statusCode());
    }
}
