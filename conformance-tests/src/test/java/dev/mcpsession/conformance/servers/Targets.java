package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.LaunchSettings.IdleTimeoutSetting;
import dev.mcpsession.conformance.target.ServerLauncher;
import dev.mcpsession.conformance.target.SlowTool;
import dev.mcpsession.conformance.target.Target;
import java.net.URI;
import java.time.Duration;

/** The targets of the tests: settings of the servers that they start. */
public final class Targets {
    private static final Duration IDLE_TIMEOUT = Duration.ofMillis(500);

    /** The settings of the server that {@link #of} describes. */
    public static final LaunchSettings SETTINGS =
            LaunchSettings.withIdleTimeout(IdleTimeoutSetting.ofMillis(IDLE_TIMEOUT.toMillis()));

    private Targets() {}

    public static Target.Builder of(String name, URI uri, ServerLauncher launcher) {
        return Target.at(uri)
                .name(name)
                .idleTimeout(IDLE_TIMEOUT)
                .reapLag(Duration.ofMillis(250))
                .slowTool(new SlowTool("sleep", Json.object().put("milliseconds", 1000), Duration.ofSeconds(1)))
                .launcher(launcher)
                .maxSessions(500);
    }
}
