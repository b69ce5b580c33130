package dev.mcpsession.server.protocol;

import dev.mcpsession.server.protocol.Tool.BadArguments;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** The arguments of a tool: makes its entry in the list, and reads the arguments of a call by the same bounds. */
final class ToolSchema {

    private final ObjectNode entry;
    private final ObjectNode properties;
    private final Map<String, String> mirrored = new LinkedHashMap<>();

    ToolSchema(String name, String description) {
        entry = Json.object().put("name", name).put("description", description);
        properties = entry.putObject("inputSchema").put("type", "object").putObject("properties");
    }

    ToolSchema string(String argument) {
        properties.putObject(argument).put("type", "string");
        return required(argument);
    }

    ToolSchema integer(String argument, int minimum, int maximum) {
        properties
                .putObject(argument)
                .put("type", "integer")
                .put("minimum", minimum)
                .put("maximum", maximum);
        return required(argument);
    }

    /** An argument that may be left out, and that a modern client repeats in a header of its own. */
    ToolSchema mirroredString(String argument, String header) {
        properties.putObject(argument).put("type", "string").put("x-mcp-header", header);
        mirrored.put("Mcp-Param-" + header, argument);
        return this;
    }

    private ToolSchema required(String argument) {
        entry.get("inputSchema").asObject().withArray("required").add(argument);
        return this;
    }

    String name() {
        return entry.get("name").stringValue();
    }

    /** Returns a copy: whoever answers with it may add to it. */
    ObjectNode entry() {
        return entry.deepCopy();
    }

    /** Returns the arguments that are repeated in headers, by the names of those. */
    Map<String, String> mirrored() {
        return mirrored;
    }

    String string(ObjectNode arguments, String argument) throws BadArguments {
        var value = arguments.get(argument);
        if (value == null || !value.isString()) {
            throw new BadArguments(argument + " must be a string");
        }
        return value.stringValue();
    }

    int integer(ObjectNode arguments, String argument) throws BadArguments {
        int minimum = properties.get(argument).get("minimum").intValue();
        int maximum = properties.get(argument).get("maximum").intValue();
        var value = arguments.get(argument);
        if (value != null && Ids.isInteger(value)) {
            var number = value.decimalValue();
            if (number.compareTo(BigDecimal.valueOf(minimum)) >= 0
                    && number.compareTo(BigDecimal.valueOf(maximum)) <= 0) {
                return number.intValueExact();
            }
        }
        throw new BadArguments(argument + " must be an integer from " + minimum + " to " + maximum);
    }
}
