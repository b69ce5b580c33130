package dev.mcpsession.runner.launch;

import dev.mcpsession.conformance.process.OutputTail;
import dev.mcpsession.conformance.process.ProcessTree;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.net.URI;
import java.time.Duration;
import java.util.OptionalInt;

/** A server that runs as a process of ours, and serves. */
public final class ServerProcess implements ServerLauncher.Serving {
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final ProcessTree tree;
    private final OutputTail output;
    private final URI uri;

    ServerProcess(ProcessTree tree, OutputTail output, URI uri) {
        this.tree = tree;
        this.output = output;
        this.uri = uri;
    }

    @Override
    public URI uri() {
        return uri;
    }

    @Override
    public String output() {
        return output.text();
    }

    /** The status that the process has ended with, if it has ended by itself. */
    public OptionalInt endStatus() {
        return tree.root().isAlive()
                ? OptionalInt.empty()
                : OptionalInt.of(tree.root().exitValue());
    }

    /** Ends the process and everything that it started. */
    @Override
    public void close() {
        tree.end(GRACE);
    }

    @Override
    public void kill() {
        tree.kill();
    }

    @Override
    public String toString() {
        return "the server process " + tree.root().pid();
    }
}
