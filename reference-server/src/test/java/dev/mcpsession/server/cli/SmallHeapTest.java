package dev.mcpsession.server.cli;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command in a process with little memory, which clients try to use up. */
@Timeout(240)
class SmallHeapTest {

    private static final int ATTACKERS = 120;
    private static final int LARGE = 1_000_000;

    private static Process fork(Class<?> main, String... arguments) throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var command =
                new ArrayList<>(List.of(java, "-Xmx64m", "-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static HttpResponse<String> post(URI uri, String session, String body) throws Exception {
        var request = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .POST(BodyPublishers.ofString(body));
        if (session != null) {
            request.header("Mcp-Session-Id", session);
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    private static String open(URI uri) throws Exception {
        var params = "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},"
                + "\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}";
        return post(uri, null, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":" + params + "}")
                .headers()
                .firstValue("Mcp-Session-Id")
                .orElseThrow();
    }

    private static Socket send(URI uri, String session, int declared, String body) throws IOException {
        var socket = new Socket();
        // So that little of an answer fits in between.
        socket.setReceiveBufferSize(2_048);
        socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()));
        try {
            var out = socket.getOutputStream();
            out.write(("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: */*\r\n"
                            + "Mcp-Session-Id: " + session + "\r\nContent-Length: " + declared + "\r\n\r\n" + body)
                    .getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // The server has cut this one off to make room for another.
            return socket;
        }
        return socket;
    }

    @Test
    void servesAndStopsWhateverClientsLeaveUnreadOrUnsent() throws Exception {
        var process = fork(Main.class, "serve", "--port", "0");
        var sockets = new ArrayList<Socket>();
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            var uri = URI.create(out.readLine());
            var text = "x".repeat(LARGE);
            var echo = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\","
                    + "\"arguments\":{\"message\":\"" + text + "\"}}}";
            // Held for long, and so must not be held at all.
            var sleep = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"sleep\","
                    + "\"arguments\":{\"milliseconds\":3600000,\"unknown\":\"" + text + "\"}}}";
            var unknown = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + text + "\"}";
            var session = open(uri);
            for (int i = 0; i < ATTACKERS; i++) {
                if (i % 10 == 0) {
                    // Each session keeps a megabyte of events for those that may come back.
                    session = open(uri);
                }
                var body = i % 4 == 0 ? sleep : i % 4 == 1 ? unknown : echo;
                sockets.add(send(uri, session, body.length(), body));
                sockets.add(send(uri, session, body.length(), body.substring(0, LARGE - 10)));
            }
            var mine = open(uri);
            var ping = post(uri, mine, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}");
            assertTrue(ping.body().contains("\"id\":7,\"result\":{}"), ping.body());
            assertEquals(
                    text.length(),
                    post(uri, mine, echo).body().replaceAll("[^x]", "").length()
                            - post(uri, mine, echo.replace(text, ""))
                                    .body()
                                    .replaceAll("[^x]", "")
                                    .length());
            assertTrue(process.isAlive());
            process.toHandle().destroy();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "ends when it is told to");
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
            process.destroyForcibly();
            await().until(() -> !process.isAlive());
        }
    }

    /** A server that stands still for a moment, as on a busy machine, finds a lot to read at once. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void servesOnAfterItStoodStill() throws Exception {
        var process = fork(Main.class, "serve", "--port", "0");
        var sockets = new ArrayList<Socket>();
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            var uri = URI.create(out.readLine());
            var session = open(uri);
            var text = "x".repeat(LARGE);
            var echo = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\","
                    + "\"arguments\":{\"message\":\"" + text + "\"}}}";
            signal(process, "STOP");
            for (int i = 0; i < ATTACKERS; i++) {
                sockets.add(send(uri, session, echo.length(), i % 2 == 0 ? echo : text));
            }
            signal(process, "CONT");
            await().atMost(60, TimeUnit.SECONDS)
                    .ignoreExceptions()
                    .until(() -> !open(uri).isEmpty());
            assertTrue(process.isAlive());
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
            process.destroyForcibly();
            await().until(() -> !process.isAlive());
        }
    }

    private static void signal(Process process, String name) throws Exception {
        var kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).inheritIO();
        assertEquals(0, kill.start().waitFor());
    }

    @ParameterizedTest
    @ValueSource(strings = {"thread", "io-thread", "logged"})
    void processEndsWhenMemoryHasRunOut(String where) throws Exception {
        var process = fork(OutOfMemory.class, where);
        try {
            assertTrue(process.waitFor(120, TimeUnit.SECONDS), "it goes on");
            assertEquals(ExitOnOutOfMemory.STATUS, process.exitValue());
        } finally {
            process.destroyForcibly();
        }
    }
}
