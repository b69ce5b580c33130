package dev.mcpsession.runner.launch;

import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.ServerLauncher;
import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.cli.ServeCommand;
import java.net.URI;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Starts reference servers in this process, through their command line, so that it is what refuses a bad option. They
 * let in two users, each by a token that nobody else knows.
 */
public final class EmbeddedLauncher implements ServerLauncher {
    private final List<String> tokens = List.of(token(), token());

    @Override
    public Launch launch(LaunchSettings settings) {
        try {
            return new Embedded(open(settings));
        } catch (IllegalArgumentException e) {
            return new Refused("refused its options", String.valueOf(e.getMessage()));
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
        // So that there is something to resume.
        arguments.add("--store-every-answer");
        settings.idleTimeout().ifPresent(t -> arguments.add("--idle-timeout=" + t.milliseconds() + "ms"));
        arguments.add("--token=first=" + tokens.get(0));
        arguments.add("--token=second=" + tokens.get(1));
        if (settings.stateless()) {
            arguments.add("--stateless");
        }
        return ServeCommand.openFrom(arguments.toArray(String[]::new));
    }

    /** The value of the Authorization header of a user, 0 or 1. */
    public String authorization(int user) {
        return "Bearer " + tokens.get(user);
    }

    private static String token() {
        var bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
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
