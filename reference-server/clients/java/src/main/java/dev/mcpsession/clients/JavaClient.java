package dev.mcpsession.clients;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The steps of a client. Prints a line for each; the first that goes otherwise ends it with status 1. */
public final class JavaClient {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private record Sent(String method, HttpHeaders headers) {
    }

    private final URI url;
    private final Admin admin;
    private final Queue<Sent> sent = new ConcurrentLinkedQueue<>();
    private final CountDownLatch told = new CountDownLatch(1);
    private volatile String step = "start";

    private JavaClient(String url, String admin) {
        this.url = URI.create(url);
        this.admin = new Admin(admin);
    }

    public static void main(String[] args) {
        var scenario = new JavaClient(args[0], args[1]);
        try {
            // Nothing here takes long: whatever hangs is at fault.
            CompletableFuture.runAsync(scenario::run).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            System.exit(0);
        } catch (Exception e) {
            System.out.println("FAILED  " + scenario.step);
            e.printStackTrace();
            System.exit(1);
        }
    }

    private void run() {
        try {
            try (var client = connect(PATIENCE)) {
                goThrough(client);
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private McpSyncClient connect(Duration requestTimeout) {
        var transport = HttpClientStreamableHttpTransport.builder(url.resolve("/").toString()).endpoint(url.getPath())
                .resumableStreams(true).httpRequestCustomizer((request, method, target, body, context) ->
                        sent.add(new Sent(method, request.copy().build().headers())))
                .build();
        var client = McpClient.sync(transport).requestTimeout(requestTimeout)
                .toolsChangeConsumer(tools -> told.countDown()).build();
        client.initialize();
        return client;
    }

    private void goThrough(McpSyncClient client) throws Exception {
        step = "open";
        var first = onlySession();
        equal(admin.session(first).path("revision").stringValue(), "2025-11-25");
        done("a session of 2025-11-25");

        step = "call";
        equal(call(client, "echo", Map.of("message", "hello")), "hello");
        done(null);

        step = "be told";
        // Only the GET stream carries it, and the client opens that in the background.
        until(() -> admin.counters().path("openStreams").intValue() == 1);
        call(client, "announce", Map.of());
        told.await();
        done("that tools have changed, on the GET stream");

        step = "resume";
        var impatient = connect(Duration.ofSeconds(2));
        var unanswered = failure(() -> call(impatient, "poll", Map.of("milliseconds", 0)));
        equal(unanswered instanceof TimeoutException, true);
        equal(sent.stream().anyMatch(request -> request.headers().firstValue("Last-Event-ID").isPresent()), false);
        impatient.closeGracefully();
        equal(admin.sessions(), List.of(first));
        done("not supported: it waits for an answer on a closed connection until its request timeout");

        step = "be expired";
        admin.expire(first);
        var expired = failure(() -> call(client, "echo", Map.of("message", "anybody?")));
        equal(expired.getMessage(), "MCP session with server terminated");
        done("the next call fails: " + expired.getMessage());

        step = "recover";
        equal(call(client, "echo", Map.of("message", "again")), "again");
        var second = onlySession();
        equal(second.equals(first), false);
        done("the client has opened another session by itself");

        step = "be terminated in a call";
        var hanging = CompletableFuture.supplyAsync(
                () -> failure(() -> call(client, "sleep", Map.of("milliseconds", 60_000))));
        until(() -> admin.counters().path("calls").path("running").intValue() == 1);
        admin.terminate(second);
        var terminated = hanging.get();
        equal(terminated instanceof McpError, true);
        done("the call fails at once: " + terminated.getMessage());

        step = "recover again";
        failure(() -> call(client, "echo", Map.of("message", "anybody?")));
        equal(call(client, "echo", Map.of("message", "again")), "again");
        var third = onlySession();
        done(null);

        step = "delete";
        client.closeGracefully();
        var last = sent.stream().reduce((one, next) -> next).orElseThrow();
        equal(last.method(), "DELETE");
        equal(last.headers().firstValue("Mcp-Session-Id").orElse("none"), third);
        equal(admin.sessions(), List.of());
        done("when the client is closed");
    }

    private String onlySession() throws Exception {
        var sessions = admin.sessions();
        equal(sessions.size(), 1);
        return sessions.get(0);
    }

    private void done(String remark) {
        System.out.println("ok  " + step + (remark == null ? "" : ": " + remark));
    }

    private static String call(McpSyncClient client, String tool, Map<String, Object> arguments) {
        var result = client.callTool(CallToolRequest.builder(tool).arguments(arguments).build());
        return ((TextContent) result.content().get(0)).text();
    }

    private static Throwable failure(Callable<String> call) {
        try {
            var result = call.call();
            throw new AssertionError("expected the call to fail, but it gave " + result);
        } catch (Exception e) {
            // The blocking client wraps what is checked.
            return e.getCause() instanceof TimeoutException ? e.getCause() : e;
        }
    }

    private static void equal(Object got, Object wanted) {
        if (!Objects.equals(got, wanted)) {
            throw new AssertionError("expected " + wanted + " but got " + got);
        }
    }

    private static void until(Callable<Boolean> condition) throws Exception {
        while (!condition.call()) {
            Thread.sleep(20);
        }
    }
}
