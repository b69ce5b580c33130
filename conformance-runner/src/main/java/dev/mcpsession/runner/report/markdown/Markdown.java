package dev.mcpsession.runner.report.markdown;

import dev.mcpsession.runner.report.text.Wrap;

/** Puts text of any origin into GitHub's Markdown so that it is shown as it is, and steers nothing. */
public final class Markdown {
    private Markdown() {}

    /** For running text. Line breaks become blanks. */
    public static String text(String any) {
        var all = line(any);
        // More than one blank at the beginning of a line may make a block of code.
        var plain = all.stripLeading();
        var out = new StringBuilder(plain.length() + 16);
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '\\', '`', '*', '_', '[', ']', '|', '~', '$', '!' ->
                    out.append('\\').append(c);
                // Nobody is mentioned, and nothing is linked: neither URLs nor names of hosts.
                case '@' -> out.append("@&#8203;");
                case ':' -> out.append(plain.startsWith("://", i) ? "\\:" : ":");
                case '.' -> out.append(i >= 3 && plain.regionMatches(true, i - 3, "www", 0, 3) ? "\\." : ".");
                // These count only where a line begins.
                case '#', '+', '-', '=' -> out.append(i == 0 ? "\\" + c : c);
                default -> out.append(c);
            }
        }
        return (plain.length() < all.length() ? " " : "")
                + out.toString().replaceFirst("^(\\d{1,9})([.)])", "$1\\\\$2");
    }

    /** For a cell of a table, with what is too long cut. */
    public static String cell(String any, int longest) {
        return text(Wrap.cut(line(any), longest));
    }

    /** As code within running text. */
    static String code(String any) {
        return "<code>" + text(any) + "</code>";
    }

    /** A block of code, fenced so that nothing in it can end it. */
    public static String block(String language, String any) {
        var fence = "```";
        while (any.contains(fence)) {
            fence += "`";
        }
        return fence + language + "\n" + any.lines().map(Markdown::line).reduce("", (all, l) -> all + l + "\n") + fence
                + "\n";
    }

    /** For text within an HTML element. */
    static String html(String any) {
        return line(any)
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String line(String any) {
        var line = new StringBuilder(any.length());
        any.codePoints().forEach(c -> {
            if (c == '\n' || c == '\r' || c == '\t') {
                line.append(' ');
            } else {
                line.appendCodePoint(Character.isISOControl(c) || c >= 0xD800 && c <= 0xDFFF || isBidi(c) ? 0xFFFD : c);
            }
        });
        return line.toString();
    }

    /** Symbols that let text be shown in another order than it has. */
    private static boolean isBidi(int c) {
        return c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069;
    }
}
