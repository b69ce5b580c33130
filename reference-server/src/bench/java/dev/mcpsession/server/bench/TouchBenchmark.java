package dev.mcpsession.server.bench;

import dev.mcpsession.server.session.SessionManager;
import dev.mcpsession.server.session.SessionOptions;
import dev.mcpsession.server.session.Use;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A touch: a session is found by its id and acquired, and released again. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class TouchBenchmark {

    /** As many as are busy at one time. */
    private static final int BUSY = 1_000;

    /** How many sessions there are. */
    @Param({"1000", "1000000"})
    public int sessions;

    private SessionManager manager;
    /** In no order that has to do with how the sessions were made. */
    private String[] ids;
    /** Some of them, but not the very strings that the manager holds: like those that come with a request. */
    private String[] busyIds;

    private int busy;
    private int any;

    /** Opens the sessions. */
    @Setup
    public void open() {
        manager = new SessionManager(SessionOptions.defaults().withIdleTimeout(Duration.ofMinutes(30)));
        ids = new String[sessions];
        var random = new Random(1);
        for (int i = 0; i < sessions; i++) {
            var session = manager.register(null, null);
            manager.release(session, Use.REQUEST);
            int place = random.nextInt(i + 1);
            ids[i] = ids[place];
            ids[place] = new String(session.id().toCharArray());
        }
        busyIds = new String[BUSY];
        for (int i = 0; i < BUSY; i++) {
            busyIds[i] = new String(ids[i].toCharArray());
        }
        // Nothing of this is left to be cleared away while touches are measured.
        System.gc();
    }

    /** Ends them. */
    @TearDown
    public void close() {
        manager.close();
    }

    /** However many sessions there are, the same number of them is busy. */
    @Benchmark
    public void busySessions() {
        busy = busy + 1 == BUSY ? 0 : busy + 1;
        touch(busyIds[busy]);
    }

    /** All are busy: mostly shows how far they are spread over the memory. */
    @Benchmark
    public void allSessions() {
        any = any + 1 == sessions ? 0 : any + 1;
        touch(ids[any]);
    }

    private void touch(String id) {
        manager.release(manager.acquire(id, null, Use.REQUEST), Use.REQUEST);
    }
}
