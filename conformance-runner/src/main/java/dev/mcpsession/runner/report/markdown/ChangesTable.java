package dev.mcpsession.runner.report.markdown;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Changes;
import dev.mcpsession.runner.report.model.Changes.Change;
import dev.mcpsession.runner.report.model.Changes.Kind;
import dev.mcpsession.runner.report.model.Changes.Row;
import dev.mcpsession.runner.report.text.Symbols;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes in GitHub's Markdown what changed between two runs, such as for a comment on a pull request. */
public final class ChangesTable {
    private static final String ABSENT = "not judged";

    /** A comment may have 65,536 characters; the rest is room for what else is written. */
    private static final int MAX_LENGTH = 60_000;

    private static final int LONGEST_CELL = 240;

    private ChangesTable() {}

    public static String write(Changes changes) {
        var text = new StringBuilder("### MCP sessions: " + changes.tally() + "\n\n");
        changes.unjudged()
                .forEach(why -> text.append("**Not judged:** ")
                        .append(Markdown.text(why))
                        .append("\n\n"));
        changes.caveats().forEach(caveat -> text.append(Markdown.text(caveat)).append("\n\n"));
        for (var kind : Kind.values()) {
            table(kind, changes.rows(kind), text);
        }
        return text.toString();
    }

    private static void table(Kind kind, List<Row> rows, StringBuilder text) {
        if (rows.isEmpty()) {
            return;
        }
        text.append("**")
                .append(kind.title())
                .append("**\n\n| | ")
                .append(kind == Kind.MENDED ? "what came before" : "what came")
                .append(" | rules | revisions | before → now |\n| --- | --- | --- | --- | --- |\n");
        int left = 0;
        for (var row : rows) {
            var line = row(row);
            if (left > 0 || text.length() + line.length() > MAX_LENGTH) {
                left++;
            } else {
                text.append(line);
            }
        }
        if (left > 0) {
            text.append("\n").append(left).append(" more are left out.\n");
        }
        text.append("\n");
    }

    private static String row(Row row) {
        return "| " + (row.now() == null ? "" : Symbols.mark(row.now()))
                + " | " + Markdown.cell(row.headline(), LONGEST_CELL)
                + (row.server() == null ? "" : "<br>" + Markdown.text(row.server()))
                + " | " + (row.rules() == 1 ? "" : "**" + row.rules() + " rules**<br>") + names(row, row.changes())
                + (row.explained().isEmpty()
                        ? ""
                        : "<br>" + (row.kind() == Kind.NEW ? "not judged because of it: " : "judged again: ")
                                + names(row, row.explained()))
                + " | " + Markdown.text(String.join(", ", row.revisions()))
                + " | " + row.turns().stream().map(ChangesTable::turn).collect(Collectors.joining("<br>")) + " |\n";
    }

    private static String names(Row row, List<Change> changes) {
        return row.names(changes).stream().map(Markdown::code).collect(Collectors.joining(", "));
    }

    private static String turn(Change change) {
        return word(change.then()) + " → " + word(change.now());
    }

    private static String word(@Nullable Verdict verdict) {
        return verdict == null ? ABSENT : Symbols.word(verdict);
    }
}
