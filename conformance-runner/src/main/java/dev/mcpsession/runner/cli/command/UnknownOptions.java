package dev.mcpsession.runner.cli.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Options that a command does not have. The words behind them are their values: picocli, which cannot know that, takes
 * them for arguments, and would name them too.
 *
 * @param names without values
 */
record UnknownOptions(List<String> names) {
    private static final int MAX_COMMANDS = 4;

    /** Those that are to blame for a failure, if any are. */
    static Optional<UnknownOptions> of(ParameterException failure, String... arguments) {
        if (failure instanceof UnmatchedArgumentException unmatched) {
            var names = unmatched.getUnmatched().stream()
                    .filter(UnknownOptions::isOption)
                    .map(UnknownOptions::name)
                    .distinct()
                    .toList();
            return names.isEmpty() ? Optional.empty() : Optional.of(new UnknownOptions(names));
        }
        if (failure.getArgSpec() == null || !failure.getArgSpec().isPositional()) {
            return Optional.empty();
        }
        // A word that is no URL, behind an option that there is not, is the value of that.
        var command = failure.getCommandLine().getCommandSpec();
        for (int i = 1; i < arguments.length; i++) {
            var before = arguments[i - 1];
            if (arguments[i].equals(failure.getValue())
                    && isOption(before)
                    && !before.contains("=")
                    && command.findOption(before) == null) {
                return Optional.of(new UnknownOptions(List.of(before)));
            }
        }
        return Optional.empty();
    }

    private static boolean isOption(String word) {
        return word.startsWith("-") && word.length() > 1;
    }

    private static String name(String option) {
        return option.split("=", 2)[0];
    }

    String message() {
        return (names.size() == 1 ? "Unknown option: '" : "Unknown options: '") + String.join("', '", names) + "'";
    }

    /** For each what it may be a slip of, or which commands have it. */
    List<String> hints(CommandLine command, Map<String, CommandLine> commands) {
        var hints = new ArrayList<String>();
        var own = command.getCommandSpec().optionsMap().keySet();
        for (var name : names) {
            var others = commands.entrySet().stream()
                    .filter(other -> other.getValue().getCommandSpec().findOption(name) != null)
                    .map(Map.Entry::getKey)
                    .limit(MAX_COMMANDS)
                    .toList();
            var meant = Cli.nearest(name, own);
            if (!others.isEmpty()) {
                hints.add(name + " is an option of " + String.join(", ", others) + ".");
            } else if (meant.isPresent() && name.startsWith("--")) {
                hints.add("Is " + meant.get() + " meant?");
            } else {
                var near = near(name, command);
                if (!near.isEmpty()) {
                    hints.add("Is one of these meant? " + String.join(", ", near));
                }
            }
        }
        return hints;
    }

    /** The options that have its name as a part of theirs, or else those that look most like it. */
    private static List<String> near(String name, CommandLine command) {
        var word = name.replaceFirst("^-+", "");
        var longer = command.getCommandSpec().optionsMap().keySet().stream()
                .filter(option -> word.length() > 2 && option.contains(word))
                .sorted()
                .toList();
        return longer.isEmpty() ? new UnmatchedArgumentException(command, List.of(name)).getSuggestions() : longer;
    }
}
