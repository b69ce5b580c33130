package dev.mcpsession.runner.report.console;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Finding;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.ExchangeReport;
import dev.mcpsession.runner.report.model.Report.HeaderReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.model.Report.WaitReport;
import dev.mcpsession.runner.report.text.Screen;
import dev.mcpsession.runner.report.text.Symbols;
import dev.mcpsession.runner.report.text.Wrap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Explains verdicts: what was required and by whom, what was expected, what came, and how to see it again. */
public final class Explanation {
    /** Of a long transcript, this much before the decisive exchange is shown. */
    private static final int SHOWN = 14;

    private static final int LONGEST_CURL = 2000;

    /** Of the column that says what was sent. */
    private static final int MAX_WHAT = 34;

    /** So narrow a column for what came is not worth its lines. */
    private static final int MIN_ROOM = 24;

    private final Screen screen;

    public Explanation(Screen screen) {
        this.screen = screen;
    }

    /**
     * Explains everything that needs it: violations that are not known, or are only since this run has written them to
     * a baseline, and what could not be judged.
     */
    public void explain(RunReport run) {
        var baseline = run.baseline();
        section(
                baseline != null && baseline.byRun()
                        ? "Violations, written to " + baseline.file() + " as accepted"
                        : "Violations",
                run.shown(),
                List.of(Verdict.FAIL, Verdict.WARN));
        section("Not judged", run.shown(), List.of(Verdict.ERROR, Verdict.INCONCLUSIVE));
    }

    private void section(String title, List<ResultReport> results, List<Verdict> verdicts) {
        var findings =
                Finding.of(results.stream().filter(r -> r.known() == null).toList(), verdicts);
        if (!findings.isEmpty()) {
            screen.line();
            screen.line(Screen.bold(title));
            findings.forEach(this::rule);
        }
    }

    private void rule(Finding finding) {
        var shown = finding.shown();
        var verdict = finding.verdict();
        screen.line();
        screen.line(Symbols.sign(verdict) + " " + Symbols.paint(verdict, Symbols.word(verdict)) + "  "
                + Screen.bold(shown.rule()) + "  " + Screen.dim(String.join(" ", finding.revisions())));
        field("rule", shown.title());
        field("by", finding.levels() + ", " + shown.source());
        if (shown.expectation() != null) {
            field("expected", shown.expectation());
            field("but", shown.observation());
        } else {
            field("because", shown.summary());
        }
        finding.elsewhere().forEach(e -> field("elsewhere", e));
        shown.notes().forEach(n -> field("note", n));
        if (!shown.exchanges().isEmpty()) {
            if (finding.results().size() > 1) {
                field("seen", "in " + shown.revision() + ":");
            }
            exchanges(shown, false);
        }
        if (shown.curl() != null) {
            field("repeat", null);
            screen.command("    "
                    + (shown.curl().length() <= LONGEST_CURL
                            ? shown.curl()
                            : "too long to show; see the report of --json"));
        }
        field("more", "explain " + shown.rule());
    }

    private void field(String name, @Nullable String value) {
        if (value == null) {
            screen.line("  " + Screen.dim(name));
            return;
        }
        var lines = Wrap.lines(value, Math.max(25, screen.width() - 13));
        for (int i = 0; i < lines.size(); i++) {
            screen.line("  " + Symbols.pad(i == 0 ? Screen.dim(name) : "", 9) + "  " + lines.get(i));
        }
    }

    // ---- exchanges ----

    /** The exchanges and waits in the order of time; in full with headers and bodies, or the gist. */
    public void exchanges(ResultReport result, boolean whole) {
        record Row(
                double at,
                @Nullable ExchangeReport exchange,
                @Nullable WaitReport pause) {}

        var rows = new ArrayList<Row>();
        result.exchanges().forEach(e -> rows.add(new Row(e.sentAtMs(), e, null)));
        result.waits().forEach(w -> rows.add(new Row(w.fromMs(), null, w)));
        rows.sort(Comparator.comparingDouble(Row::at));
        if (!whole) {
            rows.removeIf(
                    r -> r.exchange() != null && "clean-up".equals(r.exchange().purpose()));
        }
        var decisive = result.decisive();
        int end = rows.size();
        for (int i = 0; i < rows.size() && decisive != null; i++) {
            if (rows.get(i).exchange() == decisive) {
                end = i + 1;
            }
        }
        int begin = whole ? 0 : Math.max(0, end - SHOWN);
        end = whole ? rows.size() : end;
        if (begin > 0) {
            screen.line(Screen.dim("    … " + Symbols.count(begin, "step") + " before"));
        }
        int width = result.exchanges().stream()
                .mapToInt(e -> what(e).length())
                .max()
                .orElse(0);
        for (var row : rows.subList(begin, end)) {
            var at = Symbols.padLeft(Symbols.span(Math.max(0, row.at())), 8);
            var pause = row.pause();
            if (pause != null) {
                var session = pause.session() == null ? "" : " for session " + pause.session();
                screen.line("    "
                        + Screen.dim(at + "     … " + Symbols.span(pause.untilMs() - pause.fromMs()) + " let pass"
                                + session));
                continue;
            }
            var e = Objects.requireNonNull(row.exchange(), "Each row has one of the two");
            var took =
                    e.headAtMs() == null ? "" : "  " + Screen.dim("after " + Symbols.span(e.headAtMs() - e.sentAtMs()));
            row(
                    "    " + Screen.dim(at) + "  " + Symbols.pad(e.session() == null ? " " : e.session(), 2) + " "
                            + Symbols.pad(what(e), Math.min(width, MAX_WHAT)) + "  → ",
                    Wrap.cut(e.outcome(), 120) + took,
                    e == decisive && !whole ? " " + Screen.bold("◀") : "");
            if (whole) {
                details(e);
            }
        }
        if (end < rows.size()) {
            screen.line(Screen.dim("    … " + Symbols.count(rows.size() - end, "step") + " after"));
        }
    }

    /** What came of an exchange, under which its further lines stand where there is room for that. */
    private void row(String begin, String outcome, String end) {
        int begun = Screen.width(begin);
        int room = screen.width() - begun - Screen.width(end);
        if (!screen.wraps() || room < MIN_ROOM || Screen.width(outcome) <= room) {
            screen.line(begin + outcome + end);
            return;
        }
        var lines = Wrap.lines(outcome, room);
        for (int i = 0; i < lines.size(); i++) {
            screen.line((i == 0 ? begin : " ".repeat(begun)) + lines.get(i) + (i == lines.size() - 1 ? end : ""));
        }
    }

    private static String what(ExchangeReport exchange) {
        return exchange.call() == null ? exchange.method() : exchange.method() + " " + exchange.call();
    }

    private void details(ExchangeReport e) {
        e.requestHeaders().forEach(h -> detail("> ", header(h)));
        body("> ", e.requestBody());
        if (e.headers() != null) {
            e.headers().forEach(h -> detail("< ", header(h)));
            body("< ", e.body());
        }
    }

    private static String header(HeaderReport header) {
        return header.name() + ": " + header.value();
    }

    private void body(String mark, Report.@Nullable BodyReport body) {
        if (body != null && !body.text().isEmpty()) {
            body.text().lines().filter(l -> !l.isBlank()).forEach(l -> detail(mark, l));
            if (body.cutFrom() != null) {
                detail(mark, "… " + body.cutFrom() + " characters in all");
            }
        }
    }

    private void detail(String mark, String text) {
        screen.line(Screen.dim("                  " + mark + text));
    }
}
