package dev.mcpsession.conformance.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.mcpsession.conformance.protocol.Revision;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * A revision that keeps everything costs one enum value and one table. The test makes these two changes in a copy of
 * the sources, compiles it, and runs the tests of the catalogue and of the tables there.
 */
class PretendRevisionTest {
    private static final String PRETEND = "2027-02-01";
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Path NOTES = Path.of("../spec-notes");

    @TempDir
    Path copy;

    @Test
    void costsOneValueAndOneTable() throws Exception {
        var module = Files.createDirectories(copy.resolve("conformance-tests"));
        copy(SOURCES, module.resolve(SOURCES));
        copy(NOTES.resolve("rules"), copy.resolve("spec-notes/rules"));
        copy(NOTES.resolve("revisions"), copy.resolve("spec-notes/revisions"));
        var newest = Revision.values()[Revision.values().length - 1];

        var revision = module.resolve(SOURCES).resolve("dev/mcpsession/conformance/protocol/Revision.java");
        var before = Files.readString(revision);
        var last = newest.name() + "(\"" + newest.wire() + "\", Era." + newest.era() + ");";
        assertTrue(before.contains(last), () -> "not the last value of Revision: " + last);
        var added = "V" + PRETEND.replace('-', '_') + "(\"" + PRETEND + "\", Era." + newest.era() + ");";
        Files.writeString(revision, before.replace(last, last.replace(';', ',') + "\n    " + added));
        var tables = copy.resolve("spec-notes/revisions");
        var table = Files.readString(tables.resolve(newest.wire() + ".md"));
        Files.writeString(tables.resolve(PRETEND + ".md"), table.replace(newest.wire(), PRETEND));

        var classPath = System.getProperty("java.class.path");
        var classes = compile(module.resolve(SOURCES), module.resolve("classes"), classPath);
        var output = module.resolve("output.txt");
        var tests = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classes + File.pathSeparator + absolute(classPath),
                        PretendRevisionTest.class.getName())
                .directory(module.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(tests.waitFor(5, TimeUnit.MINUTES), "the tests of the copy do not end");
        } finally {
            tests.destroyForcibly();
        }
        var said = Files.readString(output);
        assertEquals(0, tests.exitValue(), said);
        assertTrue(said.contains(PRETEND + ": "), () -> "no word about " + PRETEND + ": " + said);
    }

    /** Runs the tests of the catalogue and of the tables of the directory that it is started in. */
    public static void main(String[] args) {
        var summary = new SummaryGeneratingListener();
        var request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(CatalogueTest.class), selectClass(TraceabilityTest.class))
                .build();
        LauncherFactory.create().execute(request, summary);
        summary.getSummary().printFailuresTo(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
        boolean passed = summary.getSummary().getTestsSucceededCount() > 0
                && summary.getSummary().getTotalFailureCount() == 0;
        System.exit(passed ? 0 : 1);
    }

    private static Path compile(Path sources, Path classes, String classPath) throws IOException {
        Files.createDirectories(classes);
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8);
                var found = Files.walk(sources)) {
            var java = found.filter(file -> file.toString().endsWith(".java")).toList();
            var errors = new ArrayList<String>();
            var options = List.of("-proc:none", "-nowarn", "-parameters", "-d", classes.toString(), "-cp", classPath);
            boolean compiled = compiler.getTask(
                            null,
                            files,
                            message -> errors.add(message.toString()),
                            options,
                            null,
                            files.getJavaFileObjectsFromPaths(java))
                    .call();
            assertTrue(compiled, () -> String.join("\n", errors));
        }
        return classes;
    }

    private static String absolute(String classPath) {
        var entries = new ArrayList<String>();
        for (var entry : classPath.split(File.pathSeparator, -1)) {
            entries.add(Path.of(entry).toAbsolutePath().toString());
        }
        return String.join(File.pathSeparator, entries);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (var file : files.toList()) {
                var target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }
}
