package dev.mcpsession.conformance.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mcpsession.conformance.clients.driver.Driver;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Json;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Clients that are right, though few are like them: none is accused. {@code -Dunusual=PART} chooses by name. */
@Execution(ExecutionMode.SAME_THREAD)
class UnusualClientsTest {
    private static Map<String, ToyClient> clients() {
        var all = new LinkedHashMap<String, ToyClient>();
        all.put("the toy itself", new ToyClient());
        all.put("one request and exit", new ToyClient() {
            @Override
            List<String> steps(Use use) {
                return List.of("connect", "list", "close");
            }
        });
        all.put("never reconnects", new ToyClient() {
            @Override
            boolean listenOnce(Use use) throws Exception {
                super.listenOnce(use);
                return false;
            }

            @Override
            Response resume(Use use, String id, long retry) throws Exception {
                throw new FailedException(200, "the stream ended");
            }
        });
        all.put("a session for each step", new ToyClient() {
            @Override
            void step(Use use, String step) throws Exception {
                if (!step.equals("connect")
                        && !step.equals("close")
                        && !use.modern
                        && !step.startsWith("parallel")
                        && !step.startsWith("sleep")
                        && !step.startsWith("timeout")) {
                    super.close(use);
                    use.closing = false;
                    super.connect(use);
                }
                super.step(use, step);
            }
        });
        all.put("no GET", new ToyClient() {
            @Override
            void listen(Use use) {
                // The server has nothing to say.
            }
        });
        all.put("resumes late", new ToyClient() {
            @Override
            Response resume(Use use, String id, long retry) throws Exception {
                return super.resume(use, id, retry + 2500);
            }
        });
        all.put("sends pings", new ToyClient() {
            @Override
            void afterInitialize(Use use) throws Exception {
                super.afterInitialize(use);
                request(use, "ping", Json.object());
            }

            @Override
            void call(Use use, String name, ObjectNode arguments) throws Exception {
                if (!use.modern) {
                    async(() -> request(use, "ping", Json.object()));
                }
                super.call(use, name, arguments);
            }
        });
        all.put("gives up at 404", new ToyClient() {
            private volatile boolean over;

            @Override
            JsonNode gone(Use use, String method, ObjectNode params, String dead) throws Exception {
                use.sessionId = null;
                use.open = false;
                over = true;
                throw new FailedException(404, "the session has ended");
            }

            @Override
            void step(Use use, String step) throws Exception {
                if (step.equals("connect")) {
                    over = false;
                }
                if (!over) {
                    super.step(use, step);
                }
            }
        });
        all.put("ten at once", new ToyClient() {
            @Override
            void list(Use use) throws Exception {
                super.list(use);
                parallel(use, 10, use.modern ? "sleep 1" : "ping");
            }
        });
        all.put("whole numbers with a fraction of nothing", new ToyClient() {
            @Override
            String body(JsonNode message) {
                return message.has("method") && message.path("id").isIntegralNumber()
                        ? message.toString().replaceFirst("\"id\":(\\d+)", "\"id\":$1.0")
                        : super.body(message);
            }

            @Override
            boolean isFor(JsonNode response, JsonNode message) {
                return Json.sameId(response.get("id"), message.get("id"));
            }

            @Override
            ObjectNode params(Use use, String method, ObjectNode params) {
                var all = super.params(use, method, params).deepCopy();
                all.withObject("/_meta").put("progressToken", (double) tokens.incrementAndGet());
                return all;
            }

            private final AtomicInteger tokens = new AtomicInteger();
        });
        all.put("uses a progress token again when its request is over", new ToyClient() {
            private final ThreadLocal<String> mine = new ThreadLocal<>();
            private final ConcurrentSkipListSet<String> free = new ConcurrentSkipListSet<>();
            private final AtomicInteger tokens = new AtomicInteger();

            @Override
            JsonNode request(Use use, String method, ObjectNode params) throws Exception {
                var token = free.pollFirst();
                mine.set(token == null ? "token-" + tokens.incrementAndGet() : token);
                try {
                    return super.request(use, method, params);
                } finally {
                    free.add(mine.get());
                }
            }

            @Override
            ObjectNode params(Use use, String method, ObjectNode params) {
                var all = super.params(use, method, params).deepCopy();
                if (mine.get() != null) {
                    all.withObject("/_meta").put("progressToken", mine.get());
                }
                return all;
            }
        });
        all.put("writes all that is not ASCII as escapes", new ToyClient() {
            @Override
            String body(JsonNode message) {
                var ascii = new StringBuilder();
                super.body(message)
                        .chars()
                        .forEach(c -> ascii.append(c < 0x80 ? String.valueOf((char) c) : String.format("\\u%04x", c)));
                return ascii.toString();
            }
        });
        all.put("an id of words", new ToyClient() {
            @Override
            Object id(Use use) {
                return "request-" + use.ids.incrementAndGet();
            }
        });
        all.put("names in upper case", new ToyClient() {
            @Override
            Map<String, String> headers(Use use, String method, JsonNode message) {
                var upper = new LinkedHashMap<String, String>();
                super.headers(use, method, message)
                        .forEach((name, value) -> upper.put(name.toUpperCase(java.util.Locale.ROOT), value));
                return upper;
            }
        });
        all.put("two behind one URL", new ToyClient() {
            @Override
            public void use(URI server, Map<String, String> settings, Consumer<String> say) throws Exception {
                var other = async(() -> {
                    new ToyClient().use(server, settings, line -> {});
                    return null;
                });
                super.use(server, settings, say);
                other.get();
            }
        });
        all.put("leaves without a word, and says so", new ToyClient() {
            @Override
            void close(Use use) throws Exception {
                throw new FailedException(0, "the user has pulled the plug");
            }
        });
        all.put("accepts anything", new ToyClient() {
            @Override
            String accept(String method) {
                return "text/event-stream;q=0.9, application/json , */*;q=0.1";
            }
        });
        all.put(
                "knows nothing of a tool with a parameter to mirror that is not simply a string, integer or boolean",
                new ToyClient() {
                    @Override
                    void mirror(JsonNode tool, JsonNode arguments, Map<String, String> headers) {
                        if (tool.path("inputSchema")
                                .path("properties")
                                .valueStream()
                                .filter(p -> p.has("x-mcp-header"))
                                .allMatch(p -> p.path("type").isString()
                                        && List.of("string", "integer", "boolean")
                                                .contains(p.path("type").asString()))) {
                            super.mirror(tool, arguments, headers);
                        }
                    }
                });
        all.put("opens its stream whatever comes of initialize", new ToyClient() {
            @Override
            void initialize(Use use) throws Exception {
                try {
                    super.initialize(use);
                } catch (FailedException e) {
                    eager(use);
                    throw e;
                }
            }

            @Override
            void discover(Use use) throws Exception {
                try {
                    super.discover(use);
                } catch (FailedException e) {
                    eager(use);
                    throw e;
                }
            }

            private void eager(Use use) throws Exception {
                async(() -> listenOnce(use));
                Thread.sleep(500);
            }
        });
        all.put("puts into batches all that may be, in the revision that has them", new ToyClient() {
            @Override
            void initialized(Use use) throws Exception {
                if (!"2025-03-26".equals(use.version)) {
                    super.initialized(use);
                    return;
                }
                send(
                                use,
                                Json.batch()
                                        .add(Json.notification("notifications/initialized"))
                                        .add(Json.request(id(use), "tools/list")))
                        .close();
            }

            @Override
            void call(Use use, String name, ObjectNode arguments) throws Exception {
                super.call(use, name, arguments);
                if ("2025-03-26".equals(use.version)) {
                    send(use, Json.batch().add(Json.response("a")).add(Json.response("b")))
                            .close();
                }
            }
        });
        all.put("a connection for each request", new ToyClient() {
            @Override
            Response send(Use use, JsonNode message) throws Exception {
                return Response.of(
                        java.net.http.HttpClient.newBuilder()
                                .version(java.net.http.HttpClient.Version.HTTP_1_1)
                                .build(),
                        http(use, "POST", message, null)
                                .POST(java.net.http.HttpRequest.BodyPublishers.ofByteArray(bytes(message)))
                                .build());
            }
        });
        all.put("answers pings alone, late, and from another thread", new ToyClient() {
            @Override
            void asked(Use use, JsonNode request) {
                if (request.path("method").asString("").equals("ping")) {
                    async(() -> {
                        Thread.sleep(300);
                        super.asked(use, request);
                        return null;
                    });
                }
            }
        });
        all.put("deletes a session that is gone, waits, and sets up all anew", new ToyClient() {
            @Override
            JsonNode gone(Use use, String method, ObjectNode params, String dead) throws Exception {
                synchronized (use) {
                    if (dead.equals(use.sessionId)) {
                        delete(use);
                        Thread.sleep(1200);
                        initialize(use);
                        afterInitialize(use);
                        list(use);
                    }
                }
                return super.gone(use, method, params, dead);
            }
        });
        all.put("tries its stream twice more when the session is gone", new ToyClient() {
            @Override
            boolean listeningFailed(Use use, int status) {
                return !use.closing
                        && use.settings.merge("toy.tries", "1", (a, b) -> a + b).length() < 3;
            }
        });
        all.put("answers with members that are null", new ToyClient() {
            @Override
            String body(JsonNode message) {
                if (message.has("method")) {
                    return super.body(message);
                }
                var changed = (ObjectNode) message.deepCopy();
                changed.putNull(message.has("result") ? "error" : "result");
                return changed.toString();
            }
        });
        all.put("speaks revisions with sessions alone", new ToyClient().legacyOnly());
        all.put("pipelines: makes its next request before the answer to a call is there", new ToyClient() {
            @Override
            void call(Use use, String name, ObjectNode arguments) throws Exception {
                var session = use.sessionId;
                if (use.modern || !isTold(use, "sleep 2200")) {
                    super.call(use, name, arguments);
                    return;
                }
                var call = Json.request(id(use), "tools/call");
                var params = call.putObject("params").put("name", name);
                params.set("arguments", arguments);
                if (pipeline(use, call, Json.request(id(use), "tools/list")).startsWith("HTTP/1.1 404")) {
                    gone(use, "tools/call", params, session);
                }
            }
        });
        all.put("sends bodies in chunks, and asks first whether it may", new ToyClient() {
            @Override
            Response send(Use use, JsonNode message) throws Exception {
                return Response.of(
                        use.http,
                        http(use, "POST", message, null)
                                .expectContinue(true)
                                .POST(HttpRequest.BodyPublishers.ofInputStream(
                                        () -> new ByteArrayInputStream(bytes(message))))
                                .build());
            }
        });
        all.put("sends a ping first, and is initialized late", new ToyClient() {
            @Override
            void initialized(Use use) throws Exception {
                post(use, Json.request(id(use), "ping"));
                Thread.sleep(700);
                super.initialized(use);
            }
        });
        all.put("ids below zero, and zero", new ToyClient() {
            @Override
            Object id(Use use) {
                return 3 - 2 * use.ids.incrementAndGet();
            }
        });
        all.put("two lines of Accept, and a type with its encoding", new ToyClient() {
            @Override
            Map<String, String> headers(Use use, String method, JsonNode message) {
                var headers = super.headers(use, method, message);
                headers.remove("Accept");
                headers.computeIfPresent("Content-Type", (name, type) -> "Application/JSON; charset=UTF-8");
                return headers;
            }

            @Override
            HttpRequest.Builder http(Use use, String method, JsonNode message, String lastEventId) {
                return super.http(use, method, message, lastEventId)
                        .header("Accept", "text/event-stream")
                        .header("Accept", "application/json");
            }
        });
        all.put("sends a message again that was not answered", new ToyClient() {
            @Override
            Reply post(Use use, ObjectNode message) throws Exception {
                if (!isTold(use, "timeout 1500")
                        || !message.path("method").asString("").equals("tools/call")) {
                    return super.post(use, message);
                }
                try {
                    return async(() -> super.post(use, message)).get(1200, TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    return super.post(use, message);
                }
            }
        });
        all.put("looks at its stream for a moment, three times, and then no more", new ToyClient() {
            @Override
            boolean listenOnce(Use use) throws Exception {
                async(() -> super.listenOnce(use));
                Thread.sleep(300);
                return use.settings.merge("toy.looks", "1", (a, b) -> a + b).length() < 3;
            }
        });
        all.put("is initialized while it lists the tools", new ToyClient() {
            @Override
            void initialized(Use use) {
                async(() -> {
                    super.initialized(use);
                    return null;
                });
            }
        });
        all.put("speaks the revision without sessions alone, and does not ask which is spoken", new ToyClient() {
            @Override
            void discover(Use use) {
                // The first request will tell.
            }
        });
        all.put("writes messages for people to read", new ToyClient() {
            @Override
            String body(JsonNode message) {
                var turned = Json.object();
                var names = new ArrayList<>(message.propertyNames());
                Collections.reverse(names);
                names.forEach(name -> turned.set(name, message.get(name)));
                return "\r\n" + turned.toPrettyString() + "\n\n";
            }
        });
        return all;
    }

    private static boolean isTold(ToyClient.Use use, String step) {
        return use.settings.getOrDefault(Driver.STEPS, "").contains(step);
    }

    @TestFactory
    Stream<DynamicTest> noneIsAccused() {
        var part = System.getProperty("unusual", "");
        var few = new java.util.concurrent.Semaphore(4);
        var runs = new LinkedHashMap<String, java.util.concurrent.CompletableFuture<ClientRun>>();
        clients().forEach((name, client) -> {
            if (name.contains(part)) {
                runs.put(name, ToyClient.async(() -> {
                    few.acquire();
                    try {
                        return ClientSuite.of(client).run();
                    } finally {
                        few.release();
                    }
                }));
            }
        });
        return runs.entrySet().stream()
                .map(run -> DynamicTest.dynamicTest(run.getKey(), () -> {
                    var results = run.getValue().get().results();
                    assertFalse(results.isEmpty());
                    assertEquals(
                            List.of(),
                            results.stream()
                                    .filter(r -> r.verdict().isViolation() || r.verdict() == Verdict.ERROR)
                                    .map(ClientMatrixTest::show)
                                    .toList());
                }));
    }

    static Map<String, ToyClient> all() {
        return clients();
    }

    /** The names of what a client is told, which is what drivers of the official suite read. */
    @org.junit.jupiter.api.Test
    void environment() {
        assertEquals("MCP_CONFORMANCE_SCENARIO", Driver.SCENARIO);
        assertEquals("MCP_CONFORMANCE_PROTOCOL_VERSION", Driver.REVISION);
    }
}
