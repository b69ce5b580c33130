package dev.mcpsession.runner.report.html;

import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Matrix;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.text.Symbols;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The model of the HTML report's templates. */
final class HtmlPage {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final Report report;
    private final Function<String, Optional<String>> notes;
    private final String style;
    private final String script;
    private final String policy;
    private final List<HtmlRun> runs;
    /** The ids that elements of the page have. */
    private final Set<String> ids = new HashSet<>();

    private final Set<String> noted = new HashSet<>();

    HtmlPage(Report report, Function<String, Optional<String>> notes, String style, String script, String policy) {
        this.report = report;
        this.notes = notes;
        this.style = style;
        this.script = script;
        this.policy = policy;
        runs = report.runs().stream().map(run -> new HtmlRun(run, this)).toList();
    }

    String style() {
        return style;
    }

    String script() {
        return script;
    }

    String policy() {
        return policy;
    }

    Report report() {
        return report;
    }

    List<HtmlRun> runs() {
        return runs;
    }

    boolean isComparison() {
        return runs.size() > 1;
    }

    Matrix matrix() {
        return Matrix.of(report.runs());
    }

    /** Where a cell of the matrix leads. */
    @Nullable
    String idOf(Matrix.Row row, int run) {
        return runs.get(run).idOf(row.rule());
    }

    String date() {
        return DATE.format(report.startedAt());
    }

    String heading() {
        return runs.isEmpty()
                ? "No server could be judged"
                : isComparison()
                        ? runs.size() + " servers side by side"
                        : runs.get(0).run().title();
    }

    String title() {
        return heading() + " – MCP session conformance";
    }

    /** A tick, a cross or a question mark, so that the outcome shows on the tab of a browser. */
    String icon() {
        var shape = switch (kind(report.exitStatus())) {
            case "good" -> "<path d='M8 17l6 6 11-14' stroke='#1a7f37'";
            case "bad" -> "<path d='M9 9l14 14M23 9L9 23' stroke='#cf222e'";
            default -> "<path d='M11 12a5 5 0 1 1 7 5c-2 1-2 2-2 4m0 4v1' stroke='#8250df'";
        };
        var svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32' fill='none' stroke-width='5'>" + shape
                + "/></svg>";
        return "data:image/svg+xml;base64," + Base64.getEncoder().encodeToString(svg.getBytes(StandardCharsets.UTF_8));
    }

    static String kind(@Nullable Integer exitStatus) {
        return exitStatus == null ? "open" : exitStatus == 0 ? "good" : exitStatus == 1 ? "bad" : "open";
    }

    // ---- what can be filtered by ----

    List<Verdict> verdicts() {
        return Stream.of(
                        Verdict.FAIL,
                        Verdict.WARN,
                        Verdict.ERROR,
                        Verdict.INCONCLUSIVE,
                        Verdict.NOT_RUN,
                        Verdict.PASS,
                        Verdict.NOT_TESTABLE,
                        Verdict.NOT_APPLICABLE)
                .filter(v -> results().anyMatch(r -> r.verdict().equals(v.name())))
                .toList();
    }

    List<String> levels() {
        return Arrays.stream(Level.values())
                .map(Level::name)
                .filter(l -> results().anyMatch(r -> r.level().equals(l)))
                .toList();
    }

    List<String> revisions() {
        return results().map(ResultReport::revision).distinct().sorted().toList();
    }

    List<String> areas() {
        return results().map(ResultReport::area).distinct().toList();
    }

    private Stream<ResultReport> results() {
        return report.runs().stream().map(RunReport::results).flatMap(List::stream);
    }

    // ---- for the parts ----

    /** An id that no other element of the page has: the wish itself for the first that asks. */
    String id(String wish) {
        var id = wish;
        for (int i = 2; !ids.add(id); i++) {
            id = wish + "-" + i;
        }
        return id;
    }

    /** The note on a rule as HTML, where it is first asked for; each stands on the page once. */
    Optional<String> note(String rule) {
        return noted.add(rule) ? notes.apply(rule).map(markdown -> NoteHtml.of(markdown, 4)) : Optional.empty();
    }

    // ---- how things are called ----

    static String css(Verdict verdict) {
        return "v-" + verdict.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static String sign(Verdict verdict) {
        return Symbols.mark(verdict);
    }

    static String word(Verdict verdict) {
        return Symbols.word(verdict).toLowerCase(Locale.ROOT);
    }
}
