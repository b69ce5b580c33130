package dev.mcpsession.conformance.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads and cuts text that others have written. */
public final class Text {
    private static final int LONGEST_WORD = 20;

    private Text() {}

    /**
     * The beginning of a text, with "…" where something is left out. A character that takes two {@code char}s is kept
     * whole or left out.
     *
     * @param most the number of {@code char}s to keep at most
     */
    public static String cut(String text, int most) {
        return text.length() <= most ? text : beginning(text, most) + "…";
    }

    /** A text that was cut, without the part of a word at the cut, if that is short. */
    public static String toWord(String cut) {
        if (!cut.endsWith("…")) {
            return cut;
        }
        int end = cut.length() - 1;
        int word = end;
        while (word > 0 && Character.isLetterOrDigit(cut.charAt(word - 1))) {
            word--;
        }
        return word == end || word == 0 || end - word > LONGEST_WORD ? cut : cut.substring(0, word) + "…";
    }

    /** As {@link #cut}, without a sign that something is left out. */
    public static String beginning(String text, int most) {
        return text.length() <= most ? text : text.substring(0, isInside(text, most) ? most - 1 : most);
    }

    /**
     * The end of a text, with "…" before it where something is left out.
     *
     * @param most the number of {@code char}s to keep at most
     */
    public static String end(String text, int most) {
        int from = text.length() - most;
        return from <= 0 ? text : "…" + text.substring(isInside(text, from) ? from + 1 : from);
    }

    /** Whether bytes are UTF-8 from the first to the last: a character that is cut off at the end is none. */
    public static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static boolean isInside(String text, int at) {
        return at > 0 && at < text.length() && Character.isSurrogatePair(text.charAt(at - 1), text.charAt(at));
    }
}
