package dev.mcpsession.runner.report.markdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.report.html.HtmlReport;
import dev.mcpsession.runner.report.model.Fabricated;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.BaselineReport;
import dev.mcpsession.runner.report.model.Report.DifferenceReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MarkdownReportTest {
    private static String write(RunReport... runs) {
        return MarkdownReport.write(Fabricated.report(1, runs));
    }

    @Test
    void tellsTheOutcomeAndWhatItRestsOn() {
        var text = write(Fabricated.run(
                        Fabricated.violation("idle/reaped-post-404", "2025-06-18", "CONTRACT", "FAIL"),
                        Fabricated.violation("idle/reaped-post-404", "2025-11-25", "CONTRACT", "FAIL"),
                        Fabricated.result("idle/other", "2025-11-25", "MUST", "PASS", ""),
                        Fabricated.result("idle/open", "2025-11-25", "MUST", "INCONCLUSIVE", "the machine was slow"))
                .closed(1));
        assertTrue(text.startsWith("""

                ## MCP session conformance: A tiny server

                ❌ **Does not conform**: 1 rule broken (3 rules, 4 verdicts, 4.32 s).

                <code>http\\://127.0.0.1:1/mcp</code>, idle timeout 1 s, lag 250 ms; speaks 2025-06-18, 2025-11-25

                #### What is broken

                * ❌ `idle/reaped-post-404`: expected status 404 after it, but got 200

                | level | ✅ pass | ❌ FAIL | ❔ inconclusive |
                | --- | ---: | ---: | ---: |
                | MUST | 1 | 0 | 1 |
                | CONTRACT | 0 | 2 | 0 |
                """), text);
        assertTrue(
                text.contains("| ❌ FAIL | `idle/reaped-post-404` | CONTRACT | 2025-06-18<br>2025-11-25 | "
                        + "status 404 after it | got 200 |\n"),
                text);
        assertTrue(
                text.contains("| ❔ inconclusive | `idle/open` | MUST | 2025-11-25 | the machine was slow |\n"), text);
        assertTrue(text.contains("""
                <details><summary>❌ <code>idle/reaped-post-404</code> What must hold of idle/reaped-post-404</summary>

                CONTRACT, session contract, point 3

                * expected status 404 after it
                * but got 200
                * note: seen every time

                In 2025-11-25:

                ```text
                    1 ms  A  POST initialize  → 200, result  after 3 ms
                   10 ms     … 1.25 s let pass for session A
                  1.26 s  A  POST ping        → 200, result in an event stream  after 2 ms ◀
                ```

                To repeat it:

                ```sh
                curl -i http://127.0.0.1:1/mcp -H 'Authorization: ***' -H 'Mcp-Session-Id: abc' \
                --data-raw '{"method":"ping"}'
                ```

                </details>
                """), text);
        assertFalse(text.contains("idle/other"), text);
    }

    @Test
    void tellsWhatTheBaselineSays() {
        var run = Fabricated.run(
                Fabricated.violation("a/known", "2025-11-25", "MUST", "FAIL").knownFor("fixed | soon"),
                Fabricated.result("a/one", "2025-11-25", "MUST", "PASS", ""));
        var text = write(run.compared(
                        run.results(),
                        new BaselineReport(
                                "b.json",
                                1,
                                List.of(new DifferenceReport(
                                        "stale", "a/one", "2025-11-25", "FAIL", "PASS", "a/one is PASS now"))))
                .closed(1));
        assertTrue(
                text.contains(
                        "Not as recorded in <code>b.json</code>: 1 known verdict, 1 difference.\n\n* a/one is PASS "
                                + "now\n"),
                text);
        assertTrue(text.contains("| ❌ FAIL | `a/known` | 2025-11-25 | fixed \\| soon |\n"), text);
        assertFalse(text.contains("#### Violations"), text);
    }

    @Test
    void comparesServers() {
        var one = Fabricated.run(
                        Fabricated.result("a/both", "2025-11-25", "MUST", "FAIL", "x"),
                        Fabricated.result("a/one", "2025-06-18", "MUST", "FAIL", "x"),
                        Fabricated.result("a/one", "2025-11-25", "MUST", "PASS", ""),
                        Fabricated.result("a/none", "2025-11-25", "MUST", "PASS", ""))
                .closed(1);
        var other = Fabricated.run(
                        Fabricated.result("a/both", "2025-11-25", "MUST", "FAIL", "x")
                                .knownFor("so be it"),
                        Fabricated.result("a/none", "2025-11-25", "MUST", "PASS", ""))
                .closed(0);
        var text = write(one, other);
        assertTrue(
                text.contains("| rule | tiny | tiny |\n| --- | :---: | :---: |\n| `a/both` | ❌ | (❌) |\n"
                        + "| `a/one` | ❌\\* |  |\n\n"),
                text);
        assertTrue(
                text.contains(
                        "| ❌ | A tiny server | 2 | 2 | Does not conform: 2 rules broken (3 rules, 4 verdicts, 4.32 "
                                + "s). |"),
                text);
    }

    @Test
    void saysThatARunEndedEarly() {
        var run = Fabricated.run(Fabricated.result("a/one", "2025-11-25", "MUST", "NOT_RUN", "the run ended before"));
        var ended = new RunReport(
                run.target(),
                run.spoken(),
                run.unspoken(),
                run.tookMs(),
                run.counts(),
                run.results(),
                null,
                "ended by itself with status 1",
                List.of("The run ended before its end: it was interrupted."),
                null,
                3);
        var text = write(ended);
        assertTrue(text.contains("> [!WARNING]\n> The run ended before its end: it was interrupted.\n"), text);
        assertTrue(text.contains("> The server ended by itself with status 1 during the run.\n"), text);
        var html = HtmlReport.write(Fabricated.report(3, ended), rule -> java.util.Optional.empty());
        assertTrue(html.contains("<p class=\"alarm\">The run ended before its end: it was interrupted.</p>"), html);
    }

    @Test
    void saysWhyAServerCouldNotBeJudged() {
        var text = MarkdownReport.write(new Report(
                Report.FORMAT,
                new Report.Kit("k", "1"),
                Instant.EPOCH,
                1,
                3,
                "nothing answers at http://127.0.0.1:1/mcp",
                List.of()));
        assertTrue(text.contains("❔ **Could not be judged**: nothing answers at http\\://127.0.0.1:1/mcp"), text);
    }

    @Test
    void letsNoServerSteerIt() {
        var evil = "got </details><script>alert(1)</script> | `x` ![](http://evil.example/x.png) @all\n# Conforms\n```";
        var text = write(Fabricated.run(new ResultReport(
                        "a/one",
                        "a",
                        "What must hold",
                        "MUST",
                        "here",
                        "2025-11-25",
                        "FAIL",
                        evil,
                        "peace",
                        evil,
                        null,
                        List.of(evil),
                        1,
                        2,
                        null,
                        "curl '\n```\n<b>'",
                        List.of(),
                        List.of()))
                .closed(1));
        assertFalse(text.contains("<script>"), text);
        assertFalse(text.contains("![]("), text);
        assertFalse(text.contains("@all"), text);
        assertTrue(text.lines().noneMatch(l -> l.startsWith("# Conforms")), text);
        assertEquals(2, text.lines().filter("</details>"::equals).count(), text);
        assertTrue(text.contains("````sh\n"), text);
    }

    @Test
    void fitsAStepSummaryHoweverMuchThereIsToTell() {
        var results = IntStream.range(0, 3000)
                .mapToObj(i -> Fabricated.violation("a/rule-" + i, "2025-11-25", "MUST", "FAIL"))
                .toArray(ResultReport[]::new);
        for (var text : List.of(
                write(Fabricated.run(results).closed(1)),
                write(Fabricated.run(results).closed(1), Fabricated.run(results).closed(1)))) {
            int length = text.getBytes(StandardCharsets.UTF_8).length;
            assertTrue(length > MarkdownReport.MAX_BYTES * 9 / 10 && length < 1 << 20, () -> length + " bytes");
            assertTrue(text.contains(" more explanations left out, for want of room"), "says so");
            assertTrue(text.endsWith("</sub>\n"), "ends complete");
        }
    }
}
