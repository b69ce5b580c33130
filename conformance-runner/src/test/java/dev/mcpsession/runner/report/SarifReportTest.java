package dev.mcpsession.runner.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.report.Report.RunReport;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
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
    void aServerThatCouldNotBeJudgedIsNoSuccess() throws IOException {
        var run =
                write(Fabricated.unjudged("s", "nothing answers")).path("runs").get(0);
        var invocation = run.path("invocations").get(0);
        assertFalse(invocation.path("executionSuccessful").booleanValue());
        assertTrue(invocation.toString().contains("nothing answers"));
    }
}
