package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.servers.ToyServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Servers whose openings come to nothing, or to too much. */
final class OpeningWrongServers {
    private static final String NOTHING_WORKS = "no session can be used";

    private OpeningWrongServers() {}

    static List<WrongServer> all() {
        return List.of(
                WrongServer.toy(
                                "knows none of the ids that it assigns",
                                "assignment/id-served",
                                "the first requests with each of 16 new ids were answered 404",
                                () -> new ToyServer() {
                                    @Override
                                    protected ToySession find(Call call) {
                                        return null;
                                    }
                                })
                        .because(NOTHING_WORKS),
                WrongServer.toy(
                                "assigns ids with a prefix that it does not look for",
                                "assignment/id-served",
                                "the first requests with each of 16 new ids were answered 404",
                                () -> new ToyServer() {
                                    @Override
                                    protected Answer initialize(Call call) throws Exception {
                                        var answer = super.initialize(call);
                                        var id = answer.headers().get(SESSION_HEADER);
                                        return id == null ? answer : answer.with(SESSION_HEADER, "mcp-" + id);
                                    }
                                })
                        .because(NOTHING_WORKS),
                WrongServer.toy(
                                "ends each session with its opening",
                                "assignment/id-served",
                                "the first requests with each of 16 new ids were answered 404",
                                () -> new ToyServer() {
                                    @Override
                                    protected ToySession openSession(String version) {
                                        var session = super.openSession(version);
                                        session.end(false, 0);
                                        forget(session);
                                        return session;
                                    }
                                })
                        .because(NOTHING_WORKS),
                WrongServer.toy(
                        "wants an id, and assigns none",
                        "assignment/id-where-needed",
                        "it brought none, and every request after it was answered 400",
                        () -> new OtherHeader(null)),
                WrongServer.toy(
                        "names the id in a header of its own",
                        "assignment/id-where-needed",
                        "it brought none, and every request after it was answered 400",
                        () -> new OtherHeader("X-Session-Id")),
                WrongServer.toy(
                        "assigns an empty id",
                        "assignment/id-where-needed",
                        "it brought none, and every request after it was answered 400",
                        () -> new ToyServer() {
                            @Override
                            protected Answer initialize(Call call) throws Exception {
                                return super.initialize(call).with(SESSION_HEADER, "");
                            }
                        }),
                WrongServer.toy(
                        "gives an ended session back to who initializes with its id",
                        "assignment/ended-id-on-initialize",
                        "and the id is served again",
                        () -> new Revives(true, false)),
                WrongServer.toy(
                        "assigns another id, and revives the ended one beside it",
                        "assignment/ended-id-on-initialize",
                        "and the id is served again",
                        () -> new Revives(true, true)),
                WrongServer.toy(
                        "gives an expired session back to who initializes with its id",
                        "assignment/expired-id-on-initialize",
                        "and the id is served again",
                        () -> new Revives(false, false)),
                WrongServer.toy(
                        "assigns another id, and revives the expired one beside it",
                        "assignment/expired-id-on-initialize",
                        "and the id is served again",
                        () -> new Revives(false, true)));
    }

    /** Names the id in another header than the one that it looks for. */
    private static final class OtherHeader extends ToyServer {
        private final String name;

        OtherHeader(String name) {
            this.name = name;
        }

        @Override
        protected Answer initialize(Call call) throws Exception {
            var answer = super.initialize(call);
            var headers = new java.util.LinkedHashMap<>(answer.headers());
            var id = headers.remove(SESSION_HEADER);
            if (name != null && id != null) {
                headers.put(name, id);
            }
            return new Answer(answer.status(), headers, answer.body());
        }
    }

    /** Remembers the sessions that were ended by DELETE, or that expired, and brings them back on initialize. */
    private static final class Revives extends ToyServer {
        private final boolean ended;
        private final boolean beside;
        private final Map<String, ToySession> dead = new ConcurrentHashMap<>();

        Revives(boolean ended, boolean beside) {
            this.ended = ended;
            this.beside = beside;
        }

        @Override
        protected Answer delete(Call call) throws Exception {
            var session = call.sessionId().isEmpty() ? null : find(call);
            var answer = super.delete(call);
            if (ended && session != null && answer.status() == 204) {
                dead.put(session.id, session);
            }
            return answer;
        }

        @Override
        protected void reapIfIdle(ToySession session) {
            super.reapIfIdle(session);
            if (!ended && !sessions.containsKey(session.id)) {
                dead.put(session.id, session);
            }
        }

        @Override
        protected Answer initialize(Call call) throws Exception {
            var old = dead.remove(call.sessionId().orElse(""));
            if (old == null) {
                return super.initialize(call);
            }
            var back = new ToySession(old.id, old.version);
            sessions.put(back.id, back);
            return beside ? super.initialize(call) : again(call, back);
        }
    }
}
