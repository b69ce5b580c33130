package dev.mcpsession.conformance.clients.rules;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Unless.NOTHING_POSTED;
import static dev.mcpsession.conformance.judgement.Unless.NOT_BUSY;
import static dev.mcpsession.conformance.judgement.Unless.NO_401;
import static dev.mcpsession.conformance.judgement.Unless.NO_404;
import static dev.mcpsession.conformance.judgement.Unless.NO_CALL_TO_FAIL;
import static dev.mcpsession.conformance.judgement.Unless.NO_DELETE;
import static dev.mcpsession.conformance.judgement.Unless.NO_ID_ASSIGNED;
import static dev.mcpsession.conformance.judgement.Unless.SESSIONLESS;
import static dev.mcpsession.conformance.judgement.Unless.UNUSABLE_SESSION_USED;
import static dev.mcpsession.conformance.protocol.Revision.Era.LEGACY;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.stage.Script;
import dev.mcpsession.conformance.clients.stage.Scripts;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How clients take failures: without storms, without hanging, and without losing what still works. No keyword asks
 * for it.
 */
final class FailureRules {
    private static final long TEN_SECONDS = Duration.ofSeconds(10).toNanos();
    /** The shortest timeouts of clients are longer, and what a busy machine takes is shorter, three times in a row. */
    private static final long HANGS = Duration.ofSeconds(5).toNanos();

    private static final long PATIENCE = Duration.ofSeconds(15).toNanos();

    /** Three for one call are two too many; beyond that it is a storm, also where two clients share the URL. */
    private static final int MANY_INITIALIZES = 4;

    private static final int MANY_EQUAL = 5;

    private static final String INITIALIZED = "notifications/initialized";

    @Rule(
            id = "client/one-new-session",
            level = ADVICE,
            once = true,
            unless = NO_404,
            title = "Several calls that find their session gone open one new session",
            source = "experience: a session for each call in flight is a storm, and all but one are left behind")
    void oneNewSession(ClientUnderTest client) {
        var trace = client.play(Scripts.ENDED_IN_PARALLEL);
        var gone = Sessions.gone(trace).orElseThrow(() -> RuleAbortedException.notApplicable(NO_404));
        long found = trace.calls().stream()
                .filter(c -> c.isRequest() && c.status() == 404 && c.sessionId().equals(gone.sessionId()))
                .count();
        if (found < 2) {
            throw RuleAbortedException.notTestable(
                    "no two requests found the same session gone; a client that takes steps"
                            + " (MCP_SESSION_STEPS) makes five at once");
        }
        if (trace.calls().stream()
                        .filter(c -> c.number() < gone.number() && c.endpoint() && c.calls("initialize"))
                        .count()
                > 1) {
            throw RuleAbortedException.notTestable(
                    "the client opens several sessions of its own accord, so that not each is for a 404");
        }
        // Of those in flight when the session ended, each has its answer by the last 404.
        var anew = trace.after(gone)
                .filter(c -> c.endpoint() && c.calls("initialize"))
                .toList();
        if (anew.isEmpty()) {
            throw RuleAbortedException.notTestable("the client opened no new session");
        }
        if (anew.size() > 1) {
            throw client.suspicion(
                    "one initialize for " + found + " requests that got 404", anew.size() + " came", anew.get(1));
        }
    }

    @Rule(
            id = "client/no-initialize-storm",
            level = ADVICE,
            once = true,
            waits = true,
            unless = NO_404,
            title = "A client whose new sessions are gone at once gives up",
            source = "experience: without a bound, client and server are busy for nothing")
    void noInitializeStorm(ClientUnderTest client) {
        var trace = client.play(Scripts.ALWAYS_GONE);
        var gone = Sessions.gone(trace).orElseThrow(() -> RuleAbortedException.notApplicable(NO_404));
        var anew = trace.after(gone)
                .filter(c -> c.endpoint() && c.calls("initialize"))
                .toList();
        boolean allGone =
                trace.calls().stream().filter(c -> c.calls("tools/call")).allMatch(c -> c.status() == 404);
        // Each of several clients may open some.
        int clients = (int) trace.openings().stream()
                .filter(o -> o.call().number() < gone.number())
                .count();
        int most = MANY_INITIALIZES * Math.max(1, clients);
        for (int i = 0; i + most < anew.size(); i++) {
            long span = anew.get(i + most).beganAt() - anew.get(i).beganAt();
            if (span < TEN_SECONDS && allGone) {
                throw client.violation(
                        "at most " + most + " new sessions in 10 s, when each is gone at the next call",
                        anew.size() + " came, " + (most + 1) + " of them in " + span / 1_000_000 + " ms",
                        anew.get(i + most));
            }
        }
    }

    @Rule(
            id = "client/lost-call-fails",
            level = ADVICE,
            once = true,
            waits = true,
            title = "A call whose stream ends without its result, and cannot be resumed, fails",
            source = "experience: nothing can come any more, and who waits hangs until a timeout")
    void lostCallFails(ClientUnderTest client) {
        mustNotHang(client, Scripts.LOST, "the stream of its call had ended without a result and without an event id");
    }

    @Rule(
            id = "client/accepted-call-fails",
            level = ADVICE,
            once = true,
            waits = true,
            title = "A request that is answered 202 fails",
            source = "experience: 202 is the answer to what wants none, and no result follows it")
    void acceptedCallFails(ClientUnderTest client) {
        mustNotHang(client, Scripts.ACCEPTED, "its call had been answered with 202");
    }

    private static void mustNotHang(ClientUnderTest client, Script script, String when) {
        client.prepare(script);
        var plain = client.playOnStage(Scripts.PLAIN);
        Sessions.mustSucceed(client, plain);
        var trace = client.playOnStage(script);
        var call = trace.first(c -> c.calls("tools/call"))
                .orElseThrow(() -> RuleAbortedException.notTestable("the client made no call"));
        if (call.endedAt() == 0) {
            return;
        }
        long waited = doesNothing(client, trace, call);
        // What it does after a result as well is its pace, or the machine's.
        long usual = plain.first(c -> c.calls("tools/call") && c.endedAt() != 0)
                .map(c -> doesNothing(client, plain, c))
                .orElse(0L);
        if (waited >= HANGS + 4 * usual) {
            throw client.suspicion(
                    "the client to go on when " + when,
                    "it did nothing for " + Duration.ofNanos(waited).toSeconds() + " s",
                    call);
        }
    }

    /** How long nothing comes from a client after the reply to a call; also when it ends. */
    private static long doesNothing(ClientUnderTest client, Trace trace, Call call) {
        long next = trace.after(call)
                .filter(c -> c.endpoint() && c.isPost() || c.isDelete())
                .mapToLong(Call::beganAt)
                .filter(at -> at > call.endedAt())
                .min()
                .orElse(Long.MAX_VALUE);
        return Math.max(0, Math.min(next, client.outcome(trace).endedAt()) - call.endedAt());
    }

    @Rule(
            id = "client/foreign-response-ignored",
            level = ADVICE,
            once = true,
            eras = {LEGACY, MODERN},
            title = "A response with another id is not taken for the answer",
            source = "basic, Responses: a response has the id of its request")
    void foreignResponseIgnored(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.FOREIGN_RESPONSE);
        var call = trace.first(c -> c.calls("tools/call"))
                .orElseThrow(() -> RuleAbortedException.notTestable("the client made no call"));
        var output = client.outcome(trace).output();
        if (output.contains(Scripts.FOREIGN)
                && output.lines().anyMatch(l -> l.startsWith("ok call") && l.contains(Scripts.FOREIGN))) {
            throw client.violation(
                    "the result whose id is that of the call",
                    "the client reported the one with the id kit-nobody-asked",
                    call);
        }
        if (output.lines().noneMatch(l -> l.startsWith("ok call") || l.startsWith("failed call"))) {
            throw RuleAbortedException.notTestable("the client does not print what came of its steps");
        }
    }

    @Rule(
            id = "client/close-does-not-hang",
            level = ADVICE,
            once = true,
            waits = true,
            unless = NO_DELETE,
            title = "A DELETE that is never answered does not keep a client from ending",
            source = "experience: the server may be gone when its client leaves")
    void closeDoesNotHang(ClientUnderTest client) {
        client.prepare(Scripts.DELETE_UNANSWERED);
        Sessions.mustSucceed(client, client.playOnStage(Scripts.PLAIN));
        var trace = client.playOnStage(Scripts.DELETE_UNANSWERED);
        var deletes =
                trace.calls().stream().filter(c -> c.endpoint() && c.isDelete()).toList();
        if (deletes.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_DELETE);
        }
        var outcome = client.outcome(trace);
        if (!outcome.timedOut()) {
            // One that gives up by itself, however late, does not hang.
            return;
        }
        // What it has given up keeps it from nothing; when the kit ends it, all that is open is given up.
        var delete = deletes.stream()
                .filter(c -> c.endedAt() == 0 || c.endedAt() >= outcome.endedAt())
                .reduce((a, b) -> b)
                .orElseThrow(() -> RuleAbortedException.notTestable(
                        "the client gave its DELETE up, and was still at work when its time was over"));
        long waited = outcome.endedAt() - delete.arrivedAt();
        if (waited < PATIENCE) {
            throw RuleAbortedException.notTestable(
                    "the client's time was over soon after its DELETE; see --client-timeout");
        }
        throw client.suspicion(
                "the client to end although its DELETE was not answered",
                "it was still there after " + Duration.ofNanos(waited).toSeconds() + " s",
                delete);
    }

    @Rule(
            id = "client/failed-opening-deleted",
            level = ADVICE,
            once = true,
            unless = {SESSIONLESS, NO_ID_ASSIGNED, UNUSABLE_SESSION_USED},
            title = "A session that a client cannot use is deleted",
            source = "basic/transports, Session Management, item 5; basic/lifecycle, Version Negotiation")
    void failedOpeningDeleted(ClientUnderTest client) {
        client.prepare(Scripts.UNKNOWN_VERSION, Scripts.INITIALIZED_REFUSED);
        boolean unknown = deletesUnusable(client, client.playOnStage(Scripts.UNKNOWN_VERSION));
        boolean refused = deletesUnusable(client, client.playOnStage(Scripts.INITIALIZED_REFUSED));
        if (!unknown && !refused) {
            throw RuleAbortedException.notApplicable(UNUSABLE_SESSION_USED);
        }
    }

    /** @return whether there was a session that the client did not go on with */
    private static boolean deletesUnusable(ClientUnderTest client, Trace trace) {
        boolean stopped = false;
        for (var opening : Sessions.withId(trace)) {
            var later = Sessions.of(trace, opening).toList();
            if (later.stream().anyMatch(c -> c.isPost() && !(c.calls(INITIALIZED) && c.status() == 400))) {
                continue;
            }
            stopped = true;
            if (client.outcome(trace).timedOut()) {
                throw RuleAbortedException.notTestable("the client had not ended when its time was over");
            }
            if (later.stream().noneMatch(Call::isDelete)) {
                // On a busy machine, the kit may not have read the DELETE of a client that has ended.
                throw client.suspicion(
                        "DELETE of the session that the client cannot use",
                        "the client ended and left it behind"
                                + (later.stream().anyMatch(c -> c.calls(INITIALIZED))
                                        ? " once initialized was refused"
                                        : ""),
                        opening.call());
            }
        }
        return stopped;
    }

    @Rule(
            id = "client/error-keeps-session",
            level = ADVICE,
            once = true,
            unless = NO_CALL_TO_FAIL,
            title = "A call that fails with 500 or 400 does not end the session",
            source = "basic/transports, Session Management, item 4: that is what 404 says")
    void errorKeepsSession(ClientUnderTest client) {
        client.prepare(Scripts.FAILS_500, Scripts.FAILS_400);
        keepsSession(client, Scripts.FAILS_500);
        keepsSession(client, Scripts.FAILS_400);
    }

    @Rule(
            id = "client/busy-keeps-session",
            level = ADVICE,
            once = true,
            waits = true,
            unless = NO_CALL_TO_FAIL,
            title = "A server that is busy is not taken for one that lost the session",
            source = "basic/transports, Session Management, item 4: that is what 404 says")
    void busyKeepsSession(ClientUnderTest client) {
        client.prepare(Scripts.BUSY, Scripts.TOO_MANY);
        keepsSession(client, Scripts.BUSY);
        keepsSession(client, Scripts.TOO_MANY);
    }

    private static void keepsSession(ClientUnderTest client, Script script) {
        var trace = client.playOnStage(script);
        var failed = trace.first(c -> c.calls("tools/call") && c.status() / 100 > 2 && c.status() != 404)
                .orElseThrow(() -> RuleAbortedException.notApplicable(NO_CALL_TO_FAIL));
        if (failed.sessionId().isEmpty()) {
            throw RuleAbortedException.notTestable("the client sent no session id");
        }
        // Who opens a session for each step has ended the last one before, and another client may begin just now.
        var anew = trace.after(failed)
                .filter(c -> c.endpoint() && c.calls("initialize"))
                .findFirst();
        boolean before = trace.openings().stream()
                        .filter(o -> o.call().number() < failed.number())
                        .count()
                > 1;
        boolean used =
                trace.after(failed).anyMatch(c -> c.isRequest() && c.sessionId().equals(failed.sessionId()));
        if (anew.isPresent()
                && !before
                && !used
                && trace.after(failed)
                        .noneMatch(c -> c.isDelete() && c.number() < anew.get().number())) {
            throw client.suspicion(
                    "the session to be used further after status " + failed.status(),
                    "the client opened a new one",
                    anew.get());
        }
        if (trace.after(failed).noneMatch(c -> c.isPost() && c.sessionId().equals(failed.sessionId()))
                && anew.isEmpty()) {
            throw RuleAbortedException.notTestable("the client did not go on after status " + failed.status()
                    + "; one that takes steps (MCP_SESSION_STEPS) shows more");
        }
    }

    @Rule(
            id = "client/retry-after-respected",
            level = ADVICE,
            once = true,
            waits = true,
            eras = {LEGACY, MODERN},
            unless = NOT_BUSY,
            title = "A request that got 503 or 429 is not sent again before the time that Retry-After asks for",
            source = "RFC 9110, 10.2.3 and 15.6.4; RFC 6585, 4")
    void retryAfterRespected(ClientUnderTest client) {
        client.prepare(Scripts.BUSY, Scripts.TOO_MANY);
        int looked = retryAfter(client, client.play(Scripts.BUSY));
        if (client.isLive()) {
            looked += retryAfter(client, client.play(Scripts.TOO_MANY));
        }
        if (looked == 0) {
            throw RuleAbortedException.notApplicable(NOT_BUSY);
        }
    }

    /** @return how many replies asked for a wait */
    private static int retryAfter(ClientUnderTest client, Trace trace) {
        int looked = 0;
        // The like of a request; another request is no repetition of this one.
        var alike = trace.calls().stream().filter(Call::isPost).collect(Collectors.groupingBy(Call::body));
        for (var busy : trace.endpoint()
                .filter(c -> c.isPost() && (c.status() == 503 || c.status() == 429))
                .toList()) {
            var seconds = busy.replyHeader("Retry-After")
                    .filter(v -> v.matches("[0-9]{1,5}"))
                    .map(Long::valueOf);
            if (seconds.isEmpty() || busy.endedAt() == 0) {
                continue;
            }
            looked++;
            alike.getOrDefault(busy.body(), List.of()).stream()
                    .filter(c -> c.number() > busy.number() && c.beganAt() > busy.endedAt())
                    .filter(c -> Messages.sameClient(client, trace, busy, c))
                    .findFirst()
                    .ifPresent(again -> {
                        long waited = again.beganAt() - busy.endedAt();
                        if (waited < seconds.get() * 990_000_000L - 20_000_000L) {
                            Sessions.found(
                                    client,
                                    trace.rounding() == 0,
                                    "no repetition of " + busy.describe() + " for " + seconds.get()
                                            + " s, as Retry-After says",
                                    "it came after " + waited / 1_000_000 + " ms",
                                    again);
                        }
                    });
        }
        return looked;
    }

    @Rule(
            id = "client/unauthorized-not-repeated",
            level = ADVICE,
            once = true,
            eras = {LEGACY, MODERN},
            unless = NO_401,
            title = "A request that gets 401 is not sent again and again",
            source = "basic/authorization, Error Handling and Scope Challenge Handling: clients are to limit retries")
    void unauthorizedNotRepeated(ClientUnderTest client) {
        var trace = client.play(Scripts.UNAUTHORIZED);
        var refused = trace.endpoint().filter(c -> c.status() == 401).toList();
        if (refused.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_401);
        }
        for (var equal : refused.stream()
                .collect(Collectors.groupingBy(
                        c -> List.of(c.method(), c.rpc(), c.params(), c.header("Authorization")),
                        LinkedHashMap::new,
                        Collectors.toList()))
                .values()) {
            var repeated = Sessions.oneByOne(equal);
            for (int i = 0; i + MANY_EQUAL < repeated.size(); i++) {
                long first = repeated.get(i).beganAt();
                if (repeated.get(i + MANY_EQUAL).beganAt() - first < TEN_SECONDS) {
                    // In a trace, they may be of as many clients.
                    Sessions.found(
                            client,
                            client.isLive(),
                            "the client to give up after 401",
                            "it sent " + repeated.get(i).describe() + " "
                                    + repeated.stream()
                                            .skip(i)
                                            .filter(c -> c.beganAt() - first < TEN_SECONDS)
                                            .count()
                                    + " times in 10 s",
                            repeated.get(i + MANY_EQUAL));
                }
            }
        }
    }

    @Rule(
            id = "client/old-transport-after-4xx-only",
            level = ADVICE,
            once = true,
            eras = {LEGACY, MODERN},
            unless = NOTHING_POSTED,
            title = "A client turns to the transport of 2024-11-05 only after a status 4xx",
            source = "basic/transports, Backwards Compatibility; in 2026-07-28 basic/transports/streamable-http,"
                    + " HTTP+SSE Transport")
    void oldTransport(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.OVERLOADED);
        var refused = trace.first(c -> c.endpoint() && c.isPost() && c.status() == 503)
                .orElseThrow(() -> RuleAbortedException.notApplicable(NOTHING_POSTED));
        // A GET alone may be for the stream of the present transport. The address is known from the other one only.
        var turned = trace.first(c -> c.isPost() && c.target().contains(Scripts.OLD_TRANSPORT));
        if (turned.isEmpty()) {
            return;
        }
        var earlier = trace.calls().subList(0, trace.calls().indexOf(turned.get())).stream();
        if (earlier.anyMatch(c -> c.isPost() && c.status() / 100 == 4)) {
            throw RuleAbortedException.notTestable("another request of the client got a status 4xx before");
        }
        // On another connection, the GET may have been on its way, or be another client's.
        boolean knew = trace.after(refused)
                .anyMatch(
                        c -> c.isGet() && c.number() < turned.get().number() && c.connection() == refused.connection());
        Sessions.found(
                client,
                knew,
                "no message to the address that an event 'endpoint' named, since " + refused.describe() + " got 503",
                "the client turned to the transport of 2024-11-05",
                turned.get());
    }
}
