package dev.mcpsession.runner.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
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

    @BeforeEach
    void thereIsBash() {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")) || Files.isExecutable(Path.of("/usr/bin/bash")));
    }

    /** What bash offers for the last word of a line. */
    private Set<String> complete(String... words) throws Exception {
        var file = Files.writeString(folder.resolve("completion"), script("completion", "bash", "--name", "kit"));
        var line = "source '" + file + "'; compopt() { :; }; COMP_WORDS=(kit " + String.join(" ", words) + "); COMP_CWORD=" + words.length
                + "; _complete_kit; printf '%s\\n' \"${COMPREPLY[@]}\"";
        var bash = new ProcessBuilder("bash", "--norc", "-c", line).redirectErrorStream(true).start();
        var out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, bash.waitFor(), out);
        return Set.copyOf(out.lines().map(String::strip).toList());
    }

    @Test
    void completesCommandsOptionsAndRules() throws Exception {
        assertTrue(complete("''").containsAll(List.of("run", "list", "explain", "probe", "init", "serve", "completion")));
        assertEquals(Set.of("probe"), complete("pro"));
        assertEquals(Set.of("--max-requests-per-second", "--max-sessions"), complete("run", "--max"));
        assertEquals(Set.of("termination/post-404"), complete("run", "--rule", "termination/post-4"));
        assertEquals(Set.of("termination/post-404"), complete("explain", "termination/post-4"));
        assertEquals(Set.of("MUST"), complete("list", "--level", "MU"));
    }

    @Test
    void servesZshByWayOfBash() {
        assertTrue(script("completion", "zsh").startsWith("autoload -Uz compinit bashcompinit"));
    }
}
