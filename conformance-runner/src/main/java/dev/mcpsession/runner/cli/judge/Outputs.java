package dev.mcpsession.runner.cli.judge;

import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.option.RunOptions;
import dev.mcpsession.runner.cli.target.TargetFiles;
import dev.mcpsession.runner.report.html.HtmlReport;
import dev.mcpsession.runner.report.machine.HarReport;
import dev.mcpsession.runner.report.machine.JUnitReport;
import dev.mcpsession.runner.report.machine.JsonReport;
import dev.mcpsession.runner.report.machine.SarifReport;
import dev.mcpsession.runner.report.markdown.MarkdownReport;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.ReportFile;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The files that are to be written when a run is over. */
public final class Outputs implements AutoCloseable {
    private final List<ReportFile> prepared = new ArrayList<>();
    private final List<Output> reports = new ArrayList<>();
    private final List<Use> uses = new ArrayList<>();
    private final Consumer<String> complain;
    private boolean failed;

    private interface Format {
        void write(Report report, Writer writer) throws IOException;
    }

    /** A file that a command line names. */
    private record Use(String option, Path path, Object identity, boolean written) {}

    private record Output(String option, ReportFile file, Format format) {}

    /** @param complain told in one line of each file that cannot be written */
    public Outputs(Consumer<String> complain) {
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
        add("--markdown", asked.markdown, MarkdownReport::write);
        add("--html", asked.html, (report, writer) -> HtmlReport.write(report, notes, writer));
    }

    private void add(String option, @Nullable Path path, Format format) {
        if (path != null) {
            reports.add(new Output(option, prepare(option, path), format));
        }
    }

    /**
     * Makes sure that a file can be written.
     *
     * @throws UsageException if it cannot
     */
    public ReportFile prepare(String option, Path path) {
        use(option, path, true);
        try {
            var file = ReportFile.prepare(path);
            prepared.add(file);
            return file;
        } catch (IOException e) {
            throw new UsageException(option + ": the file cannot be written: " + e.getMessage(), e);
        }
    }

    /**
     * Says that a file is read, so that it is not written, too.
     *
     * @param path null for none
     * @throws UsageException if it is to be written
     */
    public void reads(String option, @Nullable Path path) {
        if (path != null) {
            use(option, path, false);
        }
    }

    /** Says that the files which describe the server are read. */
    public void reads(RunOptions.Server server) {
        TargetFiles.of(server.targets).forEach(file -> reads("--target", file));
        reads("--header-file", server.headerFile);
        reads("--other-header-file", server.otherHeaderFile);
        reads("--cacert", server.cacert);
    }

    /** One file cannot hold two reports, nor a report and what the command reads. */
    private void use(String option, Path path, boolean written) {
        var use = new Use(option, path, identity(path), written);
        for (var other : uses) {
            if (!other.identity().equals(use.identity()) || !other.written() && !written) {
                continue;
            }
            var named = other.path().equals(path) ? path.toString() : other.path() + " and " + path;
            throw new UsageException(other.option() + " and " + option + " name the same file, " + named + ": "
                    + (other.written() && written
                            ? "one report would replace the other."
                            : "the report would replace what is read."));
        }
        uses.add(use);
    }

    /** The same for two names of one file, whether or not it is there yet; never the same for /dev/null. */
    private static Object identity(Path path) {
        if (ReportFile.isStandardOutput(path)) {
            return FileDescriptor.out;
        }
        var file = path.toAbsolutePath().normalize();
        try {
            if (Files.exists(path)) {
                var real = path.toRealPath();
                var key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
                return real.equals(Path.of("/dev/null")) ? new Object() : key != null ? key : real;
            }
            var folder = file.getParent();
            return folder == null ? file : folder.toRealPath().resolve(file.getFileName());
        } catch (IOException e) {
            // Whoever reads or writes it says why that is not possible.
            return file;
        }
    }

    /** Writes the reports, each whether or not the others can be. */
    public void write(Report report) {
        for (var output : reports) {
            write(output.option(), output.file(), writer -> output.format().write(report, writer));
        }
    }

    /** Writes a file, or tells why that is not possible. */
    public void write(String option, ReportFile file, ReportFile.Content content) {
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
        return String.valueOf(failure instanceof UncheckedIOException ? failure.getCause() : failure);
    }

    /** The exit status: that of the judgement, unless that is success and a file could not be written. */
    public int status(int judged) {
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
