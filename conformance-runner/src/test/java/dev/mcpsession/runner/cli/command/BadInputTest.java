package dev.mcpsession.runner.cli.command;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.report.machine.JsonReportTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Input that cannot work is refused with a reason, and the exit status says of which kind it is. */
class BadInputTest {
    @TempDir
    private Path folder;

    private final List<AutoCloseable> servers = new ArrayList<>();

    private record Outcome(int status, String out, String err) {
        void mustBe(int expected, String because) {
            assertEquals(expected, status, this::toString);
            assertTrue(err.contains(because), this::toString);
            assertFalse(err.contains("\tat "), this::toString);
        }
    }

    private static Outcome run(String... arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var utf8 = StandardCharsets.UTF_8;
        var io = new Io(
                new PrintStream(out, true, utf8), new PrintStream(err, true, utf8), utf8, false, Map.of(), false);
        int status = Cli.execute(io, arguments);
        return new Outcome(status, out.toString(utf8), err.toString(utf8));
    }

    @AfterEach
    void stop() throws Exception {
        for (var server : servers) {
            server.close();
        }
    }

    private WireMockServer answering(ResponseDefinitionBuilder response) {
        var server = new WireMockServer(
                options().bindAddress("127.0.0.1").dynamicPort().dynamicHttpsPort());
        server.stubFor(any(anyUrl()).willReturn(response));
        server.start();
        servers.add(server::stop);
        return server;
    }

    private String url(ResponseDefinitionBuilder response) {
        return "http://127.0.0.1:" + answering(response).port() + "/mcp";
    }

    // ---- the server ----

    @Test
    void aUrlThatNothingAnswersAt() throws IOException {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        run("http://127.0.0.1:" + port + "/mcp").mustBe(3, "Cannot judge: nothing answers at http://127.0.0.1:" + port);
    }

    @Test
    void aServerThatStaysSilent() throws IOException {
        try (var socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            run("http://127.0.0.1:" + socket.getLocalPort() + "/mcp", "--patience", "300ms")
                    .mustBe(3, "did not answer within 300 ms: if the server is slow, raise --patience");
        }
    }

    @Test
    void aPageForPeople() {
        run(url(aResponse().withHeader("Content-Type", "text/html").withBody("<html>")))
                .mustBe(3, "HTML");
    }

    @Test
    void aRedirect() {
        run(url(aResponse().withStatus(307).withHeader("Location", "https://example.org/mcp")))
                .mustBe(3, "redirects (status 307) to https://example.org/mcp");
    }

    @Test
    void aServerThatWantsCredentials() {
        run(url(aResponse().withStatus(401))).mustBe(3, "needs credentials (status 401): give them with --header");
    }

    @Test
    void aWrongPath() {
        run(url(aResponse().withStatus(404))).mustBe(3, "check the path");
    }

    @Test
    void somethingElseThatSpeaksJson() {
        run(url(aResponse().withHeader("Content-Type", "application/json").withBody("{\"ok\":true}")))
                .mustBe(3, "speaks none of the revisions asked for");
    }

    @Test
    void aCertificateThatNobodyVouchesFor() {
        var server = answering(aResponse().withStatus(401));
        var url = "https://127.0.0.1:" + server.httpsPort() + "/mcp";
        run(url).mustBe(3, "name the authority with --cacert, or use --insecure");
        // Then it is judged, as far as it goes.
        run(url, "--insecure").mustBe(3, "needs credentials");
    }

    @Test
    void rulesAboutRevisionsThatTheServerDoesNotSpeak() {
        var server = answering(aResponse().withStatus(400));
        server.stubFor(post("/mcp")
                .withRequestBody(containing("\"2025-06-18\""))
                .withRequestBody(containing("initialize"))
                .willReturn(okJson("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"2025-06-18\"}}")));
        run("http://127.0.0.1:" + server.port() + "/mcp", "--rule", "modern/*")
                .mustBe(4, "The server speaks none of the revisions that the selected rules are about");
    }

    @Test
    void aKeyInTheUrlIsNotShown() {
        var outcome = run(url(aResponse().withStatus(404)) + "?api_key=hidden");
        outcome.mustBe(3, "?api_key=***");
        assertFalse(outcome.err().contains("hidden"), outcome::err);
    }

    @Test
    void aReportTellsThatNothingCouldBeJudged() throws IOException {
        var json = Files.writeString(folder.resolve("r.json"), "the report of an earlier run");
        run(url(aResponse().withStatus(404)), "--json", json.toString()).mustBe(3, "check the path");
        var report = Files.readString(json);
        assertTrue(report.contains("\"problem\""), report);
        assertEquals(List.of(), JsonReportTest.complaints(report));
    }

    // ---- launching ----

    @Test
    void aCommandThatIsMissing() {
        run("--launch", "no-such-program --port {port}")
                .mustBe(2, "the launched server could not be started: no-such-program: No such file or directory");
    }

    @Test
    void aCommandThatDiesAtOnce() {
        var outcome = run("--launch", "sh -c 'echo I cannot; exit 3'");
        outcome.mustBe(3, "the launched server ended with status 3 before it served");
        assertTrue(outcome.err().contains("  | I cannot\n"), outcome::err);
    }

    @Test
    void aCommandThatNeverServes() {
        run("--launch", "sh -c 'echo still thinking; exec sleep 60'", "--start-within", "500ms")
                .mustBe(3, "did not serve at http://127.0.0.1:");
    }

    @Test
    void aCommandThatCannotBeSplit() {
        run("--launch", "run 'it").mustBe(2, "the quote ' is not closed");
        run("--launch", " ").mustBe(2, "it is empty");
    }

    // ---- options ----

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--idle-timeout=0s | '--idle-timeout'",
                "--idle-timeout=0s | must be positive, not 0s",
                "--idle-timeout=-1s | must be positive, not -1s",
                "--idle-timeout=soon | 'soon' is not a duration",
                "--idle-timeout=5 | '5' has no unit",
                "--reap-lag=-1ms | must not be negative",
                "--patience=0s | must be positive",
                "--start-within=0s | must be positive",
                "--max-sessions=0 | at least 1",
                "--concurrency=many | at least 1",
                "--max-requests-per-second=0 | greater than 0, not 0",
                "--max-requests-per-second=fast | greater than 0, not fast",
                "--deadline=0s | must be positive",
                "--deadline=soon | 'soon' is not a duration",
                "--header-file=/no/such/file | --header-file: there is no file /no/such/file",
                "--other-header-file=/no/such/file | --other-header-file: there is no file /no/such/file",
                "--proxy=https://proxy.example:3128 | --proxy: only http:// proxies can be used",
                "--proxy=http://u:hid den@proxy.example | --proxy: it should be a URL such as",
                "--proxy=socks5://u:hidden@proxy.example | only http:// proxies can be used, not socks5://",
                "--slow-tool=sleep={ | must be a JSON object",
                "--header=Authorization | 'Name: value'",
                "--header=A: ${NOT_SET_ANYWHERE} | NOT_SET_ANYWHERE is not set",
                "--no-such-option | Unknown option: '--no-such-option'",
                "--idle-timout=1s | --idle-timeout",
                "lsit | neither a command nor a URL",
                "lsit | Is the command 'list' meant?",
                "prob | Is the command 'probe' meant?",
                "ftp://127.0.0.1/mcp | neither a command nor a URL",
                "http://u:hidden@127.0.0.1/mcp | must not hold credentials",
                "--cacert=/no/such/file | there is no file /no/such/file",
                "--target=/no/such/file | there is no file /no/such/file",
                "--baseline=/no/such/file | there is no file /no/such/file",
                "--json=/no/such/folder/r.json | --json: the file cannot be written: there is no directory "
                        + "/no/such/folder",
                "--junit-xml=/no/such/folder/r.xml | --junit-xml: the file cannot be written",
                "--write-baseline=/no/such/folder/b.json | --write-baseline: the file cannot be written",
                "--baseline-all | goes with --write-baseline",
                "--url=http://127.0.0.1:1/mcp | goes with --launch",
            })
    void anOptionThatCannotBeMeant(String option, String because) {
        var outcome = run(option);
        outcome.mustBe(2, because);
        assertEquals("", outcome.out());
        assertFalse(outcome.err().contains("hidden"), outcome::err);
    }

    @Test
    void optionsThatExcludeEachOther() {
        run("http://127.0.0.1:1/mcp", "--launch", "x").mustBe(2, "only one of them");
        run("--quiet", "--verbose").mustBe(2, "--quiet or --verbose");
        run("--cacert", "x", "--insecure").mustBe(2, "--cacert or --insecure");
        run("--baseline", "x", "--write-baseline", "y").mustBe(2, "--baseline or --write-baseline");
        run("http://127.0.0.1:1/mcp", "http://127.0.0.1:2/mcp").mustBe(2, "Unmatched argument");
    }

    @Test
    void aFileThatIsNoBaseline() throws IOException {
        var file = Files.writeString(folder.resolve("notes.txt"), "{}");
        run("--baseline", file.toString()).mustBe(2, "this is no baseline");
        run("--write-baseline", file.toString()).mustBe(2, "this is no baseline");
        assertEquals("{}", Files.readString(file));
    }

    @Test
    void aCertificateFileWithoutCertificates() throws IOException {
        var file = Files.writeString(folder.resolve("ca.pem"), "nothing of the kind");
        run("https://127.0.0.1:1/mcp", "--cacert", file.toString()).mustBe(2, "holds no certificate");
    }

    @Test
    void aFileOfHeadersThatIsWrong() throws IOException {
        var file = Files.writeString(folder.resolve("headers"), "# mine\n\nAuthorization Bearer hidden\n");
        var outcome = run("http://127.0.0.1:1/mcp", "--header-file", file.toString());
        outcome.mustBe(2, "--header-file: " + file + ", line 3: it must have the form 'Name: value'");
        assertFalse(outcome.err().contains("hidden"), outcome::err);
        Files.writeString(file, "# none yet\n");
        run("http://127.0.0.1:1/mcp", "--header-file", file.toString()).mustBe(2, "holds no header");
    }

    @Test
    void aProxyThatIsNotThere() throws IOException {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        var outcome = run(url(aResponse().withStatus(401)), "--proxy", "http://user:hidden@127.0.0.1:" + port);
        outcome.mustBe(3, "the proxy 127.0.0.1:" + port + ", through which");
        assertFalse(outcome.err().contains("hidden"), outcome::err);
    }

    @Test
    void aTargetFileThatIsWrong() throws IOException {
        var file = Files.writeString(folder.resolve("target.json"), "{\"launch\": \"x\", \"lanch\": \"y\"}");
        run("--target", file.toString()).mustBe(2, "unknown field lanch");
    }

    @Test
    void aCatalogueThatThereIsNot() {
        run("--catalogue", "0.9").mustBe(2, "there is no catalogue '0.9'; there is 1.0");
        run("list", "--catalogue", "0.9").mustBe(2, "there is no catalogue '0.9'; there is 1.0");
    }

    @Test
    void aServerThatCannotBeProbed() {
        run("probe", url(aResponse().withStatus(401).withHeader("WWW-Authenticate", "Bearer realm=\"mine\"")))
                .mustBe(3, "it says WWW-Authenticate: Bearer realm=\"mine\"");
        run("probe", url(aResponse().withStatus(404))).mustBe(3, "Cannot probe: ");
        run("probe", "--launch", "no-such-program").mustBe(2, "could not be started");
        run("probe", "http://127.0.0.1:1/mcp", "--up-to", "0s").mustBe(2, "must be positive");
        run("probe", "http://127.0.0.1:1/mcp", "--json", "/no/such/folder/p.json")
                .mustBe(2, "--json: the file cannot be written");
    }

    @Test
    void aTargetFileThatCannotBeWritten() throws IOException {
        var file = folder.resolve("t.json").toString();
        run("init", file).mustBe(2, "Give --url of a server that runs, or --launch");
        run("init", file, "--url", "nowhere").mustBe(2, "neither a command nor a URL");
        run("init", file, "--launch", "run 'it").mustBe(2, "the quote ' is not closed");
        run("init", file, "--url", "http://127.0.0.1:1/mcp", "--up-to", "3s").mustBe(2, "goes with --probe");
        run("init", "/", "--url", "http://127.0.0.1:1/mcp").mustBe(2, "/ is no file that can be written");
        run("init", "/no/such/folder/t.json", "--url", "http://127.0.0.1:1/mcp").mustBe(2, "there is no directory");
        run("init", file, "--url", url(aResponse().withStatus(404)), "--probe").mustBe(3, "Nothing was written: ");
        var outcome = run("init", file, "--url", "http://127.0.0.1:1/mcp", "--header", "X-Api-Key: hidden");
        outcome.mustBe(2, "let it come from the environment");
        assertFalse(outcome.err().contains("hidden"), outcome::err);
        try (var files = Files.list(folder)) {
            assertEquals(List.of(), files.toList());
        }
    }

    @Test
    void aWordThatIsNoneOfTheChoices() {
        run("completion", "tcsh").mustBe(2, "fish");
        run("completion").mustBe(2, "Missing required parameter: 'SHELL'");
        run("completion", "bash", "--name", "a b").mustBe(2, "no name of a program");
        run("explain", "termination/post-404", "--jsn").mustBe(2, "Unknown option: '--jsn'");
        run("probe", "--upto=3s").mustBe(2, "--up-to");
    }

    // ---- selection ----

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--rule=termination/post-405 | There is no rule 'termination/post-405'; is termination/post-404 meant?",
                "--skip=nothing/* | No rule matches 'nothing/*'",
                "--area=nowhere | There is no area 'nowhere'; there are",
                "--level=MAYBE | There is no level 'MAYBE'; there are MUST",
                "--revision=2024-11-05 | There is no revision '2024-11-05'; there are 2025-03-26",
            })
    void aPatternThatMatchesNothing(String option, String because) {
        run(option).mustBe(4, because);
        run("list", option).mustBe(4, because);
    }

    @Test
    void aRuleToExplainThatThereIsNot() {
        run("explain", "termination/post-405").mustBe(4, "is termination/post-404 meant?");
        run("explain").mustBe(2, "Missing required parameter: 'RULE'");
    }
}
