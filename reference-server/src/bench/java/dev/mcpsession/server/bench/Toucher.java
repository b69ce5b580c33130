package dev.mcpsession.server.bench;

import dev.mcpsession.server.session.SessionManager;
import dev.mcpsession.server.session.Use;
import java.util.Arrays;

/** Touches a thousand sessions in turn, as fast as it can, and remembers how fast that was at each time. */
final class Toucher extends Thread {

    private static final int SESSIONS = 1_000;
    private static final int BATCH = 1_000;
    private static final int MAX_BATCHES = 2_000_000;

    private final SessionManager manager;
    private final String[] ids = new String[SESSIONS];
    /** When each batch of touches was done. */
    private final long[] done = new long[MAX_BATCHES];

    private int batches;
    private volatile boolean stopping;

    Toucher(SessionManager manager) {
        super("toucher");
        this.manager = manager;
        for (int i = 0; i < SESSIONS; i++) {
            var session = manager.register(null, null);
            manager.release(session, Use.REQUEST);
            ids[i] = session.id();
        }
    }

    @Override
    public void run() {
        while (!stopping && batches < MAX_BATCHES) {
            for (int i = 0; i < BATCH; i++) {
                manager.release(manager.acquire(ids[i % SESSIONS], null, Use.REQUEST), Use.REQUEST);
            }
            done[batches++] = System.nanoTime();
        }
    }

    void stopTouching() throws InterruptedException {
        stopping = true;
        join();
    }

    /** Returns how many touches there were in a nanosecond, between two times. */
    double rate(long from, long to) {
        return (double) BATCH
                * Arrays.stream(done, 0, batches)
                        .filter(time -> time > from && time <= to)
                        .count()
                / (to - from);
    }
}
