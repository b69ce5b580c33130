package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.servers.ToyServer;
import java.util.List;

/** Servers that break the rules of the area idle, one each. */
final class IdleWrongServers {
    private IdleWrongServers() {}

    static List<WrongServer> all() {
        return List.of(
                WrongServer.toy("never reaps", "idle/reaped-post-404", "expected status 404 after the session was idle",
                        () -> new ToyServer() {
                            @Override
                            protected void reapIfIdle(ToySession session) {
                                // The leak that is seen most in the field.
                            }
                        }));
    }
}
