package dev.mcpsession.runner.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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

    @TempDir
    private static Path folder;

    private static ReferenceServer server;

    /** A command, and where it is printed. */
    private record Printed(String where, String command) {}

    @BeforeAll
    static void start() throws IOException {
        server = ReferenceServer.builder().idleTimeout(Duration.ofSeconds(1)).start();
        // A server and a client of somebody else: what follows their names is theirs to understand.
        Files.writeString(
                folder.resolve("my-server"),
                "exec '" + JAVA + "' -XX:TieredStopAtLevel=1 -cp '" + System.getProperty("java.class.path")
                        + "' dev.mcpsession.server.cli.Main serve --port \"$MCP_PORT\""
                        + " ${MCP_IDLE_TIMEOUT_MS:+--idle-timeout \"${MCP_IDLE_TIMEOUT_MS}ms\"}\n");
        Files.writeString(folder.resolve("my-client"), """
                for url; do :; done
                post() {
                    curl -s -D headers.$$ "$url" -H 'Content-Type: application/json' \\
                        -H 'Accept: application/json, text/event-stream' "$@"
                }
                post --data-raw '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"'"${\
                MCP_CONFORMANCE_PROTOCOL_VERSION:-2025-11-25}"'","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}'
                id=$(tr -d '\\r' < headers.$$ | sed -n 's/^mcp-session-id: //ip')
                post -H "Mcp-Session-Id: $id" --data-raw '{"jsonrpc":"2.0","method":"notifications/initialized"}'
                curl -s -X DELETE "$url" -H "Mcp-Session-Id: $id"
                """);
        var good = server.uri().toString();
        Files.writeString(folder.resolve("target.json"), "{\"url\":\"" + good + "\"}");
        for (var report : List.of("report.json", "before.json", "after.json")) {
            assertEquals(0, run(List.of(good, "--rule=post-404", "--json=" + folder.resolve(report))).status);
        }
        assertEquals(0, run(List.of(good, "--rule=post-404", "--har=" + folder.resolve("trace.json"))).status);
        assertEquals(0, run(List.of(good, "--rule=post-404", "--write-baseline=" + folder.resolve("baseline.json"))).status);
    }

    @AfterAll
    static void stop() {
        server.close();
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
                "", "run", "list", "explain", "probe", "init", "client", "record", "judge", "diff", "rerun", "field",
                "serve", "completion")) {
            var help = run(Stream.of(name, "--help").filter(w -> !w.isEmpty()).toList());
            assertEquals(0, help.status, help.text);
            var examples = help.text.indexOf("\nExamples\n");
            if (examples >= 0) {
                // What is a command stands by itself; what introduces it ends with a colon.
                var lines = help.text.substring(examples + 10).lines().filter(l -> !l.isBlank() && !l.endsWith(":"));
                joined(lines.map(String::strip).toList())
                        .forEach(c -> commands.add(new Printed(name + " --help", c)));
            }
        }
        assertTrue(commands.size() > 20, () -> "found only " + commands);
        return tests(commands);
    }

    private static Stream<DynamicTest> tests(List<Printed> commands) {
        return commands.stream().distinct().map(c -> DynamicTest.dynamicTest(c.where + ": " + c.command, () -> check(c)));
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
            var lines = block.group(2).lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
            switch (block.group(1)) {
                case "sh", "bash", "shell" ->
                    found.addAll(joined(lines.stream().filter(l -> !l.startsWith("#")).toList()));
                case "console" -> {
                    var typed = new ArrayList<String>();
                    for (var line : lines) {
                        if (line.startsWith("$ ")) {
                            typed.add(line.substring(2));
                        } else if (!typed.isEmpty() && typed.get(typed.size() - 1).endsWith("\\")) {
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
            "(run|list|explain|probe|init|client|record|judge|diff|rerun|serve|completion|field)";

    private static final Pattern TYPED = Pattern.compile("(" + KIT + "|" + COMMANDS
            + "|mvn|npm|docker|bash|curl|\\.ci/\\w+|\\./[\\w.-]+|[\\w-]+/[\\w/-]+/(run|test|run-all|under-load|wrappers\\.sh)"
            + "|run-all|java|redis-benchmark|/usr/bin/time) .+");

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

    // ---- one command ----

    private static void check(Printed printed) throws Exception {
        for (var part : printed.command.split(" && | \\| ")) {
            if (part.startsWith("cd ")) {
                assertTrue(Files.isDirectory(place(printed, part.substring(3))), part);
            } else if (part.matches("(\\w+='.*' )?" + KIT + "( .*)?|(" + COMMANDS + ") .*")) {
                kit(printed, part.replaceFirst("^\\w+='[^']*' ", "").replaceFirst("^" + KIT + " ?", ""));
            } else {
                other(printed, part);
            }
        }
    }

    private static Path place(Printed printed, String path) {
        var document = ROOT.resolve(printed.where).getParent();
        return Stream.of(ROOT, document).map(f -> f.resolve(path)).filter(Files::exists).findFirst().orElseThrow();
    }

    private static void kit(Printed printed, String command) throws Exception {
        var words = standIns(split(command));
        var verb = words.isEmpty() || !words.get(0).matches(COMMANDS) ? "run" : words.get(0);
        boolean help = words.contains("--help");
        if (verb.equals("serve") && !help) {
            serves(words);
            return;
        }
        if (Set.of("run", "client").contains(verb) && !help && !words.contains("--listen")
                && words.stream().noneMatch(w -> w.startsWith("--rule") || w.equals("--area"))) {
            words.add(words.contains("--") ? 1 : words.size(), "--rule=" + (verb.equals("run") ? "post-404" : "delete-at-end"));
        }
        if (words.contains("--listen")) {
            words.addAll(List.of("--for", "200ms"));
        }
        if (words.contains("--up-to")) {
            words.set(words.indexOf("--up-to") + 1, "2s");
        } else if (words.contains("--probe") || verb.equals("probe") && !help) {
            words.addAll(List.of("--up-to", "2s"));
        }
        var outcome = run(words);
        assertFalse(outcome.text.contains("\tat "), outcome.text);
        assertEquals(expected(words, verb), outcome.status, () -> words + "\n" + outcome.text);
    }

    /** With what status a command ends that does what it is printed for. */
    private static int expected(List<String> words, String verb) {
        if (words.contains("--listen")) {
            // Nobody comes.
            return 3;
        }
        if (words.contains("--node")) {
            // The two are one server by two names, which shares its sessions with itself.
            return 0;
        }
        return 0;
    }

    /** A server runs until it is ended. */
    private static void serves(List<String> words) throws Exception {
        var command = new ArrayList<>(List.of(
                JAVA, "-cp", System.getProperty("java.class.path"), "dev.mcpsession.runner.Main"));
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
        return new ArrayList<>(Stream.of(text.split("\0")).filter(w -> !w.isEmpty()).toList());
    }

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
                word = word.replaceFirst("^(python server\\.py|node \\S+|my-server|…)", "sh '" + folder.resolve("my-server") + "'");
            } else if (before.equals("--client")) {
                word = "sh '" + folder.resolve("my-client") + "'";
            } else if (before.equals("--listen")) {
                word = "0";
            } else if (before.equals("--")) {
                replaced.addAll(List.of("sh", folder.resolve("my-client").toString()));
                break;
            } else if (word.equals("URL") || word.matches("https?://[\\w.]+(:\\d+)?/mcp")) {
                word = server.uri().toString();
            } else if (word.matches("[\\w-]+\\.(json|html|xml|md|jar)")) {
                word = folder.resolve(word).toString();
            } else if (word.startsWith("conformance-runner/")) {
                word = ROOT.resolve(word).toString();
            }
            replaced.add(WORDS.getOrDefault(word, word));
        }
        return replaced;
    }

    private record Outcome(int status, String text) {}

    private static Outcome run(List<String> words) {
        var out = new ByteArrayOutputStream();
        var utf8 = StandardCharsets.UTF_8;
        var stream = new PrintStream(out, true, utf8);
        var environment = Map.of("COLUMNS", "80", "TOKEN", "open-sesame");
        int status = Cli.execute(new Io(stream, stream, utf8, false, environment, false), words.toArray(String[]::new));
        return new Outcome(status, out.toString(utf8));
    }

    // ---- commands of others ----

    /** The beginnings of commands that another test or script runs, with the file, and what shows that it does. */
    private static final Map<String, List<String>> ELSEWHERE = Map.of(
            "echo $?", List.of("README.md", ""),
            "curl -X POST http://127.0.0.1:9000/kit/inject/",
                    List.of("conformance-runner/src/test/java/dev/mcpsession/runner/cli/ClientCommandsTest.java",
                            "/kit/inject/404-once"));

    private static void other(Printed printed, String command) throws Exception {
        for (var known : ELSEWHERE.entrySet()) {
            if (command.startsWith(known.getKey())) {
                var file = ROOT.resolve(known.getValue().get(0));
                assertTrue(Files.readString(file).contains(known.getValue().get(1)), () -> file + " has it no more");
                return;
            }
        }
        var words = split(command.replaceFirst("^(\\w+=('[^']*'|\\S+) )+", ""));
        if (words.get(0).equals("mvn")) {
            maven(words);
            return;
        }
        // A script of the project's: it is there, it can be read, and it knows its options.
        var script = place(printed, words.get(words.get(0).equals("bash") ? 1 : 0));
        if (!Files.readString(script).startsWith("#!/usr/bin/env python3")) {
            assertEquals(0, new ProcessBuilder("bash", "-n", script.toString()).inheritIO().start().waitFor());
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
                    assertEquals(1, files(ROOT.resolve(module).resolve("src/test"), test + ".java").size(), test);
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
            if (Files.readString(source).contains("(\"" + property + "\"")) {
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
