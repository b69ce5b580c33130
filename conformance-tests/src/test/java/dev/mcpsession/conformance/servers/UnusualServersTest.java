package dev.mcpsession.conformance.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.target.ServerLauncher;
import dev.mcpsession.conformance.target.Target;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * Right servers that do things in unusual ways: the kit may not know what to say of them, but must never accuse them.
 */
@Order(1)
@Execution(ExecutionMode.CONCURRENT)
class UnusualServersTest {
    private static final Set<Verdict> ACCUSATIONS = Set.of(Verdict.FAIL, Verdict.ERROR);

    /** Answers with event streams only. */
    static class SseOnly extends ToyServer {
        @Override
        protected Answer reply(Call call, ObjectNode message) throws Exception {
            return inBatch(call) ? super.reply(call, message) : stream(message.toString());
        }

        @Override
        protected Answer batch(Call call) throws Exception {
            var answer = super.batch(call);
            return answer.status() == 200 ? stream(answer.body()) : answer;
        }

        private static Answer stream(String data) {
            return new Answer(
                    200,
                    Map.of("Content-Type", "text/event-stream;charset=utf-8"),
                    "event: message\ndata: " + data + "\n\n");
        }
    }

    /** Answers with event streams, and leaves them open for a while after the response. */
    static class StreamsLeftOpen extends ToyServer {
        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            var answer = super.serve(call, session);
            if (!call.isRequest() || inBatch(call)) {
                return answer;
            }
            var exchange = call.exchange();
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
            try {
                var out = exchange.getOutputStream();
                out.write(("data: " + answer.body() + "\n\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
                for (int i = 0; i < 40 && (session == null || !session.awaitEnd(50)); i++) {
                    out.write(": still here\n\n".getBytes(StandardCharsets.UTF_8));
                    out.flush();
                }
                out.close();
            } catch (IOException e) {
                // The client went away.
            }
            return null;
        }
    }

    /** Holds at most five sessions: another one ends the one that was quiet for longest. */
    static class FiveSessions extends ToyServer {
        @Override
        protected Answer initialize(Call call) throws Exception {
            var answer = super.initialize(call);
            while (sessions.size() > 5) {
                sessions.values().stream()
                        .min(Comparator.comparingLong(s -> s.quietSince))
                        .ifPresent(s -> {
                            s.end(false, 0);
                            forget(s);
                        });
            }
            return answer;
        }
    }

    /** Sends no head for a GET until there is something to send, which is never. */
    static class SilentStreams extends ToyServer {
        @Override
        protected Answer get(Call call, ToySession session) throws Exception {
            session.awaitEnd(5_000);
            call.exchange().getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
            return Answer.of(200);
        }
    }

    /** The bodies of errors are what the framework makes them. */
    static class OtherErrorBodies extends ToyServer {
        private final String type;
        private final String body;

        OtherErrorBodies(String type, String body) {
            this.type = type;
            this.body = body;
        }

        private Answer other(Answer answer) {
            return new Answer(answer.status(), Map.of("Content-Type", type), body);
        }

        @Override
        protected Answer missingId(Call call) {
            return other(super.missingId(call));
        }

        @Override
        protected Answer unknownId(Call call) {
            return other(super.unknownId(call));
        }
    }

    static class NoGet extends ToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            return call.method().equals("GET") ? notAllowed() : super.answer(call);
        }
    }

    static class NoDelete extends ToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            return call.method().equals("DELETE") ? notAllowed() : super.answer(call);
        }
    }

    static class NoSessions extends ToyServer {
        NoSessions() {
            stateless = true;
        }

        @Override
        protected void configure(dev.mcpsession.conformance.target.LaunchSettings settings) {
            // It has no timeout to configure.
        }
    }

    /** Looks for idle sessions now and then only. */
    static class LateSweeper extends ToyServer {
        private volatile long last = System.nanoTime();

        @Override
        protected synchronized void reapIfIdle(ToySession session) {
            // Each session is looked at every 200 ms, so the lag of 250 ms is nearly used up.
            if (System.nanoTime() - last > 200_000_000L) {
                last = System.nanoTime();
                sessions.values().forEach(super::reapIfIdle);
            }
        }
    }

    static class Slow extends ToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            Thread.sleep(150);
            var answer = super.answer(call);
            Thread.sleep(150);
            return answer;
        }
    }

    static class LongIds extends ToyServer {
        @Override
        protected String newId() {
            return Stream.generate(super::newId)
                    .limit(14)
                    .collect(Collectors.joining("~"))
                    .substring(0, 500);
        }
    }

    static class EchoesIds extends ToyServer {
        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            var answer = super.serve(call, session);
            return session == null || answer == null ? answer : answer.with(SESSION_HEADER, session.id);
        }
    }

    /** Speaks one revision only, and offers it whatever is asked for. */
    static class OneRevision extends ToyServer {
        @Override
        protected boolean supports(String version) {
            return version.equals("2025-06-18");
        }

        @Override
        protected Answer initialize(Call call) throws Exception {
            if (call.message().path("params") instanceof ObjectNode params && params.has("protocolVersion")) {
                params.put("protocolVersion", "2025-06-18");
            }
            return super.initialize(call);
        }
    }

    /** A second initialize in a session starts it anew, under its id. */
    static class Reinitializes extends ToyServer {
        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            if (call.called().equals("initialize") && session != null) {
                var result = Json.object().put("protocolVersion", session.version);
                result.putObject("capabilities");
                result.putObject("serverInfo").put("name", "toy").put("version", "1");
                return reply(call, result(call, result));
            }
            return super.serve(call, session);
        }
    }

    /** Has no time for every seventh request. */
    static class TurnsAway extends ToyServer {
        private final Oddly.Door door = new Oddly.Door();

        @Override
        protected Answer answer(Call call) throws Exception {
            return door.turnsAway() ? door.answer() : super.answer(call);
        }
    }

    /** Is out of service now and then, longer than a request is insisted on. */
    static class Outages extends ToyServer {
        private final Oddly.Outages outages;

        Outages(int status) {
            outages = new Oddly.Outages(status);
        }

        @Override
        protected Answer answer(Call call) throws Exception {
            return outages.now() ? outages.answer() : super.answer(call);
        }
    }

    /** Holds at most eight sessions, and has no room for more until one ends. */
    static class EightPlaces extends ToyServer {
        @Override
        protected Answer initialize(Call call) throws Exception {
            return sessions.size() >= 8
                    ? Answer.error(503, -32000, "Too many sessions").with("Retry-After", "1")
                    : super.initialize(call);
        }
    }

    /** Ends each session after so many requests: a server may, at any time. */
    static class FewRequests extends ToyServer {
        private final int most;
        private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();

        FewRequests(int most) {
            this.most = most;
        }

        @Override
        protected Answer in(Call call, InSession action) throws Exception {
            return super.in(call, session -> {
                var answer = action.apply(session);
                if (counts.computeIfAbsent(session.id, id -> new AtomicInteger())
                                        .incrementAndGet()
                                == most
                        && session.end(false, 0)) {
                    forget(session);
                }
                return answer;
            });
        }
    }

    /** Ends each session a while after it was opened, however busy it is. Its operator knows of no idle timeout. */
    static class ShortLives extends ToyServer {
        @Override
        protected void reapIfIdle(ToySession session) {
            if (System.nanoTime() - session.openedAt > 1_200_000_000L && session.end(false, 0)) {
                forget(session);
            }
        }
    }

    /** Closes every connection after one exchange. */
    static class NoKeepAlive extends ToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            call.exchange().setPersistent(false);
            return super.answer(call);
        }
    }

    /** Closes connections that are idle for a moment. */
    static class ImpatientWithConnections extends ToyServer {
        @Override
        protected void listen(Undertow.Builder builder) {
            builder.setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, 100);
            super.listen(builder);
        }
    }

    /** Writes JSON in another order and over several lines, and sends everything byte by byte. */
    static class OddJson extends ToyServer {
        @Override
        protected void write(HttpServerExchange exchange, Answer answer) throws IOException {
            Oddly.dribble(exchange, Oddly.json(answer));
        }
    }

    /** Answers with event streams that use all that their format allows, byte by byte. */
    static class OddStreams extends SseOnly {
        @Override
        protected Answer reply(Call call, ObjectNode message) throws Exception {
            return inBatch(call)
                    ? super.reply(call, message)
                    : Oddly.stream(Map.of("Content-Type", "Text/Event-Stream; charset=UTF-8"), message);
        }

        @Override
        protected void write(HttpServerExchange exchange, Answer answer) throws IOException {
            Oddly.dribble(exchange, answer);
        }
    }

    /** Its ids hold every visible character there is. */
    static class OddIds extends ToyServer {
        private static final String ALL =
                IntStream.rangeClosed(0x21, 0x7E).mapToObj(Character::toString).collect(Collectors.joining());

        @Override
        protected String newId() {
            return ALL + super.newId();
        }
    }

    /** Lists its tools one by one. */
    static class Pages extends ToyServer {
        @Override
        protected Answer listTools(Call call) throws Exception {
            var tools = tools().get("tools");
            int page = Integer.parseInt(
                    call.message().path("params").path("cursor").asString("0"));
            var result = Json.object();
            result.putArray("tools").add(tools.get(page));
            if (page + 1 < tools.size()) {
                result.put("nextCursor", String.valueOf(page + 1));
            }
            return reply(call, result(call, result));
        }
    }

    /** Has resources and no tools. */
    static class NoTools extends ToyServer {
        @Override
        protected void describe(ObjectNode result) {
            result.putObject("capabilities").putObject("resources");
            result.put("instructions", "Read what there is.");
        }

        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            return call.called().startsWith("tools/") && call.isRequest()
                    ? reply(call, error(call, -32601, "Method not found"))
                    : super.serve(call, session);
        }
    }

    /** Answers DELETE with 200 and a body, and 404 and 400 with an id that is null and more in the error. */
    static class OtherBodies extends ToyServer {
        @Override
        protected Answer delete(Call call) throws Exception {
            var answer = super.delete(call);
            return answer.status() == 204 ? Answer.json(200, Json.object().put("terminated", true)) : answer;
        }

        @Override
        protected Answer unknownId(Call call) {
            var body = Json.object().put("jsonrpc", "2.0");
            body.set("id", call.message() == null ? null : call.message().get("id"));
            body.putObject("error")
                    .put("code", -32600)
                    .put("message", "No such session")
                    .putObject("data")
                    .put("hint", "initialize again");
            return Answer.json(404, body);
        }
    }

    /** Speaks HTTP/2 to who can. */
    static class Http2 extends ToyServer {
        private final Oddly.Protocols protocols = new Oddly.Protocols();

        @Override
        protected void listen(Undertow.Builder builder) {
            protocols.listen(builder);
        }

        @Override
        protected Answer answer(Call call) throws Exception {
            protocols.see(call.exchange());
            return super.answer(call);
        }

        @Override
        public void close() {
            super.close();
            protocols.mustHaveBeenHttp2();
        }
    }

    static Stream<Arguments> servers() {
        return Stream.of(
                        kind("turns every seventh request away", TurnsAway::new),
                        kind("out of service now and then: 503", () -> new Outages(503)),
                        kind("out of service now and then: 502", () -> new Outages(502)),
                        kind("room for eight sessions", EightPlaces::new),
                        kind("sessions of one request", () -> new FewRequests(1)),
                        kind("sessions of two requests", () -> new FewRequests(2)),
                        kind("sessions of three requests", () -> new FewRequests(3)),
                        kind("sessions of five requests", () -> new FewRequests(5)),
                        kind("sessions of eight requests", () -> new FewRequests(8)),
                        kind("closes every connection", NoKeepAlive::new),
                        kind("closes idle connections soon", ImpatientWithConnections::new),
                        kind("odd JSON, byte by byte", OddJson::new),
                        kind("odd event streams, byte by byte", OddStreams::new),
                        kind("ids of all characters", OddIds::new),
                        kind("tools on pages", Pages::new),
                        kind("no tools", NoTools::new),
                        kind("other bodies", OtherBodies::new),
                        kind("event streams only", SseOnly::new),
                        kind("event streams left open", StreamsLeftOpen::new),
                        kind("at most five sessions", FiveSessions::new),
                        kind("no head before the first event", SilentStreams::new),
                        kind("errors as plain text", () -> new OtherErrorBodies("text/plain", "nope")),
                        kind(
                                "errors as HTML",
                                () -> new OtherErrorBodies("text/html", "<html><body>Not Found</body></html>")),
                        kind("errors without a body", () -> new OtherErrorBodies("application/json", "")),
                        kind("405 for GET", NoGet::new),
                        kind("405 for DELETE", NoDelete::new),
                        kind("no sessions", NoSessions::new),
                        kind("a late sweeper", LateSweeper::new),
                        kind("300 ms an answer", Slow::new),
                        kind("ids of 500 characters", LongIds::new),
                        kind("ids on every reply", EchoesIds::new),
                        kind("one revision only", OneRevision::new),
                        kind("initialize again in a session", Reinitializes::new))
                .filter(chosen());
    }

    /** Those to run: with {@code -Dunusual=slow}, those alone whose name contains that, as a pattern. */
    static Predicate<Arguments> chosen() {
        var chosen = Pattern.compile(System.getProperty("unusual", "")).asPredicate();
        return arguments -> chosen.test(String.valueOf(arguments.get()[0]));
    }

    private static Arguments kind(String name, Supplier<? extends ToyServer> kind) {
        return Arguments.of(name, kind);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("servers")
    void isNotAccused(String name, Supplier<? extends ToyServer> kind) throws Exception {
        judge(name, ToyServer.launcher(kind), UnaryOperator.identity());
    }

    @Test
    void http2() throws Exception {
        judge("HTTP/2", ToyServer.launcher(Http2::new), target -> target.sslContext(Tls.trustingAll()));
    }

    @Test
    void behindAProxy() throws Exception {
        judge("behind a proxy", BehindProxy.launcher(ToyServer::new), UnaryOperator.identity());
    }

    @Test
    void withAnAbsoluteLifetime() throws Exception {
        var launcher = ToyServer.launcher(ShortLives::new);
        try (var server = (ServerLauncher.Serving) launcher.launch(Targets.SETTINGS)) {
            judge(
                    "an absolute lifetime",
                    Target.at(server.uri()).maxSessions(500).build());
        }
    }

    /** A machine that is slow: servers run, and have not come to serve, or to say a word, when they are given up. */
    @Test
    void slowStartsAreNoRefusals() throws Exception {
        var launcher = ToyServer.launcher(ToyServer::new);
        try (var server = (ServerLauncher.Serving) launcher.launch(Targets.SETTINGS)) {
            ServerLauncher slow = settings -> new ServerLauncher.Refused("did not serve within 20 s", "", false);
            var run = Suite.of(Targets.of("slow", server.uri(), slow).build())
                    .select(rule -> rule.area().equals("configuration"))
                    .run();
            var verdicts = run.results().stream()
                    .collect(Collectors.toMap(r -> r.rule().id(), r -> r.verdict()));
            assertEquals(Set.of(Verdict.INCONCLUSIVE), Set.copyOf(verdicts.values()), verdicts::toString);
        }
    }

    static void judge(String name, ServerLauncher launcher, UnaryOperator<Target.Builder> told) throws Exception {
        try (var server = (ServerLauncher.Serving) launcher.launch(Targets.SETTINGS)) {
            judge(name, told.apply(Targets.of(name, server.uri(), launcher)).build());
        }
    }

    private static void judge(String name, Target target) {
        var run = Suite.of(target).run();
        var accusations = run.results().stream()
                .filter(r -> ACCUSATIONS.contains(r.verdict()))
                .map(r -> r.verdict() + " " + r.rule().id() + " [" + r.revision() + "] " + r.summary())
                .toList();
        assertEquals(List.of(), accusations);
        var verdicts = run.results().stream()
                .collect(Collectors.groupingBy(r -> r.verdict(), java.util.TreeMap::new, Collectors.counting()));
        var warnings = run.results().stream()
                .filter(r -> r.verdict() == Verdict.WARN)
                .map(r -> "; " + r.rule().id() + ": " + r.summary())
                .collect(Collectors.joining());
        System.out.println("unusual: " + name + ": " + verdicts + warnings);
    }
}
