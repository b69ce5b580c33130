package dev.mcpsession.runner.cli.command;

import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.cli.console.UsageException;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a completion script. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Prints a script that lets bash, zsh or fish complete commands, options and the ids of rules.",
        footerHeading = "%nExamples%n",
        footer = {
            "  In ~/.bashrc or ~/.zshrc, with a name for the program:",
            "    alias mcp-session-conformance='java -jar ~/mcp-session-conformance.jar'",
            "    source <(mcp-session-conformance completion bash)",
            "  In ~/.config/fish/config.fish, after such an alias:",
            "    mcp-session-conformance completion fish | source"
        })
final class CompletionCommand implements Callable<Integer> {
    /** The shells that can read the script; zsh does so in the way of bash. */
    enum Shell {
        bash,
        zsh,
        fish
    }

    @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}.")
    Shell shell;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "mcp-session-conformance",
            description = "What the program is called there. Default: ${DEFAULT-VALUE}.")
    String name;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() {
        if (!name.matches("[A-Za-z0-9_.-]+")) {
            throw new UsageException("--name: '" + name + "' is no name of a program");
        }
        var out = spec.commandLine().getOut();
        if (shell == Shell.zsh) {
            out.println("autoload -Uz compinit bashcompinit && compinit && bashcompinit");
        }
        out.print(
                shell == Shell.fish
                        ? FishCompletion.of(name, spec.root())
                        : AutoComplete.bash(name, spec.root().commandLine()));
        out.flush();
        return ExitStatus.CONFORMS;
    }
}
