package dev.mcpsession.server.fuzz;

import java.util.SplittableRandom;

/** Makes up JSON, as text, since much of what is wanted is no JSON or no longer quite. */
final class Json {

    private static final String[] NUMBERS = {
        "0",
        "1",
        "-1",
        "-0",
        "2147483648",
        "9007199254740993",
        "1.5",
        "1e3",
        "1E400",
        "-1e-400",
        "123456789012345678901234567890",
        "9".repeat(1_200),
        "01",
        "+1",
        ".5",
        "0x10",
        "NaN",
        "-Infinity"
    };

    private static final String[] STRINGS = {
        "",
        " ",
        "2.0",
        "ping",
        "null",
        "\\u0000",
        "\\ud800",
        "\\udc00\\ud800",
        "\\u00e9\u00e9",
        "\u2028",
        "\uD83D\uDE00",
        "\\\"",
        "\\\\",
        "\\/",
        "\\x",
        "\t",
        "..",
        "__proto__",
        "x".repeat(9_000),
        "%00",
        "=?base64?cGluZw==?=",
        "2025-11-25",
        "2026-07-28"
    };

    private static final String[] KEYS = {
        "id",
        "method",
        "params",
        "jsonrpc",
        "result",
        "error",
        "name",
        "arguments",
        "_meta",
        "cursor",
        "protocolVersion",
        "capabilities",
        "clientInfo",
        "requestId",
        "progressToken",
        "__proto__",
        "constructor",
        "",
        "io.modelcontextprotocol/protocolVersion",
        "\\u0069d",
        "\u00fc"
    };

    private static final int MAX_DEPTH = 4;

    private final SplittableRandom random;

    Json(SplittableRandom random) {
        this.random = random;
    }

    /** Any value. */
    String value() {
        return value(0);
    }

    private String value(int depth) {
        int kind = random.nextInt(depth < MAX_DEPTH ? 12 : 8);
        return switch (kind) {
            case 0 -> "null";
            case 1 -> "true";
            case 2 -> "false";
            case 3, 4 -> one(NUMBERS);
            case 5, 6, 7 -> string();
            case 8, 9 -> array(depth);
            case 10 -> object(depth);
            default -> nested();
        };
    }

    private String string() {
        return '"' + one(STRINGS) + '"';
    }

    private String array(int depth) {
        var text = new StringBuilder("[");
        int size = random.nextInt(4);
        for (int i = 0; i < size; i++) {
            text.append(i == 0 ? "" : ",").append(value(depth + 1));
        }
        return text.append(']').toString();
    }

    private String object(int depth) {
        var text = new StringBuilder("{");
        int size = random.nextInt(4);
        for (int i = 0; i < size; i++) {
            text.append(i == 0 ? "" : ",")
                    .append('"')
                    .append(one(KEYS))
                    .append("\":")
                    .append(value(depth + 1));
        }
        return text.append('}').toString();
    }

    private String nested() {
        int depth = random.nextInt(10) == 0 ? random.nextInt(20_000) : random.nextInt(50);
        return random.nextBoolean()
                ? "[".repeat(depth) + "]".repeat(depth)
                : "{\"a\":".repeat(depth) + "1" + "}".repeat(depth);
    }

    /** The text, mostly, or now and then something else in its place. */
    String or(String text) {
        return random.nextInt(8) == 0 ? value() : text;
    }

    /** An object with these members, now and then one of them missing, doubled, or with another name or value. */
    String object(String... namesAndValues) {
        var text = new StringBuilder("{");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            int times = switch (random.nextInt(24)) {
                case 0 -> 0;
                case 1 -> 2;
                default -> 1;
            };
            for (int n = 0; n < times; n++) {
                var name = random.nextInt(24) == 0 ? one(KEYS) : namesAndValues[i];
                text.append(text.length() == 1 ? "" : ",")
                        .append('"')
                        .append(name)
                        .append("\":")
                        .append(or(namesAndValues[i + 1]));
            }
        }
        return text.append('}').toString();
    }

    private String one(String[] choices) {
        return choices[random.nextInt(choices.length)];
    }
}
