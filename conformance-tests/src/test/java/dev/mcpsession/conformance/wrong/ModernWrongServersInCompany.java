package dev.mcpsession.conformance.wrong;

import static dev.mcpsession.conformance.wrong.ModernWrongServers.modern;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.servers.FullToyServer;
import dev.mcpsession.conformance.servers.ModernToyServer;
import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Servers that do wrong only beside other requests: at the same time, with the same id, or on a stream. */
final class ModernWrongServersInCompany {
    private static final String COUNTING =
            "rules that run beside one another count their requests from the same number";

    /** So many requests at once are hardly those of one rule. */
    private static final int MANY = 16;

    private static final int SEVERAL = 4;

    private ModernWrongServersInCompany() {}

    static List<WrongServer> all() {
        return Stream.of(beside(), subscriptions(), progress(), logs(), text())
                .flatMap(List::stream)
                .toList();
    }

    // ---- at the same time ----

    private static List<WrongServer> beside() {
        return List.of(
                modern(
                        "has no answer for one of many requests",
                        "modern/many-at-once",
                        "the reply ended without one",
                        () -> new ModernToyServer() {
                            private final AtomicInteger open = new AtomicInteger();

                            @Override
                            protected Answer handle(Call call) throws Exception {
                                boolean discovers = call.called().equals("server/discover");
                                try {
                                    boolean several = open.incrementAndGet() > SEVERAL;
                                    // So that requests that were sent together are served together, and those of
                                    // rules that run side by side are not taken for them.
                                    Thread.sleep(several ? 0 : 100);
                                    for (int i = 0; several && i < 100 && open.get() <= MANY; i++) {
                                        Thread.sleep(10);
                                    }
                                    return discovers && open.get() > MANY
                                            ? Answer.stream(": nothing\n\n")
                                            : super.handle(call);
                                } finally {
                                    open.decrementAndGet();
                                }
                            }
                        }),
                modern(
                                "takes a second request with an id for the first one again",
                                "modern/same-id-while-open",
                                "expected a response to server/discover, although",
                                () -> new Pending() {
                                    @Override
                                    Answer again(Call call) {
                                        return Answer.error(409, -32600, "There is a request with this id");
                                    }
                                })
                        .because(COUNTING),
                modern(
                                "answers a request with the id of an open one with what that one gets",
                                "modern/same-id-while-open",
                                "expected a response to server/discover, although",
                                () -> new Pending() {
                                    @Override
                                    Answer again(Call call) throws Exception {
                                        return complete(call, text("slept"));
                                    }
                                })
                        .because(COUNTING),
                modern(
                        "remembers what a client can over a connection",
                        "modern/lists-independent",
                        "expected the list of tools to be the same after other requests",
                        () -> new ModernToyServer() {
                            private final Set<Object> capable = ConcurrentHashMap.newKeySet();

                            @Override
                            protected ObjectNode tools(Call call) {
                                if (meta(call, "clientCapabilities").has("sampling")) {
                                    capable.add(call.exchange().getConnection());
                                }
                                var result = super.tools(call);
                                if (capable.contains(call.exchange().getConnection())) {
                                    result.withArray("tools")
                                            .addObject()
                                            .put("name", "sample")
                                            .putObject("inputSchema")
                                            .put("type", "object");
                                }
                                return result;
                            }
                        }),
                modern(
                        "lists what was read",
                        "modern/lists-independent",
                        "expected the list of resources to be the same",
                        () -> new FullToyServer() {
                            private final Set<Object> readers = ConcurrentHashMap.newKeySet();

                            @Override
                            protected Answer read(Call call, String uri) throws Exception {
                                readers.add(call.exchange().getConnection());
                                return super.read(call, uri);
                            }

                            @Override
                            protected Answer list(Call call, String field, List<ObjectNode> items) throws Exception {
                                return super.list(
                                        call,
                                        field,
                                        field.equals("resources")
                                                        && readers.contains(
                                                                call.exchange().getConnection())
                                                ? items.subList(0, 1)
                                                : items);
                            }
                        }));
    }

    /** Keeps calls that are open by their id alone. */
    private abstract static class Pending extends ModernToyServer {
        private final Set<JsonNode> open = ConcurrentHashMap.newKeySet();

        @Override
        protected Answer sleepOnStream(Call call, long millis) throws Exception {
            var id = call.message().get("id");
            open.add(id);
            try {
                return super.sleepOnStream(call, millis);
            } finally {
                open.remove(id);
            }
        }

        @Override
        protected Answer handle(Call call) throws Exception {
            return open.contains(call.message().get("id")) && !call.called().equals("tools/call")
                    ? again(call)
                    : super.handle(call);
        }

        abstract Answer again(Call call) throws Exception;
    }

    // ---- subscriptions ----

    private static List<WrongServer> subscriptions() {
        return List.of(
                modern(
                        "a closed subscription ends all with its id",
                        "modern/subscriptions-apart",
                        "expected another client's subscription with the same id to stay open",
                        () -> new ModernToyServer() {
                            private final Map<JsonNode, List<Events>> streams = new ConcurrentHashMap<>();

                            @Override
                            protected void beforeAcknowledgement(Call call, Events events) {
                                streams.computeIfAbsent(call.message().get("id"), id -> new CopyOnWriteArrayList<>())
                                        .add(events);
                            }

                            @Override
                            protected Answer listen(Call call) throws Exception {
                                var answer = super.listen(call);
                                var others = streams.remove(call.message().path("id"));
                                if (others != null) {
                                    for (var other : others) {
                                        try {
                                            other.close();
                                        } catch (IOException | IllegalStateException e) {
                                            // It has gone already.
                                        }
                                    }
                                }
                                return answer;
                            }
                        }),
                modern(
                        "serves nothing beside a subscription with its id",
                        "modern/subscriptions-apart",
                        "expected server/discover to be served while subscriptions are open",
                        () -> new ModernToyServer() {
                            private final Map<JsonNode, AtomicInteger> open = new ConcurrentHashMap<>();

                            private AtomicInteger open(Call call) {
                                return open.computeIfAbsent(call.message().path("id"), id -> new AtomicInteger());
                            }

                            @Override
                            protected Answer listen(Call call) throws Exception {
                                open(call).incrementAndGet();
                                try {
                                    return super.listen(call);
                                } finally {
                                    open(call).decrementAndGet();
                                }
                            }

                            @Override
                            protected Answer handle(Call call) throws Exception {
                                return call.message().path("id").isString()
                                                && !call.called().equals("subscriptions/listen")
                                                && open(call).get() > 0
                                        ? Answer.error(409, -32600, "This id is in use")
                                        : super.handle(call);
                            }
                        }),
                modern(
                        "drops its subscribers when it ends",
                        "modern/subscription-graceful-end",
                        "the stream ended without one",
                        () -> new ModernToyServer() {
                            @Override
                            protected void beforeEnd(Call call, Events events) {
                                // It has nothing to say.
                            }
                        }),
                modern(
                        "ends a subscription with the id of another",
                        "modern/subscription-graceful-end",
                        "expected the last response to carry the subscriptionId",
                        () -> new ModernToyServer() {
                            @Override
                            protected void beforeEnd(Call call, Events events) throws Exception {
                                var end = finished(call, Json.object());
                                ((ObjectNode) end.get("_meta")).put(Client.META_PREFIX + "subscriptionId", -1);
                                events.send(result(call, end));
                            }
                        }),
                modern(
                        "listens on all addresses",
                        "modern/loopback-only",
                        "expected the server, if it runs locally, to listen on a loopback address alone",
                        () -> new ModernToyServer() {
                            @Override
                            protected void listen(Undertow.Builder builder) {
                                builder.addHttpListener(0, "0.0.0.0");
                            }
                        }));
    }

    // ---- progress ----

    /** Tells of progress in its own way. */
    private abstract static class Telling extends ModernToyServer {
        @Override
        protected void beforeSleep(Call call, Events events) throws Exception {
            tell(call, events);
        }

        abstract void tell(Call call, Events events) throws Exception;

        static JsonNode token(Call call) {
            return params(call).path("_meta").path("progressToken");
        }
    }

    private static List<WrongServer> progress() {
        return List.of(
                modern(
                        "progress that falls",
                        "modern/progress-increases",
                        "expected progress to grow",
                        () -> new Telling() {
                            @Override
                            void tell(Call call, Events events) throws Exception {
                                if (!token(call).isMissingNode()) {
                                    events.send(progress(token(call), 1_000_000));
                                }
                            }
                        }),
                modern(
                        "progress that stands still",
                        "modern/progress-increases",
                        "expected progress to grow",
                        () -> new Telling() {
                            @Override
                            void tell(Call call, Events events) throws Exception {
                                if (!token(call).isMissingNode()) {
                                    events.send(progress(token(call), -1));
                                    events.send(progress(token(call), -1));
                                }
                            }
                        }),
                modern(
                        "progress in words",
                        "modern/progress-increases",
                        "expected the progress to be a number",
                        () -> new Telling() {
                            @Override
                            void tell(Call call, Events events) throws Exception {
                                if (!token(call).isMissingNode()) {
                                    var message = progress(token(call), 0);
                                    ((ObjectNode) message.get("params")).put("progress", "a little");
                                    events.send(message);
                                }
                            }
                        }),
                modern(
                        "tokens of progress become strings",
                        "modern/progress-own-token",
                        "expected progress of the call that gave the token 4711",
                        () -> new Telling() {
                            @Override
                            void tell(Call call, Events events) throws Exception {
                                if (token(call).isNumber()) {
                                    events.send(progress(Json.parse("\"" + token(call) + "\""), -1));
                                }
                            }
                        }),
                modern(
                        "tells every call of progress",
                        "modern/progress-own-token",
                        "expected no progress for a call that gave no token",
                        () -> new Telling() {
                            @Override
                            void tell(Call call, Events events) throws Exception {
                                if (token(call).isMissingNode()) {
                                    events.send(progress(call.message().get("id"), 0));
                                }
                            }
                        }),
                modern(
                        "progress by the id of the call alone",
                        "modern/progress-own-token",
                        "expected progress of the call that gave",
                        () -> new Telling() {
                            private final Map<JsonNode, JsonNode> tokens = new ConcurrentHashMap<>();

                            @Override
                            void tell(Call call, Events events) throws Exception {
                                if (!token(call).isMissingNode()) {
                                    tokens.put(call.message().get("id"), token(call));
                                    Thread.sleep(200);
                                    events.send(
                                            progress(tokens.get(call.message().get("id")), -1));
                                }
                            }
                        }),
                modern(
                        "progress after the end",
                        "modern/progress-stops",
                        "expected nothing more of a call after its response",
                        () -> new ModernToyServer() {
                            @Override
                            protected void afterSleep(Call call, Events events) throws Exception {
                                var token = params(call).path("_meta").path("progressToken");
                                if (!token.isMissingNode()) {
                                    events.send(progress(token, 1_000_000));
                                }
                            }
                        }));
    }

    // ---- log messages ----

    private static List<WrongServer> logs() {
        return List.of(
                modern(
                        "logs without a word about it",
                        "modern/logging-declared",
                        "to declare the capability logging",
                        () -> new FullToyServer() {
                            @Override
                            protected ObjectNode discovery(Call call) {
                                var result = super.discovery(call);
                                ((ObjectNode) result.get("capabilities")).remove("logging");
                                return result;
                            }
                        }),
                modern(
                        "logs everything to who asks for errors",
                        "modern/log-level-kept",
                        "expected log messages of the level error and above",
                        () -> new FullToyServer() {
                            @Override
                            protected boolean isLogged(String level, JsonNode asked) {
                                return true;
                            }
                        }),
                modern(
                        "logs at the level that any client asked for last",
                        "modern/no-unasked-logs",
                        "expected no log messages",
                        () -> new FullToyServer() {
                            private volatile boolean asked;

                            @Override
                            protected void beforeSleep(Call call, Events events) throws Exception {
                                asked |= meta(call, "logLevel").isString();
                                for (int i = 0; i < 20 && !asked; i++) {
                                    Thread.sleep(20);
                                }
                                if (asked) {
                                    var message = Json.notification("notifications/message");
                                    message.putObject("params")
                                            .put("level", "error")
                                            .put("data", "sleeping");
                                    events.send(message);
                                }
                            }
                        }),
                modern(
                        "logs at levels that there are not",
                        "modern/invalid-log-level",
                        "for a call of server/discover with a log level that there is not",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer invalidLogLevel(Call call) throws Exception {
                                ((ObjectNode) params(call).get("_meta")).remove(Client.META_PREFIX + "logLevel");
                                return handle(call);
                            }
                        }),
                modern(
                        "another code for a level that there is not",
                        "modern/invalid-log-level",
                        "expected the error -32602",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer invalidLogLevel(Call call) throws Exception {
                                return reply(call, error(call, -32603, "No such level"));
                            }
                        }));
    }

    // ---- text ----

    private static List<WrongServer> text() {
        return List.of(
                modern("writes ISO 8859-1", "modern/utf-8", "in UTF-8", () -> new ModernToyServer() {
                    @Override
                    protected void write(HttpServerExchange exchange, Answer answer) throws IOException {
                        exchange.setStatusCode(answer.status());
                        answer.headers()
                                .forEach((name, value) ->
                                        exchange.getResponseHeaders().put(new HttpString(name), value));
                        exchange.getOutputStream().write(answer.body().getBytes(StandardCharsets.ISO_8859_1));
                        exchange.endExchange();
                    }
                }),
                modern(
                        "reads ISO 8859-1",
                        "modern/utf-8",
                        "text of other scripts to come back as it was sent",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                var id = message.path("id");
                                return super.reply(
                                        call,
                                        id.isString()
                                                ? message.put(
                                                        "id",
                                                        new String(
                                                                id.asString().getBytes(StandardCharsets.UTF_8),
                                                                StandardCharsets.ISO_8859_1))
                                                : message);
                            }
                        }),
                modern(
                        "has no room for characters of four bytes",
                        "modern/utf-8",
                        "text of other scripts to come back as it was sent",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                var id = message.path("id");
                                return super.reply(
                                        call,
                                        id.isString()
                                                ? message.put(
                                                        "id", id.asString().replaceAll("[^\\u0000-\\uffff]", "?"))
                                                : message);
                            }
                        }),
                modern(
                        "says that it writes ISO 8859-1",
                        "modern/utf-8",
                        "its Content-Type is application/json;charset=iso-8859-1",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                return super.reply(call, message)
                                        .with("Content-Type", "application/json; charset=ISO-8859-1");
                            }
                        }));
    }
}
