package dev.mcpsession.server.protocol;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Sends progress and log messages of a tool to its client, as far as the client has asked for them. */
final class Reporter {

    private final Outlet outlet;
    /** Null if the client wants to hear of no progress. */
    private final @Nullable JsonNode progressToken;
    /** Null if the client wants no log messages. */
    private final @Nullable LogLevel threshold;

    Reporter(Outlet outlet, ObjectNode params, @Nullable LogLevel threshold) {
        this.outlet = outlet;
        var token = params.path("_meta").path("progressToken");
        this.progressToken = Ids.hasForm(token) && !Ids.isTooLong(token) ? token : null;
        this.threshold = threshold;
    }

    void progress(int done, int total, String message) {
        if (progressToken != null) {
            var params = Json.object();
            params.set("progressToken", progressToken);
            params.put("progress", done).put("total", total).put("message", message);
            tell("notifications/progress", params);
        }
    }

    void log(LogLevel level, String text) {
        if (threshold != null && level.compareTo(threshold) >= 0) {
            tell(
                    "notifications/message",
                    Json.object()
                            .put("level", level.label())
                            .put("logger", "tools")
                            .put("data", text));
        }
    }

    private void tell(String method, ObjectNode params) {
        var message = Json.object().put("jsonrpc", "2.0").put("method", method);
        message.set("params", params);
        outlet.send(message);
    }

    void disconnect() {
        outlet.disconnect();
    }
}
