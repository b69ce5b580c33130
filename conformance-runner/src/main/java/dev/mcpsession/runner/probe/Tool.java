package dev.mcpsession.runner.probe;

import dev.mcpsession.conformance.protocol.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** A tool as the server lists it. */
record Tool(String name, JsonNode schema) {
    private static final Pattern SLOW = Pattern.compile("(?i).*(sleep|slow|wait|delay|pause|long).*");
    private static final Pattern MILLISECONDS = Pattern.compile("(?i)(.*[a-z_])?(ms|millis|milliseconds?)");
    private static final Pattern SECONDS =
            Pattern.compile("(?i)(.*[a-z_])?(s|secs?|seconds?|duration|delay|time|wait)");

    /** The tools in a reply to {@code tools/list}. */
    static List<Tool> of(JsonNode result) {
        var tools = new ArrayList<Tool>();
        result.path("tools").forEach(t -> {
            if (!t.path("name").asString("").isBlank()) {
                tools.add(new Tool(t.get("name").asString(), t.path("inputSchema")));
            }
        });
        return List.copyOf(tools);
    }

    /**
     * A tool that seems to let time pass, by its name and a number that it takes, with arguments that make it take
     * clearly longer than a span. It is not called: what it does is not known.
     */
    static Optional<ProbeReport.Slow> slow(List<Tool> tools, Duration span) {
        return tools.stream()
                .filter(t -> SLOW.matcher(t.name()).matches())
                .flatMap(t -> t.arguments(span).map(a -> new ProbeReport.Slow(t.name(), a)).stream())
                .findFirst();
    }

    private Optional<JsonNode> arguments(Duration span) {
        for (var property : schema.path("properties").properties()) {
            var type = property.getValue().path("type").asString("");
            if (!type.equals("number") && !type.equals("integer") || !needsOnly(property.getKey())) {
                continue;
            }
            long millis = span.toMillis() * 5 / 2;
            if (MILLISECONDS.matcher(property.getKey()).matches()) {
                return Optional.of(Json.object().put(property.getKey(), millis));
            }
            if (SECONDS.matcher(property.getKey()).matches()) {
                return Optional.of(Json.object().put(property.getKey(), (millis + 999) / 1000));
            }
        }
        return Optional.empty();
    }

    private boolean needsOnly(String name) {
        for (var required : schema.path("required")) {
            if (!required.asString("").equals(name)) {
                return false;
            }
        }
        return true;
    }
}
