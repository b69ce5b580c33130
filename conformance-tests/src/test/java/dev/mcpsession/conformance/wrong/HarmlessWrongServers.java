package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.servers.ToyServer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** Servers that refuse a request, or take one for a second time, and let its session pay for it. */
final class HarmlessWrongServers {
    private static final String BAD_INPUT = "transport/bad-input-harmless";
    private static final String UNKNOWN = "transport/unknown-method-harmless";
    private static final String ENDS_NO_CALL = "transport/bad-input-ends-no-call";
    private static final String INITIALIZED = "notifications/initialized";

    private HarmlessWrongServers() {}

    static List<WrongServer> all() {
        return List.of(
                // ---- the session ----
                endsSession(
                        "ends the session of a GET that it answers 406",
                        BAD_INPUT,
                        "to live after a GET that accepts no event stream",
                        406,
                        call -> call.method().equals("GET")
                                && !call.header("Accept").orElse("").contains("text/event-stream")),
                endsSession(
                        "ends the session of a request that it answers 406",
                        BAD_INPUT,
                        "to live after a request without Accept",
                        406,
                        call -> call.method().equals("POST")
                                && call.header("Accept").isEmpty()),
                endsSession(
                        "ends the session whose id comes from a web page of another site",
                        BAD_INPUT,
                        "to live after a request with the Origin of another site",
                        403,
                        call -> call.method().equals("POST") && isForeign(call)),
                endsSession(
                        "ends the session whose stream a web page of another site asks for",
                        BAD_INPUT,
                        "to live after a GET with the Origin of another site",
                        403,
                        call -> call.method().equals("GET") && isForeign(call)),
                endsSession(
                        "ends the session that names another revision",
                        BAD_INPUT,
                        "to live after a request whose MCP-Protocol-Version is that of another revision",
                        400,
                        call -> call.method().equals("POST")
                                && call.sessionId().isPresent()
                                && call.header("MCP-Protocol-Version")
                                        .filter("2025-06-18"::equals)
                                        .isPresent()),
                endsSession(
                        "ends the session that lists what the server does not have",
                        UNKNOWN,
                        "to live after prompts/list",
                        404,
                        call -> call.called().equals("prompts/list")),
                endsSession(
                        "ends the session that calls a tool without arguments",
                        UNKNOWN,
                        "to live after tools/call without arguments",
                        400,
                        call -> call.called().equals("tools/call")
                                && !call.message().path("params").has("arguments")),
                endsSession(
                        "ends the session that asks for a page that there is not",
                        UNKNOWN,
                        "to live after tools/list with a cursor that was never given",
                        400,
                        call -> call.message() != null
                                && call.message().path("params").has("cursor")),
                endsSession(
                        "ends the session over progress that it does not wait for",
                        UNKNOWN,
                        "to live after notifications/progress, which nobody waits for",
                        400,
                        call -> call.called().equals("notifications/progress")),
                WrongServer.toy(
                        "fails over changes of roots that it does not know",
                        UNKNOWN,
                        "no failure of the server for notifications/roots/list_changed, which nobody waits for, but"
                                + " got 500",
                        () -> new ToyServer() {
                            @Override
                            protected Answer accepted(Call call, ToySession session) {
                                return call.called().equals("notifications/roots/list_changed")
                                        ? Answer.error(500, -32603, "roots is undefined")
                                        : super.accepted(call, session);
                            }
                        }),
                endsSession(
                        "ends the session of a PUT",
                        BAD_INPUT,
                        "to live after a PUT",
                        405,
                        call -> call.method().equals("PUT")),
                endsSession(
                        "says that it does not speak the revision of a DELETE, and ends the session",
                        BAD_INPUT,
                        "to live after a DELETE with an invalid MCP-Protocol-Version was refused",
                        400,
                        call -> call.method().equals("DELETE")
                                && call.header("MCP-Protocol-Version")
                                        .filter("not-a-version"::equals)
                                        .isPresent()),
                endsSession(
                        "says 403 to the DELETE of a web page, and ends the session",
                        "transport/origin-403-delete",
                        "to live after a DELETE of it from a web page of another site was refused",
                        403,
                        call -> call.method().equals("DELETE") && isForeign(call)),
                WrongServer.toy(
                        "ends a session that is initialized twice",
                        "transport/initialized-again-harmless",
                        "to live after the initialized notification came again",
                        () -> new InitializedOnce(202)),
                WrongServer.toy(
                        "refuses the second initialized notification, and ends the session",
                        "transport/initialized-again-harmless",
                        "to live after the initialized notification came again",
                        () -> new InitializedOnce(400)),
                // ---- its calls ----
                WrongServer.toy(
                        "fails all that waits in a session over what is no JSON",
                        ENDS_NO_CALL,
                        "to bring the result of the call, but got",
                        () -> new EndsCallsOfSession(call -> call.method().equals("POST") && call.message() == null)),
                WrongServer.toy(
                        "fails all that waits in a session that is initialized again",
                        ENDS_NO_CALL,
                        "to bring the result of the call, but got",
                        () -> new EndsCallsOfSession(call -> call.called().equals(INITIALIZED))),
                WrongServer.toy(
                        "fails all that waits in a session whose revision it does not know",
                        ENDS_NO_CALL,
                        "to bring the result of the call, but got",
                        () -> new EndsCallsOfSession(call -> call.header("MCP-Protocol-Version")
                                .filter("not-a-version"::equals)
                                .isPresent())));
    }

    private static boolean isForeign(ToyServer.Call call) {
        return call.header("Origin").filter(o -> o.contains("attacker")).isPresent();
    }

    /** A server that refuses what it may refuse, and ends the session for it. */
    private static WrongServer endsSession(
            String name, String breaks, String says, int status, Predicate<ToyServer.Call> at) {
        return WrongServer.toy(name, breaks, says, () -> new ToyServer() {
            @Override
            protected Answer answer(Call call) throws Exception {
                if (!at.test(call)) {
                    return super.answer(call);
                }
                var session = call.sessionId().isEmpty() ? null : find(call);
                if (session != null && session.end(false, 0)) {
                    forget(session);
                }
                return new Answer(status, Map.of("Allow", "POST, GET, DELETE"), "");
            }
        });
    }

    /** Takes the second initialized notification for the end of a session. */
    private static final class InitializedOnce extends ToyServer {
        private final int status;
        private final Set<String> initialized = ConcurrentHashMap.newKeySet();

        InitializedOnce(int status) {
            this.status = status;
        }

        @Override
        protected Answer accepted(Call call, ToySession session) {
            if (session == null || !call.called().equals(INITIALIZED) || initialized.add(session.id)) {
                return super.accepted(call, session);
            }
            if (session.end(false, 0)) {
                forget(session);
            }
            return Answer.of(status);
        }
    }

    /** Ends the calls in flight of a session with an error. */
    private static final class EndsCallsOfSession extends CallsInFlight {
        private final Predicate<Call> at;

        EndsCallsOfSession(Predicate<Call> at) {
            this.at = at;
        }

        @Override
        protected Answer answer(Call call) throws Exception {
            if (call.sessionId().isPresent() && at.test(call)) {
                var session = find(call);
                flights.stream()
                        .filter(f -> f.session() == session)
                        .forEach(f -> f.fate().complete(Answer.json(200, cancelledError(f.id()))));
            }
            return super.answer(call);
        }
    }
}
