package dev.mcpsession.runner.report.model;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.text.Symbols;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The changes from one report to a later one, by server, rule and revision, and gathered by cause. */
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

        public String title() {
            return title;
        }
    }

    /**
     * One change.
     *
     * @param server the name of the server; null where each report is about one
     * @param before null if the rule was not judged in that revision then
     * @param after null if it is not judged any more
     */
    public record Change(
            Kind kind,
            @Nullable String server,
            @Nullable ResultReport before,
            @Nullable ResultReport after) {
        public String rule() {
            return either().rule();
        }

        String revision() {
            return either().revision();
        }

        private ResultReport either() {
            return after == null ? Objects.requireNonNull(before, "A change is of something") : after;
        }

        /** The verdict then, or null. */
        public @Nullable Verdict then() {
            return before == null ? null : verdict(before);
        }

        /** The verdict now, or null. */
        public @Nullable Verdict now() {
            return after == null ? null : verdict(after);
        }
    }

    /**
     * Changes that have one cause.
     *
     * @param headline what came, or what came before where it is mended; empty if there is nothing to say
     * @param changes those of the rules that show it, the first of which stands for all
     * @param explained those of the rules that are judged no more since these are broken, or again since these are kept
     */
    public record Row(Kind kind, String headline, List<Change> changes, List<Change> explained) {
        public @Nullable String server() {
            return changes.get(0).server();
        }

        /** The verdict that it leads to; null where nothing is judged any more. */
        public @Nullable Verdict now() {
            return changes.get(0).now();
        }

        /** How many rules it is about, those that it explains among them. */
        public long rules() {
            return all().map(Change::rule).distinct().count();
        }

        long verdicts() {
            return all().count();
        }

        /** How verdicts changed, each once. */
        public List<Change> turns() {
            var turns = new LinkedHashMap<List<Verdict>, Change>();
            all().forEach(c -> turns.putIfAbsent(Arrays.asList(c.then(), c.now()), c));
            return List.copyOf(turns.values());
        }

        /** The revisions of all its rules; empty where they are not the same for each of them. */
        public List<String> revisions() {
            var sets = Stream.concat(revisionsOf(changes).values().stream(), revisionsOf(explained).values().stream())
                    .distinct()
                    .toList();
            return sets.size() == 1 ? sets.get(0) : List.of();
        }

        /** The names of rules, with their revisions where these are not the same for all. */
        public List<String> names(List<Change> some) {
            boolean alike = !revisions().isEmpty();
            return revisionsOf(some).entrySet().stream()
                    .map(e -> e.getKey() + (alike ? "" : " [" + String.join(", ", e.getValue()) + "]"))
                    .toList();
        }

        private static Map<String, List<String>> revisionsOf(List<Change> changes) {
            return changes.stream()
                    .collect(Collectors.groupingBy(
                            Change::rule,
                            LinkedHashMap::new,
                            Collectors.mapping(Change::revision, Collectors.toList())));
        }

        private Stream<Change> all() {
            return Stream.concat(changes.stream(), explained.stream());
        }
    }

    private record Key(@Nullable String server, String rule, String revision) {}

    private static final int MAX_NAMED = 3;

    private final List<Change> changes = new ArrayList<>();
    private final Map<Kind, List<Row>> rows = new LinkedHashMap<>();
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
        changes.gather();
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

    private static @Nullable String tool(RunReport run) {
        var tool = run.target().slowTool();
        return tool == null ? null : tool.name() + "=" + tool.arguments();
    }

    private static void told(
            List<String> differences, String what, @Nullable Object then, @Nullable Object now, String unit) {
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

    private void add(Key key, @Nullable ResultReport before, @Nullable ResultReport after) {
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

    private static int severity(@Nullable ResultReport result) {
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

    // ---- by cause ----

    private void gather() {
        var left = new LinkedHashSet<>(changes);
        var servers = changes.stream()
                .map(c -> Optional.ofNullable(c.server()))
                .distinct()
                .toList();
        for (var kind : Kind.values()) {
            rows.put(kind, new ArrayList<>());
        }
        for (var server : servers) {
            causes(Kind.NEW, server.orElse(null), left);
            causes(Kind.MENDED, server.orElse(null), left);
        }
        var alike = new LinkedHashMap<List<Object>, List<Change>>();
        for (var change : left) {
            var came = change.after() == null ? "" : change.after().summary();
            alike.computeIfAbsent(
                            Arrays.asList(change.server(), change.then(), change.now(), Gist.of(came)),
                            k -> new ArrayList<>())
                    .add(change);
        }
        alike.values().forEach(those -> {
            var after = those.get(0).after();
            of(Kind.FLIPPED)
                    .add(new Row(Kind.FLIPPED, after == null ? "" : after.summary(), List.copyOf(those), List.of()));
        });
    }

    /** Makes rows of the changes of a kind, and takes from what is left those and what they explain. */
    private void causes(Kind kind, @Nullable String server, Set<Change> left) {
        var byResult = new LinkedHashMap<List<String>, Change>();
        left.stream()
                .filter(c -> c.kind() == kind && Objects.equals(c.server(), server))
                .forEach(c -> byResult.put(List.of(c.rule(), c.revision()), c));
        var broken = byResult.values().stream()
                .map(c -> kind == Kind.NEW ? c.after() : c.before())
                .toList();
        for (var cause : Cause.among(broken, List.of())) {
            var own = cause.findings().stream()
                    .flatMap(f -> f.results().stream())
                    .map(r -> byResult.get(List.of(r.rule(), r.revision())))
                    .toList();
            left.removeAll(own);
            var rules = own.stream().map(Change::rule).toList();
            var explained = left.stream()
                    .filter(c -> c.kind() == Kind.FLIPPED && Objects.equals(c.server(), server))
                    .filter(c -> explains(rules, kind == Kind.NEW ? c.after() : c.before()))
                    .toList();
            left.removeAll(explained);
            of(kind).add(new Row(kind, cause.headline(), own, explained));
        }
    }

    private List<Row> of(Kind kind) {
        return Objects.requireNonNull(rows.get(kind), kind::title);
    }

    private static boolean explains(List<String> rules, @Nullable ResultReport result) {
        return result != null && result.causedBy() != null && rules.contains(result.causedBy());
    }

    // ---- what is to be told ----

    /** The changes of a kind by cause, from the worst on; those without a cause that is known by what came. */
    public List<Row> rows(Kind kind) {
        return List.copyOf(of(kind));
    }

    /** Why servers could not be judged. */
    public List<String> unjudged() {
        return List.copyOf(unjudged);
    }

    /** In what else the runs differ. */
    public List<String> caveats() {
        return List.copyOf(caveats);
    }

    /** Whether a FAIL is new. */
    public boolean worse() {
        return changes.stream().anyMatch(change -> change.kind() == Kind.NEW && change.now() == Verdict.FAIL);
    }

    /** Whether the later run did not judge what the earlier did: nothing can be said of it then. */
    public boolean undecided() {
        return !unjudged.isEmpty()
                || changes.stream().anyMatch(change -> decided(change.before()) && !decided(change.after()));
    }

    private static boolean decided(@Nullable ResultReport result) {
        return result != null
                && switch (verdict(result)) {
                    case PASS, FAIL, WARN, NOT_APPLICABLE -> true;
                    case NOT_TESTABLE, INCONCLUSIVE, ERROR, NOT_RUN -> false;
                };
    }

    /** The numbers, in a sentence. */
    public String tally() {
        return tally(Kind.NEW, "new") + ", " + tally(Kind.MENDED, "mended") + ", " + tally(Kind.FLIPPED, "flipped")
                + ", " + Symbols.count(same, "verdict") + " as before.";
    }

    private String tally(Kind kind, String word) {
        long verdicts = of(kind).stream().mapToLong(Row::verdicts).sum();
        int causes = of(kind).size();
        return causes + " " + word + (verdicts == causes ? "" : " (" + Symbols.count(verdicts, "verdict") + ")");
    }
}
