#!/usr/bin/env bash
# Packages: io.modelcontextprotocol:kotlin-sdk-client-jvm 0.16.0 (the official Kotlin SDK) and
#           dev.langchain4j:langchain4j-mcp 1.18.1-beta28 (Maven Central)
# Expected: a client of 2025-06-18 or later sends MCP-Protocol-Version on each request after initialize (MCP
#           2025-11-25, Transports, Protocol Version Header: MUST).
# Observed: both clients ask for 2025-11-25, accept it, and never send the header. Servers that keep no state are to
#           take such a client for one of 2025-03-26, and those that insist on the header turn it away. The transport
#           of the Kotlin SDK would send what is in its property protocolVersion, but the client leaves it empty: set
#           it after connect().
# Output:   Kotlin SDK: negotiated 2025-11-25
#             POST notifications/initialized: MCP-Protocol-Version absent
#             POST ping: MCP-Protocol-Version absent
#           Kotlin SDK, protocolVersion set:
#             POST ping: MCP-Protocol-Version 2025-11-25
#           LangChain4j: negotiated 2025-11-25
#             POST notifications/initialized: MCP-Protocol-Version absent
#             POST tools/list: MCP-Protocol-Version absent
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > pom.xml <<'XML'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>findings</groupId>
  <artifactId>check</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>dev.langchain4j</groupId>
      <artifactId>langchain4j-mcp</artifactId>
      <version>1.18.1-beta28</version>
    </dependency>
    <dependency>
      <groupId>io.modelcontextprotocol</groupId>
      <artifactId>kotlin-sdk-client-jvm</artifactId>
      <version>0.16.0</version>
    </dependency>
    <dependency>
      <groupId>io.ktor</groupId>
      <artifactId>ktor-client-cio-jvm</artifactId>
      <version>3.5.2</version>
    </dependency>
  </dependencies>
</project>
XML
mvn -B -q -Dmaven.repo.local="$dir/repository" -DoutputDirectory="$dir/lib" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies > mvn.log 2>&1 \
    || { cat mvn.log >&2; exit 1; }

cat > Check.java <<'JAVA'
import com.sun.net.httpserver.*;
import dev.langchain4j.mcp.client.DefaultMcpClient;
import dev.langchain4j.mcp.client.transport.http.StreamableHttpMcpTransport;
import io.ktor.client.HttpClientKt;
import io.ktor.client.engine.cio.CIO;
import io.ktor.client.plugins.sse.SSEKt;
import io.modelcontextprotocol.kotlin.sdk.client.*;
import io.modelcontextprotocol.kotlin.sdk.types.Implementation;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.concurrent.*;
import kotlin.Unit;
import kotlin.coroutines.*;
import kotlinx.coroutines.BuildersKt;

/** A server of 2025-11-25 that keeps the version header of each POST request after initialize. */
class Check {

    static final Map<String, String> versions = new ConcurrentSkipListMap<>();

    public static void main(String[] args) throws Exception {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/mcp", Check::serve);
        server.start();
        var url = "http://127.0.0.1:" + server.getAddress().getPort() + "/mcp";

        var http = HttpClientKt.HttpClient(CIO.INSTANCE, config -> {
            config.install(SSEKt.getSSE(), sse -> Unit.INSTANCE);
            return Unit.INSTANCE;
        });
        var transport = new StreamableHttpClientTransport(
                http, url, new ReconnectionOptions(), 1 << 20, request -> Unit.INSTANCE);
        var kotlin = new Client(new Implementation("c", "1", null, null, null), new ClientOptions());
        await(then -> kotlin.connect(transport, then));
        await(then -> kotlin.ping(null, then));
        var first = report("Kotlin SDK: negotiated 2025-11-25");
        transport.setProtocolVersion("2025-11-25");
        await(then -> kotlin.ping(null, then));
        var second = report("Kotlin SDK, protocolVersion set:");

        var plain = StreamableHttpMcpTransport.builder().url(url).build();
        DefaultMcpClient.builder().transport(plain).build().listTools();
        var third = report("LangChain4j: negotiated 2025-11-25");
        System.exit(first.equals(Set.of("absent")) && second.equals(Set.of("2025-11-25"))
                && third.equals(Set.of("absent")) ? 0 : 1);
    }

    /** Calls a suspending function of Kotlin, and waits for it. */
    static void await(java.util.function.Function<Continuation, Object> function) throws InterruptedException {
        BuildersKt.runBlocking(EmptyCoroutineContext.INSTANCE, (scope, then) -> function.apply(then));
    }

    static Set<String> report(String title) {
        System.out.println(title);
        versions.forEach((request, version) ->
                System.out.println("  " + request + ": MCP-Protocol-Version " + version));
        var values = new HashSet<>(versions.values());
        versions.clear();
        return values;
    }

    static void serve(HttpExchange exchange) throws java.io.IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        if (!exchange.getRequestMethod().equals("POST")) {
            send(exchange, 405, "");
            return;
        }
        var method = body.replaceAll(".*\"method\":\"([^\"]+)\".*", "$1");
        if (!method.equals("initialize")) {
            versions.put("POST " + method, Objects.requireNonNullElse(
                    exchange.getRequestHeaders().getFirst("MCP-Protocol-Version"), "absent"));
        }
        switch (method) {
            case "initialize" -> send(exchange, 200, answer(body,
                    "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}},"
                    + "\"serverInfo\":{\"name\":\"s\",\"version\":\"1\"}}"));
            case "tools/list" -> send(exchange, 200, answer(body, "{\"tools\":[]}"));
            case "ping" -> send(exchange, 200, answer(body, "{}"));
            default -> send(exchange, 202, "");
        }
    }

    static String answer(String body, String result) {
        var id = body.replaceAll(".*\"id\":(\"[^\"]*\"|\\d+).*", "$1");
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":" + result + "}";
    }

    static void send(HttpExchange exchange, int status, String body) throws java.io.IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.getResponseHeaders().set("Mcp-Session-Id", "session-1");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
JAVA
ls lib/kotlin-sdk-client-jvm-*.jar lib/langchain4j-mcp-*.jar | sed 's/.*\///'
# A machine that is busy takes its time to compile.
javac -nowarn -d classes -cp 'lib/*' Check.java 2> javac.log || { cat javac.log >&2; exit 1; }
timeout 300 java -cp 'classes:lib/*' Check 2> java.log || { cat java.log >&2; exit 1; }
echo "still so"
