package dev.mcpsession.server.protocol;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ObjectNode;

/** Answers late. */
final class SleepTool implements Tool {

    static final int MAX_MILLIS = 3_600_000;

    private final ToolSchema schema =
            new ToolSchema("sleep", "Returns after so many milliseconds.").integer("milliseconds", 0, MAX_MILLIS);

    @Override
    public ToolSchema schema() {
        return schema;
    }

    @Override
    public CompletableFuture<ObjectNode> call(ObjectNode arguments, Reporter reporter) throws BadArguments {
        int time = schema.integer(arguments, "milliseconds");
        return after(time, "slept " + time + " ms");
    }

    static CompletableFuture<ObjectNode> after(int millis, String text) {
        // A shared timer completes it: no thread waits, and cancelling it takes the timer back.
        return new CompletableFuture<ObjectNode>()
                .completeOnTimeout(Tool.text(text, false), millis, TimeUnit.MILLISECONDS);
    }
}
