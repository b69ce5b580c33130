package dev.mcpsession.server.fuzz;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Sends whatever may come to two servers, one that answers with event streams and one that answers with JSON and lets
 * sessions expire. The property {@code fuzz.inputs} says how many inputs, {@code fuzz.first} which is the first: each
 * has a number, and the same number makes the same input, but for the ids of sessions.
 *
 * <pre>mvn -pl reference-server test -Dtest=FuzzTest -Dfuzz.inputs=1000000 -Dfuzz.first=1</pre>
 *
 * sends a million inputs; other first ones make others.
 */
class FuzzTest {

    private static final long INPUTS = Long.getLong("fuzz.inputs", 10_000);
    private static final long FIRST = Long.getLong("fuzz.first", 1);
    private static final int ROUNDS = 5;
    /** For each server. */
    private static final int CLIENTS = 4;

    /** The growth of a heap in which nothing leaks: tables that fill once, and the like. */
    private static final long HEAP_SLACK = 4 << 20;

    @Test
    void nothingThatComesDoesHarm() throws Exception {
        System.out.println("Fuzzing with " + INPUTS + " inputs, the first of them " + FIRST + " (-Dfuzz.first)");
        long start = System.nanoTime();
        var threads = Executors.newFixedThreadPool(2 * CLIENTS);
        try (var streams = ReferenceServer.builder().start();
                var json = ReferenceServer.builder()
                        .jsonAnswers(true)
                        .idleTimeout(Duration.ofMillis(100))
                        .start()) {
            var servers = List.of(streams, json);
            var heap = new ArrayList<Long>();
            var replies = new TreeMap<Integer, Long>();
            for (int round = 0; round < ROUNDS; round++) {
                long first = FIRST + INPUTS / ROUNDS * round;
                run(threads, servers, first, first + INPUTS / ROUNDS, replies);
                for (var server : servers) {
                    await().atMost(Duration.ofSeconds(60))
                            .until(() -> server.sessions().counts().live() == 0);
                    assertEquals(0, server.sessions().sessions().size());
                }
                heap.add(usedHeap());
                System.out.println((first + INPUTS / ROUNDS - FIRST) + " inputs in "
                        + (System.nanoTime() - start) / 1_000_000_000 + " s; replies by status " + replies
                        + "; heap " + heap.get(round) + " bytes");
            }
            // Not at once: a timer that was called off goes only when its time has come.
            await().atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofSeconds(3))
                    .pollDelay(Duration.ZERO)
                    .untilAsserted(() -> {
                        long used = usedHeap();
                        assertTrue(used < heap.get(0) + HEAP_SLACK, "the heap grows: " + heap + ", " + used);
                    });
        } finally {
            threads.shutdownNow();
            assertTrue(threads.awaitTermination(60, TimeUnit.SECONDS));
        }
    }

    /** Every client has every eighth input. */
    private static void run(
            ExecutorService threads, List<ReferenceServer> servers, long first, long end, Map<Integer, Long> replies)
            throws Exception {
        List<Future<Map<Integer, Long>>> clients = new ArrayList<>();
        int step = servers.size() * CLIENTS;
        for (int i = 0; i < step; i++) {
            long start = first + i;
            int port = servers.get(i % servers.size()).port();
            Callable<Map<Integer, Long>> client = () -> {
                try (var fuzzer = new Fuzzer(port, Duration.ofSeconds(60))) {
                    for (long number = start; number < end; number += step) {
                        fuzzer.run(number);
                    }
                    fuzzer.cleanUp();
                    return fuzzer.statuses();
                }
            };
            clients.add(threads.submit(client));
        }
        for (var client : clients) {
            client.get().forEach((status, count) -> replies.merge(status, count, Long::sum));
        }
    }

    private static long usedHeap() {
        var memory = ManagementFactory.getMemoryMXBean();
        System.gc();
        return memory.getHeapMemoryUsage().getUsed();
    }
}
