package dev.mcpsession.runner.report.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Everything that one call of the kit found: the one model that every report is made from, and the shape of the JSON
 * report. It holds no secrets: credentials are masked when it is made. See REPORT.md.
 *
 * <p>Moments are milliseconds: of a result since the run began, of an exchange or wait since its rule began. What is
 * absent is null.
 *
 * @param problem why a server could not be judged at all, if so; of several servers, each says so in its run too
 */
public record Report(
        String format,
        Kit kit,
        Instant startedAt,
        double tookMs,
        int exitStatus,
        @Nullable String problem,
        List<RunReport> runs) {
    /** The name and version of this shape. Additions keep the version; anything else raises it. */
    public static final String FORMAT = "mcp-session-conformance/1";

    /** The program that made the report. */
    public record Kit(String name, String version) {}

    /**
     * One server, judged.
     *
     * @param ended how a server that the kit started ended by itself, if it did
     * @param problem why this server could not be judged at all, if so
     * @param exitStatus what the exit status would be, were this the only server; null until the run is compared
     */
    public record RunReport(
            TargetReport target,
            List<SpokenReport> spoken,
            List<UnspokenReport> unspoken,
            double tookMs,
            Map<String, Integer> counts,
            List<ResultReport> results,
            @Nullable BaselineReport baseline,
            @Nullable String ended,
            List<String> notes,
            @Nullable String problem,
            @Nullable Integer exitStatus) {
        /** How a note on a rule begins that had to be judged, and was not. */
        public static final String UNMET = "Not judged, though ";

        /** A server that could not be judged at all. */
        public static RunReport unjudged(TargetReport target, @Nullable String problem, int exitStatus) {
            return new RunReport(
                    target, List.of(), List.of(), 0, Map.of(), List.of(), null, null, List.of(), problem, exitStatus);
        }

        /** The same with the verdicts and differences that a comparison gave. */
        public RunReport compared(List<ResultReport> marked, BaselineReport found) {
            return new RunReport(
                    target, spoken, unspoken, tookMs, counts, marked, found, ended, notes, problem, exitStatus);
        }

        /**
         * The results that say whether the server keeps or breaks a rule. Rules that only report count where there are
         * no others.
         */
        public Stream<ResultReport> judged() {
            boolean informed = results.stream().allMatch(r -> r.level().equals("INFO"));
            return results.stream()
                    .filter(r -> r.wasJudged() && (informed || !r.level().equals("INFO")));
        }

        /**
         * The results as readers are to see them: violations that this very run has written to a baseline are shown as
         * those of any other run, since nobody has looked at them yet.
         */
        public List<ResultReport> shown() {
            return baseline == null || !baseline.byRun()
                    ? results
                    : results.stream()
                            .map(r -> r.newer() ? r : r.knownFor(null))
                            .toList();
        }

        /** The notes that no headline of a cause says too. */
        public List<String> otherNotes() {
            var said = Cause.of(this).stream().map(Cause::headline).toList();
            return notes.stream().filter(note -> !said.contains(note)).toList();
        }

        /** The same with one more note before the others. */
        public RunReport notingFirst(String note) {
            return withNotes(Stream.concat(Stream.of(note), notes.stream()).toList());
        }

        /** The same with one more note. */
        public RunReport noting(String note) {
            return withNotes(Stream.concat(notes.stream(), Stream.of(note)).toList());
        }

        private RunReport withNotes(List<String> all) {
            return new RunReport(
                    target, spoken, unspoken, tookMs, counts, results, baseline, ended, all, problem, exitStatus);
        }

        /** The same with its exit status. */
        public RunReport closed(int status) {
            return new RunReport(
                    target, spoken, unspoken, tookMs, counts, results, baseline, ended, notes, problem, status);
        }

        /** The server's name for readers: its title, or else what it calls itself, or else its short name. */
        public String title() {
            var given = target.title();
            return given != null
                    ? given
                    : spoken.stream()
                            .map(SpokenReport::server)
                            .filter(s -> !s.isBlank())
                            .findFirst()
                            .orElse(target.name());
        }
    }

    /** The server and what the kit was told about it. */
    public record TargetReport(
            String name,
            @Nullable String title,
            String url,
            boolean launched,
            @Nullable Long idleTimeoutMs,
            @Nullable String idleTimeoutNote,
            @Nullable Long reapLagMs,
            @Nullable SlowToolReport slowTool,
            int users,
            long patienceMs,
            int maxSessions,
            int concurrency,
            boolean stress,
            @Nullable String notes) {}

    public record SlowToolReport(String name, JsonNode arguments) {}

    /** A revision that the server speaks, and what it offers in it. */
    public record SpokenReport(
            String revision,
            String server,
            boolean sessions,
            int deleteStatus,
            int getStatus,
            boolean getStream,
            boolean eventIds,
            List<String> tools) {}

    /** A revision that was asked for in vain. */
    public record UnspokenReport(String revision, String reason) {}

    /**
     * The verdict on a rule in a revision.
     *
     * @param known the reason that the baseline gives for this verdict, if it lists it
     * @param evidence the place of the decisive exchange among the exchanges, from 0
     * @param curl a command that repeats the decisive exchange
     * @param causedBy the id of the broken rule that explains why this one seems broken, if there is one
     */
    public record ResultReport(
            String rule,
            String area,
            String title,
            String level,
            String source,
            String revision,
            String verdict,
            String summary,
            @Nullable String expectation,
            @Nullable String observation,
            @Nullable String known,
            List<String> notes,
            double startedAtMs,
            double tookMs,
            @Nullable Integer evidence,
            @Nullable String curl,
            List<ExchangeReport> exchanges,
            List<WaitReport> waits,
            @Nullable String causedBy) {
        /** How the reason begins where the rule is newer than the catalogue that counts. */
        public static final String NEWER = "newer than catalogue ";

        /** A verdict that no other rule explains. */
        public ResultReport(
                String rule,
                String area,
                String title,
                String level,
                String source,
                String revision,
                String verdict,
                String summary,
                @Nullable String expectation,
                @Nullable String observation,
                @Nullable String known,
                List<String> notes,
                double startedAtMs,
                double tookMs,
                @Nullable Integer evidence,
                @Nullable String curl,
                List<ExchangeReport> exchanges,
                List<WaitReport> waits) {
            this(
                    rule,
                    area,
                    title,
                    level,
                    source,
                    revision,
                    verdict,
                    summary,
                    expectation,
                    observation,
                    known,
                    notes,
                    startedAtMs,
                    tookMs,
                    evidence,
                    curl,
                    exchanges,
                    waits,
                    null);
        }

        /** The same, explained by a broken rule; null for none. */
        public ResultReport explainedBy(@Nullable String cause) {
            return with(level, verdict, known, curl, cause);
        }

        /** Whether its rule is newer than the catalogue that counts. */
        boolean newer() {
            return known != null && known.startsWith(NEWER);
        }

        public ResultReport knownFor(@Nullable String reason) {
            return with(level, verdict, reason, curl, causedBy);
        }

        /** The same, judged at another level. */
        public ResultReport at(String otherLevel, String otherVerdict) {
            return with(otherLevel, otherVerdict, known, curl, causedBy);
        }

        /** The same, with another command that repeats it; null for none. */
        public ResultReport repeatedBy(@Nullable String command) {
            return with(level, verdict, known, command, causedBy);
        }

        private ResultReport with(
                String otherLevel,
                String otherVerdict,
                @Nullable String otherKnown,
                @Nullable String otherCurl,
                @Nullable String otherCause) {
            return new ResultReport(
                    rule,
                    area,
                    title,
                    otherLevel,
                    source,
                    revision,
                    otherVerdict,
                    summary,
                    expectation,
                    observation,
                    otherKnown,
                    notes,
                    startedAtMs,
                    tookMs,
                    evidence,
                    otherCurl,
                    exchanges,
                    waits,
                    otherCause);
        }

        /** Whether it says that the server keeps or breaks the rule. */
        public boolean wasJudged() {
            return verdict.equals("PASS") || verdict.equals("FAIL") || verdict.equals("WARN");
        }

        /** The decisive exchange, or null. */
        public @Nullable ExchangeReport decisive() {
            return evidence == null ? null : exchanges.get(evidence);
        }
    }

    /**
     * One request and what came of it.
     *
     * @param session the letter of the session that it belongs to
     * @param call the JSON-RPC method, where the body is one message that calls one
     * @param endedBy {@code server} or {@code client}
     * @param failure why no reply, or no whole reply, came
     */
    public record ExchangeReport(
            @Nullable String session,
            @Nullable String purpose,
            double sentAtMs,
            @Nullable Double headAtMs,
            @Nullable Double endAtMs,
            @Nullable String endedBy,
            String method,
            String url,
            @Nullable String call,
            List<HeaderReport> requestHeaders,
            @Nullable BodyReport requestBody,
            @Nullable Integer status,
            @Nullable List<HeaderReport> headers,
            @Nullable BodyReport body,
            @Nullable Integer events,
            String outcome,
            @Nullable String failure) {}

    public record HeaderReport(String name, String value) {}

    /**
     * A body.
     *
     * @param text as much of it as is kept
     * @param cutFrom its whole length in characters, where the text was cut
     */
    public record BodyReport(String text, @Nullable Integer cutFrom) {}

    /** A span that the rule let pass on purpose. */
    public record WaitReport(@Nullable String session, double fromMs, double untilMs) {}

    /**
     * The result of comparing with a baseline.
     *
     * @param written true where the run has written it; else null
     */
    public record BaselineReport(
            String file,
            int known,
            List<DifferenceReport> differences,
            @Nullable Boolean written) {

        /** A baseline that was there. */
        public BaselineReport(String file, int known, List<DifferenceReport> differences) {
            this(file, known, differences, null);
        }

        /** Whether the run has written it. */
        public boolean byRun() {
            return Boolean.TRUE.equals(written);
        }

        /** The same, written by the run. */
        public BaselineReport asWritten() {
            return new BaselineReport(file, known, differences, true);
        }
    }

    /**
     * A difference from the baseline.
     *
     * @param kind {@code unlisted}, {@code changed} or {@code stale}
     */
    public record DifferenceReport(
            String kind,
            @Nullable String rule,
            @Nullable String revision,
            @Nullable String listed,
            @Nullable String found,
            String text) {}
}
