package dev.mcpsession.runner.cli;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.Revision;
import dev.mcpsession.conformance.run.Suite;
import dev.mcpsession.conformance.run.Unjudgeable;
import dev.mcpsession.runner.baseline.Baseline;
import dev.mcpsession.runner.baseline.Comparison;
import dev.mcpsession.runner.launch.LaunchException;
import dev.mcpsession.runner.report.Explanation;
import dev.mcpsession.runner.report.HtmlReport;
import dev.mcpsession.runner.report.JUnitReport;
import dev.mcpsession.runner.report.JsonReport;
import dev.mcpsession.runner.report.LiveView;
import dev.mcpsession.runner.report.MarkdownReport;
import dev.mcpsession.runner.report.Report;
import dev.mcpsession.runner.report.Report.RunReport;
import dev.mcpsession.runner.report.ReportFile;
import dev.mcpsession.runner.report.Reports;
import dev.mcpsession.runner.report.Screen;
import dev.mcpsession.runner.report.Summary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** One call of the kit that judges a server: from the options to the exit status. */
final class Judging {
    private final RunOptions options;
    private final Io io;
    private final Screen screen;
    private final Screen errors;
    private final Catalogue catalogue;
    private final Selection selection;
    private final Instant startedAt = Instant.now();
    private final long started = System.nanoTime();

    Judging(RunOptions options, Io io, Catalogue catalogue) {
        this.options = options;
        this.io = io;
        this.screen = options.output.out(io);
        this.errors = options.output.err(io);
        this.catalogue = catalogue;
        this.selection = Selection.of(options.selection, catalogue);
    }

    /**
     * Judges.
     *
     * @return the exit status
     * @throws Misuse if something was told that cannot be; nothing has been started then
     */
    int judge() throws Exception {
        var subject = new Subject(options, io.environment());
        var baselines = new Baselines(options.reporting);
        var files = new Outputs();
        try (files; var ending = new Ending(options.manners.deadline, io.ownProcess(), (io.terminal() ? screen : errors)::line)) {
            files.add("--json", options.reporting.json, JsonReport::write);
            files.add("--junit-xml", options.reporting.junitXml, JUnitReport::write);
            files.add("--markdown", options.reporting.markdown, MarkdownReport::write);
            files.add("--html", options.reporting.html, report -> HtmlReport.write(report, this::note));
            var newBaseline = files.prepare("--write-baseline", options.reporting.writeBaseline);
            screen.status(subject.isLaunched() ? "starting the server" : "");
            try (var opened = ending.interruptibly(subject::open)) {
                screen.status("asking the server what it speaks");
                var run = run(subject, opened, ending);
                if (newBaseline != null && ending.why().isPresent()) {
                    errors.line("The baseline was not written, since the run ended before its end.");
                } else if (newBaseline != null) {
                    var recorded = baselines.record(run);
                    newBaseline.write(recorded.toJson());
                    run = compare(recorded, options.reporting.writeBaseline, run);
                } else if (options.reporting.baseline != null) {
                    run = compare(baselines.known(), options.reporting.baseline, run);
                }
                int status = Comparison.exitStatus(run);
                new Explanation(screen).explain(run.results());
                ended(run, opened);
                run.notes().forEach(note -> {
                    screen.line();
                    screen.line(Screen.yellow(note));
                });
                new Summary(screen).tail(run, status);
                files.write(report(List.of(run.closed(status)), null, ending.status(status)));
                return ending.status(status);
            } catch (Unjudgeable e) {
                return cannotJudge(files, e.getMessage(), "", ending.status(ExitStatus.NOT_JUDGED));
            } catch (InterruptedException e) {
                return cannotJudge(files, "the server had not started when the run ended: " + ending.why().orElse("it was interrupted")
                        + ".", "", ending.status(ExitStatus.NOT_JUDGED));
            } catch (LaunchException e) {
                int status = cannotJudge(files, "the launched server " + e.getMessage() + ".", e.output(),
                        ending.status(ExitStatus.NOT_JUDGED));
                return e.started() ? status : ExitStatus.MISUSE;
            } finally {
                screen.status("");
            }
        }
    }

    private RunReport run(Subject subject, Subject.Opened opened, Ending ending) {
        var target = opened.target();
        var reports = new Reports(target);
        var about = reports.target(subject.title(), subject.isLaunched(), subject.idleTimeoutNote(), subject.notes());
        try (var view = new LiveView(screen, reports, selection.rules(), options.reporting.quiet,
                options.reporting.verbose, survey -> {
                    if (!options.reporting.quiet) {
                        new Summary(screen).head(about, reports.spoken(survey), reports.unspoken(survey));
                    }
                })) {
            var result = ending.with(Suite.of(target).catalogue(catalogue).revisions(selection.revisions())
                    .select(selection.rules()::contains).listener(view)).run();
            if (result.results().isEmpty()) {
                throw new NothingSelected("The server speaks none of the revisions that the selected rules are about.");
            }
            var ended = opened.process() == null || opened.process().endStatus().isEmpty() ? null
                    : "ended by itself with status " + opened.process().endStatus().getAsInt();
            return reports.run(result, about, ended,
                    ending.why().map(why -> "The run ended before its end: " + why + ".").stream().toList());
        } catch (Unjudgeable e) {
            var process = opened.process();
            // The message names the URL, which may hold a key.
            var why = target.mask(e.getMessage().replace(target.uri().toString(), Reports.url(target.uri())));
            throw new Unjudgeable(process == null || process.endStatus().isEmpty() ? why
                    : why + " It ended with status " + process.endStatus().getAsInt() + ".");
        }
    }

    private RunReport compare(Baseline baseline, Path file, RunReport run) {
        return Comparison.compare(baseline, file.toString(), run, new Comparison.Asked() {
            @Override
            public boolean exists(String rule) {
                return catalogue.find(rule).isPresent();
            }

            @Override
            public boolean rule(String rule) {
                return selection.rules().stream().anyMatch(r -> r.id().equals(rule));
            }

            @Override
            public boolean revision(String revision) {
                return Revision.find(revision).map(selection.revisions()::contains).orElse(false);
            }

            @Override
            public boolean everything() {
                return selection.everything();
            }
        });
    }

    private Optional<String> note(String rule) {
        return catalogue.find(rule).flatMap(Notes::of);
    }

    private void ended(RunReport run, Subject.Opened opened) {
        if (run.ended() != null) {
            screen.line();
            screen.line(Screen.red("The server " + run.ended() + " during the run.") + " The last of its output:");
            output(screen, opened.target().mask(opened.process().output()));
        }
    }

    private int cannotJudge(Outputs files, String why, String output, int status) throws IOException {
        screen.status("");
        errors.line(Screen.bold("Cannot judge: ") + why);
        if (!output.isBlank()) {
            errors.line("The last of its output:");
            output(errors, output);
        }
        files.write(report(List.of(), why, status));
        return status;
    }

    private static void output(Screen screen, String output) {
        output.lines().forEach(l -> screen.line("  | " + l));
    }

    private Report report(List<RunReport> runs, String problem, int status) {
        var version = Objects.requireNonNullElse(Client.class.getPackage().getImplementationVersion(), "dev");
        return new Report(Report.FORMAT, new Report.Kit("mcp-session-conformance", version), startedAt,
                Math.round((System.nanoTime() - started) / 1e3) / 1e3, status, problem, runs);
    }

    /** The report files that were asked for. */
    private static final class Outputs implements AutoCloseable {
        private final Map<ReportFile, Function<Report, String>> writers = new LinkedHashMap<>();
        private final List<ReportFile> prepared = new ArrayList<>();

        void add(String option, Path path, Function<Report, String> writer) {
            var file = prepare(option, path);
            if (file != null) {
                writers.put(file, writer);
            }
        }

        ReportFile prepare(String option, Path path) {
            if (path == null) {
                return null;
            }
            try {
                var file = ReportFile.prepare(path);
                prepared.add(file);
                return file;
            } catch (IOException e) {
                throw new Misuse(option + ": the file cannot be written: " + e.getMessage(), e);
            }
        }

        void write(Report report) throws IOException {
            for (var writer : writers.entrySet()) {
                writer.getKey().write(writer.getValue().apply(report));
            }
        }

        @Override
        public void close() throws IOException {
            for (var file : prepared) {
                file.close();
            }
        }
    }

    /** The baseline that is known, or that is about to be recorded. */
    private static final class Baselines {
        private final Baseline known;
        private final boolean all;

        Baselines(RunOptions.Reporting options) {
            if (options.baseline != null && options.writeBaseline != null) {
                throw new Misuse("Give --baseline or --write-baseline, not both: the latter keeps the reasons that its file has.");
            }
            if (options.baselineAll && options.writeBaseline == null) {
                throw new Misuse("--baseline-all goes with --write-baseline.");
            }
            if (options.baseline != null) {
                known = read("--baseline", options.baseline);
            } else if (options.writeBaseline != null && Files.isRegularFile(options.writeBaseline)) {
                // Reading it first also keeps us from replacing a file that is something else.
                known = read("--write-baseline", options.writeBaseline);
            } else {
                known = null;
            }
            all = options.baselineAll || options.writeBaseline != null && known != null && known.all();
        }

        private static Baseline read(String option, Path file) {
            try {
                return Baseline.read(file);
            } catch (IOException e) {
                throw new Misuse(option + ": " + e.getMessage(), e);
            }
        }

        Baseline known() {
            return known;
        }

        Baseline record(RunReport run) {
            return Baseline.of(run, all, Optional.ofNullable(known));
        }
    }
}
