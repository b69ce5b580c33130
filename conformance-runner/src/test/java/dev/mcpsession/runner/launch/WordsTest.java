package dev.mcpsession.runner.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordsTest {
    private static List<String> split(String command) {
        return Words.split(command, true).stream().map(Words.Word::text).toList();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "a b  c | a/b/c",
                "a 'b c' d | a/b c/d",
                "a \"b c\" d | a/b c/d",
                "a'b'\"c\"d | abcd",
                "a\\ b c | a b/c",
                "'a\\b' | a\\b",
                "\"a\\\"b\\n\" | a\"b\\n",
                "a '' b | a//b",
                "python -c 'print(\"x\")' | python/-c/print(\"x\")",
            },
            delimiter = '|')
    void splitsAsAShellDoes(String command, String words) {
        assertEquals(List.of(words.split("/", -1)), split(command));
    }

    @Test
    void keepsBackslashesWhereTheyArePartOfPaths() {
        assertEquals(
                "C:\\bin\\server.exe",
                Words.split("C:\\bin\\server.exe --port 1", false).get(0).text());
    }

    @Test
    void refusesWhatIsNotClosed() {
        assertEquals(
                "the quote ' is not closed",
                assertThrows(IllegalArgumentException.class, () -> split("a 'b"))
                        .getMessage());
        assertEquals(
                "a backslash ends it",
                assertThrows(IllegalArgumentException.class, () -> split("a \\"))
                        .getMessage());
    }
}
