package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.Json;
import dev.mcpsession.server.protocol.Message.Request;
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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The requests of one POST, from the moment when they are at work. It ends once: when all are answered, or with its
 * session. That the client disconnects does not end it.
 */
final class PendingCall implements SessionResource, Outlet {

    private final HttpServerExchange exchange;
    private final List<Request> requests;
    private final boolean batch;
    private final boolean asStream;

    private List<CompletableFuture<ObjectNode>> answers;

    /** What was said before the stream began. Guarded by this, as is all that follows. */
    private final List<ObjectNode> early = new ArrayList<>(0);
    private boolean disconnectEarly;
    /** Null before it has begun, and if the answer is one JSON body. */
    private MessageStream stream;
    private int unanswered;
    private boolean over;
    private Runnable atEnd;

    PendingCall(HttpServerExchange exchange, List<Request> requests, boolean batch, boolean asStream) {
        this.exchange = exchange;
        this.requests = requests;
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
     * Answers as the answers come. On the exchange's IO thread.
     *
     * @param session the session to end with
     * @param stream the stream that the response has begun with; null if the answer is one JSON body
     * @param atEnd run once when all is over
     */
    void start(Session session, MessageStream stream, Runnable atEnd) {
        begin(stream, () -> {
            session.detach(this);
            atEnd.run();
        });
        if (!session.attach(this)) {
            sessionEnded(session, EndReason.TERMINATED);
        }
        follow();
    }

    /** As above, without a session. */
    void start(SessionlessCalls calls, MessageStream stream) {
        begin(stream, () -> calls.remove(this));
        calls.add(this);
        follow();
    }

    private synchronized void begin(MessageStream begun, Runnable whenOver) {
        atEnd = whenOver;
        stream = begun;
        if (stream != null) {
            early.forEach(stream::send);
            if (disconnectEarly) {
                stream.disconnect();
            }
        }
    }

    private void follow() {
        for (var answer : answers) {
            answer.whenComplete((response, failure) -> answered(response));
        }
    }

    /** @param response null if the request was cancelled: then the protocol wants no response */
    private void answered(ObjectNode response) {
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
            reply(() -> Replies.json(exchange, body()));
        }
    }

    private void sendIfAny(ObjectNode response) {
        if (stream != null && response != null) {
            stream.send(response);
        }
    }

    private JsonNode body() {
        if (!batch) {
            return answers.get(0).join();
        }
        var all = Json.array();
        answers.forEach(answer -> all.add(answer.join()));
        return all;
    }

    @Override
    public void sessionEnded(Session session, EndReason reason) {
        end(Refused.sessionNotFound());
    }

    /** Answers what is not answered yet with an error, and calls the work off. */
    void end(Refused refused) {
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
        }
        if (stream == null) {
            reply(() -> Replies.refuse(exchange, batch ? refused : refused.to(requests.get(0).id())));
        } else {
            for (int i = 0; i < answers.size(); i++) {
                if (!answers.get(i).isDone()) {
                    stream.send(Responses.error(requests.get(i).id(), refused.error()));
                }
            }
            stream.finish();
        }
        answers.forEach(answer -> answer.cancel(false));
        atEnd.run();
    }

    /** Calls off the request with this id, if it is one of these; ignored where a JSON body must come. */
    void cancel(JsonNode id) {
        if (!asStream) {
            return;
        }
        for (int i = 0; i < requests.size(); i++) {
            if (requests.get(i).id().equals(id)) {
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
