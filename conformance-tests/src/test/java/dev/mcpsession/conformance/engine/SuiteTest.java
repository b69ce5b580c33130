package dev.mcpsession.conformance.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.LevelIn;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.run.RunListener;
import dev.mcpsession.conformance.run.RunResult;
import dev.mcpsession.conformance.run.Survey;
import dev.mcpsession.conformance.run.UnjudgeableException;
import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.Target;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;

/** How the suite turns what a rule does into a verdict. */
class SuiteTest {
    private static final Revision NEWEST = Revision.V2025_11_25;

    private static RunResult judge(Class<?> rules, RunListener listener) {
        try (var server = ToyServer.start(ToyServer::new, LaunchSettings.withoutIdleTimeout())) {
            return judge(rules, listener, server);
        }
    }

    private static RunResult judge(Class<?> rules, RunListener listener, ToyServer server) {
        var target = Target.at(server.uri())
                .header("Authorization", "Bearer quite-secret")
                .build();
        return Suite.of(target)
                .catalogue(Catalogue.of(() -> List.of(rules)))
                .listener(listener)
                .run();
    }

    private static RuleResult only(RunResult run, String id) {
        return run.results().stream()
                .filter(r -> r.rule().id().equals(id) && r.revision() == NEWEST)
                .findFirst()
                .orElseThrow();
    }

    static class Plain {
        @Rule(id = "plain/pass", title = "t", level = Level.MUST, source = "s")
        void pass(Client client) {
            client.open().mustBeAlive("now");
        }
    }

    @Test
    void settingsOfTheBuildThatTheSuiteRunsInDoNotReachTheRules() {
        // JUnit would report every rule without running it.
        System.setProperty("junit.platform.execution.dryRun.enabled", "true");
        try {
            assertEquals(
                    Verdict.PASS,
                    only(judge(Plain.class, new RunListener() {}), "plain/pass").verdict());
        } finally {
            System.clearProperty("junit.platform.execution.dryRun.enabled");
        }
    }

    @Test
    void anErrorOfAListenerReachesTheCaller() {
        // JUnit keeps what an engine throws for its own listeners, and the caller would be given no result at all.
        var listener = new RunListener() {
            @Override
            public void surveyed(Survey survey, int expected) {
                throw new AssertionError("not what I expected");
            }
        };
        var error = assertThrows(AssertionError.class, () -> judge(Plain.class, listener));
        assertEquals("not what I expected", error.getMessage());
    }

    static class Crash {
        private static final AtomicReference<ToyServer> SERVER = new AtomicReference<>();

        @Rule(
                id = "crash/ends-the-server",
                title = "t",
                level = Level.MUST,
                source = "s",
                once = true,
                disruptive = true)
        void endsTheServer(Client client) {
            client.open();
            SERVER.get().close();
            for (int i = 0; i < 12; i++) {
                client.plain("GET").send();
            }
        }
    }

    @Test
    void tellsSinceWhenTheServerHasAnsweredNothing() {
        var server = ToyServer.start(ToyServer::new, LaunchSettings.withoutIdleTimeout());
        assertTrue(judge(Plain.class, new RunListener() {}, server).silence().isEmpty());
        Crash.SERVER.set(server);
        var silence = judge(Crash.class, new RunListener() {}, server).silence().orElseThrow();
        assertTrue(silence.requests() >= 12 && silence.since() > 0, silence::toString);
    }

    static class Silent {
        private static final CountDownLatch BEGUN = new CountDownLatch(1);

        @Rule(id = "silent/begins", title = "t", level = Level.MUST, source = "s", once = true)
        void begins(Client client) {
            var session = client.open();
            BEGUN.countDown();
            for (int i = 0; i < 4; i++) {
                client.sendAll(8, n -> session.ping());
            }
            session.ping().send().status();
        }

        @Rule(id = "silent/later", title = "t", level = Level.MUST, source = "s", once = true, disruptive = true)
        void later(Client client) {
            client.open();
        }
    }

    @Test
    void aServerThatAnswersNothingForLongEndsTheRun() {
        var closing = new CountDownLatch(1);
        try (var server = ToyServer.start(
                () -> new ToyServer() {
                    @Override
                    protected Answer answer(Call call) throws Exception {
                        if (Silent.BEGUN.getCount() == 0) {
                            closing.await();
                        }
                        return super.answer(call);
                    }
                },
                LaunchSettings.withoutIdleTimeout())) {
            var run = Suite.of(Target.at(server.uri())
                            .patience(Duration.ofMillis(1_100))
                            .build())
                    .catalogue(Catalogue.of(() -> List.of(Silent.class)))
                    .run();
            assertEquals(Verdict.INCONCLUSIVE, only(run, "silent/begins").verdict());
            assertEquals(Verdict.NOT_RUN, only(run, "silent/later").verdict());
            assertTrue(
                    only(run, "silent/later")
                            .summary()
                            .startsWith("the run ended before: the server answered none of the last "),
                    only(run, "silent/later")::summary);
        } finally {
            closing.countDown();
        }
    }

    static class Outcomes {
        @Rule(id = "outcome/pass", title = "t", level = Level.MUST, source = "s")
        void pass(Client client) {
            client.open().mustBeAlive("now");
        }

        @Rule(id = "outcome/broken", title = "t", level = Level.MUST, source = "s")
        void broken(Client client) {
            client.open().ping().send().mustHaveStatus(418, "always");
        }

        @Rule(
                id = "outcome/broken-should",
                title = "t",
                level = Level.SHOULD,
                source = "s",
                levels = @LevelIn(revision = Revision.V2025_03_26, level = Level.MUST))
        void brokenShould(Client client) {
            client.open().ping().send().mustHaveStatus(418, "always");
        }

        @Rule(id = "outcome/info", title = "t", level = Level.INFO, source = "s")
        void info(Client client) {
            client.open().ping().send().mustHaveStatus(418, "always");
        }

        @Rule(id = "outcome/other-assertion", title = "t", level = Level.CONTRACT, source = "s")
        void otherAssertion(Client client) {
            client.open();
            throw new AssertionError("of another library");
        }

        @Rule(id = "outcome/own-fault", title = "t", level = Level.MUST, source = "s")
        void ownFault(Client client) {
            throw new IllegalStateException("mine");
        }

        @Rule(id = "outcome/saw-nothing", title = "t", level = Level.MUST, source = "s")
        void sawNothing(Client client) {
            client.nextId();
        }

        @Rule(
                id = "outcome/not-told",
                title = "t",
                level = Level.MUST,
                source = "s",
                requires = {Requires.SESSIONS, Requires.IDLE_TIMEOUT})
        void notTold(Client client) {
            client.open();
        }

        @Rule(id = "outcome/not-offered", title = "t", level = Level.MUST, source = "s", requires = Requires.EVENT_IDS)
        void notOffered(Client client) {
            client.open();
        }

        @Rule(id = "outcome/once", title = "t", level = Level.MUST, source = "s", once = true)
        void once(Client client) {
            client.open();
        }
    }

    @Test
    void aFailureInABuildSaysWhatCameAndHowToSeeItAgain() {
        var run = judge(Outcomes.class, new RunListener() {});
        var failure = assertThrows(
                AssertionFailedError.class,
                () -> VerdictResult.check(only(run, "outcome/broken"), Optional.of(run.target())));

        var message = failure.getMessage();
        assertTrue(
                message.startsWith("outcome/broken [2025-11-25]: t: expected status 418 always, but got 200"), message);
        assertTrue(message.contains("\n  repeat: curl -i " + run.target().uri()), message);
        assertTrue(message.endsWith("\n  more: mcp-session-conformance explain outcome/broken"), message);
        assertEquals(0, failure.getStackTrace().length);
    }

    @Test
    void aFailureOfAClientHasNoCommandThatRepeatsIt() {
        var run = judge(Outcomes.class, new RunListener() {});
        var failure = assertThrows(
                AssertionFailedError.class, () -> VerdictResult.check(only(run, "outcome/broken"), Optional.empty()));

        assertTrue(failure.getMessage().startsWith("outcome/broken [2025-11-25]: "), failure::getMessage);
        assertFalse(failure.getMessage().contains("curl"), failure::getMessage);
        assertEquals(0, failure.getStackTrace().length);
    }

    /** Surefire takes the name of a dynamic test that has a source of its own from what is displayed. */
    @Test
    void aTestInABuildIsNamedAfterItsRuleAndRevision() {
        var run = judge(Outcomes.class, new RunListener() {});
        var tests = JupiterTests.of(run.results(), Optional.of(run.target()))
                .flatMap(area -> ((DynamicContainer) area).getChildren())
                .flatMap(rule -> ((DynamicContainer) rule).getChildren())
                .toList();

        var names = tests.stream().map(DynamicNode::getDisplayName).toList();
        assertTrue(names.contains("outcome/broken [2025-11-25]"), names::toString);
        assertEquals(names.size(), Set.copyOf(names).size());
        assertTrue(tests.stream().allMatch(test -> test.getTestSourceUri().isPresent()));
    }

    @Test
    void testsOfWhichNoneWasJudgedAreNone() {
        var run = judge(Outcomes.class, new RunListener() {});
        for (var results : List.of(List.<RuleResult>of(), List.of(only(run, "outcome/not-told")))) {
            var failure =
                    assertThrows(UnjudgeableException.class, () -> JupiterTests.of(results, Optional.of(run.target())));
            assertTrue(failure.getMessage().startsWith("nothing was judged: "), failure::getMessage);
        }
        assertEquals(
                1,
                JupiterTests.of(List.of(only(run, "outcome/info")), Optional.of(run.target()))
                        .count());
    }

    @Test
    void verdictsFollowFromWhatTheRuleThrows() {
        var run = judge(Outcomes.class, new RunListener() {});

        assertEquals(Verdict.PASS, only(run, "outcome/pass").verdict());
        assertEquals(Verdict.FAIL, only(run, "outcome/broken").verdict());
        assertTrue(only(run, "outcome/broken").summary().startsWith("expected status 418 always, but got 200"));
        assertEquals(
                "POST", only(run, "outcome/broken").evidence().orElseThrow().method());
        assertEquals(Verdict.WARN, only(run, "outcome/broken-should").verdict());
        assertEquals(Verdict.PASS, only(run, "outcome/info").verdict());
        assertTrue(only(run, "outcome/info").notes().get(0).contains("418"));
        assertEquals(Verdict.FAIL, only(run, "outcome/other-assertion").verdict());
        assertEquals(Verdict.ERROR, only(run, "outcome/own-fault").verdict());
        assertTrue(only(run, "outcome/own-fault").summary().contains("mine"));
        assertEquals(Verdict.INCONCLUSIVE, only(run, "outcome/saw-nothing").verdict());
        assertEquals(Verdict.NOT_TESTABLE, only(run, "outcome/not-told").verdict());
        assertTrue(only(run, "outcome/not-told").summary().contains("--idle-timeout"));
        assertEquals(Verdict.NOT_APPLICABLE, only(run, "outcome/not-offered").verdict());
        assertEquals(
                1,
                run.results().stream()
                        .filter(r -> r.rule().id().equals("outcome/once"))
                        .count());
        // A level that differs in one revision gives another verdict there.
        assertEquals(
                Map.of(Revision.V2025_03_26, Verdict.FAIL, Revision.V2025_06_18, Verdict.WARN, NEWEST, Verdict.WARN),
                run.results().stream()
                        .filter(r -> r.rule().id().equals("outcome/broken-should"))
                        .collect(java.util.stream.Collectors.toMap(RuleResult::revision, RuleResult::verdict)));
    }

    static class Suspicions {
        static final AtomicInteger FIRST_ONLY = new AtomicInteger();
        static final AtomicInteger SOMETIMES = new AtomicInteger();

        private static void suspect(Client client, boolean seen) {
            var exchange = client.open().ping().send();
            if (seen) {
                throw new Suspicion("this", "that was seen", exchange);
            }
        }

        @Rule(id = "suspicion/always", title = "t", level = Level.MUST, source = "s", since = Revision.V2025_06_18)
        void always(Client client) {
            suspect(client, true);
        }

        @Rule(id = "suspicion/first-only", title = "t", level = Level.MUST, source = "s", since = Revision.V2025_11_25)
        void firstOnly(Client client) {
            suspect(client, FIRST_ONLY.getAndIncrement() == 0);
        }

        @Rule(id = "suspicion/sometimes", title = "t", level = Level.MUST, source = "s", since = Revision.V2025_11_25)
        void sometimes(Client client) {
            suspect(client, SOMETIMES.getAndIncrement() % 2 == 0);
        }
    }

    @Test
    void whatIsOnlySuspectedIsConfirmedAlone() {
        var confirmed = new ConcurrentLinkedQueue<String>();
        Suspicions.FIRST_ONLY.set(0);
        Suspicions.SOMETIMES.set(0);
        var run = judge(Suspicions.class, new RunListener() {
            @Override
            public void confirming(dev.mcpsession.conformance.rule.RuleInfo rule, Revision revision) {
                confirmed.add(rule.id() + " " + revision);
            }
        });

        assertEquals(Verdict.FAIL, only(run, "suspicion/always").verdict());
        assertTrue(only(run, "suspicion/always").notes().toString().contains("seen every time"));
        var older = run.results().stream()
                .filter(r -> r.rule().id().equals("suspicion/always") && r.revision() == Revision.V2025_06_18)
                .findFirst()
                .orElseThrow();
        assertEquals(Verdict.FAIL, older.verdict());
        assertTrue(older.notes().toString().contains("confirmed in 2025-11-25"));
        assertFalse(confirmed.contains("suspicion/always 2025-06-18"), "repeated although confirmed elsewhere");

        assertEquals(Verdict.PASS, only(run, "suspicion/first-only").verdict());
        assertTrue(only(run, "suspicion/first-only").notes().toString().contains("not when the rule ran alone"));
        assertEquals(Verdict.INCONCLUSIVE, only(run, "suspicion/sometimes").verdict());
    }

    @Test
    void aServerThatEndsSessionsOnItsOwnIsNotAccused() {
        // The control is a session that nothing is done to: here it dies too.
        try (var server = ToyServer.start(
                () -> new ToyServer() {
                    @Override
                    protected ToySession find(Call call) {
                        var session = super.find(call);
                        return call.called().equals("ping") ? null : session;
                    }
                },
                LaunchSettings.withoutIdleTimeout())) {
            var run = judge(Suspicions.class, new RunListener() {}, server);
            assertEquals(Verdict.INCONCLUSIVE, only(run, "suspicion/always").verdict());
            assertTrue(only(run, "suspicion/always").summary().contains("may have another cause"));
        }
    }

    /** One rule that sees nothing beside others, and more undecided ones than are tried again one by one. */
    static class Hidden {
        static final AtomicInteger AT_WORK = new AtomicInteger();
        static final AtomicInteger ATTEMPTS = new AtomicInteger();

        @Rule(
                id = "hidden/sees-nothing-beside-others",
                title = "t",
                level = Level.MUST,
                source = "s",
                once = true,
                retriedAlone = true)
        void hidden(Client client) {
            client.open();
            if (ATTEMPTS.incrementAndGet() == 1 || AT_WORK.get() > 0) {
                throw RuleAbortedException.inconclusive("others may have been at work");
            }
        }

        @Rule(id = "hidden/open-a", title = "t", level = Level.MUST, source = "s")
        void openA(Client client) {
            undecided(client);
        }

        @Rule(id = "hidden/open-b", title = "t", level = Level.MUST, source = "s")
        void openB(Client client) {
            undecided(client);
        }

        @Rule(id = "hidden/open-c", title = "t", level = Level.MUST, source = "s")
        void openC(Client client) {
            undecided(client);
        }

        @Rule(id = "hidden/open-d", title = "t", level = Level.MUST, source = "s")
        void openD(Client client) {
            undecided(client);
        }

        @Rule(id = "hidden/open-e", title = "t", level = Level.MUST, source = "s")
        void openE(Client client) {
            undecided(client);
        }

        private static void undecided(Client client) {
            AT_WORK.incrementAndGet();
            try {
                client.open();
                client.pause(Duration.ofMillis(20));
                throw RuleAbortedException.inconclusive("nothing can be said");
            } finally {
                AT_WORK.decrementAndGet();
            }
        }
    }

    @Test
    void whatSeesNothingBesideOthersIsTriedAloneHoweverManyAreOpen() {
        Hidden.ATTEMPTS.set(0);
        var run = judge(Hidden.class, new RunListener() {});

        assertEquals(
                Verdict.PASS, only(run, "hidden/sees-nothing-beside-others").verdict());
        assertEquals(
                15,
                run.results().stream()
                        .filter(r -> r.verdict() == Verdict.INCONCLUSIVE)
                        .count());
    }

    static class Disruptive {
        @Rule(
                id = "disruptive/wrecks",
                title = "t",
                level = Level.ADVICE,
                source = "s",
                disruptive = true,
                since = Revision.V2025_11_25)
        void wrecks(Client client) {
            client.plain("POST").body("wreck").send().status();
        }

        @Rule(id = "disruptive/before", title = "t", level = Level.MUST, source = "s", since = Revision.V2025_11_25)
        void before(Client client) {
            client.open();
        }
    }

    @Test
    void aDisruptiveRuleRunsLastAndTheServerMustServeOn() {
        try (var server = ToyServer.start(
                () -> new ToyServer() {
                    private volatile boolean wrecked;

                    @Override
                    protected Answer post(Call call) throws Exception {
                        wrecked |= call.body().equals("wreck");
                        return wrecked ? Answer.of(500) : super.post(call);
                    }
                },
                LaunchSettings.withoutIdleTimeout())) {
            var run = judge(Disruptive.class, new RunListener() {}, server);
            assertEquals(Verdict.PASS, only(run, "disruptive/before").verdict());
            assertEquals(Verdict.WARN, only(run, "disruptive/wrecks").verdict());
            assertTrue(only(run, "disruptive/wrecks").summary().contains("no longer serves"));
        }
    }

    static class Gone {
        private static final AtomicReference<ToyServer> SERVER = new AtomicReference<>();

        @Rule(id = "gone/goes", title = "t", level = Level.MUST, source = "s", once = true)
        void goes(Client client) {
            client.open();
            SERVER.get().close();
        }

        @Rule(id = "gone/wrecks", title = "t", level = Level.MUST, source = "s", once = true, disruptive = true)
        void wrecks(Client client) {
            client.plain("POST").body("wreck").send().status();
        }
    }

    @Test
    void aDisruptiveRuleIsNotBlamedForAServerThatWasGoneBefore() {
        var server = ToyServer.start(ToyServer::new, LaunchSettings.withoutIdleTimeout());
        Gone.SERVER.set(server);
        var run = judge(Gone.class, new RunListener() {}, server);
        assertEquals(Verdict.NOT_RUN, only(run, "gone/wrecks").verdict());
        assertTrue(
                only(run, "gone/wrecks")
                        .summary()
                        .startsWith("the run ended before: the server stopped answering after "),
                only(run, "gone/wrecks")::summary);
    }

    static class Manners {
        @Rule(id = "manners/leaves-sessions-and-streams", title = "t", level = Level.MUST, source = "s", sessions = 3)
        void leaves(Client client) {
            var sessions = client.open(3);
            sessions.get(0).get().open();
        }
    }

    @Test
    void nothingIsLeftOnTheServer() {
        try (var server = ToyServer.start(ToyServer::new, LaunchSettings.withoutIdleTimeout())) {
            var run = judge(Manners.class, new RunListener() {}, server);
            assertEquals(run.results().size(), run.count(Verdict.PASS));
            assertEquals(0, server.openSessions(), "sessions left open");
        }
    }

    @Test
    void secretsAreMasked() {
        var run = judge(Outcomes.class, new RunListener() {});
        var sent = run.results().stream()
                .flatMap(r -> r.transcript().entries().stream())
                .flatMap(e -> e.exchange().requestHeaders().stream())
                .toList();
        assertTrue(sent.stream()
                .anyMatch(h -> h.name().equals("Authorization") && h.value().equals("***")));
        assertFalse(sent.toString().contains("quite-secret"));
    }

    @Test
    void aCancelledRunSaysWhatWasNotRun() {
        try (var server = ToyServer.start(ToyServer::new, LaunchSettings.withoutIdleTimeout())) {
            var suite =
                    Suite.of(Target.at(server.uri()).build()).catalogue(Catalogue.of(() -> List.of(Outcomes.class)));
            suite.cancel("enough was seen");
            var run = suite.run();
            assertEquals(
                    java.util.Set.of(Verdict.NOT_RUN),
                    run.results().stream().map(RuleResult::verdict).collect(java.util.stream.Collectors.toSet()));
            assertEquals(
                    "the run ended before: enough was seen",
                    run.results().get(0).summary());
        }
    }

    static class Endless {
        @Rule(id = "endless/waits", title = "t", level = Level.MUST, source = "s", sessions = 2, once = true)
        void waits(Client client) {
            client.open(2);
            client.pause(Duration.ofDays(1));
        }

        @Rule(id = "endless/listens", title = "t", level = Level.MUST, source = "s", once = true)
        void listens(Client client) {
            client.open().get().open().await(() -> false, Duration.ofDays(1));
        }

        @Rule(id = "endless/accuses-when-interrupted", title = "t", level = Level.MUST, source = "s", once = true)
        void accuses(Client client) {
            var session = client.open();
            try {
                client.pause(Duration.ofDays(1));
            } catch (RuleAbortedException e) {
                throw new Violation("this to last", "it did not", session.opening());
            }
        }

        @Rule(id = "endless/not", title = "t", level = Level.MUST, source = "s", once = true)
        void ends(Client client) {
            client.open();
        }

        @Rule(id = "endless/suspects", title = "t", level = Level.MUST, source = "s", once = true)
        void suspects(Client client) {
            throw new Suspicion("this", "that was seen", client.open().opening());
        }
    }

    @Test
    void rulesAtWorkAreInterruptedAndCleanUp() {
        try (var server = ToyServer.start(ToyServer::new, LaunchSettings.withoutIdleTimeout())) {
            var suite = Suite.of(Target.at(server.uri()).build()).catalogue(Catalogue.of(() -> List.of(Endless.class)));
            var atWork = new CountDownLatch(3);
            var over = new CountDownLatch(1);
            suite.listener(new RunListener() {
                @Override
                public void waiting(
                        dev.mcpsession.conformance.rule.RuleInfo rule, Revision revision, String why, Duration span) {
                    atWork.countDown();
                }

                @Override
                public void finished(RuleResult result) {
                    if (result.rule().id().equals("endless/not")) {
                        over.countDown();
                    }
                }

                @Override
                public void started(dev.mcpsession.conformance.rule.RuleInfo rule, Revision revision) {
                    if (rule.id().equals("endless/listens")) {
                        atWork.countDown();
                    }
                }
            });
            var run = CompletableFuture.supplyAsync(suite::run);
            await(atWork);
            await(over);
            suite.cancel("enough was seen");
            var result = run.orTimeout(30, TimeUnit.SECONDS).join();
            for (var id : List.of("endless/waits", "endless/listens", "endless/accuses-when-interrupted")) {
                assertEquals(Verdict.NOT_RUN, only(result, id).verdict());
                assertEquals(
                        "the run ended while the rule was at work: enough was seen",
                        only(result, id).summary());
            }
            assertEquals(Verdict.PASS, only(result, "endless/not").verdict());
            // It may have had its turn, or be at work, or not have begun; it is accused of nothing.
            assertTrue(Set.of(Verdict.NOT_RUN, Verdict.INCONCLUSIVE)
                    .contains(only(result, "endless/suspects").verdict()));
            assertTrue(
                    only(result, "endless/suspects").summary().endsWith("enough was seen"),
                    () -> only(result, "endless/suspects").summary());
            assertEquals(0, server.openSessions(), "sessions left open");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aSurveyIsEndedToo() throws Exception {
        try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            var target = Target.at(URI.create("http://127.0.0.1:" + silent.getLocalPort() + "/mcp"))
                    .patience(Duration.ofMinutes(5))
                    .build();
            var suite = Suite.of(target).catalogue(Catalogue.of(() -> List.of(Endless.class)));
            var run = CompletableFuture.supplyAsync(suite::run);
            try (var held = silent.accept()) {
                suite.cancel("enough was seen");
                var ended = assertThrows(
                        CompletionException.class,
                        () -> run.orTimeout(30, TimeUnit.SECONDS).join());
                assertTrue(ended.getCause() instanceof UnjudgeableException, ended::toString);
                assertTrue(
                        ended.getCause().getMessage().endsWith("since the run ended before: enough was seen."),
                        ended::toString);
            }
        }
    }
}
