package dev.mcpsession.runner.cli.target;

import dev.mcpsession.runner.cli.console.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/** The target files that {@code --target} names, one by one or by folders. */
public final class TargetFiles {
    private TargetFiles() {}

    /**
     * Each file as it is named, and of each folder the files {@code target*.json} in it and in its subfolders, by name;
     * where it has none, every {@code *.json} in it.
     *
     * @throws UsageException if a folder has none at all
     */
    public static List<Path> of(List<Path> named) {
        var files = new LinkedHashSet<Path>();
        for (var path : named) {
            if (Files.isDirectory(path)) {
                files.addAll(in(path));
            } else {
                files.add(path);
            }
        }
        return List.copyOf(files);
    }

    private static List<Path> in(Path folder) {
        try {
            var found = new ArrayList<Path>(list(folder, "target*.json"));
            for (var inside : list(folder, "*")) {
                if (Files.isDirectory(inside)) {
                    found.addAll(list(inside, "target*.json"));
                }
            }
            if (found.isEmpty()) {
                found.addAll(list(folder, "*.json"));
            }
            if (found.isEmpty()) {
                throw new UsageException("--target: there is no target file in " + folder
                        + ": neither target*.json in it or in its " + "subfolders, nor any *.json.");
            }
            return found;
        } catch (IOException e) {
            throw new UsageException("--target: " + folder + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static List<Path> list(Path folder, String glob) throws IOException {
        var found = new ArrayList<Path>();
        try (var files = Files.newDirectoryStream(folder, glob)) {
            files.forEach(found::add);
        }
        found.sort(null);
        return found;
    }
}
