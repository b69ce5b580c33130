package dev.mcpsession.server.junit;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** Stands for the client of somebody who tests it: replaces its session when that is gone. */
public final class RecoveringClient {

    private static final String INITIALIZE = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":"
            + "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},"
            + "\"clientInfo\":{\"name\":\"sample\",\"version\":\"1\"}}}";
    private static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}";

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI uri;
    private String session;
    private int opened;

    /** Connects and opens a session. */
    public RecoveringClient(URI uri) throws IOException, InterruptedException {
        this.uri = uri;
        open();
    }

    private void open() throws IOException, InterruptedException {
        session = null;
        var response = post(INITIALIZE);
        if (response.statusCode() != 200) {
            throw new IOException("initialize was answered with " + response.statusCode());
        }
        session = response.headers().firstValue("Mcp-Session-Id").orElseThrow();
        opened++;
    }

    private HttpResponse<String> post(String body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .POST(BodyPublishers.ofString(body));
        if (session != null) {
            request.header("Mcp-Session-Id", session);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    /** Pings the server, in a new session if the old one is gone. */
    public void ping() throws IOException, InterruptedException {
        var response = post(PING);
        if (response.statusCode() == 404) {
            open();
            response = post(PING);
        }
        if (response.statusCode() != 200) {
            throw new IOException("ping was answered with " + response.statusCode());
        }
    }

    /** Returns the id of the session. */
    public String session() {
        return session;
    }

    /** Returns how many sessions were opened so far. */
    public int sessionsOpened() {
        return opened;
    }
}
