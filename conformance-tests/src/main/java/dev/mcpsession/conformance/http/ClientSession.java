package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A session that a rule opened, and what is known of its activity. */
public final class ClientSession {
    /** How often a session is pinged that is to live, where the idle timeout does not ask for more. */
    private static final Duration OFTEN = Duration.ofMillis(250);

    /** Some servers answer one of these for a session that is gone, where 404 is due. */
    private static final Set<Integer> REFUSALS = Set.of(400, 401, 403, 410);

    private final Client client;
    private final String id;
    private final String label;
    private final Exchange opening;
    private final List<Exchange> activity = new ArrayList<>();
    private boolean ended;

    ClientSession(Client client, String id, String label, Exchange opening) {
        this.client = client;
        this.id = id;
        this.label = label;
        this.opening = opening;
        activity.add(opening);
    }

    public String id() {
        return id;
    }

    /** A short name, unique in the rule: A, B, C. */
    public String label() {
        return label;
    }

    public Client client() {
        return client;
    }

    /** The exchange that opened the session. */
    public Exchange opening() {
        return opening;
    }

    synchronized void record(Exchange exchange) {
        activity.add(exchange);
    }

    /** Says that the session is known to be gone, so that it needs no DELETE when the rule is over. */
    public synchronized void markEnded() {
        ended = true;
    }

    /** Whether the session is known to be gone. */
    public synchronized boolean isEnded() {
        return ended;
    }

    /**
     * The cookies that the server set in this session, as the value of a {@code Cookie} header; empty where there are
     * none. A balancer finds the node of a session by them.
     */
    synchronized String cookies() {
        var cookies = new LinkedHashMap<String, String>();
        for (var exchange : activity) {
            for (var cookie : exchange.headerValues("Set-Cookie")) {
                var pair = cookie.split(";", 2)[0].strip();
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    cookies.put(pair.substring(0, equals), pair);
                }
            }
        }
        return String.join("; ", cookies.values());
    }

    // ---- requests ----

    public Request post(JsonNode message) {
        return client.post(message).in(this);
    }

    /** A {@code ping} request: the cheapest probe that every server must answer. */
    public Request ping() {
        return post(client.request("ping"));
    }

    /** A notification that changes nothing: it cancels a request that was never made. */
    public Request notification() {
        return post(client.idleNotification());
    }

    /**
     * Requests of the kinds for which servers look up a session in places of their own: notifications, a response, a
     * list, a tool and a method that there are not, and a batch where the revision has them. Those are left out that a
     * server refuses in a session that lives, or ends its session at, as it may: they say nothing of a dead one.
     */
    public static List<Function<ClientSession, Request>> servedKinds(Client client) {
        var kinds = new ArrayList<Function<ClientSession, Request>>(List.of(
                ClientSession::notification,
                s -> s.post(Json.notification("notifications/initialized")),
                s -> s.post(Json.response("kit-nobody-asked")),
                s -> s.post(client.request("tools/list")),
                s -> s.post(client.callOfNoTool()),
                s -> s.post(client.request("no/such/method"))));
        if (client.revision() == Revision.V2025_03_26) {
            kinds.add(s -> s.post(Json.batch(client.request("ping"))));
        }
        var session = openAndPing(client);
        var served = new ArrayList<Function<ClientSession, Request>>();
        for (var kind : kinds) {
            // On a slow machine, the session may have expired.
            for (int tries = 0; tries < 2; tries++) {
                int status = kind.apply(session).send().status();
                if (!session.isGone(session.ping().send())) {
                    if (status / 100 != 4) {
                        served.add(kind);
                    }
                    break;
                }
                session = openAndPing(client);
            }
        }
        return served;
    }

    /** Where a ping was served, the refusal of a later one shows that the session is gone. */
    private static ClientSession openAndPing(Client client) {
        var session = client.open();
        session.ping().send();
        return session;
    }

    public Request get() {
        return client.get().in(this);
    }

    public Request delete() {
        return client.delete().in(this);
    }

    /** A call of the target's slow tool. */
    public Request slowCall() {
        return post(client.slowCall());
    }

    /**
     * Ends the session with DELETE.
     *
     * @throws RuleAbortedException if the server does not answer with 2xx, since a rule about what comes after cannot
     *     go on
     */
    public Exchange terminate() {
        var reply = delete().send();
        if (reply.status() / 100 != 2) {
            throw RuleAbortedException.inconclusive(
                    "the session could not be ended: DELETE was answered " + reply.describeReply());
        }
        awaitEndAfter(reply);
        markEnded();
        return reply;
    }

    /** Where a DELETE was only accepted (202), waits until it has been carried out, within the client's patience. */
    public void awaitEndAfter(Exchange deletion) {
        if (deletion.answered() && deletion.status() == 202) {
            long until = System.nanoTime() + client.patience().toNanos();
            while (!isGone(ping().send()) && System.nanoTime() < until) {
                client.pause(OFTEN);
            }
        }
    }

    // ---- judging ----

    /**
     * Waits for the end or the response of an exchange, and pings the session meanwhile, so that it does not expire.
     *
     * @return whether that came
     * @throws Suspicion if the session is gone
     */
    public boolean awaitAlive(Exchange exchange, Duration atMost, String because) {
        return awaitAlive(exchange, atMost, because, List.of(this));
    }

    /** As {@link #awaitAlive(Exchange, Duration, String)}, and pings these sessions, be this one among them or not. */
    private boolean awaitAlive(Exchange exchange, Duration atMost, String because, List<ClientSession> pinged) {
        long deadline = System.nanoTime() + atMost.toNanos();
        var step = client.target()
                .idleTimeout()
                .map(t -> t.dividedBy(4))
                .filter(t -> t.compareTo(OFTEN) < 0)
                .orElse(OFTEN);
        while (!exchange.await(() -> !exchange.isInFlight(), step)) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            for (var session : pinged) {
                var ping = session.ping().send();
                // A short outage meanwhile says nothing of the session.
                if (!ping.isBusy()) {
                    session.mustNotBeGone(ping, because);
                }
            }
        }
        return true;
    }

    /** As {@link #awaitAlive(Exchange, Duration, String)}, and pings another session as often. */
    public boolean awaitAlive(Exchange exchange, Duration atMost, String because, ClientSession other) {
        return awaitAlive(exchange, atMost, because, List.of(this, other));
    }

    /**
     * Probes the session and expects it to live: that the probe is answered, on its own stream and with its own id.
     *
     * @param because why it must, such as "after another session was ended"
     * @throws Suspicion if it is gone: a server may end a session of its own accord, so that needs confirmation
     * @throws Violation if the server ends its replies without the response, twice
     * @throws RuleAbortedException if it is gone, but may have been idle for the timeout: the machine was slow
     */
    public Exchange mustBeAlive(String because) {
        return mustBeAlive(ping().send(), because);
    }

    /** As {@link #mustBeAlive(String)}, with a probe that was sent already. */
    public Exchange mustBeAlive(Exchange probe, String because) {
        mustNotBeGone(probe, because);
        mustBeResponded(probe, because);
        return probe;
    }

    /**
     * The response to a request of this session, for which it waits: on its own stream, or on one that resumes that
     * where the server lets clients poll.
     */
    public Optional<JsonNode> responseTo(Exchange exchange, Duration atMost) {
        return Polling.response(client, request -> request.in(this), exchange, atMost);
    }

    /**
     * Whether a reply shows that the session is gone: by 404, or by the refusal of a ping where the same ping was
     * served before. That the status is the wrong one then is the business of other rules. A server may end a session
     * of its own accord, and credentials may run out: so this proves no breach without a control.
     */
    public boolean isGone(Exchange reply) {
        return reply.status() == 404 || isRefusedNow(reply);
    }

    private synchronized boolean isRefusedNow(Exchange reply) {
        return REFUSALS.contains(reply.status())
                && isPing(reply)
                && activity.stream()
                        .anyMatch(e -> e != reply
                                && isPing(e)
                                && e.answered()
                                && e.status() / 100 == 2
                                && headersBesideCookies(e).equals(headersBesideCookies(reply)));
    }

    private static boolean isPing(Exchange exchange) {
        return exchange.describe().equals("POST ping");
    }

    private static List<Header> headersBesideCookies(Exchange exchange) {
        return exchange.requestHeaders().stream()
                .filter(h -> !h.name().equalsIgnoreCase("Cookie"))
                .toList();
    }

    /** As {@link #isGone}, for a reply to any request: where that is refused, a ping tells. */
    private boolean isFoundGone(Exchange reply) {
        return isGone(reply)
                || REFUSALS.contains(reply.status())
                        && !isPing(reply)
                        && hasAnsweredPing()
                        && isAnsweredGone(ping().send());
    }

    private synchronized boolean hasAnsweredPing() {
        return activity.stream().anyMatch(e -> isPing(e) && e.answered() && e.status() / 100 == 2);
    }

    private boolean isAnsweredGone(Exchange ping) {
        return ping.answered() && isGone(ping);
    }

    /** Whether a request is served now. */
    private boolean isServed() {
        var ping = ping().send();
        return ping.answered() && ping.status() / 100 == 2;
    }

    /** A session that answers 2xx and nothing more is as dead as one that is gone. */
    private void mustBeResponded(Exchange probe, String because) {
        if (probe.requestId().isEmpty()
                || responseTo(probe, client.patience()).isPresent()
                || isAnsweredInList(probe)) {
            return;
        }
        var again = ping().send();
        mustNotBeGone(again, because);
        boolean silent = responseTo(again, client.patience()).isEmpty();
        var expected = "session " + label + " to answer " + because;
        var observation = "no response came to its " + probe.describe() + ": it was answered " + probe.describeReply()
                + (silent ? ", and so was another" : "");
        boolean sure = silent && endedWithout(probe) && endedWithout(again);
        throw sure ? new Violation(expected, observation, again) : new Suspicion(expected, observation, probe);
    }

    /** A list is the answer to a batch, and the wrong form for one request, which others judge; but it shows life. */
    private static boolean isAnsweredInList(Exchange probe) {
        return Json.singly(probe.messages()).stream()
                .anyMatch(
                        m -> Json.isResponse(m) && Json.sameId(probe.requestId().orElse(null), m.get("id")));
    }

    /** Whether the server ended the reply itself, so that the response will not come any more. */
    private static boolean endedWithout(Exchange probe) {
        return probe.endedByServer() && probe.failure().isEmpty();
    }

    /**
     * Demands that requests are served while the session lives, so that what they are answered after its end says
     * something of that end.
     *
     * @throws RuleAbortedException if one is not
     * @throws Suspicion if the session is gone
     */
    public void need(Request... requests) {
        for (var request : requests) {
            mustNotBeGone(request.send(), "when it was just opened");
        }
    }

    /**
     * Checks by the status alone that a request was served, and so that its session is there.
     *
     * @throws Suspicion if it is gone, as {@link #mustBeAlive(String)} has it
     */
    public Exchange mustNotBeGone(Exchange probe, String because) {
        int status = probe.status();
        var observation = "its " + probe.describe() + " was answered " + probe.describeReply();
        if (isFoundGone(probe)) {
            if (!mayHaveExpiredBefore(probe) && !probe.method().equals("DELETE") && isServed()) {
                throw RuleAbortedException.inconclusive("session " + label + " was answered " + status + " " + because
                        + ", and served at once after that: see concurrency/any-connection");
            }
            if (status == 404) {
                markEnded();
            }
            if (mayHaveExpiredBefore(probe)) {
                throw RuleAbortedException.inconclusive("session " + label + " was gone " + because
                        + ", but may rightly have expired: " + idleInWords(probe));
            }
            throw new Suspicion(
                    "session " + label + " to live " + because,
                    client.target().idleTimeout().isPresent() ? observation + "; " + idleInWords(probe) : observation,
                    probe);
        }
        probe.mustNotBeOverload("session " + label + " to be served " + because);
        if (status >= 500 && mayHaveExpiredBefore(probe)) {
            // That this is no answer for a session that has expired is the business of other rules.
            throw RuleAbortedException.inconclusive(
                    "session " + label + " may rightly have expired: " + idleInWords(probe) + "; " + observation);
        }
        if (status >= 500) {
            throw new Violation("session " + label + " to be served " + because, observation, probe);
        }
        if (status / 100 != 2) {
            throw RuleAbortedException.inconclusive(
                    "whether session " + label + " lives cannot be told: " + observation);
        }
        return probe;
    }

    /**
     * Checks that the session is gone, as it or one like it was found to be: by 404, where that came then. Where
     * another status said so, which other rules judge, that the request was not served.
     *
     * @param found the status that said so
     * @throws Violation if it is not
     */
    public void mustStayGone(int found, Exchange reply, String because) {
        if (found == 404) {
            mustBeGone(reply, because);
        } else {
            var expectation = "status 404 " + because;
            reply.mustReply(expectation).mustNotBeServed(expectation);
        }
    }

    /**
     * Checks that a request with the session's id was answered 404.
     *
     * @throws Violation if it was answered otherwise
     * @throws Suspicion if no answer came, or one that an overloaded server gives to anything
     */
    public Exchange mustBeGone(Exchange probe, String because) {
        if (probe.mustReply("status 404 " + because).status() == 404) {
            markEnded();
        }
        return probe.mustHaveStatus(404, because);
    }

    // ---- time ----

    /**
     * When the last activity was sent that the server had certainly taken note of when {@code probe} was sent: it had
     * been answered with success. What is under way may not have arrived, and what is rejected need not count.
     */
    private synchronized long lastServedAt(Exchange probe) {
        return activity.stream()
                .filter(e -> e != probe && e.answered() && e.headAt() <= probe.sentAt() && e.status() / 100 == 2)
                .mapToLong(Exchange::sentAt)
                .max()
                .orElseGet(opening::sentAt);
    }

    /** The last exchange of the session so far. */
    public synchronized Exchange lastActivity() {
        return activity.get(activity.size() - 1);
    }

    /** The last exchange of the session that was sent before another. */
    public synchronized Exchange lastActivityBefore(Exchange probe) {
        return activity.get(activity.indexOf(probe) - 1);
    }

    /**
     * When everything that was asked in the session had been answered, as seen from here.
     *
     * @throws RuleAbortedException if the server left a reply open, so that it may rightly think the session busy
     */
    public synchronized long quietSince() {
        return quietSince(null);
    }

    private synchronized long quietSince(@Nullable Exchange probe) {
        long quiet = Long.MIN_VALUE;
        for (var exchange : activity) {
            if (exchange == probe || (probe != null && exchange.sentAt() > probe.sentAt())) {
                continue;
            }
            if (!exchange.endedByServer()) {
                throw RuleAbortedException.inconclusive("the server left the reply to " + exchange.describe()
                        + " open, so when it began to count session " + label + " as idle is not known");
            }
            quiet = Math.max(quiet, exchange.endAt());
        }
        return quiet;
    }

    /** Bounds on the idle time that the server saw before a probe. */
    public IdleSpan idleBefore(Exchange probe) {
        return IdleSpan.between(lastServedAt(probe), quietSince(probe), probe);
    }

    /** The longest idle time that the server can have seen before a probe, in nanoseconds. */
    public long idleAtMostBefore(Exchange probe) {
        return probe.headAt() - lastServedAt(probe);
    }

    /**
     * Whether a right server may have ended the session for being idle before it answered a probe; false where no idle
     * timeout is known.
     */
    public boolean mayHaveExpiredBefore(Exchange probe) {
        return client.target()
                .idleTimeout()
                .map(timeout -> idleAtMostBefore(probe)
                        >= timeout.minus(client.clockSlack()).toNanos())
                .orElse(false);
    }

    private String idleInWords(Exchange probe) {
        return "it had been idle for at most " + Moment.words(idleAtMostBefore(probe)) + ", and the idle timeout is "
                + Moment.words(client.idleTimeout());
    }

    /** Waits until the session has been idle for a span, as seen from here. */
    public void idleFor(Duration span) {
        client.idleUntil(this, quietSince() + span.toNanos());
    }

    @Override
    public String toString() {
        return "session " + label;
    }
}
