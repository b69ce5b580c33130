package dev.mcpsession.conformance.wrong;

import static dev.mcpsession.conformance.protocol.Revision.V2025_03_26;

import dev.mcpsession.conformance.servers.ToyServer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** Servers that hold sessions for too little, or for good. */
final class LettingGoWrongServers {
    private LettingGoWrongServers() {}

    static List<WrongServer> all() {
        return List.of(
                WrongServer.toy(
                                "does not hold a session for the calls of a batch",
                                "idle/batch-outlives-timeout",
                                "and its session was gone",
                                () -> new ToyServer() {
                                    @Override
                                    protected Answer callTool(Call call, ToySession session) throws Exception {
                                        if (session == null || !inBatch(call)) {
                                            return super.callTool(call, session);
                                        }
                                        session.leave();
                                        try {
                                            return super.callTool(call, session);
                                        } finally {
                                            session.enter();
                                        }
                                    }
                                })
                        .in(V2025_03_26),
                WrongServer.toy(
                                "finds the session of a batch too old when the batch is done",
                                "idle/batch-outlives-timeout",
                                "and its session was gone",
                                () -> new ToyServer() {
                                    @Override
                                    protected Answer batch(Call call) throws Exception {
                                        long began = System.nanoTime();
                                        var session = find(call);
                                        var answer = super.batch(call);
                                        boolean tooOld = session != null
                                                && idleTimeout != null
                                                && System.nanoTime() - began > idleTimeout.toNanos();
                                        if (tooOld && session.end(false, 0)) {
                                            forget(session);
                                            return unknownId(call);
                                        }
                                        return answer;
                                    }
                                })
                        .in(V2025_03_26),
                WrongServer.toy(
                        "takes the end of a call that is cancelled for that of all",
                        "idle/overlapping-calls",
                        "and its session was gone",
                        () -> new Loose() {
                            @Override
                            protected void cancelled(Call call, ToySession session, JsonNode id) {
                                if (flights.stream().anyMatch(f -> f.session() == session && f.has(id))) {
                                    loose.add(session.id);
                                }
                            }
                        }),
                WrongServer.toy(
                        "takes the end of a stream for that of all that goes on in its session",
                        "idle/overlapping-calls",
                        "and its session was gone",
                        () -> new Loose() {
                            @Override
                            protected Answer get(Call call, ToySession session) throws Exception {
                                try {
                                    return super.get(call, session);
                                } finally {
                                    loose.add(session.id);
                                }
                            }
                        }),
                neverLetsGo(
                        "keeps a session for a call that it answered with an error when it was cancelled",
                        flight -> ToyServer.Answer.json(200, CallsInFlight.cancelledError(flight.id()))),
                neverLetsGo(
                        "keeps a session for a call whose stream it ended when it was cancelled",
                        flight -> CallsInFlight.WITHOUT_RESPONSE),
                neverLetsGo(
                        "keeps a session for a call that it refused when it was cancelled",
                        flight -> ToyServer.Answer.of(499)));
    }

    /** Counts the idle time of some sessions from the last end in them, whatever goes on. */
    private abstract static class Loose extends CallsInFlight {
        protected final Set<String> loose = ConcurrentHashMap.newKeySet();

        @Override
        protected void reapIfIdle(ToySession session) {
            boolean idle = System.nanoTime() - session.quietSince > idleTimeout.toNanos();
            if (loose.contains(session.id) && idle && session.end(false, 0)) {
                forget(session);
            }
            super.reapIfIdle(session);
        }
    }

    /** A server that never reaps a session once a call of it was cancelled. */
    private static WrongServer neverLetsGo(String name, Function<CallsInFlight.Flight, ToyServer.Answer> how) {
        return WrongServer.toy(
                name,
                "idle/cancelled-call-lets-go",
                "expected status 404 after the session was idle",
                () -> new CallsInFlight() {
                    private final Set<String> held = ConcurrentHashMap.newKeySet();

                    @Override
                    protected void cancelled(Call call, ToySession session, JsonNode id) {
                        flights.stream()
                                .filter(f -> f.session() == session && f.has(id))
                                .forEach(f -> {
                                    held.add(session.id);
                                    f.fate().complete(how.apply(f));
                                });
                    }

                    @Override
                    protected void reapIfIdle(ToySession session) {
                        if (!held.contains(session.id)) {
                            super.reapIfIdle(session);
                        }
                    }
                });
    }
}
