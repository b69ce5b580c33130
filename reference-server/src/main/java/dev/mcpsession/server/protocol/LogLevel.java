package dev.mcpsession.server.protocol;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The severity of a log message, the least first; the names are those of RFC 5424, as the protocol has them. */
public enum LogLevel {
    DEBUG,
    INFO,
    NOTICE,
    WARNING,
    ERROR,
    CRITICAL,
    ALERT,
    EMERGENCY;

    /** Finds a level by its name on the wire; null if there is none. */
    static @Nullable LogLevel of(String label) {
        for (var level : values()) {
            if (level.label().equals(label)) {
                return level;
            }
        }
        return null;
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
