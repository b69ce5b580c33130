package dev.mcpsession.server.protocol;

import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.node.ObjectNode;

/** Something that a client may call. */
interface Tool {

    /** Its name and what it takes. */
    ToolSchema schema();

    /**
     * Starts a call, and does not block.
     *
     * @param reporter what the client may be told until the call is over
     * @return the result of the call, as the protocol's CallToolResult; cancelling it ends the work
     * @throws BadArguments if the arguments do not fit
     */
    CompletableFuture<ObjectNode> call(ObjectNode arguments, Reporter reporter) throws BadArguments;

    /** Returns a result that is one piece of text. */
    static ObjectNode text(String text, boolean isError) {
        var result = Json.object();
        result.putArray("content").addObject().put("type", "text").put("text", text);
        return result.put("isError", isError);
    }

    /** The arguments of a call do not fit; the message says which and why. */
    final class BadArguments extends Exception {

        private static final long serialVersionUID = 1L;

        BadArguments(String message) {
            super(message, null, false, false);
        }
    }
}
