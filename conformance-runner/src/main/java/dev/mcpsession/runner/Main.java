package dev.mcpsession.runner;

import dev.mcpsession.runner.cli.Cli;
import dev.mcpsession.runner.cli.ExitStatus;

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
        int status = ExitStatus.NOT_JUDGED;
        try {
            status = Cli.execute(arguments);
        } catch (Throwable e) {
            // Servers run on threads that would keep a failed process alive.
            e.printStackTrace();
        } finally {
            System.exit(status);
        }
    }
}
