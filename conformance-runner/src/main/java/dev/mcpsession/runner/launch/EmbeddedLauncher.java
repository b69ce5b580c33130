package dev.mcpsession.runner.launch;

import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.ServerLauncher;
import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.cli.ServeCommand;
import java.net.URI;
import java.util.ArrayList;

/** Starts reference servers in this process, through their command line, so that it is what refuses a bad option. */
public final class EmbeddedLauncher implements ServerLauncher {

    @Override
    public Launch launch(LaunchSettings settings) {
        try {
            return new Embedded(open(settings));
        } catch (IllegalArgumentException e) {
            return new Refused("refused its options", e.getMessage());
        }
    }

    /**
     * Starts a reference server.
     *
     * @throws IllegalArgumentException if it refuses the settings
     */
    public ReferenceServer open(LaunchSettings settings) {
        var arguments = new ArrayList<String>();
        arguments.add("--port=0");
        settings.idleTimeout().ifPresent(t -> arguments.add("--idle-timeout=" + t.milliseconds() + "ms"));
        if (settings.stateless()) {
            arguments.add("--stateless");
        }
        return ServeCommand.openFrom(arguments.toArray(String[]::new));
    }

    private record Embedded(ReferenceServer server) implements Serving {
        @Override
        public URI uri() {
            return server.uri();
        }

        @Override
        public String output() {
            return "";
        }

        @Override
        public void close() {
            server.close();
        }
    }
}
