package dev.mcpsession.runner;

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.report.machine.JsonReportTest;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The jar as people get it, run as they run it. */
@Timeout(value = 6, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PackagedJarIT {
    private static final String JAR = System.getProperty("kit.jar");
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final int SIGINT = 2;

    /** The jar's own server, as a command to launch. */
    private static final String SERVE = "'" + JAVA + "' -XX:TieredStopAtLevel=1 -jar '" + JAR + "' serve --port {port}";

    @TempDir
    private Path folder;

    private final List<Process> processes = new ArrayList<>();

    private record Outcome(int status, String out, String err) {}

    private Process start(String... arguments) throws IOException {
        return start(List.of(JAVA, "-Dstdout.encoding=UTF-8", "-jar", JAR), arguments);
    }

    private Process start(List<String> program, String... arguments) throws IOException {
        var command = new ArrayList<>(program);
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectError(new File(folder.toFile(), "err"));
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        var process = builder.start();
        process.getOutputStream().close();
        processes.add(process);
        return process;
    }

    private Outcome run(String... arguments) throws Exception {
        return outcome(start(arguments));
    }

    private Outcome outcome(Process process) throws Exception {
        var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(LONG.toSeconds(), TimeUnit.SECONDS));
        return new Outcome(process.exitValue(), out, Files.readString(folder.resolve("err")));
    }

    @AfterEach
    void stop() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void judgesTheReferenceServerByEveryRule() throws Exception {
        var json = folder.resolve("r.json");
        var html = folder.resolve("r.html");
        var outcome = run("--json", json.toString(), "--html", html.toString());
        assertEquals(0, outcome.status(), outcome::toString);
        // Nothing of any library's logging.
        assertEquals("", outcome.err());
        assertTrue(outcome.out().startsWith("The reference server  http://127.0.0.1:"), outcome::out);
        var report = Files.readString(json);
        assertEquals(List.of(), JsonReportTest.complaints(report));
        var counts =
                JsonMapper.builder().build().readTree(report).get("runs").get(0).get("counts");
        assertFalse(counts.has("NOT_TESTABLE"), outcome::out);
        assertTrue(counts.get("PASS").asInt() > 100, outcome::out);
        assertTrue(
                Files.size(html) > 100_000 && Files.size(html) < 5_000_000,
                () -> html.toFile().length() + " bytes");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void isAProgramItself() throws Exception {
        var program = Files.copy(Path.of(JAR), folder.resolve("the kit"), COPY_ATTRIBUTES)
                .toString();
        var outcome = outcome(start(List.of(program), "explain", "no such rule"));
        assertEquals(ExitStatus.NOTHING_SELECTED, outcome.status(), outcome::toString);
        assertTrue(outcome.err().contains("'no such rule'"), outcome::err);
        assertEquals(0, outcome(start(List.of(program), "list")).status());
    }

    /** The guide's command for a class archive, by which the jar starts faster as a program. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void takesAClassArchiveBesideIt() throws Exception {
        var jar = Files.copy(Path.of(JAR), folder.resolve("kit.jar"), COPY_ATTRIBUTES)
                .toString();
        var archive = folder.resolve("kit.jsa");
        var made = outcome(start(
                List.of(
                        JAVA,
                        "-XX:ArchiveClassesAtExit=" + archive,
                        "-XX:TieredStopAtLevel=1",
                        "-Xlog:cds=off",
                        "-Xlog:cds+dynamic=off",
                        "-jar",
                        jar),
                "list"));
        assertEquals(0, made.status(), made::toString);
        assertTrue(Files.size(archive) > 1_000_000, () -> archive.toFile().length() + " bytes");
        assertEquals(0, outcome(start(List.of(jar), "list")).status());
    }

    @Test
    void servesAndJudgesByUrl() throws Exception {
        var server = start("serve", "--port", "0", "--idle-timeout", "1s");
        var url = new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8)).readLine();
        var outcome = run(
                url,
                "--idle-timeout",
                "1s",
                "--reap-lag",
                "500ms",
                "--slow-tool",
                "sleep={\"milliseconds\":2500}",
                "--rule",
                "termination/*,idle/in-flight-*");
        assertEquals(0, outcome.status(), outcome::toString);
        assertTrue(
                outcome.out().contains("idle timeout 1 s, reaped within another 500 ms · slow tool sleep"),
                outcome::out);
        assertTrue(outcome.out().contains("✓ post-404"), outcome::out);
        assertTrue(outcome.out().contains("✓ in-flight-outlives-timeout"), outcome::out);
    }

    @Test
    void launchesAServerAndJudgesIt() throws Exception {
        var outcome = run(
                "--launch",
                SERVE + " [--idle-timeout {idleTimeoutMs}ms] [--stateless{?stateless}]",
                "--start-within",
                "60s",
                "--idle-timeout",
                "1s",
                "--slow-tool",
                "sleep={\"milliseconds\":1600}",
                "--rule",
                "configuration/*,termination/*,assignment/id-not-repeated-*");
        assertEquals(0, outcome.status(), outcome::toString);
        assertTrue(outcome.out().contains("started by us"), outcome::out);
        assertFalse(outcome.out().contains("not testable"), outcome::out);
    }

    @Test
    void failsAServerThatIsWrongAndSaysWhy() throws Exception {
        var json = folder.resolve("r.json");
        var xml = folder.resolve("r.xml");
        var markdown = folder.resolve("r.md");
        var html = folder.resolve("r.html");
        var baseline = folder.resolve("b.json").toString();
        var launch = SERVE + " --idle-timeout 1h";
        var rules = new String[] {
            "--launch",
            launch,
            "--start-within",
            "60s",
            "--idle-timeout",
            "300ms",
            "--reap-lag",
            "200ms",
            "--rule",
            "idle/reaped-post-404",
            "--revision",
            "2025-11-25"
        };

        var outcome = run(with(
                rules,
                "--json",
                json.toString(),
                "--junit-xml",
                xml.toString(),
                "--markdown",
                markdown.toString(),
                "--html",
                html.toString()));
        assertEquals(1, outcome.status(), outcome::toString);
        assertTrue(outcome.out().contains("✗ FAIL  idle/reaped-post-404  2025-11-25"), outcome::out);
        assertTrue(outcome.out().contains("Does not conform: 1 rule broken"), outcome::out);
        var result = JsonMapper.builder()
                .build()
                .readTree(Files.readString(json))
                .get("runs")
                .get(0)
                .get("results")
                .get(0);
        assertEquals("FAIL", result.get("verdict").asString());
        var decisive = result.get("exchanges").get(result.get("evidence").asInt());
        assertEquals(200, decisive.get("status").asInt());
        assertTrue(Files.readString(xml).contains("<failure "));
        assertTrue(Files.readString(markdown)
                .contains("| ❌ FAIL | `idle/reaped-post-404` | CONTRACT | 2025-11-25 | status 404"));
        assertTrue(Files.readString(html).contains("<figure class=\"timeline\">"));
        assertTrue(Files.readString(html).contains("What this rule means"));

        assertEquals(0, run(with(rules, "--write-baseline", baseline)).status());
        var known = run(with(rules, "--baseline", baseline));
        assertEquals(0, known.status(), known::toString);
        assertTrue(known.out().contains("As recorded in " + baseline + ": 1 known verdict."), known::out);
    }

    private void target(String name, String launch) throws IOException {
        var target = JsonMapper.builder()
                .build()
                .createObjectNode()
                .put("name", name)
                .put("launch", launch)
                .put("startWithin", "60s")
                .put("idleTimeout", "300ms")
                .put("reapLag", "200ms");
        Files.writeString(
                Files.createDirectories(folder.resolve("targets").resolve(name)).resolve("target.json"),
                target.toString());
    }

    @Test
    void judgesAFolderOfServersAndComparesThemInEveryReport() throws Exception {
        target("a-right-one", SERVE + " --idle-timeout {idleTimeoutMs}ms");
        target("b-wrong-one", SERVE + " --idle-timeout 1h");
        target("c-none", "'" + JAVA + "' -version");
        var json = folder.resolve("r.json");
        var xml = folder.resolve("r.xml");
        var markdown = folder.resolve("r.md");
        var html = folder.resolve("r.html");
        var outcome = run(
                "--target",
                folder.resolve("targets").toString(),
                "--rule",
                "idle/reaped-post-404",
                "--revision",
                "2025-11-25",
                "--json",
                json.toString(),
                "--junit-xml",
                xml.toString(),
                "--markdown",
                markdown.toString(),
                "--html",
                html.toString());
        assertEquals(1, outcome.status(), outcome::toString);
        assertTrue(outcome.out().contains("  idle/reaped-post-404  ✓   ✗"), outcome::out);
        assertTrue(outcome.err().contains("Cannot judge: the launched server "), outcome::err);
        var report = Files.readString(json);
        assertEquals(List.of(), JsonReportTest.complaints(report));
        var runs = JsonMapper.builder().build().readTree(report).get("runs");
        assertEquals(
                List.of(0, 1, 3),
                runs.valueStream().map(r -> r.get("exitStatus").asInt()).toList());
        assertTrue(Files.readString(xml).contains("<testsuite name=\"b-wrong-one.idle\""));
        assertTrue(Files.readString(markdown).contains("| `idle/reaped-post-404` | ✅ | ❌ |  |"));
        assertTrue(Files.readString(html).contains("href=\"#b-wrong-one/idle/reaped-post-404\""));
    }

    private static String[] with(String[] first, String... more) {
        var all = new ArrayList<>(List.of(first));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    @Test
    void endsWhatItLaunchedWhenItIsEnded() throws Exception {
        var server = "'" + JAVA + "' -cp '" + Path.of("target", "test-classes").toAbsolutePath()
                + "' dev.mcpsession.runner.launch.TinyServer sit";
        var kit = start("--launch", server, "--start-within", "4m");
        await().atMost(LONG).until(() -> kit.descendants().count() > 0);
        var launched = kit.descendants().toList();
        kit.destroy();
        assertTrue(kit.waitFor(LONG.toSeconds(), TimeUnit.SECONDS));
        assertEquals(143, kit.exitValue());
        await().atMost(Duration.ofSeconds(30)).until(() -> launched.stream().noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void tellsWhatItHasFoundWhenItIsInterrupted() throws Exception {
        var json = folder.resolve("r.json");
        var xml = folder.resolve("r.xml");
        var kit = start(
                "--launch",
                SERVE + " [--idle-timeout {idleTimeoutMs}ms]",
                "--start-within",
                "60s",
                "--idle-timeout",
                "1h",
                "--rule",
                "idle/reaped-*,termination/*",
                "--json",
                json.toString(),
                "--junit-xml",
                xml.toString());
        var out = new BufferedReader(new InputStreamReader(kit.getInputStream(), StandardCharsets.UTF_8));
        for (String line; !(line = out.readLine()).contains("✓ post-404"); ) {
            assertFalse(line.startsWith("Violations"), line);
        }
        var launched = kit.descendants().toList();
        boolean deaf = ignoresInterrupts(kit);
        assertEquals(
                0,
                new ProcessBuilder("kill", deaf ? "-TERM" : "-INT", String.valueOf(kit.pid()))
                        .start()
                        .waitFor());
        var rest = String.join("\n", out.lines().toList());
        assertTrue(kit.waitFor(LONG.toSeconds(), TimeUnit.SECONDS));
        int status = deaf ? 143 : 130;
        assertEquals(status, kit.exitValue(), rest);
        assertTrue(rest.contains("The run ended before its end: it was interrupted."), rest);
        assertTrue(Files.readString(folder.resolve("err")).startsWith("Interrupted: cleaning up"));
        assertEquals(List.of(), JsonReportTest.complaints(Files.readString(json)));
        var report = JsonMapper.builder().build().readTree(Files.readString(json));
        assertEquals(status, report.get("exitStatus").asInt());
        assertTrue(report.get("runs").get(0).get("counts").get("NOT_RUN").asInt() > 0, rest);
        assertTrue(report.get("runs").get(0).get("counts").get("PASS").asInt() > 0, rest);
        assertTrue(Files.readString(xml).contains("the run ended while the rule was at work: it was interrupted"));
        assertFalse(launched.isEmpty());
        assertTrue(launched.stream().noneMatch(ProcessHandle::isAlive));
    }

    /** A shell starts what is to run in the background so that Ctrl-C does not reach it, nor what that starts. */
    private static boolean ignoresInterrupts(Process process) throws IOException {
        var status = Path.of("/proc", String.valueOf(process.pid()), "status");
        if (!Files.exists(status)) {
            return false;
        }
        try (var lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("SigIgn:"))
                    .map(line -> line.substring(7).strip())
                    .anyMatch(mask -> (Long.parseUnsignedLong(mask, 16) & 1L << SIGINT - 1) != 0);
        }
    }

    @Test
    void refusesWhatCannotWork() throws Exception {
        assertEquals(2, run("--no-such-option").status());
        assertEquals(2, run("--idle-timeout", "0s").status());
        assertEquals(
                2,
                run("--json", folder.resolve("none").resolve("r.json").toString())
                        .status());
        assertEquals(2, run("--launch", "no-such-program").status());
        assertEquals(4, run("--rule", "no/such-rule").status());
        var outcome = run("http://127.0.0.1:" + unusedPort() + "/mcp");
        assertEquals(3, outcome.status());
        assertTrue(outcome.err().startsWith("Cannot judge: nothing answers at"), outcome::toString);
        assertEquals("", outcome.out());
    }

    private static int unusedPort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void probesThenWritesATargetFileThenJudges() throws Exception {
        var server = start("serve", "--port", "0", "--idle-timeout", "1s");
        var url = new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8)).readLine();
        var probed = run(
                "probe",
                url,
                "--up-to",
                "4s",
                "--json",
                folder.resolve("p.json").toString());
        assertEquals(0, probed.status(), probed::toString);
        assertTrue(probed.out().contains("Judge it:\n  java -jar "), probed::out);
        var idle = JsonMapper.builder()
                .build()
                .readTree(Files.readString(folder.resolve("p.json")))
                .get("idle");
        assertTrue(
                idle.get("goneFromMs").asDouble() < 1000
                        && idle.get("goneUntilMs").asDouble() >= 1000,
                idle::toString);

        var target = folder.resolve("target.json").toString();
        assertEquals(
                0,
                run("init", target, "--url", url, "--idle-timeout", "1s", "--reap-lag", "500ms")
                        .status());
        var judged = run("--target", target, "--rule", "idle/reaped-post-404");
        assertEquals(0, judged.status(), judged::toString);
        assertTrue(run("completion", "bash").out().contains("complete -F _complete_mcp-session-conformance"));
    }

    @Test
    void theServerRefusesWhatCannotWork() throws Exception {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var outcome = run("serve", "--port", String.valueOf(socket.getLocalPort()));
            assertEquals(2, outcome.status(), outcome::toString);
            assertTrue(outcome.err().contains("in use"), outcome::toString);
        }
        assertEquals(2, run("serve", "--port", "0", "--idle-timeout", "0s").status());
        assertEquals(
                2,
                run("serve", "--port", "0", "--idle-timeout", "1s", "--stateless")
                        .status());
    }

    @Test
    void tellsItsVersionAndItsRules() throws Exception {
        assertTrue(run("--version").out().matches("mcp-session-conformance \\d.*\\R"));
        var list = run("list", "--json");
        assertEquals(0, list.status());
        JsonNode rules = JsonMapper.builder().build().readTree(list.out());
        assertTrue(rules.size() > 10);
        var explained = run("explain", rules.get(0).get("rule").asString());
        assertEquals(0, explained.status());
        assertTrue(explained.out().startsWith(rules.get(0).get("rule").asString()), explained::out);
    }
}
