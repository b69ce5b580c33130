package dev.mcpsession.runner.cli.console;

import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The surroundings of a command: where it prints, and the environment variables.
 *
 * @param terminal whether it prints on a terminal
 * @param ownProcess whether the process is ours alone
 */
public record Io(
        PrintStream out,
        PrintStream err,
        Charset charset,
        boolean terminal,
        Map<String, String> environment,
        boolean ownProcess) {

    /** That of this process. */
    public static Io ofProcess() {
        return new Io(System.out, System.err, outputCharset(), isTerminal(), System.getenv(), true);
    }

    /** The encoding of the standard output; Java 17 tells it only by properties. */
    private static Charset outputCharset() {
        return Stream.of("stdout.encoding", "sun.stdout.encoding")
                .map(System::getProperty)
                .filter(name -> name != null && !name.isEmpty())
                .findFirst()
                .map(Charset::forName)
                .orElseGet(Charset::defaultCharset);
    }

    private static boolean isTerminal() {
        var console = System.console();
        if (console == null || "dumb".equals(System.getenv("TERM"))) {
            return false;
        }
        try {
            // Since Java 22 there is a console even where there is no terminal.
            return (Boolean) java.io.Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }
}
