package dev.mcpsession.runner.cli;

import dev.mcpsession.server.cli.ServeCommand;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line of the kit. */
@Command(name = "mcp-session-conformance", mixinStandardHelpOptions = true, sortOptions = false,
        versionProvider = Cli.Version.class, subcommandsRepeatable = false,
        subcommands = {RunCommand.class, ListCommand.class, ExplainCommand.class, ProbeCommand.class, InitCommand.class,
            ServeCommand.class, CompletionCommand.class},
        customSynopsis = {
            "mcp-session-conformance [URL | --launch COMMAND | --target FILE] [OPTIONS]",
            "mcp-session-conformance (list | explain RULE | probe [URL] | init [FILE] | serve | completion SHELL) [OPTIONS]%n"
        },
        description = "Judges how a server of the Model Context Protocol handles sessions over Streamable HTTP.",
        commandListHeading = "%nCommands%n",
        exitCodeListHeading = "%nExit status%n",
        exitCodeList = {
            "0:The server conforms.",
            "1:It does not: a MUST or a CONTRACT is broken, or the baseline does not hold.",
            "2:The kit was called in a way that cannot work.",
            "3:The server could not be judged, or not whole.",
            "4:No rule was selected.",
            "130:It was interrupted (Ctrl-C), and told what it had found so far; 143 when it was told to end."
        },
        footerHeading = "%nExamples%n",
        footer = {
            "  Judge the reference server, which conforms:",
            "    java -jar mcp-session-conformance.jar",
            "  Judge a server that runs:",
            "    java -jar mcp-session-conformance.jar http://127.0.0.1:8000/mcp --idle-timeout 2s",
            "  Find out what to tell the kit of it:",
            "    java -jar mcp-session-conformance.jar probe http://127.0.0.1:8000/mcp",
            "  Start a server and judge it, its configuration included:",
            "    java -jar mcp-session-conformance.jar --launch 'python server.py --port {port}'"
        })
public final class Cli implements Callable<Integer> {
    @Mixin
    RunOptions options = new RunOptions();

    private final Io io;

    private Cli(Io io) {
        this.io = io;
    }

    @Override
    public Integer call() throws Exception {
        return RunCommand.run(options, io);
    }

    /**
     * Runs a command line.
     *
     * @return the exit status
     */
    public static int execute(String... arguments) {
        return execute(Io.ofProcess(), arguments);
    }

    static int execute(Io io, String... arguments) {
        var line = new CommandLine(new Cli(io), new Commands(io));
        line.setOut(new PrintWriter(io.out(), true));
        line.setErr(new PrintWriter(io.err(), true));
        line.setUsageHelpWidth(100);
        line.setParameterExceptionHandler(Cli::refused);
        line.setExecutionExceptionHandler((failure, command, result) -> failed(failure, command));
        return line.execute(arguments);
    }

    /** Makes the commands, each with what it has around it. */
    private record Commands(Io io) implements IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            if (type == RunCommand.class) {
                return type.cast(new RunCommand(io));
            }
            if (type == ListCommand.class) {
                return type.cast(new ListCommand(io));
            }
            if (type == ExplainCommand.class) {
                return type.cast(new ExplainCommand(io));
            }
            if (type == InitCommand.class) {
                return type.cast(new InitCommand(io));
            }
            if (type == ProbeCommand.class) {
                return type.cast(new ProbeCommand(io));
            }
            return CommandLine.defaultFactory().create(type);
        }
    }

    private static int refused(ParameterException failure, String[] arguments) {
        var command = failure.getCommandLine();
        command.getErr().println(name(command) + ": " + failure.getMessage());
        if (failure instanceof UnmatchedArgumentException unmatched) {
            UnmatchedArgumentException.printSuggestions(unmatched, command.getErr());
        }
        meant(failure, command).ifPresent(name -> command.getErr().println("Is the command '" + name + "' meant?"));
        command.getErr().println("See " + name(command) + " --help.");
        return ExitStatus.MISUSE;
    }

    /** The command that a word which is no URL may stand for. */
    private static Optional<String> meant(ParameterException failure, CommandLine command) {
        var word = failure.getValue();
        return word == null || word.contains("/") || word.contains(":") ? Optional.empty()
                : command.getSubcommands().keySet().stream().filter(name -> Selection.distance(name, word) <= 2)
                        .min(Comparator.comparingInt(name -> Selection.distance(name, word)));
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
