package dev.mcpsession.conformance.clients.stage;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
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
    public static final Script EVERY_SIGN = Script.of("every-sign", Carrier.TOOLS_CALL).ids(Scripts::everySign);

    private static String everySign() {
        var signs = new StringBuilder();
        for (char c = 0x21; c <= 0x7e; c++) {
            signs.append(c);
        }
        return signs.toString();
    }

    /** The session ends at the first call of a tool. */
    public static final Script ENDED_AT_CALL = Script.of("ended-at-call", Carrier.TOOLS_CALL)
            .steps("connect;list;" + ADD + ";" + ADD + ";sleep 300;list;" + ADD + ";close")
            .act(() -> {
                var done = new AtomicBoolean();
                return turn -> {
                    if (turn.calls("tools/call") && turn.call().sessionId().isPresent() && done.compareAndSet(false, true)) {
                        turn.scene().endSession(turn.call().sessionId().get());
                    }
                    return false;
                };
            });

    /** The reply to {@code initialize} is held back for a second. */
    public static final Script SLOW_INITIALIZE = Script.of("slow-initialize", Carrier.INITIALIZE).act(() -> turn -> {
        if (turn.calls("initialize")) {
            turn.hold(Duration.ofSeconds(1));
        }
        return false;
    });

    /** The server speaks a revision that nobody knows. */
    public static final Script UNKNOWN_VERSION = Script.of("unknown-version", Carrier.INITIALIZE).version("1999-01-01");

    /** DELETE is not offered. */
    public static final Script NO_DELETE = Script.of("no-delete", Carrier.TOOLS_CALL).act(() -> turn -> {
        if (turn.call().endpoint() && turn.call().isDelete()) {
            turn.status(405, new Header("Allow", "GET, POST"));
            return true;
        }
        return false;
    });

    /** Names of headers in lower case. */
    public static final Script LOWER_CASE = Script.of("lower-case", Carrier.INITIALIZE).idHeader("mcp-session-id");

    /** Names of headers in upper case. */
    public static final Script UPPER_CASE = Script.of("upper-case", Carrier.INITIALIZE).idHeader("MCP-SESSION-ID");

    /** Calls of tools are redirected to another origin. */
    public static final Script REDIRECT = Script.of("redirect", Carrier.TOOLS_CALL).token().act(() -> turn -> {
        if (turn.calls("tools/call")) {
            turn.status(307, new Header("Location", turn.otherOrigin()));
            return true;
        }
        return false;
    });

    /** The reply to {@code tools/list} brings another session id, which is as good as the first. */
    public static final Script OTHER_ID_LATER = Script.of("other-id-later", Carrier.TOOLS_CALL).act(() -> turn -> {
        if (turn.calls("tools/list")) {
            turn.listTools(new Header("Mcp-Session-Id", turn.anotherSession()));
            return true;
        }
        return false;
    });
}
