package dev.mcpsession.server.protocol;

import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.node.ObjectNode;

/** Answers at once. The region means nothing: it is there to be repeated in a header. */
final class EchoTool implements Tool {

    private final ToolSchema schema =
            new ToolSchema("echo", "Returns the message.").string("message").mirroredString("region", "Region");

    @Override
    public ToolSchema schema() {
        return schema;
    }

    @Override
    public CompletableFuture<ObjectNode> call(ObjectNode arguments, Reporter reporter) throws BadArguments {
        return CompletableFuture.completedFuture(Tool.text(schema.string(arguments, "message"), false));
    }
}
