package dev.mcpsession.runner.report.markdown;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.text.Screen;
import dev.mcpsession.runner.report.text.Symbols;
import dev.mcpsession.runner.report.text.Wrap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The changes from one report to a later one, by server, rule and revision. */
public final class Changes {
    /** The kinds of changes. */
    public enum Kind {
        /** Broken now, and not so before: a WARN that is a FAIL now counts too. */
        NEW("New"),
        /** Broken before, and kept now. */
        MENDED("Mended"),
        /** Another verdict for any other reason. */
        FLIPPED("Flipped");

        private final String title;

        Kind(String title) {
            this.title = title;
        }
    }

    /**
     * One change.
     *
     * @param server the name of the server; null where each report is about one
     * @param before null if the rule was not judged in that revision then
     * @param after null if it is not judged any more
     */
    public record Change(Kind kind, String server, ResultReport before, ResultReport after) {
        private ResultReport either() {
            return after == null ? before : after;
        }
    }

    private record Key(String server, String rule, String revision) {}

    private static final String ABSENT = "not judged";
    private static final int MIN_NAME_WIDTH = 34;

    private static final int MAX_NAMED = 3;

    private final List<Change> changes = new ArrayList<>();
    private final List<String> unjudged = new ArrayList<>();
    private final List<String> caveats = new ArrayList<>();
    private int same;

    private Changes() {}

    /** Compares. Where each report is about one server, these are compared whatever they are called. */
    public static Changes between(Report before, Report after) {
        var changes = new Changes();
        boolean single = before.runs().size() <= 1 && after.runs().size() <= 1;
        var then = verdicts(before, single);
        var now = verdicts(after, single);
        var keys = new LinkedHashSet<>(then.keySet());
        keys.addAll(now.keySet());
        keys.forEach(key -> changes.add(key, then.get(key), now.get(key)));
        Stream.concat(
                        Stream.ofNullable(after.problem()),
                        after.runs().stream()
                                .filter(run -> run.problem() != null)
                                .map(run -> run.target().name() + ": " + run.problem()))
                .distinct()
                .forEach(changes.unjudged::add);
        changes.compareConditions(before, after, single);
        return changes;
    }

    /** Notes in what the runs differ, apart from the server: that may be why verdicts do. */
    private void compareConditions(Report before, Report after, boolean single) {
        if (!before.kit().version().equals(after.kit().version())) {
            caveats.add("The reports are from different versions of the kit, "
                    + before.kit().version() + " and " + after.kit().version()
                    + ": rules may be new, gone, or judge otherwise.");
        }
        for (var then : before.runs()) {
            var now = after.runs().stream()
                    .filter(run ->
                            single || run.target().name().equals(then.target().name()))
                    .findFirst();
            if (now.isEmpty() || then.problem() != null || now.get().problem() != null) {
                continue;
            }
            var server = single ? "" : then.target().name() + ": ";
            missing(server + "The later run did not judge by", then, now.get());
            missing(server + "The earlier run did not judge by", now.get(), then);
            var told = new ArrayList<String>();
            told(
                    told,
                    "idle timeout",
                    then.target().idleTimeoutMs(),
                    now.get().target().idleTimeoutMs(),
                    " ms");
            told(told, "reap lag", then.target().reapLagMs(), now.get().target().reapLagMs(), " ms");
            told(told, "slow tool", tool(then), tool(now.get()), "");
            told(told, "users", then.target().users(), now.get().target().users(), "");
            if (!told.isEmpty()) {
                caveats.add(
                        server + "The runs were told different things of the server: " + String.join("; ", told) + ".");
            }
        }
    }

    private void missing(String what, RunReport has, RunReport lacks) {
        var rules = rules(has);
        rules.removeAll(rules(lacks));
        if (!rules.isEmpty()) {
            caveats.add(what + " " + Symbols.count(rules.size(), "rule") + " of the other: "
                    + rules.stream().limit(MAX_NAMED).collect(Collectors.joining(", "))
                    + (rules.size() > MAX_NAMED ? " and " + (rules.size() - MAX_NAMED) + " more" : "") + ".");
        }
    }

    private static Set<String> rules(RunReport run) {
        return run.results().stream().map(ResultReport::rule).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String tool(RunReport run) {
        var tool = run.target().slowTool();
        return tool == null ? null : tool.name() + "=" + tool.arguments();
    }

    private static void told(List<String> differences, String what, Object then, Object now, String unit) {
        if (!Objects.equals(then, now)) {
            differences.add(what + " " + (then == null ? "none" : then + unit) + " then, "
                    + (now == null ? "none" : now + unit) + " now");
        }
    }

    private static Map<Key, ResultReport> verdicts(Report report, boolean single) {
        var verdicts = new LinkedHashMap<Key, ResultReport>();
        for (RunReport run : report.runs()) {
            for (var result : run.results()) {
                var server = single ? null : run.target().name();
                verdicts.put(new Key(server, result.rule(), result.revision()), result);
            }
        }
        return verdicts;
    }

    private void add(Key key, ResultReport before, ResultReport after) {
        if (before != null && after != null && before.verdict().equals(after.verdict())) {
            same++;
            return;
        }
        int then = severity(before);
        int now = severity(after);
        var kind = now > then
                ? Kind.NEW
                : then > 0 && after != null && verdict(after) == Verdict.PASS ? Kind.MENDED : Kind.FLIPPED;
        changes.add(new Change(kind, key.server(), before, after));
    }

    private static int severity(ResultReport result) {
        return result == null
                ? 0
                : switch (verdict(result)) {
                    case FAIL -> 2;
                    case WARN -> 1;
                    default -> 0;
                };
    }

    private static Verdict verdict(ResultReport result) {
        return Verdict.valueOf(result.verdict());
    }

    public List<Change> of(Kind kind) {
        return changes.stream().filter(change -> change.kind() == kind).toList();
    }

    /** Whether a FAIL is new. */
    public boolean worse() {
        return of(Kind.NEW).stream().anyMatch(change -> verdict(change.after()) == Verdict.FAIL);
    }

    /** Whether the later run did not judge what the earlier did: nothing can be said of it then. */
    public boolean undecided() {
        return !unjudged.isEmpty()
                || changes.stream().anyMatch(change -> decided(change.before()) && !decided(change.after()));
    }

    private static boolean decided(ResultReport result) {
        return result != null
                && switch (verdict(result)) {
                    case PASS, FAIL, WARN, NOT_APPLICABLE -> true;
                    case NOT_TESTABLE, INCONCLUSIVE, ERROR, NOT_RUN -> false;
                };
    }

    /** Tells what changed, on the console. */
    public void show(Screen screen) {
        unjudged.forEach(why -> screen.line(Screen.bold("Not judged: ") + why));
        caveats.forEach(caveat -> Wrap.lines(caveat, screen.width()).forEach(l -> screen.line(Screen.yellow(l))));
        if (!caveats.isEmpty()) {
            screen.line();
        }
        for (var kind : Kind.values()) {
            var those = of(kind);
            if (those.isEmpty()) {
                continue;
            }
            screen.line(Screen.bold(kind.title) + " (" + those.size() + ")");
            int width = those.stream()
                    .mapToInt(change -> change.either().rule().length())
                    .reduce(MIN_NAME_WIDTH, Math::max);
            for (var change : those) {
                var result = change.either();
                screen.line(
                        "  " + sign(change) + " " + Symbols.pad(result.rule(), width) + "  " + result.revision() + "  "
                                + word(change.before()) + " → " + word(change.after())
                                + (change.server() == null ? "" : "  " + Screen.dim(change.server())));
                if (change.after() != null && kind != Kind.MENDED) {
                    Wrap.lines(result.summary(), Math.max(40, screen.width() - 6))
                            .forEach(line -> screen.line("      " + line));
                }
            }
            screen.line();
        }
        screen.line(tally());
    }

    private static String sign(Change change) {
        return change.after() == null ? " " : Symbols.sign(verdict(change.after()));
    }

    private static String word(ResultReport result) {
        return result == null ? Screen.dim(ABSENT) : Symbols.paint(verdict(result), Symbols.word(verdict(result)));
    }

    private String tally() {
        return of(Kind.NEW).size() + " new, " + of(Kind.MENDED).size() + " mended, "
                + of(Kind.FLIPPED).size() + " flipped, " + Symbols.count(same, "verdict") + " as before.";
    }

    /** The changes in GitHub's Markdown, such as for a comment on a pull request. */
    public String markdown() {
        var text = new StringBuilder("### MCP sessions: " + tally() + "\n\n");
        unjudged.forEach(why ->
                text.append("**Not judged:** ").append(Markdown.text(why)).append("\n\n"));
        caveats.forEach(caveat -> text.append(Markdown.text(caveat)).append("\n\n"));
        for (var kind : Kind.values()) {
            var those = of(kind);
            if (those.isEmpty()) {
                continue;
            }
            text.append("**")
                    .append(kind.title)
                    .append("**\n\n| | rule | revision | before | now | what came |\n")
                    .append("| --- | --- | --- | --- | --- | --- |\n");
            int shown = 0;
            for (var change : those) {
                if (text.length() > MarkdownReport.MAX_BYTES / 8) {
                    text.append("\n").append(those.size() - shown).append(" more are left out.\n");
                    break;
                }
                shown++;
                var result = change.either();
                text.append("| ")
                        .append(change.after() == null ? "" : Symbols.mark(verdict(change.after())))
                        .append(" | ")
                        .append(Markdown.code(result.rule()))
                        .append(change.server() == null ? "" : "<br>" + Markdown.text(change.server()))
                        .append(" | ")
                        .append(Markdown.text(result.revision()))
                        .append(" | ")
                        .append(plain(change.before()))
                        .append(" | ")
                        .append(plain(change.after()))
                        .append(" | ")
                        .append(
                                change.after() == null || kind == Kind.MENDED
                                        ? ""
                                        : Markdown.cell(result.summary(), 240))
                        .append(" |\n");
            }
            text.append("\n");
        }
        return text.toString();
    }

    private static String plain(ResultReport result) {
        return result == null ? ABSENT : Symbols.word(verdict(result));
    }
}
