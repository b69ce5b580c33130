package dev.mcpsession.runner.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.clients.rules.ClientRules;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.target.TargetFile;
import dev.mcpsession.runner.report.machine.JsonReportTest;
import dev.mcpsession.server.ReferenceServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** The commands, on servers of this process. */
class CommandsTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private int run(String... arguments) {
        var utf8 = StandardCharsets.UTF_8;
        var stream = new PrintStream(out, true, utf8);
        return Cli.execute(new Io(stream, stream, utf8, false, Map.of("COLUMNS", "200"), false), arguments);
    }

    private String text() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void listsTheRules() {
        assertEquals(0, run("list", "--area", "termination"), this::text);
        assertTrue(text().contains("  post-404 "), this::text);
        assertFalse(text().contains("\nidle"), this::text);
    }

    @Test
    void listsWhereARuleDoesNotApply() {
        assertEquals(0, run("list", "--rule", "idle/stream-ends-with-session"), this::text);
        assertTrue(
                text().contains("\n      unless the server ends its GET streams by itself, as it may; "), this::text);
    }

    @Test
    void readsACommandFromAFile() throws IOException {
        var arguments = Files.writeString(folder.resolve("arguments"), "list --area termination");
        assertEquals(0, run("@" + arguments), this::text);
        assertTrue(text().contains("  post-404 "), this::text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h", "-qh"})
    void helpShowsEveryCommand(String help) {
        assertEquals(0, run(help), this::text);
        for (var command : List.of(
                "run", "list", "explain", "probe", "init", "client", "record", "judge", "serve", "completion")) {
            assertTrue(text().contains("\n  " + command + " "), this::text);
        }
    }

    @Test
    void listsTheRulesAsJson() {
        assertEquals(0, run("list", "--json"), this::text);
        var rules = JsonMapper.builder().build().readTree(text());
        assertEquals(
                Catalogue.load(getClass().getClassLoader())
                        .and(Catalogue.of(new ClientRules()))
                        .rules()
                        .size(),
                rules.size());
        var rule = rules.values().stream()
                .filter(r -> r.get("rule").asString().equals("termination/post-404"))
                .findFirst()
                .orElseThrow();
        assertEquals("MUST", rule.get("levels").get("2025-11-25").asString());
    }

    @Test
    void explainsARule() {
        assertEquals(0, run("explain", "termination/post-404"), this::text);
        assertTrue(text().startsWith("termination/post-404\n"), this::text);
        assertTrue(text().contains("level    MUST in 2025-03-26, 2025-06-18, 2025-11-25\n"), this::text);
    }

    @Test
    void judgesAServerAndWritesReports() throws IOException {
        var json = folder.resolve("r.json");
        var xml = folder.resolve("r.xml");
        var markdown = folder.resolve("r.md");
        var html = folder.resolve("r.html");
        try (var server = ReferenceServer.builder().start()) {
            assertEquals(
                    0,
                    run(
                            server.uri().toString(),
                            "--rule",
                            "termination/*",
                            "--header",
                            "X-Key: ${nothing",
                            "--revision",
                            "2025-11-25",
                            "--json",
                            json.toString(),
                            "--junit-xml",
                            xml.toString(),
                            "--markdown",
                            markdown.toString(),
                            "--html",
                            html.toString()),
                    this::text);
        }
        assertTrue(text().contains("✓ post-404"), this::text);
        assertTrue(text().contains("Conforms ("), this::text);
        assertEquals(List.of(), JsonReportTest.complaints(Files.readString(json)));
        assertTrue(Files.readString(xml).contains("termination/post-404 [2025-11-25]"));
        assertTrue(Files.readString(markdown).contains("✅ **Conforms**"));
        assertTrue(Files.readString(html).contains("<strong>Conforms</strong>"));
        // Its note is there too.
        assertTrue(Files.readString(html).contains("<h5>When it fails</h5>"));
    }

    @Test
    void recordsABaselineAndKeepsToIt() throws IOException {
        var baseline = folder.resolve("b.json").toString();
        // Without a session the rules about sessions do not apply, which is no violation but a verdict to record.
        try (var server = ReferenceServer.builder().stateless(true).start()) {
            var url = server.uri().toString();
            assertEquals(
                    0,
                    run(url, "--rule", "termination/post-404", "--write-baseline", baseline, "--baseline-all"),
                    this::text);
            assertEquals(0, run(url, "--rule", "termination/post-404", "--baseline", baseline), this::text);
            assertTrue(text().contains("As recorded in " + baseline + ": 3 known verdicts."), this::text);
        }
        try (var server = ReferenceServer.builder().start()) {
            assertEquals(
                    1,
                    run(server.uri().toString(), "--rule", "termination/post-404", "--baseline", baseline),
                    this::text);
            assertTrue(
                    text().contains("is listed as NOT_APPLICABLE, but is PASS now: take it out of the baseline"),
                    this::text);
        }
    }

    @Test
    void endsAtItsDeadlineWithWhatItHasFound() throws IOException {
        var json = folder.resolve("r.json");
        var baseline = folder.resolve("b.json");
        try (var server = ReferenceServer.builder().start()) {
            assertEquals(
                    3,
                    run(
                            server.uri().toString(),
                            "--idle-timeout",
                            "1h",
                            "--rule",
                            "termination/post-404,idle/reaped-post-404",
                            "--revision",
                            "2025-11-25",
                            "--deadline",
                            "3s",
                            "--json",
                            json.toString(),
                            "--write-baseline",
                            baseline.toString()),
                    this::text);
            assertEquals(0, server.sessions().counts().live(), "sessions left open");
        }
        assertFalse(Files.exists(baseline));
        assertEquals(List.of(), JsonReportTest.complaints(Files.readString(json)));
        var report = JsonMapper.builder().build().readTree(Files.readString(json));
        // On a slow machine nothing was judged by then.
        if (report.has("problem")) {
            assertTrue(
                    report.get("problem").asString().contains("the deadline was over (--deadline)"), report::toString);
            return;
        }
        assertTrue(text().contains("The run ended before its end: the deadline was over (--deadline)."), this::text);
        assertTrue(text().contains("the baseline was not written, since the run was cut short."), this::text);
        var results = report.get("runs").get(0).get("results");
        var waiting = results.values().stream()
                .filter(r -> r.get("rule").asString().equals("idle/reaped-post-404"))
                .findFirst()
                .orElseThrow();
        assertEquals("NOT_RUN", waiting.get("verdict").asString());
        assertTrue(waiting.get("summary").asString().endsWith(": the deadline was over (--deadline)"));
    }

    @Test
    void takesCredentialsFromAFile() throws IOException {
        var headers = Files.writeString(folder.resolve("headers"), "# of a test\nAuthorization: Bearer sesame-open\n");
        var json = folder.resolve("r.json");
        try (var server =
                ReferenceServer.builder().token("someone", "sesame-open").start()) {
            assertEquals(
                    0,
                    run(
                            server.uri().toString(),
                            "--rule",
                            "termination/post-404",
                            "--verbose",
                            "--header-file",
                            headers.toString(),
                            "--json",
                            json.toString()),
                    this::text);
        }
        assertFalse((text() + Files.readString(json)).contains("sesame"), this::text);
    }

    @Test
    void sendsFewRequestsIfToldTo() {
        try (var server = ReferenceServer.builder().start()) {
            assertEquals(
                    0,
                    run(
                            server.uri().toString(),
                            "--rule",
                            "termination/post-404",
                            "--revision",
                            "2025-11-25",
                            "--max-requests-per-second",
                            "50"),
                    this::text);
        }
    }

    private String target(String name, String url, String more) throws IOException {
        var file = folder.resolve(name + ".json");
        Files.writeString(file, "{\"url\": \"" + url + "\"" + more + "}");
        return file.toString();
    }

    @Test
    void judgesSeveralServersSideBySide() throws IOException {
        var json = folder.resolve("r.txt");
        var xml = folder.resolve("x.txt");
        var rules = "termination/post-404,assignment/id-on-initialize";
        try (var server = ReferenceServer.builder().start();
                var stateless = ReferenceServer.builder().stateless(true).start()) {
            target("one", server.uri().toString(), "");
            target("two", stateless.uri().toString(), ", \"name\": \"no-sessions\"");
            assertEquals(
                    0,
                    run(
                            "--target",
                            folder.toString(),
                            "--rule",
                            rules,
                            "--revision",
                            "2025-11-25",
                            "--json",
                            json.toString(),
                            "--junit-xml",
                            xml.toString()),
                    this::text);
        }
        assertTrue(text().contains("1 of 2  one\n"), this::text);
        assertTrue(text().contains("Side by side\n\n  1  one          Conforms ("), this::text);
        assertTrue(text().contains("\n  2  no-sessions  Conforms ("), this::text);
        var report = Files.readString(json);
        assertEquals(List.of(), JsonReportTest.complaints(report));
        var runs = JsonMapper.builder().build().readTree(report).get("runs");
        assertEquals(
                "one no-sessions",
                runs.get(0).get("target").get("name").asString() + " "
                        + runs.get(1).get("target").get("name").asString());
        assertTrue(Files.readString(xml).contains("<testsuite name=\"no-sessions.termination\""));
    }

    @Test
    void judgesTheOthersWhereOneCannotBeJudged() throws IOException {
        var json = folder.resolve("r.txt");
        try (var server = ReferenceServer.builder().start()) {
            assertEquals(
                    3,
                    run(
                            "--target",
                            target("gone", "http://127.0.0.1:1/mcp", ""),
                            "--target",
                            target("here", server.uri().toString(), ""),
                            "--rule",
                            "termination/post-404",
                            "--json",
                            json.toString()),
                    this::text);
        }
        assertTrue(
                text().contains("  1  gone  Could not be judged: nothing answers at http://127.0.0.1:1/mcp"),
                this::text);
        assertTrue(text().contains("  2  here  Conforms ("), this::text);
        var report = Files.readString(json);
        assertEquals(List.of(), JsonReportTest.complaints(report));
        var root = JsonMapper.builder().build().readTree(report);
        assertTrue(root.get("problem").asString().startsWith("gone: nothing answers"), report);
        assertEquals(
                "3 0",
                root.get("runs").get(0).get("exitStatus") + " "
                        + root.get("runs").get(1).get("exitStatus"));
    }

    @Test
    void keepsABaselineForEachOfSeveralServers() throws IOException {
        var kept = Files.createDirectory(folder.resolve("kept")).toString();
        try (var server = ReferenceServer.builder().start();
                var stateless = ReferenceServer.builder().stateless(true).start()) {
            var targets = new String[] {
                "--target",
                target("one", server.uri().toString(), ""),
                "--target",
                target("two", stateless.uri().toString(), ""),
                "--rule",
                "termination/post-404"
            };
            assertEquals(0, run(with(targets, "--write-baseline", kept, "--baseline-all")), this::text);
            assertEquals(0, run(with(targets, "--baseline", kept)), this::text);
            assertTrue(
                    text().contains("As recorded in " + Path.of(kept, "two.json") + ": 3 known verdicts."), this::text);
            // Now each is held to what the other is.
            Files.move(Path.of(kept, "two.json"), Path.of(kept, "one.json"), StandardCopyOption.REPLACE_EXISTING);
            assertEquals(2, run(with(targets, "--baseline", kept)), this::text);
            assertTrue(text().contains("there is no file " + Path.of(kept, "two.json")), this::text);
            assertEquals(
                    1,
                    run(
                            "--target",
                            target("one", server.uri().toString(), ", \"baseline\": \"kept/one.json\""),
                            "--rule",
                            "termination/post-404"),
                    this::text);
        }
    }

    private static String[] with(String[] first, String... more) {
        return Stream.concat(Stream.of(first), Stream.of(more)).toArray(String[]::new);
    }

    @Test
    void refusesWhatIsNotMeantForSeveralServers() throws IOException {
        var one = target("one", "http://127.0.0.1:1/mcp", ", \"name\": \"same\"");
        var two = target("two", "http://127.0.0.1:1/mcp", ", \"name\": \"same\"");
        assertEquals(2, run("--target", one, "--target", two), this::text);
        assertTrue(text().contains("have the same \"name\", same"), this::text);
        var three = target("three", "http://127.0.0.1:1/mcp", "");
        for (var option : List.of("--baseline", "--write-baseline")) {
            assertEquals(2, run("--target", one, "--target", three, option, "b.json"), this::text);
            assertTrue(text().contains(option + ": with several targets, this should be a folder"), this::text);
        }
        assertEquals(
                2,
                run("--target", Files.createDirectory(folder.resolve("empty")).toString()),
                this::text);
        assertTrue(text().contains("there is no target file in"), this::text);
        assertEquals(2, run("http://127.0.0.1:1/mcp", "--target", one, "--target", three), this::text);
    }

    @Test
    void judgesByAFrozenCatalogue() throws IOException {
        var json = folder.resolve("r.json");
        try (var server = ReferenceServer.builder().start()) {
            assertEquals(
                    0,
                    run(
                            server.uri().toString(),
                            "--rule",
                            "termination/post-404",
                            "--catalogue",
                            "1.0",
                            "--json",
                            json.toString()),
                    this::text);
        }
        assertTrue(text().contains("\nJudged by catalogue 1.0; retired since then: 1."), this::text);
        assertTrue(Files.readString(json).contains("Judged by catalogue 1.0; retired since then: 1."));
        assertEquals(0, run("list", "--area", "termination", "--catalogue", "1.0"), this::text);
        assertEquals(0, run("list", "--json", "--catalogue", "1.0"));
    }

    // ---- probe and init ----

    @Test
    void probesAServerAndTellsHowToJudgeIt() throws IOException {
        var json = folder.resolve("p.json");
        try (var server = ReferenceServer.builder()
                .idleTimeout(Duration.ofMillis(700))
                .token("someone", "sesame-open")
                .start()) {
            assertEquals(
                    0,
                    run(
                            "probe",
                            server.uri().toString(),
                            "--up-to",
                            "3s",
                            "--json",
                            json.toString(),
                            "--header",
                            "Authorization: Bearer sesame-open",
                            "--patience",
                            "20s"),
                    this::text);
            assertEquals(0, server.sessions().counts().live(), "sessions left open");
        }
        assertTrue(text().contains("needed: without them, 401"), this::text);
        var found = JsonMapper.builder().build().readTree(Files.readString(json));
        assertEquals("mcp-session-probe/1", found.get("format").asString());
        // The server's clock starts when the exchange has ended there, which on a slow machine is after its reply came.
        assertTrue(found.get("idle").get("goneFromMs").asDouble() < 1000, found::toString);
        assertTrue(found.get("idle").get("goneUntilMs").asDouble() >= 700, found::toString);
        assertTrue(
                text().contains("\nJudge it:\n  java -jar mcp-session-conformance.jar http://127.0.0.1:"), this::text);
        assertTrue(text().contains("--header 'Authorization: …' --patience 20s --idle-timeout "), this::text);
        assertTrue(text().contains("ms --slow-tool 'sleep={\"milliseconds\":"), this::text);
        assertFalse((text() + Files.readString(json)).contains("sesame"), this::text);
    }

    @Test
    void probesAServerWithoutSessions() {
        try (var server = ReferenceServer.builder().stateless(true).start()) {
            assertEquals(0, run("probe", server.uri().toString()), this::text);
        }
        assertTrue(text().contains("not looked for: the server assigns no session ids"), this::text);
    }

    @Test
    void aProbeEndsAtItsDeadline() {
        try (var server = ReferenceServer.builder().start()) {
            assertEquals(3, run("probe", server.uri().toString(), "--up-to", "1h", "--deadline", "3s"), this::text);
            assertEquals(0, server.sessions().counts().live(), "sessions left open");
        }
        // On a slow machine nothing was found out by then.
        assertTrue(
                text().contains("it was ended early") || text().contains("the deadline was over (--deadline)"),
                this::text);
    }

    @Test
    void writesATargetFileThatARunCanRead() throws IOException {
        var file = folder.resolve("target.json");
        try (var server =
                ReferenceServer.builder().idleTimeout(Duration.ofMillis(700)).start()) {
            assertEquals(
                    0,
                    run(
                            "init",
                            file.toString(),
                            "--url",
                            server.uri().toString(),
                            "--probe",
                            "--up-to",
                            "3s",
                            "--header",
                            "X-Tenant: one",
                            "--name",
                            "mine"),
                    this::text);
            var written = JsonMapper.builder().build().readTree(Files.readString(file));
            assertEquals("mine", written.get("name").asString());
            assertEquals("one", written.get("headers").get("X-Tenant").asString());
            assertTrue(
                    written.has("idleTimeout") && written.has("reapLag") && written.has("slowTool"), written::toString);
            assertTrue(text().contains("Wrote " + file), this::text);
            assertEquals(
                    0,
                    run("--target", file.toString(), "--rule", "idle/reaped-post-404", "--revision", "2025-11-25"),
                    this::text);
        }
        try (var files = Files.list(folder)) {
            assertEquals(List.of(file), files.toList(), "nothing else is left");
        }
    }

    @Test
    void writesATargetFileFromWhatItIsTold() throws IOException {
        var file = folder.resolve("target.json");
        assertEquals(
                0,
                run(
                        "init",
                        file.toString(),
                        "--launch",
                        "serve {port} [{idleTimeoutMs}]",
                        "--idle-timeout",
                        "1m",
                        "--reap-lag",
                        "1500ms",
                        "--slow-tool",
                        "sleep={\"s\":90}",
                        "--start-within",
                        "30s",
                        "--max-sessions",
                        "8",
                        "--header",
                        "Authorization: Bearer ${NOT_SET_YET}",
                        "--title",
                        "Mine 1.0"),
                this::text);
        var target = TargetFile.read(file, Map.of("NOT_SET_YET", "abcd"));
        assertEquals("serve {port} [{idleTimeoutMs}]", target.launch());
        assertEquals("http://127.0.0.1:{port}/mcp", target.url());
        assertEquals(Duration.ofMinutes(1), target.idleTimeout());
        assertEquals(Duration.ofMillis(1500), target.reapLag());
        assertEquals("{\"s\":90}", target.slowTool().arguments().toString());
        assertEquals(Duration.ofSeconds(30), target.startWithin());
        assertEquals(8, target.maxSessions());
        assertEquals("Mine 1.0", target.title());
        assertEquals("Bearer abcd", target.headers().get(0).value());
        assertTrue(Files.readString(file).contains("${NOT_SET_YET}"));
        assertEquals(folder.getFileName().toString(), target.name());
        // A second time only if that is meant.
        assertEquals(2, run("init", file.toString(), "--url", "http://127.0.0.1:1/mcp"));
        assertTrue(text().contains("is there already; --force replaces it"), this::text);
        assertEquals(0, run("init", file.toString(), "--url", "http://127.0.0.1:1/mcp", "--force"));
        assertNull(TargetFile.read(file, Map.of()).launch());
    }

    @Test
    void isQuiet() {
        try (var server = ReferenceServer.builder().start()) {
            assertEquals(0, run(server.uri().toString(), "--rule", "termination/post-404", "--quiet"), this::text);
        }
        assertFalse(text().contains("✓"), this::text);
        assertTrue(text().contains("Conforms ("), this::text);
    }

    @Test
    void isVerbose() {
        try (var server = ReferenceServer.builder().start()) {
            assertEquals(0, run(server.uri().toString(), "--rule", "termination/post-404", "--verbose"), this::text);
        }
        assertTrue(text().contains("> Mcp-Session-Id: "), this::text);
    }

    @Test
    void takesRunAsACommandToo() {
        try (var server = ReferenceServer.builder().start()) {
            assertEquals(0, run("run", server.uri().toString(), "--rule", "termination/post-404"), this::text);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"run", "list", "explain", "probe", "init", "client", "record", "judge", "serve", "completion"})
    void everyCommandHelpsWithExamples(String command) {
        assertEquals(0, run(command, "--help"), this::text);
        assertTrue(text().contains("Usage: mcp-session-conformance " + command), this::text);
        assertTrue(text().contains("\nExamples\n  "), this::text);
        assertFalse(text().contains("%n") || text().contains("DEFAULT-VALUE") || text().contains("$$"), this::text);
    }

    @Test
    void helps() {
        assertEquals(0, run("--help"), this::text);
        assertTrue(text().contains("--idle-timeout") && text().contains("Exit status"), this::text);
        assertFalse(text().contains("%n"), this::text);
    }
}
