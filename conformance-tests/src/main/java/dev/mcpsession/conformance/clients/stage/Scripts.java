package dev.mcpsession.conformance.clients.stage;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** The scripts that the kit's rules have played. */
public final class Scripts {
    private static final String ADD = "call add_numbers {\"a\":5,\"b\":3}";

    private Scripts() {}

    /** Nothing unusual. */
    public static final Script PLAIN = Script.of("plain", Carrier.TOOLS_CALL);

    /** The same, with results in event streams. */
    public static final Script EVENTS = Script.of("events", Carrier.TOOLS_CALL).answers(Script.Answers.EVENTS);

    /** A session id with every visible ASCII character. */
    public static final Script EVERY_SIGN =
            Script.of("every-sign", Carrier.TOOLS_CALL).ids(Scripts::everySign);

    private static String everySign() {
        var signs = new StringBuilder();
        for (char c = 0x21; c <= 0x7e; c++) {
            signs.append(c);
        }
        return signs.toString();
    }

    /** The session ends at the first call of a tool. */
    public static final Script ENDED_AT_CALL = Script.of("ended-at-call", Carrier.TOOLS_CALL)
            // A request that comes two seconds later, on whichever connection, was sent by a client that knew of the
            // end.
            .steps("connect;list;" + ADD + ";" + ADD + ";sleep 2200;list;" + ADD + ";close")
            .doing("call add_numbers with a = 5 and b = 3, and whatever comes of it twice more, three seconds apart")
            .act(() -> {
                var done = new AtomicBoolean();
                return turn -> {
                    if (turn.calls("tools/call")
                            && turn.call().sessionId().isPresent()
                            && done.compareAndSet(false, true)) {
                        turn.scene().endSession(turn.call().sessionId().get());
                    }
                    return false;
                };
            });

    /** How the ids of what {@link #ANEW} asks begin; they end with a blank and the id of the session. */
    public static final String ASKED = "kit-ask-";

    /**
     * The server asks the client something in each of its sessions, of which the first ends at the first call of a
     * tool: so that it is seen what every kind of message carries, also in a session that was opened anew.
     */
    public static final Script ANEW = Script.of("anew", Carrier.TOOLS_CALL)
            .token()
            .steps("connect;list;" + ADD + ";" + ADD + ";close")
            .doing("list the tools, call add_numbers with a = 5 and b = 3 twice, whatever comes of it")
            .act(() -> {
                var ended = new AtomicReference<String>();
                var answers = new AtomicInteger();
                return turn -> {
                    if (turn.call().isResponse()) {
                        answers.incrementAndGet();
                        return false;
                    }
                    var id = turn.call().sessionId().orElse("");
                    if (turn.calls("tools/call") && turn.scene().isLive(id) && ended.compareAndSet(null, id)) {
                        turn.scene().endSession(id);
                    }
                    boolean list = turn.calls("tools/list");
                    if (!list && !turn.calls("tools/call")
                            || !turn.scene().isLive(id)
                            || turn.before("asked in " + id) > 0) {
                        return false;
                    }
                    turn.stream();
                    int before = answers.get();
                    turn.reply.write(Events.event(Json.request(ASKED + "1 " + id, "ping")));
                    turn.reply.write(Events.event(Json.request(ASKED + "2 " + id, "kit/unknown-to-all")));
                    turn.hold(() -> answers.get() > before, Duration.ofSeconds(1));
                    turn.hold(() -> answers.get() >= before + 2, Duration.ofMillis(250));
                    turn.reply.write(Events.event(turn.response(list ? turn.toolList() : turn.toolResult())));
                    turn.reply.end();
                    return true;
                };
            });

    /** The reply to {@code initialize} is held back for a second. */
    public static final Script SLOW_INITIALIZE = Script.of("slow-initialize", Carrier.INITIALIZE)
            .act(() -> turn -> {
                if (turn.calls("initialize")) {
                    turn.hold(Duration.ofSeconds(1));
                }
                return false;
            });

    /** The server speaks a revision that nobody knows. */
    public static final Script UNKNOWN_VERSION =
            Script.of("unknown-version", Carrier.INITIALIZE).version("1999-01-01");

    /** DELETE is not offered. */
    public static final Script NO_DELETE = Script.of("no-delete", Carrier.TOOLS_CALL)
            .act(() -> turn -> {
                if (turn.call().endpoint() && turn.call().isDelete()) {
                    turn.status(405, new Header("Allow", "GET, POST"));
                    return true;
                }
                return false;
            });

    /** Names of headers in lower case. */
    public static final Script LOWER_CASE =
            Script.of("lower-case", Carrier.INITIALIZE).idHeader("mcp-session-id");

    /** Names of headers in upper case. */
    public static final Script UPPER_CASE =
            Script.of("upper-case", Carrier.INITIALIZE).idHeader("MCP-SESSION-ID");

    /** Calls of tools are redirected to another origin. */
    public static final Script REDIRECT = Script.of("redirect", Carrier.TOOLS_CALL)
            .token()
            .act(() -> turn -> {
                var elsewhere = turn.otherOrigin().filter(url -> turn.calls("tools/call"));
                if (elsewhere.isPresent()) {
                    turn.status(307, new Header("Location", elsewhere.get()));
                }
                return elsewhere.isPresent();
            });

    /** The reply to {@code tools/list} brings another session id, which is as good as the first. */
    public static final Script OTHER_ID_LATER = Script.of("other-id-later", Carrier.TOOLS_CALL)
            .act(() -> turn -> {
                if (turn.calls("tools/list")) {
                    turn.listTools(new Header("Mcp-Session-Id", turn.anotherSession()));
                    return true;
                }
                return false;
            });

    // ---- sending ----

    /** Results in event streams of unusual form: comments, CR LF, data in several lines, and byte by byte. */
    public static final Script EVENT_FORMS = Script.of("event-forms", Carrier.TOOLS_CALL)
            .answers(Script.Answers.EVENTS)
            .eventForm("comments,crlf,lines,bytes");

    /** Event streams whose lines end with CR alone. */
    public static final Script CR_LINES = Script.of("cr-lines", Carrier.TOOLS_CALL)
            .answers(Script.Answers.EVENTS)
            .eventForm("cr");

    /** The client has a bearer token. */
    public static final Script TOKEN = Script.of("token", Carrier.TOOLS_CALL).token();

    /** Five calls at once, of a client that takes steps; the first is answered when another has come. */
    public static final Script PARALLEL = Script.of("parallel", Carrier.TOOLS_CALL)
            .steps("connect;list;parallel 5 " + ADD + ";close")
            .act(() -> {
                var calls = new AtomicInteger();
                return turn -> {
                    if (turn.calls("tools/call")) {
                        calls.incrementAndGet();
                        turn.hold(() -> calls.get() > 1, Duration.ofSeconds(2));
                    }
                    return false;
                };
            });

    /** Text that is not ASCII, which a client that takes steps sends as an argument, and any as the id of a ping. */
    public static final Script FOREIGN_TEXT = Script.of("foreign-text", Carrier.TOOLS_CALL)
            .steps("connect;list;call add_numbers {\"a\":5,\"b\":3,"
                    + "\"note\":\"gr\\u00fc\\u00dfe, \\u4e16\\u754c\"};close")
            .act(() -> {
                var answered = new AtomicBoolean();
                return turn -> {
                    answered.compareAndSet(false, turn.call().isResponse());
                    if (turn.revision().isLegacy() && turn.calls("tools/call")) {
                        turn.stream();
                        turn.reply.write(Events.event(Json.request("gr\u00fc\u00dfe, \u4e16\u754c", "ping")));
                        turn.hold(answered::get, Duration.ofSeconds(2));
                        turn.reply.write(Events.event(turn.response(turn.toolResult())));
                        turn.reply.end();
                        return true;
                    }
                    return false;
                };
            });

    /** Notifications come before the result of a call, one of them unknown to all. */
    public static final Script NOTIFICATIONS = Script.of("notifications", Carrier.TOOLS_CALL)
            .capability("logging")
            .act(() -> turn -> {
                if (!turn.calls("tools/call")) {
                    return false;
                }
                turn.stream();
                if (turn.revision().isLegacy()) {
                    // Later revisions send log messages to who asked for them.
                    var log = Json.notification("notifications/message");
                    log.putObject("params").put("level", "info").put("data", "a word of the kit");
                    turn.reply.write(Events.event(log));
                }
                turn.reply.write(Events.event(Json.notification("notifications/x-unknown-to-all")));
                turn.hold(Duration.ofMillis(200));
                turn.reply.write(Events.event(turn.response(turn.toolResult())));
                turn.reply.end();
                return true;
            });

    // ---- streams ----

    /** The id of the ping that {@link #PING} sends in the answer to a call. */
    public static final String PING_ID = "kit-ping-1";

    /**
     * A ping of the server in the stream that answers a call; the result comes once it is answered, or after a while.
     */
    public static final Script PING = Script.of("ping", Carrier.TOOLS_CALL).act(() -> {
        var answered = new AtomicBoolean();
        return turn -> {
            if (turn.call().isResponse()
                    && turn.call()
                            .id()
                            .filter(id -> id.asString("").equals(PING_ID))
                            .isPresent()) {
                answered.set(true);
                return false;
            }
            if (!turn.calls("tools/call")) {
                return false;
            }
            turn.stream();
            turn.reply.write(Events.event(Json.request(PING_ID, "ping")));
            turn.hold(answered::get, Duration.ofSeconds(8));
            turn.reply.write(Events.event(turn.response(turn.toolResult())));
            turn.reply.end();
            return true;
        };
    });

    /** The milliseconds that {@link #CUT} asks to wait. */
    public static final int RETRY_MILLIS = 1500;

    /** The stream that answers a call ends after an event with an id, and goes on when it is resumed. */
    public static final Script CUT = Script.of("cut", Carrier.SSE_RETRY)
            .waits()
            .atMost(Duration.ofSeconds(20))
            .act(() -> {
                var waiting = new AtomicReference<tools.jackson.databind.JsonNode>();
                return turn -> {
                    if (turn.calls("tools/call") && turn.before("cut") == 0) {
                        waiting.set(turn.response(turn.toolResult()));
                        turn.stream();
                        turn.reply.write(Events.event("kit-1", RETRY_MILLIS, ""));
                        var message = Json.notification("notifications/message");
                        message.putObject("params").put("level", "info").put("data", "half of it is done");
                        turn.reply.write(Events.event("kit-2", null, message.toString()));
                        turn.reply.end();
                        return true;
                    }
                    var last = turn.call().header("Last-Event-ID").orElse("");
                    if (turn.call().isGet() && last.startsWith("kit-") && waiting.get() != null) {
                        turn.stream();
                        turn.reply.write(
                                Events.event("kit-3", null, waiting.get().toString()));
                        turn.reply.end();
                        return true;
                    }
                    return false;
                };
            });

    /** There is no stream for GET. */
    public static final Script NO_GET = Script.of("no-get", Carrier.TOOLS_CALL).act(() -> turn -> {
        if (turn.call().endpoint() && turn.call().isGet()) {
            turn.status(405, new Header("Allow", "POST, DELETE"));
            return true;
        }
        return false;
    });

    /** GET fails. */
    public static final Script GET_FAILS = failingGet("get-fails", 500);

    /** GET is taken for a bad request, as by servers that know POST alone. */
    public static final Script GET_IS_BAD = failingGet("get-is-bad", 400);

    private static Script failingGet(String name, int status) {
        return Script.of(name, Carrier.TOOLS_CALL).act(() -> turn -> {
            if (turn.call().endpoint() && turn.call().isGet()) {
                turn.status(status);
                return true;
            }
            return false;
        });
    }

    /** The stream for GET ends at once, and asks for no wait. */
    public static final Script GET_ENDS = Script.of("get-ends", Carrier.TOOLS_CALL)
            .waits()
            .steps("connect;list;" + ADD + ";sleep 5200;close")
            .doing("call add_numbers with a = 5 and b = 3, stay connected for five seconds")
            .act(() -> turn -> {
                if (turn.call().endpoint() && turn.call().isGet()) {
                    turn.stream();
                    turn.reply.write("retry: 0\n\n");
                    turn.reply.end();
                    return true;
                }
                return false;
            });

    /** A call is never answered; a client that takes steps gives it up after a second and a half. */
    public static final Script NEVER_ANSWERED = Script.of("never-answered", Carrier.TOOLS_CALL)
            .waits()
            .atMost(Duration.ofSeconds(20))
            .steps("timeout 1500;connect;list;" + ADD + ";sleep 3000;list;close")
            .doing("call add_numbers with a = 5 and b = 3, wait until the client gives that up, list the tools")
            .act(() -> turn -> {
                if (!turn.calls("tools/call") || turn.before("held") > 0) {
                    return false;
                }
                turn.stream();
                turn.hold(Duration.ofMinutes(5));
                return true;
            });

    /** Initialize is answered after eight seconds; a client that takes steps gives it up after one. */
    public static final Script INITIALIZE_GIVEN_UP = Script.of("initialize-given-up", Carrier.INITIALIZE)
            .waits()
            .steps("timeout 1000;connect;sleep 500;close")
            .doing("wait until the client gives up")
            .act(() -> turn -> {
                if (turn.calls("initialize")) {
                    turn.hold(Duration.ofSeconds(8));
                }
                return false;
            });

    // ---- failures ----

    /** The first call fails with a status. */
    private static Script failingOnce(String name, int status, Header... headers) {
        return Script.of(name, Carrier.TOOLS_CALL)
                .steps("connect;list;" + ADD + ";sleep 200;" + ADD + ";close")
                .doing("call add_numbers with a = 5 and b = 3, which fails, and once more")
                .act(() -> turn -> {
                    if (turn.calls("tools/call") && turn.before("failed") == 0) {
                        turn.status(status, headers);
                        return true;
                    }
                    return false;
                });
    }

    /** The first call gets 500. */
    public static final Script FAILS_500 = failingOnce("fails-500", 500);

    /** The first call gets 400. */
    public static final Script FAILS_400 = failingOnce("fails-400", 400);

    /** The seconds that {@link #BUSY} asks to wait. */
    public static final int RETRY_AFTER_SECONDS = 2;

    /** The first call gets 503 with Retry-After. */
    public static final Script BUSY = failingOnce(
                    "busy", 503, new Header("Retry-After", String.valueOf(RETRY_AFTER_SECONDS)))
            .waits();

    /** The first call gets 429 with Retry-After. */
    public static final Script TOO_MANY = failingOnce(
                    "too-many", 429, new Header("Retry-After", String.valueOf(RETRY_AFTER_SECONDS)))
            .waits();

    /** The notification that ends the opening is refused. */
    public static final Script INITIALIZED_REFUSED = Script.of("initialized-refused", Carrier.INITIALIZE)
            .act(() -> turn -> {
                if (turn.calls("notifications/initialized")) {
                    turn.status(400);
                    return true;
                }
                return false;
            });

    /** A part of the address that {@link #OVERLOADED} names to who looks for the transport of 2024-11-05. */
    public static final String OLD_TRANSPORT = "kit-old-transport";

    /** Whatever is posted gets 503; a GET after that is answered as a server of 2024-11-05 would. */
    public static final Script OVERLOADED = Script.of("overloaded", Carrier.INITIALIZE)
            .act(() -> {
                var refused = new AtomicBoolean();
                var turned = new AtomicBoolean();
                return turn -> {
                    var target = turn.call().target();
                    if (turn.call().isPost()) {
                        if (target.contains(OLD_TRANSPORT)) {
                            turned.set(true);
                        } else {
                            // A stream that the client opens at the same time comes first, and learns of no address.
                            turn.hold(Duration.ofMillis(300));
                            refused.set(true);
                        }
                        turn.status(503);
                        return true;
                    }
                    if (!refused.get()
                            || !turn.call().isGet()
                            || turn.call().sessionId().isPresent()
                            || !turn.call().header("Accept").orElse("").contains("text/event-stream")) {
                        return false;
                    }
                    turn.stream();
                    turn.reply.write(
                            "event: endpoint\ndata: " + target.split("\\?", 2)[0] + "?" + OLD_TRANSPORT + "=1\n\n");
                    turn.hold(turned::get, Duration.ofMinutes(5));
                    turn.reply.end();
                    return true;
                };
            });

    /** Nobody is let in. */
    public static final Script UNAUTHORIZED = Script.of("unauthorized", Carrier.TOOLS_CALL)
            .act(() -> turn -> {
                if (turn.call().endpoint()) {
                    turn.status(401, new Header("WWW-Authenticate", "Bearer"));
                    return true;
                }
                return false;
            });

    /** The session ends while several calls are made. */
    public static final Script ENDED_IN_PARALLEL = Script.of("ended-in-parallel", Carrier.TOOLS_CALL)
            .steps("connect;list;parallel 5 " + ADD + ";sleep 1000;" + ADD + ";close")
            .doing("call add_numbers with a = 5 and b = 3 several times at once, if the client can")
            .act(() -> {
                var dead = new AtomicReference<String>();
                return turn -> {
                    var id = turn.call().sessionId().orElse(null);
                    if (turn.calls("tools/call") && id != null && dead.compareAndSet(null, id)) {
                        turn.hold(Duration.ofMillis(300));
                        turn.scene().endSession(id);
                    } else if (turn.calls("tools/call") && id != null && id.equals(dead.get())) {
                        turn.hold(() -> !turn.scene().isLive(id), Duration.ofSeconds(2));
                    }
                    return false;
                };
            });

    /** No session lasts until the call of a tool. */
    public static final Script ALWAYS_GONE = Script.of("always-gone", Carrier.TOOLS_CALL)
            .waits()
            .atMost(Duration.ofSeconds(15))
            .steps("connect;list;" + ADD + ";sleep 2000;close")
            .doing("call add_numbers with a = 5 and b = 3, stay connected for two seconds")
            .act(() -> turn -> {
                if (turn.calls("tools/call")) {
                    turn.scene().endAllSessions();
                    turn.notFound();
                    return true;
                }
                return false;
            });

    /** The stream that answers a call ends without the result, and without an id to resume from. */
    public static final Script LOST = Script.of("lost", Carrier.TOOLS_CALL)
            .waits()
            .atMost(Duration.ofSeconds(20))
            .act(() -> turn -> {
                if (turn.calls("tools/call") && turn.before("lost") == 0) {
                    turn.stream();
                    turn.reply.write(": nothing comes\n\n");
                    turn.reply.end();
                    return true;
                }
                return false;
            });

    /** A call is answered as if it were a notification. */
    public static final Script ACCEPTED = Script.of("accepted", Carrier.TOOLS_CALL)
            .waits()
            .atMost(Duration.ofSeconds(20))
            .act(() -> turn -> {
                if (turn.calls("tools/call") && turn.before("accepted") == 0) {
                    turn.status(202);
                    return true;
                }
                return false;
            });

    /** The text of the result that is not the client's. */
    public static final String FOREIGN = "kit-foreign-answer";

    /** A response to somebody else's request comes before that to the client's. */
    public static final Script FOREIGN_RESPONSE = Script.of("foreign-response", Carrier.TOOLS_CALL)
            .steps("connect;list;" + ADD + ";close")
            .act(() -> turn -> {
                if (!turn.calls("tools/call")) {
                    return false;
                }
                var foreign = Json.response("kit-nobody-asked");
                var content = ((tools.jackson.databind.node.ObjectNode) foreign.get("result"))
                        .putArray("content")
                        .addObject();
                content.put("type", "text").put("text", FOREIGN);
                turn.stream();
                turn.reply.write(Events.event(foreign));
                turn.hold(Duration.ofMillis(300));
                turn.reply.write(Events.event(turn.response(turn.toolResult())));
                turn.reply.end();
                return true;
            });

    /** DELETE is never answered. */
    public static final Script DELETE_UNANSWERED = Script.of("delete-unanswered", Carrier.TOOLS_CALL)
            .waits()
            .atMost(Duration.ofSeconds(25))
            .act(() -> turn -> {
                if (turn.call().endpoint() && turn.call().isDelete()) {
                    turn.hold(Duration.ofMinutes(5));
                    return true;
                }
                return false;
            });

    // ---- 2026-07-28 ----

    /** Tools, resources and prompts, some with names that need encoding. */
    public static final Script NAMES = Script.of("names", Carrier.STANDARD_HEADERS);

    /** Tools with parameters that are to be mirrored. */
    public static final Script MIRRORED = Script.of("mirrored", Carrier.CUSTOM_HEADERS);

    /** Tools whose annotations are broken, beside one that is not. */
    public static final Script INVALID_TOOLS = Script.of("invalid-tools", Carrier.INVALID_TOOLS);

    /** The first request is refused for its revision, of which the server then says that it speaks it. */
    public static final Script REFUSED_ONCE = Script.of("refused-once", Carrier.REQUEST_METADATA)
            .act(() -> turn -> {
                if (turn.call().endpoint()
                        && turn.call().isRequest()
                        && turn.call().isModern()
                        && turn.before("refused") == 0) {
                    turn.unsupportedVersion(List.of(turn.revision().wire()));
                    return true;
                }
                return false;
            });

    /** Every request is refused, since the server speaks a revision of the other era. */
    public static final Script ONLY_OLD = Script.of("only-old", Carrier.TOOLS_CALL)
            .act(() -> turn -> {
                if (turn.call().endpoint()
                        && turn.call().isPost()
                        && turn.call().isModern()) {
                    turn.unsupportedVersion(List.of("2025-11-25"));
                    return true;
                }
                return false;
            })
            .legacyServer();

    /** The call of a tool is refused since its headers do not match. */
    public static final Script MISMATCH = Script.of("mismatch", Carrier.TOOLS_CALL)
            .act(() -> turn -> {
                if (turn.calls("tools/call") && turn.before("mismatch") == 0) {
                    turn.error(400, -32020, "Header mismatch: Mcp-Param-Region is missing");
                    return true;
                }
                return false;
            });

    /** A server with sessions, which refuses what has none with an error of its own. */
    public static final Script OLD_SERVER =
            Script.of("old-server", Carrier.TOOLS_CALL).legacyServer();

    private static Script oldServer(String name, int status) {
        return Script.of(name, Carrier.TOOLS_CALL).legacyServer().act(() -> turn -> {
            if (turn.call().endpoint() && turn.call().isPost() && turn.call().isModern()) {
                turn.status(status);
                return true;
            }
            return false;
        });
    }

    /** The same, which refuses with 400 and nothing else. */
    public static final Script OLD_SERVER_EMPTY_400 = oldServer("old-server-empty-400", 400);

    /** The same, which refuses with 404. */
    public static final Script OLD_SERVER_404 = oldServer("old-server-404", 404);

    /** The result of a call is of a type that nobody knows. */
    public static final Script UNKNOWN_RESULT_TYPE = Script.of("unknown-result-type", Carrier.TOOLS_CALL)
            .steps("connect;list;" + ADD + ";close")
            .act(() -> turn -> {
                if (turn.calls("tools/call")) {
                    turn.result(turn.toolResult().put("resultType", "banana"));
                    return true;
                }
                return false;
            });

    /** Replies carry a session id, and events carry ids, although neither is part of the revision. */
    public static final Script RELICS = Script.of("relics", Carrier.SSE_RETRY)
            .waits()
            .atMost(Duration.ofSeconds(12))
            .act(() -> turn -> {
                if (!turn.call().endpoint() || !turn.call().isRequest()) {
                    return false;
                }
                var id = new Header("Mcp-Session-Id", "kit-relic");
                if (turn.calls("tools/call")) {
                    turn.stream(id);
                    turn.reply.write(Events.event("kit-1", 100, ""));
                    turn.reply.end();
                    return true;
                }
                if (turn.calls("tools/list")) {
                    turn.listTools(id);
                    return true;
                }
                return false;
            });

    /** A request of the server comes in the answer to a call, which the revision does not allow. */
    public static final Script MODERN_PING = Script.of("modern-ping", Carrier.TOOLS_CALL)
            .act(() -> turn -> {
                if (!turn.calls("tools/call")) {
                    return false;
                }
                turn.stream();
                turn.reply.write(Events.event(Json.request(PING_ID, "ping")));
                turn.hold(Duration.ofMillis(500));
                turn.reply.write(Events.event(turn.response(turn.toolResult())));
                turn.reply.end();
                return true;
            });

    /** The state that {@link #INPUT_REQUIRED} hands out; not to be understood, and not to be changed. */
    public static final String STATE = "{ \"nonce\" : \"7Yk/+=\", \"b\":1, \"a\": 2 }  ";

    /** Calls ask back: with a state, and without. */
    public static final Script INPUT_REQUIRED = Script.of("input-required", Carrier.INPUT_REQUIRED)
            .act(() -> turn -> {
                var params = turn.call().params();
                var name = params.path("name").asString("");
                boolean withState = name.equals("test_mrtr_echo_state");
                if (!turn.calls("tools/call")
                        || !withState && !name.equals("test_mrtr_no_state")
                        || params.has("inputResponses")
                        || params.has("requestState")) {
                    return false;
                }
                boolean asks = params.path("_meta")
                        .path("io.modelcontextprotocol/clientCapabilities")
                        .has("elicitation");
                if (!asks && !withState || turn.before(name) > 2) {
                    return false;
                }
                var result = Json.object().put("resultType", "input_required");
                if (asks) {
                    var ask = result.putObject("inputRequests")
                            .putObject("confirm")
                            .put("method", "elicitation/create");
                    var schema = ask.putObject("params")
                            .put("mode", "form")
                            .put("message", "Please confirm")
                            .putObject("requestedSchema");
                    schema.put("type", "object")
                            .putObject("properties")
                            .putObject("confirmed")
                            .put("type", "boolean")
                            .put("default", true);
                }
                if (withState) {
                    result.put("requestState", STATE);
                }
                turn.result(result);
                return true;
            });

    /** All of them, in the order in which they stand here. */
    public static List<Script> all() {
        return List.of(
                PLAIN,
                EVENTS,
                EVERY_SIGN,
                ENDED_AT_CALL,
                ANEW,
                SLOW_INITIALIZE,
                UNKNOWN_VERSION,
                NO_DELETE,
                LOWER_CASE,
                UPPER_CASE,
                REDIRECT,
                OTHER_ID_LATER,
                EVENT_FORMS,
                CR_LINES,
                TOKEN,
                PARALLEL,
                FOREIGN_TEXT,
                NOTIFICATIONS,
                PING,
                CUT,
                NO_GET,
                GET_FAILS,
                GET_ENDS,
                NEVER_ANSWERED,
                INITIALIZE_GIVEN_UP,
                FAILS_500,
                FAILS_400,
                BUSY,
                OVERLOADED,
                UNAUTHORIZED,
                ENDED_IN_PARALLEL,
                ALWAYS_GONE,
                LOST,
                ACCEPTED,
                FOREIGN_RESPONSE,
                DELETE_UNANSWERED,
                NAMES,
                MIRRORED,
                INVALID_TOOLS,
                REFUSED_ONCE,
                ONLY_OLD,
                MISMATCH,
                OLD_SERVER,
                OLD_SERVER_EMPTY_400,
                OLD_SERVER_404,
                UNKNOWN_RESULT_TYPE,
                RELICS,
                MODERN_PING,
                INPUT_REQUIRED);
    }
}
