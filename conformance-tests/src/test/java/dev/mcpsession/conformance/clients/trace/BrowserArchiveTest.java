package dev.mcpsession.conformance.clients.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mcpsession.conformance.clients.ClientSuite;
import dev.mcpsession.conformance.clients.servers.TraceRules;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rules.CoreRules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Archives as browsers write them: a right client and a right server are not accused for what is left out there. */
class BrowserArchiveTest {
    private static final String URL = "https://mcp.example/mcp";
    private static final String ID = "0b1946ac";

    @TempDir
    private Path folder;

    private final ObjectNode root = Json.object();
    private final ArrayNode entries =
            root.putObject("log").put("version", "1.2").putArray("entries");
    private int millis;

    /** An exchange of 3 ms, over HTTP/2, with the names of headers in lower case. */
    private ObjectNode entry(String method, boolean opened, String body, int status, String type, String reply) {
        var entry = entries.addObject()
                .put("_initiator", "script")
                .put("connection", "443")
                .put("startedDateTime", "2026-05-01T10:00:00.%03dZ".formatted(millis))
                .put("time", 3.0);
        millis += 10;
        var request =
                entry.putObject("request").put("method", method).put("url", URL).put("httpVersion", "h2");
        var headers = request.putArray("headers");
        header(headers, ":authority", "mcp.example");
        header(headers, ":method", method);
        header(headers, "accept", method.equals("GET") ? "text/event-stream" : "application/json, text/event-stream");
        if (opened) {
            header(headers, "mcp-session-id", ID);
            header(headers, "mcp-protocol-version", "2025-11-25");
        }
        if (body != null) {
            header(headers, "content-type", "application/json");
            request.putObject("postData").put("mimeType", "application/json").put("text", body);
        }
        var response = entry.putObject("response").put("status", status).put("httpVersion", "h2");
        var replied = response.putArray("headers");
        if (type != null) {
            header(replied, "content-type", type);
        }
        if (body != null && body.contains("\"initialize\"")) {
            header(replied, "mcp-session-id", ID);
        }
        var content = response.putObject("content").put("mimeType", type == null ? "" : type);
        if (reply != null) {
            content.put("size", reply.length()).put("text", reply);
        }
        entry.putObject("timings")
                .put("blocked", -1)
                .put("send", 0.1)
                .put("wait", 2)
                .put("receive", 0.9);
        return entry;
    }

    private static void header(ArrayNode to, String name, String value) {
        to.addObject().put("name", name).put("value", value);
    }

    private static String request(int id, String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + params + "}";
    }

    private void open() {
        entry(
                "POST",
                false,
                request(
                        0,
                        "initialize",
                        "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},"
                                + "\"clientInfo\":{\"name\":\"page\",\"version\":\"1\"}}"),
                200,
                "application/json",
                "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},"
                        + "\"serverInfo\":{\"name\":\"s\",\"version\":\"1\"}}}");
        entry("POST", true, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}", 202, null, null);
    }

    private void list(int id) {
        entry(
                "POST",
                true,
                request(id, "tools/list", "{}"),
                200,
                "application/json",
                "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{\"tools\":[]}}");
    }

    private Trace trace() throws IOException {
        return TraceFile.read(Files.writeString(folder.resolve("browser.har"), root.toString()));
    }

    private static List<String> accusations(Trace trace) {
        return ClientSuite.of(trace)
                .catalogue(Catalogue.of(new dev.mcpsession.conformance.clients.rules.ClientRules())
                        .and(TraceRules.of(Catalogue.of(new CoreRules()))))
                .run()
                .results()
                .stream()
                .filter(r -> r.verdict().isViolation() || r.verdict() == Verdict.ERROR)
                .map(r -> r.rule().id() + ": " + r.summary())
                .toList();
    }

    @Test
    void whatBrowsersAddAndLeaveOut() throws IOException {
        // The browser asks whether the page may.
        entry("OPTIONS", false, null, 204, null, null);
        open();
        list(1);
        // The stream of a reply, whose text is not kept.
        var call = request(2, "tools/call", "{\"name\":\"t\",\"arguments\":{}}");
        entry("POST", true, call, 200, "text/event-stream", null)
                .withObject("/response/content")
                .put("size", 120);
        // A stream that was open when the page was closed.
        entry("GET", true, null, 0, null, null).withObject("/response").put("_error", "net::ERR_ABORTED");
        // A message that was too long to be kept.
        entry("POST", true, null, 200, "application/json", null);
        // Answers of the cache.
        entry("GET", false, null, 200, "application/json", "{}").put("_fromCache", "disk");
        entry("GET", false, null, 304, null, null);
        // Another protocol, at the same path.
        var socket = entry("GET", false, null, 101, null, null);
        socket.withObject("/request").put("url", URL.replace("https", "wss"));
        socket.putArray("_webSocketMessages")
                .addObject()
                .put("type", "send")
                .put("opcode", 1)
                .put("data", "{}");
        entry("DELETE", true, null, 204, null, null);
        var trace = trace();
        assertEquals(List.of(), accusations(trace));
        assertEquals(
                List.of("OPTIONS", "POST", "POST", "POST", "POST", "GET", "DELETE"),
                trace.calls().stream().map(Call::method).toList());
        assertFalse(
                trace.calls().get(1).headers().stream().anyMatch(h -> h.name().startsWith(":")));
    }

    @Test
    void aBodyInBase64() throws IOException {
        open();
        list(1);
        var text = "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"tools\":[],\"ü\":1}}";
        entry("POST", true, request(2, "tools/list", "{}"), 200, "application/json", null)
                .withObject("/response/content")
                .put("encoding", "base64")
                .put("text", Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
        entry("POST", true, request(3, "tools/list", "{}"), 200, "application/json", null)
                .withObject("/response/content")
                .put("encoding", "base64")
                .put("text", "a");
        var trace = trace();
        assertEquals(text, trace.calls().get(3).reply().text());
        assertEquals(5, trace.calls().size());
    }

    /** Moments are rounded: what seems to come 3 ms after the end of a session may have been sent before. */
    @Test
    void aRequestThatMayHaveBeenOnItsWay() throws IOException {
        open();
        entry("DELETE", true, null, 204, null, null);
        millis -= 5;
        list(1);
        assertEquals(List.of(), accusations(trace()));
        millis += 20;
        list(2);
        assertFalse(accusations(trace()).isEmpty());
    }
}
