package dev.mcpsession.runner.launch;

import java.util.ArrayList;
import java.util.List;

/** Splits a command into words as a POSIX shell does, without anything else that a shell does. */
final class Words {
    /**
     * One word, its quotes removed.
     *
     * @param opens whether its first character is a bracket {@code [} outside quotes
     * @param closes whether its last character is a bracket {@code ]} outside quotes
     */
    record Word(String text, boolean opens, boolean closes) {}

    private Words() {}

    /**
     * Splits at blanks. Single quotes keep everything as it is; double quotes keep blanks; a backslash outside single
     * quotes keeps the next character, except on Windows, where it is part of paths.
     *
     * @throws IllegalArgumentException if a quote is not closed
     */
    static List<Word> split(String command, boolean backslashEscapes) {
        var words = new ArrayList<Word>();
        var text = new StringBuilder();
        boolean inWord = false;
        boolean opens = false;
        boolean closes = false;
        char quote = 0;
        for (int i = 0; i < command.length(); i++) {
            char c = command.charAt(i);
            if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else if (c == '\\'
                        && quote == '"'
                        && backslashEscapes
                        && i + 1 < command.length()
                        && "\"\\$`".indexOf(command.charAt(i + 1)) >= 0) {
                    text.append(command.charAt(++i));
                } else {
                    text.append(c);
                }
                closes = false;
            } else if (c == '\'' || c == '"') {
                quote = c;
                inWord = true;
                closes = false;
            } else if (Character.isWhitespace(c)) {
                if (inWord) {
                    words.add(new Word(text.toString(), opens, closes));
                    text.setLength(0);
                    inWord = false;
                    opens = false;
                    closes = false;
                }
            } else {
                opens |= !inWord && c == '[';
                closes = c == ']';
                inWord = true;
                if (c == '\\' && backslashEscapes) {
                    if (++i == command.length()) {
                        throw new IllegalArgumentException("a backslash ends it");
                    }
                    text.append(command.charAt(i));
                } else {
                    text.append(c);
                }
            }
        }
        if (quote != 0) {
            throw new IllegalArgumentException("the quote " + quote + " is not closed");
        }
        if (inWord) {
            words.add(new Word(text.toString(), opens, closes));
        }
        return words;
    }
}
