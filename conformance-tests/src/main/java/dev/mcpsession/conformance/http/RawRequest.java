package dev.mcpsession.conformance.http;

import java.time.Duration;

/**
 * A request that is written byte by byte over a connection of its own, for what the JDK's client refuses to send:
 * control bytes in a header, a {@code Host} of our choice, any method at all.
 *
 * <p>Each character of a header or of the body's head is sent as one byte (ISO 8859-1), so that every byte can be
 * written down; the body is sent as UTF-8. {@code Host}, {@code Content-Length} and {@code Connection: close} are added
 * where the request does not set them. A connection that the server closes without a reply shows as an exchange that
 * ended with a failure and was not answered.
 */
public final class RawRequest {
    /** Between two pieces of a body: long enough for a server to read the first alone. */
    private static final int PAUSE_MILLIS = 30;

    private final Client client;
    private final Request request;
    private final Framing framing;

    RawRequest(Client client, Request request) {
        this(client, request, Framing.WHOLE);
    }

    RawRequest(Client client, Request request, Framing framing) {
        this.client = client;
        this.request = request;
        this.framing = framing;
    }

    /** The same request, whose body follows its head in so many pieces, each a moment after the one before. */
    public RawRequest inPieces(int pieces) {
        return new RawRequest(client, request, new Framing(pieces, PAUSE_MILLIS, framing.chunked()));
    }

    /** The same request without {@code Connection: close}, after which the server may keep the connection. */
    public RawRequest keepingAlive() {
        return new RawRequest(client, request.header("Connection", "keep-alive"), framing);
    }

    /** The same request without a Content-Length: each piece of its body is a chunk. */
    public RawRequest chunked() {
        return new RawRequest(client, request, new Framing(framing.pieces(), framing.pauseMillis(), true));
    }

    /**
     * Starts the exchange and returns at once.
     *
     * @throws dev.mcpsession.conformance.judgement.RuleAbortedException where the server is reached through a proxy
     */
    public Exchange start() {
        return client.startRaw(request, framing);
    }

    /** As {@link Request#open()}. */
    public Exchange open() {
        return request.insist(() -> {
            var exchange = start();
            exchange.awaitHead(client.patience());
            return exchange;
        });
    }

    /** As {@link Request#peek()}. */
    Exchange peek() {
        var exchange = open();
        exchange.close();
        return exchange;
    }

    /** As {@link Request#send()}. */
    public Exchange send() {
        return send(client.patience());
    }

    /** As {@link Request#send(Duration)}. */
    public Exchange send(Duration patience) {
        return request.insist(() -> Request.complete(start(), patience));
    }
}
