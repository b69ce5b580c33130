package dev.mcpsession.conformance.wrong;

import static dev.mcpsession.conformance.wrong.ModernWrongServers.modern;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.servers.FullToyServer;
import dev.mcpsession.conformance.servers.ModernToyServer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** Servers whose lists, hints, contents or requests for input are wrong. */
final class ModernWrongServersOfContent {
    /** Base64 of a few bytes. */
    private static final String BYTES = "AAECAw==";

    private ModernWrongServersOfContent() {}

    static List<WrongServer> all() {
        return Stream.of(caching(), lists(), contents(), input())
                .flatMap(List::stream)
                .toList();
    }

    // ---- caching ----

    private static List<WrongServer> caching() {
        return List.of(
                modern(
                        "hints on the first page alone",
                        "modern/cacheable-lists",
                        "POST tools/list to have a ttlMs",
                        () -> pages((result, from) -> from > 0 ? without(result) : result)),
                modern(
                        "lists to be cached for half a millisecond",
                        "modern/cacheable-lists",
                        "ttlMs of 0 or more, but it is 0.5",
                        () -> new FullToyServer() {
                            @Override
                            protected ObjectNode cacheable(ObjectNode result) {
                                return super.cacheable(result).put("ttlMs", 0.5);
                            }
                        }),
                modern(
                        "resources without caching hints",
                        "modern/cacheable-reads",
                        "POST resources/read to have a ttlMs",
                        () -> reading(result -> result)),
                modern(
                        "resources to be cached by the owner",
                        "modern/cacheable-reads",
                        "it is \"owner\"",
                        () -> reading(result -> result.put("ttlMs", 0).put("cacheScope", "owner"))),
                modern(
                        "the last page is private",
                        "modern/one-cache-scope",
                        "to have the cacheScope of the first, public, but it is private",
                        () -> pages((result, from) -> from > 0 ? result.put("cacheScope", "private") : result)));
    }

    private static ObjectNode without(ObjectNode result) {
        result.remove(List.of("ttlMs", "cacheScope"));
        return result;
    }

    /** Changes a page. */
    private interface Change {
        ObjectNode apply(ObjectNode result, int from);
    }

    private static FullToyServer pages(Change change) {
        return new FullToyServer() {
            @Override
            protected Answer list(Call call, String field, List<ObjectNode> items) throws Exception {
                var cursor = params(call).path("cursor").asString("");
                if (!cursor.startsWith("from-")) {
                    return super.list(call, field, items);
                }
                int from = Integer.parseInt(cursor.substring("from-".length()));
                return complete(call, change.apply(cacheable(page(field, items, from)), from));
            }
        };
    }

    private static FullToyServer reading(UnaryOperator<ObjectNode> hints) {
        return new FullToyServer() {
            @Override
            protected Answer read(Call call, String uri) throws Exception {
                var result = Json.object();
                result.putArray("contents").addObject().put("uri", uri).put("text", "A note");
                return uri.startsWith("toy:") ? complete(call, hints.apply(result)) : unknownResource(call);
            }
        };
    }

    // ---- lists ----

    private static List<WrongServer> lists() {
        return List.of(
                modern(
                        "declares prompts that it cannot list",
                        "modern/declared-lists",
                        "expected POST prompts/list to be served since the server declares the capability prompts",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer handle(Call call) throws Exception {
                                return call.called().equals("prompts/list") ? unknownMethod(call) : super.handle(call);
                            }
                        }),
                modern(
                        "lists resources in another place",
                        "modern/declared-lists",
                        "the result to have an array resources",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer list(Call call, String field, List<ObjectNode> items) throws Exception {
                                return super.list(call, field.equals("resources") ? "items" : field, items);
                            }
                        }),
                modern(
                        "lists resources that it does not declare",
                        "modern/capabilities-declared",
                        "expected a server that lists resources to declare the capability",
                        () -> undeclared("resources")),
                modern(
                        "lists tools that it does not declare",
                        "modern/capabilities-declared",
                        "expected a server that lists tools to declare the capability",
                        () -> undeclared("tools")),
                modern(
                        "shuffles its tools",
                        "modern/list-order",
                        "expected the tools in the same order each time",
                        () -> ordered(tools -> {
                            Collections.shuffle(tools);
                            return tools;
                        })),
                modern(
                        "lists its tools in another order for each connection",
                        "modern/list-order",
                        "expected the tools in the same order each time",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer list(Call call, String field, List<ObjectNode> items) throws Exception {
                                var rotated = new ArrayList<>(items);
                                Collections.rotate(
                                        rotated,
                                        call.exchange().getSourceAddress().getPort() % 5);
                                return super.list(call, field, field.equals("tools") ? rotated : items);
                            }
                        }),
                modern(
                        "cursors that are good for once",
                        "modern/stable-cursors",
                        "a cursor that the server has just given to lead to a page",
                        () -> new FullToyServer() {
                            private final Set<String> used = ConcurrentHashMap.newKeySet();
                            private final AtomicInteger next = new AtomicInteger();

                            @Override
                            protected ObjectNode page(String field, List<ObjectNode> items, int from) {
                                var page = super.page(field, items, from);
                                return page.has("nextCursor")
                                        ? page.put(
                                                "nextCursor",
                                                page.get("nextCursor").asString() + "-" + next.incrementAndGet())
                                        : page;
                            }

                            @Override
                            protected Answer invalidCursor(Call call, String field, List<ObjectNode> items)
                                    throws Exception {
                                var cursor = params(call).path("cursor").asString("");
                                if (!cursor.matches("from-[0-9]+-[0-9]+") || !used.add(cursor)) {
                                    return super.invalidCursor(call, field, items);
                                }
                                return complete(
                                        call, cacheable(page(field, items, Integer.parseInt(cursor.split("-")[1]))));
                            }
                        }),
                modern(
                        "begins again after an unknown cursor",
                        "modern/invalid-cursor",
                        "the error -32602 for a cursor of tools/list that the server never gave",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer invalidCursor(Call call, String field, List<ObjectNode> items)
                                    throws Exception {
                                return complete(call, cacheable(page(field, items, 0)));
                            }
                        }),
                modern(
                        "fails over an unknown cursor of prompts",
                        "modern/invalid-cursor",
                        "the error -32602 for a cursor of prompts/list that the server never gave",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer invalidCursor(Call call, String field, List<ObjectNode> items)
                                    throws Exception {
                                return field.equals("prompts")
                                        ? reply(call, error(call, -32603, "Internal error"))
                                        : super.invalidCursor(call, field, items);
                            }
                        }));
    }

    private static FullToyServer undeclared(String kind) {
        return new FullToyServer() {
            @Override
            protected ObjectNode discovery(Call call) {
                var result = super.discovery(call);
                ((ObjectNode) result.get("capabilities")).remove(kind);
                return result;
            }
        };
    }

    private static ModernToyServer ordered(UnaryOperator<List<ObjectNode>> order) {
        return new FullToyServer() {
            @Override
            protected ObjectNode page(String field, List<ObjectNode> items, int from) {
                var result = Json.object();
                var list = result.putArray(field);
                (field.equals("tools") ? order.apply(new ArrayList<>(items)) : items).forEach(list::add);
                return result;
            }
        };
    }

    // ---- contents ----

    private static List<WrongServer> contents() {
        return List.of(
                modern(
                        "a tool with null for a schema",
                        "modern/tool-definitions",
                        "to be an object, but it is null",
                        () -> tool(tool -> tool.putNull("inputSchema"))),
                modern(
                        "a tool whose schema says nothing of a type",
                        "modern/tool-definitions",
                        "to have the type object at its root, but it is {}",
                        () -> tool(tool -> tool.set("inputSchema", Json.object()))),
                modern(
                        "a tool whose arguments are a list",
                        "modern/tool-definitions",
                        "to have the type object at its root, but it is {\"type\":\"array\"}",
                        () -> tool(tool -> tool.set("inputSchema", Json.object().put("type", "array")))),
                modern(
                        "a tool without a schema",
                        "modern/tool-definitions",
                        "expected the inputSchema of the tool",
                        () -> tool(tool -> {
                            tool.remove("inputSchema");
                            return tool;
                        })),
                modern(
                        "a tool with a space in its name",
                        "modern/tool-names",
                        "one is \"what day is it\"",
                        () -> tool(tool -> tool.put("name", "what day is it"))),
                modern(
                        "two tools of one name",
                        "modern/tool-names",
                        "\"echo\" is listed twice",
                        () -> tool(tool -> tool.put("name", "echo"))),
                modern(
                        "a URI with a space",
                        "modern/resource-uris",
                        "one is \"toy://a note\"",
                        () -> uri("toy://a note")),
                modern("a URI without a scheme", "modern/resource-uris", "one is \"note\"", () -> uri("note")),
                modern(
                        "bytes as numbers",
                        "modern/resource-contents",
                        "a text or a blob in Base64",
                        () -> content(content -> content.set("blob", Json.parse("[0,1]")))),
                modern(
                        "a blob in hexadecimal",
                        "modern/resource-contents",
                        "a text or a blob in Base64",
                        () -> content(content -> content.put("blob", "00:01:02"))),
                modern(
                        "contents without a URI",
                        "modern/resource-contents",
                        "to have a uri, and a text",
                        () -> content(content -> {
                            content.remove("uri");
                            return content.put("text", "A note");
                        })),
                modern(
                        "nothing for a resource that there is not",
                        "modern/unknown-resource",
                        "expected an error for a resource that there is not",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer unknownResource(Call call) throws Exception {
                                var result = Json.object();
                                result.putArray("contents");
                                return complete(call, cacheable(result));
                            }
                        }),
                modern(
                        "the code of old for a resource that there is not",
                        "modern/unknown-resource",
                        "expected the error -32602 for a resource that there is not",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer unknownResource(Call call) throws Exception {
                                return reply(call, error(call, -32002, "Resource not found"));
                            }
                        }),
                modern(
                        "an internal error for an unknown prompt",
                        "modern/unknown-prompt",
                        "expected the error -32602 for a prompt that there is not",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer unknownPrompt(Call call) throws Exception {
                                return reply(call, error(call, -32603, "Internal error"));
                            }
                        }),
                modern(
                        "a prompt without what it requires",
                        "modern/unknown-prompt",
                        "without the arguments that it requires",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer prompt(Call call, String name) throws Exception {
                                return name.equals("letter")
                                        ? complete(call, message("text", "text", "Dear undefined"))
                                        : super.prompt(call, name);
                            }
                        }),
                modern(
                        "an image with a link for data",
                        "modern/contents",
                        "an image or audio to have data in Base64 and a mimeType",
                        () -> greeting("image", "data", "https://pictures.example/1.png")),
                modern(
                        "audio without a type",
                        "modern/contents",
                        "an image or audio to have data in Base64 and a mimeType",
                        () -> greeting("audio", "data", BYTES)),
                modern(
                        "an embedded resource without contents",
                        "modern/contents",
                        "a text or a blob in Base64",
                        () -> greeting("resource", "uri", "toy://note")));
    }

    private static FullToyServer tool(UnaryOperator<ObjectNode> change) {
        return new FullToyServer() {
            @Override
            protected List<ObjectNode> toolList() {
                var list = super.toolList();
                var unused = change.apply(list.get(list.size() - 1));
                return list;
            }
        };
    }

    private static FullToyServer uri(String uri) {
        return new FullToyServer() {
            @Override
            protected List<ObjectNode> resources() {
                var list = new ArrayList<>(super.resources());
                list.add(Json.object().put("uri", uri).put("name", "more"));
                return list;
            }
        };
    }

    private static FullToyServer content(UnaryOperator<ObjectNode> change) {
        return new FullToyServer() {
            @Override
            protected Answer read(Call call, String uri) throws Exception {
                if (!uri.startsWith("toy:")) {
                    return super.read(call, uri);
                }
                var result = Json.object();
                var unused =
                        change.apply(result.putArray("contents").addObject().put("uri", uri));
                return complete(call, cacheable(result));
            }
        };
    }

    private static FullToyServer greeting(String type, String field, String value) {
        return new FullToyServer() {
            @Override
            protected ObjectNode greeting() {
                return message(type, field, value);
            }
        };
    }

    // ---- requests for input ----

    private static List<WrongServer> input() {
        return List.of(
                modern(
                        "asks who declared nothing",
                        "modern/undeclared-capability",
                        "no request for input but of what the client declared, {}",
                        () -> asking(result -> result, true)),
                modern(
                        "asks for a visit to a page",
                        "modern/undeclared-capability",
                        "no request for input but of what the client declared",
                        () -> asking(
                                result -> request(result, "elicitation/create")
                                        .put("mode", "url")
                                        .put("message", "Log in")
                                        .put("url", "https://login.example"),
                                false)),
                modern(
                        "asks for roots of who has none",
                        "modern/undeclared-capability",
                        "no request for input but of what the client declared",
                        () -> asking(result -> request(result, "roots/list"), false)),
                modern(
                        "200 for a missing capability",
                        "modern/undeclared-capability",
                        "expected status 400 with the error -32021",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer missingCapability(Call call) throws Exception {
                                return new Answer(
                                        200,
                                        java.util.Map.of("Content-Type", "application/json"),
                                        super.missingCapability(call).body());
                            }
                        }),
                modern(
                        "does not say which capability is missing",
                        "modern/undeclared-capability",
                        "to list the missing capabilities in data.requiredCapabilities",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer missingCapability(Call call) {
                                return refused(400, error(call, MISSING_CAPABILITY, "No"));
                            }
                        }),
                modern(
                        "asks for something of its own",
                        "modern/input-required-form",
                        "requests for input of one of the kinds",
                        () -> asking(result -> request(result, "toys/choose"), false)),
                modern(
                        "asks for nothing",
                        "modern/input-required-form",
                        "to have inputRequests, a requestState or both",
                        () -> asking(
                                result -> {
                                    result.remove(List.of("inputRequests", "requestState"));
                                    return result;
                                },
                                false)),
                modern(
                        "an object for a state",
                        "modern/input-required-form",
                        "expected the requestState to be a string",
                        () -> asking(
                                result -> {
                                    result.putObject("requestState").put("asked", true);
                                    return result;
                                },
                                false)),
                modern(
                        "a form without a schema",
                        "modern/input-required-form",
                        "to have the params of its kind",
                        () -> asking(
                                result -> request(result, "elicitation/create").put("message", "Your name?"), false)),
                modern(
                        "fails over input that is missing",
                        "modern/input-required-again",
                        "to be asked again",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer ask(Call call) throws Exception {
                                var responses = params(call).path("inputResponses");
                                return responses.isObject() && responses.isEmpty()
                                        ? invalid(call, "The name is missing")
                                        : super.ask(call);
                            }
                        }),
                modern(
                        "fails over input that it did not ask for",
                        "modern/input-required-again",
                        "to be asked again",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer ask(Call call) throws Exception {
                                return params(call).path("inputResponses").has("mcp-session-conformance")
                                        ? invalid(call, "Unknown key")
                                        : super.ask(call);
                            }
                        }));
    }

    /** Puts another request for input in place of the first; to be filled in. */
    private static ObjectNode request(ObjectNode result, String method) {
        return result.putObject("inputRequests")
                .putObject("more")
                .put("method", method)
                .putObject("params");
    }

    private static FullToyServer asking(UnaryOperator<ObjectNode> change, boolean anybody) {
        return new FullToyServer() {
            @Override
            protected ObjectNode inputRequired(Call call) {
                var result = super.inputRequired(call);
                var unused = change.apply(result);
                return result;
            }

            @Override
            protected Answer missingCapability(Call call) throws Exception {
                if (!anybody) {
                    return super.missingCapability(call);
                }
                var result = finished(call, inputRequired(call)).put("resultType", "input_required");
                return reply(call, result(call, result));
            }
        };
    }
}
