package dev.mcpsession.runner.report.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.report.model.Fabricated;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.BaselineReport;
import dev.mcpsession.runner.report.model.Report.BodyReport;
import dev.mcpsession.runner.report.model.Report.DifferenceReport;
import dev.mcpsession.runner.report.model.Report.ExchangeReport;
import dev.mcpsession.runner.report.model.Report.HeaderReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.model.Report.SpokenReport;
import dev.mcpsession.runner.report.model.Report.TargetReport;
import dev.mcpsession.runner.report.model.Report.UnspokenReport;
import dev.mcpsession.runner.report.model.Reports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The pages are also kept for the test in a browser: see src/browser. */
class HtmlReportTest {
    private static final Path KEPT = Path.of("target", "html-reports");
    private static final String EVIL = "</script></style></pre></svg>\"'><script>window.broken = 1</script><img src=x "
            + "onerror='window.broken = 1'><a href=\"javascript:window.broken = 1\">x</a>${7*7}{{7*7}}\u0000\u202e<!--";

    private static String write(String name, Report report) throws IOException {
        var html = HtmlReport.write(
                report, rule -> Optional.of("# " + rule + "\n\nWhat it *means*.\n\n## When it fails\n\n* Look.\n"));
        Files.createDirectories(KEPT);
        Files.writeString(KEPT.resolve(name), html);
        return html;
    }

    private static RunReport failing() {
        return Fabricated.run(
                        Fabricated.violation("idle/reaped-post-404", "2025-06-18", "CONTRACT", "FAIL"),
                        Fabricated.violation("idle/reaped-post-404", "2025-11-25", "CONTRACT", "FAIL"),
                        Fabricated.violation("idle/accepted", "2025-11-25", "CONTRACT", "FAIL")
                                .knownFor("until the next release"),
                        Fabricated.violation("transport/advised", "2025-11-25", "SHOULD", "WARN"),
                        Fabricated.result("transport/kept", "2025-06-18", "MUST", "PASS", ""),
                        Fabricated.result("transport/kept", "2025-11-25", "MUST", "PASS", ""),
                        Fabricated.result(
                                "transport/open", "2025-11-25", "MUST", "INCONCLUSIVE", "the machine was slow"),
                        Fabricated.result("load/untested", "2025-11-25", "ADVICE", "NOT_TESTABLE", "see --stress"))
                .closed(1);
    }

    private static long count(String html, String part) {
        return Pattern.compile(Pattern.quote(part)).matcher(html).results().count();
    }

    @Test
    void showsEachRuleWithWhatItRestsOn() throws IOException {
        var run = failing();
        var html = write(
                "failing.html",
                Fabricated.report(
                        1,
                        run.compared(
                                run.results(),
                                new BaselineReport(
                                        "b.json",
                                        1,
                                        List.of(new DifferenceReport(
                                                "unlisted", "a/b", "2025-11-25", null, "FAIL", "a/b is FAIL"))))));
        assertEquals(6, count(html, "<details class=\"finding "), html);
        for (var part : List.of(
                "<h1>A tiny server</h1>",
                "<strong>Does not conform</strong>: 1 difference from the baseline",
                "id=\"idle/reaped-post-404\"",
                "data-revision=\"2025-06-18 2025-11-25\"",
                "<dt>Expected</dt><dd>status 404 after it</dd>",
                "until the next release",
                "<li>a/b is FAIL</li>",
                "POST /mcp\nAuthorization: ***",
                "\"method\": \"ping\"",
                "[cut: 5000 characters in all]",
                "curl -i http://127.0.0.1:1/mcp",
                "<p>What it <em>means</em>.</p>",
                "<h5>When it fails</h5>")) {
            assertTrue(html.contains(part), () -> part + " is missing in " + html);
        }
        assertEquals(html.indexOf("<h3>Broken <span"), html.indexOf("<h3>"), "violations come first");
    }

    @Test
    void saysOnTheCardWhatABaselineAccepts() throws IOException {
        var news = Fabricated.violation("idle/a", "2025-11-25", "CONTRACT", "FAIL");
        var listed =
                Fabricated.violation("idle/b", "2025-11-25", "CONTRACT", "FAIL").knownFor("seen on 2026-01-01");
        var newer = Fabricated.violation("idle/c", "2025-11-25", "CONTRACT", "FAIL")
                .knownFor("newer than catalogue 1.0, so it does not count");
        var run = Fabricated.run(news, listed, newer);
        var accepted = "<span class=\"chip known\">accepted</span>";
        var recorded = new BaselineReport("b.json", 1, List.of());
        for (var baseline : List.of(recorded, recorded.asWritten())) {
            var html = write(
                    "accepted.html",
                    Fabricated.report(0, run.compared(run.results(), baseline).closed(0)));
            assertEquals(1, count(html, accepted), html);
            assertTrue(html.indexOf(accepted) > html.indexOf("id=\"idle/b\""), html);
            assertTrue(html.contains("<dt>Accepted</dt><dd>seen on 2026-01-01</dd>"), html);
            assertEquals(1, count(html, "<span class=\"chip known\">not counted</span>"), html);
            assertEquals(
                    baseline.byRun() ? 1 : 0,
                    count(html, "<p class=\"about\">Written to b.json as accepted.</p>"),
                    html);
        }
    }

    @Test
    void drawsWhatIsAMatterOfTime() throws IOException {
        var html = write(
                "timeline.html",
                Fabricated.report(
                        1,
                        Fabricated.run(Fabricated.violation("idle/reaped-post-404", "2025-11-25", "CONTRACT", "FAIL"))
                                .closed(1)));
        assertEquals(1, count(html, "<figure class=\"timeline\">"));
        assertTrue(
                html.contains(
                        "Session A, idle since 4 ms, was sent ping at 1.26 s, when it had to be gone, since 1.25 s, "
                                + "and answered 200."),
                html);
    }

    @Test
    void givesEveryElementAnIdOfItsOwn() throws IOException {
        var html = write(
                "several.html",
                Fabricated.report(
                        1,
                        failing(),
                        Fabricated.named("tiny-2", "Another tiny server", failing()),
                        Fabricated.unjudged("gone", "nothing answers")));
        var ids = new HashSet<String>();
        Pattern.compile(" id=\"([^\"]*)\"")
                .matcher(html)
                .results()
                .forEach(m -> assertTrue(ids.add(m.group(1)), m.group(1)));
        Pattern.compile(" href=\"#([^\"]*)\"")
                .matcher(html)
                .results()
                .forEach(m -> assertTrue(ids.contains(m.group(1)), m.group(1)));
        assertTrue(html.contains("<caption>The worst verdict on each rule"), html);
        assertTrue(html.contains("<strong>Could not be judged</strong>: nothing answers"), html);
    }

    @Test
    void letsNoServerBreakOut() throws Exception {
        var headers = List.of(new HeaderReport(EVIL, EVIL));
        var exchange = new ExchangeReport(
                EVIL,
                EVIL,
                1,
                2.0,
                3000.0,
                "server",
                EVIL,
                EVIL,
                EVIL,
                headers,
                new BodyReport(EVIL, null),
                200,
                headers,
                new BodyReport("{\"a\":\"</pre><script>window.broken=1</script>\"}", null),
                1,
                EVIL,
                EVIL);
        var result = new ResultReport(
                "a/one",
                "a",
                EVIL,
                "MUST",
                EVIL,
                "2025-11-25",
                "FAIL",
                EVIL,
                EVIL,
                EVIL,
                null,
                List.of(EVIL),
                1,
                2,
                0,
                EVIL,
                List.of(exchange),
                List.of());
        var target = new TargetReport("\"><b>", EVIL, EVIL, false, 1000L, EVIL, 250L, null, 0, 1, 1, 1, false, EVIL);
        var run = new RunReport(
                target,
                List.of(new SpokenReport("2025-11-25", EVIL, true, 1, 1, true, true, List.of(EVIL))),
                List.of(new UnspokenReport("2026-07-28", EVIL)),
                1,
                Reports.counts(List.of(result)),
                List.of(result, result.knownFor(EVIL)),
                new BaselineReport(
                        EVIL, 1, List.of(new DifferenceReport("stale", "a/one", "2025-11-25", EVIL, EVIL, EVIL))),
                EVIL,
                List.of(EVIL),
                null,
                1);
        var html = HtmlReport.write(
                Fabricated.report(1, run),
                rule -> Optional.of("# x\n\n" + EVIL + "\n\n[y](javascript:alert(1)) ![z](http://evil.example/z.png)"));
        Files.createDirectories(KEPT);
        Files.writeString(KEPT.resolve("hostile.html"), html);
        Files.writeString(
                KEPT.resolve("hostile-two.html"),
                HtmlReport.write(Fabricated.report(1, run, run), rule -> Optional.empty()));
        assertEquals(1, count(html, "<script"), html);
        assertEquals(1, count(html, "<style"), html);
        assertEquals(0, count(html, "<img"), html);
        assertEquals(0, count(html, "<a href=\"javascript:"), html);
        assertFalse(html.contains("<b>"), html);
        assertFalse(html.contains("<!--"), html);
    }

    @Test
    void allowsNoScriptButItsOwn() throws Exception {
        var html = write("failing-plain.html", Fabricated.report(1, failing()));
        for (var element : List.of("style", "script")) {
            var text = html.substring(
                    html.indexOf("<" + element + ">") + element.length() + 2, html.indexOf("</" + element + ">"));
            var hash = Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
            var policy = html.substring(0, html.indexOf("<style>"))
                    .replace("&#39;", "'")
                    .replace("&#43;", "+");
            assertTrue(policy.contains(element + "-src 'sha256-" + hash + "'"), policy);
        }
        assertTrue(
                html.contains("default-src &#39;none&#39;") || html.contains("default-src 'none'"),
                html.substring(0, 500));
        assertFalse(Pattern.compile("(src|href|srcset|action)=\"(https?:)?//")
                .matcher(html)
                .find());
        assertFalse(html.contains(" style=\""));
        assertFalse(Pattern.compile(" on[a-z]+=\"").matcher(html).find());
    }

    @Test
    void staysOfASensibleSize() throws IOException {
        var results = IntStream.range(0, 350)
                .mapToObj(i -> Fabricated.violation("a/rule-" + i, "2025-11-25", "MUST", i % 5 == 0 ? "FAIL" : "PASS"))
                .toArray(ResultReport[]::new);
        var html =
                write("many.html", Fabricated.report(1, Fabricated.run(results).closed(1)));
        int bytes = html.getBytes(StandardCharsets.UTF_8).length;
        assertTrue(bytes < 3_000_000, () -> bytes + " bytes");
    }

    @Test
    void saysWhyNothingCouldBeJudged() throws IOException {
        var html = write(
                "unjudged.html",
                new Report(
                        Report.FORMAT,
                        new Report.Kit("k", "1"),
                        Instant.EPOCH,
                        1,
                        3,
                        "nothing answers at <there>",
                        List.of()));
        assertTrue(html.contains("<strong>Could not be judged</strong>: nothing answers at &lt;there&gt;"), html);
    }
}
