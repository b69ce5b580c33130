package dev.mcpsession.conformance.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
