package dev.mcpsession.conformance.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mcpsession.conformance.protocol.Header;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
    private static final String TOKEN = "s3cr3t/T0ken+of=\"me\"~" + "Abcdefghij".repeat(5);

    private final Secrets secrets = secrets("Authorization", "Bearer " + TOKEN);

    private static Secrets secrets(String name, String value) {
        return Secrets.in(List.of(new Header(name, value)), null, URI.create("http://127.0.0.1/mcp"));
    }

    @Test
    void masksEveryCopy() {
        assertEquals("a *** b *** c", secrets.mask("a " + TOKEN + " b " + TOKEN + " c"));
        assertEquals("nothing", secrets.mask("nothing"));
    }

    @Test
    void masksInAnyCase() {
        assertEquals("***", secrets.mask(TOKEN.toLowerCase(Locale.ROOT)));
        assertEquals("***", secrets.mask(TOKEN.toUpperCase(Locale.ROOT)));
    }

    @Test
    void masksWhatIsPercentEncoded() {
        var encoded = URLEncoder.encode(TOKEN, StandardCharsets.UTF_8);
        assertEquals("q=***&r", secrets.mask("q=" + encoded + "&r"));
        assertEquals("q=***&r", secrets.mask("q=" + encoded.toLowerCase(Locale.ROOT) + "&r"));
    }

    @Test
    void masksWhatJsonEscapes() {
        var escaped = TOKEN.replace("\"", "\\\"").replace("/", "\\/");
        assertEquals("{\"a\":\"***\"}", secrets.mask("{\"a\":\"" + escaped + "\"}"));
        assertEquals("***", secrets.mask(escaped.replace("\\", "\\\\\\")));
        assertEquals("***", secrets.mask(TOKEN.replace("+", "\\u002B").replace("k", "\\u006b")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "B", "Be", "Bearer ", "user:"})
    void masksBase64WhereverItBegins(String before) {
        for (var encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder().withoutPadding())) {
            var text = encoder.encodeToString((before + TOKEN + "!").getBytes(StandardCharsets.UTF_8));
            var masked = secrets.mask(text);
            assertFalse(masked.contains(text.substring(text.length() / 2, text.length() / 2 + 8)), masked);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 20, 60})
    void masksThePartThatIsLeftAtACut(int length) {
        assertEquals("x ***…", secrets.mask("x " + TOKEN.substring(0, length) + "…"));
        assertEquals("…*** x", secrets.mask("…" + TOKEN.substring(TOKEN.length() - length) + " x"));
    }

    /** Found by the fuzzer: a cut leaves a part of an escape. */
    @ParameterizedTest
    @ValueSource(ints = {20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30})
    void masksThePartThatIsLeftAtACutInAnEscape(int length) {
        for (var copy : List.of(
                URLEncoder.encode(TOKEN, StandardCharsets.UTF_8),
                TOKEN.replace("=", "\\u003d").replace("/", "\\/"))) {
            assertEquals("a ***…", secrets.mask("a " + copy.substring(0, length) + "…"));
            var rest = secrets.mask("…" + copy.substring(length - 15));
            assertFalse(rest.contains("Abcdefghij"), rest);
        }
    }

    /** Each character is looked at a few times, however many come. */
    @Test
    @Timeout(60)
    void masksLongTextsInATimeInProportionToTheirLength() {
        for (var text : List.of("é", "x", "%", "\\", "…", "s3cr3t")) {
            secrets.mask(text.repeat(100_000 / text.length()));
        }
    }

    @Test
    void masksBeforeItCuts() {
        for (int before = 0; before < 130; before++) {
            var shown = secrets.excerpt("x".repeat(before) + TOKEN + " and more".repeat(100), 120);
            assertFalse(shown.contains("s3c") && before < 117, shown);
            assertFalse(shown.contains("s3cr"), shown);
            assertEquals(121, shown.length(), shown);
        }
    }

    @Test
    void cutsALongTextOfNothingButSecrets() {
        assertEquals("*".repeat(120) + "…", secrets.excerpt(TOKEN.repeat(5000), 120));
    }

    @Test
    void knowsWhatIsSecretInAHeader() {
        assertEquals("*** of ***", secrets("Cookie", "a=first1; b=second").mask("first1 of second"));
        var basic = Base64.getEncoder().encodeToString("user:passw0rd".getBytes(StandardCharsets.UTF_8));
        assertEquals("*** ***", secrets("Authorization", "Basic " + basic).mask("passw0rd " + basic));
        // Too short to be told from any other text.
        assertEquals("abc", secrets("X-Key", "abc").mask("abc"));
    }

    @Test
    void knowsWhatIsSecretInAUrl() {
        var found = Secrets.in(List.of(), null, URI.create("http://127.0.0.1/mcp?key=0123456789&v=2"));
        assertEquals("no key *** for v 2", found.mask("no key 0123456789 for v 2"));
    }
}
