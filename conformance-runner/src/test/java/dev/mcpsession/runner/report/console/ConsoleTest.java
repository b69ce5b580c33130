package dev.mcpsession.runner.report.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.target.Target;
import dev.mcpsession.runner.report.model.Fabricated;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Reports;
import dev.mcpsession.runner.report.model.SampleRules;
import dev.mcpsession.runner.report.text.Screen;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConsoleTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Screen screen(Charset charset, boolean colour, boolean live) {
        return new Screen(new PrintStream(bytes, true, charset), charset, colour, live, 100);
    }

    private Screen screen() {
        return screen(StandardCharsets.UTF_8, false, false);
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    // ---- explanations ----

    @Test
    void explainsAViolation() {
        new Explanation(screen())
                .explain(Fabricated.run(
                        Fabricated.violation("idle/reaped-post-404", "2025-06-18", "CONTRACT", "FAIL"),
                        Fabricated.violation("idle/reaped-post-404", "2025-11-25", "CONTRACT", "FAIL"),
                        Fabricated.result("idle/other", "2025-11-25", "MUST", "PASS", "")));
        assertEquals("""

                Violations

                ✗ FAIL  idle/reaped-post-404  2025-06-18 2025-11-25
                  rule       What must hold of idle/reaped-post-404
                  by         CONTRACT, session contract, point 3
                  expected   status 404 after it
                  but        got 200
                  note       seen every time
                  seen       in 2025-11-25:
                        0 ms  A  POST initialize  → 200, result  after 3 ms
                       10 ms     … 1.25 s let pass for session A
                      1.26 s  A  POST ping        → 200, result in an event stream  after 2 ms ◀
                  repeat
                    curl -i http://127.0.0.1:1/mcp -H 'Authorization: ***' -H 'Mcp-Session-Id: abc' \
                --data-raw '{"method":"ping"}'
                  more       explain idle/reaped-post-404
                """.replace("      0 ms", "      1 ms"), text());
    }

    @Test
    void leavesOutWhatTheBaselineKnows() {
        new Explanation(screen())
                .explain(Fabricated.run(Fabricated.violation("idle/a", "2025-11-25", "CONTRACT", "FAIL")
                        .knownFor("so it is")));
        assertEquals("", text());
    }

    @Test
    void showsInFullWhatTheRunHasWrittenToABaseline() {
        var run = written(
                Fabricated.violation("idle/a", "2025-11-25", "CONTRACT", "FAIL").knownFor("seen on 2026-01-01"));
        new Explanation(screen()).explain(run);
        new Summary(screen()).tail(run, 0);
        assertTrue(text().contains("Violations, written to b.json as accepted\n\n✗ FAIL  idle/a"), this::text);
        assertTrue(text().contains("What is broken\n✗ idle/a\n"), this::text);
        assertTrue(text().contains("Written to b.json as accepted: 1 verdict.\n"), this::text);
        assertTrue(text().contains("Conforms to the baseline, which this run has written (1 rule,"), this::text);
    }

    private static Report.RunReport written(ResultReport result) {
        return Fabricated.run(result)
                .compared(List.of(result), new Report.BaselineReport("b.json", 1, List.of()).asWritten());
    }

    @Test
    void tellsDifferencesByCause() {
        var differences = new ArrayList<Report.DifferenceReport>();
        var results = new ArrayList<ResultReport>();
        for (var rule : List.of("idle/a", "idle/b")) {
            for (var revision : List.of("2025-06-18", "2025-11-25")) {
                results.add(Fabricated.violation(rule, revision, "CONTRACT", "FAIL"));
                differences.add(new Report.DifferenceReport(
                        "unlisted",
                        rule,
                        revision,
                        null,
                        "FAIL",
                        rule + " [" + revision + "] is FAIL, and the baseline does not list it: x"));
            }
        }
        differences.add(new Report.DifferenceReport(
                "stale", "idle/c", "2025-06-18", "FAIL", "PASS", "idle/c [2025-06-18] is listed as FAIL, but is PASS"));
        var run = Fabricated.run(results.toArray(ResultReport[]::new))
                .compared(results, new Report.BaselineReport("b.json", 0, differences));
        new Summary(new Screen(
                        new PrintStream(bytes, true, StandardCharsets.UTF_8), StandardCharsets.UTF_8, false, false, 60))
                .tail(run, 1);
        assertTrue(text().contains("""
                Not as recorded in b.json: 5 differences, 0 known verdicts.
                  ✗ 2 rules [2025-06-18, 2025-11-25], each of which is FAIL,
                    and the baseline does not list it: expected status 404
                    after it, but got 200
                    idle/a, idle/b
                  ✗ idle/c [2025-06-18] is listed as FAIL, but is PASS
                """), this::text);
    }

    @Test
    void theLastLineTellsWhyARunIsNotComplete() {
        var open = Fabricated.run(
                Fabricated.result("idle/a", "2025-11-25", "MUST", "PASS", ""),
                Fabricated.result("idle/b", "2025-11-25", "MUST", "INCONCLUSIVE", "slow"));
        new Summary(screen()).tail(open, 3);
        assertTrue(text().contains("\nCould not be judged completely: 1 rule inconclusive ("), this::text);
        bytes.reset();
        var passed = Fabricated.run(Fabricated.result("idle/a", "2025-11-25", "MUST", "PASS", ""));
        new Summary(screen()).tail(passed.noting("Not judged, though --require-judged idle/* asks for it: idle/b."), 3);
        assertTrue(
                text().contains("\nCould not be judged completely: --require-judged idle/* is not met: idle/b ("),
                this::text);
    }

    @Test
    void showsHeadersAndBodiesOnDemand() {
        new Explanation(screen()).exchanges(Fabricated.violation("idle/a", "2025-11-25", "CONTRACT", "FAIL"), true);
        assertTrue(text().contains("> Authorization: ***"), this::text);
        assertTrue(text().contains("< content-type: application/json"), this::text);
        assertTrue(text().contains("< … 5000 characters in all"), this::text);
        assertTrue(text().contains("DELETE"), this::text);
    }

    // ---- summary ----

    @Test
    void sumsUp() {
        new Summary(screen())
                .tail(
                        Fabricated.run(
                                Fabricated.violation("idle/a", "2025-11-25", "CONTRACT", "FAIL"),
                                Fabricated.result("idle/b", "2025-06-18", "MUST", "PASS", ""),
                                Fabricated.result("idle/b", "2025-11-25", "MUST", "PASS", ""),
                                Fabricated.result("load/c", "2025-11-25", "MUST", "NOT_TESTABLE", "x")),
                        1);
        assertEquals("""

                             pass   FAIL   not testable
                MUST            2      ·              1
                CONTRACT        ·      1              ·

                idle            2      1              ·
                load            ·      ·              1

                What is broken
                ✗ idle/a
                    expected status 404 after it, but got 200

                Does not conform: 1 rule broken (3 rules, 4 verdicts, 4.32 s).
                """, text());
    }

    @Test
    void theNumbersOfTheEndAddUp() {
        var run = Fabricated.run(
                Fabricated.violation("idle/a", "2025-11-25", "CONTRACT", "FAIL"),
                Fabricated.result("idle/b", "2025-11-25", "MUST", "NOT_TESTABLE", "not counted")
                        .explainedBy("idle/a"),
                Fabricated.result("idle/c", "2025-06-18", "MUST", "NOT_TESTABLE", "not counted")
                        .explainedBy("idle/a"),
                Fabricated.result("idle/c", "2025-11-25", "MUST", "NOT_TESTABLE", "not counted")
                        .explainedBy("idle/a"));
        new Summary(screen()).tail(run, 1);
        assertTrue(text().contains("\n✗ 3 rules (1 broken, 2 explained by it)\n"), this::text);
        assertTrue(
                text().endsWith("\nDoes not conform: 1 rule broken, which explains 2 others "
                        + "(3 rules, 4 verdicts, 4.32 s).\n"),
                this::text);
    }

    @Test
    void whatIsCutEndsInTheLineOfItsLastWord() {
        var reason = "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32000,\"message\":\"no\"}} " + "word ".repeat(60);
        for (int width = 40; width < 120; width++) {
            bytes.reset();
            var run = Fabricated.run();
            new Summary(new Screen(
                            new PrintStream(bytes, true, StandardCharsets.UTF_8),
                            StandardCharsets.UTF_8,
                            false,
                            false,
                            width,
                            true))
                    .head(run.target(), List.of(), List.of(new Report.UnspokenReport("2026-07-28", reason)));
            int columns = width;
            assertTrue(text().lines().noneMatch(line -> line.strip().equals("…")), this::text);
            assertTrue(text().lines().allMatch(line -> line.length() <= columns), this::text);
            assertTrue(text().endsWith(" …\n"), this::text);
        }
    }

    @Test
    void whatCameStandsInItsColumn() {
        new Explanation(new Screen(
                        new PrintStream(bytes, true, StandardCharsets.UTF_8),
                        StandardCharsets.UTF_8,
                        false,
                        false,
                        64,
                        true))
                .exchanges(Fabricated.violation("idle/a", "2025-11-25", "CONTRACT", "FAIL"), false);
        assertEquals("""
                        1 ms  A  POST initialize  → 200, result  after 3 ms
                       10 ms     … 1.25 s let pass for session A
                      1.26 s  A  POST ping        → 200, result in an event
                                                    stream after 2 ms ◀
                """, text());
    }

    @Test
    void putsServersSideBySide() {
        var one = Fabricated.named(
                "one",
                null,
                Fabricated.run(
                                Fabricated.result("idle/a", "2025-06-18", "MUST", "PASS", ""),
                                Fabricated.violation("idle/a", "2025-11-25", "MUST", "FAIL"),
                                Fabricated.result("idle/b", "2025-11-25", "MUST", "PASS", ""),
                                Fabricated.result("idle/c", "2025-11-25", "MUST", "PASS", ""))
                        .closed(1));
        var other = Fabricated.named(
                "other",
                null,
                Fabricated.run(
                                Fabricated.violation("idle/b", "2025-11-25", "MUST", "FAIL")
                                        .knownFor("so be it"),
                                Fabricated.result("idle/c", "2025-11-25", "MUST", "PASS", ""))
                        .closed(0));
        new Summary(screen()).comparison(List.of(one, other, Fabricated.unjudged("gone", "nothing answers")));
        assertEquals("""

                Side by side

                  1  one    Does not conform: 1 rule broken (3 rules, 4 verdicts, 4.32 s).
                  2  other  Conforms (2 rules, 2 verdicts, 4.32 s).
                  3  gone   Could not be judged: nothing answers

                          1   2   3
                  idle/a  ✗*
                  idle/b  ✓  (✗)

                  * in some revisions only   ( ) known to the baseline

                Does not conform, or could not be judged: one, gone (2 of 3 servers).
                """, text());
    }

    @Test
    void saysWhatIsJudged() {
        var run = Fabricated.run();
        new Summary(screen()).head(run.target(), run.spoken(), run.unspoken());
        assertEquals("""
                A tiny server  http://127.0.0.1:1/mcp
                idle timeout 1 s, reaped within another 250 ms · slow tool sleep · two users · started by us
                speaks 2025-06-18, 2025-11-25
                not    2026-07-28: answered 400
                """, text());
    }

    // ---- the screen ----

    @Test
    void coloursOnlyWhereAsked() {
        screen().line(Screen.red("text"));
        assertEquals("text\n", text());
        bytes.reset();
        screen(StandardCharsets.UTF_8, true, false).line(Screen.red("text"));
        assertEquals("\033[31mtext\033[0m\n", text());
    }

    @Test
    void letsNoServerSteerTheTerminal() {
        screen(StandardCharsets.UTF_8, true, true).line("a\033[2Jb\r\n\u0007c\u009b");
        assertEquals("a\\x1b[2Jb\\x0d\\x0a\\x07c\\x9b\n", text());
    }

    @Test
    void usesSignsThatTheStreamCanCarry() {
        screen(StandardCharsets.US_ASCII, false, false).line("✓ a → b… · „x“");
        assertEquals("+ a -> b... . ?x\"\n", text());
    }

    @Test
    void keepsTheStatusBelowTheLines() {
        var screen = screen(StandardCharsets.UTF_8, false, true);
        screen.status("waiting");
        screen.line("done");
        screen.status("");
        assertEquals("waiting\r\033[2Kdone\nwaiting\r\033[2K", text());
        bytes.reset();
        var file = screen();
        file.status("waiting");
        assertEquals("", text());
    }

    @Test
    void cutsTheStatusBetweenWords() {
        var screen = new Screen(
                new PrintStream(bytes, true, StandardCharsets.UTF_8), StandardCharsets.UTF_8, false, true, 40);
        screen.status("5 of 196 verdicts · 19 waiting (idle/reinitialize-after-expiry: to expire)");
        assertEquals("5 of 196 verdicts · 19 waiting …", text());
    }

    @Test
    void breaksACommandBeforeOptionsSoThatItCanBeCopied() {
        var screen = new Screen(
                new PrintStream(bytes, true, StandardCharsets.UTF_8), StandardCharsets.UTF_8, false, true, 50);
        screen.command("    curl -i http://127.0.0.1:1/mcp -H 'X: it'\\''s - no -H here' --data-raw '{\"a\": -1}'");
        assertEquals("""
                    curl -i http://127.0.0.1:1/mcp \\
                        -H 'X: it'\\''s - no -H here' \\
                        --data-raw '{"a": -1}'
                """, text());
        bytes.reset();
        screen().command("    curl -i http://127.0.0.1:1/mcp -H 'A: b' " + "-H 'A: b' ".repeat(20));
        assertEquals(1, text().lines().count());
    }

    // ---- while it runs ----

    private static RuleResult result(String rule, Revision revision, Verdict verdict, String summary) {
        var info = SampleRules.catalogue().find(rule).orElseThrow();
        return new RuleResult(
                info,
                revision,
                verdict,
                summary,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                new Transcript(),
                0,
                42_000_000);
    }

    private LiveView view(Screen screen, boolean quiet) {
        var target = Target.at(URI.create("http://127.0.0.1:1/mcp")).build();
        return new LiveView(screen, new Reports(target), SampleRules.catalogue().rules(), quiet, false, survey -> {});
    }

    @Test
    void showsAnAreaAtATimeAndARuleOnALine() {
        var old = Revision.V2025_06_18;
        var young = Revision.V2025_11_25;
        try (var view = view(screen(), false)) {
            view.begin(List.of(old, young), 8);
            view.finished(result("slow/none", old, Verdict.NOT_TESTABLE, "see --stress"));
            view.finished(result("slow/none", young, Verdict.NOT_TESTABLE, "see --stress"));
            view.finished(result("quick/leaks", young, Verdict.FAIL, "expected this, but got that"));
            assertEquals("\nquick\n", text());
            view.finished(result("quick/leaks", old, Verdict.PASS, ""));
            view.finished(result("quick/long", old, Verdict.PASS, ""));
            view.finished(result("slow/waits", old, Verdict.PASS, ""));
            view.finished(result("slow/waits", young, Verdict.PASS, ""));
            assertFalse(text().contains("slow"), this::text);
            view.finished(result("quick/long", young, Verdict.PASS, ""));
        }
        assertEquals("""

                quick
                  ✓ leaks  pass    42 ms  2025-06-18
                  ✗ leaks  FAIL    42 ms  2025-11-25
                      expected this, but got that
                  ✓ long   pass    42 ms  2 revisions

                slow
                  ✓ waits  pass    42 ms  2 revisions
                  ○ not testable: see --stress
                      none
                """, text());
    }

    @Test
    void whatOneBrokenRuleExplainsIsToldOnce() {
        var young = Revision.V2025_11_25;
        try (var view = view(screen(), false)) {
            view.begin(List.of(Revision.V2025_06_18, young), 8);
            for (var name : List.of("quick/leaks", "quick/long")) {
                for (var revision : List.of(Revision.V2025_06_18, young)) {
                    view.finished(explained(name, revision));
                }
            }
        }
        assertTrue(text().startsWith("""

                quick
                  ○ not testable: not counted, since slow/waits is broken too, and explains it
                      leaks, long
                """), this::text);
    }

    /** Each has a summary of its own. */
    private static RuleResult explained(String rule, Revision revision) {
        var because = "not counted, since slow/waits is broken too, and explains it: in " + rule + " " + revision;
        return new RuleResult(
                SampleRules.catalogue().find(rule).orElseThrow(),
                revision,
                Verdict.NOT_TESTABLE,
                because,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.of("slow/waits"),
                new Transcript(),
                0,
                42_000_000);
    }

    @Test
    void showsWhatThereIsWhenARunEndsEarly() {
        var view = view(screen(), false);
        view.begin(List.of(Revision.V2025_11_25), 4);
        view.finished(result("slow/waits", Revision.V2025_11_25, Verdict.PASS, ""));
        view.close();
        assertTrue(text().contains("waits  pass"), this::text);
    }

    @Test
    void isQuietOnDemand() {
        try (var view = view(screen(), true)) {
            view.begin(List.of(Revision.V2025_11_25), 4);
            view.finished(result("slow/waits", Revision.V2025_11_25, Verdict.PASS, ""));
        }
        assertEquals("", text());
    }

    @Test
    void breaksLinesBetweenWordsAtTheWidthOfTheTerminal() {
        var utf8 = StandardCharsets.UTF_8;
        var run = Fabricated.run(
                Fabricated.violation("idle/a-rule-with-quite-a-long-name", "2025-11-25", "CONTRACT", "FAIL"),
                Fabricated.result("idle/b", "2025-06-18", "MUST", "PASS", ""),
                Fabricated.result("idle/c", "2025-11-25", "MUST", "NOT_TESTABLE", "x"),
                Fabricated.result(
                        "idle/d",
                        "2025-11-25",
                        "SHOULD",
                        "WARN",
                        "words ".repeat(60).strip()),
                Fabricated.result("idle/e", "2025-11-25", "MUST", "NOT_APPLICABLE", "x"),
                Fabricated.result("idle/f", "2025-11-25", "MUST", "INCONCLUSIVE", "x"),
                Fabricated.result("idle/g", "2025-11-25", "MUST", "ERROR", "x"));
        for (int width : new int[] {80, 120}) {
            bytes.reset();
            var screen = new Screen(new PrintStream(bytes, true, utf8), utf8, true, false, width, true);
            screen.line(Screen.bold("one two three ".repeat(20).strip()));
            new Summary(screen).tail(run, 1);
            var lines =
                    bytes.toString(utf8).replaceAll("\033\\[\\d+m", "").lines().toList();
            lines.forEach(l -> assertTrue(l.length() <= width, () -> l.length() + ": " + l));
            var words = String.join(" ", lines);
            assertFalse(words.matches(".*\\b(wor|word|thre|tw)\\b.*"), words);
            assertTrue(lines.stream().anyMatch(l -> l.contains(width == 80 ? "untested" : "not testable")), words);
        }
    }
}
