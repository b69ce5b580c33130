package dev.mcpsession.runner.report.console;

import dev.mcpsession.runner.report.text.Screen;
import dev.mcpsession.runner.report.text.Wrap;
import java.util.ArrayList;
import java.util.List;

/** Shows a note, which is written in a little Markdown, on the console. */
public final class Note {
    private final Screen screen;
    private final int width;

    public Note(Screen screen) {
        this.screen = screen;
        width = Math.min(100, screen.width());
    }

    /** Shows headings bold, paragraphs and list items wrapped, and blocks of code as they are. */
    public void show(String markdown) {
        boolean inCode = false;
        var paragraph = new ArrayList<String>();
        for (var line : markdown.lines().toList()) {
            boolean fence = line.strip().startsWith("```");
            if (fence || inCode) {
                flush(paragraph);
                inCode ^= fence;
                if (!fence) {
                    screen.line("    " + Screen.cyan(line));
                }
            } else if (line.isBlank()) {
                flush(paragraph);
                screen.line();
            } else if (line.startsWith("#")) {
                flush(paragraph);
                screen.line(Screen.bold(line.replaceFirst("^#+\\s*", "")));
            } else if (line.strip().startsWith("|")) {
                flush(paragraph);
                screen.line(line);
            } else {
                if (line.strip().matches("([-*+]|\\d+\\.) .*")) {
                    flush(paragraph);
                }
                paragraph.add(line);
            }
        }
        flush(paragraph);
    }

    private void flush(List<String> paragraph) {
        if (paragraph.isEmpty()) {
            return;
        }
        var first = paragraph.get(0);
        var indent = " ".repeat(first.length() - first.stripLeading().length());
        boolean item = first.strip().matches("([-*+]|\\d+\\.) .*");
        var mark = item ? first.strip().substring(0, first.strip().indexOf(' ') + 1) : "";
        var text =
                String.join(" ", paragraph.stream().map(String::strip).toList()).substring(mark.length());
        var lines = Wrap.lines(inline(text), width - indent.length() - mark.length());
        for (int i = 0; i < lines.size(); i++) {
            screen.line(indent + (i == 0 ? mark : " ".repeat(mark.length())) + lines.get(i));
        }
        paragraph.clear();
    }

    private static String inline(String text) {
        return text.replaceAll("\\*\\*([^*]+)\\*\\*", "$1")
                .replaceAll("\\[([^]]+)]\\(([^)]+)\\)", "$1 ($2)")
                .replace("`", "");
    }
}
