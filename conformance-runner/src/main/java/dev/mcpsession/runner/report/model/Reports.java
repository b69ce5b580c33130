package dev.mcpsession.runner.report.model;

import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.ServerCapabilities;
import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Text;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.run.RunResult;
import dev.mcpsession.conformance.run.Survey;
import dev.mcpsession.conformance.target.Target;
import dev.mcpsession.runner.report.model.Report.BodyReport;
import dev.mcpsession.runner.report.model.Report.ExchangeReport;
import dev.mcpsession.runner.report.model.Report.HeaderReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.model.Report.SlowToolReport;
import dev.mcpsession.runner.report.model.Report.SpokenReport;
import dev.mcpsession.runner.report.model.Report.TargetReport;
import dev.mcpsession.runner.report.model.Report.UnspokenReport;
import dev.mcpsession.runner.report.model.Report.WaitReport;
import dev.mcpsession.runner.report.text.Screen;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Makes the model of the reports from what the suite found; masks what is secret and cuts what is long. */
public final class Reports {
    /** Bodies and header values that are longer are cut. */
    static final int LONGEST = 2000;

    private static final int MAX_TOOLS = 1000;

    private static final String MASK = "***";

    /** Headers by which servers hand out proofs of identity. */
    private static final Set<String> SECRET_REPLIES = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    static {
        SECRET_REPLIES.addAll(List.of("Set-Cookie", "Set-Cookie2", "Authentication-Info", "Proxy-Authentication-Info"));
    }

    private final Target target;
    private final UnaryOperator<ResultReport> scoring;

    public Reports(Target target) {
        this(target, UnaryOperator.identity());
    }

    /** @param scoring changes the verdicts that do not count as they are */
    public Reports(Target target, UnaryOperator<ResultReport> scoring) {
        this.target = target;
        this.scoring = scoring;
    }

    /** The whole run; the baseline is compared later. */
    public RunReport run(RunResult run, TargetReport about, @Nullable String ended, List<String> notes) {
        var results = run.results().stream()
                .map(r -> result(r, run.startedNanos(), true))
                .toList();
        return new RunReport(
                about,
                spoken(run.survey()),
                unspoken(run.survey()),
                millis(run.took()),
                counts(results),
                results,
                null,
                ended,
                notes,
                null,
                null);
    }

    /** How often each verdict came, those that did not left out. */
    public static Map<String, Integer> counts(List<ResultReport> results) {
        var counts = new LinkedHashMap<String, Integer>();
        for (var verdict : Verdict.values()) {
            int count = (int) results.stream()
                    .filter(r -> r.verdict().equals(verdict.name()))
                    .count();
            if (count > 0) {
                counts.put(verdict.name(), count);
            }
        }
        return counts;
    }

    public TargetReport target(
            @Nullable String title, boolean launched, @Nullable String idleTimeoutNote, @Nullable String notes) {
        return new TargetReport(
                target.name(),
                title,
                url(target.uri()),
                launched,
                target.idleTimeout().map(Duration::toMillis).orElse(null),
                idleTimeoutNote,
                target.idleTimeout().map(t -> target.reapLag().toMillis()).orElse(null),
                target.slowTool()
                        .map(t -> new SlowToolReport(t.name(), t.arguments()))
                        .orElse(null),
                target.otherHeaders().isEmpty() ? target.headers().isEmpty() ? 0 : 1 : 2,
                target.patience().toMillis(),
                target.maxSessions(),
                target.concurrency(),
                target.stress(),
                notes);
    }

    public List<SpokenReport> spoken(Survey survey) {
        return survey.spoken().values().stream().map(this::spoken).toList();
    }

    private SpokenReport spoken(ServerCapabilities o) {
        return new SpokenReport(
                o.revision().wire(),
                text(o.serverName()),
                o.sessions(),
                o.deleteStatus(),
                o.getStatus(),
                o.getStream(),
                o.eventIds(),
                o.tools().stream().limit(MAX_TOOLS).map(this::text).toList());
    }

    public List<UnspokenReport> unspoken(Survey survey) {
        return survey.unspoken().entrySet().stream()
                .map(e -> new UnspokenReport(e.getKey().wire(), words(e.getValue())))
                .toList();
    }

    /**
     * One verdict.
     *
     * @param whole whether to tell its exchanges too
     */
    public ResultReport result(RuleResult result, long runStarted, boolean whole) {
        var entries = whole ? new ArrayList<>(result.transcript().entries()) : new ArrayList<Transcript.Entry>();
        Integer evidence =
                result.evidence().map(exchange -> place(entries, exchange)).orElse(null);
        var exchanges =
                entries.stream().map(e -> exchange(e, result.startedAt())).toList();
        var waits = result.transcript().waits().stream()
                .map(w -> new WaitReport(
                        w.session(), millis(w.from() - result.startedAt()), millis(w.until() - result.startedAt())))
                .toList();
        var rule = result.rule();
        return scoring.apply(new ResultReport(
                rule.id(),
                rule.area(),
                rule.title(),
                result.level().name(),
                rule.source(),
                result.revision().wire(),
                result.verdict().name(),
                words(result.summary()),
                result.expectation().map(this::words).orElse(null),
                result.observation().map(this::words).orElse(null),
                null,
                result.notes().stream().map(this::words).toList(),
                millis(result.startedAt() - runStarted),
                millis(result.took()),
                evidence,
                result.evidence()
                        .map(e -> Curl.of(e.method(), url(e.uri()), requestHeaders(e), target.mask(body(e))))
                        .orElse(null),
                exchanges,
                waits,
                result.cause().orElse(null)));
    }

    private static String body(Exchange exchange) {
        return exchange.requestBody() == null ? "" : exchange.requestBody();
    }

    /** Where the decisive exchange stands; one that the rule itself did not make is put last. */
    private static int place(List<Transcript.Entry> entries, Exchange exchange) {
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).exchange() == exchange) {
                return i;
            }
        }
        entries.add(new Transcript.Entry(exchange, null));
        return entries.size() - 1;
    }

    public ExchangeReport exchange(Transcript.Entry entry, long ruleStarted) {
        var e = entry.exchange();
        boolean answered = e.answered();
        return new ExchangeReport(
                entry.session(),
                blankToNull(e.purpose()),
                millis(e.sentAt() - ruleStarted),
                answered ? millis(e.headAt() - ruleStarted) : null,
                e.ended() ? millis(e.endAt() - ruleStarted) : null,
                e.ended() ? e.endedByServer() ? "server" : "client" : null,
                e.method(),
                url(e.uri()),
                called(e).orElse(null),
                requestHeaders(e),
                e.requestBody() == null
                        ? null
                        : cut(e.requestBody(), e.requestBody().length()),
                answered ? e.status() : null,
                answered ? replyHeaders(e) : null,
                answered ? replyBody(e) : null,
                e.isEventStream() ? e.eventCount() : null,
                outcome(e),
                e.failure()
                        .map(f ->
                                text(e.answered() ? e.excess().orElseGet(() -> String.valueOf(f)) : e.describeReply()))
                        .orElse(null));
    }

    private static Optional<String> called(Exchange exchange) {
        return Json.read(exchange.requestBody())
                .filter(JsonNode::isObject)
                .map(m -> m.get("method"))
                .filter(JsonNode::isString)
                .map(JsonNode::asString);
    }

    /** The reply, in a few words. */
    private String outcome(Exchange e) {
        if (!e.answered()) {
            return text(e.describeReply());
        }
        var error = e.error();
        if (error.isPresent()) {
            return text(e.status() + ", error " + error.get().path("code").asString("") + ": "
                    + error.get().path("message").asString(""));
        }
        if (e.result().isPresent()) {
            return e.status() + ", result" + (e.isEventStream() ? " in an event stream" : "");
        }
        if (e.isEventStream()) {
            int events = e.eventCount();
            return e.status() + ", event stream"
                    + (events == 0 ? "" : " with " + events + (events == 1 ? " event" : " events"))
                    + e.excess().map(why -> "; the kit closed it, since " + why).orElse("");
        }
        return text(e.describeReply());
    }

    private List<HeaderReport> requestHeaders(Exchange exchange) {
        return exchange.requestHeaders().stream()
                .map(h -> new HeaderReport(h.name(), text(h.value())))
                .toList();
    }

    private List<HeaderReport> replyHeaders(Exchange exchange) {
        return exchange.headers().stream().map(this::masked).toList();
    }

    private HeaderReport masked(Header header) {
        return new HeaderReport(
                text(header.name()), SECRET_REPLIES.contains(header.name()) ? MASK : text(header.value()));
    }

    /** A sentence of a rule: it may have put the words for a reply behind its own, though none came. */
    private String words(String sentence) {
        return text(sentence)
                .replace("was answered no reply", "got no reply")
                .replace("were answered no reply", "got no reply")
                .replace("is answered no reply", "gets no reply")
                .replace("answered no reply", "gave no reply");
    }

    private String text(String text) {
        return Screen.foreign(target.excerpt(text, LONGEST));
    }

    private BodyReport replyBody(Exchange exchange) {
        return cut(exchange.body(), exchange.bodyLength());
    }

    /** @param length that of the whole body, of which the text may be the beginning */
    private BodyReport cut(String body, int length) {
        var shown = Screen.foreign(target.excerpt(body, LONGEST));
        boolean whole = shown.length() <= LONGEST && body.length() == length;
        return new BodyReport(whole ? shown : Text.beginning(shown, LONGEST), whole ? null : length);
    }

    private static @Nullable String blankToNull(@Nullable String text) {
        return text == null || text.isBlank() ? null : text;
    }

    /** A URL without what may be a secret in it: the values of its query. */
    public static String url(URI uri) {
        return dev.mcpsession.conformance.http.Curl.url(uri);
    }

    public static double millis(long nanos) {
        return Math.round(nanos / 1e3) / 1e3;
    }

    public static double millis(Duration span) {
        return millis(span.toNanos());
    }
}
