package dev.mcpsession.runner.report.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.target.Target;
import dev.mcpsession.runner.report.console.Explanation;
import dev.mcpsession.runner.report.console.Summary;
import dev.mcpsession.runner.report.html.HtmlReport;
import dev.mcpsession.runner.report.machine.JUnitReport;
import dev.mcpsession.runner.report.machine.JsonReport;
import dev.mcpsession.runner.report.markdown.MarkdownReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.text.Screen;
import dev.mcpsession.server.ReferenceServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A real run, and what becomes of it in the reports. */
class ReportsTest {
    private static RunReport run;

    @BeforeAll
    static void judge() {
        try (var server = ReferenceServer.builder().start()) {
            var target = Target.at(URI.create(server.uri() + "?key=hidden-key"))
                    .name("sample")
                    .idleTimeout(Duration.ofSeconds(1))
                    .header("Authorization", "Bearer " + SampleRules.SECRET)
                    .build();
            var result = Suite.of(target)
                    .catalogue(SampleRules.catalogue())
                    .revisions(List.of(Revision.V2025_11_25))
                    .run();
            var reports = new Reports(target);
            run = reports.run(result, reports.target("A sample", false, null, null), null, List.of());
        }
    }

    private static ResultReport result(String rule) {
        return run.results().stream()
                .filter(r -> r.rule().equals(rule))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void holdsNoSecret() {
        var report = Fabricated.report(1, run);
        var screen = new ByteArrayOutputStream();
        var console = new Screen(
                new PrintStream(screen, true, StandardCharsets.UTF_8), StandardCharsets.UTF_8, false, false, 200);
        new Summary(console).head(run.target(), run.spoken(), run.unspoken());
        new Explanation(console).explain(run);
        run.results().forEach(r -> new Explanation(console).exchanges(r, true));
        new Summary(console).tail(run, 1);
        for (var text : List.of(
                JsonReport.write(report),
                JUnitReport.write(report),
                MarkdownReport.write(report),
                HtmlReport.write(report, rule -> java.util.Optional.empty()),
                screen.toString(StandardCharsets.UTF_8))) {
            assertTrue(text.contains("***"), text);
            assertTrue(text.contains("quick/leaks"), text);
            assertFalse(text.contains(SampleRules.SECRET), text);
            assertFalse(text.contains("hidden-key"), text);
        }
    }

    @Test
    void tellsWhatHappened() {
        var leak = result("quick/leaks");
        assertEquals("FAIL", leak.verdict());
        assertEquals("no ***", leak.expectation());
        assertEquals(List.of("the token is ***"), leak.notes());
        assertEquals("ping", leak.decisive().call());
        assertEquals("A", leak.decisive().session());
        assertEquals(
                List.of("initialize", "notifications/initialized", "ping"),
                leak.exchanges().stream().limit(3).map(e -> e.call()).toList());
        assertTrue(leak.curl().contains("-H 'Authorization: ***'"), leak::curl);
        assertTrue(leak.curl().contains("key=***"), leak::curl);
        var last = leak.exchanges().get(leak.exchanges().size() - 1);
        assertEquals("clean-up", last.purpose());
        assertTrue(leak.exchanges().get(0).headAtMs() > leak.exchanges().get(0).sentAtMs());
    }

    @Test
    void cutsLongBodies() {
        var exchange = result("quick/long").exchanges().get(0);
        assertEquals(Reports.LONGEST, exchange.requestBody().text().length());
        assertTrue(exchange.requestBody().cutFrom() > 10_000);
        assertNull(result("quick/leaks").exchanges().get(0).requestBody().cutFrom());
    }

    @Test
    void tellsWhatWasWaitedFor() {
        var wait = result("slow/waits").waits().get(0);
        assertTrue(wait.untilMs() - wait.fromMs() > 40);
        assertEquals("NOT_TESTABLE", result("slow/none").verdict());
        assertEquals(1000L, run.target().idleTimeoutMs());
    }
}
