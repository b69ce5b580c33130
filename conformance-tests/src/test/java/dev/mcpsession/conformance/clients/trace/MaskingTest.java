package dev.mcpsession.conformance.clients.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Credentials are taken out of traces, and nothing else: a message stays a message, and says the same. */
class MaskingTest {
    private static final String BEARER = "eyJhbGciOi/J9.c3Vi+\"x";

    private static Call masked(List<Header> headers, List<Header> replied, String body, String reply) {
        var call = new Call(
                0,
                0,
                true,
                "POST",
                "/mcp",
                headers,
                Body.of(body),
                1,
                1,
                200,
                replied,
                Body.of(reply),
                List.of(new Sent(3, Optional.of("1-" + BEARER), Optional.empty(), Body.of(body))),
                2,
                3,
                Ending.COMPLETE);
        var trace = new Trace(List.of(call), Optional.empty(), List.of(), true);
        return new Masking().mask(trace).calls().get(0);
    }

    private static String body(Header header, String body) {
        return masked(List.of(header), List.of(), body, "").body().text();
    }

    @Test
    void numbersAndLiteralsStay() {
        var body = "{\"jsonrpc\": \"2.0\", \"id\":4096,"
                + "\"params\":{\"a\":true,\"max\":40960,\"age\":3600.5,\"b\":\"4096\"}}";
        for (var header : List.of(
                new Header("Mcp-Param-Max-Tokens", "4096"),
                new Header("X-Tokens-Left", "4096"),
                new Header("X-Token-Limit", "1000 for each of its params"),
                new Header("X-Api-Key", "true"),
                new Header("Cookie", "consent=true; n=4096; seen=2.0"),
                new Header("Set-Cookie", "id=abcdefgh; Max-Age=3600; Path=/params; Secure"))) {
            assertEquals(body, body(header, body), header.toString());
            assertEquals(
                    body, masked(List.of(), List.of(header), "", body).reply().text(), header.toString());
        }
    }

    @Test
    void shortSecretsOfCookies() {
        assertEquals(
                "{\"a\":\"masked-1, tools\"}",
                body(new Header("Cookie", "s=x7f3; tab=tools"), "{\"a\":\"x7f3, tools\"}"));
    }

    @Test
    void digitsOfASecretInANumber() {
        assertEquals(
                "{\"a\":123456789,\"b\":\"masked-1\"}",
                body(new Header("X-Api-Key", "123456789"), "{\"a\":123456789,\"b\":\"123456789\"}"));
    }

    @Test
    void wordsOfTheProtocolStay() {
        var body = "{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"params\":{\"protocolVersion\":\"2025-11-25\"},"
                + "\"structuredContent\":{\"tools/call\":1}}";
        for (var value : List.of("tools/call", "2025-11-25", "structuredContent")) {
            var headers = List.of(
                    new Header("Cookie", "seen=" + value),
                    new Header("Mcp-Method", "tools/call"),
                    new Header("MCP-Protocol-Version", "2025-11-25"));
            var call = masked(headers, List.of(), body, "");
            assertEquals(body, call.body().text());
            assertEquals(headers.subList(1, 3), call.headers().subList(1, 3));
        }
    }

    @Test
    void secretsInStringsHoweverTheyAreWritten() {
        var secret = "{\"a\" : \"x " + BEARER.replace("/", "\\/").replace("\"", "\\u0022") + "\",\"n\":1.50}";
        var headers = List.of(new Header("Authorization", "Bearer " + BEARER));
        var call = masked(headers, List.of(), secret, "not JSON: " + BEARER);
        assertEquals("{\"a\" : \"x masked-1\",\"n\":1.50}", call.body().text());
        assertEquals("not JSON: masked-1", call.reply().text());
        assertEquals(Optional.of("1-masked-1"), call.events().get(0).id());
        assertEquals("Bearer masked-1", call.header("Authorization").get());
    }

    @Test
    void querysEndWithTheirString() {
        assertEquals(
                "{\"u\":\"see \\\"https://a/?code=masked-1\\\"\",\"v\":\"?key=masked-2\"}",
                body(new Header("A", "b"), "{\"u\":\"see \\\"https://a/?code=abc\\\"\",\"v\":\"?key=longersecret\"}"));
    }

    @Test
    void eventStreams() {
        var call = masked(
                List.of(new Header("X-Api-Key", "123456789")),
                List.of(new Header("Content-Type", "text/event-stream")),
                "",
                "id: 1\r\ndata: {\"a\":123456789,\"b\":\"?code=abc\\\"\"}\r\ndata:123456789\r\n\r\n: 123456789\n");
        assertEquals(
                "id: 1\r\ndata: {\"a\":123456789,\"b\":\"?code=masked-2\\\"\"}\r\ndata:123456789\r\n\r\n: masked-1\n",
                call.reply().text());
    }

    @Test
    void encodedHeadersStayWhatTheirParameterIs() {
        var headers = List.of(
                new Header("Authorization", "Bearer geheimnis-1"),
                new Header("Mcp-Name", "=?base64?" + base64("grüße geheimnis-1") + "?="));
        assertEquals(
                "=?base64?" + base64("grüße masked-1") + "?=",
                masked(headers, List.of(), "", "").header("Mcp-Name").get());
    }

    private static String base64(String text) {
        return java.util.Base64.getEncoder().encodeToString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /** Messages by chance: what was JSON is JSON of the same shape, and no secret is left in it. */
    @Test
    void jsonStaysJson() {
        var chance = new Random(1);
        var parts =
                List.of("geheimnis-1", "4711471147", "true", "\\", "\"", "/", "?code=", "ü", "\u2028", "a", "&", " ");
        for (int i = 0; i < 3000; i++) {
            var body = Json.object();
            var expected = new ArrayList<String>();
            for (int member = 0; member < 4; member++) {
                var text = new StringBuilder();
                for (int part = chance.nextInt(6); part > 0; part--) {
                    text.append(parts.get(chance.nextInt(parts.size())));
                }
                body.put("m" + member, text.toString())
                        .put("n" + member, 4711471147L)
                        .put("t" + member, true);
                expected.addAll(List.of("m" + member, "n" + member, "t" + member));
            }
            var headers = List.of(
                    new Header("Authorization", "Bearer geheimnis-1"), new Header("Cookie", "a=true; n=4711471147"));
            var masked = Json.read(body(headers.get(0), body.toString())).orElseThrow();
            var both = masked(headers, List.of(), body.toString(), "");
            assertEquals(expected, List.copyOf(masked.propertyNames()));
            for (var member : both.body().json().orElseThrow()) {
                assertFalse(member.isString() && member.asString().matches("(?s).*(geheimnis|4711471147).*"));
                assertEquals(member.isNumber() ? "4711471147" : member.toString(), member.toString());
            }
        }
    }
}
