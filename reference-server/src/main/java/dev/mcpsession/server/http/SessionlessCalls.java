package dev.mcpsession.server.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The pending calls that no session could end: they end with the server. */
final class SessionlessCalls {

    private final Set<PendingCall> calls = ConcurrentHashMap.newKeySet();
    private volatile boolean ended;

    void add(PendingCall call) {
        calls.add(call);
        if (ended) {
            end(call);
        }
    }

    void remove(PendingCall call) {
        calls.remove(call);
    }

    /** Ends all that are pending, and from now on each that is added. */
    void end() {
        ended = true;
        calls.forEach(SessionlessCalls::end);
    }

    private static void end(PendingCall call) {
        call.end(Refused.stopped());
    }
}
