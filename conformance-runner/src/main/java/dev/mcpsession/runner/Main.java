package dev.mcpsession.runner;

import dev.mcpsession.runner.cli.command.Cli;
import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.server.cli.ExitOnOutOfMemory;

/** The program. */
public final class Main {
    private static final String PARALLELISM = "java.util.concurrent.ForkJoinPool.common.parallelism";

    private Main() {}

    /** Runs the command line and ends the process with its exit status. */
    public static void main(String[] arguments) {
        if (System.getProperty(PARALLELISM) == null) {
            // On two cores Java would start a thread for each step of each HTTP request, rather than use its pool.
            System.setProperty(PARALLELISM, "4");
        }
        // A thread that ended quietly would leave a run that never ends.
        ExitOnOutOfMemory.install("mcp-session-conformance", true);
        int status = ExitStatus.NOT_JUDGED;
        try {
            status = Cli.execute(arguments);
        } catch (Throwable e) {
            // Servers run on threads that would keep a failed process alive.
            e.printStackTrace();
        } finally {
            endWaiting();
            System.exit(status);
        }
    }

    /**
     * Wakes what still waits for bytes of a socket, such as an HTTP client's selector, which has no other end before
     * Java 21: a virtual machine gives threads in native code 0.3 s before it ends.
     */
    private static void endWaiting() {
        Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().endsWith("-SelectorManager"))
                .forEach(Thread::interrupt);
    }
}
