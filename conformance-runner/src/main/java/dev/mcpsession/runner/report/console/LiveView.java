package dev.mcpsession.runner.report.console;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.run.RunListener;
import dev.mcpsession.conformance.run.Survey;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Reports;
import dev.mcpsession.runner.report.text.Screen;
import dev.mcpsession.runner.report.text.Symbols;
import dev.mcpsession.runner.report.text.Wrap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Shows a run while it goes on, as a tree: area by area, a line for each rule as soon as it is judged in all its
 * revisions. One area is shown at a time; what is judged of others meanwhile is shown when their turn comes.
 */
public final class LiveView implements RunListener, AutoCloseable {
    private static final Duration HEARTBEAT = Duration.ofSeconds(10);

    /** Of the reason for which rules have no verdict. */
    private static final int MAX_REASON_LINES = 2;

    private final Screen screen;
    private final Reports reports;
    private final Collection<RuleInfo> rules;
    private final boolean quiet;
    private final boolean verbose;
    private final Consumer<Survey> onSurvey;
    private final ScheduledExecutorService ticker;

    /** The areas that are not shown whole yet, in the order of the catalogue. */
    private final Map<String, Area> areas = new LinkedHashMap<>();

    private final Map<String, Pause> pauses = new HashMap<>();
    private @Nullable Area current;
    private int judged;
    private int expected;
    private int nameWidth;
    private String confirming = "";
    private long lastLine = System.nanoTime();

    private static final class Area {
        final String name;
        final Map<String, Pending> rules = new LinkedHashMap<>();
        final List<Pending> ready = new ArrayList<>();
        final List<Pending> undecided = new ArrayList<>();
        int left;

        Area(String name) {
            this.name = name;
        }
    }

    /** A rule and the verdicts on it that have come. */
    private record Pending(RuleInfo rule, int revisions, List<ResultReport> results) {}

    private record Pause(String rule, String why, long until) {}

    /**
     * @param rules those that were selected
     * @param quiet whether to show nothing but the status
     * @param verbose whether to show the exchanges of every rule
     * @param onSurvey told when the survey is over, before anything is shown
     */
    public LiveView(
            Screen screen,
            Reports reports,
            Collection<RuleInfo> rules,
            boolean quiet,
            boolean verbose,
            Consumer<Survey> onSurvey) {
        this.screen = screen;
        this.reports = reports;
        this.rules = List.copyOf(rules);
        this.quiet = quiet;
        this.verbose = verbose;
        this.onSurvey = onSurvey;
        ticker = Executors.newSingleThreadScheduledExecutor(task -> {
            var thread = new Thread(task, "console");
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public synchronized void surveyed(Survey survey, int expected) {
        onSurvey.accept(survey);
        begin(survey.spoken().keySet(), expected);
    }

    /** Begins to show a run in these revisions. */
    public synchronized void begin(Collection<Revision> spoken, int expected) {
        this.expected = expected;
        for (var rule : rules) {
            var in = spoken.stream().filter(rule::holdsIn).count();
            if (in > 0) {
                var area = areas.computeIfAbsent(rule.area(), Area::new);
                area.rules.put(rule.id(), new Pending(rule, rule.once() ? 1 : (int) in, new ArrayList<>()));
                area.left++;
                nameWidth = Math.max(nameWidth, name(rule).length());
            }
        }
        long every = screen.isLive() ? 100 : 1000;
        ticker.scheduleAtFixedRate(this::tick, every, every, TimeUnit.MILLISECONDS);
    }

    @Override
    public synchronized void waiting(RuleInfo rule, Revision revision, String why, Duration span) {
        pauses.put(rule.id() + " " + revision, new Pause(rule.id(), why, System.nanoTime() + span.toNanos()));
    }

    @Override
    public synchronized void confirming(RuleInfo rule, Revision revision) {
        confirming = rule.id();
    }

    @Override
    public synchronized void finished(RuleResult result) {
        judged++;
        pauses.remove(result.rule().id() + " " + result.revision());
        var area = areas.get(result.rule().area());
        var pending = area == null ? null : area.rules.get(result.rule().id());
        if (area == null || pending == null) {
            return;
        }
        pending.results.add(reports.result(result, result.startedAt(), verbose));
        if (pending.results.size() == pending.revisions) {
            pending.results.sort(Comparator.comparing(ResultReport::revision));
            area.left--;
            (isUndecided(pending) ? area.undecided : area.ready).add(pending);
            show();
        }
    }

    /** Why a rule has no verdict of its own; the same for all that one broken rule explains. */
    private static String why(ResultReport result) {
        return result.causedBy() == null
                ? result.summary()
                : "not counted, since " + result.causedBy() + " is broken too, and explains it";
    }

    private static boolean isUndecided(Pending pending) {
        var first = pending.results.get(0);
        return switch (Verdict.valueOf(first.verdict())) {
            case NOT_APPLICABLE, NOT_TESTABLE, NOT_RUN ->
                pending.results.stream()
                        .allMatch(r -> r.verdict().equals(first.verdict()) && why(r).equals(why(first)));
            default -> false;
        };
    }

    /** Shows what can be shown, and goes on to the next area where one is complete. */
    private void show() {
        if (quiet) {
            return;
        }
        while (true) {
            if (current == null && (current = next()) != null) {
                line("");
                line(Screen.bold(current.name));
            }
            if (current == null) {
                return;
            }
            current.ready.forEach(this::showRule);
            current.ready.clear();
            if (current.left > 0) {
                return;
            }
            showUndecided(current.undecided);
            areas.remove(current.name);
            current = null;
        }
    }

    /** An area that is complete, or else one that does not wait, or else the first. */
    private @Nullable Area next() {
        return areas.values().stream()
                .min(Comparator.comparingInt(area ->
                        area.left == 0 ? 0 : area.rules.values().stream().anyMatch(p -> waits(p.rule())) ? 2 : 1))
                .orElse(null);
    }

    private static boolean waits(RuleInfo rule) {
        return rule.requires().contains(Requires.IDLE_TIMEOUT)
                || rule.requires().contains(Requires.SLOW_TOOL)
                || rule.requires().contains(Requires.LAUNCH)
                || rule.disruptive();
    }

    private void showRule(Pending pending) {
        var groups = new LinkedHashMap<String, List<ResultReport>>();
        pending.results.forEach(
                r -> groups.computeIfAbsent(r.verdict(), v -> new ArrayList<>()).add(r));
        groups.forEach((name, results) -> {
            var verdict = Verdict.valueOf(name);
            var label = groups.size() == 1 && results.size() > 1
                    ? results.size() + " revisions"
                    : String.join(
                            " ", results.stream().map(ResultReport::revision).toList());
            var took = results.stream().mapToDouble(ResultReport::tookMs).max().orElse(0);
            line("  " + Symbols.sign(verdict) + " " + Symbols.pad(name(pending.rule), nameWidth) + "  "
                    + Symbols.pad(Symbols.paint(verdict, Symbols.word(verdict)), 4)
                    + Screen.dim(Symbols.padLeft(Symbols.span(took), 9) + "  " + label));
            // The newest revision stands for all; each is explained below.
            var summary = results.get(results.size() - 1).summary();
            if (!summary.isBlank()) {
                line("      " + Wrap.cut(summary, Math.max(20, screen.width() - 6)));
            }
            if (results.get(results.size() - 1).known() != null) {
                line(Screen.dim("      " + results.get(results.size() - 1).known()));
            }
            if (verdict == Verdict.PASS) {
                results.stream()
                        .flatMap(r -> r.notes().stream())
                        .distinct()
                        .forEach(n -> line(Screen.dim("      " + Wrap.cut(n, Math.max(20, screen.width() - 6)))));
            }
            if (verbose) {
                results.forEach(r -> {
                    line(Screen.dim("      " + r.revision()));
                    new Explanation(screen).exchanges(r, true);
                });
            }
        });
    }

    private void showUndecided(List<Pending> undecided) {
        var groups = new LinkedHashMap<List<String>, List<String>>();
        for (var pending : undecided) {
            var result = pending.results.get(0);
            groups.computeIfAbsent(List.of(result.verdict(), why(result)), k -> new ArrayList<>())
                    .add(name(pending.rule));
        }
        groups.forEach((key, names) -> {
            var verdict = Verdict.valueOf(key.get(0));
            var said = Wrap.lines(
                    Symbols.word(verdict) + ": " + key.get(1), Math.max(20, screen.width() - 6), MAX_REASON_LINES);
            for (int i = 0; i < said.size(); i++) {
                line((i == 0 ? "  " + Symbols.sign(verdict) + " " : "    ") + Screen.dim(said.get(i)));
            }
            Wrap.lines(String.join(", ", names), Math.max(20, screen.width() - 6))
                    .forEach(l -> line(Screen.dim("      " + l)));
        });
    }

    private void line(String text) {
        lastLine = System.nanoTime();
        screen.line(text);
    }

    private static String name(RuleInfo rule) {
        return rule.id().substring(rule.area().length() + 1);
    }

    // ---- progress ----

    private synchronized void tick() {
        if (screen.isLive()) {
            screen.status(progress());
        } else if (!quiet && System.nanoTime() - lastLine > HEARTBEAT.toNanos()) {
            line("  … " + progress());
        }
    }

    private String progress() {
        long now = System.nanoTime();
        pauses.values().removeIf(p -> p.until() <= now);
        var progress = judged + " of " + expected + " verdicts";
        var longest = pauses.values().stream().max(Comparator.comparingLong(Pause::until));
        if (longest.isEmpty()) {
            return progress + (confirming.isEmpty() ? "" : " · confirming " + confirming);
        }
        var left = Symbols.round(Math.max(100, Math.round((longest.get().until() - now) / 1e8) * 100));
        return progress + " · " + pauses.size() + " waiting, the longest another " + left + " ("
                + longest.get().rule() + ": " + longest.get().why() + ")";
    }

    /** Shows what is left of a run that has ended, whole or not. */
    @Override
    public synchronized void close() {
        ticker.shutdownNow();
        screen.status("");
        if (quiet) {
            return;
        }
        for (var area : List.copyOf(areas.values())) {
            if (area != current && !(area.ready.isEmpty() && area.undecided.isEmpty())) {
                line("");
                line(Screen.bold(area.name));
            }
            area.ready.forEach(this::showRule);
            showUndecided(area.undecided);
        }
        areas.clear();
    }
}
