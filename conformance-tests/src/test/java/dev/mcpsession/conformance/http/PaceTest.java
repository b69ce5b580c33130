package dev.mcpsession.conformance.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.Target;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final int COUNT = 10;

    @Test
    void noMoreRequestsAreSentThanAllowedOverWhateverConnections() {
        try (var server = ToyServer.start(ToyServer::new, LaunchSettings.withoutIdleTimeout())) {
            var target = Target.at(server.uri()).maxRequestsPerSecond(100).build();
            long started = System.nanoTime();
            try (var transport = new Transport(target, FaultInjection.NONE)) {
                var client =
                        new Client(target, transport, Revision.V2025_11_25, null, new Transcript(), (why, span) -> {});
                var others = client.overNewConnections();
                for (int i = 1; i < COUNT; i++) {
                    client.plain("GET").header("X-Number", "" + i).start();
                }
                others.plain("GET").start();
                var last = client.plain("GET").raw().send();
                // Each began no earlier than its turn, however slow the machine is.
                assertTrue(
                        last.sentAt() - started >= COUNT * Duration.ofMillis(10).toNanos());
            }
        }
    }

    @Test
    void fewRequestsMeanFewAtOnce() {
        var target = Target.at(java.net.URI.create("http://127.0.0.1:1/mcp"))
                .maxRequestsPerSecond(5)
                .build();
        assertEquals(5, target.concurrency());
        assertEquals(10, target.maxSessions());
        assertEquals(5, target.toBuilder().build().maxRequestsPerSecond());
        assertThrows(IllegalArgumentException.class, () -> target.toBuilder().maxRequestsPerSecond(0));
        assertThrows(IllegalArgumentException.class, () -> target.toBuilder().maxRequestsPerSecond(Double.NaN));
    }

    @Test
    void aWaitForATurnCanBeInterrupted() {
        var pace = new Pace(1e-6);
        pace.await();
        Thread.currentThread().interrupt();
        try {
            assertThrows(RuleAbortedException.class, pace::await);
        } finally {
            Thread.interrupted();
        }
    }
}
