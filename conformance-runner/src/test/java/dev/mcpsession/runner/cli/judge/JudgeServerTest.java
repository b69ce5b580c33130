package dev.mcpsession.runner.cli.judge;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.report.model.Fabricated;
import dev.mcpsession.runner.report.model.Report.RunReport;
import org.junit.jupiter.api.Test;

class JudgeServerTest {
    private static RunReport run(String verdict) {
        return Fabricated.run(
                Fabricated.result("idle/a", "2025-11-25", "MUST", "PASS", ""),
                Fabricated.result("idle/b", "2025-11-25", "MUST", verdict, "so it came"));
    }

    @Test
    void aRunIsCutShortWhereRulesWereNotRunOrTheServerDied() {
        assertFalse(JudgeServer.isCutShort(run("FAIL")));
        assertTrue(JudgeServer.isCutShort(run("NOT_RUN")));
        assertTrue(JudgeServer.isCutShort(
                run("INCONCLUSIVE").noting("The server answered none of the last 9 requests, from 3 s on: it hangs.")));
    }
}
