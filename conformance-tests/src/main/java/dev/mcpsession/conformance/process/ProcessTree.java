package dev.mcpsession.conformance.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process and everything that it started. A child whose parent has ended is no descendant any more as far as the
 * system tells; so every process of the tree carries a mark in its environment, by which Linux lets us find it still.
 */
public final class ProcessTree {
    private static final String MARK = "MCP_SESSION_KIT_LAUNCH";

    /** How long to go on where a process starts others without end. */
    private static final Duration MAX_CHASE = Duration.ofSeconds(3);

    private static final Set<ProcessTree> ALIVE = new LinkedHashSet<>();
    private static boolean shuttingDown;

    private final Process root;
    private final String mark;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(ProcessTree::endAll, "end launched processes"));
    }

    private ProcessTree(Process root, String mark) {
        this.root = root;
        this.mark = mark;
    }

    /**
     * Starts a process.
     *
     * @throws IOException if the system cannot, or the virtual machine is about to end
     */
    public static ProcessTree start(ProcessBuilder builder) throws IOException {
        var mark = UUID.randomUUID().toString();
        builder.environment().put(MARK, mark);
        synchronized (ALIVE) {
            if (shuttingDown) {
                throw new IOException("the kit is about to end");
            }
            var tree = new ProcessTree(builder.start(), mark);
            ALIVE.add(tree);
            return tree;
        }
    }

    /** The process that was started. */
    public Process root() {
        return root;
    }

    /** Asks every process to end, and ends those that have not after the grace. */
    public void end(Duration grace) {
        var all = processes();
        all.forEach(ProcessHandle::destroy);
        if (!awaitEnd(all, grace)) {
            // Processes that were started meanwhile are found now.
            all.addAll(processes());
            all.forEach(ProcessHandle::destroyForcibly);
            awaitEnd(all, grace);
        }
        // An end may have let loose a child that had not been seen, and that may start others.
        long until = System.nanoTime() + MAX_CHASE.toNanos();
        for (var rest = processes(); !rest.isEmpty(); rest = processes()) {
            rest.forEach(ProcessHandle::destroyForcibly);
            if (System.nanoTime() > until) {
                break;
            }
            awaitEnd(rest, grace);
        }
        synchronized (ALIVE) {
            ALIVE.remove(this);
        }
    }

    /** Ends every process at once, without asking. */
    public void kill() {
        var all = processes();
        all.forEach(ProcessHandle::destroyForcibly);
        awaitEnd(all, Duration.ofSeconds(1));
    }

    private Set<ProcessHandle> processes() {
        var found = new LinkedHashSet<ProcessHandle>();
        if (root.isAlive()) {
            found.add(root.toHandle());
            root.descendants().forEach(found::add);
        }
        if (Files.isDirectory(Path.of("/proc/self"))) {
            ProcessHandle.allProcesses().filter(this::isMarked).forEach(found::add);
        }
        return found;
    }

    private boolean isMarked(ProcessHandle process) {
        try {
            var environment = Files.readAllBytes(Path.of("/proc", String.valueOf(process.pid()), "environ"));
            return new String(environment, StandardCharsets.ISO_8859_1).contains(MARK + "=" + mark);
        } catch (IOException e) {
            // Gone meanwhile, or not ours.
            return false;
        }
    }

    private static boolean awaitEnd(Set<ProcessHandle> processes, Duration atMost) {
        var ends = processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(ends).get(atMost.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException | ExecutionException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void endAll() {
        Set<ProcessTree> alive;
        synchronized (ALIVE) {
            shuttingDown = true;
            alive = Set.copyOf(ALIVE);
        }
        alive.parallelStream().forEach(tree -> tree.end(Duration.ofMillis(500)));
    }
}
