package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.Json;
import dev.mcpsession.server.protocol.LegacyProtocol;
import dev.mcpsession.server.protocol.LegacyProtocol.Client;
import dev.mcpsession.server.protocol.Message;
import dev.mcpsession.server.protocol.Message.Request;
import dev.mcpsession.server.protocol.Payload;
import dev.mcpsession.server.protocol.Responses;
import dev.mcpsession.server.protocol.Revision;
import dev.mcpsession.server.protocol.RpcException;
import dev.mcpsession.server.session.Peers;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.Sessions;
import dev.mcpsession.server.session.Use;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.SameThreadExecutor;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves the revisions with sessions. A session is acquired as soon as the head of a request names it, before the body
 * is read, and released when the exchange has ended; a call that is still at work then holds the session on its own
 * account.
 */
final class LegacyHandler {

    /** The ids of the two events that answer {@code initialize}. Other streams are counted from 1. */
    private static final String OPENING_PRIMED = "0-1";

    private static final String OPENING_ANSWERED = "0-2";

    private final Sessions sessions;
    private final LegacyProtocol protocol;
    private final EndpointState state;
    private final Later later;
    private final EndpointOptions options;
    private final Long retry;

    LegacyHandler(Sessions sessions, LegacyProtocol protocol, EndpointState state) {
        this.sessions = sessions;
        this.protocol = protocol;
        this.state = state;
        later = new Later(state.replies());
        options = state.options();
        retry = options.streams().retry().toMillis();
    }

    void get(HttpServerExchange exchange, @Nullable String principal) throws Refused {
        if (!MediaTypes.accepts(exchange.getRequestHeaders().get(Headers.ACCEPT), Replies.EVENT_STREAM)) {
            throw new Refused(406, "Not acceptable: the client must accept text/event-stream");
        }
        enter(exchange, principal, Use.STREAM, session -> stream(exchange, require(session)));
    }

    private void stream(HttpServerExchange exchange, Session session) throws Refused {
        checkVersion(exchange, session);
        var lastEvent = exchange.getRequestHeaders().getFirst(McpHeaders.LAST_EVENT_ID);
        if (resumesOpening(exchange, LegacySession.of(session), lastEvent)) {
            return;
        }
        var streams = streams(session);
        SessionStreams.Cursor cursor;
        if (lastEvent != null && streams.keepsEvents()) {
            if (sessions.peers().any()) {
                later.then(exchange, streams.resume(lastEvent), found -> {
                    if (found == null) {
                        throw SessionStreams.notKept();
                    }
                    serve(exchange, found);
                });
                return;
            }
            cursor = streams.find(lastEvent);
        } else {
            cursor = new SessionStreams.Cursor(streams.listen(), 0);
            prime(cursor.stream(), LegacySession.of(session));
        }
        serve(exchange, cursor);
    }

    private void serve(HttpServerExchange exchange, SessionStreams.Cursor cursor) {
        exchange.dispatch(SameThreadExecutor.INSTANCE, () -> {
            PeerWatch.start(exchange);
            cursor.stream().serve(exchange, state.streams(), cursor.event());
        });
    }

    /**
     * Sends the rest of the stream that has answered {@code initialize}, if the client resumes that. Its events are not
     * kept, since most sessions have no others: they are made anew.
     */
    private boolean resumesOpening(HttpServerExchange exchange, LegacySession session, String lastEvent) {
        if (!keepsAnswers(session.revision()) || retryMillis(session.revision()) == null) {
            return false;
        }
        if (OPENING_PRIMED.equals(lastEvent)) {
            var response = protocol.opened(session.opening(), session.revision());
            state.replies().stream(exchange, Replies.event(OPENING_ANSWERED, response));
        } else if (OPENING_ANSWERED.equals(lastEvent)) {
            state.replies().stream(exchange, new byte[0]);
        } else {
            return false;
        }
        return true;
    }

    private SessionStreams streams(Session session) throws Refused {
        return LegacySession.of(session).streams(session, state, sessions.peers());
    }

    private void prime(MessageStream stream, LegacySession session) {
        var retry = retryMillis(session.revision());
        if (retry != null) {
            stream.prime(retry);
        }
    }

    /**
     * Returns the delay that the first event of a stream names to the client; null if there is no such event. Clients
     * of earlier revisions take an event without a message for a broken one.
     */
    private @Nullable Long retryMillis(Revision revision) {
        return revision.primesStreams() && options.streams().eventStore() > 0 ? retry : null;
    }

    /** Returns whether a client can resume the streams of answers that are given at once. */
    private boolean keepsAnswers(Revision revision) {
        return !options.jsonAnswers()
                && options.streams().eventStore() > 0
                && (options.streams().everyAnswer() || revision.primesStreams());
    }

    void delete(HttpServerExchange exchange, @Nullable String principal) throws Refused {
        enter(exchange, principal, Use.REQUEST, session -> {
            var named = require(session);
            checkVersion(exchange, named);
            later.then(exchange, sessions.end(named), ended -> {
                if (!ended) {
                    throw Refused.sessionNotFound();
                }
                exchange.setStatusCode(204).endExchange();
            });
        });
    }

    /** Goes on with the session that the head of a message names; with null if it names none, or there are none. */
    interface Entered {

        void with(@Nullable Session session) throws Refused;
    }

    /**
     * Acquires the session that the head of a POST names, until the exchange ends.
     *
     * @param next goes on with the session; with null if the head names none, or there are none
     */
    void acquire(HttpServerExchange exchange, @Nullable String principal, Entered next) throws Refused {
        if (options.stateless()) {
            next.with(null);
        } else {
            enter(exchange, principal, Use.REQUEST, next);
        }
    }

    private void enter(HttpServerExchange exchange, @Nullable String principal, Use use, Entered next) throws Refused {
        var ids = exchange.getRequestHeaders().get(McpHeaders.SESSION_ID);
        if (ids == null) {
            next.with(null);
            return;
        }
        if (ids.size() > 1) {
            throw new Refused(400, "Bad request: more than one Mcp-Session-Id");
        }
        later.then(
                exchange,
                sessions.enter(ids.getFirst(), principal, use),
                session -> {
                    if (session == null) {
                        throw Refused.sessionNotFound();
                    }
                    releaseAtEnd(exchange, session, use);
                    next.with(session);
                },
                session -> {
                    if (session != null) {
                        sessions.release(session, use);
                    }
                });
    }

    private void releaseAtEnd(HttpServerExchange exchange, Session session, Use use) {
        exchange.addExchangeCompleteListener((completed, next) -> {
            sessions.release(session, use);
            next.proceed();
        });
    }

    private static Session require(@Nullable Session session) throws Refused {
        if (session == null) {
            throw new Refused(400, "Bad request: Mcp-Session-Id is required");
        }
        return session;
    }

    /** Takes up what a POST has brought. */
    void take(HttpServerExchange exchange, @Nullable String principal, @Nullable Session session, Payload payload)
            throws Refused {
        if (session != null && session.isEnded()) {
            throw Refused.sessionNotFound();
        }
        if (opens(payload)) {
            if (payload.batch()) {
                throw new Refused(400, "Invalid request: initialize must stand alone");
            }
            if (session != null) {
                throw new Refused(400, "Invalid request: the session is open already");
            }
            checkVersionOfOpening(exchange);
            open(exchange, principal, (Request) payload.messages().get(0));
            return;
        }
        var revision = checkVersion(exchange, session);
        if (!options.stateless()) {
            require(session);
        }
        if (payload.batch() && !revision.hasBatches()) {
            throw new Refused(400, "Invalid request: " + revision + " has no batches");
        }
        var requests = new ArrayList<Request>(payload.messages().size());
        for (var message : payload.messages()) {
            if (message instanceof Request request) {
                requests.add(request);
            } else if (message instanceof Message.Notification notification && session != null) {
                heed(notification, session);
            }
        }
        if (requests.isEmpty()) {
            state.replies().accepted(exchange);
        } else {
            var client = session == null ? new LegacySession(revision, null) : LegacySession.of(session);
            answer(exchange, session, client, requests, payload.batch());
        }
    }

    /** Returns whether a client opens a session by this, or tries to. */
    static boolean opens(Payload payload) {
        for (var message : payload.messages()) {
            if (message instanceof Request request && request.method().equals(LegacyProtocol.INITIALIZE)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Checks the protocol version in the head of an {@code initialize} request. Some clients name the revision there
     * that they ask for in the body. One that this server does not speak must not be refused, since the answer offers
     * another; but a value that cannot be the name of a revision is refused, as it is on every request.
     */
    private static void checkVersionOfOpening(HttpServerExchange exchange) throws Refused {
        var label = exchange.getRequestHeaders().getFirst(McpHeaders.PROTOCOL_VERSION);
        if (label != null && !Revision.mayName(label.strip())) {
            throw new Refused(400, "Bad request: MCP-Protocol-Version names no revision of the protocol");
        }
    }

    /** Opens a session, if the request is accepted. */
    private void open(HttpServerExchange exchange, @Nullable String principal, Request request) throws Refused {
        try {
            var opening = protocol.open(request);
            if (!options.stateless()) {
                var opened = sessions.open(principal, new LegacySession(opening.revision(), request.id()));
                later.then(
                        exchange,
                        opened,
                        session -> {
                            releaseAtEnd(exchange, session, Use.REQUEST);
                            exchange.getResponseHeaders().put(McpHeaders.SESSION_ID, session.id());
                            answerOpening(exchange, opening);
                        },
                        session -> sessions.release(session, Use.REQUEST));
                return;
            }
            state.replies().complete(exchange, opening.response(), options.jsonAnswers());
        } catch (RpcException e) {
            state.replies().complete(exchange, Responses.error(request.id(), e), options.jsonAnswers());
        }
    }

    private void answerOpening(HttpServerExchange exchange, LegacyProtocol.Opening opening) {
        var retry = retryMillis(opening.revision());
        if (retry == null || options.jsonAnswers()) {
            state.replies().complete(exchange, opening.response(), options.jsonAnswers());
            return;
        }
        var events = new ByteArrayOutputStream();
        events.writeBytes(Replies.primingEvent(OPENING_PRIMED, retry));
        events.writeBytes(Replies.event(OPENING_ANSWERED, opening.response()));
        state.replies().stream(exchange, events.toByteArray());
    }

    /**
     * Checks the protocol version in the head, and returns the revision that the message is to be served by. A session
     * of the first revision has no such header, so there it has no meaning.
     */
    private Revision checkVersion(HttpServerExchange exchange, @Nullable Session session) throws Refused {
        var agreed = session == null ? null : LegacySession.of(session).revision();
        var label = exchange.getRequestHeaders().getFirst(McpHeaders.PROTOCOL_VERSION);
        if (label == null || agreed != null && !agreed.hasVersionHeader()) {
            return agreed == null ? Revision.ASSUMED : agreed;
        }
        var named = options.era()
                .legacy(label)
                .orElseThrow(() -> new Refused(
                        400,
                        "Bad request: unsupported MCP-Protocol-Version; supported are "
                                + options.era().revisions()));
        return agreed == null ? named : agreed;
    }

    private void heed(Message.Notification notification, Session session) {
        var id = notification.params().get("requestId");
        if (id == null || !notification.method().equals(LegacyProtocol.CANCELLED)) {
            return;
        }
        cancel(session, id);
        if (sessions.peers().any()) {
            sessions.peers().signal(session, id.toString());
        }
    }

    /** Calls off what is at work on this node for a request. */
    private static void cancel(Session session, JsonNode id) {
        for (var resource : session.resources()) {
            if (resource instanceof PendingCall call) {
                call.cancel(id);
            }
        }
    }

    /** Begins to hear what the other nodes tell. */
    void hearPeers() {
        if (!sessions.peers().any()) {
            return;
        }
        state.changes().announceBy(sessions.peers()::announce);
        sessions.peers().hear(new Peers.Hearer() {
            @Override
            public void signalled(Session session, String message) {
                cancel(session, Json.read(message.getBytes(StandardCharsets.UTF_8)));
            }

            @Override
            public void changed(long change) {
                state.changes().tellToolsChanged(change);
            }

            @Override
            public void emitted(Session session, String stream, Peers.Event event) {
                var streams = LegacySession.of(session).streamsIfAny();
                if (streams != null) {
                    streams.emitted(stream, event);
                }
            }

            @Override
            public void moved(Session session, String stream, long turn) {
                var streams = LegacySession.of(session).streamsIfAny();
                if (streams != null) {
                    streams.moved(stream, turn);
                }
            }
        });
    }

    private void answer(
            HttpServerExchange exchange,
            @Nullable Session session,
            Client client,
            List<Request> requests,
            boolean batch)
            throws Refused {
        var call = new PendingCall(exchange, state.replies(), ids(requests), batch, !options.jsonAnswers());
        var answers = new ArrayList<CompletableFuture<ObjectNode>>(requests.size());
        for (var request : requests) {
            answers.add(protocol.answer(request, client, call));
        }
        if (call.take(answers)) {
            if (session != null && sessions.peers().any() && requests.stream().anyMatch(LegacyHandler::setsLevel)) {
                // Whoever is answered may ask another node next.
                later.then(
                        exchange, sessions.save(session), saved -> complete(exchange, session, client, answers, batch));
            } else {
                complete(exchange, session, client, answers, batch);
            }
            return;
        }
        if (session == null) {
            call.attach(state.calls());
            begin(
                    exchange,
                    call,
                    options.jsonAnswers()
                            ? null
                            : SessionStreams.keepingNothing(state.changes()).answer());
            return;
        }
        boolean held = false;
        try {
            var stream = options.jsonAnswers() ? null : streams(session).answer(ids(requests));
            // The work may outlast the exchange, if the client disconnects, and holds the session until it is done.
            held = sessions.acquire(session, Use.REQUEST);
            if (!held) {
                throw Refused.sessionNotFound();
            }
            if (stream != null) {
                prime(stream, LegacySession.of(session));
            }
            // Before the client can know of the call: from then on it may cancel it.
            call.attach(session, () -> sessions.release(session, Use.REQUEST));
            begin(exchange, call, stream);
        } finally {
            if (!held) {
                answers.forEach(answer -> answer.cancel(false));
            }
        }
    }

    private static List<JsonNode> ids(List<Request> requests) {
        var ids = new ArrayList<JsonNode>(requests.size());
        for (var request : requests) {
            ids.add(request.id());
        }
        return ids;
    }

    /** Of answers that have all come. */
    private static List<ObjectNode> responses(List<CompletableFuture<ObjectNode>> answers) {
        var responses = new ArrayList<ObjectNode>(answers.size());
        for (var answer : answers) {
            responses.add(answer.join());
        }
        return responses;
    }

    private static boolean setsLevel(Request request) {
        return request.method().equals(LegacyProtocol.SET_LEVEL);
    }

    private void complete(
            HttpServerExchange exchange,
            @Nullable Session session,
            Client client,
            List<CompletableFuture<ObjectNode>> answers,
            boolean batch)
            throws Refused {
        if (session != null && keepsAnswers(client.revision())) {
            state.replies().stream(
                    exchange, streams(session).answerAtOnce(responses(answers), retryMillis(client.revision())));
        } else if (batch) {
            state.replies().complete(exchange, responses(answers), options.jsonAnswers());
        } else {
            state.replies().complete(exchange, answers.get(0).join(), options.jsonAnswers());
        }
    }

    private void begin(HttpServerExchange exchange, PendingCall call, @Nullable MessageStream stream) {
        exchange.dispatch(SameThreadExecutor.INSTANCE, () -> {
            if (stream != null) {
                stream.serve(exchange, state.streams(), 0);
            }
            call.begin(stream);
        });
    }
}
