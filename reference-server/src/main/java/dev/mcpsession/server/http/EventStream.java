package dev.mcpsession.server.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.nio.charset.StandardCharsets;

/** A response that is a stream of events, sent one by one, from any thread and without blocking. */
final class EventStream {

    private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.US_ASCII);

    private final HttpServerExchange exchange;
    private final OpenStreams open;
    private final Output output;
    /** When something was last sent, by the clock of the streams. */
    private volatile long lastSent;

    EventStream(HttpServerExchange exchange, OpenStreams open) {
        this.exchange = exchange;
        this.open = open;
        output = new Output(exchange, open.backlog());
        lastSent = open.now();
    }

    /** Sends the response's head, and from then on what is put into the stream. On the exchange's IO thread. */
    void open() {
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, Replies.EVENT_STREAM);
        Replies.describeStream(exchange);
        if (exchange.isHttp11()) {
            // Also on a connection that is closed afterwards: the client can then tell the end from a loss.
            exchange.getResponseHeaders().put(Headers.TRANSFER_ENCODING, Headers.CHUNKED.toString());
        }
        open.add(this);
        exchange.addExchangeCompleteListener((completed, next) -> {
            open.remove(this);
            output.die();
            next.proceed();
        });
        output.start();
    }

    /** Sends an event; does nothing once the stream has ended or the client is gone. */
    void send(byte[] event) {
        if (output.add(event, open.maxQueued())) {
            lastSent = open.now();
            output.send();
        } else {
            // The client does not read what it is sent.
            output.cutOff();
        }
    }

    /** Ends the response after what was sent before. */
    void end() {
        output.end();
        output.send();
    }

    /** Sends a comment, unless something was sent since the given time, or still waits for the client. */
    void keepAlive(long since) {
        if (lastSent - since <= 0 && output.addIfIdle(COMMENT)) {
            lastSent = open.now();
            output.send();
        }
    }
}
