package dev.mcpsession.server.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Tells browsers that pages of the origins that this server serves may use it (CORS, as the Fetch standard has it).
 * Without that, a browser keeps the header fields of the protocol, the id of the session among them, from every client
 * that runs in a page. To be used after the {@link RebindingGuard} has let the origin in.
 */
final class CrossOrigin {

    private static final HttpString ALLOW_ORIGIN = new HttpString("Access-Control-Allow-Origin");
    private static final HttpString ALLOW_METHODS = new HttpString("Access-Control-Allow-Methods");
    private static final HttpString ALLOW_HEADERS = new HttpString("Access-Control-Allow-Headers");
    private static final HttpString EXPOSE_HEADERS = new HttpString("Access-Control-Expose-Headers");
    private static final HttpString MAX_AGE = new HttpString("Access-Control-Max-Age");
    private static final HttpString REQUEST_METHOD = new HttpString("Access-Control-Request-Method");
    private static final HttpString REQUEST_HEADERS = new HttpString("Access-Control-Request-Headers");

    private static final String SENT_BY_CLIENTS = String.join(
            ", ",
            List.of(
                    "Accept",
                    "Authorization",
                    "Content-Type",
                    "Last-Event-ID",
                    "MCP-Protocol-Version",
                    "Mcp-Method",
                    "Mcp-Name",
                    "Mcp-Session-Id"));
    private static final String READ_BY_CLIENTS = "Mcp-Session-Id, WWW-Authenticate";
    /** The fields that mirror arguments of tools: their names depend on the tool. */
    private static final Pattern PARAMETER = Pattern.compile("mcp-param-[a-z0-9!#$%&'*+.^_`|~-]{1,100}");

    private static final String SECONDS_TO_REMEMBER = "600";

    private CrossOrigin() {}

    /**
     * Adds to the reply that the page may read it, and answers the request if it is a preflight, by which a browser
     * asks first. A preflight carries no credentials, so this comes before they are looked at.
     *
     * @param methods the HTTP methods that are served
     * @return whether the request has been answered
     */
    static boolean permit(HttpServerExchange exchange, String methods) {
        var origin = exchange.getRequestHeaders().getFirst(Headers.ORIGIN);
        if (origin == null) {
            return false;
        }
        var reply = exchange.getResponseHeaders();
        reply.put(ALLOW_ORIGIN, origin).put(Headers.VARY, Headers.ORIGIN_STRING);
        if (!exchange.getRequestMethod().equals(Methods.OPTIONS)
                || !exchange.getRequestHeaders().contains(REQUEST_METHOD)) {
            reply.put(EXPOSE_HEADERS, READ_BY_CLIENTS);
            return false;
        }
        reply.put(ALLOW_METHODS, methods)
                .put(ALLOW_HEADERS, SENT_BY_CLIENTS + parameters(exchange))
                .put(MAX_AGE, SECONDS_TO_REMEMBER);
        exchange.setStatusCode(204).endExchange();
        return true;
    }

    private static String parameters(HttpServerExchange exchange) {
        var asked = exchange.getRequestHeaders().get(REQUEST_HEADERS);
        var found = new StringBuilder();
        if (asked != null) {
            for (var line : asked) {
                for (var name : line.toLowerCase(Locale.ROOT).split(",")) {
                    if (PARAMETER.matcher(name.strip()).matches()) {
                        found.append(", ").append(name.strip());
                    }
                }
            }
        }
        return found.toString();
    }
}
