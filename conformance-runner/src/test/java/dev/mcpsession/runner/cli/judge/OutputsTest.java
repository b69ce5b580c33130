package dev.mcpsession.runner.cli.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.cli.option.RunOptions;
import dev.mcpsession.runner.report.model.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class OutputsTest {
    @TempDir
    private Path folder;

    private final List<String> complaints = new ArrayList<>();

    private static Report report() {
        return new Report(
                Report.FORMAT,
                new Report.Kit("kit", "1"),
                Instant.EPOCH,
                1,
                0,
                "a lone \uD83D in a problem",
                List.of());
    }

    private Outputs outputs(Path json, Path html) {
        var asked = new RunOptions.Reporting();
        asked.json = json;
        asked.junitXml = folder.resolve("r.xml");
        asked.markdown = folder.resolve("r.md");
        asked.html = html;
        var outputs = new Outputs(complaints::add);
        outputs.add(asked, rule -> Optional.empty());
        return outputs;
    }

    private void mustBeWhole(String... names) throws IOException {
        for (var name : names) {
            assertTrue(Files.readString(folder.resolve(name)).contains("in a problem"), name);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskCostsTheReportOnItAndNoOther() throws IOException {
        try (var outputs = outputs(Path.of("/dev/full"), folder.resolve("r.html"))) {
            outputs.write(report());
            assertEquals(List.of("--json: /dev/full could not be written: No space left on device"), complaints);
            assertEquals(ExitStatus.NOT_JUDGED, outputs.status(ExitStatus.CONFORMS));
            assertEquals(ExitStatus.VIOLATIONS, outputs.status(ExitStatus.VIOLATIONS));
        }
        mustBeWhole("r.xml", "r.md", "r.html");
    }

    @Test
    void aFolderThatIsGoneCostsTheReportInItAndNoOther() throws IOException {
        var gone = Files.createDirectory(folder.resolve("gone"));
        try (var outputs = outputs(gone.resolve("r.json"), folder.resolve("r.html"))) {
            try (var drafts = Files.list(gone)) {
                for (var draft : drafts.toList()) {
                    Files.delete(draft);
                }
            }
            Files.delete(gone);
            outputs.write(report());
            assertEquals(1, complaints.size());
            assertTrue(complaints.get(0).startsWith("--json: "), complaints.get(0));
            assertTrue(complaints.get(0).endsWith("could not be written: its folder is gone"), complaints.get(0));
        }
        mustBeWhole("r.xml", "r.md", "r.html");
    }

    @Test
    void aDirectoryInItsPlaceCostsTheReportAndNoOther() throws IOException {
        var taken = folder.resolve("r.json");
        try (var outputs = outputs(taken, folder.resolve("r.html"))) {
            Files.createDirectories(taken.resolve("not empty"));
            outputs.write(report());
            assertEquals(1, complaints.size());
            assertEquals(1, complaints.get(0).lines().count());
        }
        mustBeWhole("r.xml", "r.md", "r.html");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aPipeGetsTheWholeReport() throws Exception {
        var pipe = folder.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        var read = CompletableFuture.supplyAsync(() -> {
            try {
                return Files.readString(pipe);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        try (var outputs = outputs(pipe, folder.resolve("r.html"))) {
            outputs.write(report());
        }
        assertTrue(read.get(20, TimeUnit.SECONDS).strip().endsWith("}"));
        assertEquals(List.of(), complaints);
        mustBeWhole("r.xml", "r.md", "r.html");
    }

    @Test
    void nothingIsToldWhereAllIsWritten() throws IOException {
        try (var outputs = outputs(folder.resolve("r.json"), folder.resolve("r.html"))) {
            outputs.write(report());
            assertEquals(ExitStatus.CONFORMS, outputs.status(ExitStatus.CONFORMS));
        }
        assertEquals(List.of(), complaints);
        mustBeWhole("r.json", "r.xml", "r.md", "r.html");
    }
}
