package dev.mcpsession.conformance.clients.trace;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * One HTTP request of a client and the reply to it, as the server's side saw them. Moments are nanoseconds since the
 * trace began; 0 stands for what did not happen.
 *
 * @param number counts the requests in the order in which they arrived, from 0
 * @param connection counts connections; requests on one connection follow each other, the next one after the reply
 * @param endpoint whether the request went to the MCP endpoint, rather than to another path or origin
 * @param method the HTTP method
 * @param target the request target, as it stood in the request line
 * @param headers in the order and the case in which they were sent
 * @param body empty where there was none
 * @param beganAt when the first byte of the request was read
 * @param arrivedAt when its last byte was read
 * @param status of the reply; 0 where none was sent
 * @param replyHeaders of the reply
 * @param reply the body of the reply, cut to a bound
 * @param events the events of the reply, if it is an event stream
 * @param answeredAt when the head of the reply was handed to the network
 * @param endedAt when the exchange ended
 * @param ending how it ended
 */
public record Call(
        int number,
        int connection,
        boolean endpoint,
        String method,
        String target,
        List<Header> headers,
        Body body,
        long beganAt,
        long arrivedAt,
        int status,
        List<Header> replyHeaders,
        Body reply,
        List<Sent> events,
        long answeredAt,
        long endedAt,
        Ending ending) {

    public static final String SESSION_ID = "Mcp-Session-Id";
    public static final String VERSION = "MCP-Protocol-Version";
    public static final String LAST_EVENT_ID = "Last-Event-ID";

    /** In replies that the recorder gave in place of the server. */
    public static final String INJECTED = "X-Mcp-Session-Kit";

    private static final String META_VERSION = "io.modelcontextprotocol/protocolVersion";

    /** The first value of a header of the request, its name in any case. */
    public Optional<String> header(String name) {
        return first(headers, name);
    }

    /** All values of a header of the request. */
    public List<String> headerValues(String name) {
        return headers.stream()
                .filter(h -> h.name().equalsIgnoreCase(name))
                .map(Header::value)
                .toList();
    }

    public Optional<String> replyHeader(String name) {
        return first(replyHeaders, name);
    }

    private static Optional<String> first(List<Header> headers, String name) {
        return headers.stream()
                .filter(h -> h.name().equalsIgnoreCase(name))
                .map(Header::value)
                .findFirst();
    }

    /** The session id that the request carries. */
    public Optional<String> sessionId() {
        return header(SESSION_ID);
    }

    /** The session id that the reply carries; an empty one is none. */
    public Optional<String> assignedId() {
        return replyHeader(SESSION_ID).filter(id -> !id.isEmpty());
    }

    public boolean isPost() {
        return method.equals("POST");
    }

    public boolean isGet() {
        return method.equals("GET");
    }

    public boolean isDelete() {
        return method.equals("DELETE");
    }

    /** The JSON value of the body, if it is one. */
    public Optional<JsonNode> json() {
        return isPost() ? body.json() : Optional.empty();
    }

    /** The messages of the body, one by one: those of a batch in place of the batch. */
    public List<JsonNode> messages() {
        return Json.singly(json().stream().toList());
    }

    /** The JSON-RPC message of the body, if it is a single one. */
    public Optional<JsonNode> message() {
        return json().filter(JsonNode::isObject);
    }

    /** The JSON-RPC method of the body, if it is a single request or notification. */
    public Optional<String> rpc() {
        return message()
                .map(m -> m.get("method"))
                .filter(m -> m != null && m.isString())
                .map(JsonNode::asString);
    }

    public boolean calls(String rpcMethod) {
        return rpc().filter(rpcMethod::equals).isPresent();
    }

    /** Whether the body is a single JSON-RPC request. */
    public boolean isRequest() {
        return message().filter(Json::isRequest).isPresent();
    }

    /** Whether the body is a single JSON-RPC response. */
    public boolean isResponse() {
        return message().filter(Json::isResponse).isPresent();
    }

    /** The id of the JSON-RPC message of the body. */
    public Optional<JsonNode> id() {
        return message().map(m -> m.get("id"));
    }

    /** The parameters of the JSON-RPC message; a missing node where there are none. */
    public JsonNode params() {
        return message()
                .map(m -> m.path("params"))
                .orElseGet(() -> Json.object().path("params"));
    }

    /** The revision in the metadata of the message, as revisions of the modern era want it. */
    public Optional<String> metaVersion() {
        var version = params().path("_meta").path(META_VERSION);
        return version.isString() ? Optional.of(version.asString()) : Optional.empty();
    }

    /** Whether the request is of a revision without sessions, by its header, its metadata or its method. */
    public boolean isModern() {
        return metaVersion().isPresent()
                || calls("server/discover")
                || !calls("initialize")
                        && header(VERSION)
                                .flatMap(Revision::find)
                                .filter(r -> !r.isLegacy())
                                .isPresent();
    }

    /** Whether the reply is a stream of events. */
    public boolean isStream() {
        return replyHeader("Content-Type")
                .map(t -> t.split(";", 2)[0].strip().equalsIgnoreCase("text/event-stream"))
                .orElse(false);
    }

    /** The JSON-RPC response to the request, if it was sent in the reply. */
    public Optional<JsonNode> response() {
        var id = id();
        var messages = isStream()
                ? events.stream().flatMap(e -> e.message().stream()).toList()
                : Json.singly(reply.json().stream().toList());
        return messages.stream()
                .filter(Json::isResponse)
                .filter(m -> id.isPresent() && id.get().equals(m.get("id")))
                .findFirst();
    }

    /** When the response was sent, if it was and the reply is a stream. */
    public Optional<Long> responseAt() {
        var id = id();
        return events.stream()
                .filter(e -> e.message()
                        .filter(m -> Json.isResponse(m)
                                && id.filter(i -> i.equals(m.get("id"))).isPresent())
                        .isPresent())
                .map(Sent::at)
                .findFirst();
    }

    /** The result of the response, if it was sent and is no error. */
    public Optional<JsonNode> result() {
        return response().map(r -> r.get("result"));
    }

    /** The error of the reply, whether or not it has the id of the request. */
    public Optional<JsonNode> error() {
        return reply.json().filter(JsonNode::isObject).map(m -> m.get("error"));
    }

    /** The method and, for JSON-RPC, the method called. */
    public String describe() {
        return rpc().map(name -> method + " " + name).orElseGet(() -> isResponse() ? "POST of a response" : method);
    }
}
