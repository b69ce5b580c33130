package dev.mcpsession.conformance.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.Target;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many requests are unanswered at once. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PlacesTest {
    private static final int AT_ONCE = 2;
    private static final int COUNT = 7;

    /** Answers after a while, or never, and counts what it has not answered. */
    private static final class Slow extends ToyServer {
        private final CountDownLatch mute;
        private final AtomicInteger open = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();

        Slow(CountDownLatch mute) {
            this.mute = mute;
        }

        @Override
        protected Answer answer(Call call) throws Exception {
            most.accumulateAndGet(open.incrementAndGet(), Math::max);
            if (mute == null) {
                Thread.sleep(20);
            } else {
                mute.await();
            }
            open.decrementAndGet();
            return Answer.of(204);
        }
    }

    private static void sendAll(Slow server, Duration patience, int expected) {
        var target =
                Target.at(server.uri()).concurrency(AT_ONCE).patience(patience).build();
        try (var transport = new Transport(target, FaultInjection.NONE)) {
            var client = new Client(target, transport, Revision.V2025_11_25, null, new Transcript(), (why, span) -> {});
            assertEquals(
                    expected,
                    client.sendAll(COUNT, i -> client.plain("GET")).stream()
                            .filter(Exchange::answered)
                            .count());
        }
    }

    @Test
    void noMoreAreUnansweredThanAllowed() {
        try (var server = ToyServer.start(() -> new Slow(null), LaunchSettings.withoutIdleTimeout())) {
            sendAll(server, Duration.ofSeconds(30), COUNT);
            assertTrue(server.most.get() <= AT_ONCE, server.most + " at once");
        }
    }

    @Test
    void aServerThatNeverAnswersHoldsUpNobodyForEver() {
        var mute = new CountDownLatch(1);
        try (var server = ToyServer.start(() -> new Slow(mute), LaunchSettings.withoutIdleTimeout())) {
            sendAll(server, Duration.ofMillis(100), 0);
        } finally {
            mute.countDown();
        }
    }
}
