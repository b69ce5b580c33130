package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.target.ServerLauncher;
import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.cli.ServeCommand;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** Starts the reference server for the tests of the suite, by way of its command line. */
public final class ReferenceServers {
    private ReferenceServers() {}

    /** Starts servers with these options beside those that the suite wants. */
    public static ServerLauncher launcher(String... options) {
        return settings -> {
            var arguments = new ArrayList<>(List.of("--port=0"));
            arguments.addAll(List.of(options));
            settings.idleTimeout().ifPresent(t -> arguments.add("--idle-timeout=" + t.milliseconds() + "ms"));
            if (settings.stateless()) {
                arguments.add("--stateless");
            }
            try {
                return new InProcess(ServeCommand.openFrom(arguments.toArray(String[]::new)));
            } catch (IllegalArgumentException e) {
                return new ServerLauncher.Refused("refused its options", e.getMessage());
            }
        };
    }

    private record InProcess(ReferenceServer server) implements ServerLauncher.Serving {
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
