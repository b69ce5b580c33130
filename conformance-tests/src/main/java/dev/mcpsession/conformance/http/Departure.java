package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.protocol.Text;
import java.net.ConnectException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * That connections to a server are refused which had answered before: its process may have ended.
 *
 * @param lastAnswered the exchange that brought the last answer, where there was one
 * @param unanswered the request that it most likely ended at: of those that broke off then, the first of a kind that it
 *     had never answered, or else the last; where none broke off, the first after it
 * @param isNew whether the server had never answered a request of that kind
 * @param beside how many other requests broke off then
 */
public record Departure(Optional<Exchange> lastAnswered, Exchange unanswered, boolean isNew, int beside) {
    /** The characters of a body that is no message by which its kind is told. */
    private static final int TELLING = 60;

    /** Whether a connection for an exchange was refused, so that the server never saw the request. */
    public static boolean isRefused(Exchange exchange) {
        if (exchange.answered()) {
            return false;
        }
        for (var cause = exchange.failure().orElse(null); cause != null; cause = cause.getCause()) {
            if (cause instanceof ConnectException) {
                return true;
            }
        }
        return false;
    }

    /** Takes down which requests break off, or are refused a connection. Safe for use by several threads. */
    static final class Watch {
        /** More of them say nothing more. */
        private static final int MOST = 50;

        private final URI uri;
        private final List<Exchange> brokenOff = new ArrayList<>();
        private final Set<String> answered = new HashSet<>();
        private @Nullable Exchange lastAnswered;
        private @Nullable Exchange refused;
        private Runnable onRefused = () -> {};

        /** Requests to other URLs say nothing of the server. */
        Watch(URI uri) {
            this.uri = uri;
        }

        /** @param task run when a connection is refused, and none was since the last answer */
        synchronized void onRefused(Runnable task) {
            onRefused = task;
        }

        synchronized void onAnswer(Exchange exchange) {
            if (exchange.uri().equals(uri)) {
                lastAnswered = exchange;
                answered.add(kind(exchange));
                refused = null;
                // Whoever answers a later request has not died of those.
                brokenOff.removeIf(other -> other.endAt() - exchange.sentAt() < 0);
            }
        }

        void onEnd(Exchange exchange) {
            if (exchange.answered()
                    || exchange.failure().isEmpty()
                    || !exchange.uri().equals(uri)) {
                return;
            }
            Runnable tell = () -> {};
            synchronized (this) {
                if (!isRefused(exchange)) {
                    if (brokenOff.size() < MOST) {
                        brokenOff.add(exchange);
                    }
                } else if (refused == null) {
                    refused = exchange;
                    tell = onRefused;
                }
            }
            tell.run();
        }

        /** Says that the server takes connections again. */
        synchronized void reopened() {
            refused = null;
        }

        /** Whether a request broke off that nothing was answered after. */
        synchronized boolean hasBrokenOff() {
            return !brokenOff.isEmpty();
        }

        /** That connections are refused, if they are, and none was taken since. */
        synchronized Optional<Departure> departure() {
            if (refused == null) {
                return Optional.empty();
            }
            // What came after the one that it ended at broke off too: so the first of those that may be it.
            var at = brokenOff.stream()
                    .filter(this::isNew)
                    .min(Comparator.comparingLong(Exchange::sentAt))
                    .or(() -> brokenOff.stream().max(Comparator.comparingLong(Exchange::sentAt)))
                    .orElse(refused);
            return Optional.of(
                    new Departure(Optional.ofNullable(lastAnswered), at, isNew(at), Math.max(0, brokenOff.size() - 1)));
        }

        private boolean isNew(Exchange exchange) {
            // A call of a tool may take its time: that none was answered yet says nothing.
            return !answered.contains(kind(exchange)) && !exchange.describe().equals("POST tools/call");
        }

        /** The method that was called, such as "POST ping", and the beginning of a body that calls none. */
        private static String kind(Exchange exchange) {
            var words = exchange.describe();
            var body = exchange.requestBody();
            return body == null || words.contains(" ") ? words : words + " " + Text.beginning(body, TELLING);
        }
    }
}
