package dev.mcpsession.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {

    @ParameterizedTest
    @CsvSource({
        "500ms,PT0.5S",
        "1s,PT1S",
        "1.5s,PT1.5S",
        "2m,PT2M",
        "1h,PT1H",
        "0.5h,PT30M",
        "0s,PT0S",
        "-1s,PT-1S",
        "250 ms,PT0.25S",
        " 1s ,PT1S",
        "0.001ms,PT0.000001S"
    })
    void reads(String text, Duration expected) {
        assertEquals(expected, Durations.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "s",
                "1",
                "0",
                "1.s",
                ".5s",
                "1d",
                "1S",
                "1e3s",
                "NaN",
                "inf",
                "Infinitys",
                "1s2ms",
                "99999999999999999h"
            })
    void refuses(String text) {
        var refused = assertThrows(IllegalArgumentException.class, () -> Durations.parse(text));
        assertTrue(refused.getMessage().contains("'" + text + "'"), refused.getMessage());
    }

    @Test
    void showsAnExampleForABareNumber() {
        var refused = assertThrows(IllegalArgumentException.class, () -> Durations.parse("500"));
        assertEquals("'500' has no unit; write for example 500ms, 1.5s, 2m or 1h", refused.getMessage());
    }
}
