package dev.mcpsession.runner.cli;

import dev.mcpsession.runner.report.Screen;
import java.io.Console;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** How the output looks. */
final class OutputOptions {
    private static final int USUAL_WIDTH = 110;

    @Option(names = "--color", negatable = true, order = 60, fallbackValue = "true",
            description = "Colours, or none. Default: on a terminal, unless NO_COLOR is set.")
    Boolean colour;

    Screen screen(PrintStream out) {
        boolean terminal = isTerminal() && !"dumb".equals(System.getenv("TERM"));
        var noColour = System.getenv("NO_COLOR");
        boolean colours = colour != null ? colour : terminal && (noColour == null || noColour.isEmpty());
        return new Screen(out, charset(), colours, terminal, width());
    }

    private static boolean isTerminal() {
        var console = System.console();
        if (console == null) {
            return false;
        }
        try {
            // Since Java 22 there is a console even where there is no terminal.
            return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }

    /** What the standard output is encoded with; Java 17 tells it only by properties. */
    private static Charset charset() {
        return Stream.of("stdout.encoding", "sun.stdout.encoding").map(System::getProperty)
                .filter(name -> name != null && !name.isEmpty()).findFirst().map(Charset::forName)
                .orElseGet(Charset::defaultCharset);
    }

    private static int width() {
        try {
            return Math.max(60, Integer.parseInt(System.getenv().getOrDefault("COLUMNS", "")));
        } catch (NumberFormatException e) {
            return USUAL_WIDTH;
        }
    }
}
