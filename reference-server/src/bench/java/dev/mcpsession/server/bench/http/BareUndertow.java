package dev.mcpsession.server.bench.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.undertow.Undertow;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.nio.ByteBuffer;

/**
 * The most that the HTTP server can do, as it is by default: reads the body, and answers with fixed JSON. There is an
 * id in the head of the answer because whoever opens a session expects one.
 */
final class BareUndertow {

    private static final ByteBuffer ANSWER = ByteBuffer.allocateDirect(64)
            .put("{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}".getBytes(US_ASCII))
            .flip()
            .asReadOnlyBuffer();

    private static final HttpString SESSION_ID = new HttpString("Mcp-Session-Id");

    private BareUndertow() {}

    public static void main(String[] args) {
        Undertow.builder()
                .addHttpListener(Integer.parseInt(args[0]), "127.0.0.1")
                .setHandler(exchange -> exchange.getRequestReceiver().receiveFullBytes((whole, body) -> {
                    whole.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
                    whole.getResponseHeaders().put(SESSION_ID, "none");
                    whole.getResponseSender().send(ANSWER.duplicate());
                }))
                .build()
                .start();
    }
}
