package dev.mcpsession.runner.cli.judge;

import dev.mcpsession.conformance.clients.ClientRun;
import dev.mcpsession.conformance.clients.ClientSuite;
import dev.mcpsession.conformance.clients.rules.ClientRules;
import dev.mcpsession.conformance.clients.servers.TraceRules;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.run.UnjudgeableException;
import dev.mcpsession.conformance.target.Target;
import dev.mcpsession.runner.baseline.Comparison;
import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.console.NothingSelectedException;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.option.ClientOptions;
import dev.mcpsession.runner.report.console.Explanation;
import dev.mcpsession.runner.report.console.LiveView;
import dev.mcpsession.runner.report.console.Summary;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.model.Reports;
import dev.mcpsession.runner.report.text.Screen;
import dev.mcpsession.runner.report.text.Symbols;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One call of the kit that judges a client: from the options to the exit status. */
public final class JudgeClient implements AutoCloseable {
    private final ClientOptions options;
    private final Screen screen;
    private final Screen errors;
    private final Catalogue catalogue;
    private final Selection selection;
    private final Demands demands;
    private final Outputs files;
    private final BaselineFile baseline;
    private final Instant startedAt = Instant.now();
    private final long started = System.nanoTime();

    /** @throws UsageException if something was told that cannot be */
    public JudgeClient(ClientOptions options, Io io) {
        this(options, io, Catalogue.of(new ClientRules()), null);
    }

    /**
     * By a trace, which shows both ends: by the rules for servers too that it can decide.
     *
     * @param trace the file that is read; null for none
     */
    public static JudgeClient ofTrace(ClientOptions options, Io io, @Nullable Path trace) {
        return new JudgeClient(options, io, Catalogue.of(new ClientRules()).and(serverRules()), trace);
    }

    /** The rules for servers that a trace can decide. */
    static Catalogue serverRules() {
        return TraceRules.of(Catalogue.load(JudgeClient.class.getClassLoader()));
    }

    private JudgeClient(ClientOptions options, Io io, Catalogue catalogue, @Nullable Path trace) {
        this.options = options;
        this.catalogue = catalogue;
        screen = options.output.beside(io, options.reporting.reports());
        errors = options.output.err(io);
        selection = Selection.of(options.selection, catalogue);
        demands = new Demands(options.reporting, catalogue);
        files = new Outputs(errors::line);
        try {
            files.reads("TRACE", trace);
            files.add(options.reporting, rule -> catalogue.find(rule).flatMap(Notes::of));
            baseline = BaselineFile.of(options.reporting, null, false, files);
        } catch (UsageException e) {
            files.close();
            throw e;
        }
    }

    Set<Revision> revisions() {
        return selection.revisions();
    }

    /** The suite with the rules and revisions that were selected. */
    ClientSuite suite(ClientSuite suite) {
        return suite.catalogue(catalogue).revisions(selection.revisions()).select(selection.rules()::contains);
    }

    public Screen screen() {
        return screen;
    }

    /** The reports; another file may join them. */
    public Outputs files() {
        return files;
    }

    public Screen errors() {
        return errors;
    }

    /**
     * Judges, and tells what came of it.
     *
     * @param name the client, in short
     * @param repeat how to judge it again, by the rule whose id takes the place of {@code RULE}; null where that is
     *     not possible
     * @return the exit status
     */
    public int judge(ClientSuite suite, String name, String title, @Nullable String repeat) {
        var target = Target.builder()
                .uri(URI.create("http://127.0.0.1/mcp"))
                .name(name)
                .build();
        var reports = new Reports(target, repeated(repeat));
        var about = new Report.TargetReport(
                name, title, "", repeat != null, null, null, null, null, 0, 0, 0, 0, false, null);
        RunReport run;
        try (var view = new LiveView(
                screen, reports, selection.rules(), options.reporting.quiet, options.reporting.verbose, survey -> {})) {
            var found = suite(suite)
                    .onSpoken((spoken, expected) -> {
                        if (!options.reporting.quiet) {
                            screen.status("");
                            screen.line(Screen.bold(title));
                            screen.line(Screen.dim("speaks "
                                    + String.join(
                                            ", ",
                                            spoken.stream().map(Revision::wire).toList())));
                        }
                        view.begin(spoken, expected);
                    })
                    .listener(view::finished)
                    .run();
            run = report(found, reports, about);
        } catch (UnjudgeableException e) {
            screen.status("");
            var lines = Screen.foreign(e.getMessage()).lines().toList();
            errors.line(Screen.bold("Cannot judge: ") + lines.get(0));
            lines.stream().skip(1).forEach(errors::line);
            run = RunReport.unjudged(about, e.getMessage(), ExitStatus.NOT_JUDGED);
        }
        return tell(run);
    }

    private RunReport report(ClientRun found, Reports reports, Report.TargetReport about) {
        if (found.results().isEmpty()) {
            throw new NothingSelectedException(
                    "The client speaks none of the revisions that the selected rules are about.");
        }
        var results = found.results().stream()
                .map(r -> reports.result(r, found.startedNanos(), true))
                .toList();
        var spoken = found.spoken().stream()
                .map(r -> new Report.SpokenReport(r.wire(), "", false, 0, 0, false, false, List.of()))
                .toList();
        var unspoken = found.unspoken().entrySet().stream()
                .map(e -> new Report.UnspokenReport(e.getKey().wire(), Screen.foreign(e.getValue())))
                .toList();
        return new RunReport(
                about,
                spoken,
                unspoken,
                Reports.millis(found.took()),
                Reports.counts(results),
                results,
                null,
                null,
                Stream.concat(found.notes().stream(), uncalled(results).stream())
                        .toList(),
                null,
                null);
    }

    /** What the user has to make the client do, where it did nothing that most of the rules could look at. */
    private static Optional<String> uncalled(List<ResultReport> results) {
        boolean called = results.stream()
                .flatMap(r -> r.exchanges().stream())
                .anyMatch(e -> e.call() != null && e.call().contains("tools/call"));
        long open = results.stream()
                .filter(r -> r.verdict().equals(Verdict.NOT_APPLICABLE.name())
                        || r.verdict().equals(Verdict.NOT_TESTABLE.name()))
                .map(ResultReport::rule)
                .distinct()
                .count();
        return called || open == 0
                ? Optional.empty()
                : Optional.of("The client called no tool, as far as these rules looked, and only a call shows what it"
                        + " does when its session ends, or the call fails: make it call one of the tools that it lists,"
                        + " such as add_numbers with a = 5 and b = 3, which the kit's server has. "
                        + Symbols.count(open, "rule") + (open == 1 ? " is" : " are") + " not judged.");
    }

    private int tell(RunReport found) {
        var run = found;
        if (run.problem() == null) {
            if (baseline.isToBeWritten() && BaselineFile.leavesOut(run)) {
                errors.line(baseline.notWritten());
            } else if (baseline.isToBeWritten()) {
                run = Comparison.written(baseline.record(run, files), String.valueOf(baseline.file()), run, asked());
            } else if (baseline.known() != null) {
                run = Comparison.compare(baseline.known(), String.valueOf(baseline.file()), run, asked());
            }
            run = demands.close(run);
            new Explanation(screen).explain(run);
            run.unspoken().stream()
                    .filter(u -> !options.reporting.quiet)
                    .forEach(u -> screen.line(Screen.dim("not judged in " + u.revision() + ": " + u.reason() + ".")));
            run.notes().forEach(note -> {
                screen.line();
                screen.line(Screen.yellow(note));
            });
            new Summary(screen).tail(run, JudgeServer.status(run));
        }
        files.write(new Report(
                Report.FORMAT,
                JudgeServer.kit(),
                startedAt,
                Math.round((System.nanoTime() - started) / 1e3) / 1e3,
                JudgeServer.status(run),
                run.problem(),
                run.problem() == null ? List.of(run) : List.of()));
        return files.status(JudgeServer.status(run));
    }

    private Comparison.Asked asked() {
        return selection.asked(selection.rules(), catalogue);
    }

    /** A curl command repeats a request of the kit; only the client repeats its own. */
    private static UnaryOperator<ResultReport> repeated(@Nullable String command) {
        return r -> r.repeatedBy(
                command == null || r.expectation() == null
                        ? null
                        : command.replace("RULE", r.rule()).replace("REVISION", r.revision()));
    }

    @Override
    public void close() {
        files.close();
    }

    /** How long a run of a client may take where nothing is said. */
    public static final Duration USUAL_TIME = Duration.ofSeconds(30);
}
