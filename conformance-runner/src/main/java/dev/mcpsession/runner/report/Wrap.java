package dev.mcpsession.runner.report;

import dev.mcpsession.conformance.protocol.Text;
import java.util.ArrayList;
import java.util.List;

/** Breaks text into lines at blanks. */
final class Wrap {
    private Wrap() {}

    /** Lines of at most so many columns, where the words allow it. */
    static List<String> lines(String text, int width) {
        var lines = new ArrayList<String>();
        var line = new StringBuilder();
        for (var word : text.split("\\s+")) {
            if (line.length() > 0 && Screen.width(line.toString()) + 1 + Screen.width(word) > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        if (line.length() > 0) {
            lines.add(line.toString());
        }
        return lines;
    }

    /** The beginning of a text, where it is longer than so many columns. */
    static String cut(String text, int width) {
        return text.length() <= width ? text : Text.cut(text, Math.max(0, width - 1));
    }
}
