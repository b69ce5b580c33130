package dev.mcpsession.conformance.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The engine as an IDE or a build tool meets it: found by the platform, told of its target by parameters. */
class ConformanceEngineTest {
    /** A target that is started when it is asked for, and closed with the run. */
    public static final class ToyTarget implements Supplier<Target>, AutoCloseable {
        static final AtomicInteger CLOSED = new AtomicInteger();
        private ToyServer server;

        @Override
        public Target get() {
            server = ToyServer.start(ToyServer::new, LaunchSettings.withoutIdleTimeout());
            return Target.at(server.uri()).build();
        }

        @Override
        public void close() {
            CLOSED.incrementAndGet();
            server.close();
        }
    }

    /** Takes down the fate of each test. */
    private static final class Fates implements TestExecutionListener {
        private final Map<String, String> tests = new TreeMap<>();
        private final List<String> containers = new ArrayList<>();

        @Override
        public synchronized void executionSkipped(TestIdentifier test, String reason) {
            tests.put(test.getDisplayName(), "skipped: " + reason);
        }

        @Override
        public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (test.isTest()) {
                tests.put(
                        test.getDisplayName(),
                        result.getStatus()
                                + result.getThrowable()
                                        .map(t -> ": " + t.getMessage())
                                        .orElse(""));
            } else {
                containers.add(test.getDisplayName());
            }
        }
    }

    private static Fates run(Map<String, String> parameters, String... uniqueIds) {
        var fates = new Fates();
        run(parameters, fates, uniqueIds);
        return fates;
    }

    private static void run(Map<String, String> parameters, TestExecutionListener listener, String... uniqueIds) {
        var request = LauncherDiscoveryRequestBuilder.request()
                .filters(EngineFilter.includeEngines(ConformanceEngine.ID))
                .enableImplicitConfigurationParameters(false)
                .configurationParameters(parameters);
        if (uniqueIds.length == 0) {
            request.selectors(DiscoverySelectors.selectClass(ConformanceEngineTest.class));
        }
        for (var id : uniqueIds) {
            request.selectors(DiscoverySelectors.selectUniqueId(id));
        }
        LauncherFactory.create().execute(request.build(), listener);
    }

    @Test
    void reportsEachRuleAndRevision() {
        int closed = ToyTarget.CLOSED.get();
        var fates = run(Map.of(
                EngineParameters.TARGET,
                ToyTarget.class.getName(),
                EngineParameters.RULES,
                "assignment/id-*, ping-extends, modern/discover"));
        assertEquals("SUCCESSFUL", fates.tests.get("assignment/id-unique [2025-11-25]"));
        var idle = fates.tests.get("idle/ping-extends [2025-11-25]");
        assertTrue(
                idle.startsWith("ABORTED: idle/ping-extends [2025-11-25]: NOT_TESTABLE: ")
                        && idle.contains("--idle-timeout"),
                idle);
        assertTrue(
                fates.tests
                        .get("modern/discover [2026-07-28]")
                        .startsWith("skipped: the server does not speak 2026-07-28: "),
                fates.tests::toString);
        assertTrue(fates.containers.contains("assignment"), fates.containers::toString);
        assertEquals(closed + 1, ToyTarget.CLOSED.get());
    }

    @Test
    void runsTheTestThatAnIdeNames() {
        var fates = run(
                Map.of(EngineParameters.TARGET, ToyTarget.class.getName()),
                "[engine:mcp-session-conformance]/[class:" + ConformanceEngine.class.getName()
                        + "]/[area:transport]/[rule:ping-answered]");
        assertEquals(
                Map.of(
                        "transport/ping-answered [2025-03-26]",
                        "SUCCESSFUL",
                        "transport/ping-answered [2025-06-18]",
                        "SUCCESSFUL",
                        "transport/ping-answered [2025-11-25]",
                        "SUCCESSFUL"),
                fates.tests);
    }

    @Test
    void eachTestIsBelowAClassThatTheEngineStartsBeforeItAndEndsAfterIt() {
        var order = new ArrayList<String>();
        var orphans = new ArrayList<String>();
        run(
                Map.of(
                        EngineParameters.TARGET,
                        ToyTarget.class.getName(),
                        EngineParameters.RULES,
                        "id-unique,transport/ping-*"),
                new TestExecutionListener() {
                    private TestPlan plan;

                    @Override
                    public void testPlanExecutionStarted(TestPlan plan) {
                        this.plan = plan;
                    }

                    private Optional<String> type(TestIdentifier test) {
                        return test.getSource()
                                .filter(ClassSource.class::isInstance)
                                .map(source -> ((ClassSource) source).getClassName());
                    }

                    @Override
                    public synchronized void executionStarted(TestIdentifier test) {
                        order.add((type(test).isPresent() ? "class " : "") + test.getType() + " starts");
                        var above = Stream.iterate(
                                        plan.getParent(test), Optional::isPresent, t -> t.flatMap(plan::getParent))
                                .flatMap(Optional::stream);
                        if (test.isTest()
                                && above.flatMap(t -> type(t).stream())
                                        .findAny()
                                        .isEmpty()) {
                            orphans.add(test.getDisplayName());
                        }
                    }

                    @Override
                    public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
                        order.add((type(test).isPresent() ? "class " : "") + test.getType() + " ends");
                    }
                });
        assertEquals(List.of(), orphans);
        assertTrue(order.contains("TEST starts"), order::toString);
        assertEquals("class CONTAINER starts", order.get(1), order::toString);
        assertEquals("class CONTAINER ends", order.get(order.size() - 2), order::toString);
    }

    @Test
    void failsWhereNothingWasJudged() {
        var failures = new ArrayList<String>();
        var listener = new TestExecutionListener() {
            @Override
            public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (result.getStatus() == TestExecutionResult.Status.FAILED) {
                    failures.add(test.getDisplayName() + ": "
                            + result.getThrowable().orElseThrow().getMessage());
                }
            }
        };
        var parameters =
                Map.of(EngineParameters.TARGET, ToyTarget.class.getName(), EngineParameters.RULES, "ping-extends");
        run(parameters, listener);
        assertEquals(1, failures.size(), failures::toString);
        assertTrue(
                failures.get(0)
                        .startsWith("MCP session conformance: nothing was judged: idle/ping-extends [2025-11-25]: "),
                failures::toString);
        failures.clear();
        run(
                parameters,
                listener,
                "[engine:mcp-session-conformance]/[class:" + ConformanceEngine.class.getName()
                        + "]/[area:idle]/[rule:ping-extends]");
        assertEquals(List.of(), failures);
    }

    @Test
    void hasNoTestsWithoutATarget() {
        assertEquals(Map.of(), run(Map.of()).tests);
    }

    @Test
    void aTargetThatCannotBeReachedFailsTheEngine() {
        var fates =
                run(Map.of(EngineParameters.TARGET, "http://127.0.0.1:1/mcp", EngineParameters.RULES, "assignment/*"));
        assertEquals(Map.of(), fates.tests);
        assertEquals(List.of("MCP session conformance"), fates.containers);
    }
}
