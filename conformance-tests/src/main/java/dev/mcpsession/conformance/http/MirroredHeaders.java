package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.MirroredParameter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The headers in which a modern request repeats parts of its body (2026-07-28, transports/streamable-http, "Standard
 * Request Headers").
 */
final class MirroredHeaders {
    private static final String ENCODED = "=?base64?";
    private static final String ENCODED_END = "?=";

    private MirroredHeaders() {}

    /**
     * The headers of a message; none for one without a method.
     *
     * @param schema the input schema of the tool that the message calls, where its parameters are to be mirrored
     */
    static List<Header> of(JsonNode message, @Nullable JsonNode schema) {
        var headers = new ArrayList<Header>();
        if (!message.path("method").isString()) {
            return headers;
        }
        headers.add(new Header(Client.METHOD_HEADER, message.get("method").asString()));
        var params = message.path("params");
        var named = params.path("name").isString() ? params.path("name") : params.path("uri");
        if (named.isString()) {
            headers.add(new Header(Client.NAME_HEADER, value(named.asString())));
        }
        if (schema != null) {
            for (var parameter : MirroredParameter.of(schema)) {
                parameter
                        .value(params.path("arguments"))
                        .ifPresent(given -> headers.add(new Header(parameter.header(), value(given))));
            }
        }
        return headers;
    }

    /** A text as a header value: encoded where it is no plain ASCII, or looks as if it were encoded. */
    private static String value(String text) {
        boolean plain = text.chars().allMatch(c -> c >= ' ' && c <= '~')
                && text.equals(text.strip())
                && !(text.startsWith(ENCODED) && text.endsWith(ENCODED_END));
        return plain ? text : encoded(text);
    }

    /** A text in the encoding for header values, whether or not it needs that. */
    static String encoded(String text) {
        return ENCODED + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)) + ENCODED_END;
    }
}
