package dev.mcpsession.runner.cli.command;

import dev.mcpsession.conformance.clients.ClientSuite;
import dev.mcpsession.conformance.clients.driver.CommandDriver;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.judge.ClientListening;
import dev.mcpsession.runner.cli.judge.JudgeClient;
import dev.mcpsession.runner.cli.option.ClientOptions;
import dev.mcpsession.runner.cli.option.Converters;
import dev.mcpsession.runner.cli.option.ShellWords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Judges a client. */
@Command(
        name = "client",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        customSynopsis = {
            "mcp-session-conformance client [OPTIONS] -- COMMAND...",
            "mcp-session-conformance client [OPTIONS] --client 'COMMAND'",
            "mcp-session-conformance client [OPTIONS] --listen PORT%n"
        },
        description =
                "Judges a client: runs the command with the URL of a server of the kit as its last argument, once "
                        + "for each of"
                        + " several servers, side by side. The command is told what to do by the environment "
                        + "variables of the official suite,"
                        + " MCP_CONFORMANCE_SCENARIO and MCP_CONFORMANCE_PROTOCOL_VERSION, and for what that has no "
                        + "scenario for by"
                        + " MCP_SESSION_STEPS; a command that knows the step server is"
                        + " started a few times only. With --listen, somebody else runs the client: the kit prints URLs"
                        + " to"
                        + " point it at.",
        exitCodeListHeading = "%nExit status%n",
        exitCodeList = {
            "0:The client conforms.",
            "1:It does not: a MUST or a CONTRACT is broken, or the baseline does not hold.",
            "2:The kit was called in a way that cannot work.",
            "3:The client could not be judged, or a report could not be written.",
            "4:No rule was selected.",
            "130:It was interrupted (Ctrl-C) while the client's command ran; with --listen, Ctrl-C is the usual end, "
                    + "and the status is one of the others."
        },
        footerHeading = "%nExamples%n",
        footer = {
            "  A driver that an SDK keeps for the official suite:",
            "    java -jar mcp-session-conformance.jar client -- npx tsx test/conformance/src/everythingClient.ts",
            "  One rule, with everything that was sent and received:",
            "    java -jar mcp-session-conformance.jar client --rule client/delete-at-end -v -- python client.py",
            "  An application with a window: enter the URL that is printed there, connect, and do what is said:",
            "    java -jar mcp-session-conformance.jar client --listen 9000"
        })
final class ClientCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..*",
            paramLabel = "COMMAND",
            description = "The client and its arguments; the URL is added as the last.")
    List<String> words = new ArrayList<>();

    @Option(names = "--client", paramLabel = "COMMAND", description = "The same as one line for the shell.")
    @Nullable
    String line;

    @Option(
            names = "--listen",
            paramLabel = "PORT",
            description =
                    "Run no command: print the URLs of servers on this port of loopback, one for each scenario and one"
                            + " that walks through all, judge any client that comes, and report when interrupted"
                            + " (Ctrl-C) or after --for. 0 for any port that is free.")
    @Nullable
    Integer port;

    @Option(
            names = "--for",
            paramLabel = "TIME",
            converter = Converters.Positive.class,
            description = "With --listen: end after so long.")
    @Nullable
    Duration span;

    @Option(
            names = "--client-timeout",
            paramLabel = "TIME",
            converter = Converters.Positive.class,
            description =
                    "How long one run of the client may take from its first request on; then it is ended. Default: "
                            + "30s.")
    Duration timeout = JudgeClient.USUAL_TIME;

    @Option(
            names = "--client-start-within",
            paramLabel = "TIME",
            converter = Converters.Positive.class,
            description = "How long it may take until its first request. Default: 1m.")
    Duration startWithin = Duration.ofMinutes(1);

    @Option(
            names = "--quick",
            description = "Only the rules that take no time: whose servers do not keep the client waiting for seconds.")
    boolean quick;

    @Mixin
    ClientOptions options = new ClientOptions();

    private final Io io;

    ClientCommand(Io io) {
        this.io = io;
    }

    @Override
    public Integer call() throws Exception {
        if ((words.isEmpty() ? 0 : 1) + (line == null ? 0 : 1) + (port == null ? 0 : 1) != 1) {
            throw new UsageException(
                    "Give the client to judge, after -- or with --client, or --listen, and no two of them.");
        }
        if (span != null && port == null) {
            throw new UsageException("--for belongs to --listen.");
        }
        if (quick) {
            options.selection.onlyQuick();
        }
        if (port != null) {
            return ClientListening.listen(port, span, options, io);
        }
        var command =
                line != null ? line : words.stream().map(ShellWords::quoted).collect(Collectors.joining(" "));
        try (var judging = new JudgeClient(options, io)) {
            judging.screen().status("running the client");
            var repeat = String.join(" ", ShellWords.program()) + " client --rule RULE --revision REVISION -v --client "
                    + ShellWords.quoted(command);
            return judging.judge(
                    ClientSuite.of(new CommandDriver(command, null))
                            .startWithin(startWithin)
                            .patience(timeout),
                    "client",
                    command,
                    repeat);
        }
    }
}
