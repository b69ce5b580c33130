package dev.mcpsession.runner.launch;

import dev.mcpsession.conformance.process.OutputTail;
import dev.mcpsession.conformance.process.ProcessTree;
import dev.mcpsession.conformance.target.StoreControl;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Disturbs the store of a server with a command, in which {@code {action}} is {@code stop}, {@code start},
 * {@code pause} or {@code resume}. A store that the command starts runs on when the command has ended.
 */
public final class StoreCommand implements StoreControl {
    private static final Duration WITHIN = Duration.ofSeconds(30);

    private final List<String> words;
    private final @Nullable Path directory;

    private StoreCommand(List<String> words, @Nullable Path directory) {
        this.words = words;
        this.directory = directory;
    }

    /**
     * Reads a command.
     *
     * @param directory where to run it; null for the current one
     * @throws IllegalArgumentException if it is empty, a quote is not closed, or it has no place for the action
     */
    public static StoreCommand parse(String text, @Nullable Path directory) {
        var words = Words.split(text, File.separatorChar != '\\').stream()
                .map(Words.Word::text)
                .toList();
        if (words.isEmpty() || words.stream().noneMatch(w -> w.contains("{action}"))) {
            throw new IllegalArgumentException("it has no {action}");
        }
        return new StoreCommand(words, directory);
    }

    @Override
    public boolean apply(Action action) throws InterruptedException {
        var name = action.name().toLowerCase(Locale.ROOT);
        var filled = new ArrayList<>(words);
        filled.replaceAll(w -> w.replace("{action}", name));
        var builder = new ProcessBuilder(filled).redirectErrorStream(true);
        if (directory != null) {
            builder.directory(directory.toFile());
            var program = directory.resolve(filled.get(0));
            if (filled.get(0).contains(File.separator) && program.toFile().canExecute()) {
                filled.set(0, program.toAbsolutePath().toString());
            }
        }
        try {
            var process = ProcessTree.start(builder);
            process.root().getOutputStream().close();
            // It must not wait for somebody to read what it prints.
            new OutputTail(process.root().getInputStream(), filled.get(0));
            if (!process.root().waitFor(WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
                process.kill();
                return false;
            }
            return process.root().exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
