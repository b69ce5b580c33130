package dev.mcpsession.runner.cli;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;

/** The options that the commands that judge clients have in common. */
final class ClientOptions {
    @ArgGroup(validate = false, heading = "%nThe rules%n", order = 2)
    SelectionOptions selection = new SelectionOptions();

    @ArgGroup(validate = false, heading = "%nReports%n", order = 3)
    RunOptions.Reporting reporting = new RunOptions.Reporting();

    @Mixin
    OutputOptions output = new OutputOptions();
}
