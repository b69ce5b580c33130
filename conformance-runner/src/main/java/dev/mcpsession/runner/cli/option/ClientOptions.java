package dev.mcpsession.runner.cli.option;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;

/** The options that the commands that judge clients have in common. */
public final class ClientOptions {
    @ArgGroup(validate = false, heading = "%nThe rules%n", order = 2)
    public SelectionOptions selection = new SelectionOptions();

    @ArgGroup(validate = false, heading = "%nReports%n", order = 3)
    public RunOptions.Reporting reporting = new RunOptions.Reporting();

    @Mixin
    public OutputOptions output = new OutputOptions();
}
