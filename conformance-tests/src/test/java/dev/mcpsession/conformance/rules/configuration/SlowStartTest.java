package dev.mcpsession.conformance.rules.configuration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mcpsession.conformance.rule.Revision;
import dev.mcpsession.conformance.run.Suite;
import dev.mcpsession.conformance.run.Verdict;
import dev.mcpsession.conformance.servers.Targets;
import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.LaunchSettings.IdleTimeoutSetting;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that was not seen to serve in time may have refused its settings, or may only be slow. */
class SlowStartTest {
    private static final LaunchSettings ZERO = LaunchSettings.withIdleTimeout(IdleTimeoutSetting.ofMillis(0));

    @ParameterizedTest
    @ValueSource(strings = {"configuration/zero-refused", "configuration/with-stateless-refused",
        "configuration/refusal-explained"})
    void provesNothingWhereProperStartsTakeAsLong(String rule) throws Exception {
        assertEquals(Verdict.INCONCLUSIVE, verdict(rule, Duration.ofNanos(1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"configuration/zero-refused", "configuration/with-stateless-refused"})
    void isARefusalWhereProperStartsAreQuick(String rule) throws Exception {
        assertEquals(Verdict.PASS, verdict(rule, Duration.ofHours(1)));
    }

    /** The verdict on a server that neither served nor ended within a time, if it was started with what it should refuse. */
    private static Verdict verdict(String rule, Duration waited) throws Exception {
        var toys = ToyServer.launcher(ToyServer::new);
        ServerLauncher launcher = settings -> settings.equals(ZERO) || settings.stateless()
                ? new ServerLauncher.Refused("did not serve in time", "idle timeout", waited) : toys.launch(settings);
        try (var server = (ServerLauncher.Serving) launcher.launch(Targets.SETTINGS)) {
            var run = Suite.of(Targets.of("slow to start", server.uri(), launcher).build())
                    .revisions(List.of(Revision.V2025_11_25)).select(r -> r.id().equals(rule)).run();
            return run.results().stream().map(r -> r.verdict()).reduce((a, b) -> b).orElseThrow();
        }
    }
}
