package dev.mcpsession.conformance.clients.trace;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.StringNode;

/**
 * Takes credentials out of traces. Each keeps a name of its own, so that it can still be seen whether two requests
 * carried the same one. Session ids stay: rules compare them sign by sign.
 */
public final class Masking {
    private static final Set<String> CREDENTIALS = Set.of(
            "authorization",
            "proxy-authorization",
            "cookie",
            "set-cookie",
            "x-api-key",
            "api-key",
            "x-auth-token",
            "www-authenticate-token");
    private static final Pattern NAME = Pattern.compile(".*(token|secret|password|api-?key|credential).*");
    private static final Pattern QUERY = Pattern.compile(
            "(?i)([?&][^=&#]*(?:token|secret|password|key|code|sig|signature|auth)[^=&#]*=)([^&#\\s\"\\\\]+)");
    private static final int SHORTEST_SECRET = 4;

    /** Shorter words in cookies and query strings may be anything: settings, say. */
    private static final int SHORTEST_WORD = 8;

    /** Common words, small numbers and dates are no secrets: they stand in other places by chance. */
    private static final Pattern COMMON =
            Pattern.compile("true|false|null|undefined|[-+.0-9eE]{1,7}|[0-9]{4}-[0-9]{2}-[0-9]{2}");

    /** Arguments of tools in headers, whose names say nothing of credentials: Max-Tokens, say. */
    private static final String PARAMETER = "mcp-param-";

    /** Words of the protocol, which no credential is part of. */
    private static final Set<String> PROTOCOL_HEADERS =
            Set.of("mcp-protocol-version", "mcp-method", "content-type", "accept");

    private static final Pattern PROTOCOL_MEMBER = Pattern.compile("jsonrpc|method|(.*/)?protocolVersion");
    private static final Pattern WORD = Pattern.compile("[A-Za-z/_.-]*");
    private static final Pattern SENTINEL = Pattern.compile("=\\?base64\\?(.*)\\?=");

    private final Map<String, String> names = new HashMap<>();
    private final Secrets secrets = new Secrets();

    /** Header fields, for a report: the values of credentials are gone. */
    public static List<Header> headers(List<Header> headers) {
        return headers.stream()
                .map(h -> isCredential(h.name()) ? new Header(h.name(), "***") : h)
                .toList();
    }

    /** Whether a header of that name holds a credential. */
    public static boolean isCredential(String name) {
        var lower = name.toLowerCase(Locale.ROOT);
        return CREDENTIALS.contains(lower) || NAME.matcher(lower).matches() && !lower.startsWith(PARAMETER);
    }

    /** The trace without the credentials in its headers, wherever they show up, and without those in query strings. */
    public Trace mask(Trace trace) {
        for (var call : trace.calls()) {
            for (var headers : List.of(call.headers(), call.replyHeaders())) {
                headers.stream()
                        .filter(h -> isCredential(h.name()))
                        .forEach(h -> secrets(h).forEach(this::secret));
            }
        }
        return new Trace(
                trace.calls().stream().map(this::mask).toList(),
                trace.outcome()
                        .map(o -> new Outcome(
                                o.status(),
                                o.timedOut(),
                                text(o.output()),
                                o.endedAt(),
                                o.failure().map(this::text))),
                trace.oddities().stream().map(this::text).toList(),
                trace.whole(),
                trace.rounding());
    }

    /** The part behind a scheme such as Bearer; in cookies, each value, but not the attributes beside it. */
    private static List<String> secrets(Header header) {
        var value = header.value().strip();
        var name = header.name().toLowerCase(Locale.ROOT);
        if (name.contains("cookie")) {
            return Arrays.stream(value.split(";"))
                    .limit(name.startsWith("set-") ? 1 : Long.MAX_VALUE)
                    .map(pair -> pair.substring(pair.indexOf('=') + 1).strip())
                    .filter(Masking::isTelling)
                    .toList();
        }
        int blank = value.lastIndexOf(' ');
        // A sentence in a header that is known by a part of its name alone ends with no secret.
        boolean sentence = blank != value.indexOf(' ') && !CREDENTIALS.contains(name);
        return List.of(sentence ? value : value.substring(blank + 1));
    }

    /** The name of a value that is looked for in other places too. */
    private String secret(String value) {
        var name = name(value);
        if (!COMMON.matcher(value).matches()) {
            secrets.add(value, name);
        }
        return name;
    }

    private String name(String value) {
        return names.computeIfAbsent(value, v -> "masked-" + (names.size() + 1));
    }

    private Call mask(Call c) {
        return new Call(
                c.number(),
                c.connection(),
                c.endpoint(),
                c.method(),
                text(c.target()),
                fields(c.headers()),
                body(c.body()),
                c.beganAt(),
                c.arrivedAt(),
                c.status(),
                fields(c.replyHeaders()),
                c.isStream() ? stream(c.reply()) : body(c.reply()),
                c.events().stream()
                        .map(e -> new Sent(e.at(), e.id().map(this::text), e.retryMillis(), body(e.data())))
                        .toList(),
                c.answeredAt(),
                c.endedAt(),
                c.ending());
    }

    private List<Header> fields(List<Header> headers) {
        return headers.stream()
                .map(h -> new Header(h.name(), isCredential(h.name()) ? credential(h) : field(h)))
                .toList();
    }

    /** The value of another header, also where it is the Base64 of a text that stands in the message too. */
    private String field(Header header) {
        if (PROTOCOL_HEADERS.contains(header.name().toLowerCase(Locale.ROOT))) {
            return header.value();
        }
        var sentinel = SENTINEL.matcher(header.value());
        if (sentinel.matches()) {
            try {
                var plain = new String(Base64.getDecoder().decode(sentinel.group(1)), StandardCharsets.UTF_8);
                var masked = text(plain);
                return masked.equals(plain)
                        ? header.value()
                        : "=?base64?" + Base64.getEncoder().encodeToString(masked.getBytes(StandardCharsets.UTF_8))
                                + "?=";
            } catch (IllegalArgumentException e) {
                // It is none.
            }
        }
        return text(header.value());
    }

    private String credential(Header header) {
        var value = header.value().strip();
        int blank = value.indexOf(' ');
        boolean cookie = header.name().toLowerCase(Locale.ROOT).contains("cookie");
        var scheme = !cookie && blank > 0 && value.substring(0, blank).matches("[A-Za-z][A-Za-z0-9-]*")
                ? value.substring(0, blank + 1)
                : "";
        return scheme + name(value.substring(scheme.length()));
    }

    private Body body(Body body) {
        var masked = body.json().isPresent() ? json(body.text()) : text(body.text());
        return masked.equals(body.text()) ? body : body.withText(masked);
    }

    /** The text of an event stream, whose data may be JSON. */
    private Body stream(Body body) {
        var masked = LINE.matcher(body.text()).replaceAll(m -> {
            var data = m.group(2);
            return Matcher.quoteReplacement(m.group(1) + (Json.read(data).isPresent() ? json(data) : text(data)));
        });
        return masked.equals(body.text()) ? body : body.withText(masked);
    }

    private static final Pattern LINE = Pattern.compile("(?m)^(data: ?|)(.*)$");

    /**
     * JSON with the secrets replaced in its strings, and all else as it was: a number that has the digits of a secret
     * stays one, and the words of the protocol stay what they are.
     */
    private String json(String text) {
        var masked = new StringBuilder(text.length());
        int done = 0;
        var member = "";
        for (int from = text.indexOf('"'); from >= 0; ) {
            int until = end(text, from);
            var literal = text.substring(from, until);
            var plain = literal.indexOf('\\') < 0
                    ? literal.substring(1, literal.length() - 1)
                    : Json.parse(literal).asString();
            boolean isName = isColonNext(text, until);
            var other = isName ? member(plain) : PROTOCOL_MEMBER.matcher(member).matches() ? plain : text(plain);
            if (!other.equals(plain)) {
                masked.append(text, done, from).append(StringNode.valueOf(other));
                done = until;
            }
            member = isName ? plain : "";
            from = text.indexOf('"', until);
        }
        return done == 0 ? text : masked.append(text, done, text.length()).toString();
    }

    /** The name of a member. A secret in it may stand for a value; a word hardly does. */
    private String member(String name) {
        return WORD.matcher(name).matches() ? name : text(name);
    }

    /** Where the string that begins there ends, in JSON. */
    private static int end(String json, int from) {
        int at = from + 1;
        while (json.charAt(at) != '"') {
            at += json.charAt(at) == '\\' ? 2 : 1;
        }
        return at + 1;
    }

    private static boolean isColonNext(String json, int from) {
        int at = from;
        while (at < json.length() && json.charAt(at) <= ' ') {
            at++;
        }
        return at < json.length() && json.charAt(at) == ':';
    }

    private String text(String text) {
        return QUERY.matcher(secrets.replaceIn(text)).replaceAll(m -> {
            var value = m.group(2);
            return Matcher.quoteReplacement(m.group(1) + (isTelling(value) ? secret(value) : name(value)));
        });
    }

    private static boolean isTelling(String value) {
        return value.length() >= SHORTEST_WORD || !WORD.matcher(value).matches();
    }

    /**
     * The secrets to replace in a text in one pass, however many there are: servers may set another cookie with each
     * reply.
     */
    private static final class Secrets {
        private final Map<String, String> names = new HashMap<>();

        /** Their lengths by how they begin, the longest first. */
        private final Map<String, TreeSet<Integer>> lengths = new HashMap<>();

        /** Whether any begins with a pair of characters, or with another that falls on the same bit. */
        private final BitSet beginnings = new BitSet(1 << 16);

        void add(String secret, String name) {
            // What is as short as that stands in texts by chance, and to replace it would garble them.
            if (secret.length() >= SHORTEST_SECRET && names.putIfAbsent(secret, name) == null) {
                lengths.computeIfAbsent(
                                secret.substring(0, SHORTEST_SECRET), start -> new TreeSet<>(Comparator.reverseOrder()))
                        .add(secret.length());
                beginnings.set(bit(secret, 0));
            }
        }

        private static int bit(String text, int at) {
            return (text.charAt(at) << 8 ^ text.charAt(at + 1)) & 0xffff;
        }

        String replaceIn(String text) {
            StringBuilder masked = null;
            int done = 0;
            for (int i = 0; i + SHORTEST_SECRET <= text.length(); i++) {
                var secret = beginnings.get(bit(text, i)) ? at(text, i) : null;
                if (secret != null) {
                    masked = masked == null ? new StringBuilder(text.length()) : masked;
                    masked.append(text, done, i).append(names.get(secret));
                    done = i + secret.length();
                    i = done - 1;
                }
            }
            return masked == null
                    ? text
                    : masked.append(text, done, text.length()).toString();
        }

        /** The longest secret that stands there; null where none does. */
        private @Nullable String at(String text, int from) {
            for (int length : lengths.getOrDefault(text.substring(from, from + SHORTEST_SECRET), NONE)) {
                if (from + length <= text.length() && names.containsKey(text.substring(from, from + length))) {
                    return text.substring(from, from + length);
                }
            }
            return null;
        }

        private static final TreeSet<Integer> NONE = new TreeSet<>();
    }
}
