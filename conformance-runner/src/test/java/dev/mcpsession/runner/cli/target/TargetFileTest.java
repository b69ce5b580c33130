package dev.mcpsession.runner.cli.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.runner.cli.console.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TargetFileTest {
    @TempDir
    private Path folder;

    private TargetFile read(String json) throws IOException {
        return TargetFile.read(Files.writeString(folder.resolve("target.json"), json), Map.of("TOKEN", "abcd"));
    }

    @Test
    void readsEverything() throws IOException {
        var target = read("""
                {"name": "n", "title": "t", "launch": "run {port}", "url": "http://127.0.0.1:{port}/x",
                 "startWithin": "30s",
                 "idleTimeout": "1s", "idleTimeoutNote": "note", "reapLag": "0ms",
                 "slowTool": {"name": "sleep", "arguments": {"ms": 5}, "takes": "5ms"},
                 "headers": {"X-Key": "k ${TOKEN}"},
                 "principals": ["Bearer ${TOKEN}", "Bearer b"],
                 "notes": "more", "env": {"A": "1"}, "maxSessions": 8}""");
        assertEquals("n", target.name());
        assertEquals("run {port}", target.launch());
        assertEquals(Duration.ofSeconds(30), target.startWithin());
        assertEquals(Duration.ofSeconds(1), target.idleTimeout());
        assertEquals(Duration.ZERO, target.reapLag());
        assertEquals("{\"ms\":5}", target.slowTool().arguments().toString());
        assertEquals(Duration.ofMillis(5), target.slowTool().atLeast());
        assertEquals(List.of(new Header("X-Key", "k abcd")), target.headers());
        assertEquals(
                List.of(new Header("Authorization", "Bearer abcd"), new Header("Authorization", "Bearer b")),
                target.users());
        assertEquals(Map.of("A", "1"), target.environment());
        assertEquals(8, target.maxSessions());
    }

    @Test
    void needsLittle() throws IOException {
        var target = read("{\"url\": \"http://127.0.0.1:1/mcp\"}");
        assertNull(target.idleTimeout());
        assertEquals(List.of(), target.users());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"launch\": \"x\", \"idleTimout\": \"1s\"} | unknown field idleTimout; the known ones are "
                        + "baseline, env, headers",
                "{\"launch\": \"x\", \"idleTimeout\": \"0s\"} | \"idleTimeout\": it must be positive, not 0s",
                "{\"launch\": \"x\", \"idleTimeout\": 1} | \"idleTimeout\" should be a text",
                "{\"launch\": \"x\", \"startWithin\": \"-1s\"} | \"startWithin\": it must be positive",
                "{\"launch\": \"x\", \"slowTool\": \"sleep\"} | \"slowTool\" should be an object",
                "{\"launch\": \"x\", \"slowTool\": {\"name\": \"a\", \"arguments\": []}} | must be a JSON object",
                "{\"launch\": \"x\", \"slowTool\": {\"name\": \"a\", \"args\": {}}} | \"slowTool\" should be an "
                        + "object with",
                "{\"launch\": \"x\", \"slowTool\": {\"name\": \"a\", \"takes\": \"0s\"}} | \"slowTool\": it must be "
                        + "positive",
                "{\"launch\": \"x\", \"headers\": {\"A\": \"${NONE}\"}} | NONE is not set",
                "{\"launch\": \"x\", \"principals\": []} | \"principals\" should be a list of one or two",
                "{\"launch\": \"x\", \"env\": {\"A\": 1}} | \"env\": \"A\" should be a text",
                "{\"launch\": \"x\", \"maxSessions\": 0} | \"maxSessions\" should be a whole number",
                "{\"name\": \"n\"} | \"launch\" or \"url\" is missing",
                "{\"launch\": \"x\", \"launch\": \"y\"} | is not JSON",
                "{\"launch\": | is not JSON",
                "[] | it should hold a JSON object",
            })
    void saysWhatIsWrong(String json, String because) {
        var failure = assertThrows(UsageException.class, () -> read(json));
        assertTrue(
                failure.getMessage().startsWith("--target: ")
                        && failure.getMessage().contains(because),
                failure::getMessage);
    }

    @Test
    void saysThatThereIsNone() {
        assertThrows(UsageException.class, () -> TargetFile.read(folder.resolve("none.json"), Map.of()));
    }

    static List<Path> shipped() throws IOException {
        try (var files = Files.walk(Path.of("targets"), 2)) {
            return files.filter(f -> f.getFileName().toString().matches("target.*\\.json"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void readsTheTargetsOfTheProject(Path file) {
        assertTrue(TargetFile.read(file, Map.of()).launch() != null);
    }
}
