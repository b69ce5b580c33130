package dev.mcpsession.conformance.protocol;

import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** For a fuzzer: whatever text comes as JSON, it is read or it is not; what was read can be asked, and written. */
public final class JsonFuzz {
    private JsonFuzz() {}

    /** Called by the fuzzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        var text = new String(data, StandardCharsets.UTF_8);
        var value = Json.read(text);
        Json.excess(text);
        value.ifPresent(v -> {
            Json.singly(List.of(v)).forEach(JsonFuzz::ask);
            must(Json.read(v.toString()).isPresent(), "what was written cannot be read: " + v);
        });
    }

    private static void ask(JsonNode message) {
        Json.isRequest(message);
        Json.isResponse(message);
        MirroredParameter.of(message).forEach(parameter -> parameter.value(message));
        message.path("method").asString("");
        message.path("error").path("code").asInt(0);
        message.properties().forEach(property -> {
            Json.isInteger(property.getValue());
            Json.decimal(property.getValue());
        });
        var id = message.get("id");
        if (id != null) {
            var key = Json.idKey(id);
            must(key.length() <= 2 * id.toString().length() + 100, "an id of " + key.length() + " characters");
            must(Json.sameId(id, id), "an id that is not itself");
        }
    }

    private static void must(boolean right, String otherwise) {
        if (!right) {
            throw new IllegalStateException(otherwise);
        }
    }
}
