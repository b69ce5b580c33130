package dev.mcpsession.server.bench;

import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionOptions;
import dev.mcpsession.server.session.Sessions;
import dev.mcpsession.server.session.Use;
import dev.mcpsession.server.store.RedisStore;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Acquires sessions in a store and releases them, so many at once, each as soon as its last call is answered. */
final class StoreTouch {

    private static final long WARM_UP = TimeUnit.SECONDS.toNanos(5);
    private static final long MEASURED = TimeUnit.SECONDS.toNanos(5);

    private final Sessions sessions;
    private final LongAdder done = new LongAdder();
    private final CountDownLatch running;
    private volatile boolean stopped;

    private StoreTouch(Sessions sessions, int count) {
        this.sessions = sessions;
        running = new CountDownLatch(count);
    }

    public static void main(String[] args) throws InterruptedException {
        int count = Integer.parseInt(args[1]);
        var options = SessionOptions.defaults().withIdleTimeout(Duration.ofMinutes(10));
        try (var sessions = RedisStore.at(args[0]).join(options, PlainAttachments.INSTANCE, 0)) {
            var touch = new StoreTouch(sessions, count);
            for (int i = 0; i < count; i++) {
                var session = sessions.open(null, "-").join();
                sessions.release(session, Use.REQUEST);
                touch.next(session.id());
            }
            TimeUnit.NANOSECONDS.sleep(WARM_UP);
            long before = touch.done.sum();
            long start = System.nanoTime();
            TimeUnit.NANOSECONDS.sleep(MEASURED);
            long counted = touch.done.sum() - before;
            System.out.println("perSecond=" + 1e9 * counted / (System.nanoTime() - start));
            touch.stopped = true;
            touch.running.await();
        }
    }

    private void next(String id) {
        if (stopped) {
            running.countDown();
            return;
        }
        CompletableFuture<Session> entered = sessions.enter(id, null, Use.REQUEST);
        entered.whenComplete((session, failure) -> {
            if (failure != null || session == null) {
                throw new IllegalStateException("the session is gone", failure);
            }
            sessions.release(session, Use.REQUEST);
            done.increment();
            next(id);
        });
    }
}
