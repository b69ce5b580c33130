package dev.mcpsession.conformance.http;

import java.util.concurrent.ThreadLocalRandom;

/** Session ids as text: such that no server has issued, and how to show them. */
public final class SessionIds {
    private static final String UUID = "[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}";

    /** So many characters are changed: enough to hit no other session by chance. */
    private static final int CHANGED = 12;

    /** A short id is made this long, which any counter can still hold. */
    private static final int SHORTEST = 9;

    private SessionIds() {}

    /**
     * An id of the form of another, so that a server which checks the form first has no reason to refuse it: digits
     * stay digits, letters stay letters of their case, hexadecimal stays hexadecimal, a UUID stays one of its version.
     */
    public static String similarTo(String id) {
        var random = ThreadLocalRandom.current();
        boolean hex = id.matches(UUID) || id.chars().filter(Character::isLetter).allMatch(c -> "abcdefABCDEF".indexOf(c) >= 0);
        var other = new StringBuilder(id);
        int changed = 0;
        for (int i = id.length() - 1; i >= 0 && changed < CHANGED; i--) {
            char c = id.charAt(i);
            int letters = hex ? 6 : 26;
            if (c >= '0' && c <= '9') {
                other.setCharAt(i, (char) ('0' + random.nextInt(10)));
            } else if (c >= 'a' && c <= 'z') {
                other.setCharAt(i, (char) ('a' + random.nextInt(letters)));
            } else if (c >= 'A' && c <= 'Z') {
                other.setCharAt(i, (char) ('A' + random.nextInt(letters)));
            } else {
                continue;
            }
            changed++;
        }
        for (; changed < SHORTEST; changed++) {
            other.append((char) ('0' + random.nextInt(10)));
        }
        return other.toString().equals(id) ? similarTo(id) : other.toString();
    }

    /** The text with every character that is no visible ASCII and no space written as {@code \\xNN}. */
    public static String visible(String text) {
        var visible = new StringBuilder();
        text.chars().forEach(c -> {
            if (c >= 0x20 && c <= 0x7E) {
                visible.append((char) c);
            } else {
                visible.append(String.format("\\x%02X", c));
            }
        });
        return visible.toString();
    }
}
