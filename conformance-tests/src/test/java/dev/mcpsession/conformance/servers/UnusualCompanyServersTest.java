package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.target.ServerLauncher;
import dev.mcpsession.conformance.target.SlowTool;
import dev.mcpsession.conformance.target.Target;
import io.undertow.Undertow;
import io.undertow.server.handlers.proxy.LoadBalancingProxyClient;
import io.undertow.server.handlers.proxy.ProxyHandler;
import io.undertow.util.Headers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Right servers that are unusual in company: behind balancers, with ids, answers and streams of their own kind. */
@Order(1)
@Execution(ExecutionMode.CONCURRENT)
class UnusualCompanyServersTest {
    /** Three nodes that each know their own sessions, behind a balancer that finds the node by a cookie. */
    static class AffinityCookie extends ToyServer {
        private static final int NODES = 3;
        private final Map<String, Integer> homes = new ConcurrentHashMap<>();
        private final AtomicInteger turn = new AtomicInteger();

        private int node(Call call) {
            var cookie = call.header("Cookie").filter(c -> c.contains("node="));
            return cookie.map(c -> Integer.parseInt(c.replaceFirst(".*node=([0-9]+).*", "$1")))
                    .orElseGet(() -> turn.getAndIncrement() % NODES);
        }

        @Override
        protected Answer initialize(Call call) throws Exception {
            int node = node(call);
            var answer = super.initialize(call);
            Optional.ofNullable(answer.headers().get(SESSION_HEADER)).ifPresent(id -> homes.put(id, node));
            return answer.with("Set-Cookie", "node=" + node + "; Path=/; HttpOnly");
        }

        @Override
        protected ToySession find(Call call) {
            var session = super.find(call);
            return session == null || homes.getOrDefault(session.id, -1) != node(call) ? null : session;
        }
    }

    /** Its ids are signed, and it says 400 to one whose signature is wrong. */
    static class SignedIds extends ToyServer {
        private final SecretKeySpec key =
                new SecretKeySpec("a secret of the server".getBytes(StandardCharsets.UTF_8), "HmacSHA256");

        protected String sign(String text) {
            try {
                var mac = Mac.getInstance("HmacSHA256");
                mac.init(key);
                return encoded(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        protected static String encoded(byte[] bytes) {
            return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        }

        protected boolean isSigned(String id) {
            int dot = id.lastIndexOf('.');
            return dot > 0 && sign(id.substring(0, dot)).equals(id.substring(dot + 1));
        }

        @Override
        protected String newId() {
            var id = super.newId();
            return id + "." + sign(id);
        }

        @Override
        protected Answer unknownId(Call call) {
            return isSigned(call.sessionId().orElse(""))
                    ? super.unknownId(call)
                    : Answer.error(400, -32000, "No such session id");
        }
    }

    /** Its ids are tokens in the manner of a JWT, and it says 404 to whatever it does not know. */
    static class TokenIds extends SignedIds {
        @Override
        protected String newId() {
            var claims = encoded("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8)) + "."
                    + encoded(("{\"sid\":\"" + java.util.UUID.randomUUID() + "\",\"iat\":"
                                    + System.currentTimeMillis() / 1000 + "}")
                            .getBytes(StandardCharsets.UTF_8));
            return claims + "." + sign(claims);
        }

        @Override
        protected Answer unknownId(Call call) {
            return Answer.error(404, -32001, "Session not found");
        }
    }

    /** Writes numbers as its language does, which has one type of them. */
    static class NumbersWithFractions extends ToyServer {
        @Override
        protected Answer reply(Call call, ObjectNode message) throws Exception {
            if (message.path("id").isNumber()) {
                message.put("id", message.get("id").asDouble());
            }
            if (message.get("error") instanceof ObjectNode error) {
                error.put("code", error.path("code").asDouble());
            }
            return super.reply(call, message);
        }
    }

    /** Knows users by keys of its own, and says 403 to all others, without a word of OAuth. */
    static class OwnKeys extends OwnedToyServer {
        @Override
        protected Answer unauthorized(Call call) {
            return Answer.error(403, -32000, "Unknown key");
        }
    }

    /** Pings its clients when they listen, and ends the sessions of those that do not answer. */
    static class EndsSilentSessions extends TalkativeToyServer {
        private final Set<String> asked = ConcurrentHashMap.newKeySet();

        @Override
        protected List<JsonNode> greetings(ToySession session) {
            var id = "alive-" + session.id + "-" + System.nanoTime();
            asked.add(id);
            CompletableFuture.delayedExecutor(1500, TimeUnit.MILLISECONDS).execute(() -> {
                if (asked.remove(id) && session.end(false, 0)) {
                    forget(session);
                }
            });
            return List.of(ping(id));
        }

        @Override
        protected Answer accepted(Call call, ToySession session) {
            asked.remove(call.message().path("id").asString(""));
            return super.accepted(call, session);
        }
    }

    /** How a call may end that is cancelled. */
    enum End {
        WITH_A_RESULT,
        WITH_AN_ERROR,
        WITHOUT_A_RESPONSE
    }

    /** Ends a call that is cancelled at once. */
    static class EndsCancelledCalls extends ToyServer {
        private final End how;
        private final Map<String, CompletableFuture<Void>> open = new ConcurrentHashMap<>();

        EndsCancelledCalls(End how) {
            this.how = how;
        }

        private static String key(ToySession session, JsonNode id) {
            return session.id + " " + Json.idKey(id);
        }

        @Override
        protected Answer accepted(Call call, ToySession session) {
            var id = call.message().path("params").get("requestId");
            if (session != null && call.called().equals("notifications/cancelled") && id != null) {
                Optional.ofNullable(open.get(key(session, id))).ifPresent(end -> end.complete(null));
            }
            return super.accepted(call, session);
        }

        @Override
        protected Answer callTool(Call call, ToySession session) throws Exception {
            var params = call.message().path("params");
            if (session == null
                    || inBatch(call)
                    || !params.path("name").asString("").equals("sleep")) {
                return super.callTool(call, session);
            }
            var end = new CompletableFuture<Void>();
            open.put(key(session, call.message().get("id")), end);
            long until = System.nanoTime()
                    + params.path("arguments").path("milliseconds").asLong(0) * 1_000_000;
            try {
                while (System.nanoTime() < until && !session.awaitEnd(0)) {
                    try {
                        end.get(10, TimeUnit.MILLISECONDS);
                        return cancelled(call);
                    } catch (TimeoutException e) {
                        // Not yet.
                    }
                }
            } finally {
                open.remove(key(session, call.message().get("id")));
            }
            return reply(
                    call,
                    session.awaitEnd(0) ? error(call, -32000, "Session terminated") : result(call, text("slept")));
        }

        private Answer cancelled(Call call) throws Exception {
            return switch (how) {
                case WITH_A_RESULT -> reply(call, result(call, text("as far as it got")));
                case WITH_AN_ERROR -> reply(call, error(call, -32800, "Request cancelled"));
                case WITHOUT_A_RESPONSE -> Answer.stream(": cancelled\n\n");
            };
        }
    }

    /** Serves so many requests a second, of all or of one kind, and tells the others to come again. */
    static class RateLimit extends ToyServer {
        private final int most;
        private final Predicate<Call> counted;
        private long second;
        private int served;

        RateLimit(int most, Predicate<Call> counted) {
            this.most = most;
            this.counted = counted;
        }

        private synchronized boolean isTooMuch() {
            long now = System.nanoTime() / 1_000_000_000L;
            served = now == second ? served + 1 : 1;
            second = now;
            return served > most;
        }

        @Override
        protected Answer answer(Call call) throws Exception {
            return counted.test(call) && isTooMuch() ? Answer.of(429).with("Retry-After", "1") : super.answer(call);
        }
    }

    /** Serves sixty requests in a session, and ends it then: with 404, so that the client begins a new one. */
    static class SixtyRequests extends ToyServer {
        private final Map<ToySession, AtomicInteger> served = new ConcurrentHashMap<>();

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            if (session == null
                    || served.computeIfAbsent(session, s -> new AtomicInteger()).incrementAndGet() <= 60) {
                return super.serve(call, session);
            }
            if (session.end(false, 0)) {
                forget(session);
            }
            return unknownId(call);
        }
    }

    /** Serves sixty requests a second in each session, and says no more of it than that there were too many. */
    static class SixtyASecond extends ToyServer {
        private final Map<ToySession, RateLimit> limits = new ConcurrentHashMap<>();

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            return session != null
                            && limits.computeIfAbsent(session, s -> new RateLimit(60, c -> true))
                                    .isTooMuch()
                    ? Answer.of(429)
                    : super.serve(call, session);
        }
    }

    /** Wants the length of a body, and none beyond 8 KiB. */
    static class ParticularAboutBodies extends ToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            if (call.exchange().getRequestHeaders().contains(Headers.TRANSFER_ENCODING)) {
                return Answer.of(411);
            }
            return call.body().length() > 8192 ? Answer.of(413) : super.answer(call);
        }
    }

    /** Opens one GET stream at a time in a session, and refuses another while it is there. */
    static class OneStreamAtATime extends ToyServer {
        private final Set<ToySession> listening = ConcurrentHashMap.newKeySet();

        @Override
        protected Answer get(Call call, ToySession session) throws Exception {
            if (!listening.add(session)) {
                return Answer.error(409, -32000, "Only one stream is allowed per session");
            }
            try {
                return super.get(call, session);
            } finally {
                listening.remove(session);
            }
        }
    }

    /** Ends each GET stream after a while, and lets the client come again. */
    static class ShortStreams extends ToyServer {
        @Override
        protected Answer get(Call call, ToySession session) throws Exception {
            call.exchange().getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
            try (var out = call.exchange().getOutputStream()) {
                for (int i = 0; i < 6 && !session.awaitEnd(50); i++) {
                    out.write(": here\n\n".getBytes(StandardCharsets.UTF_8));
                    out.flush();
                }
            } catch (IOException e) {
                // The client went away.
            }
            return null;
        }
    }

    /** Ends its GET streams by itself: each at an age, or at any time. */
    static class EndsStreams extends ToyServer {
        private final Random random = new Random();
        private final int age;

        /** @param age in milliseconds; 0 for any */
        EndsStreams(int age) {
            this.age = age;
        }

        @Override
        protected Answer get(Call call, ToySession session) throws Exception {
            int steps = (age == 0 ? random.nextInt(1000) : age) / 10;
            call.exchange().getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
            try (var out = call.exchange().getOutputStream()) {
                for (int i = 0; i < steps && !session.awaitEnd(10); i++) {
                    out.write(": here\n\n".getBytes(StandardCharsets.UTF_8));
                    out.flush();
                }
            } catch (IOException e) {
                // The client went away.
            }
            return null;
        }
    }

    /** Says more than it must: metadata in the result of a ping, a head for HEAD. */
    static class SaysMore extends ToyServer {
        @Override
        protected Answer reply(Call call, ObjectNode message) throws Exception {
            if (call.called().equals("ping") && message.get("result") instanceof ObjectNode result) {
                result.putObject("_meta").put("com.example/uptime", 17);
            }
            return super.reply(call, message);
        }

        @Override
        protected Answer answer(Call call) throws Exception {
            return call.method().equals("HEAD")
                    ? in(call, session -> Answer.of(200).with("Content-Type", "text/event-stream"))
                    : super.answer(call);
        }
    }

    /** Refuses a request whose id is null with 400, and one of another form than JSON-RPC as well. */
    static class StrictAboutIds extends ToyServer {
        @Override
        protected Answer post(Call call) throws Exception {
            boolean wrong = call.message() != null
                    && call.message().has("id")
                    && !call.message().get("id").isString()
                    && !call.message().get("id").isNumber();
            return wrong ? Answer.error(400, -32600, "Invalid request id") : super.post(call);
        }
    }

    /** Ends each session at a certain age, however busy it is. */
    static class MaximumAge extends ToyServer {
        private final long age;

        MaximumAge(Duration age) {
            this.age = age.toNanos();
        }

        @Override
        protected void reap() {
            super.reap();
            sessions.values().stream()
                    .filter(s -> System.nanoTime() - s.openedAt > age && s.end(false, 0))
                    .forEach(this::forget);
        }
    }

    /** Forgets all sessions now and then, as a server does that is started anew. */
    static class Restarts extends ToyServer {
        private long last = System.nanoTime();

        @Override
        protected void reap() {
            super.reap();
            if (System.nanoTime() - last > 4_000_000_000L) {
                last = System.nanoTime();
                sessions.values().stream().filter(s -> s.end(false, 0)).forEach(this::forget);
            }
        }
    }

    /** Ends a session now and then, whichever it is. */
    static class EndsSomeSessions extends ToyServer {
        private final Random random = new Random();

        @Override
        protected void reap() {
            super.reap();
            sessions.values().stream()
                    .filter(s -> random.nextInt(300) == 0 && s.end(false, 0))
                    .forEach(this::forget);
        }
    }

    /** Holds so many sessions: another one ends the oldest. */
    static class EvictsTheOldest extends ToyServer {
        private final int most;

        EvictsTheOldest(int most) {
            this.most = most;
        }

        @Override
        protected Answer initialize(Call call) throws Exception {
            var answer = super.initialize(call);
            while (sessions.size() > most) {
                sessions.values().stream()
                        .min(Comparator.comparingLong(s -> s.openedAt))
                        .ifPresent(s -> {
                            s.end(false, 0);
                            forget(s);
                        });
            }
            return answer;
        }
    }

    static Stream<Arguments> servers() {
        return Stream.of(
                        kind("an affinity cookie", AffinityCookie::new),
                        kind("signed ids, 400 for a forged one", SignedIds::new),
                        kind("tokens as ids", TokenIds::new),
                        kind("ids and codes with fractions", NumbersWithFractions::new),
                        kind("pings, progress, and the newest GET takes over", TalkativeToyServer::new),
                        kind("ends sessions that do not answer its pings", EndsSilentSessions::new),
                        kind("answers a call that is cancelled", () -> new EndsCancelledCalls(End.WITH_A_RESULT)),
                        kind(
                                "ends a call that is cancelled with an error",
                                () -> new EndsCancelledCalls(End.WITH_AN_ERROR)),
                        kind(
                                "ends a call that is cancelled without a response",
                                () -> new EndsCancelledCalls(End.WITHOUT_A_RESPONSE)),
                        kind("thirty requests a second", () -> new RateLimit(30, call -> true)),
                        kind(
                                "ten new sessions a second",
                                () -> new RateLimit(10, call -> call.called().equals("initialize"))),
                        kind("sixty requests in a session, then 404", SixtyRequests::new),
                        kind("sixty requests a second in a session", SixtyASecond::new),
                        kind("wants lengths, and short bodies", ParticularAboutBodies::new),
                        kind("409 for a second stream", OneStreamAtATime::new),
                        kind("short streams", ShortStreams::new),
                        kind("streams that last as long as the idle timeout", () -> new EndsStreams(500)),
                        kind("streams that end at any time", () -> new EndsStreams(0)),
                        kind("metadata in pings, a head for HEAD", SaysMore::new),
                        kind("strict about ids", StrictAboutIds::new),
                        kind("forgets all sessions now and then", Restarts::new),
                        kind("ends a session now and then", EndsSomeSessions::new),
                        kind("twelve sessions, and the oldest goes", () -> new EvictsTheOldest(12)),
                        kind("thirty sessions, and the oldest goes", () -> new EvictsTheOldest(30)),
                        kind("serves browsers", CorsToyServer::new))
                .filter(UnusualServersTest.chosen());
    }

    private static Arguments kind(String name, Supplier<? extends ToyServer> kind) {
        return Arguments.of(name, kind);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("servers")
    void isNotAccused(String name, Supplier<? extends ToyServer> kind) throws Exception {
        UnusualServersTest.judge(name, ToyServer.launcher(kind), UnaryOperator.identity());
    }

    /** Calls of the slow tool last longer than half of a session's life, so that sessions end in the midst of rules. */
    @Test
    void aMaximumAge() throws Exception {
        UnusualServersTest.judge(
                "a maximum age",
                ToyServer.launcher(() -> new MaximumAge(Duration.ofSeconds(2))),
                target -> target.slowTool(
                        new SlowTool("sleep", Json.object().put("milliseconds", 1400), Duration.ofMillis(1400))));
    }

    @Test
    void keysOfItsOwn() throws Exception {
        UnusualServersTest.judge("keys of its own, with 403", ToyServer.launcher(OwnKeys::new), OwnedToyServer::tell);
    }

    @Test
    void threeNodesThatShareSessions() throws Exception {
        UnusualServersTest.judge(
                "three nodes that share sessions", Balanced.launcher(), UnaryOperator.<Target.Builder>identity());
    }

    /** Three nodes that share their sessions, behind a balancer that knows nothing of these. */
    private static final class Balanced implements ServerLauncher.Serving {
        private final List<ToyServer> nodes;
        private final Undertow balancer;

        private Balanced(List<ToyServer> nodes) {
            this.nodes = nodes;
            var client = new LoadBalancingProxyClient().setConnectionsPerThread(64);
            nodes.forEach(node ->
                    client.addHost(URI.create("http://127.0.0.1:" + node.uri().getPort())));
            balancer = Undertow.builder()
                    .addHttpListener(0, "127.0.0.1")
                    .setIoThreads(2)
                    .setHandler(ProxyHandler.builder()
                            .setProxyClient(client)
                            .setMaxRequestTime(60_000)
                            .setReuseXForwarded(false)
                            .build())
                    .build();
            balancer.start();
        }

        static ServerLauncher launcher() {
            return settings -> {
                var sessions = new ConcurrentHashMap<String, ToyServer.ToySession>();
                try {
                    return new Balanced(IntStream.range(0, 3)
                            .mapToObj(i -> (ToyServer) ToyServer.start(
                                    () -> new ToyServer(sessions) {
                                        @Override
                                        protected boolean serves(String host) {
                                            return true;
                                        }
                                    },
                                    settings))
                            .toList());
                } catch (IllegalArgumentException e) {
                    return new ServerLauncher.Refused("refused its configuration", String.valueOf(e.getMessage()));
                }
            };
        }

        @Override
        public URI uri() {
            var address = (InetSocketAddress) balancer.getListenerInfo().get(0).getAddress();
            return URI.create("http://127.0.0.1:" + address.getPort() + "/mcp");
        }

        @Override
        public String output() {
            return "";
        }

        @Override
        public void close() {
            balancer.stop();
            nodes.forEach(ToyServer::close);
        }
    }
}
