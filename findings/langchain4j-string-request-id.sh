#!/usr/bin/env bash
# Package:  dev.langchain4j:langchain4j-mcp 1.18.1-beta28 (Maven Central)
# Expected: a response has the id of the request that it answers, and an id is a string or an integer (MCP
#           2025-11-25, Base Protocol, Messages; the example of Ping has "id": "123"). Servers may ping their
#           clients.
# Observed: the client reads the id of a request as a number, and answers each one whose id is a string with id 0.
#           Servers of the official Java SDK make such ids ("<session>-<number>"): they wait in vain for their ping,
#           and take a client that is well for a dead one.
# Output:   server asked with id "ping-a", client answered {"jsonrpc":"2.0","id":0,"result":{}}
#           server asked with id 7, client answered {"jsonrpc":"2.0","id":7,"result":{}}
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
import dev.langchain4j.mcp.client.DefaultMcpClient;
import dev.langchain4j.mcp.client.transport.http.StreamableHttpMcpTransport;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.*;

/** A server that pings its client twice over the GET stream, and prints what comes back. */
class Check {

    static final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    static final BlockingQueue<HttpExchange> streams = new LinkedBlockingQueue<>();

    public static void main(String[] args) throws Exception {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/mcp", Check::serve);
        server.start();
        var url = "http://127.0.0.1:" + server.getAddress().getPort() + "/mcp";
        var transport = StreamableHttpMcpTransport.builder().url(url).timeout(Duration.ofSeconds(5))
                .subsidiaryChannel(true).build();
        var client = DefaultMcpClient.builder().transport(transport).build();
        var stream = streams.poll(10, TimeUnit.SECONDS);
        var wrong = ask(stream, "\"ping-a\"");
        var right = ask(stream, "7");
        System.exit(wrong.contains("\"id\":0") && right.contains("\"id\":7") ? 0 : 1);
    }

    static String ask(HttpExchange stream, String id) throws Exception {
        var ping = "data: {\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"ping\"}\n\n";
        stream.getResponseBody().write(ping.getBytes(StandardCharsets.UTF_8));
        stream.getResponseBody().flush();
        var answer = String.valueOf(answers.poll(10, TimeUnit.SECONDS));
        System.out.println("server asked with id " + id + ", client answered " + answer);
        return answer;
    }

    static void serve(HttpExchange exchange) throws java.io.IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        if (exchange.getRequestMethod().equals("GET")) {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().flush();
            streams.add(exchange);
        } else if (body.contains("\"initialize\"")) {
            var id = body.replaceAll(".*\"id\":(\\d+).*", "$1");
            var answer = ("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{\"protocolVersion\":\"2025-11-25\","
                    + "\"capabilities\":{},\"serverInfo\":{\"name\":\"s\",\"version\":\"1\"}}}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.getResponseHeaders().set("Mcp-Session-Id", "session-1");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        } else {
            if (body.contains("\"result\"")) {
                answers.add(body);
            }
            exchange.sendResponseHeaders(202, -1);
            exchange.close();
        }
    }
}
JAVA
ls lib/langchain4j-mcp-*.jar | sed 's/.*\///'
# A machine that is busy takes its time to compile.
javac -nowarn -d classes -cp 'lib/*' Check.java 2> javac.log || { cat javac.log >&2; exit 1; }
timeout 300 java -cp 'classes:lib/*' Check 2> java.log || { cat java.log >&2; exit 1; }
echo "still so"
