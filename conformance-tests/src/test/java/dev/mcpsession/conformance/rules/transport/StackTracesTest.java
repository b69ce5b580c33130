package dev.mcpsession.conformance.rules.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StackTracesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "java.io.IOException: no\n\tat org.example.Server$1.read(Server.java:17)\n\t... 3 more",
                "{\"error\":\"no\\n\\tat java.base/java.lang.Thread.run(Thread.java:840)\"}",
                "{\"message\":\"no\",\"stackTrace\" : [ {\"className\":\"Server\"}]}",
                "Traceback (most recent call last):\n  File \"server.py\", line 3",
                "Error: no\n    at handle (/srv/app/node_modules/express/lib/router/index.js:284:15)",
                "<pre>SyntaxError: no<br> &nbsp; &nbsp;at JSON.parse (&lt;anonymous&gt;)<br>at parse "
                        + "(/srv/body-parser/json.js:92:19)",
                "panic: no\n\ngoroutine 18 [running]:\nmain.main()",
                "thread 'main' panicked\nstack backtrace:\n   0: rust_begin_unwind",
                "   at Server.Handle(Request r) in /src/Server.cs:line 12",
                "app.rb:12:in 'handle'",
                "#0 /srv/index.php(12): handle()"
            })
    void isFound(String text) {
        assertTrue(StackTraces.find(text).isPresent());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"Parse error at line 1, "
                        + "column 22\"}}",
                "{\"stackTrace\":[]}",
                "Unexpected token at position 3 (see https://example.com/errors.html:80)",
                "Not found at http://127.0.0.1:8080/mcp",
                "1 validation error for union[JSONRPCRequest,JSONRPCNotification]"
            })
    void isNotSeenWhereThereIsNone(String text) {
        assertEquals(Optional.empty(), StackTraces.find(text));
    }
}
