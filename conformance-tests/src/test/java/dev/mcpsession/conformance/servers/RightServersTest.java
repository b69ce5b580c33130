package dev.mcpsession.conformance.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.run.RunResult;
import dev.mcpsession.conformance.run.Suite;
import dev.mcpsession.conformance.run.Verdict;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The whole catalogue against right servers: none may be accused. */
class RightServersTest {
    /** What the suite may say of a right server that offers everything and is told everything. */
    private static final Set<Verdict> FINE = Set.of(Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.NOT_TESTABLE);

    @Test
    void toyServer() throws Exception {
        judge("toy", ToyServer.launcher(ToyServer::new));
    }

    @Test
    void resumableToyServer() throws Exception {
        judge("resumable toy", ToyServer.launcher(ResumableToyServer::new));
    }

    @Test
    void pollingToyServer() throws Exception {
        judge("polling toy", ToyServer.launcher(PollingToyServer::new));
    }

    @Test
    void referenceServer() throws Exception {
        judge("reference server", ReferenceServers.launcher());
    }

    @Test
    void referenceServerWithJsonAnswers() throws Exception {
        judge("reference server, JSON", ReferenceServers.launcher("--json-answers"));
    }

    @Test
    void modernToyServer() throws Exception {
        judge("modern toy", ToyServer.launcher(ModernToyServer::new));
    }

    @Test
    void dualToyServer() throws Exception {
        judge("dual toy", ToyServer.launcher(DualToyServer::new));
    }

    private static void judge(String name, ServerLauncher launcher) throws Exception {
        try (var server = (ServerLauncher.Serving) launcher.launch(Targets.SETTINGS)) {
            var target = Targets.of(name, server.uri(), launcher).build();
            var wrong = notFine(Suite.of(target).run());
            // On a busy machine a rule may be inconclusive: it gets two more looks.
            for (int i = 0; i < 2 && wrong.stream().allMatch(r -> r.verdict() == Verdict.INCONCLUSIVE); i++) {
                var rules = wrong.stream().map(RuleResult::rule).collect(Collectors.toSet());
                wrong = wrong.isEmpty() ? wrong : notFine(Suite.of(target).select(rules::contains).run());
            }
            assertEquals(List.of(), wrong.stream().map(RightServersTest::line).toList());
        }
    }

    private static List<RuleResult> notFine(RunResult run) {
        return run.results().stream().filter(r -> !FINE.contains(r.verdict())).toList();
    }

    private static String line(RuleResult result) {
        return result.verdict() + " " + result.rule().id() + " [" + result.revision() + "] " + result.summary();
    }
}
