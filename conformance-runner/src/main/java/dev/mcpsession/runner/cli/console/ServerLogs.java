package dev.mcpsession.runner.cli.console;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** Keeps the libraries from writing between our lines. */
public final class ServerLogs {
    /** Held, since the log manager forgets loggers, and their levels with them, that nobody holds. */
    private static final List<Logger> SILENCED = Stream.of(
                    "io.undertow", "org.xnio", "org.jboss", "org.wildfly", "org.junit")
            .map(Logger::getLogger)
            .toList();

    private ServerLogs() {}

    public static void silence() {
        System.setProperty("org.jboss.logging.provider", "jdk");
        SILENCED.forEach(logger -> logger.setLevel(Level.SEVERE));
    }
}
