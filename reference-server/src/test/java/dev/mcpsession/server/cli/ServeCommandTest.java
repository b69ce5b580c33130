package dev.mcpsession.server.cli;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.session.IdlePolicy;
import dev.mcpsession.server.session.InvalidOptionException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ServeCommandTest {

    @Test
    void opensAServerInThisProcess() {
        try (var server = ServeCommand.openFrom("--port", "0", "--idle-timeout", "1.5s", "--path", "/x")) {
            assertEquals("/x", server.uri().getPath());
            assertEquals(Duration.ofMillis(1500), server.sessions().options().idleTimeout());
        }
        try (var server = ServeCommand.openFrom("--port", "0")) {
            assertEquals(null, server.sessions().options().idleTimeout());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "--idle-timeout 0s              | --idle-timeout must be positive",
                "--idle-timeout -1s             | --idle-timeout must be positive",
                "--idle-timeout 500             | --idle-timeout must be a duration: '500' has no unit",
                "--idle-timeout NaN             | --idle-timeout must be a duration: 'NaN'",
                "--idle-timeout inf             | --idle-timeout must be a duration: 'inf'",
                "--idle-timeout 1s --stateless  | --idle-timeout must be left out of a stateless server",
                "--idle-policy never            | --idle-policy must be one of open-exchanges, requests, arrival",
                "--max-sessions -1              | --max-sessions must be positive, or 0 for no limit, but is -1",
                "--max-sessions 1 --stateless   | --max-sessions must be left out of a stateless server",
                "--token-file /no/such/file     | --token-file must be a file that can be read",
                "--token topsecret              | --token must be written as NAME=SECRET",
                "--token ann=top,secret         | --token must consist of letters, digits",
                "--keep-alive 0s               | --keep-alive must be positive",
                "--keep-alive never            | --keep-alive must be a duration",
                "--retry 400d                  | --retry must be a duration",
                "--retry 8784h                 | --retry must be positive, and at most 365 days",
                "--event-store -1              | --event-store must be positive, or 0 for none, but is -1",
                "--slow-reader-timeout 0s     | --slow-reader-timeout must be positive",
                "--slow-sender-timeout 0s     | --slow-sender-timeout must be positive",
                "--admin /mcp                 | --admin must not end with a slash, nor be or contain the path",
                "--era old                      | --era must be one of legacy, modern, dual but is 'old'",
                "--era modern --idle-timeout 1s | --idle-timeout must be left out of a server of modern revisions only",
                "--path mcp                     | --path must begin with a slash",
                "--port 70000                   | --port must be from 0 to 65535",
                "--port x                       | '--port'",
                "--nonsense                     | --nonsense"
            })
    void refusesTheSameOnTheCommandLineAndInProcess(String arguments, String message) {
        var words = arguments.split(" ");
        var refused = assertThrows(IllegalArgumentException.class, () -> ServeCommand.openFrom(words));
        assertTrue(refused.getMessage().contains(message), refused.getMessage());

        var out = new StringWriter();
        var err = new StringWriter();
        int status = new CommandLine(new ServeCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(words);
        assertEquals(2, status);
        assertTrue(err.toString().contains(message), err.toString());
        assertEquals("", out.toString());
        assertFalse(err.toString().contains("secret"), err.toString());
    }

    @Test
    void takesTheRulesForSessions() {
        try (var server = ServeCommand.openFrom(
                "--port",
                "0",
                "--idle-policy",
                "arrival",
                "--max-sessions",
                "7",
                "--keep-alive",
                "off",
                "--event-store",
                "0",
                "--store-every-answer",
                "--retry",
                "2s",
                "--slow-sender-timeout",
                "off",
                "--slow-reader-timeout",
                "off")) {
            assertEquals(IdlePolicy.ARRIVAL, server.sessions().options().idlePolicy());
            assertEquals(7, server.sessions().options().maxSessions());
        }
    }

    @Test
    void offersTheAdminPath() throws Exception {
        try (var server = ServeCommand.openFrom("--port", "0", "--admin", "/steer")) {
            var request = HttpRequest.newBuilder(server.uri().resolve("/steer")).build();
            assertEquals(
                    200,
                    HttpClient.newHttpClient()
                            .send(request, BodyHandlers.discarding())
                            .statusCode());
        }
    }

    private static int statusOfDelete(URI uri, String token) throws Exception {
        var request = HttpRequest.newBuilder(uri).DELETE();
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return HttpClient.newHttpClient()
                .send(request.build(), BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void takesTokensFromOptionsFilesAndTheEnvironment(@TempDir Path folder) throws Exception {
        var file = Files.writeString(folder.resolve("tokens"), "# ours\n\n ann = a1 \nbob=b1==\n");
        var command = new ServeCommand(Map.of("MCP_TOKENS", " cid=c1 dora=d1,\nemil=e1 "));
        new CommandLine(command)
                .parseArgs("--port", "0", "--token", "fred=f1", "--token=gus=g1", "--token-file", file.toString());
        try (var server = command.open()) {
            for (var token : List.of("a1", "b1==", "c1", "d1", "e1", "f1", "g1")) {
                assertEquals(400, statusOfDelete(server.uri(), token), token);
            }
            assertEquals(401, statusOfDelete(server.uri(), "x1"));
            assertEquals(401, statusOfDelete(server.uri(), null));
        }
    }

    @Test
    void reportsAPortInUse() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var port = String.valueOf(taken.getLocalPort());
            assertThrows(UncheckedIOException.class, () -> ServeCommand.openFrom("--port", port));
            var err = new StringWriter();
            int status = new CommandLine(new ServeCommand())
                    .setErr(new PrintWriter(err))
                    .execute("--port", port);
            assertEquals(2, status);
            assertEquals(
                    "serve: port " + port + " on 127.0.0.1 is in use already",
                    err.toString().trim());
        }
    }

    @Test
    void refusalsNameTheOption() {
        var refused = assertThrows(
                InvalidOptionException.class, () -> ServeCommand.openFrom("--port", "0", "--idle-timeout", "0s"));
        assertEquals("--idle-timeout", refused.option());
    }

    @Test
    void printsItsUrlServesAndStopsWhenToldTo() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var command = new ArrayList<>(List.of(
                java,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--port",
                "0",
                "--idle-timeout",
                "1m"));
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            var line = out.readLine();
            assertTrue(line.matches("http://127\\.0\\.0\\.1:\\d+/mcp"), line);
            var request = HttpRequest.newBuilder(URI.create(line))
                    .PUT(HttpRequest.BodyPublishers.noBody())
                    .build();
            var response = HttpClient.newHttpClient().send(request, BodyHandlers.discarding());
            assertEquals(405, response.statusCode());
            // Unlike Process.destroy, this leaves the output open, so that what remains in it can be read.
            process.toHandle().destroy();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            assertEquals(null, out.readLine(), "standard output holds the URL alone");
        } finally {
            process.destroyForcibly();
            await().until(() -> !process.isAlive());
        }
        assertFalse(process.isAlive());
    }
}
