package dev.mcpsession.conformance.clients.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StageTest {

    /** The second origin has none to redirect to: it once named "null" as the place. */
    @Test
    void aRedirectLeadsToTheSecondOriginAndNoFurther() throws Exception {
        try (var stage = new Stage(Scripts.REDIRECT, Revision.V2025_11_25)) {
            var first = call(stage.uri());
            assertEquals(307, first.statusCode());
            var there = URI.create(first.headers().firstValue("Location").orElseThrow());
            assertNotEquals(stage.uri().getPort(), there.getPort());
            assertEquals(Optional.empty(), call(there).headers().firstValue("Location"));
        }
    }

    private static HttpResponse<Void> call(URI uri) throws Exception {
        var message = Json.object().put("jsonrpc", "2.0").put("id", 1).put("method", "tools/call");
        var request = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .POST(BodyPublishers.ofString(message.toString()))
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.discarding());
    }
}
