package dev.mcpsession.runner.cli.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Writes a completion script for fish, which picocli has none for. */
final class FishCompletion {
    private final String program;
    private final CommandSpec root;
    private final List<String> lines = new ArrayList<>();

    private FishCompletion(String program, CommandSpec root) {
        this.program = program;
        this.root = root;
    }

    /** The script for a program and its commands. */
    static String of(String program, CommandSpec root) {
        var script = new FishCompletion(program, root);
        script.write();
        return String.join("\n", script.lines) + "\n";
    }

    private void write() {
        var commands = root.subcommands();
        var none = "not __fish_seen_subcommand_from " + String.join(" ", commands.keySet());
        add("--no-files");
        commands.forEach((name, command) -> add(
                "--condition",
                quoted(none),
                "--arguments",
                name,
                "--description",
                quoted(gist(command.getCommandSpec().usageMessage().description()))));
        write(root, none);
        commands.forEach((name, command) -> write(command.getCommandSpec(), "__fish_seen_subcommand_from " + name));
    }

    private void write(CommandSpec command, String condition) {
        for (var option : command.options()) {
            if (!option.hidden()) {
                write(option, condition);
            }
        }
        for (var parameter : command.positionalParameters()) {
            var words = candidates(parameter);
            if (!words.isEmpty()) {
                add("--condition", quoted(condition), "--arguments", quoted(words));
            } else if (isFile(parameter)) {
                add("--condition", quoted(condition), "--force-files");
            }
        }
    }

    private void write(OptionSpec option, String condition) {
        var words = new ArrayList<>(List.of("--condition", quoted(condition)));
        for (var name : option.names()) {
            words.add(name.startsWith("--") ? "--long-option" : "--short-option");
            words.add(name.replaceFirst("^--?", ""));
        }
        if (option.arity().max() > 0) {
            var candidates = candidates(option);
            if (!candidates.isEmpty()) {
                words.addAll(List.of("--exclusive", "--arguments", quoted(candidates)));
            } else if (isFile(option)) {
                words.addAll(List.of("--require-parameter", "--force-files"));
            } else {
                words.add("--exclusive");
            }
        }
        words.addAll(List.of("--description", quoted(gist(option.description()))));
        add(words.toArray(String[]::new));
    }

    private void add(String... words) {
        lines.add("complete --command " + program + " " + String.join(" ", words));
    }

    private static boolean isFile(ArgSpec argument) {
        return argument.paramLabel().contains("FILE");
    }

    private static String candidates(ArgSpec argument) {
        var all = new ArrayList<String>();
        if (argument.completionCandidates() != null) {
            argument.completionCandidates().forEach(all::add);
        }
        return String.join(" ", all);
    }

    /** The first sentence, without its end. */
    private static String gist(String[] description) {
        var text = String.format(String.join(" ", description)).strip();
        return text.split("(?<=[.;])\\s", 2)[0].replaceFirst("[.;]$", "");
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
