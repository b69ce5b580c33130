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
 */
class FuzzTest {

    private static final long INPUTS = Long.getLong("fuzz.inputs", 20_000);
    private static final long FIRST = Long.getLong("fuzz.first", 1);
    private static final int ROUNDS = 5;

    /** What a heap may grow by although nothing leaks: tables that fill once, and the like. */
    private static final long HEAP_SLACK = 4 << 20;

    @Test
    void nothingThatComesDoesHarm() throws Exception {
        var threads = Executors.newFixedThreadPool(2);
        try (var streams = ReferenceServer.builder().start();
                var json = ReferenceServer.builder().jsonAnswers(true).idleTimeout(Duration.ofMillis(100)).start()) {
            var servers = List.of(streams, json);
            var heap = new ArrayList<Long>();
            var replies = new TreeMap<Integer, Long>();
            for (int round = 0; round < ROUNDS; round++) {
                long first = FIRST + INPUTS / ROUNDS * round;
                run(threads, servers, first, first + INPUTS / ROUNDS, replies);
                for (var server : servers) {
                    await().atMost(Duration.ofSeconds(60)).until(() -> server.sessions().counts().live() == 0);
                    assertEquals(0, server.sessions().sessions().size());
                }
                heap.add(usedHeap());
            }
            System.out.println(INPUTS + " inputs; replies by status: " + replies + "; heap after each round: " + heap);
            assertTrue(heap.get(ROUNDS - 1) < heap.get(0) + HEAP_SLACK, "the heap grows: " + heap);
        } finally {
            threads.shutdownNow();
            assertTrue(threads.awaitTermination(60, TimeUnit.SECONDS));
        }
    }

    /** Every server has a client of its own, and every other input. */
    private static void run(ExecutorService threads, List<ReferenceServer> servers, long first, long end,
            Map<Integer, Long> replies) throws Exception {
        List<Future<Map<Integer, Long>>> clients = new ArrayList<>();
        for (int i = 0; i < servers.size(); i++) {
            long start = first + i;
            int port = servers.get(i).port();
            Callable<Map<Integer, Long>> client = () -> {
                try (var fuzzer = new Fuzzer(port, Duration.ofSeconds(60))) {
                    for (long number = start; number < end; number += servers.size()) {
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
