package dev.mcpsession.runner.report.html;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.report.model.Field;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HtmlFieldTest {
    private static final String MODEL = """
            {"harms": ["Calls hang", "Mistakes are hard to find"],
             "tables": [{"kind": "server",
               "columns": [{"name": "one", "title": "One 1.0", "source": "judged", "page": "one.md"},
                           {"name": "two", "title": "Two 2.0", "source": "judged", "page": null}],
               "rows": [{"rule": "idle/ping-extends", "title": "A ping counts", "level": "MUST", "harm": 0,
                         "cells": [{"verdict": "FAIL", "revisions": ["2025-11-25"], "text": "<b>gone</b>",
                                    "finding": "server/one/gone"}, null]}],
               "findings": [{"id": "server/one/late", "subject": "one", "server": "One", "heading": "Errors are bare",
                             "text": "", "verdict": "WARN", "harm": 1, "rules": ["idle/rejected-request"],
                             "levels": ["ADVICE"], "seen": []},
                            {"id": "server/one/gone", "subject": "one", "server": "One", "heading": "Sessions go",
                             "text": "Seen with `curl`. <script>alert(1)</script>", "verdict": "FAIL", "harm": 0,
                             "rules": ["idle/ping-extends"], "levels": ["MUST"],
                             "seen": [{"by": "one", "rule": "idle/ping-extends", "verdict": "FAIL",
                                       "revisions": [], "text": "<b>gone</b>"}]}]}]}
            """;

    @TempDir
    Path folder;

    private String page(String model) throws IOException {
        var file = Files.writeString(folder.resolve("field.json"), model);
        var text = new StringWriter();
        HtmlField.write(Field.read(file), text);
        return text.toString();
    }

    @Test
    void aCellLeadsToWhatStandsBehindIt() throws IOException {
        var page = page(MODEL);
        assertTrue(page.contains("href=\"#server/one/gone\""), page);
        assertTrue(page.contains("id=\"server/one/gone\""), page);
        assertTrue(page.contains("idle/ping-extends, one: fail in 2025-11-25"), page);
    }

    @Test
    void whatHurtsUsersMostComesFirst() throws IOException {
        var page = page(MODEL);
        assertTrue(page.indexOf("<h4>Sessions go") < page.indexOf("<h4>Errors are bare"), page);
    }

    @Test
    void foreignTextStaysText() throws IOException {
        var page = page(MODEL);
        assertFalse(page.contains("<b>gone") || page.contains("<script>alert"), page);
        assertTrue(page.contains("&lt;b&gt;gone"), page);
    }

    @Test
    void whatIsNoModelIsRefused() {
        assertThrows(IOException.class, () -> page("[]"));
    }
}
