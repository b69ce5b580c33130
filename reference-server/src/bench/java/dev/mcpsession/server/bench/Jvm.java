package dev.mcpsession.server.bench;

import java.io.IOException;
import java.lang.management.MemoryMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The JVMs in which things are measured: all with the same flags. */
public final class Jvm {

    /** The flags of every JVM. */
    public static final List<String> FLAGS = List.of("-Xms2g", "-Xmx2g", "-XX:+UseG1GC");

    private Jvm() {}

    /** Returns the command that starts a JVM, without what it is to run. */
    public static List<String> command() {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(FLAGS);
        return command;
    }

    /**
     * Runs a program of this class path to its end, and returns the figures that it has printed, each on a line of
     * the form {@code name=number}.
     *
     * @throws IOException if it fails
     */
    static Map<String, Double> run(Class<?> program, String... arguments) throws IOException, InterruptedException {
        var command = command();
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var out = process.inputReader(StandardCharsets.UTF_8)) {
            var figures = new HashMap<String, Double>();
            for (var line = out.readLine(); line != null; line = out.readLine()) {
                int equals = line.indexOf('=');
                figures.put(line.substring(0, equals), Double.valueOf(line.substring(equals + 1)));
            }
            if (process.waitFor() != 0) {
                throw new IOException(program.getSimpleName() + " has failed");
            }
            return figures;
        } finally {
            process.destroyForcibly();
        }
    }

    /** Returns how many bytes of a heap are in use when nothing more can be collected. */
    public static long usedHeap(MemoryMXBean memory) {
        long least = Long.MAX_VALUE;
        while (true) {
            memory.gc();
            long used = memory.getHeapMemoryUsage().getUsed();
            if (used >= least - (64 << 10)) {
                return Math.min(used, least);
            }
            least = used;
        }
    }
}
