package dev.mcpsession.runner.report.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ReportFileTest {
    @TempDir
    private Path folder;

    private long files() throws IOException {
        try (var files = Files.list(folder)) {
            return files.count();
        }
    }

    @Test
    void replacesTheWholeFile() throws IOException {
        var path = Files.writeString(folder.resolve("r.json"), "a long text that was there before");
        try (var file = ReportFile.prepare(path)) {
            assertEquals("a long text that was there before", Files.readString(path));
            file.write("new");
        }
        assertEquals("new", Files.readString(path));
        assertEquals(1, files());
    }

    @Test
    void leavesNothingWhereNothingIsWritten() throws IOException {
        ReportFile.prepare(folder.resolve("r.json")).close();
        assertEquals(0, files());
    }

    @Test
    void refusesBeforehandWhatCannotBeWritten() throws IOException {
        assertTrue(assertThrows(IOException.class, () -> ReportFile.prepare(folder))
                .getMessage()
                .endsWith("is a directory"));
        var nowhere = folder.resolve("none").resolve("r.json");
        assertEquals(
                "there is no directory " + folder.resolve("none"),
                assertThrows(IOException.class, () -> ReportFile.prepare(nowhere))
                        .getMessage());
        var file = Files.writeString(folder.resolve("file"), "");
        assertThrows(IOException.class, () -> ReportFile.prepare(file.resolve("r.json")));
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void writesToADeviceRatherThanReplaceIt() throws IOException {
        try (var file = ReportFile.prepare(Path.of("/dev/null"))) {
            file.write("nothing");
        }
        assertFalse(Files.isRegularFile(Path.of("/dev/null")));
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void writesThroughALink() throws IOException {
        var target = Files.writeString(folder.resolve("target"), "old");
        var link = Files.createSymbolicLink(folder.resolve("link"), target);
        try (var file = ReportFile.prepare(link)) {
            file.write("new");
        }
        assertTrue(Files.isSymbolicLink(link));
        assertEquals("new", Files.readString(target));
    }

    @Test
    void replacesWhatUtf8HasNoPlaceFor() throws IOException {
        var path = folder.resolve("r.json");
        try (var file = ReportFile.prepare(path)) {
            file.write("a lone \uD83D, a pair \uD83D\uDE00");
        }
        assertEquals("a lone ?, a pair \uD83D\uDE00", Files.readString(path));
    }

    @Test
    void keepsTheFormerFileWhereTheNewOneFails() throws IOException {
        var path = Files.writeString(folder.resolve("r.json"), "old");
        try (var file = ReportFile.prepare(path)) {
            assertThrows(
                    IOException.class,
                    () -> file.write(writer -> {
                        writer.write("half of");
                        throw new IOException("no more");
                    }));
        }
        assertEquals("old", Files.readString(path));
        assertEquals(1, files());
    }
}
