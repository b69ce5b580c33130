package dev.mcpsession.runner.cli.target;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.option.Converters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Headers in a file, {@code Name: value} on each line, so that credentials need not be on the command line. */
final class HeaderFile {
    private HeaderFile() {}

    /**
     * Reads the headers. Empty lines and those that begin with # are passed over.
     *
     * @param option what the file was given with
     * @throws UsageException saying which line is wrong, but not what it holds
     */
    static List<Header> read(String option, Path file, Map<String, String> environment) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new UsageException(option + ": there is no file " + file, e);
        } catch (IOException e) {
            throw new UsageException(option + ": " + file + " cannot be read: " + e.getMessage(), e);
        }
        var headers = new ArrayList<Header>();
        for (int i = 0; i < lines.size(); i++) {
            var line = lines.get(i);
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            try {
                headers.add(Converters.header(line, environment));
            } catch (IllegalArgumentException e) {
                throw new UsageException(option + ": " + file + ", line " + (i + 1) + ": " + e.getMessage(), e);
            }
        }
        if (headers.isEmpty()) {
            throw new UsageException(option + ": " + file + " holds no header; write them as 'Name: value'");
        }
        return List.copyOf(headers);
    }
}
