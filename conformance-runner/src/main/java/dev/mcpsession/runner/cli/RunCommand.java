package dev.mcpsession.runner.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Judges a server. */
@Command(name = "run", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Judges a server (the default command).")
final class RunCommand implements Callable<Integer> {
    @Mixin
    RunOptions options = new RunOptions();

    private final Io io;

    RunCommand(Io io) {
        this.io = io;
    }

    @Override
    public Integer call() throws Exception {
        return run(options, io);
    }

    static int run(RunOptions options, Io io) throws Exception {
        if (options.reporting.quiet && options.reporting.verbose) {
            throw new Misuse("Give --quiet or --verbose, not both.");
        }
        if (io.ownProcess()) {
            FirstTier.ask();
        }
        ServerLogs.silence();
        return new Judging(options, io, options.jars.catalogue()).judge();
    }
}
