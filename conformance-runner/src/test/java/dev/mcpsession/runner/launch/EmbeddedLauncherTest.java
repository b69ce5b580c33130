package dev.mcpsession.runner.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.LaunchSettings.IdleTimeoutSetting;
import dev.mcpsession.conformance.target.ServerLauncher.Refused;
import dev.mcpsession.conformance.target.ServerLauncher.Serving;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddedLauncherTest {
    private final EmbeddedLauncher launcher = new EmbeddedLauncher();

    @Test
    void serves() {
        try (var server = assertInstanceOf(Serving.class, launcher.launch(LaunchSettings.withoutIdleTimeout()))) {
            assertEquals("/mcp", server.uri().getPath());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-5", "abc", "NaN", ""})
    void refusesWhatTheCommandLineRefuses(String timeout) {
        var refused = assertInstanceOf(
                Refused.class, launcher.launch(LaunchSettings.withIdleTimeout(IdleTimeoutSetting.verbatim(timeout))));
        assertTrue(refused.output().contains("--idle-timeout"), refused::output);
    }

    @Test
    void refusesATimeoutWithoutSessions() {
        var settings = new LaunchSettings(Optional.of(IdleTimeoutSetting.ofMillis(500)), true);
        assertInstanceOf(Refused.class, launcher.launch(settings));
    }
}
