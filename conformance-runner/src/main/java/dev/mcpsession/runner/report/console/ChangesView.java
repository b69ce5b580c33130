package dev.mcpsession.runner.report.console;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Changes;
import dev.mcpsession.runner.report.model.Changes.Change;
import dev.mcpsession.runner.report.model.Changes.Kind;
import dev.mcpsession.runner.report.model.Changes.Row;
import dev.mcpsession.runner.report.text.Screen;
import dev.mcpsession.runner.report.text.Symbols;
import dev.mcpsession.runner.report.text.Wrap;
import java.util.ArrayList;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tells on the console what changed between two runs: a headline for each cause, and its rules below it. */
public final class ChangesView {
    private static final String ABSENT = "not judged";
    private static final int MIN_WIDTH = 40;

    private final Screen screen;

    public ChangesView(Screen screen) {
        this.screen = screen;
    }

    public void show(Changes changes) {
        changes.unjudged().forEach(why -> screen.line(Screen.bold("Not judged: ") + why));
        changes.caveats()
                .forEach(caveat -> Wrap.lines(caveat, screen.width()).forEach(l -> screen.line(Screen.yellow(l))));
        if (!changes.caveats().isEmpty()) {
            screen.line();
        }
        for (var kind : Kind.values()) {
            var rows = changes.rows(kind);
            if (!rows.isEmpty()) {
                screen.line(Screen.bold(kind.title()) + " (" + rows.size() + ")");
                rows.forEach(this::row);
                screen.line();
            }
        }
        screen.line(changes.tally());
    }

    private void row(Row row) {
        boolean one = row.rules() == 1;
        var head = new ArrayList<String>();
        head.add(Screen.bold(one ? row.changes().get(0).rule() : Symbols.count(row.rules(), "rule")));
        if (!row.revisions().isEmpty()) {
            head.add(String.join(", ", row.revisions()));
        }
        head.add(row.turns().stream().map(ChangesView::turn).collect(Collectors.joining(", ")));
        if (row.server() != null) {
            head.add(Screen.dim(row.server()));
        }
        screen.line("  " + (row.now() == null ? " " : Symbols.sign(row.now())) + " " + String.join("  ", head));
        paragraph((row.kind() == Kind.MENDED && !row.headline().isBlank() ? "before: " : "") + row.headline());
        if (!one) {
            paragraph(String.join(", ", row.names(row.changes())));
            if (!row.explained().isEmpty()) {
                paragraph((row.kind() == Kind.NEW ? "not judged because of it: " : "judged again: ")
                        + String.join(", ", row.names(row.explained())));
            }
        }
    }

    private void paragraph(String text) {
        Wrap.lines(text, Math.max(MIN_WIDTH, screen.width() - 6)).forEach(line -> screen.line("      " + line));
    }

    private static String turn(Change change) {
        return word(change.then()) + " → " + word(change.now());
    }

    private static String word(@Nullable Verdict verdict) {
        return verdict == null ? Screen.dim(ABSENT) : Symbols.paint(verdict, Symbols.word(verdict));
    }
}
