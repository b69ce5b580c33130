package dev.mcpsession.conformance.rules.service;

import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** A session in which very much is asked. */
public final class LongSessionRules {
    /** How often each kind of request is made. */
    private static final int ROUNDS = 65;
    /** So many of each kind are made at once, so that a session does not expire between them on a slow machine. */
    private static final int AT_ONCE = 5;
    /** So many say something of a session that goes on for long. */
    private static final int LEAST_ROUNDS = 20;

    private static final Duration AT_MOST = Duration.ofSeconds(60);
    /** Longer than the minute for which servers count the requests of a client, where they limit the rate of them. */
    private static final Duration RECOVERY = Duration.ofSeconds(63);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    /** Some servers count what they refuse as well: a client that asks again too often is never served. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(16);
    /** How often the rule is tried where a session expires meanwhile. */
    private static final int TRIES = 3;
    /** How often a request that is refused is sent again. */
    private static final int REPEATS = 2;

    /** A kind of request, and whether it brought a response in a session that is new. */
    private record Kind(Function<ClientSession, Request> request, boolean responds) {
        Exchange startIn(ClientSession session) {
            // What this rule is refused for lack of time, it judges itself.
            return request.apply(session).purpose(Client.PATIENT).start();
        }

        Exchange sendIn(ClientSession session) {
            return Request.complete(startIn(session), session.client().patience());
        }

        boolean isServed(Exchange reply) {
            return reply.answered()
                    && reply.status() / 100 == 2
                    && (reply.response().isPresent() == responds || reply.letsPoll());
        }
    }

    @Rule(
            id = "service/long-session-served",
            level = CONTRACT,
            once = true,
            concluding = true,
            sessions = 2,
            dependsOn = {"service/serves-on", "transport/unknown-method-harmless"},
            requires = SESSIONS,
            title = "A session is served however many requests it makes, or ended with 404",
            source = "session contract, point 13")
    void longSessionServed(Client client) {
        client.tries(TRIES, () -> served(client));
    }

    private static ClientSession served(Client client) {
        var session = client.open();
        var kinds = kinds(client, session);
        long deadline = System.nanoTime() + AT_MOST.toNanos();
        int made = 0;
        int rounds = 0;
        for (; rounds < ROUNDS && System.nanoTime() < deadline; rounds += AT_ONCE) {
            var replies = IntStream.range(0, AT_ONCE * kinds.size())
                    .mapToObj(i -> kinds.get(i % kinds.size()).startIn(session))
                    .toList();
            Request.completeAll(replies, client.patience());
            for (int i = 0; i < replies.size(); i++) {
                var kind = kinds.get(i % kinds.size());
                var reply = replies.get(i);
                made++;
                if (!kind.isServed(reply) && !isServedAgain(session, kind, reply, made)) {
                    client.note("the session was ended (404) after " + made + " requests");
                    return session;
                }
                if (reply.answered() && reply.isBusy()) {
                    client.note("the server limits the rate of requests: after " + made + " in a session it answered "
                            + reply.status() + ", and served the session again later");
                    return session;
                }
            }
        }
        if (rounds < LEAST_ROUNDS) {
            throw RuleAbortedException.notTestable("only " + made + " requests were answered in "
                    + Moment.words(AT_MOST) + ": the machine or the server is slow; see --max-requests-per-second");
        }
        client.note(made + " requests were served in one session");
        return session;
    }

    /** The kinds of requests that are served in a new session, with how they are. */
    private static List<Kind> kinds(Client client, ClientSession session) {
        var kinds = new ArrayList<Kind>();
        for (var request : List.<Function<ClientSession, Request>>of(
                ClientSession::ping,
                s -> s.post(client.request("tools/list")),
                s -> s.post(client.callOfNoTool()),
                ClientSession::notification)) {
            var reply = request.apply(session).send();
            if (reply.status() == 404) {
                session.mustNotBeGone(reply, "when it was just opened");
            }
            if (reply.status() / 100 == 2) {
                kinds.add(new Kind(request, reply.response().isPresent()));
            }
        }
        if (kinds.isEmpty()) {
            throw RuleAbortedException.inconclusive("a new session is served none of these requests");
        }
        return kinds;
    }

    /**
     * Looks at a request that is refused, or gets no response, where those before it were served.
     *
     * @return whether it is served when it is made again; false if the session has ended, as a server may let it
     */
    private static boolean isServedAgain(ClientSession session, Kind kind, Exchange reply, int made) {
        var client = session.client();
        if (reply.answered() && reply.isBusy()) {
            return recovers(session, kind, reply, made);
        }
        if (reply.answered() && reply.status() / 100 == 4 && session.mayHaveExpiredBefore(reply)) {
            // Not every server says so by 404, which is another matter.
            throw RuleAbortedException.inconclusive("the machine was too slow: the session may have expired");
        }
        var last = reply;
        for (int i = 0; i < REPEATS; i++) {
            if (hasEnded(session, last)) {
                return false;
            }
            client.pause(FIRST_PAUSE);
            last = kind.sendIn(session);
            if (kind.isServed(last)) {
                return true;
            }
        }
        if (hasEnded(session, last)) {
            return false;
        }
        last.mustReply(expectation(made)).mustNotBeOverload(expectation(made));
        inAnother(client, kind);
        throw new Violation(
                expectation(made),
                last.describe() + " was answered " + last.describeReply() + ", while another session is served",
                last);
    }

    private static String expectation(int made) {
        return "request " + made + " of a session to be served as those before it, or 404 where the session has ended";
    }

    private static boolean hasEnded(ClientSession session, Exchange reply) {
        if (reply.answered() && reply.status() == 404) {
            session.markEnded();
            if (session.mayHaveExpiredBefore(reply)) {
                throw RuleAbortedException.inconclusive("the machine was too slow: the session may have expired");
            }
            return true;
        }
        return false;
    }

    /** Waits for a server that limits the rate of requests: it serves the session again when there is time for it. */
    private static boolean recovers(ClientSession session, Kind kind, Exchange first, int made) {
        var client = session.client();
        long began = System.nanoTime();
        var pause = FIRST_PAUSE;
        var last = first;
        while (System.nanoTime() - began < RECOVERY.toNanos()) {
            if (last.retryAfter().filter(asked -> asked.compareTo(RECOVERY) > 0).isPresent()) {
                throw RuleAbortedException.inconclusive(
                        "after " + made + " requests in a session the server asks to wait for "
                                + Moment.words(last.retryAfter().get()));
            }
            client.pause(pause);
            pause = shorter(pause.multipliedBy(2), longestPause(client));
            last = kind.sendIn(session);
            if (kind.isServed(last)) {
                return true;
            }
            if (hasEnded(session, last)) {
                return false;
            }
        }
        if (last.header("Retry-After").isPresent() && last.retryAfter().isEmpty()) {
            throw RuleAbortedException.inconclusive("after " + made + " requests in a session the server asks to wait"
                    + " until " + last.header("Retry-After").get());
        }
        // The evidence is what was served: 429 by itself would tell of the client's haste alone.
        var served = inAnother(client, kind);
        throw new Violation(
                expectation(made),
                "it was answered " + last.describeReply() + " for " + Moment.words(System.nanoTime() - began)
                        + ", while another session is served",
                served);
    }

    /** Within which the session does not expire. */
    private static Duration longestPause(Client client) {
        return client.target()
                .idleTimeout()
                .map(timeout -> shorter(timeout.dividedBy(8), LONGEST_PAUSE))
                .orElse(LONGEST_PAUSE);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** The same request in a new session, which must be served: else the refusal is not about how much was asked. */
    private static Exchange inAnother(Client client, Kind kind) {
        var other = client.open();
        var reply = kind.sendIn(other);
        if (!kind.isServed(reply)) {
            throw RuleAbortedException.inconclusive("the server serves no other session either: " + reply.describe()
                    + " was answered " + reply.describeReply());
        }
        return reply;
    }
}
