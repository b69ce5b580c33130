package dev.mcpsession.runner.report.html;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Field;
import dev.mcpsession.runner.report.model.Field.Cell;
import dev.mcpsession.runner.report.model.Field.Column;
import dev.mcpsession.runner.report.model.Field.Row;
import dev.mcpsession.runner.report.model.Field.Seen;
import dev.mcpsession.runner.report.model.Field.Table;
import dev.mcpsession.runner.report.model.Field.Told;
import gg.jte.output.WriterOutput;
import java.io.Writer;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Writes the page about the field: one HTML file that loads nothing, and is whole without its script. */
public final class HtmlField {
    private final Field field;
    private final String style = HtmlReport.resource("report.css") + HtmlReport.resource("field.css");
    private final String script = HtmlReport.resource("page.js") + HtmlReport.resource("field.js");

    private HtmlField(Field field) {
        this.field = field;
    }

    /** Writes the page piece by piece. */
    public static void write(Field field, Writer out) {
        HtmlReport.engine().render("field.jte", new HtmlField(field), new WriterOutput(out));
    }

    String style() {
        return style;
    }

    String script() {
        return script;
    }

    String policy() {
        return HtmlReport.policy(style, script);
    }

    List<Table> tables() {
        return field.tables();
    }

    // ---- what can be filtered by ----

    List<Verdict> verdicts() {
        return Stream.of(Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE, Verdict.ERROR)
                .filter(v -> told().anyMatch(t -> t.verdict().equals(v.name())))
                .toList();
    }

    /** The harm that violations do to users, by place, as far as any does. */
    Map<Integer, String> harms() {
        return IntStream.range(0, field.harms().size())
                .filter(harm -> told().anyMatch(t -> t.harm() == harm))
                .boxed()
                .collect(Collectors.toMap(harm -> harm, field.harms()::get, (one, other) -> one, LinkedHashMap::new));
    }

    List<String> areas() {
        return told().map(Told::rules)
                .flatMap(List::stream)
                .map(HtmlField::area)
                .distinct()
                .sorted()
                .toList();
    }

    /** The servers and clients that break anything: their folders, with what people call them. */
    Map<String, String> subjects(Table table) {
        return table.findings().stream()
                .collect(Collectors.toMap(Told::subject, Told::server, (one, other) -> one, LinkedHashMap::new));
    }

    private Stream<Told> told() {
        return field.tables().stream().map(Table::findings).flatMap(Collection::stream);
    }

    // ---- the tables ----

    static String plural(Table table) {
        return table.kind() + "s";
    }

    static String heading(Table table) {
        return table.kind().equals("server") ? "Servers" : "Clients";
    }

    /** The rows of each area. */
    Map<String, List<Row>> areas(Table table) {
        return table.rows().stream()
                .collect(Collectors.groupingBy(row -> area(row.rule()), LinkedHashMap::new, Collectors.toList()));
    }

    static String area(String rule) {
        return rule.substring(0, rule.indexOf('/'));
    }

    static String name(String rule) {
        return rule.substring(rule.indexOf('/') + 1);
    }

    String harm(int place) {
        return field.harms().get(place);
    }

    /** How many servers or clients break the rule. */
    static long broken(Row row) {
        return cells(row).stream()
                .filter(Objects::nonNull)
                .filter(c -> c.finding() != null)
                .count();
    }

    private static List<Cell> cells(Row row) {
        return Objects.requireNonNullElse(row.cells(), List.of());
    }

    static Verdict verdict(String name) {
        return Verdict.valueOf(name);
    }

    /** The text of a cell for those who cannot see its sign, or point at it. */
    static String label(Row row, Column column, Cell cell) {
        return row.rule() + ", " + column.name() + ": " + HtmlPage.word(verdict(cell.verdict()))
                + (cell.revisions().isEmpty() ? "" : " in " + String.join(", ", cell.revisions()));
    }

    /** How often each verdict came in a column, counted once for each rule. */
    List<HtmlRun.Tally> tallies(Table table, int column) {
        var cells = table.rows().stream()
                .map(row -> cells(row).get(column))
                .filter(Objects::nonNull)
                .toList();
        return Arrays.stream(Verdict.values())
                .map(v -> new HtmlRun.Tally(v, (int)
                        cells.stream().filter(c -> c.verdict().equals(v.name())).count()))
                .filter(t -> t.count() > 0)
                .toList();
    }

    // ---- what stands behind ----

    /** The worst for users first; among those alike, what breaks more rules. */
    List<Told> findings(Table table) {
        return table.findings().stream()
                .sorted(Comparator.comparingInt(Told::harm)
                        .thenComparing(t -> verdict(t.verdict()) != Verdict.FAIL)
                        .thenComparing(t -> -t.rules().size()))
                .toList();
    }

    static String areasOf(Told told) {
        return told.rules().stream().map(HtmlField::area).distinct().collect(Collectors.joining(" "));
    }

    static String prose(Told told) {
        return NoteHtml.of(told.text(), 4);
    }

    /** Maps each text that was seen to the rules and servers that it was seen of. */
    Map<String, List<Seen>> observations(Told told) {
        return told.seen().stream()
                .filter(s -> s.text() != null)
                .collect(Collectors.groupingBy(
                        s -> Objects.requireNonNull(s.text()), LinkedHashMap::new, Collectors.toList()));
    }

    static String of(List<Seen> seen) {
        var rules = seen.stream().map(Seen::rule).distinct().toList();
        var by = seen.stream().map(Seen::by).distinct().toList();
        return String.join(", ", rules) + " on " + String.join(", ", by);
    }
}
