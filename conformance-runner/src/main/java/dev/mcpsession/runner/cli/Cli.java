package dev.mcpsession.runner.cli;

import dev.mcpsession.server.cli.ServeCommand;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line of the kit. */
@Command(name = "mcp-session-conformance", mixinStandardHelpOptions = true, sortOptions = false,
        versionProvider = Cli.Version.class, subcommandsRepeatable = false,
        subcommands = {RunCommand.class, ListCommand.class, ExplainCommand.class, ServeCommand.class},
        description = "Judges how a server of the Model Context Protocol handles sessions over Streamable HTTP.",
        commandListHeading = "%nCommands%n",
        exitCodeListHeading = "%nExit status%n",
        exitCodeList = {
            "0:The server conforms.",
            "1:It does not: a MUST or a CONTRACT is broken, or the baseline does not hold.",
            "2:The kit was called in a way that cannot work.",
            "3:The server could not be judged, or not whole.",
            "4:No rule was selected."
        },
        footerHeading = "%nExamples%n",
        footer = {
            "  Judge the reference server, which conforms:",
            "    java -jar mcp-session-conformance.jar",
            "  Judge a server that runs:",
            "    java -jar mcp-session-conformance.jar http://127.0.0.1:8000/mcp --idle-timeout 2s",
            "  Start a server and judge it, its configuration included:",
            "    java -jar mcp-session-conformance.jar --launch 'python server.py --port {port}'"
        })
public final class Cli implements Callable<Integer> {
    @Mixin
    RunOptions options = new RunOptions();

    @Override
    public Integer call() throws Exception {
        return RunCommand.run(options);
    }

    /**
     * Runs a command line.
     *
     * @return the exit status
     */
    public static int execute(String... arguments) {
        var line = new CommandLine(new Cli());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(Cli::refused);
        line.setExecutionExceptionHandler((failure, command, result) -> failed(failure, command));
        return line.execute(arguments);
    }

    private static int refused(ParameterException failure, String[] arguments) {
        var command = failure.getCommandLine();
        command.getErr().println(name(command) + ": " + failure.getMessage());
        if (failure instanceof UnmatchedArgumentException unmatched) {
            UnmatchedArgumentException.printSuggestions(unmatched, command.getErr());
        }
        command.getErr().println("See " + name(command) + " --help.");
        return ExitStatus.MISUSE;
    }

    private static int failed(Exception failure, CommandLine command) {
        var err = command.getErr();
        if (failure instanceof Misuse) {
            err.println(name(command) + ": " + failure.getMessage());
            return ExitStatus.MISUSE;
        }
        if (failure instanceof NothingSelected) {
            err.println(name(command) + ": " + failure.getMessage());
            return ExitStatus.NOTHING_SELECTED;
        }
        err.println(name(command) + ": the kit itself failed, which says nothing of the server:");
        failure.printStackTrace(err);
        return ExitStatus.NOT_JUDGED;
    }

    private static String name(CommandLine command) {
        return command.getCommandSpec().qualifiedName();
    }

    /** The version, from the manifest of the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            var version = Cli.class.getPackage().getImplementationVersion();
            return new String[] {"mcp-session-conformance " + (version == null ? "dev" : version)};
        }
    }
}
