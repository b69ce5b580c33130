package dev.mcpsession.runner.cli.command;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.judge.Selection;
import dev.mcpsession.runner.cli.option.OutputOptions;
import dev.mcpsession.runner.cli.option.RuleIds;
import dev.mcpsession.runner.cli.option.RuleJars;
import dev.mcpsession.server.ReferenceServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Mistakes of users in their first hours with the kit: its message, and the exit status with which it ends. */
class TypicalMistakesTest {
    @TempDir
    private static Path folder;

    private static final List<AutoCloseable> SERVERS = new ArrayList<>();

    /** The meanings of words in braces in the command lines below. */
    private static final Map<String, String> NAMES = new HashMap<>();

    @BeforeAll
    static void start() throws IOException {
        var server = ReferenceServer.builder().start();
        SERVERS.add(server);
        NAMES.put("good", server.uri().toString());
        NAMES.put("goodHost", server.uri().getAuthority());
        NAMES.put("moved", server.uri().resolve("/wrong").toString());
        NAMES.put("tls", server.uri().toString().replace("http:", "https:"));
        wire("wantsToken", aResponse().withStatus(401).withHeader("WWW-Authenticate", "Bearer realm=\"mine\""));
        wire("forbids", aResponse().withStatus(403));
        wire("page", aResponse().withHeader("Content-Type", "text/html").withBody("<html>"));
        wire("moves", aResponse().withStatus(308).withHeader("Location", "https://example.org/mcp"));
        wire("down", aResponse().withStatus(503));
        wire("other", aResponse().withHeader("Content-Type", "application/json").withBody("{\"ok\":true}"));
        var old = wire("old", aResponse().withStatus(405));
        old.stubFor(get("/mcp")
                .willReturn(aResponse()
                        .withHeader("Content-Type", "text/event-stream")
                        .withBody("event: endpoint\ndata: /messages?id=1\n\n")));
        var api = wire("api", aResponse().withStatus(404));
        api.stubFor(post("/api/mcp")
                .willReturn(okJson("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"2025-11-25\"}}")));
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            NAMES.put("nothing", "http://127.0.0.1:" + socket.getLocalPort() + "/mcp");
        }
        Files.writeString(folder.resolve("notes.txt"), "not JSON");
        Files.writeString(folder.resolve("slip.json"), "{\"launch\": \"x\", \"idleTimout\": \"1s\"}");
        Files.writeString(folder.resolve("there.json"), "{}");
        Files.writeString(folder.resolve("base.json"), "{}");
        Files.writeString(folder.resolve("good.json"), "{\"url\":\"" + NAMES.get("good") + "\"}");
        Files.createSymbolicLink(folder.resolve("link.json"), folder.resolve("base.json"));
        Files.writeString(folder.resolve("trace.json"), "{\"format\":\"mcp-session-trace/1\",\"calls\":[]}");
        Files.writeString(folder.resolve("headers.txt"), "Mcp-Session-Id: mine\n");
        Files.writeString(
                folder.resolve("headers.json"),
                "{\"url\":\"" + NAMES.get("good") + "\"," + "\"headers\":{\"mcp-protocol-version\":\"2025-06-18\"}}");
        report("report.json", "run", NAMES.get("good"), "--rule=post-404", "--no-disruptive");
        NAMES.put("goodPort", String.valueOf(server.uri().getPort()));
        NAMES.put("folder", folder.toString());
    }

    /** A report of a run, for mistakes that are about one. */
    private static void report(String name, String... arguments) {
        var words = new ArrayList<>(List.of(arguments));
        words.add("--json=" + folder.resolve(name));
        var nowhere = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        assertEquals(
                0,
                Cli.execute(
                        new Io(nowhere, nowhere, StandardCharsets.UTF_8, false, Map.of(), false),
                        words.toArray(String[]::new)));
    }

    private static WireMockServer wire(String name, ResponseDefinitionBuilder response) {
        var server = new WireMockServer(options().bindAddress("127.0.0.1").dynamicPort());
        server.stubFor(any(anyUrl()).willReturn(response));
        server.start();
        SERVERS.add(server::stop);
        NAMES.put(name, "http://127.0.0.1:" + server.port() + "/mcp");
        return server;
    }

    @AfterAll
    static void stop() throws Exception {
        for (var server : SERVERS) {
            server.close();
        }
    }

    private record Mistake(String what, int status, String message, String... arguments) {}

    private static List<Mistake> mistakes() {
        return List.of(
                // ---- green without judgement ----
                new Mistake(
                        "the slow tool has a slip in its name",
                        2,
                        "--slow-tool: the server has no tool 'slep'; it lists",
                        "{good}",
                        "--slow-tool=slep={}"),
                new Mistake(
                        "every rule that is selected needs an option that is missing",
                        3,
                        "Nothing was judged: the server's idle timeout was not given: see --idle-timeout",
                        "{good}",
                        "--rule=idle/*"),
                new Mistake(
                        "a rule of a name, without what it needs",
                        3,
                        "Nothing was judged",
                        "{good}",
                        "--rule=in-flight-outlives-timeout"),
                new Mistake(
                        "rules that must be judged are not",
                        3,
                        "(NOT_TESTABLE, the server's idle timeout was not given: see --idle-timeout).",
                        "{good}",
                        "--rule=idle/*,termination/post-404",
                        "--require-judged=idle/*"),
                new Mistake(
                        "rules that must be judged are not selected",
                        3,
                        "--require-judged idle/* asks for it: no rule was selected that matches",
                        "{good}",
                        "--rule=termination/post-404",
                        "--require-judged=idle/*"),
                new Mistake(
                        "rules that must be judged do not exist",
                        4,
                        "There is no rule 'idle/pong-extends'; is idle/ping-extends meant?",
                        "{good}",
                        "--require-judged=idle/pong-extends"),
                new Mistake("a verdict that a run cannot fail on", 2, "--fail-on", "{good}", "--fail-on=pass"),
                // ---- where the server is, who one is, how it is started, what is told of it ----
                new Mistake(
                        "the URL has no scheme",
                        2,
                        "lacks http:// or https:// before the host; is http://{goodHost}/mcp meant?",
                        "{goodHost}/mcp"),
                new Mistake(
                        "the URL is this machine without a scheme",
                        2,
                        "is http://localhost:8000/mcp meant?",
                        "localhost:8000/mcp"),
                new Mistake(
                        "probe is given no scheme",
                        2,
                        "is http://localhost:8000/mcp meant?",
                        "probe",
                        "localhost:8000/mcp"),
                new Mistake(
                        "https to a port without TLS", 3, "speaks no TLS: is http instead of https meant?", "{tls}"),
                new Mistake(
                        "no server runs",
                        3,
                        "nothing answers at {nothing}: check that the server runs, and its host and port",
                        "{nothing}"),
                new Mistake("no such host", 3, "is not known: check the URL", "http://no-such-host.invalid/mcp"),
                new Mistake(
                        "a proxy of no such host",
                        3,
                        "the host of the proxy no-such-host.invalid:3128, through which {good} is reached, is not"
                                + " known: check --proxy",
                        "{good}",
                        "--proxy=no-such-host.invalid:3128"),
                new Mistake(
                        "a port that there is not",
                        2,
                        "the port must be from 1 to 65535, not 99999",
                        "http://127.0.0.1:99999/mcp"),
                new Mistake(
                        "one slash after the scheme",
                        2,
                        "lacks a slash after the scheme; is http://{goodHost}/mcp meant?",
                        "http:/{goodHost}/mcp"),
                new Mistake(
                        "the URL of a WebSocket",
                        2,
                        "MCP has no such transport; is https://{goodHost}/mcp meant?",
                        "wss://{goodHost}/mcp"),
                new Mistake(
                        "an IPv6 address without brackets",
                        2,
                        "has an IPv6 address without brackets; write for example http://[::1]:8000/mcp",
                        "http://::1:8000/mcp"),
                new Mistake(
                        "two servers at once",
                        2,
                        "One URL is judged at a time: give several servers as target files",
                        "{good}",
                        "{good}"),
                new Mistake(
                        "a server where a trace is due",
                        2,
                        "a server is judged by its URL alone, without the word judge",
                        "judge",
                        "{good}"),
                new Mistake(
                        "the path is wrong, and /mcp is right",
                        3,
                        "An MCP server answers at {good}: is that meant?",
                        "{moved}"),
                new Mistake("the path is wrong, and /api/mcp is right", 3, "/api/mcp: is that meant?", "{api}"),
                new Mistake(
                        "probe with a wrong path",
                        3,
                        "An MCP server answers at {good}: is that meant?",
                        "probe",
                        "{moved}"),
                new Mistake(
                        "a page for people",
                        3,
                        "answers initialize with HTML (status 200), so it is no MCP endpoint",
                        "{page}"),
                new Mistake(
                        "the server has moved",
                        3,
                        "redirects (status 308) to https://example.org/mcp: give the URL of the MCP endpoint itself",
                        "{moves}"),
                new Mistake(
                        "an old server of HTTP+SSE",
                        3,
                        "is a server of the transport HTTP+SSE, of revision 2024-11-05",
                        "{old}"),
                new Mistake("something else that speaks JSON", 3, "speaks none of the revisions asked for", "{other}"),
                new Mistake("a server that is down", 3, "speaks none of the revisions asked for", "{down}"),
                new Mistake("a URL of another kind", 2, "neither a command nor a URL", "ftp://127.0.0.1/mcp"),
                new Mistake(
                        "credentials are missing",
                        3,
                        "needs credentials (status 401): give them with --header, such as --header "
                                + "'Authorization: Bearer …'; it says WWW-Authenticate: Bearer realm=\"mine\"",
                        "{wantsToken}"),
                new Mistake(
                        "credentials are refused",
                        3,
                        "refuses the credentials that were given (status 401); "
                                + "it says WWW-Authenticate: Bearer realm=\"mine\"",
                        "{wantsToken}",
                        "--header=Authorization: Bearer wrong"),
                new Mistake(
                        "credentials in the URL",
                        2,
                        "must not hold credentials; give them with --header",
                        "http://u:p@127.0.0.1/mcp"),
                new Mistake(
                        "the variable of a token is not set",
                        2,
                        "NOT_SET_ANYWHERE is not set",
                        "{good}",
                        "--header=Authorization: Bearer ${NOT_SET_ANYWHERE}"),
                new Mistake("a header without a colon", 2, "'Name: value'", "{good}", "--header=Authorization"),
                new Mistake(
                        "a slip in a placeholder",
                        2,
                        "{prot} is no placeholder; there are {port}, {idleTimeoutMs}, "
                                + "{idleTimeoutSeconds} and {stateless}, and where several nodes are started {node}",
                        "--launch=server --port {prot}"),
                new Mistake(
                        "a placeholder that is not there",
                        2,
                        "{timeout} is no placeholder",
                        "--launch=server --port {port} --idle {timeout}"),
                new Mistake(
                        "a command that is missing",
                        2,
                        "could not be started: no-such-program",
                        "--launch=no-such-program --port {port}"),
                new Mistake(
                        "a command that dies at once",
                        3,
                        "ended with status 3 before it served",
                        "--launch=sh -c 'exit 3'"),
                new Mistake("a URL and a command", 2, "only one of them", "{good}", "--launch=x"),
                new Mistake("a time without a unit", 2, "'5' has no unit", "{good}", "--idle-timeout=5"),
                new Mistake("a time of zero", 2, "must be positive, not 0s", "{good}", "--idle-timeout=0s"),
                new Mistake(
                        "a slow tool with half of its JSON",
                        2,
                        "must be a JSON object",
                        "{good}",
                        "--slow-tool=sleep={"),
                new Mistake(
                        "a slip in the id of a rule",
                        4,
                        "There is no rule 'termination/post-405'; is termination/post-404 meant?",
                        "{good}",
                        "--rule=termination/post-405"),
                new Mistake(
                        "a slip in the name of a rule",
                        4,
                        "There is no rule 'pong-extends'; is idle/ping-extends meant?",
                        "{good}",
                        "--rule=pong-extends"),
                new Mistake(
                        "a slip in what is to be explained",
                        4,
                        "is idle/ping-extends meant?",
                        "explain",
                        "ping-extend"),
                new Mistake(
                        "an area that there is not", 4, "There is no area 'idel'; there are", "{good}", "--area=idel"),
                new Mistake(
                        "a revision that there is not",
                        4,
                        "There is no revision '2025-11-24'; there are 2025-03-26",
                        "{good}",
                        "--revision=2025-11-24"),
                new Mistake(
                        "a slip in a value of an option",
                        2,
                        "but was 'wran'\nIs WARN meant?\n",
                        "{good}",
                        "--fail-on=wran"),
                new Mistake("a slip in the area, and it is told", 4, "Is idle meant?", "{good}", "--area=idel"),
                new Mistake("a slip in a command", 2, "Is the command 'probe' meant?", "prob"),
                new Mistake(
                        "a slip in an option",
                        2,
                        "mcp-session-conformance: Unknown option: '--idle-timout'\nIs --idle-timeout meant?\nSee ",
                        "{good}",
                        "--idle-timout=1s"),
                new Mistake(
                        "a slip in an option, and its value",
                        2,
                        "mcp-session-conformance: Unknown option: '--idle-timout'\nIs --idle-timeout meant?\nSee ",
                        "{good}",
                        "--idle-timout",
                        "1s"),
                new Mistake(
                        "a slip in an option, its value, and the URL",
                        2,
                        "mcp-session-conformance: Unknown option: '--idle-timout'\nIs --idle-timeout meant?\nSee ",
                        "--idle-timout",
                        "1s",
                        "{good}"),
                new Mistake(
                        "slips in two options",
                        2,
                        "Unknown options: '--quieet', '--jsn'\nIs --quiet meant?\nIs --json meant?\n",
                        "{good}",
                        "--quieet",
                        "--jsn=x"),
                new Mistake(
                        "a part of an option's name",
                        2,
                        "Unknown option: '--timeout'\nIs one of these meant? --idle-timeout\n",
                        "{good}",
                        "--timeout",
                        "3s"),
                new Mistake(
                        "an option of another command",
                        2,
                        "Unknown option: '--up-to'\n--up-to is an option of probe, init.\n",
                        "{good}",
                        "--up-to",
                        "3s"),
                new Mistake(
                        "the arguments of the slow tool without its name",
                        2,
                        "--slow-tool': it must have the form NAME={",
                        "{good}",
                        "--slow-tool={\"milliseconds\":2500}"),
                new Mistake(
                        "a command that is not told its port",
                        3,
                        ". The command has no {port}: does the server read MCP_PORT from its environment?",
                        "--launch=sh -c 'exec sleep 60'",
                        "--start-within=300ms"),
                new Mistake(
                        "an HTML report to compare",
                        2,
                        "notes.txt is not JSON: give what --json has written",
                        "diff",
                        "{folder}/notes.txt",
                        "{folder}/report.json"),
                new Mistake(
                        "a target file to compare",
                        2,
                        "good.json is no report",
                        "diff",
                        "{folder}/report.json",
                        "{folder}/good.json"),
                new Mistake(
                        "the report before the rule",
                        2,
                        "the rule comes first, then the report: rerun post-404 {folder}/report.json",
                        "rerun",
                        "{folder}/report.json",
                        "post-404"),
                new Mistake("an area without its option", 2, "Is --area termination meant?", "list", "termination"),
                new Mistake("a rule without its option", 2, "Is --rule post-404 meant?", "{good}", "post-404"),
                new Mistake("a rule in place of a URL", 2, "Is --rule idle/ping-extends meant?", "idle/ping-extends"),
                new Mistake("a port without its option", 2, "Is --port 8080 meant?", "serve", "8080"),
                new Mistake(
                        "a file of words that there is not",
                        2,
                        "There is no file nofile, whose words @nofile would stand for.",
                        "@nofile"),
                new Mistake(
                        "an area that takes time, quickly",
                        4,
                        "--quick leaves out those that let time pass.",
                        "{good}",
                        "--quick",
                        "--area=idle"),
                new Mistake(
                        "every rule to explain", 4, "There is no rule 'all'; see the list of rules", "explain", "all"),
                new Mistake(
                        "a report in place of a baseline",
                        2,
                        "report.json: this is no baseline",
                        "{good}",
                        "--baseline={folder}/report.json"),
                new Mistake(
                        "a report in place of a trace", 2, "report.json is no trace", "judge", "{folder}/report.json"),
                new Mistake("a node alone", 2, "one node alone shows nothing; give two or more", "--node={good}"),
                new Mistake(
                        "an option for the value of another",
                        2,
                        "Expected parameter for option '--html' but found '--quick'",
                        "{good}",
                        "--html",
                        "--quick"),
                new Mistake("a folder for a report", 2, "is a directory", "{good}", "--html={folder}"),
                new Mistake(
                        "a fault that there is not",
                        2,
                        "--inject: '404' is none of 404-once, 503, cut",
                        "record",
                        "{good}",
                        "--listen=0",
                        "--inject=404"),
                new Mistake("a recorder without a port", 2, "'--listen=PORT'", "record", "{good}"),
                new Mistake(
                        "a client to start and to wait for",
                        2,
                        "Give the client to judge, after -- or with --client, or --listen, and no two of them",
                        "client",
                        "--listen=0",
                        "--client=true"),
                new Mistake(
                        "the host of a container that has an underscore",
                        2,
                        "has an underscore in the name of its host",
                        "http://my_server:8000/mcp"),
                new Mistake(
                        "a report where there is no folder",
                        2,
                        "--html: the file cannot be written: there is no directory",
                        "{good}",
                        "--html={folder}/none/r.html"),
                new Mistake(
                        "a baseline that there is not",
                        2,
                        "there is no file",
                        "{good}",
                        "--baseline={folder}/none.json"),
                new Mistake(
                        "a baseline that is none",
                        2,
                        "notes.txt is not JSON",
                        "{good}",
                        "--baseline={folder}/notes.txt"),
                // ---- one file for two things ----
                new Mistake(
                        "two reports to one file",
                        2,
                        "--json and --html name the same file, {folder}/a.out: one report would replace the other.",
                        "{good}",
                        "--json={folder}/a.out",
                        "--html={folder}/a.out"),
                new Mistake(
                        "two reports to one file by two names",
                        2,
                        "--sarif and --markdown name the same file, {folder}/a.out and {folder}/./a.out",
                        "{good}",
                        "--markdown={folder}/./a.out",
                        "--sarif={folder}/a.out"),
                new Mistake(
                        "two reports to one stream",
                        2,
                        "--json and --junit-xml name the same file",
                        "{good}",
                        "--json=/dev/stdout",
                        "--junit-xml=/dev/stdout"),
                new Mistake(
                        "two reports to one file, through a link",
                        2,
                        "--json and --html name the same file, {folder}/base.json and {folder}/link.json",
                        "{good}",
                        "--html={folder}/link.json",
                        "--json={folder}/base.json"),
                new Mistake(
                        "a report to the target file",
                        2,
                        "--target and --har name the same file, {folder}/good.json: the report would replace what is "
                                + "read.",
                        "--target={folder}/good.json",
                        "--har={folder}/good.json"),
                new Mistake(
                        "a report to the trace that is judged",
                        2,
                        "TRACE and --json name the same file, {folder}/trace.json",
                        "judge",
                        "{folder}/trace.json",
                        "--json={folder}/trace.json"),
                new Mistake(
                        "a recording to its own report",
                        2,
                        "--junit-xml and --save name the same file",
                        "record",
                        "{good}",
                        "--listen=0",
                        "--save={folder}/x",
                        "--junit-xml={folder}/x"),
                new Mistake(
                        "changes to one of the reports",
                        2,
                        "A.json and --markdown name the same file",
                        "diff",
                        "{folder}/report.json",
                        "{folder}/report.json",
                        "--markdown={folder}/report.json"),
                new Mistake(
                        "the exchanges to the report that is repeated",
                        2,
                        "REPORT and --har name the same file",
                        "rerun",
                        "post-404",
                        "{folder}/report.json",
                        "--har={folder}/report.json"),
                // ---- headers that are the kit's ----
                new Mistake(
                        "a session id of one's own",
                        2,
                        "Mcp-Session-Id cannot be given: the kit opens sessions of its own",
                        "{good}",
                        "--header=Mcp-Session-Id: x"),
                new Mistake(
                        "a revision as a header",
                        2,
                        "choose some with --revision",
                        "{good}",
                        "--other-header=MCP-Protocol-Version: 2025-06-18"),
                new Mistake(
                        "a content type",
                        2,
                        "content-type cannot be given: the kit sends it itself",
                        "probe",
                        "{good}",
                        "--header=content-type: text/plain"),
                new Mistake(
                        "a host",
                        2,
                        "Host cannot be given: HTTP sets it for each request",
                        "{good}",
                        "--header=Host: example.org"),
                new Mistake(
                        "compressed replies",
                        2,
                        "the kit neither sends nor reads bodies that are compressed",
                        "{good}",
                        "--header=Accept-Encoding: gzip"),
                new Mistake(
                        "a session id in a file of headers",
                        2,
                        "line 1: Mcp-Session-Id cannot be given",
                        "{good}",
                        "--header-file={folder}/headers.txt"),
                new Mistake(
                        "a revision in the headers of a target file",
                        2,
                        "mcp-protocol-version cannot be given",
                        "--target={folder}/headers.json"),
                // ---- names of rules ----
                new Mistake(
                        "a rule to run again that the report has no verdict on",
                        2,
                        "report.json has no verdict on idle/ping-extends: that run did not judge by it, but by "
                                + "termination/post-404.",
                        "rerun",
                        "ping-extends",
                        "{folder}/report.json"),
                new Mistake(
                        "a slip in the name of a rule to run again",
                        4,
                        "There is no rule 'post-405'; is termination/post-404 meant?",
                        "rerun",
                        "post-405",
                        "{folder}/report.json"),
                new Mistake(
                        "a revision to run again that there is not",
                        4,
                        "There is no revision '2025-11-24'; there are 2025-03-26",
                        "rerun",
                        "post-404",
                        "{folder}/report.json",
                        "--revision=2025-11-24"),
                new Mistake(
                        "a rule for clients to run again",
                        2,
                        "is a rule for clients: run it with client --rule client/delete-at-end",
                        "rerun",
                        "delete-at-end",
                        "{folder}/report.json"),
                new Mistake(
                        "an area in place of a rule",
                        4,
                        "'idle' is an area, not a rule: its rules are 'idle/*', and listed by: list --area idle",
                        "{good}",
                        "--rule=idle"),
                new Mistake("an area to explain", 4, "'termination' is an area, not a rule", "explain", "termination"),
                new Mistake(
                        "a rule for clients to judge a server by",
                        4,
                        "'client/delete-at-end' is a rule for clients, by which this command does not judge; client "
                                + "does.",
                        "{good}",
                        "--require-judged=delete-at-end"),
                new Mistake(
                        "a rule for servers to judge a client by",
                        4,
                        "'termination/post-404' is a rule for servers",
                        "client",
                        "--rule=post-404",
                        "--client=true"),
                new Mistake(
                        "an option for servers to judge a client by",
                        2,
                        "Unknown option: '--no-disruptive'",
                        "client",
                        "--no-disruptive",
                        "--client=true"),
                // ---- the reference server ----
                new Mistake(
                        "a port that is in use",
                        2,
                        "mcp-session-conformance serve: port {goodPort} on 127.0.0.1 is in use already",
                        "serve",
                        "--port={goodPort}"),
                new Mistake(
                        "sessions that expire at once",
                        2,
                        "mcp-session-conformance serve: --idle-timeout must be positive, but is 0 ms",
                        "serve",
                        "--port=0",
                        "--idle-timeout=0s"),
                new Mistake("a slip in a target file", 2, "unknown field idleTimout", "--target={folder}/slip.json"),
                new Mistake(
                        "a target file that is there already",
                        2,
                        "is there already; --force replaces it",
                        "init",
                        "{folder}/there.json",
                        "--url={good}"));
    }

    @TestFactory
    Stream<DynamicTest> mistakesAreTold() {
        return mistakes().stream().map(m -> DynamicTest.dynamicTest(m.what(), () -> check(m)));
    }

    private static void check(Mistake mistake) {
        var out = new ByteArrayOutputStream();
        var utf8 = StandardCharsets.UTF_8;
        var stream = new PrintStream(out, true, utf8);
        var arguments = Arrays.stream(mistake.arguments())
                .map(TypicalMistakesTest::filled)
                .toArray(String[]::new);
        int status = Cli.execute(new Io(stream, stream, utf8, false, Map.of(), false), arguments);
        var text = out.toString(utf8);
        assertTrue(text.contains(filled(mistake.message())), text);
        assertEquals(mistake.status(), status, text);
        assertFalse(text.contains("\tat "), text);
        assertFalse(text.contains("Exception"), text);
    }

    private static String run(String... arguments) {
        var out = new ByteArrayOutputStream();
        var utf8 = StandardCharsets.UTF_8;
        var stream = new PrintStream(out, true, utf8);
        Cli.execute(
                new Io(stream, stream, utf8, false, Map.of(), false),
                Arrays.stream(arguments).map(TypicalMistakesTest::filled).toArray(String[]::new));
        return out.toString(utf8);
    }

    @Test
    void aRuleIsRunAgainByItsNameAlone() {
        var text = run("rerun", "post-404", "{folder}/report.json", "--revision=2025-11-25");
        assertTrue(text.contains("Before  2025-11-25  PASS"), text);
        assertTrue(text.contains("Conforms"), text);
    }

    @Test
    void aDeadlineThatIsOverAtOnceSaysSo() {
        var text = run("{good}", "--rule=post-404", "--deadline=1ms");
        assertTrue(text.contains("the deadline was over (--deadline)"), text);
        assertFalse(text.contains("had not started"), text);
    }

    @Test
    void aWidthThatNoTerminalHasIsBounded() {
        for (var columns : List.of("99999999999", "2147483647", "501", "39", "0", "-5", "wide")) {
            var io = new Io(System.out, System.err, StandardCharsets.UTF_8, false, Map.of("COLUMNS", columns), false);
            int width = OutputOptions.width(io);
            assertTrue(width >= 40 && width <= 500, columns + " gives " + width);
        }
    }

    @Test
    void whatIsRefusedFitsTheTerminal() {
        var bytes = new ByteArrayOutputStream();
        var utf8 = StandardCharsets.UTF_8;
        var stream = new PrintStream(bytes, true, utf8);
        int status = Cli.execute(
                new Io(stream, stream, utf8, false, Map.of("COLUMNS", "60"), false),
                "--header=Mcp-Session-Id: x",
                "http://127.0.0.1:1/mcp");
        assertEquals(2, status);
        var text = bytes.toString(utf8);
        assertTrue(text.lines().allMatch(line -> line.length() <= 60), text);
        assertTrue(text.replaceAll("\\s+", " ").contains("the rules judge what becomes of their ids See"), text);
    }

    @Test
    void nothingIsLostInDevNull() {
        var text = run("{good}", "--rule=post-404", "--json=/dev/null", "--html=/dev/null");
        assertTrue(text.contains("Conforms"), text);
    }

    @Test
    void eachRuleOfAPatternIsExplained() {
        var text = run("explain", "termination/*-404");
        assertTrue(text.contains("termination/post-404\n") && text.contains("termination/get-404\n"), text);
    }

    @Test
    void theStatementOfARuleStandsOnce() {
        for (var id : new RuleIds()) {
            var text = run("explain", id).replaceAll("\\s+", " ");
            var title = Selection.find(id, new RuleJars().withClients()).title() + ".";
            assertEquals(text.indexOf(title), text.lastIndexOf(title), text);
        }
    }

    private static String filled(String text) {
        return Pattern.compile("\\{(\\w+)}")
                .matcher(text)
                .replaceAll(m -> Matcher.quoteReplacement(NAMES.getOrDefault(m.group(1), m.group())));
    }
}
