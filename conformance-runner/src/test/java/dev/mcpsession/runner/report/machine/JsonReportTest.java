package dev.mcpsession.runner.report.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.mcpsession.runner.report.model.Fabricated;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.BaselineReport;
import dev.mcpsession.runner.report.model.Report.DifferenceReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

public class JsonReportTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private static JsonSchema schema() {
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(JsonReport.class.getResourceAsStream("/dev/mcpsession/runner/report-1.schema.json"));
    }

    /** The complaints of the schema about a report. */
    public static List<String> complaints(String json) {
        return schema()
                .validate(
                        json,
                        InputFormat.JSON,
                        context -> context.getExecutionConfig().setFormatAssertionsEnabled(true))
                .stream()
                .map(String::valueOf)
                .toList();
    }

    private static Report full() {
        var run = Fabricated.run(
                Fabricated.violation("idle/reaped-post-404", "2025-11-25", "CONTRACT", "FAIL"),
                Fabricated.result("a/one", "2025-06-18", "MUST", "NOT_TESTABLE", "see --launch")
                        .knownFor("so be it"));
        return Fabricated.report(
                1,
                new RunReport(
                        run.target(),
                        run.spoken(),
                        run.unspoken(),
                        run.tookMs(),
                        run.counts(),
                        run.results(),
                        new BaselineReport(
                                "b.json",
                                1,
                                List.of(new DifferenceReport(
                                        "unlisted", "a/one", "2025-06-18", null, "FAIL", "a/one is FAIL"))),
                        "ended by itself with status 1",
                        List.of("a note"),
                        "a problem",
                        3));
    }

    @Test
    void isAsTheSchemaSays() {
        assertEquals(List.of(), complaints(JsonReport.write(full())));
        assertEquals(List.of(), complaints(JsonReport.write(Fabricated.report(4))));
        assertEquals(
                List.of(),
                complaints(JsonReport.write(new Report(
                        Report.FORMAT, new Report.Kit("k", "1"), Instant.now(), 1, 3, "nothing answers", List.of()))));
    }

    @Test
    void theSchemaRefusesWhatItDoesNotKnow() {
        var report = JsonReport.write(full());
        assertFalse(complaints(report.replace("\"FAIL\"", "\"BAD\"")).isEmpty());
        assertFalse(complaints(report.replace("\"exitStatus\"", "\"exitCode\"")).isEmpty());
        assertFalse(complaints(report.replace("\"2026-01-02T03:04:05Z\"", "\"yesterday\""))
                .isEmpty());
        assertFalse(complaints(report.replace("\"sentAtMs\" : 0.5", "\"sentAtMs\" : \"0.5\""))
                .isEmpty());
    }

    /** Every field of the records is in the schema, and the other way round: so neither grows alone. */
    @Test
    void theSchemaNamesEveryField() throws Exception {
        JsonNode schema;
        try (var stream = JsonReport.class.getResourceAsStream("/dev/mcpsession/runner/report-1.schema.json")) {
            schema = MAPPER.readTree(stream);
        }
        var types = schema.get("$defs");
        assertEquals(fields(Report.class), names(schema));
        assertEquals(fields(RunReport.class), names(types.get("run")));
        assertEquals(fields(Report.TargetReport.class), names(types.get("target")));
        assertEquals(fields(Report.SpokenReport.class), names(types.get("spoken")));
        assertEquals(fields(Report.ResultReport.class), names(types.get("result")));
        assertEquals(fields(Report.ExchangeReport.class), names(types.get("exchange")));
        assertEquals(fields(Report.BodyReport.class), names(types.get("body")));
        assertEquals(fields(BaselineReport.class), names(types.get("baseline")));
        assertEquals(
                fields(DifferenceReport.class),
                names(types.get("baseline").get("properties").get("differences").get("items")));
    }

    private static Set<String> fields(Class<?> type) {
        var names = new TreeSet<String>();
        for (var component : type.getRecordComponents()) {
            names.add(component.getName());
        }
        return names;
    }

    private static Set<String> names(JsonNode schema) {
        return new TreeSet<>(schema.get("properties").propertyNames());
    }

    @Test
    void leavesOutWhatIsAbsent() {
        var json = JsonReport.write(full());
        assertFalse(json.contains("null"), json);
        assertTrue(json.startsWith("{\n  \"format\" : \"mcp-session-conformance/1\",\n  \"kit\""), json);
    }
}
