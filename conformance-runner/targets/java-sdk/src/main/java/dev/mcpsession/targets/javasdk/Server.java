package dev.mcpsession.targets.javasdk;

import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.transport.HttpServletStatelessServerTransport;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import jakarta.servlet.Servlet;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import reactor.core.publisher.Mono;

/**
 * A small MCP server on the Java SDK, in an embedded Tomcat. The settings come from the environment: MCP_PORT,
 * MCP_IDLE_TIMEOUT_MS (the interval at which the SDK sweeps idle sessions) and MCP_STATELESS; {@code --stateless} sets
 * the last.
 */
public final class Server {

    private static final Tool ECHO = Tool.builder("echo", schema("message", "string"))
            .description("Answers with the message")
            .build();
    private static final Tool SLEEP = Tool.builder("sleep", schema("milliseconds", "integer"))
            .description("Answers after the given time")
            .build();

    private Server() {
    }

    public static void main(String[] args) throws Exception {
        var stateless = List.of(args).contains("--stateless") || Boolean.parseBoolean(System.getenv("MCP_STATELESS"));
        serve(stateless ? stateless() : stateful(), Integer.parseInt(System.getenv("MCP_PORT")));
    }

    private static Servlet stateful() {
        var idleTimeout = System.getenv("MCP_IDLE_TIMEOUT_MS");
        var transport = HttpServletStreamableServerTransportProvider.builder()
                .mcpEndpoint("/mcp")
                .sessionSweepInterval(idleTimeout == null ? null : Duration.ofMillis(Long.parseLong(idleTimeout)))
                .build();
        McpServer.async(transport)
                .serverInfo("java-sdk-target", "1.0.0")
                .capabilities(ServerCapabilities.builder().tools(true).build())
                .toolCall(ECHO, (exchange, request) -> echo(request))
                .toolCall(SLEEP, (exchange, request) -> sleep(request))
                .build();
        return transport;
    }

    private static Servlet stateless() {
        var transport = HttpServletStatelessServerTransport.builder().messageEndpoint("/mcp").build();
        McpServer.async(transport)
                .serverInfo("java-sdk-target", "1.0.0")
                .capabilities(ServerCapabilities.builder().tools(true).build())
                .toolCall(ECHO, (context, request) -> echo(request))
                .toolCall(SLEEP, (context, request) -> sleep(request))
                .build();
        return transport;
    }

    private static void serve(Servlet servlet, int port) throws Exception {
        var tomcat = new Tomcat();
        tomcat.setBaseDir("target/tomcat");
        tomcat.setPort(port);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        var context = tomcat.addContext("", null);
        Tomcat.addServlet(context, "mcp", servlet).setAsyncSupported(true);
        context.addServletMappingDecoded("/mcp", "mcp");
        try {
            tomcat.start();
        } catch (LifecycleException e) {
            e.printStackTrace();
            System.exit(1);
        }
        tomcat.getServer().await();
    }

    private static Mono<CallToolResult> echo(CallToolRequest request) {
        return Mono.just(text((String) request.arguments().get("message")));
    }

    private static Mono<CallToolResult> sleep(CallToolRequest request) {
        var milliseconds = ((Number) request.arguments().get("milliseconds")).longValue();
        return Mono.delay(Duration.ofMillis(milliseconds)).map(tick -> text("slept " + milliseconds + " ms"));
    }

    private static CallToolResult text(String text) {
        return CallToolResult.builder().addTextContent(text).build();
    }

    private static Map<String, Object> schema(String property, String type) {
        return Map.of(
                "type", "object",
                "properties", Map.of(property, Map.of("type", type)),
                "required", List.of(property));
    }
}
