package dev.mcpsession.conformance.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.LaunchSettings.IdleTimeoutSetting;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The rule about the bound of sessions on clusters that keep to one, have none, or refuse for another reason. */
@Execution(ExecutionMode.CONCURRENT)
class BoundedClustersTest {
    private static final int BOUND = 7;

    /** Longer than a busy machine holds anything up. */
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private static final LaunchSettings SETTINGS =
            LaunchSettings.withIdleTimeout(IdleTimeoutSetting.ofMillis(TIMEOUT.toMillis()));

    /** Opens a session first, and makes room a moment later. */
    private static final class Late extends ClusterToyServer {
        private static final long LATE = 200_000_000;

        @Override
        protected void reap() {
            super.reap();
            int beyond = sessions.size() - BOUND;
            sessions.values().stream()
                    .filter(s -> System.nanoTime() - s.openedAt > LATE)
                    .sorted((a, b) -> Long.signum(a.quietSince - b.quietSince))
                    .limit(Math.max(0, beyond))
                    .filter(s -> s.end(false, 0))
                    .forEach(this::forget);
        }
    }

    /** Each node lets so many sessions be opened and no more, however many have ended: a limit to a rate. */
    private static final class Limited extends ClusterToyServer {
        private final Map<Integer, AtomicInteger> opened = new ConcurrentHashMap<>();

        @Override
        protected Answer initialize(Call call) throws Exception {
            int before = opened.computeIfAbsent(nodeOf(call), n -> new AtomicInteger())
                    .getAndIncrement();
            return before < BOUND * 3
                    ? super.initialize(call)
                    : Answer.error(503, -32000, "Too many requests").with("Retry-After", "60");
        }
    }

    /** A wrong one: each node knows of its own sessions only. */
    private static ClusterToyServer perNode(int bound, boolean makesRoom) {
        return new BoundedCluster(bound, makesRoom) {
            @Override
            protected boolean counts(ToySession session, int node) {
                return homes.getOrDefault(session.id, node) == node;
            }
        };
    }

    static List<Arguments> clusters() {
        return Stream.of(
                        Arguments.of("makes room", new BoundedCluster(BOUND, true), Verdict.PASS),
                        Arguments.of("refuses", new BoundedCluster(BOUND, false), Verdict.PASS),
                        Arguments.of("has one session", new BoundedCluster(1, true), Verdict.PASS),
                        Arguments.of("has one session for each node", perNode(1, true), Verdict.FAIL),
                        Arguments.of("refuses, with one for each node", perNode(1, false), Verdict.FAIL),
                        Arguments.of("has two sessions", new BoundedCluster(2, false), Verdict.PASS),
                        Arguments.of("has two sessions for each node", perNode(2, false), Verdict.FAIL),
                        Arguments.of("has three sessions", new BoundedCluster(3, true), Verdict.PASS),
                        Arguments.of("has three sessions for each node", perNode(3, true), Verdict.FAIL),
                        Arguments.of("makes room late", new Late(), Verdict.PASS),
                        Arguments.of("has no bound", new ClusterToyServer(), Verdict.NOT_TESTABLE),
                        Arguments.of("limits a rate", new Limited(), Verdict.INCONCLUSIVE))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("clusters")
    void isJudged(String name, ClusterToyServer kind, Verdict expected) {
        try (var server = ToyServer.start(() -> kind, SETTINGS)) {
            var target = kind.tell(Targets.of(name, server.uri(), null))
                    .stress(true)
                    .idleTimeout(TIMEOUT)
                    .maxSessions(40)
                    .build();
            var results = Suite.of(target)
                    .select(rule -> rule.id().equals("cluster/cap-shared"))
                    .run()
                    .results();
            assertEquals(
                    List.of(expected),
                    results.stream().map(r -> r.verdict()).toList(),
                    () -> results.get(0).summary());
        }
    }
}
