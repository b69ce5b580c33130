package dev.mcpsession.conformance.clients.stage;

import dev.mcpsession.conformance.protocol.Json;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/** A scenario of the official suite that its drivers know, so that they do what a script needs. */
public enum Carrier {
    /** Connects, lists the tools, closes. */
    INITIALIZE("initialize", List.of(Tools.ADD_NUMBERS)),
    /** Connects, lists the tools, calls {@code add_numbers}, closes. */
    TOOLS_CALL("tools_call", List.of(Tools.ADD_NUMBERS)),
    /** As {@link #TOOLS_CALL}; the server refuses a first request. */
    REQUEST_METADATA("request-metadata", List.of(Tools.ADD_NUMBERS)),
    /** Calls {@code test_reconnection}. */
    SSE_RETRY("sse-retry", List.of(Tools.plain("test_reconnection"))),
    /** Calls {@code test_client_elicitation_defaults}. */
    ELICITATION("elicitation-sep1034-client-defaults", List.of(Tools.plain("test_client_elicitation_defaults"))),
    /** Calls every tool, reads every resource, gets every prompt. */
    STANDARD_HEADERS(
            "http-standard-headers",
            List.of(
                    Tools.plain("test_headers"),
                    Tools.plain("my-hyphenated-tool"),
                    Tools.plain("wörld"),
                    Tools.plain("=?base64?eA==?="))),
    /** Calls the tools that its context names, with the arguments given there. */
    CUSTOM_HEADERS("http-custom-headers", List.of(Tools.MIRRORING, Tools.MIRRORING_NULL)),
    /** Calls every tool that the client lets through. */
    INVALID_TOOLS("http-invalid-tool-headers", Tools.VALID_AND_INVALID),
    /** Calls tools that ask back. */
    INPUT_REQUIRED(
            "sep-2322-client-request-state",
            List.of(
                    Tools.plain("test_mrtr_echo_state"),
                    Tools.plain("test_mrtr_no_state"),
                    Tools.plain("test_mrtr_unrelated"),
                    Tools.plain("test_mrtr_no_result_type")));

    private final String scenario;
    private final List<ObjectNode> tools;

    Carrier(String scenario, List<ObjectNode> tools) {
        this.scenario = scenario;
        this.tools = tools;
    }

    public String scenario() {
        return scenario;
    }

    /** Whether every client can do what is asked; drivers do not know all of the others, and end at once. */
    public boolean isForAll() {
        return this == INITIALIZE || this == TOOLS_CALL;
    }

    /** The steps that do the same; empty where a client has to be told more than steps can tell. */
    Optional<String> steps() {
        return switch (this) {
            case INITIALIZE -> Optional.of("connect;list;close");
            case TOOLS_CALL, REQUEST_METADATA -> Optional.of("connect;list;call add_numbers {\"a\":5,\"b\":3};close");
            case SSE_RETRY, ELICITATION ->
                Optional.of("connect;list;call " + tools.get(0).path("name").asString() + " {};close");
            case STANDARD_HEADERS -> Optional.of("connect;list;call * {};resources;prompts;close");
            case INVALID_TOOLS -> Optional.of("connect;list;call * {\"region\":\"us-west1\"};close");
            case INPUT_REQUIRED ->
                Optional.of("connect;list;"
                        + tools.stream()
                                .map(t -> "call " + t.path("name").asString() + " {};")
                                .collect(Collectors.joining())
                        + "close");
            case CUSTOM_HEADERS -> Optional.empty();
        };
    }

    /** The instructions for a person in place of the scenario. */
    public String doing() {
        return switch (this) {
            case INITIALIZE -> "list the tools";
            case TOOLS_CALL, REQUEST_METADATA -> "call add_numbers with a = 5 and b = 3";
            case SSE_RETRY, ELICITATION -> "call " + tools.get(0).path("name").asString();
            case STANDARD_HEADERS -> "call every tool, read the resource, get the prompt";
            case CUSTOM_HEADERS -> "call every tool, with text that is not ASCII";
            case INVALID_TOOLS, INPUT_REQUIRED -> "call every tool";
        };
    }

    /** The tools that the driver expects to find. */
    public List<ObjectNode> tools() {
        return tools;
    }

    /** The variables that the driver reads beside the name of the scenario. */
    public Optional<String> context() {
        if (this != CUSTOM_HEADERS) {
            return Optional.empty();
        }
        var context = Json.object().put("name", scenario);
        var calls = context.putArray("toolCalls");
        calls.addObject().put("name", "test_custom_headers").set("arguments", Tools.mirroredArguments());
        calls.addObject()
                .put("name", "test_custom_headers_null")
                .set("arguments", Json.object().put("region", "us-west1").putNull("optional"));
        return Optional.of(context.toString());
    }

    /** Definitions of tools. */
    static final class Tools {
        static final ObjectNode ADD_NUMBERS = tool(
                "add_numbers",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\"},\"b\":{\"type\":\"number\"}},"
                        + "\"required\":[\"a\",\"b\"]}");
        static final ObjectNode MIRRORING = tool(
                "test_custom_headers",
                "{\"type\":\"object\",\"properties\":{"
                        + "\"region\":{\"type\":\"string\",\"x-mcp-header\":\"Region\"},"
                        + "\"priority\":{\"type\":\"integer\",\"x-mcp-header\":\"Priority\"},"
                        + "\"verbose\":{\"type\":\"boolean\",\"x-mcp-header\":\"Verbose\"},"
                        + "\"greeting\":{\"type\":\"string\",\"x-mcp-header\":\"Greeting\"},"
                        + "\"padded\":{\"type\":\"string\",\"x-mcp-header\":\"Padded\"},"
                        + "\"literal\":{\"type\":\"string\",\"x-mcp-header\":\"Literal\"},"
                        + "\"query\":{\"type\":\"string\"}}}");
        static final ObjectNode MIRRORING_NULL = tool(
                "test_custom_headers_null",
                "{\"type\":\"object\",\"properties\":{"
                        + "\"region\":{\"type\":\"string\",\"x-mcp-header\":\"Region\"},"
                        + "\"optional\":{\"type\":\"string\",\"x-mcp-header\":\"Optional\"}}}");
        static final List<ObjectNode> VALID_AND_INVALID = List.of(
                annotated("valid_tool", "\"type\":\"string\",\"x-mcp-header\":\"Region\""),
                annotated("invalid_empty_header", "\"type\":\"string\",\"x-mcp-header\":\"\""),
                annotated("invalid_object_header", "\"type\":\"object\",\"x-mcp-header\":\"Region\""),
                annotated(
                        "invalid_array_header",
                        "\"type\":\"array\",\"items\":{\"type\":\"string\"},\"x-mcp-header\":\"Region\""),
                annotated("invalid_space_in_name", "\"type\":\"string\",\"x-mcp-header\":\"My Region\""),
                annotated("invalid_colon_in_name", "\"type\":\"string\",\"x-mcp-header\":\"Region:Primary\""),
                tool(
                        "invalid_duplicate_diff_case",
                        "{\"type\":\"object\",\"properties\":{"
                                + "\"region\":{\"type\":\"string\",\"x-mcp-header\":\"Region\"},"
                                + "\"zone\":{\"type\":\"string\",\"x-mcp-header\":\"REGION\"}}}"));

        private Tools() {}

        static ObjectNode plain(String name) {
            return tool(name, "{\"type\":\"object\",\"properties\":{}}");
        }

        private static ObjectNode annotated(String name, String region) {
            return tool(name, "{\"type\":\"object\",\"properties\":{\"region\":{" + region + "}}}");
        }

        private static ObjectNode tool(String name, String schema) {
            var tool = Json.object().put("name", name).put("description", "A tool of the conformance kit");
            tool.set("inputSchema", Json.parse(schema));
            return tool;
        }

        static ObjectNode mirroredArguments() {
            return Json.object()
                    .put("region", "us-west1")
                    .put("priority", 42)
                    .put("verbose", false)
                    .put("greeting", "Grüße, 世界")
                    .put("padded", " padded ")
                    .put("literal", "=?base64?literal?=")
                    .put("query", "SELECT 1");
        }
    }
}
