#!/usr/bin/env bash
# Package:  io.modelcontextprotocol.sdk:mcp 1.1.5 (Maven Central), client
# Expected: an answer in an event stream may hold all fields of such streams. "retry" is one of them (HTML, Server-sent
#           events), and MCP 2025-11-25 asks servers to send it before they close a stream that goes on later
#           (Transports, Sending Messages to the Server, item 6: SHOULD).
# Observed: the client takes "id" and comments, and ends the call with an exception at a line "retry: 1000", although
#           the answer follows in the same event.
# Output:   no other field: answered
#           id: 1: answered
#           : a comment: answered
#           retry: 1000: McpTransportException: Invalid SSE response. Status code: 200 Line: retry: 1000
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
      <version>1.1.5</version>
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

/** A server that answers pings in event streams: with the field "retry", and without. */
class Check {

    static volatile String field;

    public static void main(String[] args) throws Exception {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/mcp", Check::serve);
        server.start();
        var transport = HttpClientStreamableHttpTransport.builder("http://127.0.0.1:" + server.getAddress().getPort())
                .endpoint("/mcp").openConnectionOnStartup(false).build();
        var client = McpClient.sync(transport).requestTimeout(Duration.ofSeconds(10)).build();
        client.initialize();
        var outcomes = new ArrayList<String>();
        for (var next : List.of("", "id: 1\n", ": a comment\n\n", "retry: 1000\n")) {
            field = next;
            String outcome;
            try {
                client.ping();
                outcome = "answered";
            } catch (RuntimeException e) {
                Throwable cause = e;
                while (cause.getCause() != null) {
                    cause = cause.getCause();
                }
                outcome = cause.getClass().getSimpleName() + ": " + cause.getMessage();
            }
            outcomes.add(outcome);
            System.out.println((next.isEmpty() ? "no other field" : next.strip()) + ": " + outcome);
        }
        System.exit(outcomes.subList(0, 3).equals(List.of("answered", "answered", "answered"))
                && !outcomes.get(3).equals("answered") ? 0 : 1);
    }

    static void serve(HttpExchange exchange) throws java.io.IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        var method = body.replaceAll(".*\"method\":\"([^\"]+)\".*", "$1");
        var id = body.replaceAll(".*\"id\":(\"[^\"]*\"|\\d+).*", "$1");
        if (!exchange.getRequestMethod().equals("POST")) {
            send(exchange, exchange.getRequestMethod().equals("DELETE") ? 200 : 405, "text/plain", "");
        } else if (method.equals("initialize")) {
            send(exchange, 200, "application/json", "{\"jsonrpc\":\"2.0\",\"id\":" + id
                    + ",\"result\":{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},"
                    + "\"serverInfo\":{\"name\":\"s\",\"version\":\"1\"}}}");
        } else if (method.equals("ping")) {
            send(exchange, 200, "text/event-stream",
                    field + "data: {\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{}}\n\n");
        } else {
            send(exchange, 202, "text/plain", "");
        }
    }

    static void send(HttpExchange exchange, int status, String type, String body) throws java.io.IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
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
