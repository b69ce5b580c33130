package dev.mcpsession.server.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A node in a process of its own, which can be killed. */
public final class NodeProcess implements AutoCloseable {

    private final Process process;
    private final URI uri;
    private final Path log;

    /** Starts a node; returns when it accepts connections. */
    public NodeProcess(String store, String... options) throws IOException {
        this(store, Map.of(), List.of(), options);
    }

    /** Starts a node with more in its environment, and with options of its virtual machine. */
    public NodeProcess(String store, Map<String, String> environment, List<String> machine, String... options)
            throws IOException {
        var command = new ArrayList<>(
                List.of(System.getProperty("java.home") + "/bin/java", "-Xmx128m", "-XX:TieredStopAtLevel=1"));
        command.addAll(machine);
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                dev.mcpsession.server.cli.Main.class.getName(),
                "serve",
                "--port",
                "0",
                "--store",
                store));
        command.addAll(List.of(options));
        log = Files.createTempFile("node", ".log");
        var builder = new ProcessBuilder(command).redirectError(log.toFile());
        builder.environment().putAll(environment);
        process = builder.start();
        var line =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
        if (line == null) {
            throw new IOException("the node did not start: " + log());
        }
        uri = URI.create(line);
    }

    public URI uri() {
        return uri;
    }

    /** Returns what it has logged. */
    public String log() throws IOException {
        return Files.readString(log);
    }

    /** Returns how many threads it has, where the system tells. */
    public long threads() throws IOException {
        try (var tasks = Files.list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
            return tasks.count();
        }
    }

    public void signal(String name) throws Exception {
        new ProcessBuilder("kill", name, Long.toString(process.pid())).start().waitFor();
    }

    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Ends it as an operator would. */
    public void stop() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(log);
    }
}
