package dev.mcpsession.conformance.wrong;

import static dev.mcpsession.conformance.wrong.ModernWrongServers.modern;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.servers.FullToyServer;
import dev.mcpsession.conformance.servers.MirroringToyServer;
import dev.mcpsession.conformance.servers.ModernToyServer;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Servers that do right on some methods, and wrong on others. */
final class ModernWrongServersOnMethods {
    private static final Predicate<String> DISCOVERY = "server/discover"::equals;

    private ModernWrongServersOnMethods() {}

    static List<WrongServer> all() {
        return Stream.of(headers(), names(), metadata(), origins(), results(), parameters())
                .flatMap(List::stream)
                .toList();
    }

    /** Looks at the headers of some methods only. */
    private static class Headers extends FullToyServer {
        private final Predicate<String> checked;

        Headers(Predicate<String> checked) {
            this.checked = checked;
        }

        @Override
        protected Answer versionHeaderMissing(Call call) {
            return checked.test(call.called()) ? super.versionHeaderMissing(call) : null;
        }

        @Override
        protected Answer versionMismatch(Call call) {
            return checked.test(call.called()) ? super.versionMismatch(call) : null;
        }

        @Override
        protected Answer methodHeaderWrong(Call call) {
            return checked.test(call.called()) ? super.methodHeaderWrong(call) : null;
        }

        @Override
        protected Answer nameHeaderWrong(Call call) {
            return checked.test(call.called()) ? super.nameHeaderWrong(call) : null;
        }
    }

    private static List<WrongServer> headers() {
        var much = "it does not look at any header, which five rules are about";
        return List.of(
                modern(
                                "wants the version header for discovery alone",
                                "modern/version-header-required",
                                "for a call of tools/list without the header MCP-Protocol-Version",
                                () -> new Headers(DISCOVERY))
                        .because(much),
                modern(
                                "compares the versions for discovery alone",
                                "modern/version-mismatch-400",
                                "for a call of tools/list whose header and metadata",
                                () -> new Headers(DISCOVERY))
                        .because(much),
                modern(
                                "wants the method header for discovery alone",
                                "modern/method-header-required",
                                "for a call of tools/list without the header Mcp-Method",
                                () -> new Headers(DISCOVERY))
                        .because(much),
                modern(
                                "compares the methods for tools alone",
                                "modern/method-header-mismatch-400",
                                "for a call of prompts/list whose Mcp-Method says server/discover",
                                () -> new Headers(method -> DISCOVERY.test(method) || method.startsWith("tools/")))
                        .because(much),
                modern(
                        "does not look at the headers of a subscription",
                        "modern/method-header-required",
                        "for a call of subscriptions/listen without the header Mcp-Method",
                        () -> new Headers(method -> !method.equals("subscriptions/listen"))),
                modern(
                        "reads Mcp-Method as far as it is ASCII",
                        "modern/method-header-mismatch-400",
                        "whose Mcp-Method has a character that is no ASCII after the method",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer methodHeaderWrong(Call call) {
                                return call.header(Client.METHOD_HEADER)
                                                .map(m -> m.replaceAll("[^ -~]+", ""))
                                                .filter(call.called()::equals)
                                                .isPresent()
                                        ? null
                                        : super.methodHeaderWrong(call);
                            }
                        }),
                modern(
                        "reads Mcp-Name as far as it is ASCII",
                        "modern/name-header-mismatch-400",
                        "whose Mcp-Name has a character that is no ASCII after the name",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer nameHeaderWrong(Call call) {
                                var params = params(call);
                                var name = params.path(params.has("uri") ? "uri" : "name")
                                        .asString("");
                                return call.header(Client.NAME_HEADER)
                                                .map(m -> m.replaceAll("[^ -~]+", ""))
                                                .filter(name::equals)
                                                .isPresent()
                                        ? null
                                        : super.nameHeaderWrong(call);
                            }
                        }),
                modern(
                        "wants the version header for all but reading",
                        "modern/version-header-required",
                        "for a call of resources/read without the header MCP-Protocol-Version",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer versionHeaderMissing(Call call) {
                                return call.called().equals("resources/read") ? null : super.versionHeaderMissing(call);
                            }

                            @Override
                            protected Answer versionMismatch(Call call) {
                                return call.header(Client.VERSION_HEADER).isEmpty()
                                        ? null
                                        : super.versionMismatch(call);
                            }
                        }),
                modern(
                        "compares the methods of lists in any case",
                        "modern/header-values-exact-case",
                        "for a call of tools/list whose Mcp-Method says TOOLS/LIST",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer methodHeaderWrong(Call call) {
                                return call.called().endsWith("/list")
                                                && call.header(Client.METHOD_HEADER)
                                                        .filter(call.called()::equalsIgnoreCase)
                                                        .isPresent()
                                        ? null
                                        : super.methodHeaderWrong(call);
                            }
                        }),
                modern(
                        "looks for the name header as it is written in the specification",
                        "modern/header-names-any-case",
                        "expected a call of prompts/get to be served with the header names",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer nameHeaderWrong(Call call) {
                                return !call.called().equals("prompts/get")
                                                || call.exchange().getRequestHeaders().getHeaderNames().stream()
                                                        .anyMatch(n ->
                                                                n.toString().equals(Client.NAME_HEADER))
                                        ? super.nameHeaderWrong(call)
                                        : mismatch(call, "Mcp-Name is missing");
                            }
                        }),
                modern(
                        "calls a missing version header an invalid request",
                        "modern/header-mismatch-code",
                        "with the code -32020 for a call of server/discover without the header MCP-Protocol-Version",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer versionHeaderMissing(Call call) {
                                return super.versionHeaderMissing(call) == null
                                        ? null
                                        : refused(400, error(call, -32600, "MCP-Protocol-Version is missing"));
                            }
                        }),
                modern(
                        "calls another name an invalid param",
                        "modern/header-mismatch-code",
                        "with the code -32020 for a call of prompts/get without the header Mcp-Name",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer nameHeaderWrong(Call call) {
                                return super.nameHeaderWrong(call) == null
                                        ? null
                                        : refused(400, error(call, INVALID_PARAMS, "Another name"));
                            }
                        }),
                modern(
                        "calls another name of a tool an invalid param",
                        "modern/header-mismatch-code",
                        "with the code -32020 for a call of tools/call without the header Mcp-Name",
                        () -> new ModernToyServer() {
                            @Override
                            protected Answer nameHeaderWrong(Call call) {
                                return super.nameHeaderWrong(call) == null
                                        ? null
                                        : refused(400, error(call, -32602, "Another name"));
                            }
                        }));
    }

    private static List<WrongServer> names() {
        return List.of(
                modern(
                        "wants a name header for tools alone",
                        "modern/name-header-required",
                        "for a call of prompts/get without Mcp-Name",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer nameHeaderWrong(Call call) {
                                return call.called().startsWith("tools/") ? super.nameHeaderWrong(call) : null;
                            }
                        }),
                modern(
                        "does not compare the URI of a resource",
                        "modern/name-header-mismatch-400",
                        "for a call of resources/read whose Mcp-Name says another name",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer nameHeaderWrong(Call call) {
                                return call.called().equals("resources/read")
                                                && call.header(Client.NAME_HEADER)
                                                        .filter(n -> decoded(n) != null && !n.startsWith("=?BASE64"))
                                                        .isPresent()
                                        ? null
                                        : super.nameHeaderWrong(call);
                            }
                        }),
                modern(
                        "compares how the name begins",
                        "modern/name-header-mismatch-400",
                        "the beginning of the name only",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer nameHeaderWrong(Call call) {
                                var name = params(call)
                                        .path("name")
                                        .asString(params(call).path("uri").asString(""));
                                return call.header(Client.NAME_HEADER)
                                                .map(ModernToyServer::decoded)
                                                .filter(n -> n.length() > 3 && name.startsWith(n))
                                                .isPresent()
                                        ? null
                                        : super.nameHeaderWrong(call);
                            }
                        }),
                modern(
                        "takes a URI that it cannot decode for any",
                        "modern/malformed-encoding-400",
                        "for a call of resources/read whose Mcp-Name holds no Base64",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer nameHeaderWrong(Call call) {
                                return call.called().equals("resources/read")
                                                && call.header(Client.NAME_HEADER)
                                                        .filter(n -> decoded(n) == null)
                                                        .isPresent()
                                        ? null
                                        : super.nameHeaderWrong(call);
                            }
                        }),
                modern(
                        "compares the URI as it came",
                        "modern/encoded-name-accepted",
                        "a call of resources/read to be served although its Mcp-Name is encoded",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer nameHeaderWrong(Call call) {
                                return call.called().equals("resources/read")
                                                && call.header(Client.NAME_HEADER)
                                                        .filter(n -> n.startsWith("=?"))
                                                        .isPresent()
                                        ? mismatch(call, "Another URI")
                                        : super.nameHeaderWrong(call);
                            }
                        }));
    }

    // ---- metadata ----

    /** Looks at the metadata of some methods only. */
    private static class Metadata extends FullToyServer {
        private final Predicate<String> checked;

        Metadata(Predicate<String> checked) {
            this.checked = checked;
        }

        @Override
        protected Answer metaMissing(Call call) {
            return checked.test(call.called()) ? super.metaMissing(call) : null;
        }

        @Override
        protected Answer versionMismatch(Call call) {
            return meta(call, "protocolVersion").isString() ? super.versionMismatch(call) : null;
        }

        @Override
        protected Answer versionUnsupported(Call call) {
            return meta(call, "protocolVersion").isString() && checked.test(call.called())
                    ? super.versionUnsupported(call)
                    : null;
        }
    }

    private static List<WrongServer> metadata() {
        return List.of(
                modern(
                        "wants metadata for discovery alone",
                        "modern/missing-meta-400",
                        "for a call of tools/list without _meta",
                        () -> new Metadata(DISCOVERY)),
                modern(
                        "wants no metadata of completions",
                        "modern/missing-meta-400",
                        "for a call of completion/complete without _meta",
                        () -> new Metadata(method -> !method.equals("completion/complete"))),
                modern(
                        "wants no metadata of subscriptions",
                        "modern/missing-meta-400",
                        "for a call of subscriptions/listen without _meta",
                        () -> new Metadata(method -> !method.equals("subscriptions/listen"))),
                modern(
                        "another code for missing metadata of a list",
                        "modern/missing-meta-error",
                        "with the code -32602 for a call of tools/list without clientCapabilities",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer metaMissing(Call call) {
                                return super.metaMissing(call) == null || DISCOVERY.test(call.called())
                                        ? super.metaMissing(call)
                                        : refused(400, error(call, -32600, "Invalid request"));
                            }
                        }),
                modern(
                        "wants to know who reads",
                        "modern/client-info-optional",
                        "a call of resources/read to be served without clientInfo",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer metaMissing(Call call) {
                                return !call.called().equals("resources/read")
                                                || meta(call, "clientInfo").isObject()
                                        ? super.metaMissing(call)
                                        : refused(400, error(call, INVALID_PARAMS, "Who are you?"));
                            }
                        }),
                modern(
                        "serves lists in every version",
                        "modern/unsupported-version-400",
                        "for a call of tools/list in version 2099-12-31",
                        () -> new Metadata(DISCOVERY)),
                modern(
                        "serves the version of yesterday as if it were this one",
                        "modern/unsupported-version-400",
                        "in version 2025-11-25",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer versionUnsupported(Call call) {
                                return meta(call, "protocolVersion")
                                                .asString("")
                                                .equals("2025-11-25")
                                        ? null
                                        : super.versionUnsupported(call);
                            }
                        }),
                modern(
                        "does not say of a list which versions it supports",
                        "modern/unsupported-version-error",
                        "with the code -32022 for a call of tools/list in version",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer versionUnsupported(Call call) {
                                return super.versionUnsupported(call) == null || DISCOVERY.test(call.called())
                                        ? super.versionUnsupported(call)
                                        : refused(400, error(call, -32602, "No such version"));
                            }
                        }),
                modern(
                        "200 for an unknown method of tools",
                        "modern/unknown-method-404",
                        "for the method tools/mcp-session-conformance",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer unknownMethod(Call call) throws Exception {
                                return call.called().startsWith("tools/")
                                        ? refused(200, error(call, -32601, "Method not found"))
                                        : super.unknownMethod(call);
                            }
                        }));
    }

    // ---- web pages ----

    /** Looks at the Origin of some requests only. */
    private abstract static class Origins extends FullToyServer {
        abstract boolean isChecked(Call call);

        @Override
        protected boolean allowed(Call call) {
            return !isChecked(call) || super.allowed(call);
        }
    }

    private static List<WrongServer> origins() {
        return List.of(
                origin(
                        "looks at the Origin of discovery alone",
                        "status 403 for a call of tools/list",
                        call -> DISCOVERY.test(call.called())),
                origin(
                        "lets every web page subscribe",
                        "status 403 for a call of subscriptions/listen",
                        call -> !call.called().equals("subscriptions/listen")),
                origin(
                        "lets every web page call tools",
                        "status 403 for a call of a tool",
                        call -> !call.called().equals("tools/call")),
                origin(
                        "lets every web page send notifications",
                        "status 403 for a notification",
                        FullToyServer.Call::isRequest));
    }

    private static WrongServer origin(String name, String says, Predicate<FullToyServer.Call> checked) {
        return modern(name, "modern/origin-403", says, () -> new Origins() {
            @Override
            boolean isChecked(Call call) {
                return checked.test(call);
            }
        });
    }

    // ---- results ----

    private static List<WrongServer> results() {
        return List.of(
                modern(
                        "results that are ok",
                        "modern/result-type",
                        "to be one of [complete, input_required], but it is \"ok\"",
                        () -> typed(method -> method.equals("tools/list"), "ok")),
                modern(
                        "prompts that are partial",
                        "modern/result-type",
                        "the resultType of POST prompts/get to be one of",
                        () -> typed(method -> method.equals("prompts/get"), "partial")),
                modern(
                        "calls of tools that end without a type",
                        "modern/result-type",
                        "POST tools/call to have a resultType",
                        () -> typed(method -> method.equals("tools/call"), null)),
                modern(
                        "asks for input before it lists its tools",
                        "modern/input-required-placement",
                        "expected tools/list to be answered without a request for input",
                        () -> typed(method -> method.equals("tools/list"), "input_required")),
                modern(
                        "asks for input before it completes",
                        "modern/input-required-placement",
                        "expected completion/complete to be answered without a request for input",
                        () -> typed(method -> method.equals("completion/complete"), "input_required")),
                modern(
                        "asks a client that can be asked before it lists",
                        "modern/input-required-placement",
                        "expected resources/list to be answered without a request for input",
                        () -> new FullToyServer() {
                            @Override
                            protected ObjectNode finished(Call call, ObjectNode result) {
                                super.finished(call, result);
                                return call.called().equals("resources/list")
                                                && meta(call, "clientCapabilities")
                                                        .has("elicitation")
                                        ? result.put("resultType", "input_required")
                                        : result;
                            }
                        }),
                modern(
                        "a key of metadata with a space",
                        "modern/meta-keys",
                        "one is \"toy server\"",
                        () -> meta(meta -> meta.put("toy server", "1"))),
                modern(
                        "a prefix that begins with a digit",
                        "modern/meta-keys",
                        "one is \"1.example/server\"",
                        () -> meta(meta -> meta.put("1.example/server", "1"))),
                modern(
                        "a trace that is none",
                        "modern/meta-keys",
                        "a traceparent as W3C Trace Context has it",
                        () -> meta(meta -> meta.put("traceparent", "request-17"))),
                modern(
                        "an extension without a prefix",
                        "modern/meta-keys",
                        "names of extensions of a prefix and a name",
                        () -> new FullToyServer() {
                            @Override
                            protected ObjectNode discovery(Call call) {
                                var result = super.discovery(call);
                                ((ObjectNode) result.get("capabilities"))
                                        .putObject("extensions")
                                        .putObject("toys");
                                return result;
                            }
                        }),
                modern(
                        "hands out session ids with resources",
                        "modern/mints-no-id",
                        "expected no session id in the reply to POST resources/read",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer read(Call call, String uri) throws Exception {
                                return super.read(call, uri).with(SESSION_HEADER, "toy-1");
                            }
                        }),
                modern(
                        "errors forget the id of a request in another version",
                        "modern/error-response",
                        "expected the response to have the id",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer versionUnsupported(Call call) {
                                var refused = super.versionUnsupported(call);
                                return refused == null
                                        ? null
                                        : Answer.error(400, UNSUPPORTED_VERSION, "Unsupported protocol version");
                            }
                        }),
                modern(
                        "long ids are cut",
                        "modern/response-id",
                        "expected the response to have the id \"kit/",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                var id = message.path("id").asString("");
                                return super.reply(
                                        call, id.length() > 64 ? message.put("id", id.substring(0, 64)) : message);
                            }
                        }),
                modern(
                        "large ids are rounded",
                        "modern/response-id",
                        "expected the response to have the id 9007199254740991",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                return super.reply(
                                        call,
                                        message.path("id").isLong()
                                                ? message.put("id", (long) (float)
                                                        message.path("id").asLong())
                                                : message);
                            }
                        }),
                modern(
                        "answers a cancellation of what is over",
                        "modern/notification-202",
                        "expected no response to a notification",
                        () -> new FullToyServer() {
                            @Override
                            protected Answer notified(Call call) throws Exception {
                                return params(call).path("reason").asString("").equals("over")
                                        ? Answer.json(400, notification())
                                        : super.notified(call);
                            }

                            private JsonNode notification() {
                                return dev.mcpsession.conformance.protocol.Json.object()
                                        .put("jsonrpc", "2.0")
                                        .putNull("id")
                                        .put("result", "not found");
                            }
                        }));
    }

    private static FullToyServer meta(Consumer<ObjectNode> change) {
        return new FullToyServer() {
            @Override
            protected ObjectNode finished(Call call, ObjectNode result) {
                super.finished(call, result);
                change.accept((ObjectNode) result.get("_meta"));
                return result;
            }
        };
    }

    private static FullToyServer typed(Predicate<String> methods, String type) {
        return new FullToyServer() {
            @Override
            protected ObjectNode finished(Call call, ObjectNode result) {
                super.finished(call, result);
                if (!methods.test(call.called())) {
                    return result;
                }
                if (type == null) {
                    result.remove("resultType");
                    return result;
                }
                return result.put("resultType", type);
            }
        };
    }

    // ---- parameters in headers ----

    private static List<WrongServer> parameters() {
        return List.of(
                modern(
                        "reads the digits of a parameter and skips the rest",
                        "modern/parameter-header-characters",
                        "has a byte that is no ASCII after the value, but got 200",
                        () -> new MirroringToyServer() {
                            @Override
                            protected boolean isSame(String header, JsonNode argument) {
                                return super.isSame(header.replaceAll("[^ -~]+", ""), argument);
                            }
                        }),
                modern(
                        "wants the header of a parameter always",
                        "modern/parameter-header-omitted",
                        "to be wanted for an argument that is not there",
                        () -> new MirroringToyServer() {
                            @Override
                            protected boolean isMirrored(Call call) {
                                return super.isMirrored(call)
                                        && (header(call).isPresent()
                                                || !params(call)
                                                        .path("name")
                                                        .asString("")
                                                        .equals("sleep"));
                            }
                        }),
                modern(
                        "wants a header for null",
                        "modern/parameter-header-omitted",
                        "to be wanted for an argument that is null",
                        () -> new MirroringToyServer() {
                            @Override
                            protected boolean isMirrored(Call call) {
                                return super.isMirrored(call)
                                        && (!params(call)
                                                        .path("arguments")
                                                        .path(PARAMETER)
                                                        .isNull()
                                                || header(call).isPresent());
                            }
                        }),
                modern(
                        "compares integers as text",
                        "modern/parameter-header-numeric",
                        ": 1000.0 to be taken for 1000",
                        () -> new MirroringToyServer() {
                            @Override
                            protected boolean isSame(String header, JsonNode argument) {
                                return header.equals(argument.asString());
                            }
                        }));
    }
}
