package dev.mcpsession.server.bench;

import dev.mcpsession.server.session.Clock;
import dev.mcpsession.server.session.IdlePolicy;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionManager;
import dev.mcpsession.server.session.SessionOptions;
import dev.mcpsession.server.session.Use;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A million sessions whose deadlines lie within one second, while another thread goes on touching other sessions. */
final class MassExpiry {

    private static final int SESSIONS = 1_000_000;
    private static final Duration TIMEOUT = Duration.ofSeconds(6);
    private static final Duration WARM_UP_TIMEOUT = Duration.ofSeconds(2);

    private MassExpiry() {}

    public static void main(String[] args) throws InterruptedException {
        run(SESSIONS / 10, WARM_UP_TIMEOUT, false);
        run(SESSIONS, TIMEOUT, true);
    }

    private static void run(int count, Duration timeout, boolean report) throws InterruptedException {
        var expiries = new Expiries(count, timeout);
        try (var manager = new SessionManager(
                new SessionOptions(timeout, IdlePolicy.OPEN_EXCHANGES, 0, Clock.system(), expiries))) {
            // Held until all are there, so that the deadlines lie close together.
            var sessions = new Session[count];
            for (int i = 0; i < count; i++) {
                sessions[i] = manager.register(null, i);
            }
            // The baseline without expiries.
            System.gc();
            var toucher = new Toucher(manager);
            toucher.start();
            for (int i = 0; i < count; i++) {
                expiries.releasing(i);
                manager.release(sessions[i], Use.REQUEST);
                sessions[i] = null;
            }
            long released = System.nanoTime();
            expiries.await();
            toucher.stopTouching();
            if (report) {
                var late = expiries.lateness(0);
                // The first half second after the releases belongs to nobody.
                double quiet = toucher.rate(released + TimeUnit.MILLISECONDS.toNanos(500), expiries.firstDeadline());
                double busy = toucher.rate(expiries.firstDeadline(), expiries.lastEnd());
                System.out.println("spreadMillis=" + (expiries.lastDeadline() - expiries.firstDeadline()) / 1e6);
                System.out.println("earliestMillis=" + late[0]);
                System.out.println("latestMillis=" + late[count - 1]);
                System.out.println("touchesMeanwhile=" + busy / quiet);
            }
        }
    }
}
