package dev.mcpsession.conformance.rules.concurrency;

import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Unless.GET_STREAM_ENDS;
import static dev.mcpsession.conformance.judgement.Unless.LATE_HEAD;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
import static dev.mcpsession.conformance.rule.Requires.IDLE_TIMEOUT;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Overlap;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** What other sessions do, and how they end, disturbs neither the calls nor the streams of a session. */
public final class CompanyRules {
    private static final String OWN_REQUESTS = "concurrency/own-requests-harmless";

    /** How often a rule is tried that did not see what it must. */
    private static final int TRIES = 2;

    /** How long a call or a stream is looked at after something that may have ended it. */
    private static final Duration LOOK = Duration.ofMillis(300);

    /** Between the events beside a call, of which the one that ends it is to be named. */
    private static final Duration GLANCE = Duration.ofMillis(30);

    /**
     * For how long nothing happens to a stream before something does, in each look at it. They differ, so that a server
     * which ends its streams at a certain age, or all of them at intervals, does not do so each time just then.
     */
    private static final List<Duration> QUIET =
            List.of(Duration.ofMillis(150), Duration.ofMillis(450), Duration.ofMillis(300));

    private static final Duration LONGEST = Duration.ofMillis(450);

    /** How often a session is pinged that is to live, where the idle timeout does not ask for more. */
    private static final Duration STEP = Duration.ofMillis(250);

    /** How long the head of a GET stream is waited for. */
    private static final Duration HEAD = Duration.ofSeconds(3);

    /** Before a stream that was refused is tried again. */
    private static final Duration AGAIN = Duration.ofMillis(100);

    // ---- calls ----

    @Rule(
            id = "concurrency/foreign-requests-harmless",
            retriedAlone = true,
            level = CONTRACT,
            sessions = 5,
            once = true,
            requires = {SESSIONS, SLOW_TOOL},
            dependsOn = {"concurrency/sessions-side-by-side", OWN_REQUESTS},
            title = "Requests of other clients end no call in flight: openings, what is refused, and calls given up",
            source = "session contract, points 7 and 13")
    void foreignRequestsHarmless(Client client) {
        client.tries(TRIES, () -> besideRequestsOfOthers(client));
    }

    /** Something that other clients do, and what to call it; it returns the last exchange. */
    private record Beside(String words, Function<ClientSession, Exchange> happens) {}

    private static Exchange besideRequestsOfOthers(Client client) {
        var session = client.open();
        var busy = client.open();
        var call = session.slowCall().start();
        var given = busy.slowCall().start();
        client.pause(client.underWay());
        if (client.target().slowTool().orElseThrow().atLeast().isZero()) {
            // It has to be clear that the call came first, although an opening takes two exchanges.
            client.pause(LOOK);
        }
        boolean inFlight = call.isInFlight();
        Optional<Beside> culprit = Optional.empty();
        var beside = new ArrayList<Exchange>();
        for (var event : events(client, given)) {
            var last = event.happens().apply(busy);
            beside.add(last);
            if (culprit.isEmpty() && call.awaitEnd(GLANCE) && call.result().isEmpty()) {
                culprit = Optional.of(event);
            }
        }
        // Now, since it must not meet any of these.
        var other = client.open();
        var undisturbed = other.slowCall().start();
        Overlap.mustEndLike(
                undisturbed,
                call,
                session,
                other,
                "a call in flight, "
                        + culprit.filter(event -> inFlight)
                                .map(Beside::words)
                                .orElse("beside requests of other clients"));
        // When the call was over is known only now.
        for (var last : beside) {
            long until = last.ended() ? last.endAt() : Long.MAX_VALUE;
            Overlap.mustHaveMet(client, call, last.sentAt(), until, "other clients made their requests");
        }
        return call;
    }

    private static List<Beside> events(Client client, Exchange given) {
        var events = new ArrayList<>(List.of(
                new Beside("after another client closed the connection of a call", s -> {
                    given.close();
                    return s.ping().send();
                }),
                new Beside(
                        "after another client initialized", s -> client.open().lastActivity()),
                new Beside("after an initialize of another client was refused", s -> refusedOpening(client)),
                new Beside(
                        "after a body that is no JSON came in another session",
                        s -> client.post(Json.CUT_OFF).in(s).send())));
        if (client.capabilities().getStatus() == 200) {
            events.add(new Beside(
                    "after a GET stream of another session was closed",
                    s -> s.get().peek()));
        }
        return events;
    }

    @Rule(
            id = OWN_REQUESTS,
            dependsOn = {"transport/unknown-method-harmless", "concurrency/served-beside-call"},
            level = CONTRACT,
            sessions = 2,
            once = true,
            requires = {SESSIONS, SLOW_TOOL},
            title = "Other requests of its session end no call in flight: lists, other calls, a response, a GET stream",
            source = "session contract, point 13")
    void ownRequestsHarmless(Client client) {
        // A few at a time: a call takes only so long.
        client.tries(
                TRIES,
                () -> besideOwn(
                        client,
                        call -> List.of(
                                new Beside("after a ping", s -> s.ping().send()),
                                new Beside(
                                        "after a cancellation that names no request",
                                        s -> s.post(Json.notification("notifications/cancelled"))
                                                .send()),
                                new Beside(
                                        "after its session listed the tools",
                                        s -> s.post(client.request("tools/list"))
                                                .send()),
                                new Beside(
                                        "after a call of a tool that there is not",
                                        s -> s.post(client.callOfNoTool()).send()),
                                new Beside(
                                        "after a notification that no server knows",
                                        s -> s.post(Json.notification("no/such-notice"))
                                                .send()))));
        client.tries(
                TRIES,
                () -> besideOwn(client, call -> {
                    var events = new ArrayList<>(List.of(
                            new Beside(
                                    "after a cancellation of a request that was never made",
                                    s -> s.notification().send()),
                            new Beside(
                                    "after a response of the client's with the same id, as for a request of the"
                                            + " server's",
                                    s -> s.post(Json.response(call)).send())));
                    if (client.capabilities().getStatus() == 200) {
                        events.add(new Beside(
                                "after a GET stream of its session was closed",
                                s -> s.get().peek()));
                    }
                    // The last, since it may well be served after the first.
                    events.add(new Beside(
                            "after another call of its session began",
                            s -> s.slowCall().start()));
                    return events;
                }));
    }

    private static Exchange besideOwn(Client client, Function<JsonNode, List<Beside>> events) {
        var session = client.open();
        var other = client.open();
        session.mustBeAlive("when it was just opened");
        other.mustBeAlive("when it was just opened");
        var call = session.slowCall().start();
        client.pause(client.underWay());
        boolean inFlight = call.isInFlight();
        Optional<Beside> culprit = Optional.empty();
        var beside = new ArrayList<Exchange>();
        for (var event : events.apply(call.requestId().orElseThrow())) {
            beside.add(event.happens().apply(session));
            // Its call begins later, and it is not to expire before that.
            other.mustNotBeGone(other.ping().send(), "while it is in use");
            if (culprit.isEmpty() && call.awaitEnd(GLANCE) && call.result().isEmpty()) {
                culprit = Optional.of(event);
            }
        }
        var undisturbed = other.slowCall().start();
        Overlap.mustEndLikeOneLeftAlone(
                undisturbed,
                call,
                session,
                other,
                "a call in flight, "
                        + culprit.filter(event -> inFlight)
                                .map(Beside::words)
                                .orElse("beside other requests of its session"));
        for (var each : beside) {
            Overlap.mustHaveMet(client, call, each.sentAt(), each.sentAt(), "its session made other requests");
        }
        return call;
    }

    /** An initialize with empty params. */
    private static Exchange refusedOpening(Client client) {
        var incomplete = Json.request(client.nextId(), "initialize");
        incomplete.putObject("params");
        var reply = client.post(incomplete).send();
        // A server that is not particular about it has opened a session.
        reply.sessionId().ifPresent(id -> client.adopt(id, reply));
        return reply;
    }

    @Rule(
            id = "concurrency/foreign-expiry-harmless",
            retriedAlone = true,
            level = CONTRACT,
            sessions = 3,
            once = true,
            requires = {SESSIONS, SLOW_TOOL, IDLE_TIMEOUT},
            dependsOn = {"idle/reaped-post-404", OWN_REQUESTS},
            title = "The expiry of one session ends no call of another",
            source = "session contract, points 3 and 4")
    void foreignExpiryHarmless(Client client) {
        client.tries(TRIES, () -> besideAnExpiry(client));
    }

    private static Exchange besideAnExpiry(Client client) {
        var expiring = client.open();
        expiring.mustBeAlive("when it was just opened");
        var session = client.open();
        var other = client.open();
        var timeout = client.idleTimeout();
        long from = expiring.lastActivity().sentAt() + timeout.toNanos();
        long until = expiring.lastActivity().headAt() + client.reapedAfter().toNanos();
        // The call is to be under way when the first of the two moments comes, and still when the second does: it takes
        // longer than the timeout.
        long lead = Math.max(
                client.underWay().toNanos(),
                Math.min(
                        timeout.dividedBy(2).toNanos(),
                        timeout.minus(client.target().reapLag()).toNanos()));
        var alive = List.of(session, other);
        keepAlive(alive, from - lead);
        var call = session.slowCall().start();
        client.pauseUntil(call.sentAt() + lead / 2);
        var before = other.mustNotBeGone(other.ping().send(), "while it is in use");
        keepAlive(alive, until);
        var after = mustHaveExpired(expiring);
        // Now, since it must not meet the expiry.
        var undisturbed = other.slowCall().start();
        Overlap.mustEndLike(
                undisturbed, call, session, other, "a call in flight, while another session was idle and expired");
        if (before.headAt() > from) {
            throw RuleAbortedException.inconclusive(
                    "the machine was slow: the other session may have expired before the call was under way");
        }
        Overlap.mustHaveMet(client, call, before.sentAt(), before.headAt(), "the other session expired");
        Overlap.mustHaveMet(client, call, after.sentAt(), after.headAt(), "the other session expired");
        return call;
    }

    /** Lets time pass until a moment, and pings sessions meanwhile, so that they do not expire. */
    private static void keepAlive(List<ClientSession> sessions, long until) {
        var client = sessions.get(0).client();
        long step = client.idleTimeout().dividedBy(4).toNanos();
        while (System.nanoTime() < until) {
            client.pauseUntil(Math.min(until, System.nanoTime() + step));
            var pings = client.sendAll(sessions.size(), i -> sessions.get(i).ping());
            for (int i = 0; i < pings.size(); i++) {
                sessions.get(i).mustNotBeGone(pings.get(i), "while it is in use");
            }
        }
    }

    private static Exchange mustHaveExpired(ClientSession session) {
        var probe = session.ping().send();
        if (!session.isGone(probe)) {
            throw RuleAbortedException.inconclusive("no session expired beside the others: after an idle time "
                    + session.idleBefore(probe) + ", one still answered " + probe.describeReply()
                    + "; see idle/reaped-post-404");
        }
        session.markEnded();
        return probe;
    }

    // ---- a client that goes away ----

    @Rule(
            id = "concurrency/abandoned-call-harmless",
            dependsOn = OWN_REQUESTS,
            level = CONTRACT,
            sessions = 2,
            once = true,
            requires = {SESSIONS, SLOW_TOOL},
            title = "A client that closes the connection of a call loses neither its session nor its other calls",
            source = "session contract, point 13; basic/transports, Sending Messages to the Server, item 6")
    void abandonedCallHarmless(Client client) {
        client.tries(TRIES, () -> besideAnAbandonedCall(client));
    }

    private static Exchange besideAnAbandonedCall(Client client) {
        var because = "after its client closed the connection of a call";
        var session = client.open();
        var other = client.open();
        var undisturbed = other.slowCall().start();
        var call = session.slowCall().start();
        var abandoned = session.slowCall().start();
        client.pause(client.underWay());
        if (!abandoned.isInFlight()) {
            throw RuleAbortedException.inconclusive("the call was over before its connection could be closed: it was"
                    + " answered " + abandoned.describeReply() + "; see --slow-tool");
        }
        abandoned.close();
        // A server that serves one request after the other answers these when both calls are over.
        var ping = session.mustNotBeGone(session.ping().send(), because);
        client.pause(GLANCE);
        session.mustNotBeGone(session.ping().send(), because);
        Overlap.mustEndLike(
                undisturbed,
                call,
                session,
                other,
                "a call in flight, after the connection of another call of its session was closed");
        // A server may notice only when it has something to send.
        client.pause(LOOK);
        session.mustBeAlive(session.ping().send(client.patience().multipliedBy(3)), because);
        Overlap.mustHaveMet(client, call, abandoned.endAt(), ping.headAt(), "the connection was closed");
        return call;
    }

    // ---- streams ----

    @Rule(
            id = "concurrency/streams-apart",
            retriedAlone = true,
            level = CONTRACT,
            waits = true,
            sessions = 6,
            once = true,
            requires = {SESSIONS, GET_STREAM},
            uses = {DELETE, IDLE_TIMEOUT, SLOW_TOOL},
            dependsOn = "concurrency/sessions-side-by-side",
            unless = {LATE_HEAD, GET_STREAM_ENDS},
            title = "Neither the beginning nor the end of another session closes a GET stream, nor does its "
                    + "stream, nor a call",
            source = "session contract, points 4 and 14")
    void streamsApart(Client client) {
        var session = client.open();
        needLastingStream(session);
        mustStayOpen(session, "another client initialized", others -> () -> others.add(client.open()));
        mustStayOpen(session, "another session opened a stream", others -> {
            others.add(client.open());
            return () -> openStream(others).close();
        });
        if (client.capabilities().deleteOffered()) {
            mustStayOpen(session, "another session was ended by DELETE", others -> {
                others.add(client.open());
                return others.get(0)::terminate;
            });
        }
        if (client.target().idleTimeout().isPresent()) {
            if (!client.capabilities().deleteOffered()) {
                // The sessions that were opened for this may not expire later, at a moment of their own.
                keepAlive(
                        List.of(session),
                        System.nanoTime() + client.reapedAfter().toNanos());
            }
            mustOutliveAnExpiry(session);
        }
        if (client.target().slowTool().isPresent()) {
            mustOutliveACall(session);
        }
    }

    private static void mustOutliveACall(ClientSession session) {
        var client = session.client();
        var looks = new ArrayList<Exchange>();
        var least = Duration.ZERO;
        for (var quiet : QUIET) {
            var stream = openStream(List.of(session));
            looks.add(stream);
            mustBeQuiet(List.of(session), stream, quiet.compareTo(least) > 0 ? quiet : least);
            var call = session.slowCall().start();
            // No ping meanwhile: a server may serve one request after the other, and the call keeps the session alive.
            boolean ended = stream.awaitEnd(LOOK);
            stream.close();
            if (!ended) {
                return;
            }
            call.awaitEnd(client.patience().multipliedBy(3));
            session.mustNotBeGone(session.ping().send(), "after its stream ended");
            least = older(stream);
        }
        throw closed(looks.get(looks.size() - 1), "a call of its session began");
    }

    /** Prepares something that may end a stream, and does it when it is run. */
    private interface Event {
        /**
         * @param others takes the sessions that are opened for it
         */
        Runnable prepared(List<ClientSession> others);
    }

    /**
     * A server may end a stream at any time. So it is a breach only where the stream ends just when the event comes,
     * however long nothing had happened before, and each time.
     */
    private static void mustStayOpen(ClientSession session, String what, Event event) {
        var looks = new ArrayList<Exchange>();
        // What happens takes time too, on a slow machine much. A server that ends streams at a certain age, or at
        // intervals, is seen to do so before the event once nothing happens for longer than the last one lived.
        var least = Duration.ZERO;
        for (var quiet : QUIET) {
            var others = new ArrayList<ClientSession>();
            var happening = event.prepared(others);
            var alive = new ArrayList<>(List.of(session));
            alive.addAll(others);
            var stream = openStream(alive);
            looks.add(stream);
            mustBeQuiet(alive, stream, quiet.compareTo(least) > 0 ? quiet : least);
            happening.run();
            boolean ended = endsWithin(List.of(session), stream, LOOK);
            stream.close();
            others.forEach(CompanyRules::leave);
            if (!ended) {
                return;
            }
            session.mustNotBeGone(session.ping().send(), "after its stream ended");
            least = older(stream);
        }
        throw closed(looks.get(looks.size() - 1), what);
    }

    /** Longer than a stream lived. */
    private static Duration older(Exchange stream) {
        return Duration.ofNanos(stream.endAt() - stream.sentAt()).plus(QUIET.get(0));
    }

    /** Ends a session, where clients may: it must not expire at a moment of its own. */
    private static void leave(ClientSession session) {
        if (session.client().capabilities().deleteOffered()
                && !session.isEnded()
                && session.delete().send().status() / 100 == 2) {
            session.markEnded();
        }
    }

    private static Suspicion closed(Exchange stream, String what) {
        return new Suspicion(
                "the GET stream of a session to stay open when " + what,
                "the server ended it just then, each of " + QUIET.size() + " times, and not before",
                stream);
    }

    private static void mustOutliveAnExpiry(ClientSession session) {
        var client = session.client();
        // Each stream is older by so much when the other session ends, that one and the same age is not the reason.
        long older = client.target().reapLag().multipliedBy(2).plus(LOOK).toNanos();
        long least = 1;
        var looks = new ArrayList<Exchange>();
        for (int i = 0; i < QUIET.size(); i++) {
            var stream = openStream(List.of(session));
            looks.add(stream);
            mustBeQuiet(List.of(session), stream, Duration.ofNanos(Math.max(least, i * older)));
            var other = client.open();
            other.mustBeAlive("when it was just opened");
            long from = other.lastActivity().sentAt() + client.idleTimeout().toNanos();
            mustBeQuiet(List.of(session), stream, until(from));
            boolean ended = endsWithin(
                    List.of(session),
                    stream,
                    until(other.lastActivity().headAt() + client.reapedAfter().toNanos()));
            stream.close();
            mustHaveExpired(other);
            if (!ended) {
                return;
            }
            session.mustNotBeGone(session.ping().send(), "after its stream ended");
            least = older(stream).minus(client.idleTimeout()).toNanos();
        }
        throw closed(looks.get(looks.size() - 1), "another session expired");
    }

    private static Duration until(long moment) {
        return Duration.ofNanos(Math.max(1, moment - System.nanoTime()));
    }

    /**
     * Checks that a stream stays open while nothing happens that could end it.
     *
     * @param alive the session of the stream, and those that are to live as well
     */
    private static void mustBeQuiet(List<ClientSession> alive, Exchange stream, Duration span) {
        if (endsWithin(alive, stream, span)) {
            var session = alive.get(0);
            session.mustNotBeGone(session.ping().send(), "after its stream ended");
            throw RuleAbortedException.inconclusive(
                    "the server ended a GET stream when nothing had happened beside it: it"
                            + " ends streams by itself, as it may, or at what other rules do");
        }
    }

    /** Waits for the end of a stream, and pings sessions meanwhile, so that they do not expire. */
    private static boolean endsWithin(List<ClientSession> alive, Exchange stream, Duration span) {
        var step = alive.get(0)
                .client()
                .target()
                .idleTimeout()
                .map(t -> t.dividedBy(4))
                .filter(t -> t.compareTo(STEP) < 0)
                .orElse(STEP);
        long deadline = System.nanoTime() + span.toNanos();
        for (long left; (left = deadline - System.nanoTime()) > 0; ) {
            if (stream.awaitEnd(Duration.ofNanos(Math.min(left, step.toNanos())))) {
                return true;
            }
            if (deadline - System.nanoTime() > 0) {
                alive.forEach(session -> session.mustNotBeGone(session.ping().send(), "while it is in use"));
            }
        }
        return stream.ended();
    }

    /**
     * Looks for a stream that stays open for as long as one is looked at.
     *
     * @throws RuleAbortedException if the server ends its streams sooner, as it may
     */
    private static void needLastingStream(ClientSession session) {
        for (int i = 0; i < QUIET.size(); i++) {
            var disturbed = session.client().disturbance();
            var stream = openStream(List.of(session));
            boolean ended = endsWithin(List.of(session), stream, LONGEST);
            stream.close();
            if (!ended) {
                return;
            }
            session.mustNotBeGone(session.ping().send(), "after its stream ended");
            if (disturbed.getAsBoolean()) {
                throw RuleAbortedException.inconclusive(
                        "the server ended a GET stream, be it by itself, or at what other rules did");
            }
        }
        throw RuleAbortedException.notApplicable(GET_STREAM_ENDS);
    }

    /**
     * Opens a stream. A server that allows one in a session refuses the next until it has noticed that the last was
     * closed, so that one is tried again.
     *
     * @param alive the session, and others that must not expire meanwhile
     */
    private static Exchange openStream(List<ClientSession> alive) {
        var session = alive.get(0);
        var client = session.client();
        long began = System.nanoTime();
        var stream = openOnce(session);
        while (stream.status() / 100 == 4
                && System.nanoTime() - began < client.patience().toNanos()) {
            alive.forEach(each -> each.mustNotBeGone(each.ping().send(), "while it is in use"));
            client.pause(AGAIN);
            stream = openOnce(session);
        }
        if (stream.status() != 200 || !stream.isEventStream()) {
            throw RuleAbortedException.inconclusive("no stream opened: GET was answered " + stream.describeReply());
        }
        return stream;
    }

    private static Exchange openOnce(ClientSession session) {
        var stream = session.get().start();
        stream.awaitHead(session.client().patienceUpTo(HEAD));
        if (!stream.answered() && stream.failure().isEmpty()) {
            stream.close();
            // Some servers send none until there is an event; others are only slow.
            throw session.client().capabilities().getStatus() == 200
                    ? RuleAbortedException.inconclusive("no head came in answer to GET, though one did before")
                    : RuleAbortedException.notApplicable(LATE_HEAD);
        }
        if (!stream.answered()) {
            throw RuleAbortedException.inconclusive("no stream opened: GET was answered " + stream.describeReply());
        }
        if (stream.status() == 404) {
            session.mustBeAlive(stream, "when it opened a stream");
        }
        return stream;
    }
}
