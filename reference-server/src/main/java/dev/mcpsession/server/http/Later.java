package dev.mcpsession.server.http;

import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.SameThreadExecutor;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;

/** Continues an exchange when a result is there: at once if it is there already, and else as soon as it is. */
final class Later {

    /** The work to do then. On the exchange's IO thread, as a handler is called. */
    interface Step<T> {

        void take(T value) throws Refused;
    }

    private final Replies replies;

    Later(Replies replies) {
        this.replies = replies;
    }

    /**
     * Takes a step with a value as soon as there is one; if there is none, the exchange is refused for the same reason.
     * On the exchange's IO thread; nothing else may be done with the exchange after this.
     *
     * @param unwanted what to do with a value that comes when the exchange is over already
     */
    <T> void then(HttpServerExchange exchange, CompletableFuture<T> future, Step<T> step, Step<T> unwanted)
            throws Refused {
        if (future.isDone()) {
            step.take(valueOf(future));
            return;
        }
        exchange.dispatch(
                SameThreadExecutor.INSTANCE,
                () -> future.whenComplete((value, failure) -> {
                    try {
                        exchange.getIoThread().execute(() -> goOn(exchange, future, step, unwanted));
                    } catch (RejectedExecutionException e) {
                        // The server has stopped, and all connections are closed.
                        discard(future, unwanted);
                    }
                }));
    }

    /** As above, with a value that nothing need be done about. */
    <T> void then(HttpServerExchange exchange, CompletableFuture<T> future, Step<T> step) throws Refused {
        then(exchange, future, step, value -> {});
    }

    private <T> void goOn(HttpServerExchange exchange, CompletableFuture<T> future, Step<T> step, Step<T> unwanted) {
        if (exchange.isComplete()) {
            discard(future, unwanted);
            return;
        }
        Connectors.executeRootHandler(
                same -> replies.answering(same, null, () -> step.take(valueOf(future))), exchange);
    }

    private static <T> void discard(CompletableFuture<T> future, Step<T> unwanted) {
        if (!future.isCompletedExceptionally()) {
            try {
                unwanted.take(future.join());
            } catch (Refused e) {
                // Nobody is left to be refused.
                return;
            }
        }
    }

    /** Returns the value, or throws what it failed with. */
    private static <T> T valueOf(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        } catch (CancellationException e) {
            throw new IllegalStateException(e);
        }
    }
}
