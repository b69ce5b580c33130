package dev.mcpsession.runner.report.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.report.model.Fabricated;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.RunReport;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SarifReportTest {
    private static JsonNode write(RunReport... runs) throws IOException {
        var report = new Report(Report.FORMAT, new Report.Kit("kit", "1"), Instant.EPOCH, 1, 1, null, List.of(runs));
        var text = new StringWriter();
        SarifReport.write(report, text);
        return new JsonMapper().readTree(text.toString());
    }

    @Test
    void aViolationHasItsRuleAndWhatCame() throws IOException {
        var fail = Fabricated.violation("termination/post-404", "2025-11-25", "MUST", "FAIL");
        var again = Fabricated.violation("termination/post-404", "2025-06-18", "MUST", "FAIL");
        var warn = Fabricated.result("idle/x", "2025-11-25", "SHOULD", "WARN", "late")
                .knownFor("we know");
        var pass = Fabricated.result("idle/y", "2025-11-25", "MUST", "PASS", "");
        var run = write(RunReport.unjudged(Fabricated.target("s"), null, 1)
                        .compared(List.of(fail, again, warn, pass), null))
                .path("runs")
                .get(0);
        var rules = run.path("tool").path("driver").path("rules");
        assertEquals(2, rules.size());
        var results = run.path("results");
        assertEquals(3, results.size());
        for (var result : results) {
            assertEquals(
                    result.path("ruleId").stringValue(),
                    rules.get(result.path("ruleIndex").intValue()).path("id").stringValue());
        }
        assertEquals("error", results.get(0).path("level").stringValue());
        assertEquals("POST", results.get(0).path("webRequest").path("method").stringValue());
        assertEquals(200, results.get(0).path("webResponse").path("statusCode").intValue());
        assertFalse(results.get(0).has("suppressions"));
        assertEquals("warning", results.get(2).path("level").stringValue());
        assertEquals(
                "we know",
                results.get(2).path("suppressions").get(0).path("justification").stringValue());
        var fingerprints = results.valueStream()
                .map(r -> r.path("partialFingerprints").toString())
                .distinct()
                .count();
        assertEquals(3, fingerprints);
    }

    @Test
    void aViolationIsTheSameOneAtAnotherPort() throws IOException {
        var run = Fabricated.run(Fabricated.violation("a/one", "2025-11-25", "MUST", "FAIL"));
        var sarif = write(Fabricated.named("http://127.0.0.1:1/mcp", null, run))
                .path("runs")
                .get(0);
        assertEquals("tiny/", sarif.path("automationDetails").path("id").stringValue());
        var result = sarif.path("results").get(0);
        assertEquals(
                "tiny/a/one/2025-11-25",
                result.path("partialFingerprints").path("target/rule/revision").stringValue());
    }

    /**
     * The parts that SARIF 2.1.0 requires, and their types, as far as the kit writes them. The report stays in
     * target/sarif-reports, where src/browser/test.sh holds it against the schema.
     */
    @Test
    void whatSarifRequiresIsThere() throws IOException {
        var report = new Report(
                Report.FORMAT,
                new Report.Kit("kit", "1"),
                Instant.EPOCH,
                1,
                1,
                null,
                List.of(
                        RunReport.unjudged(Fabricated.target("s"), null, 1)
                                .compared(
                                        List.of(
                                                Fabricated.violation("a/b", "2025-11-25", "MUST", "FAIL"),
                                                Fabricated.violation("a/c", "2025-11-25", "SHOULD", "WARN")
                                                        .knownFor("we know")),
                                        null),
                        Fabricated.unjudged("t", "nothing answers")));
        var text = new StringWriter();
        SarifReport.write(report, text);
        var folder = Files.createDirectories(Path.of("target", "sarif-reports"));
        Files.writeString(folder.resolve("two-servers.sarif"), text.toString());
        var log = new JsonMapper().readTree(text.toString());
        assertEquals("2.1.0", log.path("version").stringValue());
        assertTrue(URI.create(log.path("$schema").stringValue()).isAbsolute());
        assertEquals(2, log.path("runs").size());
        for (var run : log.path("runs")) {
            var driver = run.path("tool").path("driver");
            assertFalse(driver.path("name").stringValue().isEmpty());
            var ids = driver.path("rules")
                    .valueStream()
                    .map(rule -> rule.path("id").stringValue())
                    .toList();
            assertEquals(ids.size(), new HashSet<>(ids).size(), "rules are unique");
            for (var rule : driver.path("rules")) {
                assertTrue(URI.create(rule.path("helpUri").stringValue()).isAbsolute());
                assertFalse(
                        rule.path("shortDescription").path("text").stringValue().isEmpty());
                assertTrue(LEVELS.contains(
                        rule.path("defaultConfiguration").path("level").stringValue()));
            }
            for (var invocation : run.path("invocations")) {
                assertTrue(invocation.path("executionSuccessful").isBoolean());
                Instant.parse(invocation.path("startTimeUtc").stringValue());
            }
            assertTrue(run.path("results").isArray());
            run.path("results").forEach(SarifReportTest::mustBeAResult);
        }
    }

    private static final Set<String> LEVELS = Set.of("none", "note", "warning", "error");

    private static void mustBeAResult(JsonNode result) {
        assertFalse(result.path("message").path("text").stringValue().isEmpty());
        assertTrue(LEVELS.contains(result.path("level").stringValue()));
        assertEquals("fail", result.path("kind").stringValue());
        for (var location : result.path("locations")) {
            var uri = location.path("physicalLocation").path("artifactLocation").path("uri");
            URI.create(uri.stringValue());
        }
        result.path("partialFingerprints").forEach(value -> assertTrue(value.isString()));
        for (var suppression : result.path("suppressions")) {
            assertTrue(Set.of("inSource", "external")
                    .contains(suppression.path("kind").stringValue()));
        }
        for (var side : List.of("webRequest", "webResponse")) {
            result.path(side).path("headers").forEach(value -> assertTrue(value.isString()));
            assertTrue(result.path(side).path("body").path("text").isString());
        }
        assertTrue(result.path("webResponse").path("statusCode").isInt());
    }

    @Test
    void aServerThatCouldNotBeJudgedIsNoSuccess() throws IOException {
        var run =
                write(Fabricated.unjudged("s", "nothing answers")).path("runs").get(0);
        var invocation = run.path("invocations").get(0);
        assertFalse(invocation.path("executionSuccessful").booleanValue());
        assertTrue(invocation.toString().contains("nothing answers"));
    }
}
