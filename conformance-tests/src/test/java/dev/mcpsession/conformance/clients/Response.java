package dev.mcpsession.conformance.clients;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** A reply whose body is read as it comes. */
record Response(int statusCode, HttpHeaders headers, InputStream body) implements Closeable {

    static Response of(HttpClient http, HttpRequest request) throws IOException, InterruptedException {
        var response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        return new Response(response.statusCode(), response.headers(), response.body());
    }

    @Override
    public void close() throws IOException {
        body.close();
    }
}
