package dev.mcpsession.runner.report.text;

import dev.mcpsession.conformance.judgement.Verdict;
import java.util.Locale;

/** How verdicts and times look on the console. */
public final class Symbols {
    private Symbols() {}

    public static String sign(Verdict verdict) {
        return paint(verdict, mark(verdict));
    }

    /** The sign without colour. */
    public static String mark(Verdict verdict) {
        return switch (verdict) {
            case PASS -> "✓";
            case FAIL -> "✗";
            case WARN -> "!";
            case NOT_APPLICABLE -> "–";
            case NOT_TESTABLE -> "○";
            case INCONCLUSIVE -> "?";
            case ERROR -> "E";
            case NOT_RUN -> "·";
        };
    }

    public static String word(Verdict verdict) {
        return switch (verdict) {
            case PASS -> "pass";
            case FAIL -> "FAIL";
            case WARN -> "WARN";
            case ERROR -> "ERROR";
            default -> verdict.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        };
    }

    public static String paint(Verdict verdict, String text) {
        return switch (verdict) {
            case PASS -> Screen.green(text);
            case FAIL, ERROR -> Screen.red(text);
            case WARN -> Screen.yellow(text);
            case INCONCLUSIVE -> Screen.magenta(text);
            case NOT_APPLICABLE, NOT_TESTABLE, NOT_RUN -> Screen.dim(text);
        };
    }

    /** A span of milliseconds: {@code 40 ms}, {@code 1.25 s}, {@code 2 min 5 s}. */
    public static String span(double millis) {
        if (millis < 999.5) {
            return Math.round(millis) + " ms";
        }
        if (millis < 59_950) {
            return String.format(Locale.ROOT, millis < 9_995 ? "%.2f s" : "%.1f s", millis / 1000);
        }
        long seconds = Math.round(millis / 1000);
        return seconds / 60 + " min" + (seconds % 60 == 0 ? "" : " " + seconds % 60 + " s");
    }

    /** A span as somebody would write it: {@code 1 s}, {@code 250 ms}. */
    public static String round(long millis) {
        return millis >= 1000 && millis % 100 == 0
                ? (millis % 1000 == 0 ? String.valueOf(millis / 1000) : String.valueOf(millis / 1000.0)) + " s"
                : millis + " ms";
    }

    public static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - Screen.width(text)));
    }

    public static String padLeft(String text, int width) {
        // A long one is set apart all the same from what stands before it.
        return " ".repeat(Math.max(1, width - Screen.width(text))) + text;
    }

    public static String count(long count, String thing) {
        return count + " " + thing + (count == 1 ? "" : "s");
    }
}
