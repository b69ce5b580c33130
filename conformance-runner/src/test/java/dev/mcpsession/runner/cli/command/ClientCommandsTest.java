package dev.mcpsession.runner.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.server.ReferenceServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

/** The commands that judge clients: what they print, and what they refuse. */
class ClientCommandsTest {
    private static final String ONE = "2025-11-25";

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        var utf8 = StandardCharsets.UTF_8;
        return Cli.execute(
                new Io(
                        new PrintStream(out, true, utf8),
                        new PrintStream(err, true, utf8),
                        utf8,
                        false,
                        Map.of("COLUMNS", "200"),
                        false),
                arguments);
    }

    private String text() {
        return out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
    }

    private void mustBe(int status, int expected, String because) {
        assertEquals(expected, status, this::text);
        assertTrue(text().contains(because), () -> "'" + because + "' is missing in:\n" + text());
        assertFalse(text().contains("\tat "), this::text);
    }

    /** The part of the kit's output so far that matches. */
    private String printed(String pattern) {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(
                        () -> {
                            var found = Pattern.compile(pattern).matcher(text());
                            return found.find() ? found.group(1) : "";
                        },
                        found -> !found.isEmpty());
    }

    // ---- the client's command ----

    @Test
    void aCommandThatIsMissing() {
        mustBe(
                run("client", "--revision", ONE, "--", "/nowhere/my-client"),
                3,
                "Cannot judge: the client could not be started: /nowhere/my-client");
    }

    @Test
    void aCommandThatDiesAtOnce() {
        mustBe(
                run("client", "--revision", ONE, "--client", "echo no luck; exit 7; #"),
                3,
                "Cannot judge: the client made no request to the URL that it was given as its last argument: it ended "
                        + "with status 7.");
        assertTrue(text().contains("no luck"), this::text);
    }

    @Test
    void aCommandThatNeverConnects() {
        mustBe(
                run("client", "--revision", ONE, "--client-start-within", "300ms", "--client", "sleep 60; #"),
                3,
                "and was still at work when its time was over");
    }

    /** Whoever does not come is started once for all that it should play, and once alone. */
    @Test
    void aCommandThatNeverConnectsIsNotStartedAgainAndAgain() throws IOException {
        var starts = folder.resolve("starts");
        mustBe(
                run("client", "--client-start-within", "1s", "--client", "echo >> '" + starts + "'; sleep 60; #"),
                3,
                "and was still at work when its time was over");
        assertEquals(2, Files.readAllLines(starts).size());
    }

    @Test
    void aCommandThatOutlivesItsTime() throws IOException {
        run(
                "client",
                "--revision",
                ONE,
                "--rule",
                "client/delete-at-end",
                "--client-timeout",
                "2s",
                "--client",
                client("linger"));
        assertTrue(text().contains("was still at work when its time was over"), this::text);
        assertTrue(
                Pattern.compile("The kit ended the client in \\d+ of its \\d+ runs")
                        .matcher(text())
                        .find(),
                this::text);
        assertTrue(text().contains("what it would have done later is not known; see --client-timeout."), this::text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tls|The client speaks TLS",
                "h2|HTTP/2",
                "path|the client asked the kit's server for /elsewhere, and never for the path of the URL",
                "port|the client made no request to the URL that it was given as its last argument: it ended with "
                        + "status 1. Does it take the URL from elsewhere, such as a file of settings?",
                "said|last argument: it ended with status 1. Its output names another server, http://localhost:1.",
            })
    void aClientThatSpeaksSomethingElse(String mode, String because) throws IOException {
        int status = run("client", "--revision", ONE, "--rule", "client/delete-at-end", "--client", client(mode));
        assertEquals(3, status, this::text);
        assertTrue(text().toLowerCase(Locale.ROOT).contains(because.toLowerCase(Locale.ROOT)), this::text);
    }

    @Test
    void whatAClientCouldNotReadIsShown() throws IOException {
        int status =
                run("client", "--revision", ONE, "--rule", "client/reads-event-forms", "--client", client("forms"));
        assertEquals(1, status, this::text);
        assertTrue(
                text().contains("the answer that it got last, with its line ends: : a comment\\n\\n:\\n: another"),
                this::text);
        assertTrue(text().contains("the client printed: Exception in thread"), this::text);
        assertTrue(text().contains("IllegalStateException: this is no event"), this::text);
    }

    /** What a client is told to do where nothing can be judged. */
    @Test
    void aClientThatCallsNothing() throws IOException {
        int status =
                run("client", "--revision", ONE, "--rule", "client/new-session-after-404", "--client", client("once"));
        assertEquals(3, status, this::text);
        assertTrue(
                text().contains("no request with a session id got 404, as the call of a tool does where the kit"),
                this::text);
        assertTrue(text().contains("The client called no tool, as far as these rules looked"), this::text);
        assertTrue(text().contains("make it call one of the tools that it lists"), this::text);
    }

    /** A command for a client that is wrong in one way. */
    private String client(String mode) throws IOException {
        var source = Files.writeString(folder.resolve("Wrong.java"), """
                import java.net.*;
                import java.net.http.*;
                public class Wrong {
                    static String id;
                    static final String READY = "{'jsonrpc':'2.0','method':'notifications/initialized'}";
                    static final String HELLO = "{'jsonrpc':'2.0','id':1,'method':'initialize','params':{"
                        + "'protocolVersion':'2025-11-25','capabilities':{},'clientInfo':{'name':'c','version':'1'}}}";
                    public static void main(String[] args) throws Exception {
                        var url = URI.create(args[1]);
                        switch (args[0]) {
                            case "tls" -> raw(url, new byte[] {22, 3, 1, 0, 5, 1, 0, 0, 1, 3});
                            case "h2" -> raw(url, "PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n".getBytes());
                            case "path" -> post(url.resolve("/elsewhere"), "{}");
                            case "port" -> new Socket("127.0.0.1", 1).close();
                            case "said" -> {
                                System.out.println("was given " + url + ", and connects to http://localhost:1/mcp");
                                new Socket("127.0.0.1", 1).close();
                            }
                            case "once" -> {
                                post(url, HELLO);
                                post(url, READY);
                            }
                            case "forms" -> {
                                if (!post(url, HELLO).startsWith("event: message\\ndata: {")) {
                                    throw new IllegalStateException("this is no event");
                                }
                                post(url, READY);
                            }
                            default -> {
                                post(url, HELLO);
                                post(url, READY);
                                Thread.sleep(60_000);
                            }
                        }
                    }
                    static void raw(URI url, byte[] bytes) throws Exception {
                        try (var socket = new Socket(url.getHost(), url.getPort())) {
                            socket.getOutputStream().write(bytes);
                            socket.getInputStream().read();
                        }
                    }
                    static String post(URI url, String body) throws Exception {
                        var reply = HttpClient.newHttpClient().send(HttpRequest.newBuilder(url)
                            .header("Content-Type", "application/json")
                            .header(id == null ? "X-None" : "Mcp-Session-Id", id == null ? "none" : id)
                            .header("Accept", "application/json, text/event-stream")
                            .POST(HttpRequest.BodyPublishers.ofString(body.replace((char) 39, '"'))).build(),
                            HttpResponse.BodyHandlers.ofString());
                        id = reply.headers().firstValue("Mcp-Session-Id").orElse(id);
                        return reply.body();
                    }
                }
                """);
        var java = Path.of(System.getProperty("java.home"), "bin", "java");
        return "'" + java + "' -XX:TieredStopAtLevel=1 '" + source + "' " + mode;
    }

    @Test
    void whatCannotBeMeantIsRefused() {
        mustBe(run("client"), 2, "Give the client to judge");
        mustBe(run("client", "--client", "a", "--", "b"), 2, "and no two of them");
        mustBe(run("client", "--listen", "0", "--", "b"), 2, "and no two of them");
        mustBe(run("client", "--for", "1s", "--", "b"), 2, "--for belongs to --listen");
        mustBe(run("client", "--listen", "70000"), 2, "--listen: 70000 is no port");
        mustBe(run("record", "http://127.0.0.1:1/mcp", "--listen", "0", "--inject", "x"), 2, "none of 404-once");
    }

    // ---- ports and servers ----

    @Test
    void aPortThatIsInUse() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var port = String.valueOf(taken.getLocalPort());
            mustBe(run("client", "--listen", port), 2, "--listen: port " + port + " cannot be opened");
            var server = "http://127.0.0.1:" + port + "/mcp";
            mustBe(run("record", server, "--listen", port), 2, "--listen: port " + port + " cannot be opened");
        }
    }

    @Test
    void aServerThatIsDown() {
        mustBe(
                run("record", "http://127.0.0.1:1/mcp", "--listen", "0"),
                3,
                "Cannot record: nothing answers at http://127.0.0.1:1/mcp");
    }

    @Test
    void nobodyComes() {
        mustBe(run("client", "--listen", "0", "--for", "200ms"), 3, "no client made a request to one of the URLs.");
    }

    // ---- traces ----

    @Test
    void whatIsNoTrace() throws IOException {
        mustBe(run("judge", folder.resolve("none.json").toString()), 2, "there is no file");
        var begin = "{\"format\":\"mcp-session-trace/1\",\"calls\":[";
        mustBe(run("judge", file(begin + "{")), 2, "is cut");
        mustBe(run("judge", file("hello")), 2, "is no trace: it is no JSON object");
        mustBe(run("judge", file("")), 2, "is empty");
        mustBe(run("judge", folder.toString()), 2, "is a folder, and no trace");
        mustBe(run("judge", file("{\"a\":1}")), 2, "is no trace: it has neither the format");
        mustBe(run("judge", file(begin + "{}]}")), 2, "no trace that can be read");
        mustBe(run("judge", file(begin + "]}")), 3, "the trace holds no request");
        mustBe(run("judge", file("{\"log\":{\"entries\":[]}}")), 3, "the trace holds no request");
        mustBe(run("judge", file("{\"log\":{\"entries\":[{}]}}")), 2, "an entry has no startedDateTime");
        mustBe(
                run(
                        "judge",
                        file("{\"log\":{\"entries\":[{\"startedDateTime\":\"2026-01-01T00:00:00Z\",\"request\":"
                                + "{\"method\":\"GET\",\"url\":\"http://h/\"},\"response\":{\"status\":200}}]}}")),
                3,
                "no revision of the protocol is spoken in the trace");
    }

    private String file(String text) throws IOException {
        return Files.writeString(folder.resolve("trace.json"), text).toString();
    }

    // ---- what works ----

    @Test
    void judgesWhoeverComes() throws Exception {
        var status =
                CompletableFuture.supplyAsync(() -> run("client", "--listen", "0", "--for", "12s", "--revision", ONE));
        var walk = URI.create(printed("Point a client at \\S*?(http\\S+/all/mcp)"));
        session(walk);
        printed("(client/session-id-sent " + ONE + ")");
        session(walk);
        printed("(events " + ONE + ": call add_numbers)");
        var gone = URI.create(walk.toString().replace("/all/", "/ended-at-call/"));
        var id = initialize(gone);
        assertEquals(404, call(gone, id).statusCode());
        assertEquals(404, call(gone, id).statusCode());
        assertEquals(404, post(walk.resolve("/nothing/mcp"), null, "{}").statusCode());
        servesPagesOfThisMachine(walk);
        // Seen once, with nobody to make the client do it again.
        assertEquals(3, status.get(), this::text);
        assertTrue(text().contains("? inconclusive  client/new-session-after-404  " + ONE), this::text);
        assertFalse(text().contains("✗"), this::text);
    }

    /** A browser asks first, and keeps the id of the session from pages that the reply does not name. */
    private static void servesPagesOfThisMachine(URI walk) throws Exception {
        var uri = URI.create(walk.toString().replace("/all/", "/events/2025-06-18/"));
        var page = "http://localhost:5173";
        assertEquals(403, preflight(uri, "https://example.com").statusCode());
        var allowed = preflight(uri, page);
        assertEquals(204, allowed.statusCode());
        assertEquals(
                page,
                allowed.headers().firstValue("Access-Control-Allow-Origin").orElseThrow());
        assertEquals(
                "GET, POST, DELETE",
                allowed.headers().firstValue("Access-Control-Allow-Methods").orElseThrow());
        var names = allowed.headers().firstValue("Access-Control-Allow-Headers").orElseThrow();
        assertTrue(names.contains("Mcp-Session-Id") && names.contains("mcp-param-region"), names);
        assertFalse(names.contains("x-other"), names);
        for (var origin : List.of(page, "https://example.com")) {
            var reply = send(HttpRequest.newBuilder(uri)
                    .header("Origin", origin)
                    .POST(HttpRequest.BodyPublishers.ofString("[]"))
                    .build());
            assertEquals(
                    origin.equals(page) ? "Mcp-Session-Id, WWW-Authenticate" : "",
                    reply.headers().firstValue("Access-Control-Expose-Headers").orElse(""));
        }
    }

    private static HttpResponse<String> preflight(URI uri, String origin) throws Exception {
        return send(HttpRequest.newBuilder(uri)
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "POST")
                .header("Access-Control-Request-Headers", "content-type,mcp-param-region,x-other")
                .build());
    }

    /** The reference server behind the recorder is right, and what the recorder breaks is not its fault. */
    @Test
    void recordsAndJudgesBothEnds() throws Exception {
        var trace = folder.resolve("trace.json").toString();
        try (var server = ReferenceServer.builder().start()) {
            var status = CompletableFuture.supplyAsync(
                    () -> run("record", server.uri().toString(), "--listen", "0", "--for", "10s", "--save", trace));
            var url = URI.create(printed("Point the client at (http\\S+/mcp)"));
            var id = initialize(url);
            assertEquals(200, call(url, id).statusCode());
            assertEquals(2, send(request(url, id).DELETE().build()).statusCode() / 100);
            assertEquals(404, call(url, id).statusCode());
            post(url.resolve("/kit/inject/404-once"), null, "");
            // The opening is left alone, so that a client has a session that can end.
            var other = initialize(url);
            assertEquals(404, call(url, other).statusCode());
            post(url.resolve("/kit/inject/503"), null, "");
            var third = initialize(url);
            assertEquals(503, call(url, third).statusCode());
            assertEquals(0, status.get(), this::text);
        }
        assertTrue(text().contains("✓ post-404"), this::text);
        out.reset();
        assertEquals(0, run("judge", trace, "--area", "termination"), this::text);
        assertTrue(text().contains("✓ post-404"), this::text);
    }

    /** A client, for a recording. */
    private enum Recorded {
        /** Keeps its connection, deletes its session, and then finds it gone. */
        KEPT_CONNECTION("") {
            @Override
            void use(URI url) throws Exception {
                var id = initialize(url);
                assertEquals(200, ClientCommandsTest.call(url, id).statusCode());
                assertEquals(2, send(request(url, id).DELETE().build()).statusCode() / 100);
                assertEquals(404, ClientCommandsTest.call(url, id).statusCode());
            }
        },
        /** Opens a connection for each request, and a new session after 404. */
        NEW_CONNECTIONS("404-once") {
            @Override
            void use(URI url) throws Exception {
                assertEquals(404, call(url, open(url)));
                assertEquals(200, call(url, open(url)));
            }
        },
        /** Opens a connection for each request, and goes on with the dead id. */
        STUCK("404-once") {
            @Override
            void use(URI url) throws Exception {
                var id = open(url);
                for (int i = 0; i < 4; i++) {
                    assertEquals(404, call(url, id));
                    // Without pauses, all may have been under way when the session ended.
                    Thread.sleep(800);
                }
            }
        },
        /** Without sessions, with a token and text that are masked in what is saved. */
        MODERN("503") {
            private static final String META = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                    + "\"io.modelcontextprotocol/clientCapabilities\":{}}";

            @Override
            void use(URI url) throws Exception {
                for (var method : List.of("server/discover", "tools/list", "tools/list", "tools/list")) {
                    var body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + method + "\",\"params\":{" + META + "}}";
                    send(HttpRequest.newBuilder(url)
                            .header("Content-Type", "application/json")
                            .header("Accept", "application/json, text/event-stream")
                            .header("Authorization", "Bearer abc-1234567890")
                            .header("MCP-Protocol-Version", "2026-07-28")
                            .header("Mcp-Method", method)
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build());
                }
            }
        };

        final String fault;

        Recorded(String fault) {
            this.fault = fault;
        }

        abstract void use(URI url) throws Exception;

        private static String open(URI url) throws Exception {
            var opening = alone(
                    url,
                    null,
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"" + ONE
                            + "\",\"capabilities\":{},\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}}}");
            var id = opening.getHeaderField("Mcp-Session-Id");
            alone(url, id, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
            return id;
        }

        private static int call(URI url, String id) throws Exception {
            return alone(url, id, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}")
                    .getResponseCode();
        }

        /** Sends a request on a connection of its own. */
        private static HttpURLConnection alone(URI url, String id, String body) throws Exception {
            var connection = (HttpURLConnection) url.toURL().openConnection();
            connection.setRequestProperty("Connection", "close");
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setRequestProperty("Accept", "application/json, text/event-stream");
            if (id != null) {
                connection.setRequestProperty("Mcp-Session-Id", id);
                connection.setRequestProperty("MCP-Protocol-Version", ONE);
            }
            connection.setDoOutput(true);
            connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
            if (connection.getResponseCode() < 400) {
                connection.getInputStream().readAllBytes();
            }
            return connection;
        }
    }

    /** What is saved gives the verdicts that were given when it was recorded. */
    @ParameterizedTest
    @EnumSource(Recorded.class)
    void aSavedTraceIsJudgedAsItWasWhenItWasRecorded(Recorded client) throws Exception {
        var trace = folder.resolve("saved.json");
        var live = folder.resolve("live-report.json");
        var later = folder.resolve("later-report.json");
        try (var server = ReferenceServer.builder().start()) {
            var arguments = new ArrayList<>(
                    List.of("record", server.uri().toString(), "--listen", "0", "--save", trace.toString()));
            arguments.addAll(List.of("--json", live.toString()));
            if (!client.fault.isEmpty()) {
                arguments.addAll(List.of("--inject", client.fault));
            }
            var run = new FutureTask<>(() -> run(arguments.toArray(String[]::new)));
            var recorder = new Thread(run);
            recorder.start();
            client.use(URI.create(printed("Point the client at (http\\S+/mcp)")));
            // As Ctrl-C does.
            recorder.interrupt();
            assertEquals(run.get(), run("judge", trace.toString(), "--json", later.toString()), this::text);
        }
        var verdicts = verdicts(live);
        assertEquals(verdicts, verdicts(later));
        var after404 = verdicts.get("client/new-session-after-404 " + ONE);
        switch (client) {
            case KEPT_CONNECTION -> assertEquals("NOT_APPLICABLE", after404);
            case NEW_CONNECTIONS -> assertEquals("PASS", after404);
            case STUCK -> assertEquals("FAIL", after404);
            case MODERN -> assertEquals("PASS", verdicts.get("client/modern-meta 2026-07-28"));
        }
        assertFalse(Files.readString(trace).contains("abc-1234567890"));
    }

    private static Map<String, String> verdicts(Path report) throws IOException {
        var verdicts = new TreeMap<String, String>();
        JsonMapper.shared()
                .readTree(Files.readString(report))
                .path("runs")
                .path(0)
                .path("results")
                .forEach(r -> verdicts.put(
                        r.path("rule").asString("") + " " + r.path("revision").asString(""),
                        r.path("verdict").asString("")));
        assertFalse(verdicts.isEmpty());
        return verdicts;
    }

    /** The opening is not cut, what was cut is told, and who asks for a fault is no client. */
    @Test
    void cutsAnAnswerAfterTheOpening() throws Exception {
        try (var server = ReferenceServer.builder().start()) {
            var status = CompletableFuture.supplyAsync(
                    () -> run("record", server.uri().toString(), "--listen", "0", "--for", "8s", "--inject", "cut"));
            var url = URI.create(printed("Point the client at (http\\S+/mcp)"));
            var id = initialize(url);
            assertThrows(IOException.class, () -> call(url, id));
            printed("(! injected cut: cut the answer to POST tools/call, request 3)");
            post(url.resolve("/kit/inject/cut"), null, "");
            status.get();
        }
        assertTrue(
                text().contains("? cut was not injected: no answer to a request after the opening was an event stream"),
                this::text);
    }

    @Test
    void nobodyButTheOneWhoAsksForAFault() throws Exception {
        try (var server = ReferenceServer.builder().start()) {
            var status = CompletableFuture.supplyAsync(
                    () -> run("record", server.uri().toString(), "--listen", "0", "--for", "5s"));
            var url = URI.create(printed("Point the client at (http\\S+/mcp)"));
            assertEquals(204, post(url.resolve("/kit/inject/503"), null, "").statusCode());
            var none = post(url.resolve("/kit/inject/nope"), null, "");
            assertEquals(404, none.statusCode());
            assertEquals(
                    "No such fault. There are: POST /kit/inject/404-once, /kit/inject/503, /kit/inject/cut\n",
                    none.body());
            var got =
                    send(HttpRequest.newBuilder(url.resolve("/kit/inject/503")).build());
            assertEquals(405, got.statusCode());
            assertTrue(got.body().contains("is asked for by POST"), got::body);
            mustBe(status.get(), 3, "the trace holds no request that was sent to a server");
        }
    }

    /** Who waits for a client is told at once why none is seen. */
    @Test
    void aClientThatSpeaksSomethingElseToAServerThatWaits() throws Exception {
        var status = CompletableFuture.supplyAsync(() -> run("client", "--listen", "0", "--for", "6s"));
        var walk = URI.create(printed("Point a client at \\S*?(http\\S+/all/mcp)"));
        hello(walk, 22, 3, 1, 0, 5, 1);
        printed("(\\? the client speaks TLS)");
        assertEquals(404, post(walk.resolve("/mcp"), null, "{}").statusCode());
        printed("(\\? a client asked for /mcp, which is none of the URLs)");
        assertEquals(3, status.get(), this::text);
    }

    @Test
    void aClientThatSpeaksSomethingElseToTheRecorder() throws Exception {
        try (var server = ReferenceServer.builder().start()) {
            var status = CompletableFuture.supplyAsync(
                    () -> run("record", server.uri().toString(), "--listen", "0", "--for", "6s"));
            var url = URI.create(printed("Point the client at (http\\S+/mcp)"));
            hello(url, 'P', 'R', 'I', ' ', '*', ' ', 'H', 'T', 'T', 'P', '/', '2', '.', '0', '\r', '\n');
            printed("(\\? the client speaks HTTP/2 at once)");
            assertEquals(404, post(url.resolve("/sse"), null, "{}").statusCode());
            printed("(\\? a client asked for /sse, which goes to the server as it is and is not judged: "
                    + "its URL should be "
                    + url + ")");
            assertEquals(3, status.get(), this::text);
            assertTrue(text().contains("no client made a request to the URL that is recorded: one asked for /sse"));
        }
    }

    private static void hello(URI url, int... bytes) throws IOException {
        try (var socket = new Socket(url.getHost(), url.getPort())) {
            for (var b : bytes) {
                socket.getOutputStream().write(b);
            }
            // Until it is refused, or closed.
            while (socket.getInputStream().read() >= 0) {}
        }
    }

    private static void session(URI url) throws Exception {
        var id = initialize(url);
        assertEquals(200, call(url, id).statusCode());
        assertEquals(204, send(request(url, id).DELETE().build()).statusCode());
    }

    private static String initialize(URI url) throws Exception {
        var id = post(
                        url,
                        null,
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\""
                                + ONE + "\",\"capabilities\":{},\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}}}")
                .headers()
                .firstValue("Mcp-Session-Id")
                .orElseThrow();
        assertEquals(
                202,
                post(url, id, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}")
                        .statusCode());
        return id;
    }

    private static HttpResponse<String> call(URI url, String id) throws Exception {
        return post(
                url,
                id,
                "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"add_numbers\","
                        + "\"arguments\":{\"a\":5,\"b\":3}}}");
    }

    private static HttpResponse<String> post(URI url, String id, String body) throws Exception {
        return send(
                request(url, id).POST(HttpRequest.BodyPublishers.ofString(body)).build());
    }

    private static HttpRequest.Builder request(URI url, String id) {
        var request = HttpRequest.newBuilder(url)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream");
        return id == null ? request : request.header("Mcp-Session-Id", id).header("MCP-Protocol-Version", ONE);
    }

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static HttpResponse<String> send(HttpRequest request) throws Exception {
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
