package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Unless.NO_SUBSCRIPTIONS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Streams of changes: how they are opened, and their first message. */
final class Subscriptions {
    static final String LISTEN = "subscriptions/listen";
    static final String ACKNOWLEDGED = "notifications/subscriptions/acknowledged";

    private Subscriptions() {}

    /** A filter that asks for every change of a list. */
    static ObjectNode all() {
        return Json.object()
                .put("toolsListChanged", true)
                .put("promptsListChanged", true)
                .put("resourcesListChanged", true);
    }

    /** A request for a stream of what the filter names. */
    static ObjectNode listen(Client client, ObjectNode filter) {
        var message = client.request(LISTEN);
        ((ObjectNode) message.get("params")).set("notifications", filter);
        return message;
    }

    /**
     * Opens a stream.
     *
     * @throws RuleAbortedException if the server offers none
     */
    static Exchange open(Client client, ObjectNode message) {
        var stream = ask(client, message);
        if (stream.status() == 404
                || Calls.code(stream).filter(c -> c == -32601).isPresent()) {
            throw RuleAbortedException.notApplicable(
                    NO_SUBSCRIPTIONS, LISTEN + " was answered " + Calls.describe(stream));
        }
        if (!isOpen(stream)) {
            throw RuleAbortedException.inconclusive(
                    "no stream could be opened: " + LISTEN + " was answered " + Calls.describe(stream));
        }
        return stream;
    }

    /** Opens a stream, if the server offers that. */
    static Optional<Exchange> tryOpen(Client client, ObjectNode filter) {
        try {
            return Optional.of(ask(client, listen(client, filter))).filter(Subscriptions::isOpen);
        } catch (RuleAbortedException e) {
            return Optional.empty();
        }
    }

    /** Asks for a stream, and waits for its first message, or for the reply that is none. */
    private static Exchange ask(Client client, ObjectNode message) {
        var stream = client.post(message).start();
        stream.awaitHead(client.patience());
        if (!stream.isEventStream()) {
            stream.awaitEnd(client.patience());
        } else {
            stream.await(() -> !stream.messages().isEmpty(), client.patience());
        }
        Calls.status(stream);
        return stream;
    }

    private static boolean isOpen(Exchange stream) {
        return stream.status() == 200 && stream.error().isEmpty();
    }

    /**
     * The acknowledgement on a stream, wherever it stands.
     *
     * @throws RuleAbortedException if there is none
     */
    static JsonNode acknowledgement(Exchange stream) {
        return stream.messages().stream()
                .filter(m -> ACKNOWLEDGED.equals(m.path("method").asString("")))
                .findFirst()
                .orElseThrow(() -> RuleAbortedException.inconclusive("the subscription was not acknowledged: " + LISTEN
                        + " was answered " + Calls.describe(stream)));
    }
}
