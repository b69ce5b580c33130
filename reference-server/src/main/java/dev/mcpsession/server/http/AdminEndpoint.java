package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.Json;
import dev.mcpsession.server.session.InvalidOptionException;
import dev.mcpsession.server.session.SessionInfo;
import dev.mcpsession.server.session.Sessions;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Shows and steers the server, for whoever sits at its machine:
 *
 * <pre>
 *   GET    {path}                       counters
 *   GET    {path}/sessions              the sessions, the first thousand of them
 *   GET    {path}/sessions/{id}         one session
 *   DELETE {path}/sessions/{id}         ends it, whatever is in progress in it
 *   POST   {path}/sessions/{id}/expire  ends it as if its idle timeout had passed; 409 if it is not idle
 *   POST   {path}/drain                 opens no more sessions
 *   POST   {path}/announce              tells all clients that listen that the list of tools may have changed
 *   POST   {path}/answer-next?status=N  answers the next request with that status; of one &amp;method= only, if given
 * </pre>
 *
 * Only connections from the loopback interface are served, and neither web pages nor what comes through a proxy. Where
 * there are tokens, that of the principal named {@code admin} is required.
 */
public final class AdminEndpoint implements HttpHandler {

    private static final String ADMIN = "admin";
    private static final int MAX_LISTED = 1_000;
    private static final List<HttpString> SIGNS_OF_A_PROXY = List.of(
            Headers.VIA,
            new HttpString("Forwarded"),
            Headers.X_FORWARDED_FOR,
            Headers.X_FORWARDED_HOST,
            new HttpString("X-Real-IP"));

    private final String path;
    private final Sessions sessions;
    private final McpEndpoint endpoint;
    private final Authenticator authenticator;
    private final Later later;
    private final RebindingGuard guard = new RebindingGuard(true);

    /** @param path where it is found, beginning with a slash */
    public AdminEndpoint(String path, Sessions sessions, McpEndpoint endpoint, Tokens tokens) {
        this.path = path;
        this.sessions = sessions;
        this.endpoint = endpoint;
        later = new Later(endpoint.replies());
        authenticator = new Authenticator(tokens);
    }

    /** Returns whether a request is for this endpoint. */
    public boolean isFor(HttpServerExchange exchange) {
        var requested = exchange.getRequestPath();
        return requested.equals(path) || requested.startsWith(path + "/");
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        endpoint.replies().answering(exchange, null, () -> {
            checkWhoAsks(exchange);
            var words = exchange.getRequestPath().substring(path.length()).split("/", -1);
            var asked = exchange.getRequestMethod() + " " + (words.length < 2 ? "" : words[1]);
            switch (asked + " " + words.length) {
                case "GET  1" -> endpoint.replies().json(exchange, counters());
                case "GET sessions 2" ->
                    later.then(
                            exchange,
                            sessions.list(MAX_LISTED + 1),
                            listed -> endpoint.replies().json(exchange, list(listed)));
                case "GET sessions 3" ->
                    later.then(
                            exchange,
                            sessions.describe(words[2]),
                            session -> endpoint.replies().json(exchange, describe(found(session))));
                case "DELETE sessions 3" ->
                    later.then(exchange, sessions.describe(words[2]), session -> {
                        found(session);
                        later.then(exchange, sessions.end(words[2]), ended -> done(exchange));
                    });
                case "POST sessions 4" -> expire(exchange, words[2], words[3]);
                case "POST drain 2" -> {
                    sessions.drain();
                    done(exchange);
                }
                case "POST announce 2" -> {
                    endpoint.changes().toolsChanged();
                    done(exchange);
                }
                case "POST answer-next 2" -> {
                    answerNext(exchange);
                    done(exchange);
                }
                default -> throw notFound();
            }
        });
    }

    private void checkWhoAsks(HttpServerExchange exchange) throws Refused {
        boolean fromPage = exchange.getRequestHeaders().contains(Headers.ORIGIN);
        boolean throughProxy = SIGNS_OF_A_PROXY.stream().anyMatch(exchange.getRequestHeaders()::contains);
        if (!exchange.getSourceAddress().getAddress().isLoopbackAddress() || fromPage || throughProxy) {
            throw new Refused(403, "Forbidden: to be used from this machine only");
        }
        guard.check(exchange);
        var principal = authenticator.principal(exchange);
        if (principal != null && !principal.equals(ADMIN)) {
            throw new Refused(403, "Forbidden: to be used by the principal named " + ADMIN + " only");
        }
    }

    private ObjectNode counters() {
        var counters = Json.object();
        var counts = sessions.counts();
        counters.putObject("sessions")
                .put("live", counts.live())
                .put("opened", counts.opened())
                .put("reaped", counts.reaped())
                .put("terminated", counts.terminated())
                .put("evicted", counts.evicted())
                .put("shutDown", counts.shutDown())
                .put("refused", counts.refused());
        var calls = endpoint.calls();
        counters.putObject("calls")
                .put("running", calls.running())
                .put("finished", calls.finished())
                .put("cancelled", calls.cancelled());
        return counters.put("openStreams", endpoint.openStreams()).put("draining", sessions.isDraining());
    }

    private static ObjectNode list(List<SessionInfo> found) {
        var all = Json.object();
        var listed = all.putArray("sessions");
        found.stream().limit(MAX_LISTED).forEach(session -> listed.add(describe(session)));
        return all.put("complete", found.size() <= MAX_LISTED);
    }

    private static ObjectNode describe(SessionInfo session) {
        return Json.object()
                .put("id", session.id())
                .put("owner", session.owner())
                .put(
                        "revision",
                        LegacySession.of(session.attachment()).revision().label())
                .put("openExchanges", session.openExchanges())
                .put("idleMillis", session.idle().toMillis());
    }

    private static SessionInfo found(@Nullable SessionInfo session) throws Refused {
        if (session == null) {
            throw notFound();
        }
        return session;
    }

    private void expire(HttpServerExchange exchange, String id, String verb) throws Refused {
        if (!verb.equals("expire")) {
            throw notFound();
        }
        later.then(exchange, sessions.describe(id), session -> {
            found(session);
            later.then(exchange, sessions.reap(id), reaped -> {
                if (reaped) {
                    done(exchange);
                    return;
                }
                later.then(exchange, sessions.describe(id), left -> {
                    if (left != null) {
                        throw new Refused(409, "The session is not idle: something is in progress in it");
                    }
                    done(exchange);
                });
            });
        });
    }

    private void answerNext(HttpServerExchange exchange) throws Refused {
        var status = parameter(exchange, "status");
        try {
            endpoint.nextAnswers().add(parameter(exchange, "method"), Integer.parseInt(String.valueOf(status)));
        } catch (NumberFormatException | InvalidOptionException e) {
            throw new Refused(400, "status must be from 400 to 599");
        }
    }

    private static @Nullable String parameter(HttpServerExchange exchange, String name) {
        var values = exchange.getQueryParameters().get(name);
        return values == null ? null : values.getFirst();
    }

    private static void done(HttpServerExchange exchange) {
        exchange.setStatusCode(204).endExchange();
    }

    private static Refused notFound() {
        return new Refused(404, "Not found");
    }
}
