package dev.mcpsession.server.session;

import java.math.BigDecimal;
import java.time.Duration;

/** A configuration was refused. The message is the option's name followed by what is required of it. */
public final class InvalidOptionException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String option;
    private final String requirement;

    /**
     * @param option the option's name as its user knows it
     * @param requirement what is required, as the rest of a sentence that starts with the option's name
     */
    public InvalidOptionException(String option, String requirement) {
        super(option + " " + requirement);
        this.option = option;
        this.requirement = requirement;
    }

    /** Returns the name of the option that was refused. */
    public String option() {
        return option;
    }

    /** Returns what is required of the option. */
    public String requirement() {
        return requirement;
    }

    /** A duration of any length, in milliseconds, for a message. */
    public static String millis(Duration duration) {
        return BigDecimal.valueOf(duration.getSeconds())
                        .add(BigDecimal.valueOf(duration.getNano(), 9))
                        .movePointRight(3)
                        .stripTrailingZeros()
                        .toPlainString()
                + " ms";
    }
}
