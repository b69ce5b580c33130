package dev.mcpsession.runner.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mcpsession.runner.cli.console.Io;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script, as a shell reads it. */
class CompletionTest {
    @TempDir
    private Path folder;

    private String script(String... arguments) {
        var out = new ByteArrayOutputStream();
        var utf8 = StandardCharsets.UTF_8;
        var stream = new PrintStream(out, true, utf8);
        assertEquals(0, Cli.execute(new Io(stream, stream, utf8, false, Map.of(), false), arguments));
        return out.toString(utf8);
    }

    private static void assumeThereIs(String shell) {
        assumeTrue(Files.isExecutable(Path.of("/bin", shell)) || Files.isExecutable(Path.of("/usr/bin", shell)));
    }

    private static List<String> run(String... command) throws Exception {
        var shell = new ProcessBuilder(command).redirectErrorStream(true).start();
        var out = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, shell.waitFor(), out);
        return out.lines().map(String::strip).toList();
    }

    /** The completions of bash for the last word of a line. */
    private Set<String> complete(String... words) throws Exception {
        var file = Files.writeString(folder.resolve("completion"), script("completion", "bash", "--name", "kit"));
        var line = "source '" + file + "'; compopt() { :; }; COMP_WORDS=(kit " + String.join(" ", words)
                + "); COMP_CWORD=" + words.length + "; _complete_kit; printf '%s\\n' \"${COMPREPLY[@]}\"";
        return Set.copyOf(run("bash", "--norc", "-c", line));
    }

    @Test
    void completesCommandsOptionsAndRules() throws Exception {
        assumeThereIs("bash");
        assertTrue(
                complete("''").containsAll(List.of("run", "list", "explain", "probe", "init", "serve", "completion")));
        assertEquals(Set.of("probe"), complete("pro"));
        assertEquals(Set.of("--max-requests-per-second", "--max-sessions", "--max-silence"), complete("run", "--max"));
        assertEquals(Set.of("termination/post-404"), complete("run", "--rule", "termination/post-4"));
        assertEquals(Set.of("termination/post-404"), complete("explain", "termination/post-4"));
        assertEquals(Set.of("MUST"), complete("list", "--level", "MU"));
    }

    @Test
    void servesZshByWayOfBash() {
        assertTrue(script("completion", "zsh").startsWith("autoload -Uz compinit bashcompinit"));
    }

    @Test
    void servesFish() {
        var script = script("completion", "fish", "--name", "kit").lines().toList();
        assertTrue(script.stream().allMatch(line -> line.startsWith("complete --command kit ")));
        assertTrue(
                script.contains(
                        "complete --command kit --condition '__fish_seen_subcommand_from run' --long-option level"
                                + " --exclusive --arguments 'MUST SHOULD CONTRACT ADVICE INFO'"
                                + " --description 'Only the rules of these levels: MUST, SHOULD, CONTRACT, ADVICE, "
                                + "INFO'"),
                () -> String.join("\n", script));
    }

    /** The completions of fish for the last word of a line, without the descriptions. */
    private Set<String> completeInFish(String line) throws Exception {
        var file = Files.writeString(folder.resolve("completion.fish"), script("completion", "fish", "--name", "kit"));
        return run("fish", "--no-config", "-c", "source '" + file + "'; complete --do-complete 'kit " + line + "'")
                .stream()
                .map(offered -> offered.split("\t")[0])
                .collect(Collectors.toSet());
    }

    @Test
    void fishCompletesCommandsOptionsAndRules() throws Exception {
        assumeThereIs("fish");
        assertTrue(completeInFish("")
                .containsAll(List.of("run", "list", "explain", "probe", "init", "serve", "completion")));
        assertEquals(Set.of("probe"), completeInFish("pro"));
        assertEquals(
                Set.of("--max-requests-per-second", "--max-sessions", "--max-silence"), completeInFish("run --max"));
        assertEquals(Set.of("--max-requests-per-second", "--max-sessions", "--max-silence"), completeInFish("--max"));
        assertEquals(Set.of("termination/post-404"), completeInFish("run --rule termination/post-4"));
        assertEquals(Set.of("termination/post-404"), completeInFish("explain termination/post-4"));
        assertEquals(Set.of("MUST"), completeInFish("list --level MU"));
        assertEquals(Set.of("bash"), completeInFish("completion b"));
    }
}
