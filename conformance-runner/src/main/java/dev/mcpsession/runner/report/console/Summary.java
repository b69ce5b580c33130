package dev.mcpsession.runner.report.console;

import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Cause;
import dev.mcpsession.runner.report.model.Differing;
import dev.mcpsession.runner.report.model.Matrix;
import dev.mcpsession.runner.report.model.Outcome;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.model.TimeoutCheck;
import dev.mcpsession.runner.report.text.Screen;
import dev.mcpsession.runner.report.text.Symbols;
import dev.mcpsession.runner.report.text.Wrap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** The beginning and the end of the console report: what is judged, and what came of it. */
public final class Summary {
    /** Of what came, so many lines; the explanation above has all of it. */
    private static final int MAX_LINES = 3;

    /** Where the reason begins for which a revision is not spoken. */
    private static final int REASON = "not    2025-11-25: ".length();

    private static final int MAX_NAMED = 6;
    private static final int MIN_WIDTH = 20;

    private final Screen screen;
    private boolean narrow;

    public Summary(Screen screen) {
        this.screen = screen;
    }

    // ---- the beginning ----

    /** Says what is judged, once it is known what the server speaks. */
    public void head(
            Report.TargetReport target, List<Report.SpokenReport> spoken, List<Report.UnspokenReport> unspoken) {
        screen.status("");
        var server = spoken.stream()
                .map(Report.SpokenReport::server)
                .filter(s -> !s.isBlank())
                .findFirst()
                .orElse("");
        var name = target.title() == null ? server.isBlank() ? target.name() : server : target.title();
        screen.line(Screen.bold(name) + "  " + target.url());
        var told = new ArrayList<String>();
        var timeout = target.idleTimeoutMs();
        var lag = target.reapLagMs();
        if (timeout != null && lag != null) {
            told.add("idle timeout " + Symbols.round(timeout) + ", reaped within another " + Symbols.round(lag));
        } else {
            told.add("idle timeout "
                    + (target.idleTimeoutNote() == null ? "not given" : "none: " + target.idleTimeoutNote()));
        }
        if (target.slowTool() != null) {
            told.add("slow tool " + target.slowTool().name());
        }
        if (target.users() == 2) {
            told.add("two users");
        }
        if (target.launched()) {
            told.add("started by us");
        }
        screen.line(Screen.dim(String.join(" · ", told)));
        screen.line(Screen.dim("speaks "
                + String.join(
                        ", ", spoken.stream().map(Report.SpokenReport::revision).toList())));
        for (var each : unspoken) {
            var lines = Wrap.lines(each.reason(), Math.max(MIN_WIDTH, screen.width() - REASON), MAX_LINES);
            for (int i = 0; i < lines.size(); i++) {
                screen.line(
                        Screen.dim((i == 0 ? "not    " + each.revision() + ": " : " ".repeat(REASON)) + lines.get(i)));
            }
        }
    }

    // ---- the end ----

    public void tail(RunReport run, int exitStatus) {
        var verdicts = Arrays.stream(Verdict.values())
                .filter(v -> run.counts().containsKey(v.name()))
                .toList();
        var levels = Arrays.stream(Level.values()).map(Level::name).toList();
        var areas = run.results().stream().map(ResultReport::area).distinct().toList();
        narrow = width(run)
                        + verdicts.stream()
                                .mapToInt(v -> Symbols.word(v).length() + 3)
                                .sum()
                > screen.width();
        screen.line();
        screen.line(Screen.dim(" ".repeat(width(run))
                + String.join("", verdicts.stream().map(v -> column(word(v), v)).toList())));
        rows(run, levels, ResultReport::level, verdicts);
        screen.line();
        rows(run, areas, ResultReport::area, verdicts);
        screen.line();
        causes(run);
        baseline(run);
        screen.line(verdict(run, exitStatus));
    }

    /** Which rules are broken and what came, by cause: for whoever sees the end of the output only. */
    private void causes(RunReport run) {
        var causes = Cause.of(run);
        var timeout = TimeoutCheck.of(run);
        if (timeout.isPresent() && causes.stream().noneMatch(c -> timeout.get().equals(c.said()))) {
            screen.line(Screen.yellow(timeout.get()));
            screen.line();
        }
        if (causes.isEmpty()) {
            return;
        }
        screen.line(Screen.bold(causes.size() == 1 ? "What is broken" : "What is broken, by cause"));
        for (var cause : causes) {
            var rules = cause.rules();
            screen.line(Symbols.sign(cause.verdict()) + " " + Screen.bold(cause.scope()));
            paragraph(cause.headline(), cause.said() == null ? MAX_LINES : Integer.MAX_VALUE);
            if (rules.size() > 1) {
                int named = Math.min(rules.size(), MAX_NAMED);
                paragraph(
                        String.join(", ", rules.subList(0, named))
                                + (named < rules.size() ? " and " + (rules.size() - named) + " more" : ""),
                        Integer.MAX_VALUE);
            }
        }
        screen.line();
    }

    private void paragraph(String text, int most) {
        Wrap.lines(text, Math.max(MIN_WIDTH, screen.width() - 4), most).forEach(line -> screen.line("    " + line));
    }

    /** A text behind a sign, under which its further lines do not stand. */
    private void hanging(String sign, String text) {
        var lines = Wrap.lines(text, Math.max(MIN_WIDTH, screen.width() - 4));
        for (int i = 0; i < lines.size(); i++) {
            screen.line((i == 0 ? sign : "    ") + lines.get(i));
        }
    }

    /** Several servers side by side: what came of each, and the rules that are not kept everywhere. */
    public void comparison(List<RunReport> runs) {
        screen.line();
        screen.line(Screen.bold("Side by side"));
        screen.line();
        int names =
                runs.stream().mapToInt(r -> r.target().name().length()).max().orElse(0);
        for (int i = 0; i < runs.size(); i++) {
            var run = runs.get(i);
            screen.line(Symbols.padLeft(String.valueOf(i + 1), 3) + "  "
                    + Symbols.pad(run.target().name(), names) + "  "
                    + (run.problem() == null
                            ? verdict(run, Objects.requireNonNull(run.exitStatus(), "exit status"))
                            : Screen.magenta("Could not be judged") + ": "
                                    + Wrap.cut(run.problem(), Math.max(20, screen.width() - names - 28))));
        }
        rows(Matrix.of(runs).rows().stream().filter(Matrix.Row::isOfInterest).toList(), runs.size());
        var others = runs.stream()
                .filter(r -> r.exitStatus() == null || r.exitStatus() != 0)
                .map(r -> r.target().name())
                .toList();
        screen.line();
        screen.line(
                others.isEmpty()
                        ? Screen.green("Conforms") + ": each of the " + runs.size() + " servers."
                        : Screen.red("Does not conform, or could not be judged") + ": " + String.join(", ", others)
                                + " (" + others.size() + " of " + Symbols.count(runs.size(), "server") + ").");
    }

    private void rows(List<Matrix.Row> rows, int servers) {
        if (rows.isEmpty()) {
            return;
        }
        int width = rows.stream().mapToInt(r -> r.rule().length()).max().orElse(0);
        screen.line();
        var head = new StringBuilder(" ".repeat(width + 2));
        for (int i = 0; i < servers; i++) {
            head.append(Symbols.padLeft(String.valueOf(i + 1), 3)).append(' ');
        }
        screen.line(Screen.dim(head.toString().stripTrailing()));
        for (var row : rows) {
            var line = new StringBuilder("  ").append(Symbols.pad(row.rule(), width));
            // A verdict that the baseline knows is no news.
            row.cells()
                    .forEach(c -> line.append(c.verdict()
                            .map(v -> c.known()
                                    ? Screen.dim(" (" + Symbols.mark(v) + ")")
                                    : "  " + Symbols.sign(v) + (c.everywhere() ? " " : "*"))
                            .orElse("    ")));
            screen.line(line.toString().stripTrailing());
        }
        screen.line();
        screen.line(Screen.dim("  * in some revisions only   ( ) known to the baseline"));
    }

    /** The heading of a column; shorter where the words would not fit. */
    private String word(Verdict verdict) {
        return !narrow
                ? Symbols.word(verdict)
                : switch (verdict) {
                    case NOT_APPLICABLE -> "n/a";
                    case NOT_TESTABLE -> "untested";
                    case INCONCLUSIVE -> "unclear";
                    default -> Symbols.word(verdict);
                };
    }

    private static int width(RunReport run) {
        return run.results().stream()
                        .mapToInt(r -> Math.max(r.area().length(), r.level().length()))
                        .max()
                        .orElse(0)
                + 2;
    }

    private String column(String text, Verdict verdict) {
        return Symbols.padLeft(text, word(verdict).length() + (narrow ? 2 : 3));
    }

    private void rows(RunReport run, List<String> names, Function<ResultReport, String> by, List<Verdict> verdicts) {
        for (var name : names) {
            var row =
                    run.results().stream().filter(r -> by.apply(r).equals(name)).toList();
            if (!row.isEmpty()) {
                var line = new StringBuilder(Symbols.pad(name, width(run)));
                for (var verdict : verdicts) {
                    long count = row.stream()
                            .filter(r -> r.verdict().equals(verdict.name()))
                            .count();
                    line.append(
                            count == 0
                                    ? Screen.dim(column("·", verdict))
                                    : column(Symbols.paint(verdict, String.valueOf(count)), verdict));
                }
                screen.line(line.toString());
            }
        }
    }

    private void baseline(RunReport run) {
        if (run.baseline() == null) {
            return;
        }
        screen.line(Outcome.baseline(run.baseline()) + ".");
        for (var differing : Differing.of(run)) {
            hanging("  " + Screen.red("✗") + " ", differing.text());
            if (!differing.rules().isEmpty()) {
                paragraph(String.join(", ", differing.rules()), Integer.MAX_VALUE);
            }
        }
    }

    private static String verdict(RunReport run, int exitStatus) {
        var outcome = Outcome.of(run, exitStatus);
        var word = switch (exitStatus) {
            case 0 -> Screen.green(outcome.word());
            case 1 -> Screen.red(outcome.word());
            default -> Screen.magenta(outcome.word());
        };
        return word + outcome.rest();
    }
}
