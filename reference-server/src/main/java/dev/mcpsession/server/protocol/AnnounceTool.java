package dev.mcpsession.server.protocol;

import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes the server say that its list of tools has changed. The list stays as it is: it must not depend on what was
 * called before, and a client that is told has to look either way.
 */
final class AnnounceTool implements Tool {

    private final ToolSchema schema =
            new ToolSchema("announce", "Tells every client that listens that the list of tools may have changed.");
    private final Changes changes;

    AnnounceTool(Changes changes) {
        this.changes = changes;
    }

    @Override
    public ToolSchema schema() {
        return schema;
    }

    @Override
    public CompletableFuture<ObjectNode> call(ObjectNode arguments, Reporter reporter) {
        changes.toolsChanged();
        return CompletableFuture.completedFuture(Tool.text("announced", false));
    }
}
