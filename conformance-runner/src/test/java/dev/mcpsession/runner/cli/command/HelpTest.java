package dev.mcpsession.runner.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.cli.console.Io;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The help text of each command, as a terminal of 80 columns shows it, and where there is no terminal. */
class HelpTest {
    private static final Pattern COMMAND = Pattern.compile("  ([a-z]+) {2,}\\S.*");

    private static String help(Map<String, String> environment, String... arguments) {
        var out = new ByteArrayOutputStream();
        var utf8 = StandardCharsets.UTF_8;
        var stream = new PrintStream(out, true, utf8);
        assertEquals(0, Cli.execute(new Io(stream, stream, utf8, false, environment, false), arguments));
        return out.toString(utf8);
    }

    /** Every command of the help text, and the one that it does not show; and none, for the text itself. */
    private static List<List<String>> commands() {
        var all = new ArrayList<List<String>>(List.of(List.of(), List.of("field")));
        help(Map.of(), "--help")
                .lines()
                .dropWhile(line -> !line.equals("Commands"))
                .takeWhile(line -> !line.equals("Exit status"))
                .map(COMMAND::matcher)
                .filter(match -> match.matches())
                .forEach(match -> all.add(List.of(match.group(1))));
        assertTrue(all.size() > 12, all::toString);
        return all;
    }

    private static String of(List<String> command, Map<String, String> environment) {
        return help(
                environment,
                Stream.concat(command.stream(), Stream.of("--help")).toArray(String[]::new));
    }

    @TestFactory
    Stream<DynamicTest> fitsEightyColumns() {
        return commands().stream()
                .map(command -> DynamicTest.dynamicTest(String.join(" ", command) + " --help", () -> {
                    for (var environment : List.<Map<String, String>>of(Map.of(), Map.of("COLUMNS", "80"))) {
                        var tooLong = of(command, environment)
                                .lines()
                                .filter(line -> line.length() > 80)
                                .toList();
                        assertEquals(List.of(), tooLong);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> breaksNoWord() {
        return commands().stream()
                .map(command -> DynamicTest.dynamicTest(String.join(" ", command) + " --help", () -> {
                    var wide = words(of(command, Map.of("COLUMNS", "100")));
                    var narrow = words(of(command, Map.of("COLUMNS", "80")));
                    assertEquals(Set.of(), without(wide, narrow));
                    assertEquals(Set.of(), without(narrow, wide));
                }));
    }

    private static Set<String> without(Set<String> words, Set<String> others) {
        var rest = new TreeSet<>(words);
        rest.removeAll(others);
        return rest;
    }

    private static Set<String> words(String text) {
        var words = new TreeSet<>(Arrays.asList(text.split("\\s+")));
        words.remove("\\");
        return words;
    }

    @Test
    void theWordHelpHelpsToo() {
        assertEquals(help(Map.of(), "--help"), help(Map.of(), "help"));
        assertEquals(help(Map.of(), "probe", "--help"), help(Map.of(), "help", "probe"));
    }
}
