package dev.mcpsession.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** The sample projects under conformance-tests/src/it, built against the packaged jar. */
class SamplesIT {
    private static final Path SAMPLES = Path.of("../conformance-tests/src/it");
    private static final Path KIT = Path.of(System.getProperty("kit.jar"));

    @TempDir
    Path scratch;

    @Test
    void rulesOfOthersRunBesideOurs() throws Exception {
        var sample = SAMPLES.resolve("own-rules/src/main");
        var classes = compile(sample.resolve("java"));
        copy(sample.resolve("resources"), classes);
        var jar = jar(classes);

        var list = kit("list", "--rules", jar.toString(), "--area", "example");
        assertTrue(list.output().contains("id-is-short") && list.output().contains("ping-is-empty"), list::output);

        var run = kit("--rules", jar.toString(), "--rule", "example/*,termination/post-404");
        assertEquals(0, run.status(), run::output);
        assertTrue(run.output().contains("id-is-short"), run::output);
        assertTrue(run.output().contains("post-404"), run::output);

        var note = kit("explain", "--rules", jar.toString(), "example/id-is-short");
        assertTrue(note.output().contains("cut off by our log pipeline"), note::output);
    }

    @Test
    void aJarWithoutRulesIsNamed() throws Exception {
        var run = kit(
                "--rules", jar(Files.createDirectory(scratch.resolve("empty"))).toString());
        assertEquals(2, run.status(), run::output);
        assertTrue(run.output().contains("--rules"), run::output);
    }

    @Test
    void theSuiteRunsInAProjectsOwnBuild() throws Exception {
        var classes = compile(SAMPLES.resolve("own-build/src/test/java"));
        var before = Thread.currentThread().getContextClassLoader();
        try (var loader = new URLClassLoader(new URL[] {classes.toUri().toURL()}, SamplesIT.class.getClassLoader())) {
            Thread.currentThread().setContextClassLoader(loader);
            var summary = new SummaryGeneratingListener();
            LauncherFactory.create()
                    .execute(
                            LauncherDiscoveryRequestBuilder.request()
                                    .selectors(DiscoverySelectors.selectClass(
                                            loader.loadClass("com.example.SessionConformanceTest")))
                                    .configurationParameter("junit.jupiter.execution.parallel.enabled", "false")
                                    .build(),
                            summary);
            assertEquals(
                    List.of(),
                    summary.getSummary().getFailures().stream()
                            .map(f -> f.getTestIdentifier().getDisplayName() + ": " + f.getException())
                            .toList());
            assertTrue(
                    summary.getSummary().getTestsSucceededCount() > 30,
                    () -> summary.getSummary().getTestsSucceededCount() + " tests");
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    // ---- building and running ----

    private Path compile(Path sources) throws IOException {
        var classes = Files.createDirectory(scratch.resolve("classes"));
        var arguments = new ArrayList<>(List.of("-d", classes.toString(), "-cp", KIT.toString(), "--release", "17"));
        try (var files = Files.walk(sources)) {
            files.map(Path::toString).filter(f -> f.endsWith(".java")).forEach(arguments::add);
        }
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)));
        return classes;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var target = to.resolve(from.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
        }
    }

    private Path jar(Path folder) throws IOException {
        var jar = scratch.resolve("own-rules.jar");
        try (var out = new JarOutputStream(Files.newOutputStream(jar));
                var files = Files.walk(folder)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new JarEntry(folder.relativize(file).toString().replace('\\', '/')));
                Files.copy(file, out);
            }
        }
        return jar;
    }

    private record Outcome(int status, String output) {}

    private static Outcome kit(String... arguments) throws Exception {
        var command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", KIT.toString()));
        command.addAll(Arrays.asList(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), output);
    }
}
