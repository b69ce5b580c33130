package dev.mcpsession.server.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.session.Clock;
import dev.mcpsession.server.session.EndReason;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionListener;
import dev.mcpsession.server.session.SessionStore;
import dev.mcpsession.server.session.StoreUnavailableException;
import dev.mcpsession.server.session.Use;
import dev.mcpsession.server.store.NodeProcess;
import dev.mcpsession.server.store.RedisProcess;
import dev.mcpsession.server.store.RedisStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The session contract over several nodes that share a store; most of it with three nodes in one process. */
class SeveralNodesTest {

    private static final Duration LEASE = Duration.ofSeconds(1);

    private RedisProcess redis;
    private final List<AutoCloseable> nodes = new ArrayList<>();
    /** How often each session was told to have ended, on whichever node. */
    private final Map<String, AtomicInteger> ends = new ConcurrentHashMap<>();

    @BeforeEach
    void start() throws Exception {
        redis = RedisProcess.start("--appendonly", "yes", "--appendfsync", "always");
    }

    @AfterEach
    void stop() throws Exception {
        for (var node : nodes) {
            node.close();
        }
        if (redis != null) {
            redis.close();
        }
    }

    private SessionStore store() {
        return RedisStore.at(redis.uri()).withLease(LEASE).withTimeout(Duration.ofMillis(300));
    }

    private ReferenceServer.Builder builder() {
        return ReferenceServer.builder()
                .store(store())
                .stopTimeout(Duration.ofMillis(100))
                .listener(new SessionListener() {
                    @Override
                    public void ended(Session session, EndReason reason) {
                        ends.computeIfAbsent(session.id(), id -> new AtomicInteger())
                                .incrementAndGet();
                    }
                });
    }

    private ReferenceServer node(ReferenceServer.Builder builder) {
        var server = builder.start();
        nodes.add(server);
        return server;
    }

    private Client client() {
        return new Client(node(builder()).uri());
    }

    private static int ping(Client client, String id) throws Exception {
        return client.post(id, Client.PING).statusCode();
    }

    @Test
    void aSessionIsOnAllNodes() throws Exception {
        var a = client();
        var b = client();
        var c = client();
        var id = a.open();
        assertEquals(202, b.post(id, Client.INITIALIZED).statusCode());
        assertEquals(200, ping(c, id));
        assertEquals(200, ping(b, id));
        assertEquals(404, ping(b, id.substring(1) + "x"));
        assertEquals(204, b.delete(id).statusCode());
        assertEquals(404, ping(a, id));
        assertEquals(404, ping(b, id));
        assertEquals(404, c.delete(id).statusCode());
        await().until(() -> ends.containsKey(id));
        assertEquals(1, ends.get(id).get());
    }

    @Test
    void deleteEndsWhatRunsOnOtherNodes() throws Exception {
        var a = client();
        var b = client();
        var id = a.open();
        var call = a.postLater(id, Client.sleep(5, 60_000));
        var stream = a.stream(id);
        try (var events = new Events(stream)) {
            assertEquals("", events.next().data());
            assertEquals(204, b.delete(id).statusCode());
            assertNull(events.next());
        }
        var answer = call.get(10, TimeUnit.SECONDS);
        assertTrue(answer.body().contains("Session not found"), answer.body());
        assertEquals(404, ping(a, id));
    }

    @Test
    void activityOnOneNodeCountsOnAll() throws Exception {
        var a = new Client(node(builder().idleTimeout(Duration.ofMillis(1_500))).uri());
        var b = new Client(node(builder().idleTimeout(Duration.ofMillis(1_500))).uri());
        var id = a.open();
        var call = a.postLater(id, Client.sleep(5, 4_000));
        long begun = System.nanoTime();
        // Nothing but the call on the other node holds the session, for more than two timeouts.
        await().pollInterval(Duration.ofMillis(50)).until(() -> System.nanoTime() - begun > 3_500_000_000L);
        assertFalse(ends.containsKey(id));
        assertEquals(200, ping(b, id));
        assertEquals(200, call.get().statusCode());
        await().atMost(Duration.ofSeconds(10)).until(() -> ends.containsKey(id));
        assertEquals(404, ping(a, id));
        assertEquals(404, ping(b, id));
        assertEquals(1, ends.get(id).get());
    }

    @Test
    void aSessionBelongsToWhoOpenedItOnAllNodes() throws Exception {
        var first = node(builder().token("ann", "secret-a").token("bob", "secret-b"));
        var second = node(builder().token("ann", "secret-a").token("bob", "secret-b"));
        var id = new Client(first.uri(), "Bearer secret-a").open();
        var bob = new Client(second.uri(), "Bearer secret-b");
        assertEquals(404, ping(bob, id));
        assertEquals(404, bob.delete(id).statusCode());
        assertEquals(200, ping(new Client(second.uri(), "Bearer secret-a"), id));
    }

    @Test
    void oneLimitHoldsForAllNodes() throws Exception {
        var a = new Client(node(builder().maxSessions(3)).uri());
        var b = new Client(node(builder().maxSessions(3)).uri());
        var first = a.open();
        var call = a.postLater(first, Client.sleep(5, 3_000));
        var all = node(builder().maxSessions(3)).allSessions();
        await().until(() -> all.describe(first).get().openExchanges() == 1);
        var second = b.open();
        var third = a.open();
        await().until(() -> all.describe(third).get().openExchanges() == 0);
        var fourth = b.open();
        assertEquals(200, ping(a, first), "held");
        assertEquals(404, ping(a, second), "the longest idle");
        assertEquals(200, ping(a, third));
        assertEquals(200, ping(a, fourth));
        call.join();
    }

    @Test
    void aCallIsCancelledFromAnotherNode() throws Exception {
        var a = client();
        var b = client();
        var id = a.open();
        var call = a.postLater(id, Client.sleep(5, 60_000));
        var sessions = ((ReferenceServer) nodes.get(0)).allSessions();
        await().until(() -> sessions.describe(id).get().openExchanges() == 1);
        await().until(() -> ((ReferenceServer) nodes.get(0)).calls().running() == 1);
        assertEquals(
                202,
                b.post(
                                id,
                                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":"
                                        + "{\"requestId\":5}}")
                        .statusCode());
        assertEquals(200, call.get(10, TimeUnit.SECONDS).statusCode());
        assertEquals(1, ((ReferenceServer) nodes.get(0)).calls().cancelled());
    }

    @Test
    void aStreamIsResumedOnAnotherNode() throws Exception {
        var a = client();
        var b = client();
        var id = a.open();
        String last;
        try (var events = new Events(a.postStream(id, Client.call(5, "poll", "{\"milliseconds\":2000}")))) {
            last = events.next().id();
            assertNull(events.next());
        }
        try (var events = new Events(b.resume(id, last))) {
            var event = events.next();
            assertEquals(5, event.message().get("id").intValue());
            assertEquals(
                    "polled for 2000 ms",
                    event.message().at("/result/content/0/text").stringValue());
            assertTrue(event.id().endsWith("-2"), event.id());
            assertNull(events.next());
        }
        // And once more, from what is kept.
        try (var events = new Events(a.resume(id, last))) {
            assertEquals(5, events.next().message().get("id").intValue());
            assertNull(events.next());
        }
    }

    /** However the nodes are told of one another: whoever is last gets the answer, and nobody else waits for it. */
    @Test
    void aStreamThatIsResumedOnSeveralNodesAtOnceEndsOnAllButOne() throws Exception {
        var all = List.of(client(), client(), client());
        var id = all.get(0).open();
        for (int round = 1; round <= 25; round++) {
            int request = round;
            String last;
            try (var events = new Events(
                    all.get(0).postStream(id, Client.call(request, "poll", "{\"milliseconds\":" + 4 * round + "}")))) {
                last = events.next().id();
                assertNull(events.next());
            }
            var answers = new AtomicInteger();
            var readers = Stream.of(0, 1, 2, 1, 2)
                    .map(node -> CompletableFuture.runAsync(() -> countAnswers(all.get(node), id, last, answers)))
                    .toList();
            for (var reader : readers) {
                reader.get(20, TimeUnit.SECONDS);
            }
            assertTrue(answers.get() >= 1, "no answer in round " + round);
        }
    }

    private static void countAnswers(Client client, String id, String last, AtomicInteger answers) {
        try (var events = new Events(client.resume(id, last))) {
            for (var event = events.next(); event != null; event = events.next()) {
                answers.incrementAndGet();
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anAnswerThatWasGivenAtOnceIsResumedOnAnyNodeUntilItsSessionEnds() throws Exception {
        var a = client();
        var b = client();
        var id = a.open();
        String primed;
        String answered;
        try (var events = new Events(a.postStream(id, Client.PING))) {
            primed = events.next().id();
            answered = events.next().id();
            assertNull(events.next());
        }
        for (var node : List.of(a, b, b)) {
            try (var events = new Events(node.resume(id, primed))) {
                var event = events.next();
                assertEquals(answered, event.id());
                assertTrue(event.message().has("result"), event.data());
                assertNull(events.next());
            }
            try (var events = new Events(node.resume(id, answered))) {
                assertNull(events.next());
            }
        }
        assertEquals(204, b.delete(id).statusCode());
        assertEquals(404, a.resume(id, primed).statusCode());
        try (var jedis = redis.connect()) {
            await().untilAsserted(() -> assertEquals(Set.of(), jedis.keys("{mcp}:*:" + id)));
        }
    }

    @Test
    void theLatestAnswersAreKeptWhileTheyAreFewAndSmall() throws Exception {
        var a = client();
        var b = client();
        var id = a.open();
        var text = "x".repeat(100_000);
        var primed = new ArrayList<String>();
        for (int i = 0; i < 30; i++) {
            try (var events = new Events(a.postStream(id, Client.call(i, "echo", "{\"message\":\"" + text + "\"}")))) {
                primed.add(events.next().id());
                assertTrue(events.next().message().has("result"));
            }
        }
        try (var jedis = redis.connect()) {
            // The last one may still be on its way to the store.
            await().until(() -> b.resume(id, primed.get(29)).statusCode() == 200);
            long kept = jedis.xlen("{mcp}:e:" + id);
            assertTrue(kept >= 7 && kept <= 10, kept + " answers of 100,000 bytes in a mebibyte");
        }
        try (var events = new Events(b.resume(id, primed.get(29)))) {
            assertEquals(29, events.next().message().get("id").intValue());
        }
        assertEquals(400, b.resume(id, primed.get(0)).statusCode());
        for (int i = 0; i < 200; i++) {
            assertEquals(200, ping(a, id));
        }
        try (var jedis = redis.connect()) {
            await().untilAsserted(() -> {
                long kept = jedis.xlen("{mcp}:e:" + id);
                assertTrue(kept >= 128 && kept < 256, kept + " events are kept");
            });
        }
        assertEquals(400, b.resume(id, primed.get(29)).statusCode());
    }

    @Test
    void aChangeIsToldOnOneStreamOfEachSession() throws Exception {
        var a = client();
        var b = client();
        var c = client();
        var id = a.open();
        try (var one = new Events(a.stream(id));
                var two = new Events(b.stream(id))) {
            one.next();
            two.next();
            assertEquals(200, c.post(id, Client.call(5, "announce", "{}")).statusCode());
            var told = new AtomicInteger();
            var readers = Stream.of(one, two)
                    .map(events -> CompletableFuture.runAsync(() -> countChanges(events, told)))
                    .toList();
            // The change reaches the node of a stream by way of the store: the session must not end before that.
            await().until(() -> told.get() > 0);
            b.delete(id);
            readers.forEach(CompletableFuture::join);
            assertEquals(1, told.get());
        }
    }

    private static void countChanges(Events events, AtomicInteger told) {
        try {
            for (var event = events.next(); event != null; event = events.next()) {
                if (event.data().contains("list_changed")) {
                    told.incrementAndGet();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aLogLevelHoldsOnAllNodes() throws Exception {
        var a = client();
        var b = client();
        var id = a.open();
        a.post(id, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"logging/setLevel\",\"params\":{\"level\":\"error\"}}");
        var answer = b.post(id, Client.call(5, "count", "{\"to\":2,\"milliseconds\":0}"));
        assertFalse(answer.body().contains("notifications/message"), answer.body());
    }

    @Test
    void aKilledNodeDelaysTheEndByOneLeaseAndItsCallsAreAnswered() throws Exception {
        var b = new Client(node(builder().idleTimeout(Duration.ofSeconds(2))).uri());
        try (var node = new NodeProcess(redis.uri(), "--store-lease", "1s", "--idle-timeout", "2s")) {
            var a = new Client(node.uri());
            var id = a.open();
            String last;
            try (var events = new Events(a.postStream(id, Client.call(5, "poll", "{\"milliseconds\":60000}")))) {
                last = events.next().id();
                assertNull(events.next());
            }
            node.kill();
            long killed = System.nanoTime();
            assertEquals(200, ping(b, id), "not locked");
            try (var events = new Events(b.resume(id, last))) {
                var event = events.next();
                assertEquals(5, event.message().get("id").intValue());
                assertTrue(event.message().at("/error/message").stringValue().contains("lost"), event.data());
                assertNull(events.next());
            }
            await().atMost(Duration.ofSeconds(10)).until(() -> ends.containsKey(id));
            long took = System.nanoTime() - killed;
            assertTrue(took >= 2_000_000_000L, "too early: " + took);
            assertEquals(404, ping(b, id));
        }
    }

    @Test
    void aStoreThatHangsIsA503AndNothingIsLost() throws Exception {
        var a = client();
        var b = client();
        var id = a.open();
        var call = a.postLater(id, Client.sleep(5, 3_000));
        await().until(() -> ((ReferenceServer) nodes.get(0)).calls().running() == 1);
        redis.pause();
        outage(a, b, id);
        redis.resume();
        recovered(a, b, id);
        assertTrue(call.get().body().contains("slept"), "a running call goes on");
    }

    @Test
    void aStoreThatIsKilledIsA503AndNothingIsLost() throws Exception {
        var a = client();
        var b = client();
        var id = a.open();
        var call = a.postLater(id, Client.sleep(5, 3_000));
        await().until(() -> ((ReferenceServer) nodes.get(0)).calls().running() == 1);
        redis.kill();
        outage(a, b, id);
        redis.restart();
        recovered(a, b, id);
        assertTrue(call.get().body().contains("slept"), "a running call goes on");
    }

    @Test
    void anOutageThatIsLongerThanTimeoutAndLeaseEndsNothing() throws Exception {
        var a = new Client(node(builder().idleTimeout(Duration.ofSeconds(1))).uri());
        var b = new Client(node(builder().idleTimeout(Duration.ofSeconds(1))).uri());
        var idle = a.open();
        var busy = b.open();
        var call = b.postLater(busy, Client.sleep(5, 6_000));
        var all = ((ReferenceServer) nodes.get(0)).allSessions();
        await().until(() -> all.describe(busy).get().openExchanges() == 1);
        assertEquals(200, ping(a, idle));
        redis.pause();
        long paused = System.nanoTime();
        await().pollInterval(Duration.ofMillis(50)).until(() -> System.nanoTime() - paused > 3_500_000_000L);
        redis.resume();
        await().pollInterval(Duration.ofMillis(20)).until(() -> ping(a, idle) != 503);
        assertEquals(200, ping(a, idle));
        assertEquals(200, ping(a, busy));
        assertTrue(call.get().body().contains("slept"));
        await().until(() -> ends.containsKey(idle) && ends.containsKey(busy));
    }

    private static void outage(Client a, Client b, String id) throws Exception {
        for (int i = 0; i < 5; i++) {
            for (var client : List.of(a, b)) {
                long asked = System.nanoTime();
                var answers = List.of(
                        client.post(id, Client.PING),
                        client.post(null, Client.initialize("2025-11-25")),
                        client.delete(id),
                        client.send("GET", null, "Accept", "text/event-stream", "Mcp-Session-Id", id));
                long took = System.nanoTime() - asked;
                for (var answer : answers) {
                    assertEquals(503, answer.statusCode());
                    assertEquals("1", answer.headers().firstValue("Retry-After").orElse(null));
                    assertTrue(answer.headers().firstValue("Mcp-Session-Id").isEmpty());
                }
                assertTrue(took < 1_000_000_000L, "for four requests, ns: " + took);
            }
        }
    }

    private void recovered(Client a, Client b, String id) throws Exception {
        await().atMost(Duration.ofSeconds(5)).until(() -> ping(a, id) == 200 && ping(b, id) == 200);
        assertEquals(200, ping(a, id));
        var all = ((ReferenceServer) nodes.get(1)).allSessions();
        // The refused request has left nothing behind.
        await().atMost(Duration.ofSeconds(5)).until(() -> all.list(100).get().size() == 1);
        assertFalse(ends.containsKey(id));
    }

    @Test
    void aStoreThatHasLostEverythingEndsWhatWasThere() throws Exception {
        var a = client();
        var id = a.open();
        try (var events = new Events(a.stream(id))) {
            events.next();
            try (var jedis = redis.connect()) {
                jedis.flushAll();
            }
            assertNull(events.next());
        }
        assertEquals(404, ping(a, id));
        assertEquals(1, ends.get(id).get());
        assertEquals(200, ping(a, a.open()));
    }

    @Test
    void aNodeThatWasPausedForLongerThanItsLeaseGoesOn() throws Exception {
        var b = new Client(node(builder().idleTimeout(Duration.ofSeconds(30))).uri());
        try (var node = new NodeProcess(redis.uri(), "--store-lease", "1s", "--idle-timeout", "30s")) {
            var a = new Client(node.uri());
            var id = a.open();
            var call = a.postLater(id, Client.sleep(5, 3_000));
            var all = ((ReferenceServer) nodes.get(0)).allSessions();
            await().until(() -> all.describe(id).get().openExchanges() == 1);
            node.signal("-STOP");
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> all.describe(id).get().openExchanges() == 0);
            node.signal("-CONT");
            assertEquals(200, ping(a, id));
            assertTrue(call.get().body().contains("slept"));
            assertEquals(200, ping(b, id));
        }
    }

    @Test
    void aRollingRestartUnderLoadLosesNoSession() throws Exception {
        var a = client();
        var ids = new ArrayList<String>();
        for (int i = 0; i < 20; i++) {
            ids.add(a.open());
        }
        for (int round = 0; round < 3; round++) {
            var old = (ReferenceServer) nodes.get(0);
            var fresh = client();
            for (var id : ids) {
                assertEquals(200, ping(fresh, id));
            }
            old.close();
            var refused = old.allSessions().enter(ids.get(0), null, Use.REQUEST);
            var failure = assertThrows(ExecutionException.class, () -> refused.get(5, TimeUnit.SECONDS));
            assertEquals(StoreUnavailableException.class, failure.getCause().getClass(), "not: there is none");
            nodes.remove(0);
            for (var id : ids) {
                assertEquals(200, ping(fresh, id));
            }
        }
        assertTrue(ends.isEmpty());
    }

    @Test
    void clocksOfNodesThatDifferChangeNothing() throws Exception {
        var timeout = Duration.ofMillis(1_500);
        var early = new Client(node(builder().idleTimeout(timeout).clock(new SkewedClock(-HOUR)))
                .uri());
        var late = new Client(node(builder().idleTimeout(timeout).clock(new SkewedClock(HOUR)))
                .uri());
        for (var pair : List.of(List.of(early, late), List.of(late, early))) {
            var id = pair.get(0).open();
            long begun = System.nanoTime();
            // By turns, for more than two timeouts.
            for (int i = 0; System.nanoTime() - begun < 3_500_000_000L; i++) {
                assertEquals(200, ping(pair.get(i % 2), id));
                long asked = System.nanoTime();
                await().pollInterval(Duration.ofMillis(20)).until(() -> System.nanoTime() - asked > 200_000_000L);
            }
            assertEquals(200, ping(pair.get(1), id));
            long last = System.nanoTime();
            await().atMost(Duration.ofSeconds(10)).until(() -> ends.containsKey(id));
            assertTrue(System.nanoTime() - last >= timeout.toNanos(), "not early");
            assertEquals(404, ping(pair.get(0), id));
        }
    }

    private static final long HOUR = Duration.ofHours(1).toNanos();

    /** A clock that differs from that of the machine. */
    private record SkewedClock(long by) implements Clock {

        @Override
        public long nanos() {
            return Clock.system().nanos() + by;
        }

        @Override
        public Registration drive(LongSupplier sweep) {
            return Clock.system().drive(() -> sweep.getAsLong() - by);
        }
    }
}
