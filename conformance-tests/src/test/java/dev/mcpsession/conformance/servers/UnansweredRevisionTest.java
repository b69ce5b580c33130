package dev.mcpsession.conformance.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A revision in which initialize gets no reply counts as not judged, and never as one that is not spoken. */
class UnansweredRevisionTest {
    private static final class HangsInOne extends HangingToyServer {
        @Override
        protected Answer initialize(Call call) throws Exception {
            var asked = call.message().path("params").path("protocolVersion").asString("");
            return asked.equals(Revision.V2025_03_26.wire()) ? hang() : super.initialize(call);
        }
    }

    @Test
    void isNotJudgedRatherThanLeftOut() throws Exception {
        var launcher = ToyServer.launcher(HangsInOne::new);
        try (var server = (ServerLauncher.Serving) launcher.launch(Targets.SETTINGS)) {
            var target = Targets.of("hangs", server.uri(), launcher)
                    .patience(Duration.ofSeconds(2))
                    .build();
            var run = Suite.of(target)
                    .revisions(List.of(Revision.V2025_03_26, Revision.V2025_06_18))
                    .select(rule -> rule.id().equals("transport/ping-answered"))
                    .run();
            assertEquals(Set.of(Revision.V2025_03_26), run.survey().unanswered());
            var left = run.results().stream()
                    .filter(r -> r.revision() == Revision.V2025_03_26)
                    .toList();
            assertEquals(1, left.size());
            assertEquals(Verdict.INCONCLUSIVE, left.get(0).verdict());
            assertTrue(left.get(0).summary().contains("no reply came to initialize, twice"), left.get(0)::summary);
            assertEquals(1, run.count(Verdict.PASS));
        }
    }
}
