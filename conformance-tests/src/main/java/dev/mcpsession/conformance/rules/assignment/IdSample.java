package dev.mcpsession.conformance.rules.assignment;

import dev.mcpsession.conformance.protocol.Text;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Session ids issued in a short span, and what they give away of the next.
 *
 * <p>What is random cannot be proven so, but much that is not can be shown: characters that are the same in every id
 * carry no secret, and a character of an alphabet of n carries at most log2(n) bits. The estimate errs on the side of
 * the server throughout.
 */
final class IdSample {
    /** The least number of ids from which anything is concluded. */
    static final int LEAST = 8;

    /** Fewer bits than this are too few; 64 is the usual advice, and the difference is our own doubt. */
    private static final double MIN_BITS = 60;

    /** Steps of a progression are multiples of one number, up to this: other clients may open sessions meanwhile. */
    private static final BigInteger LONGEST_STEP = BigInteger.valueOf(10_000);

    private final List<String> ids;

    IdSample(List<String> ids) {
        this.ids = ids.stream().sorted().toList();
    }

    /** Why the next id can be guessed, if that shows. */
    Optional<String> weakness() {
        if (ids.size() < LEAST) {
            return Optional.empty();
        }
        var step = step();
        if (step.isPresent()) {
            return Optional.of("read as numbers, the ids differ by multiples of "
                    + step.get().toString(10) + ": " + some());
        }
        double bits = bits();
        return bits < MIN_BITS
                ? Optional.of("at most " + Math.round(Math.floor(bits)) + " bits differ between the ids: " + some())
                : Optional.empty();
    }

    /** No more than so many bits of an id are unknown to someone who has seen others. */
    double bits() {
        var parts = ids.stream().map(id -> id.split("[^0-9A-Za-z]", -1)).toList();
        int count = parts.get(0).length;
        if (parts.stream().allMatch(p -> p.length == count)) {
            return IntStream.range(0, count)
                    .mapToDouble(i -> bits(parts.stream().map(p -> p[i]).toList()))
                    .sum();
        }
        return bits(ids);
    }

    /** The bits of one part of every id. */
    private static double bits(List<String> parts) {
        int longest = parts.stream().mapToInt(String::length).max().orElseThrow();
        int varying = 0;
        var alphabet = new TreeSet<Character>();
        for (int i = 0; i < longest; i++) {
            int at = i;
            var characters = parts.stream()
                    .filter(p -> p.length() > at)
                    .map(p -> p.charAt(at))
                    .collect(Collectors.toSet());
            if (characters.size() > 1 || parts.stream().anyMatch(p -> p.length() <= at)) {
                varying++;
                alphabet.addAll(characters);
            }
        }
        if (varying == 0) {
            return 0;
        }
        // A character of the alphabet that never came among so many is not in it.
        boolean seenWhole = varying * parts.size() >= 20 * alphabet.size();
        int size = seenWhole ? alphabet.size() : Math.max(alphabet.size(), usualAlphabet(alphabet));
        return varying * Math.log(size) / Math.log(2);
    }

    private static int usualAlphabet(TreeSet<Character> seen) {
        var text = seen.stream().map(String::valueOf).collect(Collectors.joining());
        if (text.matches("[0-9]*")) {
            return 10;
        }
        if (text.matches("[0-9a-f]*|[0-9A-F]*")) {
            return 16;
        }
        if (text.matches("[0-9a-z]*|[0-9A-Z]*")) {
            return 36;
        }
        return text.matches("[0-9A-Za-z]*") ? 62 : 94;
    }

    /** The number that all differences are small multiples of, if there is one. */
    private Optional<BigInteger> step() {
        var digits = ids.stream().map(id -> id.replace("-", "")).toList();
        int radix = digits.stream().allMatch(d -> d.matches("[0-9]+")) ? 10 : 16;
        if (!digits.stream().allMatch(d -> d.matches("[0-9A-Fa-f]+"))) {
            return Optional.empty();
        }
        var numbers =
                digits.stream().map(d -> new BigInteger(d, radix)).sorted().toList();
        var step = BigInteger.ZERO;
        var longest = BigInteger.ZERO;
        for (int i = 1; i < numbers.size(); i++) {
            var difference = numbers.get(i).subtract(numbers.get(i - 1));
            step = step.gcd(difference);
            longest = longest.max(difference);
        }
        return step.signum() > 0 && longest.divide(step).compareTo(LONGEST_STEP) <= 0
                ? Optional.of(step)
                : Optional.empty();
    }

    private String some() {
        return ids.stream().limit(3).map(id -> Text.cut(id, 60)).collect(Collectors.joining(", "));
    }
}
