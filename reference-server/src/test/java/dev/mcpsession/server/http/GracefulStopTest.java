package dev.mcpsession.server.http;

import static dev.mcpsession.server.http.Client.PING;
import static dev.mcpsession.server.http.Client.initialize;
import static dev.mcpsession.server.http.Client.message;
import static dev.mcpsession.server.http.Client.rest;
import static dev.mcpsession.server.http.Client.sleep;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.protocol.Era;
import dev.mcpsession.server.session.EndReason;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionListener;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests and streams that are in progress when the server is told to stop. */
@Timeout(120)
class GracefulStopTest {

    private static final int LONG = 600_000;
    private static final Duration AT_ONCE = Duration.ZERO;

    @Test
    void callsInProgressComeToTheirEnd() throws Exception {
        var server =
                ReferenceServer.builder().stopTimeout(Duration.ofMinutes(1)).start();
        var client = new Client(server.uri());
        var call = client.postLater(client.open(), sleep(1, 300));
        await().until(() -> server.calls().running() == 1 || call.isDone());
        server.close();
        assertEquals(
                "slept 300 ms",
                message(call.get(60, TimeUnit.SECONDS))
                        .at("/result/content/0/text")
                        .asString());
    }

    @Test
    void nothingNewBeginsMeanwhile() throws Exception {
        List<EndReason> ends = new CopyOnWriteArrayList<>();
        var server = ReferenceServer.builder()
                .stopTimeout(Duration.ofMinutes(1))
                .listener(new SessionListener() {
                    @Override
                    public void ended(Session session, EndReason reason) {
                        ends.add(reason);
                    }
                })
                .start();
        var client = new Client(server.uri());
        var id = client.open();
        client.open();
        try (var call = new Events(client.postStream(id, sleep(1, LONG)));
                var listening = new Events(client.stream(id))) {
            call.next();
            listening.next();
            var stopping = CompletableFuture.runAsync(server::close);
            assertNull(listening.next(), "streams to listen end before calls");
            var refused = client.post(id, PING);
            assertEquals(503, refused.statusCode());
            assertEquals("1", refused.headers().firstValue("Retry-After").orElse(null));
            assertEquals("close", refused.headers().firstValue("Connection").orElse(null));
            assertEquals(503, client.post(null, initialize("2025-11-25")).statusCode());
            assertEquals(List.of(), ends);
            // In place of the end that the call would come to.
            server.sessions().terminate(id);
            assertEquals(-32001, call.next().message().at("/error/code").asInt());
            stopping.get(60, TimeUnit.SECONDS);
        }
        // Each was told by the thread that ended it.
        assertEquals(Set.of(EndReason.TERMINATED, EndReason.SHUT_DOWN), Set.copyOf(ends));
        server.close();
        assertEquals(2, ends.size());
    }

    @Test
    void whatTakesTooLongIsAnsweredWithAnError() throws Exception {
        var server = ReferenceServer.builder().stopTimeout(AT_ONCE).start();
        var client = new Client(server.uri());
        var legacy = client.postStream(client.open(), sleep(1, LONG));
        var request = Modern.call("sleep", "{\"milliseconds\":600000}");
        var modern = client.sendForStream(request.body(), request.headers());
        server.close();
        assertEquals(-32001, rest(legacy).get(0).at("/error/code").asInt());
        assertEquals(-32603, rest(modern).get(0).at("/error/code").asInt());
        assertEquals(2, server.calls().cancelled());
        assertEquals(0, server.calls().running());
    }

    @Test
    void whatTakesTooLongIsAnsweredWithAnErrorInJson() throws Exception {
        for (var era : List.of(Era.MODERN, Era.LEGACY)) {
            var server = ReferenceServer.builder()
                    .era(era)
                    .stateless(true)
                    .jsonAnswers(true)
                    .stopTimeout(AT_ONCE)
                    .start();
            var client = new Client(server.uri());
            var request = Modern.call("sleep", "{\"milliseconds\":600000}");
            var call = CompletableFuture.supplyAsync(() -> {
                try {
                    return era == Era.MODERN
                            ? client.send("POST", request.body(), request.headers())
                            : client.post(null, sleep(1, LONG));
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            await().until(() -> server.calls().running() == 1);
            server.close();
            var response = call.get(60, TimeUnit.SECONDS);
            assertEquals(503, response.statusCode());
            assertEquals(-32603, message(response).at("/error/code").asInt());
            assertEquals(
                    era == Era.MODERN ? "m1" : "1", message(response).path("id").asString(""));
        }
    }
}
