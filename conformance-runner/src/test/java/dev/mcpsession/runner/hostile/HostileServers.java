package dev.mcpsession.runner.hostile;

import dev.mcpsession.runner.hostile.HostileServer.Behaviour;
import dev.mcpsession.runner.hostile.HostileServer.Call;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Servers that do what no server should, by the name of what they do. */
public final class HostileServers {
    /** Its replies come in full, within the patience. */
    public static final String SLOW = "sends a byte in a tenth of a second";

    public static final String TOKEN = "s3cr3t/t0ken+of+the+user=" + "abcdefgh".repeat(4);

    private static final String FACE = "\uD83D\uDE00";

    /** Those that send more than anybody can hold. */
    public static final Map<String, Behaviour> FLOODS = new LinkedHashMap<>();

    /** Those that do not send, or hardly. */
    public static final Map<String, Behaviour> SILENCES = new LinkedHashMap<>();

    /** Those that send text to trouble who shows it. */
    public static final Map<String, Behaviour> TEXTS = new LinkedHashMap<>();

    static {
        FLOODS.put("an event line without an end", questions(call -> {
            call.stream();
            call.write("data: ");
            call.endlessly("x");
        }));
        FLOODS.put("events without an end", questions(call -> call.endlessStream("data: {}\n\n")));
        FLOODS.put("events of commas", questions(call -> call.endlessStream("data: [[],[],[],[]]\n\n")));
        FLOODS.put("comments without an end", questions(call -> call.endlessStream(": x\n")));
        FLOODS.put("a comment without an end", questions(call -> {
            call.stream();
            call.endlessly(":");
        }));
        FLOODS.put(
                "pings without an end",
                questions(call -> call.endlessStream("data: {\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"method\":\"ping\"}\n\n"
                        .formatted(call.headers().hashCode()))));
        FLOODS.put("GET without an end", call -> {
            if (call.method().equals("GET")) {
                call.endlessStream("data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n");
            } else {
                call.answer();
            }
        });
        FLOODS.put("2,000 header fields", questions(call -> call.reply(200, "X-Many: abc\r\n".repeat(2000), "{}")));
        FLOODS.put("a head without an end", questions(call -> {
            call.write("HTTP/1.1 200 OK\r\n");
            call.endlessly("X-Many: abc\r\n");
        }));
        FLOODS.put("a header field without an end", questions(call -> {
            call.write("HTTP/1.1 200 OK\r\nX-Long: ");
            call.endlessly("x");
        }));
        FLOODS.put("interim heads without an end", questions(call -> call.endlessly("HTTP/1.1 100 Continue\r\n\r\n")));
        FLOODS.put("trailers without an end", questions(call -> {
            call.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
            call.write("2\r\n{}\r\n0\r\n");
            call.endlessly("X-Trailer: abc\r\n");
        }));
        FLOODS.put("a chunk without a length", questions(call -> {
            call.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
            call.endlessly("0");
        }));
        FLOODS.put("bodies of 2 GB", questions(call -> {
            call.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2147483648\r\n\r\n");
            call.endlessly("[");
        }));
        FLOODS.put("bodies of 2 GB in answer to all", call -> {
            if (call.is("initialize") || call.is("server/discover")) {
                call.answer();
            } else {
                call.write("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2147483648\r\n\r\n");
                call.endlessly("x");
            }
        });
        FLOODS.put("tools without an end", call -> {
            if (call.is("tools/list")) {
                var response = call.response();
                var result = (tools.jackson.databind.node.ObjectNode) response.get("result");
                var tools = result.putArray("tools");
                for (int i = 0; i < 10_000; i++) {
                    tools.addObject().put("name", "tool " + i).putObject("inputSchema");
                }
                result.put("nextCursor", "again");
                call.reply(200, "", response.toString());
            } else {
                call.answer();
            }
        });

        SILENCES.put("answers nothing but initialize", call -> {
            if (call.is("initialize")) {
                call.answer();
            } else {
                forEver();
            }
        });
        SILENCES.put("answers no ping", call -> {
            if (call.is("ping")) {
                forEver();
            } else {
                call.answer();
            }
        });
        SILENCES.put("sends heads without bodies", questions(call -> {
            call.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n");
            forEver(call);
        }));
        SILENCES.put("sends event streams without events", questions(call -> {
            call.stream();
            forEver(call);
        }));
        SILENCES.put("sends a byte a second", questions(call -> slowly(call, 1000)));
        SILENCES.put("sends a byte a second to all but initialize", call -> {
            if (call.is("initialize")) {
                call.answer();
            } else {
                slowly(call, 1000);
            }
        });
        SILENCES.put("sends comments only", questions(call -> {
            call.stream();
            for (int i = 0; i < 1000; i++) {
                call.write(": still here\n\n");
                call.out().flush();
                pause(500);
            }
        }));

        SILENCES.put("answers no GET", call -> {
            if (call.method().equals("GET")) {
                forEver();
            } else {
                call.answer();
            }
        });
        SILENCES.put("answers no DELETE", call -> {
            if (call.method().equals("DELETE")) {
                forEver();
            } else {
                call.answer();
            }
        });
        SILENCES.put("answers no notification", call -> {
            if (call.isNotification()) {
                forEver();
            } else {
                call.answer();
            }
        });
        SILENCES.put("answers notifications by streams that stay open", call -> {
            if (call.isNotification()) {
                call.stream();
                forEver(call);
            } else {
                call.answer();
            }
        });
        SILENCES.put("answers responses to no request of the client's", questions(call -> {
            call.stream();
            while (true) {
                call.write("data: {\"jsonrpc\":\"2.0\",\"id\":\"another\",\"result\":{}}\n\n");
                call.out().flush();
                pause(500);
            }
        }));
        SILENCES.put("refuses by heads without bodies", call -> {
            if (call.is("initialize")) {
                call.answer();
            } else {
                call.write("HTTP/1.1 400 Some\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n");
                forEver(call);
            }
        });
        SILENCES.put(SLOW, questions(call -> slowly(call, 100)));
        SILENCES.put("sends a part of each body, and no more", questions(call -> {
            call.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "1\r\n{\r\n");
            forEver(call);
        }));
        for (int n : new int[] {2, 3, 10}) {
            SILENCES.put("leaves one in " + n + " requests unanswered", call -> {
                if (!call.is("initialize") && call.number() % n == 0) {
                    forEver();
                } else {
                    call.answer();
                }
            });
            SILENCES.put("answers one in " + n + " requests", call -> {
                if (call.is("initialize") || call.number() % n == 0) {
                    call.answer();
                } else {
                    forEver();
                }
            });
        }
        SILENCES.put("falls silent after 100 requests", call -> {
            if (call.number() < 100) {
                call.answer();
            } else {
                forEver();
            }
        });

        TEXTS.put("cuts characters", call -> error(call, FACE.repeat(500)));
        TEXTS.put("cuts characters at odd places", call -> error(call, "x" + FACE.repeat(500)));
        TEXTS.put("names itself by half a character", call -> {
            if (call.is("initialize")) {
                var response = call.response();
                var result = (tools.jackson.databind.node.ObjectNode) response.get("result");
                result.put("protocolVersion", "2025-11-25");
                result.putObject("capabilities").putObject("tools");
                result.putObject("serverInfo").put("name", "half").put("version", "1");
                call.reply(
                        200,
                        "Mcp-Session-Id: abc-123-456-789\r\n",
                        response.toString().replace("half", "\\ud83d"));
            } else {
                call.answer();
            }
        });
        TEXTS.put("answers by half a character", call -> {
            if (call.isQuestion() && call.method().equals("POST")) {
                call.reply(
                        400,
                        "",
                        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,"
                                + "\"message\":\"\\ud83d\\udc00\\udc00\"}}");
            } else {
                call.answer();
            }
        });
        for (int before : new int[] {0, 60, 90, 100, 1950}) {
            TEXTS.put(
                    "echoes the token after " + before + " characters",
                    call -> error(call, "x".repeat(before) + TOKEN));
        }
        TEXTS.put(
                "echoes the token in disguise",
                call -> error(
                        call,
                        TOKEN.toLowerCase(Locale.ROOT) + " " + java.net.URLEncoder.encode(TOKEN, StandardCharsets.UTF_8)
                                + " "
                                + java.util.Base64.getEncoder()
                                        .encodeToString(("Bearer " + TOKEN).getBytes(StandardCharsets.UTF_8))
                                + " " + TOKEN.replace("/", "\\/")));
        TEXTS.put(
                "commands the CI",
                call -> error(
                        call,
                        "\n::set-output name=a::b\n::error::x\n##[error]y\n##vso[task.complete]z\r::stop-commands::t\n"
                                + "\uE01F red \uE000 \u202E evil \u2066 \u001B[31m"));
    }

    private HostileServers() {}

    /** A server that is right but for its answers to requests after initialize. */
    private static Behaviour questions(Behaviour answer) {
        return call -> {
            if (call.method().equals("POST") && call.isQuestion()) {
                answer.serve(call);
            } else {
                call.answer();
            }
        };
    }

    private static void error(Call call, String message) throws IOException {
        if (!call.isQuestion() || !call.method().equals("POST")) {
            call.answer();
            return;
        }
        var error = dev.mcpsession.conformance.protocol.Json.object().put("jsonrpc", "2.0");
        error.set("id", call.message().orElseThrow().get("id"));
        error.putObject("error").put("code", -32000).put("message", message);
        call.reply(400, "", error.toString());
    }

    private static void forEver(Call call) throws IOException {
        call.out().flush();
        forEver();
    }

    /** Until the server is closed, which interrupts its threads. */
    private static void forEver() throws IOException {
        pause(Long.MAX_VALUE);
    }

    private static void pause(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IOException("closed", e);
        }
    }

    private static void slowly(Call call, long millis) throws IOException {
        var whole = new java.io.ByteArrayOutputStream();
        new Call(call.number(), call.method(), call.headers(), call.message(), whole).answer();
        for (byte b : whole.toByteArray()) {
            call.out().write(b);
            call.out().flush();
            pause(millis);
        }
    }

    /** Serves as the one of that name until the process is ended. */
    public static void main(String[] arguments) throws Exception {
        var all = new LinkedHashMap<>(FLOODS);
        all.putAll(SILENCES);
        all.putAll(TEXTS);
        if (arguments.length == 0) {
            all.keySet().forEach(System.out::println);
            return;
        }
        try (var server = new HostileServer(all.get(arguments[0]))) {
            System.out.println(server.uri());
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
