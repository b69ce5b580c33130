package dev.mcpsession.runner.cli.command;

import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.console.NothingSelectedException;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.judge.Selection;
import dev.mcpsession.runner.cli.option.OutputOptions;
import dev.mcpsession.runner.cli.option.RunOptions;
import dev.mcpsession.runner.report.text.Screen;
import dev.mcpsession.server.cli.HelpTexts;
import dev.mcpsession.server.cli.ServeCommand;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line of the kit. */
@Command(
        name = "mcp-session-conformance",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = Cli.Version.class,
        subcommandsRepeatable = false,
        customSynopsis = {
            "mcp-session-conformance [URL|--launch COMMAND|--target FILE] [OPTIONS]",
            "mcp-session-conformance (list | explain RULE | probe [URL] | init [FILE]) [OPTIONS]",
            "mcp-session-conformance (serve | completion SHELL) [OPTIONS]",
            "mcp-session-conformance (diff A.json B.json | rerun RULE REPORT) [OPTIONS]",
            "mcp-session-conformance (client -- COMMAND | record URL | judge TRACE) [OPTIONS]%n"
        },
        description = "Judges how a server of the Model Context Protocol handles sessions over Streamable HTTP.",
        commandListHeading = "%nCommands%n",
        exitCodeListHeading = "%nExit status%n",
        exitCodeList = {
            "0:The server conforms.",
            "1:It does not: a MUST or a CONTRACT is broken, or the baseline does not hold.",
            "2:The kit was called in a way that cannot work.",
            "3:The server could not be judged, or not completely; or it conforms, but a report could not be written.",
            "4:No rule was selected.",
            "130:It was interrupted (Ctrl-C), and told what it had found so far; 143 when it was told to end."
        },
        footerHeading = "%nExamples%n",
        footer = {
            "  Judge the reference server, which conforms:",
            "    java -jar mcp-session-conformance.jar",
            "  Judge a server that runs:",
            "    java -jar mcp-session-conformance.jar http://127.0.0.1:8000/mcp --idle-timeout 2s",
            "  Find out the settings of a server:",
            "    java -jar mcp-session-conformance.jar probe http://127.0.0.1:8000/mcp",
            "  Start a server and judge it, its configuration included:",
            "    java -jar mcp-session-conformance.jar --launch 'python server.py --port {port}'"
        })
public final class Cli implements Callable<Integer> {
    @Mixin
    RunOptions options = new RunOptions();

    /** Of a help text, where the output is no terminal, or one that does not tell its width. */
    private static final int USUAL_HELP_WIDTH = 80;

    private static final int MIN_HELP_WIDTH = 55;
    private static final int MAX_HELP_WIDTH = 100;

    /** The commands, each with what it has around it, in the order of the help text. */
    private static final Map<String, Function<Io, Object>> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("run", RunCommand::new);
        COMMANDS.put("list", ListCommand::new);
        COMMANDS.put("explain", ExplainCommand::new);
        COMMANDS.put("probe", ProbeCommand::new);
        COMMANDS.put("init", InitCommand::new);
        COMMANDS.put("client", ClientCommand::new);
        COMMANDS.put("record", RecordCommand::new);
        COMMANDS.put("judge", JudgeCommand::new);
        COMMANDS.put("diff", DiffCommand::new);
        COMMANDS.put("rerun", RerunCommand::new);
        COMMANDS.put("field", FieldCommand::new);
        COMMANDS.put("serve", io -> new ServeCommand());
        COMMANDS.put("completion", io -> new CompletionCommand());
    }

    /** Words of a command line that may show every command, or stand for words in a file, where any may be. */
    private static final Predicate<String> NEEDS_ALL =
            Pattern.compile("--help|-[A-Za-z]*h[A-Za-z]*|completion|@.*").asMatchPredicate();

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

    static int execute(Io io, String... given) {
        var arguments = withHelpAsOption(given);
        var line = new CommandLine(new Cli(io));
        // Reading what options a command has takes a while, so only those join that are named or shown.
        var words = List.of(arguments);
        boolean all = words.stream().anyMatch(NEEDS_ALL);
        COMMANDS.forEach((name, command) -> {
            if (all || words.contains(name)) {
                line.addSubcommand(name, command.apply(io));
            }
        });
        // The text below the synopsis tells of each option, one by one; picocli would break the line within them.
        line.getSubcommands()
                .values()
                .forEach(command -> command.getCommandSpec().usageMessage().abbreviateSynopsis(true));
        HelpTexts.layOut(line);
        line.setOut(new PrintWriter(io.out(), true, io.charset()));
        line.setErr(new PrintWriter(io.err(), true, io.charset()) {
            @Override
            public void println(String text) {
                say(io, text);
            }
        });
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpWidth(helpWidth(io));
        line.setParameterExceptionHandler((failure, read) -> refused(io, failure, read));
        line.setExecutionExceptionHandler((failure, command, result) -> failed(io, failure, command));
        return line.execute(arguments);
    }

    /** Takes {@code help} and {@code help COMMAND} as {@code --help} and {@code COMMAND --help}. */
    private static String[] withHelpAsOption(String... arguments) {
        if (arguments.length == 0 || !arguments[0].equals("help")) {
            return arguments;
        }
        return Stream.concat(Arrays.stream(arguments).skip(1), Stream.of("--help"))
                .toArray(String[]::new);
    }

    private static int helpWidth(Io io) {
        boolean told = io.terminal() || io.environment().containsKey("COLUMNS");
        return told ? Math.max(MIN_HELP_WIDTH, Math.min(MAX_HELP_WIDTH, OutputOptions.width(io))) : USUAL_HELP_WIDTH;
    }

    private static int refused(Io io, ParameterException failure, String... arguments) {
        var command = failure.getCommandLine();
        var slips = UnknownOptions.of(failure, arguments);
        if (slips.isPresent()) {
            say(io, name(command) + ": " + slips.get().message());
            slips.get().hints(command, allCommands(io)).forEach(hint -> say(io, hint));
        } else {
            say(io, name(command) + ": " + failure.getMessage());
            if (failure instanceof UnmatchedArgumentException unmatched
                    && unmatched.getUnmatched().get(0).matches("https?://.*")) {
                say(
                        io,
                        "One URL is judged at a time: give several servers as target files, with --target, and the"
                                + " nodes of one server with --node.");
            }
            Slips.hint(failure).ifPresent(hint -> say(io, hint));
            var values = values(failure.getArgSpec());
            if (!values.isEmpty()) {
                nearest(failure.getValue(), values).ifPresent(value -> say(io, "Is " + value + " meant?"));
            } else if (failure.getArgSpec() == null || failure.getArgSpec().isPositional()) {
                meant(failure).ifPresent(name -> say(io, "Is the command '" + name + "' meant?"));
            }
        }
        say(io, "See " + name(command) + " --help.");
        return ExitStatus.MISUSE;
    }

    /** Every command by its name; that takes a while, and is for errors only. */
    private static Map<String, CommandLine> allCommands(Io io) {
        var all = new LinkedHashMap<String, CommandLine>();
        COMMANDS.forEach((name, command) -> all.put(name, new CommandLine(command.apply(io))));
        return all;
    }

    /** Prints to the standard error, in lines that fit a terminal. */
    private static void say(Io io, String text) {
        var screen = new OutputOptions().err(io);
        text.lines().forEach(line -> screen.line(Screen.foreign(line)));
    }

    /** The command that a word which is no URL may stand for. */
    private static Optional<String> meant(ParameterException failure) {
        var word = failure.getValue();
        return word == null || word.contains("/") || word.contains(":")
                ? Optional.empty()
                : nearest(word, COMMANDS.keySet());
    }

    /** The words that an option takes, where they are fixed; else none. */
    private static List<String> values(@Nullable ArgSpec argument) {
        if (argument == null) {
            return List.of();
        }
        var values = new ArrayList<String>();
        if (argument.completionCandidates() != null) {
            argument.completionCandidates().forEach(values::add);
        } else if (argument.type().isEnum()) {
            Arrays.stream(argument.type().getEnumConstants())
                    .map(String::valueOf)
                    .forEach(values::add);
        }
        return values;
    }

    /** The word that differs from another in at most two letters, if there is one. */
    static Optional<String> nearest(@Nullable String word, Collection<String> among) {
        if (word == null) {
            return Optional.empty();
        }
        var small = word.toLowerCase(Locale.ROOT);
        return among.stream()
                .filter(name -> Selection.distance(name.toLowerCase(Locale.ROOT), small) <= 2)
                .min(Comparator.comparingInt(name -> Selection.distance(name.toLowerCase(Locale.ROOT), small)));
    }

    private static int failed(Io io, Exception failure, CommandLine command) {
        if (failure instanceof UsageException) {
            say(io, name(command) + ": " + failure.getMessage());
            return ExitStatus.MISUSE;
        }
        if (failure instanceof NothingSelectedException) {
            say(io, name(command) + ": " + failure.getMessage());
            return ExitStatus.NOTHING_SELECTED;
        }
        say(io, name(command) + ": the kit itself failed, which says nothing of the server:");
        failure.printStackTrace(command.getErr());
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
