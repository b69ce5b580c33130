package dev.mcpsession.server.http;

import static dev.mcpsession.server.protocol.LegacyProtocol.INITIALIZE;

import dev.mcpsession.server.protocol.Era;
import dev.mcpsession.server.protocol.Message;
import dev.mcpsession.server.protocol.Message.Notification;
import dev.mcpsession.server.protocol.Message.Request;
import dev.mcpsession.server.protocol.ModernProtocol;
import dev.mcpsession.server.protocol.Payload;
import dev.mcpsession.server.protocol.RequestMeta;
import dev.mcpsession.server.protocol.Responses;
import dev.mcpsession.server.protocol.Revision;
import dev.mcpsession.server.protocol.RpcException;
import dev.mcpsession.server.protocol.Subscription;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.SameThreadExecutor;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves the revisions without sessions: each request stands by itself. Ids of sessions and events are not looked at,
 * and none are given out. A client calls a request off by closing the connection.
 */
final class ModernHandler {

    private final ModernProtocol protocol;
    private final EndpointState state;
    private final EndpointOptions options;

    ModernHandler(ModernProtocol protocol, EndpointState state) {
        this.protocol = protocol;
        this.state = state;
        options = state.options();
    }

    /** Returns whether the head of a request says that it is for this handler. */
    boolean isNamedIn(HttpServerExchange exchange) {
        if (options.era() != Era.DUAL) {
            return options.era() == Era.MODERN;
        }
        var label = exchange.getRequestHeaders().getFirst(McpHeaders.PROTOCOL_VERSION);
        return label != null && Revision.namesModern(label.strip());
    }

    /** Returns whether a body says that it is for this handler, although the head did not. */
    boolean isNamedIn(Payload payload) {
        if (options.era() == Era.DUAL) {
            for (var message : payload.messages()) {
                if (isModern(message)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isModern(Message message) {
        return message instanceof Request request && namesModern(request.params())
                || message instanceof Notification notification && namesModern(notification.params());
    }

    private static boolean namesModern(ObjectNode params) {
        var version = RequestMeta.version(params);
        return version != null
                && !(version.isString()
                        && Era.LEGACY.legacy(version.stringValue()).isPresent());
    }

    /** Takes up what a POST has brought. */
    void take(HttpServerExchange exchange, Payload payload) throws Refused {
        if (payload.batch()) {
            throw new Refused(400, "Invalid request: there are no batches in this revision");
        }
        var message = payload.messages().get(0);
        if (message instanceof Request request) {
            try {
                check(exchange, request);
            } catch (RpcException e) {
                throw new Refused(400, e, request.id());
            }
            serve(exchange, request);
        } else if (message instanceof Notification notification) {
            try {
                checkVersion(exchange, notification.params());
            } catch (RpcException e) {
                throw new Refused(400, e, null);
            }
            // None that a client may send over HTTP has an effect.
            state.replies().accepted(exchange);
        } else {
            throw new Refused(400, "Invalid request: there is nothing to respond to in this revision");
        }
    }

    private void check(HttpServerExchange exchange, Request request) throws RpcException {
        if (request.method().equals(INITIALIZE) && RequestMeta.version(request.params()) == null) {
            throw refusedInitialize(request);
        }
        checkVersion(exchange, request.params());
        RequestMeta.check(request);
        MirroredHeaders.check(exchange, request, protocol.mirroredArguments(request));
    }

    private RpcException refusedInitialize(Request request) {
        // The names of the revisions may be all that its user gets to see.
        return RpcException.unsupportedVersion(
                options.era(), request.params().path("protocolVersion").asString(""));
    }

    private void checkVersion(HttpServerExchange exchange, ObjectNode params) throws RpcException {
        var header = MirroredHeaders.require(exchange, McpHeaders.PROTOCOL_VERSION);
        var version = RequestMeta.version(params);
        if (version != null && version.isString() && !version.stringValue().equals(header)) {
            throw MirroredHeaders.differs(McpHeaders.PROTOCOL_VERSION);
        }
        if (options.era().modern(header).isEmpty()) {
            throw RpcException.unsupportedVersion(options.era(), header);
        }
    }

    private void serve(HttpServerExchange exchange, Request request) {
        if (request.method().equals(ModernProtocol.LISTEN)) {
            listen(exchange, request);
        } else {
            answer(exchange, request);
        }
    }

    private void listen(HttpServerExchange exchange, Request request) {
        try {
            var subscription = Subscription.of(request);
            exchange.dispatch(
                    SameThreadExecutor.INSTANCE, () -> SubscriptionStream.open(exchange, subscription, state));
        } catch (RpcException e) {
            state.replies().complete(exchange, Responses.error(request.id(), e), options.jsonAnswers());
        }
    }

    private void answer(HttpServerExchange exchange, Request request) {
        var call = new PendingCall(exchange, state.replies(), List.of(request.id()), false, !options.jsonAnswers());
        var answer = protocol.answer(request, call);
        if (call.take(List.of(answer))) {
            var response = answer.join();
            if (response.path("error").path("code").intValue(0) == RpcException.METHOD_NOT_FOUND) {
                exchange.setStatusCode(404);
                state.replies().json(exchange, response);
            } else {
                state.replies().complete(exchange, response, options.jsonAnswers());
            }
            return;
        }
        call.attach(state.calls());
        // A no-op if the exchange ends because it was answered.
        exchange.addExchangeCompleteListener((completed, next) -> {
            answer.cancel(false);
            next.proceed();
        });
        exchange.dispatch(SameThreadExecutor.INSTANCE, () -> {
            PeerWatch.start(exchange);
            MessageStream stream = null;
            if (!options.jsonAnswers()) {
                stream = SessionStreams.keepingNothing(state.changes()).answer();
                stream.serve(exchange, state.streams(), 0);
            }
            call.begin(stream);
        });
    }
}
