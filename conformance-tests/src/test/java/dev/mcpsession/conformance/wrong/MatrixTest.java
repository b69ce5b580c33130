package dev.mcpsession.conformance.wrong;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.rules.CoreRules;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.run.RunResult;
import dev.mcpsession.conformance.servers.Targets;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole catalogue against every wrong server: each must be caught by its rule, and each rule must catch one. */
@Execution(ExecutionMode.CONCURRENT)
class MatrixTest {
    private static final Catalogue CATALOGUE = Catalogue.of(new CoreRules());

    /** A wrong server that trips more rules than this beside its own must say why. */
    private static final int WIDE = 5;

    /** The printed matrix: rule and wrong server, then the other rules that it trips. */
    private static final Map<String, String> ROWS = new ConcurrentSkipListMap<>();

    /** Which rules were tripped by wrong servers that are there for another, and by how many. */
    private static final Map<String, Integer> TRIPPED = new ConcurrentSkipListMap<>();

    /** Wrong servers that a first run of their rule missed, and what it saw instead. */
    private static final Map<String, String> MISSED = new ConcurrentSkipListMap<>();

    static List<WrongServer> wrongServers() {
        return Stream.of(
                        AssignmentWrongServers.all(),
                        OpeningWrongServers.all(),
                        RequiredWrongServers.all(),
                        TerminationWrongServers.all(),
                        IdleWrongServers.all(),
                        LettingGoWrongServers.all(),
                        ConfigurationWrongServers.all(),
                        StatelessWrongServers.all(),
                        TransportWrongServers.all(),
                        StreamWrongServers.all(),
                        FormWrongServers.all(),
                        HarmlessWrongServers.all(),
                        MessageIdWrongServers.all(),
                        WrongServersInOneSession.all(),
                        ResumptionWrongServers.all(),
                        WrongServersOnMessages.all(),
                        ConcurrencyWrongServers.all(),
                        CompanyWrongServers.all(),
                        CancellationWrongServers.all(),
                        OwnershipWrongServers.all(),
                        ModernWrongServers.all(),
                        DualWrongServers.all(),
                        WrongClusters.all(),
                        ServiceWrongServers.all(),
                        LoadWrongServers.all())
                .flatMap(List::stream)
                .toList();
    }

    /**
     * Those to run: with {@code -Dmatrix=idle/}, those alone that break a rule whose id contains that, as a pattern.
     */
    static List<WrongServer> chosen() {
        var chosen = Pattern.compile(System.getProperty("matrix", "")).asPredicate();
        return wrongServers().stream()
                .filter(wrong -> chosen.test(wrong.breaks()))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("chosen")
    void isCaught(WrongServer wrong) throws Exception {
        var launch = wrong.launcher().launch(Targets.SETTINGS);
        try (var server = (ServerLauncher.Serving) launch) {
            var target = wrong.target()
                    .apply(WrongClusters.tell(Targets.of(wrong.name(), server.uri(), wrong.launcher()), server))
                    .build();
            var run = Suite.of(target)
                    .catalogue(CATALOGUE)
                    .revisions(List.of(wrong.revision()))
                    // Whoever has several nodes is judged by the rules about them alone, and others by all but them.
                    .select(rule -> rule.requires().contains(Requires.NODES) == target.hasNodes())
                    .run();
            var others = others(run, wrong.breaks());
            ROWS.put(
                    wrong.breaks() + " ← " + wrong.name(),
                    shown(others) + (wrong.because().isEmpty() ? "" : " (since " + wrong.because() + ")"));
            others.forEach(result -> TRIPPED.merge(result.rule().id(), 1, Integer::sum));
            assertTrue(
                    others.size() <= WIDE || !wrong.because().isEmpty(),
                    () -> "'" + wrong.name() + "' trips " + others.size()
                            + " other rules: make it narrower, or say why with because(…): " + shown(others));
            assertTrue(
                    others.stream().noneMatch(r -> r.rule().id().equals(wrong.spared())),
                    () -> "'" + wrong.name() + "' is accused of another cause: " + shown(others));
            // A fault that shows for a moment only can be missed on a busy machine: the rule runs twice more, alone.
            for (int i = 0; i < 2 && !caught(wrong, of(wrong, run)); i++) {
                MISSED.put(
                        wrong.breaks() + " ← " + wrong.name(),
                        of(wrong, run).verdict() + ": " + of(wrong, run).summary() + " "
                                + of(wrong, run).notes());
                run = Suite.of(target)
                        .catalogue(CATALOGUE)
                        .revisions(List.of(wrong.revision()))
                        .select(rule -> rule.id().equals(wrong.breaks()))
                        .run();
            }
            check(wrong, run);
        }
    }

    private static void check(WrongServer wrong, RunResult run) {
        var result = of(wrong, run);
        assertTrue(
                caught(wrong, result),
                () -> wrong.breaks() + " should say '" + wrong.says() + "', but says " + result.verdict() + ": "
                        + result.summary() + " " + result.notes());
    }

    private static RuleResult of(WrongServer wrong, RunResult run) {
        return run.results().stream()
                .filter(r -> r.rule().id().equals(wrong.breaks()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no such rule in this revision: " + wrong.breaks()));
    }

    private static boolean caught(WrongServer wrong, RuleResult result) {
        return result.level() == Level.INFO
                ? result.notes().stream().anyMatch(n -> n.contains(wrong.says()))
                : result.verdict() == result.level().whenBroken()
                        && result.summary().contains(wrong.says());
    }

    /** The other rules that a wrong server trips. */
    private static List<RuleResult> others(RunResult run, String but) {
        return run.results().stream()
                .filter(r -> !r.rule().id().equals(but))
                .filter(r -> r.verdict().isViolation() || r.verdict() == Verdict.ERROR)
                .toList();
    }

    private static String shown(List<RuleResult> others) {
        return others.isEmpty()
                ? "nothing else"
                : "also "
                        + others.stream()
                                .collect(Collectors.groupingBy(
                                        RuleResult::verdict,
                                        TreeMap::new,
                                        Collectors.mapping(r -> r.rule().id(), Collectors.joining(", "))));
    }

    @Test
    void everyRuleCatchesOne() {
        var broken = wrongServers().stream().map(WrongServer::breaks).collect(Collectors.toSet());
        assertEquals(
                List.of(),
                CATALOGUE.rules().stream()
                        .map(RuleInfo::id)
                        .filter(id -> !broken.contains(id))
                        .toList(),
                "rules that no wrong server breaks");
    }

    @AfterAll
    static void print() {
        System.out.println("Rule ← wrong server: what else it trips");
        ROWS.forEach((row, others) -> System.out.println("  " + row + ": " + others));
        System.out.println("Rules that the wrong servers of others trip most: "
                + TRIPPED.entrySet().stream()
                        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                        .limit(10)
                        .map(e -> e.getKey() + " " + e.getValue())
                        .collect(Collectors.joining(", ")));
        MISSED.forEach((row, seen) -> System.out.println("Looked at again: " + row + ", where a look saw " + seen));
        System.out.println(CATALOGUE.rules().size() + " rules, " + ROWS.size() + " wrong servers");
    }
}
