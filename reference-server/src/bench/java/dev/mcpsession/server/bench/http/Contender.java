package dev.mcpsession.server.bench.http;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import dev.mcpsession.server.bench.Jvm;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** A server in a JVM of its own, with the same flags as the others. */
final class Contender implements AutoCloseable {

    private static final Duration STARTS_WITHIN = Duration.ofSeconds(60);

    private final String name;
    private final int port;
    private final Process process;

    private Contender(String name, List<String> program) throws IOException, InterruptedException {
        this.name = name;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        var command = new ArrayList<>(Jvm.command());
        program.forEach(word -> command.add(word.replace("{port}", String.valueOf(port))));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(Path.of("target", "benchmark-" + name + ".log").toFile());
        builder.environment().put("MCP_PORT", String.valueOf(port));
        process = builder.start();
        awaitStart();
    }

    /** The server that this module is about, as its users get it. */
    static Contender kit() throws IOException, InterruptedException {
        return kit("kit");
    }

    /** The same, as a node whose sessions are in a store. */
    static Contender node(String store) throws IOException, InterruptedException {
        return kit("node", "--store", store);
    }

    private static Contender kit(String name, String... options) throws IOException, InterruptedException {
        return new Contender(
                name, serve(System.getProperty("java.class.path"), "dev.mcpsession.server.cli.Main", options));
    }

    /** An earlier state of it, in the conformance kit's jar. */
    static Contender earlier(String jar) throws IOException, InterruptedException {
        return new Contender("earlier", serve(jar, "dev.mcpsession.runner.Main"));
    }

    private static List<String> serve(String classPath, String main, String... options) {
        var program =
                new ArrayList<>(List.of("-cp", classPath, main, "serve", "--port", "{port}", "--idle-timeout", "10m"));
        program.addAll(List.of(options));
        return program;
    }

    /** The HTTP server below it alone, with a fixed answer. */
    static Contender bare() throws IOException, InterruptedException {
        return new Contender(
                "bare", List.of("-cp", System.getProperty("java.class.path"), BareUndertow.class.getName(), "{port}"));
    }

    /** Quarkus' MCP server, as the conformance kit judges it. Is built if that has not been done yet. */
    static Contender quarkus() throws IOException, InterruptedException {
        var folder = Path.of("..", "conformance-runner", "targets", "quarkus");
        int status = new ProcessBuilder("bash", folder.resolve("install.sh").toString())
                .inheritIO()
                .start()
                .waitFor();
        if (status != 0) {
            throw new IOException(folder + "/install.sh has failed");
        }
        var jar = folder.resolve(Path.of("target", "quarkus-app", "quarkus-run.jar"));
        return new Contender("quarkus", List.of("-jar", jar.toString()));
    }

    private void awaitStart() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + STARTS_WITHIN.toNanos();
        while (!accepts()) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                close();
                throw new IOException(
                        name + " did not start:\n" + Files.readString(Path.of("target", "benchmark-" + name + ".log")));
            }
            process.waitFor(50, TimeUnit.MILLISECONDS);
        }
    }

    private boolean accepts() {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    String name() {
        return name;
    }

    int port() {
        return port;
    }

    /** Returns how much of the machine's time its process has used. */
    Duration cpuTime() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    /** Returns how many bytes of its heap are in use after a garbage collection. */
    @SuppressWarnings("BanJNDI") // It is a process of our own that is asked.
    long usedHeap() throws IOException, AttachNotSupportedException {
        var machine = VirtualMachine.attach(String.valueOf(process.pid()));
        try (var connector = JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()))) {
            var memory = ManagementFactory.newPlatformMXBeanProxy(
                    connector.getMBeanServerConnection(), ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
            return Jvm.usedHeap(memory);
        } finally {
            machine.detach();
        }
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
