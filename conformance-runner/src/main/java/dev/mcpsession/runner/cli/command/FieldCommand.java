package dev.mcpsession.runner.cli.command;

import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.judge.Outputs;
import dev.mcpsession.runner.cli.option.OutputOptions;
import dev.mcpsession.runner.report.html.HtmlField;
import dev.mcpsession.runner.report.model.Field;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the page about the field, for {@code conformance-runner/targets/field-page}. */
@Command(
        name = "field",
        hidden = true,
        mixinStandardHelpOptions = true,
        description = "Writes a page about many servers and clients from what field-page collected.")
final class FieldCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FIELD.json", description = "What was found, as field-page writes it.")
    Path model;

    @Option(names = "--html", paramLabel = "FILE", required = true, description = "The page.")
    Path html;

    @Mixin
    OutputOptions output = new OutputOptions();

    private final Io io;

    FieldCommand(Io io) {
        this.io = io;
    }

    @Override
    public Integer call() {
        Field field;
        try {
            field = Field.read(model);
        } catch (IOException e) {
            throw new UsageException(e.getMessage(), e);
        }
        try (var files = new Outputs(output.err(io)::line)) {
            files.write("--html", files.prepare("--html", html), writer -> HtmlField.write(field, writer));
            return files.status(ExitStatus.CONFORMS);
        }
    }
}
