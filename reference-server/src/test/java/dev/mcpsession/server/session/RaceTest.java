package dev.mcpsession.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Real threads on one session, many times over. */
class RaceTest {

    private static final int ROUNDS = 5_000;
    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final ManualClock clock = new ManualClock();
    private final AtomicInteger ends = new AtomicInteger();
    private final SessionManager manager = new SessionManager(
            SessionOptions.defaults().withIdleTimeout(TIMEOUT).withClock(clock).withListener(new SessionListener() {
                @Override
                public void ended(Session session, EndReason reason) {
                    ends.incrementAndGet();
                }
            }));

    @AfterEach
    void stop() throws InterruptedException {
        threads.shutdownNow();
        threads.awaitTermination(10, TimeUnit.SECONDS);
    }

    private Session open() {
        var session = manager.register(null, null);
        manager.release(session, Use.REQUEST);
        return session;
    }

    private <T> List<T> atOnce(List<Callable<T>> calls) throws Exception {
        var barrier = new CyclicBarrier(calls.size());
        List<Future<T>> futures = new ArrayList<>();
        for (var call : calls) {
            futures.add(threads.submit(() -> {
                barrier.await(10, TimeUnit.SECONDS);
                return call.call();
            }));
        }
        List<T> results = new ArrayList<>();
        for (var future : futures) {
            results.add(future.get(20, TimeUnit.SECONDS));
        }
        return results;
    }

    @Test
    void expiryNeverEndsAnAcquiredSession() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var session = open();
            Callable<Boolean> use = () -> {
                if (manager.acquire(session.id(), null, Use.REQUEST) == null) {
                    return true;
                }
                boolean alive = !session.isEnded();
                Thread.onSpinWait();
                alive &= !session.isEnded();
                manager.release(session, Use.REQUEST);
                return alive;
            };
            Callable<Boolean> expire = () -> {
                manager.expire(session.id());
                return true;
            };
            assertFalse(atOnce(List.of(use, expire, use, expire)).contains(false), "ended while it was held");
            manager.terminate(session);
        }
        assertEquals(ROUNDS, ends.get());
    }

    @Test
    void exactlyOneOfManyEnds() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var session = open();
            Callable<Boolean> terminate = () -> manager.terminate(session.id());
            Callable<Boolean> expire = () -> manager.expire(session.id());
            Callable<Boolean> reap = () -> {
                clock.advance(TIMEOUT);
                return false;
            };
            long told = atOnce(List.of(terminate, expire, terminate, reap)).stream()
                    .filter(ended -> ended)
                    .count();
            assertEquals(round + 1, ends.get());
            assertEquals(true, told <= 1);
        }
        assertEquals(0, manager.counts().live());
    }
}
