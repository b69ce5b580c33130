package dev.mcpsession.runner.report.machine;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.ExchangeReport;
import dev.mcpsession.runner.report.model.Report.HeaderReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.model.TargetName;
import java.io.IOException;
import java.io.Writer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the violations as SARIF 2.1.0, a run for each server. A FAIL is an error and a WARN a warning; known ones are
 * suppressed, with the reason that the baseline gives. The place of a violation is the endpoint.
 */
public final class SarifReport {
    private static final String SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

    private static final String NOTES =
            "https://github.com/mcp-session-kit/mcp-session-kit/blob/main/spec-notes/rules/";

    private static final JsonMapper MAPPER =
            JsonMapper.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

    private SarifReport() {}

    /** Writes the report piece by piece. */
    public static void write(Report report, Writer out) throws IOException {
        try (var json = MAPPER.writerWithDefaultPrettyPrinter().createGenerator(out)) {
            json.writeStartObject();
            json.writeStringProperty("$schema", SCHEMA);
            json.writeStringProperty("version", "2.1.0");
            json.writeName("runs");
            json.writeStartArray();
            report.runs().forEach(run -> run(report, run, json));
            if (report.runs().isEmpty()) {
                run(report, null, json);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        out.write("\n");
    }

    private static void run(Report report, @Nullable RunReport run, JsonGenerator json) {
        json.writeStartObject();
        var tool = MAPPER.createObjectNode();
        var driver = tool.putObject("driver")
                .put("name", report.kit().name())
                .put("version", report.kit().version());
        var violations = run == null
                ? List.<ResultReport>of()
                : run.results().stream().filter(SarifReport::isViolation).toList();
        var rules = rules(driver, violations);
        json.writeName("tool");
        json.writeTree(tool);
        var invocation = MAPPER.createObjectNode();
        var problem = run == null ? report.problem() : run.problem();
        // Whatever was found, the kit did its work, unless the server could not be judged.
        invocation.put("executionSuccessful", problem == null);
        invocation.put("startTimeUtc", report.startedAt().toString());
        if (problem != null) {
            invocation
                    .putArray("toolExecutionNotifications")
                    .addObject()
                    .put("level", "error")
                    .putObject("message")
                    .put("text", problem);
        }
        json.writeName("invocations");
        json.writeTree(MAPPER.createArrayNode().add(invocation));
        if (run != null) {
            json.writeName("automationDetails");
            json.writeTree(MAPPER.createObjectNode().put("id", TargetName.lasting(run) + "/"));
        }
        json.writeName("results");
        json.writeStartArray();
        if (run != null) {
            violations.forEach(result -> json.writeTree(result(run, result, rules.getOrDefault(result.rule(), -1))));
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static boolean isViolation(ResultReport result) {
        var verdict = Verdict.valueOf(result.verdict());
        return verdict == Verdict.FAIL || verdict == Verdict.WARN;
    }

    /** Describes each broken rule once, and returns its place in the list. */
    private static Map<String, Integer> rules(ObjectNode driver, List<ResultReport> violations) {
        var places = new LinkedHashMap<String, Integer>();
        var rules = driver.putArray("rules");
        for (var result : violations) {
            if (places.putIfAbsent(result.rule(), places.size()) != null) {
                continue;
            }
            var rule = rules.addObject().put("id", result.rule()).put("helpUri", NOTES + result.rule() + ".md");
            rule.putObject("shortDescription").put("text", result.title());
            rule.putObject("fullDescription")
                    .put("text", result.title() + ". " + result.level() + ", " + result.source());
            rule.putObject("defaultConfiguration").put("level", level(result));
            rule.putObject("properties")
                    .putArray("tags")
                    .add("mcp")
                    .add(result.area())
                    .add(result.level());
        }
        return places;
    }

    private static String level(ResultReport result) {
        return Verdict.valueOf(result.verdict()) == Verdict.FAIL ? "error" : "warning";
    }

    private static ObjectNode result(RunReport run, ResultReport result, int rule) {
        var json = MAPPER.createObjectNode()
                .put("ruleId", result.rule())
                .put("ruleIndex", rule)
                .put("kind", "fail")
                .put("level", level(result));
        json.putObject("message")
                .put("text", result.title() + ", in revision " + result.revision() + ": " + result.summary());
        var location = json.putArray("locations").addObject();
        location.putObject("physicalLocation")
                .putObject("artifactLocation")
                .put("uri", run.target().url());
        // Code scanning knows an alert again by these from run to run.
        var name = TargetName.lasting(run);
        var identity = name + "/" + result.rule() + "/" + result.revision();
        location.putArray("logicalLocations").addObject().put("name", name).put("fullyQualifiedName", identity);
        json.putObject("partialFingerprints").put("target/rule/revision", identity);
        if (result.known() != null) {
            json.putArray("suppressions").addObject().put("kind", "external").put("justification", result.known());
        }
        if (result.decisive() != null) {
            exchange(json, result.decisive());
        }
        var properties = json.putObject("properties").put("revision", result.revision());
        if (result.curl() != null) {
            properties.put("curl", result.curl());
        }
        return json;
    }

    private static void exchange(ObjectNode json, ExchangeReport exchange) {
        var request = json.putObject("webRequest")
                .put("protocol", "HTTP")
                .put("version", "1.1")
                .put("method", exchange.method())
                .put("target", exchange.url());
        headers(request, exchange.requestHeaders());
        if (exchange.requestBody() != null) {
            request.putObject("body").put("text", exchange.requestBody().text());
        }
        var response = json.putObject("webResponse").put("noResponseReceived", exchange.status() == null);
        if (exchange.status() != null) {
            response.put("protocol", "HTTP").put("version", "1.1").put("statusCode", exchange.status());
            headers(response, Objects.requireNonNullElse(exchange.headers(), List.of()));
            response.putObject("body")
                    .put("text", exchange.body() == null ? "" : exchange.body().text());
        }
    }

    private static void headers(ObjectNode to, List<HeaderReport> headers) {
        var fields = to.putObject("headers");
        // One that comes twice is joined, as HTTP has it.
        headers.forEach(header -> {
            var before = fields.get(header.name());
            fields.put(header.name(), before == null ? header.value() : before.asString() + ", " + header.value());
        });
    }
}
