package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.Changes;
import dev.mcpsession.server.protocol.Subscription;
import io.undertow.server.HttpServerExchange;

/** The response to a client that listens: open until the client or the server ends it. */
final class SubscriptionStream implements Changes.Hearer {

    private final Subscription subscription;
    private final EventStream stream;

    private SubscriptionStream(Subscription subscription, EventStream stream) {
        this.subscription = subscription;
        this.stream = stream;
    }

    /** Begins the response. On the exchange's IO thread. */
    static void open(HttpServerExchange exchange, Subscription subscription, EndpointState state) {
        var changes = state.changes();
        var listening = new SubscriptionStream(subscription, new EventStream(exchange, state.streams()));
        exchange.addExchangeCompleteListener((completed, next) -> {
            changes.remove(listening);
            next.proceed();
        });
        PeerWatch.start(exchange);
        listening.stream.open();
        listening.stream.send(Replies.event(subscription.acknowledged()));
        // Not before: nothing may precede the acknowledgement.
        changes.add(listening);
        if (exchange.isComplete()) {
            changes.remove(listening);
        }
    }

    @Override
    public void toolsChanged(long change) {
        var message = subscription.toolsChanged();
        if (message != null) {
            stream.send(Replies.event(message));
        }
    }

    @Override
    public void stopping() {
        stream.send(Replies.event(subscription.ended()));
        stream.end();
    }
}
