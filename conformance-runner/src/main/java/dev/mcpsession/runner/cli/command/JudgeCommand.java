package dev.mcpsession.runner.cli.command;

import dev.mcpsession.conformance.clients.ClientSuite;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.clients.trace.TraceFile;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.judge.JudgeClient;
import dev.mcpsession.runner.cli.option.ClientOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Judges both ends by a trace. */
@Command(
        name = "judge",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Judges a client and its server by a trace: one that the command record has saved, or a HAR file,"
                + " as browsers and proxies export them. Needs no network. Rules that the trace does not"
                + " decide are not testable.",
        exitCodeListHeading = "%nExit status%n",
        exitCodeList = {
            "0:What the trace shows conforms.",
            "1:It does not: a MUST or a CONTRACT is broken, or the baseline does not hold.",
            "2:The kit was called in a way that cannot work.",
            "3:The trace could not be judged, or a report could not be written.",
            "4:No rule was selected."
        },
        footerHeading = "%nExamples%n",
        footer = "  java -jar mcp-session-conformance.jar judge trace.json")
final class JudgeCommand implements Callable<Integer> {
    @Parameters(paramLabel = "TRACE", description = "The file.")
    Path file;

    @Mixin
    ClientOptions options = new ClientOptions();

    private final Io io;

    JudgeCommand(Io io) {
        this.io = io;
    }

    @Override
    public Integer call() throws Exception {
        // A path has lost one of the slashes.
        if (file.toString().matches("https?:/.*")) {
            throw new UsageException(
                    "it reads a trace, which record or a browser has saved; a server is judged by its URL"
                            + " alone, without the word judge.");
        }
        Trace trace;
        try {
            trace = TraceFile.read(file);
        } catch (IOException e) {
            throw new UsageException(e.getMessage(), e);
        }
        try (var judging = JudgeClient.ofTrace(options, io, file)) {
            return judging.judge(ClientSuite.of(trace), file.getFileName().toString(), file.toString(), null);
        }
    }
}
