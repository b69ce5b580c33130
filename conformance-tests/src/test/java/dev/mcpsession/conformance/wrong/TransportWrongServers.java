package dev.mcpsession.conformance.wrong;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.matching;
import static dev.mcpsession.conformance.protocol.Revision.V2025_03_26;
import static dev.mcpsession.conformance.protocol.Revision.V2025_06_18;
import static dev.mcpsession.conformance.protocol.Revision.V2025_11_25;

import com.github.tomakehurst.wiremock.http.HttpHeader;
import com.github.tomakehurst.wiremock.http.HttpHeaders;
import com.github.tomakehurst.wiremock.http.Response;
import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.servers.ResumableToyServer;
import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.LaunchSettings;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Servers that break the rules of the area transport, one each. */
final class TransportWrongServers {
    private static final String ORIGIN = "Origin";
    private static final String VERSION = "MCP-Protocol-Version";

    private TransportWrongServers() {}

    static List<WrongServer> all() {
        return Stream.of(sending(), listening(), lifecycle(), versions(), badInput(), security())
                .flatMap(List::stream)
                .toList();
    }

    // ---- sending ----

    private static List<WrongServer> sending() {
        return List.of(
                new WrongServer(
                        "behind a gateway that calls everything plain text",
                        "transport/post-json-or-sse",
                        "expected the Content-Type application/json or text/event-stream in answer to POST initialize, "
                                + "but got 200 with text/plain",
                        Proxied.changing(
                                ToyServer::new,
                                (request, response) -> response.getStatus() != 200
                                        ? response
                                        : Response.Builder.like(response)
                                                .but()
                                                .headers(new HttpHeaders(response.getHeaders().all().stream()
                                                        .map(h -> h.keyEquals("Content-Type")
                                                                ? HttpHeader.httpHeader("Content-Type", "text/plain")
                                                                : h)
                                                        .toList()))
                                                .build()),
                        V2025_11_25,
                        UnaryOperator.identity()),
                WrongServer.toy(
                        "turns ids that look like numbers into numbers",
                        "transport/response-carries-id",
                        "but got one with the id",
                        () -> new ToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                if (message.path("id").isString()
                                        && message.path("id").asString().matches("[0-9]+")) {
                                    message.put(
                                            "id",
                                            Integer.parseInt(message.path("id").asString()));
                                }
                                return super.reply(call, message);
                            }
                        }),
                WrongServer.toy(
                        "cuts ids to 32 bits",
                        "transport/response-carries-id",
                        "but got one with the id",
                        () -> new ToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                if (message.path("id").isIntegralNumber()) {
                                    message.put("id", (int) message.path("id").asLong());
                                }
                                return super.reply(call, message);
                            }
                        }),
                WrongServer.toy(
                        "errors forget the id",
                        "transport/response-carries-id",
                        "to have the id of the request",
                        () -> new ToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                return super.reply(call, message.has("error") ? message.putNull("id") : message);
                            }
                        }),
                WrongServer.toy(
                        "does not know ping",
                        "transport/ping-answered",
                        "expected a result in answer to ping, but got",
                        () -> new ToyServer() {
                            @Override
                            protected Answer serve(Call call, ToySession session) throws Exception {
                                return call.called().equals("ping") && call.isRequest()
                                        ? reply(call, error(call, -32601, "Method not found"))
                                        : super.serve(call, session);
                            }
                        }),
                WrongServer.toy(
                        "has words for error codes",
                        "transport/error-response",
                        "an integer as code, and a message, but got {\"code\":\"METHOD_NOT_FOUND\"",
                        () -> new ToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                if (message.get("error") instanceof ObjectNode error
                                        && error.path("code").asInt(0) == -32601) {
                                    error.put("code", "METHOD_NOT_FOUND");
                                }
                                return super.reply(call, message);
                            }
                        }),
                WrongServer.toy(
                        "refuses methods that it does not know without JSON-RPC",
                        "transport/unknown-method",
                        "in answer to a method that does not exist, but got 400",
                        () -> new ToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                return message.path("error").path("code").asInt(0) == -32601
                                        ? new Answer(400, Map.of("Content-Type", "text/plain"), "no such method")
                                        : super.reply(call, message);
                            }
                        }),
                WrongServer.toy(
                        "serialises its exceptions",
                        "transport/no-stack-trace",
                        "but status 404 with \"stackTrace\":[{",
                        () -> new ToyServer() {
                            @Override
                            protected Answer unknownId(Call call) {
                                return new Answer(
                                        404,
                                        Map.of("Content-Type", "application/json"),
                                        "{\"message\":\"No session\","
                                                + "\"stackTrace\":[{\"className\":\"Toy\",\"lineNumber\":17}]}");
                            }
                        }),
                WrongServer.toy(
                        "prints the stack trace of a parse error",
                        "transport/no-stack-trace",
                        "but status 400 with at tools.jackson.core.JsonParser.report(JsonParser.java:651)",
                        () -> new ToyServer() {
                            @Override
                            protected Answer post(Call call) throws Exception {
                                return call.message() != null
                                        ? super.post(call)
                                        : Answer.error(
                                                400,
                                                -32700,
                                                "Parse error\n\tat "
                                                        + "tools.jackson.core.JsonParser.report(JsonParser.java:651)");
                            }
                        }),
                WrongServer.toy(
                        "does not say which request failed",
                        "transport/unknown-method",
                        "in answer to a method that does not exist, but got {",
                        () -> new ToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                if (message.path("error").path("code").asInt(0) == -32601) {
                                    message.putNull("id");
                                }
                                return super.reply(call, message);
                            }
                        }),
                WrongServer.toy(
                        "writes JSON in ISO 8859-1",
                        "transport/utf8",
                        "but got one with the id",
                        () -> new ToyServer() {
                            @Override
                            protected Answer serve(Call call, ToySession session) throws Exception {
                                var answer = super.serve(call, session);
                                if (!call.isRequest() || inBatch(call)) {
                                    return answer;
                                }
                                var exchange = call.exchange();
                                exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
                                exchange.getOutputStream().write(answer.body().getBytes(StandardCharsets.ISO_8859_1));
                                exchange.endExchange();
                                return null;
                            }
                        }),
                WrongServer.toy(
                        "forgets the response on an event stream",
                        "transport/sse-carries-response",
                        "the server ended the stream without it",
                        () -> new ToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                return call.called().equals("tools/list")
                                        ? new Answer(200, Map.of("Content-Type", "text/event-stream"), ": nothing\n\n")
                                        : super.reply(call, message);
                            }
                        }),
                WrongServer.toy(
                        "leaves event streams open after the response",
                        "transport/sse-ends-after-response",
                        "expected the event stream to end after the response, but it was still open",
                        StreamsLeftOpen::new),
                WrongServer.toy(
                        "answers notifications with 204",
                        "transport/notification-202",
                        "expected status 202 in answer to a notification, but got 204",
                        () -> new ToyServer() {
                            @Override
                            protected Answer accepted(Call call, ToySession session) {
                                return call.called().isEmpty() || inBatch(call)
                                        ? super.accepted(call, session)
                                        : Answer.of(204);
                            }
                        }),
                WrongServer.toy(
                        "answers a notification that it does not know",
                        "transport/unknown-notification-202",
                        "expected status 202 in answer to a notification that the server does not know, but got 200",
                        () -> new ToyServer() {
                            @Override
                            protected Answer accepted(Call call, ToySession session) {
                                return call.called().contains("unheard-of")
                                        ? Answer.error(200, -32601, "Method not found")
                                        : super.accepted(call, session);
                            }
                        }),
                WrongServer.toy(
                        "answers responses with 200",
                        "transport/response-202",
                        "expected status 202 in answer to a response, even to a request that the server never made, "
                                + "but got 200",
                        () -> new ToyServer() {
                            @Override
                            protected Answer accepted(Call call, ToySession session) {
                                return call.called().isEmpty() ? Answer.of(200) : super.accepted(call, session);
                            }
                        }),
                WrongServer.toy(
                        "fails over a response that it does not wait for",
                        "transport/stray-response-harmless",
                        "expected a status under 500 in answer to a response that nobody waits for, but got 500",
                        () -> new ToyServer() {
                            @Override
                            protected Answer accepted(Call call, ToySession session) {
                                return call.called().isEmpty()
                                        ? Answer.error(500, -32603, "Unexpected response")
                                        : super.accepted(call, session);
                            }
                        }),
                WrongServer.toy(
                        "says that it accepted, in JSON",
                        "transport/accepted-no-body",
                        "expected no body with status 202, but got 202 with body {\"status\":\"accepted\"}",
                        () -> new ToyServer() {
                            @Override
                            protected Answer accepted(Call call, ToySession session) {
                                return Answer.json(202, Json.object().put("status", "accepted"));
                            }
                        }),
                WrongServer.toy(
                        "compares the Content-Type as a whole",
                        "transport/content-type-charset-served",
                        "with Content-Type: application/json; charset=utf-8 to be served, but got 415",
                        () -> new ToyServer() {
                            @Override
                            protected Answer post(Call call) throws Exception {
                                return call.header("Content-Type")
                                                .orElse("application/json")
                                                .contains("charset")
                                        ? Answer.of(415)
                                        : super.post(call);
                            }
                        }),
                WrongServer.toy(
                        "compares the entries of Accept as a whole",
                        "transport/accept-quality-served",
                        "application/json;q=0.9 to be served, but got 406",
                        () -> new ToyServer() {
                            @Override
                            protected Answer post(Call call) throws Exception {
                                return call.header("Accept").orElse("").contains(";q=")
                                        ? Answer.of(406)
                                        : super.post(call);
                            }
                        }),
                WrongServer.toy(
                        "wants both media types in Accept",
                        "transport/accept-header",
                        "without Accept: 406",
                        () -> new ToyServer() {
                            @Override
                            protected Answer post(Call call) throws Exception {
                                var accept = call.header("Accept").orElse("");
                                return accept.contains("application/json") && accept.contains("text/event-stream")
                                        ? super.post(call)
                                        : Answer.of(406);
                            }
                        }),
                WrongServer.toy(
                        "wants JSON as Content-Type",
                        "transport/content-type",
                        "with Content-Type: text/plain: 415",
                        () -> new ToyServer() {
                            @Override
                            protected Answer post(Call call) throws Exception {
                                return call.header("Content-Type").orElse("").startsWith("application/json")
                                        ? super.post(call)
                                        : Answer.of(415);
                            }
                        }),
                WrongServer.toy("takes no batches", "transport/batch-served", "but got 400", () -> new ToyServer() {
                            @Override
                            protected Answer batch(Call call) {
                                return Answer.error(400, -32600, "Invalid request");
                            }
                        })
                        .in(V2025_03_26),
                WrongServer.toy(
                                "answers only the first of a batch",
                                "transport/batch-served",
                                "but got 1 responses with status 200",
                                () -> new ToyServer() {
                                    @Override
                                    protected Answer batch(Call call) throws Exception {
                                        var answer = super.batch(call);
                                        return answer.status() == 200
                                                ? Answer.json(
                                                        200,
                                                        Json.parse(answer.body())
                                                                .get(0))
                                                : answer;
                                    }
                                })
                        .in(V2025_03_26),
                WrongServer.toy(
                                "answers a batch of notifications with an empty array",
                                "transport/batch-of-notifications-202",
                                "expected status 202 in answer to a batch of notifications, but got 200",
                                () -> new ToyServer() {
                                    @Override
                                    protected Answer batch(Call call) throws Exception {
                                        var answer = super.batch(call);
                                        return answer.status() == 202 ? Answer.json(200, Json.batch()) : answer;
                                    }
                                })
                        .in(V2025_03_26),
                WrongServer.toy(
                                "answers a batch of responses with an empty array",
                                "transport/batch-of-notifications-202",
                                "expected status 202 in answer to a batch of responses, but got 200",
                                () -> new ToyServer() {
                                    @Override
                                    protected Answer batch(Call call) throws Exception {
                                        var answer = super.batch(call);
                                        return answer.status() == 202
                                                        && call.message()
                                                                .valueStream()
                                                                .allMatch(m -> m.has("result"))
                                                ? Answer.json(200, Json.batch())
                                                : answer;
                                    }
                                })
                        .in(V2025_03_26),
                WrongServer.toy(
                                "opens a stream for a batch of a notification and a response",
                                "transport/batch-of-notifications-202",
                                "expected status 202 in answer to a batch of a notification and a response, but got",
                                () -> new ToyServer() {
                                    @Override
                                    protected Answer batch(Call call) throws Exception {
                                        var answer = super.batch(call);
                                        return answer.status() == 202
                                                        && call.message()
                                                                .valueStream()
                                                                .anyMatch(m -> m.has("result"))
                                                        && call.message()
                                                                .valueStream()
                                                                .anyMatch(m -> m.has("method"))
                                                ? Answer.stream(": nothing\n\n")
                                                : answer;
                                    }
                                })
                        .in(V2025_03_26),
                WrongServer.toy(
                        "takes a batch for a notification",
                        "transport/batch-not-dropped",
                        "but got 0 responses with status 202",
                        () -> new ToyServer() {
                            @Override
                            protected Answer batch(Call call) {
                                return Answer.of(202);
                            }
                        }));
    }

    /** Answers tools/list with an event stream that stays open until the session or the client ends it. */
    private static final class StreamsLeftOpen extends ToyServer {
        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            var answer = super.serve(call, session);
            if (!call.called().equals("tools/list") || inBatch(call)) {
                return answer;
            }
            var exchange = call.exchange();
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
            try (var out = exchange.getOutputStream()) {
                out.write(("data: " + answer.body() + "\n\n").getBytes(StandardCharsets.UTF_8));
                do {
                    out.write(": still here\n\n".getBytes(StandardCharsets.UTF_8));
                    out.flush();
                } while (!session.awaitEnd(50));
            } catch (IOException e) {
                // The client went away.
            }
            return null;
        }
    }

    // ---- listening ----

    private static List<WrongServer> listening() {
        return List.of(
                new WrongServer(
                        "greets browsers at its endpoint",
                        "transport/get-stream-or-405",
                        "or status 405, in answer to GET, but got 200 with body <h1>An MCP server</h1> of type",
                        Proxied.stubbing(
                                ToyServer::new,
                                proxy -> proxy.stubFor(get(anyUrl())
                                        .atPriority(1)
                                        .willReturn(aResponse()
                                                .withHeader("Content-Type", "text/html")
                                                .withBody("<h1>An MCP server</h1>")))),
                        V2025_11_25,
                        UnaryOperator.identity()),
                WrongServer.toy(
                        "answers GET with 400",
                        "transport/get-stream-or-405",
                        "or status 405, in answer to GET, but got 400",
                        () -> new ToyServer() {
                            @Override
                            protected Answer get(Call call, ToySession session) {
                                return Answer.error(400, -32000, "Bad request");
                            }
                        }),
                WrongServer.toy(
                        "sends no head before the first event",
                        "transport/get-answers-promptly",
                        "expected the head of a GET stream to come at once",
                        () -> new ToyServer() {
                            @Override
                            protected Answer get(Call call, ToySession session) throws Exception {
                                session.awaitEnd(5_000);
                                return new Answer(200, Map.of("Content-Type", "text/event-stream"), "");
                            }
                        }),
                WrongServer.toy(
                        "refuses a second GET stream",
                        "transport/second-get-stream",
                        "a second GET stream is refused with 409",
                        () -> new ToyServer() {
                            private final Set<String> listening = ConcurrentHashMap.newKeySet();

                            @Override
                            protected Answer get(Call call, ToySession session) throws Exception {
                                if (!listening.add(session.id)) {
                                    return Answer.error(409, -32000, "Only one stream");
                                }
                                try {
                                    return super.get(call, session);
                                } finally {
                                    listening.remove(session.id);
                                }
                            }
                        }),
                WrongServer.toy(
                        "copies responses to the GET stream",
                        "transport/no-response-on-get-stream",
                        "expected no response on a GET stream that resumes nothing",
                        () -> new ResumableToyServer() {
                            @Override
                            protected JsonNode response(Call call, ToySession session) throws Exception {
                                var response = super.response(call, session);
                                listening(session).forEach(log -> log.append(response.toString()));
                                return response;
                            }
                        }),
                WrongServer.toy(
                        "copies responses to the GET streams of other sessions",
                        "transport/no-response-on-get-stream",
                        "came there, in another session than its request",
                        () -> new ResumableToyServer() {
                            @Override
                            protected JsonNode response(Call call, ToySession session) throws Exception {
                                var response = super.response(call, session);
                                sessions.values().stream()
                                        .filter(other -> other != session)
                                        .flatMap(other -> listening(other).stream())
                                        .forEach(log -> log.append(response.toString()));
                                return response;
                            }
                        }),
                WrongServer.toy(
                        "asks for roots on every stream",
                        "transport/no-broadcast",
                        "expected each message of the server on one stream only, but {",
                        () -> new ResumableToyServer() {
                            @Override
                            protected Answer accepted(Call call, ToySession session) {
                                if (call.called().equals("notifications/roots/list_changed")) {
                                    var request = Json.request("roots-" + session.id, "roots/list");
                                    listening(session).forEach(log -> log.append(request.toString()));
                                }
                                return super.accepted(call, session);
                            }
                        }),
                WrongServer.toy(
                        "sends log messages on every stream",
                        "transport/no-broadcast",
                        "expected each message of the server on one stream only, but {",
                        () -> new ResumableToyServer() {
                            @Override
                            protected void deliver(ObjectNode message, List<Log> open) {
                                open.forEach(log -> log.append(message.toString()));
                            }
                        }));
    }

    // ---- lifecycle ----

    private static List<WrongServer> lifecycle() {
        return List.of(
                WrongServer.toy(
                        "does not tell its version",
                        "transport/initialize-result",
                        "but missing or of another type: serverInfo.version",
                        () -> new ToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                if (message.path("result").path("serverInfo") instanceof ObjectNode info) {
                                    info.remove("version");
                                }
                                return super.reply(call, message);
                            }
                        }),
                WrongServer.toy(
                        "asks for roots before the client is ready",
                        "transport/no-requests-before-initialized",
                        "but ping before the initialized notification, but \"roots/list\" came on GET",
                        () -> new ResumableToyServer() {
                            private final Set<String> unready = ConcurrentHashMap.newKeySet();

                            @Override
                            protected Answer initialize(Call call) throws Exception {
                                var answer = super.initialize(call);
                                if (!stateless
                                        && call.message()
                                                .path("params")
                                                .path("capabilities")
                                                .has("roots")) {
                                    unready.add(answer.headers().get(SESSION_HEADER));
                                }
                                return answer;
                            }

                            @Override
                            protected Answer accepted(Call call, ToySession session) {
                                unready.remove(session.id);
                                return super.accepted(call, session);
                            }

                            @Override
                            protected Answer connect(
                                    HttpServerExchange exchange,
                                    ToySession session,
                                    Log log,
                                    int from,
                                    boolean closeEarly)
                                    throws Exception {
                                if (log.listening && unready.contains(session.id)) {
                                    log.append(Json.request("roots-" + log.number, "roots/list")
                                            .toString());
                                }
                                return super.connect(exchange, session, log, from, closeEarly);
                            }
                        }),
                WrongServer.toy(
                        "asks every client for roots",
                        "transport/undeclared-capability-unused",
                        "expected no request that needs a capability of the client's, but \"roots/list\" came on GET",
                        () -> new ResumableToyServer() {
                            @Override
                            protected JsonNode response(Call call, ToySession session) throws Exception {
                                listening(session).stream()
                                        .limit(1)
                                        .forEach(log -> log.append(Json.request("roots-" + log.size(), "roots/list")
                                                .toString()));
                                return super.response(call, session);
                            }
                        }));
    }

    // ---- the version header ----

    /** Serves requests of one HTTP method whose version header matches, whatever it says. */
    private static ToyServer serving(String method, String version) {
        return new ToyServer() {
            @Override
            protected boolean supports(Call call) {
                return call.method().equals(method)
                                && call.header(VERSION).orElse("").matches(version)
                        || super.supports(call);
            }
        };
    }

    private static List<WrongServer> versions() {
        var date = "[0-9-]+";
        return List.of(
                WrongServer.toy(
                        "serves every revision that looks like a date",
                        "transport/unsupported-version-400",
                        "expected status 400 for MCP-Protocol-Version: 1999-01-01, but got 200",
                        () -> serving("POST", date)),
                WrongServer.toy(
                        "accepts notifications of every revision",
                        "transport/unsupported-version-400",
                        "expected status 400 for MCP-Protocol-Version: 1999-01-01, but got 202",
                        () -> new ToyServer() {
                            @Override
                            protected boolean supports(Call call) {
                                return super.supports(call) || call.message() != null && !call.isRequest();
                            }
                        }),
                WrongServer.toy(
                        "ignores what is no revision",
                        "transport/invalid-version-400",
                        "expected status 400 for MCP-Protocol-Version: not-a-version, but got 200",
                        () -> serving("POST", "[a-z-]+")),
                WrongServer.toy(
                        "ignores the revision of a GET",
                        "transport/unsupported-version-on-get",
                        "expected status 400 or 405 for MCP-Protocol-Version: 1999-01-01, but got 200",
                        () -> serving("GET", date)),
                WrongServer.toy(
                                "ignores the revision of a DELETE",
                                "transport/unsupported-version-on-delete",
                                "expected status 400 or 405 for MCP-Protocol-Version: 1999-01-01, but got 204",
                                () -> serving("DELETE", date))
                        .in(V2025_06_18),
                WrongServer.toy(
                        "wants the version header on every request",
                        "transport/missing-version-served",
                        "expected a request without MCP-Protocol-Version to be served, but got 400",
                        () -> new ToyServer() {
                            @Override
                            protected void configure(LaunchSettings settings) {
                                stateless = true;
                            }

                            @Override
                            protected Answer serve(Call call, ToySession session) throws Exception {
                                return call.header(VERSION).isPresent()
                                        ? super.serve(call, session)
                                        : Answer.error(400, -32000, "Version header missing");
                            }
                        }),
                WrongServer.toy(
                        "wants the version header in every session, whatever the revision of that",
                        "transport/missing-version-served",
                        "expected a request without MCP-Protocol-Version to be served, but got 400",
                        () -> new ToyServer() {
                            @Override
                            protected Answer serve(Call call, ToySession session) throws Exception {
                                return call.header(VERSION).isPresent()
                                                || !call.called().equals("ping")
                                        ? super.serve(call, session)
                                        : Answer.error(400, -32000, "Version header missing");
                            }
                        }));
    }

    // ---- bad input ----

    private static List<WrongServer> badInput() {
        return List.of(
                WrongServer.toy(
                        "fails over what is no JSON",
                        "transport/parse-error-4xx",
                        "JSON-RPC error in answer to a body that is cut off in the middle, but got 500",
                        () -> new ToyServer() {
                            @Override
                            protected Answer post(Call call) throws Exception {
                                return call.message() == null && call.body().startsWith("{")
                                        ? new Answer(500, Map.of(), "SyntaxError: Unexpected end of JSON input")
                                        : super.post(call);
                            }
                        }),
                WrongServer.toy(
                        "accepts an empty body",
                        "transport/empty-body-4xx",
                        "expected 4xx or a JSON-RPC error in answer to an empty body, but got 202",
                        () -> new ToyServer() {
                            @Override
                            protected Answer post(Call call) throws Exception {
                                return call.body().isEmpty() ? Answer.of(202) : super.post(call);
                            }
                        }),
                WrongServer.toy(
                        "accepts any JSON",
                        "transport/not-jsonrpc-4xx",
                        "expected 4xx or a JSON-RPC error in answer to the body {\"hello\":\"world\"}, but got 202",
                        () -> new ToyServer() {
                            @Override
                            protected Answer post(Call call) throws Exception {
                                var message = call.message();
                                return message != null && message.isObject() && !message.has("jsonrpc")
                                        ? Answer.of(202)
                                        : super.post(call);
                            }
                        }),
                WrongServer.toy(
                        "ends the session over what is no JSON",
                        "transport/bad-input-harmless",
                        "expected session A to live after a body that is no JSON",
                        () -> new ToyServer() {
                            @Override
                            protected Answer post(Call call) throws Exception {
                                if (call.message() == null && call.sessionId().isPresent()) {
                                    var session = find(call);
                                    if (session != null && session.end(false, 0)) {
                                        forget(session);
                                    }
                                }
                                return super.post(call);
                            }
                        }),
                WrongServer.toy(
                        "ends the session at a method that it does not know",
                        "transport/unknown-method-harmless",
                        "to live after no/such-method, which no server knows",
                        () -> endsSessionAt(
                                call -> call.isRequest() && call.called().startsWith("no/such"))),
                WrongServer.toy(
                        "ends the session at a notification that it does not know",
                        "transport/unknown-method-harmless",
                        "to live after no/such-notice, which no server knows",
                        () -> endsSessionAt(
                                call -> !call.isRequest() && call.called().startsWith("no/such"))),
                WrongServer.toy(
                        "ends the session at a tool that it does not have",
                        "transport/unknown-method-harmless",
                        "to live after tools/call with the name of no tool",
                        () -> endsSessionAt(call -> call.called().equals("tools/call")
                                && call.message()
                                        .at("/params/name")
                                        .asString("")
                                        .equals(Client.UNKNOWN_TOOL))),
                WrongServer.toy(
                        "serves PUT as POST",
                        "transport/other-methods-rejected",
                        "expected status 405 in answer to PUT, but got 200",
                        () -> new ToyServer() {
                            @Override
                            protected Answer answer(Call call) throws Exception {
                                return call.method().equals("PUT") ? post(call) : super.answer(call);
                            }
                        }));
    }

    // ---- security ----

    private static ToyServer ignoringOriginOf(String httpMethod, boolean initialize) {
        return new ToyServer() {
            @Override
            protected boolean allowed(Call call) {
                return call.method().equals(httpMethod) && call.called().equals("initialize") == initialize
                        || super.allowed(call);
            }
        };
    }

    private static List<WrongServer> security() {
        return List.of(
                WrongServer.toy(
                        "serves whatever host it is asked for",
                        "transport/foreign-host-rejected",
                        "expected a request for Host: attacker.example:",
                        () -> new ToyServer() {
                            @Override
                            protected boolean serves(String host) {
                                return true;
                            }
                        }),
                new WrongServer(
                        "behind a gateway that refuses a foreign Origin with 401",
                        "transport/origin-403",
                        "expected status 403 for a request with the Origin http://attacker.example, but got 401",
                        Proxied.stubbing(
                                ToyServer::new,
                                proxy -> proxy.stubFor(any(anyUrl())
                                        .atPriority(1)
                                        .withHeader(ORIGIN, matching(".*attacker.*"))
                                        .willReturn(aResponse().withStatus(401)))),
                        V2025_11_25,
                        UnaryOperator.identity()),
                WrongServer.toy(
                        "ignores Origin in a session",
                        "transport/origin-403",
                        "expected status 403 for a request with the Origin http://attacker.example, but got 200",
                        () -> ignoringOriginOf("POST", false)),
                WrongServer.toy(
                                "ignores Origin in a session, in an older revision",
                                "transport/origin-403",
                                "expected a request with the Origin http://attacker.example to be refused, but got 200",
                                () -> ignoringOriginOf("POST", false))
                        .in(V2025_06_18),
                WrongServer.toy(
                        "looks at how the Origin begins",
                        "transport/origin-lookalike-403",
                        "expected status 403 for a request with the Origin http://localhost.attacker.example, but "
                                + "got 200",
                        () -> new ToyServer() {
                            @Override
                            protected boolean allowed(String origin) {
                                return super.allowed(origin) || origin.startsWith("http://localhost");
                            }
                        }),
                WrongServer.toy(
                                "looks at how the Origin begins, in an older revision",
                                "transport/origin-lookalike-403",
                                "expected a request with the Origin http://127.0.0.1.attacker.example to be "
                                        + "refused, but got 200",
                                () -> new ToyServer() {
                                    @Override
                                    protected boolean allowed(String origin) {
                                        return super.allowed(origin) || origin.startsWith("http://127.0.0.1");
                                    }
                                })
                        .in(V2025_06_18),
                WrongServer.toy(
                        "ignores Origin on initialize",
                        "transport/origin-403-initialize",
                        "expected status 403 for a request with the Origin http://attacker.example, but got 200",
                        () -> ignoringOriginOf("POST", true)),
                WrongServer.toy(
                        "ignores Origin of GET",
                        "transport/origin-403-get",
                        "expected status 403 for a request with the Origin http://attacker.example, but got 200",
                        () -> ignoringOriginOf("GET", false)),
                WrongServer.toy(
                        "ignores Origin of DELETE",
                        "transport/origin-403-delete",
                        "expected status 403 for a request with the Origin http://attacker.example, but got 204",
                        () -> ignoringOriginOf("DELETE", false)),
                WrongServer.toy(
                        "refuses a foreign Origin with 400",
                        "transport/origin-403",
                        "expected status 403 for a request with the Origin http://attacker.example, but got 400",
                        () -> new ToyServer() {
                            @Override
                            protected Answer answer(Call call) throws Exception {
                                var answer = super.answer(call);
                                return answer != null && answer.status() == 403
                                        ? Answer.error(400, -32000, "Invalid Origin")
                                        : answer;
                            }
                        }));
    }

    /** Serves what it is asked, and then ends the session. */
    private static ToyServer endsSessionAt(Predicate<ToyServer.Call> at) {
        return new ToyServer() {
            @Override
            protected Answer serve(Call call, ToySession session) throws Exception {
                var answer = super.serve(call, session);
                if (session != null && at.test(call) && session.end(false, 0)) {
                    forget(session);
                }
                return answer;
            }
        };
    }
}
