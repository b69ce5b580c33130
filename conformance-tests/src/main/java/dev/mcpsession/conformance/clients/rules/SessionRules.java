package dev.mcpsession.conformance.clients.rules;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.stage.Scripts;
import dev.mcpsession.conformance.clients.stage.Stage;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Text;
import dev.mcpsession.conformance.rule.Rule;
import java.util.List;

/** Session ids, and the end of sessions. */
public final class SessionRules {
    @Rule(
            id = "client/session-id-sent",
            level = MUST,
            title = "Every request after initialize carries the session id",
            source = "basic/transports, Session Management, item 2")
    void sessionIdSent(ClientUnderTest client) {
        var trace = client.play(Scripts.PLAIN);
        var openings = Sessions.withId(trace);
        var known = Sessions.ids(openings);
        boolean everyOneHasAnId = openings.size() == trace.openings().size();
        boolean alone = trace.initializes().size() == 1;
        boolean told = false;
        boolean ended = false;
        int looked = 0;
        for (var call : trace.legacy().filter(c -> !c.calls("initialize")).toList()) {
            var opening = openings.stream()
                    .filter(o -> o.call().answeredAt() < call.beganAt())
                    .findFirst();
            if (opening.isEmpty()) {
                continue;
            }
            var id = call.sessionId();
            looked++;
            if (id.isPresent()) {
                told |= known.contains(id.get());
                // An id from before the trace is another server's business.
                if (!known.contains(id.get()) && client.isLive()) {
                    throw client.violation(
                            "the session id that the server assigned",
                            call.describe() + " carries " + shown(id.get()) + ", which was never assigned",
                            call);
                }
            } else if (everyOneHasAnId && !ended) {
                missing(client, call, told, alone);
            }
            ended |= call.isDelete() || call.status() == 404;
        }
        if (looked == 0) {
            throw RuleAbortedException.notTestable("the client made no request after initialize");
        }
    }

    /** Judges a request without an id: what was sent before the reply to initialize may have come after it. */
    private static void missing(ClientUnderTest client, Call call, boolean told, boolean alone) {
        var expectation = "the session id on every request after initialize";
        var observation = call.describe() + " carries none";
        if (call.calls("notifications/initialized") || call.isDelete() && told) {
            throw client.violation(expectation, observation, call);
        }
        if (call.isPost() && !call.calls("ping") && told) {
            throw client.violation(expectation, observation, call);
        }
        if (alone && told) {
            throw client.suspicion(expectation, observation, call);
        }
    }

    private static String shown(String id) {
        return Text.cut(id, 120);
    }

    @Rule(
            id = "client/session-id-exact",
            level = MUST,
            title = "A session id of any visible ASCII characters comes back unchanged",
            source = "basic/transports, Session Management, items 1 and 2",
            once = true)
    void sessionIdExact(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.EVERY_SIGN);
        var known = Sessions.ids(Sessions.withId(trace));
        var sent = trace.legacy().filter(c -> c.sessionId().isPresent()).toList();
        if (sent.isEmpty()) {
            throw RuleAbortedException.notTestable("the client sent no session id"
                    + trace.outcome().map(o -> ": it " + o.describe()).orElse(""));
        }
        for (var call : sent) {
            if (!known.contains(call.sessionId().get())) {
                throw client.violation(
                        "the id exactly as it was assigned, " + known.iterator().next(),
                        call.describe() + " carries " + shown(call.sessionId().get()),
                        call);
            }
        }
    }

    @Rule(
            id = "client/session-id-header-any-case",
            level = MUST,
            title = "The header with the session id is read in whatever case its name comes",
            source = "RFC 9110, 5.1; basic/transports, Session Management, item 2",
            once = true)
    void headerAnyCase(ClientUnderTest client) {
        client.prepare(Scripts.LOWER_CASE, Scripts.UPPER_CASE);
        var plain = client.playOnStage(Scripts.PLAIN);
        if (plain.legacy().noneMatch(c -> c.sessionId().isPresent())) {
            throw RuleAbortedException.notTestable(
                    "the client sends no session id whatever the case: see client/session-id-sent");
        }
        for (var script : List.of(Scripts.LOWER_CASE, Scripts.UPPER_CASE)) {
            var trace = client.playOnStage(script);
            Sessions.withId(trace);
            var after = trace.legacy()
                    .filter(c -> c.calls("notifications/initialized"))
                    .findFirst();
            if (after.isPresent() && after.get().sessionId().isEmpty()) {
                throw client.violation(
                        "the session id, whose header came as '" + script.idHeader() + "', to be sent",
                        after.get().describe() + " carries none",
                        after.get());
            }
        }
    }

    @Rule(
            id = "client/new-session-after-404",
            level = MUST,
            title = "After 404 the client opens a new session, and uses the dead id no more",
            source = "basic/transports, Session Management, item 4",
            once = true)
    void newSessionAfter404(ClientUnderTest client) {
        var trace = client.play(Scripts.ENDED_AT_CALL);
        var gone = Sessions.gone(trace)
                .orElseThrow(() -> RuleAbortedException.notApplicable("no request with a session id got 404"));
        var dead = gone.sessionId().get();
        var uses = trace.after(gone)
                .filter(c -> c.endpoint() && !c.isModern() && goesOn(c))
                .filter(c -> c.sessionId().filter(dead::equals).isPresent() && Sessions.knew(gone, c))
                .toList();
        if (!uses.isEmpty()) {
            Sessions.found(
                    client,
                    Sessions.repeated(gone, uses),
                    "initialize after 404 was the answer to " + gone.describe(),
                    uses.get(0).describe() + " was sent with the dead id",
                    uses.get(0));
        }
        boolean alone = Sessions.ids(trace.openings()).stream()
                        .filter(id -> trace.opening(id).get().call().number() < gone.number())
                        .count()
                <= 1;
        for (var call :
                trace.after(gone).filter(c -> c.endpoint() && !c.isModern()).toList()) {
            if (call.calls("initialize")) {
                if (comesBack(client, trace, gone, call)) {
                    return;
                }
                continue;
            }
            if (alone && goesOn(call) && call.sessionId().isEmpty() && Sessions.knew(gone, call)) {
                throw client.suspicion(
                        "initialize after 404 was the answer to " + gone.describe(),
                        call.describe() + " was sent without any session",
                        call);
            }
        }
        throw stopped();
    }

    /** Whether an initialize is of the client whose session is gone, rather than of one that somebody started anew. */
    private static boolean comesBack(ClientUnderTest client, Trace trace, Call gone, Call initialize) {
        return client.isLive()
                || trace.calls().stream()
                        .anyMatch(c -> c.connection() == initialize.connection()
                                && c.number() <= gone.number()
                                && c.endpoint()
                                && (c.equals(gone) || c.sessionId().equals(gone.sessionId())));
    }

    /** A request that a client makes in order to go on; it may delete a dead session, or cancel in it. */
    private static boolean goesOn(Call call) {
        return call.isPost()
                && !call.calls("initialize")
                && !call.calls("notifications/cancelled")
                && !call.isResponse();
    }

    private static RuleAbortedException stopped() {
        return RuleAbortedException.notTestable(
                "the client did not go on after the 404, as one may that tells its user;"
                        + " one that takes steps (MCP_SESSION_STEPS) shows more");
    }

    @Rule(
            id = "client/initialize-without-id",
            level = MUST,
            title = "The initialize after a 404 carries no session id",
            source = "basic/transports, Session Management, item 4",
            once = true)
    void initializeWithoutId(ClientUnderTest client) {
        var trace = client.play(Scripts.ENDED_AT_CALL);
        var gone = Sessions.gone(trace)
                .orElseThrow(() -> RuleAbortedException.notApplicable("no request with a session id got 404"));
        var anew = trace.after(gone)
                .filter(c -> c.endpoint() && c.calls("initialize"))
                .filter(c -> comesBack(client, trace, gone, c) || c.sessionId().isPresent())
                .toList();
        if (anew.isEmpty()) {
            throw stopped();
        }
        for (var call : anew) {
            if (call.sessionId().isPresent()) {
                throw client.violation(
                        "initialize without a session id",
                        "it carries "
                                + (call.sessionId().equals(gone.sessionId())
                                        ? "the id that had got 404"
                                        : shown(call.sessionId().get())),
                        call);
            }
        }
    }

    @Rule(
            id = "client/delete-at-end",
            level = SHOULD,
            title = "A client that ends deletes its session",
            source = "basic/transports, Session Management, item 5")
    void deleteAtEnd(ClientUnderTest client) {
        var trace = client.play(Scripts.PLAIN);
        var openings = Sessions.withId(trace);
        var outcome = trace.outcome()
                .orElseThrow(() -> RuleAbortedException.notTestable("a trace does not say how the client ended"));
        if (!outcome.succeeded()) {
            throw RuleAbortedException.notTestable("the client did not end well: it " + outcome.describe());
        }
        for (var opening : openings) {
            var id = opening.id().get();
            boolean over = trace.withId(id).stream().anyMatch(c -> c.isDelete() || c.status() == 404);
            if (!over) {
                // On a busy machine, a client may have given its DELETE up before the kit could read it.
                throw client.suspicion(
                        "DELETE of session " + shown(id) + " before the client ended",
                        "the client ended with status 0, and left it behind",
                        last(trace, id, opening.call()));
            }
        }
    }

    private static Call last(Trace trace, String id, Call otherwise) {
        return trace.withId(id).stream().reduce((a, b) -> b).orElse(otherwise);
    }

    @Rule(
            id = "client/delete-refused",
            level = ADVICE,
            title = "A client copes with a server that does not let it delete its session",
            source = "basic/transports, Session Management, item 5: the server may answer 405",
            once = true)
    void deleteRefused(ClientUnderTest client) {
        client.prepare(Scripts.NO_DELETE);
        Sessions.mustSucceed(client, client.playOnStage(Scripts.PLAIN));
        var trace = client.playOnStage(Scripts.NO_DELETE);
        var deletes = trace.legacy().filter(Call::isDelete).toList();
        if (deletes.isEmpty()) {
            throw RuleAbortedException.notApplicable("the client sends no DELETE");
        }
        long most = deletes.stream()
                .filter(d -> d.sessionId().equals(deletes.get(0).sessionId()))
                .count();
        if (most > 3) {
            throw client.violation(
                    "DELETE to be given up once it got 405",
                    "it was sent " + most + " times",
                    deletes.get((int) most - 1));
        }
        var outcome = client.outcome(trace);
        if (!outcome.succeeded()) {
            throw client.suspicion(
                    "the client to end well although DELETE got 405", "it " + outcome.describe(), deletes.get(0));
        }
    }

    @Rule(
            id = "client/session-id-stays-home",
            level = ADVICE,
            title = "A redirect to another origin does not take the session id or credentials along",
            source = "basic/transports, Session Management, item 1: ids are to be handled securely; RFC 9110, 15.4",
            once = true)
    void idStaysHome(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.REDIRECT);
        var redirected = trace.first(c -> c.endpoint() && c.status() == 307)
                .orElseThrow(
                        () -> RuleAbortedException.notApplicable("the client made no call that could be redirected"));
        trace.after(redirected)
                .filter(c -> !c.endpoint() && c.target().contains(Stage.PATH))
                .forEach(c -> {
                    var taken = c.sessionId().isPresent()
                            ? "the session id"
                            : c.header("Authorization").isPresent() ? "the credentials" : null;
                    if (taken != null) {
                        throw client.violation(
                                "neither the session id nor credentials to be sent to the other origin",
                                c.describe() + " went there with " + taken,
                                c);
                    }
                });
    }

    @Rule(
            id = "client/session-id-assigned-once",
            level = ADVICE,
            title = "A session id on a later reply does not replace the one that was assigned",
            source = "basic/transports, Session Management, item 1: ids are assigned at initialization",
            once = true)
    void assignedOnce(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.OTHER_ID_LATER);
        var replaced = trace.first(c ->
                        c.endpoint() && c.calls("tools/list") && c.assignedId().isPresent())
                .orElseThrow(() -> RuleAbortedException.notApplicable("the client listed no tools"));
        var other = replaced.assignedId().get();
        var later = trace.after(replaced).filter(Call::endpoint).toList();
        if (later.isEmpty()) {
            throw RuleAbortedException.notTestable("the client made no request after it");
        }
        later.stream()
                .filter(c -> c.sessionId().filter(other::equals).isPresent())
                .findFirst()
                .ifPresent(c -> {
                    throw client.violation(
                            "the id that came with the reply to initialize",
                            c.describe() + " carries the one that came with the reply to tools/list",
                            c);
                });
    }
}
