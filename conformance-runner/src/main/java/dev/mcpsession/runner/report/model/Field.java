package dev.mcpsession.runner.report.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The verdicts on many servers and clients: the model of the page about the field.
 *
 * @param harms what violations do to users, the worst first; others name one by its place
 */
public record Field(List<String> harms, List<Table> tables) {
    /**
     * Rules × servers, or rules × clients.
     *
     * @param kind {@code server} or {@code client}
     */
    public record Table(String kind, List<Column> columns, List<Row> rows, List<Told> findings) {}

    /**
     * @param source when it was judged, or what the verdicts come from
     * @param page the file that tells of it, beside the page
     */
    public record Column(String name, String title, String source, String page) {}

    /** @param cells one for each column; null where nothing is recorded */
    public record Row(
            String rule,
            String title,
            String level,
            int harm,
            @Nullable List<Cell> cells) {}

    /**
     * @param revisions those that have the verdict; none if all have
     * @param finding the id of what stands behind it
     */
    public record Cell(String verdict, List<String> revisions, String text, String finding) {}

    /**
     * Something that a server or client does, with the rules that it breaks by that.
     *
     * @param subject the folder of the server or client
     * @param text what its page tells of it, in Markdown; may be empty
     */
    public record Told(
            String id,
            String subject,
            String server,
            String heading,
            String text,
            String verdict,
            int harm,
            List<String> rules,
            List<String> levels,
            List<Seen> seen) {}

    /** One verdict that it led to. */
    public record Seen(String by, String rule, String verdict, List<String> revisions, String text) {}

    /**
     * Reads the model.
     *
     * @throws IOException if the file cannot be read, or holds something else
     */
    public static Field read(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return Objects.requireNonNull(JsonMapper.builder().build().readValue(in, Field.class), "no field: " + file);
        } catch (JacksonException e) {
            throw new IOException(file + " describes no field: " + e.getOriginalMessage(), e);
        }
    }
}
