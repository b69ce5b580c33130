#!/usr/bin/env bash
# Package:  dev.langchain4j:langchain4j-mcp 1.18.1-beta28 (Maven Central)
# Expected: a client of 2025-06-18 or later sends MCP-Protocol-Version on each request after initialize (MCP 2025-11-25,
#           Transports, Protocol Version Header: MUST).
# Observed: the client asks for 2025-11-25, accepts it, and never sends the header. Servers that keep no state are to take
#           such a client for one of 2025-03-26, and those that insist on the header turn it away.
# Output:   initialize: MCP-Protocol-Version absent
#           notifications/initialized: MCP-Protocol-Version absent
#           tools/list: MCP-Protocol-Version absent
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
  </dependencies>
</project>
XML
mvn -B -q -Dmaven.repo.local="$dir/repository" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DoutputDirectory="$dir/lib" > mvn.log 2>&1 || { cat mvn.log >&2; exit 1; }

cat > Check.java <<'JAVA'
import com.sun.net.httpserver.*;
import dev.langchain4j.mcp.client.DefaultMcpClient;
import dev.langchain4j.mcp.client.transport.http.StreamableHttpMcpTransport;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.concurrent.*;

/** A server that keeps the version header of each request. */
class Check {

    static final Map<String, String> versions = new ConcurrentSkipListMap<>();

    public static void main(String[] args) throws Exception {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/mcp", Check::serve);
        server.start();
        var url = "http://127.0.0.1:" + server.getAddress().getPort() + "/mcp";
        var client = DefaultMcpClient.builder().transport(StreamableHttpMcpTransport.builder().url(url).build()).build();
        client.listTools();
        versions.forEach((method, version) -> System.out.println(method + ": MCP-Protocol-Version " + version));
        System.exit("absent".equals(versions.get("tools/list")) ? 0 : 1);
    }

    static void serve(HttpExchange exchange) throws java.io.IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        if (!exchange.getRequestMethod().equals("POST")) {
            send(exchange, 405, "");
            return;
        }
        var method = body.replaceAll(".*\"method\":\"([^\"]+)\".*", "$1");
        versions.put(method, Objects.requireNonNullElse(
                exchange.getRequestHeaders().getFirst("MCP-Protocol-Version"), "absent"));
        switch (method) {
            case "initialize" -> send(exchange, 200, answer(body, "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}},"
                    + "\"serverInfo\":{\"name\":\"s\",\"version\":\"1\"}}"));
            case "tools/list" -> send(exchange, 200, answer(body, "{\"tools\":[]}"));
            default -> send(exchange, 202, "");
        }
    }

    static String answer(String body, String result) {
        var id = body.replaceAll(".*\"id\":(\\d+).*", "$1");
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
ls lib/langchain4j-mcp-*.jar | sed 's/.*\///'
timeout 60 java -cp 'lib/*' Check.java 2> java.log || { cat java.log >&2; exit 1; }
echo "still so"
