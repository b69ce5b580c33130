package dev.mcpsession.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.session.Attachments;
import dev.mcpsession.server.session.EndReason;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionListener;
import dev.mcpsession.server.session.SessionOptions;
import dev.mcpsession.server.session.StoreUnavailableException;
import dev.mcpsession.server.session.Use;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Threads work with sessions on three nodes at once, while the store and nodes fail; each session's history is
 * checked.
 */
class HistoryTest {

    private static final int ROUNDS = Integer.getInteger("histories.rounds", 20);
    private static final int THREADS = 3;
    private static final int OPERATIONS = 5;

    private static final Attachments NOTHING = new Attachments() {
        @Override
        public String write(Object attachment) {
            return "-";
        }

        @Override
        public Object read(String text) {
            return text;
        }

        @Override
        public void update(Object attachment, String text) {
            // There is nothing that could change.
        }
    };

    private final Map<String, AtomicInteger> told = new ConcurrentHashMap<>();
    private volatile boolean crashed;

    private RedisSessions node(RedisProcess redis, Scripts scripts) {
        var store = RedisStore.at(redis.uri()).withLease(Duration.ofMillis(600)).withTimeout(Duration.ofMillis(150));
        return new RedisSessions(
                store,
                scripts,
                SessionOptions.defaults().withListener(new SessionListener() {
                    @Override
                    public void ended(Session session, EndReason reason) {
                        told.computeIfAbsent(session.id(), id -> new AtomicInteger())
                                .incrementAndGet();
                    }
                }),
                NOTHING,
                0);
    }

    /** One thread's part in the history of a session. */
    private void work(List<RedisSessions> nodes, String id, int thread, History history, Random random) {
        Session held = null;
        RedisSessions holder = null;
        for (int i = 0; i < OPERATIONS; i++) {
            int choice = random.nextInt(10);
            long begun = System.nanoTime();
            if (held != null && choice < 7) {
                holder.release(held, Use.REQUEST);
                history.add(thread, "release", null, begun, System.nanoTime());
                held = null;
                continue;
            }
            RedisSessions node;
            synchronized (nodes) {
                node = nodes.get(random.nextInt(nodes.size()));
            }
            if (choice < 8 && held == null) {
                try {
                    held = node.enter(id, null, Use.REQUEST).join();
                    holder = node;
                    history.add(thread, "acquire", held != null, begun, System.nanoTime());
                } catch (CompletionException e) {
                    assertTrue(e.getCause() instanceof StoreUnavailableException, e.toString());
                }
            } else if (choice < 9) {
                try {
                    // That it was not reaped says little: a release reaches the store after it has returned.
                    if (node.reap(id).join()) {
                        history.add(thread, "reap", true, begun, System.nanoTime());
                    }
                } catch (CompletionException e) {
                    history.add(thread, "terminateUnheard", null, begun, History.NEVER);
                }
            } else {
                try {
                    boolean ended = node.end(id).join();
                    history.add(thread, "terminate", ended, begun, System.nanoTime());
                } catch (CompletionException e) {
                    history.add(thread, "terminateUnheard", null, begun, History.NEVER);
                }
            }
        }
        if (held != null) {
            long begun = System.nanoTime();
            holder.release(held, Use.REQUEST);
            history.add(thread, "release", null, begun, System.nanoTime());
        }
    }

    private interface Fault {

        void happen(RedisProcess redis, List<RedisSessions> nodes) throws Exception;
    }

    private int violations(Scripts scripts, int rounds, Fault fault) throws Exception {
        int violations = 0;
        boolean isRight = scripts.equals(Scripts.load());
        var pool = Executors.newFixedThreadPool(THREADS + 1);
        try (var redis = RedisProcess.start("--appendonly", "yes", "--appendfsync", "always")) {
            var nodes = new ArrayList<RedisSessions>();
            for (int i = 0; i < 3; i++) {
                nodes.add(node(redis, scripts));
            }
            for (int round = 0; round < rounds && violations == 0; round++) {
                var opener = nodes.get(0);
                Awaitility.await()
                        .pollInterval(Duration.ofMillis(5))
                        .ignoreExceptions()
                        .until(() -> opener.list(1).join() != null);
                var session = opener.open(null, "-").join();
                opener.release(session, Use.REQUEST);
                var history = new History();
                var parts = new ArrayList<Future<?>>();
                for (int thread = 0; thread < THREADS; thread++) {
                    int number = thread;
                    var random = new Random(round * 31L + thread);
                    parts.add(pool.submit(() -> work(nodes, session.id(), number, history, random)));
                }
                if (fault != null && round % 5 == 4) {
                    fault.happen(redis, nodes);
                }
                for (var part : parts) {
                    part.get(60, TimeUnit.SECONDS);
                }
                if (!history.isLinearizable()) {
                    violations++;
                    lastViolation = history.toString();
                }
                Awaitility.await()
                        .pollInterval(Duration.ofMillis(5))
                        .ignoreExceptions()
                        .until(() -> {
                            if (!isRight) {
                                return true;
                            }
                            opener.end(session.id()).join();
                            return opener.describe(session.id()).join() == null;
                        });
            }
            if (violations == 0 && isRight) {
                // A node that was killed has nobody to tell any more.
                Awaitility.await().until(() -> crashed || told.size() == rounds);
                told.forEach((id, times) -> assertEquals(1, times.get(), "ends told"));
            }
            nodes.forEach(RedisSessions::close);
        } finally {
            pool.shutdownNow();
        }
        return violations;
    }

    private String lastViolation = "";

    private void passes(Fault fault) throws Exception {
        assertEquals(0, violations(Scripts.load(), ROUNDS, fault), () -> lastViolation);
    }

    @Test
    void withoutFaults() throws Exception {
        passes(null);
    }

    @Test
    void aStoreThatHangs() throws Exception {
        passes((redis, nodes) -> {
            redis.pause();
            TimeUnit.MILLISECONDS.sleep(250);
            redis.resume();
        });
    }

    @Test
    void aStoreThatIsKilledAndRestarted() throws Exception {
        passes((redis, nodes) -> {
            redis.kill();
            redis.restart();
        });
    }

    @Test
    void nodesThatAreKilled() throws Exception {
        passes((redis, nodes) -> {
            var fresh = node(redis, Scripts.load());
            RedisSessions old;
            synchronized (nodes) {
                old = nodes.set(2, fresh);
            }
            crashed = true;
            old.crash();
        });
    }

    private record Mistake(String name, String right, String wrong) {}

    @TestFactory
    List<DynamicTest> aWrongScriptIsCaught() {
        return List.of(
                        new Mistake("endsWhatIsHeld", "if held ~= '0' then", "if not held then"),
                        new Mistake(
                                "endsTwice",
                                "            finish(id, 'TERMINATED')\n            return 1",
                                "        call('XADD', ENDS, '*', 'i', id, 'r', 'TERMINATED', 'n', node, 'o', '', "
                                        + "'a', '-')\n"
                                        + "        return 1"),
                        new Mistake(
                                "acquiresWhatHasEnded",
                                "        if not s[1] or (s[2] or '') ~= owner then\n",
                                "        if not s[1] then return '-' end\n        if (s[2] or '') ~= owner then\n"),
                        new Mistake(
                                "servesOnWhatHasEnded",
                                "        return s[1] and (s[2] or '') == owner and s[1]\n",
                                "        return (s[2] or '') == owner and '-'\n"),
                        new Mistake(
                                "releasesForTheOthersToo",
                                "call('HINCRBY', key, 'h', -1) <= 0",
                                "call('HSET', key, 'h', 0) <= 0"))
                .stream()
                .map(mistake -> DynamicTest.dynamicTest(mistake.name, () -> {
                    var right = Scripts.load();
                    assertTrue(right.work().contains(mistake.right), "the script has changed");
                    var wrong = new Scripts(right.join(), right.work().replace(mistake.right, mistake.wrong));
                    assertTrue(violations(wrong, 4 * ROUNDS, null) > 0, "not caught");
                }))
                .toList();
    }
}
