package dev.mcpsession.runner.cli.option;

import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.console.Terminal;
import dev.mcpsession.runner.report.model.ReportFile;
import dev.mcpsession.runner.report.text.Screen;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the output looks. */
public final class OutputOptions {
    private static final int USUAL_WIDTH = 110;
    private static final int TERMINAL_WIDTH = 80;
    private static final int MIN_WIDTH = 40;
    private static final int MAX_WIDTH = 500;
    private static final int MAX_DIGITS = 6;

    @Option(
            names = "--color",
            negatable = true,
            order = 60,
            fallbackValue = "true",
            description = "Colours, or none. Default: on a terminal, unless NO_COLOR is set.")
    public @Nullable Boolean colour;

    public Screen out(Io io) {
        return screen(io, io.out());
    }

    /**
     * The screen of a command that writes reports: the standard error, where one of them goes to the standard output.
     *
     * @param reports null where none was asked for
     */
    public Screen beside(Io io, @Nullable Path... reports) {
        boolean taken = Arrays.stream(reports).anyMatch(path -> path != null && ReportFile.isStandardOutput(path));
        return taken ? err(io) : out(io);
    }

    public Screen err(Io io) {
        return screen(io, io.err());
    }

    private Screen screen(Io io, PrintStream stream) {
        boolean colours = colour != null
                ? colour
                : io.terminal() && io.environment().getOrDefault("NO_COLOR", "").isEmpty();
        boolean wraps = io.terminal() || io.environment().containsKey("COLUMNS");
        return new Screen(stream, io.charset(), colours, io.terminal(), width(io), wraps);
    }

    /** The width that COLUMNS gives, or else the terminal; a log, which is no terminal, has room for long lines. */
    public static int width(Io io) {
        var columns = io.environment().getOrDefault("COLUMNS", "").strip();
        if (columns.matches("[1-9]\\d*")) {
            return columns.length() > MAX_DIGITS ? MAX_WIDTH : bounded(Integer.parseInt(columns));
        }
        return io.terminal() ? Terminal.columns().map(OutputOptions::bounded).orElse(TERMINAL_WIDTH) : USUAL_WIDTH;
    }

    private static int bounded(int width) {
        return Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, width));
    }
}
