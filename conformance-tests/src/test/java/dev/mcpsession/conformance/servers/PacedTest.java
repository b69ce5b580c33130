package dev.mcpsession.conformance.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rules.CoreRules;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** With few requests a second, sessions expire while a rule waits for its turn: that must accuse nobody either. */
class PacedTest {
    private static final Set<Verdict> ACCUSATIONS = Set.of(Verdict.FAIL, Verdict.WARN, Verdict.ERROR);

    @Test
    void aRightServerIsNotAccused() throws Exception {
        var launcher = ReferenceServers.launcher();
        try (var server = (ServerLauncher.Serving) launcher.launch(Targets.SETTINGS)) {
            var target = Targets.of("paced", server.uri(), launcher)
                    .maxRequestsPerSecond(40)
                    .build();
            var run = Suite.of(target)
                    .catalogue(Catalogue.of(new CoreRules()))
                    .revisions(List.of(Revision.V2025_11_25))
                    .select(rule -> Set.of("idle", "termination").contains(rule.area()))
                    .run();
            assertEquals(
                    List.of(),
                    run.results().stream()
                            .filter(r -> ACCUSATIONS.contains(r.verdict()))
                            .map(r -> r.rule().id() + " " + r.summary())
                            .toList());
            assertTrue(
                    run.count(Verdict.PASS) > run.results().size() / 2,
                    () -> run.results().toString());
            System.out.println("40 requests a second: " + run.count(Verdict.PASS) + " of "
                    + run.results().size() + " pass, in " + run.took().toSeconds() + " s");
        }
    }
}
