package dev.mcpsession.conformance.clients.driver;

import dev.mcpsession.conformance.clients.trace.Outcome;
import dev.mcpsession.conformance.process.OutputTail;
import dev.mcpsession.conformance.process.ProcessTree;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A client that is a program: run through a shell, with the server's URL as one more argument, as the official suite
 * runs it. What it starts is ended with it.
 */
public final class CommandDriver implements Driver {
    private static final long LOOK_EVERY_MILLIS = 25;
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final String command;
    private final @Nullable File directory;

    /**
     * @param command a line for the shell
     * @param directory where to run it; null for the current one
     */
    public CommandDriver(String command, @Nullable Path directory) {
        this.command = command;
        this.directory = directory == null ? null : directory.toFile();
    }

    @Override
    public Outcome drive(URI server, Map<String, String> settings, BooleanSupplier timeOver, LongSupplier clock)
            throws InterruptedException {
        return drive(server, settings, timeOver, clock, line -> {});
    }

    @Override
    public boolean startsSlowly() {
        return true;
    }

    @Override
    public Outcome drive(
            URI server,
            Map<String, String> settings,
            BooleanSupplier timeOver,
            LongSupplier clock,
            Consumer<String> onLine)
            throws InterruptedException {
        var builder = new ProcessBuilder(shell(command + " " + server))
                .redirectErrorStream(true)
                .directory(directory);
        for (var name : List.of(SCENARIO, REVISION, CONTEXT, STEPS, TOKEN)) {
            builder.environment().remove(name);
        }
        builder.environment().putAll(settings);
        ProcessTree tree;
        try {
            tree = ProcessTree.start(builder);
        } catch (IOException e) {
            return new Outcome(
                    127, false, "", clock.getAsLong(), Optional.of("it could not be started: " + e.getMessage()));
        }
        var output = new OutputTail(tree.root().getInputStream(), command, onLine);
        try {
            tree.root().getOutputStream().close();
        } catch (IOException e) {
            // It has ended already.
        }
        try {
            boolean ended;
            do {
                ended = tree.root().waitFor(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
            } while (!ended && !timeOver.getAsBoolean());
            long endedAt = clock.getAsLong();
            if (ended) {
                output.awaitEnd();
            }
            return new Outcome(ended ? tree.root().exitValue() : 143, !ended, output.text(), endedAt, Optional.empty());
        } finally {
            tree.end(GRACE);
        }
    }

    private static List<String> shell(String line) {
        boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
        return windows ? List.of("cmd", "/d", "/s", "/c", line) : List.of("/bin/sh", "-c", line);
    }

    @Override
    public String describe() {
        return command;
    }
}
