package dev.mcpsession.conformance.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.run.RunResult;
import dev.mcpsession.conformance.target.Target;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Right servers of several nodes, some of them unusual: the rules about several nodes must accuse none. */
@Execution(ExecutionMode.CONCURRENT)
class UnusualClustersTest {
    private static final Set<Verdict> ACCUSATIONS = Set.of(Verdict.FAIL, Verdict.WARN, Verdict.ERROR);

    /** The other nodes see an event of one node a moment later. */
    private static final class LateNodes extends ClusterToyServer {
        private static final long LATE = 200_000_000;
        private final Map<String, Long> ends = new ConcurrentHashMap<>();
        private final Map<String, ToySession> past = new ConcurrentHashMap<>();

        @Override
        protected ToySession find(Call call) {
            var session = super.find(call);
            return session != null && isElsewhere(call) && System.nanoTime() - session.openedAt < LATE ? null : session;
        }

        @Override
        protected void forget(ToySession session) {
            super.forget(session);
            ends.put(session.id, System.nanoTime());
            past.put(session.id, session);
        }

        @Override
        protected Answer in(Call call, InSession action) throws Exception {
            var id = call.sessionId().orElse("");
            var ended = ends.get(id);
            // Another node answers a ping without looking for a moment.
            return ended != null
                            && isElsewhere(call)
                            && call.called().equals("ping")
                            && System.nanoTime() - ended < LATE
                    ? action.apply(past.get(id))
                    : super.in(call, action);
        }
    }

    /** The sessions of a node that dies are gone, and an error of the store is a plain 500. */
    private static final class LosesWithItsNode extends ClusterToyServer {
        @Override
        protected ToySession find(Call call) {
            var home = homes.get(call.sessionId().orElse(""));
            return home != null && dead.contains(home) ? null : super.find(call);
        }

        @Override
        protected Answer storeDown(Call call) {
            return Answer.error(500, -32603, "The store does not answer");
        }
    }

    /** Serves what it knows while the store is away, and refuses what would change it. */
    private static final class ServesFromMemory extends ClusterToyServer {
        @Override
        protected Answer storeDown(Call call) throws Exception {
            boolean changes = call.method().equals("DELETE") || call.called().equals("initialize");
            return changes ? super.storeDown(call) : serveAnyway(call);
        }
    }

    /** Replicas of which each hears a moment later of the sessions that others have opened, behind a balancer. */
    private static final class LateBehind extends ToyServer {
        private static final long LATE = 300_000_000;
        private final AtomicInteger turn = new AtomicInteger();

        @Override
        protected ToySession find(Call call) {
            var session = super.find(call);
            boolean elsewhere = turn.getAndIncrement() % 3 != 0;
            return session != null && elsewhere && System.nanoTime() - session.openedAt < LATE ? null : session;
        }
    }

    /** As the other, and lets no client end a session, store or no store. */
    private static final class ServesAllFromMemory extends ClusterToyServer {
        @Override
        protected Answer storeDown(Call call) throws Exception {
            return call.called().equals("initialize") ? super.storeDown(call) : serveAnyway(call);
        }

        @Override
        protected Answer delete(Call call) {
            return notAllowed();
        }
    }

    /** Replicas that share nothing, behind a balancer that knows its clients by a cookie. */
    private static final class Affinity extends ToyServer {
        private final AtomicInteger turn = new AtomicInteger();
        private final Map<String, String> homes = new ConcurrentHashMap<>();

        private String replica(Call call) {
            return call.header("Cookie")
                    .filter(c -> c.contains("replica="))
                    .map(c -> c.replaceAll(".*replica=([0-9]).*", "$1"))
                    .orElseGet(() -> String.valueOf(turn.getAndIncrement() % 3));
        }

        @Override
        protected Answer initialize(Call call) throws Exception {
            var replica = replica(call);
            var answer = super.initialize(call);
            Optional.ofNullable(answer.headers().get(SESSION_HEADER)).ifPresent(id -> homes.put(id, replica));
            return answer.with("Set-Cookie", "replica=" + replica + "; Path=/");
        }

        @Override
        protected ToySession find(Call call) {
            return replica(call).equals(homes.get(call.sessionId().orElse(""))) ? super.find(call) : null;
        }
    }

    static List<Arguments> clusters() {
        var chosen = Pattern.compile(System.getProperty("unusual", "")).asPredicate();
        return Stream.of(
                        cluster("plain", new ClusterToyServer()),
                        cluster("late", new LateNodes()),
                        cluster("loses with its node", new LosesWithItsNode()),
                        cluster("serves from memory", new ServesFromMemory()),
                        cluster("serves from memory, no DELETE", new ServesAllFromMemory()),
                        cluster("no DELETE", new ClusterToyServer() {
                            @Override
                            protected Answer delete(Call call) {
                                return notAllowed();
                            }
                        }),
                        cluster("no streams", new ClusterToyServer() {
                            @Override
                            protected Answer get(Call call, ToySession session) {
                                return notAllowed();
                            }
                        }),
                        cluster("signed ids", new ClusterToyServer() {
                            @Override
                            protected Answer unknownId(Call call) {
                                return homes.containsKey(call.sessionId().orElse(""))
                                        ? super.unknownId(call)
                                        : Answer.error(400, -32600, "Not an id of this server");
                            }
                        }),
                        cluster("arrivals alone count", new ClusterToyServer() {
                            @Override
                            protected boolean enter(ToySession session) {
                                boolean entered = super.enter(session);
                                if (entered) {
                                    super.leave(session);
                                }
                                return entered;
                            }

                            @Override
                            protected void leave(ToySession session) {
                                // It was counted when it came.
                            }
                        }),
                        Arguments.of("affinity", new Affinity(), (UnaryOperator<Target.Builder>)
                                t -> t.replicasBehind(true)),
                        Arguments.of("late behind", new LateBehind(), (UnaryOperator<Target.Builder>)
                                t -> t.replicasBehind(true)),
                        Arguments.of("shared behind", new ToyServer(), (UnaryOperator<Target.Builder>)
                                t -> t.replicasBehind(true)),
                        nodes("owned", new OwnedToyServer(), OwnedToyServer::tell),
                        nodes("resumable", new ResumableToyServer(), t -> t),
                        nodes("talkative", new TalkativeToyServer(), t -> t),
                        nodes("modern", new FullToyServer(), t -> t),
                        nodes("dual", new DualToyServer(), t -> t),
                        nodes("guarded", new GuardedToyServer(), OwnedToyServer::tell))
                .filter(a -> chosen.test((String) a.get()[0]))
                .toList();
    }

    private static Arguments cluster(String name, ClusterToyServer server) {
        return Arguments.of(name, server, (UnaryOperator<Target.Builder>) server::tell);
    }

    private static Arguments nodes(String name, ToyServer server, UnaryOperator<Target.Builder> more) {
        ToyServer.onNodes(2, server);
        return Arguments.of(name, server, (UnaryOperator<Target.Builder>) target -> {
            server.nodeUris().forEach(target::node);
            return more.apply(target);
        });
    }

    private static RunResult judge(String name, ToyServer kind, UnaryOperator<Target.Builder> more) {
        try (var server = ToyServer.start(() -> kind, Targets.SETTINGS)) {
            var target = more.apply(Targets.of(name, server.uri(), null)).build();
            return Suite.of(target)
                    .select(rule -> rule.requires().contains(Requires.NODES))
                    .run();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("clusters")
    void isNotAccused(String name, ToyServer server, UnaryOperator<Target.Builder> more) {
        var accused = judge(name, server, more).results().stream()
                .filter(r -> ACCUSATIONS.contains(r.verdict()))
                .map(r -> r.rule().id() + ": " + r.summary())
                .toList();
        assertEquals(List.of(), accused);
    }

    /** A rule that has nothing to say of any right cluster would say nothing of a wrong one either. */
    @Test
    void thePlainOneIsJudged() {
        var server = new ClusterToyServer();
        var results = judge("plain", server, server::tell).results();
        var passed = results.stream()
                .filter(r -> r.verdict() == Verdict.PASS)
                .map(RuleResult::rule)
                .distinct()
                .count();
        assertTrue(
                passed >= 19,
                () -> "only " + passed + " rules passed: "
                        + results.stream()
                                .map(r -> r.rule().id() + " " + r.verdict())
                                .toList());
    }

    /** The wrong clusters of this rule without their faults. Not in all revisions is there something to resume. */
    @Test
    void theResumableOneIsResumedOnAnotherNode() {
        var server = new ResumableToyServer();
        ToyServer.onNodes(3, server);
        UnaryOperator<Target.Builder> nodes = target -> {
            server.nodeUris().forEach(target::node);
            return target;
        };
        var verdicts = judge("resumable", server, nodes).results().stream()
                .filter(r -> r.rule().id().equals("cluster/resumed-on-another-node"))
                .map(RuleResult::verdict)
                .filter(verdict -> verdict != Verdict.NOT_APPLICABLE)
                .distinct()
                .toList();
        assertEquals(List.of(Verdict.PASS), verdicts);
    }

    /** Whoever has one node is not told of rules about several. */
    @Test
    void oneNodeIsNotAsked() {
        try (var server = ToyServer.start(ToyServer::new, Targets.SETTINGS)) {
            var results = Suite.of(Targets.of("one", server.uri(), null).build())
                    .catalogue(dev.mcpsession.conformance.rule.Catalogue.of(
                            () -> List.of(dev.mcpsession.conformance.rules.cluster.SharedSessionRules.class)))
                    .run();
            assertEquals(List.of(), results.results());
        }
    }
}
