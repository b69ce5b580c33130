#!/usr/bin/env bash
# Package:  dev.langchain4j:langchain4j-mcp 1.18.1-beta28 (Maven Central)
# Expected: tools may return links to resources among their content (MCP 2025-06-18 and 2025-11-25, Server Features,
#           Tools, Resource Links); the client asks for 2025-11-25.
# Observed: one such link makes the call fail, with all else that it returned.
# Output:   text: found it
#           link: java.lang.RuntimeException: Unsupported content type: "resource_link"
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
mvn -B -q -Dmaven.repo.local="$dir/repository" -DoutputDirectory="$dir/lib" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies > mvn.log 2>&1 \
    || { cat mvn.log >&2; exit 1; }

cat > Check.java <<'JAVA'
import com.sun.net.httpserver.*;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.mcp.client.DefaultMcpClient;
import dev.langchain4j.mcp.client.transport.http.StreamableHttpMcpTransport;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.*;

/** A server with two tools: one answers with a text, the other with a text and a link to a resource. */
class Check {

    public static void main(String[] args) throws Exception {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/mcp", Check::serve);
        server.start();
        var url = "http://127.0.0.1:" + server.getAddress().getPort() + "/mcp";
        var transport = StreamableHttpMcpTransport.builder().url(url).build();
        var client = DefaultMcpClient.builder().transport(transport).build();
        var text = call(client, "text");
        var link = call(client, "link");
        System.exit(text.equals("found it") && link.contains("Unsupported content type") ? 0 : 1);
    }

    static String call(DefaultMcpClient client, String tool) {
        String outcome;
        try {
            var request = ToolExecutionRequest.builder().name(tool).arguments("{}").build();
            outcome = client.executeTool(request).resultText();
        } catch (RuntimeException e) {
            outcome = e.toString();
        }
        System.out.println(tool + ": " + outcome);
        return outcome;
    }

    static void serve(HttpExchange exchange) throws java.io.IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        var text = "{\"type\":\"text\",\"text\":\"found it\"}";
        var link = "{\"type\":\"resource_link\",\"uri\":\"file:///notes.txt\",\"name\":\"notes.txt\"}";
        if (!exchange.getRequestMethod().equals("POST")) {
            send(exchange, 405, "");
        } else if (body.contains("\"initialize\"")) {
            send(exchange, 200, answer(body, "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}},"
                + "\"serverInfo\":{\"name\":\"s\",\"version\":\"1\"}}"));
        } else if (body.contains("\"tools/call\"")) {
            var content = body.contains("\"link\"") ? text + "," + link : text;
            send(exchange, 200, answer(body, "{\"content\":[" + content + "]}"));
        } else {
            send(exchange, 202, "");
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
# A machine that is busy takes its time to compile.
javac -nowarn -d classes -cp 'lib/*' Check.java 2> javac.log || { cat javac.log >&2; exit 1; }
timeout 300 java -cp 'classes:lib/*' Check 2> java.log || { cat java.log >&2; exit 1; }
echo "still so"
