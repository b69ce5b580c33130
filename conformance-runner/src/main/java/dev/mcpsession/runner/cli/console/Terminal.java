package dev.mcpsession.runner.cli.console;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The terminal that the process runs on. */
public final class Terminal {
    private static final File TTY = new File("/dev/tty");

    private Terminal() {}

    /** Asked once: it takes a process. */
    private static final class Columns {
        static final Optional<Integer> NOW = ask();
    }

    /** How many columns it has, where it can be asked: shells keep COLUMNS to themselves. */
    public static Optional<Integer> columns() {
        return Columns.NOW;
    }

    private static Optional<Integer> ask() {
        if (!TTY.exists()) {
            return Optional.empty();
        }
        try {
            var stty = new ProcessBuilder("stty", "size")
                    .redirectInput(TTY)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!stty.waitFor(1, TimeUnit.SECONDS)) {
                stty.destroyForcibly();
                return Optional.empty();
            }
            var words = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ");
            return words.length == 2 && words[1].matches("[1-9]\\d{0,4}")
                    ? Optional.of(Integer.valueOf(words[1]))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
