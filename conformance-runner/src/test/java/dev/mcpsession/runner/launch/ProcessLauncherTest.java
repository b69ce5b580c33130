package dev.mcpsession.runner.launch;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.LaunchSettings.IdleTimeoutSetting;
import dev.mcpsession.conformance.target.ServerLauncher.Refused;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ProcessLauncherTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final LaunchSettings TIMED = LaunchSettings.withIdleTimeout(IdleTimeoutSetting.ofMillis(1500));

    @TempDir
    private Path folder;

    private ProcessLauncher launcher(String arguments, Duration within) {
        return new ProcessLauncher(
                LaunchCommand.parse(TinyServer.command() + " " + arguments),
                "http://127.0.0.1:{port}/mcp",
                folder,
                Map.of("MCP_OWN", "mine"),
                within,
                null,
                null,
                null);
    }

    private static String ask(URI uri) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .body();
    }

    @Test
    void startsAServerWithItsSettingsInItsFolder() throws Exception {
        try (var server =
                launcher("serve {port} [--timeout {idleTimeoutMs}]", LONG).open(TIMED)) {
            int port = server.uri().getPort();
            assertEquals(
                    "serve|" + port + "|--timeout|1500\n{MCP_IDLE_TIMEOUT_MS=1500, MCP_IDLE_TIMEOUT_SECONDS=1.5, "
                            + "MCP_NODE=1, MCP_OWN=mine, MCP_PORT=" + port + ", MCP_STATELESS=false}\n"
                            + folder.toRealPath(),
                    ask(server.uri()));
            await().untilAsserted(() -> assertTrue(server.output().contains("arguments serve|"), server::output));
        }
    }

    @Test
    void leavesOutWhatIsAbsent() throws Exception {
        try (var server =
                launcher("serve [--timeout {idleTimeoutMs}]", LONG).open(LaunchSettings.withoutIdleTimeout())) {
            assertTrue(ask(server.uri())
                    .startsWith("serve\n{MCP_NODE=1, MCP_OWN=mine, MCP_PORT="
                            + server.uri().getPort() + ", MCP_STATELESS=false}"));
        }
    }

    @Test
    void endsTheServer() throws Exception {
        var server = launcher("serve", LONG).open(TIMED);
        assertTrue(server.endStatus().isEmpty());
        server.close();
        assertTrue(server.endStatus().isPresent());
        assertThrows(IOException.class, () -> ask(server.uri()));
    }

    @Test
    void takesTheEndOfTheProcessForRefusal() throws Exception {
        var refused = assertInstanceOf(Refused.class, launcher("fail 3", LONG).launch(TIMED));
        assertEquals("ended with status 3 before it served", refused.how());
        assertTrue(refused.output().endsWith("the last words\n"), refused::output);
        assertTrue(refused.output().startsWith("…\nline "), refused::output);
        assertTrue(refused.output().length() < 20_000);
    }

    @Test
    void takesAnEndWithStatusZeroForRefusalToo() throws Exception {
        assertEquals(
                "ended with status 0 before it served",
                ((Refused) launcher("fail 0", LONG).launch(TIMED)).how());
    }

    @Test
    void takesSilenceForRefusal() throws Exception {
        var refused = assertInstanceOf(
                Refused.class, launcher("sit", Duration.ofSeconds(1)).launch(TIMED));
        assertTrue(refused.how().matches("did not serve at http://127.0.0.1:\\d+/mcp within 1.00 s"), refused::how);
    }

    @Test
    void doesNotTakeAGatewaysErrorForService() throws Exception {
        try (var server = launcher("unready", LONG).open(TIMED)) {
            await().untilAsserted(() -> assertEquals(
                    List.of("503", "503", "418"),
                    server.output()
                            .lines()
                            .filter(line -> line.matches("[0-9]+"))
                            .toList()));
        }
    }

    @Test
    void saysThatAProgramIsMissing() {
        var launcher = new ProcessLauncher(
                LaunchCommand.parse("no-such-program {port}"),
                "http://127.0.0.1:{port}/mcp",
                null,
                Map.of(),
                LONG,
                null,
                null,
                null);
        var failure = assertThrows(LaunchException.class, () -> launcher.open(TIMED));
        assertFalse(failure.started());
        assertEquals("could not be started: no-such-program: No such file or directory", failure.getMessage());
    }

    @Test
    void findsAProgramInItsFolder() throws Exception {
        var script = Files.writeString(folder.resolve("start.sh"), "#!/bin/sh\nexit 5\n");
        assertTrue(script.toFile().setExecutable(true));
        var launcher = new ProcessLauncher(
                LaunchCommand.parse("./start.sh"),
                "http://127.0.0.1:{port}/mcp",
                folder,
                Map.of(),
                LONG,
                null,
                null,
                null);
        assertEquals("ended with status 5 before it served", ((Refused) launcher.launch(TIMED)).how());
    }

    /** A command that cannot leave the timeout out must not make a server fail a rule. */
    @Test
    void doesNotBlameAServerForAHoleInTheCommand() {
        var launcher = launcher("fail 2 --timeout {idleTimeoutMs}ms", LONG);
        var undecided =
                assertThrows(RuleAbortedException.class, () -> launcher.launch(LaunchSettings.withoutIdleTimeout()));
        assertEquals(Verdict.NOT_TESTABLE, undecided.verdict());
        assertTrue(undecided.getMessage().contains("[--idle-timeout {idleTimeoutMs}]"), undecided::getMessage);
    }

    @Test
    void startsNoServerWithSettingsThatItDoesNotHave() {
        var launcher = new ProcessLauncher(
                LaunchCommand.parse("no-such-program"),
                "http://127.0.0.1:{port}/mcp",
                null,
                Map.of(),
                LONG,
                null,
                "it never forgets",
                "it cannot");
        var timed = assertThrows(RuleAbortedException.class, () -> launcher.launch(TIMED));
        assertEquals(Verdict.NOT_APPLICABLE, timed.verdict());
        assertTrue(timed.getMessage().endsWith("it never forgets"), timed::getMessage);
        var stateless = assertThrows(
                RuleAbortedException.class, () -> launcher.launch(new LaunchSettings(Optional.empty(), true)));
        assertTrue(stateless.getMessage().endsWith("it cannot"), stateless::getMessage);
    }

    @Test
    void endsChildrenToo() throws Exception {
        var pid = folder.resolve("pid");
        var server = launcher("parent '" + pid + "'", LONG).open(TIMED);
        var child = ProcessHandle.of(Long.parseLong(Files.readString(pid))).orElseThrow();
        assertTrue(child.isAlive());
        server.close();
        await().until(() -> !child.isAlive());
    }

    /** Once its parent is gone, the system does not tell any more whose child a process was. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void endsOrphansToo() throws Exception {
        var pid = folder.resolve("pid");
        assertEquals(
                "ended with status 7 before it served",
                ((Refused) launcher("orphan '" + pid + "'", LONG).launch(TIMED)).how());
        var child = ProcessHandle.of(Long.parseLong(Files.readString(pid)));
        await().until(() -> child.map(c -> !c.isAlive()).orElse(true));
    }

    /** They start others that outlive them, and are deaf to being asked to end. Bounded, should they not be ended. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void endsProcessesThatStartOthersWithoutEnd() throws Exception {
        var script = Files.writeString(folder.resolve("family.sh"), """
                trap '' TERM HUP
                echo $$ >> "$1"
                i=0
                while [ $i -lt 300 ]; do
                    i=$((i + 1))
                    [ "$(wc -l < "$1")" -ge 100 ] || sh "$0" "$1" &
                    [ $i -gt 4 ] && [ $((i % 7)) -eq $(($$ % 7)) ] && exit
                    sleep 0.1
                done
                """);
        var pids = folder.resolve("pids");
        var launcher = new ProcessLauncher(
                LaunchCommand.parse("sh '" + script + "' '" + pids + "'"),
                "http://127.0.0.1:{port}/mcp",
                folder,
                Map.of(),
                Duration.ofSeconds(1),
                null,
                null,
                null);
        assertInstanceOf(Refused.class, launcher.launch(TIMED));
        await().untilAsserted(() -> assertEquals(
                List.of(),
                Files.readAllLines(pids).stream()
                        .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)).stream())
                        .filter(ProcessHandle::isAlive)
                        .toList()));
        assertTrue(Files.readAllLines(pids).size() > 3, "it started too few to show anything");
    }

    @Test
    void leavesNothingRunningWhenInterrupted() throws Exception {
        var launcher = launcher("sit", LONG);
        var before = ProcessHandle.current().children().toList();
        var thread = new Thread(() -> assertThrows(InterruptedException.class, () -> launcher.launch(TIMED)));
        thread.start();
        await().until(() -> ProcessHandle.current().children().anyMatch(c -> !before.contains(c)));
        thread.interrupt();
        thread.join();
        await().until(() -> ProcessHandle.current().children().allMatch(before::contains));
    }
}
