package dev.mcpsession.conformance.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionIdsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "7",
                "12",
                "abc",
                "session-12",
                "0f8fad5bd9cb469fa16570867728950e",
                "0F8FAD5B-D9CB-469F-A165-70867728950E",
                "dGhpcyBpcyBhIHRlc3Q_",
                "~~~~"
            })
    void isAnotherIdOfTheSameForm(String id) {
        for (int i = 0; i < 100; i++) {
            var other = SessionIds.similarTo(id);
            assertNotEquals(id, other);
            assertTrue(other.length() >= id.length(), other);
            var form = other.substring(0, id.length());
            assertEquals(
                    id.replaceAll("[0-9]", "0").replaceAll("[a-z]", "a").replaceAll("[A-Z]", "A"),
                    form.replaceAll("[0-9]", "0").replaceAll("[a-z]", "a").replaceAll("[A-Z]", "A"));
        }
    }

    @Test
    void aUuidStaysOneOfItsVersion() {
        for (int i = 0; i < 100; i++) {
            var id = UUID.randomUUID();
            var other = UUID.fromString(SessionIds.similarTo(id.toString()));
            assertEquals(id.version(), other.version());
            assertEquals(id.variant(), other.variant());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "mcp-session-,0f8fad5b-d9cb-469f-a165-70867728950e,''",
        "v2.,0f8fad5bd9cb469fa16570867728950e,.eu-west-1",
        "session_,9c1f0a6e5b7d42388c11,-node2",
        "streamable-http-,Zk3xQ9vLr0TnW7,''"
    })
    void changesWhatIsRandom(String before, String random, String after) {
        for (int i = 0; i < 100; i++) {
            var other = SessionIds.similarTo(before + random + after);
            assertTrue(other.startsWith(before), other);
            assertTrue(other.endsWith(after), other);
            var changed = other.substring(before.length(), other.length() - after.length());
            assertEquals(random.length(), changed.length(), other);
            assertNotEquals(random, changed);
        }
    }

    @Test
    void aTokenKeepsItsSignature() {
        var claims = encoded("{\"sub\":\"u\",\"sid\":\"0f8fad5b-d9cb-469f-a165-70867728950e\"}");
        var token = encoded("{\"alg\":\"HS256\"}") + "." + claims + ".c2lnbmF0dXJlLXNpZ25hdHVyZQ";
        var other = SessionIds.similarTo(token).split("[.]");
        var parts = token.split("[.]");
        assertEquals(parts[0], other[0]);
        assertNotEquals(parts[1], other[1]);
        assertEquals(parts[2], other[2]);
        var changed = new String(Base64.getUrlDecoder().decode(other[1]), StandardCharsets.UTF_8);
        assertTrue(changed.matches("\\{\"sub\":\"u\",\"sid\":\"[0-9a-f-]{36}\"}"), changed);
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void hexadecimalStaysHexadecimal() {
        for (int i = 0; i < 100; i++) {
            assertTrue(SessionIds.similarTo("0f8fad5bd9cb469fa165").matches("[0-9a-f]{20}"));
        }
    }

    @Test
    void showsWhatCannotBeSeen() {
        assertEquals("a\\x00b\\xE9 c", SessionIds.visible("a\u0000b\u00E9 c"));
    }
}
