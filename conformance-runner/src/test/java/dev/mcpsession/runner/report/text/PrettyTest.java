package dev.mcpsession.runner.report.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class PrettyTest {
    @Test
    void laysOutJson() {
        assertEquals("{\n  \"a\": [ 1, 2.50 ],\n  \"b\": {}\n}", Pretty.body("{\"a\":[1,2.50],\"b\":{}}"));
    }

    @Test
    void laysOutEvents() {
        assertEquals(
                "event: message\ndata: {\n        \"a\": 1\n      }\n",
                Pretty.body("event: message\ndata: {\"a\":1}\n\n"));
    }

    @Test
    void leavesAloneWhatItCannotKeep() {
        for (var body : List.of(
                "{\"a\":1,\"a\":2}",
                "{\"a\":1} {\"b\":2}",
                "{\"a\":",
                "not json",
                "[<html>",
                "{\"a\":1e-99999999999}")) {
            assertEquals(body, Pretty.body(body));
        }
    }
}
