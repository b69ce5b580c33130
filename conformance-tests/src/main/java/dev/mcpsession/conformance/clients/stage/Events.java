package dev.mcpsession.conformance.clients.stage;

import dev.mcpsession.conformance.clients.server.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Writes the events of a stream, in the forms that the standard on server-sent events allows. */
final class Events {
    private Events() {}

    /** One event; {@code id} and {@code retry} may be null. */
    static String event(@Nullable String id, @Nullable Integer retryMillis, String data) {
        var text = new StringBuilder();
        if (id != null) {
            text.append("id: ").append(id).append('\n');
        }
        if (retryMillis != null) {
            text.append("retry: ").append(retryMillis).append('\n');
        }
        return text.append("data: ").append(data).append("\n\n").toString();
    }

    static String event(JsonNode message) {
        return "event: message\n" + event(null, null, message.toString());
    }

    /** Sends a message as an event in a form: {@code plain}, or one of the unusual ones. */
    static void send(Reply reply, String form, JsonNode message) throws IOException {
        switch (form) {
            case "comments" ->
                reply.write(": a comment\n\n:\n: another\nevent: message\n: one inside\ndata: " + message
                        + "\nx-unknown: a field of no meaning\n\n: and after\n\n");
            case "crlf" -> reply.write("event: message\r\ndata: " + message + "\r\n\r\n");
            case "cr" -> reply.write("event: message\rdata: " + message + "\r\r");
            // Between two tokens of JSON, a line break changes nothing.
            case "lines" ->
                reply.write("event:message\ndata:"
                        + message.toPrettyString().replace("\r", "").replace("\n", "\ndata: ") + "\n\n");
            case "bytes" -> {
                for (byte b : event(message).getBytes(StandardCharsets.UTF_8)) {
                    reply.write(new byte[] {b});
                }
            }
            default -> reply.write(event(message));
        }
    }
}
