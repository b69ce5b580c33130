package dev.mcpsession.server.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads an event stream as it comes. */
final class Events implements AutoCloseable {

    private final BufferedReader lines;

    Events(HttpResponse<InputStream> response) {
        if (response.statusCode() != 200) {
            throw new AssertionError("status " + response.statusCode());
        }
        lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    /** The fields between two empty lines; null where one is missing. */
    record Event(String id, String retry, String data, boolean isComment) {

        JsonNode message() {
            return JsonMapper.shared().readTree(data);
        }
    }

    /** Returns the next event or comment, or null at the end of the stream. */
    Event next() throws IOException {
        String id = null;
        String retry = null;
        String data = null;
        boolean comment = false;
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.isEmpty()) {
                return new Event(id, retry, data, comment);
            } else if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("retry: ")) {
                retry = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data = line.substring(6);
            } else if (line.startsWith(":")) {
                comment = true;
            } else if (!line.equals("event: message")) {
                throw new AssertionError("unexpected: " + line);
            }
        }
        return null;
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
