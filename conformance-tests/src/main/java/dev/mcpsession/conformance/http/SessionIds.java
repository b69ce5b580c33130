package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/** Session ids as text: such that no server has issued, and how to show them. */
public final class SessionIds {
    private static final String UUID = "[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}";

    /** So many characters are changed: enough to hit no other session by chance. */
    private static final int CHANGED = 12;

    /** A short id is made this long, which any counter can still hold. */
    private static final int SHORTEST = 9;

    /** A part without a UUID that is this long, and holds a digit, is no word. */
    private static final int LONG = 8;

    /** A UUID has 32 random characters; an id of more may carry its own proof. */
    private static final int LOOKED_UP = 40;

    private static final Pattern RUN = Pattern.compile("[0-9A-Za-z]+");
    private static final Pattern SIGNATURE = Pattern.compile("[0-9A-Za-z_-]{20,}");

    private SessionIds() {}

    /**
     * An id of the form of another, so that a server which checks the form first has no reason to refuse it: what is
     * random in it is changed, be there words before or after it, or be it wrapped in a token; digits stay digits,
     * letters stay letters of their case, hexadecimal stays hexadecimal, a UUID stays one of its version. A signature
     * stays as it was.
     */
    public static String similarTo(String id) {
        return similarToken(id).orElseGet(() -> similarText(id));
    }

    /**
     * Whether an id holds what may be its signature, by which a server knows ids that it cannot have issued: after a
     * dot, or in more random characters than an id needs that is looked up, as ids have that are sealed.
     */
    public static boolean looksSigned(String id) {
        int dot = id.lastIndexOf('.');
        return dot > 0 && SIGNATURE.matcher(id.substring(dot + 1)).matches()
                || RUN.matcher(id)
                                .results()
                                .map(MatchResult::group)
                                .filter(run ->
                                        run.length() >= 2 * LONG || run.chars().anyMatch(Character::isDigit))
                                .mapToInt(String::length)
                                .sum()
                        > LOOKED_UP;
    }

    private static String similarText(String id) {
        var random = ThreadLocalRandom.current();
        var other = new StringBuilder(id);
        int changed = 0;
        int end = id.length();
        for (var part : randomParts(id)) {
            end = changed == 0 ? part.end() : end;
            changed += change(other, part, CHANGED - changed, random);
        }
        for (; changed < SHORTEST; changed++) {
            other.insert(end++, (char) ('0' + random.nextInt(10)));
        }
        return other.toString().equals(id) ? similarText(id) : other.toString();
    }

    /** A part of an id: letters and digits only. */
    private record Part(int start, int end, boolean hex, boolean digits) {
        int length() {
            return end - start;
        }
    }

    /** The parts of an id that are no words: the last comes first. */
    private static List<Part> randomParts(String id) {
        var uuid = Pattern.compile(UUID).matcher(id);
        if (uuid.find()) {
            return List.of(new Part(uuid.end() - 12, uuid.end(), true, true));
        }
        var parts = new ArrayList<Part>();
        var runs = RUN.matcher(id);
        while (runs.find()) {
            boolean hex =
                    runs.group().chars().filter(Character::isLetter).allMatch(c -> "abcdefABCDEF".indexOf(c) >= 0);
            parts.add(
                    0,
                    new Part(runs.start(), runs.end(), hex, runs.group().chars().anyMatch(Character::isDigit)));
        }
        for (var wanted : List.<Predicate<Part>>of(
                p -> p.digits() && p.length() >= LONG || p.length() >= 2 * LONG, Part::digits)) {
            var some = parts.stream().filter(wanted).toList();
            if (!some.isEmpty()) {
                return some;
            }
        }
        return parts;
    }

    private static int change(StringBuilder id, Part part, int most, ThreadLocalRandom random) {
        int changed = 0;
        int letters = part.hex() ? 6 : 26;
        for (int i = part.end() - 1; i >= part.start() && changed < most; i--, changed++) {
            char c = id.charAt(i);
            char base = c <= '9' ? '0' : c <= 'Z' ? 'A' : 'a';
            id.setCharAt(i, (char) (base + random.nextInt(base == '0' ? 10 : letters)));
        }
        return changed;
    }

    /** Another token of the kind of a JWT, with another id in its claims and the signature of the first. */
    private static Optional<String> similarToken(String id) {
        var parts = id.split("\\.", -1);
        if (parts.length != 3) {
            return Optional.empty();
        }
        try {
            var claims = Json.read(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
            if (claims.isEmpty() || !(claims.get() instanceof ObjectNode object)) {
                return Optional.empty();
            }
            var longest = object.properties().stream()
                    .filter(e -> e.getValue().isString())
                    .max(Comparator.comparingInt(e -> e.getValue().asString().length()));
            if (longest.isEmpty()) {
                return Optional.empty();
            }
            object.put(
                    longest.get().getKey(), similarText(longest.get().getValue().asString()));
            return Optional.of(parts[0] + "."
                    + Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(object.toString().getBytes(StandardCharsets.UTF_8))
                    + "." + parts[2]);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
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
