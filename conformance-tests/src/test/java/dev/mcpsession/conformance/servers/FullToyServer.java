package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.protocol.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The modern toy server with all that a server may offer: prompts, resources and completions, lists on pages, log
 * messages, and requests for input.
 */
public class FullToyServer extends ModernToyServer {
    protected static final int INVALID_PARAMS = -32602;
    protected static final int MISSING_CAPABILITY = -32021;
    private static final List<String> LEVELS =
            List.of("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency");
    private static final String LOG_LEVEL = "logLevel";
    private static final int PAGE = 2;
    /** The four bytes 0 to 3. */
    protected static final String BLOB = "AAECAw==";

    @Override
    protected ObjectNode discovery(Call call) {
        var result = super.discovery(call);
        var capabilities = (ObjectNode) result.get("capabilities");
        List.of("prompts", "resources", "completions", "logging").forEach(capabilities::putObject);
        return result;
    }

    @Override
    protected Answer handle(Call call) throws Exception {
        var level = meta(call, LOG_LEVEL);
        if (!level.isMissingNode() && !LEVELS.contains(level.asString(""))) {
            return invalidLogLevel(call);
        }
        return switch (call.called()) {
            case "tools/list" -> list(call, "tools", toolList());
            case "prompts/list" -> list(call, "prompts", prompts());
            case "resources/list" -> list(call, "resources", resources());
            case "resources/templates/list" ->
                list(
                        call,
                        "resourceTemplates",
                        List.of(Json.object()
                                .put("uriTemplate", "toy://notes/{name}")
                                .put("name", "notes")));
            case "prompts/get" -> prompt(call, params(call).path("name").asString(""));
            case "resources/read" -> read(call, params(call).path("uri").asString(""));
            case "completion/complete" -> completed(call);
            default -> super.handle(call);
        };
    }

    protected Answer invalidLogLevel(Call call) throws Exception {
        return reply(call, error(call, INVALID_PARAMS, "Unknown log level"));
    }

    protected Answer invalid(Call call, String text) throws Exception {
        return reply(call, error(call, INVALID_PARAMS, text));
    }

    // ---- lists ----

    /** Answers with the page of a list that the cursor names. */
    protected Answer list(Call call, String field, List<ObjectNode> items) throws Exception {
        var cursor = params(call).path("cursor").asString("");
        if (!cursor.matches("(from-[0-9]{1,2})?")) {
            return invalidCursor(call, field, items);
        }
        int from = cursor.isEmpty() ? 0 : Integer.parseInt(cursor.substring("from-".length()));
        return complete(call, cacheable(page(field, items, from)));
    }

    protected Answer invalidCursor(Call call, String field, List<ObjectNode> items) throws Exception {
        return invalid(call, "Unknown cursor");
    }

    protected ObjectNode page(String field, List<ObjectNode> items, int from) {
        var result = Json.object();
        var array = result.putArray(field);
        items.stream().skip(from).limit(PAGE).forEach(array::add);
        return from + PAGE < items.size() ? result.put("nextCursor", "from-" + (from + PAGE)) : result;
    }

    protected List<ObjectNode> toolList() {
        var list = new ArrayList<ObjectNode>();
        for (var name : List.of("add", "echo", "sleep", "time", "what.day-is_it")) {
            var tool = Json.object().put("name", name);
            tool.putObject("inputSchema").put("type", "object");
            list.add(tool);
        }
        return list;
    }

    protected List<ObjectNode> prompts() {
        var letter = Json.object().put("name", "letter");
        letter.putArray("arguments").addObject().put("name", "to").put("required", true);
        return List.of(
                letter, Json.object().put("name", "greeting"), Json.object().put("name", "ask"));
    }

    protected List<ObjectNode> resources() {
        return List.of(resource("toy://note"), resource("toy://picture?size=4"), resource("toy://%C3%A9tude"));
    }

    protected static ObjectNode resource(String uri) {
        return Json.object().put("uri", uri).put("name", uri.substring("toy://".length()));
    }

    // ---- prompts and resources ----

    protected Answer prompt(Call call, String name) throws Exception {
        return switch (name) {
            case "greeting" -> complete(call, greeting());
            case "ask" -> ask(call);
            case "letter" ->
                params(call).path("arguments").path("to").isString()
                        ? complete(call, message("text", "text", "Dear"))
                        : invalid(call, "The argument to is missing");
            default -> unknownPrompt(call);
        };
    }

    protected Answer unknownPrompt(Call call) throws Exception {
        return invalid(call, "Unknown prompt");
    }

    protected ObjectNode greeting() {
        var result = message("text", "text", "Say hello");
        result.withArray("messages")
                .addObject()
                .put("role", "user")
                .putObject("content")
                .put("type", "image")
                .put("data", BLOB)
                .put("mimeType", "image/png");
        return result;
    }

    protected static ObjectNode message(String type, String field, String text) {
        var result = Json.object();
        result.putArray("messages")
                .addObject()
                .put("role", "user")
                .putObject("content")
                .put("type", type)
                .put(field, text);
        return result;
    }

    /** Needs a form to be filled in, and asks for it until it is. */
    protected Answer ask(Call call) throws Exception {
        if (!meta(call, "clientCapabilities").has("elicitation")) {
            return missingCapability(call);
        }
        if (params(call).path("inputResponses").has("name")) {
            return complete(call, message("text", "text", "Say hello to them"));
        }
        return reply(call, result(call, typed(finished(call, inputRequired(call)))));
    }

    private static ObjectNode typed(ObjectNode result) {
        return result.put("resultType", "input_required");
    }

    protected ObjectNode inputRequired(Call call) {
        var result = Json.object().put("requestState", "asked");
        var request = result.putObject("inputRequests").putObject("name").put("method", "elicitation/create");
        request.putObject("params")
                .put("message", "Your name?")
                .putObject("requestedSchema")
                .put("type", "object");
        return result;
    }

    protected Answer missingCapability(Call call) throws Exception {
        var error = error(call, MISSING_CAPABILITY, "This prompt asks for a name");
        ((ObjectNode) error.get("error"))
                .putObject("data")
                .putObject("requiredCapabilities")
                .putObject("elicitation");
        return refused(400, error);
    }

    protected Answer read(Call call, String uri) throws Exception {
        var content = Json.object().put("uri", uri);
        switch (uri) {
            case "toy://note" -> content.put("text", "A note");
            case "toy://picture?size=4" -> content.put("blob", BLOB);
            case "toy://%C3%A9tude" -> content.put("text", "An \u00e9tude");
            default -> {
                return unknownResource(call);
            }
        }
        var result = Json.object();
        result.putArray("contents").add(content);
        return complete(call, cacheable(result));
    }

    protected Answer unknownResource(Call call) throws Exception {
        return invalid(call, "Resource not found");
    }

    protected Answer completed(Call call) throws Exception {
        if (prompts().stream()
                .noneMatch(p -> p.path("name").equals(params(call).path("ref").path("name")))) {
            return unknownPrompt(call);
        }
        var result = Json.object();
        result.putObject("completion").putArray("values").add("a friend");
        return complete(call, result);
    }

    // ---- log messages ----

    @Override
    protected void beforeSleep(Call call, Events events) throws Exception {
        var asked = meta(call, LOG_LEVEL);
        if (asked.isString()) {
            for (var level :
                    Map.of("debug", "falls asleep", "error", "has no blanket").entrySet()) {
                if (isLogged(level.getKey(), asked)) {
                    var message = Json.notification("notifications/message");
                    message.putObject("params").put("level", level.getKey()).put("data", level.getValue());
                    events.send(message);
                }
            }
        }
    }

    protected boolean isLogged(String level, JsonNode asked) {
        return LEVELS.indexOf(level) >= LEVELS.indexOf(asked.asString());
    }
}
