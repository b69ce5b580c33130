package dev.mcpsession.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.ReferenceServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The GitHub Action: its steps are run with bash, as a runner would, on the packaged jar. */
class ActionIT {

    private static final Path JAR = Path.of(System.getProperty("kit.jar"));
    private static final Pattern EXPRESSION = Pattern.compile("\\$\\{\\{\\s*([\\w.-]+)\\s*}}");

    @TempDir
    private Path folder;

    private Map<String, Object> action;
    /** The environment that GitHub's runner gives every step. */
    private final Map<String, String> github = new HashMap<>();

    private Path summary;

    private record Outcome(int status, Map<String, String> outputs, String log) {}

    @BeforeEach
    void read() throws IOException {
        var yaml = Files.readString(Path.of("action.yml").toAbsolutePath());
        action = map(new Load(LoadSettings.builder().build()).loadFromString(yaml));
        summary = Files.createFile(folder.resolve("summary"));
        github.put("action_path", Path.of("").toAbsolutePath().toString());
        github.put("action_ref", "v1.2.3");
        github.put("action_repository", "some/where");
        github.put("server_url", folder.toUri().toString().replaceFirst("/$", ""));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object node) {
        return (Map<String, Object>) node;
    }

    private Outcome run(String... inputs) throws Exception {
        var given = new HashMap<String, String>();
        for (int i = 0; i < inputs.length; i += 2) {
            assertTrue(map(action.get("inputs")).containsKey(inputs[i]), inputs[i]);
            given.put(inputs[i], inputs[i + 1]);
        }
        var steps = (List<?>) map(action.get("runs")).get("steps");
        assertEquals(1, steps.size());
        var step = map(steps.get(0));
        assertEquals("bash", step.get("shell"));
        var script =
                Files.writeString(folder.resolve("step.sh"), step.get("run").toString());
        assertFalse(EXPRESSION.matcher(step.get("run").toString()).find(), "an expression within the script");

        var written = Files.writeString(folder.resolve("outputs"), "");
        var log = folder.resolve("log").toFile();
        var builder = new ProcessBuilder("bash", "--noprofile", "--norc", "-eo", "pipefail", script.toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log);
        var environment = builder.environment();
        environment.put("PATH", Path.of(System.getProperty("java.home"), "bin") + ":" + environment.get("PATH"));
        environment.put(
                "RUNNER_TEMP",
                Files.createDirectories(folder.resolve("temp dir")).toString());
        environment.put("GITHUB_OUTPUT", written.toString());
        environment.put("GITHUB_STEP_SUMMARY", summary.toString());
        map(step.get("env")).forEach((name, value) -> environment.put(name, evaluate(value.toString(), given)));
        var process = builder.start();
        assertTrue(process.waitFor(4, TimeUnit.MINUTES));

        var fromStep = Files.readAllLines(written).stream()
                .map(line -> line.split("=", 2))
                .collect(Collectors.toMap(line -> line[0], line -> line[1], (former, latter) -> latter, TreeMap::new));
        assertTrue(map(action.get("outputs")).keySet().containsAll(fromStep.keySet()), fromStep::toString);
        var outputs = new TreeMap<String, String>();
        map(action.get("outputs"))
                .forEach((name, output) -> outputs.put(
                        name,
                        replace(
                                map(output).get("value").toString(),
                                expression -> fromStep.getOrDefault(
                                        after("steps." + step.get("id") + ".outputs.", expression), ""))));
        return new Outcome(process.exitValue(), outputs, Files.readString(log.toPath(), StandardCharsets.UTF_8));
    }

    private String evaluate(String text, Map<String, String> given) {
        return replace(text, expression -> {
            if (!expression.startsWith("inputs.")) {
                var name = after("github.", expression);
                assertTrue(github.containsKey(name), expression);
                return github.get(name);
            }
            var input = map(map(action.get("inputs")).get(after("inputs.", expression)));
            return given.getOrDefault(
                    after("inputs.", expression),
                    input.getOrDefault("default", "").toString());
        });
    }

    private static String replace(String text, Function<String, String> values) {
        return EXPRESSION.matcher(text).replaceAll(match -> Matcher.quoteReplacement(values.apply(match.group(1))));
    }

    private static String after(String prefix, String text) {
        assertTrue(text.startsWith(prefix), text);
        return text.substring(prefix.length());
    }

    @Test
    void judgesTheEmbeddedServerIfNothingElseIsNamed() throws Exception {
        var outcome = run("jar", JAR.toString(), "args", "--rule 'required/*' --revision 2025-11-25");
        assertEquals(0, outcome.status(), outcome::log);
        assertEquals("0", outcome.outputs().get("exit-status"));
        assertEquals("0", outcome.outputs().get("fail"));
        assertEquals("0", outcome.outputs().get("undecided"));
        assertTrue(Integer.parseInt(outcome.outputs().get("pass")) > 5, outcome::toString);
        assertTrue(Files.readString(Path.of(outcome.outputs().get("json"))).contains("\"required/"));
        assertTrue(Files.readString(summary).contains("onforms"), () -> outcome.log());
    }

    @Test
    void judgesAServerByItsUrlAndCountsWhatItFinds() throws Exception {
        var json = folder.resolve("out.json");
        var xml = folder.resolve("out.xml");
        var html = folder.resolve("out.html");
        // The server never ends a session.
        try (var server =
                ReferenceServer.builder().idleTimeout(Duration.ofHours(1)).start()) {
            var outcome = run(
                    "jar",
                    JAR.toString(),
                    "url",
                    server.uri().toString(),
                    "idle-timeout",
                    "200ms",
                    "reap-lag",
                    "100ms",
                    "json",
                    json.toString(),
                    "junit-xml",
                    xml.toString(),
                    "html",
                    html.toString(),
                    "summary",
                    "false",
                    "args",
                    "--rule\nidle/reaped-post-404,required/missing-id-post --revision '2025-11-25'");
            assertEquals(1, outcome.status(), outcome::log);
            assertEquals(
                    Map.of(
                            "exit-status",
                            "1",
                            "pass",
                            "1",
                            "fail",
                            "1",
                            "warn",
                            "0",
                            "undecided",
                            "0",
                            "not-testable",
                            "0",
                            "json",
                            json.toString()),
                    outcome.outputs());
        }
        assertTrue(Files.readString(xml).contains("<failure "));
        assertTrue(Files.readString(html).contains("idle/reaped-post-404"));
        assertEquals("", Files.readString(summary));
    }

    @Test
    void takesTargetFilesAndTheJarOfItsOwnFolder() throws Exception {
        try (var server = ReferenceServer.builder().start()) {
            var one = Files.writeString(
                    folder.resolve("one.json"), "{\"name\": \"one\", \"url\": \"" + server.uri() + "\"}");
            var outcome = run("target", one + "\n", "args", "--rule required/missing-id-post");
            assertEquals(0, outcome.status(), outcome::log);
            assertEquals("3", outcome.outputs().get("pass"), outcome::log);
        }
    }

    @Test
    void fetchesTheJarOfARelease() throws Exception {
        var release = folder.resolve("some/where/releases/download/v1.2.3");
        Files.copy(JAR, Files.createDirectories(release).resolve("mcp-session-conformance.jar"));
        github.put("action_path", folder.toString());
        var sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(JAR)));

        var outcome = run("args", "--rule required/missing-id-post", "sha256", sum);
        assertEquals(0, outcome.status(), outcome::log);

        var wrongSum = run("args", "--rule required/missing-id-post", "sha256", sum.replaceAll("[0-9]", "0"));
        assertEquals(2, wrongSum.status(), wrongSum::log);
        assertTrue(
                wrongSum.log().contains("::error title=MCP session conformance::The jar has the SHA-256 sum " + sum),
                wrongSum::log);

        var missing = run("version", "v9");
        assertEquals(2, missing.status(), missing::log);
        assertTrue(missing.log().contains("There is no jar of the release 'v9'"), missing::log);
    }

    @Test
    void takesInputsForNothingButWhatTheyAre() throws Exception {
        var bait = folder.resolve("bait");
        var outcome = run(
                "jar",
                JAR.toString(),
                "url",
                "$(touch " + bait + ")",
                "idle-timeout",
                "`touch " + bait + "`",
                "args",
                "--rule $(touch " + bait + ") ; touch " + bait);
        assertEquals(2, outcome.status(), outcome::log);
        assertEquals("2", outcome.outputs().get("exit-status"));
        assertFalse(Files.exists(bait));
        assertEquals(2, run("jar", JAR.toString(), "args", "--rule 'required/*").status());
        assertEquals(2, run("jar", folder.resolve("none").toString()).status());
    }

    @Test
    void failsWhereWhatMustBeJudgedIsNot() throws Exception {
        var outcome = run(
                "jar",
                JAR.toString(),
                "fail-on",
                "warn",
                "require-judged",
                "idle/*,required/*",
                "args",
                "--rule required/missing-id-post");
        assertEquals(3, outcome.status(), outcome::log);
        assertTrue(outcome.log().contains("--require-judged idle/* asks for it"), outcome::log);
        outcome = run("jar", JAR.toString(), "fail-on", "pass", "args", "--rule required/missing-id-post");
        assertEquals(2, outcome.status(), outcome::log);
        assertTrue(outcome.log().contains("--fail-on"), outcome::log);
    }

    @Test
    void gitLabsJobTakesTheSame() throws Exception {
        var yaml = Files.readString(Path.of("gitlab-ci.yml"));
        var file = map(new Load(LoadSettings.builder().build()).loadFromString(yaml));
        var job = map(file.get(".mcp-session-conformance"));
        var script = Files.writeString(
                folder.resolve("job.sh"), ((List<?>) job.get("script")).get(0).toString());
        var log = folder.resolve("log").toFile();
        var builder = new ProcessBuilder("sh", script.toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log);
        var environment = builder.environment();
        environment.put("PATH", Path.of(System.getProperty("java.home"), "bin") + ":" + environment.get("PATH"));
        try (var server = ReferenceServer.builder().start()) {
            map(job.get("variables")).forEach((name, value) -> environment.put(name, value.toString()));
            environment.put("MCP_JAR", JAR.toAbsolutePath().toString());
            environment.put("MCP_URL", server.uri().toString());
            environment.put("MCP_FAIL_ON", "warn");
            // Without its timeout, no rule about idle sessions can be judged.
            environment.put("MCP_REQUIRE_JUDGED", "idle/*");
            environment.put("COLUMNS", "200");
            var process = builder.start();
            assertTrue(process.waitFor(4, TimeUnit.MINUTES));
            var text = Files.readString(log.toPath());
            assertEquals(3, process.exitValue(), text);
            assertTrue(text.contains("--require-judged idle/* asks for it"), text);
        }
        for (var report : List.of("mcp-sessions.xml", "mcp-sessions.json", "mcp-sessions.html")) {
            assertTrue(Files.size(folder.resolve(report)) > 0, report);
        }
    }

    @Test
    void describesEveryInputAndOutput() {
        for (var part : List.of("inputs", "outputs")) {
            map(action.get(part))
                    .forEach((name, value) ->
                            assertTrue(map(value).get("description").toString().endsWith("."), name));
        }
        assertEquals("composite", map(action.get("runs")).get("using"));
        var used = new TreeSet<String>();
        EXPRESSION
                .matcher(action.get("runs").toString())
                .results()
                .map(match -> match.group(1))
                .filter(expression -> expression.startsWith("inputs."))
                .forEach(used::add);
        assertEquals(
                map(action.get("inputs")).keySet().stream()
                        .map(name -> "inputs." + name)
                        .collect(Collectors.toCollection(TreeSet::new)),
                used);
    }
}
