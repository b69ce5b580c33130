package dev.mcpsession.runner.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.runner.Main;
import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.hostile.HostileServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kit in a process of its own, which has to end. */
@Timeout(240)
class OwnProcessTest {
    @TempDir
    private Path folder;

    private static Process start(String heap, String... arguments) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                heap,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).start();
    }

    private static BufferedReader errors(Process process) {
        return new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
    }

    /** The first signal lets reports be written, here to a pipe that nobody reads; the second does not wait. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aSecondSignalEndsItAtOnce() throws Exception {
        var pipe = folder.resolve("pipe");
        assertEquals(
                0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor(), "there is mkfifo on every Unix");
        var asked = new CountDownLatch(1);
        try (var server = new HostileServer(call -> {
            call.answer();
            if (call.is("ping")) {
                asked.countDown();
            }
        })) {
            var process = start("-Xmx256m", server.uri().toString(), "--json", pipe.toString());
            try (var errors = errors(process)) {
                assertTrue(asked.await(60, TimeUnit.SECONDS));
                process.toHandle().destroy();
                var line = errors.readLine();
                while (line != null && !line.startsWith("Interrupted: cleaning up")) {
                    line = errors.readLine();
                }
                assertTrue(line != null, "it does not say that it heard the signal");
                assertTrue(process.isAlive());
                process.toHandle().destroy();
                assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it goes on");
                assertEquals(143, process.exitValue());
                var rest = errors.lines().collect(Collectors.joining("\n"));
                assertTrue(rest.contains("Interrupted again: ended at once."), rest);
            } finally {
                process.destroyForcibly();
            }
        }
    }

    @Test
    void aReportOnTheStandardOutputIsAloneThere() throws Exception {
        var process = start("-Xmx256m", "--rule", "assignment/id-unique", "--quick", "--json", "-");
        try (var errors = errors(process);
                var output = process.getInputStream()) {
            var report = Json.parse(new String(output.readAllBytes(), StandardCharsets.UTF_8));
            assertEquals(
                    "assignment/id-unique", report.at("/runs/0/results/0/rule").asString());
            var said = errors.lines().collect(Collectors.joining("\n"));
            assertTrue(said.contains("Conforms"), said);
            assertEquals(ExitStatus.CONFORMS, process.waitFor(), said);
        } finally {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"on-its-thread", "on-another"})
    void endsWhenMemoryHasRunOut(String where) throws Exception {
        try (var server = new HostileServer(HostileServer.Call::answer)) {
            var process = start(
                    "-Xmx64m",
                    server.uri().toString(),
                    "--rules",
                    jar().toString(),
                    "--rule",
                    "greedy/" + where,
                    "--revision",
                    "2025-11-25");
            try (var errors = errors(process)) {
                assertTrue(process.waitFor(120, TimeUnit.SECONDS), "it goes on");
                var said = errors.lines().collect(Collectors.joining("\n"));
                assertEquals(ExitStatus.NOT_JUDGED, process.exitValue(), said);
                assertTrue(said.contains("out of memory; the process ends"), said);
                assertFalse(said.contains("Cannot judge"), said);
            } finally {
                process.destroyForcibly();
            }
        }
    }

    private Path jar() throws IOException {
        var jar = folder.resolve("rules.jar");
        try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new JarEntry("META-INF/services/dev.mcpsession.conformance.rule.RuleSet"));
            out.write(GreedyRules.class.getName().getBytes(StandardCharsets.UTF_8));
        }
        return jar;
    }
}
