package dev.mcpsession.conformance.rules.load;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.INFO;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;
import static dev.mcpsession.conformance.rule.Requires.STRESS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * Many clients at once. Each rule is bounded in count and in time, runs alone after the others, and only when load was
 * asked for.
 */
public final class LoadRules {
    private static final int CLIENTS = 16;
    private static final int REQUESTS_EACH = 25;
    private static final int SHORT_SESSIONS = 160;
    private static final int CHURN_THREADS = 8;
    private static final Duration AT_MOST = Duration.ofSeconds(10);
    /** How much slower a session may open late in the churn: noise is far below both. */
    private static final int SLOWER = 4;

    private static final Duration SLOWER_BY = Duration.ofMillis(20);

    // ---- cross-talk ----

    @Rule(
            id = "load/no-cross-talk",
            level = MUST,
            once = true,
            disruptive = true,
            sessions = CLIENTS,
            requires = STRESS,
            title = "Of many clients at once, each gets the responses to its own requests",
            source = "basic, Responses; basic/transports, Sending Messages to the Server")
    void noCrossTalk(Client client) {
        var sessions = client.capabilities().sessions() ? client.open(CLIENTS) : List.<ClientSession>of();
        if (sessions.isEmpty()) {
            client.post(client.initialize()).send().status();
        }
        crossTalk(client, number -> {
            boolean list = number % 2 == 0;
            var message = client.request(list ? "tools/list" : "ping").put("id", "kit-" + number);
            var request = client.post(message);
            return sessions.isEmpty() ? request : request.in(sessions.get(number % CLIENTS));
        });
    }

    @Rule(
            id = "load/modern-no-cross-talk",
            level = MUST,
            eras = MODERN,
            disruptive = true,
            requires = STRESS,
            title = "Of many clients at once, each gets the responses to its own requests",
            source = "basic/index, Result Responses; basic/transports/streamable-http, Sending Messages")
    void modernNoCrossTalk(Client client) {
        crossTalk(
                client,
                number -> client.post(client.request(number % 2 == 0 ? "server/discover" : "tools/list")
                        .put("id", "kit-" + number)));
    }

    /** Sends many requests, so many at once, and looks for responses in the wrong place. */
    private static void crossTalk(Client client, IntFunction<Request> requests) {
        var deadline = new Deadline();
        var answered = new AtomicInteger();
        var next = new AtomicInteger();
        atOnce(CLIENTS, () -> {
            for (int number; (number = next.getAndIncrement()) < CLIENTS * REQUESTS_EACH && deadline.isAhead(); ) {
                var exchange = requests.apply(number).send();
                var own = "kit-" + number;
                for (var message : exchange.messages()) {
                    boolean response = message.isObject()
                            && !message.has("method")
                            && message.path("id").isString();
                    exchange.mustHave(
                            !response || own.equals(message.get("id").asString()),
                            "the response to the request with the id " + own,
                            "got the one with the id " + message.get("id"));
                }
                if (exchange.response().isPresent()) {
                    answered.incrementAndGet();
                }
            }
        });
        int sent = Math.min(next.get(), CLIENTS * REQUESTS_EACH);
        if (answered.get() < CLIENTS || 2 * answered.get() <= sent) {
            throw RuleAbortedException.inconclusive("only " + answered + " of " + sent + " requests were answered");
        }
        client.note(answered + " requests were answered, " + CLIENTS + " at once");
    }

    // ---- churn ----

    @Rule(
            id = "load/churn",
            level = ADVICE,
            once = true,
            disruptive = true,
            sessions = CHURN_THREADS,
            requires = {STRESS, SESSIONS},
            title = "Many short sessions one after the other, some at once, bring no server error",
            source = "session contract, points 4 to 7")
    void churn(Client client) {
        var lives = live(client);
        for (var life : lives) {
            for (var exchange : life) {
                exchange.mustHave(
                        exchange.status() < 500 || exchange.status() == 503,
                        "no server error while many short sessions come and go",
                        "got " + exchange.describeReply());
            }
        }
        mustMostlyHaveOpened(lives);
        client.note(lives.size() + " sessions came and went");
    }

    // A server that has much to do already may be slow from the beginning.
    @Rule(
            id = "load/churn-keeps-pace",
            level = ADVICE,
            once = true,
            disruptive = true,
            waits = true,
            sessions = CHURN_THREADS,
            requires = {STRESS, SESSIONS},
            title = "Sessions open as fast after many have come and gone as before",
            source = "session contract, point 11")
    void churnKeepsPace(Client client) {
        var lives = live(client);
        mustMostlyHaveOpened(lives);
        var opened = lives.stream()
                .map(life -> life.get(0))
                .filter(e -> e.answered() && e.status() == 200)
                .toList();
        int part = opened.size() / 8;
        if (part < 5) {
            throw RuleAbortedException.inconclusive("only " + opened.size() + " sessions could be opened");
        }
        // The first few warm the server up.
        long early = median(opened.subList(part, 2 * part));
        long late = median(opened.subList(opened.size() - part, opened.size()));
        if (late > early * SLOWER && late - early > SLOWER_BY.toNanos()) {
            throw new Suspicion(
                    "initialize to take as long after " + opened.size() + " short sessions as before",
                    "it took " + late / 1_000_000 + " ms instead of " + early / 1_000_000 + " ms",
                    opened.get(opened.size() - 1));
        }
        client.note("initialize took " + early / 1_000 + " µs early and " + late / 1_000 + " µs late, among "
                + opened.size() + " sessions");
    }

    /** Sessions that were refused show nothing of how many come and go. */
    private static void mustMostlyHaveOpened(List<List<Exchange>> lives) {
        long opened = lives.stream().filter(life -> life.size() > 1).count();
        if (2 * opened <= lives.size()) {
            throw RuleAbortedException.inconclusive(
                    "only " + opened + " of " + lives.size() + " sessions could be opened");
        }
    }

    private static long median(List<Exchange> exchanges) {
        var sorted = exchanges.stream()
                .mapToLong(e -> e.headAt() - e.sentAt())
                .sorted()
                .toArray();
        return sorted[sorted.length / 2];
    }

    /** Opens, uses and ends sessions; tells of each what was exchanged, in the order of the openings. */
    private static List<List<Exchange>> live(Client client) {
        boolean delete = client.capabilities().deleteOffered();
        // A session that cannot be ended stays, for as long as the server likes.
        int count = delete
                ? SHORT_SESSIONS
                : Math.min(SHORT_SESSIONS, client.target().maxSessions());
        var deadline = new Deadline();
        var next = new AtomicInteger();
        var lives = new ConcurrentLinkedQueue<List<Exchange>>();
        atOnce(CHURN_THREADS, () -> {
            while (next.getAndIncrement() < count && deadline.isAhead()) {
                lives.add(life(client, delete));
            }
        });
        var all = new ArrayList<>(lives);
        all.sort(Comparator.comparingLong(life -> life.get(0).sentAt()));
        return all;
    }

    private static List<Exchange> life(Client client, boolean delete) {
        var exchanges = new ArrayList<Exchange>();
        var opening = client.post(client.initialize()).send();
        exchanges.add(opening);
        if (!opening.answered()
                || opening.status() != 200
                || opening.sessionId().isEmpty()) {
            return exchanges;
        }
        var session = client.adopt(opening.sessionId().get(), opening);
        exchanges.add(
                session.post(Json.notification("notifications/initialized")).send());
        exchanges.add(session.ping().send());
        if (delete) {
            var ended = session.delete().send();
            exchanges.add(ended);
            if (ended.answered() && ended.status() / 100 == 2) {
                session.markEnded();
            }
        }
        return exchanges;
    }

    // ---- the cap ----

    @Rule(
            id = "load/cap",
            level = INFO,
            once = true,
            disruptive = true,
            sessions = Integer.MAX_VALUE,
            requires = {STRESS, SESSIONS},
            title = "What happens when many sessions are open at once",
            source = "session contract, point 10")
    void cap(Client client) {
        int most = client.target().maxSessions();
        var deadline = new Deadline();
        var sessions = new ArrayList<ClientSession>();
        Exchange refused = null;
        while (sessions.size() < most && refused == null && deadline.isAhead()) {
            var opening = client.post(client.initialize()).send();
            if (opening.status() == 200 && opening.sessionId().isPresent()) {
                sessions.add(client.adopt(opening.sessionId().get(), opening));
            } else {
                refused = opening;
            }
        }
        int live = 0;
        int idle = 0;
        int ended = 0;
        var probes = client.sendAll(sessions.size(), i -> sessions.get(i).ping());
        for (int i = 0; i < sessions.size(); i++) {
            var session = sessions.get(i);
            var probe = probes.get(i);
            if (probe.status() / 100 == 2) {
                live++;
            } else if (probe.status() == 404) {
                session.markEnded();
                boolean expired = client.target()
                        .idleTimeout()
                        .map(t -> session.idleAtMostBefore(probe) >= t.toNanos())
                        .orElse(false);
                idle += expired ? 1 : 0;
                ended += expired ? 0 : 1;
            }
        }
        client.note(sessions.size() + " sessions were opened one after the other, and "
                + (refused == null ? "none was refused" : "the next was refused with " + refused.describeReply()));
        client.note("when all were asked after that, " + live + " lived, " + ended
                + " had been ended before their time, and " + idle + " may have been idle for too long");
    }

    // ---- many at once ----

    /** A moment after which nothing more is begun. */
    private static final class Deadline {
        private final long end = System.nanoTime() + AT_MOST.toNanos();

        boolean isAhead() {
            return System.nanoTime() < end && !Thread.currentThread().isInterrupted();
        }
    }

    /** Runs the same in several threads and waits for all; what one of them throws is thrown. */
    private static void atOnce(int threads, Runnable task) {
        var pool = Executors.newFixedThreadPool(threads);
        try {
            var all = new ArrayList<Future<?>>();
            for (int i = 0; i < threads; i++) {
                all.add(pool.submit(task));
            }
            for (var each : all) {
                each.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Violation violation) {
                throw violation;
            }
            if (e.getCause() instanceof RuleAbortedException undecided) {
                throw undecided;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RuleAbortedException.inconclusive("the run was interrupted");
        } finally {
            pool.shutdownNow();
        }
    }
}
