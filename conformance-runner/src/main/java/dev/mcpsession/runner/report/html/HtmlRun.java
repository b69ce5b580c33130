package dev.mcpsession.runner.report.html;

import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Cause;
import dev.mcpsession.runner.report.model.Differing;
import dev.mcpsession.runner.report.model.Finding;
import dev.mcpsession.runner.report.model.Outcome;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.text.Wrap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One server's part of the HTML report. */
final class HtmlRun {
    /** So many rules of a cause, and so many causes, are always in sight. */
    private static final int NAMED = 4;

    private static final int FIRST_CAUSES = 5;
    private static final int LONGEST_HEADLINE = 320;

    private final RunReport run;
    private final String id;
    private final List<Group> groups = new ArrayList<>();
    private final Map<String, String> ids = new HashMap<>();

    /** Findings that matter alike. */
    record Group(String id, String title, String about, List<HtmlFinding> findings) {}

    /** How often each verdict came. */
    record Tally(Verdict verdict, int count) {}

    /**
     * A cause on the page.
     *
     * @param scope how many rules it is about
     * @param named the rules that are always in sight
     */
    record CauseRow(
            Verdict verdict,
            String headline,
            String scope,
            List<String> rules,
            List<String> named,
            List<String> unnamed) {}

    /** A row of the overview: an area, with a cell for each revision. */
    record AreaRow(String area, List<List<Tally>> cells) {}

    HtmlRun(RunReport run, HtmlPage page) {
        this.run = run;
        boolean oneOfSeveral = page.report().runs().size() > 1;
        id = page.id(oneOfSeveral ? run.target().name() : "server");
        var unknown = run.shown().stream().filter(r -> r.known() == null).toList();
        var known = run.shown().stream().filter(r -> r.known() != null).toList();
        group(
                page,
                "Broken",
                "A MUST of the specification, or a point of the session contract." + accepted(),
                unknown,
                Verdict.FAIL);
        group(page, "Warnings", "A SHOULD of the specification, or an advice." + accepted(), unknown, Verdict.WARN);
        group(
                page,
                "Not judged",
                "What came proves neither, or the kit was at fault.",
                unknown,
                Verdict.ERROR,
                Verdict.INCONCLUSIVE,
                Verdict.NOT_RUN);
        group(page, "Known", "Accepted by the baseline, for the reason given.", known, Verdict.values());
        group(page, "Kept", "In what was tried.", unknown, Verdict.PASS);
        group(page, "Not tested", "The kit was not told what the rule needs.", unknown, Verdict.NOT_TESTABLE);
        group(
                page,
                "Not applicable",
                "The server does not offer what the rule is about.",
                unknown,
                Verdict.NOT_APPLICABLE);
    }

    /** That a baseline accepts what is shown, where the run has written it. */
    private String accepted() {
        return run.baseline() != null && run.baseline().byRun() ? " Written to the baseline as accepted." : "";
    }

    /** How the run compares with its baseline: what is different, and the rules behind it. */
    List<String> differences() {
        return Differing.of(run).stream()
                .map(d -> d.text() + (d.rules().isEmpty() ? "" : ": " + String.join(", ", d.rules())))
                .toList();
    }

    private void group(HtmlPage page, String title, String about, List<ResultReport> results, Verdict... verdicts) {
        var areas = run.results().stream().map(ResultReport::area).distinct().toList();
        var findings = Finding.of(results, List.of(verdicts)).stream()
                .sorted(Comparator.comparingInt(f -> areas.indexOf(f.shown().area())))
                .toList();
        if (findings.isEmpty()) {
            return;
        }
        boolean oneOfSeveral = page.report().runs().size() > 1;
        var detailed = new ArrayList<HtmlFinding>();
        for (var finding : findings) {
            var rule = finding.shown().rule();
            var own = page.id(oneOfSeveral ? id + "/" + rule : rule);
            ids.putIfAbsent(rule, own);
            detailed.add(new HtmlFinding(own, finding, known(finding), run.target(), page, oneOfSeveral));
        }
        var anchor = page.id(id + "-" + title.toLowerCase(Locale.ROOT).replace(' ', '-'));
        groups.add(new Group(anchor, title, about, List.copyOf(detailed)));
    }

    private @Nullable String known(Finding finding) {
        var shown = finding.shown();
        return run.results().stream()
                .filter(r -> r.rule().equals(shown.rule())
                        && r.revision().equals(shown.revision())
                        && r.verdict().equals(shown.verdict()))
                .findFirst()
                .map(ResultReport::known)
                .orElse(null);
    }

    RunReport run() {
        return run;
    }

    /** The causes of violations that no baseline accepts. */
    List<CauseRow> causes() {
        return Cause.of(run).stream()
                .map(c -> new CauseRow(
                        c.verdict(),
                        Wrap.cut(c.headline(), LONGEST_HEADLINE),
                        c.scope(),
                        c.rules(),
                        c.rules().subList(0, Math.min(NAMED, c.count())),
                        c.rules().subList(Math.min(NAMED, c.count()), c.count())))
                .toList();
    }

    List<CauseRow> firstCauses() {
        return causes().stream().limit(FIRST_CAUSES).toList();
    }

    List<CauseRow> otherCauses() {
        return causes().stream().skip(FIRST_CAUSES).toList();
    }

    String id() {
        return id;
    }

    /** The element that tells the worst of a rule. */
    @Nullable
    String idOf(String rule) {
        return ids.get(rule);
    }

    List<Group> groups() {
        return groups;
    }

    Outcome outcome() {
        return Outcome.of(run, run.exitStatus() == null ? 3 : run.exitStatus());
    }

    String kind() {
        return HtmlPage.kind(run.exitStatus());
    }

    // ---- overview ----

    List<Tally> tallies() {
        return tallies(run.results());
    }

    List<String> revisions() {
        return run.results().stream()
                .map(ResultReport::revision)
                .distinct()
                .sorted()
                .toList();
    }

    List<AreaRow> areas() {
        return run.results().stream()
                .map(ResultReport::area)
                .distinct()
                .map(area -> new AreaRow(
                        area,
                        revisions().stream()
                                .map(revision -> tallies(run.results().stream()
                                        .filter(r -> r.area().equals(area)
                                                && r.revision().equals(revision))
                                        .toList()))
                                .toList()))
                .toList();
    }

    /** The counts by level. */
    Map<String, List<Tally>> levels() {
        var levels = new LinkedHashMap<String, List<Tally>>();
        for (var level : Level.values()) {
            var results = run.results().stream()
                    .filter(r -> r.level().equals(level.name()))
                    .toList();
            if (!results.isEmpty()) {
                levels.put(level.name(), tallies(results));
            }
        }
        return levels;
    }

    /** In the order in which they should be read. */
    private static List<Tally> tallies(List<ResultReport> results) {
        return Arrays.stream(Verdict.values())
                .sorted(Comparator.comparing(v -> v == Verdict.PASS))
                .map(v -> new Tally(v, (int) results.stream()
                        .filter(r -> r.verdict().equals(v.name()))
                        .count()))
                .filter(t -> t.count() > 0)
                .toList();
    }

    /** Where the part of a tally begins in a bar of 1000. */
    int begin(Tally tally) {
        int before = 0;
        for (var each : tallies()) {
            if (each.verdict() == tally.verdict()) {
                break;
            }
            before += each.count();
        }
        return before * 1000 / run.results().size();
    }

    int width(Tally tally) {
        return Math.max(4, tally.count() * 1000 / run.results().size());
    }
}
