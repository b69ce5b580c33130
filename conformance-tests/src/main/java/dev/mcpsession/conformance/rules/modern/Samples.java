package dev.mcpsession.conformance.rules.modern;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One request of each method that the server offers and that only reads: each was served as it is, so that what becomes
 * of it when something is wrong with it says something.
 */
final class Samples {
    static final String READ = "resources/read";
    static final String GET = "prompts/get";
    static final String COMPLETE = "completion/complete";

    /** The lists, by method, and what each has its items in. */
    static final Map<String, String> LISTS = Map.of(
            "tools/list",
            "tools",
            "prompts/list",
            "prompts",
            "resources/list",
            "resources",
            "resources/templates/list",
            "resourceTemplates");

    private static final List<String> LIST_ORDER =
            List.of("tools/list", "prompts/list", "resources/list", "resources/templates/list");
    /** So many prompts or resources are tried until one is served, and a request until it has a response. */
    private static final int TRIES = 3;

    /** So often is a request made as it is, where a form of it was not served: some servers fail now and then. */
    private static final int LOOKS = 10;

    private static final Duration ACKNOWLEDGED_WITHIN = Duration.ofSeconds(2);
    /** A resource that says to be larger is not read. */
    static final long LARGEST = 256 * 1024;

    private Samples() {}

    /**
     * A request that was served.
     *
     * @param message makes it anew, with another id
     * @param served the exchange in which it was served; null for a call of a tool, which is tried without
     */
    record Sample(
            String method,
            Function<Client, ObjectNode> message,
            @Nullable Exchange served) {
        /**
         * The exchange in which it was served.
         *
         * @throws NullPointerException if it is a call that was not tried
         */
        @Override
        public Exchange served() {
            return Objects.requireNonNull(served, "served");
        }

        /** Whether the reply is a stream that stays open. */
        boolean listens() {
            return method.equals(Subscriptions.LISTEN);
        }

        /** Whether the header Mcp-Name repeats a name of it. */
        boolean isNamed() {
            return method.equals(READ) || method.equals(GET);
        }

        /** The name that the header Mcp-Name repeats; empty where there is none. */
        String name() {
            var params = Json.parse(served().requestBody()).path("params");
            return params.path(method.equals(READ) ? "uri" : "name").asString("");
        }

        JsonNode result() {
            return served().result().orElseGet(Json::object);
        }

        Request request(Client client) {
            return client.post(message.apply(client));
        }

        /** The request with something else in its message. */
        Request request(Client client, Consumer<ObjectNode> change) {
            var changed = message.apply(client);
            change.accept(changed);
            return client.post(changed);
        }

        /** Sends a form of the request, and waits for as much of the reply as can be judged. */
        Exchange send(Request request) {
            if (!listens()) {
                return request.send();
            }
            var reply = Calls.opened(request);
            if (reply.isEventStream()) {
                reply.await(() -> !reply.messages().isEmpty(), ACKNOWLEDGED_WITHIN);
            }
            reply.close();
            return reply;
        }

        /** Whether a reply to it says that it was served. */
        boolean isServed(Exchange reply) {
            return reply.answered()
                    && reply.status() == 200
                    && (reply.result().isPresent()
                            || listens()
                                    && reply.messages().stream()
                                            .anyMatch(m -> Subscriptions.ACKNOWLEDGED.equals(
                                                    m.path("method").asString(""))));
        }

        @Override
        public String toString() {
            return method;
        }
    }

    /**
     * The requests that only read, of those that the server serves.
     *
     * @throws RuleAbortedException if it serves none of it, or is too busy
     */
    static List<Sample> of(Client client) {
        var samples = new ArrayList<Sample>();
        var declared = add(samples, client, Calls.DISCOVER, c -> c.request(Calls.DISCOVER))
                .map(s -> s.result().path("capabilities"));
        Predicate<String> offered = kind -> declared.map(c -> c.has(kind)).orElse(true);
        for (var list : LIST_ORDER) {
            if (offered.test(list.split("/", 2)[0])) {
                add(samples, client, list, c -> c.request(list)).ifPresent(s -> addItem(samples, client, s));
            }
        }
        if (declared.filter(c -> c.has("completions")).isPresent()) {
            completion(samples).ifPresent(message -> add(samples, client, COMPLETE, message));
        }
        Subscriptions.tryOpen(client, Subscriptions.all()).ifPresent(stream -> {
            stream.close();
            var sample = new Sample(Subscriptions.LISTEN, c -> Subscriptions.listen(c, Subscriptions.all()), stream);
            if (sample.isServed(stream)) {
                samples.add(sample);
            }
        });
        if (samples.isEmpty()) {
            throw RuleAbortedException.inconclusive("the server serves neither discovery nor any list");
        }
        return samples;
    }

    /**
     * Adds a request if it is served.
     *
     * @throws RuleAbortedException if it is answered without a response each time: no server offers that, and to leave
     *     the method out would be to judge the rest alone
     */
    private static Optional<Sample> add(
            List<Sample> samples, Client client, String method, Function<Client, ObjectNode> message) {
        return client.tries(TRIES, () -> {
            var reply = client.post(message.apply(client)).send();
            if (Calls.isOutOfScope(reply)) {
                return Optional.empty();
            }
            Calls.status(reply);
            var sample = new Sample(method, message, reply);
            if (sample.isServed(reply)) {
                samples.add(sample);
                return Optional.of(sample);
            }
            if (reply.status() == 200 && Calls.responses(reply).isEmpty()) {
                throw RuleAbortedException.inconclusive(
                        "the reply to " + method + " had no response: " + reply.describeReply(), reply);
            }
            return Optional.empty();
        });
    }

    private static void addItem(List<Sample> samples, Client client, Sample list) {
        if (list.method().equals("resources/list")) {
            addFirst(
                    samples,
                    client,
                    READ,
                    "uri",
                    list.result()
                            .path("resources")
                            .valueStream()
                            .filter(r -> r.path("size").asLong(0) <= LARGEST));
        } else if (list.method().equals("prompts/list")) {
            addFirst(
                    samples,
                    client,
                    GET,
                    "name",
                    list.result()
                            .path("prompts")
                            .valueStream()
                            .filter(p -> p.path("arguments")
                                    .valueStream()
                                    .noneMatch(a -> a.path("required").asBoolean(false))));
        }
    }

    private static void addFirst(
            List<Sample> samples, Client client, String method, String field, Stream<JsonNode> items) {
        for (var item : items.limit(TRIES).toList()) {
            var name = item.path(field).asString("");
            if (!name.isEmpty()
                    && add(samples, client, method, c -> named(c, method, field, name))
                            .isPresent()) {
                return;
            }
        }
    }

    private static Optional<Function<Client, ObjectNode>> completion(List<Sample> samples) {
        return find(samples, "prompts/list").stream()
                .flatMap(s -> s.result().path("prompts").valueStream())
                .filter(p -> p.path("arguments").path(0).path("name").isString())
                .findFirst()
                .map(p -> c -> completion(
                        c,
                        p.path("name").asString(),
                        p.path("arguments").path(0).path("name").asString()));
    }

    /** A request for completions of an argument of a prompt. */
    static ObjectNode completion(Client client, String prompt, String argument) {
        var message = client.request(COMPLETE);
        var params = (ObjectNode) message.get("params");
        params.putObject("ref").put("type", "ref/prompt").put("name", prompt);
        params.putObject("argument").put("name", argument).put("value", "a");
        return message;
    }

    /** A request with one param that names what it is about. */
    static ObjectNode named(Client client, String method, String field, String name) {
        var message = client.request(method);
        ((ObjectNode) message.get("params")).put(field, name);
        return message;
    }

    /** The sample of a method, if there is one. */
    static Optional<Sample> find(List<Sample> samples, String method) {
        return samples.stream().filter(s -> s.method().equals(method)).findFirst();
    }

    /** Those that are answered with one response. */
    static List<Sample> answered(List<Sample> samples) {
        return samples.stream().filter(s -> !s.listens()).toList();
    }

    // ---- what becomes of them when something is wrong ----

    /**
     * Checks that a form of a sample is refused with a status.
     *
     * @param because what is wrong with it, to follow "for a call of METHOD "
     * @throws Violation if it is not
     * @throws RuleAbortedException if no reply came, or the server serves the sample no more as it is
     */
    static Exchange mustBeRefused(Client client, Sample sample, Request request, int expected, String because) {
        var reply = sample.send(request);
        int status = Calls.status(reply);
        if (status == expected) {
            return reply;
        }
        var expectation = "status " + expected + " for a call of " + sample + " " + because;
        if (!sample.isServed(reply)) {
            // A request that is refused in another way may be refused for another reason by now.
            if (!sample.isServed(sample.send(sample.request(client)))) {
                throw RuleAbortedException.inconclusive("the server serves " + sample + " no more as it did");
            }
            if (sample.listens()) {
                throw new Suspicion(expectation, "got " + Calls.describe(reply), reply);
            }
            if (status / 100 == 4) {
                mustNotBeOfGateway(client, reply);
            }
        }
        return reply.mustHave(false, expectation, "got " + Calls.describe(reply));
    }

    /**
     * Sees to it that a refusal is one of the server. Whoever stands before it and looks at headers alone may refuse a
     * request for them with another status, and without a JSON-RPC error; faults of the body, which it does not see,
     * are then still answered with one.
     *
     * @throws RuleAbortedException if it seems to be of something else
     */
    static void mustNotBeOfGateway(Client client, Exchange refusal) {
        if (refusal.error().isPresent()) {
            return;
        }
        var faulty = client.request(Calls.DISCOVER);
        Calls.meta(faulty).remove(Client.META_PREFIX + "clientCapabilities");
        var control = client.post(faulty).send();
        if (control.answered() && Calls.code(control).isPresent()) {
            throw RuleAbortedException.inconclusive(
                    "a gateway before the server may have refused " + refusal.describe() + ", which was answered "
                            + refusal.describeReply() + ": a fault in a body is answered with a JSON-RPC error; give"
                            + " the URL of the server itself",
                    refusal);
        }
    }

    /** As {@link #mustBeRefused}, for every sample, with other headers. */
    static void mustAllBeRefused(
            Client client, List<Sample> samples, UnaryOperator<Request> headers, int expected, String because) {
        for (var sample : samples) {
            mustBeRefused(client, sample, headers.apply(sample.request(client)), expected, because);
        }
    }

    /**
     * Checks that a form of a sample is served as the sample was.
     *
     * @param although what it has that must not matter
     * @throws Suspicion if it is not
     */
    static void mustBeServed(Client client, Sample sample, Request request, String although) {
        var reply = sample.send(request);
        Calls.status(reply);
        if (sample.isServed(reply)) {
            return;
        }
        if (!sample.listens()) {
            Calls.whole(reply);
        }
        throw notServed(client, sample, reply, "a call of " + sample + " to be served " + although);
    }

    /**
     * The exception for a form of a sample that was not served and should have been. The server may have failed at
     * what it works with, so that this is a suspicion at most.
     *
     * @throws RuleAbortedException if the sample is not served as it is either
     */
    static Suspicion notServed(Client client, Sample sample, Exchange reply, String expectation) {
        for (int i = 0; i < LOOKS; i++) {
            if (!sample.isServed(sample.send(sample.request(client)))) {
                throw RuleAbortedException.inconclusive("the server does not always serve " + sample + " as it is");
            }
        }
        return new Suspicion(expectation, "got " + Calls.describe(reply), reply);
    }
}
