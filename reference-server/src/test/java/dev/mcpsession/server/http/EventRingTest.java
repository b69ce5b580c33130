package dev.mcpsession.server.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the ring with a plain queue. */
final class EventRingTest {

    private record Kept(int stream, long number, byte[] bytes) {}

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 40, 128})
    void keepsWhatAQueueKeeps(int capacity) {
        var random = new Random(capacity);
        var ring = new EventRing();
        var queue = new ArrayDeque<Kept>();
        for (long number = 1; number < 20_000; number++) {
            // Sizes change for good now and then, so that the array grows, turns and shrinks.
            int largest = number / 2_000 % 2 == 0 ? 100 : 3_000;
            var event = new byte[random.nextInt(largest)];
            random.nextBytes(event);
            int from = event.length == 0 ? 0 : random.nextInt(event.length);
            while (queue.size() == capacity || !queue.isEmpty() && random.nextInt(200) == 0) {
                assertEquals(queue.remove().stream(), ring.removeOldest());
            }
            int stream = random.nextInt(1_000);
            ring.add(stream, number, event, from);
            queue.add(new Kept(stream, number, Arrays.copyOfRange(event, from, event.length)));
            if (random.nextInt(2_000) == 0) {
                ring.clear();
                queue.clear();
            }
            assertEquals(queue.size(), ring.count());
            assertEquals(queue.stream().mapToInt(kept -> kept.bytes().length).sum(), ring.bytes());
            if (number % 97 == 0) {
                queue.forEach(kept -> assertHas(ring, kept));
                assertTrue(ring.of(-1).isEmpty());
            }
        }
    }

    private static void assertHas(EventRing ring, Kept kept) {
        var found = ring.of(kept.stream()).stream()
                .filter(event -> event.number() == kept.number())
                .toList();
        assertEquals(1, found.size());
        assertArrayEquals(kept.bytes(), found.get(0).bytes());
    }

    @Test
    void aStreamsEventsComeInTheirOrder() {
        var ring = new EventRing();
        for (int number = 1; number <= 300; number++) {
            ring.add(number % 3, number, new byte[] {(byte) number}, 0);
            if (number > 100) {
                ring.removeOldest();
            }
        }
        var numbers = ring.of(1).stream().map(EventRing.Event::number).toList();
        assertEquals(numbers.stream().sorted().toList(), numbers);
        assertEquals(202L, numbers.get(0));
        assertEquals(298L, numbers.get(numbers.size() - 1));
    }
}
