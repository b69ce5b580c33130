package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.servers.CorsToyServer;
import dev.mcpsession.conformance.servers.ToyServer;
import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Servers that stumble over the form of a request, or whose responses have the wrong form. */
final class FormWrongServers {
    private FormWrongServers() {}

    static List<WrongServer> all() {
        return Stream.of(bodies(), messages(), browsers()).flatMap(List::stream).toList();
    }

    // ---- bodies ----

    private static List<WrongServer> bodies() {
        return List.of(
                WrongServer.toy(
                        "takes a body without a length for none",
                        "transport/chunked-body-served",
                        "a request whose body comes in one chunk to be answered like any other, but got 400",
                        () -> new Reading((exchange, body) -> isChunked(exchange) ? new byte[0] : body)),
                WrongServer.toy(
                        "reads the first of several chunks",
                        "transport/chunked-body-served",
                        "a request whose body comes in 4 chunks to be answered like any other, but got 400",
                        FirstPiece::ofChunks),
                WrongServer.toy(
                        "accepts a body in chunks without a look at it",
                        "transport/chunked-body-served",
                        "a request whose body comes in one chunk to be answered like any other",
                        () -> new ToyServer() {
                            @Override
                            protected Answer post(Call call) throws Exception {
                                return isChunked(call.exchange()) ? Answer.of(202) : super.post(call);
                            }
                        }),
                WrongServer.toy(
                        "reads the first piece of a body",
                        "transport/body-in-pieces-served",
                        "a request whose body comes after its head, in 4 pieces to be answered like any other, but "
                                + "got 400",
                        FirstPiece::new),
                WrongServer.toy(
                                "reads what of a body comes soon",
                                "transport/body-in-pieces-served",
                                "in 4 pieces to be answered like any other, but got 400",
                                () -> new ToyServer() {
                                    @Override
                                    protected byte[] read(HttpServerExchange exchange) throws IOException {
                                        long begun = System.nanoTime();
                                        var body = super.read(exchange);
                                        return System.nanoTime() - begun > 45_000_000L
                                                ? Arrays.copyOf(body, body.length / 2)
                                                : body;
                                    }
                                })
                        .because("it also cuts bodies that come late on a busy machine"),
                WrongServer.toy(
                                "closes a connection that is to be closed before a body that comes late was read",
                                "transport/closing-connection-served",
                                "a request with Connection: close whose body comes after its head to be answered",
                                () -> new ToyServer() {
                                    @Override
                                    protected byte[] read(HttpServerExchange exchange) throws IOException {
                                        long begun = System.nanoTime();
                                        var body = super.read(exchange);
                                        if (isClosing(exchange) && System.nanoTime() - begun > 15_000_000L) {
                                            exchange.getConnection().close();
                                        }
                                        return body;
                                    }
                                })
                        .because("it also leaves requests over connections of their own unanswered on a busy machine"),
                WrongServer.toy(
                                "closes every other connection that is to be closed before its answer is sent",
                                "transport/closing-connection-served",
                                "expected a request with Connection: close",
                                () -> new ToyServer() {
                                    private final AtomicInteger closing = new AtomicInteger();

                                    @Override
                                    protected Answer post(Call call) throws Exception {
                                        var answer = super.post(call);
                                        if (isClosing(call.exchange()) && closing.incrementAndGet() % 2 == 0) {
                                            call.exchange().getConnection().close();
                                        }
                                        return answer;
                                    }
                                })
                        .because("it leaves requests over connections of their own unanswered"),
                WrongServer.toy(
                        "reads 4 KiB of a body",
                        "transport/long-body-served",
                        "a request of 5000 bytes to be answered like any other, but got 400",
                        () -> new Reading((exchange, body) -> body.length > 4096 ? Arrays.copyOf(body, 4096) : body)),
                WrongServer.toy(
                        "reads one buffer of 16 KiB",
                        "transport/long-body-served",
                        "a request of 20000 bytes to be answered like any other, but got 400",
                        () -> new Reading(
                                (exchange, body) -> body.length > 16_384 ? Arrays.copyOf(body, 16_384) : body)),
                WrongServer.toy(
                        "accepts what is too long for it without a look at it",
                        "transport/long-body-served",
                        "a request of 64000 bytes to be answered like any other",
                        () -> new ToyServer() {
                            @Override
                            protected Answer post(Call call) throws Exception {
                                return call.body().length() > 32_768 ? Answer.of(202) : super.post(call);
                            }
                        }),
                WrongServer.toy(
                        "leaves HEAD with the id of a session unanswered",
                        "transport/head-answered",
                        "expected HEAD with the id of a live session to be answered, but no reply came in time",
                        () -> new OnHead() {
                            @Override
                            Answer head(Call call) throws Exception {
                                while (!closed) {
                                    Thread.sleep(20);
                                }
                                return Answer.of(405);
                            }
                        }),
                WrongServer.toy(
                        "fails over HEAD",
                        "transport/head-answered",
                        "in answer to HEAD, but got 500",
                        () -> new OnHead() {
                            @Override
                            Answer head(Call call) {
                                return Answer.of(500);
                            }
                        }),
                WrongServer.toy(
                        "takes HEAD for GET, and a body of nothing for its end",
                        "transport/head-answered",
                        "HEAD with the id of a live session to be answered",
                        () -> new OnHead() {
                            @Override
                            Answer head(Call call) throws Exception {
                                Thread.sleep(4_000);
                                return Answer.of(200);
                            }
                        }));
    }

    private static boolean isClosing(HttpServerExchange exchange) {
        return "close".equalsIgnoreCase(exchange.getRequestHeaders().getFirst(Headers.CONNECTION));
    }

    private static boolean isChunked(HttpServerExchange exchange) {
        return "chunked".equalsIgnoreCase(exchange.getRequestHeaders().getFirst(Headers.TRANSFER_ENCODING));
    }

    private interface Change {
        byte[] apply(HttpServerExchange exchange, byte[] body);
    }

    /** Sees another body than the one that came. */
    private static final class Reading extends ToyServer {
        private final Change change;

        Reading(Change change) {
            this.change = change;
        }

        @Override
        protected byte[] read(HttpServerExchange exchange) throws IOException {
            return change.apply(exchange, super.read(exchange));
        }
    }

    /** Reads a body once, and takes what that brought for all of it. */
    private static final class FirstPiece extends ToyServer {
        private boolean chunksOnly;

        static FirstPiece ofChunks() {
            var server = new FirstPiece();
            server.chunksOnly = true;
            return server;
        }

        @Override
        protected byte[] read(HttpServerExchange exchange) throws IOException {
            if (chunksOnly && !isChunked(exchange)) {
                return super.read(exchange);
            }
            var buffer = new byte[8192];
            int count = exchange.getInputStream().read(buffer);
            exchange.getInputStream().readAllBytes();
            return count <= 0 ? new byte[0] : Arrays.copyOf(buffer, count);
        }
    }

    private abstract static class OnHead extends ToyServer {
        abstract Answer head(Call call) throws Exception;

        @Override
        protected Answer answer(Call call) throws Exception {
            return call.method().equals("HEAD") ? head(call) : super.answer(call);
        }
    }

    // ---- messages ----

    private static List<WrongServer> messages() {
        return List.of(
                WrongServer.toy(
                        "takes a request with the id null for a notification",
                        "transport/null-id-refused",
                        "but got 202, as for a notification",
                        () -> new NoRequest(m -> m.has("id") && m.get("id").isNull())),
                WrongServer.toy(
                        "takes every id that counts as false for none",
                        "transport/response-carries-id",
                        "expected one response with the id 0",
                        () -> new NoRequest(m -> m.has("id")
                                && m.get("id").isNumber()
                                && m.get("id").asLong() == 0)),
                WrongServer.toy(
                        "takes an id that is no positive number for none",
                        "transport/null-id-refused",
                        "but got 202, as for a notification",
                        () -> new NoRequest(m -> m.has("id")
                                && !m.get("id").isString()
                                && m.path("id").asLong(0) < 1)),
                WrongServer.toy(
                        "sends responses without jsonrpc",
                        "transport/jsonrpc-version",
                        "in the response to POST initialize, but got",
                        () -> new Responding(m -> m.has("result"), null)),
                WrongServer.toy(
                        "sends errors without jsonrpc",
                        "transport/jsonrpc-version",
                        "in the response to POST no/such/method, but got",
                        () -> new Responding(m -> m.has("error"), null)),
                WrongServer.toy(
                        "speaks JSON-RPC 1.0",
                        "transport/jsonrpc-version",
                        "in the response to POST initialize, but got",
                        () -> new Responding(m -> m.has("result"), Json.parse("\"1.0\""))),
                WrongServer.toy(
                        "has the number 2.0 for its version of JSON-RPC",
                        "transport/jsonrpc-version",
                        "in the response to POST initialize, but got {\"jsonrpc\":2.0",
                        () -> new Responding(m -> m.has("result"), Json.parse("2.0"))),
                WrongServer.toy(
                        "answers a ping with pong",
                        "transport/ping-result-empty",
                        "expected an empty result in answer to ping, but got {\"pong\":true}",
                        () -> new OnPing(Json.object().put("pong", true))),
                WrongServer.toy(
                        "answers a ping with its status",
                        "transport/ping-result-empty",
                        "expected an empty result in answer to ping, but got {\"status\":\"ok\"",
                        () -> new OnPing(Json.object().put("status", "ok").put("uptime", 17))),
                WrongServer.toy(
                        "answers a ping with null in its result",
                        "transport/ping-result-empty",
                        "expected an empty result in answer to ping, but got {\"data\":null}",
                        () -> new OnPing(Json.object().putNull("data"))));
    }

    /** Takes some requests for notifications. */
    private static final class NoRequest extends ToyServer {
        private final Predicate<tools.jackson.databind.JsonNode> which;

        NoRequest(Predicate<tools.jackson.databind.JsonNode> which) {
            this.which = which;
        }

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            return call.message().has("method") && which.test(call.message()) && !inBatch(call)
                    ? Answer.of(202)
                    : super.serve(call, session);
        }
    }

    private static final class Responding extends ToyServer {
        private final Predicate<ObjectNode> which;
        private final JsonNode version;

        Responding(Predicate<ObjectNode> which, JsonNode version) {
            this.which = which;
            this.version = version;
        }

        @Override
        protected Answer reply(Call call, ObjectNode message) throws Exception {
            if (which.test(message) && version == null) {
                message.remove("jsonrpc");
            } else if (which.test(message)) {
                message.set("jsonrpc", version);
            }
            return super.reply(call, message);
        }
    }

    private static final class OnPing extends ToyServer {
        private final ObjectNode result;

        OnPing(ObjectNode result) {
            this.result = result;
        }

        @Override
        protected Answer reply(Call call, ObjectNode message) throws Exception {
            if (call.called().equals("ping") && message.has("result")) {
                message.set("result", result);
            }
            return super.reply(call, message);
        }
    }

    // ---- browsers ----

    private static List<WrongServer> browsers() {
        return List.of(
                WrongServer.toy(
                        "listens on all addresses of its machine",
                        "transport/loopback-only",
                        "expected a local server to listen on loopback only, but it is reached at",
                        () -> new ToyServer() {
                            @Override
                            protected void listen(Undertow.Builder builder) {
                                builder.addHttpListener(0, "0.0.0.0");
                            }
                        }),
                WrongServer.toy(
                        "refuses preflights",
                        "transport/browsers-served",
                        "the preflight of POST to be granted",
                        () -> new CorsToyServer() {
                            @Override
                            protected Answer preflight(Call call) {
                                return notAllowed();
                            }
                        }),
                WrongServer.toy(
                        "asks preflights for credentials",
                        "transport/browsers-served",
                        "the preflight of POST to be granted",
                        () -> new CorsToyServer() {
                            @Override
                            protected Answer preflight(Call call) {
                                return Answer.of(401);
                            }
                        }),
                WrongServer.toy(
                        "allows pages the usual headers only",
                        "transport/browsers-served",
                        "the header mcp-session-id to be allowed",
                        () -> new CorsToyServer() {
                            @Override
                            protected String allowedHeaders() {
                                return "Content-Type, Accept";
                            }
                        }),
                WrongServer.toy(
                        "allows pages no DELETE",
                        "transport/browsers-served",
                        "DELETE to be allowed",
                        () -> new CorsToyServer() {
                            @Override
                            protected String allowedMethods() {
                                return "GET, POST";
                            }
                        }),
                WrongServer.toy(
                        "does not expose the session id",
                        "transport/browsers-served",
                        "Mcp-Session-Id to be exposed",
                        () -> new CorsToyServer() {
                            @Override
                            protected String exposedHeaders() {
                                return "";
                            }
                        }),
                WrongServer.toy(
                        "grants preflights, and forgets the replies",
                        "transport/browsers-served",
                        "Access-Control-Allow-Origin on replies",
                        () -> new CorsToyServer() {
                            @Override
                            protected boolean grants(Call call) {
                                return call.method().equals("OPTIONS");
                            }
                        }));
    }
}
