package dev.mcpsession.runner.cli;

import dev.mcpsession.runner.report.Report;
import dev.mcpsession.runner.report.ReportFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The files that are to be written when a run is over. */
final class Outputs implements AutoCloseable {
    private final Map<ReportFile, Function<Report, String>> writers = new LinkedHashMap<>();
    private final List<ReportFile> prepared = new ArrayList<>();

    /** Adds a report, if it was asked for. */
    void add(String option, Path path, Function<Report, String> writer) {
        if (path != null) {
            writers.put(prepare(option, path), writer);
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

    /** Writes the reports. */
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
