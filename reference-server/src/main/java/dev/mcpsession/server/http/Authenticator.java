package dev.mcpsession.server.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import org.jspecify.annotations.Nullable;

/** Finds out who sends a request. The scheme is that of RFC 6750; tokens in the URL are not accepted. */
final class Authenticator {

    private static final String SCHEME = "Bearer ";
    static final String CHALLENGE = "Bearer realm=\"mcp\"";

    private final Tokens tokens;

    Authenticator(Tokens tokens) {
        this.tokens = tokens;
    }

    /** Returns the principal; null if no credentials are asked for. */
    @Nullable
    String principal(HttpServerExchange exchange) throws Refused {
        if (!tokens.areRequired()) {
            return null;
        }
        var values = exchange.getRequestHeaders().get(Headers.AUTHORIZATION);
        if (values == null) {
            throw Refused.unauthorized(CHALLENGE);
        }
        var value = values.getFirst();
        if (values.size() == 1 && value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            var principal = tokens.principal(value.substring(SCHEME.length()).strip());
            if (principal != null) {
                return principal;
            }
        }
        throw Refused.unauthorized(CHALLENGE + ", error=\"invalid_token\"");
    }
}
