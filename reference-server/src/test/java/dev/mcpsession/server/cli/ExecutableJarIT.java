package dev.mcpsession.server.cli;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mcpsession.server.junit.RecoveringClient;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;

/** The jar that is run by itself, as it was packaged. */
@Timeout(120)
class ExecutableJarIT {

    private static final String JAR = System.getProperty("executable.jar");

    private static Process run(String... arguments) throws Exception {
        var command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", JAR));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @Test
    void servesAndExpiresSessions() throws Exception {
        var process = run("serve", "--port", "0", "--idle-timeout", "500ms");
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            var client = new RecoveringClient(URI.create(out.readLine()));
            client.ping();
            assertEquals(1, client.sessionsOpened());
            // Each ping comes later after the one before than a session may be idle.
            await().pollInterval(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> {
                        client.ping();
                        return client.sessionsOpened() == 2;
                    });
        } finally {
            process.destroy();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void saysItsVersionAndHelps() throws Exception {
        var process = run("serve", "--help");
        var help = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor());
        assertTrue(help.contains("--idle-timeout"), help);
        assertTrue(help.contains("--era"), help);
    }

    @Test
    void holdsNothingThatWouldStandInAnybodysWay() throws Exception {
        try (var jar = new JarFile(JAR)) {
            assertFalse(jar.stream()
                    .anyMatch(entry -> entry.getName().endsWith("module-info.class")
                            || entry.getName().startsWith("org/junit/")
                            || entry.getName().matches("META-INF/.*\\.(SF|RSA)")));
            assertTrue(jar.getEntry("META-INF/LICENSE") != null);
        }
    }

    @Test
    void saysWhatLibrariesItHoldsAndTheirLicence() throws Exception {
        try (var jar = new JarFile(JAR)) {
            var list = new String(
                    jar.getInputStream(jar.getEntry("META-INF/THIRD-PARTY.txt")).readAllBytes());
            var libraries =
                    list.lines().filter(line -> line.startsWith("     (")).toList();
            assertTrue(list.contains("io.undertow:undertow-core:"), list);
            // The one text of a licence in the jar is that of the Apache License.
            assertTrue(libraries.stream().allMatch(line -> line.startsWith("     (Apache-2.0) ")), list);
            assertTrue(jar.getEntry("META-INF/FastDoubleParser-LICENSE") != null);

            // A build without network makes no bill of materials.
            assumeTrue(jar.getEntry("META-INF/sbom/bom.json") != null);
            var bill = new JsonMapper().readTree(jar.getInputStream(jar.getEntry("META-INF/sbom/bom.json")));
            assertEquals(
                    "reference-server",
                    bill.path("metadata").path("component").path("name").stringValue());
            assertEquals(libraries.size(), bill.path("components").size(), bill::toString);
        }
    }
}
