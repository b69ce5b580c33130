package dev.mcpsession.runner.cli.option;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.target.SlowTool;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Everything that a run can be told. */
public final class RunOptions {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "URL",
            converter = Converters.Url.class,
            description = "The MCP endpoint of a server that runs. Without it, and without --launch or --target, the "
                    + "reference server is started and judged.")
    public @Nullable URI url;

    @ArgGroup(validate = false, heading = "%nThe server%n", order = 1)
    public Server server = new Server();

    @ArgGroup(validate = false, heading = "%nThe rules%n", order = 2)
    public ServerSelectionOptions selection = new ServerSelectionOptions();

    @ArgGroup(validate = false, heading = "%nReports%n", order = 3)
    public ServerReporting reporting = new ServerReporting();

    @ArgGroup(validate = false, heading = "%nManners%n", order = 4)
    public Manners manners = new Manners();

    @Mixin
    public RuleJars jars = new RuleJars();

    @Mixin
    public OutputOptions output = new OutputOptions();

    /** The server under test. */
    public static final class Server {
        @Option(
                names = "--idle-timeout",
                paramLabel = "TIME",
                converter = Converters.Positive.class,
                order = 1,
                description = "How long a session may be idle before the server ends it, such as 500ms, 2s or 1m. "
                        + "Needed for the rules about idle sessions.")
        public Duration idleTimeout;

        @Option(
                names = "--reap-lag",
                paramLabel = "TIME",
                converter = Converters.NotNegative.class,
                order = 2,
                description = "How late the server may end it. Default: twice the timeout, at least 1s.")
        public Duration reapLag;

        @Option(
                names = "--slow-tool",
                paramLabel = "NAME[=JSON]",
                converter = Converters.Slow.class,
                order = 3,
                description = "A tool that takes longer than the idle timeout, and its arguments, such as "
                        + "'sleep={\"milliseconds\":2500}'. The name alone calls it without arguments.")
        public SlowTool slowTool;

        @Option(
                names = "--slow-tool-takes",
                paramLabel = "TIME",
                converter = Converters.Positive.class,
                order = 3,
                description = "How long a call of that tool takes on the server at least, such as 2500ms. Lets the kit "
                        + "prove that a session was ended too early after such a call.")
        public Duration slowToolTakes;

        @Option(
                names = "--header",
                paramLabel = "'NAME: VALUE'",
                converter = Converters.HeaderLine.class,
                order = 4,
                description = "A header to send with every request; repeatable. $${TOKEN} in it stands for the "
                        + "environment variable TOKEN. Never shown.")
        public List<Header> headers = new ArrayList<>();

        @Option(
                names = "--other-header",
                paramLabel = "'NAME: VALUE'",
                converter = Converters.HeaderLine.class,
                order = 5,
                description = "The same for a second user. Needed for the rules about ownership.")
        public List<Header> otherHeaders = new ArrayList<>();

        @Option(
                names = "--header-file",
                paramLabel = "FILE",
                order = 5,
                description =
                        "Headers from a file, 'NAME: VALUE' on each line: other users of this machine can see the "
                                + "command line.")
        public Path headerFile;

        @Option(
                names = "--other-header-file",
                paramLabel = "FILE",
                order = 5,
                description = "The same for the second user.")
        public Path otherHeaderFile;

        @Option(
                names = "--launch",
                paramLabel = "COMMAND",
                order = 6,
                description = "Start the server with this command, instead of a URL. Words are split as a shell does; "
                        + "{port}, {idleTimeoutMs}, {idleTimeoutSeconds} and {stateless} are filled in, and set as "
                        + "MCP_PORT, MCP_IDLE_TIMEOUT_MS, MCP_IDLE_TIMEOUT_SECONDS and MCP_STATELESS. Words in [ ] are "
                        + "left out where no timeout is set. Needed for the rules about configuration.")
        public String launch;

        @Option(
                names = "--url",
                paramLabel = "URL",
                order = 7,
                description = "Where a launched server serves. Default: " + Server.DEFAULT_URL)
        public String url;

        @Option(
                names = "--start-within",
                paramLabel = "TIME",
                converter = Converters.Positive.class,
                order = 8,
                description = "How long a launched server may take until it answers. Default: 20s.")
        public Duration startWithin;

        @Option(
                names = "--node",
                paramLabel = "URL",
                converter = Converters.Url.class,
                order = 9,
                description = "A node of a server that runs as several, as it is reached directly; repeatable. Needed "
                        + "for the rules about several nodes. The other rules judge the URL, or else the first node.")
        public List<URI> nodes = new ArrayList<>();

        @Option(
                names = "--replicas-behind",
                order = 9,
                description = "Several nodes serve behind the one URL: every request of the rules about several nodes "
                        + "goes over a connection of its own.")
        public boolean replicasBehind;

        @Option(
                names = "--nodes",
                paramLabel = "N",
                converter = Converters.Count.class,
                order = 9,
                description = "With --launch, start so many nodes; {node} in the command, and MCP_NODE, are their "
                        + "numbers. Default: 3 where the command has {node} or {?node}, which leaves nothing, else 1.")
        public Integer nodeCount;

        @Option(
                names = "--store-command",
                paramLabel = "COMMAND",
                order = 9,
                description = "Disturb the store of the sessions with this command: {action} is stop, start, pause or "
                        + "resume. It returns when that is done, with a status other than 0 if it cannot do that.")
        public String storeCommand;

        @Option(
                names = "--target",
                paramLabel = "FILE|FOLDER",
                order = 9,
                description =
                        "Take all this from a JSON file; options given here win. Repeatable, and may be a folder: then "
                                + "its files target*.json, also those in its subfolders. Several servers are judged "
                                + "one after "
                                + "another, and every report compares them.")
        public List<Path> targets = new ArrayList<>();

        @Option(
                names = "--cacert",
                paramLabel = "FILE",
                order = 10,
                description = "Trust the authority whose certificate is in this PEM file, and no other.")
        public Path cacert;

        @Option(names = "--insecure", order = 11, description = "Trust any certificate.")
        public boolean insecure;

        @Option(
                names = "--proxy",
                paramLabel = "URL",
                order = 12,
                description =
                        "Reach the server through this HTTP proxy, such as http://USER:PASSWORD@proxy.example:3128, "
                                + "or through none. Default: what HTTP_PROXY, HTTPS_PROXY and NO_PROXY say; never "
                                + "for this machine.")
        public String proxy;

        public static final String DEFAULT_URL = "http://127.0.0.1:{port}/mcp";
    }

    /** The reports to write. */
    public static class Reporting {
        @Option(
                names = "--json",
                paramLabel = "FILE",
                order = 40,
                description =
                        "Write everything that was found as JSON; see REPORT.md. With - for the file, here or with "
                                + "another report, that goes to the standard output, and all else to the "
                                + "standard error.")
        public Path json;

        @Option(
                names = "--junit-xml",
                paramLabel = "FILE",
                order = 41,
                description = "Write the verdicts as JUnit XML.")
        public Path junitXml;

        @Option(
                names = "--har",
                paramLabel = "FILE",
                order = 41,
                description = "Write the exchanges as an HTTP archive, a page for each rule and revision. Best with "
                        + "--rule.")
        public Path har;

        @Option(
                names = "--sarif",
                paramLabel = "FILE",
                order = 41,
                description = "Write the violations as SARIF 2.1.0, what code scanning reads.")
        public Path sarif;

        @Option(
                names = "--markdown",
                paramLabel = "FILE",
                order = 41,
                description =
                        "Write the violations as GitHub Markdown, less than 1 MiB, such as for the summary of a CI "
                                + "step: \"$GITHUB_STEP_SUMMARY\".")
        public Path markdown;

        @Option(
                names = "--html",
                paramLabel = "FILE",
                order = 41,
                description =
                        "Write everything for reading as one HTML file that needs no network: filters, exchanges, "
                                + "timelines, notes.")
        public Path html;

        @Option(
                names = "--baseline",
                paramLabel = "FILE",
                order = 42,
                description =
                        "Verdicts that are known: any other violation fails the run, and so does an entry that no "
                                + "longer holds. With several targets, a folder that has NAME.json for each. "
                                + "Default: what the "
                                + "target file names.")
        public Path baseline;

        @Option(
                names = "--fail-on",
                paramLabel = "VERDICT",
                order = 44,
                description = "From which verdict on the exit status is 1: fail or warn. Default: fail.")
        public FailOn failOn = FailOn.FAIL;

        @Option(
                names = "--require-judged",
                paramLabel = "ID",
                split = ",",
                order = 44,
                completionCandidates = RuleIds.class,
                description = "The exit status is 3 unless the rules with these ids were judged, as far as they apply, "
                        + "and at least one of them was; patterns as for --rule.")
        public List<String> requireJudged = new ArrayList<>();

        @Option(
                names = "--write-baseline",
                paramLabel = "FILE",
                order = 43,
                description =
                        "Record the violations of this run as known. Reasons that the file gives already are kept. "
                                + "With "
                                + "several targets, a folder.")
        public Path writeBaseline;

        @Option(
                names = "--baseline-all",
                order = 44,
                description = "With --write-baseline: record every verdict but PASS, so that any change shows.")
        public boolean baselineAll;

        @Option(
                names = {"-q", "--quiet"},
                order = 45,
                description = "Show only what is wrong, and the outcome.")
        public boolean quiet;

        @Option(
                names = {"-v", "--verbose"},
                order = 46,
                description = "Show the exchanges of every rule.")
        public boolean verbose;

        /** The reports to write; null for those that were not asked for. */
        public @Nullable Path[] reports() {
            return new Path[] {json, junitXml, har, sarif, markdown, html};
        }
    }

    /** The reports of a run that judges a server. */
    public static final class ServerReporting extends Reporting {
        @Option(
                names = "--live",
                order = 46,
                description = "Show each exchange as it happens. Best with --rule: rules run side by side.")
        public boolean live;
    }

    /** How the kit treats the server. */
    public static final class Manners {
        @Option(
                names = "--patience",
                paramLabel = "TIME",
                converter = Converters.Positive.class,
                order = 50,
                description = "How long to wait for an answer that should come at once. Default: 10s.")
        public Duration patience;

        @Option(
                names = "--max-silence",
                paramLabel = "TIME",
                converter = Converters.Positive.class,
                order = 50,
                description =
                        "How long to wait in all for replies that do not come, or not in full: then the run ends, and "
                                + "what was not judged is NOT_RUN. Default: 2.5 times the patience, so 25s.")
        public Duration maxSilence;

        @Option(
                names = "--rule-budget",
                paramLabel = "TIME",
                converter = Converters.Positive.class,
                order = 50,
                description =
                        "How long a rule may take in one revision, besides the idle timeouts and calls of the slow "
                                + "tool that it waits for: then it is INCONCLUSIVE. Default: 12 times the patience, "
                                + "so 2m.")
        public Duration ruleBudget;

        @Option(
                names = "--run-budget",
                paramLabel = "TIME",
                converter = Converters.Positive.class,
                order = 50,
                description = "How long a run may take where replies do not come, or not in full, for as long as the "
                        + "patience in all: then it ends, and what was not judged is NOT_RUN. It does not end a run "
                        + "on a server that is only slow; see --deadline. Default: 45s with --quick, else no limit.")
        public Duration runBudget;

        @Option(
                names = "--max-sessions",
                paramLabel = "N",
                converter = Converters.Count.class,
                order = 51,
                description = "How many sessions to hold open at once at most. Default: 64.")
        public Integer maxSessions;

        @Option(
                names = "--concurrency",
                paramLabel = "N",
                converter = Converters.Count.class,
                order = 52,
                description = "How many requests to have unanswered at once at most. Default: 32.")
        public Integer concurrency;

        @Option(
                names = "--max-requests-per-second",
                paramLabel = "N",
                converter = Converters.Rate.class,
                order = 52,
                description = "How many requests to send in a second at most. Lowers --max-sessions and --concurrency "
                        + "with it. Default: no limit.")
        public Double maxRequestsPerSecond;

        @Option(
                names = "--deadline",
                paramLabel = "TIME",
                converter = Converters.Positive.class,
                order = 52,
                description = "End after so long, such as 5m: what was not judged by then is NOT_RUN, the reports are "
                        + "written, and the exit status is 3 unless a rule was found broken. Default: no limit.")
        public Duration deadline;

        @Option(names = "--stress", order = 53, description = "Put load on the server too.")
        public boolean stress;
    }
}
