package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.clients.ClientSuite;
import dev.mcpsession.server.junit.ReferenceServerExtension;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests of a client on the official Java SDK: against the reference server, and by the rules about clients. */
class JavaSdkTest {
    private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(5);

    private static final Set<String> RULES =
            Set.of("client/accept-post", "client/initialize-first", "client/initialized-sent");

    // As JSON, since the 1.1 line of the SDK takes no "retry" field in an event stream.
    @RegisterExtension
    final ReferenceServerExtension server = ReferenceServerExtension.with(
            options -> options.idleTimeout(IDLE_TIMEOUT).jsonAnswers(true));

    @Test
    void goesOnWhenItsSessionHasExpired() {
        try (var client = connect(server.uri())) {
            var tools = client.listTools().tools();
            assertTrue(tools.stream().anyMatch(tool -> tool.name().equals("echo")), tools::toString);
            server.pass(IDLE_TIMEOUT);
            try {
                assertEquals(tools.size(), client.listTools().tools().size());
            } catch (RuntimeException told) {
                // The 1.1 line of the SDK opens no new session: it tells, and whoever uses it connects anew.
                assertEquals("MCP session with server terminated", told.getMessage());
                try (var next = connect(server.uri())) {
                    assertEquals(tools.size(), next.listTools().tools().size());
                }
            }
        }
    }

    @TestFactory
    Stream<DynamicNode> rules() {
        return ClientSuite.of((URI uri) -> {
                    try (var client = connect(uri)) {
                        client.listTools();
                        client.callTool(new CallToolRequest("add_numbers", Map.of("a", 5, "b", 3)));
                    }
                })
                .select(rule -> RULES.contains(rule.id()))
                .asTests();
    }

    private static McpSyncClient connect(URI uri) {
        var transport = HttpClientStreamableHttpTransport.builder(
                        uri.resolve("/").toString())
                .endpoint(uri.getRawPath())
                .build();
        var client =
                McpClient.sync(transport).requestTimeout(Duration.ofSeconds(20)).build();
        client.initialize();
        return client;
    }
}
