package dev.mcpsession.server.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.store.Certificate;
import dev.mcpsession.server.store.NodeProcess;
import dev.mcpsession.server.store.RedisProcess;
import dev.mcpsession.server.store.Relay;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How nodes reach their store, and what becomes of requests when they do not; the nodes are processes of their own. */
class StoreAccessTest {

    private static final String SECRET = "a-password-that-is-in-no-log";

    private static Map<String, String> credentials(String password) {
        return Map.of("MCP_STORE_USER", "kit", "MCP_STORE_PASSWORD", password);
    }

    /** From now on nobody gets in without a password. */
    private static void lock(RedisProcess redis) {
        try (var jedis = redis.connect()) {
            jedis.aclSetUser("kit", "on", ">" + SECRET, "~{mcp}*", "+@all");
            jedis.aclSetUser("default", "off");
        }
    }

    private static void assertRefusedForNow(NodeProcess node) throws Exception {
        var client = new Client(node.uri());
        for (var answer :
                List.of(client.post(null, Client.initialize("2025-11-25")), client.post("some-id", Client.PING))) {
            assertEquals(503, answer.statusCode());
            assertEquals("1", answer.headers().firstValue("Retry-After").orElse(null));
            assertFalse(answer.body().contains(SECRET));
        }
        assertFalse(node.log().contains(SECRET));
        assertTrue(node.log().contains("cannot be used"), node.log());
    }

    @Test
    void nodesUseTlsWithAUserAndAPassword(@TempDir Path folder) throws Exception {
        var certificate = new Certificate(folder, "ip:127.0.0.1");
        int port = RedisProcess.freePort();
        var uri = "rediss://127.0.0.1:" + port;
        try (var redis = RedisProcess.start(certificate.forServer(port))) {
            lock(redis);
            try (var one = new NodeProcess(uri, credentials(SECRET), certificate.trusted());
                    var other = new NodeProcess(uri, credentials(SECRET), certificate.trusted());
                    var wrong = new NodeProcess(uri, credentials("wrong"), certificate.trusted());
                    var without = new NodeProcess(uri, Map.of(), certificate.trusted())) {
                var id = new Client(one.uri()).open();
                assertEquals(200, new Client(other.uri()).post(id, Client.PING).statusCode());
                assertEquals(204, new Client(other.uri()).delete(id).statusCode());
                assertEquals(404, new Client(one.uri()).post(id, Client.PING).statusCode());
                assertFalse(one.log().contains(SECRET));
                assertRefusedForNow(wrong);
                assertRefusedForNow(without);
            }
        }
    }

    @Test
    void aStoreWithAnotherCertificateIsNotTrusted(@TempDir Path folder) throws Exception {
        var certificate = new Certificate(folder, "ip:127.0.0.1");
        int port = RedisProcess.freePort();
        try (var redis = RedisProcess.start(certificate.forServer(port));
                var node = new NodeProcess("rediss://127.0.0.1:" + port, credentials(SECRET), List.of())) {
            assertTrue(redis.port() != port);
            assertRefusedForNow(node);
        }
    }

    @Test
    void aStoreWithACertificateOfAnotherHostIsNotTrusted(@TempDir Path folder) throws Exception {
        var certificate = new Certificate(folder, "dns:other.example");
        int port = RedisProcess.freePort();
        try (var redis = RedisProcess.start(certificate.forServer(port));
                var node = new NodeProcess("rediss://127.0.0.1:" + port, credentials(SECRET), certificate.trusted())) {
            assertTrue(redis.port() != port);
            assertRefusedForNow(node);
        }
    }

    @Test
    void theLogSaysWhyAStoreCannotBeUsed() throws Exception {
        try (var redis = RedisProcess.start();
                var member = RedisProcess.start("--cluster-enabled", "yes")) {
            try (var jedis = redis.connect()) {
                jedis.aclSetUser("kit", "on", ">" + SECRET, "~*", "+@all", "-@scripting");
            }
            try (var nowhere = new NodeProcess(redis.uri() + "/99");
                    var mute = new NodeProcess(redis.uri(), credentials(SECRET), List.of());
                    var lost = new NodeProcess(member.uri())) {
                for (var node : List.of(nowhere, mute, lost)) {
                    assertRefusedForNow(node);
                }
                assertTrue(nowhere.log().contains("DB index is out of range"), nowhere.log());
                assertTrue(mute.log().contains("NOPERM"), mute.log());
                assertTrue(lost.log().contains("CLUSTERDOWN"), lost.log());
                try (var jedis = redis.connect()) {
                    // The reason is another one, and then there is none any longer.
                    jedis.aclSetUser("kit", "+@all", "resetkeys", "~other*");
                    await().until(() -> mute.log().contains("permissions to access one of the keys"));
                    jedis.aclSetUser("kit", "~{mcp}*");
                }
                var client = new Client(mute.uri());
                await().until(() -> client.post("some-id", Client.PING).statusCode() == 404);
                assertEquals(200, client.post(client.open(), Client.PING).statusCode());
            }
        }
    }

    @Test
    void aStoreThatMayEvictIsWarnedOf() throws Exception {
        try (var redis = RedisProcess.start("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru");
                var node = new NodeProcess(redis.uri())) {
            assertTrue(node.log().contains("has the maxmemory-policy allkeys-lru"), node.log());
        }
        try (var redis = RedisProcess.start("--maxmemory", "100mb", "--maxmemory-policy", "noeviction");
                var node = new NodeProcess(redis.uri())) {
            assertFalse(node.log().contains("maxmemory-policy"), node.log());
        }
    }

    @Test
    void aStoreThatHangsPilesUpNoThreads() throws Exception {
        try (var redis = RedisProcess.start();
                var node = new NodeProcess(redis.uri(), "--store-timeout", "300ms")) {
            var client = new Client(node.uri());
            var id = client.open();
            for (int i = 0; i < 200; i++) {
                assertEquals(200, client.post(id, Client.PING).statusCode());
            }
            long threads = node.threads();
            redis.pause();
            long greatest = 0;
            for (int round = 0; round < 3; round++) {
                long asked = System.nanoTime();
                var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
                for (int i = 0; i < 100; i++) {
                    answers.add(client.postLater(id, Client.PING));
                }
                greatest = Math.max(greatest, node.threads());
                for (var answer : answers) {
                    assertEquals(503, answer.get(10, TimeUnit.SECONDS).statusCode());
                    assertEquals(
                            "1",
                            answer.get().headers().firstValue("Retry-After").orElse(null));
                }
                greatest = Math.max(greatest, node.threads());
                long took = System.nanoTime() - asked;
                assertTrue(took < 5_000_000_000L, "for a hundred requests, ns: " + took);
            }
            // The compilers of the virtual machine come and go.
            assertTrue(greatest <= threads + 8, threads + " threads before, " + greatest + " with 100 requests");
            redis.resume();
            await().until(() -> client.post(id, Client.PING).statusCode() == 200);
        }
    }

    @Test
    void aHundredRequestsAtOnceAreRefusedWithinASecondWhenTheStoreBeginsToHang() throws Exception {
        try (var redis = RedisProcess.start();
                var node = new NodeProcess(redis.uri())) {
            var client = new Client(node.uri());
            var id = client.open();
            long shortest = Long.MAX_VALUE;
            // A busy machine may take longer, and not every time.
            for (int attempt = 0; attempt < 10 && shortest > 1_000_000_000L; attempt++) {
                await().until(() -> client.post(id, Client.PING).statusCode() == 200);
                redis.pause();
                var latest = new AtomicLong();
                var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
                for (int i = 0; i < 100; i++) {
                    long asked = System.nanoTime();
                    answers.add(client.postLater(id, Client.PING)
                            .whenComplete((answer, failure) ->
                                    latest.accumulateAndGet(System.nanoTime() - asked, Math::max)));
                }
                for (var answer : answers) {
                    assertEquals(503, answer.get(10, TimeUnit.SECONDS).statusCode());
                }
                redis.resume();
                shortest = Math.min(shortest, latest.get());
            }
            assertTrue(shortest <= 1_000_000_000L, "ns for the slowest of a hundred: " + shortest);
        }
    }

    @Test
    void aStoreThatIsAReplicaNowIsNotReadFromEither() throws Exception {
        try (var first = RedisProcess.start();
                var second = RedisProcess.start("--replicaof", "127.0.0.1 " + first.port());
                var node = new NodeProcess(first.uri(), "--event-store", "0", "--store-lease", "1m")) {
            var client = new Client(node.uri());
            var id = client.open();
            // A session that is held is only read.
            var running = client.postLater(id, Client.sleep(5, 60_000));
            await().until(() -> client.post(id, Client.PING).statusCode() == 200);
            try (var demoted = first.connect();
                    var promoted = second.connect()) {
                await().until(() -> promoted.exists("{mcp}:s:" + id));
                promoted.replicaofNoOne();
                demoted.replicaof("127.0.0.1", second.port());
            }
            for (int i = 0; i < 20; i++) {
                assertEquals(503, client.post(id, Client.PING).statusCode());
            }
            assertFalse(running.isDone());
        }
    }

    @Test
    void aStoreThatIsFullOpensNothingAndLetsSessionsGoOnAndEnd() throws Exception {
        try (var redis = RedisProcess.start("--maxmemory-policy", "noeviction");
                var node = new NodeProcess(redis.uri(), "--idle-timeout", "5s")) {
            var client = new Client(node.uri());
            var ended = client.open();
            var expired = client.open();
            var kept = client.open();
            try (var jedis = redis.connect()) {
                jedis.configSet("maxmemory", "1mb");
                var opening = client.post(null, Client.initialize("2025-11-25"));
                assertEquals(503, opening.statusCode());
                assertEquals("1", opening.headers().firstValue("Retry-After").orElse(null));
                assertEquals(200, client.post(kept, Client.PING).statusCode());
                assertEquals(204, client.delete(ended).statusCode());
                assertEquals(404, client.post(ended, Client.PING).statusCode());
                await().atMost(Duration.ofSeconds(30)).until(() -> {
                    assertEquals(200, client.post(kept, Client.PING).statusCode());
                    return !jedis.exists("{mcp}:s:" + expired);
                });
                assertEquals("1", jedis.get("{mcp}:live"));
                jedis.configSet("maxmemory", "0");
            }
            assertEquals(404, client.post(expired, Client.PING).statusCode());
            assertEquals(200, client.post(null, Client.initialize("2025-11-25")).statusCode());
        }
    }

    @Test
    void aFailOverIsA503AndNever404() throws Exception {
        try (var master = RedisProcess.start();
                var replica = RedisProcess.start("--replicaof", "127.0.0.1 " + master.port());
                var relay = new Relay(master.port());
                var one = new NodeProcess("redis://127.0.0.1:" + relay.port());
                var other = new NodeProcess("redis://127.0.0.1:" + relay.port())) {
            var client = new Client(one.uri());
            var id = client.open();
            try (var jedis = replica.connect()) {
                await().until(() -> jedis.exists("{mcp}:s:" + id));
            }
            master.kill();
            for (int i = 0; i < 3; i++) {
                assertEquals(503, client.post(id, Client.PING).statusCode());
                assertEquals(503, new Client(other.uri()).delete(id).statusCode());
            }
            // A replica refuses what writes until it is promoted.
            relay.moveTo(replica.port());
            for (int i = 0; i < 20; i++) {
                assertEquals(
                        503, client.post(null, Client.initialize("2025-11-25")).statusCode());
                assertTrue(client.post(id, Client.PING).statusCode() != 404);
            }
            try (var jedis = replica.connect()) {
                jedis.replicaofNoOne();
            }
            await().until(() -> client.post(id, Client.PING).statusCode() != 503);
            assertEquals(200, client.post(id, Client.PING).statusCode());
            await().until(() -> new Client(other.uri()).post(id, Client.PING).statusCode() == 200);
            assertEquals(204, new Client(other.uri()).delete(id).statusCode());
            assertEquals(404, client.post(id, Client.PING).statusCode());
        }
    }
}
