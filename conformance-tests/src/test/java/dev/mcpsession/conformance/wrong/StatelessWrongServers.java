package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.servers.ToyServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Servers that break the rules of the area stateless, one each; wrong in stateless mode only. */
final class StatelessWrongServers {
    private StatelessWrongServers() {}

    static List<WrongServer> all() {
        return List.of(
                WrongServer.toy(
                        "assigns ids in stateless mode",
                        "stateless/mints-no-id",
                        "no session id from a server without sessions",
                        () -> new ToyServer() {
                            @Override
                            protected Answer initialize(Call call) throws Exception {
                                var answer = super.initialize(call);
                                return stateless ? answer.with(SESSION_HEADER, newId()) : answer;
                            }
                        }),
                WrongServer.toy(
                        "wants a session id in stateless mode",
                        "stateless/serves-without-id",
                        "without a session id to be served, but got 400",
                        () -> new ToyServer() {
                            @Override
                            protected Answer serve(Call call, ToySession session) throws Exception {
                                return session == null && call.sessionId().isEmpty()
                                        ? missingId(call)
                                        : super.serve(call, session);
                            }
                        }),
                WrongServer.toy(
                        "has no route for GET in stateless mode",
                        "stateless/get-stream-or-405",
                        "but got 404",
                        () -> statelessAnswering("GET", 404)),
                WrongServer.toy(
                        "claims to have ended a session in stateless mode",
                        "stateless/delete-refused",
                        "DELETE to be refused where there are no sessions, but got 200",
                        () -> statelessAnswering("DELETE", 200)),
                WrongServer.toy(
                        "looks for sessions in stateless mode",
                        "stateless/ignores-id",
                        "a request with a session id is answered 404",
                        () -> new ToyServer() {
                            @Override
                            protected Answer answer(Call call) throws Exception {
                                return stateless && call.sessionId().isPresent() ? unknownId(call) : super.answer(call);
                            }
                        }),
                WrongServer.toy(
                        "keeps one table of pending requests for all clients",
                        "stateless/same-ids-do-not-cross",
                        "beside requests with the same id",
                        OneTable::new));
    }

    private static ToyServer statelessAnswering(String method, int status) {
        return new ToyServer() {
            @Override
            protected Answer answer(Call call) throws Exception {
                return stateless && call.method().equals(method) ? Answer.of(status) : super.answer(call);
            }
        };
    }

    private static final class OneTable extends ToyServer {
        private final Map<String, Answer> results = new ConcurrentHashMap<>();

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            var answer = super.serve(call, session);
            if (session != null || !call.isRequest()) {
                return answer;
            }
            var id = call.message().get("id").toString();
            results.put(id, answer);
            Thread.sleep(50);
            return results.get(id);
        }
    }
}
