package dev.mcpsession.conformance.http;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.servers.Tls;
import dev.mcpsession.conformance.target.HttpProxy;
import dev.mcpsession.conformance.target.Target;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RawRequestTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Answers one connection with bytes that are written down beforehand, and keeps what came. */
    private static final class Scripted implements AutoCloseable {
        private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        private final CompletableFuture<String> received = new CompletableFuture<>();
        private final CountDownLatch mayClose = new CountDownLatch(1);

        Scripted(String reply, boolean holdOpen) throws IOException {
            var thread = new Thread(() -> {
                try (var socket = listener.accept()) {
                    var in = socket.getInputStream();
                    var all = new ByteArrayOutputStream();
                    while (!all.toString(StandardCharsets.ISO_8859_1).contains("\r\n\r\n")) {
                        all.write(in.read());
                    }
                    received.complete(all.toString(StandardCharsets.ISO_8859_1));
                    socket.getOutputStream().write(reply.getBytes(StandardCharsets.ISO_8859_1));
                    socket.getOutputStream().flush();
                    if (holdOpen) {
                        mayClose.await();
                    }
                } catch (IOException | InterruptedException e) {
                    received.completeExceptionally(e);
                }
            });
            thread.setDaemon(true);
            thread.start();
        }

        URI uri() {
            return URI.create("http://127.0.0.1:" + listener.getLocalPort() + "/mcp?a=b");
        }

        String received() throws Exception {
            return received.get(10, TimeUnit.SECONDS);
        }

        @Override
        public void close() throws IOException {
            mayClose.countDown();
            listener.close();
        }
    }

    private static Client client(Target target) {
        return new Client(
                target,
                new Transport(target, FaultInjection.NONE),
                Revision.V2025_11_25,
                null,
                new Transcript(),
                (why, span) -> {});
    }

    private static Client client(Scripted server) {
        return client(Target.at(server.uri()).patience(PATIENCE).build());
    }

    @Test
    void sendsEveryByteAsItIs() throws Exception {
        try (var server = new Scripted("HTTP/1.1 204 No Content\r\n\r\n", false)) {
            var client = client(server);
            var exchange = client.plain("get")
                    .header("X-Bytes", "a\u0000\u0001\u00FFb")
                    .header("x-CASE", "c")
                    .raw()
                    .send();
            assertEquals(204, exchange.status());
            assertEquals("""
                    get /mcp?a=b HTTP/1.1\r
                    Host: 127.0.0.1:%d\r
                    User-Agent: mcp-session-conformance/dev\r
                    X-Bytes: a\u0000\u0001\u00FFb\r
                    x-CASE: c\r
                    Connection: close\r
                    \r
                    """.formatted(server.uri().getPort()), server.received());
            assertEquals("a\\x00\\x01\\xFFb", exchange.requestHeader("X-Bytes").orElseThrow());
            assertEquals(
                    List.of(exchange),
                    client.transcript().entries().stream()
                            .map(Transcript.Entry::exchange)
                            .toList());
            assertTrue(exchange.headAt() > exchange.sentAt() && exchange.endAt() >= exchange.headAt());
        }
    }

    @Test
    void sendsAHostOfOurChoice() throws Exception {
        try (var server = new Scripted("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true)) {
            var exchange = client(server)
                    .plain("GET")
                    .header("Host", "elsewhere.example")
                    .raw()
                    .send();
            assertEquals("ok", exchange.body());
            assertTrue(exchange.endedByServer());
            assertTrue(server.received().contains("Host: elsewhere.example\r\n"));
            assertFalse(server.received().contains("127.0.0.1"));
        }
    }

    @Test
    void readsChunksAfterAnInterimReply() throws Exception {
        try (var server = new Scripted(
                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: "
                        + "t\r\n\r\n",
                true)) {
            var exchange = client(server).plain("GET").raw().send();
            assertEquals(200, exchange.status());
            assertEquals("abc0123456789", exchange.body());
            assertTrue(exchange.endedByServer());
        }
    }

    @Test
    void readsToTheEndOfTheConnection() throws Exception {
        try (var server = new Scripted("HTTP/1.1 404 Not Found\n\nnope", false)) {
            var exchange = client(server).plain("GET").raw().send();
            assertEquals(404, exchange.status());
            assertEquals("nope", exchange.body());
        }
    }

    @Test
    void readsEventsWhileTheStreamIsOpen() throws Exception {
        try (var server =
                new Scripted("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 1\ndata: {}\n\n", true)) {
            var exchange = client(server).get().raw().open();
            assertTrue(exchange.await(() -> exchange.events().size() == 1, PATIENCE));
            assertFalse(exchange.ended());
            exchange.close();
            assertTrue(exchange.ended());
            assertFalse(exchange.endedByServer());
        }
    }

    @Test
    void aConnectionClosedWithoutAReplyIsAFailure() throws Exception {
        try (var server = new Scripted("", false)) {
            var exchange = client(server).plain("GET").raw().send();
            assertFalse(exchange.answered());
            assertTrue(exchange.failure().isPresent());
        }
    }

    @Test
    void noReplyInTimeIsNoFailure() throws Exception {
        try (var server = new Scripted("", true)) {
            var exchange = client(server).plain("GET").raw().send(Duration.ofMillis(50));
            assertFalse(exchange.answered());
            assertTrue(exchange.failure().isEmpty());
        }
    }

    @Test
    void whatIsNoHttpIsAFailure() throws Exception {
        try (var server = new Scripted("SSH-2.0-OpenSSH_9.6\r\n", true)) {
            var exchange = client(server).plain("GET").raw().send();
            assertFalse(exchange.answered());
            assertTrue(exchange.failure().orElseThrow().getMessage().contains("SSH-2.0"));
        }
    }

    @Test
    void speaksTls() throws Exception {
        var server = new WireMockServer(
                options().bindAddress("127.0.0.1").dynamicPort().dynamicHttpsPort());
        server.start();
        try {
            server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(418).withBody("short and stout")));
            var target = Target.at(URI.create("https://127.0.0.1:" + server.httpsPort() + "/mcp"));
            var exchange = client(target.sslContext(Tls.trustingAll()).build())
                    .post(Json.request(1, "ping"))
                    .raw()
                    .send();
            assertEquals(418, exchange.status());
            assertEquals("short and stout", exchange.body());

            var distrusted =
                    client(target.sslContext(null).build()).plain("GET").raw().send();
            assertFalse(distrusted.answered());
            assertTrue(distrusted.failure().orElseThrow() instanceof javax.net.ssl.SSLException);
        } finally {
            server.stop();
        }
    }

    @Test
    void saysThatItDoesNotPassAProxy() throws Exception {
        try (var server = new Scripted("HTTP/1.1 204 No Content\r\n\r\n", false)) {
            var target = Target.at(server.uri())
                    .proxy(new HttpProxy("127.0.0.1", 9, null, uri -> true))
                    .build();
            var request = client(target).plain("GET").raw();
            assertTrue(assertThrows(RuleAbortedException.class, request::send)
                    .getMessage()
                    .contains("proxy"));
        }
    }

    @Test
    void anIdThatTheJdkRefusesIsSentByteByByte() throws Exception {
        try (var server = new Scripted("HTTP/1.1 204 No Content\r\n\r\n", false)) {
            assertEquals(
                    204,
                    client(server).delete().withSessionId("f\u00FCr").send().status());
            assertTrue(server.received().contains("Mcp-Session-Id: f\u00FCr\r\n"));
        }
    }
}
