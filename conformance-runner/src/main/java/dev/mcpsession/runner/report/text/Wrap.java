package dev.mcpsession.runner.report.text;

import dev.mcpsession.conformance.protocol.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Breaks text into lines at blanks. */
public final class Wrap {
    private static final String CONTINUED = " \\";

    private static final String MORE = " …";

    /** What tells that a word is JSON: a name with its colon. */
    private static final Pattern JSON = Pattern.compile("[{,]\"[^\"]*\":");

    private static final Pattern BEHIND_COMMA = Pattern.compile("(?<=,)(?=[\"{\\[])");

    private Wrap() {}

    /** Lines of at most so many columns, where the words allow it; JSON may be broken after a comma, too. */
    public static List<String> lines(String text, int width) {
        var lines = new ArrayList<String>();
        var line = new StringBuilder();
        for (var word : text.split("\\s+")) {
            var glue = line.length() == 0 ? "" : " ";
            for (var piece : pieces(word, width)) {
                if (line.length() > 0 && Screen.width(line.toString()) + glue.length() + Screen.width(piece) > width) {
                    lines.add(line.toString());
                    line.setLength(0);
                    glue = "";
                }
                line.append(glue).append(piece);
                glue = "";
            }
        }
        if (line.length() > 0) {
            lines.add(line.toString());
        }
        return lines;
    }

    /** As many lines as {@link #lines} makes, or the first so many of them, which say then that there are more. */
    public static List<String> lines(String text, int width, int most) {
        var lines = lines(text, width);
        if (lines.size() <= most) {
            return lines;
        }
        var first = new ArrayList<>(lines.subList(0, most));
        // The sign may take the place of a word, so that it never stands on a line of its own.
        first.set(most - 1, lines(lines.get(most - 1), width - MORE.length()).get(0) + MORE);
        return first;
    }

    /** The pieces of a word that is too long for a line: of JSON without blanks, what ends with each comma. */
    private static List<String> pieces(String word, int width) {
        return Screen.width(word) > width && JSON.matcher(word).find()
                ? Arrays.asList(BEHIND_COMMA.split(word))
                : List.of(word);
    }

    /**
     * A line broken at blanks into lines of at most so many columns; those after the first stand a little deeper. Words
     * that are longer stay whole. Styles go on where they are.
     */
    static List<String> hanging(String line, int width) {
        if (Screen.width(line) <= width) {
            return List.of(line);
        }
        int indent = 0;
        while (indent < line.length() && line.charAt(indent) == ' ') {
            indent++;
        }
        var deeper = " ".repeat(Math.min(indent + 4, width / 2));
        var lines = new ArrayList<String>();
        var current = new StringBuilder(line.substring(0, indent));
        int used = indent;
        boolean begun = false;
        // Blanks stay with the word that they stand before, so that columns stay columns.
        var words = Pattern.compile(" *[^ ]+").matcher(line.substring(indent));
        while (words.find()) {
            var word = words.group();
            if (begun && used + Screen.width(word) > width) {
                lines.add(current.toString());
                current = new StringBuilder(deeper);
                used = deeper.length();
                word = word.stripLeading();
            }
            current.append(word);
            used += Screen.width(word);
            begun = true;
        }
        lines.add(current.toString());
        return lines;
    }

    /**
     * A command for a POSIX shell on lines of at most so many columns, each but the last with a backslash at its end.
     * Only before an option is it broken, so what is longer with its value stays whole.
     */
    static List<String> command(String line, int width) {
        int indent = line.length() - line.stripLeading().length();
        var lines = new ArrayList<String>();
        var current = new StringBuilder();
        for (var part : options(line)) {
            int used = current.length() + part.length() + CONTINUED.length();
            if (!current.toString().isBlank() && used > width && line.length() > width) {
                lines.add(current + CONTINUED);
                current = new StringBuilder(" ".repeat(indent + 4));
                part = part.stripLeading();
            }
            current.append(part);
        }
        lines.add(current.toString());
        return lines;
    }

    /** The parts of a command: its beginning, and each option with the words that follow it. */
    private static List<String> options(String line) {
        var parts = new ArrayList<String>();
        int begin = 0;
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            if (line.charAt(i) == '\\' && !quoted) {
                i++;
            } else if (line.charAt(i) == '\'') {
                quoted = !quoted;
            } else if (!quoted
                    && line.startsWith(" -", i)
                    && !line.substring(begin, i).isBlank()) {
                parts.add(line.substring(begin, i));
                begin = i;
            }
        }
        parts.add(line.substring(begin));
        return parts;
    }

    /** The beginning of a text, where it is longer than so many columns; cut between words where there are any. */
    public static String cut(String text, int width) {
        if (text.length() <= width) {
            return text;
        }
        var cut = Text.cut(text, Math.max(0, width - 1));
        int blank = text.lastIndexOf(' ', Math.min(width - 1, text.length() - 1));
        return blank > width / 2 ? text.substring(0, blank) + " …" : cut;
    }
}
