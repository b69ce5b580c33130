package dev.mcpsession.runner.cli.command;

import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.judge.Outputs;
import dev.mcpsession.runner.cli.option.OutputOptions;
import dev.mcpsession.runner.report.console.ChangesView;
import dev.mcpsession.runner.report.machine.JsonReport;
import dev.mcpsession.runner.report.markdown.ChangesTable;
import dev.mcpsession.runner.report.model.Changes;
import dev.mcpsession.runner.report.model.Report;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells what changed between two runs. */
@Command(
        name = "diff",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Tells what changed from one JSON report to another: which rules are newly broken, which are "
                + "mended, and which verdicts are others. Rules that changed for one cause are one entry.",
        exitCodeListHeading = "%nExit status%n",
        exitCodeList = {
            "0:No FAIL is new.",
            "1:A FAIL is new.",
            "2:A file is no JSON report, or the command was called in a way that cannot work.",
            "3:No FAIL is new, but the later run did not judge something that the earlier one did."
        },
        footerHeading = "%nExamples%n",
        footer = "  java -jar mcp-session-conformance.jar diff before.json after.json --markdown changes.md")
final class DiffCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "A.json", description = "The report of the earlier run, made with --json.")
    Path before;

    @Parameters(index = "1", paramLabel = "B.json", description = "The report of the later run.")
    Path after;

    @Option(names = "--markdown", paramLabel = "FILE", description = "Write the changes as GitHub Markdown too.")
    @Nullable
    Path markdown;

    @Mixin
    OutputOptions output = new OutputOptions();

    private final Io io;

    DiffCommand(Io io) {
        this.io = io;
    }

    @Override
    public Integer call() {
        var changes = Changes.between(read(before), read(after));
        try (var files = new Outputs(output.err(io)::line)) {
            files.reads("A.json", before);
            files.reads("B.json", after);
            var file = markdown == null ? null : files.prepare("--markdown", markdown);
            new ChangesView(output.beside(io, markdown)).show(changes);
            if (file != null) {
                files.write("--markdown", file, writer -> writer.write(ChangesTable.write(changes)));
            }
            return files.status(
                    changes.worse()
                            ? ExitStatus.VIOLATIONS
                            : changes.undecided() ? ExitStatus.NOT_JUDGED : ExitStatus.CONFORMS);
        }
    }

    static Report read(Path file) {
        try {
            return JsonReport.read(file);
        } catch (IOException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }
}
