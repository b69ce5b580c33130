package dev.mcpsession.runner.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.server.ReferenceServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command that a document, a help text or a hint of the kit prints. The kit's own run here as they stand, but for
 * what is somebody else's: servers, clients and files have stand-ins, and where no rules are chosen, one is. Of other
 * programs' commands each must be known, with the place where it runs. A command that is printed and not known fails.
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
class PrintedCommandsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private static final String JAR = "java -jar mcp-session-conformance.jar";
    private static final String NODE_SERVER = "conformance-runner/samples/node-server/test.sh";
    private static final String TESTS = "conformance-runner/src/test/java/dev/mcpsession/runner/";
    private static final String ADMIN_TEST = "reference-server/src/test/java/dev/mcpsession/server/http/AdminTest.java";

    @TempDir
    private static Path folder;

    private static final AtomicInteger FILES = new AtomicInteger();

    private static ReferenceServer server;

    /** One whose sessions do not expire, for commands that are not told when they would. */
    private static ReferenceServer patient;

    /** A command, and where it is printed. */
    private record Printed(String where, String command) {}

    /** A client that lists, calls, opens a new session after 404, and ends its session. */
    private static final String CLIENT = """
            for url; do :; done
            headers=$(mktemp)
            trap 'rm -f "$headers"' EXIT
            post() {
                curl -s -o /dev/null -D "$headers" "$url" -H 'Content-Type: application/json' \\
                    -H 'Accept: application/json, text/event-stream' ${id:+-H "Mcp-Session-Id: $id"} \\
                    ${id:+-H "MCP-Protocol-Version: 2025-11-25"} --data-raw "$1"
            }
            open() {
                id=
                post '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
            "capabilities":{},"clientInfo":{"name":"c","version":"1"}}}'
                id=$(tr -d '\\r' < "$headers" | sed -n 's/^mcp-session-id: //ip')
                post '{"jsonrpc":"2.0","method":"notifications/initialized"}'
            }
            call() {
                post '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"add_numbers",\
            "arguments":{"a":5,"b":3}}}'
            }
            open
            post '{"jsonrpc":"2.0","id":2,"method":"tools/list"}'
            call
            if grep -q '^HTTP.* 404' "$headers"; then
                open
                call
            fi
            curl -s -o /dev/null -X DELETE "$url" -H "Mcp-Session-Id: $id" -H 'MCP-Protocol-Version: 2025-11-25'
            """;

    @BeforeAll
    static void start() throws Exception {
        server = ReferenceServer.builder().idleTimeout(Duration.ofSeconds(1)).start();
        patient = ReferenceServer.builder().start();
        // A server and a client of somebody else: what follows their names is theirs to understand.
        Files.writeString(
                folder.resolve("my-server"),
                "exec '" + JAVA + "' -XX:TieredStopAtLevel=1 -cp '" + System.getProperty("java.class.path")
                        + "' dev.mcpsession.server.cli.Main serve --port \"$MCP_PORT\""
                        + " ${MCP_IDLE_TIMEOUT_MS:+--idle-timeout \"${MCP_IDLE_TIMEOUT_MS}ms\"}\n");
        Files.writeString(folder.resolve("my-client"), CLIENT);
        var good = server.uri().toString();
        Files.writeString(folder.resolve("target.json"), "{\"url\":\"" + good + "\"}");
        var words = List.of(good, "--rule=post-404,ping-extends", "--revision=2025-11-25", "--idle-timeout=1s");
        // A machine that is busy may leave the second rule open; the report has a verdict on it all the same.
        run(words, "--json=" + folder.resolve("report.json"), "--write-baseline=" + folder.resolve("baseline.json"));
        for (var copy : List.of("before.json", "after.json")) {
            Files.copy(folder.resolve("report.json"), folder.resolve(copy));
        }
        Files.writeString(folder.resolve("trace.json"), trace(good));
    }

    /** What a recorder saves of this test's client and a server. */
    private static String trace(String good) throws Exception {
        var saved = folder.resolve("saved.json");
        var out = new ByteArrayOutputStream();
        var stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        var recording = CompletableFuture.supplyAsync(() -> Cli.execute(
                new Io(stream, stream, StandardCharsets.UTF_8, false, Map.of("COLUMNS", "200"), false),
                "record",
                good,
                "--listen",
                "0",
                "--for",
                "15s",
                "--save",
                saved.toString()));
        var point = Pattern.compile("Point the client at (http\\S+/mcp)");
        var url = Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(
                        () -> {
                            var found = point.matcher(out.toString(StandardCharsets.UTF_8));
                            return found.find() ? found.group(1) : "";
                        },
                        found -> !found.isEmpty());
        assertEquals(
                0,
                new ProcessBuilder("sh", folder.resolve("my-client").toString(), url)
                        .start()
                        .waitFor());
        recording.join();
        return Files.readString(saved);
    }

    @AfterAll
    static void stop() {
        server.close();
        patient.close();
    }

    // ---- documents ----

    @TestFactory
    Stream<DynamicTest> whatDocumentsPrint() throws IOException {
        var commands = new ArrayList<Printed>();
        for (var document : documents()) {
            var where = ROOT.relativize(document).toString();
            var text = Files.readString(document);
            blocks(text).forEach(c -> commands.add(new Printed(where, c)));
            inline(text).forEach(c -> commands.add(new Printed(where, c)));
        }
        assertTrue(commands.size() > 60, () -> "found only " + commands);
        return tests(commands);
    }

    @TestFactory
    Stream<DynamicTest> whatHelpTextsPrint() throws Exception {
        var commands = new ArrayList<Printed>();
        for (var name : List.of(
                "",
                "run",
                "list",
                "explain",
                "probe",
                "init",
                "client",
                "record",
                "judge",
                "diff",
                "rerun",
                "field",
                "serve",
                "completion")) {
            var help = run(Stream.of(name, "--help").filter(w -> !w.isEmpty()).toList());
            assertEquals(0, help.status, help.text);
            var examples = help.text.indexOf("\nExamples\n");
            if (examples >= 0) {
                // What is a command stands by itself; what introduces it ends with a colon.
                var lines = help.text.substring(examples + 10).lines().filter(l -> !l.isBlank() && !l.endsWith(":"));
                joined(lines.map(String::strip).toList()).forEach(c -> commands.add(new Printed(name + " --help", c)));
            }
        }
        assertTrue(commands.size() > 20, () -> "found only " + commands);
        return tests(commands);
    }

    private static Stream<DynamicTest> tests(List<Printed> commands) {
        // The same in another place is run once.
        var once = new LinkedHashMap<String, Printed>();
        commands.forEach(c -> once.putIfAbsent(c.command, c));
        return once.values().stream().map(c -> DynamicTest.dynamicTest(c.where + ": " + c.command, () -> check(c)));
    }

    private static List<Path> documents() throws IOException {
        // What is repeated on real servers and clients by hand is looked at below.
        return files(ROOT, ".md").stream()
                .filter(f -> !f.startsWith(ROOT.resolve("spec-notes/field")))
                .toList();
    }

    private static final Pattern BLOCK = Pattern.compile("(?ms)^ *```(\\w*)\n(.*?)^ *```");

    /** The commands in blocks: every line of a script, and what follows a prompt. */
    private static List<String> blocks(String text) {
        var found = new ArrayList<String>();
        var block = BLOCK.matcher(text);
        while (block.find()) {
            var lines = block.group(2)
                    .lines()
                    .map(String::strip)
                    .filter(l -> !l.isEmpty())
                    .toList();
            switch (block.group(1)) {
                case "sh", "bash", "shell" ->
                    found.addAll(joined(
                            lines.stream().filter(l -> !l.startsWith("#")).toList()));
                case "console" -> {
                    var typed = new ArrayList<String>();
                    for (var line : lines) {
                        if (line.startsWith("$ ")) {
                            typed.add(line.substring(2));
                        } else if (!typed.isEmpty()
                                && typed.get(typed.size() - 1).endsWith("\\")) {
                            typed.add(line);
                        }
                    }
                    found.addAll(joined(typed));
                }
                case "" -> // Without a language it may be anything.
                    found.addAll(joined(lines.stream()
                            .filter(l -> l.matches("(\\./|bash |java |MCP_\\w+=).*") || l.contains("../drive "))
                            .toList()));
                default -> {}
            }
        }
        return found;
    }

    /** One command a line, without the remark behind it. */
    private static List<String> joined(List<String> lines) {
        var found = new ArrayList<String>();
        var open = new StringBuilder();
        for (var line : lines) {
            open.append(line.replaceFirst("\\s+# .*$", ""));
            if (open.charAt(open.length() - 1) == '\\') {
                open.setCharAt(open.length() - 1, ' ');
                continue;
            }
            found.add(open.toString().replaceAll(" {2,}", " "));
            open.setLength(0);
        }
        assertEquals("", open.toString());
        return found;
    }

    private static final Pattern INLINE = Pattern.compile("(?<!`)`([^`]+)`(?!`)");

    /** The commands of the kit, by its name or without. */
    private static final String KIT = "((java (-\\S+ )*-jar )?(\\S*/)?mcp-session-conformance(\\.jar)?"
            + "|(uvx|npx) mcp-session-conformance|jbang mcp-session-conformance\\S*)";

    private static final String COMMANDS =
            "(run(?= -| http| URL)|list|explain|probe|init|client|record|judge|diff|rerun|serve|completion|field)";

    private static final Pattern TYPED = Pattern.compile("(" + KIT + "|" + COMMANDS
            + "|mvn|npm|docker|bash|curl|\\.ci/\\w+|\\./[\\w.-]+"
            + "|[\\w-]+/[\\w/-]+/(run|test|run-all|under-load|wrappers\\.sh)|run-all|java(?= .*\\.jar)|redis-benchmark"
            + "|/usr/bin/time) .+");

    /** The commands within sentences. */
    private static List<String> inline(String text) {
        var found = new ArrayList<String>();
        for (var paragraph : BLOCK.matcher(text).replaceAll("").split("\n\n")) {
            var code = INLINE.matcher(paragraph);
            while (code.find()) {
                var words = code.group(1).replaceAll("\\s+", " ");
                if (TYPED.matcher(words).matches()) {
                    found.add(words);
                }
            }
        }
        return found;
    }

    // ---- hints ----

    private static String found(String text, String pattern) {
        var match = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
        assertTrue(match.find(), () -> pattern + " is not in\n" + text);
        return match.group(1);
    }

    /** A command as it is copied: with its next lines, where a backslash ends a line. */
    private static String copied(String text, String begin) {
        return found(text, "^ +(" + begin + "(?:.*\\\\\n)*.*)$");
    }

    private static String joined(String command) {
        return command.replaceAll(" \\\\\n +", " ");
    }

    @Test
    void whatProbeAndInitAdviseWorks() throws Exception {
        var probed = run(List.of("probe", server.uri().toString(), "--up-to", "2s"));
        var judge = joined(copied(probed.text, "java -jar "));
        assertTrue(judge.contains(" --idle-timeout "), judge);
        check(new Printed("probe", judge.replaceFirst("-jar \\S+", "-jar mcp-session-conformance.jar")));
        var made = folder.resolve("advised.json");
        var written = run(List.of("init", made.toString(), "--url", server.uri().toString()));
        var advice = joined(copied(written.text, "java -jar "));
        assertTrue(advice.contains(made.toString()), advice);
        check(new Printed("init", advice.replaceFirst("-jar \\S+", "-jar mcp-session-conformance.jar")));
    }

    /** Two servers that share nothing are no two nodes of one. */
    @Test
    void whatAViolationPrintsWorks() throws Exception {
        try (var other = ReferenceServer.builder().start()) {
            var nodes = List.of(
                    "--node", patient.uri().toString(), "--node", other.uri().toString());
            var text = run(nodes, "--area", "cluster").text;
            check(new Printed("run", found(text, "^ +more +(explain .*)$")));
            var curl = new ProcessBuilder("bash", "-c", copied(text, "curl "))
                    .redirectErrorStream(true)
                    .start();
            var answer = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, curl.waitFor(), answer);
            assertTrue(answer.contains("HTTP/1.1 404"), answer);
        }
    }

    @Test
    void whatAMistakeIsToldWorks() throws Exception {
        var good = server.uri().toString();
        check(new Printed("run", found(run(List.of(good, "--no-such")).text, "See (.* --help)\\.")));
        check(new Printed("run", found(inALine(run(List.of(good, "--rule=idle"))), "listed by: (list --area idle)")));
        check(new Printed("list", found(run(List.of("list")).text, "explained by: (explain RULE)")));
        var words =
                List.of("rerun", "delete-at-end", folder.resolve("report.json").toString());
        var client = found(inALine(run(words)), "run it with (client --rule client/delete-at-end)");
        check(new Printed("rerun", client + " -- client"));
    }

    /** What was printed, without the line ends at which the terminal's width breaks it. */
    private static String inALine(Outcome outcome) {
        return outcome.text.replaceAll("\\s+", " ");
    }

    // ---- one command ----

    private static void check(Printed printed) throws Exception {
        for (var whole : printed.command.split(" && | \\| ")) {
            // A command that is measured, and one that says how it is started in general.
            var part = whole.replaceFirst("^/usr/bin/time -f '[^']*' ", "")
                    .replace("-jar JAR", "-jar mcp-session-conformance.jar");
            if (elsewhere(part)) {
                continue;
            }
            if (part.startsWith("cd ")) {
                assertTrue(Files.isDirectory(place(printed, part.substring(3))), part);
            } else if (part.matches("(\\w+='.*' )?" + KIT + "( .*)?|(" + COMMANDS + ") .*")) {
                kit(printed, part.replaceFirst("^\\w+='[^']*' ", "").replaceFirst("^" + KIT + " ?", ""));
            } else {
                other(printed, part);
            }
        }
    }

    /** A file that a document names, from the root or from the document's folder, or from one below that. */
    private static Path place(Printed printed, String path) {
        var document = ROOT.resolve(printed.where).getParent();
        var names = printed.command.startsWith("cd ")
                ? List.of(path, printed.command.replaceFirst("cd (\\S+).*", "$1/") + path)
                : List.of(path, path.replaceFirst("^\\.\\./", ""));
        return Stream.of(ROOT, document)
                .flatMap(f -> names.stream().map(f::resolve))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new AssertionError("nobody runs: " + printed));
    }

    private static void kit(Printed printed, String command) throws Exception {
        var words = standIns(split(command));
        var verb = words.isEmpty() || !words.get(0).matches(COMMANDS) ? "run" : words.get(0);
        boolean help = words.contains("--help");
        if (verb.equals("serve") && !help) {
            serves(words);
            return;
        }
        if (Set.of("run", "client").contains(verb)
                && !help
                && !words.contains("--listen")
                && words.stream().noneMatch(w -> w.startsWith("--rule") || w.equals("--area"))) {
            words.add(
                    words.contains("--") ? 1 : words.size(),
                    "--rule=" + (verb.equals("run") ? "post-404" : "delete-at-end"));
        }
        if (words.contains("--listen")) {
            words.addAll(List.of("--for", "200ms"));
        }
        if (words.contains("--launch") && !verb.equals("rerun")) {
            // However busy the machine is.
            words.addAll(List.of("--start-within", "2m"));
        }
        if (verb.equals("init") && !help) {
            words.add(
                    1,
                    folder.resolve("made-" + FILES.incrementAndGet() + ".json").toString());
            if (!words.contains("--url") && !words.contains("--launch")) {
                words.addAll(List.of("--url", server.uri().toString()));
            }
        }
        if (words.contains("--up-to")) {
            words.set(words.indexOf("--up-to") + 1, "2s");
        } else if (words.contains("--probe") || verb.equals("probe") && !help) {
            words.addAll(List.of("--up-to", "2s"));
        }
        var outcome = run(words);
        assertFalse(outcome.text.contains("\tat "), outcome.text);
        // On a machine that is busy some rules may stay open.
        boolean open = outcome.status == ExitStatus.NOT_JUDGED && outcome.text.contains("inconclusive");
        assertTrue(open || outcome.status == expected(words), () -> words + "\n" + outcome.text);
    }

    /** With what status a command ends that does what it is printed for. */
    private static int expected(List<String> words) {
        if (words.contains("--listen")) {
            // Nobody comes.
            return 3;
        }
        return 0;
    }

    /** A server runs until it is ended. */
    private static void serves(List<String> words) throws Exception {
        var command = new ArrayList<>(
                List.of(JAVA, "-cp", System.getProperty("java.class.path"), "dev.mcpsession.runner.Main"));
        command.addAll(words);
        if (words.contains("--port")) {
            // One that is free.
            command.set(command.indexOf("--port") + 1, "0");
        } else {
            command.addAll(List.of("--port", "0"));
        }
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            var first = process.inputReader().readLine();
            assertTrue(first.startsWith("http://127.0.0.1:"), first);
        } finally {
            process.destroy();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        }
    }

    /** Splits words as a shell does. */
    private static List<String> split(String command) throws Exception {
        var process = new ProcessBuilder("bash", "-c", "printf '%s\\0' " + command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), command);
        return new ArrayList<>(
                Stream.of(text.split("\0")).filter(w -> !w.isEmpty()).toList());
    }

    private static final Set<String> OUTPUTS =
            Set.of("--save", "--json", "--html", "--markdown", "--junit-xml", "--har", "--sarif", "--write-baseline");

    private static final Map<String, String> WORDS = new LinkedHashMap<>();

    static {
        WORDS.put("RULE", "termination/post-404");
        WORDS.put("SHELL", "bash");
        WORDS.put("PORT", "0");
    }

    /** Puts this test's servers, clients and files in the place of the reader's. */
    private static List<String> standIns(List<String> words) {
        var replaced = new ArrayList<String>();
        for (var word : words) {
            var before = replaced.isEmpty() ? "" : replaced.get(replaced.size() - 1);
            if (before.equals("--launch")) {
                word = word.replaceFirst(
                        "^(python server\\.py|node \\S+|my-server|…)", "sh '" + folder.resolve("my-server") + "'");
            } else if (before.equals("--client")) {
                word = "sh '" + folder.resolve("my-client") + "'";
            } else if (before.equals("--listen")) {
                word = "0";
            } else if (before.equals("--")) {
                replaced.addAll(List.of("sh", folder.resolve("my-client").toString()));
                break;
            } else if (word.equals("URL") || word.matches("https?://[\\w.]+(:\\d+)?/mcp")) {
                boolean told = words.contains("--idle-timeout") || words.contains("probe") || words.contains("--probe");
                word = (told ? server : patient).uri().toString();
            } else if (OUTPUTS.contains(before)) {
                word = folder.resolve("out-" + FILES.incrementAndGet()).toString();
            } else if (before.equals("--header")) {
                word = word.replace("${TOKEN}", "${PATH}").replace("…", "x");
            } else if (word.equals("FILE") || word.matches("[\\w-]+\\.(json|html|xml|md|jar)")) {
                word = folder.resolve(word).toString();
            } else if (word.startsWith("conformance-runner/")) {
                word = ROOT.resolve(word).toString();
            }
            replaced.add(WORDS.getOrDefault(word, word));
        }
        return replaced;
    }

    private record Outcome(int status, String text) {}

    private static Outcome run(List<String> first, String... more) {
        var words = Stream.concat(first.stream(), Stream.of(more)).toList();
        var out = new ByteArrayOutputStream();
        var utf8 = StandardCharsets.UTF_8;
        var stream = new PrintStream(out, true, utf8);
        var environment = Map.of("COLUMNS", "100");
        int status = Cli.execute(new Io(stream, stream, utf8, false, environment, false), words.toArray(String[]::new));
        return new Outcome(status, out.toString(utf8));
    }

    // ---- commands of others ----

    private static final String BY_HAND = "by hand";

    /**
     * The beginnings of commands that are run elsewhere: the file that does it, and a part of it; or that nothing runs
     * on every build, since it takes a registry of images, a release or an hour.
     */
    private static final Map<String, List<String>> ELSEWHERE = Map.ofEntries(
            Map.entry("echo $?", List.of("README.md", "")),
            Map.entry("npm install", List.of(NODE_SERVER, "npm install")),
            Map.entry(JAR + " --launch 'node before.js'", List.of(NODE_SERVER, "judge before.js")),
            Map.entry(JAR + " --launch 'node after.js'", List.of(NODE_SERVER, "judge after.js")),
            Map.entry(
                    "java -jar conformance-runner/target/mcp-session-conformance.jar --target conformance-runner/"
                            + "targets/python-sdk/target.json",
                    List.of(".ci/run", "--target \"$dir/target.json\"")),
            Map.entry(
                    "java -jar ../target/mcp-session-conformance.jar --target python-sdk/target.json",
                    List.of(".ci/run", "--target \"$dir/target.json\"")),
            Map.entry("run python", List.of("reference-server/clients/run", "\"$@\"")),
            Map.entry("serve --store redis://", List.of("reference-server/cluster/run", "serve --port \"$1\" --store")),
            Map.entry(
                    "java -jar reference-server/shaded/target/reference-server-0.1.0-SNAPSHOT.jar serve",
                    List.of(".ci/consumers", "$version.jar\" serve --port 0 --idle-timeout 500ms")),
            Map.entry(
                    "curl -X POST http://127.0.0.1:9000/kit/inject/",
                    List.of(TESTS + "cli/command/ClientCommandsTest.java", "/kit/inject/404-once")),
            Map.entry("curl -X DELETE http://127.0.0.1:38080/admin/sessions/ID", List.of(ADMIN_TEST, "DELETE")),
            Map.entry("curl -X POST …/admin/sessions/ID/expire", List.of(ADMIN_TEST, "/expire")),
            Map.entry("curl …/admin", List.of(ADMIN_TEST, "/admin")),
            Map.entry("alias mcp-session-conformance=", List.of(TESTS + "cli/command/CompletionTest.java", "bash")),
            Map.entry("source", List.of(TESTS + "cli/command/CompletionTest.java", "bash")),
            Map.entry("jbang ", List.of("conformance-runner/wrappers.sh", "jbang mcp-session-conformance")),
            Map.entry("docker ", List.of("conformance-runner/container.sh", "--tag mcp-session-conformance")),
            Map.entry("redis-cli info commandstats", List.of("reference-server/BENCHMARKS.md", BY_HAND)),
            Map.entry("redis-benchmark ", List.of("reference-server/BENCHMARKS.md", BY_HAND)),
            Map.entry("java -XX:ArchiveClassesAtExit=", List.of(TESTS + "PackagedJarIT.java", "ArchiveClassesAtExit")));

    private static boolean elsewhere(String command) throws IOException {
        for (var known : ELSEWHERE.entrySet()) {
            if (command.startsWith(known.getKey())) {
                var text = Files.readString(ROOT.resolve(known.getValue().get(0)));
                var part = known.getValue().get(1);
                assertTrue(part.equals(BY_HAND) || text.contains(part), () -> known.getValue() + " is gone");
                return true;
            }
        }
        return false;
    }

    private static void other(Printed printed, String command) throws Exception {
        var words = split(command.replaceAll("<\\w+>", "NAME").replaceFirst("^(\\w+=('[^']*'|\\S+) )+", ""));
        if (words.get(0).equals("mvn")) {
            maven(words);
            return;
        }
        // A script of the project's: it is there, it can be read, and it knows its options.
        var script = place(printed, words.get(words.get(0).equals("bash") ? 1 : 0));
        if (!Files.readString(script).startsWith("#!/usr/bin/env python3")) {
            assertEquals(
                    0,
                    new ProcessBuilder("bash", "-n", script.toString())
                            .inheritIO()
                            .start()
                            .waitFor());
        }
        for (var option : words.stream().filter(w -> w.startsWith("--")).toList()) {
            assertTrue(Files.readString(script).contains(option), () -> script + " does not know " + option);
        }
    }

    /** Names a module, a profile, tests and properties that there are. */
    private static void maven(List<String> words) throws IOException {
        var module = words.contains("-pl") ? words.get(words.indexOf("-pl") + 1) : "";
        for (var word : words.subList(1, words.size())) {
            if (word.equals(module) || word.matches("-[qB]|-am|-pl|test|verify|package|-DskipTests")) {
                continue;
            }
            if (word.equals("spotless:apply")) {
                assertTrue(poms().contains("<artifactId>spotless-maven-plugin<"));
            } else if (word.startsWith("-P")) {
                assertTrue(poms().contains("<id>" + word.substring(2) + "</id>"), word);
            } else if (word.startsWith("-Dtest=")) {
                for (var test : word.substring("-Dtest=".length()).split(",")) {
                    assertEquals(
                            1,
                            files(ROOT.resolve(module).resolve("src/test"), test + ".java")
                                    .size(),
                            test);
                }
            } else {
                assertTrue(word.startsWith("-D") && known(word.substring(2).replaceFirst("=.*", "")), word);
            }
        }
    }

    private static boolean known(String property) throws IOException {
        if (property.startsWith("surefire.") || poms().contains("${" + property + "}")) {
            return true;
        }
        for (var source : files(ROOT, ".java")) {
            if (Files.readString(source).matches("(?s).*(\\(|named = )\"" + Pattern.quote(property) + "\".*")) {
                return true;
            }
        }
        return false;
    }

    private static String poms() throws IOException {
        var text = new StringBuilder();
        for (var pom : files(ROOT, "pom.xml")) {
            text.append(Files.readString(pom));
        }
        return text.toString();
    }

    /** The files of the sources whose names end so. */
    private static List<Path> files(Path under, String end) throws IOException {
        var found = new ArrayList<Path>();
        Files.walkFileTree(under, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
                var name = dir.getFileName().toString();
                return Set.of("target", "node_modules").contains(name) || name.startsWith(".") && !dir.equals(ROOT)
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.toString().endsWith(end.startsWith(".") ? end : "/" + end)) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }
}
