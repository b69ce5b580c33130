package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.target.Target;
import java.net.URI;
import java.util.List;

/** Writes a request as a curl command for a POSIX shell. */
public final class Curl {
    private Curl() {}

    /** A command that repeats an exchange, without the secrets of the target. */
    public static String of(Exchange exchange, Target target) {
        return of(
                exchange.method(),
                url(exchange.uri()),
                exchange.requestHeaders().stream()
                        .map(h -> new Header(h.name(), target.mask(h.value())))
                        .toList(),
                exchange.requestBody() == null ? "" : target.mask(exchange.requestBody()));
    }

    /** A URL without what may be a secret in it: the values of its query. */
    public static String url(URI uri) {
        var text = uri.toString();
        return uri.getRawQuery() == null
                ? text
                : text.replace("?" + uri.getRawQuery(), "?" + uri.getRawQuery().replaceAll("=[^&]*", "=***"));
    }

    /** A command that makes such a request. */
    public static String of(String method, String url, List<Header> headers, String body) {
        var command = new StringBuilder("curl -i");
        if (method.equals("GET")) {
            // A stream may never end, and is to be seen as it comes.
            command.append(" -N --max-time 5");
        } else if (!method.equals("POST") || body.isEmpty()) {
            command.append(" -X ").append(quote(method));
        }
        command.append(' ').append(quote(url));
        for (var header : headers) {
            if (!header.name().equalsIgnoreCase("User-Agent")) {
                // curl drops a header without a value unless a semicolon stands in place of the colon.
                command.append(" -H ")
                        .append(quote(
                                header.value().isEmpty()
                                        ? header.name() + ";"
                                        : header.name() + ": " + header.value()));
            }
        }
        if (!body.isEmpty()) {
            command.append(" --data-raw ").append(quote(body));
        }
        return command.toString();
    }

    private static String quote(String text) {
        return text.matches("[A-Za-z0-9_./:@%+=-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
