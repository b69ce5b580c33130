package dev.mcpsession.conformance.clients.trace;

import dev.mcpsession.conformance.clients.ClientSuite;
import dev.mcpsession.conformance.run.UnjudgeableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** For a fuzzer: whatever a file holds that is given as a trace, it is judged, or refused in words. */
public final class TraceFuzz {
    private static final Path FILE = file();

    private TraceFuzz() {}

    private static Path file() {
        try {
            var file = Files.createTempFile("trace", ".json");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Called by the fuzzer. */
    public static void fuzzerTestOneInput(byte[] data) throws IOException {
        Files.write(FILE, data);
        Trace trace;
        try {
            trace = TraceFile.read(FILE);
        } catch (IOException e) {
            return;
        }
        try {
            ClientSuite.of(trace).run();
        } catch (UnjudgeableException e) {
            // It holds nothing to judge, and says so.
        }
        Files.writeString(FILE, TraceFile.write(trace));
        int again = TraceFile.read(FILE).calls().size();
        if (again != trace.calls().size()) {
            throw new IllegalStateException(trace.calls().size() + " calls were written, " + again + " read");
        }
    }
}
