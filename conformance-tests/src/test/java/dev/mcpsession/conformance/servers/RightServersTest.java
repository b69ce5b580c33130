package dev.mcpsession.conformance.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.target.ServerLauncher;
import dev.mcpsession.conformance.target.Target;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The whole catalogue against right servers: none may be accused. */
class RightServersTest {
    private static final Set<Verdict> ACCUSATIONS = Set.of(Verdict.FAIL, Verdict.WARN, Verdict.ERROR, Verdict.NOT_RUN);

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
    void toyServerWithOwners() throws Exception {
        judge("toy with owners", ToyServer.launcher(OwnedToyServer::new), OwnedToyServer::tell);
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
    void referenceServerWithOwners() throws Exception {
        judge(
                "reference server, two users",
                ReferenceServers.launcher("--token=alice=token-of-alice", "--token=bob=token-of-bob"),
                OwnedToyServer::tell);
    }

    @Test
    void modernToyServer() throws Exception {
        judge("modern toy", ToyServer.launcher(ModernToyServer::new));
    }

    @Test
    void dualToyServer() throws Exception {
        judge("dual toy", ToyServer.launcher(DualToyServer::new), target -> target.stress(true));
    }

    private static void judge(String name, ServerLauncher launcher) throws Exception {
        judge(name, launcher, UnaryOperator.identity());
    }

    private static void judge(String name, ServerLauncher launcher, UnaryOperator<Target.Builder> told)
            throws Exception {
        try (var server = (ServerLauncher.Serving) launcher.launch(Targets.SETTINGS)) {
            var run = Suite.of(
                            told.apply(Targets.of(name, server.uri(), launcher)).build())
                    .run();
            assertEquals(
                    List.of(),
                    run.results().stream()
                            .filter(r -> ACCUSATIONS.contains(r.verdict()))
                            .map(RightServersTest::line)
                            .toList());
            // On a machine that other work slows down some rules may rightly prove nothing, but not most of them.
            long proven = run.count(Verdict.PASS);
            long unproven = run.count(Verdict.INCONCLUSIVE);
            assertTrue(
                    proven > 9 * unproven,
                    () -> run.results().stream()
                            .filter(r -> r.verdict() == Verdict.INCONCLUSIVE)
                            .map(RightServersTest::line)
                            .toList()
                            .toString());
        }
    }

    private static String line(RuleResult result) {
        return result.verdict() + " " + result.rule().id() + " [" + result.revision() + "] " + result.summary();
    }
}
