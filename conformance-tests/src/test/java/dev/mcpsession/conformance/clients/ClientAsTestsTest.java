package dev.mcpsession.conformance.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mcpsession.conformance.clients.driver.Driver;
import dev.mcpsession.conformance.protocol.Revision;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** The rules as tests of a build whose client is a lambda: one that keeps them is green, one that breaks one is red. */
class ClientAsTestsTest {
    private static final Set<String> RULES =
            Set.of("client/session-id-sent", "client/version-header-sent", "client/initialized-sent");

    private static Stream<DynamicNode> tests(ToyClient client) {
        return ClientSuite.of(uri -> client.use(
                        uri, Map.of(Driver.SCENARIO, "tools_call", Driver.REVISION, "2025-11-25"), line -> {}))
                .revisions(Set.of(Revision.V2025_11_25))
                .select(rule -> RULES.contains(rule.id()))
                .asTests();
    }

    @TestFactory
    Stream<DynamicNode> aRightClient() {
        return tests(new ToyClient());
    }

    @Test
    void aWrongClient() {
        var wrong = new ToyClient() {
            @Override
            Map<String, String> headers(Use use, String method, JsonNode message) {
                var headers = super.headers(use, method, message);
                headers.remove("MCP-Protocol-Version");
                return headers;
            }
        };
        var red = tests(wrong)
                .flatMap(ClientAsTestsTest::leaves)
                .filter(test -> !isGreen(test))
                .toList();
        assertEquals(1, red.size(), red::toString);
    }

    private static Stream<DynamicTest> leaves(DynamicNode node) {
        return node instanceof DynamicContainer container
                ? container.getChildren().flatMap(ClientAsTestsTest::leaves)
                : Stream.of((DynamicTest) node);
    }

    private static boolean isGreen(DynamicTest test) {
        try {
            test.getExecutable().execute();
            return true;
        } catch (Throwable e) {
            return !List.of("AssertionFailedError", "AssertionError")
                    .contains(e.getClass().getSimpleName());
        }
    }
}
