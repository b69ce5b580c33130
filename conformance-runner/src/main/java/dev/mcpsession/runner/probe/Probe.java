package dev.mcpsession.runner.probe;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.FaultInjection;
import dev.mcpsession.conformance.http.ServerCapabilities;
import dev.mcpsession.conformance.http.SessionIds;
import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.http.Transport;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.run.Survey;
import dev.mcpsession.conformance.target.Target;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Reports;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds out what a server does, without being told. What it opens, it ends. */
public final class Probe implements AutoCloseable {
    /** How long to wait for the head of a GET stream: some servers send none until there is an event. */
    private static final Duration STREAM_HEAD = Duration.ofSeconds(1);

    /** The span that a call of a slow tool should outlast where no idle timeout was found. */
    private static final Duration SOME_TIME = Duration.ofSeconds(1);

    private static final Revision NEWEST_LEGACY =
            Revision.legacy().get(Revision.legacy().size() - 1);

    private final Target target;
    private final Transport transport;
    private final Instant startedAt = Instant.now();

    private ProbeReport.@Nullable Credentials credentials;
    private ProbeReport.@Nullable Answers answers;
    private ProbeReport.@Nullable Sessions sessions;
    private List<Tool> tools = List.of();
    private ProbeReport.@Nullable Idle idle;
    private @Nullable Survey survey;

    public Probe(Target target) {
        this.target = target;
        transport = new Transport(target, FaultInjection.NONE);
    }

    @Override
    public void close() {
        transport.close();
    }

    private Client client(Revision revision) {
        return new Client(
                target, transport, revision, observed(revision).orElse(null), new Transcript(), (why, span) -> {});
    }

    private Optional<ServerCapabilities> observed(Revision revision) {
        return Optional.ofNullable(survey).map(s -> s.spoken().get(revision));
    }

    // ---- who one must be ----

    /** Opens without credentials, to see whether they are needed. */
    public ProbeReport.Credentials askForCredentials() {
        var anonymous = client(NEWEST_LEGACY).anonymous();
        var opening = anonymous.post(anonymous.initialize()).send();
        opening.sessionId().ifPresent(id -> anonymous.delete().withSessionId(id).send());
        credentials = new ProbeReport.Credentials(
                !target.headers().isEmpty(),
                opening.answered() ? opening.status() : 0,
                opening.header("WWW-Authenticate").orElse(null));
        return credentials;
    }

    // ---- what it does ----

    /** Looks at one session of the newest revision that has them, from its opening to its end. */
    public void acquaint(Survey survey) {
        this.survey = survey;
        var legacy = newest(survey, true);
        var newest = legacy.or(() -> newest(survey, false)).orElseThrow();
        var client = client(newest);
        try {
            if (newest.isLegacy()) {
                acquaintLegacy(client);
            } else {
                var list = client.post(client.request("tools/list")).send();
                tools = list.result().map(Tool::of).orElse(List.of());
                answers = new ProbeReport.Answers(null, form(list));
            }
        } finally {
            client.transcript().entries().forEach(e -> e.exchange().close());
        }
    }

    private Optional<Revision> newest(Survey survey, boolean legacy) {
        return survey.spoken().keySet().stream()
                .filter(r -> r.isLegacy() == legacy)
                .max(Comparator.comparing(
                                (Revision r) -> capabilities(survey, r).sessions())
                        .thenComparing(r -> r));
    }

    private static ServerCapabilities capabilities(Survey survey, Revision spoken) {
        return Objects.requireNonNull(survey.spoken().get(spoken), spoken::wire);
    }

    private void acquaintLegacy(Client client) {
        var opening = client.post(client.initialize()).send();
        var session = opening.sessionId().map(id -> client.adopt(id, opening));
        var initialized = in(session, client.post(Json.notification("notifications/initialized")));
        var list = in(session, client.post(client.request("tools/list")));
        tools = list.result().map(Tool::of).orElse(List.of());
        answers = new ProbeReport.Answers(form(opening), form(list));
        if (session.isEmpty()) {
            return;
        }
        var id = session.get().id();
        boolean repeated =
                initialized.sessionId().isPresent() || list.sessionId().isPresent();
        int withoutId = status(client.post(client.request("ping")).send());
        int unknownId = status(client.post(client.request("ping"))
                .withSessionId(SessionIds.similarTo(id))
                .send());
        var get = session.get().get().start();
        get.awaitHead(client.patience().compareTo(STREAM_HEAD) < 0 ? client.patience() : STREAM_HEAD);
        boolean stream = get.answered()
                ? get.status() == 200 && get.isEventStream()
                : get.failure().isEmpty();
        var headMs = get.answered() ? Reports.millis(Duration.ofNanos(get.headAt() - get.sentAt())) : null;
        get.close();
        int delete = status(session.get().delete().send());
        boolean ended = delete / 100 == 2;
        int afterDelete = ended ? status(session.get().ping().send()) : 0;
        int secondDelete = ended ? status(session.get().delete().send()) : 0;
        sessions = new ProbeReport.Sessions(
                client.revision().wire(),
                id.length(),
                form(id),
                repeated,
                withoutId,
                unknownId,
                status(get),
                stream,
                headMs,
                delete,
                afterDelete,
                secondDelete);
    }

    private static Exchange in(Optional<ClientSession> session, dev.mcpsession.conformance.http.Request request) {
        session.ifPresent(request::in);
        return request.send();
    }

    private static int status(Exchange exchange) {
        return exchange.answered() ? exchange.status() : 0;
    }

    private static @Nullable String form(Exchange exchange) {
        return !exchange.answered()
                ? null
                : exchange.isEventStream()
                        ? "event stream"
                        : exchange.header("Content-Type")
                                .map(t -> t.split(";", 2)[0].strip().equalsIgnoreCase("application/json") ? "json" : t)
                                .orElse("none");
    }

    private static String form(String id) {
        return id.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
                ? "UUID"
                : id.matches("[0-9]+")
                        ? "digits"
                        : id.matches("[0-9a-f]+|[0-9A-F]+")
                                ? "hexadecimal digits"
                                : id.matches("[A-Za-z0-9]+")
                                        ? "letters and digits"
                                        : id.matches("[A-Za-z0-9_.-]+")
                                                ? "letters, digits and - _ ."
                                                : id.matches("[!-~]+")
                                                        ? "visible ASCII"
                                                        : "characters that are not " + "allowed";
    }

    // ---- when it ends sessions ----

    /** Why it cannot be found out when sessions expire; empty where it can. */
    public Optional<String> whyNoSearch() {
        if (sessions == null) {
            return Optional.of("the server assigns no session ids");
        }
        if (sessions.unknownId() / 100 == 2) {
            return Optional.of(
                    "the server answers an unknown session id as if it were a live one, so that an expired session"
                            + " cannot be told");
        }
        return Optional.empty();
    }

    /**
     * Searches for the idle timeout.
     *
     * @param upTo the longest idle span to try
     * @throws InterruptedException if it is ended meanwhile; what was found so far stays
     */
    public void search(Duration upTo, Progress progress) throws InterruptedException {
        var sessions = Objects.requireNonNull(this.sessions, "Nothing can be searched for where there are no sessions");
        var revision = Revision.of(sessions.revision());
        int unknown = sessions.unknownId();
        var search = new IdleSearch(
                () -> client(revision),
                status -> status == 404 || status / 100 == 4 && status == unknown,
                sessions.delete() / 100 == 2,
                target.maxSessions(),
                progress);
        String ended = null;
        try {
            search.run(upTo);
        } catch (InterruptedException e) {
            ended = "it was ended early";
            throw e;
        } catch (RuleAbortedException | Violation e) {
            ended = e.getMessage();
        } finally {
            idle = idle(search, upTo, ended);
        }
    }

    private ProbeReport.Idle idle(IdleSearch search, Duration upTo, @Nullable String ended) {
        var estimate = search.estimate();
        boolean expired = estimate.expired();
        boolean busyToo = search.endedBusyAfter().isPresent();
        return new ProbeReport.Idle(
                Reports.millis(upTo),
                estimate.looks(),
                estimate.looks() == 0 ? null : Reports.millis(estimate.longestLife()),
                expired ? Reports.millis(estimate.from()) : null,
                expired ? millis(estimate.until()) : null,
                expired ? estimate.varies() : null,
                busyToo ? null : estimate.usual().map(Duration::toMillis).orElse(null),
                busyToo ? null : estimate.idleTimeout().map(Duration::toMillis).orElse(null),
                busyToo ? null : estimate.reapLag().map(Duration::toMillis).orElse(null),
                millis(search.endedBusyAfter()),
                ended,
                search.trouble().map(target::mask).orElse(null));
    }

    private static @Nullable Double millis(Optional<Duration> span) {
        return span.map(Reports::millis).orElse(null);
    }

    // ---- all of it ----

    /** The findings so far. */
    public ProbeReport report(Report.Kit kit) {
        var reports = new Reports(target);
        var span = idle == null || idle.idleTimeoutMs() == null
                ? target.idleTimeout().orElse(SOME_TIME)
                : Duration.ofMillis(idle.usualMs() == null ? idle.idleTimeoutMs() : idle.usualMs());
        return new ProbeReport(
                ProbeReport.FORMAT,
                kit,
                startedAt,
                Reports.url(target.uri()),
                survey == null ? List.of() : reports.spoken(survey),
                survey == null ? List.of() : reports.unspoken(survey),
                credentials,
                answers,
                sessions,
                new ProbeReport.Tools(
                        tools.stream().map(Tool::name).toList(),
                        Tool.slow(tools, span).orElse(null)),
                idle,
                null);
    }
}
