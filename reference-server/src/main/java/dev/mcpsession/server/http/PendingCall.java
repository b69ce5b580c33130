package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.Ids;
import dev.mcpsession.server.protocol.Json;
import dev.mcpsession.server.protocol.Outlet;
import dev.mcpsession.server.protocol.Responses;
import dev.mcpsession.server.session.EndReason;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionResource;
import io.undertow.server.HttpServerExchange;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The requests of one POST, from the moment when they are at work. It ends once: when each is answered or cancelled, or
 * with its session. That the client disconnects does not end it.
 *
 * <p>A request that is cancelled gets no answer on an event stream, which ends as soon as the others are answered. A
 * JSON body must hold something, so there it is an error (point 12 of the contract).
 */
final class PendingCall implements SessionResource, Outlet {

    private final HttpServerExchange exchange;
    private final Replies replies;
    private final List<JsonNode> ids;
    private final boolean batch;
    private final boolean asStream;

    /** None until they are taken, which is before anything can ask for them. */
    private List<CompletableFuture<ObjectNode>> answers = List.of();

    private Runnable atEnd = () -> {};

    /** The messages that were sent before the response began. Guarded by this, as is all that follows. */
    private final List<ObjectNode> early = new ArrayList<>(0);

    private boolean disconnectEarly;
    /** Why all was called off before the response began; null if it was not. */
    private @Nullable Refused endEarly;

    private boolean begun;
    /** Null before it has begun, and if the answer is one JSON body. */
    private @Nullable MessageStream stream;

    private int unanswered;
    private boolean over;

    /** @param ids those of the requests, in their order */
    PendingCall(HttpServerExchange exchange, Replies replies, List<JsonNode> ids, boolean batch, boolean asStream) {
        this.exchange = exchange;
        this.replies = replies;
        this.ids = ids;
        this.batch = batch;
        this.asStream = asStream;
    }

    /** Takes the answers; returns whether all have come, and nothing has happened that would have to precede them. */
    synchronized boolean take(List<CompletableFuture<ObjectNode>> started) {
        answers = started;
        unanswered = started.size();
        if (!early.isEmpty() || disconnectEarly) {
            return false;
        }
        for (var answer : started) {
            if (!answer.isDone()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public synchronized void send(ObjectNode message) {
        if (!asStream || over) {
            return;
        }
        if (stream == null) {
            early.add(message);
        } else {
            stream.send(message);
        }
    }

    @Override
    public synchronized void disconnect() {
        if (stream == null) {
            disconnectEarly = asStream;
        } else {
            stream.disconnect();
        }
    }

    /**
     * Ties the call to the session that it ends with. From now on it can be cancelled.
     *
     * @param whenOver run once when all is over
     */
    void attach(Session session, Runnable whenOver) {
        atEnd = () -> {
            session.detach(this);
            whenOver.run();
        };
        if (!session.attach(this)) {
            sessionEnded(session, EndReason.TERMINATED);
        }
    }

    /** Ties the call to the server, with which it ends. */
    void attach(SessionlessCalls calls) {
        atEnd = () -> calls.remove(this);
        calls.add(this);
    }

    /**
     * Answers as the answers come, after the call has been attached. On the exchange's IO thread.
     *
     * @param begunWith the stream that the response has begun with; null if the answer is one JSON body
     */
    void begin(@Nullable MessageStream begunWith) {
        Refused refused;
        synchronized (this) {
            stream = begunWith;
            begun = true;
            refused = endEarly;
            if (stream != null) {
                early.forEach(stream::send);
                if (disconnectEarly) {
                    stream.disconnect();
                }
            }
        }
        if (refused == null) {
            follow();
        } else {
            end(refused);
        }
    }

    private void follow() {
        for (var answer : answers) {
            answer.whenComplete((response, failure) -> answered(response));
        }
    }

    /** @param response null if the request was cancelled */
    private void answered(@Nullable ObjectNode response) {
        synchronized (this) {
            if (over) {
                return;
            }
            over = --unanswered == 0;
            if (!over) {
                sendIfAny(response);
                return;
            }
        }
        // Before the client can know that it is over. The exchange holds the session still.
        atEnd.run();
        if (stream != null) {
            sendIfAny(response);
            stream.finish();
        } else {
            reply(() -> replies.json(exchange, body()));
        }
    }

    private void sendIfAny(@Nullable ObjectNode response) {
        if (stream != null && response != null) {
            stream.send(response);
        }
    }

    private JsonNode body() {
        if (!batch) {
            return answer(0);
        }
        var all = Json.array();
        for (int i = 0; i < answers.size(); i++) {
            all.add(answer(i));
        }
        return all;
    }

    private ObjectNode answer(int i) {
        var answer = answers.get(i);
        return answer.isCompletedExceptionally() ? Responses.cancelled(ids.get(i)) : answer.join();
    }

    @Override
    public void sessionEnded(Session session, EndReason reason) {
        end(Refused.sessionNotFound());
    }

    @Override
    public void left(Session session) {
        end(Refused.stopped());
    }

    /** Answers what is not answered yet with an error, and calls the work off. */
    void end(Refused refused) {
        synchronized (this) {
            if (!begun) {
                endEarly = refused;
                return;
            }
            if (over) {
                return;
            }
            over = true;
        }
        if (stream == null) {
            reply(() -> replies.refuse(exchange, batch ? refused : refused.to(ids.get(0))));
        } else {
            for (int i = 0; i < answers.size(); i++) {
                if (!answers.get(i).isDone()) {
                    stream.send(Responses.error(ids.get(i), refused.error()));
                }
            }
            stream.finish();
        }
        answers.forEach(answer -> answer.cancel(false));
        atEnd.run();
    }

    /** Calls off the request with this id, if it is one of these. */
    void cancel(JsonNode id) {
        for (int i = 0; i < ids.size(); i++) {
            if (Ids.same(ids.get(i), id)) {
                answers.get(i).cancel(false);
            }
        }
    }

    private void reply(Runnable reply) {
        try {
            exchange.getIoThread().execute(() -> {
                // The client may have disconnected meanwhile.
                if (!exchange.isComplete()) {
                    reply.run();
                }
            });
        } catch (RejectedExecutionException e) {
            // The server has stopped, and all connections are closed: nobody is left to be answered.
            return;
        }
    }
}
