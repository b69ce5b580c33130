package dev.mcpsession.conformance.wrong;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.Level;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.rules.CoreRules;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.run.RunResult;
import dev.mcpsession.conformance.run.Suite;
import dev.mcpsession.conformance.run.Verdict;
import dev.mcpsession.conformance.servers.Targets;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The whole catalogue against every wrong server: each must be caught by its rule, and each rule must catch one.
 * {@code -Dwrong=load/} takes only the servers that break a rule whose id contains this.
 */
@Execution(ExecutionMode.CONCURRENT)
class MatrixTest {
    private static final Catalogue CATALOGUE = Catalogue.of(new CoreRules());

    /** What was found, for the printed matrix: wrong server, then rule and verdict. */
    private static final Map<String, String> ROWS = new ConcurrentSkipListMap<>();

    static List<WrongServer> wrongServers() {
        return Stream.of(
                        AssignmentWrongServers.all(),
                        RequiredWrongServers.all(),
                        TerminationWrongServers.all(),
                        IdleWrongServers.all(),
                        ConfigurationWrongServers.all(),
                        StatelessWrongServers.all(),
                        TransportWrongServers.all(),
                        ResumptionWrongServers.all(),
                        OwnershipWrongServers.all(),
                        ModernWrongServers.all(),
                        DualWrongServers.all(),
                        LoadWrongServers.all())
                .flatMap(List::stream)
                .toList();
    }

    static List<WrongServer> chosen() {
        return wrongServers().stream().filter(wrong -> wrong.breaks().contains(System.getProperty("wrong", ""))).toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("chosen")
    void isCaught(WrongServer wrong) throws Exception {
        var launch = wrong.launcher().launch(Targets.SETTINGS);
        try (var server = (ServerLauncher.Serving) launch) {
            var target = wrong.target().apply(Targets.of(wrong.name(), server.uri(), wrong.launcher())).build();
            var run = Suite.of(target).catalogue(CATALOGUE).revisions(List.of(wrong.revision())).run();
            ROWS.put(wrong.breaks() + " ← " + wrong.name(), others(run, wrong.breaks()));
            // What is wrong for a moment only can be missed on a busy machine: the rule gets two more looks, alone.
            for (int i = 0; i < 2 && !caught(wrong, of(wrong, run)); i++) {
                run = Suite.of(target).catalogue(CATALOGUE).revisions(List.of(wrong.revision()))
                        .select(rule -> rule.id().equals(wrong.breaks())).run();
            }
            check(wrong, run);
        }
    }

    private static void check(WrongServer wrong, RunResult run) {
        var result = of(wrong, run);
        assertTrue(caught(wrong, result), () -> wrong.breaks() + " should say '" + wrong.says() + "', but says "
                + result.verdict() + ": " + result.summary() + " " + result.notes());
    }

    private static RuleResult of(WrongServer wrong, RunResult run) {
        return run.results().stream().filter(r -> r.rule().id().equals(wrong.breaks())).findFirst()
                .orElseThrow(() -> new AssertionError("no such rule in this revision: " + wrong.breaks()));
    }

    private static boolean caught(WrongServer wrong, RuleResult result) {
        return result.level() == Level.INFO
                ? result.notes().stream().anyMatch(n -> n.contains(wrong.says()))
                : result.verdict() == result.level().whenBroken() && result.summary().contains(wrong.says());
    }

    /** What else a wrong server trips. */
    private static String others(RunResult run, String but) {
        var others = run.results().stream()
                .filter(r -> !r.rule().id().equals(but))
                .filter(r -> r.verdict().isViolation() || r.verdict() == Verdict.ERROR)
                .collect(Collectors.groupingBy(RuleResult::verdict, TreeMap::new,
                        Collectors.mapping(r -> r.rule().id(), Collectors.joining(", "))));
        return others.isEmpty() ? "nothing else" : "also " + others;
    }

    @Test
    void everyRuleCatchesOne() {
        var broken = wrongServers().stream().map(WrongServer::breaks).collect(Collectors.toSet());
        assertEquals(List.of(), CATALOGUE.rules().stream().map(RuleInfo::id).filter(id -> !broken.contains(id)).toList(),
                "rules that no wrong server breaks");
    }

    @AfterAll
    static void print() {
        System.out.println("Rule ← wrong server: what else it trips");
        ROWS.forEach((row, others) -> System.out.println("  " + row + ": " + others));
        System.out.println(CATALOGUE.rules().size() + " rules, " + ROWS.size() + " wrong servers");
    }
}
