package dev.mcpsession.runner.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.report.machine.JsonReport;
import dev.mcpsession.runner.report.model.Fabricated;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DiffCommandTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private int run(Object... arguments) {
        var utf8 = StandardCharsets.UTF_8;
        var stream = new PrintStream(out, true, utf8);
        return Cli.execute(
                new Io(stream, stream, utf8, false, Map.of("COLUMNS", "120"), false),
                Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    }

    private String text() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private static ResultReport verdict(String rule, String verdict) {
        return Fabricated.result("idle/" + rule, "2025-11-25", "MUST", verdict, "got " + verdict);
    }

    private Path report(String name, String server, ResultReport... results) throws IOException {
        var run = RunReport.unjudged(Fabricated.target(server), null, 0).compared(List.of(results), null);
        return report(name, run);
    }

    private Path report(String name, RunReport... runs) throws IOException {
        var report = new Report(
                Report.FORMAT,
                new Report.Kit("mcp-session-conformance", "dev"),
                Instant.EPOCH,
                1,
                0,
                null,
                List.of(runs));
        return Files.writeString(folder.resolve(name), JsonReport.write(report));
    }

    @Test
    void tellsWhatIsNewMendedAndFlipped() throws IOException {
        var before = report(
                "a.json",
                "one",
                verdict("broke", "PASS"),
                verdict("mended", "FAIL"),
                verdict("shaky", "PASS"),
                verdict("same", "FAIL"));
        var after = report(
                "b.json",
                "two",
                verdict("broke", "FAIL"),
                verdict("mended", "PASS"),
                verdict("shaky", "INCONCLUSIVE"),
                verdict("same", "FAIL"));
        var markdown = folder.resolve("changes.md");
        assertEquals(1, run("diff", before, after, "--markdown", markdown), this::text);
        assertTrue(text().contains("New (1)\n  ✗ idle/broke"), this::text);
        assertTrue(text().contains("pass → FAIL\n      got FAIL"), this::text);
        assertTrue(text().contains("Mended (1)\n  ✓ idle/mended"), this::text);
        assertTrue(text().contains("Flipped (1)\n  ? idle/shaky"), this::text);
        assertTrue(text().endsWith("1 new, 1 mended, 1 flipped, 1 verdict as before.\n"), this::text);
        assertFalse(text().contains("idle/same"), this::text);
        var table = Files.readString(markdown);
        assertTrue(table.contains("| ✗ | got FAIL | <code>idle/broke</code> | 2025-11-25 | pass → FAIL |"), table);
    }

    private static ResultReport broken(String rule, String revision, String verdict, String due) {
        var r = Fabricated.violation("termination/" + rule, revision, "MUST", verdict);
        boolean broken = !verdict.equals("PASS");
        return new ResultReport(
                r.rule(),
                r.area(),
                r.title(),
                r.level(),
                r.source(),
                revision,
                verdict,
                broken ? "expected status 404 " + due + ", but got 400 with body no" : "",
                broken ? "status 404 " + due : null,
                broken ? "got 400 with body no" : null,
                null,
                List.of(),
                0,
                0,
                null,
                null,
                List.of(),
                List.of());
    }

    private static ResultReport broken(String rule, String verdict) {
        return broken(rule, "2025-11-25", verdict, "for " + rule);
    }

    @Test
    void rulesWithOneCauseAreOneRow() throws IOException {
        var explained = Fabricated.result("idle/after", "2025-11-25", "MUST", "NOT_TESTABLE", "post is broken")
                .explainedBy("termination/post");
        var kept = report(
                "a.json",
                "s",
                broken("post", "PASS"),
                broken("get", "PASS"),
                verdict("after", "PASS"),
                verdict("x", "PASS"));
        var broken =
                report("b.json", "s", broken("post", "FAIL"), broken("get", "FAIL"), explained, verdict("x", "FAIL"));
        var markdown = folder.resolve("changes.md");
        assertEquals(1, run("diff", kept, broken, "--markdown", markdown), this::text);
        assertTrue(
                text().startsWith("New (2)\n  ✗ 3 rules  2025-11-25  pass → FAIL, pass → not testable\n"
                        + "      404 is due, but got 400 with body no\n"
                        + "      termination/post, termination/get\n"
                        + "      not judged because of it: idle/after\n"
                        + "  ✗ idle/x  2025-11-25  pass → FAIL\n      got FAIL\n"),
                this::text);
        assertTrue(text().endsWith("2 new (4 verdicts), 0 mended, 0 flipped, 0 verdicts as before.\n"), this::text);
        var table = Files.readString(markdown);
        assertTrue(
                table.contains("| ✗ | 404 is due, but got 400 with body no | **3 rules**<br>"
                        + "<code>termination/post</code>, <code>termination/get</code>"
                        + "<br>not judged because of it: <code>idle/after</code>"
                        + " | 2025-11-25 | pass → FAIL<br>pass → not testable |"),
                table);
        out.reset();
        assertEquals(0, run("diff", broken, kept, "--markdown", markdown), this::text);
        assertTrue(
                text().startsWith("Mended (2)\n  ✓ 3 rules  2025-11-25  FAIL → pass, not testable → pass\n"
                        + "      before: 404 is due, but got 400 with body no\n"
                        + "      termination/post, termination/get\n"
                        + "      judged again: idle/after\n"),
                this::text);
        assertTrue(Files.readString(markdown).contains("| | what came before | rules |"), this::text);
    }

    @Test
    void aBaselineHidesNoCause() throws IOException {
        var known = broken("post", "FAIL").knownFor("so be it");
        var before = report("a.json", "s", broken("post", "PASS"));
        assertEquals(1, run("diff", before, report("b.json", "s", known)), this::text);
        assertTrue(text().startsWith("New (1)\n  ✗ termination/post  2025-11-25  pass → FAIL\n"), this::text);
    }

    @Test
    void revisionsAreWithTheRulesWhereTheyAreNotTheSame() throws IOException {
        var before = report(
                "a.json",
                "s",
                broken("post", "2025-06-18", "PASS", ""),
                broken("post", "2025-11-25", "PASS", ""),
                broken("get", "2025-11-25", "PASS", ""));
        var after = report(
                "b.json",
                "s",
                broken("post", "2025-06-18", "FAIL", "p"),
                broken("post", "2025-11-25", "FAIL", "p"),
                broken("get", "2025-11-25", "FAIL", "g"));
        assertEquals(1, run("diff", before, after), this::text);
        assertTrue(
                text().startsWith("New (1)\n  ✗ 2 rules  pass → FAIL\n      404 is due, but got 400 with body no\n"
                        + "      termination/post [2025-06-18, 2025-11-25], termination/get [2025-11-25]\n"),
                this::text);
    }

    @Test
    void whatFlipsForOneReasonIsOneRow() throws IOException {
        var before = report("a.json", "s", verdict("x", "PASS"), verdict("y", "PASS"), verdict("z", "FAIL"));
        var after = report("b.json", "s", verdict("x", "INCONCLUSIVE"), verdict("y", "INCONCLUSIVE"));
        assertEquals(3, run("diff", before, after), this::text);
        assertTrue(
                text().contains("Flipped (2)\n  ? 2 rules  2025-11-25  pass → inconclusive\n      got INCONCLUSIVE\n"
                        + "      idle/x, idle/y\n    idle/z  2025-11-25  FAIL → not judged\n"),
                this::text);
    }

    @ParameterizedTest
    @CsvSource({
        "PASS, PASS, 0",
        "FAIL, PASS, 0",
        "FAIL, FAIL, 0",
        "PASS, WARN, 0",
        "WARN, FAIL, 1",
        "NOT_APPLICABLE, FAIL, 1",
        "PASS, FAIL, 1",
        "PASS, INCONCLUSIVE, 3",
        "FAIL, NOT_RUN, 3",
        "INCONCLUSIVE, NOT_RUN, 0"
    })
    void theExitStatusTellsWhetherAFailIsNew(String then, String now, int status) throws IOException {
        assertEquals(
                status,
                run("diff", report("a.json", "s", verdict("x", then)), report("b.json", "s", verdict("x", now))),
                this::text);
    }

    @Test
    void aRuleThatIsNotJudgedAnyMoreIsNotMended() throws IOException {
        var before = report("a.json", "s", verdict("x", "FAIL"), verdict("y", "PASS"));
        assertEquals(3, run("diff", before, report("b.json", "s", verdict("y", "PASS"))), this::text);
        assertTrue(text().contains("FAIL → not judged"), this::text);
        assertTrue(text().contains("0 new, 0 mended, 1 flipped"), this::text);
    }

    @Test
    void aServerThatCouldNotBeJudgedIsNamed() throws IOException {
        var before = report("a.json", "s", verdict("y", "PASS"));
        var after = report("b.json", RunReport.unjudged(Fabricated.target("s"), "nothing answers", 3));
        assertEquals(3, run("diff", before, after), this::text);
        assertTrue(text().contains("Not judged: s: nothing answers"), this::text);
    }

    @Test
    void runsThatWereNotAlikeAreNoted() throws IOException {
        var before = report("a.json", "s", verdict("x", "PASS"), verdict("y", "PASS"));
        var after = report("b.json", "s", verdict("x", "PASS"), verdict("z", "PASS"));
        Files.writeString(after, Files.readString(after).replaceFirst("\"version\" *: *\"dev\"", "\"version\":\"2\""));
        var markdown = folder.resolve("changes.md");
        assertEquals(3, run("diff", before, after, "--markdown", markdown), this::text);
        var text = text().replaceAll("\\s+", " ");
        for (var said : List.of(
                "different versions of the kit, dev and 2",
                "The later run did not judge by 1 rule of the other: idle/y.",
                "The earlier run did not judge by 1 rule of the other: idle/z.")) {
            assertTrue(text.contains(said), text);
        }
        assertTrue(Files.readString(markdown).contains("versions of the kit"), this::text);
        out.reset();
        run("diff", before, before);
        assertFalse(text().contains("versions of the kit") || text().contains("did not judge by"), this::text);
    }

    @Test
    void severalServersAreComparedByName() throws IOException {
        var one = RunReport.unjudged(Fabricated.target("one"), null, 0);
        var two = RunReport.unjudged(Fabricated.target("two"), null, 0);
        var pass = List.of(verdict("x", "PASS"));
        var fail = List.of(verdict("x", "FAIL"));
        var before = report("a.json", one.compared(pass, null), two.compared(fail, null));
        var after = report("b.json", two.compared(fail, null), one.compared(fail, null));
        assertEquals(1, run("diff", before, after), this::text);
        assertTrue(text().contains("pass → FAIL  one"), this::text);
        assertTrue(text().contains("1 new, 0 mended, 0 flipped, 1 verdict as before."), this::text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "not JSON",
                "{\"format\":\"mcp-session-conformance/1\"}",
                "{\"format\":\"mcp-session-conformance/1\",\"startedAt\":\"2026-01-01T00:00:00Z\",\"runs\":[{}]}",
                "{\"format\":\"mcp-session-conformance/2\",\"runs\":[]}"
            })
    void aFileThatIsNoReportIsBadUsage(String content) throws IOException {
        var none = Files.writeString(folder.resolve("none.json"), content);
        assertEquals(2, run("diff", none, none), this::text);
        assertTrue(text().contains("none.json is no"), this::text);
    }

    @Test
    void aMissingFileIsBadUsage() {
        assertEquals(2, run("diff", folder.resolve("a.json"), folder.resolve("b.json")), this::text);
        assertTrue(text().contains("there is no file"), this::text);
    }
}
