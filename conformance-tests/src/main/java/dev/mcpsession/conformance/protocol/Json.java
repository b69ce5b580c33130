package dev.mcpsession.conformance.protocol;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON and JSON-RPC messages. */
public final class Json {
    /** A message that is cut off in the middle, and so no JSON. */
    public static final String CUT_OFF = "{\"jsonrpc\":\"2.0\",\"id\":";

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    /** An empty object to fill. */
    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** The value of a text, or empty where it is no JSON or null. */
    public static Optional<JsonNode> read(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(MAPPER.readTree(text));
        } catch (JacksonException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Why a text is not read although it may be JSON: it is nested too deeply, say. Empty where that is not so. */
    public static Optional<String> excess(String text) {
        try {
            MAPPER.readTree(text);
            return Optional.empty();
        } catch (StreamConstraintsException e) {
            // Without the name of the parser's own setting.
            return Optional.of("as JSON it is beyond what the kit reads: "
                    + e.getOriginalMessage().replaceAll(", from `[^`]*`", ""));
        } catch (JacksonException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /**
     * The value of a text.
     *
     * @throws IllegalArgumentException if it is no JSON
     */
    public static JsonNode parse(@Nullable String text) {
        return read(text).orElseThrow(() -> new IllegalArgumentException("not JSON: " + text));
    }

    /** A request with an id of the caller's. */
    public static ObjectNode request(Object id, String method) {
        var message = object().put("jsonrpc", "2.0");
        if (id instanceof Integer number) {
            message.put("id", number.intValue());
        } else {
            message.put("id", String.valueOf(id));
        }
        return message.put("method", method);
    }

    /** An array of messages. */
    public static ArrayNode batch(JsonNode... messages) {
        return MAPPER.createArrayNode().addAll(List.of(messages));
    }

    /** The messages one by one: those of a batch in place of the batch. */
    public static List<JsonNode> singly(List<JsonNode> messages) {
        var all = new ArrayList<JsonNode>();
        messages.forEach(m -> {
            if (m.isArray()) {
                m.forEach(all::add);
            } else {
                all.add(m);
            }
        });
        return all;
    }

    /**
     * Whether two JSON-RPC ids are the same. JSON has one type of number, so that 7, 7.0 and 70e-1 are.
     *
     * @param other may be null, which is the id of no request
     */
    public static boolean sameId(@Nullable JsonNode one, @Nullable JsonNode other) {
        return one != null && other != null && idKey(one).equals(idKey(other));
    }

    /** A text that is equal for ids that are the same, and for no others. */
    public static String idKey(JsonNode id) {
        // Without an exponent that is written out: an id of 1e300 must take no memory.
        return decimal(id)
                .map(number -> "number " + number.stripTrailingZeros())
                .orElseGet(id::toString);
    }

    /** A number, however it is written; empty for other values, and for numbers that are too large to be held. */
    public static Optional<BigDecimal> decimal(JsonNode value) {
        boolean finite = value.isNumber()
                && (value.isIntegralNumber() || value.isBigDecimal() || Double.isFinite(value.asDouble()));
        return finite ? Optional.of(value.decimalValue()) : Optional.empty();
    }

    /** Whether a value is a whole number: JSON has one type of numbers, so that 7 and 7.0 are the same. */
    public static boolean isInteger(JsonNode value) {
        return decimal(value)
                .filter(number -> number.stripTrailingZeros().scale() <= 0)
                .isPresent();
    }

    /** Whether a value may be the id of a request, or a progress token: a string or an integer. */
    public static boolean isStringOrInteger(JsonNode value) {
        return value.isString() || isInteger(value);
    }

    /** Whether a message says that it is JSON-RPC 2.0: by the string "2.0", which the number 2.0 is not. */
    public static boolean isVersion2(JsonNode message) {
        var version = message.path("jsonrpc");
        return version.isString() && version.asString().equals("2.0");
    }

    /**
     * Whether a message is a response, be it a result or an error. An object with an {@code error} and nothing else of
     * JSON-RPC is what a web framework says of a status, such as {@code {"error":"Not found"}}.
     */
    public static boolean isResponse(JsonNode message) {
        return message.isObject()
                && !message.has("method")
                && (message.has("result")
                        || message.has("error")
                                && (message.has("jsonrpc")
                                        || message.has("id")
                                        || message.path("error").has("code")));
    }

    /** Whether a message is a request, which wants a response. */
    public static boolean isRequest(JsonNode message) {
        return message.isObject() && message.has("method") && message.has("id");
    }

    public static ObjectNode notification(String method) {
        return object().put("jsonrpc", "2.0").put("method", method);
    }

    /** The notification that cancels the request of an id. */
    public static ObjectNode cancellation(JsonNode id) {
        var message = notification("notifications/cancelled");
        message.putObject("params").put("reason", "no longer needed").set("requestId", id);
        return message;
    }

    /** A successful response without content, to a request of that id. */
    public static ObjectNode response(String id) {
        return response(object().put("id", id).get("id"));
    }

    /** As {@link #response(String)}, to a request with any id. */
    public static ObjectNode response(JsonNode id) {
        var message = object().put("jsonrpc", "2.0");
        message.set("id", id);
        message.putObject("result");
        return message;
    }
}
