package dev.mcpsession.runner.report.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GistTest {
    @ParameterizedTest
    @CsvSource({
        "the id e1c6f272149e40b6931797d8a3676889 lives, the id 0b4f1ef031c14c0c8f7a011bb5a1a81e lives",
        "idle between 1.25 s and 1.30 s, idle between 1.40 s and 2 s",
        "gone after 12 ms, gone after 135 ms",
        "nothing at http://127.0.0.1:4711/mcp, nothing at http://127.0.0.1:23/mcp",
    })
    void passesOverWhatDiffersFromRunToRun(String one, String other) {
        assertEquals(Gist.of(one), Gist.of(other));
    }

    @Test
    void keepsWhatMatters() {
        assertNotEquals(Gist.of("got 200"), Gist.of("got 404"));
        assertNotEquals(Gist.of("got 404 with error -32600"), Gist.of("got 404 with error -32001"));
    }
}
