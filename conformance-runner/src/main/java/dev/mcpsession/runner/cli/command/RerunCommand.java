package dev.mcpsession.runner.cli.command;

import dev.mcpsession.conformance.clients.rules.ClientRules;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.console.NothingSelectedException;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.judge.Outputs;
import dev.mcpsession.runner.cli.judge.Selection;
import dev.mcpsession.runner.cli.option.OutputOptions;
import dev.mcpsession.runner.cli.option.RuleIds;
import dev.mcpsession.runner.cli.option.RuleJars;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs one rule again, as a report says that it was run. */
@Command(
        name = "rerun",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Runs one rule again, in the revisions in which a JSON report has a verdict on it, and shows "
                + "each exchange as it happens. What the kit was told of the server comes from the report; "
                + "credentials, and how to start the server, are in no report and are to be given again.",
        footerHeading = "%nExamples%n",
        footer = {
            "  java -jar mcp-session-conformance.jar rerun termination/post-404 report.json",
            "  java -jar mcp-session-conformance.jar rerun idle/ping-extends report.json --launch 'my-server "
                    + "--port {port}'"
        })
final class RerunCommand implements Callable<Integer> {
    private static final int MAX_NAMED = 5;

    @Parameters(
            index = "0",
            paramLabel = "RULE",
            completionCandidates = RuleIds.class,
            description = "The rule: its id, or its name alone where one rule has it.")
    String rule;

    @Parameters(index = "1", paramLabel = "REPORT", description = "A report that was made with --json.")
    Path report;

    @Option(names = "--server", paramLabel = "NAME", description = "Which server, where the report is about several.")
    @Nullable
    String server;

    @Option(names = "--revision", paramLabel = "REVISION", description = "Only in this revision.")
    @Nullable
    String revision;

    @Option(names = "--at", paramLabel = "URL", description = "Where the server is now. Default: where it was.")
    @Nullable
    String url;

    @Option(names = "--launch", paramLabel = "COMMAND", description = "How to start the server, as for run.")
    @Nullable
    String launch;

    @Option(names = "--target", paramLabel = "FILE", description = "The target file, as for run.")
    @Nullable
    Path target;

    @Option(names = "--header", paramLabel = "'NAME: VALUE'", description = "As for run; repeatable.")
    List<String> headers = new ArrayList<>();

    @Option(names = "--other-header", paramLabel = "'NAME: VALUE'", description = "As for run; repeatable.")
    List<String> otherHeaders = new ArrayList<>();

    @Option(names = "--header-file", paramLabel = "FILE", description = "As for run.")
    Path headerFile;

    @Option(names = "--other-header-file", paramLabel = "FILE", description = "As for run.")
    Path otherHeaderFile;

    @Option(names = "--cacert", paramLabel = "FILE", description = "As for run.")
    Path cacert;

    @Option(names = "--insecure", description = "As for run.")
    boolean insecure;

    @Mixin
    RuleJars jars = new RuleJars();

    @Option(names = "--har", paramLabel = "FILE", description = "Write the exchanges as a HAR file.")
    @Nullable
    Path har;

    @Mixin
    OutputOptions output = new OutputOptions();

    private final Io io;

    RerunCommand(Io io) {
        this.io = io;
    }

    @Override
    public Integer call() {
        if (!Files.exists(report) && Files.isRegularFile(Path.of(rule))) {
            throw new UsageException("the rule comes first, then the report: rerun " + report + " " + rule);
        }
        var run = run(DiffCommand.read(report));
        try (var files = new Outputs(output.err(io)::line)) {
            files.reads("REPORT", report);
            if (har != null) {
                files.prepare("--har", har);
            }
        }
        var id = rule(run);
        var wire = revision();
        var results = run.results().stream()
                .filter(r -> r.rule().equals(id))
                .filter(r -> wire == null || r.revision().equals(wire))
                .toList();
        if (results.isEmpty()) {
            throw new UsageException(report + " has no verdict on " + id + " in revision " + wire + ", but in "
                    + run.results().stream()
                            .filter(r -> r.rule().equals(id))
                            .map(ResultReport::revision)
                            .collect(Collectors.joining(", "))
                    + ".");
        }
        var screen = output.beside(io, har);
        results.forEach(result -> screen.line("Before  " + result.revision() + "  " + result.verdict()
                + (result.summary().isEmpty() ? "" : "  " + result.summary())));
        return Cli.execute(io, arguments(run, id, results).toArray(String[]::new));
    }

    /**
     * The rule that is meant, among those of the report.
     *
     * @throws NothingSelectedException if there is no such rule at all
     * @throws UsageException if there is, and the report has no verdict on it, or it judges no server
     */
    private String rule(RunReport run) {
        var judged = run.results().stream().map(ResultReport::rule).distinct().toList();
        var all = new LinkedHashSet<>(judged);
        all.addAll(Selection.ids(jars.withClients()));
        // A name that is taken twice in the catalogue may be there once in the report.
        var id = judged.stream()
                .filter(r -> r.endsWith("/" + rule.strip()))
                .collect(Collectors.collectingAndThen(
                        Collectors.toList(), named -> named.size() == 1 ? named.get(0) : Selection.find(rule, all)));
        if (Selection.ids(Catalogue.of(new ClientRules())).contains(id)) {
            throw new UsageException(id + " is a rule for clients: run it with client --rule " + id + ".");
        }
        if (!judged.contains(id)) {
            throw new UsageException(report + " has no verdict on " + id + ": that run did not judge by it, but by "
                    + (judged.size() > MAX_NAMED ? judged.size() + " other rules" : String.join(", ", judged)) + ".");
        }
        return id;
    }

    /** @throws NothingSelectedException if there is no such revision */
    private @Nullable String revision() {
        if (revision == null) {
            return null;
        }
        return Revision.find(revision.strip())
                .map(Revision::wire)
                .orElseThrow(() -> new NothingSelectedException("There is no revision '" + revision + "'; there are "
                        + Arrays.stream(Revision.values()).map(Revision::wire).collect(Collectors.joining(", "))
                        + "."));
    }

    private RunReport run(Report read) {
        var runs = read.runs().stream()
                .filter(r -> server == null || server.equals(r.target().name()))
                .toList();
        if (runs.size() == 1) {
            return runs.get(0);
        }
        var names = read.runs().stream().map(r -> r.target().name()).toList();
        throw new UsageException(
                names.isEmpty()
                        ? report + " is about no server."
                        : "--server: name one of " + String.join(", ", names) + ".");
    }

    /** The command line of the run. */
    private List<String> arguments(RunReport run, String id, List<ResultReport> results) {
        var told = run.target();
        var words = new ArrayList<String>(List.of("run"));
        boolean embedded = told.launched() && "reference-server".equals(told.name());
        if (launch != null) {
            words.addAll(List.of("--launch", launch));
        } else if (target != null) {
            words.addAll(List.of("--target", target.toString()));
        } else if (url != null) {
            words.add(url);
        } else if (told.launched() && !embedded) {
            throw new UsageException("The kit had started this server, and the report does not say how: give --launch "
                    + "or --target, or --at URL if it runs.");
        } else if (!embedded) {
            if (told.url().isEmpty()) {
                throw new UsageException("This report does not say where the server is: give --at URL.");
            }
            if (told.url().contains("***")) {
                throw new UsageException("The URL has something secret in it, which is in no report: give --at URL.");
            }
            words.add(told.url());
        }
        words.addAll(List.of("--rule", id, "--live", "--quiet"));
        words.addAll(List.of(
                "--revision",
                String.join(
                        ",",
                        results.stream().map(ResultReport::revision).distinct().toList())));
        // A target file says these itself.
        if (target == null) {
            millis(words, "--idle-timeout", told.idleTimeoutMs());
            millis(words, "--reap-lag", told.reapLagMs());
            if (told.slowTool() != null) {
                words.addAll(List.of(
                        "--slow-tool",
                        told.slowTool().name() + "=" + told.slowTool().arguments()));
            }
        }
        millis(words, "--patience", told.patienceMs());
        words.addAll(List.of("--concurrency", String.valueOf(told.concurrency())));
        words.addAll(List.of("--max-sessions", String.valueOf(told.maxSessions())));
        if (told.stress()) {
            words.add("--stress");
        }
        headers.forEach(header -> words.addAll(List.of("--header", header)));
        otherHeaders.forEach(header -> words.addAll(List.of("--other-header", header)));
        file(words, "--header-file", headerFile);
        file(words, "--other-header-file", otherHeaderFile);
        file(words, "--cacert", cacert);
        file(words, "--har", har);
        jars.jars.forEach(jar -> file(words, "--rules", jar));
        if (insecure) {
            words.add("--insecure");
        }
        if (output.colour != null) {
            words.add(output.colour ? "--color" : "--no-color");
        }
        return words;
    }

    private static void millis(List<String> words, String option, @Nullable Long millis) {
        if (millis != null && millis > 0) {
            words.addAll(List.of(option, millis + "ms"));
        }
    }

    private static void file(List<String> words, String option, @Nullable Path file) {
        if (file != null) {
            words.addAll(List.of(option, file.toString()));
        }
    }
}
