package dev.mcpsession.server.protocol;

import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.node.ObjectNode;

/** Makes the client come back for the answer, if it can. */
final class PollTool implements Tool {

    private final ToolSchema schema = new ToolSchema(
                    "poll",
                    "Closes the connection at once, and returns after so many "
                            + "milliseconds: the client resumes the stream to get the result.")
            .integer("milliseconds", 0, SleepTool.MAX_MILLIS);

    @Override
    public ToolSchema schema() {
        return schema;
    }

    @Override
    public CompletableFuture<ObjectNode> call(ObjectNode arguments, Reporter reporter) throws BadArguments {
        int time = schema.integer(arguments, "milliseconds");
        reporter.disconnect();
        return SleepTool.after(time, "polled for " + time + " ms");
    }
}
