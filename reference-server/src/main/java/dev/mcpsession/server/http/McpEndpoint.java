package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.CallCounts;
import dev.mcpsession.server.protocol.Changes;
import dev.mcpsession.server.protocol.LegacyProtocol;
import dev.mcpsession.server.protocol.ModernProtocol;
import dev.mcpsession.server.protocol.Payload;
import dev.mcpsession.server.protocol.RpcException;
import dev.mcpsession.server.protocol.Toolbox;
import dev.mcpsession.server.session.Attachments;
import dev.mcpsession.server.session.Sessions;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import org.jspecify.annotations.Nullable;

/**
 * The one endpoint of Streamable HTTP: keeps out what does not belong here, and finds out by which era a request is to
 * be served. Everything runs on Undertow's IO threads, since nothing here blocks.
 */
public final class McpEndpoint implements HttpHandler, AutoCloseable {

    private static final String METHODS = "GET, POST, DELETE";

    private final EndpointOptions options;
    private final NextAnswers nextAnswers = new NextAnswers();
    private final RebindingGuard guard;
    private final Authenticator authenticator;
    private final EndpointState state;
    private final Toolbox tools;
    private final LegacyHandler legacy;
    private final ModernHandler modern;

    /** Serves the sessions of the manager, and those that need none. */
    public McpEndpoint(Sessions sessions, EndpointOptions options) {
        this.options = options;
        guard = new RebindingGuard(options.loopbackOnly());
        authenticator = new Authenticator(options.tokens());
        var backlog = new Backlog(options.streams().maxHeld(), options.streams().longestStall());
        var streams = new OpenStreams(sessions.options().clock(), options.streams(), backlog);
        state = new EndpointState(
                options,
                new Changes(),
                streams,
                new KeptEvents(options.streams().maxHeld()),
                new Replies(backlog),
                new SessionlessCalls());
        tools = new Toolbox(state.changes());
        legacy = new LegacyHandler(sessions, new LegacyProtocol(tools), state);
        legacy.hearPeers();
        modern = new ModernHandler(new ModernProtocol(options.era(), tools), state);
    }

    /** Returns how what the endpoint remembers of a session is written. */
    public static Attachments attachments() {
        return LegacySession.ATTACHMENTS;
    }

    /** Returns what happens at the server without being asked for, and can be told to clients. */
    public Changes changes() {
        return state.changes();
    }

    /** Returns what has become of the calls of tools so far. */
    public CallCounts calls() {
        return tools.counts();
    }

    /** Returns how many responses are streams that have not ended. */
    public int openStreams() {
        return state.streams().count();
    }

    /** Returns what is planned for the requests that come next. */
    public NextAnswers nextAnswers() {
        return nextAnswers;
    }

    Replies replies() {
        return state.replies();
    }

    /** Ends the calls that no session has ended, and what runs beside the requests. */
    @Override
    public void close() {
        state.calls().end();
        state.streams().close();
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        if (!exchange.getRequestPath().equals(options.path())) {
            exchange.setStatusCode(404).endExchange();
            return;
        }
        state.replies().answering(exchange, null, () -> {
            guard.check(exchange);
            boolean sessionless = options.stateless() || !options.era().hasLegacy();
            if (CrossOrigin.permit(exchange, sessionless ? "POST" : METHODS)) {
                return;
            }
            var principal = authenticator.principal(exchange);
            nextAnswers.check(exchange.getRequestMethod().toString());
            boolean namesModern = modern.isNamedIn(exchange);
            sessionless |= namesModern;
            switch (exchange.getRequestMethod().toString()) {
                case "POST" -> post(exchange, principal, namesModern);
                case "GET" -> {
                    require(!sessionless, "POST");
                    legacy.get(exchange, principal);
                }
                case "DELETE" -> {
                    require(!sessionless, "POST");
                    legacy.delete(exchange, principal);
                }
                default -> require(false, sessionless ? "POST" : METHODS);
            }
        });
    }

    private static void require(boolean offered, String allowed) throws Refused {
        if (!offered) {
            throw Refused.methodNotAllowed(allowed);
        }
    }

    private void post(HttpServerExchange exchange, @Nullable String principal, boolean namesModern) throws Refused {
        checkMediaTypes(exchange);
        if (namesModern) {
            read(exchange, payload -> {
                if (LegacyHandler.opens(payload)
                        && !modern.isNamedIn(payload)
                        && options.era().hasLegacy()) {
                    // Whatever the head says: initialize is how a client of a revision with sessions begins.
                    legacy.acquire(exchange, principal, session -> legacy.take(exchange, principal, session, payload));
                } else {
                    modern.take(exchange, payload);
                }
            });
            return;
        }
        // Before the body is read: from the head on the session is in use.
        legacy.acquire(
                exchange,
                principal,
                session -> read(exchange, payload -> {
                    if (modern.isNamedIn(payload)) {
                        modern.take(exchange, payload);
                    } else {
                        legacy.take(exchange, principal, session, payload);
                    }
                }));
    }

    private static void checkMediaTypes(HttpServerExchange exchange) throws Refused {
        var headers = exchange.getRequestHeaders();
        if (!MediaTypes.names(headers.getFirst(Headers.CONTENT_TYPE), Replies.JSON)) {
            throw new Refused(415, "Unsupported media type: Content-Type must be application/json");
        }
        var accept = headers.get(Headers.ACCEPT);
        if (!MediaTypes.accepts(accept, Replies.JSON) || !MediaTypes.accepts(accept, Replies.EVENT_STREAM)) {
            throw new Refused(406, "Not acceptable: the client must accept application/json and text/event-stream");
        }
    }

    private interface Taker {

        void take(Payload payload) throws Refused;
    }

    private void read(HttpServerExchange exchange, Taker taker) {
        var receiver = new BodyReader.Receiver() {
            @Override
            public void received(byte[] body) {
                state.replies().answering(exchange, null, () -> {
                    var payload = parse(body);
                    state.replies().answering(exchange, payload.requestId(), () -> taker.take(payload));
                });
            }

            @Override
            public void refused(Refused refused) {
                state.replies().refuse(exchange, refused);
            }
        };
        BodyReader.read(
                exchange,
                options.maxBodyBytes(),
                options.slowSender(),
                state.streams().backlog(),
                receiver);
    }

    private static Payload parse(byte[] body) throws Refused {
        try {
            return Payload.parse(body);
        } catch (RpcException e) {
            throw new Refused(400, e, e.request());
        }
    }
}
