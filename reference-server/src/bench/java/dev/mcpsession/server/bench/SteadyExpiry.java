package dev.mcpsession.server.bench;

import dev.mcpsession.server.session.Clock;
import dev.mcpsession.server.session.IdlePolicy;
import dev.mcpsession.server.session.SessionManager;
import dev.mcpsession.server.session.SessionOptions;
import dev.mcpsession.server.session.Use;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Ten thousand sessions are opened in every second, and as many expire. The argument is the idle timeout in seconds.
 */
final class SteadyExpiry {

    private static final int PER_SECOND = 10_000;
    /** Before that the JVM is still compiling. */
    private static final int WARM_UP_SECONDS = 3;

    private static final int MEASURED_SECONDS = 10;

    private SteadyExpiry() {}

    public static void main(String[] args) throws InterruptedException {
        var timeout = Duration.ofSeconds(Long.parseLong(args[0]));
        int warmUp = WARM_UP_SECONDS * PER_SECOND;
        int count = warmUp + MEASURED_SECONDS * PER_SECOND;
        var expiries = new Expiries(count, timeout);
        try (var manager = new SessionManager(
                new SessionOptions(timeout, IdlePolicy.OPEN_EXCHANGES, 0, Clock.system(), expiries))) {
            long start = System.nanoTime();
            for (int i = 0; i < count; i++) {
                long due = start + i * TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
                for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
                    LockSupport.parkNanos(wait);
                }
                var session = manager.register(null, i);
                expiries.releasing(i);
                manager.release(session, Use.REQUEST);
            }
            expiries.await();
        }
        var late = expiries.lateness(warmUp);
        System.out.println("earliestMillis=" + late[0]);
        System.out.println("medianMillis=" + late[late.length / 2]);
        System.out.println("percentile99Millis=" + late[late.length * 99 / 100]);
        System.out.println("latestMillis=" + late[late.length - 1]);
    }
}
