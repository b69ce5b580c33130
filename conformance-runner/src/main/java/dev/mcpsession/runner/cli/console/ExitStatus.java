package dev.mcpsession.runner.cli.console;

/** The exit statuses of the kit. */
public final class ExitStatus {
    public static final int CONFORMS = 0;
    public static final int VIOLATIONS = 1;
    public static final int MISUSE = 2;
    public static final int NOT_JUDGED = 3;
    public static final int NOTHING_SELECTED = 4;

    // A signal gives 128 and its number: see Ending.

    private ExitStatus() {}
}
