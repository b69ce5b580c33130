package dev.mcpsession.runner.report.model;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A cause of one violation or several: the same came where the same was due.
 *
 * @param findings the rules that are broken by it, the first of which stands for all, though others may be worse
 * @param explained the ids of rules that are not counted, since a broken rule among the findings explains them
 * @param said a headline other than that of the first rule; null for none
 */
public record Cause(
        List<Finding> findings,
        List<String> explained,
        @Nullable String said) {
    private static final Pattern DUE = Pattern.compile("\\bstatus (\\d{3})\\b");
    private static final Pattern REFUSED = Pattern.compile("^(?:it was answered|got) ([45]\\d{2})\\b");

    /** Where sessions share an id, whatever is done to one of them is done to the others. */
    private static final String ONE_ID = "assignment/id-unique";

    /** The areas of rules that open several sessions, or look at one beside others. */
    private static final Set<String> SESSIONS = Set.of(
            "assignment", "required", "termination", "idle", "concurrency", "ownership", "resumption", "cancellation");

    /** What may be behind violations that look different. */
    private record Root(String said, Predicate<ResultReport> mayExplain) {}

    /** However the sessions were used that are not reaped. */
    private static final Pattern NEVER_REAPED =
            Pattern.compile("status 404 after the session was idle\\b.*", Pattern.DOTALL);

    /** Replies are alike that begin alike: what follows was cut at some place or other. */
    private static final int COMPARED = 160;

    /**
     * The causes of the violations that are shown of a run. Where the timeout that was told seems wrong, or ids of
     * sessions are assigned twice, that comes first, and stands for all violations that it may explain.
     */
    public static List<Cause> of(RunReport run) {
        var roots = new ArrayList<Root>();
        TimeoutCheck.of(run).ifPresent(said -> roots.add(new Root(said, TimeoutCheck::mayExplain)));
        return of(run.shown(), roots);
    }

    /** The causes of all violations that no baseline knows: FAIL first, and those that break the most rules. */
    public static List<Cause> of(List<ResultReport> results) {
        return of(results, List.of());
    }

    private static List<Cause> of(List<ResultReport> results, List<Root> roots) {
        return among(results.stream().filter(r -> r.known() == null).toList(), results, roots);
    }

    /**
     * The causes of the violations among some results, whether a baseline knows them or not.
     *
     * @param all all results of the run, for what the causes explain
     */
    static List<Cause> among(List<ResultReport> some, List<ResultReport> all) {
        return among(some, all, List.of());
    }

    private static List<Cause> among(List<ResultReport> some, List<ResultReport> all, List<Root> above) {
        var found = Finding.of(some, List.of(Verdict.FAIL, Verdict.WARN));
        var roots = new ArrayList<>(above);
        found.stream()
                .map(Finding::shown)
                .filter(r -> r.rule().equals(ONE_ID))
                .findFirst()
                .ifPresent(r -> roots.add(new Root(headline(r), ofSessions -> SESSIONS.contains(ofSessions.area()))));
        var alike = new LinkedHashMap<String, List<Finding>>();
        for (var finding : found) {
            var key = roots.stream()
                    .filter(root -> root.mayExplain().test(finding.shown()))
                    .map(Root::said)
                    .findFirst()
                    .orElseGet(() -> key(finding.shown()));
            alike.computeIfAbsent(key, k -> new ArrayList<>()).add(finding);
        }
        var said = roots.stream().map(Root::said).toList();
        return alike.entrySet().stream()
                .map(e -> new Cause(
                        e.getValue().stream()
                                .sorted(Comparator.comparing(
                                        g -> !headline(g.shown()).equals(e.getKey())))
                                .toList(),
                        explained(e.getValue(), all),
                        said.contains(e.getKey()) ? e.getKey() : null))
                .sorted(Comparator.comparingInt((Cause c) -> c.said() == null ? said.size() : said.indexOf(c.said()))
                        .thenComparing(Cause::verdict)
                        .thenComparing(c -> -c.count()))
                .toList();
    }

    private static String headline(ResultReport result) {
        return result.expectation() == null
                ? result.summary()
                : "expected " + result.expectation() + ", but " + result.observation();
    }

    /**
     * A refusal tells its reason: the same refusal where the same status was due has the same cause. Where a request
     * was served that ought not to be, the same reply may hide several faults.
     */
    private static String key(ResultReport result) {
        if (result.expectation() == null) {
            return result.rule();
        }
        if (NEVER_REAPED.matcher(result.expectation()).matches()
                && statusCame(result).isEmpty()) {
            // Whatever a session is asked that ought to be gone, that it is there is one fault.
            return "not reaped";
        }
        var came = gist(result.observation());
        var due = statusDue(result);
        return due.isPresent() && statusCame(result).isPresent()
                ? due.get() + " " + came
                : gist(result.expectation()) + " / " + came;
    }

    private static String gist(@Nullable String text) {
        var gist = Gist.of(Objects.requireNonNullElse(text, ""))
                .replaceAll("\"id\" ?: ?(\"[^\"]*\"|[\\d.]+|null)", "\"id\":…");
        return gist.substring(0, Math.min(COMPARED, gist.length()));
    }

    private static Optional<String> statusDue(ResultReport result) {
        return first(DUE, result.expectation());
    }

    private static Optional<String> statusCame(ResultReport result) {
        return first(REFUSED, result.observation());
    }

    private static Optional<String> first(Pattern pattern, @Nullable String text) {
        var matcher = pattern.matcher(Objects.requireNonNullElse(text, ""));
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private static List<String> explained(List<Finding> findings, List<ResultReport> results) {
        var broken = findings.stream().map(f -> f.shown().rule()).toList();
        var explained = new LinkedHashSet<String>();
        results.stream()
                .filter(r -> r.causedBy() != null && broken.contains(r.causedBy()) && !broken.contains(r.rule()))
                .forEach(r -> explained.add(r.rule()));
        return List.copyOf(explained);
    }

    /** Whether a rule is broken by it. */
    boolean breaks(@Nullable String rule) {
        return findings.stream().anyMatch(f -> f.shown().rule().equals(rule));
    }

    /** The worst verdict that it leads to. */
    public Verdict verdict() {
        return findings.stream()
                .map(Finding::verdict)
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** The ids of the rules, those that it explains last. */
    public List<String> rules() {
        var rules = new LinkedHashSet<String>();
        findings.forEach(f -> rules.add(f.shown().rule()));
        rules.addAll(explained);
        return List.copyOf(rules);
    }

    public int count() {
        return rules().size();
    }

    /** The observation and the expectation. */
    public String headline() {
        var shown = findings.get(0).shown();
        if (said != null) {
            return said;
        }
        if (shown.expectation() == null) {
            return headline(shown);
        }
        boolean alike =
                findings.stream().allMatch(f -> gist(f.shown().expectation()).equals(gist(shown.expectation())));
        return alike || statusCame(shown).isEmpty()
                ? headline(shown)
                : statusDue(shown).orElseThrow() + " is due, but " + shown.observation();
    }

    /** The headline, after the rules that it is about. */
    public String told() {
        return scope() + ": " + headline();
    }

    /**
     * The rule that it is about, or how many; and where these are counted differently, how: "9 rules (1 broken, 8
     * explained by it)".
     */
    public String scope() {
        if (count() == 1) {
            return rules().get(0);
        }
        var parts = new ArrayList<String>();
        long failed = count(Verdict.FAIL);
        if (failed > 0) {
            parts.add(failed + " broken");
        }
        long warned = count(Verdict.WARN);
        if (warned > 0) {
            parts.add(warned + (warned == 1 ? " with a warning" : " with warnings"));
        }
        if (!explained.isEmpty()) {
            parts.add(explained.size() + " explained by " + (failed + warned == 1 ? "it" : "them"));
        }
        return count() + " rules" + (parts.size() == 1 ? "" : " (" + String.join(", ", parts) + ")");
    }

    /** The rules with a verdict; of a rule that has several, the worst counts. */
    private long count(Verdict verdict) {
        var worst = new TreeMap<String, Verdict>();
        findings.forEach(f -> worst.merge(f.shown().rule(), f.verdict(), (a, b) -> a.compareTo(b) <= 0 ? a : b));
        return worst.values().stream().filter(v -> v == verdict).count();
    }
}
