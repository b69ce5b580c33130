package dev.mcpsession.conformance.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
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
        var fates = new Fates();
        LauncherFactory.create().execute(request.build(), fates);
        return fates;
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
        assertTrue(idle.startsWith("ABORTED: NOT_TESTABLE: ") && idle.contains("--idle-timeout"), idle);
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
                "[engine:mcp-session-conformance]/[area:transport]/[rule:ping-answered]");
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
