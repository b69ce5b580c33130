package dev.mcpsession.conformance.rules.concurrency;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Misanswer;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Overlap;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Several sessions, requests and connections at the same time: none is disturbed by another. */
public final class ConcurrencyRules {
    private static final String RESPONSES = "basic, Responses";
    /** How often two requests with the same id are sent at once: that they cross may take luck. */
    private static final int ROUNDS = 8;

    private static final int BURST = 30;
    private static final int CONNECTIONS = 9;
    /** How often a rule is tried that did not see what it must. */
    private static final int TRIES = 2;

    /** In how many other sessions the id of a call is used while that is in flight. */
    private static final int USES_OF_AN_ID = 3;

    private static final Duration STEP = Duration.ofMillis(100);

    /** How long the head of a GET stream is waited for. */
    private static final Duration HEAD = Duration.ofSeconds(3);

    /** So long stays a GET stream open that a server does not end by itself, for all that a rule looks at. */
    private static final Duration LASTING = Duration.ofMillis(600);

    /** A stream that is ended at once does not live so long. */
    private static final Duration BRIEF = Duration.ofMillis(150);
    /** Between attempts to open a session that are refused. */
    private static final Duration AGAIN = Duration.ofMillis(150);

    // ---- another session ----

    @Rule(
            id = "concurrency/sessions-side-by-side",
            isolation = true,
            level = MUST,
            sessions = 2,
            requires = SESSIONS,
            title = "When another session is opened, the first is answered as before",
            source = RESPONSES + "; basic/transports, Sending Messages to the Server, item 5")
    void sessionsSideBySide(Client client) {
        var first = client.open();
        first.mustBeAlive("when it was just opened");
        var second = client.open();
        first.mustBeAlive("after " + second + " was opened beside it");
        second.mustBeAlive("when it was just opened beside " + first);
        first.mustBeAlive("after a request in " + second);
        var pings = client.sendAll(6, i -> (i % 2 == 0 ? first : second).ping());
        for (int i = 0; i < pings.size(); i++) {
            (i % 2 == 0 ? first : second).mustBeAlive(pings.get(i), "while another session asks too");
        }
    }

    @Rule(
            id = "concurrency/second-session-opens",
            dependsOn = "concurrency/served-beside-call",
            isolation = true,
            level = CONTRACT,
            sessions = 2,
            title = "A second client may initialize while the first is there, unless there is no room (503)",
            source = "session contract, point 10")
    void secondSessionOpens(Client client) {
        // The survey began with an initialize that was served.
        mustOpen(client, "after one was served before");
        mustOpen(client, "beside another client");
    }

    private static void mustOpen(Client client, String when) {
        var expected =
                "initialize of a new client to be served " + when + ", or refused with 503 where there is no room";
        Exchange last = null;
        for (int tries = 0; tries < 3; tries++) {
            if (tries > 0) {
                client.pause(AGAIN);
            }
            last = client.post(client.initialize()).send();
            int status = last.mustReply(expected).mustNotBeOverload(expected).status();
            if (last.result().isPresent()) {
                var opening = last;
                opening.sessionId().ifPresent(id -> client.adopt(id, opening));
                return;
            }
            if (status == 401 || status == 403) {
                throw RuleAbortedException.inconclusive("initialize was answered " + last.describeReply());
            }
        }
        throw new Violation(
                expected, "it was answered " + Objects.requireNonNull(last).describeReply() + ", three times", last);
    }

    // ---- the same ids ----

    @Rule(
            id = "concurrency/same-ids-do-not-cross",
            dependsOn = "concurrency/burst-answered",
            level = MUST,
            sessions = 2,
            requires = SESSIONS,
            title = "Requests with the same JSON-RPC id in two sessions at once each get their own response",
            source = RESPONSES)
    void sameIdsDoNotCross(Client client) {
        var one = client.open();
        var other = client.open();
        if (one.mustBeAlive("when it was just opened").result().isEmpty()) {
            throw RuleAbortedException.inconclusive("ping brings no result: see transport/ping-answered");
        }
        one.post(client.request("no/such/method")).send();
        if (one.isGone(one.ping().send())) {
            throw RuleAbortedException.inconclusive(
                    "a session ends when it asks for an unknown method: see transport/unknown-method-harmless");
        }
        int whole = 0;
        for (int round = 0; round < ROUNDS; round++) {
            // Each id is used once in a session, as clients must.
            int id = client.nextId();
            var pinging = round % 2 == 0 ? one : other;
            var asking = round % 2 == 0 ? other : one;
            var replies = client.sendAll(
                    2,
                    i -> i == 0
                            ? pinging.post(Json.request(id, "ping"))
                            : asking.post(Json.request(id, "no/such/method")));
            whole += isOwn(client, pinging, replies.get(0), true) ? 1 : 0;
            whole += isOwn(client, asking, replies.get(1), false) ? 1 : 0;
        }
        if (whole <= ROUNDS) {
            throw RuleAbortedException.inconclusive("only " + whole + " of " + 2 * ROUNDS + " requests were answered");
        }
    }

    private static boolean isOwn(Client client, ClientSession session, Exchange reply, boolean ping) {
        var because = "beside a request with the same id in another session";
        if (reply.status() / 100 != 2) {
            if (ping || reply.status() == 404) {
                session.mustNotBeGone(reply, because);
            }
            // Some refuse a method that they do not know with a status.
            return !ping;
        }
        var response = session.responseTo(reply, client.patience());
        if (response.isEmpty()) {
            throw new Suspicion(
                    "the response to " + reply.describe() + " " + because,
                    "none came: it was answered " + reply.describeReply(),
                    reply);
        }
        reply.mustHave(
                response.get().has("result") == ping,
                (ping ? "the result of ping" : "an error for an unknown method") + " " + because,
                "got " + response.get());
        return true;
    }

    @Rule(
            id = "concurrency/same-id-as-a-call",
            level = MUST,
            sessions = USES_OF_AN_ID + 1,
            once = true,
            requires = {SESSIONS, SLOW_TOOL},
            title = "A call in flight and a request with its JSON-RPC id in another session each get their own "
                    + "response",
            source = RESPONSES)
    void sameIdAsACall(Client client) {
        client.tries(TRIES, () -> sameIdBesideACall(client));
    }

    private static Exchange sameIdBesideACall(Client client) {
        var session = client.open();
        var beside = client.open();
        var message = client.slowCall();
        var id = message.get("id");
        var undisturbed = beside.slowCall().start();
        var call = session.post(message).start();
        var pings = new ArrayList<Exchange>();
        // On a busy machine, the first may come to the server before the call does.
        for (int i = 0; i < USES_OF_AN_ID; i++) {
            client.pause(i == 0 ? client.underWay() : STEP);
            var other = i == 0 ? beside : client.open();
            var ping = other.post(withId("ping", id)).send();
            other.mustBeAlive(ping, "while a call with the same id is in flight in another session");
            var got = other.responseTo(ping, client.patience());
            ping.mustHave(
                    got.map(r -> !Overlap.isOfCall(r)).orElse(true),
                    "the response to ping, and not that to a call in another session",
                    "got " + got.map(JsonNode::toString).orElse(""));
            pings.add(ping);
        }
        Overlap.mustEndLike(
                undisturbed, call, session, beside, "a call in flight, while its id is used in another session too");
        var met = pings.stream()
                .filter(ping -> Overlap.during(call, client, ping.sentAt(), Overlap.responseAt(ping)))
                .findFirst();
        return met.orElseGet(() -> {
            var first = pings.get(0);
            Overlap.mustHaveMet(client, call, first.sentAt(), Overlap.responseAt(first), "its id was used again");
            return first;
        });
    }

    @Rule(
            id = "concurrency/ids-of-two-types",
            dependsOn = "concurrency/served-beside-call",
            level = ADVICE,
            sessions = 2,
            once = true,
            requires = {SESSIONS, SLOW_TOOL},
            title = "A number and its digits as a string are two JSON-RPC ids: a call with the one and a ping with the "
                    + "other each get their own response",
            source = "basic, Requests and Responses: an id is a string or an integer")
    void idsOfTwoTypes(Client client) {
        client.tries(TRIES, () -> digitsBesideACall(client));
    }

    private static Exchange digitsBesideACall(Client client) {
        var session = client.open();
        var beside = client.open();
        var message = client.slowCall();
        // A server to which a string is no id at all is another matter.
        session.mustBeAlive(
                session.post(withId("ping", string("kit-" + client.nextId()))).send(), "when it was just opened");
        var undisturbed = beside.slowCall().start();
        var call = session.post(message).start();
        client.pause(client.underWay());
        var ping = session.post(withId("ping", string(message.get("id").asString())))
                .send();
        var response = ping.answered() && ping.status() / 100 == 2
                ? session.responseTo(ping, client.patience())
                : Optional.<JsonNode>empty();
        if (!ping.answered() && call.isInFlight()) {
            throw RuleAbortedException.inconclusive("no reply came while the call was in flight: the server may serve"
                    + " one request after the other, and the call takes longer than --patience");
        }
        if (response.isEmpty() || Overlap.isOfCall(response.get())) {
            session.mustBeAlive("beside a call");
            throw new Suspicion(
                    "the response to a ping with the id " + ping.requestId().orElseThrow()
                            + ", beside a call with the id " + message.get("id"),
                    response.map(r -> "got " + r).orElseGet(() -> "none came: " + ping.describeReply()),
                    ping);
        }
        Overlap.mustEndLike(
                undisturbed,
                call,
                session,
                beside,
                "a call in flight, beside a ping with the digits of its id as a string");
        Overlap.mustHaveMet(client, call, ping.sentAt(), Overlap.responseAt(ping), "the ping came");
        return ping;
    }

    private static JsonNode string(String id) {
        return Json.object().put("id", id).get("id");
    }

    private static JsonNode withId(String method, JsonNode id) {
        var message = Json.notification(method);
        message.set("id", id);
        return message;
    }

    @Rule(
            id = "concurrency/foreign-cancel-harmless",
            level = CONTRACT,
            sessions = 3,
            once = true,
            requires = {SESSIONS, SLOW_TOOL},
            title = "A cancellation in one session ends no call of another session with the same JSON-RPC id",
            source = "session contract, point 12; basic/utilities/cancellation, Behavior Requirements")
    void foreignCancelHarmless(Client client) {
        client.tries(TRIES, () -> cancelledElsewhere(client));
    }

    private static Exchange cancelledElsewhere(Client client) {
        var session = client.open();
        var other = client.open();
        var message = withIdOfItsOwn(client.slowCall());
        var later = withIdOfItsOwn(client.slowCall());
        // What a ping is answered while the sessions live tells later whether they do.
        session.mustBeAlive("when it was just opened");
        other.mustBeAlive("when it was just opened");
        cancelInVain(session, later.get("id"));
        var undisturbed = other.post(later).start();
        var call = session.post(message).start();
        client.pause(client.underWay());
        var cancelled = cancelInVain(other, message.get("id"));
        mustBringItsResult(undisturbed, other, session);
        Overlap.mustEndLike(
                undisturbed,
                call,
                session,
                other,
                "a call in flight, after another session cancelled a request with its id");
        Overlap.mustHaveMet(client, call, cancelled.sentAt(), cancelled.headAt(), "the cancellation came");
        return cancelled;
    }

    /**
     * The message with an id that no other rule uses. All count theirs from 1, and where a server has one table of all
     * calls by their ids, a call of another rule that runs beside may have taken the place of this one: it is not
     * cancelled then.
     */
    private static ObjectNode withIdOfItsOwn(ObjectNode message) {
        return message.put("id", ThreadLocalRandom.current().nextInt(1 << 24, Integer.MAX_VALUE));
    }

    /** Cancels a request that the session never made. */
    private static Exchange cancelInVain(ClientSession session, JsonNode id) {
        var cancelled = session.post(Json.cancellation(id)).send();
        return session.mustNotBeGone(cancelled, "when it cancelled a request that it had never made");
    }

    /** Checks a call that another session cancelled before it was made; one that nobody cancelled is the control. */
    private static void mustBringItsResult(Exchange call, ClientSession session, ClientSession canceller) {
        var client = session.client();
        var patience = client.patience().multipliedBy(3);
        canceller.awaitAlive(call, patience, "while a call is in flight");
        var response = session.responseTo(call, client.patience());
        if (response.filter(Overlap::isOfCall).isPresent()
                || session.isGone(session.ping().send())) {
            return;
        }
        var control = client.open();
        var usual = control.slowCall().start();
        // Not by pings of its own session, which that of the other call did not get: they may be what keeps a call.
        canceller.awaitAlive(usual, patience, "while a call is in flight");
        if (control.responseTo(usual, client.patience())
                .filter(Overlap::isOfCall)
                .isPresent()) {
            throw new Suspicion(
                    "a call to bring its result, though another session had cancelled its id before it was made",
                    response.map(r -> "got " + r).orElseGet(() -> "no response came: " + call.describeReply()),
                    call);
        }
    }

    @Rule(
            id = "concurrency/foreign-delete-harmless",
            level = CONTRACT,
            retriedAlone = true,
            sessions = 3,
            once = true,
            requires = {SESSIONS, SLOW_TOOL, DELETE},
            dependsOn = "assignment/sessions-independent",
            title = "The DELETE of one session ends no call of another",
            source = "session contract, point 4")
    void foreignDeleteHarmless(Client client) {
        client.tries(TRIES, () -> deletedElsewhere(client));
    }

    private static Exchange deletedElsewhere(Client client) {
        // Opened between the two, so that neither the oldest nor the newest is the one that ends.
        var session = client.open();
        var ended = client.open();
        var other = client.open();
        var call = session.slowCall().start();
        client.pause(client.underWay());
        var deletion = ended.terminate();
        // After the DELETE, since it must not meet that.
        var undisturbed = other.slowCall().start();
        Overlap.mustEndLike(
                undisturbed, call, session, other, "a call in flight, after another session was ended by DELETE");
        Overlap.mustHaveMet(client, call, deletion.sentAt(), deletion.headAt(), "the DELETE came");
        return deletion;
    }

    // ---- many requests in one session ----

    @Rule(
            id = "concurrency/burst-answered",
            explains = Misanswer.OF_ANOTHER,
            level = MUST,
            sessions = 2,
            title = "Of many requests that come at once, each gets its own response",
            source = RESPONSES + "; basic/transports, Sending Messages to the Server, items 5 and 6")
    void burstAnswered(Client client) {
        var talk = Conversation.open(client);
        // Some servers serve one request after the other: the last of them waits for all others.
        long began = System.nanoTime();
        talk.request("tools/list").send();
        talk.ping().send();
        var inTurn = Duration.ofNanos(BURST * (System.nanoTime() - began));
        var patience = inTurn.compareTo(client.patience()) < 0 ? client.patience() : inTurn;
        var replies = client.sendAll(BURST, patience, i -> talk.request(i % 3 == 0 ? "tools/list" : "ping"));
        mustNotCross(replies, "requests at once");
        mustBeAnswered(client, talk, replies);
        if (client.capabilities().sessions()) {
            var other = Conversation.open(client);
            mustNotCross(
                    client.sendAll(BURST, i -> (i % 2 == 0 ? talk : other).request(i % 3 == 0 ? "tools/list" : "ping")),
                    "requests at once in two sessions");
        }
    }

    /** Checks that no reply carries the response to another of the requests. */
    private static void mustNotCross(List<Exchange> replies, String what) {
        for (var reply : replies) {
            for (var message : Json.singly(reply.messages())) {
                boolean crossed = Json.isResponse(message)
                        && replies.stream()
                                .anyMatch(other -> other != reply
                                        && Json.sameId(other.requestId().orElseThrow(), message.get("id")));
                reply.mustHave(
                        !crossed,
                        "each of " + replies.size() + " " + what + " to get its own response",
                        "answers cross: the request with the id "
                                + reply.requestId().orElseThrow() + " got the response to that with the id "
                                + message.get("id"));
            }
        }
    }

    /** Whether the id of the response is that of the request as a text, such as "7" for 7, and yet not the same. */
    private static boolean hasOwnIdInAnotherForm(Exchange reply) {
        var own = reply.requestId().orElseThrow();
        return Json.singly(reply.messages()).stream()
                .filter(Json::isResponse)
                .map(message -> message.path("id"))
                .anyMatch(id -> id.isValueNode()
                        && !Json.sameId(own, id)
                        && id.asString().equals(own.asString()));
    }

    private static void mustBeAnswered(Client client, Conversation talk, List<Exchange> replies) {
        if (replies.stream().anyMatch(ConcurrencyRules::hasOwnIdInAnotherForm)) {
            throw RuleAbortedException.inconclusive(
                    "a response has its id in another form: see transport/response-carries-id");
        }
        var dropped = new ArrayList<Exchange>();
        int answered = 0;
        int refused = 0;
        for (var reply : replies) {
            if (!reply.answered()) {
                dropped.add(reply);
            } else if (reply.status() == 404) {
                talk.status(reply);
                refused++;
            } else if (reply.status() / 100 != 2) {
                reply.mustHave(
                        reply.status() < 500 || reply.isOverload(),
                        "each of " + BURST + " requests at once to be answered",
                        "got " + reply.describeReply());
                refused++;
            } else if (talk.responseTo(reply, Duration.ofMillis(1)).isPresent()) {
                answered++;
            } else {
                dropped.add(reply);
            }
        }
        if (!dropped.isEmpty()) {
            // The end of the session is another matter.
            talk.session().ifPresent(s -> s.mustBeAlive("while many requests are made in it"));
            throw new Suspicion(
                    "each of " + BURST + " requests at once to be answered",
                    dropped.size() + " got no response: " + dropped.get(0).describeReply(),
                    dropped.get(0));
        }
        if (answered < BURST / 2) {
            throw RuleAbortedException.inconclusive(refused + " of " + BURST + " requests at once were refused: "
                    + replies.get(BURST - 1).describeReply());
        }
    }

    @Rule(
            id = "concurrency/served-beside-call",
            dependsOn = "transport/unknown-method-harmless",
            level = CONTRACT,
            once = true,
            sessions = 3,
            requires = SLOW_TOOL,
            title = "While a call is in flight, the other requests of its session and a new client are served as ever",
            source = "session contract, point 13")
    void servedBesideCall(Client client) {
        client.tries(TRIES, () -> servedBeside(client));
    }

    private static Exchange servedBeside(Client client) {
        // Where a second client is refused without a call as well, that is another matter.
        var another = another(client);
        var talk = Conversation.open(client);
        boolean opens = another.opens();
        var alone = talk.session().flatMap(s -> another.stream());
        // A server may refuse what it has no use for; that is refused without the call as well.
        var samples = Stream.<Supplier<Request>>of(
                        talk::ping,
                        () -> talk.request("tools/list"),
                        () -> talk.request("no/such/method"),
                        talk::notification,
                        () -> talk.post(Json.response("kit-nobody-asked")))
                .map(request -> new Sample(request, request.get().send()))
                .filter(sample -> talk.status(sample.before()) / 100 == 2)
                .toList();
        var call = talk.post(client.slowCall()).start();
        client.pause(client.underWay());
        var stream = alone.map(s -> talk.get().start());
        var beside = client.sendAll(
                samples.size() + (opens ? 1 : 0),
                i -> i < samples.size() ? samples.get(i).request().get() : client.post(client.initialize()));
        boolean quick = call.isInFlight();
        if (quick
                && beside.stream()
                        .anyMatch(e -> !e.endedByServer() && e.response().isEmpty())) {
            throw RuleAbortedException.inconclusive("no reply came while the call was in flight: the server may serve"
                    + " one request after the other, and the call takes longer than --patience");
        }
        for (int i = 0; i < samples.size(); i++) {
            mustBeServedAlike(talk, samples.get(i), beside.get(i));
        }
        if (opens) {
            mustBeOpened(client, beside.get(samples.size()));
        }
        stream.ifPresent(s -> mustStreamBeside(talk, call, alone.orElseThrow(), s, quick));
        // A server that serves one request after the other answers when the call is over, which is no refusal.
        call.await(() -> !call.isInFlight(), client.patience());
        if (!beside.stream().allMatch(e -> Overlap.during(call, client, e.sentAt(), e.sentAt()))) {
            throw RuleAbortedException.inconclusive(
                    "the call was over too soon to be met by other requests: the machine was"
                            + " slow, or the tool is quick; see --slow-tool");
        }
        return call;
    }

    /**
     * What another client sees while no call is in flight; its session is ended again.
     *
     * @param opens whether it can initialize
     * @param stream the GET stream of its session, which may allow one, where that opens at once and stays open
     */
    private record Another(boolean opens, Optional<Exchange> stream) {}

    private static Another another(Client client) {
        var opening = client.post(client.initialize()).send();
        var session = opening.sessionId().map(id -> client.adopt(id, opening));
        var stream = session.flatMap(ConcurrencyRules::lastingStream);
        session.filter(s -> client.capabilities().deleteOffered())
                .filter(s -> s.delete().send().status() / 100 == 2)
                .ifPresent(ClientSession::markEnded);
        return new Another(opening.result().isPresent(), stream);
    }

    private static Optional<Exchange> lastingStream(ClientSession session) {
        if (session.client().capabilities().getStatus() != 200) {
            return Optional.empty();
        }
        session.post(Json.notification("notifications/initialized")).send();
        var stream = session.get().start();
        stream.awaitHead(session.client().patienceUpTo(HEAD));
        if (stream.answered() && session.isGone(stream)) {
            throw RuleAbortedException.inconclusive("a session was gone before it could open a GET stream");
        }
        boolean opens = stream.answered() && stream.status() == 200 && stream.isEventStream();
        boolean ends = opens && stream.awaitEnd(LASTING);
        stream.close();
        return Optional.of(stream).filter(s -> opens && !ends);
    }

    /**
     * Checks that a GET stream opens while a call of its session is in flight, and stays open, as that of another
     * session did.
     *
     * @param quick whether all else was answered while the call was in flight: a server that serves one request after
     *     the other may open the stream when the call is over
     */
    private static void mustStreamBeside(
            Conversation talk, Exchange call, Exchange alone, Exchange first, boolean quick) {
        var expected = "a GET stream to open while a call of its session is in flight, and to stay open, as that of"
                + " another session did";
        var stream = first;
        for (int looks = 1; ; looks++) {
            while (!stream.answered() && !stream.ended() && call.isInFlight()) {
                stream.awaitHead(STEP);
            }
            long head = stream.answered() ? stream.headAt() : System.nanoTime();
            if (!call.isInFlight() && head > Overlap.responseAt(call)) {
                long waited = head - stream.sentAt();
                stream.close();
                if (quick && waited > LASTING.toNanos() / 2 && waited > 4 * (alone.headAt() - alone.sentAt())) {
                    throw new Suspicion(expected, "no head came until the call was over", stream);
                }
                return;
            }
            if (talk.status(stream) != 200 || !stream.isEventStream()) {
                throw new Suspicion(expected, "got " + stream.describeReply(), stream);
            }
            boolean ended = stream.awaitEnd(BRIEF) && stream.endedByServer() && call.isInFlight();
            stream.close();
            if (!ended) {
                return;
            }
            if (looks == 3) {
                throw new Suspicion(expected, "the server ended it at once, each of 3 times", stream);
            }
            stream = talk.get().start();
        }
    }

    private static void mustBeOpened(Client client, Exchange opening) {
        opening.mustReply("initialize of a new client to be answered while a call of another is in flight")
                .mustHave(
                        opening.result().isPresent() || opening.isOverload(),
                        "initialize of a new client to be served while a call of another is in flight, or refused with"
                                + " 503 where there is no room",
                        "got " + opening.describeReply());
        opening.sessionId().ifPresent(id -> client.adopt(id, opening));
    }

    /** A request, and the exchange in which it was served while no call was in flight. */
    private record Sample(Supplier<Request> request, Exchange before) {}

    private static void mustBeServedAlike(Conversation talk, Sample sample, Exchange reply) {
        var beside = " while a call of its session is in flight, as before that";
        int status = talk.status(reply.mustReply(reply.describe() + " to be answered" + beside));
        boolean alike = status / 100 == 2
                && sample.before().result().isPresent() == reply.result().isPresent()
                && sample.before().error().isPresent() == reply.error().isPresent();
        if (!alike) {
            throw new Suspicion(
                    reply.describe() + " to be served" + beside,
                    "got " + reply.describeReply() + ", and before "
                            + sample.before().describeReply(),
                    reply);
        }
    }

    @Rule(
            id = "concurrency/ping-beside-call",
            level = ADVICE,
            once = true,
            sessions = 2,
            requires = SLOW_TOOL,
            title = "While a call is in flight, pings of its session are answered",
            source = "basic/utilities/ping, Behavior Requirements")
    void pingBesideCall(Client client) {
        client.tries(TRIES, () -> pingedBesideCall(client));
    }

    /** A ping, when its response had come, and how many pings of another client were answered meanwhile. */
    private record Ping(Exchange exchange, long answeredAt, int others) {}

    private static Exchange pingedBesideCall(Client client) {
        var talk = Conversation.open(client);
        var beside = Conversation.open(client);
        var call = talk.post(client.slowCall()).start();
        client.pause(client.underWay());
        var pings = new ArrayList<Ping>();
        // To the end of the call: only what comes late in it is known to have come after it began.
        while (pings.isEmpty() || call.isInFlight()) {
            pings.add(ping(talk, beside, call));
            call.await(() -> !call.isInFlight(), Duration.ofNanos((System.nanoTime() - call.sentAt()) / 10));
            if (System.nanoTime() - call.sentAt()
                    > client.patience().multipliedBy(4).toNanos()) {
                throw RuleAbortedException.inconclusive("the call takes too long to be waited for; see --slow-tool");
            }
        }
        long over = Overlap.responseAt(call);
        for (var ping : pings) {
            long waited = ping.answeredAt() - ping.exchange().sentAt();
            if (ping.others() > 1
                    && ping.answeredAt() > over - STEP.toNanos()
                    && ping.exchange().sentAt() < over
                    && waited > 3 * STEP.toNanos()) {
                throw new Suspicion(
                        "a ping to be answered while a call of its session is in flight",
                        "it was answered after " + Moment.words(waited) + ", when the call was over, while "
                                + ping.others() + " pings of another client were answered",
                        ping.exchange());
            }
        }
        if (pings.stream()
                .noneMatch(p -> Overlap.during(call, client, p.exchange().sentAt(), p.answeredAt()))) {
            throw RuleAbortedException.inconclusive("no ping was certainly answered while the call was in flight: the"
                    + " machine was slow, or the tool is quick; see --slow-tool");
        }
        return call;
    }

    private static Ping ping(Conversation talk, Conversation beside, Exchange call) {
        var ping = talk.ping().start();
        int others = 0;
        while (!ping.await(() -> ping.response().isPresent() || ping.ended(), STEP) && call.isInFlight()) {
            beside.served(beside.ping().send());
            others++;
        }
        var client = talk.client();
        boolean answered = talk.responseTo(ping, client.patience()).isPresent();
        talk.status(ping);
        if (!answered) {
            throw new Suspicion(
                    "a ping to be answered while a call of its session is in flight",
                    "no response came: " + ping.describeReply(),
                    ping);
        }
        return new Ping(ping, Overlap.responseAt(ping), others);
    }

    // ---- many connections ----

    @Rule(
            id = "concurrency/any-connection",
            isolation = true,
            level = MUST,
            requires = SESSIONS,
            title = "A session is known on every connection, and an id that was answered 404 is never served again",
            source = "basic/transports, Session Management, items 3 and 4")
    void anyConnection(Client client) {
        var session = client.openWithoutInitialized();
        List<Exchange> pings = new ArrayList<>();
        for (int i = 0; i <= CONNECTIONS; i++) {
            var ping = i == 0
                    ? session.post(Json.notification("notifications/initialized"))
                            .send()
                    : session.ping().raw().send();
            pings.add(ping);
            var gone = pings.stream()
                    .filter(p -> p.answered() && p.status() == 404)
                    .findFirst();
            if (ping.status() / 100 == 2 && gone.isPresent()) {
                throw new Violation(
                        "an id that was answered 404 to be served never again",
                        "requests of one session over new connections were answered " + statuses(pings),
                        ping);
            }
        }
        var last = pings.stream().filter(p -> p.status() == 404).findFirst();
        if (last.isPresent()) {
            session.mustBeAlive("over a new connection");
        }
        if (!session.opening().headerValues("Set-Cookie").isEmpty()) {
            client.note("initialize sets a cookie; a client that does not send it back may not find its session");
        }
    }

    private static String statuses(List<Exchange> pings) {
        return String.join(
                " ", pings.stream().map(p -> String.valueOf(p.status())).toList());
    }
}
