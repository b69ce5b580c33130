package dev.mcpsession.runner.cli.judge;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.run.UnjudgeableException;
import dev.mcpsession.runner.baseline.Comparison;
import dev.mcpsession.runner.cli.console.Ending;
import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.console.NothingSelectedException;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.option.RunOptions;
import dev.mcpsession.runner.cli.target.Subject;
import dev.mcpsession.runner.launch.LaunchException;
import dev.mcpsession.runner.report.console.Explanation;
import dev.mcpsession.runner.report.console.LiveExchanges;
import dev.mcpsession.runner.report.console.LiveView;
import dev.mcpsession.runner.report.console.Summary;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.model.Reports;
import dev.mcpsession.runner.report.model.TimeoutCheck;
import dev.mcpsession.runner.report.text.Screen;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One call of the kit that judges a server: from the options to the exit status. */
public final class JudgeServer {
    private static final String SILENT = "The server answered none of the last ";

    private final RunOptions options;
    private final Io io;
    private final Screen screen;
    private final Screen errors;
    private final Catalogue catalogue;
    private final Selection selection;
    private final Scoring scoring;
    private final Demands demands;
    private final Instant startedAt = Instant.now();
    private final long started = System.nanoTime();

    public JudgeServer(RunOptions options, Io io, Catalogue catalogue) {
        this.options = options;
        this.io = io;
        this.screen = options.output.beside(io, options.reporting.reports());
        this.errors = options.output.err(io);
        this.catalogue = catalogue;
        this.selection = Selection.of(options.selection, catalogue);
        this.scoring = new Scoring(options.selection.catalogue);
        this.demands = new Demands(options.reporting, catalogue);
    }

    /**
     * Judges.
     *
     * @return the exit status
     * @throws UsageException if something was told that cannot be; nothing has been started then
     */
    public int judge() throws Exception {
        var subjects = Subject.all(options, io.environment());
        boolean several = subjects.size() > 1;
        try (var files = new Outputs(errors::line);
                var ending = new Ending(
                        options.manners.deadline, io.ownProcess(), (io.terminal() ? screen : errors)::line)) {
            files.reads(options.server);
            options.jars.jars.forEach(jar -> files.reads("--rules", jar));
            files.add(options.reporting, this::note);
            var baselines = new ArrayList<BaselineFile>();
            for (var subject : subjects) {
                baselines.add(BaselineFile.of(options.reporting, subject, several, files));
            }
            var runs = new ArrayList<RunReport>();
            for (int i = 0; i < subjects.size(); i++) {
                if (several) {
                    if (i > 0) {
                        screen.line();
                    }
                    screen.line(Screen.dim((i + 1) + " of " + subjects.size() + "  "
                            + subjects.get(i).name()));
                }
                runs.add(judge(subjects.get(i), baselines.get(i), ending, several, files));
            }
            int status = ending.status(Comparison.exitStatus(runs));
            var problem = runs.stream()
                    .filter(r -> r.problem() != null)
                    .map(r -> (several ? r.target().name() + ": " : "") + r.problem())
                    .collect(Collectors.joining("\n"));
            files.write(report(
                    several || problem.isEmpty() ? runs : List.of(), problem.isEmpty() ? null : problem, status));
            if (several) {
                new Summary(screen).comparison(runs);
            }
            int closing = files.status(status);
            ending.why()
                    .ifPresent(why -> screen.line("It ended early, since " + why + ": exit status " + closing + "."));
            return closing;
        }
    }

    /** Judges one server, or tells why that cannot be. */
    private RunReport judge(Subject subject, BaselineFile baseline, Ending ending, boolean several, Outputs files)
            throws Exception {
        screen.status(subject.isLaunched() ? "starting the server" : "");
        try (var opened = ending.interruptibly(subject::open)) {
            screen.status("asking the server what it speaks");
            var run = run(subject, opened, ending);
            var asked = selection.asked(selection.rules(subject.hasNodes()), catalogue);
            if (baseline.isToBeWritten() && (ending.why().isPresent() || isCutShort(run))) {
                errors.line(baseline.notWritten());
            } else if (baseline.isToBeWritten()) {
                run = Comparison.written(baseline.record(run, files), String.valueOf(baseline.file()), run, asked);
            } else if (baseline.known() != null) {
                run = Comparison.compare(baseline.known(), String.valueOf(baseline.file()), run, asked);
            }
            run = demands.close(run);
            var timeout = TimeoutCheck.of(run);
            if (timeout.isPresent()) {
                run = run.notingFirst(timeout.get());
                screen.line();
                screen.line(Screen.yellow(timeout.get()));
            }
            show(run, opened);
            return run;
        } catch (UnjudgeableException e) {
            return unjudged(subject, e.getMessage(), "", e.isMisuse() ? ExitStatus.MISUSE : ExitStatus.NOT_JUDGED);
        } catch (InterruptedException e) {
            return unjudged(
                    subject,
                    "the run ended before the server "
                            + (subject.isLaunched() ? "had started: " : "was asked anything: ")
                            + ending.why().orElse("it was interrupted") + ".",
                    "",
                    ExitStatus.NOT_JUDGED);
        } catch (LaunchException e) {
            return unjudged(
                    subject,
                    "the launched server " + e.getMessage() + ".",
                    e.output(),
                    e.started() ? ExitStatus.NOT_JUDGED : ExitStatus.MISUSE);
        } catch (NothingSelectedException e) {
            if (!several) {
                throw e;
            }
            return unjudged(subject, String.valueOf(e.getMessage()), "", ExitStatus.NOTHING_SELECTED);
        } finally {
            screen.status("");
        }
    }

    /** Tells what was found on the console. Whatever may go wrong with that, the reports are to be written. */
    private void show(RunReport run, Subject.Opened opened) {
        try {
            new Explanation(screen).explain(run);
            ended(run, opened);
            // That the timeout may be wrong was said before all else, and is said again among the causes.
            var timeout = TimeoutCheck.of(run);
            run.notes().stream()
                    .filter(note -> !timeout.equals(Optional.of(note)))
                    .forEach(note -> {
                        screen.line();
                        screen.line(Screen.yellow(note));
                    });
            new Summary(screen).tail(run, status(run));
        } catch (RuntimeException | StackOverflowError e) {
            errors.line("The verdicts could not be shown here: " + e);
        }
    }

    private RunReport run(Subject subject, Subject.Opened opened, Ending ending) {
        var target = opened.target();
        var rules = selection.rules(target.hasNodes());
        var reports = new Reports(target, scoring);
        var about = reports.target(subject.title(), subject.isLaunched(), subject.idleTimeoutNote(), subject.notes());
        try (var view = new LiveView(
                        screen, reports, rules, options.reporting.quiet, options.reporting.verbose, survey -> {
                            if (!options.reporting.quiet) {
                                new Summary(screen).head(about, reports.spoken(survey), reports.unspoken(survey));
                            }
                        });
                var live = options.reporting.live ? new LiveExchanges(screen, reports, view) : null) {
            var result = ending.with(Suite.of(target)
                            .catalogue(catalogue)
                            .revisions(selection.revisions())
                            .select(rules::contains)
                            .listener(live == null ? view : live))
                    .run();
            if (result.results().isEmpty()) {
                throw new NothingSelectedException(
                        "The server speaks none of the revisions that the selected rules are about.");
            }
            var launched = opened.process();
            var ended = launched == null || launched.endStatus().isEmpty()
                    ? null
                    : "ended by itself with status " + launched.endStatus().getAsInt();
            return reports.run(
                    result,
                    about,
                    ended,
                    Stream.of(
                                    scoring.note(rules),
                                    result.silence()
                                            .map(s -> SILENT + s.requests()
                                                    + " requests, from "
                                                    + Moment.words(s.since() - result.startedNanos())
                                                    + " on: it may have crashed, or hang."),
                                    result.survey().unanswered().stream()
                                            .map(Revision::wire)
                                            .reduce((one, other) -> one + ", " + other)
                                            .map(all -> "No reply came to initialize in " + all
                                                    + ", so nothing was judged there; where the server only takes long,"
                                                    + " give --patience more time."),
                                    ending.why().map(why -> "The run ended before its end: " + why + "."))
                            .flatMap(Optional::stream)
                            .toList());
        } catch (UnjudgeableException e) {
            var process = opened.process();
            // The message names the URL, which may hold a key.
            var why = target.mask(e.getMessage().replace(target.uri().toString(), Reports.url(target.uri())));
            if (e.isMisuse()) {
                throw e;
            }
            throw new UnjudgeableException(
                    process == null || process.endStatus().isEmpty()
                            ? why
                            : why + " It ended with status "
                                    + process.endStatus().getAsInt() + ".");
        }
    }

    /** Whether there is no more than a part to record: what a server that died would have said is not known. */
    static boolean isCutShort(RunReport run) {
        return BaselineFile.leavesOut(run)
                || run.ended() != null
                || run.notes().stream().anyMatch(note -> note.startsWith(SILENT));
    }

    private Optional<String> note(String rule) {
        return catalogue.find(rule).flatMap(Notes::of);
    }

    private void ended(RunReport run, Subject.Opened opened) {
        var process = opened.process();
        if (run.ended() != null && process != null) {
            screen.line();
            screen.line(Screen.red("The server " + run.ended() + " during the run.") + " The last of its output:");
            output(screen, opened.target().mask(process.output()));
        }
    }

    private RunReport unjudged(Subject subject, String why, String output, int status) {
        screen.status("");
        errors.line(Screen.bold("Cannot judge: ") + Screen.foreign(why));
        if (!output.isBlank()) {
            errors.line("The last of its output:");
            output(errors, output);
        }
        return RunReport.unjudged(subject.about(), why, status);
    }

    private static void output(Screen screen, String output) {
        Screen.foreign(output).lines().forEach(l -> screen.line("  | " + l));
    }

    /** The exit status of a run that was compared with what was asked of it. */
    static int status(RunReport run) {
        return Objects.requireNonNull(run.exitStatus(), "The run was not compared");
    }

    public static Report.Kit kit() {
        return new Report.Kit(
                "mcp-session-conformance",
                Objects.requireNonNullElse(Client.class.getPackage().getImplementationVersion(), "dev"));
    }

    private Report report(List<RunReport> runs, @Nullable String problem, int status) {
        return new Report(
                Report.FORMAT,
                kit(),
                startedAt,
                Math.round((System.nanoTime() - started) / 1e3) / 1e3,
                status,
                problem,
                runs);
    }
}
