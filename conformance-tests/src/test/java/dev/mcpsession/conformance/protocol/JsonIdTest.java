package dev.mcpsession.conformance.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JSON has one type of numbers, however one is written; a number is never a text. */
class JsonIdTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            7      | 7.0                | true
            7      | 7e0                | true
            7.00   | 0.7E1              | true
            0      | -0.0               | true
            100    | 1e2                | true
            1099511627777 | 1.099511627777e12 | true
            9007199254740993 | 9007199254740992 | false
            7      | 7.5                | false
            7      | "7"                | false
            "7"    | "7.0"              | false
            "a"    | "a"                | true
            null   | "null"             | false
            1e999999999 | 1e999999999   | true
            1e300  | 10e299             | true
            1e300  | 1e299              | false
            1e300  | 1e999999999        | false
            """)
    void sameId(String one, String other, boolean same) {
        var first = Json.parse("{\"id\":" + one + "}").get("id");
        var second = Json.parse("{\"id\":" + other + "}").get("id");
        assertEquals(same, Json.sameId(first, second));
        assertEquals(same, Json.sameId(second, first));
        assertEquals(same, Json.idKey(first).equals(Json.idKey(second)));
        assertFalse(Json.sameId(first, null));
        assertFalse(Json.sameId(null, second));
    }
}
