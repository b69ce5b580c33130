package dev.mcpsession.server.cli;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
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
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            var uri = URI.create(out.readLine());
            var opened = post(uri, null, """
                    {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
                        "protocolVersion": "2025-11-25", "capabilities": {},
                        "clientInfo": {"name": "test", "version": "1"}}}""");
            assertEquals(200, opened.statusCode(), opened::body);
            var session = opened.headers().firstValue("Mcp-Session-Id").orElseThrow();
            // Each ping comes later after the one before than a session may be idle.
            await().pollInterval(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> post(uri, session, "{\"jsonrpc\": \"2.0\", \"id\": 2, \"method\": \"ping\"}")
                                    .statusCode()
                            == 404);
        } finally {
            process.destroy();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        }
    }

    private static HttpResponse<String> post(URI uri, String session, String body) throws Exception {
        var request = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .header("MCP-Protocol-Version", "2025-11-25")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (session != null) {
            request.header("Mcp-Session-Id", session);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void saysItsVersionAndHelps() throws Exception {
        var process = run("serve", "--help");
        var help = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        assertTrue(help.contains("--idle-timeout"), help);
        assertTrue(help.contains("--era"), help);
    }

    @Test
    void holdsNothingThatWouldStandInAnybodysWay() throws Exception {
        try (var jar = new JarFile(JAR)) {
            // Every class and every service is the kit's own, or has a name of the kit's.
            assertEquals(
                    List.of(),
                    jar.stream()
                            .map(JarEntry::getName)
                            .filter(name -> name.endsWith(".class")
                                    ? !name.startsWith("dev/mcpsession/server/")
                                    : name.matches(
                                            "META-INF/services/(?!dev\\.mcpsession\\.).+|META-INF/.*\\.(SF|RSA)"))
                            .toList());
            assertTrue(jar.getEntry("META-INF/LICENSE") != null);
        }
    }

    @Test
    void saysWhatLibrariesItHoldsAndTheirLicence() throws Exception {
        try (var jar = new JarFile(JAR)) {
            var list = new String(
                    jar.getInputStream(jar.getEntry("META-INF/THIRD-PARTY.txt")).readAllBytes(),
                    StandardCharsets.UTF_8);
            var libraries =
                    list.lines().filter(line -> line.startsWith("     (")).toList();
            assertTrue(list.contains("io.undertow:undertow-core:"), list);
            // The one text of a licence in the jar is that of the Apache License.
            assertTrue(libraries.stream().allMatch(line -> line.startsWith("     (Apache-2.0) ")), list);
            assertTrue(jar.getEntry("META-INF/licenses/jackson-core/FastDoubleParser-LICENSE") != null);

            // A build without network makes no bill of materials.
            assumeTrue(jar.getEntry("META-INF/sbom/bom.json") != null);
            var bill = new JsonMapper().readTree(jar.getInputStream(jar.getEntry("META-INF/sbom/bom.json")));
            assertEquals(
                    "reference-server",
                    bill.path("metadata").path("component").path("name").stringValue());
            assertEquals(
                    libraries.size(),
                    bill.path("components")
                            .valueStream()
                            .filter(each -> !each.path("group").stringValue().equals("dev.mcpsession"))
                            .count(),
                    bill::toString);
        }
    }
}
