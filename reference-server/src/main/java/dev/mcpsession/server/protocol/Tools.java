package dev.mcpsession.server.protocol;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ObjectNode;

/** The tools of the server, which exist to observe sessions with. */
final class Tools {

    private static final int MAX_SLEEP_MILLIS = 3_600_000;

    /** In the order in which they are listed. */
    static final List<Tool> ALL = List.of(new Echo(), new Sleep());

    private Tools() {
    }

    static Tool find(String name) {
        for (var tool : ALL) {
            if (tool.name().equals(name)) {
                return tool;
            }
        }
        return null;
    }

    static ObjectNode text(String text, boolean isError) {
        var result = Json.object();
        result.putArray("content").addObject().put("type", "text").put("text", text);
        return result.put("isError", isError);
    }

    private static ObjectNode describe(String name, String description, String argument, String type) {
        var tool = Json.object().put("name", name).put("description", description);
        var schema = tool.putObject("inputSchema").put("type", "object");
        schema.putObject("properties").putObject(argument).put("type", type);
        schema.putArray("required").add(argument);
        return tool;
    }

    private static final class Echo implements Tool {

        @Override
        public String name() {
            return "echo";
        }

        @Override
        public ObjectNode description() {
            return describe(name(), "Returns the message.", "message", "string");
        }

        @Override
        public CompletableFuture<ObjectNode> call(ObjectNode arguments) throws BadArguments {
            var message = arguments.get("message");
            if (message == null || !message.isString()) {
                throw new BadArguments("message must be a string");
            }
            return CompletableFuture.completedFuture(text(message.stringValue(), false));
        }
    }

    private static final class Sleep implements Tool {

        @Override
        public String name() {
            return "sleep";
        }

        @Override
        public ObjectNode description() {
            var tool = describe(name(), "Returns after so many milliseconds.", "milliseconds", "integer");
            var limits = (ObjectNode) tool.get("inputSchema").get("properties").get("milliseconds");
            limits.put("minimum", 0).put("maximum", MAX_SLEEP_MILLIS);
            return tool;
        }

        @Override
        public CompletableFuture<ObjectNode> call(ObjectNode arguments) throws BadArguments {
            var milliseconds = arguments.get("milliseconds");
            if (milliseconds == null || !milliseconds.isIntegralNumber() || !milliseconds.canConvertToInt()
                    || milliseconds.intValue() < 0 || milliseconds.intValue() > MAX_SLEEP_MILLIS) {
                throw new BadArguments("milliseconds must be an integer from 0 to " + MAX_SLEEP_MILLIS);
            }
            int time = milliseconds.intValue();
            // A shared timer completes it: no thread waits, and cancelling it takes the timer back.
            return new CompletableFuture<ObjectNode>()
                    .completeOnTimeout(text("slept " + time + " ms", false), time, TimeUnit.MILLISECONDS);
        }
    }
}
