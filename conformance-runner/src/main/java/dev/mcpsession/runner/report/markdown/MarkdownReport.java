package dev.mcpsession.runner.report.markdown;

import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.console.Explanation;
import dev.mcpsession.runner.report.model.Cause;
import dev.mcpsession.runner.report.model.Differing;
import dev.mcpsession.runner.report.model.Finding;
import dev.mcpsession.runner.report.model.Matrix;
import dev.mcpsession.runner.report.model.Outcome;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.text.Screen;
import dev.mcpsession.runner.report.text.Symbols;
import dev.mcpsession.runner.report.text.Writing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Writes the report in GitHub's Markdown, for the summary of a CI step: the outcome, the violations, and what they
 * rest on folded below. It stays under the 1 MiB that such a summary may have: what no longer fits is counted and
 * left out.
 */
public final class MarkdownReport {
    /** With room left for what else a step writes into its summary. */
    static final int MAX_BYTES = 900_000;

    private static final List<Verdict> VIOLATIONS = List.of(Verdict.FAIL, Verdict.WARN);
    private static final List<Verdict> OPEN = List.of(Verdict.ERROR, Verdict.INCONCLUSIVE);
    private static final int LONGEST_CELL = 240;
    private static final int LISTED = 6;

    private final Writer out;
    private int bytes;
    private int limit = MAX_BYTES;

    private MarkdownReport(Writer out) {
        this.out = out;
    }

    /** The report as one text. */
    public static String write(Report report) {
        return Writing.text(out -> write(report, out));
    }

    /** Writes the report piece by piece. */
    public static void write(Report report, Writer out) throws IOException {
        try {
            new MarkdownReport(out).report(report);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void report(Report report) {
        var runs = report.runs();
        if (runs.isEmpty()) {
            add("## MCP session conformance\n\n" + sign(report.exitStatus()) + " **Could not be judged**: "
                    + Markdown.text(String.valueOf(report.problem())) + "\n");
        } else if (runs.size() > 1) {
            add("## MCP session conformance\n\n");
            outcomes(runs);
            matrix(Matrix.of(runs));
        }
        for (int i = 0; i < runs.size(); i++) {
            // No server's details may crowd out those of the next.
            limit = bytes + (MAX_BYTES - bytes) / (runs.size() - i);
            run(runs.get(i), runs.size() > 1);
        }
        add("\n<sub>" + Markdown.text(report.kit().name() + " " + report.kit().version()) + ", "
                + report.startedAt().toString().replaceFirst("\\.\\d+", "") + "</sub>\n");
    }

    // ---- several servers ----

    private void outcomes(List<RunReport> runs) {
        var verdicts = verdicts(runs.stream().flatMap(r -> r.results().stream()).toList());
        add("| | server |"
                + verdicts.stream().map(v -> " " + Symbols.word(v) + " |").collect(Collectors.joining())
                + " outcome |\n| --- | --- |" + " ---: |".repeat(verdicts.size()) + " --- |\n");
        for (var run : runs) {
            add("| " + sign(status(run)) + " | " + Markdown.cell(run.title(), LONGEST_CELL) + " |"
                    + verdicts.stream()
                            .map(v -> " " + count(run.results(), v) + " |")
                            .collect(Collectors.joining()) + " "
                    + Markdown.cell(Outcome.of(run, status(run)).text(), LONGEST_CELL) + " |\n");
        }
    }

    /** The rules that any server breaks; the others would only hide them. */
    private void matrix(Matrix matrix) {
        var rows = matrix.rows().stream().filter(Matrix.Row::isOfInterest).toList();
        if (rows.isEmpty()) {
            return;
        }
        add("\n### Rules that are not kept everywhere\n\n| rule |"
                + matrix.runs().stream()
                        .map(r -> " " + Markdown.cell(r.target().name(), 40) + " |")
                        .collect(Collectors.joining())
                + "\n| --- |" + " :---: |".repeat(matrix.runs().size()) + "\n");
        int left = 0;
        for (var row : rows) {
            left += fits("| `" + row.rule() + "` |"
                            + row.cells().stream()
                                    .map(c -> " " + cell(c) + " |")
                                    .collect(Collectors.joining()) + "\n")
                    ? 0
                    : 1;
        }
        leftOut(left, "rule");
        add("\n" + legend(rows) + "\n\n");
    }

    private static String legend(List<Matrix.Row> rows) {
        var seen = rows.stream()
                .flatMap(r -> r.cells().stream())
                .flatMap(c -> c.verdict().stream())
                .distinct()
                .sorted()
                .toList();
        var marks = seen.stream().map(v -> sign(v) + " " + Symbols.word(v)).collect(Collectors.joining(" · "));
        return "<sub>" + marks + " · * in some revisions only · (…) in the baseline</sub>";
    }

    private static String cell(Matrix.Cell cell) {
        var sign = cell.verdict().map(MarkdownReport::sign).orElse("") + (cell.everywhere() ? "" : "\\*");
        return cell.known() ? "(" + sign + ")" : sign;
    }

    // ---- one server ----

    private void run(RunReport run, boolean oneOfSeveral) {
        int status = status(run);
        add("\n" + (oneOfSeveral ? "### " : "## MCP session conformance: ") + Markdown.text(run.title()) + "\n\n"
                + sign(status) + " **" + Outcome.of(run, status).word() + "**"
                + Markdown.text(Outcome.of(run, status).rest()) + "\n");
        if (run.problem() != null) {
            return;
        }
        add("\n" + Markdown.code(run.target().url()) + ", " + Markdown.text(told(run)) + "\n");
        if (run.ended() != null) {
            add("\n> [!CAUTION]\n> The server " + Markdown.text(run.ended()) + " during the run.\n");
        }
        run.otherNotes().forEach(note -> add("\n> [!WARNING]\n> " + Markdown.text(note) + "\n"));
        causes(run);
        counts(run);
        baseline(run);
        var unknown = run.shown().stream().filter(r -> r.known() == null).toList();
        findings("Violations", Finding.of(unknown, VIOLATIONS));
        findings("Not judged", Finding.of(unknown, OPEN));
        known(run);
    }

    private static String told(RunReport run) {
        var target = run.target();
        var spoken = run.spoken().stream().map(Report.SpokenReport::revision).collect(Collectors.joining(", "));
        var timeout = target.idleTimeoutMs();
        var lag = target.reapLagMs();
        return (timeout == null || lag == null
                        ? "idle timeout not given"
                        : "idle timeout " + Symbols.round(timeout) + ", lag " + Symbols.round(lag))
                + (spoken.isEmpty() ? "" : "; speaks " + spoken);
    }

    /** One line for each cause, before all else. */
    private void causes(RunReport run) {
        var causes = Cause.of(run);
        if (causes.isEmpty()) {
            return;
        }
        add("\n#### What is broken\n\n");
        int left = 0;
        for (var cause : causes) {
            var rules = cause.rules();
            var names = rules.stream().limit(LISTED).map(r -> "`" + r + "`").collect(Collectors.joining(", "));
            left += fits("* " + sign(cause.verdict()) + " "
                            + (rules.size() == 1
                                    ? names + ": " + Markdown.cell(cause.headline(), LONGEST_CELL)
                                    : "**" + cause.scope() + "**: " + Markdown.cell(cause.headline(), LONGEST_CELL)
                                            + "<br>" + names
                                            + (rules.size() > LISTED
                                                    ? " and " + (rules.size() - LISTED) + " more"
                                                    : ""))
                            + "\n")
                    ? 0
                    : 1;
        }
        leftOut(left, "cause");
    }

    private void counts(RunReport run) {
        var verdicts = verdicts(run.results());
        var areas = run.results().stream().map(ResultReport::area).distinct().toList();
        add("\n");
        table(
                run.results(),
                verdicts,
                "level",
                Arrays.stream(Level.values()).map(Level::name).toList(),
                ResultReport::level);
        add("\n<details><summary>By area</summary>\n\n");
        table(run.results(), verdicts, "area", areas, ResultReport::area);
        add("\n</details>\n");
    }

    private void table(
            List<ResultReport> results,
            List<Verdict> verdicts,
            String by,
            List<String> names,
            Function<ResultReport, String> of) {
        add("| " + by + " |"
                + verdicts.stream()
                        .map(v -> " " + sign(v) + " " + Symbols.word(v) + " |")
                        .collect(Collectors.joining()) + "\n| --- |" + " ---: |".repeat(verdicts.size()) + "\n");
        for (var name : names) {
            var row = results.stream().filter(r -> of.apply(r).equals(name)).toList();
            if (!row.isEmpty()) {
                add("| " + name + " |"
                        + verdicts.stream().map(v -> " " + count(row, v) + " |").collect(Collectors.joining()) + "\n");
            }
        }
    }

    private void baseline(RunReport run) {
        if (run.baseline() == null) {
            return;
        }
        var differences = run.baseline().differences();
        var file = Markdown.code(run.baseline().file());
        var known = Symbols.count(run.baseline().known(), "known verdict");
        add("\n"
                + (run.baseline().byRun()
                        ? "Written to " + file + " as accepted: "
                                + Symbols.count(run.baseline().known(), "verdict")
                        : differences.isEmpty()
                                ? "As recorded in " + file + ": " + known
                                : "Not as recorded in " + file + ": " + known + ", "
                                        + Symbols.count(differences.size(), "difference"))
                + ".\n\n");
        int left = 0;
        for (var differing : Differing.of(run)) {
            left += fits("* " + Markdown.text(differing.text())
                            + (differing.rules().isEmpty()
                                    ? ""
                                    : ": " + Markdown.text(String.join(", ", differing.rules())))
                            + "\n")
                    ? 0
                    : 1;
        }
        leftOut(left, "difference");
    }

    private void findings(String title, List<Finding> findings) {
        if (findings.isEmpty()) {
            return;
        }
        boolean open = title.equals("Not judged");
        add("\n#### " + title + "\n\n"
                + (open
                        ? "| | rule | level | revisions | why |\n| --- | --- | --- | --- | --- |\n"
                        : "| | rule | level | revisions | expected | came |\n| --- | --- | --- | --- | --- | --- |\n"));
        int left = 0;
        for (var finding : findings) {
            left += fits(row(finding)) ? 0 : 1;
        }
        leftOut(left, "rule");
        int unexplained = 0;
        add("\n");
        for (var finding : findings) {
            unexplained += unexplained == 0 && fits(details(finding)) ? 0 : 1;
        }
        leftOut(unexplained, "explanation");
    }

    private static String row(Finding finding) {
        var shown = finding.shown();
        var row = "| " + sign(finding.verdict()) + " " + Symbols.word(finding.verdict()) + " | `" + shown.rule()
                + "` | " + finding.levels() + " | " + String.join("<br>", finding.revisions()) + " | ";
        return row
                + (OPEN.contains(finding.verdict())
                        ? Markdown.cell(shown.summary(), LONGEST_CELL)
                        : shown.expectation() == null
                                ? Markdown.cell(shown.summary(), LONGEST_CELL) + " | "
                                : Markdown.cell(shown.expectation(), LONGEST_CELL) + " | "
                                        + Markdown.cell(
                                                Objects.requireNonNullElse(shown.observation(), ""), LONGEST_CELL))
                + " |\n";
    }

    /** A rule in full, folded. */
    private static String details(Finding finding) {
        var shown = finding.shown();
        var text = new StringBuilder("<details><summary>")
                .append(sign(finding.verdict()))
                .append(" <code>")
                .append(shown.rule())
                .append("</code> ")
                .append(Markdown.html(shown.title()))
                .append("</summary>\n\n");
        text.append(finding.levels())
                .append(", ")
                .append(Markdown.text(shown.source()))
                .append("\n\n");
        if (shown.expectation() != null) {
            text.append("* expected ")
                    .append(Markdown.text(shown.expectation()))
                    .append('\n');
            text.append("* but ")
                    .append(Markdown.text(Objects.requireNonNullElse(shown.observation(), "")))
                    .append('\n');
        } else {
            text.append("* ").append(Markdown.text(shown.summary())).append('\n');
        }
        finding.elsewhere()
                .forEach(e ->
                        text.append("* elsewhere ").append(Markdown.text(e)).append('\n'));
        shown.notes()
                .forEach(n -> text.append("* note: ").append(Markdown.text(n)).append('\n'));
        if (!shown.exchanges().isEmpty()) {
            text.append("\nIn ").append(shown.revision()).append(":\n\n").append(Markdown.block("text", steps(shown)));
        }
        if (shown.curl() != null) {
            text.append("\nTo repeat it:\n\n").append(Markdown.block("sh", shown.curl()));
        }
        return text.append("\n</details>\n").toString();
    }

    private static String steps(ResultReport result) {
        var lines = new ByteArrayOutputStream();
        new Explanation(new Screen(
                        new PrintStream(lines, true, StandardCharsets.UTF_8),
                        StandardCharsets.UTF_8,
                        false,
                        false,
                        140))
                .exchanges(result, false);
        return lines.toString(StandardCharsets.UTF_8)
                .lines()
                .map(l -> l.startsWith("    ") ? l.substring(4) : l)
                .collect(Collectors.joining("\n"));
    }

    private void known(RunReport run) {
        var results = run.shown().stream().filter(r -> r.known() != null).toList();
        var known = Finding.of(results, List.of(Verdict.values()));
        if (known.isEmpty()) {
            return;
        }
        add("\n<details><summary>" + Symbols.count(results.size(), "known verdict") + "</summary>\n\n"
                + "| | rule | revisions | accepted because |\n| --- | --- | --- | --- |\n");
        int left = 0;
        for (var finding : known) {
            left += fits("| " + sign(finding.verdict()) + " " + Symbols.word(finding.verdict()) + " | `"
                            + finding.shown().rule()
                            + "` | " + String.join("<br>", finding.revisions()) + " | "
                            + Markdown.cell(
                                    Objects.requireNonNullElse(finding.shown().known(), ""), LONGEST_CELL) + " |\n")
                    ? 0
                    : 1;
        }
        leftOut(left, "known verdict");
        add("\n</details>\n");
    }

    // ---- pieces ----

    private static List<Verdict> verdicts(List<ResultReport> results) {
        return Arrays.stream(Verdict.values())
                .filter(v -> count(results, v) > 0)
                .toList();
    }

    private static long count(List<ResultReport> results, Verdict verdict) {
        return results.stream().filter(r -> r.verdict().equals(verdict.name())).count();
    }

    private static int status(RunReport run) {
        return run.exitStatus() == null ? 3 : run.exitStatus();
    }

    private static String sign(int exitStatus) {
        return exitStatus == 0 ? "✅" : exitStatus == 1 ? "❌" : "❔";
    }

    private static String sign(Verdict verdict) {
        return switch (verdict) {
            case PASS -> "✅";
            case FAIL -> "❌";
            case WARN -> "⚠️";
            case ERROR -> "💥";
            case INCONCLUSIVE -> "❔";
            case NOT_APPLICABLE -> "➖";
            case NOT_TESTABLE -> "⚪";
            case NOT_RUN -> "⏹️";
        };
    }

    private void leftOut(int count, String thing) {
        if (count > 0) {
            add("\n" + Symbols.count(count, "more " + thing)
                    + " left out, for want of room; --json and --html have all.\n");
        }
    }

    /** Adds a piece whole, or not at all where there is no room for it. */
    private boolean fits(String piece) {
        if (bytes + length(piece) > limit) {
            return false;
        }
        add(piece);
        return true;
    }

    private void add(String piece) {
        try {
            out.write(piece);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        bytes += length(piece);
    }

    private static int length(String piece) {
        return piece.getBytes(StandardCharsets.UTF_8).length;
    }
}
