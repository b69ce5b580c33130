package dev.mcpsession.runner.report.machine;

import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.BodyReport;
import dev.mcpsession.runner.report.model.Report.ExchangeReport;
import dev.mcpsession.runner.report.model.Report.HeaderReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the exchanges as an HTTP archive (HAR 1.2), which browsers and proxies show: a page for each rule and
 * revision. Secrets are masked and long bodies cut, as in every report.
 */
public final class HarReport {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

    private HarReport() {}

    /** Writes the report piece by piece. */
    public static void write(Report report, Writer out) throws IOException {
        try (var json = MAPPER.writerWithDefaultPrettyPrinter().createGenerator(out)) {
            json.writeStartObject();
            json.writeName("log");
            json.writeStartObject();
            json.writeStringProperty("version", "1.2");
            json.writeName("creator");
            json.writeTree(MAPPER.createObjectNode()
                    .put("name", report.kit().name())
                    .put("version", report.kit().version()));
            json.writeName("pages");
            json.writeStartArray();
            each(report, (page, run, result) -> json.writeTree(page(report, page, run, result)));
            json.writeEndArray();
            json.writeName("entries");
            json.writeStartArray();
            each(report, (page, run, result) -> {
                for (int i = 0; i < result.exchanges().size(); i++) {
                    var entry = entry(report, result, result.exchanges().get(i), page);
                    if (result.evidence() != null && result.evidence() == i) {
                        entry.put("comment", "what the verdict rests on");
                    }
                    json.writeTree(entry);
                }
            });
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndObject();
        }
        out.write("\n");
    }

    private interface OnPage {
        void accept(String page, RunReport run, ResultReport result);
    }

    /** Calls the visitor for every result that has exchanges, with the id of its page. */
    private static void each(Report report, OnPage visitor) {
        int pages = 0;
        for (var run : report.runs()) {
            for (var result : run.results()) {
                if (!result.exchanges().isEmpty()) {
                    visitor.accept("page_" + ++pages, run, result);
                }
            }
        }
    }

    private static ObjectNode page(Report report, String id, RunReport run, ResultReport result) {
        var page = MAPPER.createObjectNode()
                .put("id", id)
                .put(
                        "title",
                        run.target().name() + ": " + result.rule() + " in " + result.revision() + ": "
                                + result.verdict())
                .put("startedDateTime", moment(report, result, 0))
                .put("comment", result.summary());
        page.putObject("pageTimings");
        return page;
    }

    private static ObjectNode entry(Report report, ResultReport result, ExchangeReport exchange, String page) {
        double head = exchange.headAtMs() == null ? -1 : exchange.headAtMs() - exchange.sentAtMs();
        double rest = exchange.headAtMs() == null || exchange.endAtMs() == null
                ? -1
                : exchange.endAtMs() - exchange.headAtMs();
        var entry = MAPPER.createObjectNode()
                .put("pageref", page)
                .put("startedDateTime", moment(report, result, exchange.sentAtMs()))
                .put("time", Math.max(0, head) + Math.max(0, rest));
        request(entry.putObject("request"), exchange);
        response(entry.putObject("response"), exchange);
        entry.putObject("cache");
        entry.putObject("timings").put("send", 0).put("wait", Math.max(0, head)).put("receive", Math.max(0, rest));
        entry.put("_session", exchange.session());
        entry.put("_purpose", exchange.purpose());
        return entry;
    }

    /** A run began, a rule since, an exchange since: the exact moment, in UTC. */
    private static String moment(Report report, ResultReport result, double sinceRule) {
        Instant at = report.startedAt().plusNanos((long) ((result.startedAtMs() + sinceRule) * 1e6));
        return at.toString();
    }

    private static void request(ObjectNode to, ExchangeReport exchange) {
        to.put("method", exchange.method()).put("url", exchange.url()).put("httpVersion", "HTTP/1.1");
        to.putArray("cookies");
        headers(to, exchange.requestHeaders());
        to.putArray("queryString");
        if (exchange.requestBody() != null) {
            var data = to.putObject("postData")
                    .put("mimeType", type(exchange.requestHeaders()))
                    .put("text", exchange.requestBody().text());
            data.putArray("params");
            cut(data, exchange.requestBody());
        }
        to.put("headersSize", -1).put("bodySize", size(exchange.requestBody()));
    }

    private static void response(ObjectNode to, ExchangeReport exchange) {
        // As browsers do where nothing came.
        to.put("status", exchange.status() == null ? 0 : exchange.status())
                .put("statusText", "")
                .put("httpVersion", "HTTP/1.1");
        to.putArray("cookies");
        var headers = exchange.headers() == null ? new ArrayList<HeaderReport>() : exchange.headers();
        headers(to, headers);
        var content = to.putObject("content")
                .put("size", Math.max(0, size(exchange.body())))
                .put("mimeType", type(headers))
                .put("text", exchange.body() == null ? "" : exchange.body().text());
        cut(content, exchange.body());
        to.put("redirectURL", value(headers, "location")).put("headersSize", -1).put("bodySize", size(exchange.body()));
        to.put("comment", exchange.failure() == null ? exchange.outcome() : exchange.failure());
    }

    private static void headers(ObjectNode to, List<HeaderReport> headers) {
        var array = to.putArray("headers");
        headers.forEach(header -> array.addObject().put("name", header.name()).put("value", header.value()));
    }

    private static void cut(ObjectNode to, @Nullable BodyReport body) {
        if (body != null && body.cutFrom() != null) {
            to.put("comment", "cut; it had " + body.cutFrom() + " characters");
        }
    }

    private static long size(@Nullable BodyReport body) {
        return body == null || body.cutFrom() != null ? -1 : body.text().getBytes(StandardCharsets.UTF_8).length;
    }

    private static String type(List<HeaderReport> headers) {
        return value(headers, "content-type");
    }

    private static String value(List<HeaderReport> headers, String name) {
        return headers.stream()
                .filter(header -> header.name().toLowerCase(Locale.ROOT).equals(name))
                .map(HeaderReport::value)
                .findFirst()
                .orElse("");
    }
}
