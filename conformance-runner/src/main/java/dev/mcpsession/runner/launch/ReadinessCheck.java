package dev.mcpsession.runner.launch;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Finds out whether an MCP endpoint answers, whatever it answers. */
final class ReadinessCheck {
    private static final String INITIALIZE = "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{"
            + "\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},"
            + "\"clientInfo\":{\"name\":\"mcp-session-conformance\",\"version\":\"start\"}}}";

    private final HttpClient client;

    ReadinessCheck(@Nullable SSLContext sslContext) {
        var builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
        if (sslContext != null) {
            builder.sslContext(sslContext);
        }
        client = builder.build();
    }

    /** Sends an initialize; a session that it opens is ended at once. */
    boolean answers(URI uri, Duration atMost) throws InterruptedException {
        var request = HttpRequest.newBuilder(uri)
                .timeout(atMost)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .POST(HttpRequest.BodyPublishers.ofString(INITIALIZE))
                .build();
        try {
            var reply = client.send(request, BodyHandlers.ofInputStream());
            reply.body().close();
            // A gateway in front of a server that is not up yet, or a server that says so itself.
            if (reply.statusCode() >= 502 && reply.statusCode() <= 504) {
                return false;
            }
            reply.headers().firstValue("Mcp-Session-Id").ifPresent(id -> end(uri, id, atMost));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void end(URI uri, String id, Duration atMost) {
        var request = HttpRequest.newBuilder(uri)
                .timeout(atMost)
                .header("Mcp-Session-Id", id)
                .DELETE()
                .build();
        try {
            client.send(request, BodyHandlers.discarding());
        } catch (IOException e) {
            // A session that cannot be ended does no harm here.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
