package dev.mcpsession.conformance.rules.modern;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.target.SlowTool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The requests that the rules of the modern era make, and what they ask of the replies. */
final class Calls {
    static final String DISCOVER = "server/discover";
    static final String LIST = "tools/list";
    /** A method that no server can have. */
    static final String UNKNOWN_METHOD = "mcp-session-conformance/no-such-method";
    /** A tool that no server can have. */

    /** How much longer than other requests a call of the slow tool may take, where nobody said how slow it is. */
    private static final Duration UNPROMISED = Duration.ofSeconds(20);

    /** How long the body of a reply may take that is no stream. */
    private static final Duration FULL = Duration.ofSeconds(10);

    /**
     * Statuses that say nothing about the rule at hand: the server, or a gateway in front of it, does not serve us
     * now.
     */
    private static final Set<Integer> BUSY = Set.of(401, 407, 429, 502, 503, 504);

    private Calls() {}

    static Exchange discover(Client client) {
        return client.post(client.request(DISCOVER)).send();
    }

    /** A message with the {@code _meta} of its params, which it must have. */
    static ObjectNode meta(ObjectNode message) {
        return (ObjectNode) message.get("params").get("_meta");
    }

    /** How long a call of the slow tool may take. */
    static Duration slowPatience(Client client) {
        var promised = client.target()
                .slowTool()
                .map(SlowTool::atLeast)
                .orElse(Duration.ZERO)
                .multipliedBy(4);
        return client.patience().plus(promised.isZero() ? UNPROMISED : promised);
    }

    /**
     * The status of a reply.
     *
     * @throws RuleAbortedException if none came, or the server is too busy
     */
    static int status(Exchange exchange) {
        int status = exchange.status();
        if (BUSY.contains(status)) {
            throw RuleAbortedException.inconclusive(
                    "the server did not serve " + exchange.describe() + ": it answered " + exchange.describeReply());
        }
        if (isOutOfScope(exchange)) {
            throw RuleAbortedException.inconclusive("the token does not suffice for " + exchange.describe()
                    + ", which was answered " + exchange.describeReply() + ": give one with more scopes");
        }
        return status;
    }

    /** Whether a request was refused because its token is good, and not for this. */
    static boolean isOutOfScope(Exchange exchange) {
        return exchange.status() == 403
                && exchange.headerValues("WWW-Authenticate").stream().anyMatch(c -> c.contains("insufficient_scope"));
    }

    /**
     * A reply that has come as far as it must before its body can be judged.
     *
     * @throws RuleAbortedException if it has not, or the server is too busy
     */
    static Exchange whole(Exchange exchange) {
        status(exchange);
        boolean ended = exchange.endedByServer() && exchange.failure().isEmpty();
        if (!ended && !(exchange.isEventStream() && exchange.response().isPresent())) {
            throw RuleAbortedException.inconclusive(
                    "the reply to " + exchange.describe() + " did not come completely: " + exchange.describeReply());
        }
        return exchange;
    }

    /**
     * The result of a request that a rule needs before it can judge anything.
     *
     * @throws RuleAbortedException if there is none
     */
    static JsonNode result(Exchange exchange) {
        if (whole(exchange).status() != 200 || exchange.result().isEmpty()) {
            throw RuleAbortedException.inconclusive(exchange.describe() + " was answered " + describe(exchange));
        }
        return exchange.result().get();
    }

    /**
     * Checks that a request was served.
     *
     * @param although what the request has that must not matter, such as "with a session id"
     * @throws Violation if it was not
     * @throws RuleAbortedException if no reply came, or the server is too busy
     */
    static Exchange mustBeServed(Exchange exchange, String although) {
        boolean served = whole(exchange).status() == 200 && exchange.result().isPresent();
        return exchange.mustHave(
                served, exchange.describe() + " to be served " + although, "it was answered " + describe(exchange));
    }

    /**
     * Checks that a request was refused with a status.
     *
     * @throws Violation if it was not
     * @throws RuleAbortedException if no reply came, or the server is too busy
     */
    static Exchange mustBeRefused(Exchange exchange, int expected, String because) {
        status(exchange);
        return exchange.mustHaveStatus(expected, because);
    }

    /**
     * As {@link #mustBeRefused(Exchange, int, String)}, for a request that is served when there is nothing wrong about
     * it.
     *
     * @throws RuleAbortedException if it is refused otherwise, and refused too when there is nothing wrong about it
     */
    static Exchange mustBeRefused(Exchange exchange, int expected, String because, Request right) {
        int status = status(exchange);
        if (status != expected && status / 100 != 2) {
            var served = opened(right);
            boolean refused = served.answered() && served.status() / 100 != 2;
            served.close();
            if (refused) {
                throw RuleAbortedException.inconclusive("even with nothing wrong about it, " + served.describe()
                        + " was answered " + describe(served) + ", so that a refusal of it says nothing");
            }
        }
        return exchange.mustHaveStatus(expected, because);
    }

    /** Status and, where there is an error in an event stream, that. */
    static String describe(Exchange exchange) {
        return exchange.isEventStream() && exchange.error().isPresent()
                ? exchange.status() + " with an event stream that says "
                        + exchange.error().get()
                : exchange.describeReply();
    }

    /** The code of the error in a reply, if there is one and it is an integer, written in whatever way. */
    static Optional<Integer> code(Exchange exchange) {
        return exchange.error()
                .map(e -> e.path("code"))
                .filter(Json::isInteger)
                .map(c -> c.decimalValue().intValue());
    }

    /** Whether two values are the same to JSON: numbers as numbers, everything else as it is. */
    static boolean same(@Nullable JsonNode one, @Nullable JsonNode other) {
        if (one == null || other == null) {
            return one == other;
        }
        return Json.isInteger(one) && Json.isInteger(other)
                ? one.decimalValue().compareTo(other.decimalValue()) == 0
                : one.equals(other);
    }

    /** The responses that have come in a reply, results and errors alike. */
    static List<JsonNode> responses(Exchange exchange) {
        return exchange.messages().stream()
                .filter(m -> m.isObject() && (m.has("result") || m.has("error")))
                .toList();
    }

    /** The capabilities that the server declares; empty where discovery does not work. */
    static Optional<JsonNode> declared(Client client) {
        var discovery = discover(client);
        status(discovery);
        return discovery.result().map(r -> r.path("capabilities")).filter(JsonNode::isObject);
    }

    /**
     * The capabilities that the server declares.
     *
     * @throws RuleAbortedException if discovery does not work
     */
    static JsonNode capabilities(Client client) {
        return result(discover(client)).path("capabilities");
    }

    /**
     * The names of the tools that a reply lists.
     *
     * @throws RuleAbortedException if it lists none
     */
    static List<String> names(Exchange list) {
        var names = new ArrayList<String>();
        result(list).path("tools").forEach(t -> names.add(t.path("name").asString("")));
        names.sort(null);
        return names;
    }

    /**
     * Demands that discovery, by which a rule tries out what it is about, works where there is nothing odd about it.
     *
     * @throws RuleAbortedException if it does not
     */
    static void needDiscovery(Client client) {
        result(discover(client));
    }

    /** The slow tool, which the kit was told that it may call, where the server lists it in this revision. */
    static Optional<SlowTool> callable(Client client) {
        return client.target()
                .slowTool()
                .filter(t -> client.capabilities().tools().contains(t.name()));
    }

    /** Starts the reply to a request, and waits for as much of it as is to be seen at once: a stream stays open. */
    static Exchange opened(Request request) {
        var reply = request.open();
        if (reply.answered() && !reply.isEventStream()) {
            reply.awaitEnd(FULL);
        }
        return reply;
    }
}
