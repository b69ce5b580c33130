package dev.mcpsession.conformance.target;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Text;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the secrets that the kit was given in text, and masks them: as they are, in any case, percent-encoded, as JSON
 * escapes them, and in Base64. Where text was cut, the part of a secret that is left at the cut is masked too.
 */
final class Secrets {
    static final String MASK = "***";

    /** A shorter text is no secret, and shows up everywhere. */
    private static final int SHORTEST = 4;

    /** A value of a query that is shorter is more likely a word than a key. */
    private static final int SHORTEST_IN_QUERY = 8;

    /** Less of the Base64 of a secret would be found by chance. */
    private static final int SHORTEST_BASE64 = 6;

    private static final char CUT = '…';

    /** The number of characters of ASCII, which most texts are made of. */
    private static final int ASCII = 128;

    /** In any encoding one character of a secret takes at most so many: those of a Unicode escape. */
    private static final int LONGEST_CHARACTER = 6;

    /** Of JSON in JSON in JSON in JSON; many more that follow each other escape nothing. */
    private static final int MOST_BACKSLASHES = 15;

    /** The longest first, since one may contain another. */
    private final List<String> texts;

    private final int longest;

    /** The ASCII characters that a secret can begin with, however it is written. */
    private final BitSet beginnings = new BitSet(ASCII);

    private Secrets(Collection<String> given) {
        var all = new LinkedHashSet<String>();
        given.forEach(secret -> {
            all.add(secret);
            addBase64(secret, all);
        });
        texts = all.stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
        longest = texts.isEmpty() ? 0 : texts.get(0).length();
        beginnings.set('%');
        beginnings.set('\\');
        for (var text : texts) {
            for (char c = 0; c < ASCII; c++) {
                if (next(String.valueOf(c), 0, text.charAt(0)) >= 0) {
                    beginnings.set(c);
                }
            }
        }
    }

    /**
     * The secrets in headers, in the authorization for a proxy, and in the query of a URL.
     *
     * @param proxyAuthorization null where there is none
     */
    static Secrets in(List<Header> headers, @Nullable String proxyAuthorization, URI uri) {
        var found = new LinkedHashSet<String>();
        headers.forEach(h -> addHeader(h.name(), h.value(), found));
        if (proxyAuthorization != null) {
            addHeader("Proxy-Authorization", proxyAuthorization, found);
        }
        if (uri.getRawQuery() != null) {
            for (var pair : uri.getRawQuery().split("&")) {
                var value = decoded(pair.substring(pair.indexOf('=') + 1));
                if (value.length() >= SHORTEST_IN_QUERY) {
                    found.add(value);
                }
            }
        }
        if (uri.getUserInfo() != null) {
            addPassword(uri.getUserInfo(), found);
        }
        return new Secrets(found);
    }

    private static String decoded(String value) {
        try {
            return URLDecoder.decode(value, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return value;
        }
    }

    private static void addHeader(String name, String value, Set<String> found) {
        if (name.toLowerCase(Locale.ROOT).contains("cookie")) {
            for (var pair : value.split(";")) {
                add(pair.substring(pair.indexOf('=') + 1), found);
            }
            return;
        }
        // "Bearer abc": the part behind the scheme is the secret, wherever it shows up.
        var stripped = value.strip();
        var secret = stripped.substring(stripped.lastIndexOf(' ') + 1);
        add(secret, found);
        if (stripped.regionMatches(true, 0, "Basic ", 0, 6)) {
            try {
                addPassword(new String(Base64.getDecoder().decode(secret), StandardCharsets.UTF_8), found);
            } catch (IllegalArgumentException e) {
                // No Base64, so no password in it.
            }
        }
    }

    private static void addPassword(String nameAndPassword, Set<String> found) {
        add(nameAndPassword, found);
        add(nameAndPassword.substring(nameAndPassword.indexOf(':') + 1), found);
    }

    private static void add(String value, Set<String> found) {
        var secret = value.strip();
        if (secret.length() >= SHORTEST) {
            found.add(secret);
        }
    }

    /** The part of a text that shows in Base64, wherever it stands in the text that is encoded. */
    private static void addBase64(String secret, Set<String> all) {
        var bytes = secret.getBytes(StandardCharsets.UTF_8);
        for (int before = 0; before < 3; before++) {
            var shifted = new byte[before + bytes.length];
            System.arraycopy(bytes, 0, shifted, before, bytes.length);
            // The first and the last sign may hold bits of what stands beside the secret.
            int from = (before * 8 + 5) / 6;
            int to = shifted.length * 8 / 6;
            if (to - from >= SHORTEST_BASE64) {
                for (var encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
                    all.add(encoder.withoutPadding().encodeToString(shifted).substring(from, to));
                }
            }
        }
    }

    /** The text with every secret masked. */
    String mask(String text) {
        return texts.isEmpty() ? text : masked(text, Integer.MAX_VALUE);
    }

    /** The beginning of the masked text, with "…" where something is left out. */
    String excerpt(String text, int most) {
        if (texts.isEmpty()) {
            return Text.cut(text, most);
        }
        // A mask is short, and what it hides may be long: so much more has to be looked at.
        long window = (most / MASK.length() + 2L) * (longest + 1) * LONGEST_CHARACTER;
        var some = text.length() <= window ? text : Text.cut(text, (int) Math.min(window, Integer.MAX_VALUE - 1));
        return Text.cut(masked(some, most), most);
    }

    /** @param enough the number of characters after which the rest is not wanted */
    private String masked(String text, int enough) {
        StringBuilder masked = null;
        int copied = 0;
        boolean cut = text.indexOf(CUT) >= 0;
        for (int i = 0; i < text.length(); ) {
            char c = text.charAt(i);
            // Nearly every character is passed over here.
            if (!cut && c < ASCII && !beginnings.get(c)) {
                i++;
                continue;
            }
            int end = end(text, i);
            if (end < 0) {
                i++;
                continue;
            }
            if (masked == null) {
                masked = new StringBuilder();
            }
            masked.append(text, copied, i).append(MASK);
            i = end;
            copied = end;
            if (masked.length() > enough) {
                break;
            }
        }
        return masked == null
                ? text
                : masked.append(text, copied, text.length()).toString();
    }

    /** Where the secret ends that begins at a place; -1 where none does. */
    private int end(String text, int at) {
        for (var secret : texts) {
            int end = end(text, at, secret, 0);
            if (end >= 0) {
                return end;
            }
        }
        return text.charAt(at) != CUT && isBehindCut(text, at) ? endOfRest(text, at) : -1;
    }

    /** Whether text was cut off before a place, or just before it, where the cut may have left a part of an escape. */
    private static boolean isBehindCut(String text, int at) {
        for (int i = at - 1; i >= Math.max(0, at - LONGEST_CHARACTER); i--) {
            if (text.charAt(i) == CUT) {
                return true;
            }
        }
        return false;
    }

    /** As {@link #end(String, int)}, for one secret from a place in it on, of which the rest may be cut off. */
    private static int end(String text, int at, String secret, int from) {
        int i = at;
        for (int j = from; j < secret.length(); j++) {
            int cut = j - from >= SHORTEST ? cutAt(text, i) : -1;
            if (cut >= 0) {
                return cut;
            }
            int next = next(text, i, secret.charAt(j));
            if (next < 0) {
                return -1;
            }
            i = next;
        }
        return i;
    }

    /** Where text is cut off, at a place or in the escape that begins there; -1 where it goes on. */
    private static int cutAt(String text, int at) {
        if (at >= text.length()) {
            return -1;
        }
        char c = text.charAt(at);
        if (c == CUT) {
            return at;
        }
        if (c == '%' || c == '\\') {
            for (int i = at + 1; i < Math.min(text.length(), at + LONGEST_CHARACTER); i++) {
                if (text.charAt(i) == CUT) {
                    return i;
                }
            }
        }
        return -1;
    }

    /** Where the rest of a secret ends whose beginning was cut off; -1 where there is none. */
    private int endOfRest(String text, int at) {
        for (var secret : texts) {
            for (int from = 1; from <= secret.length() - SHORTEST; from++) {
                int end = end(text, at, secret, from);
                if (end >= 0) {
                    return end;
                }
            }
        }
        return -1;
    }

    /** Where a character of a secret ends in a text, however it is written; -1 where another stands there. */
    private static int next(String text, int at, char wanted) {
        if (at >= text.length()) {
            return -1;
        }
        char c = text.charAt(at);
        if (same(c, wanted) || c == '+' && wanted == ' ') {
            return at + 1;
        }
        if (c == '%' && wanted < 0x80) {
            return same(hex(text, at + 1, 2), wanted) ? at + 3 : -1;
        }
        if (c == '%') {
            return percents(text, at, wanted);
        }
        if (c != '\\') {
            return -1;
        }
        int i = at;
        while (i < Math.min(text.length(), at + MOST_BACKSLASHES) && text.charAt(i) == '\\') {
            // More than one where JSON is escaped in JSON.
            i++;
        }
        if (i == text.length()) {
            return -1;
        }
        char escaped = text.charAt(i);
        if (escaped == 'u' && same(hex(text, i + 1, 4), wanted)) {
            return i + 5;
        }
        return same(escaped, wanted) ? i + 1 : -1;
    }

    /** As {@link #next}, for a character that is more than one byte; one that is half of a pair is not looked for. */
    private static int percents(String text, int at, char wanted) {
        int i = at;
        for (byte b : String.valueOf(wanted).getBytes(StandardCharsets.UTF_8)) {
            if (i >= text.length() || text.charAt(i) != '%' || hex(text, i + 1, 2) != (b & 0xFF)) {
                return -1;
            }
            i += 3;
        }
        return i;
    }

    private static boolean same(int one, char other) {
        return one == other || one >= 0 && Character.toLowerCase(one) == Character.toLowerCase((int) other);
    }

    /** The value of hexadecimal digits; -1 where something else stands there. */
    private static int hex(String text, int at, int digits) {
        if (at + digits > text.length()) {
            return -1;
        }
        int value = 0;
        for (int i = at; i < at + digits; i++) {
            int digit = Character.digit(text.charAt(i), 16);
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }
}
