package dev.mcpsession.runner.report.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mcpsession.runner.report.model.Report.HeaderReport;
import java.util.List;
import org.junit.jupiter.api.Test;

class CurlTest {
    @Test
    void repeatsAPost() {
        assertEquals(
                "curl -i http://127.0.0.1:1/mcp -H 'Accept: a, b' --data-raw '{\"it'\\''s\":1}'",
                Curl.of(
                        "POST",
                        "http://127.0.0.1:1/mcp",
                        List.of(new HeaderReport("User-Agent", "x"), new HeaderReport("Accept", "a, b")),
                        "{\"it's\":1}"));
    }

    @Test
    void repeatsOtherMethods() {
        assertEquals(
                "curl -i -X DELETE 'http://h/?a=b' -H 'X-Empty;'",
                Curl.of("DELETE", "http://h/?a=b", List.of(new HeaderReport("X-Empty", "")), ""));
        assertEquals("curl -i -N --max-time 5 http://h/", Curl.of("GET", "http://h/", List.of(), ""));
        assertEquals("curl -i -X POST http://h/", Curl.of("POST", "http://h/", List.of(), ""));
    }
}
