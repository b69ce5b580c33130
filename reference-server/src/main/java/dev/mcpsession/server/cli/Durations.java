package dev.mcpsession.server.cli;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Pattern;

/** Reads durations as people write them on a command line: {@code 500ms}, {@code 1.5s}, {@code 2m}, {@code 1h}. */
public final class Durations {

    private static final Pattern FORM = Pattern.compile("([+-]?\\d{1,18}(?:\\.\\d{1,9})?)\\s*(ms|s|m|h)?");
    private static final String EXAMPLE = "write for example 500ms, 1.5s, 2m or 1h";

    private Durations() {}

    /**
     * Reads a duration: a number, which may have a fraction or a sign, and a unit, which is {@code ms}, {@code s},
     * {@code m} or {@code h}.
     *
     * @throws IllegalArgumentException if it is not of that form, or too long to be represented
     */
    public static Duration parse(String text) {
        var matcher = FORM.matcher(text.trim());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a duration; " + EXAMPLE);
        }
        if (matcher.group(2) == null) {
            throw new IllegalArgumentException("'" + text + "' has no unit; " + EXAMPLE);
        }
        long unit = switch (matcher.group(2)) {
            case "ms" -> 1_000_000L;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            default -> 3_600_000_000_000L;
        };
        try {
            var nanos = new BigDecimal(matcher.group(1))
                    .multiply(BigDecimal.valueOf(unit))
                    .toBigInteger();
            return Duration.ofNanos(nanos.longValueExact());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("'" + text + "' is too long a time");
        }
    }
}
