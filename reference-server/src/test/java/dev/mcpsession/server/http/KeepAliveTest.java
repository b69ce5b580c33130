package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.PING;
import static dev.mcpsession.server.http.Client.sleep;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.session.ManualClock;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionListener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xnio.XnioIoThread;

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
            clock.advance(INTERVAL);
            clock.advance(INTERVAL);
            assertTrue(listening.next().isComment());
            for (int i = 0; i < 3; i++) {
                server.announceToolsChanged();
                clock.advance(INTERVAL);
            }
            clock.advance(INTERVAL);
            for (int i = 0; i < 3; i++) {
                assertTrue(listening.next().data().contains("list_changed"));
            }
            assertTrue(listening.next().isComment());
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
            clock.advance(INTERVAL);
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
            Client.write(socket, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Accept: */*\r\nMcp-Session-Id: " + id + "\r\nContent-Length: " + body.length() + "\r\n\r\n"
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
        Client.write(socket, "GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nMcp-Session-Id: "
                + id + "\r\n\r\n");
        Client.readUntil(socket, "\r\n\r\n");
        await().until(() -> open(id) == 1);
        return socket;
    }

    @Test
    void clientThatTakesNothingIsCutOff() throws Exception {
        restart(ReferenceServer.builder().clock(clock).streamBuffer(Integer.MAX_VALUE));
        var id = client.open();
        await().until(() -> open(id) == 0);
        try (var socket = deafListener(id)) {
            while (open(id) == 1) {
                for (int i = 0; i < 500; i++) {
                    server.announceToolsChanged();
                }
                clock.advance(INTERVAL);
            }
        }
        assertEquals(200, client.post(id, PING).statusCode());
    }

    @Test
    void clientThatHadNoTimeToTakeAnEventIsNotCutOff() throws Exception {
        var session = new AtomicReference<Session>();
        var thread = new AtomicReference<XnioIoThread>();
        restart(ReferenceServer.builder().clock(clock).listener(new SessionListener() {
            @Override
            public void opened(Session opened) {
                session.set(opened);
                thread.set((XnioIoThread) Thread.currentThread());
            }
        }));
        try (var socket = client.connect()) {
            var initialize = Client.initialize("2025-11-25");
            Client.write(socket, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Accept: */*\r\nContent-Length: " + initialize.length() + "\r\n\r\n" + initialize);
            Client.readUntil(socket, "serverInfo");
            // A request on the same connection, so by the same thread.
            Client.write(socket, "GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                    + "Mcp-Session-Id: " + session.get().id() + "\r\n\r\n");
            Client.readUntil(socket, "retry:");
            server.announceToolsChanged();
            Client.readUntil(socket, "list_changed");
            clock.advance(INTERVAL);
            var looked = new CountDownLatch(1);
            thread.get().execute(looked::countDown);
            looked.await();

            var busy = new CountDownLatch(1);
            thread.get().execute(() -> {
                try {
                    busy.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            clock.advance(INTERVAL);
            // The server looks at the stream when this is in its queue, and has not been tried to be sent.
            server.announceToolsChanged();
            busy.countDown();
            Client.readUntil(socket, "list_changed");
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
