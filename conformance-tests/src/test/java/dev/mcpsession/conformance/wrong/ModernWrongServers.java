package dev.mcpsession.conformance.wrong;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.matching;

import com.github.tomakehurst.wiremock.http.HttpHeader;
import com.github.tomakehurst.wiremock.http.HttpHeaders;
import com.github.tomakehurst.wiremock.http.Response;
import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.servers.MirroringToyServer;
import dev.mcpsession.conformance.servers.ModernToyServer;
import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.servers.UpdatingToyServer;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Servers that break the rules of the area modern, one each. */
final class ModernWrongServers {
    /** For a proxy that holds back a reply until it is complete: a stream of changes would never come through it. */
    private static final class WithoutSubscriptions extends ModernToyServer {
        @Override
        protected ObjectNode discovery(Call call) {
            var result = super.discovery(call);
            ((ObjectNode) result.get("capabilities").get("tools")).remove("listChanged");
            return result;
        }

        @Override
        protected Answer listen(Call call) throws Exception {
            return unknownMethod(call);
        }
    }

    private ModernWrongServers() {}

    static List<WrongServer> all() {
        return Stream.of(
                        messages(),
                        headers(),
                        meta(),
                        parameters(),
                        remnants(),
                        streams(),
                        subscriptions(),
                        ModernWrongServersOnMethods.all(),
                        ModernWrongServersInCompany.all(),
                        ModernWrongServersOfContent.all(),
                        ModernWrongServersWithUsers.all())
                .flatMap(List::stream)
                .toList();
    }

    static WrongServer modern(String name, String breaks, String says, Supplier<? extends ModernToyServer> kind) {
        return modern(name, breaks, says, ToyServer.launcher(kind));
    }

    private static WrongServer modern(String name, String breaks, String says, ServerLauncher launcher) {
        return new WrongServer(name, breaks, says, launcher, Revision.V2026_07_28, UnaryOperator.identity());
    }

    // ---- parameters in headers ----

    private static List<WrongServer> parameters() {
        return List.of(
                mirroring(
                        "wants two parameters in one header",
                        "has \"SLEEP-FOR\" twice",
                        properties -> properties
                                .putObject("unit")
                                .put("type", "string")
                                .put("x-mcp-header", "SLEEP-FOR")),
                mirroring(
                        "wants a parameter in a header with a space",
                        "to be a token",
                        properties -> properties
                                .putObject("unit")
                                .put("type", "string")
                                .put("x-mcp-header", "The Unit")),
                mirroring(
                        "wants an object in a header",
                        "on a parameter of the type object",
                        properties -> properties
                                .putObject("unit")
                                .put("type", "object")
                                .put("x-mcp-header", "Unit")),
                mirroring(
                        "wants the items of a list in a header",
                        "that properties alone lead to",
                        properties -> properties
                                .putObject("units")
                                .put("type", "array")
                                .putObject("items")
                                .put("type", "string")
                                .put("x-mcp-header", "Unit")),
                modern(
                        "does without the header of a parameter",
                        "modern/parameter-header-mismatch-400",
                        "for a call of a tool without Mcp-Param-Sleep-For",
                        () -> new MirroringToyServer() {
                            @Override
                            protected boolean isMirrored(Call call) {
                                return header(call).isEmpty() || super.isMirrored(call);
                            }
                        }),
                modern(
                        "does not compare the header of a parameter",
                        "modern/parameter-header-mismatch-400",
                        "whose Mcp-Param-Sleep-For says another value, but got 200",
                        () -> new MirroringToyServer() {
                            @Override
                            protected boolean isMirrored(Call call) {
                                return header(call).isPresent() || super.isMirrored(call);
                            }
                        }),
                modern(
                        "takes an encoded parameter as it comes",
                        "modern/parameter-header-mismatch-400",
                        "says another value, encoded, but got 200",
                        () -> new MirroringToyServer() {
                            @Override
                            protected boolean isMirrored(Call call) {
                                return call.header("Mcp-Param-Sleep-For")
                                                .filter(h -> h.startsWith("=?"))
                                                .isPresent()
                                        || super.isMirrored(call);
                            }
                        }));
    }

    private static WrongServer mirroring(String name, String says, Consumer<ObjectNode> change) {
        return modern(name, "modern/parameter-headers", says, () -> new MirroringToyServer() {
            @Override
            protected void mirror(ObjectNode properties) {
                change.accept(properties);
            }
        });
    }

    // ---- messages ----

    private static List<WrongServer> messages() {
        return List.of(
                modern(
                        "discovery without capabilities",
                        "modern/discover",
                        "expected capabilities to be an object",
                        () -> new ModernToyServer() {
                            @Override
                            protected ObjectNode discovery(Call call) {
                                var result = super.discovery(call);
                                result.remove("capabilities");
                                return result;
                            }
                        }),
                modern(
                        "no discovery",
                        "modern/discover",
                        "expected POST server/discover to be served",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer handle(Call call) throws Exception {
                                return call.called().equals("server/discover")
                                        ? unknownMethod(call)
                                        : super.handle(call);
                            }
                        }),
                modern(
                        "discovery lists the versions of yesterday",
                        "modern/discover-lists-revision",
                        "expected supportedVersions to contain 2026-07-28",
                        () -> new ModernToyServer() {
                            @Override
                            protected ObjectNode discovery(Call call) {
                                var result = super.discovery(call);
                                result.putArray("supportedVersions").add("2025-11-25");
                                return result;
                            }
                        }),
                modern(
                        "says who it is in discovery alone",
                        "modern/server-info",
                        "serverInfo with name and version",
                        () -> new ModernToyServer() {
                            @Override
                            protected ObjectNode finished(Call call, ObjectNode result) {
                                var meta = (ObjectNode)
                                        super.finished(call, result).get("_meta");
                                if (!call.called().equals("server/discover")) {
                                    meta.remove(Client.META_PREFIX + "serverInfo");
                                }
                                return result;
                            }
                        }),
                modern(
                        "a list without a resultType",
                        "modern/result-type",
                        "tools/list to have a resultType",
                        () -> new ModernToyServer() {
                            @Override
                            protected ObjectNode finished(Call call, ObjectNode result) {
                                super.finished(call, result);
                                if (call.called().equals("tools/list")) {
                                    result.remove("resultType");
                                }
                                return result;
                            }
                        }),
                modern(
                        "discovery without caching hints",
                        "modern/cacheable-discovery",
                        "expected the result of POST server/discover to have a ttlMs",
                        () -> new ModernToyServer() {
                            @Override
                            protected ObjectNode cacheable(ObjectNode result) {
                                return result.has("supportedVersions") ? result : super.cacheable(result);
                            }
                        }),
                modern(
                        "lists to be cached for a negative time",
                        "modern/cacheable-lists",
                        "ttlMs of 0 or more, but it is -1",
                        () -> new ModernToyServer() {
                            @Override
                            protected ObjectNode cacheable(ObjectNode result) {
                                super.cacheable(result);
                                return result.has("tools") ? result.put("ttlMs", -1) : result;
                            }
                        }),
                modern(
                        "lists to be cached by nobody that is defined",
                        "modern/cacheable-lists",
                        "cacheScope public or private",
                        () -> new ModernToyServer() {
                            @Override
                            protected ObjectNode cacheable(ObjectNode result) {
                                super.cacheable(result);
                                return result.has("tools") ? result.put("cacheScope", "shared") : result;
                            }
                        }),
                modern(
                        "ids of digits become numbers",
                        "modern/response-id",
                        "expected the response to have the id \"",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                var id = message.path("id").asString("");
                                if (message.path("id").isString() && id.matches("[0-9]+")) {
                                    message.put("id", Integer.parseInt(id));
                                }
                                return super.reply(call, message);
                            }
                        }),
                modern(
                        "a null beside the result",
                        "modern/json-rpc",
                        "expected either a result or an error",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                return super.reply(call, message.has("error") ? message : message.putNull("error"));
                            }
                        }),
                modern(
                        "errors that are not JSON-RPC 2.0",
                        "modern/json-rpc",
                        "expected jsonrpc to be \"2.0\"",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer refused(int status, ObjectNode error) {
                                error.remove("jsonrpc");
                                return super.refused(status, error);
                            }
                        }),
                modern(
                        "results with the number 2.0 for the version of JSON-RPC",
                        "modern/json-rpc",
                        "expected jsonrpc to be \"2.0\" in the response to server/discover, but it is 2.0",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                return super.reply(call, message.put("jsonrpc", 2.0));
                            }
                        }),
                modern(
                        "errors forget the id",
                        "modern/error-response",
                        "expected the response to have the id",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer refused(int status, ObjectNode error) {
                                return super.refused(status, error.putNull("id"));
                            }
                        }),
                modern(
                        "a proxy that calls everything text",
                        "modern/post-json-or-sse",
                        "for POST server/discover, but it is text/plain",
                        Proxied.changing(
                                WithoutSubscriptions::new,
                                (request, response) -> Response.Builder.like(response)
                                        .but()
                                        .headers(new HttpHeaders(new HttpHeader("Content-Type", "text/plain")))
                                        .build())),
                modern(
                        "answers a notification with a result",
                        "modern/notification-202",
                        "expected 202 or an error status",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer notified(Call call) {
                                return Answer.json(200, Json.object());
                            }
                        }),
                modern(
                        "accepts a notification with a body",
                        "modern/notification-202",
                        "expected no body with the 202",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer notified(Call call) {
                                return Answer.json(202, Json.object());
                            }
                        }),
                modern(
                        "serves batches",
                        "modern/batch-rejected",
                        "expected an array of two requests to be refused",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer notOneMessage(Call call) throws Exception {
                                var responses = new ArrayList<String>();
                                for (var message : call.message()) {
                                    responses.add(handle(new Call(call.exchange(), "POST", message, message.toString()))
                                            .body());
                                }
                                return new Answer(
                                        200, Map.of("Content-Type", "application/json"), responses.toString());
                            }
                        }),
                modern(
                        "an unknown tool is an unknown resource of old",
                        "modern/reserved-codes",
                        "expected no code that earlier revisions used, for an unknown tool, but got -32002",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer unknownTool(Call call) throws Exception {
                                return reply(call, error(call, -32002, "Tool not found"));
                            }
                        }),
                modern(
                        "codes of its own in the reserved range",
                        "modern/reserved-codes",
                        "for an unknown tool, but got -32050",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer unknownTool(Call call) throws Exception {
                                return reply(call, error(call, -32050, "Tool not found"));
                            }
                        }),
                modern(
                        "codes of the range that was free",
                        "modern/legacy-codes",
                        "the server uses [-32000]",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer unknownTool(Call call) throws Exception {
                                return reply(call, error(call, -32000, "Tool not found"));
                            }
                        }));
    }

    // ---- headers ----

    private static List<WrongServer> headers() {
        return List.of(
                modern(
                        "does without the version header",
                        "modern/version-header-required",
                        "expected status 400 for a call of server/discover without the header MCP-Protocol-Version",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer versionHeaderMissing(Call call) {
                                return null;
                            }

                            @Override
                            protected Answer versionMismatch(Call call) {
                                return call.header(Client.VERSION_HEADER).isEmpty()
                                        ? null
                                        : super.versionMismatch(call);
                            }
                        }),
                modern(
                        "does not compare the versions",
                        "modern/version-mismatch-400",
                        "name different versions",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer versionMismatch(Call call) {
                                return null;
                            }
                        }),
                modern(
                        "does without the method header",
                        "modern/method-header-required",
                        "expected status 400 for a call of server/discover without the header Mcp-Method",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer methodHeaderWrong(Call call) {
                                return call.header(Client.METHOD_HEADER).isEmpty()
                                        ? null
                                        : super.methodHeaderWrong(call);
                            }
                        }),
                modern(
                        "does not compare the methods",
                        "modern/method-header-mismatch-400",
                        "whose Mcp-Method says tools/list",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer methodHeaderWrong(Call call) {
                                return call.header(Client.METHOD_HEADER).isPresent()
                                        ? null
                                        : super.methodHeaderWrong(call);
                            }
                        }),
                modern(
                        "compares the methods in any case",
                        "modern/header-values-exact-case",
                        "whose Mcp-Method says SERVER/DISCOVER",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer methodHeaderWrong(Call call) {
                                return call.header(Client.METHOD_HEADER)
                                                .filter(call.called()::equalsIgnoreCase)
                                                .isPresent()
                                        ? null
                                        : super.methodHeaderWrong(call);
                            }
                        }),
                modern(
                        "looks for the header as it is written in the specification",
                        "modern/header-names-any-case",
                        "with the header names mcp-protocol-version",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer versionHeaderMissing(Call call) {
                                return call.exchange().getRequestHeaders().getHeaderNames().stream()
                                                .anyMatch(n -> n.toString().equals(Client.VERSION_HEADER))
                                        ? null
                                        : mismatch(call, "MCP-Protocol-Version is missing");
                            }
                        }),
                modern(
                        "uses the code of a draft",
                        "modern/header-mismatch-code",
                        "with the code -32020",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer mismatch(Call call, String text) {
                                return refused(400, error(call, -32001, text));
                            }
                        }),
                modern(
                        "does without the name header",
                        "modern/name-header-required",
                        "a call of a tool without Mcp-Name",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer nameHeaderWrong(Call call) {
                                return call.header(Client.NAME_HEADER).isEmpty() ? null : super.nameHeaderWrong(call);
                            }
                        }),
                modern(
                        "does not compare the names",
                        "modern/name-header-mismatch-400",
                        "whose Mcp-Name says another name",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer nameHeaderWrong(Call call) {
                                return call.header(Client.NAME_HEADER)
                                                .filter(n -> !n.startsWith("=?") || decoded(n) != null)
                                                .isPresent()
                                        ? null
                                        : super.nameHeaderWrong(call);
                            }
                        }),
                modern(
                        "takes a name that it cannot decode for any",
                        "modern/malformed-encoding-400",
                        "holds no Base64",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer nameHeaderWrong(Call call) {
                                return call.header(Client.NAME_HEADER)
                                                .filter(n -> decoded(n) == null)
                                                .isPresent()
                                        ? null
                                        : super.nameHeaderWrong(call);
                            }
                        }),
                modern(
                        "takes the markers of the encoding in any case",
                        "modern/malformed-encoding-400",
                        "the markers of the encoding in capitals",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer nameHeaderWrong(Call call) {
                                var name = call.header(Client.NAME_HEADER).orElse("");
                                return name.startsWith("=?BASE64?")
                                                && params(call)
                                                        .path("name")
                                                        .asString("")
                                                        .equals(decoded(name.replace("BASE64", "base64")))
                                        ? null
                                        : super.nameHeaderWrong(call);
                            }
                        }),
                modern(
                        "compares the name as it came",
                        "modern/encoded-name-accepted",
                        "expected an encoded Mcp-Name to be taken as a plain one",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer nameHeaderWrong(Call call) {
                                var named = super.nameHeaderWrong(call);
                                return named == null
                                                && call.header(Client.NAME_HEADER)
                                                        .filter(n -> !n.equals(decoded(n)))
                                                        .isPresent()
                                        ? mismatch(call, "Mcp-Name is not the name in the params")
                                        : named;
                            }
                        }));
    }

    // ---- metadata ----

    private static List<WrongServer> meta() {
        return List.of(
                modern(
                        "does without the capabilities of the client",
                        "modern/missing-meta-400",
                        "expected status 400 for a call of server/discover without clientCapabilities",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer metaMissing(Call call) {
                                return meta(call, "protocolVersion").isString() ? null : super.metaMissing(call);
                            }
                        }),
                modern(
                        "takes missing metadata from the request before",
                        "modern/missing-meta-400",
                        "expected status 400 for a call of server/discover without",
                        () -> new ModernToyServer() {
                            private final Set<Object> complete = ConcurrentHashMap.newKeySet();

                            @Override
                            protected Answer metaMissing(Call call) {
                                var missing = super.metaMissing(call);
                                if (missing == null) {
                                    complete.add(
                                            call.exchange().getSourceAddress().getAddress());
                                    return null;
                                }
                                return complete.isEmpty() ? missing : null;
                            }

                            @Override
                            protected Answer versionMismatch(Call call) {
                                return meta(call, "protocolVersion").isString() ? super.versionMismatch(call) : null;
                            }

                            @Override
                            protected Answer versionUnsupported(Call call) {
                                return meta(call, "protocolVersion").isString() ? super.versionUnsupported(call) : null;
                            }
                        }),
                modern(
                        "another code for missing metadata",
                        "modern/missing-meta-error",
                        "expected a JSON-RPC error with the code -32602",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer metaMissing(Call call) {
                                return super.metaMissing(call) == null
                                        ? null
                                        : refused(400, error(call, -32600, "Invalid request"));
                            }
                        }),
                modern(
                        "wants to know the client",
                        "modern/client-info-optional",
                        "to be served without clientInfo",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer metaMissing(Call call) {
                                return meta(call, "clientInfo").isObject()
                                        ? super.metaMissing(call)
                                        : refused(400, error(call, -32602, "clientInfo is missing"));
                            }
                        }),
                modern(
                        "serves versions that are still to come",
                        "modern/unsupported-version-400",
                        "expected status 400 for a call of server/discover in version 2099-12-31",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer versionUnsupported(Call call) {
                                return meta(call, "protocolVersion").asString().compareTo(REVISION) > 0
                                        ? null
                                        : super.versionUnsupported(call);
                            }
                        }),
                modern(
                        "does not say which versions it supports",
                        "modern/unsupported-version-error",
                        "expected data.supported to list",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer versionUnsupported(Call call) {
                                return super.versionUnsupported(call) == null
                                        ? null
                                        : refused(
                                                400, error(call, UNSUPPORTED_VERSION, "Unsupported protocol version"));
                            }
                        }),
                modern(
                        "refuses a version as invalid",
                        "modern/unsupported-version-error",
                        "with the code -32022",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer versionUnsupported(Call call) {
                                return super.versionUnsupported(call) == null
                                        ? null
                                        : refused(400, error(call, -32602, "Unsupported protocol version"));
                            }
                        }),
                modern(
                        "200 for an unknown method",
                        "modern/unknown-method-404",
                        "expected status 404 for the method",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer unknownMethod(Call call) {
                                return refused(200, error(call, -32601, "Method not found"));
                            }
                        }),
                modern(
                        "a proxy with a page of its own for 404",
                        "modern/unknown-method-error",
                        "with the code -32601",
                        Proxied.changing(
                                WithoutSubscriptions::new,
                                (request, response) -> response.getStatus() != 404
                                        ? response
                                        : Response.Builder.like(response)
                                                .but()
                                                .body("<html><body>Not Found</body></html>")
                                                .headers(new HttpHeaders(new HttpHeader("Content-Type", "text/html")))
                                                .build())));
    }

    // ---- what is left of sessions ----

    private static List<WrongServer> remnants() {
        return List.of(
                modern(
                        "a gateway that hands out session ids",
                        "modern/mints-no-id",
                        "expected no session id in the reply",
                        Proxied.changing(
                                WithoutSubscriptions::new,
                                (request, response) -> Response.Builder.like(response)
                                        .but()
                                        .headers(response.getHeaders()
                                                .plus(new HttpHeader("Mcp-Session-Id", "gateway-1")))
                                        .build())),
                modern(
                        "a gateway that knows no such session",
                        "modern/ignores-id",
                        "to be served although it carries a session id",
                        Proxied.stubbing(
                                WithoutSubscriptions::new,
                                proxy -> proxy.stubFor(any(anyUrl())
                                        .atPriority(1)
                                        .withHeader("Mcp-Session-Id", matching(".+"))
                                        .willReturn(aResponse().withStatus(404).withBody("Session not found"))))),
                modern(
                        "echoes session ids",
                        "modern/echoes-no-id",
                        "expected the session id of the request not to come back",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer answer(Call call) throws Exception {
                                var answer = super.answer(call);
                                return call.sessionId().isEmpty() || answer == null
                                        ? answer
                                        : answer.with(
                                                SESSION_HEADER, call.sessionId().get());
                            }
                        }),
                modern(
                        "404 for GET",
                        "modern/get-405",
                        "expected status 405 for GET",
                        Proxied.stubbing(
                                WithoutSubscriptions::new,
                                proxy -> proxy.stubFor(get(anyUrl())
                                        .atPriority(1)
                                        .willReturn(aResponse().withStatus(404))))),
                modern(
                        "accepts DELETE",
                        "modern/delete-405",
                        "expected status 405 for DELETE",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer modernOther(Call call) throws Exception {
                                return call.method().equals("DELETE") ? Answer.of(204) : super.modernOther(call);
                            }
                        }),
                modern(
                        "wants to resume a stream",
                        "modern/ignores-last-event-id",
                        "to be served although it carries Last-Event-ID",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer modernPost(Call call) throws Exception {
                                return call.header("Last-Event-ID").isEmpty()
                                        ? super.modernPost(call)
                                        : Answer.error(400, -32600, "No such stream");
                            }
                        }),
                modern(
                        "leaves an older client in the dark",
                        "modern/initialize-names-versions",
                        "expected the answer to initialize to name the version",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer initializeRefused(Call call) {
                                return refused(400, error(call, HEADER_MISMATCH, "Missing headers"));
                            }
                        }),
                modern(
                        "unlocks a tool once a connection was used",
                        "modern/lists-independent",
                        "expected the list of tools to be the same",
                        () -> new ModernToyServer() {
                            private final Set<Object> used = ConcurrentHashMap.newKeySet();

                            @Override
                            protected ObjectNode tools(Call call) {
                                var result = super.tools(call);
                                if (!used.add(call.exchange().getConnection())) {
                                    ((ArrayNode) result.get("tools"))
                                            .addObject()
                                            .put("name", "more")
                                            .putObject("inputSchema")
                                            .put("type", "object");
                                }
                                return result;
                            }
                        }),
                modern(
                        "wants discovery first on every connection",
                        "modern/any-connection",
                        "to be served over a connection that nothing else has used",
                        () -> new ModernToyServer() {
                            private final Set<Object> discovered = ConcurrentHashMap.newKeySet();

                            @Override
                            protected Answer handle(Call call) throws Exception {
                                var connection = call.exchange().getConnection();
                                if (call.called().equals("server/discover")) {
                                    discovered.add(connection);
                                }
                                return discovered.contains(connection)
                                        ? super.handle(call)
                                        : refused(400, error(call, -32600, "Not initialized"));
                            }
                        }),
                modern(
                        "remembers responses by the id alone",
                        "modern/same-ids-do-not-cross",
                        "although other requests with the same id were under way",
                        () -> new ModernToyServer() {
                            private final Map<String, Answer> answers = new ConcurrentHashMap<>();

                            @Override
                            protected Answer handle(Call call) throws Exception {
                                var id = call.message().get("id");
                                if (!id.isString()
                                        || call.called().equals("tools/call")
                                        || call.called().equals("subscriptions/listen")) {
                                    return super.handle(call);
                                }
                                var answer = super.handle(call);
                                var earlier = answers.putIfAbsent(id.asString(), answer);
                                return earlier == null ? answer : earlier;
                            }
                        }),
                modern(
                        "looks at how the Origin begins",
                        "modern/origin-lookalike-403",
                        "for a call of server/discover with the Origin http://localhost.attacker.example",
                        () -> new ModernToyServer() {
                            @Override
                            protected boolean allowed(String origin) {
                                return super.allowed(origin) || origin.startsWith("http://localhost");
                            }
                        }),
                modern(
                        "lets every web page in",
                        "modern/origin-403",
                        "expected status 403 for a call of server/discover with the Origin",
                        () -> new ModernToyServer() {
                            @Override
                            protected boolean allowed(String origin) {
                                return true;
                            }
                        }));
    }

    // ---- streams ----

    /** Calls under way, by the id of the request alone. */
    private abstract static class ById extends ModernToyServer {
        private final Map<JsonNode, List<Call>> running = new ConcurrentHashMap<>();
        private final Set<Call> ended = ConcurrentHashMap.newKeySet();

        @Override
        protected Answer sleepOnStream(Call call, long millis) throws Exception {
            running.computeIfAbsent(call.message().get("id"), id -> new CopyOnWriteArrayList<>())
                    .add(call);
            return super.sleepOnStream(call, millis);
        }

        void end(JsonNode id) {
            ended.addAll(running.getOrDefault(id, List.of()));
        }

        @Override
        protected boolean isCancelled(Call call) {
            return ended.contains(call);
        }
    }

    private static List<WrongServer> streams() {
        return List.of(
                modern(
                        "asks the client on the stream",
                        "modern/no-requests-on-stream",
                        "expected no request from the server",
                        () -> new ModernToyServer() {
                            @Override
                            protected void beforeSleep(Call call, Events events) throws Exception {
                                events.send(Json.request("from-the-server", "roots/list"));
                            }
                        }),
                modern(
                        "tells of changes on the stream of a call",
                        "modern/only-related-notifications",
                        "expected only what is about the request",
                        () -> new ModernToyServer() {
                            @Override
                            protected void beforeSleep(Call call, Events events) throws Exception {
                                events.send(Json.notification("notifications/tools/list_changed"));
                            }
                        }),
                modern(
                        "tells of the progress of another call",
                        "modern/only-related-notifications",
                        "expected only what is about the request",
                        () -> new ModernToyServer() {
                            @Override
                            protected void beforeSleep(Call call, Events events) throws Exception {
                                events.send(progress(Json.parse("\"of-another\""), 1));
                            }
                        }),
                modern(
                        "logs to clients that did not ask",
                        "modern/no-unasked-logs",
                        "expected no log messages",
                        () -> new ModernToyServer() {
                            @Override
                            protected void beforeSleep(Call call, Events events) throws Exception {
                                var message = Json.notification("notifications/message");
                                message.putObject("params").put("level", "info").put("data", "sleeping");
                                events.send(message);
                            }
                        }),
                modern(
                        "leaves a stream open after the response",
                        "modern/response-ends-stream",
                        "to end with the response",
                        () -> new ModernToyServer() {
                            @Override
                            protected void afterSleep(Call call, Events events) throws Exception {
                                while (!closed) {
                                    Thread.sleep(50);
                                    events.keepAlive();
                                }
                            }
                        }),
                modern(
                        "lets proxies buffer its streams",
                        "modern/unbuffered-sse",
                        "the header X-Accel-Buffering: no",
                        () -> new ModernToyServer() {
                            @Override
                            protected Map<String, String> streamHeaders() {
                                return Map.of("Content-Type", "text/event-stream");
                            }
                        }),
                modern(
                        "a closed stream cancels every call with its id",
                        "modern/closing-stream-cancels",
                        "expected another client's call with the same id to be answered",
                        () -> new ById() {
                            @Override
                            protected void cancelled(Call call) {
                                end(call.message().get("id"));
                            }
                        }),
                modern(
                        "anybody may cancel by id",
                        "modern/cancelled-notification",
                        "ends the call with that id",
                        () -> new ById() {
                            @Override
                            protected Answer notified(Call call) throws Exception {
                                end(params(call).path("requestId"));
                                return super.notified(call);
                            }
                        }));
    }

    // ---- subscriptions ----

    private static List<WrongServer> subscriptions() {
        return List.of(
                modern(
                        "promises changes, but offers no subscription",
                        "modern/listen-offered",
                        "expected subscriptions/listen to be offered",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer listen(Call call) throws Exception {
                                return unknownMethod(call);
                            }
                        }),
                modern(
                        "tells of a change before it acknowledges",
                        "modern/subscription-acknowledged-first",
                        "expected the acknowledgement as the first message",
                        () -> new ModernToyServer() {
                            @Override
                            protected void beforeAcknowledgement(Call call, Events events) throws Exception {
                                changes(call, events);
                            }
                        }),
                modern(
                        "answers a subscription at once",
                        "modern/subscription-acknowledged-first",
                        "expected the acknowledgement as the first message",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer listen(Call call) throws Exception {
                                return complete(call, Json.object());
                            }
                        }),
                modern(
                        "acknowledges everything that it has",
                        "modern/subscription-acknowledged-subset",
                        "expected the acknowledgement to name nothing but toolsListChanged",
                        () -> new ModernToyServer() {
                            @Override
                            protected ObjectNode honoured(JsonNode asked) {
                                return super.honoured(asked).put("promptsListChanged", true);
                            }
                        }),
                modern(
                        "subscription ids are always strings",
                        "modern/subscription-id",
                        "expected everything on the stream to carry the subscriptionId",
                        () -> new ModernToyServer() {
                            @Override
                            protected ObjectNode tagged(Call call, ObjectNode notification) {
                                super.tagged(call, notification);
                                ((ObjectNode) notification.get("params").get("_meta"))
                                        .put(
                                                Client.META_PREFIX + "subscriptionId",
                                                call.message().get("id").asString());
                                return notification;
                            }
                        }),
                modern(
                        "changes without a subscription id",
                        "modern/subscription-id",
                        "but none is in",
                        () -> new ModernToyServer() {
                            @Override
                            protected void changes(Call call, Events events) throws Exception {
                                events.send(Json.notification("notifications/tools/list_changed"));
                            }
                        }),
                modern(
                        "tells every subscriber of everything",
                        "modern/subscription-only-requested",
                        "expected only what was asked for",
                        () -> new ModernToyServer() {
                            @Override
                            protected void changes(Call call, Events events) throws Exception {
                                events.send(tagged(call, Json.notification("notifications/tools/list_changed")));
                            }
                        }),
                modern(
                        "tells who asked for lists of updates too",
                        "modern/subscription-only-requested",
                        "expected only what was asked for on the stream of a subscription, but it carried",
                        () -> new UpdatingToyServer() {
                            @Override
                            protected boolean tells(JsonNode filter, String uri) {
                                return filter.path("resourcesListChanged").asBoolean(false) || super.tells(filter, uri);
                            }
                        }),
                modern(
                        "tells of updates of every resource",
                        "modern/subscription-only-requested",
                        "expected only what was asked for on the stream of a subscription, updates of toy://note, but"
                                + " it carried",
                        () -> new UpdatingToyServer() {
                            @Override
                            protected boolean tells(JsonNode filter, String uri) {
                                return !filter.path("resourceSubscriptions").isEmpty();
                            }
                        }));
    }
}
