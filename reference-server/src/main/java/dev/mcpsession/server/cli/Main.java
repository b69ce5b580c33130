package dev.mcpsession.server.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of this module by itself. */
@Command(
        name = "mcp-reference-server",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = ServeCommand.class,
        description = "An MCP server whose sessions are right.")
public final class Main implements Runnable {

    @Spec
    private CommandSpec spec;

    private Main() {}

    /** Runs the command line and ends the process with its exit status. */
    public static void main(String[] arguments) {
        var line = new CommandLine(new Main());
        HelpTexts.layOut(line);
        System.exit(line.execute(arguments));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "A command is required: serve");
    }
}
