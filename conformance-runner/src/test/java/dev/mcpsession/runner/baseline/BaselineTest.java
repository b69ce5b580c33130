package dev.mcpsession.runner.baseline;

import static dev.mcpsession.runner.report.model.Fabricated.result;
import static dev.mcpsession.runner.report.model.Fabricated.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BaselineTest {
    @TempDir
    private Path folder;

    private Baseline read(String json) throws IOException {
        return Baseline.read(Files.writeString(folder.resolve("baseline.json"), json));
    }

    @Test
    void recordsViolationsWithWhatWasSeen() {
        var run = run(
                result("a/one", "2025-06-18", "MUST", "FAIL", "got 200"),
                result("a/one", "2025-11-25", "MUST", "FAIL", "got 200"),
                result("a/two", "2025-06-18", "SHOULD", "WARN", "got 400"),
                result("a/three", "2025-06-18", "MUST", "PASS", ""),
                result("a/four", "2025-06-18", "MUST", "NOT_TESTABLE", "see --launch"));
        var baseline = Baseline.of(run, false, Optional.empty());
        assertEquals(
                List.of("a/one", "a/two"),
                baseline.entries().stream().map(Baseline.Entry::rule).toList());
        assertEquals(
                List.of("2025-06-18", "2025-11-25"), baseline.entries().get(0).revisions());
        assertTrue(baseline.entries().get(0).reason().matches("seen on \\d{4}-\\d\\d-\\d\\d: got 200"));
        assertEquals(1, baseline.passed());
        assertEquals(
                List.of("FAIL", "WARN", "NOT_TESTABLE"),
                Baseline.of(run, true, Optional.empty()).entries().stream()
                        .map(Baseline.Entry::verdict)
                        .toList());
    }

    @Test
    void keepsReasonsThatStillHold() {
        var earlier = new Baseline(
                "tiny",
                false,
                List.of("2025-06-18"),
                1,
                List.of(
                        new Baseline.Entry("a/one", List.of("2025-06-18"), "FAIL", "by design"),
                        new Baseline.Entry("a/two", List.of("2025-06-18"), "FAIL", "was worse")));
        var entries = Baseline.of(
                        run(
                                result("a/one", "2025-06-18", "MUST", "FAIL", "got 200"),
                                result("a/two", "2025-06-18", "SHOULD", "WARN", "got 400")),
                        false,
                        Optional.of(earlier))
                .entries();
        assertEquals("by design", entries.get(0).reason());
        assertTrue(entries.get(1).reason().endsWith(": got 400"));
    }

    @Test
    void isReadAsItIsWritten() throws IOException {
        var baseline =
                Baseline.of(run(result("a/one", "2025-06-18", "MUST", "FAIL", "got \"x\"")), true, Optional.empty());
        assertEquals(baseline, read(baseline.toJson()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | this is no baseline",
                "[1] | this is no baseline",
                "{ | is not JSON",
                "{'format':F,'covers':'some','entries':[]} | \"covers\" should be",
                "{'format':F,'covers':'all','entires':[]} | unknown field \"entires\"",
                "{'format':F,'covers':'all','entries':[{'rule':'a/b','revisions':['2025-06-18'],'verdict':'FAIL'}]} "
                        + "| gives no \"reason\"",
                "{'format':F,'covers':'all',"
                        + "'entries':[{'rule':'a/b','revisions':['2025-06-18'],'verdict':'FAIL','reason':' '}]} "
                        + "| entry 1 (a/b) gives no \"reason\"",
                "{'format':F,'covers':'all',"
                        + "'entries':[{'rule':'a/b',"
                        + "'revisions':[],'verdict':'FAIL','reason':'r'}]} | names no \"revisions\"",
                "{'format':F,'covers':'all',"
                        + "'entries':[{'rule':'a/b',"
                        + "'revisions':['2024-1'],'verdict':'FAIL','reason':'r'}]} | unknown revision",
                "{'format':F,'covers':'all',"
                        + "'entries':[{'rule':'a/b',"
                        + "'revisions':['2025-06-18'],'verdict':'BAD','reason':'r'}]} | \"verdict\" should be",
                "{'format':F,'covers':'all','entries':[{'revisions':['2025-06-18'],'verdict':'FAIL','reason':'r'}]} "
                        + "| names no \"rule\"",
                "{'format':F,'covers':'all',"
                        + "'entries':[{'rule':'a/b',"
                        + "'revisions':['2025-06-18','2025-06-18'],'verdict':'FAIL','reason':'r'}]} "
                        + "| listed twice",
            })
    void saysWhatIsWrong(String json, String because) {
        var text = json.replace("F,", "'" + Baseline.FORMAT + "',").replace('\'', '"');
        var failure = assertThrows(IOException.class, () -> read(text));
        assertTrue(failure.getMessage().contains(because), failure::getMessage);
    }

    @Test
    void saysThatThereIsNone() {
        assertTrue(assertThrows(IOException.class, () -> Baseline.read(folder.resolve("none")))
                .getMessage()
                .startsWith("there is no file"));
    }
}
