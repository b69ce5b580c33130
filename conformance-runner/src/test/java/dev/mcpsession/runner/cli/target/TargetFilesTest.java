package dev.mcpsession.runner.cli.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mcpsession.runner.cli.console.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TargetFilesTest {
    @TempDir
    private Path folder;

    private Path file(String path) throws IOException {
        var file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "{}");
    }

    @Test
    void takesTheTargetFilesOfAFolderAndItsSubfolders() throws IOException {
        var expected = List.of(
                file("target-top.json"), file("a/target-json.json"), file("a/target.json"), file("b/target.json"));
        file("a/package.json");
        file("a/deep/target.json");
        file("other.json");
        assertEquals(expected, TargetFiles.of(List.of(folder)));
    }

    @Test
    void takesEveryFileWhereNoneIsCalledATarget() throws IOException {
        var expected = List.of(file("a.json"), file("b.json"));
        file("c.txt");
        assertEquals(expected, TargetFiles.of(List.of(folder)));
    }

    @Test
    void takesEachFileOnceAndInTheOrderOfTheOptions() throws IOException {
        var b = file("b/target.json");
        var a = file("a/target.json");
        assertEquals(List.of(b, a), TargetFiles.of(List.of(b, folder)));
    }

    @Test
    void refusesAFolderWithoutAny() {
        assertThrows(UsageException.class, () -> TargetFiles.of(List.of(folder)));
    }
}
