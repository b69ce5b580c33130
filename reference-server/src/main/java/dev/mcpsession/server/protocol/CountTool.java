package dev.mcpsession.server.protocol;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ObjectNode;

/** Speaks while it works. */
final class CountTool implements Tool {

    private final ToolSchema schema = new ToolSchema(
                    "count",
                    "Counts, with so many milliseconds before each number, and reports each as progress and as a "
                            + "log message.")
            .integer("to", 1, 10_000)
            .integer("milliseconds", 0, 60_000);

    @Override
    public ToolSchema schema() {
        return schema;
    }

    @Override
    public CompletableFuture<ObjectNode> call(ObjectNode arguments, Reporter reporter) throws BadArguments {
        var result = new CompletableFuture<ObjectNode>();
        countSoon(1, schema.integer(arguments, "to"), schema.integer(arguments, "milliseconds"), reporter, result);
        return result;
    }

    private static void countSoon(
            int number, int to, int millis, Reporter reporter, CompletableFuture<ObjectNode> result) {
        CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS, Runnable::run)
                .execute(() -> {
                    if (result.isDone()) {
                        return;
                    }
                    reporter.progress(number, to, "counting");
                    reporter.log(LogLevel.INFO, "counted " + number);
                    if (number < to) {
                        countSoon(number + 1, to, millis, reporter, result);
                    } else {
                        result.complete(Tool.text("counted to " + to, false));
                    }
                });
    }
}
