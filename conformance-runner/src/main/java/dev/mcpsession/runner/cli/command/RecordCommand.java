package dev.mcpsession.runner.cli.command;

import dev.mcpsession.conformance.clients.ClientSuite;
import dev.mcpsession.conformance.clients.trace.Recording;
import dev.mcpsession.conformance.clients.trace.TraceFile;
import dev.mcpsession.runner.cli.console.Ending;
import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.judge.JudgeClient;
import dev.mcpsession.runner.cli.option.ClientOptions;
import dev.mcpsession.runner.cli.option.Converters;
import dev.mcpsession.runner.clients.Recorder;
import dev.mcpsession.runner.report.text.Screen;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Records what a client and a server say to each other, and judges the client. */
@Command(
        name = "record",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Stands between a client and a server: passes everything on as it comes, and judges both by what"
                + " they did when it is interrupted (Ctrl-C), or after --for: the client by the rules for"
                + " clients, the server by those of its rules that a trace can decide. Point the client at"
                + " the URL that is printed.",
        exitCodeListHeading = "%nExit status%n",
        exitCodeList = {
            "0:What was recorded conforms.",
            "1:It does not: a MUST or a CONTRACT is broken, or the baseline does not hold.",
            "2:The kit was called in a way that cannot work.",
            "3:It could not be judged, or a report could not be written.",
            "4:No rule was selected.",
            "Ctrl-C is the usual end of a recording: the status is one of these then, too; only a second one, which "
                    + "ends it without reports, gives 130."
        },
        footerHeading = "%nExamples%n",
        footer = {
            "  Between a client and a server:",
            "    java -jar mcp-session-conformance.jar record http://127.0.0.1:8000/mcp --listen 9000 "
                    + "--save trace.json",
            "  While it runs, end the session of the next request:",
            "    curl -X POST http://127.0.0.1:9000/kit/inject/404-once"
        })
final class RecordCommand implements Callable<Integer> {
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    @Parameters(paramLabel = "URL", converter = Converters.Url.class, description = "The MCP endpoint of the server.")
    URI url;

    @Option(
            names = "--listen",
            paramLabel = "PORT",
            required = true,
            description = "Where clients connect, on loopback; 0 for any that is free.")
    int port;

    @Option(
            names = "--inject",
            paramLabel = "FAULT",
            split = ",",
            description =
                    "Break something, once: 404-once (the session of the next request after the opening is over), 503 "
                            + "(the next request after the opening), cut (the next event stream that answers a request "
                            + "after the opening). Repeatable; in this order. While it runs: POST to "
                            + "/kit/inject/FAULT.")
    List<String> faults = new ArrayList<>();

    @Option(names = "--save", paramLabel = "FILE", description = "Write the trace; credentials in headers are masked.")
    @Nullable
    Path save;

    @Option(
            names = "--for",
            paramLabel = "TIME",
            converter = Converters.Positive.class,
            description = "End after so long.")
    @Nullable
    Duration span;

    @Mixin
    ClientOptions options = new ClientOptions();

    private final Io io;

    RecordCommand(Io io) {
        this.io = io;
    }

    @Override
    public Integer call() throws Exception {
        var inject = new ArrayList<Recorder.Fault>();
        for (var word : faults) {
            inject.add(Recorder.Fault.of(word)
                    .orElseThrow(() -> new UsageException("--inject: '" + word + "' is none of 404-once, 503, cut")));
        }
        if (port < 0 || port > 65_535) {
            throw new UsageException("--listen: " + port + " is no port");
        }
        try (var judging = JudgeClient.ofTrace(options, io, null)) {
            var files = judging.files();
            var output = save == null ? null : files.prepare("--save", save);
            try {
                Recorder.mustBeUp(url);
            } catch (IOException e) {
                judging.errors().line("Cannot record: nothing answers at " + url + ": " + e.getMessage());
                return ExitStatus.NOT_JUDGED;
            }
            var recording = new Recording(20_000, 32L << 20);
            var pending = new ArrayList<Recorder.Fault>();
            try (var ending = new Ending(span, io.ownProcess(), judging.errors()::line);
                    var recorder = open(recording, inject, judging.screen())) {
                judging.screen()
                        .line("Point the client at " + recorder.uri()
                                + (span == null ? "; Ctrl-C gives the report." : "."));
                try {
                    ending.interruptibly(() -> {
                        var told = new HashSet<String>();
                        while (true) {
                            Thread.sleep(LOOK_EVERY.toMillis());
                            recording.oddities().stream()
                                    .filter(told::add)
                                    .forEach(o -> judging.screen().line(Screen.yellow("? " + Screen.foreign(o))));
                        }
                    });
                } catch (InterruptedException e) {
                    // That is the end of the recording.
                }
                pending.addAll(recorder.pending());
            }
            var trace = recording.trace(Optional.empty());
            pending.forEach(fault -> judging.screen()
                    .line(Screen.yellow("? " + fault + " was not injected: "
                            + (fault == Recorder.Fault.CUT
                                    ? "no answer to a request after the opening was an event stream"
                                    : "no request came after the opening"))));
            if (output != null) {
                files.write("--save", output, writer -> writer.write(TraceFile.write(trace)));
            }
            return judging.judge(ClientSuite.of(trace), "recorded", "client and server at " + url.getAuthority(), null);
        }
    }

    private Recorder open(Recording recording, List<Recorder.Fault> inject, Screen screen) {
        try {
            return new Recorder(url, port, recording, inject, words -> screen.line("! " + Screen.foreign(words)));
        } catch (IOException e) {
            throw new UsageException("--listen: port " + port + " cannot be opened: " + e.getMessage(), e);
        }
    }
}
