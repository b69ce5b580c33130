package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.servers.ToyServer;
import java.util.List;

/** Servers that break the rules of the area termination, one each. */
final class TerminationWrongServers {
    private TerminationWrongServers() {}

    static List<WrongServer> all() {
        return List.of(
                WrongServer.toy("answers 400 for a terminated session", "termination/post-404",
                        "expected status 404 after the session was terminated, but got 400",
                        () -> new ToyServer() {
                            @Override
                            protected Answer unknownId(Call call) {
                                return Answer.error(400, -32000, "Bad Request: no valid session id");
                            }
                        }),
                WrongServer.toy("a DELETE with an unknown id ends every session", "termination/unknown-id-harmless",
                        "after a DELETE with an id that names no session",
                        () -> new ToyServer() {
                            @Override
                            protected Answer delete(Call call) throws Exception {
                                if (call.sessionId().isPresent() && find(call) == null) {
                                    List.copyOf(sessions.values()).forEach(s -> {
                                        s.end(false, 0);
                                        forget(s);
                                    });
                                }
                                return super.delete(call);
                            }
                        }));
    }
}
