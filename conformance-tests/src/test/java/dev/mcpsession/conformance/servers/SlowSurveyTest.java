package dev.mcpsession.conformance.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.http.FaultInjection;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.run.RunListener;
import dev.mcpsession.conformance.run.RunResult;
import dev.mcpsession.conformance.run.Survey;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A machine that is slow takes nothing from what a server offers. Sessions expire between two questions of the survey,
 * or of a rule, and answers come late: then something may not be found out, which is INCONCLUSIVE, but what applies to
 * a server on a quiet machine applies to it on this one.
 */
@Execution(ExecutionMode.CONCURRENT)
class SlowSurveyTest {
    private static final Duration LONGEST = Duration.ofMillis(1_500);

    /** When the machine is slow. */
    private enum Slow {
        NEVER,
        IN_SURVEY,
        AFTER_SURVEY
    }

    /** Pauses of up to three idle timeouts, before a request leaves, is looked at, or is answered. */
    private static final class Pauses implements FaultInjection, RunListener {
        private final Random random;
        private final Slow slow;
        private volatile boolean surveyed;

        Pauses(long seed, Slow slow) {
            random = new Random(seed);
            this.slow = slow;
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
            if (slow == (surveyed ? Slow.AFTER_SURVEY : Slow.IN_SURVEY) && random.nextInt(4) == 0) {
                Moment.sleep(Duration.ofNanos((long) (random.nextDouble() * LONGEST.toNanos())));
            }
        }
    }

    private static final class Pausing extends ResumableToyServer {
        private final Pauses pauses;

        Pausing(Pauses pauses) {
            this.pauses = pauses;
        }

        @Override
        protected Answer answer(Call call) throws Exception {
            pauses.pause();
            var answer = super.answer(call);
            pauses.pause();
            return answer;
        }
    }

    private static RunResult judge(Pauses pauses) {
        try (var server = ToyServer.start(() -> ToyServer.onNodes(3, new Pausing(pauses)), Targets.SETTINGS)) {
            var target = Targets.of("slow", server.uri(), null).concurrency(200);
            server.nodeUris().forEach(target::node);
            return Suite.of(target.build())
                    .select(rule -> rule.requires().contains(Requires.NODES))
                    .faultInjection(pauses)
                    .listener(pauses)
                    .run();
        }
    }

    private static Set<String> having(Verdict verdict, RunResult run) {
        return run.results().stream()
                .filter(r -> r.verdict() == verdict)
                .map(r -> r.rule().id() + " [" + r.revision() + "]")
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void assertTakesNothing(Slow slow, long seed) {
        var applies = having(Verdict.PASS, judge(new Pauses(seed, Slow.NEVER)));
        assertTrue(applies.size() > 20, applies::toString);
        var run = judge(new Pauses(seed, slow));
        assertEquals(
                List.of(),
                run.results().stream()
                        .filter(r -> r.verdict() == Verdict.NOT_APPLICABLE)
                        .filter(r -> applies.contains(r.rule().id() + " [" + r.revision() + "]"))
                        .map(r -> r.rule().id() + " [" + r.revision() + "]: " + r.summary())
                        .toList());
        assertEquals(Set.of(Revision.V2026_07_28), run.survey().unspoken().keySet());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void inTheSurvey(long seed) {
        assertTakesNothing(Slow.IN_SURVEY, seed);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void whileRulesRun(long seed) {
        assertTakesNothing(Slow.AFTER_SURVEY, seed);
    }
}
