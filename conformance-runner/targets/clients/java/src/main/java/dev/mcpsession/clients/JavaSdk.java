package dev.mcpsession.clients;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.ClientCapabilities;
import io.modelcontextprotocol.spec.McpSchema.ElicitFormRequest;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult;
import io.modelcontextprotocol.spec.McpSchema.GetPromptRequest;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** A client on the Java SDK, driven by steps (../README.md). */
final class JavaSdk implements Steps.Client {

    private static final JsonMapper JSON = new JsonMapper();

    private final McpSyncClient client;

    private JavaSdk(McpSyncClient client) {
        this.client = client;
    }

    public static void main(String[] args) {
        Steps.drive(args, JavaSdk::connect);
    }

    private static Steps.Client connect(String url, Duration timeout, String token) {
        var address = URI.create(url);
        var transport = HttpClientStreamableHttpTransport.builder(address.resolve("/").toString())
                // The official suite gives a URL without a path in its scenario "initialize".
                .endpoint(address.getRawPath().isEmpty() ? "/" : address.getRawPath());
        if (token != null) {
            transport.httpRequestCustomizer((request, method, target, body, context) ->
                    request.header("Authorization", "Bearer " + token));
        }
        var client = McpClient.sync(transport.build())
                .capabilities(ClientCapabilities.builder().elicitation().build()).elicitation(JavaSdk::answer);
        if (timeout != null) {
            client.requestTimeout(timeout);
        }
        var built = client.build();
        try {
            built.initialize();
        } catch (RuntimeException e) {
            built.close();
            throw e;
        }
        return new JavaSdk(built);
    }

    @Override
    public List<String> list() {
        return client.listTools().tools().stream().map(Tool::name).toList();
    }

    @Override
    public String call(String name, String arguments) {
        Map<String, Object> given = JSON.readValue(arguments, new TypeReference<>() {});
        var result = client.callTool(CallToolRequest.builder(name).arguments(given).build());
        var said = result.content().stream().filter(TextContent.class::isInstance).map(TextContent.class::cast)
                .map(TextContent::text).collect(Collectors.joining(" "));
        if (Boolean.TRUE.equals(result.isError())) {
            throw new IllegalStateException("the tool failed: " + said);
        }
        return said;
    }

    @Override
    public void ping() {
        client.ping();
    }

    @Override
    public void resources() {
        client.listResources().resources().forEach(client::readResource);
    }

    @Override
    public void prompts() {
        client.listPrompts().prompts().forEach(
                prompt -> client.getPrompt(GetPromptRequest.builder(prompt.name()).build()));
    }

    @Override
    public void close() {
        client.closeGracefully();
    }

    /** The user's answer to a question: the defaults, and yes where there is none and the answer is yes or no. */
    private static ElicitResult answer(ElicitFormRequest request) {
        var content = new HashMap<String, Object>();
        if (request.requestedSchema().get("properties") instanceof Map<?, ?> properties) {
            properties.forEach((name, schema) -> {
                if (schema instanceof Map<?, ?> property) {
                    if (property.get("default") != null) {
                        content.put((String) name, property.get("default"));
                    } else if ("boolean".equals(property.get("type"))) {
                        content.put((String) name, true);
                    }
                }
            });
        }
        return ElicitResult.builder(ElicitResult.Action.ACCEPT).content(content).build();
    }
}
