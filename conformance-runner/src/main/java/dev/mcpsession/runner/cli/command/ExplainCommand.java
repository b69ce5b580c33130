package dev.mcpsession.runner.cli.command;

import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.judge.Notes;
import dev.mcpsession.runner.cli.judge.Selection;
import dev.mcpsession.runner.cli.option.OutputOptions;
import dev.mcpsession.runner.cli.option.RuleIds;
import dev.mcpsession.runner.cli.option.RuleJars;
import dev.mcpsession.runner.report.console.Note;
import dev.mcpsession.runner.report.text.Screen;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Explains a rule. */
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Explains a rule: what must hold, by whom, how it is observed, and what to look at when it fails.",
        footerHeading = "%nExamples%n",
        footer = "  java -jar mcp-session-conformance.jar explain termination/post-404")
final class ExplainCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "RULE",
            completionCandidates = RuleIds.class,
            description =
                    "The id of the rule, such as termination/post-404, or its name alone: post-404; * and ? stand for "
                            + "any text and any sign: 'termination/*' explains each rule of the area.")
    String id;

    @Mixin
    RuleJars jars = new RuleJars();

    @Mixin
    OutputOptions output = new OutputOptions();

    private final Io io;

    ExplainCommand(Io io) {
        this.io = io;
    }

    @Override
    public Integer call() {
        var catalogue = jars.withClients();
        var screen = output.out(io);
        if (!Selection.isPattern(id)) {
            explain(Selection.find(id, catalogue), screen);
            return ExitStatus.CONFORMS;
        }
        var rules = Selection.matching(List.of(id), catalogue);
        for (int i = 0; i < rules.size(); i++) {
            if (i > 0) {
                screen.line();
                screen.line();
            }
            explain(rules.get(i), screen);
        }
        return ExitStatus.CONFORMS;
    }

    private static void explain(RuleInfo rule, Screen screen) {
        screen.line(Screen.bold(rule.id()));
        screen.line(rule.title() + ".");
        screen.line();
        screen.line(Screen.dim("level    ") + levels(rule));
        screen.line(Screen.dim("source   ") + rule.source());
        conditions(rule.requires()).ifPresent(needs -> screen.line(Screen.dim("needs    ") + needs));
        conditions(rule.uses()).ifPresent(uses -> screen.line(Screen.dim("uses     ") + uses + ", if there is one"));
        rule.unless().stream().sorted().forEach(unless -> screen.line(Screen.dim("unless   ") + unless.words()));
        var note = Notes.of(rule);
        if (note.isPresent()) {
            screen.line();
            // Its heading is the id, and many begin with the statement; both stand above already.
            var text = note.get().replaceFirst("^# .*\\R+", "");
            var statement = rule.title() + ".";
            new Note(screen)
                    .show(
                            text.replaceAll("\\s+", " ").startsWith(statement)
                                    ? text.replaceFirst("^[^\\n]*(\\n[^\\n]+)*\\n*", "")
                                    : text);
        }
    }

    private static Optional<String> conditions(Set<Requires> conditions) {
        return conditions.stream().sorted().map(Requires::words).reduce((a, b) -> a + ", " + b);
    }

    private static String levels(RuleInfo rule) {
        var revisions = Arrays.stream(Revision.values()).filter(rule::holdsIn).toList();
        var levels = revisions.stream().map(rule::level).distinct().toList();
        return levels.size() == 1
                ? levels.get(0) + " in "
                        + revisions.stream().map(Revision::wire).collect(Collectors.joining(", "))
                : revisions.stream().map(r -> rule.level(r) + " in " + r).collect(Collectors.joining(", "));
    }
}
