package dev.mcpsession.conformance.rules.assignment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class IdSampleTest {
    private static final int COUNT = 16;

    /** The seeds from 0 on: fixed, so that a failure can be repeated. */
    private static final long SEEDS = 100;

    interface Kind {
        String next(Random random, int number);
    }

    private static Arguments kind(String name, Kind kind) {
        return Arguments.of(name, kind);
    }

    static Stream<Arguments> strong() {
        return Stream.of(
                kind("UUID, version 4", (random, n) -> uuid4(random)),
                kind(
                        "UUID, version 4, without hyphens",
                        (random, n) -> uuid4(random).replace("-", "")),
                kind("UUID, version 7", (random, n) -> uuid7(random, n)),
                kind(
                        "UUID, version 7, in capitals",
                        (random, n) -> uuid7(random, n).toUpperCase(Locale.ROOT)),
                kind(
                        "64 random bits in hexadecimal",
                        (random, n) -> HexFormat.of().toHexDigits(random.nextLong())),
                kind("128 random bits in base64url", (random, n) -> base64(bytes(random, 16))),
                kind("128 random bits in decimal", (random, n) -> new BigInteger(128, random).toString()),
                kind(
                        "nanoid",
                        (random, n) -> letters(
                                random, 21, "useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict")),
                kind(
                        "12 letters and digits",
                        (random, n) ->
                                letters(random, 12, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")),
                kind(
                        "ULID",
                        (random, n) -> "01JDCKR" + String.format("%03d", n / 4)
                                + letters(random, 16, "0123456789ABCDEFGHJKMNPQRSTVWXYZ")),
                kind("user and UUID", (random, n) -> "alice@example.org:" + uuid4(random)),
                kind("signed token with a counted id", (random, n) -> jwt(random, n)),
                kind(
                        "counter and 128 random bits",
                        (random, n) -> "s" + n + "-" + HexFormat.of().formatHex(bytes(random, 16))),
                kind("500 characters, most of them the same", (random, n) -> "x".repeat(464) + uuid4(random)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("strong")
    void strongIdsAreNeverAccused(String name, Kind kind) {
        for (long seed = 0; seed < SEEDS; seed++) {
            assertEquals(Optional.empty(), sample(kind, seed).weakness(), "seed " + seed);
        }
    }

    static Stream<Arguments> weak() {
        return Stream.of(
                kind("counter", (random, n) -> String.valueOf(n + 1)),
                kind("counter with a prefix", (random, n) -> "session-" + (n + 1)),
                kind("counter with gaps", (random, n) -> String.valueOf(1_000_000 + 7 * n + random.nextInt(7))),
                kind("counter in hexadecimal with zeros", (random, n) -> String.format("%032x", 4711 + n)),
                kind("counter in the form of a UUID", (random, n) -> new UUID(0x1234_5678_9ABC_4DEFL, n).toString()),
                kind(
                        "counter that takes large steps",
                        (random, n) -> String.format(
                                "%032x",
                                new BigInteger("9e3779b97f4a7c15f39cc0605cedc8", 16)
                                        .multiply(BigInteger.valueOf(n + 1)))),
                kind("milliseconds", (random, n) -> String.valueOf(1_795_412_306_087L + 3L * n + random.nextInt(3))),
                kind(
                        "nanoseconds",
                        (random, n) -> String.valueOf(
                                1_795_412_306_087_000_000L + 1_000_000L * n + random.nextInt(1_000_000))),
                kind(
                        "time and a few random digits",
                        (random, n) ->
                                "mcp-" + (1_795_412_306_087L + 3L * n) + "-" + (100_000 + random.nextInt(900_000))),
                kind(
                        "UUID, version 1",
                        (random, n) -> String.format(
                                "%08x-9c5b-11f0-8de9-0242ac120002",
                                0x2b7a_0000L + 40_000L * n + random.nextInt(40_000))),
                kind("object id", (random, n) -> String.format("6742c5a2f1d3b7e09c%06x", 0x3a41f0 + n)),
                kind(
                        "snowflake",
                        (random, n) -> String.valueOf((1_410_000_000_000L + 2L * n << 22) | random.nextInt(4096))),
                kind("32 random bits", (random, n) -> HexFormat.of().toHexDigits(random.nextInt())),
                kind(
                        "8 letters and digits",
                        (random, n) ->
                                letters(random, 8, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")),
                kind("40 zeros and ones", (random, n) -> letters(random, 40, "01")),
                kind("always the same", (random, n) -> "default"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("weak")
    void weakIdsAreSeen(String name, Kind kind) {
        for (long seed = 0; seed < SEEDS; seed++) {
            assertTrue(sample(kind, seed).weakness().isPresent(), "seed " + seed);
        }
    }

    @Test
    void showsTheStepAndSomeOfTheIds() {
        assertEquals(
                Optional.of("read as numbers, the ids differ by multiples of 5: 1000, 1005, 1010"),
                new IdSample(IntStream.range(0, COUNT)
                                .mapToObj(n -> String.valueOf(1000 + 5 * n))
                                .toList())
                        .weakness());
    }

    @Test
    void concludesNothingFromAFew() {
        assertEquals(Optional.empty(), new IdSample(List.of("1", "2", "3")).weakness());
    }

    private static IdSample sample(Kind kind, long seed) {
        var random = new Random(seed);
        IntFunction<String> next = n -> kind.next(random, n);
        return new IdSample(IntStream.range(0, COUNT).mapToObj(next).toList());
    }

    private static String uuid4(Random random) {
        return new UUID(random.nextLong() & ~0xF000L | 0x4000L, random.nextLong() >>> 2 | 1L << 63).toString();
    }

    private static String uuid7(Random random, int n) {
        long time = 1_795_412_306_087L + n / 3;
        return new UUID(time << 16 | 0x7000L | random.nextInt(4096), random.nextLong() >>> 2 | 1L << 63).toString();
    }

    private static String jwt(Random random, int n) {
        return base64("{\"alg\":\"HS256\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64(("{\"jti\":" + (100 + n) + "}").getBytes(StandardCharsets.UTF_8)) + "."
                + base64(bytes(random, 32));
    }

    private static byte[] bytes(Random random, int count) {
        var bytes = ByteBuffer.allocate(count);
        random.nextBytes(bytes.array());
        return bytes.array();
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String letters(Random random, int count, String alphabet) {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }
}
