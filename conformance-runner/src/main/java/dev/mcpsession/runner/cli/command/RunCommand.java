package dev.mcpsession.runner.cli.command;

import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.console.ServerLogs;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.judge.JudgeServer;
import dev.mcpsession.runner.cli.option.RunOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Judges a server. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Judges a server (the default command).",
        footerHeading = "%nExamples%n",
        footer = {
            "  A server that runs, with what the rules about time need to know:",
            "    java -jar mcp-session-conformance.jar run http://127.0.0.1:8000/mcp --idle-timeout 2s "
                    + "--reap-lag 500ms --slow-tool 'sleep={\"milliseconds\":5000}'",
            "  A remote one, with a credential from the environment, gently and for five minutes at most:",
            "    java -jar mcp-session-conformance.jar run https://mcp.example.org/mcp "
                    + "--header 'Authorization: Bearer $${TOKEN}' --max-requests-per-second 10 --deadline 5m",
            "  In CI, with what is known to be broken:",
            "    java -jar mcp-session-conformance.jar run --target target.json --baseline baseline.json "
                    + "--junit-xml report.xml --quiet"
        })
final class RunCommand implements Callable<Integer> {
    @Mixin
    RunOptions options = new RunOptions();

    private final Io io;

    RunCommand(Io io) {
        this.io = io;
    }

    @Override
    public Integer call() throws Exception {
        return run(options, io);
    }

    static int run(RunOptions options, Io io) throws Exception {
        if (options.reporting.quiet && options.reporting.verbose) {
            throw new UsageException("Give --quiet or --verbose, not both.");
        }
        if (io.ownProcess()) {
            CompilerSettings.ask();
        }
        ServerLogs.silence();
        return new JudgeServer(options, io, options.jars.catalogue()).judge();
    }
}
