package dev.mcpsession.runner.cli;

import dev.mcpsession.runner.report.Screen;
import java.io.PrintStream;
import picocli.CommandLine.Option;

/** How the output looks. */
final class OutputOptions {
    private static final int USUAL_WIDTH = 110;

    @Option(
            names = "--color",
            negatable = true,
            order = 60,
            fallbackValue = "true",
            description = "Colours, or none. Default: on a terminal, unless NO_COLOR is set.")
    Boolean colour;

    Screen out(Io io) {
        return screen(io, io.out());
    }

    Screen err(Io io) {
        return screen(io, io.err());
    }

    private Screen screen(Io io, PrintStream stream) {
        boolean colours = colour != null
                ? colour
                : io.terminal() && io.environment().getOrDefault("NO_COLOR", "").isEmpty();
        return new Screen(stream, io.charset(), colours, io.terminal(), width(io));
    }

    private static int width(Io io) {
        try {
            return Math.max(60, Integer.parseInt(io.environment().getOrDefault("COLUMNS", "")));
        } catch (NumberFormatException e) {
            return USUAL_WIDTH;
        }
    }
}
