package dev.mcpsession.server.protocol;

import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.node.ObjectNode;

/** Answers at once. */
final class EchoTool implements Tool {

    private final ToolSchema schema = new ToolSchema("echo", "Returns the message.").string("message");

    @Override
    public ToolSchema schema() {
        return schema;
    }

    @Override
    public CompletableFuture<ObjectNode> call(ObjectNode arguments, Reporter reporter) throws BadArguments {
        return CompletableFuture.completedFuture(Tool.text(schema.string(arguments, "message"), false));
    }
}
