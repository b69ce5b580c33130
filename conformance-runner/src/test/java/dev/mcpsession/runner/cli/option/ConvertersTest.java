package dev.mcpsession.runner.cli.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.protocol.Header;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConvertersTest {
    private static final Map<String, String> ENVIRONMENT = Map.of("TOKEN", "s$1cret");

    @Test
    void readsDurations() {
        assertEquals(Duration.ofMillis(1500), Converters.positive("1.5s"));
        assertEquals(Duration.ZERO, Converters.notNegative("0s"));
    }

    @ParameterizedTest
    @CsvSource({
        "0s, positive",
        "-1s, positive",
        "1, no unit",
        "soon, not a duration",
        "NaNs, not a duration",
        "1e9h, not a duration",
        "99999999999h, too long"
    })
    void refusesDurationsThatAreNotPositive(String text, String because) {
        var failure = assertThrows(IllegalArgumentException.class, () -> Converters.positive(text));
        assertTrue(failure.getMessage().contains(because), failure::getMessage);
    }

    @Test
    void refusesANegativeLag() {
        assertThrows(IllegalArgumentException.class, () -> Converters.notNegative("-1ms"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lst",
                "127.0.0.1:8000/mcp",
                "ftp://x/",
                "http://",
                "http:///mcp",
                "http://a b/",
                "http://user:secret@host/mcp",
                "http://host/mcp#part"
            })
    void refusesWhatIsNoUrlOfAnEndpoint(String text) {
        var failure = assertThrows(IllegalArgumentException.class, () -> Converters.url(text));
        assertTrue(!failure.getMessage().contains("secret"), failure::getMessage);
    }

    @Test
    void takesVariablesIntoHeaders() {
        assertEquals(
                new Header("Authorization", "Bearer s$1cret"),
                Converters.header("Authorization: Bearer ${TOKEN}", ENVIRONMENT));
        assertEquals(new Header("X-Empty", ""), Converters.header("X-Empty:", ENVIRONMENT));
    }

    @ParameterizedTest
    @CsvSource({
        "Authorization, form",
        ": x, form",
        "A B: x, no name",
        "A: ${NONE}, NONE is not set",
        "'A: x\r\nB: y', control"
    })
    void refusesWhatIsNoHeader(String text, String because) {
        var failure = assertThrows(IllegalArgumentException.class, () -> Converters.header(text, ENVIRONMENT));
        assertTrue(failure.getMessage().contains(because), failure::getMessage);
    }

    @Test
    void readsSlowTools() {
        var tool = Converters.slowTool("sleep={\"milliseconds\":2500}");
        assertEquals("sleep", tool.name());
        assertEquals("{\"milliseconds\":2500}", tool.arguments().toString());
        assertEquals("{}", Converters.slowTool("sleep").arguments().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "={}", "sleep=", "sleep=[1]", "sleep={", "sleep=2500"})
    void refusesWhatIsNoSlowTool(String text) {
        assertThrows(IllegalArgumentException.class, () -> Converters.slowTool(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "many", ""})
    void refusesCountsBelowOne(String text) {
        assertThrows(IllegalArgumentException.class, () -> Converters.count(text));
    }
}
