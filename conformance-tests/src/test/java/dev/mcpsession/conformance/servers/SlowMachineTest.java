package dev.mcpsession.conformance.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.http.FaultInjection;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rules.CoreRules;
import dev.mcpsession.conformance.run.RunListener;
import dev.mcpsession.conformance.run.RunResult;
import dev.mcpsession.conformance.run.Survey;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.LaunchSettings.IdleTimeoutSetting;
import dev.mcpsession.conformance.target.ServerLauncher;
import dev.mcpsession.conformance.target.Target;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The whole catalogue on a machine that is so slow that every moment which the kit takes down may be off by two idle
 * timeouts: pauses before a request leaves and before a reply is seen, before and while a server handles it and
 * before it answers, and in its reaper within the declared lag. The rules may not know what to say then, but must
 * accuse nobody.
 */
@Order(1)
@Execution(ExecutionMode.CONCURRENT)
class SlowMachineTest {
    private static final Duration TIMEOUT = Duration.ofMillis(300);
    private static final Duration LAG = Duration.ofMillis(700);
    /** A lag that does not make up for the pauses. */
    private static final Duration SHORT_LAG = Duration.ofMillis(100);

    private static final Set<Verdict> ACCUSATIONS = Set.of(Verdict.FAIL, Verdict.WARN, Verdict.ERROR);

    @ParameterizedTest(name = "pauses on both sides, seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void accusesNobody(long seed) throws Exception {
        var pauses = new Pauses(seed, LAG);
        var run = run(pauses, ToyServer.launcher(() -> new PausingServer(pauses)), Catalogue.of(new CoreRules()));
        assertEquals(List.of(), accusations(run));
        assertTrue(run.count(Verdict.PASS) > 0, "some rules must have come to a verdict");
        System.out.println("slow machine, seed " + seed + ": "
                + run.results().stream()
                        .collect(Collectors.groupingBy(r -> r.verdict(), TreeMap::new, Collectors.counting())));
    }

    @Test
    void doesNotAccuseTheReferenceServer() throws Exception {
        var run = run(new Pauses(4, LAG), ReferenceServers.launcher(), Catalogue.of(new CoreRules()));
        assertEquals(List.of(), accusations(run));
    }

    /** The test above can fail: rules that measure without bounds do accuse the same server under the same pauses. */
    @Test
    void catchesUnsoundRules() throws Exception {
        var accused = new java.util.TreeSet<String>();
        for (long seed = 1; seed <= 10 && accused.size() < 2; seed++) {
            var pauses = new Pauses(seed, SHORT_LAG);
            var run = run(
                    pauses,
                    ToyServer.launcher(() -> new PausingServer(pauses)),
                    Catalogue.of(() -> List.of(UnsoundRules.class)));
            run.results().stream()
                    .filter(r -> ACCUSATIONS.contains(r.verdict()))
                    .forEach(r -> accused.add(r.rule().id()));
        }
        assertEquals(Set.of("unsound/early-from-the-reply", "unsound/late-from-the-request"), accused);
    }

    private static RunResult run(Pauses pauses, ServerLauncher launcher, Catalogue catalogue) throws Exception {
        var settings = LaunchSettings.withIdleTimeout(IdleTimeoutSetting.ofMillis(TIMEOUT.toMillis()));
        try (var server = (ServerLauncher.Serving) launcher.launch(settings)) {
            Target target = Targets.of("slow machine", server.uri(), launcher)
                    .idleTimeout(TIMEOUT)
                    .reapLag(pauses.lag)
                    // Mostly waiting, all rules can run at once.
                    .concurrency(400)
                    .build();
            return Suite.of(target)
                    .catalogue(catalogue)
                    .faultInjection(pauses)
                    .listener(pauses)
                    .run();
        }
    }

    private static List<String> accusations(RunResult run) {
        return run.results().stream()
                .filter(r -> ACCUSATIONS.contains(r.verdict()))
                .map(r -> r.verdict() + " " + r.rule().id() + " [" + r.revision() + "] " + r.summary())
                .toList();
    }

    /**
     * Pauses at random, of up to two idle timeouts; none before the survey is over, or else there is little to judge.
     */
    private static final class Pauses implements FaultInjection, RunListener {
        private final Random random;
        private final Duration lag;
        private volatile boolean surveyed;

        Pauses(long seed, Duration lag) {
            random = new Random(seed);
            this.lag = lag;
        }

        @Override
        public void surveyed(Survey survey, int expected) {
            surveyed = true;
        }

        @Override
        public void beforeSend() {
            pause();
        }

        @Override
        public void beforeHead() {
            pause();
        }

        void pause() {
            if (surveyed && random.nextInt(4) == 0) {
                Moment.sleep(Duration.ofNanos((long) (random.nextDouble() * 2 * TIMEOUT.toNanos())));
            }
        }

        /** A pause that still leaves a good part of the lag, for what the machine may be slow by itself. */
        void stall() {
            if (surveyed && random.nextInt(20) == 0) {
                Moment.sleep(Duration.ofNanos((long) (random.nextDouble() * lag.toNanos() / 2)));
            }
        }
    }

    /** A right server, held up wherever it may be. */
    private static final class PausingServer extends ToyServer {
        private final Pauses pauses;

        PausingServer(Pauses pauses) {
            this.pauses = pauses;
        }

        @Override
        protected Answer answer(Call call) throws Exception {
            pauses.pause();
            var answer = super.answer(call);
            pauses.pause();
            return answer;
        }

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            pauses.pause();
            return super.serve(call, session);
        }

        @Override
        protected void reap() {
            pauses.stall();
            super.reap();
        }
    }
}
