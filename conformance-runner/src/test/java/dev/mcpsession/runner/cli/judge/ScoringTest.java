package dev.mcpsession.runner.cli.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.FrozenCatalogue;
import dev.mcpsession.conformance.rules.CoreRules;
import dev.mcpsession.runner.baseline.Comparison;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScoringTest {
    private static ResultReport result(String rule, String level, String verdict) {
        return new ResultReport(
                rule,
                rule.split("/")[0],
                "t",
                level,
                "s",
                "2025-11-25",
                verdict,
                "",
                null,
                null,
                null,
                List.of(),
                0,
                0,
                null,
                null,
                List.of(),
                List.of());
    }

    private final Scoring scoring = new Scoring("1.0");

    @Test
    void aRuleCountsAtTheLevelThatItHadThen() {
        // It is a MUST in catalogue 1.0.
        assertEquals(
                "FAIL",
                scoring.apply(result("termination/post-404", "SHOULD", "WARN")).verdict());
        assertEquals(
                "MUST",
                scoring.apply(result("termination/post-404", "SHOULD", "WARN")).level());
        assertEquals(
                "PASS",
                scoring.apply(result("termination/post-404", "SHOULD", "PASS")).verdict());
        var same = result("termination/post-404", "MUST", "FAIL");
        assertEquals(same, scoring.apply(same));
    }

    @Test
    void aNewerRuleIsShownAndDoesNotCount() {
        var empty = new Scoring(new FrozenCatalogue("0.9", Map.of()));
        for (var verdict : List.of("FAIL", "WARN", "INCONCLUSIVE", "ERROR", "NOT_RUN")) {
            var result = empty.apply(result("termination/post-404", "MUST", verdict));
            assertEquals(verdict, result.verdict());
            assertEquals("newer than catalogue 0.9, so it does not count", result.known());
            assertEquals(0, Comparison.exitStatus(run(result)));
        }
        assertNull(empty.apply(result("termination/post-404", "MUST", "PASS")).known());
        assertEquals(1, Comparison.exitStatus(run(empty.apply(result("mine/own", "MUST", "FAIL")))));
        assertEquals(
                Optional.of("Judged by catalogue 0.9; newer than that, and not counted: 1 rule."),
                empty.note(Catalogue.of(new CoreRules()).find("termination/post-404").stream()
                        .toList()));
    }

    private static RunReport run(ResultReport result) {
        return new RunReport(
                null, List.of(), List.of(), 0, Map.of(), List.of(result), null, null, List.of(), null, null);
    }

    @Test
    void rulesOfOthersAlwaysCount() {
        assertNull(scoring.apply(result("mine/own", "MUST", "FAIL")).known());
    }

    @Test
    void withoutACatalogueEverythingCounts() {
        var all = new Scoring((FrozenCatalogue) null);
        assertEquals(
                "WARN",
                all.apply(result("termination/post-404", "SHOULD", "WARN")).verdict());
        assertEquals(Optional.empty(), all.note(List.of()));
    }
}
