package dev.mcpsession.runner.report.html;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Finding;
import dev.mcpsession.runner.report.model.Report.BodyReport;
import dev.mcpsession.runner.report.model.Report.ExchangeReport;
import dev.mcpsession.runner.report.model.Report.HeaderReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.TargetReport;
import dev.mcpsession.runner.report.model.Report.WaitReport;
import dev.mcpsession.runner.report.text.Pretty;
import dev.mcpsession.runner.report.text.Symbols;
import dev.mcpsession.runner.report.text.Wrap;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A finding in the HTML report. How much of its exchanges is shown depends on how much they matter. */
final class HtmlFinding {
    /** In a line; the whole of it is in the reply. */
    private static final int LONGEST_OUTCOME = 160;

    private static final int LONGEST_CAME = 240;

    private final String id;
    private final Finding finding;
    private final TargetReport target;
    private final Optional<String> note;
    private final @Nullable String known;
    private final List<Account> accounts;

    /**
     * The exchanges of one revision.
     *
     * @param left how many steps are left out before those that are shown
     */
    record Account(
            String revision,
            Optional<Timeline> timeline,
            List<Step> steps,
            int left,
            @Nullable String curl) {}

    /**
     * An exchange, or a span that was let pass.
     *
     * @param request head and body, or null where they are not shown
     */
    record Step(
            String at,
            @Nullable String session,
            @Nullable String what,
            @Nullable String outcome,
            @Nullable String took,
            String kind,
            boolean decisive,
            @Nullable String passed,
            @Nullable String request,
            @Nullable String reply) {}

    /** How much is shown: of violations what can be needed, of what is in order a sample. */
    private enum Depth {
        ALL(60, 2000),
        SOME(14, 500),
        NONE(0, 0);

        final int steps;
        final int body;

        Depth(int steps, int body) {
            this.steps = steps;
            this.body = body;
        }
    }

    /** @param known why it counts for nothing, where a baseline accepts it, be it one that this run has written */
    HtmlFinding(
            String id,
            Finding finding,
            @Nullable String known,
            TargetReport target,
            HtmlPage page,
            boolean oneOfSeveral) {
        this.id = id;
        this.known = known;
        this.finding = finding;
        this.target = target;
        note = page.note(finding.shown().rule());
        var accounts = new ArrayList<Account>();
        var depth = switch (finding.verdict()) {
            case FAIL, WARN, ERROR, INCONCLUSIVE -> Depth.ALL;
            default -> oneOfSeveral ? Depth.NONE : Depth.SOME;
        };
        var results = new ArrayList<>(finding.results());
        Collections.reverse(results);
        for (var result : results) {
            // The newest revision stands for all; the others are told where they may be needed too.
            boolean first = accounts.isEmpty();
            if (depth != Depth.NONE && !result.exchanges().isEmpty() && (first || depth == Depth.ALL)) {
                accounts.add(account(result, first ? depth : Depth.SOME));
            }
        }
        this.accounts = List.copyOf(accounts);
    }

    /** The revisions, each with its level, for the filters. */
    String results() {
        return finding.results().stream()
                .map(r -> r.revision() + ":" + r.level())
                .collect(Collectors.joining(" "));
    }

    /** Why it counts for nothing; null where it counts. */
    @Nullable
    String known() {
        return known;
    }

    /** That in a word, for the closed card. */
    @Nullable
    String chip() {
        return known == null ? null : known.startsWith(ResultReport.NEWER) ? "not counted" : "accepted";
    }

    /** The observation, for the closed card; null where the rule is kept or was not tried. */
    @Nullable
    String came() {
        var shown = finding.shown();
        return switch (finding.verdict()) {
            case PASS, NOT_APPLICABLE -> null;
            default -> {
                var came = shown.expectation() == null || !finding.verdict().isViolation()
                        ? shown.summary()
                        : shown.observation();
                yield came == null || came.isBlank() ? null : Wrap.cut(came, LONGEST_CAME);
            }
        };
    }

    private Account account(ResultReport result, Depth depth) {
        record Row(
                double at,
                @Nullable ExchangeReport exchange,
                @Nullable WaitReport pause) {}

        var rows = new ArrayList<Row>();
        result.exchanges().stream()
                .filter(e -> !"clean-up".equals(e.purpose()))
                .forEach(e -> rows.add(new Row(e.sentAtMs(), e, null)));
        result.waits().forEach(w -> rows.add(new Row(w.fromMs(), null, w)));
        rows.sort(Comparator.comparingDouble(Row::at));
        // Where not all can be shown, what led to the decision is.
        int end = rows.size();
        for (int i = 0; i < rows.size() && result.decisive() != null; i++) {
            if (rows.get(i).exchange() == result.decisive()) {
                end = Math.min(rows.size(), Math.max(depth.steps, i + 3));
            }
        }
        int begin = Math.max(0, end - depth.steps);
        var steps = rows.subList(begin, end).stream()
                .map(row -> row.exchange() == null
                        ? passed(Objects.requireNonNull(row.pause(), "pause"))
                        : step(row.exchange(), row.exchange() == result.decisive(), depth))
                .toList();
        return new Account(
                result.revision(), Timeline.of(result, target), steps, rows.size() - steps.size(), result.curl());
    }

    private static Step passed(WaitReport pause) {
        return new Step(
                Symbols.span(Math.max(0, pause.fromMs())),
                pause.session(),
                null,
                null,
                null,
                "passed",
                false,
                Symbols.span(pause.untilMs() - pause.fromMs()),
                null,
                null);
    }

    private static Step step(ExchangeReport e, boolean decisive, Depth depth) {
        int body = decisive ? Depth.ALL.body : depth.body;
        return new Step(
                Symbols.span(Math.max(0, e.sentAtMs())),
                e.session(),
                e.call() == null ? e.method() : e.method() + " " + e.call(),
                Wrap.cut(e.outcome(), LONGEST_OUTCOME),
                e.headAtMs() == null ? null : Symbols.span(e.headAtMs() - e.sentAtMs()),
                Timeline.kind(e),
                decisive,
                null,
                message(e.method() + " " + path(e.url()), e.requestHeaders(), e.requestBody(), body),
                e.status() == null ? null : message("HTTP " + e.status(), e.headers(), e.body(), body));
    }

    private static String path(String url) {
        try {
            var path = URI.create(url).getRawPath();
            return path == null || path.isEmpty() ? "/" : path;
        } catch (IllegalArgumentException e) {
            return url;
        }
    }

    private static String message(
            String first, @Nullable List<HeaderReport> headers, @Nullable BodyReport body, int most) {
        var text = new StringBuilder(first).append('\n');
        Objects.requireNonNullElse(headers, List.<HeaderReport>of())
                .forEach(h ->
                        text.append(h.name()).append(": ").append(h.value()).append('\n'));
        if (body != null && !body.text().isEmpty()) {
            boolean whole = body.cutFrom() == null && body.text().length() <= most;
            text.append('\n')
                    .append(
                            whole
                                    ? Pretty.body(body.text())
                                    : body.text()
                                            .substring(
                                                    0,
                                                    Math.min(most, body.text().length())));
            if (!whole) {
                text.append("…\n[cut: ")
                        .append(body.cutFrom() == null ? body.text().length() : body.cutFrom())
                        .append(" characters in all]");
            }
        }
        return text.toString().stripTrailing();
    }

    String id() {
        return id;
    }

    Finding finding() {
        return finding;
    }

    ResultReport shown() {
        return finding.shown();
    }

    Verdict verdict() {
        return finding.verdict();
    }

    /** The note on the rule, where it is told here and not at an earlier place of the page. */
    Optional<String> note() {
        return note;
    }

    List<Account> accounts() {
        return accounts;
    }

    String area() {
        return shown().area();
    }

    /** The rule's id without its area. */
    String name() {
        return shown().rule().substring(area().length() + 1);
    }

    String levels() {
        return String.join(
                " ",
                finding.results().stream().map(ResultReport::level).distinct().toList());
    }

    String revisions() {
        return String.join(" ", finding.revisions());
    }

    /** The notes of the rules that are kept. */
    List<String> notes() {
        return finding.results().stream()
                .flatMap(r -> r.notes().stream())
                .distinct()
                .limit(12)
                .toList();
    }

    /** Why exchanges are missing, if they are. */
    boolean leavesOut() {
        return accounts.isEmpty()
                && finding.results().stream().anyMatch(r -> !r.exchanges().isEmpty());
    }
}
