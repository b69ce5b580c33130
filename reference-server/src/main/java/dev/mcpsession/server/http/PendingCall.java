package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.Json;
import dev.mcpsession.server.protocol.Message.Request;
import dev.mcpsession.server.protocol.Responses;
import dev.mcpsession.server.protocol.RpcException;
import dev.mcpsession.server.session.EndReason;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionResource;
import io.undertow.server.HttpServerExchange;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The requests of one POST that were not answered at once. It ends once: when all are answered, or with its session.
 * That the client disconnects does not end it.
 */
final class PendingCall implements SessionResource {

    private static final RpcException ENDED =
            new RpcException(RpcException.SESSION_NOT_FOUND, "Session not found: it has ended");

    private final HttpServerExchange exchange;
    private final List<Request> requests;
    private final List<CompletableFuture<ObjectNode>> answers;
    private final boolean batch;
    /** Null if the answer is one JSON body. */
    private final EventStream stream;

    /** Guarded by this. */
    private int unanswered;
    private boolean over;
    private Runnable atEnd;

    PendingCall(HttpServerExchange exchange, List<Request> requests, List<CompletableFuture<ObjectNode>> answers,
            boolean batch, boolean asStream) {
        this.exchange = exchange;
        this.requests = requests;
        this.answers = answers;
        this.batch = batch;
        this.stream = asStream ? new EventStream(exchange) : null;
        unanswered = answers.size();
    }

    /**
     * Begins the response, and from then on answers as the answers come. On the exchange's IO thread.
     *
     * @param session the session to end with; null if there is none
     * @param atEnd run once when all is over
     */
    void start(Session session, Runnable atEnd) {
        this.atEnd = () -> {
            if (session != null) {
                session.detach(this);
            }
            atEnd.run();
        };
        if (stream != null) {
            stream.open();
        }
        if (session != null && !session.attach(this)) {
            sessionEnded(session, EndReason.TERMINATED);
        }
        for (int i = 0; i < answers.size(); i++) {
            answers.get(i).whenComplete((response, failure) -> answered(response));
        }
    }

    /** @param response null if the request was cancelled: then the protocol wants no response */
    private void answered(ObjectNode response) {
        synchronized (this) {
            if (over) {
                return;
            }
            if (stream != null && response != null) {
                stream.send(Replies.event(response));
            }
            if (--unanswered > 0) {
                return;
            }
            over = true;
        }
        if (stream != null) {
            stream.end();
        } else {
            reply(() -> Replies.json(exchange, body()));
        }
        atEnd.run();
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
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
        }
        if (stream == null) {
            reply(() -> Replies.refuse(exchange, Refused.sessionNotFound()));
        } else {
            for (int i = 0; i < answers.size(); i++) {
                if (!answers.get(i).isDone()) {
                    stream.send(Replies.event(Responses.error(requests.get(i).id(), ENDED)));
                }
            }
            stream.end();
        }
        answers.forEach(answer -> answer.cancel(false));
        atEnd.run();
    }

    /** Calls off the request with this id, if it is one of these. A single JSON body must come, so there it is ignored. */
    void cancel(JsonNode id) {
        if (stream == null) {
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
