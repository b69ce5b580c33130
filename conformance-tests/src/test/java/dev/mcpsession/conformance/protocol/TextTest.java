package dev.mcpsession.conformance.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TextTest {
    private static final String FACE = "\uD83D\uDE00";

    @Test
    void cutsWhereACharacterEnds() {
        assertEquals("ab…", Text.cut("abc", 2));
        assertEquals("abc", Text.cut("abc", 3));
        assertEquals("a…", Text.cut("a" + FACE + "b", 2));
        assertEquals("a" + FACE + "…", Text.cut("a" + FACE + "b", 3));
        assertEquals("…", Text.cut(FACE + "b", 1));
        assertEquals("", Text.beginning(FACE, 1));
    }

    @Test
    void keepsTheEndFromWhereACharacterBegins() {
        assertEquals("…", Text.end("abc", 0));
        assertEquals("…bc", Text.end("abc", 2));
        assertEquals("abc", Text.end("abc", 3));
        assertEquals("…b", Text.end("a" + FACE + "b", 2));
        assertEquals("…" + FACE + "b", Text.end("a" + FACE + "b", 3));
    }

    @Test
    void loneSurrogatesAreNoPairs() {
        assertEquals("\uD83D…", Text.cut("\uD83Dab", 1));
        assertEquals("\uDE00…", Text.cut("\uDE00\uD83D", 1));
    }
}
