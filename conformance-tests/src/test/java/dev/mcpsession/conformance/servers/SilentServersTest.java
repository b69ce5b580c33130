package dev.mcpsession.conformance.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.run.RunListener;
import dev.mcpsession.conformance.run.RunResult;
import dev.mcpsession.conformance.run.Survey;
import dev.mcpsession.conformance.run.UnjudgeableException;
import dev.mcpsession.conformance.servers.ToyServer.Answer;
import dev.mcpsession.conformance.servers.ToyServer.Call;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Servers that, once the survey is over, give one and the same answer to everything, or none: no rule may take that for
 * a pass.
 */
class SilentServersTest {

    /** The behaviour of a server from a moment on. */
    private static final class Silence {
        private final CountDownLatch closing = new CountDownLatch(1);
        private final Function<Call, Answer> answer;
        private volatile boolean begun;

        Silence(Function<Call, Answer> answer) {
            this.answer = answer;
        }

        static Silence hanging() {
            return new Silence(null);
        }

        /** How long to wait for an answer: where none comes, not long, and else as long as a busy machine may need. */
        Duration patience() {
            return Duration.ofMillis(answer == null ? 1_500 : 10_000);
        }

        Answer answer(Call call) throws InterruptedException {
            if (answer == null) {
                closing.await();
                return Answer.of(200);
            }
            return answer.apply(call);
        }
    }

    private static final class Legacy extends OwnedToyServer {
        private final Silence silence;

        Legacy(Silence silence) {
            this.silence = silence;
        }

        @Override
        protected Answer answer(Call call) throws Exception {
            return silence.begun ? silence.answer(call) : super.answer(call);
        }
    }

    private static final class Both extends DualToyServer {
        private final Silence silence;

        Both(Silence silence) {
            this.silence = silence;
        }

        @Override
        protected Answer answer(Call call) throws Exception {
            return silence.begun ? silence.answer(call) : super.answer(call);
        }
    }

    static Stream<Arguments> silences() {
        return Stream.<Arguments>of(
                kind("no answer", Silence::hanging),
                kind("a closed connection", () -> new Silence(SilentServersTest::cut)),
                kind("200 without a body", () -> new Silence(call -> Answer.of(200))),
                kind("200 with an empty object", () -> new Silence(call -> Answer.json(200, Json.object()))),
                kind("200 with an empty event stream", () -> new Silence(call -> Answer.stream(""))),
                kind("202", () -> new Silence(call -> Answer.of(202))),
                kind("400", () -> new Silence(call -> Answer.error(400, -32600, "Bad request"))),
                kind("401", () -> new Silence(call -> Answer.of(401))),
                kind("403", () -> new Silence(call -> Answer.of(403))),
                kind("404", () -> new Silence(call -> Answer.error(404, -32001, "Session not found"))),
                kind("405", () -> new Silence(call -> Answer.of(405))),
                kind("500", () -> new Silence(call -> Answer.of(500))),
                kind("503", () -> new Silence(call -> Answer.of(503))));
    }

    private static Arguments kind(String name, Supplier<Silence> silence) {
        return Arguments.of(name, silence);
    }

    private static Answer cut(Call call) {
        try {
            call.exchange().getConnection().close();
            return null;
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("silences")
    void passesNoLegacyRule(String name, Supplier<Silence> silences) throws Exception {
        var silence = silences.get();
        passesNone(silence, ToyServer.launcher(() -> new Legacy(silence)), Revision.V2025_11_25);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("silences")
    void passesNoModernRule(String name, Supplier<Silence> silences) throws Exception {
        var silence = silences.get();
        passesNone(silence, ToyServer.launcher(() -> new Both(silence)), Revision.V2026_07_28);
    }

    private static void passesNone(Silence silence, ServerLauncher launcher, Revision revision) throws Exception {
        try (var server = (ServerLauncher.Serving) launcher.launch(Targets.SETTINGS)) {
            var target = OwnedToyServer.tell(Targets.of("silent", server.uri(), launcher))
                    .patience(silence.patience())
                    .stress(silence.answer != null)
                    .build();
            var run = run(silence, Suite.of(target).revisions(List.of(revision)));
            assertFalse(run.results().isEmpty());
            // Whether a server starts with a setting shows without a request; and a report accuses and acquits of
            // nothing.
            assertEquals(
                    List.of(),
                    run.results().stream()
                            .filter(r -> r.verdict() == Verdict.PASS)
                            .filter(r ->
                                    r.level() != Level.INFO && !r.rule().area().equals("configuration"))
                            .map(r -> r.rule().id())
                            .toList());
            assertEquals(
                    List.of(),
                    run.results().stream()
                            .filter(r -> r.verdict() == Verdict.ERROR)
                            .map(r -> r.rule().id() + ": " + r.summary())
                            .toList());
        } finally {
            silence.closing.countDown();
        }
    }

    private static RunResult run(Silence silence, Suite suite) {
        suite.listener(new RunListener() {
            @Override
            public void surveyed(Survey survey, int expected) {
                silence.begun = true;
            }
        });
        for (int left = 4; ; left--) {
            try {
                return suite.run();
            } catch (UnjudgeableException e) {
                // A busy machine may take longer for the survey than the rules are to wait for an answer that never
                // comes.
                if (left == 0 || silence.begun) {
                    throw e;
                }
            }
        }
    }
}
