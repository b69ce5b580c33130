package dev.mcpsession.runner.probe;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.mcpsession.runner.report.model.Report;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The findings of a probe about a server. A member that is null was not found out.
 *
 * @param run the command that judges the server with what was found
 */
public record ProbeReport(
        String format,
        Report.Kit kit,
        Instant startedAt,
        String url,
        List<Report.SpokenReport> spoken,
        List<Report.UnspokenReport> unspoken,
        @Nullable Credentials credentials,
        @Nullable Answers answers,
        @Nullable Sessions sessions,
        Tools tools,
        @Nullable Idle idle,
        @Nullable List<String> run) {
    /** Fields may be added under the same version; anything else raises it. */
    public static final String FORMAT = "mcp-session-probe/1";

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .changeDefaultPropertyInclusion(i -> i.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();

    /**
     * Whether the server asks who one is.
     *
     * @param status of an initialize without credentials; 0 where no reply came
     * @param challenge the WWW-Authenticate header of the reply
     */
    public record Credentials(
            boolean given, int status, @Nullable String challenge) {
        boolean needed() {
            return status == 401 || status == 403;
        }
    }

    /** How requests are answered: {@code json} or {@code event stream}. */
    public record Answers(
            @Nullable String initialize, @Nullable String list) {}

    /**
     * The properties of sessions in the newest revision that has them.
     *
     * @param idForm of what signs the ids are made
     * @param idRepeated whether later replies carry the id too
     * @param withoutId the status of a request without the id; so on for the other statuses, 0 where no reply came
     * @param afterDelete the status of a request after DELETE was answered 2xx
     * @param secondDelete the status of a second DELETE after that
     * @param getHeadMs how long the head of the stream took that is answered to GET; null where none came in time
     */
    public record Sessions(
            String revision,
            int idLength,
            String idForm,
            boolean idRepeated,
            int withoutId,
            int unknownId,
            int get,
            boolean getStream,
            @Nullable Double getHeadMs,
            int delete,
            int afterDelete,
            int secondDelete) {}

    /** @param slow the tool that seems to take its time, with arguments; it was not called */
    public record Tools(List<String> names, @Nullable Slow slow) {}

    public record Slow(String name, JsonNode arguments) {}

    /**
     * When idle sessions are ended.
     *
     * @param upToMs the longest idle span that was tried
     * @param looks how many sessions were looked at, each once
     * @param longestLifeMs the longest that a session was certainly idle for, and lived
     * @param goneFromMs up to this idle span, every session that was looked at lived
     * @param goneUntilMs from this idle span on, every session that was looked at was gone
     * @param varies whether sessions are ended after different spans
     * @param usualMs a usual setting within the interval
     * @param idleTimeoutMs what to tell a run; it accuses the server of nothing that was seen
     * @param reapLagMs what to tell a run beside it
     * @param endedBusyAfterMs the age at which a session was gone that had been in use all along
     * @param ended why the search ended before its end
     * @param trouble why some sessions, or all, told nothing
     */
    public record Idle(
            double upToMs,
            int looks,
            @Nullable Double longestLifeMs,
            @Nullable Double goneFromMs,
            @Nullable Double goneUntilMs,
            @Nullable Boolean varies,
            @Nullable Long usualMs,
            @Nullable Long idleTimeoutMs,
            @Nullable Long reapLagMs,
            @Nullable Double endedBusyAfterMs,
            @Nullable String ended,
            @Nullable String trouble) {}

    public ProbeReport withRun(List<String> run) {
        return new ProbeReport(
                format, kit, startedAt, url, spoken, unspoken, credentials, answers, sessions, tools, idle, run);
    }

    public String toJson() {
        return MAPPER.writeValueAsString(this) + "\n";
    }
}
