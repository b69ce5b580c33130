package dev.mcpsession.server.bench;

import java.util.Locale;

/**
 * A row of the table of results.
 *
 * @param what what was measured
 * @param target what is to be reached; null if the figure is only for information
 * @param measured what was measured
 * @param met whether the target is reached
 */
public record Figure(String what, String target, String measured, boolean met) {

    /** A figure that must not exceed a bound. */
    public static Figure below(double bound, String unit, String what, Samples samples, String format) {
        return new Figure(
                what,
                "under " + number(bound) + " " + unit,
                samples.text(format) + " " + unit,
                samples.median() < bound);
    }

    /** A ratio that must reach a bound. */
    public static Figure ratio(double bound, String what, Samples samples) {
        return new Figure(what, "at least " + number(bound), samples.text("%.2f"), samples.median() >= bound);
    }

    /** A figure without a target, to understand the others by. */
    public static Figure info(String what, Samples samples, String format, String unit) {
        return new Figure(what, null, (samples.text(format) + " " + unit).strip(), true);
    }

    private static String number(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.format(Locale.ROOT, "%s", value);
    }

    String row() {
        return "| " + what + " | " + (target == null ? "" : target) + " | " + measured + " | "
                + (target == null ? "" : met ? "met" : "**missed**") + " |";
    }
}
