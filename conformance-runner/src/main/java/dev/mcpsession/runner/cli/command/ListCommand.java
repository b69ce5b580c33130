package dev.mcpsession.runner.cli.command;

import dev.mcpsession.conformance.clients.servers.TraceRules;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.Unless;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.judge.Scoring;
import dev.mcpsession.runner.cli.judge.Selection;
import dev.mcpsession.runner.cli.option.OutputOptions;
import dev.mcpsession.runner.cli.option.RuleJars;
import dev.mcpsession.runner.cli.option.ServerSelectionOptions;
import dev.mcpsession.runner.report.text.Screen;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** Lists the rules. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Lists the rules: level, revisions, and what must be known of the server.",
        footerHeading = "%nExamples%n",
        footer = {
            "  The rules about ended sessions that must be kept in 2025-11-25:",
            "    java -jar mcp-session-conformance.jar list --area termination --level MUST --revision 2025-11-25",
            "  All, for a program:",
            "    java -jar mcp-session-conformance.jar list --json"
        })
final class ListCommand implements Callable<Integer> {
    @ArgGroup(validate = false, heading = "%nThe rules%n")
    ServerSelectionOptions selection = new ServerSelectionOptions();

    @Option(names = "--json", description = "As a JSON array.")
    boolean json;

    @Mixin
    RuleJars jars = new RuleJars();

    @Mixin
    OutputOptions output = new OutputOptions();

    private final Io io;

    ListCommand(Io io) {
        this.io = io;
    }

    @Override
    public Integer call() {
        var selected = Selection.of(selection, jars.withClients());
        var scoring = new Scoring(selection.catalogue);
        if (json) {
            io.out().println(json(selected, scoring));
        } else {
            print(selected, scoring, output.out(io));
        }
        return ExitStatus.CONFORMS;
    }

    private static void print(Selection selected, Scoring scoring, Screen screen) {
        var area = "";
        for (var rule : selected.rules()) {
            if (!rule.area().equals(area)) {
                if (!area.isEmpty()) {
                    screen.line();
                }
                area = rule.area();
                screen.line(Screen.bold(area));
            }
            screen.line("  " + pad(rule.id().substring(area.length() + 1), 32) + " " + pad(levels(rule, scoring), 9)
                    + " " + Screen.dim(pad(revisions(rule), 26) + " " + needs(rule)));
            screen.line("      " + rule.title());
            var unless = rule.unless().stream().sorted().map(Unless::words).collect(Collectors.joining("; "));
            if (!unless.isEmpty()) {
                screen.line("      " + Screen.dim("unless " + unless));
            }
        }
        screen.line();
        scoring.note(selected.rules()).ifPresent(screen::line);
        screen.line(selected.rules().size() + " rules. Each is explained by: explain RULE");
    }

    /** The levels that count; a dash for a rule that does not. */
    private static String levels(RuleInfo rule, Scoring scoring) {
        var levels = rule.levels().keySet().stream()
                .flatMap(r -> scoring.level(rule, r).stream())
                .distinct()
                .sorted()
                .map(Level::name)
                .collect(Collectors.joining("/"));
        return levels.isEmpty() ? "–" : levels;
    }

    private static String revisions(RuleInfo rule) {
        var revisions = rule.levels().keySet().stream().sorted().toList();
        var first = revisions.get(0);
        var last = revisions.get(revisions.size() - 1);
        if (revisions.size() == 1) {
            return first.wire();
        }
        // The revisions of most rules follow each other without a gap.
        return last.ordinal() - first.ordinal() + 1 == revisions.size()
                ? first + " … " + last
                : revisions.stream().map(Object::toString).collect(Collectors.joining(" "));
    }

    private static String needs(RuleInfo rule) {
        return Stream.concat(
                        Arrays.stream(Requires.values())
                                .filter(rule.requires()::contains)
                                .map(Requires::words),
                        Stream.of("or a trace").filter(w -> TraceRules.ids().contains(rule.id())))
                .collect(Collectors.joining(", "));
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    private static String json(Selection selected, Scoring scoring) {
        var mapper = JsonMapper.builder().build();
        var array = mapper.createArrayNode();
        for (var rule : selected.rules()) {
            var node = array.addObject()
                    .put("rule", rule.id())
                    .put("area", rule.area())
                    .put("title", rule.title())
                    .put("source", rule.source());
            var levels = node.putObject("levels");
            rule.levels().keySet().stream()
                    .sorted()
                    .forEach(r -> scoring.level(rule, r).ifPresent(level -> levels.put(r.wire(), level.name())));
            var needs = node.putArray("requires");
            Arrays.stream(Requires.values()).filter(rule.requires()::contains).forEach(r -> needs.add(r.name()));
            var uses = node.putArray("uses");
            rule.uses().stream().sorted().forEach(r -> uses.add(r.name()));
            var unless = node.putArray("unless");
            rule.unless().stream().sorted().forEach(u -> unless.add(u.words()));
            node.put("sessions", rule.sessions())
                    .put("once", rule.once())
                    .put("disruptive", rule.disruptive())
                    .put("byTrace", TraceRules.ids().contains(rule.id()));
        }
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(array);
    }
}
