package dev.mcpsession.server.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** Makes up inputs: some right, most of them right but for one thing or another, and some that are nothing at all. */
final class Inputs {

    static final String INITIALIZE = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{"
            + "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},"
            + "\"clientInfo\":{\"name\":\"fuzz\",\"version\":\"1\"}}}";

    private static final String[] VERSIONS = {
        "2025-03-26",
        "2025-06-18",
        "2025-11-25",
        "2026-07-28",
        "2024-11-05",
        "1900-01-01",
        "",
        "2025-11-25 ",
        "2025-11-25,2025-11-25"
    };

    private static final String[] MEDIA_TYPES = {
        "application/json",
        "text/event-stream",
        "*/*",
        "text/*",
        "text/plain",
        "application/json;charset=utf-8",
        "application/json; charset=\"",
        "application/jsonx",
        ";",
        ",",
        "/",
        "application/json;q=0",
        "*",
        "application/json, text/event-stream;q=",
        "multipart/form-data; boundary=x"
    };

    private static final String[] PLACES = {
        "http://localhost",
        "http://127.0.0.1:1",
        "null",
        "https://evil.example",
        "127.0.0.1",
        "localhost:99999",
        "[::1]",
        "[",
        "localhost@evil.example",
        "http://localhost.evil.example",
        "file://",
        "a".repeat(300),
        "127.0.0.1:"
    };

    private static final String[] METHODS = {
        "ping",
        "tools/list",
        "tools/call",
        "initialize",
        "resources/list",
        "notifications/initialized",
        "notifications/cancelled",
        "notifications/x",
        "server/discover",
        "subscriptions/listen",
        "logging/setLevel",
        "completion/complete",
        "$/cancelRequest",
        ""
    };

    private static final String[] HTTP_METHODS = {
        "GET",
        "POST",
        "DELETE",
        "PUT",
        "PATCH",
        "OPTIONS",
        "HEAD",
        "TRACE",
        "CONNECT",
        "post",
        "PRI",
        "X".repeat(70),
        "M-SEARCH"
    };

    private static final String[] TARGETS = {
        "/mcp",
        "/mcp?",
        "/mcp?x=%00",
        "/mcp/",
        "/",
        "//mcp",
        "/mcp%2f",
        "/MCP",
        "/mcp;a=b",
        "/../mcp",
        "/mcp#x",
        "http://127.0.0.1/mcp",
        "http://evil.example/mcp",
        "*",
        "/%",
        "/%zz",
        "/" + "a".repeat(5_000)
    };

    private static final String[] OTHER_HEADERS = {
        "Last-Event-ID",
        "Mcp-Method",
        "Mcp-Name",
        "Authorization",
        "Cookie",
        "X-Forwarded-For",
        "Connection",
        "Upgrade",
        "TE",
        "Trailer",
        "Accept-Encoding",
        "Range",
        "If-None-Match",
        "Content-Encoding",
        "Mcp-Param-Text",
        "Referer",
        "Forwarded"
    };

    private static final String[] OTHER_VALUES = {
        "",
        "1",
        "0",
        "-1",
        "x",
        "close",
        "keep-alive",
        "h2c",
        "websocket",
        "Bearer x",
        "Bearer",
        "Basic Og==",
        "gzip",
        "bytes=0-",
        "=?base64?cGluZw==?=",
        "=?base64?!?=",
        "=?base64??=",
        "ping",
        "tools/call",
        "echo",
        "a".repeat(4_000),
        "\u00ff\u00fe",
        "\"",
        "a;b;c",
        "a,b,,c",
        "%00",
        "../.."
    };

    private final SplittableRandom random;
    private final Json json;
    private final List<String> sessions;

    /** @param sessions the ids of sessions that the inputs may use */
    Inputs(SplittableRandom random, List<String> sessions) {
        this.random = random;
        this.json = new Json(random);
        this.sessions = sessions;
    }

    Input next() {
        int kind = random.nextInt(100);
        if (kind < 15) {
            return post("right message", legacyHeaders(), rightMessage());
        }
        if (kind < 40) {
            return post("wrong message", random.nextInt(4) == 0 ? modernHeaders() : legacyHeaders(), wrongMessage());
        }
        if (kind < 50) {
            return post(
                    "wrong bytes", legacyHeaders(), wrongBytes(rightMessage().getBytes(StandardCharsets.UTF_8)));
        }
        if (kind < 68) {
            var headers = random.nextInt(3) == 0 ? modernHeaders() : legacyHeaders();
            return post("wrong headers", wrong(headers), random.nextInt(4) == 0 ? wrongMessage() : rightMessage());
        }
        if (kind < 74) {
            return post("opening", headers("Content-Type", "application/json", "Accept", BOTH), INITIALIZE);
        }
        if (kind < 78) {
            return request("closing", "DELETE", "/mcp", wrongNowAndThen(legacyHeaders()), new byte[0]);
        }
        if (kind < 82) {
            return request("stream", "GET", "/mcp", wrongNowAndThen(legacyHeaders()), new byte[0]);
        }
        if (kind < 87) {
            return request(
                    "method and target",
                    one(HTTP_METHODS),
                    one(TARGETS),
                    wrongNowAndThen(legacyHeaders()),
                    random.nextBoolean() ? new byte[0] : rightMessage().getBytes(StandardCharsets.UTF_8));
        }
        return random.nextInt(3) == 0 ? chunked() : wrongHttp();
    }

    // Messages.

    private static final String BOTH = "application/json, text/event-stream";

    private String rightMessage() {
        int id = random.nextInt(1_000);
        return switch (random.nextInt(8)) {
            case 0 -> "{\"jsonrpc\":\"2.0\",\"id\":\"" + id + "\",\"method\":\"tools/list\"}";
            case 1 -> "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";
            case 2 ->
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":" + id + "}}";
            case 3 -> call(id, "echo", "{\"text\":\"t\u00e9xt\",\"message\":\"t\"}");
            case 4 -> call(id, "sleep", "{\"milliseconds\":" + random.nextInt(5) + "}");
            case 5 -> "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{}}";
            default -> "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"ping\"}";
        };
    }

    private static String call(int id, String tool, String arguments) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                + "\",\"arguments\":" + arguments + "}}";
    }

    private String wrongMessage() {
        int kind = random.nextInt(10);
        if (kind == 0) {
            return json.value();
        }
        if (kind == 1) {
            int size = random.nextInt(10) == 0 ? 300 : random.nextInt(5);
            var batch = new ArrayList<String>();
            for (int i = 0; i < size; i++) {
                batch.add(random.nextInt(3) == 0 ? message() : rightMessage());
            }
            return batch.toString();
        }
        return message();
    }

    private String message() {
        var method = one(METHODS);
        return json.object("jsonrpc", "\"2.0\"", "id", "7", "method", '"' + method + '"', "params", params(method));
    }

    private String params(String method) {
        return switch (method) {
            case "initialize" ->
                json.object(
                        "protocolVersion",
                        '"' + one(VERSIONS) + '"',
                        "capabilities",
                        "{}",
                        "clientInfo",
                        json.object("name", "\"fuzz\"", "version", "\"1\""));
            case "tools/call" ->
                json.object(
                        "name",
                        one(new String[] {"\"echo\"", "\"sleep\"", "\"count\"", "\"poll\"", "\"announce\"", "\"none\""
                        }),
                        "arguments",
                        json.object("text", "\"t\"", "message", "\"t\"", "milliseconds", "1", "to", "2"),
                        "_meta",
                        meta());
            case "notifications/cancelled" -> json.object("requestId", "7", "reason", "\"none\"");
            case "subscriptions/listen" ->
                json.object("notifications", json.object("toolsListChanged", "true"), "_meta", meta());
            default -> random.nextBoolean() ? "{}" : json.object("_meta", meta(), "cursor", "\"x\"");
        };
    }

    private String meta() {
        return json.object(
                "io.modelcontextprotocol/protocolVersion",
                "\"2026-07-28\"",
                "io.modelcontextprotocol/clientInfo",
                json.object("name", "\"fuzz\"", "version", "\"1\""),
                "io.modelcontextprotocol/clientCapabilities",
                "{}",
                "progressToken",
                "\"p\"");
    }

    private byte[] wrongBytes(byte[] right) {
        var bytes = right.clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes && bytes.length > 0; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                default -> {
                    var longer = Arrays.copyOf(bytes, bytes.length + 1);
                    System.arraycopy(bytes, at, longer, at + 1, bytes.length - at);
                    bytes = longer;
                }
            }
        }
        if (random.nextInt(200) == 0) {
            bytes = Arrays.copyOf(bytes, (1 << 20) + random.nextInt(3) - 1);
        }
        return bytes;
    }

    // Headers.

    private record Header(String name, String value) {}

    private static List<Header> headers(String... namesAndValues) {
        var headers = new ArrayList<Header>();
        headers.add(new Header("Host", "127.0.0.1"));
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(new Header(namesAndValues[i], namesAndValues[i + 1]));
        }
        return headers;
    }

    private List<Header> legacyHeaders() {
        return headers(
                "Content-Type",
                "application/json",
                "Accept",
                BOTH,
                "Mcp-Session-Id",
                session(),
                "MCP-Protocol-Version",
                "2025-11-25");
    }

    private List<Header> modernHeaders() {
        return headers(
                "Content-Type",
                "application/json",
                "Accept",
                BOTH,
                "MCP-Protocol-Version",
                "2026-07-28",
                "Mcp-Method",
                one(METHODS),
                "Mcp-Name",
                "echo");
    }

    private String session() {
        return sessions.isEmpty() ? "none" : sessions.get(random.nextInt(sessions.size()));
    }

    private List<Header> wrongNowAndThen(List<Header> headers) {
        return random.nextInt(3) == 0 ? wrong(headers) : headers;
    }

    private List<Header> wrong(List<Header> right) {
        var headers = new ArrayList<>(right);
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(headers.size());
            var header = headers.get(at);
            switch (random.nextInt(7)) {
                case 0 -> headers.remove(at);
                case 1 -> headers.add(header);
                case 2 -> headers.add(new Header(one(OTHER_HEADERS), one(OTHER_VALUES)));
                case 3 -> headers.set(at, new Header(header.name.toLowerCase(Locale.ROOT), header.value));
                default -> headers.set(at, new Header(header.name, wrongValue(header)));
            }
            if (headers.isEmpty()) {
                break;
            }
        }
        return headers;
    }

    private String wrongValue(Header header) {
        if (random.nextInt(4) == 0) {
            return one(OTHER_VALUES);
        }
        return switch (header.name) {
            case "Content-Type", "Accept" -> one(MEDIA_TYPES);
            case "MCP-Protocol-Version" -> one(VERSIONS);
            case "Host", "Origin" -> one(PLACES);
            case "Mcp-Session-Id" -> latin(wrongBytes(latin(header.value))).replaceAll("[\r\n]", "?");
            default -> header.value + one(OTHER_VALUES);
        };
    }

    // Requests.

    private Input post(String kind, List<Header> headers, String body) {
        return post(kind, headers, body.getBytes(StandardCharsets.UTF_8));
    }

    private Input post(String kind, List<Header> headers, byte[] body) {
        return request(kind, "POST", "/mcp", headers, body);
    }

    private Input request(String kind, String method, String target, List<Header> headers, byte[] body) {
        var all = new ArrayList<>(headers);
        if (random.nextInt(20) == 0) {
            all.add(new Header("Origin", one(PLACES)));
        }
        if (random.nextInt(50) == 0) {
            all.add(new Header("Expect", "100-continue"));
        }
        all.add(new Header("Content-Length", Integer.toString(body.length)));
        var bytes = new ByteArrayOutputStream();
        write(bytes, method + " " + target + " HTTP/1.1\r\n");
        all.forEach(header -> write(bytes, header.name + ": " + header.value + "\r\n"));
        write(bytes, "\r\n");
        bytes.writeBytes(body);
        boolean connect = method.equals("CONNECT");
        boolean upgrades = all.stream().anyMatch(header -> header.name.equals("Upgrade"));
        return new Input(
                kind,
                bytes.toByteArray(),
                !connect && !upgrades,
                method.equals("HEAD"),
                method.equals("GET") || mayLinger(body));
    }

    private Input chunked() {
        var body = rightMessage().getBytes(StandardCharsets.UTF_8);
        var bytes = new ByteArrayOutputStream();
        write(bytes, "POST /mcp HTTP/1.1\r\n");
        legacyHeaders().forEach(header -> write(bytes, header.name + ": " + header.value + "\r\n"));
        write(bytes, "Transfer-Encoding: chunked\r\n\r\n");
        int cut = random.nextInt(body.length);
        write(bytes, Integer.toHexString(cut) + "\r\n");
        if (cut > 0) {
            bytes.write(body, 0, cut);
            write(bytes, "\r\n" + Integer.toHexString(body.length - cut) + ";x=y\r\n");
            bytes.write(body, cut, body.length - cut);
            write(bytes, "\r\n0\r\n");
        }
        write(bytes, "\r\n");
        return new Input("chunked", bytes.toByteArray(), true, false, mayLinger(body));
    }

    /** Input that breaks the rules of HTTP, so that it is not plain where the request ends. */
    private Input wrongHttp() {
        var body = rightMessage();
        var text =
                new StringBuilder("POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: "
                        + BOTH + "\r\nMcp-Session-Id: " + session() + "\r\nContent-Length: " + body.length()
                        + "\r\n\r\n" + body);
        switch (random.nextInt(14)) {
            case 0 -> replace(text, "Content-Length: ", "Content-Length: 9");
            case 1 -> replace(text, "Content-Length: ", "Content-Length: -");
            case 2 -> replace(text, "Content-Length: ", "Content-Length: 1\r\nContent-Length: ");
            case 3 -> replace(text, "Content-Length: ", "Transfer-Encoding: chunked\r\nContent-Length: ");
            case 4 -> replace(text, "Content-Length: " + body.length(), "Transfer-Encoding: " + one(OTHER_VALUES));
            case 5 ->
                replace(text, "HTTP/1.1", one(new String[] {
                    "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.10", "HTTP/1.", "http/1.1", "HTTP/1.1 HTTP/1.1", ""
                }));
            case 6 -> replace(text, "Host:", one(new String[] {" Host:", "Host :", "Host\0:", ":", "Host", "\tHost:"}));
            case 7 -> replace(text, "\r\n", "\n");
            case 8 -> replace(text, "Accept:", "X-Long: " + "a".repeat(random.nextInt(40_000)) + "\r\nAccept:");
            case 9 -> replace(text, "Accept:", "X: y\r\n".repeat(random.nextInt(400)) + "Accept:");
            case 10 -> text.setLength(random.nextInt(text.length()));
            case 11 -> text.insert(0, "\r\n".repeat(random.nextInt(5)));
            case 12 -> {
                var noise = new byte[random.nextInt(400)];
                for (int i = 0; i < noise.length; i++) {
                    noise[i] = (byte) random.nextInt(256);
                }
                text.setLength(0);
                text.append(latin(noise));
            }
            default -> {
                var mutated = wrongBytes(latin(text.toString()));
                text.setLength(0);
                text.append(latin(mutated));
            }
        }
        var bytes = latin(text.toString());
        return new Input("wrong HTTP", bytes, false, false, mayLinger(bytes));
    }

    private static void replace(StringBuilder text, String what, String with) {
        int at = text.indexOf(what);
        text.replace(at, at + what.length(), with);
    }

    /** Whether there are calls in it that may take long, or a stream. */
    private static boolean mayLinger(byte[] bytes) {
        var text = latin(bytes);
        return text.matches("(?s)GET.*|.*(sleep|count|poll|listen).*");
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static void write(ByteArrayOutputStream bytes, String text) {
        bytes.writeBytes(latin(text));
    }

    private String one(String[] choices) {
        return choices[random.nextInt(choices.length)];
    }
}
