package dev.mcpsession.conformance.http;

import static dev.mcpsession.conformance.judgement.Unless.LATE_HEAD;
import static dev.mcpsession.conformance.judgement.Unless.NO_STREAM_FOR_GET;

import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The requests of a client that has initialized: in its session where the server assigned one, else without. For
 * rules that hold of every server, whether or not it has sessions.
 */
public final class Conversation {
    /** How long to wait for the head of a GET stream of a server that sent one to the survey. */
    private static final Duration HEAD = Duration.ofSeconds(2);
    /** The same for a server that sent none: its refusals may come at once all the same. */
    private static final Duration REFUSAL = Duration.ofMillis(500);

    /** How often a request that was answered 404 is sent once more. */
    private static final int REPEATS = 3;

    private final Client client;
    private final @Nullable ClientSession session;
    private final Exchange opening;

    private Conversation(Client client, @Nullable ClientSession session, Exchange opening) {
        this.client = client;
        this.session = session;
        this.opening = opening;
    }

    /**
     * Initializes as a client does: the request and the notification.
     *
     * @throws RuleAbortedException if that does not work, since the rule cannot go on then
     * @throws Suspicion if the session is gone at once
     */
    public static Conversation open(Client client) {
        if (client.capabilities().sessions()) {
            var session = client.open();
            return new Conversation(client, session, session.opening());
        }
        var conversation = begin(client, client.initialize());
        var initialized = conversation
                .post(Json.notification("notifications/initialized"))
                .send();
        if (initialized.status() / 100 == 4) {
            // A request that every client is refused says nothing about the rule.
            mustServe(conversation.ping().send());
        }
        return conversation;
    }

    /**
     * Sends an {@code initialize} request, and nothing after it.
     *
     * @throws RuleAbortedException if that does not work
     */
    public static Conversation begin(Client client, ObjectNode initialize) {
        var opening = client.post(initialize).send();
        if (client.capabilities().sessions()) {
            return new Conversation(client, client.opened(opening), opening);
        }
        if (opening.status() != 200 || opening.result().isEmpty()) {
            throw RuleAbortedException.inconclusive("initialize was answered " + opening.describeReply());
        }
        return new Conversation(client, null, opening);
    }

    private static void mustServe(Exchange ping) {
        if (ping.status() / 100 == 4) {
            throw RuleAbortedException.inconclusive(
                    "the server assigned no session id, and refuses what comes without one: ping was" + " answered "
                            + ping.describeReply() + "; see assignment/id-where-needed");
        }
    }

    public Client client() {
        return client;
    }

    /** The session, where the server has sessions. */
    public Optional<ClientSession> session() {
        return Optional.ofNullable(session);
    }

    /** The exchange of {@code initialize}. */
    public Exchange opening() {
        return opening;
    }

    // ---- requests ----

    /** Makes a request one of this conversation. */
    public Request in(Request request) {
        return session == null ? request : request.in(session);
    }

    public Request post(JsonNode message) {
        return in(client.post(message));
    }

    /** A POST of any text as JSON. */
    public Request post(String body) {
        return in(client.post(body));
    }

    /** A POST of a request without params. */
    public Request request(String method) {
        return post(client.request(method));
    }

    public Request ping() {
        return request("ping");
    }

    /** A notification that changes nothing: it cancels a request that was never made. */
    public Request notification() {
        return post(idleNotification());
    }

    /** The message of {@link #notification()}. */
    public ObjectNode idleNotification() {
        return client.idleNotification();
    }

    public Request get() {
        return in(client.get());
    }

    /**
     * Opens a stream with GET, and waits for its head.
     *
     * @throws RuleAbortedException if the server offers none, or sends no head before there is an event: nothing can
     *     be seen then
     */
    public Exchange listen() {
        return listen(get());
    }

    /** As {@link #listen()}, with a GET that has been changed. */
    public Exchange listen(Request get) {
        var stream = awaitHead(get);
        if (status(stream) / 100 != 2 || !stream.isEventStream()) {
            throw RuleAbortedException.notApplicable(NO_STREAM_FOR_GET, "it was answered " + stream.describeReply());
        }
        return stream;
    }

    /**
     * Sends a GET, and waits for the head of the reply, and for all of it if it is no stream.
     *
     * @throws RuleAbortedException if it does not come soon: some servers send none until there is an event, and then
     *     nothing can be seen; others are only slow
     */
    public Exchange awaitHead(Request request) {
        int surveyed = client.capabilities().getStatus();
        boolean late = surveyed != 200 && surveyed != 405;
        var usual = late ? REFUSAL : HEAD;
        var atMost = client.patienceUpTo(usual);
        var get = request.open(atMost);
        if (!get.answered() && get.failure().isEmpty()) {
            throw late
                    ? RuleAbortedException.notApplicable(LATE_HEAD)
                    : RuleAbortedException.inconclusive("no head came in answer to GET, though one did before");
        }
        if (get.answered() && !get.isEventStream()) {
            get.awaitEnd(client.patience());
        }
        return get;
    }

    // ---- judging ----

    /**
     * The response to a request of this conversation, for which it waits: on its own stream, or on one that resumes
     * that where the server lets clients poll.
     */
    public Optional<JsonNode> responseTo(Exchange exchange, Duration atMost) {
        return Polling.response(client, this::in, exchange, atMost);
    }

    /**
     * The status of a reply in this conversation, where it tells something.
     *
     * @throws Suspicion if the session is gone
     * @throws RuleAbortedException if no reply came, or the server is too busy
     */
    public int status(Exchange exchange) {
        int status = exchange.status();
        if (status == 404 && session != null) {
            // Whether that is about the session or about the request shows in a plain request, and in this one once
            // more: a
            // balancer may lead to a server that does not know the session now and then.
            session.mustBeAlive("while requests are made in it");
            for (int i = 0; i < REPEATS; i++) {
                var again = exchange.again();
                if (again.answered() && again.status() != 404) {
                    throw RuleAbortedException.inconclusive(exchange.describe() + " was answered 404, and "
                            + again.status() + " when it was sent once more: see concurrency/any-connection");
                }
            }
        }
        if (status != 404 && status / 100 == 4 && session != null && session.mayHaveExpiredBefore(exchange)) {
            // Not every server says by 404 that a session has expired on a slow machine.
            session.mustBeAlive("while requests are made in it");
        }
        if (exchange.isOverload()) {
            throw RuleAbortedException.inconclusive(
                    "the server is too busy: " + exchange.describe() + " was answered " + exchange.describeReply());
        }
        return status;
    }

    /**
     * Checks the status of a reply in this conversation.
     *
     * @throws Violation if another status came
     * @throws Suspicion if the session is gone
     * @throws RuleAbortedException if no reply came, or the server is too busy
     */
    public Exchange mustHaveStatus(Exchange exchange, int expected, String because) {
        status(exchange);
        return exchange.mustHaveStatus(expected, because);
    }

    /**
     * Demands that a request is served as it is, so that what is answered to it in another form says something.
     *
     * @throws RuleAbortedException if it is not, or no reply came
     */
    public void need(Request request) {
        var reply = request.send();
        if (reply.status() / 100 != 2) {
            throw RuleAbortedException.inconclusive("even with nothing wrong about it, " + reply.describe()
                    + " was answered " + reply.describeReply() + ", so that a refusal of it says nothing");
        }
    }

    /**
     * Demands that GET opens a stream where there is nothing wrong about it. That no head comes is no refusal.
     *
     * @throws RuleAbortedException if it is refused
     */
    public void needStream() {
        var get = get().open(client.patienceUpTo(HEAD));
        boolean refused = get.answered() && get.status() / 100 != 2;
        get.close();
        if (refused) {
            throw RuleAbortedException.inconclusive("even with nothing wrong about it, GET was answered "
                    + get.describeReply() + ", so that a refusal of it says nothing");
        }
    }

    /**
     * A request that any server answers must have been served; else nothing can be said of how it was.
     *
     * @throws RuleAbortedException if it was not
     */
    public Exchange served(Exchange exchange) {
        if (status(exchange) / 100 != 2) {
            throw RuleAbortedException.inconclusive(exchange.describe() + " was answered " + exchange.describeReply());
        }
        return exchange;
    }
}
