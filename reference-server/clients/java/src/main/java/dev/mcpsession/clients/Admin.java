package dev.mcpsession.clients;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The server's administration: its figures and its controls. */
final class Admin {

    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final String url;

    Admin(String url) {
        this.url = url;
    }

    /** The ids of its sessions. */
    List<String> sessions() throws Exception {
        return get("/sessions").path("sessions").valueStream().map(session -> session.path("id").stringValue())
                .toList();
    }

    JsonNode session(String id) throws Exception {
        return get("/sessions/" + id);
    }

    JsonNode counters() throws Exception {
        return get("");
    }

    void expire(String session) throws Exception {
        ask("POST", "/sessions/" + session + "/expire", 204);
    }

    void terminate(String session) throws Exception {
        ask("DELETE", "/sessions/" + session, 204);
    }

    private JsonNode get(String path) throws Exception {
        return JSON.readTree(ask("GET", path, 200));
    }

    private String ask(String method, String path, int expected) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(url + path)).method(method, BodyPublishers.noBody()).build();
        var response = http.send(request, BodyHandlers.ofString());
        if (response.statusCode() != expected) {
            throw new IOException(method + " " + path + ": " + response.statusCode() + " " + response.body());
        }
        return response.body();
    }
}
