package dev.mcpsession.runner.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.target.Target;
import dev.mcpsession.runner.report.model.Report;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Probes of servers that end sessions in various ways; what is claimed must hold however slow the machine is. */
class ProbeTest {
    private static final Duration TIMEOUT = Duration.ofMillis(600);
    private static final Report.Kit KIT = new Report.Kit("k", "1");

    private static ProbeReport probe(IdleToy server, Duration upTo) throws InterruptedException {
        var target = Target.at(server.uri()).build();
        try (server;
                var probe = new Probe(target)) {
            probe.askForCredentials();
            probe.acquaint(Suite.of(target).select(rule -> false).run().survey());
            if (probe.whyNoSearch().isEmpty()) {
                probe.search(upTo, (what, until) -> {});
            }
            assertEquals(0, server.open(), "sessions left open");
            return probe.report(KIT);
        }
    }

    @Test
    void findsTheIdleTimeoutAsAProvenInterval() throws Exception {
        var report = probe(IdleToy.expiring(TIMEOUT), Duration.ofSeconds(4));
        var idle = report.idle();
        assertFalse(idle.varies(), idle::toString);
        assertTrue(idle.goneFromMs() < TIMEOUT.toMillis() && idle.goneUntilMs() >= TIMEOUT.toMillis(), idle::toString);
        assertTrue(idle.idleTimeoutMs() <= TIMEOUT.toMillis(), idle::toString);
        assertTrue(idle.idleTimeoutMs() + idle.reapLagMs() >= TIMEOUT.toMillis(), idle::toString);
        assertNull(idle.endedBusyAfterMs());
        assertEquals("slow_wait", report.tools().slow().name());
        assertTrue(report.tools().slow().arguments().get("delay_ms").asLong() > TIMEOUT.toMillis());
        var sessions = report.sessions();
        assertEquals("UUID", sessions.idForm());
        assertEquals(36, sessions.idLength());
        assertFalse(sessions.idRepeated());
        assertEquals(400, sessions.withoutId());
        assertEquals(404, sessions.unknownId());
        assertEquals(405, sessions.get());
        assertEquals(204, sessions.delete());
        assertEquals(404, sessions.afterDelete());
        assertEquals(404, sessions.secondDelete());
        assertEquals(200, report.credentials().status());
        assertEquals(new ProbeReport.Answers("json", "json"), report.answers());
    }

    @Test
    void saysThatNothingExpiredWhereNothingDid() throws Exception {
        var idle = probe(new IdleToy(), Duration.ofMillis(500)).idle();
        assertNull(idle.goneFromMs());
        assertNull(idle.idleTimeoutMs());
        assertTrue(idle.longestLifeMs() >= 500, idle::toString);
    }

    @Test
    void seesThatAServerLooksForIdleSessionsAtIntervals() throws Exception {
        var every = Duration.ofMillis(500);
        var idle = probe(
                        new IdleToy() {
                            private long sweptAt = System.nanoTime();

                            @Override
                            protected void reap(long now) {
                                // As if a timer had run: what is left of the last moment at which it would have.
                                long last = now - (now - sweptAt) % every.toNanos();
                                sessions.values().removeIf(s -> last - s.usedAt() >= TIMEOUT.toNanos());
                            }
                        },
                        Duration.ofSeconds(4))
                .idle();
        // The sweeps come between 600 ms and 1.1 s; chance, or the machine, decides what of that is seen.
        assertTrue(idle.goneFromMs() < 1100, idle::toString);
        assertTrue(idle.goneUntilMs() == null || idle.goneUntilMs() >= 600, idle::toString);
        assertTrue(idle.longestLifeMs() < 1100, idle::toString);
    }

    @Test
    void aLifetimeIsNoIdleTimeout() throws Exception {
        var idle = probe(
                        new IdleToy() {
                            @Override
                            protected void reap(long now) {
                                sessions.values()
                                        .removeIf(s -> now - s.openedAt()
                                                >= Duration.ofSeconds(1).toNanos());
                            }
                        },
                        Duration.ofSeconds(6))
                .idle();
        assertTrue(idle.endedBusyAfterMs() != null && idle.endedBusyAfterMs() >= 1000, idle::toString);
        assertNull(idle.idleTimeoutMs());
    }

    @Test
    void findsItAlsoWhereUnknownSessionsAreAnswered400() throws Exception {
        var idle = probe(
                        new IdleToy() {
                            @Override
                            protected void reap(long now) {
                                sessions.values().removeIf(s -> now - s.usedAt() >= TIMEOUT.toNanos());
                            }

                            @Override
                            protected int unknown() {
                                return 400;
                            }
                        },
                        Duration.ofSeconds(4))
                .idle();
        assertTrue(idle.goneFromMs() < TIMEOUT.toMillis() && idle.goneUntilMs() >= TIMEOUT.toMillis(), idle::toString);
    }

    @Test
    void takesNoEvictionForExpiry() throws Exception {
        var idle = probe(
                        new IdleToy() {
                            @Override
                            protected void opened() {
                                if (sessions.size() > 5) {
                                    sessions.remove(sessions.keySet().iterator().next());
                                }
                            }
                        },
                        Duration.ofMillis(500))
                .idle();
        assertNull(idle.goneFromMs(), idle::toString);
        assertTrue(idle.trouble().contains("fewer were used"), idle::toString);
    }

    @Test
    void looksForNothingWhereAnExpiredSessionCannotBeTold() throws Exception {
        var server = new IdleToy() {
            @Override
            protected int unknown() {
                return 200;
            }
        };
        var target = Target.at(server.uri()).build();
        try (server;
                var probe = new Probe(target)) {
            probe.acquaint(Suite.of(target).select(rule -> false).run().survey());
            assertTrue(probe.whyNoSearch().orElseThrow().contains("as if it were a live one"));
        }
    }

    @Test
    void canBeInterruptedAndThenTellsWhatItKnows() throws Exception {
        try (var server = new IdleToy()) {
            var target = Target.at(server.uri()).build();
            try (var probe = new Probe(target)) {
                probe.acquaint(Suite.of(target).select(rule -> false).run().survey());
                var waiting = new CountDownLatch(1);
                var ended = new AtomicReference<Optional<Boolean>>(Optional.empty());
                var thread = new Thread(() -> {
                    try {
                        probe.search(Duration.ofHours(1), (what, until) -> waiting.countDown());
                        ended.set(Optional.of(false));
                    } catch (InterruptedException e) {
                        ended.set(Optional.of(true));
                    }
                });
                thread.start();
                waiting.await();
                thread.interrupt();
                thread.join();
                assertEquals(Optional.of(true), ended.get());
                assertEquals("it was ended early", probe.report(KIT).idle().ended());
                assertEquals(0, server.open(), "sessions left open");
            }
        }
    }
}
