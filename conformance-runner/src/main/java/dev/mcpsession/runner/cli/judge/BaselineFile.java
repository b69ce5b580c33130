package dev.mcpsession.runner.cli.judge;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.baseline.Baseline;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.option.RunOptions;
import dev.mcpsession.runner.cli.target.Subject;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.model.ReportFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The baseline of one server: one that is known, one that is about to be recorded, or none.
 *
 * @param file where it is; null where there is none
 * @param known what the file says, if it is there; reading it also keeps us from replacing a file that is something
 *     else
 * @param output where to write it; null where it is only to be read
 * @param all whether to record every verdict but PASS
 */
record BaselineFile(
        @Nullable Path file,
        @Nullable Baseline known,
        @Nullable ReportFile output,
        boolean all) {
    /**
     * The baseline that the options give, or else the target file. With several targets, the options name a folder, in
     * which each target has a file.
     *
     * @param subject null where there is one target, which has no file
     *
     * @throws UsageException if it cannot be read, or cannot be written
     */
    static BaselineFile of(RunOptions.Reporting options, @Nullable Subject subject, boolean several, Outputs outputs) {
        if (options.baseline != null && options.writeBaseline != null) {
            throw new UsageException(
                    "Give --baseline or --write-baseline, not both: the latter keeps the reasons that its file has.");
        }
        if (options.baselineAll && options.writeBaseline == null) {
            throw new UsageException("--baseline-all goes with --write-baseline.");
        }
        if (options.writeBaseline != null) {
            var file = of("--write-baseline", options.writeBaseline, subject, several);
            var known = Files.isRegularFile(file) ? read("--write-baseline", file) : null;
            return new BaselineFile(
                    file,
                    known,
                    outputs.prepare("--write-baseline", file),
                    options.baselineAll || known != null && known.all());
        }
        if (options.baseline != null) {
            var file = of("--baseline", options.baseline, subject, several);
            outputs.reads("--baseline", file);
            return new BaselineFile(file, read("--baseline", file), null, false);
        }
        if (subject != null && subject.baseline() != null) {
            outputs.reads("\"baseline\" of --target", subject.baseline());
            return new BaselineFile(
                    subject.baseline(), read("--target: \"baseline\"", subject.baseline()), null, false);
        }
        return new BaselineFile(null, null, null, false);
    }

    private static Path of(String option, Path path, @Nullable Subject subject, boolean several) {
        if (!several) {
            return path;
        }
        var name = Objects.requireNonNull(subject, "Each of several targets has a name")
                        .name()
                        .replaceAll("[^A-Za-z0-9._-]", "-")
                + ".json";
        if (!Files.isDirectory(path)) {
            throw new UsageException(
                    option + ": with several targets, this should be a folder, in which each has a file of its name, "
                            + "such as " + name + "; " + path + " is none.");
        }
        return path.resolve(name);
    }

    private static Baseline read(String option, Path file) {
        try {
            return Baseline.read(file);
        } catch (IOException e) {
            throw new UsageException(option + ": " + e.getMessage(), e);
        }
    }

    boolean isToBeWritten() {
        return output != null;
    }

    /** What to say where a run was cut short. */
    String notWritten() {
        return "--write-baseline: the baseline was not written, since the run was cut short"
                + (known == null ? "." : ": " + file + " stays as it was.");
    }

    /** Whether a run ended before all its rules were run, so that there is no more than a part to record. */
    static boolean leavesOut(RunReport run) {
        return run.results().stream().anyMatch(r -> r.verdict().equals(Verdict.NOT_RUN.name()));
    }

    /** Writes the baseline that a run conforms to. */
    Baseline record(RunReport run, Outputs files) {
        var recorded = Baseline.of(run, all, Optional.ofNullable(known));
        var file = Objects.requireNonNull(output, "No baseline is to be written");
        files.write("--write-baseline", file, writer -> writer.write(recorded.toJson()));
        return recorded;
    }
}
