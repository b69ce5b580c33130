package dev.mcpsession.conformance.clients.servers;

import static dev.mcpsession.conformance.clients.servers.Seen.follows;
import static dev.mcpsession.conformance.judgement.Unless.NO_ID_ASSIGNED;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.trace.Body;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Sessions of a server, as a trace shows them. */
final class SessionTraceRules {
    /** Statuses that say nothing of the session. */
    private static final Set<Integer> ABOUT_SOMETHING_ELSE = Set.of(401, 403, 405, 429, 502, 503, 504);

    @ByTrace("termination/post-404")
    void post404(ClientUnderTest client) {
        goneAfterDelete(client, Call::isRequest, "request");
    }

    @ByTrace("termination/notification-404")
    void notification404(ClientUnderTest client) {
        goneAfterDelete(client, MessageTraceRules::isNotification, "notification");
    }

    @ByTrace("termination/get-404")
    void get404(ClientUnderTest client) {
        goneAfterDelete(client, Call::isGet, "GET");
    }

    @ByTrace("termination/delete-404")
    void delete404(ClientUnderTest client) {
        goneAfterDelete(client, Call::isDelete, "DELETE");
    }

    private static void goneAfterDelete(ClientUnderTest client, Predicate<Call> kind, String what) {
        boolean looked = false;
        var trace = Seen.trace(client);
        for (var session : Seen.sessions(client)) {
            var end = session.end();
            if (end.isEmpty() || isOpenedAgain(client, session.opening())) {
                continue;
            }
            var worked = new HashSet<List<Object>>();
            for (var call : session.calls()) {
                boolean hadWorked = worked.contains(like(call));
                if (call.status() / 100 == 2) {
                    worked.add(like(call));
                }
                if (!kind.test(call)
                        || !follows(trace, call, end.get())
                        || ABOUT_SOMETHING_ELSE.contains(call.status())) {
                    continue;
                }
                looked |= call.status() == 404;
                if (call.status() / 100 == 2 || call.status() != 404 && hadWorked) {
                    throw client.violation(
                            "status 404 after the session was ended by DELETE",
                            call.describe() + " got status " + call.status(),
                            call);
                }
            }
        }
        if (!looked) {
            throw RuleAbortedException.notTestable("the trace holds no " + what
                    + " after an accepted DELETE of its session whose answer tells whether " + "the session was gone");
        }
    }

    private static boolean isOpenedAgain(ClientUnderTest client, Trace.Opening opening) {
        return opening.id()
                .flatMap(Seen.trace(client)::opening)
                .filter(last -> last.call().number() > opening.call().number())
                .isPresent();
    }

    /** Where the server served one request, nothing but the session can be wrong with another that is like it. */
    private static List<Object> like(Call call) {
        return Stream.concat(
                        Stream.of(call.method()),
                        Stream.of(Call.VERSION, "Authorization", "Accept", "Content-Type", "Origin")
                                .map(call::header))
                .toList();
    }

    @ByTrace("termination/id-not-reissued")
    void idNotReissued(ClientUnderTest client) {
        boolean looked = false;
        var trace = Seen.trace(client);
        var last = trace.openings().stream().filter(o -> o.id().isPresent()).reduce((a, b) -> b);
        for (var session : withId(client)) {
            var end = session.end();
            if (end.isEmpty()) {
                continue;
            }
            looked |= last.filter(o -> follows(trace, o.call(), end.get())).isPresent();
            var again = trace.opening(session.opening().id().get()).filter(o -> follows(trace, o.call(), end.get()));
            if (again.isPresent()) {
                throw client.violation(
                        "an id that no session has had before",
                        "initialize was answered with the id of a session that had been deleted",
                        again.get().call());
            }
        }
        if (!looked) {
            throw RuleAbortedException.notTestable("the trace holds no initialize after a session was deleted");
        }
    }

    private static List<Seen.Session> withId(ClientUnderTest client) {
        var sessions = Seen.sessions(client).stream()
                .filter(s -> s.opening().id().isPresent())
                .toList();
        if (sessions.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_ID_ASSIGNED);
        }
        return sessions;
    }

    @ByTrace("assignment/id-unique")
    void idUnique(ClientUnderTest client) {
        var sessions = withId(client);
        if (sessions.size() < 2) {
            throw RuleAbortedException.notTestable("the trace holds only one session with an id");
        }
        var first = new HashMap<String, Seen.Session>();
        for (var session : sessions) {
            var opening = session.opening().call();
            var twin = first.putIfAbsent(session.opening().id().get(), session);
            boolean live = twin != null
                    && twin.end().filter(e -> e.number() < opening.number()).isEmpty();
            if (live && opening.sessionId().isEmpty()) {
                throw client.violation(
                        "an id that no other session has", "two sessions were opened with the same id", opening);
            }
        }
    }

    @ByTrace("assignment/id-visible-ascii")
    void idVisibleAscii(ClientUnderTest client) {
        for (var session : withId(client)) {
            var id = session.opening().id().get().strip();
            if (!id.chars().allMatch(c -> c >= 0x21 && c <= 0x7e)) {
                throw client.violation(
                        "a session id of visible ASCII characters",
                        "it is " + Json.object().put("id", id).get("id"),
                        session.opening().call());
            }
        }
    }

    @ByTrace("assignment/id-on-initialize")
    void idOnInitialize(ClientUnderTest client) {
        int looked = 0;
        for (var session : Seen.sessions(client)) {
            var opening = session.opening();
            long ids = opening.call().replyHeaders().stream()
                    .filter(h -> h.name().equalsIgnoreCase(Call.SESSION_ID))
                    .count();
            if (ids > 1) {
                throw client.violation("one session id", "initialize was answered with " + ids, opening.call());
            }
            for (var call : session.calls()) {
                looked++;
                if (call.assignedId().isPresent() && !call.assignedId().equals(opening.id())) {
                    throw client.violation(
                            "the session id of initialize, or none",
                            "the reply to " + call.describe() + " carries another",
                            call);
                }
            }
        }
        if (looked == 0) {
            throw RuleAbortedException.notTestable("the trace holds nothing after initialize");
        }
    }

    @ByTrace("assignment/initialized-202")
    void initialized202(ClientUnderTest client) {
        for (var call : initialized(client)) {
            if (call.status() / 100 == 2 && call.status() != 202 || call.status() == 500 || call.status() == 501) {
                throw client.violation("status 202", "notifications/initialized got " + call.status(), call);
            }
        }
    }

    @ByTrace("assignment/initialized-without-body")
    void initializedWithoutBody(ClientUnderTest client) {
        MessageTraceRules.withoutBody(
                client,
                initialized(client).stream().filter(c -> c.status() == 202).toList());
    }

    private static List<Call> initialized(ClientUnderTest client) {
        return Seen.some(
                Seen.sessions(client).stream()
                        .flatMap(s -> s.whileLive().stream())
                        .toList(),
                c -> c.calls("notifications/initialized"),
                "notifications/initialized that was answered while its session was live");
    }

    @ByTrace("transport/initialize-result")
    void initializeResult(ClientUnderTest client) {
        for (var session : Seen.sessions(client)) {
            var call = session.opening().call();
            var result = call.result().get();
            mustBe(client, call, result.path("capabilities").isObject(), "capabilities as an object");
            mustBe(client, call, result.path("serverInfo").path("name").isString(), "a name in serverInfo");
            mustBe(client, call, result.path("serverInfo").path("version").isString(), "a version in serverInfo");
        }
    }

    private static void mustBe(ClientUnderTest client, Call call, boolean holds, String what) {
        if (!holds) {
            throw client.violation(what, "the result of initialize has none", call);
        }
    }

    @ByTrace("transport/get-stream-or-405")
    void getStreamOr405(ClientUnderTest client) {
        var gets = Seen.some(
                Seen.sessions(client).stream()
                        .flatMap(s -> s.whileLive().stream())
                        .toList(),
                c -> c.isGet() && (c.status() == 405 || c.status() / 100 == 2),
                "GET that was answered in a session");
        for (var call : gets) {
            if (call.status() != 405 && !call.isStream()) {
                throw client.violation(
                        "an event stream or status 405",
                        "GET got status " + call.status() + " with Content-Type "
                                + call.replyHeader("Content-Type").orElse("missing"),
                        call);
            }
        }
    }

    @ByTrace("resumption/event-ids-unique")
    void eventIdsUnique(ClientUnderTest client) {
        int looked = 0;
        for (var session : Seen.sessions(client)) {
            var data = new HashMap<String, Body>();
            // In a stream that is resumed, ids come again by right.
            var streams = session.calls().stream()
                    .filter(c -> c.isStream() && c.header(Call.LAST_EVENT_ID).isEmpty())
                    .toList();
            for (var call : streams) {
                for (var event : call.events()) {
                    var id = event.id().filter(i -> !i.isEmpty());
                    if (id.isPresent()) {
                        looked++;
                        var before = data.putIfAbsent(id.get(), event.data());
                        if (before != null && !before.equals(event.data())) {
                            throw client.violation(
                                    "an id that no other event of the session has",
                                    "two events with different data have the id " + id.get(),
                                    call);
                        }
                    }
                }
            }
        }
        if (looked < 2) {
            throw RuleAbortedException.notTestable("the trace holds no two events with an id");
        }
    }
}
