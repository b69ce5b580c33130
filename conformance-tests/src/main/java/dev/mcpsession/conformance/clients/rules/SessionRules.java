package dev.mcpsession.conformance.clients.rules;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.ID_HIDDEN;
import static dev.mcpsession.conformance.judgement.Unless.NO_404;
import static dev.mcpsession.conformance.judgement.Unless.NO_CALL_TO_REDIRECT;
import static dev.mcpsession.conformance.judgement.Unless.NO_DELETE;
import static dev.mcpsession.conformance.judgement.Unless.NO_ID_ASSIGNED;
import static dev.mcpsession.conformance.judgement.Unless.NO_TOOLS_LISTED;
import static dev.mcpsession.conformance.judgement.Unless.SESSIONLESS;
import static dev.mcpsession.conformance.protocol.Revision.V2025_11_25;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.stage.Scripts;
import dev.mcpsession.conformance.clients.stage.Stage;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Text;
import dev.mcpsession.conformance.rule.LevelIn;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Session ids, and the end of sessions. */
final class SessionRules {
    /** A request that begins so long after a reply was sent was hardly on its way then; it is looked at again. */
    private static final long NOT_ON_ITS_WAY = Duration.ofSeconds(1).toNanos();

    /** Nobody sees an error, and starts the client again, within so long. */
    private static final long AT_ONCE = Duration.ofSeconds(1).toNanos();

    @Rule(
            id = "client/session-id-sent",
            level = MUST,
            unless = {SESSIONLESS, NO_ID_ASSIGNED, ID_HIDDEN},
            title = "Every request after initialize carries the session id",
            source = "basic/transports, Session Management, item 2")
    void sessionIdSent(ClientUnderTest client) {
        int looked = Sessions.usual(client, trace -> sessionIdSent(client, trace));
        if (looked == 0) {
            var openings = Sessions.withId(client.play(Scripts.PLAIN));
            if (openings.stream().allMatch(o -> isHidden(o.call()))) {
                throw RuleAbortedException.notApplicable(ID_HIDDEN);
            }
            throw RuleAbortedException.notTestable("the client made no request after initialize");
        }
    }

    /** @return how many requests were looked at */
    private static int sessionIdSent(ClientUnderTest client, Trace trace) {
        var openings = trace.openings().stream()
                .filter(o -> o.id().isPresent() && !isHidden(o.call()))
                .sorted(Comparator.comparing(o -> o.call().answeredAt()))
                .toList();
        var known = Sessions.ids(trace.openings());
        boolean everyOneHasAnId = openings.size() == trace.openings().size();
        boolean alone = isOneAfterTheOther(trace);
        boolean oneHasEnded = false;
        Latest latest = null;
        int next = 0;
        int looked = 0;
        for (var call : trace.legacy().filter(c -> !c.calls("initialize")).toList()) {
            for (; next < openings.size() && openings.get(next).call().answeredAt() < call.beganAt(); next++) {
                latest = new Latest(openings.get(next));
            }
            if (latest == null) {
                continue;
            }
            var id = call.sessionId();
            looked++;
            if (id.isPresent()) {
                // An id from before the trace is another server's business.
                if (!known.contains(id.get()) && client.isLive()) {
                    throw client.violation(
                            "the session id that the server assigned",
                            call.describe() + " carries " + shown(id.get()) + ", which was never assigned",
                            call);
                }
                mustBeOne(client, call);
                mustBeOfTheSessionThatAsked(client, call, openings);
            } else if (everyOneHasAnId && !latest.ended) {
                missing(client, call, latest, alone, !oneHasEnded);
            }
            boolean ends = call.isDelete() || call.status() == 404;
            oneHasEnded |= ends;
            latest.saw(call, ends);
        }
        return looked;
    }

    /** A field that is no list comes once; the same value again is bad HTTP, and says nothing else of the session. */
    private static void mustBeOne(ClientUnderTest client, Call call) {
        var all = call.headerValues(Call.SESSION_ID).stream().distinct().toList();
        if (all.size() > 1) {
            throw client.violation(
                    "one session id",
                    call.describe() + " carries " + all.size() + ": " + shown(String.join(", ", all)),
                    call);
        }
    }

    /** An answer to what was asked in a later session belongs there, and not to one that has ended. */
    private static void mustBeOfTheSessionThatAsked(ClientUnderTest client, Call call, List<Trace.Opening> openings) {
        var asked = call.isResponse() ? call.id().map(id -> id.asString("")).orElse("") : "";
        if (!client.isOnStage() || !asked.startsWith(Scripts.ASKED)) {
            return;
        }
        var ids = openings.stream().map(o -> o.id().orElseThrow()).toList();
        int asking = ids.indexOf(asked.substring(asked.indexOf(' ') + 1));
        int carried = ids.indexOf(call.sessionId().orElseThrow());
        if (carried >= 0 && carried < asking) {
            throw client.violation(
                    "the id of the session in which the server asked",
                    call.describe() + " carries that of one that was opened before",
                    call);
        }
    }

    /** The session that was opened last, and what has been seen of it. */
    private static final class Latest {
        final String id;
        final Call opening;
        final Set<Integer> connections = new HashSet<>();
        boolean told;
        boolean ended;

        Latest(Trace.Opening opening) {
            id = opening.id().orElseThrow();
            this.opening = opening.call();
            connections.add(opening.call().connection());
        }

        void saw(Call call, boolean ends) {
            boolean own = call.sessionId().filter(id::equals).isPresent();
            told |= own;
            ended |= ends && (own || call.sessionId().isEmpty());
            if (own) {
                connections.add(call.connection());
            }
        }
    }

    /** Whether a browser keeps the session id from the page that sent the request, since the server names it not. */
    private static boolean isHidden(Call initialize) {
        return initialize.header("Origin").isPresent()
                && initialize.replyHeader("Access-Control-Allow-Origin").isPresent()
                && initialize.replyHeaders().stream()
                        .filter(h -> h.name().equalsIgnoreCase("Access-Control-Expose-Headers"))
                        .flatMap(h -> Arrays.stream(h.value().split(",")))
                        .map(String::strip)
                        .noneMatch(name -> name.equalsIgnoreCase(Call.SESSION_ID)
                                || name.equals("*")
                                        && initialize
                                                .replyHeader("Access-Control-Allow-Credentials")
                                                .isEmpty());
    }

    /** Whether each session was opened after the one before had ended, as by one client. */
    private static boolean isOneAfterTheOther(Trace trace) {
        String open = null;
        for (var call : trace.legacy().toList()) {
            if (call.calls("initialize")) {
                if (open != null) {
                    return false;
                }
                open = call.assignedId().orElse(null);
            } else if (call.isDelete() || call.status() == 404) {
                open = call.sessionId().isEmpty() || call.sessionId().get().equals(open) ? null : open;
            }
        }
        return true;
    }

    /**
     * Judges a request without an id: what was sent before the reply to initialize may have come after it, and what was
     * sent when a session had ended, and no other had been opened.
     */
    private static void missing(ClientUnderTest client, Call call, Latest session, boolean alone, boolean first) {
        var expectation = "the session id on every request after initialize";
        var observation = call.describe() + " carries none";
        boolean own = call.calls("notifications/initialized")
                || session.told && (call.isDelete() || call.isPost() && !call.calls("ping"));
        if (own && (first || session.connections.contains(call.connection()))) {
            throw client.violation(expectation, observation, call);
        }
        if (own || alone && (session.told || isStreamOfOneWhoKnows(session.opening, call))) {
            throw client.suspicion(expectation, observation, call);
        }
    }

    /** Whether a client opens its stream when it has the reply to initialize, rather than at the same time. */
    private static boolean isStreamOfOneWhoKnows(Call initialize, Call get) {
        return get.isGet()
                && get.header("Accept")
                        .filter(a -> a.contains("text/event-stream"))
                        .isPresent()
                && (get.connection() == initialize.connection()
                        || get.beganAt() - initialize.endedAt() >= NOT_ON_ITS_WAY && initialize.endedAt() != 0);
    }

    private static String shown(String id) {
        return Text.cut(id, 120);
    }

    @Rule(
            id = "client/session-id-exact",
            level = MUST,
            unless = {SESSIONLESS, NO_ID_ASSIGNED},
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
                // Beside a client that the kit runs, there may be others, with ids of other servers.
                Sessions.found(
                        client,
                        client.isLive(),
                        "the id exactly as it was assigned, " + known.iterator().next(),
                        call.describe() + " carries " + shown(call.sessionId().get()),
                        call);
            }
        }
    }

    @Rule(
            id = "client/session-id-header-any-case",
            level = MUST,
            unless = {SESSIONLESS, NO_ID_ASSIGNED},
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
            unless = NO_404,
            title = "After 404 the client opens a new session, and uses the dead id no more",
            source = "basic/transports, Session Management, item 4",
            once = true)
    void newSessionAfter404(ClientUnderTest client) {
        var trace = client.play(Scripts.ENDED_AT_CALL);
        // One who has deleted a session may have had other requests under way.
        Sessions.deletedAndGone(trace).forEach(gone -> mustNotGoOn(client, trace, gone));
        var all = Sessions.allGone(trace);
        if (all.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_404);
        }
        all.forEach(gone -> mustNotGoOn(client, trace, gone));
        all.forEach(gone -> mayHaveGoneOn(client, trace, gone));
        var gone = all.get(0);
        boolean alone = Sessions.ids(trace.openings()).stream()
                        .filter(id -> trace.opening(id).get().call().number() < gone.number())
                        .count()
                <= 1;
        boolean otherInitialize = false;
        for (var call :
                trace.after(gone).filter(c -> c.endpoint() && !c.isModern()).toList()) {
            if (call.calls("initialize")) {
                if (comesBack(client, trace, gone, call)) {
                    return;
                }
                otherInitialize = true;
                continue;
            }
            if (alone && goesOn(call) && call.sessionId().isEmpty() && Sessions.knew(gone, call)) {
                throw client.suspicion(newSession(gone), call.describe() + " was sent without any session", call);
            }
        }
        throw didNotComeBack(trace, gone, otherInitialize);
    }

    /** Finds what proves that a client goes on with an id that has got 404. */
    private static void mustNotGoOn(ClientUnderTest client, Trace trace, Call gone) {
        var later = laterWithSameId(trace, gone);
        var uses = later.stream().filter(SessionRules::goesOn).toList();
        if (Sessions.repeated(trace, gone, uses, 2)) {
            throw client.violation(
                    newSession(gone),
                    uses.get(0).describe() + " was sent with the dead id: " + uses.size() + " requests in "
                            + millisBetween(gone, uses.get(uses.size() - 1)) + " ms",
                    uses.get(0));
        }
        // A stream may be all that a client knows of its session, and coming back to it is what streams are for.
        var streams = later.stream().filter(c -> c.isGet() && c.status() == 404).toList();
        if (Sessions.repeated(trace, gone, streams, 3)) {
            throw client.violation(
                    newSession(gone),
                    "GET was sent with the dead id, and got 404, " + streams.size() + " times in "
                            + millisBetween(gone, streams.get(streams.size() - 1)) + " ms",
                    streams.get(0));
        }
    }

    /** Finds what lets one suspect that. */
    private static void mayHaveGoneOn(ClientUnderTest client, Trace trace, Call gone) {
        var uses = laterWithSameId(trace, gone).stream()
                .filter(SessionRules::goesOn)
                .toList();
        uses.stream()
                .filter(c -> c.connection() == gone.connection() || c.beganAt() - gone.endedAt() >= NOT_ON_ITS_WAY)
                .findFirst()
                .ifPresent(use -> {
                    throw client.suspicion(
                            newSession(gone),
                            use.describe() + " was sent with the dead id, " + millisBetween(gone, use)
                                    + " ms after that" + (uses.size() == 1 ? ", once" : ""),
                            use);
                });
    }

    private static String newSession(Call gone) {
        return "initialize after 404 was the answer to " + gone.describe();
    }

    /** What begins once the 404 was sent, with the id that got it. */
    private static List<Call> laterWithSameId(Trace trace, Call gone) {
        return trace.withId(gone.sessionId().orElseThrow()).stream()
                .filter(c -> c.number() > gone.number() && c.beganAt() > gone.endedAt())
                .toList();
    }

    private static long millisBetween(Call gone, Call later) {
        return (later.beganAt() - gone.endedAt()) / 1_000_000;
    }

    /** Whether an initialize is of the client whose session is gone, rather than of one that somebody started anew. */
    private static boolean comesBack(ClientUnderTest client, Trace trace, Call gone, Call initialize) {
        if (client.isLive()
                || trace.calls().stream()
                        .anyMatch(c -> c.connection() == initialize.connection()
                                && c.number() <= gone.number()
                                && c.endpoint()
                                && (c.equals(gone) || c.sessionId().equals(gone.sessionId())))) {
            return true;
        }
        boolean alike = looksTheSame(trace, gone, initialize);
        if (alike) {
            client.note("each request came on a connection of its own: the client that opened the new session is taken"
                    + " for the same one since it was the only one, says the same of itself, and came at once");
        }
        return alike;
    }

    /**
     * Whether an initialize is like the one that opened the ended session, and came at once, in a trace of one client
     * of which no connection carries two requests, so that connections tell nothing.
     */
    private static boolean looksTheSame(Trace trace, Call gone, Call initialize) {
        var earlier = trace.initializes().stream()
                .filter(c -> c.number() < gone.number())
                .toList();
        var first = trace.initializes().stream()
                .filter(c -> c.number() > gone.number())
                .findFirst();
        return first.filter(initialize::equals).isPresent()
                && earlier.size() == 1
                && earlier.get(0).assignedId().equals(gone.sessionId())
                && earlier.get(0).params().equals(initialize.params())
                && earlier.get(0).header("User-Agent").equals(initialize.header("User-Agent"))
                && initialize.beganAt() > gone.endedAt() - trace.rounding()
                && initialize.beganAt() - gone.endedAt() < AT_ONCE
                && trace.endpoint().map(Call::connection).distinct().count()
                        == trace.endpoint().count();
    }

    /** A request that a client makes in order to go on; it may delete a dead session, or cancel in it. */
    private static boolean goesOn(Call call) {
        return call.isPost()
                && !call.calls("initialize")
                && !call.calls("notifications/cancelled")
                && !call.isResponse();
    }

    /** Says truly what came after a 404, where that proves nothing. */
    private static RuleAbortedException didNotComeBack(Trace trace, Call gone, boolean otherInitialize) {
        if (otherInitialize) {
            return RuleAbortedException.notTestable(
                    "an initialize came after the 404, but on a connection that nothing "
                            + "of the ended session had come on: the trace does not tell whether it is of the same "
                            + "client");
        }
        var uses = laterWithSameId(trace, gone).stream()
                .filter(SessionRules::goesOn)
                .toList();
        if (!uses.isEmpty()) {
            var last = uses.get(uses.size() - 1);
            return RuleAbortedException.notTestable("all that came with the dead id after the 404 may have been on its "
                    + "way: the last was " + last.describe() + ", " + millisBetween(gone, last) + " ms later");
        }
        return RuleAbortedException.notTestable(
                "the client did not go on after the 404, as one may that tells its user;"
                        + " one that takes steps (MCP_SESSION_STEPS) shows more");
    }

    @Rule(
            id = "client/initialize-without-id",
            level = MUST,
            unless = NO_404,
            title = "The initialize after a 404 carries no session id",
            source = "basic/transports, Session Management, item 4",
            once = true)
    void initializeWithoutId(ClientUnderTest client) {
        var trace = client.play(Scripts.ENDED_AT_CALL);
        var gone = Sessions.gone(trace).orElseThrow(() -> RuleAbortedException.notApplicable(NO_404));
        var anew = trace.after(gone)
                .filter(c -> c.endpoint() && c.calls("initialize"))
                .filter(c -> comesBack(client, trace, gone, c) || c.sessionId().isPresent())
                .toList();
        if (anew.isEmpty()) {
            throw didNotComeBack(trace, gone, trace.after(gone).anyMatch(c -> c.endpoint() && c.calls("initialize")));
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
            unless = {SESSIONLESS, NO_ID_ASSIGNED},
            title = "A client that ends deletes its session",
            source = "basic/transports, Session Management, item 5")
    void deleteAtEnd(ClientUnderTest client) {
        Sessions.usual(client, trace -> {
            boolean first = trace.equals(client.play(Scripts.PLAIN));
            if (first) {
                Sessions.withId(trace);
                var outcome = trace.outcome()
                        .orElseThrow(
                                () -> RuleAbortedException.notTestable("a trace does not say how the client ended"));
                if (!outcome.succeeded()) {
                    throw RuleAbortedException.notTestable("the client did not end well: it " + outcome.describe());
                }
            }
            if (trace.outcome().filter(o -> o.succeeded()).isPresent()) {
                deletesAll(client, trace);
            }
            return 1;
        });
    }

    private static void deletesAll(ClientUnderTest client, Trace trace) {
        for (var opening : trace.openings()) {
            var id = opening.id().orElse("");
            boolean over = id.isEmpty() || trace.withId(id).stream().anyMatch(c -> c.isDelete() || c.status() == 404);
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
            unless = NO_DELETE,
            title = "A client copes with a server that does not let it delete its session",
            source = "basic/transports, Session Management, item 5: the server may answer 405",
            once = true)
    void deleteRefused(ClientUnderTest client) {
        client.prepare(Scripts.NO_DELETE);
        Sessions.mustSucceed(client, client.playOnStage(Scripts.PLAIN));
        var trace = client.playOnStage(Scripts.NO_DELETE);
        var deletes = trace.legacy().filter(Call::isDelete).toList();
        if (deletes.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_DELETE);
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
            levels = @LevelIn(revision = V2025_11_25, level = SHOULD),
            unless = NO_CALL_TO_REDIRECT,
            title = "A redirect to another origin does not take the session id or credentials along",
            source = "RFC 9110, 15.4, item 3; basic/transports, Session Management, item 1",
            once = true)
    void idStaysHome(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.REDIRECT);
        var redirected = trace.first(c -> c.endpoint() && c.status() == 307)
                .orElseThrow(() -> RuleAbortedException.notApplicable(NO_CALL_TO_REDIRECT));
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
            unless = NO_TOOLS_LISTED,
            title = "A session id on a later reply does not replace the one that was assigned",
            source = "basic/transports, Session Management, item 1: ids are assigned at initialization",
            once = true)
    void assignedOnce(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.OTHER_ID_LATER);
        var replaced = trace.first(c ->
                        c.endpoint() && c.calls("tools/list") && c.assignedId().isPresent())
                .orElseThrow(() -> RuleAbortedException.notApplicable(NO_TOOLS_LISTED));
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
