package dev.mcpsession.runner.cli;

import dev.mcpsession.runner.report.HarReport;
import dev.mcpsession.runner.report.HtmlReport;
import dev.mcpsession.runner.report.JUnitReport;
import dev.mcpsession.runner.report.JsonReport;
import dev.mcpsession.runner.report.MarkdownReport;
import dev.mcpsession.runner.report.Report;
import dev.mcpsession.runner.report.ReportFile;
import dev.mcpsession.runner.report.SarifReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** The files that are to be written when a run is over. */
final class Outputs implements AutoCloseable {
    private final List<ReportFile> prepared = new ArrayList<>();
    private final List<Output> reports = new ArrayList<>();
    private final Consumer<String> complain;
    private boolean failed;

    private interface Format {
        void write(Report report, Writer writer) throws IOException;
    }

    private record Output(String option, ReportFile file, Format format) {}

    /** @param complain told in one line of each file that cannot be written */
    Outputs(Consumer<String> complain) {
        this.complain = complain;
    }

    /**
     * Adds the reports that were asked for.
     *
     * @param notes the Markdown of the note on a rule, by its id
     * @throws UsageException if one cannot be written
     */
    void add(RunOptions.Reporting asked, Function<String, Optional<String>> notes) {
        add("--json", asked.json, JsonReport::write);
        add("--junit-xml", asked.junitXml, JUnitReport::write);
        add("--har", asked.har, HarReport::write);
        add("--sarif", asked.sarif, SarifReport::write);
        add("--markdown", asked.markdown, (report, writer) -> writer.write(MarkdownReport.write(report)));
        add("--html", asked.html, (report, writer) -> HtmlReport.write(report, notes, writer));
    }

    private void add(String option, Path path, Format format) {
        if (path != null) {
            reports.add(new Output(option, prepare(option, path), format));
        }
    }

    /**
     * Makes sure that a file can be written.
     *
     * @throws UsageException if it cannot
     */
    ReportFile prepare(String option, Path path) {
        try {
            var file = ReportFile.prepare(path);
            prepared.add(file);
            return file;
        } catch (IOException e) {
            throw new UsageException(option + ": the file cannot be written: " + e.getMessage(), e);
        }
    }

    /** Writes the reports, each whether or not the others can be. */
    void write(Report report) {
        for (var output : reports) {
            write(output.option(), output.file(), writer -> output.format().write(report, writer));
        }
    }

    /** Writes a file, or tells why that is not possible. */
    void write(String option, ReportFile file, ReportFile.Content content) {
        try {
            file.write(content);
        } catch (IOException | RuntimeException | StackOverflowError e) {
            failed = true;
            complain.accept(option + ": " + file.path() + " could not be written: " + reason(e));
        }
    }

    private static String reason(Throwable failure) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof NoSuchFileException) {
                return "its folder is gone";
            }
            if (cause instanceof FileSystemException e && e.getReason() != null) {
                return e.getReason();
            }
            if (cause instanceof IOException && !(cause.getCause() instanceof IOException)) {
                return String.valueOf(cause.getMessage());
            }
        }
        return (failure instanceof UncheckedIOException ? failure.getCause() : failure).toString();
    }

    /** The exit status: that of the judgement, unless that is success and a file could not be written. */
    int status(int judged) {
        return failed && judged == ExitStatus.CONFORMS ? ExitStatus.NOT_JUDGED : judged;
    }

    @Override
    public void close() {
        for (var file : prepared) {
            try {
                file.close();
            } catch (IOException e) {
                // A draft that cannot be deleted changes nothing of what was found.
            }
        }
    }
}
