package dev.mcpsession.runner.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.Main;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.hostile.HostileServer;
import dev.mcpsession.runner.hostile.HostileServer.Behaviour;
import dev.mcpsession.runner.hostile.HostileServers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The kit against servers that mean it harm: the run ends, within its bounds, with every report. Some rules are enough
 * for that on every build; with {@code -Dhostile=all}, all rules run, each time in a process of its own with little
 * memory. A part of a name in place of {@code all} chooses servers.
 */
class HostileServersTest {
    private static final String[] RULES = {"--rule", "transport/ping-result-empty", "--rule", "transport/json*"};

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    static Stream<String> floods() {
        return HostileServers.FLOODS.keySet().stream();
    }

    static Stream<String> silences() {
        return HostileServers.SILENCES.keySet().stream();
    }

    static Stream<String> texts() {
        return HostileServers.TEXTS.keySet().stream();
    }

    static Stream<String> all() {
        return Stream.of(floods(), silences(), texts()).flatMap(names -> names);
    }

    private static boolean isChosen(String name) {
        var part = System.getProperty("hostile", "");
        return part.equals("all") || name.contains(part);
    }

    static Stream<String> chosen() {
        return all().filter(HostileServersTest::isChosen);
    }

    /** Those whose replies do not come, or not in full; one that is only slow is for {@code --deadline}. */
    static Stream<String> chosenSilences() {
        return silences().filter(HostileServersTest::isChosen).filter(name -> !name.equals(HostileServers.SLOW));
    }

    private static Behaviour behaviour(String name) {
        return Stream.of(HostileServers.FLOODS, HostileServers.SILENCES, HostileServers.TEXTS)
                .flatMap(some -> some.entrySet().stream())
                .filter(e -> e.getKey().equals(name))
                .findFirst()
                .orElseThrow()
                .getValue();
    }

    private List<String> arguments(HostileServer server, String... more) {
        var all = new ArrayList<>(List.of(
                server.uri().toString(),
                "--revision",
                "2025-11-25",
                "--header",
                "Authorization: Bearer " + HostileServers.TOKEN,
                "--verbose"));
        for (var report : List.of("json", "junit-xml", "markdown", "html")) {
            all.addAll(List.of("--" + report, folder.resolve("report." + report).toString()));
        }
        all.addAll(List.of(more));
        return all;
    }

    private int run(HostileServer server, String... more) {
        var stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
        var words = new ArrayList<>(arguments(server, more));
        words.addAll(List.of(RULES));
        return Cli.execute(
                new Io(stream, stream, StandardCharsets.UTF_8, false, Map.of("COLUMNS", "200"), false),
                words.toArray(String[]::new));
    }

    private String report(String name) throws IOException {
        return Files.readString(folder.resolve("report." + name));
    }

    private String everything() throws IOException {
        return report("json") + report("junit-xml") + report("markdown") + report("html") + printed;
    }

    /** All reports are there, and can be read by who reads such files. */
    private JsonNode mustBeWhole() throws Exception {
        var runs = readable().get("runs");
        assertEquals(1, runs.size(), printed::toString);
        return runs.get(0);
    }

    private JsonNode readable() throws Exception {
        assertFalse(printed.toString(StandardCharsets.UTF_8).contains("\tat "), printed::toString);
        var report = JsonMapper.builder().build().readTree(report("json"));
        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(folder.resolve("report.junit-xml").toFile());
        assertTrue(report("html").strip().endsWith("</html>"));
        assertFalse(report("markdown").isBlank());
        return report;
    }

    @ParameterizedTest
    @MethodSource("floods")
    void judgesAFloodToItsEnd(String name) throws Exception {
        try (var server = new HostileServer(behaviour(name))) {
            int status = run(server, "--patience", "2s");
            assertTrue(status == 0 || status == 1 || status == 3, printed::toString);
        }
        mustBeWhole().get("results").forEach(r -> {
            assertFalse(r.get("verdict").asString().equals("ERROR"), r::toString);
            assertFalse(r.get("verdict").asString().equals("NOT_RUN"), r::toString);
        });
    }

    @ParameterizedTest
    @MethodSource("silences")
    void doesNotWaitForEver(String name) throws Exception {
        long began = System.nanoTime();
        try (var server = new HostileServer(behaviour(name))) {
            run(server, "--patience", "250ms");
        }
        // On a slow machine, the server may not even be seen to speak within the patience.
        readable();
        // Generous, since the machine may be slow: without a bound it would be minutes.
        assertTrue(Duration.ofNanos(System.nanoTime() - began).toSeconds() < 30);
    }

    @ParameterizedTest
    @MethodSource("texts")
    void losesNoReportByAText(String name) throws Exception {
        try (var server = new HostileServer(behaviour(name))) {
            run(server, "--color");
        }
        mustBeWhole();
        var shown = everything();
        for (var secret : List.of(
                HostileServers.TOKEN.substring(0, 12),
                HostileServers.TOKEN.toLowerCase(Locale.ROOT).substring(0, 12),
                HostileServers.TOKEN.substring(12, 24),
                "s3cr3t%2Ft0ken",
                "s3cr3t\\/t0ken",
                Base64.getEncoder()
                        .encodeToString(("Bearer " + HostileServers.TOKEN).getBytes(StandardCharsets.UTF_8))
                        .substring(12, 30))) {
            assertFalse(shown.contains(secret), secret);
        }
        var console = printed.toString(StandardCharsets.UTF_8);
        assertFalse(
                Pattern.compile("(?m)^(\\s|\\x1b\\[[0-9;]*m)*::")
                        .matcher(console)
                        .find(),
                console);
        assertFalse(Pattern.compile("##[a-z]*\\[").matcher(console).find(), console);
        assertFalse(console.codePoints().anyMatch(c -> c == 0x202E || c == 0x2066), console);
        // Colours come from the kit alone: what the server marks as red is not.
        assertFalse(console.contains("\033[31m red"), console);
    }

    @Test
    void tellsWhatWentBeyondItsBounds() throws Exception {
        try (var server = new HostileServer(behaviour("events without an end"))) {
            run(server, "--patience", "2s");
        }
        assertTrue(
                report("json").contains("the kit closed it, since it sent more than"),
                () -> printed.toString(StandardCharsets.UTF_8));
    }

    /** How a run in a process of its own ended. */
    private record Ended(int status, Duration took, long peakKiB) {}

    private Ended runInLittleMemory(Behaviour behaviour, String... more) throws Exception {
        var output = folder.resolve("output").toFile();
        try (var server = new HostileServer(behaviour)) {
            var command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Main.class.getName()));
            command.addAll(arguments(server, more));
            long began = System.nanoTime();
            var process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output)
                    .start();
            long peak = 0;
            try {
                while (!process.waitFor(100, TimeUnit.MILLISECONDS)) {
                    peak = Math.max(peak, peakKiB(process));
                    assertTrue(System.nanoTime() - began < Duration.ofMinutes(5).toNanos(), "it goes on");
                }
            } finally {
                process.destroyForcibly();
            }
            var ended = new Ended(process.exitValue(), Duration.ofNanos(System.nanoTime() - began), peak);
            assertTrue(ended.status() == 0 || ended.status() == 1 || ended.status() == 3, ended::toString);
            assertFalse(Files.readString(output.toPath()).contains("out of memory"), ended::toString);
            return ended;
        }
    }

    /** The most memory that a process has had, where the system tells. */
    private static long peakKiB(Process process) {
        try {
            return Files.readAllLines(Path.of("/proc", String.valueOf(process.pid()), "status")).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElse(0L);
        } catch (IOException e) {
            return 0;
        }
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("chosen")
    @EnabledIfSystemProperty(named = "hostile", matches = ".+")
    @Timeout(360)
    void standsAllRulesInLittleMemory(String name) throws Exception {
        // All replies of this one come in the end, so that only a deadline bounds the run.
        var bounds = name.equals(HostileServers.SLOW) ? new String[] {"--deadline", "1m"} : new String[0];
        var ended = runInLittleMemory(behaviour(name), bounds);
        System.out.println(name + ": " + ended);
        mustBeWhole();
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("chosenSilences")
    @EnabledIfSystemProperty(named = "hostile", matches = ".+")
    void endsAQuickRunWithinAMinute(String name) throws Exception {
        var ended = runInLittleMemory(behaviour(name), "--quick");
        System.out.println(name + ", quick: " + ended);
        assertTrue(ended.took().toSeconds() < 60, ended::toString);
        mustBeWhole();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @EnabledIfSystemProperty(named = "hostile", matches = "all|memory")
    @Timeout(360)
    void bodiesOfTwoGigabytesTakeLittleMoreMemoryThanOthers() throws Exception {
        var usual = runInLittleMemory(HostileServer.Call::answer, "--quick");
        System.out.println("a usual server, quick: " + usual);
        for (var name : List.of("bodies of 2 GB", "bodies of 2 GB in answer to all")) {
            var ended = runInLittleMemory(behaviour(name), "--quick");
            System.out.println(name + ", quick: " + ended);
            assertTrue(ended.peakKiB() <= 1.5 * usual.peakKiB(), name + ": " + ended + ", usually " + usual);
        }
    }
}
