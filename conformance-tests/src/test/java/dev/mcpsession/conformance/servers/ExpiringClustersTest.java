package dev.mcpsession.conformance.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.judgement.Verdict;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Clusters that are slow at the moment at which a rule looks. A session that has rightly expired before a node looked
 * at the request is no proof that the node does not know it, and a node that is asked when all is over proves nothing
 * either.
 */
@Execution(ExecutionMode.CONCURRENT)
class ExpiringClustersTest {
    /** Not every revision has what each rule looks at. */
    private static final Set<Verdict> NOTHING = Set.of(Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE);

    /** Looks at some requests only when their session has expired. */
    private abstract static class Slow extends ClusterToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            if (call.sessionId().isPresent() && isSlow(call)) {
                untilExpired(find(call));
            }
            return super.answer(call);
        }

        abstract boolean isSlow(Call call);
    }

    private static void untilExpired(ToyServer.ToySession session) throws InterruptedException {
        if (session != null) {
            session.awaitEnd(5_000);
        }
    }

    /** Other nodes learn of a session late, and are slow after that. */
    private static final class LateThenSlow extends ClusterToyServer {
        private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();

        @Override
        protected Answer answer(Call call) throws Exception {
            if (!isElsewhere(call) || !call.method().equals("POST")) {
                return super.answer(call);
            }
            int before = requests.computeIfAbsent(call.sessionId().orElseThrow(), id -> new AtomicInteger())
                    .getAndIncrement();
            if (before == 0) {
                return unknownId(call);
            }
            if (before > 1) {
                untilExpired(find(call));
            }
            return super.answer(call);
        }
    }

    /** Looks at a DELETE only when its session has expired, once another node knows the session. */
    private static final class EndsSlowly extends Slow {
        private final Set<String> known = ConcurrentHashMap.newKeySet();

        @Override
        boolean isSlow(Call call) {
            var id = call.sessionId().orElseThrow();
            if (isElsewhere(call)) {
                known.add(id);
            }
            return call.method().equals("DELETE") && known.contains(id);
        }
    }

    /** A stream is looked for on another node only when its session has expired. */
    private static final class ResumesSlowly extends ResumableToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            if (call.header("Last-Event-ID").isPresent() && nodeOf(call) != 0) {
                untilExpired(find(call));
            }
            return super.answer(call);
        }
    }

    /**
     * Another node takes a session for idle though a call of it is in flight, but nobody gets to see that: the node of
     * the call answers nothing before the call is over.
     */
    private static final class HidesItsFault extends ClusterToyServer {
        private static final long QUIET = 200;

        private final Map<String, CountDownLatch> calls = new ConcurrentHashMap<>();
        private final Map<HttpServerExchange, CountDownLatch> replies = new ConcurrentHashMap<>();

        @Override
        protected void reap() {
            // No session ends by itself, however slow the machine is.
        }

        @Override
        protected Answer callTool(Call call, ToySession session) throws Exception {
            var over = new CountDownLatch(1);
            calls.put(session.id, over);
            replies.put(call.exchange(), over);
            return super.callTool(call, session);
        }

        @Override
        protected void write(HttpServerExchange exchange, Answer answer) throws IOException {
            super.write(exchange, answer);
            var over = replies.remove(exchange);
            if (over != null) {
                over.countDown();
            }
        }

        @Override
        protected Answer answer(Call call) throws Exception {
            var over = calls.get(call.sessionId().orElse(""));
            if (over == null || !call.called().equals("ping")) {
                return super.answer(call);
            }
            if (isElsewhere(call)) {
                return over.getCount() > 0 ? unknownId(call) : super.answer(call);
            }
            over.await(5, TimeUnit.SECONDS);
            Thread.sleep(QUIET);
            return super.answer(call);
        }
    }

    static List<Arguments> clusters() {
        return Stream.of(
                        Arguments.of("cluster/delete-once", new EndsSlowly()),
                        Arguments.of("cluster/get-on-all-nodes", new Slow() {
                            @Override
                            boolean isSlow(Call call) {
                                return call.method().equals("GET") && isElsewhere(call);
                            }
                        }),
                        Arguments.of("cluster/version-on-all-nodes", new LateThenSlow()),
                        Arguments.of("cluster/cancel-on-another-node", new Slow() {
                            @Override
                            boolean isSlow(Call call) {
                                return call.called().equals("notifications/cancelled") && isElsewhere(call);
                            }
                        }),
                        Arguments.of("cluster/resumed-on-another-node", ToyServer.onNodes(3, new ResumesSlowly())),
                        Arguments.of("cluster/in-flight-on-another-node", new HidesItsFault()))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("clusters")
    void provesNothing(String rule, ToyServer kind) {
        try (var server = ToyServer.start(() -> kind, Targets.SETTINGS)) {
            var target = Targets.of(rule, server.uri(), null);
            server.nodeUris().subList(0, 3).forEach(target::node);
            var results = Suite.of(target.build())
                    .select(each -> each.id().equals(rule))
                    .run()
                    .results();
            assertEquals(
                    List.of(),
                    results.stream()
                            .filter(r -> !NOTHING.contains(r.verdict()))
                            .map(r -> r.verdict() + " [" + r.revision() + "]: " + r.summary())
                            .toList());
            assertTrue(
                    results.stream().anyMatch(r -> r.verdict() == Verdict.INCONCLUSIVE),
                    () -> results.get(0).summary());
        }
    }
}
