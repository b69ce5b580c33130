package dev.mcpsession.server.soak;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Clients that open sessions and never end them, over and over: all are reaped, none early, and nothing stays behind.
 * The properties {@code soak.sessions} (of one round), {@code soak.millis} (the idle timeout) and {@code soak.seconds}
 * (for how long to begin new rounds) make more of it than the build has time for:
 *
 * <pre>mvn -pl reference-server test -Dtest=SoakTest -Dsoak.sessions=100000 -Dsoak.millis=20000
 * -Dsoak.seconds=180</pre>
 */
class SoakTest {

    private static final int SESSIONS = Integer.getInteger("soak.sessions", 2_000);
    private static final Duration TIMEOUT = Duration.ofMillis(Long.getLong("soak.millis", 1_000));
    private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("soak.seconds", 0));
    private static final int CLIENTS = 4;
    private static final int MIN_ROUNDS = 3;

    /** The growth of a heap in which nothing leaks: tables that fill once, and the like. */
    private static final long HEAP_SLACK = 4 << 20;

    @Test
    void whatIsLeftBehindGoesAway() throws Exception {
        var ends = new Ends();
        var threads = Executors.newFixedThreadPool(CLIENTS);
        try (var server =
                ReferenceServer.builder().idleTimeout(TIMEOUT).listener(ends).start()) {
            var heap = new ArrayList<Long>();
            long start = System.nanoTime();
            while (heap.size() < MIN_ROUNDS || System.nanoTime() - start < LENGTH.toNanos()) {
                var clients = open(threads, server);
                long opened = server.sessions().counts().live();
                awaitEnds(server, ends);
                var verdict = ends.judge(clients, TIMEOUT);
                ends.clear();
                clients.clear();
                heap.add(usedHeap());
                System.out.println("Round " + heap.size() + ", after " + (System.nanoTime() - start) / 1_000_000_000
                        + " s: " + opened + " sessions lived at once; " + verdict
                        + "; heap " + heap.get(heap.size() - 1) + " bytes");
            }
            // Not at once: a timer that was called off goes only when its time has come.
            await().atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofSeconds(3))
                    .pollDelay(Duration.ZERO)
                    .untilAsserted(() -> {
                        long used = usedHeap();
                        assertTrue(used < heap.get(0) + HEAP_SLACK, "the heap grows: " + heap + ", " + used);
                    });
            assertEquals(
                    (long) heap.size() * SESSIONS, server.sessions().counts().reaped());
        } finally {
            threads.shutdownNow();
            assertTrue(threads.awaitTermination(60, TimeUnit.SECONDS));
        }
    }

    private static List<ForgetfulClient> open(ExecutorService threads, ReferenceServer server) throws Exception {
        var clients = new ArrayList<ForgetfulClient>();
        List<Future<?>> done = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            var client = new ForgetfulClient(server.port(), TIMEOUT);
            clients.add(client);
            done.add(threads.submit(() -> {
                client.open(SESSIONS / CLIENTS);
                return null;
            }));
        }
        for (var future : done) {
            future.get();
        }
        return clients;
    }

    private static void awaitEnds(ReferenceServer server, Ends ends) {
        await().atMost(TIMEOUT.plusSeconds(60))
                .until(() -> server.sessions().counts().live() == 0);
        await().atMost(Duration.ofSeconds(60)).until(() -> ends.size() == SESSIONS);
        assertEquals(0, server.sessions().sessions().size(), "sessions that can still be found");
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
