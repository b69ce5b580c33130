package dev.mcpsession.runner.cli.command;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.run.UnjudgeableException;
import dev.mcpsession.conformance.target.Target;
import dev.mcpsession.runner.cli.console.Ending;
import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.console.ServerLogs;
import dev.mcpsession.runner.cli.judge.JudgeServer;
import dev.mcpsession.runner.cli.judge.Outputs;
import dev.mcpsession.runner.cli.option.Converters;
import dev.mcpsession.runner.cli.option.OutputOptions;
import dev.mcpsession.runner.cli.option.RunOptions;
import dev.mcpsession.runner.cli.option.ShellWords;
import dev.mcpsession.runner.cli.target.Subject;
import dev.mcpsession.runner.launch.LaunchException;
import dev.mcpsession.runner.probe.Probe;
import dev.mcpsession.runner.probe.ProbeReport;
import dev.mcpsession.runner.probe.ProbeView;
import dev.mcpsession.runner.report.model.ReportFile;
import dev.mcpsession.runner.report.model.Reports;
import dev.mcpsession.runner.report.text.Screen;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Finds out what a server does. */
@Command(
        name = "probe",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Finds out what a server does, without being told: revisions, session ids, DELETE, streams, "
                    + "credentials, and when it ends idle sessions. Prints the command that judges it.",
            "",
            "To find the idle timeout, it opens up to a dozen sessions at a time, leaves each idle for another span, "
                    + "and looks at each once. No tool is called; its sessions are ended."
        },
        footerHeading = "%nExamples%n",
        footer = {
            "  Probe a server that runs:",
            "    java -jar mcp-session-conformance.jar probe http://127.0.0.1:8000/mcp",
            "  Look for a longer idle timeout:",
            "    java -jar mcp-session-conformance.jar probe http://127.0.0.1:8000/mcp --up-to 5m",
            "  Start a server and probe it:",
            "    java -jar mcp-session-conformance.jar probe --launch 'python server.py --port {port}'"
        })
final class ProbeCommand implements Callable<Integer> {
    /** Results that are told in another way, or make no sense for a run. */
    private static final Set<String> OWN =
            Set.of("--up-to", "--json", "--color", "--deadline", "--idle-timeout", "--reap-lag", "--slow-tool");

    static final Duration UP_TO = Duration.ofSeconds(30);

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "URL",
            converter = Converters.Url.class,
            description = "The MCP endpoint of a server that runs. Without it, and without --launch or --target, the "
                    + "reference server is started and probed.")
    @Nullable
    URI url;

    @Option(
            names = "--up-to",
            paramLabel = "TIME",
            converter = Converters.Positive.class,
            order = 0,
            description = "The longest idle timeout to look for. It is found within about four times its length. "
                    + "Default: 30s.")
    Duration upTo = UP_TO;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            order = 0,
            description = "Write what was found as JSON too; see REPORT.md.")
    @Nullable
    Path json;

    @ArgGroup(validate = false, heading = "%nThe server%n", order = 1)
    RunOptions.Server server = new RunOptions.Server();

    @ArgGroup(validate = false, heading = "%nManners%n", order = 4)
    RunOptions.Manners manners = new RunOptions.Manners();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Spec
    CommandSpec spec;

    private final Io io;

    ProbeCommand(Io io) {
        this.io = io;
    }

    @Override
    public Integer call() throws Exception {
        ServerLogs.silence();
        var options = new RunOptions();
        options.url = url;
        options.server = server;
        options.manners = manners;
        var subject = new Subject(options, io.environment());
        var screen = output.beside(io, json);
        var errors = output.err(io);
        try (var files = new Outputs(errors::line);
                var ending = new Ending(manners.deadline, io.ownProcess(), (io.terminal() ? screen : errors)::line)) {
            files.reads(server);
            var file = json == null ? null : files.prepare("--json", json);
            screen.status(subject.isLaunched() ? "starting the server" : "asking the server what it speaks");
            try (var opened = ending.interruptibly(subject::open);
                    var probe = new Probe(opened.target());
                    var view = new ProbeView(screen)) {
                return ending.status(files.status(probe(opened.target(), probe, view, ending, files, file)));
            } catch (InterruptedException e) {
                return cannot(
                        errors,
                        "it ended before: " + ending.why().orElse("it was interrupted") + ".",
                        ending.status(ExitStatus.NOT_JUDGED));
            } catch (RuleAbortedException e) {
                return cannot(errors, e.getMessage() + ".", ending.status(ExitStatus.NOT_JUDGED));
            } catch (LaunchException e) {
                int status = cannot(
                        errors, "the launched server " + e.getMessage() + ".", ending.status(ExitStatus.NOT_JUDGED));
                Screen.foreign(e.output()).lines().forEach(l -> errors.line("  | " + l));
                return e.started() ? status : ExitStatus.MISUSE;
            } finally {
                screen.status("");
            }
        }
    }

    private static int cannot(Screen errors, String why, int status) {
        errors.line(Screen.bold("Cannot probe: ") + Screen.foreign(why));
        return status;
    }

    private int probe(
            Target target, Probe probe, ProbeView view, Ending ending, Outputs files, @Nullable ReportFile file)
            throws Exception {
        ProbeReport report;
        try {
            report = find(target, probe, view, ending, upTo);
        } catch (UnjudgeableException e) {
            return cannot(output.err(io), e.getMessage(), ExitStatus.NOT_JUDGED);
        }
        view.showRun(command(report, target, true));
        if (file != null) {
            var text = report.withRun(command(report, target, false)).toJson();
            files.write("--json", file, writer -> writer.write(text));
        }
        return ending.why().isPresent() ? ExitStatus.NOT_JUDGED : ExitStatus.CONFORMS;
    }

    /**
     * Probes, and shows what is found.
     *
     * @throws UnjudgeableException if the server cannot be probed at all
     * @throws InterruptedException if the call was ended before anything was found out
     */
    static ProbeReport find(Target target, Probe probe, ProbeView view, Ending ending, Duration upTo) throws Exception {
        ending.interruptibly(probe::askForCredentials);
        try {
            // A run of no rules is a survey.
            probe.acquaint(
                    ending.with(Suite.of(target).select(rule -> false)).run().survey());
        } catch (UnjudgeableException e) {
            // The message names the URL, which may hold a key.
            var why = target.mask(e.getMessage().replace(target.uri().toString(), Reports.url(target.uri())));
            throw new UnjudgeableException(why);
        }
        view.show(probe.report(JudgeServer.kit()));
        var whyNot = probe.whyNoSearch();
        try {
            if (whyNot.isEmpty()) {
                ending.interruptibly(() -> {
                    probe.search(upTo, view);
                    return null;
                });
            }
        } catch (InterruptedException e) {
            // The findings so far are printed below.
        }
        view.close();
        var report = probe.report(JudgeServer.kit());
        if (report.idle() != null) {
            view.showIdle(report.idle());
        } else {
            view.showNoSearch(whyNot.orElse("it was ended early"));
        }
        return report;
    }

    /** The words of the command that judges the server with what was found. */
    private List<String> command(ProbeReport report, Target target, boolean withLaunch) {
        var words = new ArrayList<>(ShellWords.program());
        if (url != null) {
            words.add(ShellWords.quoted(Reports.url(url)));
        }
        words.addAll(ShellWords.given(spec.commandLine().getParseResult(), OWN, withLaunch));
        words.addAll(timing(report.idle(), target));
        if (server.slowTool != null) {
            words.addAll(slowTool(server.slowTool.name(), server.slowTool.arguments()));
        } else if (target.slowTool().isEmpty() && report.tools().slow() != null) {
            words.addAll(
                    slowTool(report.tools().slow().name(), report.tools().slow().arguments()));
        }
        return words;
    }

    private static List<String> slowTool(String name, tools.jackson.databind.JsonNode arguments) {
        return List.of("--slow-tool", ShellWords.quoted(name + "=" + arguments));
    }

    /** The lag, in milliseconds, that goes with a timeout which is known. */
    static long lagAfter(Duration idleTimeout, ProbeReport.Idle idle) {
        long gone =
                Objects.requireNonNullElse(idle.idleTimeoutMs(), 0L) + Objects.requireNonNullElse(idle.reapLagMs(), 0L);
        return Math.max(250, gone - idleTimeout.toMillis());
    }

    private List<String> timing(ProbeReport.@Nullable Idle idle, Target target) {
        var words = new ArrayList<String>();
        Long timeout = idle == null ? null : idle.idleTimeoutMs();
        Long lag = idle == null ? null : idle.reapLagMs();
        if (server.idleTimeout != null) {
            words.addAll(List.of("--idle-timeout", Converters.text(server.idleTimeout)));
        } else if (timeout != null && target.idleTimeout().isEmpty()) {
            words.addAll(List.of("--idle-timeout", Converters.text(Duration.ofMillis(timeout))));
        }
        if (server.reapLag != null) {
            words.addAll(List.of("--reap-lag", Converters.text(server.reapLag)));
        } else if (lag != null && target.idleTimeout().isEmpty()) {
            words.addAll(List.of("--reap-lag", Converters.text(Duration.ofMillis(lag))));
        } else if (idle != null && lag != null && server.idleTimeout != null) {
            words.addAll(List.of("--reap-lag", Converters.text(Duration.ofMillis(lagAfter(server.idleTimeout, idle)))));
        }
        return words;
    }
}
