package dev.mcpsession.clients;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.mcp.client.DefaultMcpClient;
import dev.langchain4j.mcp.client.McpClient;
import dev.langchain4j.mcp.client.transport.http.StreamableHttpMcpTransport;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The MCP client of LangChain4j, driven by steps (../README.md). */
final class LangChain4j implements Steps.Client {

    private final McpClient client;

    private LangChain4j(McpClient client) {
        this.client = client;
    }

    public static void main(String[] args) {
        Steps.drive(args, LangChain4j::connect);
    }

    private static Steps.Client connect(String url, Duration timeout, String token) {
        var transport = StreamableHttpMcpTransport.builder().url(url);
        if (token != null) {
            transport.customHeaders(Map.of("Authorization", "Bearer " + token));
        }
        var client = DefaultMcpClient.builder().key("server").transport(transport.build());
        if (timeout != null) {
            client.toolExecutionTimeout(timeout).pingTimeout(timeout).resourcesTimeout(timeout).promptsTimeout(timeout);
        }
        return new LangChain4j(client.build());
    }

    @Override
    public List<String> list() {
        return client.listTools().stream().map(ToolSpecification::name).toList();
    }

    @Override
    public String call(String name, String arguments) {
        var result = client.executeTool(ToolExecutionRequest.builder().name(name).arguments(arguments).build());
        if (result.isError()) {
            throw new IllegalStateException("the tool failed: " + result.resultText());
        }
        return result.resultText();
    }

    @Override
    public void ping() {
        client.checkHealth();
    }

    @Override
    public void resources() {
        client.listResources().forEach(resource -> client.readResource(resource.uri()));
    }

    @Override
    public void prompts() {
        client.listPrompts().forEach(prompt -> client.getPrompt(prompt.name(), Map.of()));
    }

    @Override
    public void close() throws Exception {
        client.close();
    }
}
