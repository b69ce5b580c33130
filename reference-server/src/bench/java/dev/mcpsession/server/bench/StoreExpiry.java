package dev.mcpsession.server.bench;

import dev.mcpsession.server.session.EndReason;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionListener;
import dev.mcpsession.server.session.SessionOptions;
import dev.mcpsession.server.session.Sessions;
import dev.mcpsession.server.session.Use;
import dev.mcpsession.server.store.RedisStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Three nodes hold a hundred thousand sessions in one store, let go of all, and are told of their ends. */
final class StoreExpiry implements SessionListener {

    private static final int SESSIONS = 100_000;
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    /** So many openings wait for the store at once. */
    private static final int AT_ONCE = 1_000;

    private final long[] releasing = new long[SESSIONS];
    private final long[] ended = new long[SESSIONS];
    private final AtomicIntegerArray told = new AtomicIntegerArray(SESSIONS);
    private final CountDownLatch living = new CountDownLatch(SESSIONS);

    private StoreExpiry() {}

    public static void main(String[] args) throws InterruptedException {
        new StoreExpiry().run(RedisStore.at(args[0]).withTimeout(Duration.ofMillis(900)));
    }

    @Override
    public void ended(Session session, EndReason reason) {
        int number = Integer.parseInt((String) session.attachment());
        if (told.incrementAndGet(number) == 1) {
            ended[number] = System.nanoTime();
            living.countDown();
        }
    }

    private void run(RedisStore store) throws InterruptedException {
        var options = SessionOptions.defaults().withIdleTimeout(TIMEOUT).withListener(this);
        var nodes = new ArrayList<Sessions>();
        for (int i = 0; i < 3; i++) {
            nodes.add(store.join(options, PlainAttachments.INSTANCE, 0));
        }
        var sessions = new Session[SESSIONS];
        for (int begin = 0; begin < SESSIONS; begin += AT_ONCE) {
            var openings = new ArrayList<CompletableFuture<Session>>();
            for (int i = begin; i < begin + AT_ONCE; i++) {
                openings.add(nodes.get(i % 3).open(null, Integer.toString(i)));
            }
            for (int i = 0; i < AT_ONCE; i++) {
                sessions[begin + i] = openings.get(i).join();
            }
        }
        for (int i = 0; i < SESSIONS; i++) {
            releasing[i] = System.nanoTime();
            nodes.get(i % 3).release(sessions[i], Use.REQUEST);
        }
        if (!living.await(2, TimeUnit.MINUTES)) {
            throw new IllegalStateException(living.getCount() + " sessions have not ended");
        }
        // One that is told of twice is told of soon.
        TimeUnit.SECONDS.sleep(1);
        var late = new double[SESSIONS];
        int twice = 0;
        for (int i = 0; i < SESSIONS; i++) {
            late[i] = (ended[i] - releasing[i] - TIMEOUT.toNanos()) / 1e6;
            twice += told.get(i) > 1 ? 1 : 0;
        }
        Arrays.sort(late);
        System.out.println("spreadMillis=" + (releasing[SESSIONS - 1] - releasing[0]) / 1e6);
        System.out.println("earliestMillis=" + late[0]);
        System.out.println("percentile99Millis=" + late[SESSIONS * 99 / 100]);
        System.out.println("latestMillis=" + late[SESSIONS - 1]);
        System.out.println("toldTwice=" + twice);
        nodes.forEach(Sessions::close);
    }
}
