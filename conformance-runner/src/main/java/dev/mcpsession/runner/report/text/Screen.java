package dev.mcpsession.runner.report.text;

import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where the console report goes: lines, and on a terminal one status line below them. Safe for use by several
 * threads.
 */
public final class Screen {
    private static final char FIRST_STYLE = '\uE000';

    private static final Pattern COMMAND = Pattern.compile("##(?=[A-Za-z]*\\[)");

    /** Also behind colours, and behind what is blank anywhere: GitHub cuts that off before it looks. */
    private static final Pattern BEGINNING = Pattern.compile("^(?:[\\s\\p{Z}\uFEFF]|\033\\[[0-9;]*m)*::");

    private final PrintStream out;
    private final CharsetEncoder encoder;
    private final boolean colour;
    private final boolean live;
    private final int width;
    private final boolean wraps;
    private String status = "";

    /**
     * @param charset what the stream encodes with; signs that it lacks are replaced by plain ones
     * @param live whether this is a terminal, on which a line can be taken back
     */
    public Screen(PrintStream out, Charset charset, boolean colour, boolean live, int width) {
        this(out, charset, colour, live, width, live);
    }

    /** @param wraps whether lines that are too long are broken; a log has them whole, to search in */
    public Screen(PrintStream out, Charset charset, boolean colour, boolean live, int width, boolean wraps) {
        this.wraps = wraps;
        this.out = out;
        this.encoder = charset.newEncoder();
        this.colour = colour;
        this.live = live;
        this.width = width;
    }

    public boolean isLive() {
        return live;
    }

    public int width() {
        return width;
    }

    /** Whether lines that are too long are broken. */
    public boolean wraps() {
        return wraps;
    }

    /** Prints a line above the status; one that is too long for the terminal is broken between words. */
    public synchronized void line(String text) {
        erase();
        (wraps ? Wrap.hanging(text, width) : List.of(text)).forEach(part -> out.println(plain(part)));
        draw();
        out.flush();
    }

    /** Prints a command so that it can be copied: one that is too long for the terminal goes on after a backslash. */
    public synchronized void command(String text) {
        erase();
        (wraps ? Wrap.command(text, width) : List.of(text)).forEach(part -> out.println(plain(part)));
        draw();
        out.flush();
    }

    public void line() {
        line("");
    }

    /** Replaces the status line; an empty one takes it away. On anything but a terminal nothing happens. */
    public synchronized void status(String text) {
        if (live && !text.equals(status)) {
            erase();
            status = text;
            draw();
            out.flush();
        }
    }

    private void erase() {
        if (!status.isEmpty()) {
            out.print("\r\033[2K");
        }
    }

    private void draw() {
        if (!status.isEmpty()) {
            out.print(plain(dim(Wrap.cut(status, width - 1))));
        }
    }

    // ---- style ----

    public static String bold(String text) {
        return style(1, text);
    }

    public static String dim(String text) {
        return style(2, text);
    }

    public static String red(String text) {
        return style(31, text);
    }

    public static String green(String text) {
        return style(32, text);
    }

    public static String yellow(String text) {
        return style(33, text);
    }

    public static String magenta(String text) {
        return style(35, text);
    }

    public static String cyan(String text) {
        return style(36, text);
    }

    /**
     * Styles are kept as signs of the private use area until the text is printed, so that none can come from
     * elsewhere.
     */
    private static String style(int code, String text) {
        return text.isEmpty() ? "" : (char) (FIRST_STYLE + code) + text + FIRST_STYLE;
    }

    /** A text that others have written, without the signs that stand for our styles. */
    public static String foreign(String text) {
        return text.codePoints().anyMatch(Screen::isStyle)
                ? text.codePoints()
                        .map(c -> isStyle(c) ? '\uFFFD' : c)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString()
                : text;
    }

    /** How many columns the text takes. */
    public static int width(String text) {
        return (int) text.codePoints().filter(c -> !isStyle(c)).count();
    }

    private static boolean isStyle(int sign) {
        return sign >= FIRST_STYLE && sign < FIRST_STYLE + 100;
    }

    /** The text with signs that the stream can carry, and nothing in it that steers a terminal but our own styles. */
    private String plain(String text) {
        var plain = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (isStyle(c)) {
                plain.append(colour ? "\033[" + (c - FIRST_STYLE) + "m" : "");
            } else if (isDirection(c)) {
                plain.append(String.format("\\u%04x", c));
            } else if (Character.isISOControl(c)) {
                plain.append(c == '\t' ? "    " : String.format("\\x%02x", c));
            } else if (c < 128) {
                plain.append((char) c);
            } else {
                var sign = Character.toString(c);
                plain.append(encoder.canEncode(sign) ? sign : replacement(c));
            }
        });
        return uncommanding(plain.toString());
    }

    /** Whether a sign turns the direction of the text around it, so that it reads otherwise than it is. */
    private static boolean isDirection(int sign) {
        return switch (Character.getDirectionality(sign)) {
            case Character.DIRECTIONALITY_LEFT_TO_RIGHT_EMBEDDING,
                    Character.DIRECTIONALITY_LEFT_TO_RIGHT_OVERRIDE,
                    Character.DIRECTIONALITY_RIGHT_TO_LEFT_EMBEDDING,
                    Character.DIRECTIONALITY_RIGHT_TO_LEFT_OVERRIDE,
                    Character.DIRECTIONALITY_POP_DIRECTIONAL_FORMAT,
                    Character.DIRECTIONALITY_LEFT_TO_RIGHT_ISOLATE,
                    Character.DIRECTIONALITY_RIGHT_TO_LEFT_ISOLATE,
                    Character.DIRECTIONALITY_FIRST_STRONG_ISOLATE,
                    Character.DIRECTIONALITY_POP_DIRECTIONAL_ISOLATE -> true;
            default -> sign == 0x200E || sign == 0x200F || sign == 0x061C;
        };
    }

    /**
     * The line with a blank in what a CI server would take for a command: GitHub and others read {@code ::} at the
     * beginning of a line, and {@code ##[}, {@code ##vso[} and {@code ##teamcity[} anywhere in it.
     */
    private static String uncommanding(String line) {
        var anywhere = line.contains("##") ? COMMAND.matcher(line).replaceAll("# #") : line;
        return BEGINNING.matcher(anywhere).find() ? anywhere.replaceFirst("::", ": :") : anywhere;
    }

    private static String replacement(int sign) {
        return switch (sign) {
            case '✓' -> "+";
            case '✗' -> "x";
            case '○', '·' -> ".";
            case '–', '─', '—' -> "-";
            case '…' -> "...";
            case '→' -> "->";
            case '◀' -> "<";
            case '‘', '’' -> "'";
            case '“', '”' -> "\"";
            default -> "?";
        };
    }
}
