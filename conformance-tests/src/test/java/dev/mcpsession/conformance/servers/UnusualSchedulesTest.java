package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.target.SlowTool;
import dev.mcpsession.conformance.target.Target;
import java.io.IOException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Right servers that answer at unusual times: one after the other, late, or on another stream. */
@Order(1)
@Execution(ExecutionMode.CONCURRENT)
class UnusualSchedulesTest {
    /** Serves the requests of a session one after the other, in the order in which they came. */
    static class OneAfterTheOther extends ToyServer {
        private final Map<ToySession, Semaphore> turns = new ConcurrentHashMap<>();

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            if (session == null || inBatch(call)) {
                return super.serve(call, session);
            }
            var turn = turns.computeIfAbsent(session, s -> new Semaphore(1, true));
            turn.acquire();
            try {
                return super.serve(call, session);
            } finally {
                turn.release();
            }
        }

        @Override
        protected void forget(ToySession session) {
            super.forget(session);
            turns.remove(session);
        }
    }

    /** Ends each GET stream at a certain age, at which it also answers slow openings and ends. */
    static class AgedStreams extends UnusualCompanyServersTest.EndsStreams {
        private final long slow;

        AgedStreams(int age, long slow) {
            super(age);
            this.slow = slow;
        }

        @Override
        protected Answer initialize(Call call) throws Exception {
            Thread.sleep(slow);
            return super.initialize(call);
        }

        @Override
        protected Answer delete(Call call) throws Exception {
            var answer = super.delete(call);
            Thread.sleep(slow);
            return answer;
        }
    }

    /** Answers DELETE late where something of the session was still open. */
    static class LateDeletes extends ToyServer {
        private final long late;

        LateDeletes(long late) {
            this.late = late;
        }

        @Override
        protected Answer delete(Call call) throws Exception {
            var session = call.sessionId().isPresent() ? find(call) : null;
            boolean busy = session != null && session.open() > 0;
            var answer = super.delete(call);
            if (busy) {
                Thread.sleep(late);
            }
            return answer;
        }
    }

    /** Serves thirty requests a second, and says by a date when to come again. */
    static class ComeAgainAt extends ToyServer {
        private final AtomicInteger served = new AtomicInteger();
        private volatile long second;

        @Override
        protected synchronized void reap() {
            super.reap();
            long now = System.nanoTime() / 1_000_000_000L;
            if (now != second) {
                second = now;
                served.set(0);
            }
        }

        @Override
        protected Answer answer(Call call) throws Exception {
            if (served.incrementAndGet() <= 30) {
                return super.answer(call);
            }
            var later = ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(1);
            return Answer.of(503).with("Retry-After", DateTimeFormatter.RFC_1123_DATE_TIME.format(later));
        }
    }

    /** Closes the stream of each request in a session at once, and lets the client come for the response. */
    static class PollsForAll extends ResumableToyServer {
        @Override
        protected boolean polls(Call call) {
            return call.isRequest() && !call.called().equals("initialize");
        }
    }

    /** Sends the head of an answer at once, and the body when it is made. */
    static class HeadsFirst extends ToyServer {
        @Override
        protected Answer callTool(Call call, ToySession session) throws Exception {
            var params = call.message().path("params");
            if (session == null
                    || inBatch(call)
                    || !params.path("name").asString("").equals("sleep")) {
                return super.callTool(call, session);
            }
            var exchange = call.exchange();
            exchange.getResponseHeaders().put(io.undertow.util.Headers.CONTENT_TYPE, "application/json");
            try (var out = exchange.getOutputStream()) {
                out.write(' ');
                out.flush();
                out.write(super.callTool(call, session).body().getBytes(java.nio.charset.StandardCharsets.UTF_8));
            } catch (IOException e) {
                // The client went away.
            }
            return null;
        }
    }

    static Stream<Arguments> servers() {
        return Stream.of(
                        kind(
                                "one request of a session after the other, and calls beyond the patience",
                                OneAfterTheOther::new,
                                target -> impatient(target, 3_000).slowTool(sleep(3_600))),
                        kind("one request of a session after the other", OneAfterTheOther::new, target -> target),
                        kind("streams of 450 ms, and slow openings", () -> new AgedStreams(450, 200), target -> target),
                        kind("streams of 300 ms, and slow openings", () -> new AgedStreams(300, 300), target -> target),
                        kind("late answers to DELETE", () -> new LateDeletes(1_500), target -> target),
                        kind(
                                "answers to DELETE beyond the patience",
                                () -> new LateDeletes(4_000),
                                target -> impatient(target, 3_000).maxSilence(Duration.ofMinutes(5))),
                        kind("thirty requests a second, and a date to come again", ComeAgainAt::new, target -> target),
                        kind("streams to poll for calls", PollingToyServer::new, target -> target),
                        kind("streams to poll for everything", PollsForAll::new, target -> target),
                        kind("heads before their bodies", HeadsFirst::new, target -> target))
                .filter(UnusualServersTest.chosen());
    }

    private static Target.Builder impatient(Target.Builder target, long millis) {
        return target.patience(Duration.ofMillis(millis));
    }

    private static SlowTool sleep(long millis) {
        return new SlowTool("sleep", Json.object().put("milliseconds", millis), Duration.ofMillis(millis));
    }

    private static Arguments kind(String name, Supplier<? extends ToyServer> kind, UnaryOperator<Target.Builder> told) {
        return Arguments.of(name, kind, told);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("servers")
    void isNotAccused(String name, Supplier<? extends ToyServer> kind, UnaryOperator<Target.Builder> told)
            throws Exception {
        UnusualServersTest.judge(name, ToyServer.launcher(kind), told);
    }
}
