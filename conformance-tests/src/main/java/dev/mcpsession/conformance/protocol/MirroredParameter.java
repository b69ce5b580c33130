package dev.mcpsession.conformance.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A parameter of a tool whose value calls repeat in a header, as the tool's input schema may want it from 2026-07-28 on
 * (basic/transports/streamable-http, Custom Headers from Tool Parameters).
 *
 * @param header the name of the header
 * @param path the names of the properties that lead to the value in the arguments
 */
public record MirroredParameter(String header, List<String> path) {
    /** The keyword in a schema that says so. */
    public static final String KEYWORD = "x-mcp-header";

    private static final String PREFIX = "Mcp-Param-";

    /** The characters that HTTP allows in the name of a header. */
    public static boolean isToken(String text) {
        return text.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    }

    /** Those of a schema that stand where they may and have a name that can be sent. */
    public static List<MirroredParameter> of(JsonNode inputSchema) {
        var found = new ArrayList<MirroredParameter>();
        collect(inputSchema, List.of(), found);
        return List.copyOf(found);
    }

    private static void collect(JsonNode schema, List<String> path, List<MirroredParameter> found) {
        schema.path("properties").properties().forEach(property -> {
            var below = new ArrayList<>(path);
            below.add(property.getKey());
            var name = property.getValue().path(KEYWORD);
            if (name.isString() && isToken(name.asString())) {
                found.add(new MirroredParameter(PREFIX + name.asString(), List.copyOf(below)));
            }
            collect(property.getValue(), below, found);
        });
    }

    /** The value in the arguments of a call as text; empty where there is none, so that there is no header either. */
    public Optional<String> value(JsonNode arguments) {
        var value = arguments;
        for (var name : path) {
            value = value.path(name);
        }
        return value.isValueNode() && !value.isNull() ? Optional.of(value.asString()) : Optional.empty();
    }
}
