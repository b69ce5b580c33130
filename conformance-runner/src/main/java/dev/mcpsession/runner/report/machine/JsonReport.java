package dev.mcpsession.runner.report.machine;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Writes the report as JSON, and reads it. */
public final class JsonReport {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .changeDefaultPropertyInclusion(i -> i.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();

    private JsonReport() {}

    /**
     * Reads a report.
     *
     * @throws IOException if the file cannot be read, or is none
     */
    public static Report read(Path file) throws IOException {
        Report report;
        try (var in = Files.newInputStream(file)) {
            report = MAPPER.readValue(in, Report.class);
        } catch (JacksonException e) {
            var what = e instanceof StreamReadException ? " is not JSON" : " is no report";
            throw new IOException(file + what + ": give what --json has written", e);
        } catch (NoSuchFileException e) {
            throw new IOException("there is no file " + file, e);
        }
        if (report == null || !Report.FORMAT.equals(report.format())) {
            throw new IOException(
                    file + " is no report of the form " + Report.FORMAT + ": give what --json has written");
        }
        if (!isWhole(report)) {
            throw new IOException(file + " is no whole report");
        }
        return report;
    }

    private static boolean isWhole(Report report) {
        return report.startedAt() != null
                && report.runs() != null
                && report.runs().stream()
                        .allMatch(run -> run != null
                                && run.target() != null
                                && run.target().name() != null
                                && run.spoken() != null
                                && run.results() != null
                                && run.results().stream().allMatch(JsonReport::isWhole));
    }

    private static boolean isWhole(@Nullable ResultReport result) {
        return result != null
                && Stream.of(result.rule(), result.revision(), result.level(), result.title(), result.summary())
                        .allMatch(Objects::nonNull)
                && Arrays.stream(Verdict.values()).anyMatch(v -> v.name().equals(result.verdict()))
                && result.exchanges() != null
                && result.exchanges().stream()
                        .allMatch(e -> e != null
                                && e.method() != null
                                && e.url() != null
                                && e.requestHeaders() != null
                                && (e.status() == null || e.headers() != null))
                && (result.evidence() == null
                        || result.evidence() >= 0
                                && result.evidence() < result.exchanges().size());
    }

    /** The report as one text. */
    public static String write(Report report) {
        var text = new StringWriter();
        write(report, text);
        return text.toString();
    }

    /** Writes the report piece by piece. */
    public static void write(Report report, Writer out) {
        MAPPER.writeValue(out, report);
        try {
            out.write("\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
