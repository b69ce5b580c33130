package dev.mcpsession.runner.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.clients.trace.TraceFile;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.server.ReferenceServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The archives of a run's exchanges, and a rule that is run again from a report, on a server of this process. */
class ArchivesTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private ReferenceServer server;

    @BeforeEach
    void start() {
        server = ReferenceServer.builder().token("somebody", "s3cret-t0ken").start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private int run(Object... arguments) {
        out.reset();
        var utf8 = StandardCharsets.UTF_8;
        var stream = new PrintStream(out, true, utf8);
        return Cli.execute(
                new Io(stream, stream, utf8, false, Map.of("COLUMNS", "160"), false),
                Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    }

    private String text() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private static JsonNode json(Path file) throws IOException {
        return new JsonMapper().readTree(Files.readString(file));
    }

    private int judge(String rules, Object... more) {
        var arguments = new ArrayList<Object>(List.of(
                server.uri(),
                "--rule",
                rules,
                "--revision",
                "2025-11-25",
                "--header",
                "Authorization: Bearer s3cret-t0ken"));
        arguments.addAll(Arrays.asList(more));
        return run(arguments.toArray());
    }

    @Test
    void theExchangesOfARuleMakeAnArchive() throws IOException {
        var har = folder.resolve("run.har");
        assertEquals(0, judge("termination/post-404", "--har", har), this::text);
        var log = json(har).path("log");
        assertEquals("1.2", log.path("version").stringValue());
        assertEquals(1, log.path("pages").size());
        var entries = log.path("entries");
        assertEquals(
                "initialize",
                new JsonMapper()
                        .readTree(entries.get(0)
                                .path("request")
                                .path("postData")
                                .path("text")
                                .stringValue())
                        .path("method")
                        .stringValue());
        assertTrue(
                entries.valueStream()
                        .anyMatch(e -> e.path("response").path("status").intValue() == 404),
                entries::toPrettyString);
        var moments = entries.valueStream()
                .map(e -> Instant.parse(e.path("startedDateTime").stringValue()))
                .toList();
        assertEquals(moments.stream().sorted().toList(), moments);
        assertTrue(entries.valueStream()
                .allMatch(e -> e.path("pageref").stringValue().equals("page_1")
                        && e.path("time").doubleValue() >= 0));
        assertFalse(Files.readString(har).contains("s3cret"));
        // The kit itself reads it, too, as it reads those of browsers.
        var refused = assertThrows(IOException.class, () -> TraceFile.read(har));
        assertTrue(refused.getMessage().contains("is a report of this kit"), refused::getMessage);
    }

    @Test
    void aRunWithoutViolationsIsSarifWithoutResults() throws IOException {
        var sarif = folder.resolve("run.sarif");
        assertEquals(0, judge("termination/post-404", "--sarif", sarif), this::text);
        var root = json(sarif);
        assertEquals("2.1.0", root.path("version").stringValue());
        assertEquals(0, root.path("runs").get(0).path("results").size());
        assertTrue(root.path("runs")
                .get(0)
                .path("invocations")
                .get(0)
                .path("executionSuccessful")
                .booleanValue());
    }

    @Test
    void aRuleIsRunAgainFromItsReport() {
        var report = folder.resolve("report.json");
        assertEquals(0, judge("termination/*", "--json", report), this::text);
        var har = folder.resolve("again.har");
        assertEquals(
                0,
                run(
                        "rerun",
                        "termination/post-404",
                        report,
                        "--har",
                        har,
                        "--header",
                        "Authorization: Bearer s3cret-t0ken"),
                this::text);
        assertTrue(text().contains("Before  2025-11-25  PASS"), this::text);
        var lines = text().lines().map(String::strip).toList();
        int sent = index(lines, "#1 → 2025-11-25  POST initialize");
        int came = index(lines, "#1 ← 200, result");
        int deleted = index(lines, " → 2025-11-25  DELETE");
        assertTrue(0 <= sent && sent < came && came < deleted, this::text);
        assertTrue(index(lines, "← 404, error") > deleted, this::text);
        assertTrue(text().contains("(1 rule, 1 verdict"), this::text);
        assertFalse(text().contains("s3cret"), this::text);
        assertTrue(Files.exists(har));
    }

    private static int index(List<String> lines, String part) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains(part)) {
                return i;
            }
        }
        return -1;
    }

    @Test
    void whatTheReportDoesNotHaveIsBadUsage() {
        var report = folder.resolve("report.json");
        assertEquals(0, judge("termination/post-404", "--json", report), this::text);
        assertEquals(2, run("rerun", "idle/ping-extends", report), this::text);
        assertTrue(text().contains("has no verdict on idle/ping-extends"), this::text);
        assertEquals(2, run("rerun", "termination/post-404", report, "--revision", "2025-03-26"), this::text);
        assertEquals(2, run("rerun", "termination/post-404", report, "--server", "other"), this::text);
        assertTrue(text().contains("--server: name one of"), this::text);
    }
}
