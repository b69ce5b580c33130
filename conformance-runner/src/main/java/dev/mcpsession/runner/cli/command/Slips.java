package dev.mcpsession.runner.cli.command;

import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rules.CoreRules;
import dev.mcpsession.runner.cli.option.RuleIds;
import java.util.Optional;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Words without an option before them, which users give where an option is due. */
final class Slips {
    private Slips() {}

    /** What may be meant by a word that a command does not take. */
    static Optional<String> hint(ParameterException failure) {
        var command = failure.getCommandLine().getCommandName();
        var word = failure instanceof UnmatchedArgumentException unmatched
                ? unmatched.getUnmatched().get(0)
                : String.valueOf(failure.getValue());
        if (word.startsWith("@") && word.length() > 1) {
            return Optional.of("There is no file " + word.substring(1) + ", whose words " + word + " would stand for.");
        }
        if (command.equals("serve") && word.matches("\\d{2,5}")) {
            return Optional.of("Is --port " + word + " meant?");
        }
        var option = option(word);
        return option.isPresent() && failure.getCommandLine().getCommandSpec().findOption("--rule") != null
                ? Optional.of("Is " + option.get() + " " + word + " meant?")
                : Optional.empty();
    }

    /** The option that takes the name of an area, or of a rule. */
    private static Optional<String> option(String word) {
        var rules = Catalogue.of(new CoreRules()).rules();
        if (rules.stream().anyMatch(rule -> rule.area().equals(word))) {
            return Optional.of("--area");
        }
        for (var id : new RuleIds()) {
            if (id.equals(word) || id.endsWith("/" + word)) {
                return Optional.of("--rule");
            }
        }
        return Optional.empty();
    }
}
