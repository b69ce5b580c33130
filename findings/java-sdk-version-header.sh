#!/usr/bin/env bash
# Package:  io.modelcontextprotocol.sdk:mcp 2.1.0 (Maven Central), client
# Expected: MCP-Protocol-Version on the requests after initialize names the revision that was negotiated (MCP
#           2025-11-25, Transports, Protocol Version Header: SHOULD).
# Observed: POST requests do so. The GET that listens and the DELETE that ends the session name the newest revision
#           that the client knows, whatever was agreed on: to a server of 2025-06-18 one session speaks two
#           revisions, and a server that knows no other has to answer such a header with 400, so that it refuses the
#           stream and the session is never ended.
# Output:   negotiated: 2025-06-18
#           DELETE: 2025-11-25
#           GET: 2025-11-25
#           POST ping: 2025-06-18
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
      <groupId>io.modelcontextprotocol.sdk</groupId>
      <artifactId>mcp</artifactId>
      <version>2.1.0</version>
    </dependency>
  </dependencies>
</project>
XML
mvn -B -q -Dmaven.repo.local="$dir/repository" -DoutputDirectory="$dir/lib" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies > mvn.log 2>&1 \
    || { cat mvn.log >&2; exit 1; }

cat > Check.java <<'JAVA'
import com.sun.net.httpserver.*;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;

/** A server that answers initialize with 2025-06-18, and keeps the version header of each request. */
class Check {

    static final Map<String, String> versions = new ConcurrentSkipListMap<>();
    static final CountDownLatch listening = new CountDownLatch(1);
    static final CountDownLatch ended = new CountDownLatch(1);

    public static void main(String[] args) throws Exception {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/mcp", Check::serve);
        server.start();
        var transport = HttpClientStreamableHttpTransport.builder("http://127.0.0.1:" + server.getAddress().getPort())
                .endpoint("/mcp").openConnectionOnStartup(false).build();
        var client = McpClient.sync(transport).requestTimeout(Duration.ofSeconds(10)).build();
        System.out.println("negotiated: " + client.initialize().protocolVersion());
        client.ping();
        listening.await(10, TimeUnit.SECONDS);
        client.closeGracefully();
        ended.await(10, TimeUnit.SECONDS);
        versions.forEach((request, version) -> System.out.println(request + ": " + version));
        System.exit("2025-06-18".equals(versions.get("POST ping")) && "2025-11-25".equals(versions.get("GET"))
                && "2025-11-25".equals(versions.get("DELETE")) ? 0 : 1);
    }

    static void serve(HttpExchange exchange) throws java.io.IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        var request = exchange.getRequestMethod();
        if (request.equals("POST")) {
            request += " " + body.replaceAll(".*\"method\":\"([^\"]+)\".*", "$1");
        }
        versions.put(request, Objects.requireNonNullElse(
                exchange.getRequestHeaders().getFirst("MCP-Protocol-Version"), "absent"));
        switch (request) {
            case "POST initialize" -> send(exchange, 200, answer(body,
                    "{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},"
                    + "\"serverInfo\":{\"name\":\"s\",\"version\":\"1\"}}"));
            case "POST ping" -> send(exchange, 200, answer(body, "{}"));
            case "GET" -> {
                send(exchange, 405, "");
                listening.countDown();
            }
            case "DELETE" -> {
                send(exchange, 200, "");
                ended.countDown();
            }
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
ls lib/mcp-core-*.jar | sed 's/.*\///'
# A machine that is busy takes its time to compile.
javac -nowarn -d classes -cp 'lib/*' Check.java 2> javac.log || { cat javac.log >&2; exit 1; }
timeout 300 java -cp 'classes:lib/*' Check 2> java.log || { cat java.log >&2; exit 1; }
echo "still so"
