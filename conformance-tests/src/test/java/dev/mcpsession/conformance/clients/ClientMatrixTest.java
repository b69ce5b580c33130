package dev.mcpsession.conformance.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.clients.WrongClients.WrongClient;
import dev.mcpsession.conformance.clients.rules.ClientRules;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.run.RuleResult;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Each wrong client is caught by its rule, with the message that tells what is wrong; and there is one for each rule.
 * It is judged by the rules that do not wait, too: that is the matrix.
 *
 * <p>{@code -Dclients=PART} chooses the wrong clients whose rule has that part in its id.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Execution(ExecutionMode.SAME_THREAD)
class ClientMatrixTest {
    private static final Catalogue CATALOGUE = Catalogue.of(new ClientRules());

    private final TreeMap<String, List<String>> matrix = new TreeMap<>();

    @Test
    void thereIsAWrongClientForEachRule() {
        var covered = WrongClients.all().stream().map(WrongClient::rule).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                CATALOGUE.rules().stream().map(RuleInfo::id).collect(Collectors.toCollection(TreeSet::new)), covered);
    }

    @TestFactory
    Stream<DynamicTest> wrongClients() {
        var chosen = System.getProperty("clients", "");
        var all = WrongClients.all().stream()
                .filter(w -> w.rule().contains(chosen))
                .toList();
        var few = new Semaphore(6);
        var runs = all.stream()
                .map(wrong -> ToyClient.async(() -> {
                    few.acquire();
                    try {
                        return ClientSuite.of(wrong.client())
                                .select(r -> r.id().equals(wrong.rule()) || !r.waits())
                                .run();
                    } finally {
                        few.release();
                    }
                }))
                .toList();
        var tests = new ArrayList<DynamicTest>();
        for (int i = 0; i < all.size(); i++) {
            var wrong = all.get(i);
            var run = runs.get(i);
            tests.add(DynamicTest.dynamicTest(wrong.toString(), () -> judge(wrong, run.get())));
        }
        return Stream.concat(tests.stream(), Stream.of(DynamicTest.dynamicTest("the matrix", this::print)));
    }

    private void judge(WrongClient wrong, ClientRun run) {
        var broken =
                run.results().stream().filter(r -> r.verdict().isViolation()).toList();
        matrix.put(
                wrong.toString(),
                broken.stream().map(r -> r.rule().id()).distinct().toList());
        var own =
                broken.stream().filter(r -> r.rule().id().equals(wrong.rule())).toList();
        assertTrue(
                own.stream().anyMatch(r -> r.summary().contains(wrong.message())),
                () -> wrong.rule() + " should say '" + wrong.message()
                        + "', but says "
                        + run.results().stream()
                                .filter(r -> r.rule().id().equals(wrong.rule()))
                                .map(ClientMatrixTest::show)
                                .toList()
                        + "; others: "
                        + broken.stream().map(ClientMatrixTest::show).toList());
        assertEquals(
                List.of(),
                run.results().stream()
                        .filter(r -> r.verdict() == Verdict.ERROR)
                        .map(ClientMatrixTest::show)
                        .toList());
    }

    static String show(RuleResult result) {
        return result.rule().id() + " [" + result.revision() + "] " + result.verdict() + ": " + result.summary();
    }

    private void print() {
        matrix.forEach((wrong, broken) -> System.out.println(wrong + "\n    " + String.join(", ", broken)));
    }
}
