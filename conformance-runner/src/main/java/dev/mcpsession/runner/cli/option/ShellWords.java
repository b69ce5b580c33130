package dev.mcpsession.runner.cli.option;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.ParseResult;

/** Command lines to be copied into a shell. */
public final class ShellWords {
    private static final Set<String> HEADERS = Set.of("--header", "--other-header");

    private ShellWords() {}

    /** A word as a POSIX shell reads it back. */
    public static String quoted(String word) {
        return word.matches("[A-Za-z0-9_./:=@%+,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /** How this program was started, or would be. */
    public static List<String> program() {
        try {
            var source = Path.of(ShellWords.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            if (source.toString().endsWith(".jar")) {
                var here = Path.of("").toAbsolutePath();
                var jar = source.startsWith(here) ? here.relativize(source) : source;
                return List.of("java", "-jar", quoted(jar.toString()));
            }
        } catch (URISyntaxException | SecurityException e) {
            // The usual name will do.
        }
        return List.of("java", "-jar", "mcp-session-conformance.jar");
    }

    /**
     * The options that were given, but for some; what may be a secret is left out.
     *
     * @param withLaunch whether to repeat the command that starts the server too
     */
    public static List<String> given(ParseResult parsed, Set<String> without, boolean withLaunch) {
        var words = new ArrayList<String>();
        for (var option : parsed.matchedOptions()) {
            var name = option.longestName();
            if (without.contains(name)) {
                continue;
            }
            if (option.arity().max() == 0) {
                words.add(name);
            } else {
                option.originalStringValues().forEach(value -> {
                    words.add(name);
                    words.add(
                            name.equals("--launch") && !withLaunch
                                    ? "…"
                                    : quoted(
                                            HEADERS.contains(name)
                                                    ? header(value)
                                                    : name.equals("--proxy")
                                                            ? value.replaceAll("//.*@", "//…@")
                                                            : value));
                });
            }
        }
        return words;
    }

    /** A header whose value comes from the environment can be shown as it was given. */
    private static String header(String given) {
        return given.matches("[^:]+:\\s*([A-Za-z]+ +)?\\$\\{\\w+}\\s*")
                ? given
                : given.substring(0, given.indexOf(':')) + ": …";
    }
}
