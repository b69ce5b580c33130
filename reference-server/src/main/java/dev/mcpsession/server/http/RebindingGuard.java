package dev.mcpsession.server.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.net.URI;
import java.net.URISyntaxException;

/**
 * Keeps web pages out. A page may make a browser send requests to a server on the user's machine, by its address or,
 * with DNS rebinding, by the page's own name: the first shows in Origin, the second also in Host.
 */
final class RebindingGuard {

    private final boolean loopbackHostsOnly;

    /** @param loopbackHostsOnly whether the server is bound to the loopback interface, so that Host must be too */
    RebindingGuard(boolean loopbackHostsOnly) {
        this.loopbackHostsOnly = loopbackHostsOnly;
    }

    void check(HttpServerExchange exchange) throws Refused {
        var origins = exchange.getRequestHeaders().get(Headers.ORIGIN);
        if (origins != null) {
            for (var origin : origins) {
                if (!isLoopback(origin)) {
                    throw new Refused(403, "Origin not allowed");
                }
            }
        }
        if (loopbackHostsOnly && !LoopbackNames.contains(exchange.getHostName())) {
            throw new Refused(421, "Host not allowed: this server answers to names of the loopback interface only");
        }
    }

    private static boolean isLoopback(String origin) {
        try {
            var uri = new URI(origin);
            boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            return web && uri.getHost() != null && uri.getUserInfo() == null && LoopbackNames.contains(uri.getHost());
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
