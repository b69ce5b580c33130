package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.servers.ModernToyServer;
import dev.mcpsession.conformance.servers.ToyServer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Servers that mistake the ids of requests, or the form of responses, on some messages only. */
final class MessageIdWrongServers {
    private static final String CARRIES_ID = "transport/response-carries-id";

    private MessageIdWrongServers() {}

    static List<WrongServer> all() {
        return Stream.of(changed(), unheard(), modern(), lists())
                .flatMap(List::stream)
                .toList();
    }

    // ---- another id in the answer ----

    private static List<WrongServer> changed() {
        return List.of(
                WrongServer.toy(
                        "cuts ids to the length of a UUID",
                        CARRIES_ID,
                        "but got one with the id \"kit/0f8fad5b-d9cb-469f-a165-70867728\"",
                        () -> new Rewriting(call -> true, MessageIdWrongServers::cut)),
                WrongServer.toy(
                        "cuts the long ids of methods that it does not know",
                        CARRIES_ID,
                        "the error for a method that does not exist to have the id",
                        () -> new Rewriting(call -> call.called().startsWith("no/"), MessageIdWrongServers::cut)),
                WrongServer.toy(
                        "cuts the long id of an initialize",
                        CARRIES_ID,
                        "expected one response with the id \"kit/0f8fad5b-",
                        () -> new Rewriting(call -> call.called().equals("initialize"), MessageIdWrongServers::cut)),
                WrongServer.toy(
                        "holds ids without their sign",
                        CARRIES_ID,
                        "expected one response with the id -",
                        () -> new Rewriting(
                                call -> true, id -> id.isIntegralNumber() ? number(Math.abs(id.asLong())) : id)),
                WrongServer.toy(
                        "holds ids as numbers with few digits",
                        CARRIES_ID,
                        "expected one response with the id 9007199254740",
                        () -> new Rewriting(
                                call -> true,
                                id -> id.isIntegralNumber() && Math.abs(id.asLong()) > 1L << 50
                                        ? number((long) (float) id.asLong())
                                        : id)));
    }

    private static JsonNode cut(JsonNode id) {
        return id.isString() && id.asString().length() > 36
                ? Json.object().put("id", id.asString().substring(0, 36)).get("id")
                : id;
    }

    private static JsonNode number(long id) {
        return Json.object().put("id", id).get("id");
    }

    /** Writes another id than it read in the answers to some requests. */
    private static final class Rewriting extends ToyServer {
        private final Predicate<Call> which;
        private final UnaryOperator<JsonNode> change;

        Rewriting(Predicate<Call> which, UnaryOperator<JsonNode> change) {
            this.which = which;
            this.change = change;
        }

        @Override
        protected Answer reply(Call call, ObjectNode message) throws Exception {
            if (which.test(call)) {
                message.set("id", change.apply(message.get("id")));
            }
            return super.reply(call, message);
        }
    }

    // ---- requests that are taken for something else ----

    private static List<WrongServer> unheard() {
        return List.of(
                WrongServer.toy(
                        "takes a request with a negative id for a notification",
                        CARRIES_ID,
                        "expected one response with the id -",
                        () -> new Mistaking(MessageIdWrongServers::isNegative, Set.of(), ToyServer.Answer.of(202))),
                WrongServer.toy(
                        "takes a call with a negative id for a notification",
                        CARRIES_ID,
                        "expected one response with the id -",
                        () -> new Mistaking(
                                MessageIdWrongServers::isNegative, Set.of("tools/call"), ToyServer.Answer.of(202))),
                WrongServer.toy(
                        "ends the stream of a request with a negative id without an answer",
                        CARRIES_ID,
                        "the stream ended without it",
                        () -> new Mistaking(
                                MessageIdWrongServers::isNegative, Set.of(), ToyServer.Answer.stream(": nobody\n\n"))),
                WrongServer.toy(
                        "takes the id 0 for none",
                        CARRIES_ID,
                        "expected one response with the id 0, but got 202",
                        () -> new Mistaking(
                                id -> id.isIntegralNumber() && id.asLong() == 0, Set.of(), ToyServer.Answer.of(202))),
                WrongServer.toy(
                        "refuses an initialize with a negative id",
                        CARRIES_ID,
                        "to be served as with another, but got 400",
                        () -> new Mistaking(
                                MessageIdWrongServers::isNegative,
                                Set.of("initialize"),
                                ToyServer.Answer.error(400, -32600, "Invalid id"))),
                WrongServer.toy(
                        "takes a number in quotes for the number, and for one that was used",
                        CARRIES_ID,
                        "but got 400 with body",
                        () -> new ToyServer() {
                            private final Map<ToySession, Set<String>> used = new ConcurrentHashMap<>();

                            @Override
                            protected Answer serve(Call call, ToySession session) throws Exception {
                                if (call.isRequest() && session != null && !inBatch(call)) {
                                    var key = call.message().get("id").asString("");
                                    if (!used.computeIfAbsent(session, s -> ConcurrentHashMap.newKeySet())
                                            .add(key)) {
                                        return Answer.error(400, -32600, "The id was used before");
                                    }
                                }
                                return super.serve(call, session);
                            }
                        }));
    }

    private static boolean isNegative(JsonNode id) {
        return id.isIntegralNumber() && id.asLong() < 0;
    }

    /** Answers requests with some ids as if they were none: all of them, or those of some methods. */
    private static final class Mistaking extends ToyServer {
        private final Predicate<JsonNode> which;
        private final Set<String> methods;
        private final Answer mistake;

        Mistaking(Predicate<JsonNode> which, Set<String> methods, Answer mistake) {
            this.which = which;
            this.methods = methods;
            this.mistake = mistake;
        }

        @Override
        protected Answer post(Call call) throws Exception {
            return call.isRequest()
                            && which.test(call.message().get("id"))
                            && (methods.isEmpty()
                                    ? !call.called().equals("initialize")
                                    : methods.contains(call.called()))
                    ? mistake
                    : super.post(call);
        }
    }

    // ---- the modern era ----

    private static List<WrongServer> modern() {
        return List.of(
                ModernWrongServers.modern(
                        "takes a modern request with a negative id for a notification",
                        "modern/response-id",
                        "expected a response with the id -",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer modernPost(Call call) throws Exception {
                                return call.isRequest()
                                                && isNegative(call.message().get("id"))
                                        ? Answer.of(202)
                                        : super.modernPost(call);
                            }
                        }),
                ModernWrongServers.modern(
                        "answers modern requests without the sign of their ids",
                        "modern/response-id",
                        "expected the response to have the id -",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                var id = message.path("id");
                                return super.reply(
                                        call,
                                        id.isIntegralNumber() ? message.put("id", Math.abs(id.asLong())) : message);
                            }
                        }));
    }

    // ---- the form of responses ----

    private static List<WrongServer> lists() {
        return List.of(
                WrongServer.toy(
                                "answers single requests with a list of one",
                                CARRIES_ID,
                                "but got 200 with body [",
                                () -> new Listing(call -> !call.called().equals("initialize")))
                        .because("all that it answers has this form"),
                WrongServer.toy(
                                "answers single requests with a list of one, also those of foreign pages",
                                "transport/origin-403",
                                "for a request with the Origin http://attacker.example, but got 200",
                                () -> new Listing(call -> !call.called().equals("initialize")) {
                                    @Override
                                    protected boolean allowed(String origin) {
                                        return true;
                                    }
                                })
                        .because("all that it answers has this form"),
                WrongServer.toy(
                        "answers the list of tools with a list of one",
                        CARRIES_ID,
                        "but got 200 with body [",
                        () -> new Listing(call -> call.called().equals("tools/list"))));
    }

    /** Answers some requests as if each were a batch. */
    private static class Listing extends ToyServer {
        private final Predicate<Call> which;

        Listing(Predicate<Call> which) {
            this.which = which;
        }

        @Override
        protected Answer reply(Call call, ObjectNode message) throws Exception {
            return which.test(call) && !inBatch(call)
                    ? Answer.json(200, Json.batch(message))
                    : super.reply(call, message);
        }
    }
}
