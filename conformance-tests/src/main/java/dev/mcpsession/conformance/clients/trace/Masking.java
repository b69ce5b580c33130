package dev.mcpsession.conformance.clients.trace;

import dev.mcpsession.conformance.protocol.Header;
import java.util.ArrayList;
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
            "(?i)([?&][^=&#]*(?:token|secret|password|key|code|sig|signature|auth)[^=&#]*=)([^&#\\s\"]+)");
    private static final int SHORTEST_SECRET = 4;

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
        return CREDENTIALS.contains(lower) || NAME.matcher(lower).matches();
    }

    /** The trace without the credentials in its headers, wherever they show up, and without those in query strings. */
    public Trace mask(Trace trace) {
        for (var call : trace.calls()) {
            for (var headers : List.of(call.headers(), call.replyHeaders())) {
                headers.stream()
                        .filter(h -> isCredential(h.name()))
                        .forEach(h -> secrets(h).forEach(this::name));
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

    /** The part behind a scheme such as Bearer; in cookies, each value. */
    private static List<String> secrets(Header header) {
        var value = header.value().strip();
        var found = new ArrayList<String>();
        if (header.name().toLowerCase(Locale.ROOT).contains("cookie")) {
            for (var pair : value.split(";")) {
                found.add(pair.substring(pair.indexOf('=') + 1).strip());
            }
        } else {
            found.add(value.substring(value.lastIndexOf(' ') + 1));
        }
        return found.stream().filter(s -> s.length() >= SHORTEST_SECRET).toList();
    }

    private String name(String secret) {
        return names.computeIfAbsent(secret, s -> {
            var name = "masked-" + (names.size() + 1);
            secrets.add(s, name);
            return name;
        });
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
                body(c.reply()),
                c.events().stream()
                        .map(e -> new Sent(e.at(), e.id(), e.retryMillis(), body(e.data())))
                        .toList(),
                c.answeredAt(),
                c.endedAt(),
                c.ending());
    }

    private List<Header> fields(List<Header> headers) {
        return headers.stream()
                .map(h -> new Header(h.name(), isCredential(h.name()) ? credential(h) : text(h.value())))
                .toList();
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
        var masked = text(body.text());
        return masked.equals(body.text()) ? body : body.withText(masked);
    }

    private String text(String text) {
        return QUERY.matcher(secrets.replaceIn(text))
                .replaceAll(m -> Matcher.quoteReplacement(m.group(1) + name(m.group(2))));
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
